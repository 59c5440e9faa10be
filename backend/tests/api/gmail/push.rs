//! Being told by Google: an answer is known without asking, and what goes wrong with it costs no answer.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::mailbox::gmail::push::{self, Push, PushOptions, PushTrouble};
use waxwing_backend::mailbox::gmail::{GmailConfig, GmailSecret, Google, oauth};
use waxwing_backend::mailbox::options::Options;
use waxwing_backend::seal::Seal;
use waxwing_protocol::api::{GmailIds, MailboxKind, MailboxState, Mailboxes, PutMessage, WaitingMail, problem};

use super::sim::{ANA, BEN, MARA, Sim};
use crate::support::{Browser, MockClock, SeededEntropy, Setup, TestBackend, expect_problem, message, recipient, until};

const TOPIC: &str = "projects/sim/topics/gmail";
const SUBSCRIPTION: &str = "projects/sim/subscriptions/waxwing";
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

impl Sim {
    /// The key of a new service account, in a file.
    async fn key(&self, dir: &Path) -> PushOptions {
        let file = dir.join("service-account.json");
        std::fs::write(&file, self.ask("/service-account").await.to_string()).unwrap();
        PushOptions::new(TOPIC, SUBSCRIPTION, file).unwrap()
    }

    async fn pubsub(&self, setup: Value) -> Value {
        self.order("/pubsub", &setup).await
    }

    /// Mara sends Ana a mail; gives its ids.
    async fn mail(&self, subject: &str) -> GmailIds {
        let sent = json!({ "from": MARA, "to": [{ "address": ANA }], "subject": subject, "html": "?" });
        let sent = self.order("/sent", &sent).await["message"].clone();
        let text = |name: &str| sent[name].as_str().map(str::to_owned);
        GmailIds { legacy_message: text("legacy"), legacy_thread: text("legacyThread"), ..GmailIds::default() }
    }

    /// Somebody answers.
    async fn answer(&self, from: &str, subject: &str) {
        let mail = format!("From: {from}\r\nTo: {MARA}\r\nSubject: {subject}\r\n\r\nYes.\r\n");
        self.order_raw(&format!("/deliver-raw?address={MARA}"), mail.into_bytes()).await;
    }
}

/// A backend with push, and Mara's mailbox connected in it.
struct World {
    sim: Sim,
    /// Where the key is.
    keys: TempDir,
    backend: TestBackend,
    me: Browser,
    mailbox: Uuid,
}

/// A clock that stands, so that nothing is asked because its time has come: a little ahead of the simulator's, so that what comes in
/// there while it stands does not come from the future.
fn standing() -> Arc<MockClock> {
    let clock = MockClock::new();
    clock.set(SystemClock.now() + 40_000);
    clock
}

async fn start(sim: &Sim, keys: &Path, dir: TempDir, clock: Arc<MockClock>, entropy: Arc<SeededEntropy>) -> TestBackend {
    let google = sim.google(0).with_push(Some(Push::new(sim.key(keys).await)));
    let mailboxes = Options::new(Seal::from_bytes([8; 32]), google, Vec::new());
    TestBackend::start_in(dir, clock, entropy, Setup { mailboxes: Some(mailboxes), ..Setup::default() }).await
}

impl World {
    async fn new() -> Self {
        let (sim, keys) = (Sim::start().await, tempfile::tempdir().unwrap());
        let clock = standing();
        let backend = start(&sim, keys.path(), tempfile::tempdir().unwrap(), clock, Arc::default()).await;
        let me = backend.browser("me").await;
        let mailbox = connect(&sim, &backend, &me).await;
        Self { sim, keys, backend, me, mailbox }
    }

    /// A mail that is waited for.
    async fn waits(&self, subject: &str) -> Uuid {
        let (gmail, now) = (self.sim.mail(subject).await, self.backend.clock.now());
        let mail = message(subject, now);
        let content = waxwing_protocol::api::Content { recipients: vec![recipient(ANA, None)], ..mail.content };
        let put = PutMessage { sender: MARA.to_owned(), gmail, content, ..mail };
        let id = self.backend.uuid();
        assert_eq!(self.me.put(id, &put).await.status(), 204);
        id
    }

    /// Time passes, there and here.
    async fn pass(&self, ms: i64) {
        self.sim.order("/pass", &json!({ "ms": ms })).await;
        self.backend.clock.advance(ms);
    }

    /// So many calls of a method, with looks until then: one that was under way when time passed is of the time before.
    async fn called(&self, method: &str, times: usize) {
        until(async || {
            self.backend.app.watch.follow_changed(self.mailbox);
            (self.sim.calls(method).await >= times).then_some(())
        })
        .await;
    }

    async fn waiting(&self, id: Uuid) -> WaitingMail {
        waiting(&self.backend, &self.me, id).await
    }

    async fn answered(&self, id: Uuid) {
        until(async || self.waiting(id).await.answered).await;
    }

    /// The mailbox is told of: its wait has begun.
    async fn told_of(&self) {
        until(async || self.sim.ask("/pubsub").await["watches"][MARA].is_object().then_some(())).await;
        until(async || self.push().is_on().then_some(())).await;
        until(async || (self.backend.app.mailboxes.options().google.push.as_ref()?.listens_to(MARA)).then_some(())).await;
    }

    fn push(&self) -> &Push {
        self.backend.app.mailboxes.options().google.push.as_ref().unwrap()
    }
}

/// Not over HTTP: whoever asks so often, while no time passes, is turned away.
async fn waiting(backend: &TestBackend, me: &Browser, id: Uuid) -> WaitingMail {
    backend.app.reminders.mail(me.account(), id).await.unwrap().unwrap()
}

async fn connect(sim: &Sim, backend: &TestBackend, me: &Browser) -> Uuid {
    let grant = sim.ask(&format!("/grant?address={MARA}&scope={}", oauth::RIGHTS.join("%20"))).await;
    let secret = GmailSecret { refresh_token: grant["refreshToken"].as_str().unwrap().to_owned().into() };
    let config = GmailConfig { rights: oauth::RIGHTS.iter().map(|&right| right.to_owned()).collect() };
    let (config, secret) = (serde_json::to_string(&config).unwrap(), serde_json::to_vec(&secret).unwrap());
    let connecting = backend.app.mailboxes.connect(me.account(), MARA, MailboxKind::Gmail, &config, &secret);
    connecting.await.unwrap().id
}

#[tokio::test]
async fn an_answer_is_known_without_asking_and_notices_are_dealt_with() {
    let world = World::new().await;
    let (sim, one) = (&world.sim, world.waits("Dates").await);
    world.told_of().await;
    // Mails of others, notices of others, repeated, old and forged ones, and what is no notice at all.
    sim.answer(BEN, "Hello").await;
    for text in [
        json!({ "emailAddress": "somebody@else.example", "historyId": 7 }).to_string(),
        json!({ "emailAddress": MARA, "historyId": 1 }).to_string(),
        json!({ "emailAddress": MARA.to_uppercase(), "historyId": 1 }).to_string(),
        json!({ "emailAddress": MARA, "historyId": u64::MAX }).to_string(),
        "\u{0}[".to_owned(),
        "x".repeat(100_000),
    ] {
        sim.order("/publish", &json!({ "text": text })).await;
    }
    sim.order("/publish", &json!({ "data": "%%%" })).await;
    sim.answer(ANA, "About the dates").await;
    world.answered(one).await;
    until(async || (sim.ask("/pubsub").await["waiting"] == 0).then_some(())).await;
    assert!(sim.ask("/pubsub").await["acknowledged"].as_u64().unwrap() >= 8);
    assert_eq!(world.push().trouble(), None);
    // Once more, after what can never have happened was told.
    let two = world.waits("Terms").await;
    until(async || world.waiting(two).await.mailbox).await;
    sim.answer(ANA, "About the terms").await;
    world.answered(two).await;
    assert_eq!(sim.calls("watch").await, 1, "once a day is enough");

    // Disconnected it is not told of any more.
    assert_eq!(world.me.delete(&format!("/mailboxes/{}", world.mailbox)).await.status(), 204);
    assert_eq!(sim.ask("/pubsub").await["watches"], json!({}));
    assert_eq!((sim.calls("stop").await, sim.calls("revoke").await), (1, 1));
    expect_problem(world.me.delete(&format!("/mailboxes/{}", world.mailbox)).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn a_lost_subscription_costs_no_answer() {
    let world = World::new().await;
    let (sim, mail) = (&world.sim, world.waits("Dates").await);
    world.told_of().await;
    sim.pubsub(json!({ "subscription": null })).await;
    until(async || world.push().trouble().filter(|trouble| *trouble == PushTrouble::NotAllowed)).await;
    assert!(!world.push().is_on());
    sim.answer(ANA, "About the dates").await;
    world.backend.clock.advance(46_000);
    world.answered(mail).await;
    assert_eq!(world.me.read::<Mailboxes>("/mailboxes").await.mailboxes[0].state, MailboxState::Ok, "nothing is wrong with it");
    // It is there again.
    sim.pubsub(json!({ "subscription": SUBSCRIPTION })).await;
    until(async || world.push().is_on().then_some(())).await;
    let mail = world.waits("Terms").await;
    world.backend.clock.advance(46_000);
    world.told_of().await;
    until(async || world.waiting(mail).await.mailbox).await;
    sim.answer(ANA, "About the terms").await;
    world.answered(mail).await;
}

#[tokio::test]
async fn a_watch_is_renewed_every_day_and_after_a_restart_nothing_is_missed() {
    let world = World::new().await;
    let mail = world.waits("Dates").await;
    world.told_of().await;
    world.sim.order("/expire-watches", &json!({})).await;
    world.pass(DAY - MINUTE).await;
    world.called("history.list", 2).await;
    assert_eq!(world.sim.calls("watch").await, 1);
    world.pass(6 * MINUTE).await;
    world.called("watch", 2).await;
    assert!(world.sim.ask("/pubsub").await["watches"][MARA].is_object());

    // It answers while the backend is away; what was told meanwhile waits in the subscription.
    let World { sim, keys, backend, me, .. } = world;
    let (clock, entropy) = (Arc::clone(&backend.clock), Arc::clone(&backend.entropy));
    let dir = backend.stop().await;
    sim.answer(ANA, "About the dates").await;
    let backend = start(&sim, keys.path(), dir, clock, entropy).await;
    until(async || waiting(&backend, &me, mail).await.answered).await;
}

#[tokio::test]
async fn a_topic_that_gmail_does_not_take() {
    let (sim, keys) = (Sim::start().await, tempfile::tempdir().unwrap());
    sim.pubsub(json!({ "mayPublish": false })).await;
    let clock = standing();
    let backend = start(&sim, keys.path(), tempfile::tempdir().unwrap(), clock, Arc::default()).await;
    let me = backend.browser("me").await;
    let mailbox = connect(&sim, &backend, &me).await;
    let world = World { sim, keys, backend, me, mailbox };
    let mail = world.waits("Dates").await;
    until(async || world.push().trouble().filter(|trouble| *trouble == PushTrouble::Topic)).await;
    world.sim.answer(ANA, "About the dates").await;
    world.backend.clock.advance(46_000);
    world.answered(mail).await;
    assert_eq!(world.sim.calls("watch").await, 1, "not asked at each look");
    assert_eq!(world.me.read::<Mailboxes>("/mailboxes").await.mailboxes[0].state, MailboxState::Ok);
}

#[tokio::test]
async fn who_may_pull_can_be_checked() {
    let (sim, dir) = (Sim::start().await, tempfile::tempdir().unwrap());
    let with = |options: PushOptions| -> Google { sim.google(0).with_push(Some(Push::new(options))) };
    let options = sim.key(dir.path()).await;
    assert_eq!(push::check(&with(options.clone()), &SystemClock).await, Ok(()));
    assert_eq!(push::check(&sim.google(0), &SystemClock).await, Ok(()), "nothing is set up");
    sim.pubsub(json!({ "mayPull": false })).await;
    assert_eq!(push::check(&with(options.clone()), &SystemClock).await, Err(PushTrouble::NotAllowed));
    // Another simulator does not know the key.
    let other = Sim::start().await;
    let elsewhere = other.google(0).with_push(Some(Push::new(options.clone())));
    assert_eq!(push::check(&elsewhere, &SystemClock).await, Err(PushTrouble::KeyRefused));
    std::fs::write(&options.key_file, "needle").unwrap();
    let trouble = push::check(&with(options.clone()), &SystemClock).await.unwrap_err();
    assert!(matches!(trouble, PushTrouble::Key { .. }) && !format!("{trouble} {trouble:?}").contains("needle"), "{trouble}");
    std::fs::remove_file(&options.key_file).unwrap();
    assert!(matches!(push::check(&with(options), &SystemClock).await, Err(PushTrouble::Key { .. })));
}
