//! Many mails, lost answers, and backends that are killed at random moments: nothing twice, nothing lost.

use waxwing_protocol::api::{ScheduledState, Why};

use crate::node::{HOUR, SECOND, START, World, account, once, wait};
use crate::numbers::{Numbers, short_or_long};
use crate::random;
use crate::server::Server;

/// Kills of one run, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (10, 200);
const MAILS: usize = 120;

fn storm(server: std::sync::Arc<Server>, proves: bool) {
    let kills = short_or_long(KILLS);
    let (world, mut node) = World::new(server);
    node.block(node.app.store.set_daily_limit(account(), world.mailbox, 2_000, START)).unwrap();
    let ids: Vec<_> = (0..MAILS)
        .map(|n| {
            let mut schedule = once(START + HOUR);
            schedule.late.minutes = 10_000;
            world.schedule(&node, world.server.letter(&format!("n{n}")), schedule, START + HOUR)
        })
        .collect();
    world.advance(HOUR, &[&node]);
    node = random::storm(&world, node, kills, &mut Numbers(3));
    wait(
        || {
            world.advance(5 * SECOND, &[&node]);
            node.block(node.app.store.scheduled_counts(account())).unwrap().waiting
        },
        |open| *open == 0,
    );
    let (mut held, mut sent) = (0, 0);
    for (n, id) in ids.iter().enumerate() {
        let mail = node.mail(*id);
        let count = world.server.count(&format!("n{n}"));
        match mail.state {
            ScheduledState::Sent => {
                assert_eq!(count, 1, "n{n}: {:?}", node.flight(*id));
                sent += 1;
            }
            ScheduledState::Held => {
                assert_eq!(mail.why, Some(Why::Unclear), "n{n}: {:?}", node.flight(*id));
                assert!(count <= 1, "n{n}: {:?}", node.flight(*id));
                held += 1;
            }
            other => panic!("n{n} stands at {other:?}: {:?}", node.flight(*id)),
        }
    }
    println!("{kills} kills: {sent} sent once, {held} held");
    assert!(!proves || held == 0, "the draft proves it: {held} held");
}

#[test]
fn with_drafts_as_proof_all_are_sent_once() {
    storm(Server::gmail(), true);
}

#[test]
fn without_proof_none_is_sent_twice() {
    storm(Server::smtp(), false);
}

#[test]
fn two_backends_on_one_database_send_each_once() {
    let (world, node) = World::new(Server::gmail());
    let other = world.start();
    let ids: Vec<_> = (0..500).map(|n| world.at(&node, world.server.letter(&format!("n{n}")), START + HOUR)).collect();
    node.block(node.app.store.set_daily_limit(account(), world.mailbox, 2_000, START)).unwrap();
    world.advance(HOUR, &[&node, &other]);
    wait(|| world.server.taken().len(), |taken| *taken >= 500);
    for (n, id) in ids.iter().enumerate() {
        node.until(*id, ScheduledState::Sent);
        assert_eq!(world.server.count(&format!("n{n}")), 1);
    }
}
