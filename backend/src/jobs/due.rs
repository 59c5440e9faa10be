//! A mail whose time has come: is it late, is it still wanted and there, and off it goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use waxwing_domain::schedule::Due;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, Trouble, Why};

use super::check::{self, Checked, Stop};
use super::fate::{self, Timely};
use super::{Jobs, kind, send, words};
use crate::mailbox::registry::NoMailbox;
use crate::mailbox::{Mailbox, MailboxError, Purpose};
use crate::store::scheduled::change::Next;
use crate::store::scheduled::{Lease, Row};

/// Looking at a draft takes no longer, a large one over a slow line included.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);

/// Works on a leased mail until it stands somewhere else.
pub(super) async fn run(jobs: &Arc<Jobs>, row: Row) {
    let Some(lease) = row.lease else { return };
    if jobs.parts.gate.closed.contains(row.account) {
        // Once it is used again, whoever planned this says whether it still goes.
        jobs.engine.settle(row.id, lease, |row| Some(fate::held(row, Why::NotUsed, None))).await;
        return;
    }
    let now = jobs.now();
    let Some(mut row) = in_time(jobs, row, lease, now).await else { return };
    let mailbox = match jobs.parts.mailboxes.get(row.mailbox).await {
        Ok(mailbox) => mailbox,
        Err(error) => return no_mailbox(jobs, &row, lease, error).await,
    };
    let purpose = Purpose { reason: AccessReason::Due, scheduled: Some(row.id), waiting: None };
    let ledger = jobs.parts.mailboxes.ledger(row.mailbox, purpose);
    let checked = timeout(PATIENCE, check::draft(jobs, mailbox.as_ref(), &row, &ledger)).await;
    let checked = checked.unwrap_or_else(|_| Err(Stop::Error(MailboxError::new(Trouble::Unreachable))));
    match checked {
        Err(stop) => stopped(jobs, &row, lease, stop).await,
        Ok(Checked { draft, summary }) => {
            if jobs.engine.is_stopping() {
                return kind::give_back(jobs, &row).await;
            }
            let edited = draft.at.version != row.draft.version;
            row.draft = draft.at.clone();
            let mailbox: Arc<dyn Mailbox> = mailbox;
            send::run(jobs, send::Going { row, lease, draft, summary, edited, mailbox, ledger }).await;
        }
    }
}

/// Stops what is late, and moves a recurrence on to the newest of the times that were missed.
async fn in_time(jobs: &Jobs, mut row: Row, lease: Lease, now: Millis) -> Option<Row> {
    let (timely, newest) = fate::timely(&row, now);
    if let Some(Due { at, moved }) = newest {
        let since = row.asked_at.unwrap_or(at);
        let applied = jobs
            .engine
            .settle(row.id, lease, move |mut row| {
                row.asked_at = Some(at);
                row.why = moved.then_some(Why::Holiday);
                Some(Next::new(row).line(words::missed(since)).silent())
            })
            .await?;
        row = applied.row;
    }
    match timely {
        Timely::Go => return Some(row),
        Timely::Wait(at) => {
            jobs.engine
                .settle(row.id, lease, move |mut row| {
                    row.asked_at = Some(at);
                    row.why = None;
                    row.said = None;
                    let line = words::window(at, &row.schedule);
                    Some(Next::new(fate::waits(row, at)).line(line))
                })
                .await;
        }
        Timely::Late => {
            jobs.engine.settle(row.id, lease, |row| Some(fate::held(row, Why::Late, None))).await;
        }
    }
    None
}

async fn no_mailbox(jobs: &Jobs, row: &Row, lease: Lease, error: NoMailbox) {
    let (why, id) = match error {
        NoMailbox::Gone => (Why::NoMailbox, row.id),
        NoMailbox::SignIn(_) => (Why::SignIn, row.id),
        NoMailbox::Store(error) => {
            tracing::warn!(%error, scheduled = %row.id, "a mailbox could not be looked up yet");
            let at = jobs.now().saturating_add(fate::pause(0));
            jobs.engine
                .settle(row.id, lease, move |row| Some(Next::new(fate::waits(row, at)).line(words::nothing_left())))
                .await;
            return;
        }
    };
    jobs.engine.settle(id, lease, move |row| Some(fate::held(row, why, None))).await;
}

/// The mail does not go now.
pub(super) async fn stopped(jobs: &Jobs, row: &Row, lease: Lease, stop: Stop) {
    let (id, mailbox) = (row.id, row.mailbox);
    match stop {
        Stop::Held(why) => {
            jobs.parts.mailboxes.report(mailbox, None).await;
            jobs.engine.settle(id, lease, move |row| Some(fate::held(row, why, None))).await;
        }
        Stop::Cancelled(why) => {
            jobs.parts.mailboxes.report(mailbox, None).await;
            let now = jobs.now();
            jobs.engine.settle(id, lease, move |row| Some(fate::cancelled(row, why, now))).await;
        }
        Stop::Error(error) => failed(jobs, row, lease, error).await,
    }
}

/// Nothing left: it is tried again, held or given up, as the error says.
pub(super) async fn failed(jobs: &Jobs, row: &Row, lease: Lease, error: MailboxError) {
    jobs.parts.mailboxes.report(row.mailbox, Some(&error)).await;
    let now = jobs.now();
    jobs.engine.settle(row.id, lease, move |row| Some(fate::not_sent(row, &error, now))).await;
}
