//! The control API's part for mails as bytes and for the REST API: drafts to start from, grants, what was sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{Shared, refuse};
use crate::api::methods::FULL;
use crate::api::raw;
use crate::api::sending::all_ids;
use crate::model::{Attachment, Person, label};
use crate::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::wire::request::{Action, Kind, Op, Position, Put, Request};
use crate::world::World;

/// One address, or several people.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum People {
    One(String),
    Addresses(Vec<String>),
    Named(Vec<Person>),
}

impl Default for People {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

impl People {
    fn list(self, world: &World) -> Vec<Person> {
        let people = match self {
            Self::One(address) => vec![Person::new(&address, "")],
            Self::Addresses(list) => list.iter().map(|it| Person::new(it, "")).collect(),
            Self::Named(list) => list,
        };
        people.into_iter().map(|it| world.named(it)).collect()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    filename: String,
    #[serde(default)]
    media_type: Option<String>,
    /// Base64.
    content: String,
    #[serde(default)]
    inline: bool,
    #[serde(default)]
    content_id: Option<String>,
}

/// A draft as the page would save it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDraft {
    address: String,
    #[serde(default)]
    to: People,
    #[serde(default)]
    cc: People,
    #[serde(default)]
    bcc: People,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    plain: bool,
    #[serde(default)]
    attachments: Vec<File>,
    /// The conversation whose last mail it answers, by permanent or legacy id.
    #[serde(default)]
    thread: Option<String>,
    /// A draft that this is an edit of, by any of its ids.
    #[serde(default)]
    draft: Option<String>,
}

/// `POST /draft`: gives all ids of the draft.
pub(super) async fn draft(State(app): Shared, Json(new): Json<NewDraft>) -> Response {
    let now = app.now();
    let mut files = Vec::new();
    for file in &new.attachments {
        let Ok(bytes) = STANDARD.decode(&file.content) else {
            return refuse(StatusCode::BAD_REQUEST, format!("{}: its content is not base64", file.filename));
        };
        files.push(Arc::new(Attachment {
            filename: file.filename.clone(),
            media_type: file.media_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
            inline: file.inline,
            content_id: file.content_id.clone(),
            bytes,
        }));
    }
    let owner = new.address.to_lowercase();
    let mut world = app.world();
    let id = match put(&mut world, &owner, new, now) {
        Ok(id) => id,
        Err(error) => return refuse(StatusCode::NOT_FOUND, error),
    };
    if !files.is_empty() {
        world.mailbox(&owner).edit(&id, |message| message.attachments = files);
    }
    let answer = world.message(&owner, &id).map(all_ids);
    drop(world);
    app.tell(&owner);
    match answer {
        Some(ids) => Json(ids).into_response(),
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the draft was not kept"),
    }
}

/// Saves it by the page's own call.
fn put(world: &mut World, owner: &str, new: NewDraft, now: i64) -> Result<String, &'static str> {
    let (to, cc, bcc) = (new.to.list(world), new.cc.list(world), new.bcc.list(world));
    let from = world.named(Person::new(owner, ""));
    let mailbox = world.mailbox(owner);
    let old = match &new.draft {
        Some(name) => Some(mailbox.get(&format!("msg-a:{name}")).or_else(|| mailbox.find(name)).ok_or("no such draft")?),
        None => None,
    };
    let old_ids = old.map(|it| (it.id.clone(), it.thread.clone(), it.answers.clone()));
    let answered = match &new.thread {
        Some(thread) => {
            let legacy = || u64::from_str_radix(thread, 16).ok();
            let last = mailbox.thread(thread).last().or_else(|| mailbox.legacy_thread(legacy()?).last());
            Some(last.map(|it| (it.thread.clone(), it.id.clone())).ok_or("no such thread")?)
        }
        None => None,
    };
    let (id, thread, answers) = match (old_ids, answered) {
        (Some((id, thread, answers)), _) => (id, thread, answers),
        (None, Some((thread, answers))) => (world.random.own_message(), thread, Some(answers)),
        (None, None) => (world.random.own_message(), world.random.own_thread(), None),
    };
    let html = if new.plain { new.html } else { format!("<div dir=\"ltr\">{}</div>", new.html) };
    let put = Put {
        kind: Kind::Draft,
        position: if answers.is_some() { Position::FirstReply } else { Position::Update },
        id: id.clone(),
        from,
        to,
        cc,
        bcc,
        time: now,
        subject: new.subject,
        html,
        quoted: None,
        plain: new.plain,
        labels: [label::ALL, label::DRAFT, label::DRAFT_BT].map(str::to_owned).into(),
        in_reply_to: None,
        answers,
        scheduled_at: None,
    };
    let op = Op { number: 1, thread, action: Action::Put(Box::new(put)) };
    world.apply(owner, &Request { ops: vec![op] }, now);
    Ok(id)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantQuery {
    address: String,
    /// Separated by spaces; `https://mail.google.com/` if absent.
    #[serde(default)]
    scope: Option<String>,
}

/// `GET /grant`: a refresh token without a browser.
pub(super) async fn grant(State(app): Shared, Query(query): Query<GrantQuery>) -> Response {
    let mut world = app.world();
    let world = &mut *world;
    let Some(account) = world.accounts.iter().find(|it| it.address.eq_ignore_ascii_case(&query.address)) else {
        return refuse(StatusCode::NOT_FOUND, "no such account");
    };
    let scopes: BTreeSet<String> = query.scope.as_deref().unwrap_or(FULL).split_whitespace().map(str::to_owned).collect();
    let address = account.address.clone();
    let token = world.oauth.grant(&address, scopes, &mut world.random);
    Json(json!({ "address": address, "refreshToken": token, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET }))
        .into_response()
}

pub(super) async fn grants(State(app): Shared) -> Response {
    Json(json!(app.world().oauth.grants())).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    address: String,
}

/// The person takes the rights back, on Google's own pages.
pub(super) async fn revoke_grant(State(app): Shared, Json(whose): Json<Whose>) -> Response {
    Json(json!({ "ended": app.world().oauth.end(&whose.address.to_lowercase()) })).into_response()
}

pub(super) async fn change_password(State(app): Shared, Json(whose): Json<Whose>) -> Response {
    Json(json!({ "ended": app.world().oauth.password_changed(&whose.address.to_lowercase()) })).into_response()
}

/// All access tokens end now; refresh tokens stay.
pub(super) async fn expire_tokens(State(app): Shared) -> Response {
    app.world().oauth.expire_access();
    Json(json!({})).into_response()
}

/// Every history number that was given out is too old from now on.
pub(super) async fn expire_history(State(app): Shared, Json(whose): Json<Whose>) -> Response {
    app.world().mailbox(&whose.address).forget_history();
    Json(json!({})).into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LogQuery {
    /// Only mails of this account.
    account: Option<String>,
    /// Without the first so many.
    skip: usize,
}

pub(super) async fn sent_log(State(app): Shared, Query(query): Query<LogQuery>) -> Response {
    let world = app.world();
    let of = |account: &str| query.account.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(account));
    let mails: Vec<_> = world.sent.mails.iter().filter(|it| of(&it.account)).skip(query.skip).collect();
    Json(json!({ "mails": mails, "dropped": world.sent.dropped })).into_response()
}

pub(super) async fn api_calls(State(app): Shared) -> Response {
    Json(json!(app.world().calls)).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    address: String,
    message: String,
}

/// `GET /raw`: the mail's bytes as they lie there.
pub(super) async fn bytes(State(app): Shared, Query(which): Query<Which>) -> Response {
    let found = app.world().message(&which.address, &which.message).map(raw);
    match found {
        Some(raw) => ([(header::CONTENT_TYPE, "message/rfc822")], raw.to_vec()).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such message"),
    }
}
