//! What the operator chose for mailboxes, and how a row becomes a mailbox.

use std::sync::Arc;

use waxwing_protocol::api::{MailboxKind, Trouble};

use super::registry::Mailboxes;
use super::{Mailbox, MailboxError};
use crate::seal::Seal;
use crate::store::mailboxes::StoredMailbox;

/// What the operator chose for mailboxes.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Seals secrets.
    pub seal: Seal,
}

impl Options {
    /// The mailbox of a row.
    pub(super) fn open(&self, row: &StoredMailbox, _: &[u8], _: &Mailboxes) -> Result<Arc<dyn Mailbox>, MailboxError> {
        match row.kind {
            MailboxKind::Imap | MailboxKind::Gmail => Err(MailboxError::new(Trouble::Unreachable)),
        }
    }
}

/// The rights that a mailbox's grant holds.
pub(super) fn rights(_: &StoredMailbox) -> Vec<String> {
    Vec::new()
}
