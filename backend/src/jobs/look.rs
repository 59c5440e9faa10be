//! Looks what became of a mail whose answer was lost.
//!
//! What must hold: only who holds the lease looks; "sent" is believed at once, "not sent" not too early, and what stays unknown is
//! held for its sender. A look never sends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use waxwing_protocol::api::{AccessReason, Trouble, Why};

use super::{Jobs, fate, words};
use crate::mailbox::registry::NoMailbox;
use crate::mailbox::{Found, MailboxError, Purpose};
use crate::store::scheduled::Row;

/// A look takes no longer.
const PATIENCE: Duration = Duration::from_mins(5);

/// Looks once, and writes down what that showed.
pub(super) async fn run(jobs: &Arc<Jobs>, row: Row) {
    let (id, Some(lease)) = (row.id, row.lease) else { return };
    let Some(intent) = row.intent.clone() else {
        jobs.engine.settle(id, lease, |row| Some(fate::held(row, Why::Unclear, None))).await;
        return;
    };
    let found = match jobs.parts.mailboxes.get(row.mailbox).await {
        Ok(mailbox) => {
            let purpose = Purpose { reason: AccessReason::Unclear, scheduled: Some(id), waiting: None };
            let ledger = jobs.parts.mailboxes.ledger(row.mailbox, purpose);
            let since = u32::try_from(intent.lost_for(jobs.now()).max(0) / 1_000).unwrap_or(u32::MAX);
            let found = timeout(PATIENCE, mailbox.look(&intent.trace, since, &ledger)).await;
            let found = found.unwrap_or_else(|_| Err(MailboxError::new(Trouble::Unreachable)));
            jobs.parts.mailboxes.report(row.mailbox, found.as_ref().err()).await;
            found
        }
        Err(NoMailbox::SignIn(trouble)) => Err(MailboxError::new(trouble)),
        Err(NoMailbox::Gone) => {
            jobs.engine.settle(id, lease, |row| Some(fate::held(row, Why::Unclear, None))).await;
            return;
        }
        Err(NoMailbox::Store(error)) => {
            tracing::warn!(%error, scheduled = %id, "a mailbox could not be looked up yet");
            Err(MailboxError::new(Trouble::Busy))
        }
    };
    let now = jobs.now();
    jobs.engine
        .settle(id, lease, move |row| {
            let intent = row.intent.clone()?;
            Some(match &found {
                Ok(Found::Sent(sent)) => {
                    let at = intent.trace.at;
                    fate::sent(row, intent, sent, words::found(), at, now)
                }
                Ok(Found::NotSent(draft)) => fate::was_not_sent(row, intent, draft.clone(), now),
                Ok(Found::Unknown) => fate::not_found(row, intent, now),
                Err(error) => fate::cannot_look(row, &intent, error, now),
            })
        })
        .await;
    jobs.wake();
}
