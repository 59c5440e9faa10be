//! How a mail gets from one mailbox into others.
//!
//! What must hold: a mail reaches its recipients once, and only after its undo window; taken back within it, nobody ever
//! sees it. Bcc recipients are seen by nobody else.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::sending::bare;
use crate::model::{Message, Person, label};
use crate::rfc5322::build::build;
use crate::rfc5322::fields::{with, without};
use crate::rfc5322::read::read;
use crate::rfc5322::text::one_line;
use crate::sent_log::Via;
use crate::wire::request::{Action, Kind, Op, Position, Put, Request};
use crate::world::{Pending, World};

/// A mail that comes from outside.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Incoming {
    pub(crate) to: String,
    pub(crate) from: Person,
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) html: String,
    #[serde(default)]
    pub(crate) cc: Vec<Person>,
    /// Message-ID of the mail that it answers.
    #[serde(default)]
    pub(crate) in_reply_to: Option<String>,
    /// When it came, in Unix milliseconds; now if absent.
    #[serde(default)]
    pub(crate) at: Option<i64>,
    #[serde(default)]
    pub(crate) read: bool,
    /// Further fields of its header, such as `Auto-Submitted`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

/// A mail that somebody here sent some time ago.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outgoing {
    /// Whose mailbox it was sent from.
    pub(crate) from: String,
    pub(crate) to: Vec<Person>,
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) html: String,
    /// When, in Unix milliseconds; now if absent.
    #[serde(default)]
    pub(crate) at: Option<i64>,
}

/// A mail that comes from outside as bytes.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIncoming {
    /// Whose mailbox it comes to.
    pub(crate) address: String,
    /// When it came, in Unix milliseconds; now if absent. Its own `Date` says nothing.
    #[serde(default)]
    pub(crate) at: Option<i64>,
    #[serde(default)]
    pub(crate) read: bool,
    /// Gmail takes it for spam.
    #[serde(default)]
    pub(crate) spam: bool,
}

/// Where a copy of a mail lies: the mailbox's address and the permanent id there.
pub(crate) type Copy = (String, String);

impl World {
    /// Delivers what is due. `all`: also what is still within its undo window (but not what waits for its hour).
    pub(crate) fn flush(&mut self, now: i64, all: bool) -> Vec<Copy> {
        let (due, rest): (Vec<Pending>, Vec<Pending>) =
            std::mem::take(&mut self.pending).into_iter().partition(|it| it.due.is_some_and(|due| all || due <= now));
        self.pending = rest;
        due.into_iter().flat_map(|it| self.leave(&it, now)).collect()
    }

    /// Sends a scheduled mail now.
    pub(crate) fn release(&mut self, owner: &str, id: &str, now: i64) -> Option<Vec<Copy>> {
        let at = self.pending.iter().position(|it| it.owner == owner && it.message == id)?;
        let pending = self.pending.remove(at);
        self.mailbox(owner).edit(id, |message| {
            message.labels.remove(label::SCHEDULED);
            message.labels.extend([label::SENT, label::SENT_BT, label::SENT_CL].map(str::to_owned));
            message.date = now;
        })?;
        Some(self.leave(&pending, now))
    }

    /// Sends a mail as the page would have, at its own time: it lies in Sent and, read, with its recipients. Gives the
    /// sender's copy first.
    pub(crate) fn outgoing(&mut self, mail: Outgoing, now: i64) -> Vec<Copy> {
        let at = mail.at.unwrap_or(now);
        let owner = mail.from.to_lowercase();
        let (id, thread) = (self.random.own_message(), self.random.own_thread());
        let put = Put {
            kind: Kind::Send,
            position: Position::Update,
            id: id.clone(),
            from: self.named(Person::new(&owner, "")),
            to: mail.to.into_iter().map(|person| self.named(person)).collect(),
            cc: Vec::new(),
            bcc: Vec::new(),
            time: at,
            subject: mail.subject,
            html: mail.html,
            quoted: None,
            plain: false,
            labels: [label::ALL, label::SENDING, label::SENT_BT, label::SENT_CL].map(str::to_owned).into(),
            in_reply_to: None,
            answers: None,
            scheduled_at: None,
        };
        let op = Op { number: 1, thread, action: Action::Put(Box::new(put)) };
        self.apply(&owner, &Request { ops: vec![op] }, at);
        let copies = self.release(&owner, &id, at).unwrap_or_default();
        for (address, id) in &copies {
            self.mailbox(address).edit(id, |message| message.labels.remove(label::UNREAD));
        }
        std::iter::once((owner, id)).chain(copies).collect()
    }

    fn leave(&mut self, pending: &Pending, now: i64) -> Vec<Copy> {
        self.hand_over(&pending.owner, &pending.message, Via::Page, now)
    }

    /// Brings a mail that lies in Sent to everybody that it names.
    pub(crate) fn hand_over(&mut self, owner: &str, id: &str, via: Via, now: i64) -> Vec<Copy> {
        let mailbox = self.mailbox(owner);
        mailbox.edit(id, |message| message.labels.remove(label::SENDING));
        let Some(mut message) = mailbox.get(id).cloned() else { return Vec::new() };
        self.bump();
        let mut seen = BTreeSet::new();
        let addresses: Vec<String> =
            message.recipients().map(|it| it.address.to_lowercase()).filter(|it| seen.insert(it.clone())).collect();
        // Blind copies are named to nobody: the bytes that all get are the same.
        let raw = message.raw.take().unwrap_or_else(|| build(&message).into());
        message.raw = Some(without(&raw, "Bcc").map_or(raw, Into::into));
        self.sent.write(&message, owner, &addresses, via, now);
        addresses.into_iter().map(|address| self.arrive(&address, &message, owner, now)).collect()
    }

    fn arrive(&mut self, address: &str, message: &Message, sender: &str, now: i64) -> Copy {
        if address == sender {
            // Gmail shows a mail to oneself once: the sent one, now also in the inbox.
            let received = [label::INBOX, label::UNREAD].map(str::to_owned);
            self.mailbox(address).edit(&message.id, |own| own.labels.extend(received));
            return (address.to_owned(), message.id.clone());
        }
        let bcc: Vec<Person> = message.bcc.iter().filter(|it| it.address.eq_ignore_ascii_case(address)).cloned().collect();
        let copy = Message {
            own_html: as_received(&message.html(), message.plain),
            quoted: None,
            bcc,
            labels: [label::ALL, label::INBOX, label::UNREAD].map(str::to_owned).into(),
            answers: None,
            scheduled_at: None,
            ..message.clone()
        };
        self.file(address, copy, now)
    }

    /// Puts a mail into a mailbox, in the thread that it belongs to.
    fn file(&mut self, address: &str, mut message: Message, now: i64) -> Copy {
        let legacy = self.fresh_legacy(address, now);
        message.legacy = legacy;
        message.id = format!("msg-f:{legacy}");
        let mailbox = self.mailbox(address);
        let parent = message.references.iter().find_map(|id| mailbox.by_rfc(id).next());
        (message.thread, message.legacy_thread) = match parent {
            Some(parent) => (parent.thread.clone(), parent.legacy_thread),
            None => (format!("thread-f:{legacy}"), legacy),
        };
        let id = message.id.clone();
        mailbox.insert(message);
        (address.to_owned(), id)
    }

    /// A mail from outside arrives.
    pub(crate) fn incoming(&mut self, mail: Incoming, now: i64) -> Copy {
        let at = mail.at.unwrap_or(now);
        let address = mail.to.to_lowercase();
        let mut labels: BTreeSet<String> = [label::ALL, label::INBOX].map(str::to_owned).into();
        if !mail.read {
            labels.insert(label::UNREAD.to_owned());
        }
        if !mail.from.name.is_empty() {
            self.names.entry(mail.from.address.to_lowercase()).or_insert_with(|| mail.from.name.clone());
        }
        let to = self.named(Person::new(&address, ""));
        let mut message = Message {
            id: String::new(),
            legacy: 0,
            thread: String::new(),
            legacy_thread: 0,
            labels,
            from: self.named(mail.from),
            to: vec![to],
            cc: mail.cc,
            bcc: Vec::new(),
            subject: mail.subject,
            own_html: mail.html,
            quoted: None,
            plain: false,
            rfc_id: self.random.rfc_id(),
            references: mail.in_reply_to.into_iter().collect(),
            answers: None,
            date: at,
            scheduled_at: None,
            attachments: Vec::new(),
            raw: None,
            history: 0,
        };
        if !mail.headers.is_empty() {
            let raw = build(&message);
            let all = mail.headers.iter().fold(raw, |raw, (name, value)| with(&raw, &one_line(name), &one_line(value)));
            message.raw = Some(all.into());
        }
        self.bump();
        self.file(&address, message, at)
    }

    /// A mail from outside arrives as bytes; none: they are no mail. It is put where Gmail would put it: into the conversation of a
    /// mail that it refers to, if it has its subject, too.
    pub(crate) fn incoming_raw(&mut self, mail: &RawIncoming, raw: &[u8], now: i64) -> Option<Copy> {
        let parsed = read(raw)?;
        let at = mail.at.unwrap_or(now);
        let address = mail.address.to_lowercase();
        let place = if mail.spam { label::SPAM } else { label::INBOX };
        let mut labels: BTreeSet<String> = [label::ALL, place].map(str::to_owned).into();
        if !mail.read {
            labels.insert(label::UNREAD.to_owned());
        }
        let mailbox = self.mailbox(&address);
        let same = |it: &&Message| bare(&it.subject) == bare(&parsed.subject);
        let parent = parsed.references.iter().rev().find_map(|id| mailbox.by_rfc(id).find(same));
        let place = parent.map(|it| (it.thread.clone(), it.legacy_thread));
        let legacy = self.fresh_legacy(&address, now);
        let (thread, legacy_thread) = place.unwrap_or_else(|| (format!("thread-f:{legacy}"), legacy));
        let (rfc_id, raw) = if let Some(id) = parsed.rfc_id {
            (id, raw.to_vec())
        } else {
            let id = self.random.rfc_id();
            let raw = with(raw, "Message-ID", &id);
            (id, raw)
        };
        let message = Message {
            id: format!("msg-f:{legacy}"),
            legacy,
            thread,
            legacy_thread,
            labels,
            from: parsed.from.unwrap_or_else(|| Person::new("", "")),
            to: parsed.to,
            cc: parsed.cc,
            bcc: parsed.bcc,
            subject: parsed.subject,
            own_html: parsed.html,
            quoted: None,
            plain: parsed.plain,
            rfc_id,
            references: parsed.references,
            answers: None,
            date: at,
            scheduled_at: None,
            attachments: parsed.attachments,
            raw: Some(raw.into()),
            history: 0,
        };
        let id = message.id.clone();
        self.mailbox(&address).insert(message);
        self.bump();
        Some((address, id))
    }
}

/// What Gmail sends: the body without what belongs to its editor, as a plain mail where it was written as one.
fn as_received(html: &str, plain: bool) -> String {
    if plain { format!("<div style=\"white-space:pre-wrap\">{html}</div>") } else { html.replace(" gmail_original=\"1\"", "") }
}
