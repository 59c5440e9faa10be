//! Takes a note away that is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use waxwing_protocol::api::{AccessReason, Trouble};

use super::{Reminders, fate};
use crate::mailbox::registry::NoMailbox;
use crate::mailbox::watching::NoteRef;
use crate::mailbox::{MailboxError, Purpose};
use crate::store::reminders::Row;
use crate::store::reminders::lease::Taken;

/// A call that takes longer is given up.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// Works on a leased reminder whose note is to go.
pub(super) async fn run(reminders: &Arc<Reminders>, taken: Taken) {
    let Taken { row, mailbox, .. } = taken;
    let Some(lease) = row.lease else { return };
    let (key, now) = ((row.account, row.id), reminders.now());
    let done = match (mailbox, &row.note) {
        (Some(mailbox), Some(note)) => gone(reminders, mailbox, &row, note).await,
        // Nobody can take it away any more.
        (None, _) | (_, None) => Ok(()),
    };
    match done {
        Ok(()) => {
            reminders.engine.settle(key, lease, |row| Some(fate::note_gone(row))).await;
        }
        Err(error) => {
            reminders.engine.settle(key, lease, move |row| Some(fate::note_stays(row, &error, now))).await;
        }
    }
}

/// Takes a note out of a mailbox.
pub(super) async fn gone(reminders: &Reminders, id: uuid::Uuid, row: &Row, note: &NoteRef) -> Result<(), MailboxError> {
    let mailbox = match reminders.parts.mailboxes.get(id).await {
        Ok(mailbox) => mailbox,
        Err(NoMailbox::Gone) => return Ok(()),
        Err(NoMailbox::SignIn(trouble)) => return Err(MailboxError::new(trouble)),
        Err(NoMailbox::Store(error)) => {
            tracing::warn!(%error, reminder = %row.id, "a mailbox could not be looked up yet");
            return Err(MailboxError::new(Trouble::Unreachable));
        }
    };
    let purpose = Purpose { reason: AccessReason::Reminding, scheduled: None, waiting: Some(row.waiting) };
    let ledger = reminders.parts.mailboxes.ledger(id, purpose);
    let done = timeout(PATIENCE, mailbox.take_note(note, &ledger)).await;
    let done = done.unwrap_or_else(|_| Err(MailboxError::new(Trouble::Unreachable)));
    reminders.parts.mailboxes.report_note(id, done.as_ref().err()).await;
    done
}
