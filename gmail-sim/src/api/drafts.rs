//! `users.drafts`: the same drafts that the page saves. A draft's id is the number of its permanent id, its message's id
//! changes with each save.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::resource::{self, Format};
use super::search::{page, search};
use super::sending::{Wanted, draft_id};
use super::{Call, Done};
use crate::model::{Message, label};
use crate::sent_log::Via;
use crate::world::World;

/// The draft with this id; none once it was sent or thrown away.
fn find<'a>(world: &'a World, account: &str, id: &str) -> Result<&'a Message, ApiError> {
    let found = world.mailboxes.get(account).and_then(|it| it.get(&format!("msg-a:{id}")));
    found.filter(|it| it.has(label::DRAFT) && !it.has(label::TRASH)).ok_or_else(ApiError::not_found)
}

fn short(draft: &Message) -> Value {
    json!({ "id": draft_id(draft), "message": resource::short(draft) })
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let found = search(world.mailbox(&call.account), call, Some(label::DRAFT))?;
    page(call, "drafts", &found, |it| json!({ "id": draft_id(it), "message": resource::reference(it) }))
}

pub(super) fn get(world: &World, call: &Call) -> Result<Value, ApiError> {
    let headers = call.all("metadataHeaders").map(str::to_owned).collect();
    let format = Format::read(call.query("format"), headers)?;
    let draft = find(world, &call.account, call.id())?;
    Ok(json!({ "id": draft_id(draft), "message": resource::message(draft, &format) }))
}

const NO_MAIL: &str = "'raw' RFC822 payload message string or uploading message via /upload/* URL required";

/// Keeps the mail of a call as this draft, or as a new one.
fn keep(world: &mut World, call: &Call, draft: Option<&str>) -> Result<Value, ApiError> {
    let mail = call.body.mail.as_ref().ok_or_else(|| ApiError::invalid(NO_MAIL))?;
    let thread = call.body.text("/message/threadId");
    let id = world.keep_draft(&Wanted { owner: &call.account, mail, draft, thread, now: call.now })?;
    world.message(&call.account, &id).map(short).ok_or_else(ApiError::not_found)
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    keep(world, call, None)
}

pub(super) fn update(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let id = find(world, &call.account, call.id())?.id.clone();
    keep(world, call, Some(&id))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let id = find(world, &call.account, call.id())?.id.clone();
    world.mailbox(&call.account).remove(&id);
    world.bump();
    Ok(Value::Null)
}

/// Sends a draft, as it is or with the mail that the call brings. The draft is used up.
pub(super) fn send(world: &mut World, call: &Call) -> Done {
    let id = call.body.text("/id").ok_or_else(|| ApiError::invalid("Missing draft id"))?;
    let id = find(world, &call.account, id)?.id.clone();
    let (sent, copies) = match &call.body.mail {
        Some(mail) => {
            let thread = call.body.text("/message/threadId");
            let wanted = Wanted { owner: &call.account, mail, draft: Some(&id), thread, now: call.now };
            world.send_mail(&wanted, Via::DraftsSend)?
        }
        None => world.send_draft(&call.account, &id, call.now)?,
    };
    let sent = world.message(&call.account, &sent).map(resource::short).ok_or_else(ApiError::not_found)?;
    Ok((sent, copies))
}
