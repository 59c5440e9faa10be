//! `users.history`, `watch` and `stop`: what changed since a number.

use serde_json::{Value, json};

use super::Call;
use super::errors::ApiError;
use super::labels::{id, ids, internal};
use crate::ids::legacy_hex;
use crate::mailbox::{Change, Record};
use crate::world::World;

/// Begins to watch: what changes from now on is told by Pub/Sub (`crate::pubsub`).
pub(super) fn watch(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let history = world.mailbox(&call.account).history_id();
    let until = world.pubsub.watch(&call.account.to_lowercase(), &call.body.json, history, call.now)?;
    Ok(json!({ "historyId": history.to_string(), "expiration": until.to_string() }))
}

/// Nothing is told any more.
pub(super) fn stop(world: &mut World, call: &Call) -> Value {
    world.pubsub.stop(&call.account.to_lowercase());
    Value::Null
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let start = call.query("startHistoryId").ok_or_else(|| ApiError::invalid("Missing startHistoryId"))?;
    let start: u64 = start.parse().map_err(|_| ApiError::invalid("Invalid startHistoryId"))?;
    let types: Vec<&str> = call.all("historyTypes").collect();
    let label = call.query("labelId").map(internal);
    let number = |key: &str| {
        call.query(key).map(|it| it.parse::<usize>().map_err(|_| ApiError::invalid(format!("Invalid {key}")))).transpose()
    };
    let (size, from) = (number("maxResults")?.unwrap_or(100).clamp(1, 500), number("pageToken")?.unwrap_or(0));
    let mailbox = world.mailbox(&call.account);
    let changes = mailbox.since(start).ok_or_else(ApiError::not_found)?;
    let fits = |it: &&Record| {
        (types.is_empty() || types.contains(&kind(it.change)))
            && label.is_none_or(|label| it.labels.contains(label) || it.changed.iter().any(|it| it == label))
            && shown(it)
    };
    let all: Vec<&Record> = changes.filter(fits).collect();
    let page: Vec<Value> = all.iter().skip(from).take(size).map(|it| record(it)).collect();
    let mut out = json!({ "historyId": mailbox.history_id().to_string() });
    if !page.is_empty() {
        out["history"] = Value::Array(page);
    }
    let next = from.saturating_add(size);
    if all.len() > next {
        out["nextPageToken"] = json!(next.to_string());
    }
    Ok(out)
}

/// As `historyTypes` names it.
fn kind(change: Change) -> &'static str {
    match change {
        Change::Added => "messageAdded",
        Change::Deleted => "messageDeleted",
        Change::LabelsAdded => "labelAdded",
        Change::LabelsRemoved => "labelRemoved",
    }
}

/// A change of labels that only the page knows is none.
fn shown(it: &Record) -> bool {
    matches!(it.change, Change::Added | Change::Deleted) || it.changed.iter().any(|label| id(label).is_some())
}

fn record(it: &Record) -> Value {
    let reference = json!({ "id": legacy_hex(it.message), "threadId": legacy_hex(it.thread) });
    let mut message = reference.clone();
    let labels = ids(&it.labels);
    if !labels.is_empty() {
        message["labelIds"] = json!(labels);
    }
    let mut entry = json!({ "message": message });
    if matches!(it.change, Change::LabelsAdded | Change::LabelsRemoved) {
        entry["labelIds"] = it.changed.iter().filter_map(|label| id(label)).collect();
    }
    let field = match it.change {
        Change::Added => "messagesAdded",
        Change::Deleted => "messagesDeleted",
        Change::LabelsAdded => "labelsAdded",
        Change::LabelsRemoved => "labelsRemoved",
    };
    json!({ "id": it.id.to_string(), "messages": [reference], field: [entry] })
}
