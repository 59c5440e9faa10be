//! Mailboxes that cannot be used when a reminder is due.

use std::sync::Arc;

use waxwing_protocol::api::{ReminderState, Trouble, WaitingAction, WaitingNews, WhyReminder};

use crate::node::{DAY, HOUR, MARA, MINUTE, Node, SECOND, World, wait, wish};
use crate::server::Fault;

/// The clock goes on, a minute at a time, until the reminder is back.
fn until_back(world: &World, node: &Node, id: uuid::Uuid) -> i64 {
    let began = world.now();
    wait(
        || {
            if node.row(id).lease.is_none() {
                world.advance(MINUTE, &[node]);
            }
            node.reminder(id).state
        },
        |state| *state == ReminderState::Back,
    );
    world.now() - began
}

#[test]
fn away_for_long_it_is_told_after_an_hour_all_the_same() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.trouble(Some(Trouble::Unreachable));
    world.advance(HOUR, &[&node]);
    let trouble = WhyReminder::Trouble { trouble: Trouble::Unreachable };
    let waits = wait(|| node.reminder(id), |it| it.why == Some(trouble));
    assert!(waits.due_at > Some(world.now()), "{waits:?}");
    let took = until_back(&world, &node, id);
    assert!((50 * MINUTE..130 * MINUTE).contains(&took), "{took}");
    assert_eq!(node.reminder(id).why, Some(trouble));
    assert_eq!((node.told(), world.server.notes().len()), (vec![(id, WaitingNews::Back)], 0));
    // It comes back after a month, and somebody had answered.
    world.server.trouble(None);
    world.server.answer(&sent.thread, &crate::node::ann(1), world.now());
    world.advance(30 * DAY, &[&node]);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    node.until(id, ReminderState::Answered);
}

#[test]
fn away_for_a_while_it_comes_with_its_note() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.trouble(Some(Trouble::Busy));
    world.advance(HOUR, &[&node]);
    wait(|| node.reminder(id), |it| it.why == Some(WhyReminder::Trouble { trouble: Trouble::Busy }));
    world.server.trouble(None);
    until_back(&world, &node, id);
    assert_eq!(node.reminder(id).why, Some(WhyReminder::NoAnswer));
    assert_eq!((node.told().len(), world.server.there(&sent.thread)), (1, 1));
}

#[test]
fn whoever_has_to_sign_in_is_told_at_its_time() {
    let (world, node) = World::new();
    let (id, _) = world.remind(&node, 1, HOUR);
    world.server.trouble(Some(Trouble::WrongPassword));
    world.advance(HOUR, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::NoMailbox));
    assert_eq!((node.told().len(), world.server.calls("put")), (1, 0));
}

#[test]
fn without_a_mailbox_it_is_kept_and_says_so_and_told() {
    let (world, node) = World::homeless(Arc::default());
    let (id, _) = world.remind(&node, 1, HOUR);
    let mail = node.mail(id);
    assert_eq!(mail.mailbox, None);
    assert_eq!(mail.reminder.and_then(|it| it.why), Some(WhyReminder::NoMailbox));
    world.advance(HOUR, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::NoMailbox));
    assert_eq!(node.told(), [(id, WaitingNews::Back)]);
    node.act(id, &WaitingAction::Done).unwrap();
}

#[test]
fn a_mailbox_that_is_connected_in_time_is_used() {
    let (mut world, node) = World::homeless(Arc::default());
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.mailbox = world.connect(&node, MARA);
    node.block(node.app.store.adopt_waiting(crate::node::account(), world.mailbox, MARA, world.now())).unwrap();
    assert_eq!(node.mail(id).reminder.and_then(|it| it.why), None);
    world.advance(HOUR, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::NoAnswer));
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn a_mail_of_an_alias_is_the_mailboxs_that_it_lies_in() {
    let (mut world, node) = World::homeless(Arc::default());
    let (mut sent, id) = (world.sent(1), world.id());
    sent.mail.sender = "sales@fjord.example".to_owned();
    sent.mail.account = Some(MARA.to_owned());
    node.put(id, &sent, wish(world.now() + HOUR)).unwrap();
    assert_eq!(node.mail(id).mailbox, None);
    world.mailbox = world.connect(&node, MARA);
    assert_eq!(node.mail(id).mailbox, Some(world.mailbox));
    world.advance(HOUR, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::NoAnswer));
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn lost_answers_make_no_second_note() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.order(Fault::AnswerLost);
    world.server.order(Fault::RequestLost);
    world.server.order(Fault::AnswerLost);
    world.advance(HOUR, &[&node]);
    wait(|| world.server.calls("put"), |puts| *puts == 1);
    until_back(&world, &node, id);
    assert_eq!((world.server.notes().len(), world.server.calls("put")), (1, 4));
    assert_eq!((node.reminder(id).times, node.told().len()), (1, 1));
    node.act(id, &WaitingAction::Done).unwrap();
    node.until_quiet(id);
    assert_eq!(world.server.there(&sent.thread), 0);
}

#[test]
fn a_note_that_cannot_be_taken_away_goes_later() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.trouble(Some(Trouble::Unreachable));
    node.act(id, &WaitingAction::Done).unwrap();
    wait(|| world.server.calls("take"), |takes| *takes > 0);
    wait(|| node.row(id), |row| row.lease.is_none());
    world.server.trouble(None);
    world.advance(HOUR, &[&node]);
    node.until_quiet(id);
    assert_eq!((world.server.there(&sent.thread), node.reminder(id).state), (0, ReminderState::Done));
}

#[test]
fn a_note_that_arrives_late_is_taken_away_all_the_same() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.order(Fault::Late);
    world.advance(HOUR, &[&node]);
    node.block(world.server.began.notified());
    node.act(id, &WaitingAction::Done).unwrap();
    world.server.ends.notify_one();
    let row = wait(|| node.row(id), |row| row.lease.is_none());
    assert!(row.due_at >= Some(world.now() + 15 * SECOND), "{row:?}");
    assert_eq!(world.server.calls("take"), 0);
    world.server.arrive();
    world.advance(MINUTE, &[&node]);
    node.until_quiet(id);
    assert_eq!((world.server.notes().len(), world.server.there(&sent.thread)), (1, 0));
}

#[test]
fn done_between_two_tries_what_was_on_its_way_has_time_to_arrive() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.server.order(Fault::Late);
    world.server.ends.notify_one();
    world.advance(HOUR, &[&node]);
    wait(|| node.row(id), |row| row.lease.is_none() && row.attempts == 1);
    node.act(id, &WaitingAction::Done).unwrap();
    assert!(node.row(id).due_at >= Some(world.now() + 15 * SECOND));
    world.server.arrive();
    world.advance(MINUTE, &[&node]);
    node.until_quiet(id);
    assert_eq!((world.server.notes().len(), world.server.there(&sent.thread)), (1, 0));
}

#[test]
fn a_note_waits_for_its_owner_to_sign_in_however_long_that_takes() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.trouble(Some(Trouble::RightMissing));
    node.act(id, &WaitingAction::Done).unwrap();
    for takes in 1..=120 {
        wait(|| world.server.calls("take"), |calls| *calls >= takes);
        wait(|| node.row(id), |row| row.lease.is_none());
        world.advance(6 * HOUR, &[&node]);
    }
    wait(|| node.row(id), |row| row.lease.is_none());
    assert!(node.row(id).note.is_some(), "it was forgotten");
    world.server.trouble(None);
    world.advance(6 * HOUR, &[&node]);
    node.until_quiet(id);
    assert_eq!(world.server.there(&sent.thread), 0);
}

#[test]
fn a_note_goes_as_soon_as_its_owner_signed_in_again() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.trouble(Some(Trouble::GrantRevoked));
    node.act(id, &WaitingAction::Done).unwrap();
    let soon = world.now() + MINUTE;
    wait(|| node.row(id), |row| row.lease.is_none() && row.due_at > Some(soon));
    world.server.trouble(None);
    assert_eq!(world.connect(&node, MARA), world.mailbox);
    wait(|| node.row(id), |row| row.due_at <= Some(soon));
    world.advance(MINUTE, &[&node]);
    node.until_quiet(id);
    assert_eq!((world.server.there(&sent.thread), world.server.notes().len()), (0, 1));
}
