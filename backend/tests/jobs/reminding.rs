//! Mails that go later with a reminder: it is set when they go, once for each time, whoever finds out that they went.

use uuid::Uuid;
use waxwing_backend::store::leases::Leases;
use waxwing_backend::store::reminders::Row;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Condition, ReminderState, Schedule, ScheduledAction, ScheduledState, When, Why, Wish};

use crate::node::{DAY, HOUR, MINUTE, Node, SECOND, START, World, account, once, wait};
use crate::server::{self, Fault, Server};

/// If nobody answers, at an instant.
fn wish(at: Millis) -> Wish {
    let when = When::Instant { at, zone: "Europe/Oslo".to_owned() };
    Wish { when, phrase: None, condition: Condition::NoAnswer, every_days: None }
}

/// To go in an hour, with a reminder at an instant.
fn reminding(at: Millis) -> Schedule {
    Schedule { remind: Some(wish(at)), ..once(START + HOUR) }
}

/// When the next reminder comes.
fn next(node: &Node) -> Option<Millis> {
    node.block(node.app.store.next_unleased(Leases::Reminders)).unwrap()
}

/// The reminders of all mails that left, in their order.
fn reminders(world: &World, node: &Node) -> Vec<Option<Row>> {
    let traces: Vec<Uuid> = world.server.taken().iter().map(|taken| taken.trace).collect();
    traces.into_iter().map(|trace| node.block(node.app.store.reminder(account(), trace)).unwrap()).collect()
}

/// The only mail that left, and its reminder.
fn only(world: &World, node: &Node) -> Row {
    let mut all = reminders(world, node);
    assert_eq!(all.len(), 1, "{all:?}");
    all.pop().unwrap().unwrap()
}

#[test]
fn it_is_set_when_the_mail_goes_and_not_before() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Hello"), reminding(START + 3 * DAY), START + HOUR);
    assert_eq!(next(&node), None);
    world.advance(HOUR, &[&node]);
    let mail = node.until(id, ScheduledState::Sent);
    let row = only(&world, &node);
    assert_eq!((row.state, row.asked_at, row.times), (ReminderState::Waiting, Some(START + 3 * DAY), 0));
    assert_eq!((Some(row.waiting), row.wish), (mail.message, wish(START + 3 * DAY)));
    let waiting = node.block(node.app.reminders.mail(account(), row.waiting)).unwrap().unwrap();
    assert_eq!(waiting.reminder.map(|reminder| reminder.id), Some(row.id));
}

#[test]
fn of_a_mail_without_a_wish_there_is_none() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ScheduledState::Sent);
    assert_eq!(reminders(&world, &node), [None]);
}

#[test]
fn a_mail_that_does_not_go_reminds_of_nothing() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Hello"), reminding(START + 3 * DAY), START + HOUR);
    node.block(node.app.jobs.act(account(), id, ScheduledAction::Cancel)).unwrap();
    world.advance(HOUR, &[&node]);
    node.until(id, ScheduledState::Cancelled);
    assert_eq!(next(&node), None);
}

#[test]
fn whoever_finds_out_that_it_went_sets_it_once() {
    // Its answer was lost, or its backend was killed before it had it: it is found in the mailbox.
    for is_killed in [false, true] {
        let (world, mut node) = World::new(Server::gmail());
        let id = world.schedule(&node, world.server.letter("Hello"), reminding(START + 3 * DAY), START + HOUR);
        if is_killed {
            world.server.death.order(server::When::AfterEffect);
        } else {
            world.server.order(Fault::AnswerLost);
        }
        world.advance(HOUR, &[&node]);
        if is_killed {
            node = world.after_death(node);
        }
        node.until(id, ScheduledState::Unclear);
        assert_eq!(reminders(&world, &node), [None], "nobody knows yet that it went");
        world.advance(10 * SECOND, &[&node]);
        node.until(id, ScheduledState::Sent);
        assert_eq!(only(&world, &node).asked_at, Some(START + 3 * DAY));
    }
}

#[test]
fn where_its_time_is_over_when_the_mail_goes_it_comes_as_long_after_it() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Hello"), reminding(START + HOUR + 2 * DAY), START + HOUR);
    // Nobody was there to send it, and it is its sender who lets it go at last.
    world.clock.set(START + 10 * DAY);
    node.app.jobs.wake();
    node.until_held(id, Why::Late);
    node.block(node.app.jobs.act(account(), id, ScheduledAction::SendNow { seen: None })).unwrap();
    node.until(id, ScheduledState::Sent);
    assert_eq!(only(&world, &node).asked_at, Some(START + 12 * DAY));
}

#[test]
fn what_goes_again_and_again_has_one_for_each_time() {
    let (world, node) = World::new(Server::gmail());
    let first = START + HOUR;
    let schedule = Schedule {
        when: When::Repeat {
            rule: "FREQ=DAILY;COUNT=3".to_owned(),
            start: "2026-11-22T09:00:00".to_owned(),
            zone: "UTC".to_owned(),
            skip: Vec::new(),
            until_answered: false,
        },
        remind: Some(wish(first + 20 * MINUTE)),
        ..once(first)
    };
    let id = world.schedule(&node, world.server.letter("Again"), schedule, first);
    for time in 0..3 {
        world.set(first + time * DAY, &[&node]);
        wait(|| node.mail(id), |mail| i64::from(mail.times) == time + 1);
    }
    let asked: Vec<Option<Millis>> = reminders(&world, &node).into_iter().map(|row| row.unwrap().asked_at).collect();
    let expected: Vec<Option<Millis>> = (0..3).map(|time| Some(first + time * DAY + 20 * MINUTE)).collect();
    assert_eq!(asked, expected);
}
