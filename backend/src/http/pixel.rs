//! `GET /o/{account}/{token}.gif`: the pixel.
//!
//! - A good token: the hit is stored, durably, and then the picture is sent. When it cannot be stored: 503, come again.
//! - Anything else under `/o/` (forged, cut, another account's, deleted, not even a token): the same picture, nothing stored.
//! - HEAD: the same headers, no hit: nobody looked at a picture. Conditional requests get the picture all the same, or an
//!   intermediary could keep opens from us. Other methods: 405.
//! - Never a rate limit: a mail read by a thousand people behind one proxy is a thousand opens.

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use waxwing_domain::address::parse_pixel_path;
use waxwing_protocol::api::HitKind;

use super::peer::{Peer, client_address};
use crate::app::App;
use crate::hits::admit::Admission;
use crate::hits::headers;
use crate::store::hits::NewHit;

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
        Method::GET => match store(app, request).await {
            Ok(()) => gif(Body::from(Bytes::from_static(GIF))),
            Err(NotNow) => not_now(),
        },
        Method::HEAD => gif(Body::empty()),
        _ => with_status(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("GET, HEAD")),
    }
}

struct NotNow;

async fn store(app: &App, request: &Parts) -> Result<(), NotNow> {
    let Some((account, token)) = parse_pixel_path(request.uri.path()) else { return Ok(()) };
    let admission = app.gate.admit(&app.store, account, &token).await.map_err(|error| {
        tracing::error!(%error, "an open could not be looked up");
        NotNow
    })?;
    let Admission::Count(account) = admission else { return Ok(()) };
    let hit = hit(app, request, account, token.message, HitKind::Open, None);
    app.journal.record(hit).await.map_err(|_| NotNow)
}

/// The hit that a request is.
pub(super) fn hit(
    app: &App,
    request: &Parts,
    account: crate::account_id::AccountId,
    message: uuid::Uuid,
    kind: HitKind,
    link: Option<String>,
) -> NewHit {
    let peer = request.extensions.get::<Peer>();
    #[expect(clippy::expect_used, reason = "the server puts the peer into every request")]
    let Peer(peer) = *peer.expect("the server puts the peer into every request");
    NewHit {
        at: app.clock.now(),
        account,
        message,
        kind,
        link,
        agent: headers::agent(&request.headers),
        address: client_address(peer, &request.headers, &app.settings.trusted_proxies),
        headers: headers::kept(&request.headers),
    }
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
