//! The list as the popup shows it: what the backend has, with what only this browser knows. Pure.

use std::collections::BTreeSet;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Content, MailState, Message, PutMessage, StateFilter};
use waxwing_protocol::page::{List, NotTracked, OutboxEntry, OutboxTask, Parked};

use super::outbox::Kept;
use super::plan::merge;

/// What the person asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Words that all have to occur in subject or recipients; empty for all.
    pub(super) query: String,
    /// Which.
    pub(super) state: Option<StateFilter>,
    /// Sent before this instant.
    pub(super) sent_before: Option<Millis>,
    /// Where a further page begins.
    pub(super) before: Option<Cursor>,
}

impl Wanted {
    /// Whether it is the first page of everything.
    pub(super) fn is_all(&self) -> bool {
        self.query.trim().is_empty() && self.state.is_none() && self.sent_before.is_none() && self.before.is_none()
    }

    /// Whether only a backend with verdicts understands it.
    pub(super) fn needs_verdicts(&self) -> bool {
        self.sent_before.is_some() || self.state == Some(StateFilter::Machines)
    }

    fn has_words(&self, content: &Content) -> bool {
        let query = self.query.to_lowercase();
        let mut texts = vec![content.subject.to_lowercase()];
        for recipient in &content.recipients {
            texts.push(recipient.address.to_lowercase());
            texts.extend(recipient.name.as_ref().map(|name| name.to_lowercase()));
        }
        query.split_whitespace().all(|word| texts.iter().any(|text| text.contains(word)))
    }

    fn has_state(&self, activity: &Activity) -> bool {
        let clicked = activity.clicks > 0;
        // Backends without verdicts tell no state.
        let opened = activity.state >= MailState::Opened || activity.opens > 0 || clicked;
        self.state.is_none_or(|state| match state {
            StateFilter::Opened => opened,
            StateFilter::Unopened => !opened,
            StateFilter::Clicked => clicked,
            StateFilter::Machines => activity.state == MailState::Machines,
        })
    }

    fn has_age(&self, sent_at: Millis) -> bool {
        self.sent_before.is_none_or(|before| sent_at < before)
    }

    fn takes(&self, message: &Message) -> bool {
        self.has_age(message.sent_at) && self.has_words(&message.content) && self.has_state(&message.activity)
    }
}

/// Where the next page begins: the backend's cursor, and when the last message before it was sent, so that what only this
/// browser knows finds its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The last message before it was sent then.
    pub(super) sent_at: Millis,
    /// The backend's own.
    pub(super) backend: String,
}

impl Cursor {
    /// As a page gets it.
    pub(super) fn write(&self) -> String {
        format!("{}~{}", self.sent_at, self.backend)
    }

    /// As a page gives it back.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (sent_at, backend) = text.split_once('~')?;
        Some(Self { sent_at: sent_at.parse().ok()?, backend: backend.to_owned() })
    }
}

/// What this browser knows beside the backend.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    /// The outbox.
    pub(super) waiting: Vec<Kept<OutboxEntry>>,
    /// What the backend refused.
    pub(super) parked: Vec<Kept<Parked>>,
    /// What left untracked.
    pub(super) not_tracked: Vec<NotTracked>,
}

impl Own {
    /// Messages that wait, with what is known of each made one, and the ids that wait to be deleted.
    pub(super) fn pending(&self) -> (Vec<Message>, BTreeSet<Uuid>) {
        let (mut puts, mut deleted): (Vec<(Uuid, PutMessage)>, BTreeSet<Uuid>) = Default::default();
        for kept in &self.waiting {
            match &kept.entry.task {
                OutboxTask::Put { id, message } => add(&mut puts, *id, message),
                OutboxTask::Delete { id } => {
                    deleted.insert(*id);
                    puts.retain(|(known, _)| known != id);
                }
                OutboxTask::Remind { .. } => {}
            }
        }
        (puts.into_iter().map(|(id, message)| as_message(id, message)).collect(), deleted)
    }

    /// Messages that were refused.
    pub(super) fn refused(&self) -> Vec<Message> {
        let mut puts = Vec::new();
        for kept in &self.parked {
            if let OutboxTask::Put { id, message } = &kept.entry.entry.task {
                add(&mut puts, *id, message);
            }
        }
        puts.into_iter().map(|(id, message)| as_message(id, message)).collect()
    }
}

fn add(puts: &mut Vec<(Uuid, PutMessage)>, id: Uuid, message: &PutMessage) {
    match puts.iter_mut().find(|(known, _)| *known == id) {
        Some((_, known)) => *known = merge(known, message),
        None => puts.push((id, message.clone())),
    }
}

/// A message that the backend does not have yet: nothing can have come of it.
fn as_message(id: Uuid, put: PutMessage) -> Message {
    let PutMessage { sent_at, scheduled, sender, gmail, content, .. } = put;
    Message { id, sent_at, scheduled, sender, gmail, content, ..Message::default() }
}

/// A page: the backend's messages, newest first, and this browser's own of the same span of time.
pub(super) fn page(wanted: &Wanted, messages: Vec<Message>, next: Option<String>, own: &Own) -> List {
    let (pending, deleted) = own.pending();
    let oldest = messages.last().map(|message| message.sent_at);
    // The span goes from the page before to the end of this one; on the last page it has no end.
    let from = if next.is_some() { oldest.unwrap_or(Millis::MIN) } else { Millis::MIN };
    let before = wanted.before.as_ref().map_or(Millis::MAX, |cursor| cursor.sent_at);
    let in_span = |sent_at: Millis| sent_at >= from && (sent_at < before || wanted.before.is_none());
    let known: BTreeSet<Uuid> = messages.iter().map(|message| message.id).collect();
    let is_own = |message: &Message| in_span(message.sent_at) && wanted.takes(message) && !known.contains(&message.id);

    let waiting: Vec<Message> = pending.into_iter().filter(|message| is_own(message)).collect();
    let taken: BTreeSet<Uuid> = waiting.iter().map(|message| message.id).collect();
    let refused: Vec<Message> = own
        .refused()
        .into_iter()
        .filter(|message| is_own(message) && !taken.contains(&message.id) && !deleted.contains(&message.id))
        .collect();
    // What is asked for by what came of it are tracked mails.
    let not_tracked = if wanted.state.is_none() { own.not_tracked.as_slice() } else { &[] };

    let mut list = List {
        waiting: waiting.iter().map(|message| message.id).collect(),
        refused: refused.iter().map(|message| message.id).collect(),
        not_tracked: not_tracked
            .iter()
            .filter(|mail| in_span(mail.sent_at) && wanted.has_age(mail.sent_at) && wanted.has_words(&mail.content))
            .cloned()
            .collect(),
        next: next.zip(oldest).map(|(backend, sent_at)| Cursor { sent_at, backend }.write()),
        from_cache_of: None,
        messages,
    };
    list.messages.retain(|message| !deleted.contains(&message.id));
    list.messages.extend(waiting);
    list.messages.extend(refused);
    list.messages.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
    list
}

/// The copy from before, for when the backend is away.
pub(super) fn cached_page(wanted: &Wanted, messages: Vec<Message>, at: Millis, own: &Own) -> List {
    let messages = messages.into_iter().filter(|message| wanted.takes(message)).collect();
    List { from_cache_of: Some(at), ..page(wanted, messages, None, own) }
}
