//! Follows edits of drafts that wait, so that a draft that is gone is told before its time and not after.
//!
//! Drafts that are due soon are looked at every few minutes; all others in turn, a few calls a minute and mailbox. What must hold:
//! following never sends, never holds for what an edit under way may look like (no recipients yet, no text yet), and takes a
//! draft for gone only when it is missing twice: an edit by IMAP takes the old one away before the new one shows.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, ScheduledState};

use super::check::{self, Stop};
use super::{Jobs, fate, words};
use crate::mailbox::{DraftRef, MailboxError, Purpose};
use crate::store;
use crate::store::scheduled::Row;
use crate::store::scheduled::change::Next;

/// Due soon.
const SOON: Millis = 10 * 60 * 1_000;
/// A draft that is due soon is looked at so often.
const SOON_EVERY: Millis = 3 * 60 * 1_000;
/// Missing for so long, a draft is gone.
const GONE_AFTER: Millis = 20_000;
/// Calls of one round for what is due soon, over all mailboxes.
const MOST_SOON: i64 = 40;
/// Calls of one round for the others, by mailbox: rounds are half a minute apart.
const MOST_OTHERS: i64 = 2;

/// What was looked at, and when.
#[derive(Debug, Default)]
pub struct Following {
    seen: HashMap<Uuid, Millis>,
    missing: HashMap<Uuid, Millis>,
    turn: HashMap<Uuid, Uuid>,
}

impl Following {
    /// One round.
    pub async fn round(&mut self, jobs: &Arc<Jobs>) {
        if let Err(error) = self.look(jobs).await {
            tracing::warn!(%error, "drafts of scheduled mails could not be looked at yet");
        }
    }

    async fn look(&mut self, jobs: &Arc<Jobs>) -> store::Result<()> {
        let (store, now) = (&jobs.parts.store, jobs.now());
        self.seen.retain(|_, at| now.saturating_sub(*at).abs() < SOON_EVERY);
        // Who was scheduled, sent or held meanwhile is forgotten with time.
        self.missing.retain(|_, at| now.saturating_sub(*at).abs() < SOON);
        let mailboxes = store.mailboxes_with_waiting().await?;
        self.turn.retain(|mailbox, _| mailboxes.contains(mailbox));
        let mut rows = store.due_between(now, now.saturating_add(SOON), MOST_SOON).await?;
        rows.retain(|row| mailboxes.contains(&row.mailbox) && !self.seen.contains_key(&row.id));
        for mailbox in mailboxes {
            let after = self.turn.get(&mailbox).copied().unwrap_or_default();
            let others = store.waiting_in(mailbox, after, MOST_OTHERS).await?;
            // From the beginning again after the last one.
            self.turn.insert(mailbox, others.last().map_or(Uuid::nil(), |row| row.id));
            rows.extend(others);
        }
        // Those that are missing are looked at again in each round, whatever their turn.
        for id in self.missing.keys() {
            let row = store.scheduled_row(*id).await?;
            rows.extend(row.filter(|row| row.state == ScheduledState::Scheduled));
        }
        for (id, row) in missing_first(&self.missing, rows) {
            if jobs.engine.is_stopping() {
                break;
            }
            self.seen.insert(id, now);
            self.follow(jobs, &row, now).await;
        }
        Ok(())
    }

    async fn follow(&mut self, jobs: &Arc<Jobs>, row: &Row, now: Millis) {
        let Ok(mailbox) = jobs.parts.mailboxes.get(row.mailbox).await else { return };
        let purpose = Purpose { reason: AccessReason::Following, scheduled: Some(row.id), waiting: None };
        let ledger = jobs.parts.mailboxes.ledger(row.mailbox, purpose);
        let found = async {
            match mailbox.version(&row.draft, &ledger).await? {
                Some(at) if at.version == row.draft.version => Ok(Seen::Same),
                Some(_) => match mailbox.read_draft(&row.draft, &ledger).await? {
                    Some(draft) => Ok(Seen::Edited(Box::new(draft.measured()))),
                    None => Ok(Seen::Missing),
                },
                None => Ok(Seen::Missing),
            }
        };
        let found: Result<Seen, MailboxError> = found.await;
        jobs.parts.mailboxes.report(row.mailbox, found.as_ref().err()).await;
        match found {
            Ok(Seen::Same) => {
                self.missing.remove(&row.id);
            }
            Ok(Seen::Edited(draft)) => {
                self.missing.remove(&row.id);
                edited(jobs, row, &draft).await;
            }
            Ok(Seen::Missing) => {
                let since = *self.missing.entry(row.id).or_insert(now);
                if now.saturating_sub(since) >= GONE_AFTER {
                    match check::gone(mailbox.as_ref(), row, &ledger).await {
                        Ok(stop) => gone(jobs, row, stop, now).await,
                        Err(error) => jobs.parts.mailboxes.report(row.mailbox, Some(&error)).await,
                    }
                }
            }
            Err(_) => {}
        }
    }
}

enum Seen {
    Same,
    Edited(Box<crate::mailbox::Draft>),
    Missing,
}

/// Each once; those that were missing come first.
fn missing_first(missing: &HashMap<Uuid, Millis>, rows: Vec<Row>) -> Vec<(Uuid, Row)> {
    let mut rows: Vec<(Uuid, Row)> = rows.into_iter().map(|row| (row.id, row)).collect();
    rows.sort_by_key(|(id, _)| (!missing.contains_key(id), *id));
    rows.dedup_by_key(|(id, _)| *id);
    rows
}

/// The new text is taken.
async fn edited(jobs: &Jobs, row: &Row, draft: &crate::mailbox::Draft) {
    // What cannot be read is found out at its time, if it still cannot be read then.
    let Ok(summary) = check::summary(draft).await else { return };
    let (before, at) = (row.draft.version.clone(), draft.at.clone());
    let content =
        waxwing_protocol::api::Content { subject: summary.subject, recipients: summary.recipients, links: Vec::new() };
    let done = jobs
        .engine
        .change(row.id, move |mut row| {
            if row.state != ScheduledState::Scheduled || row.draft.version != before {
                return None;
            }
            follow_ids(&mut row, at.clone());
            let mut next = Next::new(row).line(words::edited());
            next.content = Some(content.clone());
            Some(next)
        })
        .await;
    if let Err(error) = done {
        tracing::warn!(%error, "an edit of a scheduled draft could not be written yet");
    }
}

/// A draft's new place, and Gmail's ids after it where they were Gmail's.
pub(super) fn follow_ids(row: &mut Row, at: DraftRef) {
    if row.gmail.legacy_message.as_deref() == Some(row.draft.version.as_str()) {
        row.gmail.legacy_message = Some(at.version.clone());
    }
    if at.thread.is_some() {
        row.gmail.legacy_thread.clone_from(&at.thread);
    }
    row.draft = at;
}

async fn gone(jobs: &Jobs, row: &Row, stop: Stop, now: Millis) {
    let version = row.version;
    let done = jobs
        .engine
        .change(row.id, move |row| {
            if row.state != ScheduledState::Scheduled || row.version != version {
                return None;
            }
            match &stop {
                Stop::Held(why) => Some(fate::held(row, *why, None)),
                Stop::Cancelled(why) => Some(fate::cancelled(row, *why, now)),
                Stop::Error(_) => None,
            }
        })
        .await;
    if let Err(error) = done {
        tracing::warn!(%error, "that a scheduled draft is gone could not be written yet");
    }
}
