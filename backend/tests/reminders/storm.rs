//! Hundreds of reminders that fall due, and backends that are killed at random moments: each is acted on exactly once.

use std::collections::HashMap;
use waxwing_backend::store::sql;
use waxwing_protocol::api::{PutReminder, ReminderState, WaitingNews};

use crate::node::{HOUR, Node, SECOND, World, account, ann, wait, wish};
use crate::numbers::{Numbers, short_or_long};
use crate::random;

/// Kills of one run, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (5, 50);
/// Reminders, and with `WAXWING_LONG`.
const REMINDERS: (u64, u64) = (300, 1_000);
/// Every so many is answered before it is due.
const ANSWERED: u64 = 10;

/// What is still to be done: reminders that are due some time, and those that are worked on. One look: between two of them one could
/// be taken, and be seen by neither.
fn open(node: &Node) -> (i64, i64) {
    let store = &node.app.store;
    node.block(async {
        let count = "SELECT COUNT(CASE WHEN due_at IS NOT NULL AND lease_until IS NULL THEN 1 END), \
                     COUNT(CASE WHEN lease_until IS NOT NULL THEN 1 END) FROM reminders";
        let row = sql::query(count).fetch_one(store.writer()).await.unwrap();
        (row.try_get(0).unwrap(), row.try_get(1).unwrap())
    })
}

#[test]
fn each_is_acted_on_exactly_once() {
    let (kills, reminders) = (short_or_long(KILLS), short_or_long(REMINDERS));
    let (world, mut node) = World::new();
    let due = world.now() + HOUR;
    let all: Vec<_> = (0..reminders).map(|n| (world.id(), world.sent(n))).collect();
    node.block(async {
        for (id, sent) in &all {
            let put = PutReminder { mail: sent.mail.clone(), wish: wish(due) };
            node.app.reminders.put(account(), *id, &put).await.unwrap();
        }
    });
    for n in (0..reminders).step_by(usize::try_from(ANSWERED).unwrap()) {
        world.server.answer(&all[usize::try_from(n).unwrap()].1.thread, &ann(n), due - SECOND);
    }
    world.set(due, &[&node]);
    node = random::storm(&world, node, kills, &mut Numbers(7));
    wait(
        || {
            let open = open(&node);
            // Slowly while somebody works: a look at the mailbox stays young for ten seconds.
            world.advance(if open.1 == 0 { 5 * SECOND } else { SECOND / 10 }, &[&node]);
            open
        },
        |open| *open == (0, 0),
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
    for (n, (id, sent)) in (0..reminders).zip(&all) {
        let (row, notes) = (node.row(*id), notes.get(&sent.thread).copied().unwrap_or_default());
        if n % ANSWERED == 0 {
            assert_eq!((row.state, row.times, notes), (ReminderState::Answered, 0, 0), "{n}: {row:?}");
            assert_eq!((back.get(id), answered.get(id)), (None, Some(&1)), "{n}");
        } else {
            assert_eq!((row.state, row.times, notes), (ReminderState::Back, 1, 1), "{n}: {row:?}");
            assert_eq!((back.get(id), answered.get(id)), (Some(&1), None), "{n}");
        }
    }
    println!("{kills} kills, {reminders} reminders: {} came back once, {} were answered", back.len(), answered.len());
}
