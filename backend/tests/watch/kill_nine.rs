//! `kill -9` while answers are applied: what a mail means and the mark behind it are written in one step, so that whenever the process
//! dies, exactly those mails are applied that the mark stands behind.
//!
//! The backend that is killed is a process of its own: this very program, asked for one test, on a mailbox that is the same each time.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use uuid::Uuid;
use waxwing_backend::store::waiting::State;
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::api::{Event, NewsKind, WaitingNews};

use crate::clock::MockClock;
use crate::database;
use crate::numbers::{Numbers, short_or_long};
use crate::postbox::Postbox;
use crate::world::{START, World, account, filed, letter, start, thread};

/// Mails that are answered, and with `WAXWING_LONG`: many kills need many of them.
const MAILS: (u64, u64) = (150, 500);
/// Kills of one run, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (5, 50);
/// Nothing that is waited for takes longer on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);
/// The folder and the mailbox that the child works on.
const CHILD: &str = "WAXWING_TEST_WATCH_CHILD";

fn ann(n: u64) -> String {
    format!("ann{n}@acme{n}.example")
}

fn mails() -> u64 {
    short_or_long(MAILS)
}

/// A mailbox with all of the mails in Sent.
fn sent() -> Arc<Postbox> {
    let postbox = Arc::<Postbox>::default();
    (0..mails()).for_each(|n| postbox.file(filed(n, START), true));
    postbox
}

/// A backend in a process of its own; killed when it is dropped.
struct Backend(Child);

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Backend {
    fn spawn(dir: &Path, mailbox: Uuid) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "kill_nine::child", "--ignored", "--nocapture"]);
        command.env(CHILD, format!("{mailbox} {}", dir.display())).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

#[tokio::test]
#[ignore = "is the process that is killed"]
async fn child() {
    let Ok(told) = env::var(CHILD) else { return };
    let (mailbox, dir) = told.split_once(' ').unwrap();
    let postbox = sent();
    for n in 0..mails() {
        postbox.deliver(Some(&thread(n)), START, &letter(&ann(n), &format!("Subject: Re: Offer {n}")));
    }
    postbox.in_pages_of(5);
    let running = start(Path::new(dir), &MockClock::new(), &postbox).await;
    while running.app.watch.catch_up(mailbox.parse().unwrap()).await.is_err() {}
    running.stop().await;
}

/// The database that a backend works on, read from outside.
async fn open(dir: &Path) -> Store {
    Store::open(&Options::new(dir, database::url(dir).as_deref()).unwrap()).await.unwrap()
}

/// How many mails the mark stands behind.
async fn mark(store: &Store, mailbox: Uuid) -> u64 {
    store.watched(mailbox).await.unwrap().unwrap().mark.0.as_u64().unwrap()
}

/// Waits until the mark stands behind so many.
async fn until_marked(store: &Store, mailbox: Uuid, mails: u64) {
    let waited = async {
        while mark(store, mailbox).await < mails {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waited).await.unwrap();
}

/// Which mails are answered.
async fn answered(store: &Store, mails: &[Uuid]) -> Vec<bool> {
    let mut answered = Vec::new();
    for id in mails {
        answered.push(store.waiting_row(account(), *id).await.unwrap().unwrap().state == State::Answered);
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_answer_is_applied_once_and_with_its_mark() {
    let (kills, count, numbers) = (short_or_long(KILLS), mails(), &mut Numbers(5));
    let (world, mut mails) = (World::on(sent()).await, Vec::new());
    for n in 0..count {
        mails.push(world.register(&crate::world::mail(n, &[&ann(n)], START)).await);
    }
    for id in &mails {
        world.until(*id, |row| row.looked).await;
    }
    let (mailbox, dir) = (world.mailbox, world.end().await);
    let mut seen = Vec::new();
    let store = open(dir.path()).await;
    for kill in 0..kills {
        let from = mark(&store, mailbox).await;
        let backend = Backend::spawn(dir.path(), mailbox);
        until_marked(&store, mailbox, from + 1 + numbers.below(count / u64::try_from(kills).unwrap())).await;
        drop(backend);
        let mark = mark(&store, mailbox).await;
        let expected: Vec<bool> = (0..count).map(|n| n < mark).collect();
        assert_eq!(answered(&store, &mails).await, expected, "kill {kill}: the mark stands behind {mark} mails");
        seen.push(mark);
    }
    let last = Backend::spawn(dir.path(), mailbox);
    until_marked(&store, mailbox, count).await;
    drop(last);
    let mut told: HashMap<Uuid, (usize, usize)> = HashMap::new();
    for event in store.events_after(account(), 0, 100_000).await.unwrap() {
        match event.event {
            Event::Waiting { mail, what: WaitingNews::Answered, .. } => told.entry(mail).or_default().0 += 1,
            Event::News { message, what: NewsKind::Answer, .. } => told.entry(message).or_default().1 += 1,
            _ => {}
        }
    }
    assert!(answered(&store, &mails).await.iter().all(|it| *it));
    assert!(mails.iter().all(|id| told.get(id) == Some(&(1, 1))), "{told:?}");
    println!("{kills} kills among {count} answers, after {seen:?}: each applied once");
}
