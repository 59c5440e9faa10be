//! Mails that go again and again: the draft stays, each time is a mail of its own, and missed times do not come in a heap.

use waxwing_protocol::api::{Late, LateThen, Schedule, ScheduledAction, ScheduledState, When, Why};

use crate::node::{DAY, HOUR, MINUTE, SECOND, START, World, account, wait};
use crate::server::{Fault, Server};

/// Every day at 09:00 UTC from the START's day on.
fn daily(rule: &str) -> Schedule {
    Schedule {
        when: When::Repeat {
            rule: rule.to_owned(),
            start: "2026-11-22T09:00:00".to_owned(),
            zone: "UTC".to_owned(),
            skip: Vec::new(),
            until_answered: false,
        },
        phrase: None,
        unless_answered: false,
        late: Late { minutes: 30, then: LateThen::Hold },
        holidays: Vec::new(),
        remind: None,
    }
}

const FIRST: i64 = START + HOUR;

#[test]
fn each_time_is_a_mail_of_its_own_until_the_rule_ends() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Again"), daily("FREQ=DAILY;COUNT=3"), FIRST);
    let mut messages = Vec::new();
    for time in 0..3 {
        world.set(FIRST + time * DAY, &[&node]);
        let mail = wait(|| node.mail(id), |mail| i64::from(mail.times) == time + 1);
        messages.push(mail.message.unwrap());
        assert!(world.server.has_draft("Again"));
    }
    messages.dedup();
    assert_eq!(messages.len(), 3);
    let mail = node.mail(id);
    assert_eq!((mail.state, mail.due_at, mail.times), (ScheduledState::Sent, None, 3));
    let traces: std::collections::BTreeSet<_> = world.server.taken().iter().map(|taken| taken.trace).collect();
    assert_eq!(traces.len(), 3);
}

#[test]
fn missed_times_do_not_come_in_a_heap() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Again"), daily("FREQ=DAILY"), FIRST);
    node.stop();
    // Away for ten days, and back a little after the eleventh time.
    world.set(FIRST + 10 * DAY + 10 * MINUTE, &[]);
    let node = world.start();
    let mail = wait(|| node.mail(id), |mail| mail.times == 1);
    assert_eq!(mail.due_at, Some(FIRST + 11 * DAY));
    assert!(node.flight(id).contains(&"skipped missed".to_owned()));
    assert!(node.told().is_empty());
    node.stop();
    // Back long after a time: the newest one is held, and the others are left out.
    world.set(FIRST + 20 * DAY + 10 * HOUR, &[]);
    let node = world.start();
    node.until_held(id, Why::Late);
    assert_eq!(world.server.taken().len(), 1);
    // Its sender leaves it out: it goes on with the next.
    let mail = node.block(node.app.jobs.act(account(), id, ScheduledAction::Skip { seen: None })).unwrap();
    assert_eq!((mail.state, mail.due_at), (ScheduledState::Scheduled, Some(FIRST + 21 * DAY)));
    world.set(FIRST + 21 * DAY, &[&node]);
    wait(|| node.mail(id), |mail| mail.times == 2);
}

#[test]
fn the_next_time_is_left_out() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Again"), daily("FREQ=DAILY;COUNT=2"), FIRST);
    let skip = || node.block(node.app.jobs.act(account(), id, ScheduledAction::Skip { seen: None })).unwrap();
    assert_eq!(skip().due_at, Some(FIRST + DAY));
    // The last one too: nothing is left.
    let mail = skip();
    assert_eq!((mail.state, mail.why, mail.due_at), (ScheduledState::Cancelled, Some(Why::Cancelled), None));
    world.set(FIRST + 5 * DAY, &[&node]);
    assert!(world.server.taken().is_empty());
}

#[test]
fn it_ends_when_they_write() {
    let (world, node) = World::new(Server::gmail());
    let mut schedule = daily("FREQ=DAILY");
    let When::Repeat { until_answered, .. } = &mut schedule.when else { panic!("it repeats") };
    *until_answered = true;
    let id = world.schedule(&node, world.server.letter("Again"), schedule, FIRST);
    world.set(FIRST, &[&node]);
    wait(|| node.mail(id), |mail| mail.times == 1);
    world.server.answer();
    world.set(FIRST + DAY, &[&node]);
    let mail = node.until(id, ScheduledState::Cancelled);
    assert_eq!((mail.why, mail.times), (Some(Why::Answered), 1));
}

#[test]
fn a_lost_answer_does_not_take_the_next_time_with_it() {
    let (world, node) = World::new(Server::gmail());
    world.server.order(Fault::RequestLost);
    let id = world.schedule(&node, world.server.letter("Again"), daily("FREQ=DAILY"), FIRST);
    world.set(FIRST, &[&node]);
    node.until(id, ScheduledState::Unclear);
    for pause in [2, 5, 15] {
        let before = node.flight(id).len();
        world.advance(pause * SECOND, &[&node]);
        wait(|| node.flight(id).len(), |lines| *lines > before);
    }
    let mail = wait(|| node.mail(id), |mail| mail.times == 1);
    assert_eq!((mail.state, mail.due_at), (ScheduledState::Scheduled, Some(FIRST + DAY)));
    world.set(FIRST + DAY, &[&node]);
    wait(|| node.mail(id), |mail| mail.times == 2);
    assert_eq!(world.server.count("Again"), 2);
}

#[test]
fn pressed_twice_is_once() {
    let (world, node) = World::new(Server::gmail());
    let id = world.schedule(&node, world.server.letter("Again"), daily("FREQ=DAILY"), FIRST);
    let act = |action| node.block(node.app.jobs.act(account(), id, action));
    let conflict = |done| matches!(done, Err(waxwing_backend::jobs::act::ActError::Conflict(_)));
    let seen = node.mail(id);
    let now = ScheduledAction::SendNow { seen: None }.on(&seen);
    act(now).unwrap();
    assert!(conflict(act(now)), "it is on its way, or was sent");
    // Its next time is the one that was seen: that it went meanwhile still shows.
    let mail = wait(|| node.mail(id), |mail| mail.times == 1 && mail.state == ScheduledState::Scheduled);
    assert_eq!(mail.due_at, seen.due_at);
    assert!(conflict(act(now)));
    assert_eq!((node.mail(id).due_at, world.server.count("Again")), (mail.due_at, 1));

    let skip = ScheduledAction::Skip { seen: None }.on(&mail);
    assert_eq!(act(skip).unwrap().due_at, Some(FIRST + DAY));
    assert!(conflict(act(skip)));
    assert_eq!(node.mail(id).due_at, Some(FIRST + DAY));

    // Seen when it was held.
    node.stop();
    world.set(FIRST + 3 * DAY + 10 * HOUR, &[]);
    let node = world.start();
    let held = node.until_held(id, Why::Late);
    let act = |action| node.block(node.app.jobs.act(account(), id, action));
    let skip = ScheduledAction::Skip { seen: None }.on(&held);
    assert_eq!(act(skip).unwrap().due_at, Some(FIRST + 4 * DAY));
    assert!(conflict(act(skip)));
    assert_eq!((node.mail(id).due_at, world.server.count("Again")), (Some(FIRST + 4 * DAY), 1));
}
