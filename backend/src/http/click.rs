//! `GET /c/{account}/{token}/{mac}?u={target}`: a link of a mail.
//!
//! - A good signature over exactly this target: the click is stored, then 302. When it cannot be stored the reader goes on all
//!   the same, and the loss is counted and logged: readers are never stranded.
//! - A deleted message, of the epoch that is, one whose recipient refused, or whose tracking has ended: 302, nothing stored.
//! - No or a wrong signature, or an old epoch's to a target that is no registered link of its message: 404 and a plain page that
//!   says where the link claims to go. **Never a redirect without our signature.**
//! - HEAD is redirected without a click (scanners and previews ask so). Other methods: 405.

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, LOCATION, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use waxwing_domain::address::{location, parse_click_path, target_in_query};
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::page;
use super::pixel::{not_now, record, with_status};
use crate::account_id::AccountId;
use crate::app::App;
use crate::hits::admit::{Admission, Gate};
use crate::metrics::hits::Outcome;
use crate::metrics::requests::Shed;
use crate::store::Store;

/// True for a path that is answered here. A proxy may have left the tracking URL's own path in front.
pub fn is_click(path: &str) -> bool {
    path.starts_with("/c/") || parse_click_path(path).is_some()
}

/// Answers.
pub async fn answer(app: &App, request: &Parts) -> Response {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return with_status(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    let claimed = request.uri.query().and_then(target_in_query);
    let counted = request.method == Method::GET;
    let count = |outcome| {
        if counted {
            app.metrics.outcomes.of(HitKind::Click, outcome).inc();
        }
    };
    match signed((&app.gate, &app.store), &request.uri, claimed.as_deref(), app.clock.now()).await {
        Ok(Signed::No) => {
            count(Outcome::Refused);
            page::unsigned_link(claimed.as_deref())
        }
        Ok(Signed::Yes { location, count: None }) => {
            count(Outcome::Stopped);
            redirect(location)
        }
        Ok(Signed::Yes { location, count: Some((account, message)) }) => {
            if counted {
                if record(app, request, (account, message), HitKind::Click, claimed.as_deref()).await.is_ok() {
                    count(Outcome::Stored);
                } else {
                    count(Outcome::NotStored);
                    app.metrics.lost_clicks.inc();
                    let lost = app.metrics.lost_clicks.get();
                    tracing::error!(lost, "a click could not be stored; the reader was sent on");
                }
            }
            redirect(location)
        }
        Err(error) => {
            tracing::error!(%error, "a link could not be looked up");
            count(Outcome::NotStored);
            app.metrics.requests.shed(Shed::Hit).inc();
            not_now()
        }
    }
}

/// What a link is.
pub(super) enum Signed {
    /// Not ours.
    No,
    /// Ours.
    Yes {
        /// Where it leads.
        location: HeaderValue,
        /// Whose click it is, when it counts.
        count: Option<(AccountId, uuid::Uuid)>,
    },
}

/// What a link to `target` is.
pub(super) async fn signed(
    (gate, store): (&Gate, &Store),
    uri: &Uri,
    target: Option<&str>,
    now: Millis,
) -> crate::store::Result<Signed> {
    let Some(target) = target else { return Ok(Signed::No) };
    let Some((account, token, mac)) = parse_click_path(uri.path()) else { return Ok(Signed::No) };
    let count = match gate.admit_click(store, (account, &token), (target, mac), now).await? {
        Admission::Refused => return Ok(Signed::No),
        Admission::Stopped => None,
        Admission::Count(account) => Some((account, token.message)),
    };
    // Devices sign http and https only; whatever else is signed is shown, not followed.
    let location = location(target).and_then(|location| HeaderValue::try_from(location).ok());
    Ok(location.map_or(Signed::No, |location| Signed::Yes { location, count }))
}

/// Sends the reader on.
pub(super) fn redirect(location: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, private"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
