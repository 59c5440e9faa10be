//! Labels: Gmail's own, which have another name in the page's traffic, and those that a person makes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::Call;
use super::errors::ApiError;
use crate::mailbox::Mailbox;
use crate::model::{Message, label};
use crate::world::World;

/// Name in the API, name in the page's traffic.
const SYSTEM: [(&str, &str); 8] = [
    ("INBOX", label::INBOX),
    ("UNREAD", label::UNREAD),
    ("DRAFT", label::DRAFT),
    ("SENT", label::SENT),
    ("TRASH", label::TRASH),
    ("SPAM", "^s"),
    ("STARRED", "^t"),
    ("IMPORTANT", "^io_im"),
];

/// A label that a person made.
#[derive(Debug, Clone)]
struct Own {
    id: String,
    /// What it was made with, with `id` and `type`.
    json: Value,
}

/// Everybody's own labels.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    own: BTreeMap<String, Vec<Own>>,
    made: u64,
}

impl Labels {
    fn of(&self, account: &str) -> &[Own] {
        self.own.get(account).map(Vec::as_slice).unwrap_or_default()
    }

    fn find(&self, account: &str, id: &str) -> Option<&Own> {
        self.of(account).iter().find(|it| it.id == id)
    }

    /// Whether a label can be given: Gmail's own, or one that this person made.
    pub(super) fn knows(&self, account: &str, id: &str) -> bool {
        SYSTEM.iter().any(|(name, _)| *name == id) || id.starts_with("CATEGORY_") || self.find(account, id).is_some()
    }

    /// The names of the labels that a person made and that any of these messages has, as the page shows them.
    pub(crate) fn names<'a>(&self, account: &str, messages: impl Iterator<Item = &'a Message>) -> Vec<String> {
        let on: BTreeSet<&str> = messages.flat_map(|it| it.labels.iter().map(String::as_str)).collect();
        let names = on.into_iter().filter_map(|id| self.find(account, id)?.json["name"].as_str());
        names.map(str::to_owned).collect()
    }
}

/// A message's labels as the API names them. What only the page knows is left out.
pub(crate) fn ids(labels: &BTreeSet<String>) -> Vec<&str> {
    labels.iter().filter_map(|it| id(it)).collect()
}

/// The API's name of one label.
pub(crate) fn id(internal: &str) -> Option<&str> {
    let system = SYSTEM.iter().find(|(_, page)| *page == internal).map(|(id, _)| *id);
    system.or((!internal.starts_with('^')).then_some(internal))
}

/// The name in a mailbox of a label that the API names.
pub(crate) fn internal(id: &str) -> &str {
    SYSTEM.iter().find(|(name, _)| *name == id).map_or(id, |(_, page)| page)
}

/// Adds and removes labels as `modify` asks. `DRAFT` and `SENT` are nobody's to give.
pub(crate) fn wanted(world: &World, call: &Call) -> Result<(Vec<String>, Vec<String>), ApiError> {
    let list = |name: &str| -> Result<Vec<String>, ApiError> {
        let Some(given) = call.body.json.get(name) else { return Ok(Vec::new()) };
        let given = given.as_array().ok_or_else(|| ApiError::invalid(format!("Invalid value at '{name}'")))?;
        if given.len() > 100 {
            return Err(ApiError::invalid("Too many labels"));
        }
        let mut out = Vec::new();
        for it in given {
            let id = it.as_str().unwrap_or_default();
            if !world.labels.knows(&call.account, id) || id == "DRAFT" || id == "SENT" {
                return Err(ApiError::invalid(format!("Invalid label: {id}")));
            }
            out.push(internal(id).to_owned());
        }
        Ok(out)
    };
    let (add, remove) = (list("addLabelIds")?, list("removeLabelIds")?);
    if add.is_empty() && remove.is_empty() {
        return Err(ApiError::invalid("No label add or removes specified"));
    }
    Ok((add, remove))
}

/// Lays changed labels over a message.
pub(crate) fn relabel(message: &mut Message, add: &[String], remove: &[String]) {
    message.labels.retain(|it| !remove.contains(it));
    message.labels.extend(add.iter().cloned());
}

fn system(id: &str) -> Value {
    json!({ "id": id, "name": id, "type": "system", "messageListVisibility": "hide", "labelListVisibility": "labelHide" })
}

pub(super) fn list(world: &World, call: &Call) -> Value {
    let own = world.labels.of(&call.account).iter().map(|it| it.json.clone());
    let labels: Vec<Value> = SYSTEM.iter().map(|(id, _)| system(id)).chain(own).collect();
    json!({ "labels": labels })
}

pub(super) fn get(world: &World, call: &Call) -> Result<Value, ApiError> {
    let id = call.id();
    let mut label = match world.labels.find(&call.account, id) {
        Some(own) => own.json.clone(),
        None if SYSTEM.iter().any(|(name, _)| *name == id) => system(id),
        None => return Err(ApiError::not_found()),
    };
    let empty = Mailbox::default();
    let mailbox = world.mailboxes.get(&call.account).unwrap_or(&empty);
    let mut threads: HashSet<u64> = HashSet::new();
    let mut unread_threads: HashSet<u64> = HashSet::new();
    let (mut all, mut unread) = (0, 0);
    for message in mailbox.labelled(internal(id)) {
        all += 1;
        threads.insert(message.legacy_thread);
        if message.has(label::UNREAD) {
            unread += 1;
            unread_threads.insert(message.legacy_thread);
        }
    }
    label["messagesTotal"] = json!(all);
    label["messagesUnread"] = json!(unread);
    label["threadsTotal"] = json!(threads.len());
    label["threadsUnread"] = json!(unread_threads.len());
    Ok(label)
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let name = name(world, call, None)?.ok_or_else(|| ApiError::invalid("Invalid label name"))?;
    world.labels.made += 1;
    let id = format!("Label_{}", world.labels.made);
    let mut json =
        json!({ "id": id, "name": name, "messageListVisibility": "show", "labelListVisibility": "labelShow", "type": "user" });
    visible(&mut json, &call.body.json);
    world.labels.own.entry(call.account.clone()).or_default().push(Own { id, json: json.clone() });
    Ok(json)
}

pub(super) fn change(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    if SYSTEM.iter().any(|(name, _)| *name == call.id()) {
        return Err(ApiError::invalid("Invalid update request"));
    }
    let name = name(world, call, Some(call.id()))?;
    let own = world.labels.own.get_mut(&call.account).and_then(|own| own.iter_mut().find(|it| it.id == call.id()));
    let own = own.ok_or_else(ApiError::not_found)?;
    if let Some(name) = name {
        own.json["name"] = json!(name);
    }
    visible(&mut own.json, &call.body.json);
    Ok(own.json.clone())
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    if SYSTEM.iter().any(|(name, _)| *name == call.id()) {
        return Err(ApiError::invalid("Invalid delete request"));
    }
    let own = world.labels.own.get_mut(&call.account).ok_or_else(ApiError::not_found)?;
    let at = own.iter().position(|it| it.id == call.id()).ok_or_else(ApiError::not_found)?;
    own.remove(at);
    let mailbox = world.mailbox(&call.account);
    let with: Vec<String> = mailbox.labelled(call.id()).map(|it| it.id.clone()).collect();
    for id in with {
        mailbox.edit(&id, |message| message.labels.remove(call.id()));
    }
    Ok(Value::Null)
}

/// The name in the body, if it may be given.
fn name(world: &World, call: &Call, of: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(name) = call.body.text("/name") else { return Ok(None) };
    let system = SYSTEM.iter().any(|(id, _)| id.eq_ignore_ascii_case(name));
    if system || name.len() > 225 || name.starts_with('^') {
        return Err(ApiError::invalid("Invalid label name"));
    }
    let taken =
        |it: &Own| Some(it.id.as_str()) != of && it.json["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name));
    if world.labels.of(&call.account).iter().any(taken) {
        return Err(ApiError::new(409, "aborted", "Label name exists or conflicts"));
    }
    Ok(Some(name.to_owned()))
}

fn visible(label: &mut Value, from: &Value) {
    for name in ["messageListVisibility", "labelListVisibility", "color"] {
        if let Some(value) = from.get(name) {
            label[name] = value.clone();
        }
    }
}
