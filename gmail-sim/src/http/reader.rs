//! Acting as a recipient: opening a mail, prefetching it, following a link.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Shared, refuse};
use crate::app::{App, FORWARDED_FOR};
use crate::model::Message;
use crate::rewrite::{images, links};
use crate::visitors::{BROWSER_AGENT, HOME, NAVIGATION};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    address: String,
    /// Permanent id, legacy id or Message-ID.
    message: String,
    /// Which link, from 0.
    #[serde(default)]
    n: usize,
    /// Another user agent than the proxy's, or a browser's.
    #[serde(default)]
    agent: Option<String>,
    /// Another address than the proxy's, or a reader's at home.
    #[serde(default)]
    from: Option<String>,
}

impl Which {
    fn html(&self, app: &App) -> Option<String> {
        app.world().message(&self.address, &self.message).map(Message::html)
    }
}

const UNKNOWN: &str = "no such message";

/// Loads every picture through the proxy, as opening the mail in Gmail does.
pub(super) async fn open(State(app): Shared, Json(which): Json<Which>) -> Response {
    let Some(html) = which.html(&app) else { return refuse(StatusCode::NOT_FOUND, UNKNOWN) };
    let mut loaded = Vec::new();
    for url in images(&html) {
        let mut fetcher = app.world().images.fetcher();
        fetcher.agent = which.agent.clone().unwrap_or(fetcher.agent);
        fetcher.address = which.from.clone().unwrap_or(fetcher.address);
        let ok = app.picture(&url, &fetcher).await.is_some();
        loaded.push(json!({ "url": url, "loaded": ok }));
    }
    Json(json!({ "images": loaded })).into_response()
}

pub(super) async fn prefetch(State(app): Shared, Json(which): Json<Which>) -> Response {
    let Some(html) = which.html(&app) else { return refuse(StatusCode::NOT_FOUND, UNKNOWN) };
    Json(json!({ "images": app.prefetch(&html).await })).into_response()
}

/// Follows a link as far as its first answer, as a person's browser does.
pub(super) async fn click(State(app): Shared, Json(which): Json<Which>) -> Response {
    let Some(html) = which.html(&app) else { return refuse(StatusCode::NOT_FOUND, UNKNOWN) };
    let Some(url) = links(&html).into_iter().nth(which.n) else {
        return refuse(StatusCode::NOT_FOUND, "no such link");
    };
    let agent = which.agent.as_deref().unwrap_or(BROWSER_AGENT);
    let from = which.from.as_deref().unwrap_or(HOME);
    let request = app.clicker.get(&url).header(header::USER_AGENT, agent).header(FORWARDED_FOR, from);
    let request = NAVIGATION.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    match request.send().await {
        Ok(answer) => {
            let location = answer.headers().get(header::LOCATION).and_then(|it| it.to_str().ok()).map(str::to_owned);
            Json(json!({ "url": url, "status": answer.status().as_u16(), "location": location })).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_GATEWAY, error.without_url()),
    }
}

pub(super) async fn fetches(State(app): Shared) -> Response {
    Json(json!(app.world().images.fetches)).into_response()
}
