//! The three doors: Gmail's hosts over TLS, the REST API and Google's authorisation in plain HTTP, and the control API.

mod channel;
mod control;
mod door;
mod drafts;
mod image;
mod mailbox;
mod oauth;
mod page;
mod pubsub;
mod reader;
mod rest;
mod sync;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::app::App;

pub(crate) use self::door::serve as serve_api;
#[cfg(test)]
pub(crate) use self::mailbox::inbox;

type Shared = axum::extract::State<Arc<App>>;

/// Mails with pictures inside are large.
const BODY_LIMIT: usize = 40 * 1024 * 1024;

pub(crate) fn page_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(page::to_inbox))
        .route("/mail/", get(page::to_inbox))
        .route("/mail/u/{index}", get(page::to_account))
        .route("/mail/u/{index}/", get(page::inbox))
        .route("/mail/u/{index}/popout", get(page::popout))
        .route("/mail/b/{delegate}/u/{index}/", get(page::delegated))
        .route("/mail/b/{delegate}/u/{index}/popout", get(page::delegated_popout))
        .route("/mail/_/sim/{file}", get(page::file))
        .route("/mail/u/{index}/channel", get(channel::own))
        .route("/mail/b/{delegate}/u/{index}/channel", get(channel::delegated))
        .route("/sync/u/{index}/i/s", post(sync::own))
        .route("/b/{delegate}/sync/u/{index}/i/s", post(sync::delegated))
        .route("/sync/u/{index}/i/bv", post(mailbox::list))
        .route("/b/{delegate}/sync/u/{index}/i/bv", post(mailbox::delegated_list))
        .route("/sync/u/{index}/i/fd", post(mailbox::thread))
        .route("/b/{delegate}/sync/u/{index}/i/fd", post(mailbox::delegated_thread))
        .route("/meips/{*token}", get(image::picture))
        .route("/proxy/{*token}", get(image::picture))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(by_host))
        .with_state(app)
}

pub(crate) fn control_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/reset", post(control::reset))
        .route("/settings", get(control::settings).post(control::set))
        .route("/accounts", get(control::accounts))
        .route("/requests", get(control::requests))
        .route("/faults", get(control::faults).post(control::set_faults))
        .route("/deliver", post(control::deliver))
        .route("/deliver-raw", post(control::deliver_raw))
        .route("/sent", post(control::sent))
        .route("/flush", post(control::flush))
        .route("/release", post(control::release))
        .route("/mailbox/{address}", get(control::mailbox))
        .route("/raw", get(drafts::bytes))
        .route("/draft", post(drafts::draft))
        .route("/sent-log", get(drafts::sent_log))
        .route("/api-calls", get(drafts::api_calls))
        .route("/grant", get(drafts::grant))
        .route("/grants", get(drafts::grants))
        .route("/revoke-grant", post(drafts::revoke_grant))
        .route("/change-password", post(drafts::change_password))
        .route("/expire-tokens", post(drafts::expire_tokens))
        .route("/expire-history", post(drafts::expire_history))
        .route("/pass", post(control::pass))
        .route("/pubsub", get(pubsub::show).post(pubsub::set))
        .route("/publish", post(pubsub::publish))
        .route("/expire-watches", post(pubsub::expire_watches))
        .route("/service-account", get(pubsub::service_account))
        .route("/open", post(reader::open))
        .route("/prefetch", post(reader::prefetch))
        .route("/click", post(reader::click))
        .route("/visit", post(visit::visit))
        .route("/proxy-fetches", get(reader::fetches))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(app)
}

pub(crate) fn api_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/o/oauth2/v2/auth", get(oauth::ask).post(oauth::answer))
        .route("/token", post(oauth::token))
        .route("/revoke", post(oauth::revoke))
        .route("/oauth2/v2/userinfo", get(oauth::userinfo))
        .route("/oauth2/v2/tokeninfo", get(oauth::tokeninfo).post(oauth::tokeninfo))
        .route("/v1/projects/{project}/subscriptions/{call}", post(pubsub::call))
        .fallback(rest::call)
        .with_state(app)
}

/// Each host has its own paths: the page is not at the picture host, and the other way round.
async fn by_host(request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .host()
        .or_else(|| request.headers().get(header::HOST).and_then(|host| host.to_str().ok()))
        .map(|host| host.split(':').next().unwrap_or_default().to_ascii_lowercase())
        .unwrap_or_default();
    let picture = request.uri().path().starts_with("/meips/") || request.uri().path().starts_with("/proxy/");
    let fits = match host.as_str() {
        "mail.google.com" => !picture,
        host if host.ends_with(".googleusercontent.com") => picture,
        _ => false,
    };
    if fits { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

/// An answer that says what was wrong with the request.
fn refuse(status: StatusCode, what: impl std::fmt::Display) -> Response {
    (status, axum::Json(serde_json::json!({ "error": what.to_string() }))).into_response()
}
