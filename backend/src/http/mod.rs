//! The backend over HTTP: one endpoint a file, with what it can fail with and its answers for "twice" and "unknown".
//!
//! Pixels, links and recipients' pages ([`pixel`], [`click`], [`recipient`]) are answered before any routing: they are most of the traffic, and they answer
//! whatever comes under their paths. Everything else is the API and [`healthz`], behind CORS and problem documents.

pub mod account;
pub mod account_code;
pub mod account_page;
pub mod again;
pub mod auth;
pub mod body;
pub mod clean;
pub mod click;
pub mod consent;
pub mod contacts;
pub mod corrections;
pub mod cors;
pub mod devices;
pub mod events;
pub mod healthz;
mod id;
mod lane;
pub mod limits;
pub mod links_only;
pub mod mailboxes;
pub mod messages;
pub mod metrics;
pub mod not_let_in;
pub mod oauth;
pub mod openapi;
pub mod page;
pub mod pair;
pub mod peer;
pub mod pixel;
pub mod places;
pub mod problem;
pub mod query;
pub mod recipient;
pub mod reminders;
pub mod rights;
pub mod scheduled;
pub mod server;
pub mod stalled;
pub mod stats;
pub mod waiting;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use tower::ServiceExt as _;

use crate::app::App;
use crate::metrics::number::Stopwatch;
use crate::metrics::requests::Shed;
use problem::ApiError;

/// A call that takes longer is given up; event streams are answered at once and then stay open.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A call that waits for somebody's mail server or for Google: several of their answers, one after the other.
const MAILBOX_TIMEOUT: Duration = Duration::from_mins(2);
/// The routes of such calls.
const WITH_MAILBOX: &[&str] =
    &["/api/v1/mailboxes", "/api/v1/mailboxes/{id}", "/api/v1/mailboxes/{id}/test", "/api/v1/scheduled/{id}", oauth::CALLBACK];

/// Answers requests.
#[derive(Debug, Clone)]
pub struct Front {
    app: Arc<App>,
    router: Router,
}

impl Front {
    /// The whole backend over HTTP.
    pub fn new(app: Arc<App>) -> Self {
        let api = Router::new()
            .route("/pair", post(pair::pair))
            .route("/account", get(account::account))
            .route("/account/code", post(account_code::code))
            .route("/account/rights", get(rights::rights))
            .route("/account/erasure", post(rights::erasure::ask).delete(rights::erasure::undo))
            .route("/account/restriction", put(rights::restriction::put))
            .route("/account/recipients/erasure", post(rights::recipient::erase))
            .route("/account/export", post(rights::export::prepare).get(rights::export::download))
            .route("/messages", get(messages::list::list))
            .route("/messages/{id}", get(messages::get::get).put(messages::put::put).delete(messages::delete::delete))
            .route("/messages/{id}/mute", put(messages::mute::mute))
            .route("/messages/{id}/own-views", post(messages::own_views::own_views))
            .route("/hits/{id}/correction", post(corrections::correct::correct).delete(corrections::undo::undo))
            .route("/corrections", get(corrections::list::list))
            .route("/corrections/{id}", delete(corrections::remove::remove))
            .route("/again", get(again::again))
            .route("/stats", get(stats::stats))
            .route("/scheduled", get(scheduled::list::list))
            .route("/scheduled/{id}", get(scheduled::get::get).put(scheduled::put::put))
            .route("/scheduled/{id}/action", post(scheduled::action::action))
            .route("/reminders/settings", get(reminders::settings::get).put(reminders::settings::put))
            .route("/reminders/{id}", put(reminders::put::put))
            .route("/waiting", get(waiting::list::list))
            .route("/waiting/{id}", get(waiting::get::get))
            .route("/waiting/{id}/action", post(waiting::action::action))
            .route("/consent", get(consent::snapshot::snapshot))
            .route("/consent/policy", get(consent::policy::get).put(consent::policy::put))
            .route("/consent/people", get(consent::people::list).put(consent::people::put))
            .route("/contacts/zones", get(contacts::zones::get).put(contacts::zones::put))
            .route("/events", get(events::events))
            .route("/mailboxes", get(mailboxes::list::list).post(mailboxes::connect::connect))
            .route("/mailboxes/gmail", post(mailboxes::gmail::gmail))
            .route("/mailboxes/{id}", delete(mailboxes::remove::remove))
            .route("/mailboxes/{id}/test", post(mailboxes::test::test))
            .route("/mailboxes/{id}/settings", put(mailboxes::settings::settings))
            .route("/mailboxes/{id}/access", get(mailboxes::access::access))
            .route("/devices", get(devices::list::list))
            .route("/devices/{id}", delete(devices::revoke::revoke));
        let router = Router::new()
            .route("/healthz", get(healthz::healthz))
            .route(oauth::CALLBACK, get(oauth::callback).post(oauth::agreed))
            .nest("/api/v1", api)
            .merge(account_page::routes())
            .fallback(async || ApiError::NotFound)
            .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
            .layer(middleware::from_fn_with_state(Arc::clone(&app), observe))
            .layer(middleware::from_fn_with_state(Arc::clone(&app), cors::cors))
            .with_state(Arc::clone(&app));
        Self { app, router }
    }

    /// Shows the numbers too, when there is a token for them.
    #[must_use]
    pub fn with_numbers(self, numbers: metrics::Numbers) -> Self {
        Self { app: self.app, router: self.router.merge(numbers.route()) }
    }

    /// Answers one request. The server has put the peer's address into it ([`peer::Peer`]).
    pub async fn answer(&self, request: Request<Body>) -> Response {
        let path = request.uri().path();
        if pixel::is_pixel(path) {
            return pixel::answer(&self.app, &request.into_parts().0).await;
        }
        let mut answer = if recipient::is_recipient(path) {
            recipient::answer(&self.app, request).await
        } else if click::is_click(path) {
            click::answer(&self.app, &request.into_parts().0).await
        } else {
            match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        // A browser that came once over TLS comes without it no more. Mail programs keep no such promise, so that pixels go without.
        if self.app.settings.public_url.starts_with("https:") {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        answer
    }
}

/// Gives slow calls up, counts and logs what happened: method, route and status, and never a path as it came, which may hold a token.
async fn observe(State(app): AppState, route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let method = request.method().clone();
    let route = route.as_ref().map_or("(unknown)", MatchedPath::as_str);
    let patience = if WITH_MAILBOX.contains(&route) { MAILBOX_TIMEOUT } else { REQUEST_TIMEOUT };
    let response = match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    };
    let requests = &app.metrics.requests;
    requests.answered(route, &method, response.status(), watch.elapsed());
    let shed = match response.status() {
        StatusCode::TOO_MANY_REQUESTS => Some(Shed::TooMany),
        StatusCode::SERVICE_UNAVAILABLE => Some(Shed::Store),
        StatusCode::REQUEST_TIMEOUT => Some(Shed::Timeout),
        _ => None,
    };
    if let Some(why) = shed {
        requests.shed(why).inc();
    }
    tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    response
}

/// The state that handlers take.
type AppState = State<Arc<App>>;
