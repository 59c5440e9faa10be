//! `GET /events`: news as server-sent events, resumable.
//!
//! `Last-Event-ID` or `?after=` says what was seen last; without either the stream starts with what comes next, and says first
//! which number that is. When the number asked for is older than what is kept, or of another database, one `reset` comes: load
//! everything anew. A comment line comes every 20 s. Twice and more: each stream gets everything; more than
//! [`crate::news::MAX_STREAMS`] of one account: `rate-limited`. The stream ends when its device is revoked or the backend stops.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use waxwing_protocol::api::{Event, Problem};

use super::AppState;
use super::auth::Device;
use super::problem::ApiError;
use super::query::Asked;
use crate::account_id::AccountId;
use crate::app::{App, told_to_stop};
use crate::news::Subscription;
use crate::store::events::Numbered;

/// How soon a browser comes back after the stream broke, in milliseconds.
const RETRY_MS: u32 = 3_000;
/// How many events are read at once.
const PAGE: i64 = 100;
/// Seconds after which a refused stream is worth another try.
const RETRY_STREAMS: u32 = 30;

/// Where to start.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// The number of the last event seen; `Last-Event-ID` goes before it.
    after: Option<i64>,
}

/// The stream.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(Ask, ("Last-Event-ID" = Option<i64>, Header, description = "The number of the last event seen.")),
    responses(
        (status = 200, description = "Each event's `data:` is one Event.", body = Event, content_type = "text/event-stream"),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: too many streams.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    State(app): AppState,
    Device(caller): Device,
    Asked(ask): Asked<Ask>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let account = caller.account.id;
    // Listening before looking: what comes in between is read twice rather than not at all.
    let subscription = app.news.subscribe(account).ok_or(ApiError::RateLimited { retry_after: RETRY_STREAMS })?;
    let span = app.store.event_span(account).await?;
    let asked = last.or(ask.after);
    let missed = asked.is_some_and(|seen| seen < span.pruned || seen > span.newest);
    let after = asked.filter(|_| !missed).unwrap_or(span.last);

    let mut opening = format!("retry: {RETRY_MS}\nid: {after}\n\n");
    if missed {
        frame(&Numbered { id: after, event: Event::Reset }, &mut opening);
    }
    let stream = Stream {
        app,
        account,
        device: caller.device,
        after,
        subscription,
        ready: VecDeque::from([Bytes::from(opening)]),
        looked: false,
    };
    let body = Body::from_stream(futures_util::stream::unfold(stream, Stream::next));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

struct Stream {
    app: Arc<App>,
    account: AccountId,
    device: Uuid,
    after: i64,
    subscription: Subscription,
    ready: VecDeque<Bytes>,
    /// False when there may be events that were not read yet.
    looked: bool,
}

impl Stream {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let mut stopping = self.app.stopping.clone();
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some((Ok(chunk), self));
            }
            if !self.looked {
                self.look().await?;
                continue;
            }
            tokio::select! {
                () = told_to_stop(&mut stopping) => return None,
                () = self.subscription.changed() => self.looked = false,
                () = tokio::time::sleep(self.app.settings.heartbeat) => {
                    // A device that another process revoked is noticed here, and events that one added.
                    self.looked = false;
                    self.ready.push_back(Bytes::from_static(b": alive\n\n"));
                }
            }
        }
    }

    /// Reads what is new. `None` ends the stream: the device is gone, or the database cannot be read; the browser comes back.
    async fn look(&mut self) -> Option<()> {
        let store = &self.app.store;
        let events = store.events_after(self.account, self.after, PAGE).await.ok()?;
        // After they were read: what came with or after the end of a device is not for it.
        if !store.device_exists(self.device).await.ok()? {
            return None;
        }
        // A full page may have more behind it.
        self.looked = i64::try_from(events.len()).is_ok_and(|count| count < PAGE);
        if let Some(last) = events.last() {
            self.after = last.id;
            let mut text = String::new();
            for event in &events {
                frame(event, &mut text);
            }
            self.ready.push_back(Bytes::from(text));
        }
        Some(())
    }
}

/// One event as it stands in the stream.
fn frame(event: &Numbered, out: &mut String) {
    use std::fmt::Write as _;
    let name = match event.event {
        Event::Activity { .. } => "activity",
        Event::News { .. } => "news",
        Event::Message { .. } => "message",
        Event::Deleted { .. } => "deleted",
        Event::Scheduled { .. } => "scheduled",
        Event::Waiting { .. } => "waiting",
        Event::Mailbox { .. } => "mailbox",
        Event::Refused { .. } => "refused",
        Event::Consent => "consent",
        Event::Account => "account",
        Event::Reset => "reset",
    };
    // JSON holds no line break. Events are made of strings and numbers: they always become JSON.
    let data = serde_json::to_string(&event.event).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = write!(out, "id: {}\nevent: {name}\ndata: {data}\n\n", event.id);
}
