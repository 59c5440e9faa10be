//! What is looked at before a mail goes: is its draft there, is there something to send and somebody to send it to, and is it
//! still wanted.

use std::time::Duration;

use tokio::time::timeout;
use waxwing_protocol::api::{When, Why};

use super::{Jobs, fate};
use crate::guard::guarded_by_size;
use crate::mailbox::{Draft, Ledger, Mailbox, MailboxError};
use crate::outgoing::{self, Summary, Unreadable};
use crate::store::scheduled::Row;

/// So long a mailbox may take to be looked through for answers.
const CATCH_UP: Duration = Duration::from_secs(30);

/// A draft that may go.
#[derive(Debug)]
pub(super) struct Checked {
    /// As it lies there.
    pub(super) draft: Draft,
    /// What it holds.
    pub(super) summary: Summary,
}

/// Why it does not go now.
#[derive(Debug)]
pub(super) enum Stop {
    /// It waits for its sender.
    Held(Why),
    /// It is not wanted any more.
    Cancelled(Why),
    /// The mailbox could not say.
    Error(MailboxError),
}

impl From<MailboxError> for Stop {
    fn from(error: MailboxError) -> Self {
        Self::Error(error)
    }
}

/// Reads the draft as it is now.
pub(super) async fn draft(jobs: &Jobs, mailbox: &dyn Mailbox, row: &Row, ledger: &dyn Ledger) -> Result<Checked, Stop> {
    let Some(draft) = mailbox.read_draft(&row.draft, ledger).await? else {
        return Err(gone(mailbox, row, ledger).await?);
    };
    let draft = draft.measured();
    let summary = summary(&draft).await.map_err(|_| Stop::Held(Why::Unreadable))?;
    if let Some(why) = unfit(&summary) {
        return Err(Stop::Held(why));
    }
    if unless_answered(row) {
        let addresses: Vec<String> = summary.recipients.iter().map(|recipient| recipient.address.to_lowercase()).collect();
        if mailbox.answered(&draft.at, &addresses, row.created_at, ledger).await?
            || Box::pin(wrote_elsewhere(jobs, row, &draft, &addresses)).await
        {
            return Err(Stop::Cancelled(Why::Answered));
        }
    }
    Ok(Checked { draft, summary })
}

/// Whether one of these answered, be it in a new conversation or from another address, as watching knows it. What it cannot say just
/// now keeps no mail from going.
async fn wrote_elsewhere(jobs: &Jobs, row: &Row, draft: &Draft, addresses: &[String]) -> bool {
    let parts = &jobs.parts;
    if !matches!(timeout(CATCH_UP, parts.watch.catch_up(row.mailbox)).await, Ok(Ok(()))) {
        tracing::debug!(scheduled = %row.id, "its mailbox could not be looked through for answers before it goes");
    }
    let thread = draft.at.thread.as_deref();
    match parts.store.answered_since(row.account, row.mailbox, thread, addresses, row.created_at).await {
        Ok(answered) => answered,
        Err(error) => {
            tracing::warn!(%error, scheduled = %row.id, "whether a scheduled mail was answered could not be read");
            false
        }
    }
}

/// Why a draft cannot be sent as it is: nobody to send it to, or nothing to send.
pub(super) fn unfit(summary: &Summary) -> Option<Why> {
    if summary.recipients.is_empty() {
        return Some(Why::NoRecipients);
    }
    (summary.subject.trim().is_empty() && !summary.has_text && !summary.has_attachments).then_some(Why::Empty)
}

/// What a draft that is gone means.
pub(super) async fn gone(mailbox: &dyn Mailbox, row: &Row, ledger: &dyn Ledger) -> Result<Stop, MailboxError> {
    // The draft of a recurrence stays when a time of it is sent: mails of ours in Sent say nothing of it.
    if !fate::repeats(row) && mailbox.sent_by_hand(&row.draft, ledger).await? {
        return Ok(Stop::Cancelled(Why::SentByHand));
    }
    Ok(Stop::Held(Why::DraftGone))
}

fn unless_answered(row: &Row) -> bool {
    row.schedule.unless_answered || matches!(row.schedule.when, When::Repeat { until_answered: true, .. })
}

/// What a draft holds.
pub(super) async fn summary(draft: &Draft) -> Result<Summary, Unreadable> {
    let raw = std::sync::Arc::clone(&draft.raw);
    guarded_by_size(raw.len(), move || outgoing::summary(&raw)).await.unwrap_or(Err(Unreadable::NotAMail))
}
