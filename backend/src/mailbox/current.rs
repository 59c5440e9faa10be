//! A mailbox as it was connected at some time. What it says about signing in counts only as long as it was not connected anew
//! since: a password that was wrong is not held against the one that took its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::{BoxFuture, FutureExt as _};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{DraftHint, Trouble};

use super::watching::{Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail, Woken};
use super::{Commit, Draft, DraftRef, Found, Ledger, Mailbox, MailboxError, Outgoing, Result, SendOutcome, Trace};

/// How often a mailbox was connected or disconnected since this backend started.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<AtomicU64>);

impl Connections {
    /// Which connection holds now.
    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Another one.
    pub(super) fn changed(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A mailbox of one connection.
pub(super) struct Current {
    pub(super) mailbox: Arc<dyn Mailbox>,
    pub(super) connections: Connections,
    /// The connection that it was opened with.
    pub(super) opened: u64,
}

impl Current {
    /// What is outdated is tried again, with the connection that holds now.
    fn judge(&self, error: MailboxError) -> MailboxError {
        let outdated = self.connections.now() != self.opened;
        if outdated && error.needs_sign_in() { MailboxError::new(Trouble::Busy) } else { error }
    }

    async fn judged<T>(&self, call: BoxFuture<'_, Result<T>>) -> Result<T> {
        call.await.map_err(|error| self.judge(error))
    }
}

impl Mailbox for Current {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.judged(self.mailbox.find_draft(hint, ledger)).boxed()
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.judged(self.mailbox.version(draft, ledger)).boxed()
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        self.judged(self.mailbox.read_draft(draft, ledger)).boxed()
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        async move {
            match self.mailbox.send(mail, commit, ledger).await {
                SendOutcome::NotSent(error) => SendOutcome::NotSent(self.judge(error)),
                SendOutcome::Unclear(error) => SendOutcome::Unclear(self.judge(error)),
                outcome @ (SendOutcome::Sent(_) | SendOutcome::LeaseLost) => outcome,
            }
        }
        .boxed()
    }

    fn look<'a>(&'a self, trace: &'a Trace, since_secs: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        self.judged(self.mailbox.look(trace, since_secs, ledger)).boxed()
    }

    fn sent_by_hand<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        self.judged(self.mailbox.sent_by_hand(draft, ledger)).boxed()
    }

    fn answered<'a>(
        &'a self,
        draft: &'a DraftRef,
        addresses: &'a [String],
        since: Millis,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>> {
        self.judged(self.mailbox.answered(draft, addresses, since, ledger)).boxed()
    }

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        not_before: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        self.judged(self.mailbox.look_for_news(since, not_before, followed, ledger)).boxed()
    }

    fn wait_for_news<'a>(&'a self, mark: &'a Mark, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        self.judged(self.mailbox.wait_for_news(mark, ledger)).boxed()
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        self.judged(self.mailbox.find_sent(hint, ledger)).boxed()
    }

    fn place<'a>(&'a self, conversation: &'a Conversation, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        self.judged(self.mailbox.place(conversation, ledger)).boxed()
    }

    fn put_note<'a>(&'a self, note: &'a Note, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        self.judged(self.mailbox.put_note(note, ledger)).boxed()
    }

    fn take_note<'a>(&'a self, note: &'a NoteRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.judged(self.mailbox.take_note(note, ledger)).boxed()
    }

    fn revoke<'a>(&'a self, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.judged(self.mailbox.revoke(ledger)).boxed()
    }
}
