//! A backend that is killed at each point of a send, and the next one that finds what it left.

use waxwing_protocol::api::{ScheduledState, Why};

use crate::node::{HOUR, MINUTE, SECOND, START, World, account, wait};
use crate::server::{Fault, Server, When};

#[test]
fn before_the_commit_nothing_left_and_it_goes_out() {
    for (when, lines) in [(When::Reading, "leased"), (When::BeforeCommit, "sending")] {
        let (world, node) = World::new(Server::gmail());
        world.server.death.order(when);
        let id = world.at(&node, world.server.letter("Hello"), START);
        let node = world.after_death(node);
        node.until(id, ScheduledState::Sent);
        assert_eq!(world.server.count("Hello"), 1);
        let flight = node.flight(id);
        assert!(flight.contains(&"resumed nothing_left".to_owned()), "{lines}: {flight:?}");
        assert!(!flight.iter().any(|line| line.starts_with("unclear")), "{flight:?}");
        node.stop();
    }
}

#[test]
fn after_the_effect_it_is_found_and_not_sent_again() {
    let (world, node) = World::new(Server::gmail());
    world.server.death.order(When::AfterEffect);
    let id = world.at(&node, world.server.letter("Hello"), START);
    let node = world.after_death(node);
    node.until(id, ScheduledState::Unclear);
    world.advance(2 * SECOND, &[&node]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_eq!(node.flight(id), ["scheduled for", "leased due", "sending tracked", "unclear cut_off", "sent found"]);
    assert_eq!(world.server.count("Hello"), 1);
    let registered = node.block(node.app.store.is_registered(account(), mail.message.unwrap())).unwrap();
    assert!(registered, "what was found is registered all the same");
}

#[test]
fn between_commit_and_effect_it_is_looked_for_and_sent_once() {
    let (world, node) = World::new(Server::gmail());
    world.server.death.order(When::AfterCommit);
    let id = world.at(&node, world.server.letter("Hello"), START);
    let mut node = world.after_death(node);
    node.until(id, ScheduledState::Unclear);
    // And killed again while it looks.
    world.server.death.order(When::Looking);
    world.advance(30 * SECOND, &[&node]);
    node = world.after_death(node);
    world.advance(SECOND, &[&node]);
    node.until(id, ScheduledState::Sent);
    assert_eq!((world.server.count("Hello"), world.server.calls("send")), (1, 2));
}

#[test]
fn without_proof_it_is_held_and_never_sent_again() {
    let (world, node) = World::new(Server::smtp());
    world.server.death.order(When::AfterCommit);
    let id = world.at(&node, world.server.letter("Hello"), START);
    let node = world.after_death(node);
    for _ in 0..8 {
        world.advance(HOUR, &[&node]);
        std::thread::yield_now();
    }
    wait(
        || {
            world.advance(HOUR, &[&node]);
            node.mail(id)
        },
        |mail| mail.state == ScheduledState::Held,
    );
    assert_eq!(node.mail(id).why, Some(Why::Unclear));
    assert_eq!(world.server.calls("send"), 1);
}

#[test]
fn whoever_hangs_loses_its_lease_and_sends_nothing() {
    let (world, node) = World::new(Server::gmail());
    world.server.order(Fault::HangBeforeCommit);
    let id = world.at(&node, world.server.letter("Hello"), START);
    wait(|| world.server.calls("send"), |sends| *sends == 1);
    world.advance(2 * MINUTE, &[]);
    let other = world.start();
    other.until(id, ScheduledState::Sent);
    world.server.go_on();
    wait(|| world.server.calls("lease lost"), |lost| *lost == 1);
    assert_eq!((world.server.count("Hello"), world.server.calls("send")), (1, 2));
    assert_eq!(node.mail(id).times, 1);
}

#[test]
fn proof_counts_though_the_lease_is_lost() {
    for (server, name) in [(Server::gmail(), "By Gmail"), (Server::smtp(), "By SMTP")] {
        let (world, node) = World::new(server);
        world.server.order(Fault::HangAfterCommit);
        let id = world.at(&node, world.server.letter(name), START);
        wait(|| world.server.calls("send"), |sends| *sends == 1);
        wait(|| node.flight(id), |lines| lines.iter().any(|line| line.starts_with("sending")));
        world.advance(2 * MINUTE, &[]);
        let other = world.start();
        // The other one does not know, and does not send.
        other.until(id, ScheduledState::Unclear);
        world.server.go_on();
        let mail = other.until(id, ScheduledState::Sent);
        assert_eq!((world.server.count(name), world.server.calls("send"), mail.times), (1, 1, 1));
    }
}

#[test]
fn stopping_in_good_order_leaves_nothing_behind() {
    let (world, node) = World::new(Server::gmail());
    let ids: Vec<_> = (0..50).map(|n| world.at(&node, world.server.letter(&format!("n{n}")), START + HOUR)).collect();
    world.advance(HOUR, &[&node]);
    node.stop();
    let left = world.server.taken().len();
    let node = world.start();
    let states: Vec<_> = ids.iter().map(|id| node.mail(*id).state).collect();
    assert!(
        states.iter().all(|s| matches!(
            s,
            ScheduledState::Scheduled | ScheduledState::Leased | ScheduledState::Sending | ScheduledState::Sent
        )),
        "{states:?}"
    );
    for id in &ids {
        node.until(*id, ScheduledState::Sent);
    }
    println!("{left} of 50 left before the stop");
    for n in 0..50 {
        assert_eq!(world.server.count(&format!("n{n}")), 1);
    }
    // No lease of the dead is waited for, and their files are gone but for the living one's.
    let locks = || {
        let entries = std::fs::read_dir(world.dir.path().join("node-0")).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("engine-")).count()
    };
    assert!((1..=2).contains(&locks()), "{}", locks());
}
