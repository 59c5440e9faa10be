//! A backend that is killed at each point of a reminder, and the next one that goes on.

use waxwing_protocol::api::{ReminderState, WaitingAction};

use crate::node::{HOUR, MINUTE, SECOND, World, wait};
use crate::server::When;

#[test]
fn killed_at_any_point_it_comes_once() {
    for when in [When::Looking, When::BeforePut, When::AfterPut] {
        let (world, node) = World::new();
        let (id, sent) = world.remind(&node, 1, HOUR);
        node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
        world.server.death.order(when);
        world.advance(HOUR, &[&node]);
        let node = world.after_death(node);
        world.advance(15 * SECOND, &[&node]);
        let back = wait(
            || {
                world.advance(SECOND, &[&node]);
                node.reminder(id)
            },
            |it| it.state == ReminderState::Back,
        );
        assert_eq!((back.times, world.server.notes().len(), world.server.there(&sent.thread)), (1, 1, 1), "{when:?}");
        assert_eq!(node.told().len(), 1, "{when:?}");
        node.stop();
    }
}

#[test]
fn what_was_on_its_way_has_time_to_arrive() {
    let (world, node) = World::new();
    let (id, _) = world.remind(&node, 1, HOUR);
    world.server.death.order(When::BeforePut);
    world.advance(HOUR, &[&node]);
    let node = world.after_death(node);
    wait(|| node.row(id), |row| row.lease.is_none());
    assert!(node.row(id).due_at >= Some(world.now() + 15 * SECOND));
    assert_eq!(world.server.calls("put"), 0);
}

#[test]
fn answered_while_its_note_was_put_the_note_goes() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.death.order(When::AfterPut);
    world.advance(HOUR, &[&node]);
    node.block(world.server.death.comes());
    // The call hangs; its user is done with it meanwhile.
    node.act(id, &WaitingAction::Done).unwrap();
    node.kill();
    let node = world.start();
    wait(|| node.row(id), |row| row.lease.is_none());
    world.advance(MINUTE, &[&node]);
    node.until_quiet(id);
    assert_eq!((node.reminder(id).state, world.server.there(&sent.thread)), (ReminderState::Done, 0));
    assert!(node.told().is_empty(), "{:?}", node.told());
}

#[test]
fn killed_while_a_note_goes_it_goes() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.death.order(When::AfterTake);
    node.act(id, &WaitingAction::Done).unwrap();
    let node = world.after_death(node);
    world.advance(MINUTE, &[&node]);
    node.until_quiet(id);
    assert_eq!((node.reminder(id).state, world.server.there(&sent.thread)), (ReminderState::Done, 0));
}

#[test]
fn two_backends_on_one_database_bring_it_back_once() {
    let (world, node) = World::new();
    let other = world.start();
    let ids: Vec<_> = (0..100).map(|n| world.remind(&node, n, HOUR).0).collect();
    world.advance(HOUR, &[&node, &other]);
    for id in &ids {
        assert_eq!(node.until(*id, ReminderState::Back).times, 1);
    }
    assert_eq!(world.server.notes().len(), 100);
}
