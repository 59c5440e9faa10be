//! A folder, a clock that stands until the test moves it, a mailbox, and the backend on them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::{App, Running};
use waxwing_backend::clock::Clock as _;
use waxwing_backend::mailbox::Mailbox;
use waxwing_backend::mailbox::watching::SentMail;
use waxwing_backend::store::waiting::Row;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, Content, Event, GmailIds, MailboxKind, Message, PutMessage, PutReminder, Recipient, RecipientKind, RemindedMail,
    WaitingNews, When, Wish,
};

use crate::backend;
use crate::clock::MockClock;
pub(crate) use crate::clock::START;
use crate::fakes::fakes;
use crate::postbox::{Postbox, Seen};
pub(crate) use crate::times::{DAY, HOUR, MINUTE, SECOND};

pub(crate) const MARA: &str = "mara@fjord.example";
pub(crate) const ANN: &str = "Ann@acme.example";
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// The whole of it.
pub(crate) struct World {
    dir: TempDir,
    clock: Arc<MockClock>,
    pub(crate) postbox: Arc<Postbox>,
    pub(crate) mailbox: Uuid,
    pub(crate) app: Arc<App>,
    running: Option<Running>,
}

/// A mail that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) id: Uuid,
    pub(crate) put: PutMessage,
}

/// Whose mails these are.
pub(crate) fn account() -> AccountId {
    AccountId::parse("aaaaaa").unwrap()
}

/// A mail number `n` to these, in a conversation of its own.
pub(crate) fn mail(n: u64, to: &[&str], at: Millis) -> Mail {
    let recipient = |address: &&str| Recipient { kind: RecipientKind::To, address: (*address).to_owned(), name: None };
    let put = PutMessage {
        epoch: 0,
        sent_at: at,
        scheduled: false,
        sender: MARA.to_owned(),
        gmail: GmailIds {
            legacy_thread: Some(thread(n)),
            legacy_message: Some(format!("18f1{n:012x}")),
            ..GmailIds::default()
        },
        content: Content { subject: format!("Offer {n}"), recipients: to.iter().map(recipient).collect(), links: Vec::new() },
        tracks: waxwing_protocol::api::Tracks::default(),
    };
    Mail { id: Uuid::from_u64_pair(7, n), put }
}

/// The conversation of mail number `n`.
pub(crate) fn thread(n: u64) -> String {
    format!("18f0{n:012x}")
}

/// The Message-ID of mail number `n`.
pub(crate) fn rfc_id(n: u64) -> String {
    format!("m{n}@fjord.example")
}

/// Mail number `n` as it lies in Sent.
pub(crate) fn filed(n: u64, at: Millis) -> SentMail {
    SentMail {
        message: Some(format!("18f1{n:012x}")),
        thread: Some(thread(n)),
        rfc_id: Some(rfc_id(n)),
        references: Vec::new(),
        on_thread: Vec::new(),
        at,
    }
}

/// A mail that somebody wrote to Mara.
pub(crate) fn letter(from: &str, more: &str) -> String {
    format!("From: {from}\nTo: Mara <{MARA}>\nMessage-ID: <{}@x>\n{more}\n\nHello.\n", from.len() + more.len())
}

impl World {
    /// With a mailbox.
    pub(crate) async fn new() -> Self {
        Self::on(Arc::default()).await
    }

    /// With a mailbox that has something in it.
    pub(crate) async fn on(postbox: Arc<Postbox>) -> Self {
        let mut world = Self::with(postbox).await;
        world.mailbox = world.connect().await;
        world
    }

    /// Without a mailbox.
    pub(crate) async fn homeless() -> Self {
        Self::with(Arc::default()).await
    }

    async fn with(postbox: Arc<Postbox>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = MockClock::new();
        let running = start(dir.path(), &clock, &postbox).await;
        let app = Arc::clone(&running.app);
        app.store.account_named("mara", account(), START).await.unwrap();
        Self { dir, clock, postbox, mailbox: Uuid::nil(), app, running: Some(running) }
    }

    pub(crate) async fn connect(&self) -> Uuid {
        let app = &self.app;
        let connecting = app.mailboxes.connect(account(), MARA, MailboxKind::Gmail, "{}", b"secret");
        let id = connecting.await.unwrap().id;
        app.watch.follow_changed(id);
        id
    }

    /// Another backend on the same folder, after this one has ended.
    pub(crate) async fn restart(&mut self) {
        self.running.take().unwrap().stop().await;
        let running = start(self.dir.path(), &self.clock, &self.postbox).await;
        self.app = Arc::clone(&running.app);
        self.running = Some(running);
    }

    /// Ends the backend, and leaves its folder.
    pub(crate) async fn end(mut self) -> TempDir {
        self.running.take().unwrap().stop().await;
        self.dir
    }

    pub(crate) async fn stop(mut self) {
        self.running.take().unwrap().stop().await;
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(crate) fn advance(&self, by: Millis) {
        self.clock.advance(by);
        self.app.watch.wake();
    }

    /// A tracked mail to these, filed and registered.
    pub(crate) async fn send(&self, n: u64, to: &[&str]) -> Uuid {
        self.postbox.file(filed(n, self.now()), true);
        self.register(&mail(n, to, self.now())).await
    }

    pub(crate) async fn register(&self, mail: &Mail) -> Uuid {
        self.app.store.put_message(account(), mail.id, &mail.put, self.now()).await.unwrap();
        self.app.watch.wake();
        mail.id
    }

    /// Sets a reminder in two days on a mail, and gives the mail's id.
    pub(crate) async fn remind(&self, mail: &Mail, tracked: bool) -> Uuid {
        let at = self.now() + 2 * DAY;
        let put = PutReminder {
            mail: RemindedMail {
                message: tracked.then_some(mail.id),
                sender: mail.put.sender.clone(),
                account: None,
                sent_at: mail.put.sent_at,
                gmail: mail.put.gmail.clone(),
                content: mail.put.content.clone(),
            },
            wish: Wish {
                when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
                phrase: None,
                condition: Condition::NoAnswer,
                every_days: None,
            },
        };
        let reminder = Uuid::from_u64_pair(9, mail.id.as_u64_pair().1);
        self.app.reminders.put(account(), reminder, &put).await.unwrap().id
    }

    /// A look, now.
    pub(crate) async fn look(&self) {
        self.app.watch.catch_up(self.mailbox).await.unwrap();
    }

    pub(crate) async fn row(&self, id: Uuid) -> Row {
        self.app.store.waiting_row(account(), id).await.unwrap().unwrap()
    }

    pub(crate) async fn message(&self, id: Uuid) -> Message {
        self.app.store.message(account(), id, 10).await.unwrap().unwrap().message
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        let events = self.app.store.events_after(account(), 0, 10_000).await.unwrap();
        events.into_iter().map(|numbered| numbered.event).collect()
    }

    /// What is there to be told of mails that are waited for.
    pub(crate) async fn told(&self) -> Vec<(Uuid, WaitingNews)> {
        let told = |event| match event {
            Event::Waiting { mail, what, tell: true, .. } => Some((mail, what)),
            _ => None,
        };
        self.events().await.into_iter().filter_map(told).collect()
    }

    /// Looks at the row until it is so.
    pub(crate) async fn until(&self, id: Uuid, is: impl Fn(&Row) -> bool) -> Row {
        let mut waited = Duration::ZERO;
        loop {
            let row = self.row(id).await;
            if is(&row) {
                return row;
            }
            assert!(waited < PATIENCE, "it never came: {row:?}");
            sleep(PAUSE).await;
            waited += PAUSE;
        }
    }
}

/// Waits until it is so.
pub(crate) async fn until(is: impl Fn() -> bool) {
    let mut waited = Duration::ZERO;
    while !is() {
        assert!(waited < PATIENCE, "it never came");
        sleep(PAUSE).await;
        waited += PAUSE;
    }
}

/// Starts a backend on a folder.
pub(crate) async fn start(dir: &Path, clock: &Arc<MockClock>, postbox: &Arc<Postbox>) -> Running {
    let seen: Arc<dyn Mailbox> = Arc::new(Seen(Arc::clone(postbox)));
    backend::start(dir, dir, clock.clone(), fakes([(MARA.to_owned(), seen)])).await.unwrap()
}
