//! `users.threads`. A thread's id is the legacy id of its first message.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Call;
use super::errors::ApiError;
use super::labels::{relabel, wanted};
use super::messages::format;
use super::resource;
use super::search::{page, search};
use super::sending::legacy;
use crate::html::snippet;
use crate::ids::legacy_hex;
use crate::model::{Message, label};
use crate::world::World;

pub(super) fn list(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let mut seen = HashSet::new();
    let mailbox = world.mailbox(&call.account);
    let found: Vec<&Message> = search(mailbox, call, None)?.into_iter().filter(|it| seen.insert(it.legacy_thread)).collect();
    page(call, "threads", &found, |it| {
        json!({
            "id": legacy_hex(it.legacy_thread), "snippet": snippet(&it.html(), 200), "historyId": history(mailbox.legacy_thread(it.legacy_thread)),
        })
    })
}

fn history<'a>(messages: impl Iterator<Item = &'a Message>) -> String {
    messages.map(|it| it.history).max().unwrap_or_default().to_string()
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let format = format(call)?;
    let thread = legacy(call.id())?;
    let mailbox = world.mailbox(&call.account);
    let messages: Vec<Value> = mailbox.legacy_thread(thread).map(|it| resource::message(it, &format)).collect();
    if messages.is_empty() {
        return Err(ApiError::not_found());
    }
    Ok(json!({ "id": legacy_hex(thread), "historyId": history(mailbox.legacy_thread(thread)), "messages": messages }))
}

/// The permanent ids of a thread's messages.
fn ids(world: &mut World, call: &Call) -> Result<Vec<String>, ApiError> {
    let thread = legacy(call.id())?;
    let ids: Vec<String> = world.mailbox(&call.account).legacy_thread(thread).map(|it| it.id.clone()).collect();
    if ids.is_empty() { Err(ApiError::not_found()) } else { Ok(ids) }
}

/// Changes every message of a thread and answers with it.
fn edit(world: &mut World, call: &Call, change: impl Fn(&mut Message)) -> Result<Value, ApiError> {
    for id in ids(world, call)? {
        world.mailbox(&call.account).edit(&id, &change);
    }
    world.bump();
    let thread = legacy(call.id())?;
    let mailbox = world.mailbox(&call.account);
    let messages: Vec<Value> = mailbox.legacy_thread(thread).map(resource::short).collect();
    Ok(json!({ "id": legacy_hex(thread), "messages": messages }))
}

pub(super) fn modify(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let (add, remove) = wanted(world, call)?;
    edit(world, call, |message| relabel(message, &add, &remove))
}

pub(super) fn trash(world: &mut World, call: &Call, away: bool) -> Result<Value, ApiError> {
    edit(world, call, |message| {
        if away {
            message.labels.insert(label::TRASH.to_owned());
            message.labels.remove(label::INBOX);
        } else {
            message.labels.remove(label::TRASH);
        }
    })
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    for id in ids(world, call)? {
        world.mailbox(&call.account).remove(&id);
    }
    world.bump();
    Ok(Value::Null)
}
