//! A mailbox that is only in memory: its drafts, what was sent from it, and what goes wrong with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use uuid::Uuid;
use waxwing_backend::mailbox::{
    Commit, Draft, DraftRef, Found, Ledger, Mailbox, MailboxError, Outgoing, Result, SendOutcome, SentRef, Trace,
};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, DraftHint, GmailIds, MailboxKind, PutScheduled, Schedule, Trouble, When};

use crate::support::{Browser, TestBackend};

/// See the file's head. Drafts go by Gmail's draft id.
#[derive(Debug)]
pub(crate) struct Postbox {
    drafts: Mutex<BTreeMap<String, Vec<u8>>>,
    trouble: Mutex<Option<Trouble>>,
    sent: Mutex<Vec<Outgoing>>,
    /// A send needs one of these.
    doors: Semaphore,
}

impl Postbox {
    /// Connects a mailbox for a browser's account, and stands in its place.
    pub(crate) async fn connect(backend: &TestBackend, browser: &Browser, address: &str) -> (Uuid, Arc<Self>) {
        let mailboxes = &backend.app.mailboxes;
        let row = mailboxes.connect(browser.account(), address, MailboxKind::Gmail, "{}", b"secret").await.unwrap();
        let postbox = Arc::new(Self {
            drafts: Mutex::default(),
            trouble: Mutex::default(),
            sent: Mutex::default(),
            doors: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        mailboxes.put_fake(row.id, postbox.clone()).await;
        (row.id, postbox)
    }

    pub(crate) fn put(&self, draft: &str, raw: &str) {
        self.drafts.lock().unwrap().insert(draft.to_owned(), raw.replace('\n', "\r\n").into_bytes());
    }

    /// A draft that can be sent.
    pub(crate) fn write(&self, draft: &str, subject: &str) {
        self.put(
            draft,
            &format!(
                "From: Me <me@example.org>\nTo: Ann <ann@example.org>\nSubject: {subject}\nContent-Type: text/html\n\n\
                 <p>Hi <a href=\"https://example.org/a\">offer</a></p>\n"
            ),
        );
    }

    pub(crate) fn remove(&self, draft: &str) {
        self.drafts.lock().unwrap().remove(draft);
    }

    pub(crate) fn fails(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    /// Sends wait until [`Postbox::open`].
    pub(crate) fn shut(&self) {
        self.doors.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open(&self) {
        self.doors.add_permits(1_000);
    }

    pub(crate) fn sent(&self) -> Vec<Outgoing> {
        self.sent.lock().unwrap().clone()
    }

    fn at(&self, id: &str) -> Result<Option<DraftRef>> {
        if let Some(trouble) = *self.trouble.lock().unwrap() {
            return Err(MailboxError::new(trouble));
        }
        let drafts = self.drafts.lock().unwrap();
        Ok(drafts.get(id).map(|raw| DraftRef {
            id: id.to_owned(),
            version: raw.len().to_string(),
            thread: Some("18c0ffee00000001".to_owned()),
            rfc_id: None,
            size: 0,
            looks: None,
        }))
    }
}

impl Mailbox for Postbox {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        let found = self.at(hint.gmail.draft.as_deref().unwrap_or_default());
        ledger.write(AccessAction::FindDraft, found.is_ok());
        Box::pin(async { found })
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        let found = self.at(&draft.id);
        Box::pin(async { found })
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        let raw = self.drafts.lock().unwrap().get(&draft.id).cloned();
        let found = self.at(&draft.id).map(|at| Some(Draft { at: at?, raw: raw?.into() }));
        ledger.write(AccessAction::ReadDraft, found.is_ok());
        Box::pin(async { found })
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, _: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            self.doors.acquire().await.unwrap().forget();
            if !commit.commit().await {
                return SendOutcome::LeaseLost;
            }
            self.sent.lock().unwrap().push(mail.clone());
            if let Some(draft) = &mail.draft {
                self.remove(&draft.id);
            }
            SendOutcome::Sent(SentRef { message: Some("18c0ffee00000002".to_owned()), ..SentRef::default() })
        })
    }

    fn look<'a>(&'a self, _: &'a Trace, _: u32, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async { Ok(Found::Unknown) })
    }

    fn sent_by_hand<'a>(&'a self, _: &'a DraftRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn answered<'a>(&'a self, _: &'a DraftRef, _: &'a [String], _: Millis, _: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn revoke<'a>(&'a self, _: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// Schedules the draft `draft` for this wall time in UTC.
pub(crate) fn put(mailbox: Uuid, draft: &str, wall: &str) -> PutScheduled {
    PutScheduled {
        mailbox,
        draft: DraftHint { gmail: GmailIds { draft: Some(draft.to_owned()), ..GmailIds::default() }, ..DraftHint::default() },
        schedule: schedule(When::At { wall: wall.to_owned(), zone: "UTC".to_owned() }),
        track: true,
    }
}

pub(crate) fn schedule(when: When) -> Schedule {
    Schedule {
        when,
        phrase: None,
        unless_answered: false,
        late: waxwing_protocol::api::Late::default(),
        holidays: Vec::new(),
        remind: None,
    }
}
