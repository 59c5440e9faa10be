//! Many mails, lost answers, and backends that are killed at random moments: nothing twice, nothing lost.

use std::time::Duration;
use std::{env, thread};

use waxwing_protocol::api::{ScheduledState, Why};

use crate::node::{HOUR, SECOND, START, World, account, once, wait};
use crate::server::{Fault, Server};

/// Kills of one run, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (10, 200);
const MAILS: usize = 120;

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn storm(server: std::sync::Arc<Server>, proves: bool) {
    let kills = if env::var_os("WAXWING_LONG").is_some() { KILLS.1 } else { KILLS.0 };
    let numbers = &mut Numbers(3);
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
