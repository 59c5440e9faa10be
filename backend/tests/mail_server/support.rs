//! What tests of mailboxes share: a mail, a commit that is watched, a ledger that is read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;
use waxwing_backend::mailbox::watching::{Conversation, Followed, Note};
use waxwing_backend::mailbox::{Commit, DraftRef, Ledger, Outgoing, Trace};
use waxwing_protocol::api::AccessAction;

/// How long tests wait for what does not come.
pub(crate) const SHORT: Duration = Duration::from_millis(700);
/// How long they wait for what comes.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// The instant that mails are made at: 2026-11-22T08:00:00Z.
pub(crate) const AT: i64 = 1_795_334_400_000;

/// Agrees or not, and counts how often it was asked.
pub(crate) struct Watched {
    agrees: bool,
    asked: AtomicUsize,
    /// Called when it is asked.
    when_asked: Box<dyn Fn() + Send + Sync>,
}

impl Watched {
    pub(crate) fn new(agrees: bool) -> Self {
        Self { agrees, asked: AtomicUsize::new(0), when_asked: Box::new(|| ()) }
    }

    pub(crate) fn then(when_asked: impl Fn() + Send + Sync + 'static) -> Self {
        Self { agrees: true, asked: AtomicUsize::new(0), when_asked: Box::new(when_asked) }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Commit for Watched {
    fn commit(&self) -> BoxFuture<'_, bool> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            (self.when_asked)();
            self.agrees
        })
    }
}

/// A ledger that keeps what is written.
#[derive(Default)]
pub(crate) struct Written(Mutex<Vec<(AccessAction, bool)>>);

impl Written {
    pub(crate) fn all(&self) -> Vec<(AccessAction, bool)> {
        self.0.lock().unwrap().clone()
    }
}

impl Ledger for Written {
    fn write(&self, action: AccessAction, ok: bool) {
        self.0.lock().unwrap().push((action, ok));
    }
}

/// A mail with an id of its own.
pub(crate) fn outgoing(n: u32, sender: &str, recipients: &[&str], draft: Option<DraftRef>) -> Outgoing {
    let id = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_0000_0000_0000 + u128::from(n));
    let raw = format!(
        "Message-ID: <sent-{n}@local.test>\r\nX-Waxwing-Id: {id}\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\nFrom: {sender}\r\n\
         To: {}\r\nBcc: secret@local.test,\r\n other@local.test\r\nSubject: number {n}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nGr\u{fc}\u{df}e\r\n.\r\n.. and a dot\r\n",
        recipients.join(", ")
    );
    Outgoing {
        draft: draft.clone(),
        raw: Arc::from(raw.into_bytes()),
        sender: sender.to_owned(),
        recipients: recipients.iter().map(|&it| it.to_owned()).collect(),
        trace: Trace { id, rfc_id: format!("<sent-{n}@local.test>"), draft, thread: None, at: AT },
    }
}

/// What is followed, as a test says.
#[derive(Default)]
pub(crate) struct Following {
    pub(crate) threads: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) people: Vec<String>,
}

impl Following {
    pub(crate) fn ids(ids: &[&str], people: &[&str]) -> Self {
        let owned = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect();
        Self { threads: Vec::new(), ids: owned(ids), people: owned(people) }
    }
}

impl Followed for Following {
    fn has_thread(&self, thread: &str) -> bool {
        self.threads.iter().any(|it| it == thread)
    }

    fn has_id(&self, rfc_id: &str) -> bool {
        self.ids.iter().any(|it| it == rfc_id)
    }

    fn people(&self) -> &[String] {
        &self.people
    }
}

/// A note as a reminder writes it.
pub(crate) fn note(n: u32, own: &str, references: &[&str], thread: Option<String>) -> Note {
    let id = Uuid::from_u128(0x51e5_5044_10b1_426f_9247_0000_0000_0000 + u128::from(n));
    let list: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
    let raw = format!(
        "Message-ID: <{id}@waxwing.test>\r\nX-Waxwing-Note: {id}\r\nAuto-Submitted: auto-generated\r\nReferences: {}\r\n\
         From: {own}\r\nTo: {own}\r\nSubject: Re: plans\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         nobody answered\r\n",
        list.join(" ")
    );
    let conversation = Conversation { thread, rfc_ids: references.iter().map(|&id| id.to_owned()).collect() };
    Note { id, conversation, raw: Arc::from(raw.into_bytes()), at: AT }
}

/// This moment, for measuring how long a real server takes.
pub(crate) fn moment() -> std::time::Instant {
    #[expect(clippy::disallowed_methods, reason = "what is measured is a real server, by the machine's clock")]
    std::time::Instant::now()
}
