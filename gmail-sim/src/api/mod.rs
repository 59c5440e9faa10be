//! Gmail's REST API (v1) over the same mailboxes as the page, in the shapes of Google's discovery document.
//!
//! What must hold: a call is refused before anything happens or is carried out whole, under one lock; what cannot be done
//! is answered in Google's own shape of errors. To add a method: a row in [`methods::ALL`], a branch in [`carry_out`].

mod body;
mod drafts;
pub(crate) mod errors;
mod faults;
mod fields;
mod history;
mod labels;
mod messages;
pub(crate) mod methods;
mod query;
mod quota;
mod resource;
mod search;
pub(crate) mod sending;
mod threads;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::body::Body;
use self::errors::ApiError;
pub(crate) use self::faults::{Plan, Rule};
use self::fields::Mask;
pub(crate) use self::labels::{Labels, internal as internal_label};
pub(crate) use self::quota::Quota;
pub(crate) use self::resource::{raw, standard_base64};
use crate::delivery::Copy;
use crate::world::World;

/// A call that was let in.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its name, as in [`methods::ALL`].
    pub(crate) method: &'static str,
    /// Whose mailbox.
    pub(crate) account: String,
    /// What the path names: a draft, message, thread or label, and an attachment of it.
    pub(crate) ids: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Body,
    /// The token may see headers only (`gmail.metadata`).
    pub(crate) headers_only: bool,
    /// Mails sent after this are in no list yet.
    pub(crate) indexed: i64,
    /// Mails that came after this are found by no search yet.
    pub(crate) received_indexed: i64,
    pub(crate) now: i64,
}

impl Call {
    fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// The first value of a query parameter.
    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What came of a call: the answer's JSON (null: an empty 204), and where copies arrived.
pub(crate) type Done = Result<(Value, Vec<Copy>), ApiError>;

/// One call as the log of calls tells it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ApiCall {
    pub(crate) at: i64,
    pub(crate) method: &'static str,
    /// What the path names, and what was asked for behind it.
    pub(crate) ids: Vec<String>,
    pub(crate) query: String,
    pub(crate) account: Option<String>,
    /// 0: the connection was closed without an answer.
    pub(crate) status: u16,
    /// Whether a fault that was ordered had a part in it.
    pub(crate) fault: bool,
}

/// Calls that the log keeps.
const CALLS: usize = 20_000;

impl World {
    pub(crate) fn log_call(&mut self, call: ApiCall) {
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }
}

/// Does what a call asks for, and leaves of the answer what `fields` names.
pub(crate) fn carry_out(world: &mut World, call: &Call) -> Done {
    let mask = call.query("fields").map(Mask::read).transpose()?;
    let (answer, copies) = carried_out(world, call)?;
    Ok((mask.map_or_else(|| answer.clone(), |mask| mask.kept(&answer)), copies))
}

fn carried_out(world: &mut World, call: &Call) -> Done {
    let plain = |answer: Result<Value, ApiError>| answer.map(|answer| (answer, Vec::new()));
    match call.method {
        "getProfile" => Ok((messages::profile(world, call), Vec::new())),
        "watch" => plain(history::watch(world, call)),
        "stop" => Ok((history::stop(world, call), Vec::new())),
        "drafts.list" => plain(drafts::list(world, call)),
        "drafts.get" => plain(drafts::get(world, call)),
        "drafts.create" => plain(drafts::create(world, call)),
        "drafts.update" => plain(drafts::update(world, call)),
        "drafts.delete" => plain(drafts::delete(world, call)),
        "drafts.send" => drafts::send(world, call),
        "messages.list" => plain(messages::list(world, call)),
        "messages.get" => plain(messages::get(world, call)),
        "messages.send" => messages::send(world, call),
        "messages.insert" | "messages.import" => plain(messages::insert(world, call)),
        "messages.modify" => plain(messages::modify(world, call)),
        "messages.trash" => plain(messages::trash(world, call, true)),
        "messages.untrash" => plain(messages::trash(world, call, false)),
        "messages.delete" => plain(messages::delete(world, call)),
        "messages.batchModify" => plain(messages::batch_modify(world, call)),
        "messages.batchDelete" => plain(messages::batch_delete(world, call)),
        "messages.attachments.get" => plain(messages::attachment(world, call)),
        "threads.list" => plain(threads::list(world, call)),
        "threads.get" => plain(threads::get(world, call)),
        "threads.modify" => plain(threads::modify(world, call)),
        "threads.trash" => plain(threads::trash(world, call, true)),
        "threads.untrash" => plain(threads::trash(world, call, false)),
        "threads.delete" => plain(threads::delete(world, call)),
        "labels.list" => Ok((labels::list(world, call), Vec::new())),
        "labels.get" => plain(labels::get(world, call)),
        "labels.create" => plain(labels::create(world, call)),
        "labels.patch" | "labels.update" => plain(labels::change(world, call)),
        "labels.delete" => plain(labels::delete(world, call)),
        "history.list" => plain(history::list(world, call)),
        _ => Err(ApiError::not_found()),
    }
}
