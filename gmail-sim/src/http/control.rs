//! The control API: what a test sets up and what it looks at. See `README.md`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shared, refuse};
use crate::api::standard_base64;
use crate::delivery::{Copy, Incoming, Outgoing, RawIncoming};
use crate::demo;
use crate::model::{Account, Message};
use crate::ops::view;
use crate::settings::Settings;
use crate::world::Faults;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Reset {
    settings: Option<Value>,
    accounts: Option<Vec<Account>>,
    /// `demo` or `none` (default).
    mails: Option<String>,
}

pub(super) async fn reset(State(app): Shared, Json(reset): Json<Reset>) -> Response {
    let patch = reset.settings.unwrap_or_else(|| json!({}));
    let settings = match Settings::default().patched(&patch) {
        Ok(settings) => settings,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error),
    };
    let now = app.now();
    let mut world = app.world();
    world.reset(settings, reset.accounts);
    if reset.mails.as_deref() == Some("demo") {
        demo::fill(&mut world, now);
    }
    Json(json!({ "settings": world.settings, "accounts": world.accounts })).into_response()
}

pub(super) async fn settings(State(app): Shared) -> Response {
    Json(json!(app.world().settings)).into_response()
}

pub(super) async fn set(State(app): Shared, Json(patch): Json<Value>) -> Response {
    let mut world = app.world();
    match world.settings.patched(&patch) {
        Ok(settings) => {
            world.settings = settings;
            Json(json!(world.settings)).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, error),
    }
}

pub(super) async fn accounts(State(app): Shared) -> Response {
    Json(json!(app.world().accounts)).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Time {
    ms: i64,
}

/// Time passes.
pub(super) async fn pass(State(app): Shared, Json(time): Json<Time>) -> Response {
    app.pass(time.ms);
    Json(json!({ "now": app.now() })).into_response()
}

pub(super) async fn requests(State(app): Shared) -> Response {
    Json(json!(app.world().exchanges)).into_response()
}

pub(super) async fn faults(State(app): Shared) -> Response {
    Json(json!(app.world().faults)).into_response()
}

pub(super) async fn set_faults(State(app): Shared, Json(faults): Json<Faults>) -> Response {
    app.world().faults = faults.clone();
    Json(json!(faults)).into_response()
}

pub(super) async fn deliver(State(app): Shared, Json(mail): Json<Incoming>) -> Response {
    let now = app.now();
    let copy = app.world().incoming(mail, now);
    app.delivered(std::slice::from_ref(&copy)).await;
    let world = app.world();
    match world.message(&copy.0, &copy.1) {
        Some(message) => Json(view(message)).into_response(),
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the mail was not kept"),
    }
}

/// A mail from outside arrives, as its bytes are.
pub(super) async fn deliver_raw(State(app): Shared, Query(mail): Query<RawIncoming>, raw: Bytes) -> Response {
    let now = app.now();
    let Some(copy) = app.world().incoming_raw(&mail, &raw, now) else {
        return refuse(StatusCode::BAD_REQUEST, "these bytes are no mail");
    };
    app.delivered(std::slice::from_ref(&copy)).await;
    let world = app.world();
    match world.message(&copy.0, &copy.1) {
        Some(message) => Json(view(message)).into_response(),
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the mail was not kept"),
    }
}

/// Somebody here sent a mail, perhaps some time ago. Gives the sender's message, and where the recipients' copies lie.
pub(super) async fn sent(State(app): Shared, Json(mail): Json<Outgoing>) -> Response {
    if !mail.from.contains('@') || mail.to.is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "a mail needs a sender and somebody to go to");
    }
    let now = app.now();
    let (own, others) = {
        let mut copies = app.world().outgoing(mail, now);
        let own = copies.remove(0);
        (own, copies)
    };
    app.tell(&own.0);
    for (address, _) in &others {
        app.tell(address);
    }
    let world = app.world();
    match world.message(&own.0, &own.1) {
        Some(message) => {
            let mut answer = copies(&others);
            answer["message"] = view(message);
            Json(answer).into_response()
        }
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the mail was not kept"),
    }
}

pub(super) async fn flush(State(app): Shared) -> Response {
    Json(copies(&app.flush(true).await)).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    address: String,
    message: String,
}

/// Sends a scheduled mail now.
pub(super) async fn release(State(app): Shared, Json(release): Json<Release>) -> Response {
    let now = app.now();
    let left = app.world().release(&release.address, &release.message, now);
    let Some(left) = left else { return refuse(StatusCode::NOT_FOUND, "no such mail waits") };
    app.tell(&release.address);
    app.delivered(&left).await;
    Json(copies(&left)).into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MailboxQuery {
    /// `all`: also the bytes of large mails; `none`: of none.
    raw: Option<String>,
}

/// The bytes of larger mails are given only where they are asked for.
const RAW_LIMIT: usize = 1024 * 1024;

pub(super) async fn mailbox(State(app): Shared, Path(address): Path<String>, Query(query): Query<MailboxQuery>) -> Response {
    let limit = match query.raw.as_deref() {
        Some("all") => usize::MAX,
        Some("none") => 0,
        _ => RAW_LIMIT,
    };
    let world = app.world();
    let show = |message: &Message| {
        let mut shown = view(message);
        if let Some(raw) = &message.raw {
            shown["size"] = json!(raw.len());
            if raw.len() <= limit {
                shown["raw"] = json!(standard_base64(raw));
            }
        }
        shown
    };
    let messages: Vec<Value> = match world.mailboxes.get(&address.to_lowercase()) {
        Some(mailbox) => mailbox.messages().map(show).collect(),
        None => Vec::new(),
    };
    Json(json!({ "address": address, "messages": messages })).into_response()
}

fn copies(copies: &[Copy]) -> Value {
    let list: Vec<Value> = copies.iter().map(|(address, message)| json!({ "address": address, "message": message })).collect();
    json!({ "delivered": list })
}
