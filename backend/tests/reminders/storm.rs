//! A thousand reminders that fall due, and backends that are killed at random moments: each is acted on exactly once.

use std::collections::HashMap;
use std::time::Duration;
use std::{env, thread};

use waxwing_backend::store::reminders::Row;
use waxwing_protocol::api::{PutReminder, ReminderState, WaitingNews};

use crate::node::{HOUR, Node, SECOND, World, account, ann, wait, wish};
use crate::server::Fault;

/// Kills of one run, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (5, 50);
const REMINDERS: u64 = 1_000;
/// Every so many is answered before it is due.
const ANSWERED: u64 = 10;

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What is still to be done: when the next one is due, and some of those that are worked on.
fn open(node: &Node) -> (Option<i64>, Vec<Row>) {
    let store = &node.app.store;
    node.block(async {
        let mut leased = Vec::new();
        for (owner, _) in store.reminder_owners().await.unwrap() {
            leased.extend(store.reminders_of(owner, i64::MAX, 3).await.unwrap());
        }
        (store.next_reminder().await.unwrap(), leased)
    })
}

#[test]
fn each_is_acted_on_exactly_once() {
    let kills = if env::var_os("WAXWING_LONG").is_some() { KILLS.1 } else { KILLS.0 };
    let numbers = &mut Numbers(7);
    let (world, mut node) = World::new();
    let due = world.now() + HOUR;
    let all: Vec<_> = (0..REMINDERS).map(|n| (world.id(), world.sent(n))).collect();
    node.block(async {
        for (id, sent) in &all {
            let put = PutReminder { mail: sent.mail.clone(), wish: wish(due) };
            node.app.reminders.put(account(), *id, &put).await.unwrap();
        }
    });
    for n in (0..REMINDERS).step_by(usize::try_from(ANSWERED).unwrap()) {
        world.server.answer(&all[usize::try_from(n).unwrap()].1.thread, &ann(n), due - SECOND);
    }
    world.set(due, &[&node]);
    for _ in 0..kills {
        match numbers.below(3) {
            0 => world.server.order(Fault::AnswerLost),
            1 => world.server.order(Fault::RequestLost),
            _ => {}
        }
        thread::sleep(Duration::from_millis(20 + numbers.below(80)));
        world.advance(SECOND, &[&node]);
        node.kill();
        node = world.start();
    }
    wait(
        || {
            let open = open(&node);
            // Slowly while somebody works: a look at the mailbox stays young for ten seconds.
            world.advance(if open.1.is_empty() { 5 * SECOND } else { SECOND / 10 }, &[&node]);
            open
        },
        |open| *open == (None, Vec::new()),
    );
    let told = node.told();
    let count = |what| {
        told.iter().filter(|(_, it)| *it == what).fold(HashMap::new(), |mut count: HashMap<_, usize>, (id, _)| {
            *count.entry(*id).or_default() += 1;
            count
        })
    };
    let (back, answered) = (count(WaitingNews::Back), count(WaitingNews::Answered));
    let mut notes: HashMap<String, usize> = HashMap::new();
    for note in world.server.notes() {
        *notes.entry(note.thread).or_default() += 1;
    }
    for (n, (id, sent)) in (0..REMINDERS).zip(&all) {
        let (row, notes) = (node.row(*id), notes.get(&sent.thread).copied().unwrap_or_default());
        if n % ANSWERED == 0 {
            assert_eq!((row.state, row.times, notes), (ReminderState::Answered, 0, 0), "{n}: {row:?}");
            assert_eq!((back.get(id), answered.get(id)), (None, Some(&1)), "{n}");
        } else {
            assert_eq!((row.state, row.times, notes), (ReminderState::Back, 1, 1), "{n}: {row:?}");
            assert_eq!((back.get(id), answered.get(id)), (Some(&1), None), "{n}");
        }
    }
    println!("{kills} kills, {REMINDERS} reminders: {} came back once, {} were answered", back.len(), answered.len());
}
