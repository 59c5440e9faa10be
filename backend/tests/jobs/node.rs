//! A backend on a runtime of its own, and what a test asks of it.

use std::path::Path;
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
use waxwing_backend::entropy::{Entropy, SystemEntropy};
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::DraftRef;
use waxwing_backend::mailbox::gmail::Google;
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::seal::Seal;
use waxwing_backend::store::scheduled::insert::{Inserted, NewScheduled};
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Content, Event, FlightEntry, GmailIds, Late, LateThen, MailboxKind, Schedule, Scheduled, ScheduledDetail, ScheduledState,
    When, Why,
};

use crate::server::{Seen, Server};

/// 2026-11-22T08:00:00Z, a Sunday.
pub(crate) const START: Millis = 1_795_334_400_000;
pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
/// How long something may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);
const ACCOUNT: &str = "aaaaaa";

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

/// A folder, a clock, a provider, and the backends on them.
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

impl World {
    /// With one account and one mailbox, and its first backend.
    pub(crate) fn new(server: Arc<Server>) -> (Self, Node) {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock(AtomicI64::new(START)));
        let mut world = Self { dir, clock, server, mailbox: Uuid::nil(), ids: Seeded::default() };
        let node = world.start();
        world.mailbox = world.connect(&node, "mara@fjord.example");
        (world, node)
    }

    /// Another mailbox at the same provider.
    pub(crate) fn connect(&self, node: &Node, address: &str) -> Uuid {
        let app = &node.app;
        let id = node.block(async {
            let account = account();
            app.store.account_named("mara", account, START).await.unwrap();
            app.mailboxes.connect(account, address, MailboxKind::Gmail, "{}", b"secret").await.unwrap().id
        });
        app.mailboxes.put_fake(id, Arc::new(Seen(Arc::clone(&self.server))));
        id
    }

    /// Another backend on the same folder.
    pub(crate) fn start(&self) -> Node {
        self.start_in(self.dir.path())
    }

    fn start_in(&self, dir: &Path) -> Node {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // There before its row: the rounds look at a mailbox as soon as there is one.
        let fake: Arc<dyn waxwing_backend::mailbox::Mailbox> = Arc::new(Seen(Arc::clone(&self.server)));
        let settings = Settings {
            data_dir: dir.to_owned(),
            public_url: "http://127.0.0.1:1".to_owned(),
            tracking_url: "https://track.example".to_owned(),
            trusted_proxies: Vec::new(),
            origins: Vec::new(),
            heartbeat: Duration::from_secs(20),
            mailboxes: MailboxOptions::new(Seal::from_bytes([8; 32]), Google::default(), Vec::new())
                .with_fakes([("mara@fjord.example".to_owned(), fake)]),
        };
        let clock = self.clock.clone();
        let running = runtime.block_on(async {
            let store = Store::open(&Options::new(dir, None).unwrap()).await.unwrap();
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
            node.app.jobs.wake();
        }
    }

    pub(crate) fn advance(&self, by: Millis, nodes: &[&Node]) {
        self.set(self.now() + by, nodes);
    }

    pub(crate) fn id(&self) -> Uuid {
        waxwing_backend::entropy::uuid(&self.ids).unwrap()
    }

    /// Schedules a draft for an instant.
    pub(crate) fn at(&self, node: &Node, draft: DraftRef, at: Millis) -> Uuid {
        self.schedule(node, draft, once(at), at)
    }

    pub(crate) fn schedule(&self, node: &Node, draft: DraftRef, schedule: Schedule, due_at: Millis) -> Uuid {
        self.schedule_from(node, self.mailbox, draft, schedule, due_at)
    }

    pub(crate) fn schedule_from(
        &self,
        node: &Node,
        mailbox: Uuid,
        draft: DraftRef,
        schedule: Schedule,
        due_at: Millis,
    ) -> Uuid {
        let id = self.id();
        let gmail = GmailIds { legacy_message: Some(draft.version.clone()), ..GmailIds::default() };
        let content = Content { subject: draft.id.clone(), ..Content::default() };
        let account = account();
        let new = NewScheduled { id, account, mailbox, schedule, due_at, why: None, draft, gmail, track: true, content };
        let inserted = node.block(node.app.jobs.schedule(&new)).unwrap();
        assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
        id
    }
}

/// At an instant, half an hour of lateness allowed, then held.
pub(crate) fn once(at: Millis) -> Schedule {
    Schedule {
        when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        unless_answered: false,
        late: Late { minutes: 30, then: LateThen::Hold },
        holidays: Vec::new(),
        remind: None,
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

    pub(crate) fn detail(&self, id: Uuid) -> ScheduledDetail {
        self.block(self.app.store.scheduled_detail(account(), id)).unwrap().unwrap()
    }

    pub(crate) fn mail(&self, id: Uuid) -> Scheduled {
        self.detail(id).scheduled
    }

    /// Waits until the mail stands there.
    pub(crate) fn until(&self, id: Uuid, state: ScheduledState) -> Scheduled {
        wait(|| self.mail(id), |mail| mail.state == state)
    }

    /// Waits until it is held, for this.
    pub(crate) fn until_held(&self, id: Uuid, why: Why) -> Scheduled {
        wait(|| self.mail(id), |mail| mail.state == ScheduledState::Held && mail.why == Some(why))
    }

    /// Waits until the flight recorder has this many lines of a kind.
    pub(crate) fn until_lines(&self, id: Uuid, what: &str, say: &str, count: usize) {
        let lines = || self.detail(id).flight;
        wait(lines, |lines: &Vec<FlightEntry>| lines.iter().filter(|line| is(line, what, say)).count() >= count);
    }

    /// The flight recorder as `what say` pairs, without what they all begin with.
    pub(crate) fn flight(&self, id: Uuid) -> Vec<String> {
        self.detail(id).flight.iter().map(short).collect()
    }

    /// Scheduled mails that their sender was told of.
    pub(crate) fn told(&self) -> Vec<(Uuid, ScheduledState)> {
        let events = self.block(self.app.store.events_after(account(), 0, 10_000)).unwrap();
        events
            .into_iter()
            .filter_map(|numbered| match numbered.event {
                Event::Scheduled { scheduled, state, tell: true, .. } => Some((scheduled, state)),
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
    AccountId::parse(ACCOUNT).unwrap()
}

fn short(line: &FlightEntry) -> String {
    let say = line.say.as_deref().unwrap_or_default().trim_start_matches("flight_say_");
    format!("{} {say}", line.what)
}

fn is(line: &FlightEntry, what: &str, say: &str) -> bool {
    short(line) == format!("{what} {say}")
}
