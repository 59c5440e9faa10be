//! A folder, a clock, a provider in memory, and the backends on them, each on a runtime of its own: so they can be killed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::{App, Running};
use waxwing_backend::clock::Clock as _;
use waxwing_backend::mailbox::Mailbox;
use waxwing_protocol::Millis;
use waxwing_protocol::api::MailboxKind;

use crate::clock::{MockClock, START};
use crate::entropy::SeededEntropy;
use crate::server::{Seen, Server};
use crate::{backend, fakes};

pub(crate) const MARA: &str = "mara@fjord.example";
/// How long something may take to come true on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(5);

/// See the file's head.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) server: Arc<Server>,
    pub(crate) mailbox: Uuid,
    ids: SeededEntropy,
    /// Which folders of backends are in use, by their numbers.
    folders: Arc<Mutex<BTreeSet<usize>>>,
}

/// A running backend.
pub(crate) struct Node {
    pub(crate) app: Arc<App>,
    running: Option<Running>,
    runtime: Option<Runtime>,
    _folder: Folder,
}

/// The folder of a backend: in use until this is dropped.
struct Folder {
    number: usize,
    used: Arc<Mutex<BTreeSet<usize>>>,
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.used.lock().unwrap().remove(&self.number);
    }
}

/// Whose mails these are.
pub(crate) fn account() -> AccountId {
    AccountId::parse("aaaaaa").unwrap()
}

impl World {
    /// With one account, and its first backend; without a mailbox.
    pub(crate) fn homeless(server: Arc<Server>) -> (Self, Node) {
        let (dir, clock) = (tempfile::tempdir().unwrap(), MockClock::new());
        let world = Self { dir, clock, server, mailbox: Uuid::nil(), ids: SeededEntropy::default(), folders: Arc::default() };
        let node = world.start();
        node.block(node.app.store.account_named("mara", account(), START)).unwrap();
        (world, node)
    }

    /// The same with Mara's mailbox.
    pub(crate) fn with_mailbox(server: Arc<Server>) -> (Self, Node) {
        let (mut world, node) = Self::homeless(server);
        world.mailbox = world.connect(&node, MARA);
        (world, node)
    }

    /// Another mailbox at the same provider.
    pub(crate) fn connect(&self, node: &Node, address: &str) -> Uuid {
        let mailboxes = &node.app.mailboxes;
        let id = node.block(mailboxes.connect(account(), address, MailboxKind::Gmail, "{}", b"secret")).unwrap().id;
        node.block(mailboxes.put_fake(id, self.seen()));
        id
    }

    fn seen(&self) -> Arc<dyn Mailbox> {
        Arc::new(Seen(Arc::clone(&self.server)))
    }

    /// Another backend on the same database: in the folder of one that is gone, or in one of its own beside those that run.
    pub(crate) fn start(&self) -> Node {
        let folder = self.folder();
        let dir = self.dir.path().join(format!("node-{}", folder.number));
        std::fs::create_dir_all(&dir).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = fakes::fakes([(MARA.to_owned(), self.seen())]);
        let running = runtime.block_on(backend::start(&dir, self.dir.path(), self.clock.clone(), options)).unwrap();
        let app = Arc::clone(&running.app);
        if !self.mailbox.is_nil() {
            runtime.block_on(app.mailboxes.put_fake(self.mailbox, self.seen()));
        }
        Node { app, running: Some(running), runtime: Some(runtime), _folder: folder }
    }

    fn folder(&self) -> Folder {
        let mut used = self.folders.lock().unwrap();
        let number = (0..=used.len()).find(|number| !used.contains(number)).unwrap();
        used.insert(number);
        Folder { number, used: Arc::clone(&self.folders) }
    }

    /// Waits for the moment of death that was ordered, kills, and starts the next backend.
    pub(crate) fn after_death(&self, node: Node) -> Node {
        node.block(self.server.death.comes());
        node.kill();
        self.start()
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Moves the clock, and lets backends notice.
    pub(crate) fn set(&self, now: Millis, nodes: &[&Node]) {
        self.advance(now.saturating_sub(self.now()), nodes);
    }

    pub(crate) fn advance(&self, by: Millis, nodes: &[&Node]) {
        self.clock.advance(by);
        for node in nodes {
            node.app.jobs.wake();
            node.app.reminders.wake();
        }
    }

    pub(crate) fn id(&self) -> Uuid {
        waxwing_backend::entropy::uuid(&self.ids).unwrap()
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
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
}
