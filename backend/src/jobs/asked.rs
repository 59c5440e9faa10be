//! `PUT /scheduled/{id}`: from what a device knows of a draft to a mail that waits.
//!
//! What must hold: nothing is scheduled whose draft was not found and read in a mailbox of this account; one draft is scheduled
//! once; the same call twice is once. No mailbox is asked anything before a time follows from the schedule.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_domain::schedule::{self, Due, NoDue};
use waxwing_protocol::api::{AccessReason, Content, GmailIds, PutScheduled, Scheduled, ScheduledState, Trouble, Why};

use super::act::ActError;
use super::{Jobs, check};
use crate::account_id::AccountId;
use crate::mailbox::registry::NoMailbox;
use crate::mailbox::{Draft, DraftRef, Ledger, Mailbox, MailboxError, Purpose};
use crate::store::StoreError;
use crate::store::scheduled::Row;
use crate::store::scheduled::insert::{Inserted, NewScheduled};
use crate::zones::Iana;

/// Why a mail was not scheduled.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The account has no such mailbox.
    #[error("there is no such mailbox")]
    MailboxUnknown,
    /// The mailbox cannot be used now.
    #[error("the mailbox cannot be used now: {0:?}")]
    Mailbox(Trouble),
    /// The draft is not there, or not the only one that fits.
    #[error("the draft was not found in the mailbox")]
    DraftUnknown,
    /// The draft cannot be sent as it is: [`Why::NoRecipients`], [`Why::Empty`] or [`Why::Unreadable`].
    #[error("the draft cannot be sent as it is: {0:?}")]
    DraftUnfit(Why),
    /// No time follows from what was asked for.
    #[error(transparent)]
    NoTime(#[from] NoDue),
    /// This draft is scheduled already, under this id.
    #[error("this draft is scheduled already")]
    Taken(Uuid),
    /// The id is another account's, or another draft's.
    #[error("this id is in use")]
    IdInUse,
    /// It does not fit where the mail stands.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NoMailbox> for AskError {
    fn from(error: NoMailbox) -> Self {
        match error {
            NoMailbox::Gone => Self::MailboxUnknown,
            NoMailbox::SignIn(trouble) => Self::Mailbox(trouble),
            NoMailbox::Store(error) => Self::Store(error),
        }
    }
}

impl Jobs {
    /// Schedules a draft, or changes when a scheduled one goes.
    pub async fn put(&self, account: AccountId, id: Uuid, put: &PutScheduled) -> Result<Scheduled, AskError> {
        let known = self.parts.store.scheduled(account, id).await?;
        if known.is_none() {
            self.parts.store.mailbox_of(account, put.mailbox).await?.ok_or(AskError::MailboxUnknown)?;
        }
        let due = schedule::first(&put.schedule, self.now(), &Iana)?;
        if let Some((row, _)) = known {
            return self.put_again(&row, put, due).await;
        }
        let (draft, summary) = match self.find(id, put).await {
            // The same call, twice at once: the other one was first.
            Err(AskError::Taken(other)) if other == id => {
                let (row, _) = self.parts.store.scheduled(account, id).await?.ok_or(AskError::IdInUse)?;
                return self.put_again(&row, put, due).await;
            }
            found => found?,
        };
        let gmail = GmailIds {
            legacy_thread: draft.at.thread.clone().or_else(|| put.draft.gmail.legacy_thread.clone()),
            rfc_id: draft.at.rfc_id.clone().or(summary.rfc_id),
            ..put.draft.gmail.clone()
        };
        let new = NewScheduled {
            id,
            account,
            mailbox: put.mailbox,
            schedule: put.schedule.clone(),
            due_at: due.at,
            why: due.moved.then_some(Why::Holiday),
            draft: draft.at,
            gmail,
            track: put.track,
            content: Content { subject: summary.subject, recipients: summary.recipients, links: Vec::new() },
        };
        match self.schedule(&new).await? {
            Inserted::New(_) => {}
            Inserted::Taken(other) => return Err(AskError::Taken(other)),
            // The same call twice at once, or an id that another account drew.
            Inserted::Exists => {
                let (row, _) = self.parts.store.scheduled(account, id).await?.ok_or(AskError::IdInUse)?;
                return self.put_again(&row, put, due).await;
            }
        }
        let (row, content) = self.parts.store.scheduled(account, id).await?.ok_or(ActError::Unknown)?;
        Ok(row.on_the_wire(content))
    }

    /// Another time for a mail that is known. One that did not wait any more is looked for first: its draft may be gone, or be
    /// scheduled under another id by now.
    async fn put_again(&self, row: &Row, put: &PutScheduled, due: Due) -> Result<Scheduled, AskError> {
        self.is_of(row, put).await?;
        if matches!(row.state, ScheduledState::Held | ScheduledState::Failed | ScheduledState::Cancelled) {
            let other = self.parts.store.scheduled_by_draft(row.mailbox, &row.draft.id).await?;
            if let Some(other) = other.filter(|other| *other != row.id) {
                return Err(AskError::Taken(other));
            }
            self.look_for(row).await?;
        }
        Ok(self.reschedule(row.account, row.id, &put.schedule, put.track, due).await?)
    }

    /// The id stands for the draft that is meant: what is asked for another one is not done to this.
    async fn is_of(&self, row: &Row, put: &PutScheduled) -> Result<(), AskError> {
        if put.mailbox != row.mailbox {
            return Err(AskError::IdInUse);
        }
        let untouched = !matches!(
            row.state,
            ScheduledState::Scheduled | ScheduledState::Held | ScheduledState::Failed | ScheduledState::Cancelled
        );
        if untouched || names(row, &put.draft.gmail) {
            return Ok(());
        }
        let purpose = Purpose { reason: AccessReason::Scheduling, scheduled: Some(row.id), waiting: None };
        let ledger = self.parts.mailboxes.ledger(row.mailbox, purpose);
        let mailbox = self.parts.mailboxes.get(row.mailbox).await?;
        let found = self.told(row.mailbox, mailbox.find_draft(&put.draft, &ledger).await).await?;
        let found = found.ok_or(AskError::DraftUnknown)?;
        let is_it = self.is_same(row.mailbox, mailbox.as_ref(), (&row.draft, &found), &ledger).await?;
        if is_it { Ok(()) } else { Err(AskError::IdInUse) }
    }

    /// Whether a draft that waits is the one that was found. By IMAP at Gmail an edit that is found has another id: then the
    /// mailbox says what became of the one that waits.
    async fn is_same(
        &self,
        id: Uuid,
        mailbox: &dyn Mailbox,
        (waits, found): (&DraftRef, &DraftRef),
        ledger: &dyn Ledger,
    ) -> Result<bool, AskError> {
        if waits.id == found.id || waits.conversation().is_none() || waits.conversation() != found.conversation() {
            return Ok(waits.id == found.id);
        }
        if waits.version == found.version {
            return Ok(true);
        }
        let now = self.told(id, mailbox.version(waits, ledger).await).await?;
        Ok(now.is_some_and(|now| now.version == found.version))
    }

    /// The draft is still there.
    async fn look_for(&self, row: &Row) -> Result<(), AskError> {
        let purpose = Purpose { reason: AccessReason::Scheduling, scheduled: Some(row.id), waiting: None };
        let ledger = self.parts.mailboxes.ledger(row.mailbox, purpose);
        let mailbox = self.parts.mailboxes.get(row.mailbox).await?;
        let found = self.told(row.mailbox, mailbox.version(&row.draft, &ledger).await).await?;
        found.map(drop).ok_or(AskError::DraftUnknown)
    }

    /// Finds a draft and reads it.
    async fn find(&self, id: Uuid, put: &PutScheduled) -> Result<(Draft, crate::outgoing::Summary), AskError> {
        let purpose = Purpose { reason: AccessReason::Scheduling, scheduled: Some(id), waiting: None };
        let ledger = self.parts.mailboxes.ledger(put.mailbox, purpose);
        let mailbox: Arc<dyn Mailbox> = self.parts.mailboxes.get(put.mailbox).await?;
        let found: Option<DraftRef> = self.told(put.mailbox, mailbox.find_draft(&put.draft, &ledger).await).await?;
        let at = found.ok_or(AskError::DraftUnknown)?;
        // Before it is read: a large one takes a while.
        if let Some(other) = self.parts.store.scheduled_by_draft(put.mailbox, &at.id).await? {
            return Err(AskError::Taken(other));
        }
        // Found again after an edit, it may have another id than when it was scheduled.
        if let Some(conversation) = at.conversation() {
            for (other, draft) in self.parts.store.scheduled_by_drafts_of(put.mailbox, conversation).await? {
                if self.is_same(put.mailbox, mailbox.as_ref(), (&draft, &at), &ledger).await? {
                    return Err(AskError::Taken(other));
                }
            }
        }
        let read = self.told(put.mailbox, mailbox.read_draft(&at, &ledger).await).await?;
        let draft = read.ok_or(AskError::DraftUnknown)?.measured();
        let summary = check::summary(&draft).await.map_err(|_| AskError::DraftUnfit(Why::Unreadable))?;
        match check::unfit(&summary) {
            None => Ok((draft, summary)),
            Some(why) => Err(AskError::DraftUnfit(why)),
        }
    }

    /// What an access gave, told to the registry, which knows how the mailbox is.
    async fn told<T>(&self, mailbox: Uuid, access: Result<T, MailboxError>) -> Result<T, AskError> {
        self.parts.mailboxes.report(mailbox, access.as_ref().err()).await;
        access.map_err(|error| AskError::Mailbox(error.trouble))
    }
}

/// Whether these are ids of the draft of a row, as far as that is known without asking. None at all: the row's own is meant.
fn names(row: &Row, asked: &GmailIds) -> bool {
    let is = |asked: &Option<String>, known: &[Option<&str>]| asked.is_some() && known.contains(&asked.as_deref());
    let (known, at) = (&row.gmail, &row.draft);
    *asked == GmailIds::default()
        || asked == known
        || is(&asked.draft, &[known.draft.as_deref()])
        || is(&asked.legacy_message, &[known.legacy_message.as_deref(), Some(&at.version)])
        || is(&asked.rfc_id, &[known.rfc_id.as_deref(), at.rfc_id.as_deref()])
}
