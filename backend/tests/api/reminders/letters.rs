//! A mailbox in memory: the mails that were sent lie in it, others come in, and notes are put.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::mailbox::watching::{
    Arrived, Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail,
};
use waxwing_backend::mailbox::{Ledger, Mailbox, Result};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, MailboxKind};

use super::ME;
use crate::inbox::only_watched;
use crate::support::{Browser, TestBackend};

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Letters {
    arrived: Mutex<Vec<Arrived>>,
    notes: Mutex<Vec<Uuid>>,
}

impl Letters {
    /// Connects a mailbox for a browser's account, and stands in its place.
    pub(super) async fn connect(backend: &TestBackend, browser: &Browser) -> (Uuid, Arc<Self>) {
        let mailboxes = &backend.app.mailboxes;
        let row = mailboxes.connect(browser.account(), ME, MailboxKind::Gmail, "{}", b"secret").await.unwrap();
        let letters = Arc::new(Self::default());
        mailboxes.put_fake(row.id, letters.clone()).await;
        (row.id, letters)
    }

    /// A mail comes into the conversation of mail number `n`.
    pub(super) fn deliver(&self, n: u64, at: Millis, raw: &str) {
        let mut arrived = self.arrived.lock().unwrap();
        let id = format!("in{}", arrived.len());
        let raw: Arc<[u8]> = raw.replace('\n', "\r\n").into_bytes().into();
        arrived.push(Arrived { at, thread: Some(format!("18f0{n:012x}")), id, raw, whole: true });
    }

    /// The notes that lie there.
    pub(super) fn notes(&self) -> usize {
        self.notes.lock().unwrap().len()
    }
}

impl Mailbox for Letters {
    only_watched!();

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        _: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        ledger.write(AccessAction::AskForNews, true);
        let arrived = self.arrived.lock().unwrap();
        let from = since.and_then(|mark| mark.0.as_u64()).and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
        let is_followed = |mail: &&Arrived| mail.thread.as_deref().is_some_and(|thread| followed.has_thread(thread));
        let news = arrived.iter().skip(from).filter(is_followed).cloned().collect();
        let looked = Looked { mark: Mark(json!(arrived.len())), arrived: news, more: false };
        ready(Ok(looked)).boxed()
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        let found = SentMail {
            message: hint.message.clone(),
            thread: hint.thread.clone(),
            rfc_id: hint.rfc_id.clone(),
            at: hint.sent_at,
            ..SentMail::default()
        };
        ready(Ok(Some(found))).boxed()
    }

    fn place<'a>(&'a self, _: &'a Conversation, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        ready(Ok(Place::There)).boxed()
    }

    fn put_note<'a>(&'a self, note: &'a Note, _: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        self.notes.lock().unwrap().push(note.id);
        let thread = note.conversation.thread.clone();
        ready(Ok(NoteRef { id: note.id, message: Some(note.id.simple().to_string()), thread })).boxed()
    }

    fn take_note<'a>(&'a self, note: &'a NoteRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.notes.lock().unwrap().retain(|id| *id != note.id);
        ready(Ok(())).boxed()
    }
}
