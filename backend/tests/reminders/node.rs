//! A backend on a runtime of its own, and what a test asks of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::{App, Running, Settings};
use waxwing_backend::clock::Clock;
use waxwing_backend::entropy::{self, Entropy, SystemEntropy};
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::gmail::Google;
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::reminders::ask::AskError;
use waxwing_backend::seal::Seal;
use waxwing_backend::store::reminders::{NoteState, Row};
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, Content, Event, GmailIds, MailboxKind, PutReminder, Recipient, RecipientKind, RemindedMail, Reminder,
    ReminderState, WaitingAction, WaitingMail, WaitingNews, When, Wish,
};

use crate::server::{Seen, Server};

/// 2026-11-22T08:00:00Z, a Sunday.
pub(crate) const START: Millis = 1_795_334_400_000;
pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
pub(crate) const MARA: &str = "mara@fjord.example";
/// How long something may take to come true.
const PATIENCE: Duration = Duration::from_mins(1);

/// A clock that stands until the test moves it.
#[derive(Debug)]
pub(crate) struct MockClock(AtomicI64);

impl Clock for MockClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
}

/// Bytes that look random and are the same in every run, for the ids of a test.
#[derive(Debug, Default)]
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_le_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

/// A folder, a clock, a mailbox, and the backends on them.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) server: Arc<Server>,
    pub(crate) mailbox: Uuid,
    ids: Seeded,
}

/// A running backend.
pub(crate) struct Node {
    pub(crate) app: Arc<App>,
    running: Option<Running>,
    runtime: Option<Runtime>,
}

/// A mail that was sent, and its conversation.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) mail: RemindedMail,
    pub(crate) thread: String,
}

impl World {
    /// With one account and one mailbox, and its first backend.
    pub(crate) fn new() -> (Self, Node) {
        let (mut world, node) = Self::homeless();
        world.mailbox = world.connect(&node, MARA);
        (world, node)
    }

    /// Without a mailbox.
    pub(crate) fn homeless() -> (Self, Node) {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock(AtomicI64::new(START)));
        let world = Self { dir, clock, server: Arc::default(), mailbox: Uuid::nil(), ids: Seeded::default() };
        let node = world.start();
        node.block(node.app.store.account_named("mara", account(), START)).unwrap();
        (world, node)
    }

    /// Connects a mailbox at the server.
    pub(crate) fn connect(&self, node: &Node, address: &str) -> Uuid {
        let app = &node.app;
        let connecting = app.mailboxes.connect(account(), address, MailboxKind::Gmail, "{}", b"secret");
        let id = node.block(connecting).unwrap().id;
        app.mailboxes.put_fake(id, Arc::new(Seen(Arc::clone(&self.server))));
        id
    }

    /// Another backend on the same folder.
    pub(crate) fn start(&self) -> Node {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // There before its row: the rounds look at a mailbox as soon as there is one.
        let fake: Arc<dyn waxwing_backend::mailbox::Mailbox> = Arc::new(Seen(Arc::clone(&self.server)));
        let settings = Settings {
            data_dir: self.dir.path().to_owned(),
            public_url: "http://127.0.0.1:1".to_owned(),
            tracking_url: "https://track.example".to_owned(),
            trusted_proxies: Vec::new(),
            origins: Vec::new(),
            heartbeat: Duration::from_secs(20),
            mailboxes: MailboxOptions::new(Seal::from_bytes([8; 32]), Google::default(), Vec::new())
                .with_fakes([(MARA.to_owned(), fake)]),
        };
        let clock = self.clock.clone();
        let running = runtime.block_on(async {
            let store = Store::open(&Options::new(self.dir.path(), None).unwrap()).await.unwrap();
            Running::start(store, Keys::from_bytes([7; 32]), settings, clock, Arc::new(SystemEntropy)).await.unwrap()
        });
        let app = Arc::clone(&running.app);
        if !self.mailbox.is_nil() {
            app.mailboxes.put_fake(self.mailbox, Arc::new(Seen(Arc::clone(&self.server))));
        }
        Node { app, running: Some(running), runtime: Some(runtime) }
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Moves the clock, and lets backends notice.
    pub(crate) fn set(&self, now: Millis, nodes: &[&Node]) {
        self.clock.0.store(now, Ordering::SeqCst);
        for node in nodes {
            node.app.reminders.wake();
        }
    }

    pub(crate) fn advance(&self, by: Millis, nodes: &[&Node]) {
        self.set(self.now() + by, nodes);
    }

    pub(crate) fn id(&self) -> Uuid {
        entropy::uuid(&self.ids).unwrap()
    }

    /// A mail to Ann that lies in Sent; `n` tells it from others.
    pub(crate) fn sent(&self, n: u64) -> Sent {
        let (thread, message) = (format!("18f0{n:012x}"), format!("18f1{n:012x}"));
        let rfc_id = format!("m{n}@fjord.example");
        self.server.sent(&message, &thread, &rfc_id, self.now());
        let mail = RemindedMail {
            message: None,
            sender: MARA.to_owned(),
            account: None,
            sent_at: self.now(),
            gmail: GmailIds {
                legacy_thread: Some(thread.clone()),
                legacy_message: Some(message),
                rfc_id: Some(format!("<{rfc_id}>")),
                ..GmailIds::default()
            },
            content: Content {
                subject: format!("Offer {n}"),
                recipients: vec![Recipient { address: ann(n), name: None, kind: RecipientKind::To }],
                links: Vec::new(),
            },
        };
        Sent { mail, thread }
    }

    /// Sets a reminder of a new mail, in so long, and gives its id, which is the mail's too.
    pub(crate) fn remind(&self, node: &Node, n: u64, after: Millis) -> (Uuid, Sent) {
        let sent = self.sent(n);
        let id = self.id();
        node.put(id, &sent, wish(self.now() + after)).unwrap();
        (id, sent)
    }
}

/// Whom mail number `n` went to.
pub(crate) fn ann(n: u64) -> String {
    format!("ann{n}@lake.example")
}

/// If nobody answers, at an instant.
pub(crate) fn wish(at: Millis) -> Wish {
    Wish {
        when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    }
}

impl Node {
    pub(crate) fn block<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(future)
    }

    /// Ends it as `kill -9` would: nothing it was doing goes on.
    pub(crate) fn kill(mut self) {
        let runtime = self.runtime.take().unwrap();
        drop(self.running.take());
        let weak = Arc::downgrade(&self.app);
        drop(self);
        runtime.shutdown_timeout(PATIENCE);
        assert!(weak.upgrade().is_none(), "something of a killed backend lives on");
    }

    /// Ends it in good order.
    pub(crate) fn stop(mut self) {
        let running = self.running.take().unwrap();
        self.block(running.stop());
    }

    pub(crate) fn put(&self, id: Uuid, sent: &Sent, wish: Wish) -> Result<WaitingMail, AskError> {
        let put = PutReminder { mail: sent.mail.clone(), wish };
        self.block(self.app.reminders.put(account(), id, &put))
    }

    pub(crate) fn act(&self, id: Uuid, action: &WaitingAction) -> Result<WaitingMail, AskError> {
        self.block(self.app.reminders.act(account(), id, action))
    }

    pub(crate) fn mail(&self, id: Uuid) -> WaitingMail {
        self.block(self.app.reminders.mail(account(), id)).unwrap().unwrap()
    }

    pub(crate) fn reminder(&self, id: Uuid) -> Reminder {
        self.mail(id).reminder.unwrap()
    }

    pub(crate) fn row(&self, id: Uuid) -> Row {
        self.block(self.app.store.reminder(account(), id)).unwrap().unwrap()
    }

    /// Waits until the reminder stands there.
    pub(crate) fn until(&self, id: Uuid, state: ReminderState) -> Reminder {
        wait(|| self.reminder(id), |reminder| reminder.state == state)
    }

    /// Waits until nobody works on it, and its note is where it belongs.
    pub(crate) fn until_quiet(&self, id: Uuid) -> Row {
        let quiet = |row: &Row| row.lease.is_none() && matches!(row.note_state, NoteState::None | NoteState::There);
        wait(|| self.row(id), quiet)
    }

    /// What was told, of which mail.
    pub(crate) fn told(&self) -> Vec<(Uuid, WaitingNews)> {
        let events = self.block(self.app.store.events_after(account(), 0, 100_000)).unwrap();
        events
            .into_iter()
            .filter_map(|numbered| match numbered.event {
                Event::Waiting { mail, what, tell: true, .. } => Some((mail, what)),
                _ => None,
            })
            .collect()
    }
}

/// Waits until it is so, and gives what it is then.
pub(crate) fn wait<T: std::fmt::Debug>(look: impl Fn() -> T, done: impl Fn(&T) -> bool) -> T {
    let mut waited = Duration::ZERO;
    loop {
        let seen = look();
        if done(&seen) {
            return seen;
        }
        assert!(waited < PATIENCE, "it never came: {seen:?}");
        let pause = Duration::from_millis(5);
        thread::sleep(pause);
        waited += pause;
    }
}

/// Whose mails these are.
pub(crate) fn account() -> AccountId {
    AccountId::parse("aaaaaa").unwrap()
}
