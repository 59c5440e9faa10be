//! What of the outbox to send next. Pure.
//!
//! What must hold: of one message, nothing overtakes; among messages the oldest that may go goes first.

use std::collections::BTreeSet;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{GmailIds, PutMessage, PutReminder};
use waxwing_protocol::page::{OutboxEntry, OutboxTask};

use super::backoff::is_due;
use super::outbox::Kept;

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, gone at once")]
pub(super) enum Plan {
    /// Send this.
    Send(Batch),
    /// Nothing before this instant.
    Wait(Millis),
    /// Nothing waits.
    Idle,
}

/// One request, and the entries that are done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    /// The entries' keys.
    pub(super) names: Vec<String>,
    /// What to send: the entries made one.
    pub(super) task: OutboxTask,
    /// How often the most tried of them was tried.
    pub(super) attempts: u32,
}

impl Batch {
    /// The mail that it is about.
    pub(super) fn id(&self) -> Uuid {
        self.task.mail()
    }
}

/// Looks through what waits (oldest first) for what this account may send now.
pub(super) fn plan(waiting: &[Kept<OutboxEntry>], account: &str, now: Millis) -> Plan {
    let mut seen: BTreeSet<Uuid> = BTreeSet::new();
    let mut soonest: Option<Millis> = None;
    let own: Vec<_> = waiting.iter().filter(|kept| kept.entry.account == account).collect();
    for (at, first) in own.iter().enumerate() {
        if !seen.insert(first.id) {
            continue;
        }
        if is_due(first.entry.next_at, now) {
            return Plan::Send(batch(&own[at..]));
        }
        soonest = Some(soonest.map_or(first.entry.next_at, |soonest| soonest.min(first.entry.next_at)));
    }
    soonest.map_or(Plan::Idle, Plan::Wait)
}

/// The first entry and those of the same kind about the same mail that follow up to one of another kind.
fn batch(own: &[&Kept<OutboxEntry>]) -> Batch {
    let first = own[0];
    let mut batch = Batch { names: vec![first.name.clone()], task: first.entry.task.clone(), attempts: first.entry.attempts };
    for next in own[1..].iter().filter(|kept| kept.id == first.id) {
        match (&mut batch.task, &next.entry.task) {
            (OutboxTask::Put { message, .. }, OutboxTask::Put { message: newer, .. }) => *message = merge(message, newer),
            (OutboxTask::Remind { id, put }, OutboxTask::Remind { id: other, put: newer }) if id == other => {
                *put = merge_reminders(put, newer);
            }
            _ => break,
        }
        batch.names.push(next.name.clone());
        batch.attempts = batch.attempts.max(next.entry.attempts);
    }
    batch
}

/// What is known of a message after two registrations: the newer one counts, and takes nothing away.
pub(super) fn merge(older: &PutMessage, newer: &PutMessage) -> PutMessage {
    let mut merged = newer.clone();
    merged.gmail = merge_ids(&older.gmail, &newer.gmail);
    if merged.sender.is_empty() {
        merged.sender.clone_from(&older.sender);
    }
    if merged.content.subject.is_empty() {
        merged.content.subject.clone_from(&older.content.subject);
    }
    if merged.content.recipients.is_empty() {
        merged.content.recipients.clone_from(&older.content.recipients);
    }
    if merged.content.links.is_empty() {
        merged.content.links.clone_from(&older.content.links);
    }
    merged
}

fn merge_ids(older: &GmailIds, newer: &GmailIds) -> GmailIds {
    let id = |newer: &Option<String>, older: &Option<String>| newer.clone().or_else(|| older.clone());
    GmailIds {
        draft: id(&newer.draft, &older.draft),
        thread: id(&newer.thread, &older.thread),
        legacy_thread: id(&newer.legacy_thread, &older.legacy_thread),
        legacy_message: id(&newer.legacy_message, &older.legacy_message),
        rfc_id: id(&newer.rfc_id, &older.rfc_id),
    }
}

/// The same of a reminder: the newer wish, of the mail as far as both know it.
fn merge_reminders(older: &PutReminder, newer: &PutReminder) -> PutReminder {
    let mut merged = newer.clone();
    let (mail, known) = (&mut merged.mail, &older.mail);
    mail.gmail = merge_ids(&known.gmail, &mail.gmail);
    mail.message = mail.message.or(known.message);
    if mail.sender.is_empty() {
        mail.sender.clone_from(&known.sender);
    }
    if mail.account.is_none() {
        mail.account.clone_from(&known.account);
    }
    if mail.content.subject.is_empty() {
        mail.content.subject.clone_from(&known.content.subject);
    }
    if mail.content.recipients.is_empty() {
        mail.content.recipients.clone_from(&known.content.recipients);
    }
    merged
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use waxwing_protocol::Millis;
    use waxwing_protocol::api::{Content, GmailIds, PutMessage};
    use waxwing_protocol::page::{OutboxEntry, OutboxTask};

    use super::{Kept, Plan, plan};

    fn kept(order: u64, id: u128, subject: Option<&str>, next_at: Millis) -> Kept<OutboxEntry> {
        let id = Uuid::from_u128(id);
        let put = |subject: &str| PutMessage {
            epoch: 0,
            sent_at: 0,
            scheduled: false,
            sender: String::new(),
            gmail: GmailIds::default(),
            content: Content { subject: subject.to_owned(), ..Content::default() },
            tracks: waxwing_protocol::api::Tracks::default(),
        };
        let task = match subject {
            Some(subject) => OutboxTask::Put { id, message: put(subject) },
            None => OutboxTask::Delete { id },
        };
        let entry = OutboxEntry { task, queued_at: 0, attempts: 0, next_at, account: "a".to_owned() };
        Kept { name: order.to_string(), id, entry }
    }

    /// Order, message, subject (none: a deletion) and instant of each entry; what goes next at 100, as keys and subject.
    fn check(entries: &[(u64, u128, Option<&str>, Millis)], expected: Result<(&[&str], Option<&str>), Option<Millis>>) {
        let waiting: Vec<_> = entries.iter().map(|(order, id, subject, at)| kept(*order, *id, *subject, *at)).collect();
        match (plan(&waiting, "a", 100), expected) {
            (Plan::Send(batch), Ok((names, subject))) => {
                assert_eq!(batch.names, names, "{entries:?}");
                let sent = match &batch.task {
                    OutboxTask::Put { message, .. } => Some(message.content.subject.as_str()),
                    OutboxTask::Remind { put, .. } => Some(put.mail.content.subject.as_str()),
                    OutboxTask::Delete { .. } => None,
                };
                assert_eq!(sent, subject, "{entries:?}");
            }
            (Plan::Wait(until), Err(Some(expected))) => assert_eq!(until, expected, "{entries:?}"),
            (Plan::Idle, Err(None)) => {}
            (plan, _) => panic!("{entries:?}: {plan:?}"),
        }
        assert_eq!(plan(&waiting, "b", 100), Plan::Idle, "another account's");
    }

    #[test]
    fn the_oldest_that_may_go_goes_and_nothing_overtakes_within_a_message() {
        check(&[], Err(None));
        check(&[(1, 1, Some("a"), 0), (2, 2, Some("b"), 0)], Ok((&["1"], Some("a"))));
        check(&[(1, 1, Some("a"), 200), (2, 2, Some("b"), 0)], Ok((&["2"], Some("b"))));
        check(&[(1, 1, Some("a"), 200), (2, 1, None, 0)], Err(Some(200)));
        check(&[(1, 1, Some("a"), 300), (2, 2, Some("b"), 200)], Err(Some(200)));
        check(&[(1, 1, Some("a"), 0), (2, 2, Some("x"), 0), (3, 1, Some("b"), 0)], Ok((&["1", "3"], Some("b"))));
        check(&[(1, 1, Some("a"), 0), (2, 1, None, 0), (3, 1, Some("c"), 0)], Ok((&["1"], Some("a"))));
        check(&[(1, 1, None, 0), (2, 1, Some("b"), 0)], Ok((&["1"], None)));
    }
}
