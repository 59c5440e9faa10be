//! How a mail that came as bytes becomes a draft or a sent mail in the same mailbox that the page shows.

use std::sync::Arc;

use super::body::Mail;
use super::errors::ApiError;
use crate::delivery::Copy;
use crate::ids::legacy_hex;
use crate::mailbox::Mailbox;
use crate::model::{Message, Person, label};
use crate::rfc5322::build::date;
use crate::rfc5322::fields::{first, with};
use crate::rfc5322::text::person;
use crate::sent_log::Via;
use crate::world::World;

/// What is wanted of a mail.
pub(super) struct Wanted<'a> {
    pub(super) owner: &'a str,
    pub(super) mail: &'a Mail,
    /// The draft that it replaces, by its permanent id.
    pub(super) draft: Option<&'a str>,
    /// The conversation that the caller names.
    pub(super) thread: Option<&'a str>,
    pub(super) now: i64,
}

/// A thread's or message's id as the API has it.
pub(super) fn legacy(id: &str) -> Result<u64, ApiError> {
    u64::from_str_radix(id, 16).map_err(|_| ApiError::invalid("Invalid id value"))
}

/// Without the signs of an answer: what Gmail compares.
pub(crate) fn bare(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let lower = rest.to_lowercase();
        let Some(prefix) = ["re:", "fwd:", "fw:", "aw:", "wg:"].into_iter().find(|it| lower.starts_with(it)) else { break };
        rest = rest[prefix.len()..].trim_start();
    }
    rest.to_lowercase()
}

/// Where a mail belongs: permanent and legacy id of its thread, if there is one already.
///
/// As Gmail does: a named thread takes it when it answers a mail of it or has its subject; one without a name goes where
/// its references lead, a draft stays in its own thread as long as its subject stays.
fn place(mailbox: &Mailbox, wanted: &Wanted<'_>) -> Result<Option<(String, u64)>, ApiError> {
    let Wanted { mail, draft, thread, .. } = wanted;
    let parsed = &mail.parsed;
    let ids = |it: &Message| (it.thread.clone(), it.legacy_thread);
    let known = draft.and_then(|id| mailbox.get(id));
    if let Some(thread) = thread {
        let thread = legacy(thread)?;
        let first = mailbox.legacy_thread(thread).next().ok_or_else(ApiError::not_found)?;
        let answers = mailbox.legacy_thread(thread).any(|it| parsed.references.contains(&it.rfc_id));
        if answers || mailbox.legacy_thread(thread).any(|it| bare(&it.subject) == bare(&parsed.subject)) {
            return Ok(Some(ids(first)));
        }
        return Ok(None);
    }
    let parent = parsed.references.iter().rev().find_map(|id| mailbox.by_rfc(id).next());
    let stays = known.filter(|it| !mailbox.leaves_thread(it, &parsed.subject));
    Ok(parent.or(stays).map(ids))
}

impl World {
    /// Makes a message of a mail, in its thread, with new legacy and Message-ID where none is given.
    fn made(&mut self, wanted: &Wanted<'_>, labels: &[&str]) -> Result<Message, ApiError> {
        let &Wanted { owner, mail, draft, now, .. } = wanted;
        let place = place(self.mailbox(owner), wanted)?;
        let legacy = self.fresh_legacy(owner, now);
        let parsed = &mail.parsed;
        let known = draft.and_then(|id| self.mailbox(owner).get(id)).map(|it| it.thread.clone());
        let (thread, legacy_thread) = place.unwrap_or_else(|| (known.unwrap_or_else(|| self.random.own_thread()), legacy));
        let (from, raw) = self.sender(owner, mail);
        let answers = parsed.references.last().and_then(|id| self.mailbox(owner).by_rfc(id).next()).map(|it| it.id.clone());
        let (rfc_id, raw) = if let Some(id) = &parsed.rfc_id {
            (id.clone(), raw)
        } else {
            let id = self.random.rfc_id();
            let raw = with(&raw, "Message-ID", &id).into();
            (id, raw)
        };
        Ok(Message {
            id: draft.map_or_else(|| self.random.own_message(), str::to_owned),
            legacy,
            thread,
            legacy_thread,
            labels: labels.iter().map(|&it| it.to_owned()).collect(),
            from,
            to: parsed.to.clone(),
            cc: parsed.cc.clone(),
            bcc: parsed.bcc.clone(),
            subject: parsed.subject.clone(),
            own_html: parsed.html.clone(),
            quoted: None,
            plain: parsed.plain,
            rfc_id,
            references: parsed.references.clone(),
            answers,
            date: now,
            scheduled_at: None,
            attachments: parsed.attachments.clone(),
            raw: Some(raw),
            history: 0,
        })
    }

    /// The sender, who has to be the account or an alias of it: Gmail puts the account in another's place.
    fn sender(&self, owner: &str, mail: &Mail) -> (Person, Arc<[u8]>) {
        let account = self.accounts.iter().find(|it| it.address.eq_ignore_ascii_case(owner));
        let aliases = account.map(|it| it.aliases.as_slice()).unwrap_or_default();
        let mut own = aliases.iter().map(|it| it.address.as_str()).chain([owner]);
        if let Some(from) = &mail.parsed.from
            && own.any(|it| it.eq_ignore_ascii_case(&from.address))
        {
            return (from.clone(), mail.raw.clone());
        }
        let from = self.named(Person::new(owner, ""));
        let raw = with(&mail.raw, "From", &person(&from)).into();
        (from, raw)
    }

    /// Keeps a mail as a draft; gives its permanent id.
    pub(super) fn keep_draft(&mut self, wanted: &Wanted<'_>) -> Result<String, ApiError> {
        let message = self.made(wanted, &[label::ALL, label::DRAFT, label::DRAFT_BT])?;
        let id = message.id.clone();
        let mailbox = self.mailbox(wanted.owner);
        mailbox.remove(&id);
        mailbox.insert(message);
        self.bump();
        Ok(id)
    }

    /// Files a mail without sending it; gives its permanent id.
    pub(super) fn keep(&mut self, wanted: &Wanted<'_>, labels: &[&str], date: i64) -> Result<String, ApiError> {
        let mut message = self.made(wanted, labels)?;
        message.id = format!("msg-f:{}", message.legacy);
        message.date = date;
        if let Some(from) = &wanted.mail.parsed.from {
            // Nobody sends here: whoever wrote it stays.
            message.from = from.clone();
            let raw = wanted.mail.raw.clone();
            message.raw = Some(match &wanted.mail.parsed.rfc_id {
                Some(_) => raw,
                None => with(&raw, "Message-ID", &message.rfc_id).into(),
            });
        }
        let id = message.id.clone();
        self.mailbox(wanted.owner).insert(message);
        self.bump();
        Ok(id)
    }

    /// Sends a mail: it lies in Sent, its draft is used up, and everybody has it. Gives its permanent id and the copies.
    pub(super) fn send_mail(&mut self, wanted: &Wanted<'_>, via: Via) -> Result<(String, Vec<Copy>), ApiError> {
        let message = self.made(wanted, SENT)?;
        self.send_message(wanted.owner, message, via, wanted.now)
    }

    /// Sends a draft as it is.
    pub(super) fn send_draft(&mut self, owner: &str, draft: &str, now: i64) -> Result<(String, Vec<Copy>), ApiError> {
        let mut message = self.mailbox(owner).get(draft).cloned().ok_or_else(ApiError::not_found)?;
        message.legacy = self.fresh_legacy(owner, now);
        message.date = now;
        message.labels = SENT.iter().map(|&it| it.to_owned()).collect();
        self.send_message(owner, message, Via::DraftsSend, now)
    }

    fn send_message(&mut self, owner: &str, mut message: Message, via: Via, now: i64) -> Result<(String, Vec<Copy>), ApiError> {
        if message.recipients().next().is_none() {
            return Err(ApiError::invalid("Recipient address required"));
        }
        if let Some(bad) = message.recipients().find(|it| !is_address(&it.address)) {
            return Err(ApiError::invalid(format!("Invalid To header: {}", legible(&bad.address))));
        }
        if self.settings.rewrite_message_id {
            message.rfc_id = self.random.rfc_id();
            message.raw = message.raw.map(|raw| with(&raw, "Message-ID", &message.rfc_id).into());
        }
        if let Some(raw) = message.raw.as_deref().filter(|raw| first(raw, "Date").is_none()) {
            message.raw = Some(with(raw, "Date", &date(now)).into());
        }
        let id = message.id.clone();
        self.pending.retain(|it| it.owner != owner || it.message != id);
        let mailbox = self.mailbox(owner);
        mailbox.remove(&id);
        mailbox.insert(message);
        let copies = self.hand_over(owner, &id, via, now);
        Ok((id, copies))
    }
}

const SENT: &[&str] = &[label::ALL, label::SENT, label::SENT_BT, label::SENT_CL];

fn is_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !address.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn legible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// A draft's id in the API: the number of its permanent id.
pub(crate) fn draft_id(message: &Message) -> &str {
    message.id.split_once(':').map_or(message.id.as_str(), |(_, number)| number)
}

/// All ids of a draft, for whoever made one by the control API.
pub(crate) fn all_ids(message: &Message) -> serde_json::Value {
    serde_json::json!({
        "draft": draft_id(message), "message": legacy_hex(message.legacy), "thread": legacy_hex(message.legacy_thread),
        "id": message.id, "permanentThread": message.thread, "rfcId": message.rfc_id,
    })
}
