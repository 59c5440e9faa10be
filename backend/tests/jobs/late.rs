//! Late mails, by the rule of their sender.

use waxwing_protocol::api::{LateThen, ScheduledAction, ScheduledState, When, Why};

use crate::node::{DAY, HOUR, MINUTE, START, World, account, once};
use crate::server::Server;

#[test]
fn a_late_mail_goes_or_waits_as_its_sender_said() {
    let (world, node) = World::new(Server::gmail());
    let mut ids = Vec::new();
    for (name, minutes, then) in
        [("In time", 60, LateThen::Hold), ("Hold", 59, LateThen::Hold), ("Ask", 1, LateThen::Ask), ("Send", 1, LateThen::Send)]
    {
        let mut schedule = once(START + MINUTE);
        schedule.late = waxwing_protocol::api::Late { minutes, then };
        ids.push(world.schedule(&node, world.server.letter(name), schedule, START + MINUTE));
    }
    node.stop();
    // The backend was away for an hour.
    world.advance(HOUR + MINUTE, &[]);
    let node = world.start();
    node.until(ids[0], ScheduledState::Sent);
    node.until(ids[3], ScheduledState::Sent);
    for id in &ids[1..3] {
        node.until_held(*id, Why::Late);
    }
    let mut told = node.told();
    told.sort_by_key(|(id, _)| *id);
    let mut want = vec![(ids[1], ScheduledState::Held), (ids[2], ScheduledState::Held), (ids[3], ScheduledState::Sent)];
    want.sort_by_key(|(id, _)| *id);
    assert_eq!(told, want, "held ones are told, and what went late");
    // Its sender lets it go after all.
    node.block(node.app.jobs.act(account(), ids[1], ScheduledAction::SendNow { seen: None })).unwrap();
    node.until(ids[1], ScheduledState::Sent);
    assert_eq!(world.server.taken().len(), 3);
}

#[test]
fn a_window_that_is_open_is_never_late_and_one_that_is_over_comes_again() {
    let (world, node) = World::new(Server::gmail());
    let mut schedule = once(0);
    schedule.when = When::Within {
        days: vec!["MO".to_owned(), "TU".to_owned()],
        from: "09:00".to_owned(),
        to: "17:00".to_owned(),
        since: None,
        zone: "UTC".to_owned(),
    };
    schedule.late.minutes = 1;
    let monday = START + DAY + HOUR;
    let open = world.schedule(&node, world.server.letter("Open"), schedule.clone(), monday);
    node.stop();
    world.set(monday + 5 * HOUR, &[]);
    let node = world.start();
    node.until(open, ScheduledState::Sent);
    let over = world.schedule(&node, world.server.letter("Over"), schedule, monday + 6 * HOUR);
    node.stop();
    world.set(monday + 9 * HOUR, &[]);
    let node = world.start();
    node.until_lines(over, "rescheduled", "window", 1);
    let tuesday = monday + DAY;
    assert_eq!(node.mail(over).due_at, Some(tuesday));
    world.set(tuesday, &[&node]);
    node.until(over, ScheduledState::Sent);
}
