//! `users.messages`, and the profile.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::labels::{internal, relabel, wanted};
use super::resource::{self, Format};
use super::search::{page, search};
use super::sending::{Wanted, legacy};
use super::{Call, Done};
use crate::model::{Message, label};
use crate::sent_log::Via;
use crate::world::World;

pub(super) fn profile(world: &mut World, call: &Call) -> Value {
    let mailbox = world.mailbox(&call.account);
    json!({
        "emailAddress": call.account, "messagesTotal": mailbox.len(), "threadsTotal": mailbox.threads(),
        "historyId": mailbox.history_id().to_string(),
    })
}

fn find<'a>(world: &'a World, account: &str, id: &str) -> Result<&'a Message, ApiError> {
    let id = legacy(id)?;
    world.mailboxes.get(account).and_then(|it| it.by_legacy(id)).ok_or_else(ApiError::not_found)
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let found = search(world.mailbox(&call.account), call, None)?;
    page(call, "messages", &found, |it| resource::reference(it))
}

/// How much of a message a call asks for, and may see.
pub(super) fn format(call: &Call) -> Result<Format, ApiError> {
    let headers = call.all("metadataHeaders").map(str::to_owned).collect();
    let format = Format::read(call.query("format"), headers)?;
    if call.headers_only && matches!(format, Format::Full | Format::Raw) {
        return Err(ApiError::new(403, "forbidden", "Metadata scope doesn't allow format FULL"));
    }
    Ok(format)
}

pub(super) fn get(world: &World, call: &Call) -> Result<Value, ApiError> {
    let format = format(call)?;
    Ok(resource::message(find(world, &call.account, call.id())?, &format))
}

pub(super) fn attachment(world: &World, call: &Call) -> Result<Value, ApiError> {
    let message = find(world, &call.account, call.id())?;
    let id = call.ids.get(1).map_or("", String::as_str);
    resource::attachment(message, id).ok_or_else(|| ApiError::invalid("Invalid attachment token"))
}

const NO_MAIL: &str = "'raw' RFC822 payload message string or uploading message via /upload/* URL required";

pub(super) fn send(world: &mut World, call: &Call) -> Done {
    let mail = call.body.mail.as_ref().ok_or_else(|| ApiError::invalid(NO_MAIL))?;
    let thread = call.body.text("/threadId");
    let wanted = Wanted { owner: &call.account, mail, draft: None, thread, now: call.now };
    let (id, copies) = world.send_mail(&wanted, Via::MessagesSend)?;
    let sent = world.message(&call.account, &id).map(resource::short).ok_or_else(ApiError::not_found)?;
    Ok((sent, copies))
}

/// `insert` and `import`: a mail is filed, and nobody gets it.
pub(super) fn insert(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let mail = call.body.mail.as_ref().ok_or_else(|| ApiError::invalid(NO_MAIL))?;
    let given = call.body.json.get("labelIds").and_then(Value::as_array);
    let given: Vec<&str> = given.into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(unknown) = given.iter().find(|id| !world.labels.knows(&call.account, id)) {
        return Err(ApiError::invalid(format!("Invalid label: {unknown}")));
    }
    let given = given.into_iter().map(internal);
    let labels: Vec<&str> = [label::ALL].into_iter().chain(given).collect();
    let received = call.method == "messages.import" || call.query("internalDateSource") == Some("dateHeader");
    let date = mail.parsed.date.filter(|_| received).unwrap_or(call.now);
    let thread = call.body.text("/threadId");
    let wanted = Wanted { owner: &call.account, mail, draft: None, thread, now: call.now };
    let id = world.keep(&wanted, &labels, date)?;
    world.message(&call.account, &id).map(resource::short).ok_or_else(ApiError::not_found)
}

/// Changes one message and answers with it.
fn edit(world: &mut World, call: &Call, change: impl FnOnce(&mut Message)) -> Result<Value, ApiError> {
    let id = find(world, &call.account, call.id())?.id.clone();
    world.mailbox(&call.account).edit(&id, change);
    world.bump();
    world.message(&call.account, &id).map(resource::short).ok_or_else(ApiError::not_found)
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
    let id = find(world, &call.account, call.id())?.id.clone();
    world.mailbox(&call.account).remove(&id);
    world.bump();
    Ok(Value::Null)
}

/// The permanent ids of the messages that a batch names; those that are not there are passed over, as Gmail does.
fn batch(world: &World, call: &Call) -> Result<Vec<String>, ApiError> {
    let given = call.body.json.get("ids").and_then(Value::as_array).filter(|it| !it.is_empty() && it.len() <= 1000);
    let given = given.ok_or_else(|| ApiError::invalid("Invalid ids: 1 to 1000 are needed"))?;
    let ids = given.iter().filter_map(Value::as_str).filter_map(|id| find(world, &call.account, id).ok());
    Ok(ids.map(|it| it.id.clone()).collect())
}

pub(super) fn batch_modify(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let (add, remove) = wanted(world, call)?;
    for id in batch(world, call)? {
        world.mailbox(&call.account).edit(&id, |message| relabel(message, &add, &remove));
    }
    world.bump();
    Ok(Value::Null)
}

pub(super) fn batch_delete(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    for id in batch(world, call)? {
        world.mailbox(&call.account).remove(&id);
    }
    world.bump();
    Ok(Value::Null)
}
