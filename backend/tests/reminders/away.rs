//! Absences: a reminder moves to the working day after, and back when its user says so.

use waxwing_protocol::api::{ReminderSettings, ReminderState, WaitingAction, When, WhyReminder, Wish};

use crate::node::{DAY, HOUR, Node, START, World, account, ann, wish};

/// 2026-12-12T12:00:00Z, a Saturday.
const TWELFTH: i64 = 1_797_076_800_000;

fn away(world: &World, node: &Node, thread: &str, until: &str) {
    let raw = format!(
        "From: {}\nTo: mara@fjord.example\nSubject: Automatic reply: Offer\nAuto-Submitted: auto-replied\n\
         Date: Sun, 22 Nov 2026 09:00:00 +0000\nContent-Type: text/plain\n\nI am out of the office until {until}.\n",
        ann(1)
    );
    world.server.deliver(thread, START + HOUR, &raw);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
}

#[test]
fn out_of_office_until_the_twelfth_moves_it_and_can_be_undone() {
    let (world, node) = World::new();
    let settings = ReminderSettings { zone: Some("Europe/Oslo".to_owned()), ..ReminderSettings::default() };
    node.block(node.app.store.set_reminder_settings(account(), &settings)).unwrap();
    let sent = world.sent(1);
    let id = world.id();
    let when = When::At { wall: "2026-11-24T10:30:00".to_owned(), zone: "Europe/Oslo".to_owned() };
    node.put(id, &sent, Wish { when, ..wish(0) }).unwrap();
    let asked = node.reminder(id).due_at;
    away(&world, &node, &sent.thread, "12 December");
    let moved = node.reminder(id);
    assert_eq!(moved.why, Some(WhyReminder::Away { until: TWELFTH }));
    assert_eq!(moved.moved_from, asked);
    // Monday the 14th, 10:30 in Oslo.
    assert_eq!(moved.due_at, Some(TWELFTH + 2 * DAY - 2 * HOUR - HOUR / 2));
    assert_eq!(node.mail(id).away_until, Some(TWELFTH));
    world.set(asked.unwrap(), &[&node]);
    let mail = node.act(id, &WaitingAction::NotAway).unwrap();
    assert_eq!((mail.away_until, mail.reminder.map(|it| it.moved_from)), (None, Some(None)));
    node.until(id, ReminderState::Back);
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn an_absence_never_makes_a_reminder_come_earlier() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, 40 * DAY);
    away(&world, &node, &sent.thread, "12 December");
    let reminder = node.reminder(id);
    assert_eq!((reminder.due_at, reminder.moved_from, reminder.why), (Some(START + 40 * DAY), None, None));
    assert!(node.told().is_empty());
}
