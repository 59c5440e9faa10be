//! `GET /o/{account}/{token}.gif`: the pixel.
//!
//! - A good token: the hit is stored, durably, and then the picture is sent. When it cannot be stored: 503, come again.
//! - Anything else under `/o/` (forged, cut, another account's, deleted, not even a token): the same picture, nothing stored.
//! - HEAD: the same headers, no hit: nobody looked at a picture. Conditional requests get the picture all the same, or an
//!   intermediary could keep opens from us. Other methods: 405.
//! - Never a rate limit: a mail read by a thousand people behind one proxy is a thousand opens.

use std::cell::RefCell;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use uuid::Uuid;
use waxwing_domain::address::parse_pixel_path;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::peer::{Peer, client_address};
use crate::account_id::AccountId;
use crate::app::App;
use crate::hits::admit::Admission;
use crate::hits::headers;
use crate::hits::journal::NotStored;
use crate::hits::log::record::Hit;
use crate::metrics::hits::Outcome;
use crate::metrics::requests::Shed;

/// One transparent pixel, GIF 89a.
pub const GIF: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";
/// No cache keeps it, or the second open would not be seen.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate, private");
/// A web mail may be shut off from other sites' pictures; this one is made to be embedded.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// True for a path that is answered here. A proxy may have left the tracking URL's own path in front.
pub fn is_pixel(path: &str) -> bool {
    path.starts_with("/o/") || parse_pixel_path(path).is_some()
}

/// Answers.
pub async fn answer(app: &App, request: &Parts) -> Response {
    match request.method {
        Method::GET => {
            let outcome = store(app, request).await;
            app.metrics.outcomes.of(HitKind::Open, outcome).inc();
            match outcome {
                Outcome::Stored | Outcome::Stopped | Outcome::Refused => picture(),
                Outcome::NotStored => {
                    app.metrics.requests.shed(Shed::Hit).inc();
                    not_now()
                }
            }
        }
        Method::HEAD => picture_head(),
        _ => with_status(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("GET, HEAD")),
    }
}

/// Stores the open, and says what became of it.
async fn store(app: &App, request: &Parts) -> Outcome {
    let Some((account, token)) = parse_pixel_path(request.uri.path()) else { return Outcome::Refused };
    let account = match app.gate.admit(&app.store, account, &token, app.clock.now()).await {
        Ok(Admission::Count(account)) => account,
        Ok(Admission::Stopped) => return Outcome::Stopped,
        Ok(Admission::Refused) => return Outcome::Refused,
        Err(error) => {
            tracing::error!(%error, "an open could not be looked up");
            return Outcome::NotStored;
        }
    };
    let recorded = record(app, request, (account, token.message), HitKind::Open, None).await;
    recorded.map_or(Outcome::NotStored, |()| Outcome::Stored)
}

/// Has the hit that a request is on disk when it returns.
pub(super) async fn record(
    app: &App,
    request: &Parts,
    (account, message): (AccountId, Uuid),
    kind: HitKind,
    link: Option<&str>,
) -> Result<(), NotStored> {
    let peer = request.extensions.get::<Peer>();
    #[expect(clippy::expect_used, reason = "the server puts the peer into every request")]
    let Peer(peer) = *peer.expect("the server puts the peer into every request");
    let (agent, headers) = (headers::agent(&request.headers), headers::kept(&request.headers));
    let hit = Hit {
        at: app.clock.now(),
        account,
        message,
        kind,
        link,
        agent: agent.as_deref(),
        address: client_address(peer, &request.headers, &app.settings.trusted_proxies),
        headers: headers.as_deref(),
        batch: None,
    };
    app.journal.record(hit).await
}

/// The whole answer with the picture as bytes, prepared once a second. The same as [`answer`] gives through hyper.
pub(super) fn raw_gif(now: Millis) -> Bytes {
    thread_local! {
        static PREPARED: RefCell<(Millis, Bytes)> = const { RefCell::new((Millis::MIN, Bytes::new())) };
    }
    let second = now.div_euclid(1_000);
    PREPARED.with_borrow_mut(|(prepared, bytes)| {
        if *prepared != second || bytes.is_empty() {
            *prepared = second;
            *bytes = raw(&gif(Body::empty()), GIF, now);
        }
        bytes.clone()
    })
}

/// The whole answer of a hit that is not on disk as bytes.
pub(super) fn raw_not_now(now: Millis) -> Bytes {
    raw(&not_now(), &[], now)
}

fn raw(answer: &Response, body: &[u8], now: Millis) -> Bytes {
    let status = answer.status();
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default()).into_bytes();
    let date = Timestamp::from_millisecond(now).and_then(|now| DateTimePrinter::new().timestamp_to_rfc9110_string(&now));
    let date = date.ok().and_then(|date| Some((DATE, HeaderValue::try_from(date).ok()?)));
    let length = (!answer.headers().contains_key(CONTENT_LENGTH)).then(|| (CONTENT_LENGTH, HeaderValue::from(body.len())));
    let headers = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in headers.chain(length).chain(date) {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes.into()
}

/// The picture.
pub(super) fn picture() -> Response {
    gif(Body::from(Bytes::from_static(GIF)))
}

/// The same without its bytes.
pub(super) fn picture_head() -> Response {
    gif(Body::empty())
}

fn gif(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("43"));
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

/// The hit is not on disk: proxies come again.
pub(super) fn not_now() -> Response {
    with_status(StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER, HeaderValue::from_static("5"))
}

pub(super) fn with_status(status: StatusCode, name: HeaderName, value: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(name, value);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, want) in [("/o/", true), ("/o/x/y.gif", true), ("/o", false), ("/other", false), ("/c/x", false)] {
            assert_eq!(is_pixel(path), want, "{path}");
        }
    }

    #[test]
    fn the_picture_is_a_gif_of_one_pixel() {
        assert_eq!(&GIF[..6], b"GIF89a");
        assert_eq!(GIF[6..10], [1, 0, 1, 0]);
        assert_eq!(GIF[42], 0x3b);
    }
}
