//! What its user wants of a reminder: done, later, off; and what does not fit.

use uuid::Uuid;
use waxwing_backend::reminders::ask::AskError;
use waxwing_protocol::api::{ReminderState, WaitingAction, WaitingNews, WhyReminder};

use crate::node::{DAY, HOUR, Node, START, World, account, wait, wish};

fn refused(node: &Node, id: Uuid, action: &WaitingAction) {
    let before = node.mail(id);
    let error = node.act(id, action).unwrap_err();
    assert!(matches!(error, AskError::Conflict), "{action:?}: {error:?}");
    assert_eq!(node.mail(id), before, "{action:?}");
}

#[test]
fn done_takes_the_note_away_and_ends_the_wait() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (1, 0));
    let mail = node.act(id, &WaitingAction::Done).unwrap();
    assert_eq!(mail.reminder.map(|it| it.state), Some(ReminderState::Done));
    node.until_quiet(id);
    assert_eq!(world.server.there(&sent.thread), 0);
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (0, 0));
    // Twice is once; the rest does not fit any more.
    node.act(id, &WaitingAction::Done).unwrap();
    for action in [
        WaitingAction::Snooze { wish: wish(START + DAY) },
        WaitingAction::Off,
        WaitingAction::NotAway,
        WaitingAction::NotAnAnswer,
        WaitingAction::Dismiss,
    ] {
        refused(&node, id, &action);
    }
    assert_eq!(node.told(), [(id, WaitingNews::Back)]);
}

#[test]
fn later_takes_the_note_away_and_brings_it_back_then() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    let past = node.act(id, &WaitingAction::Snooze { wish: wish(START) }).unwrap_err();
    assert!(matches!(past, AskError::NoTime(_)), "{past:?}");
    let mail = node.act(id, &WaitingAction::Snooze { wish: wish(START + DAY) }).unwrap();
    let reminder = mail.reminder.unwrap();
    assert_eq!((reminder.state, reminder.due_at), (ReminderState::Waiting, Some(START + DAY)));
    node.until_quiet(id);
    assert_eq!(world.server.there(&sent.thread), 0);
    world.set(START + DAY, &[&node]);
    let back = wait(|| node.reminder(id), |it| it.state == ReminderState::Back);
    assert_eq!((back.times, world.server.there(&sent.thread), world.server.notes().len()), (2, 1, 2));
}

#[test]
fn switched_off_it_does_not_come_and_the_mail_is_waited_for() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    let mail = node.act(id, &WaitingAction::Off).unwrap();
    assert_eq!(mail.reminder.and_then(|it| it.why), Some(WhyReminder::Switched));
    node.act(id, &WaitingAction::Off).unwrap();
    world.advance(2 * HOUR, &[&node]);
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (0, 1));
    // Set again by another wish, it comes.
    node.put(id, &sent, wish(START + DAY)).unwrap();
    world.advance(DAY, &[&node]);
    node.until(id, ReminderState::Back);
    assert_eq!(world.server.notes().len(), 1);
}

#[test]
fn a_mail_without_a_reminder_can_be_done_with() {
    let (world, node) = World::new();
    let (id, _) = world.remind(&node, 1, HOUR);
    node.act(id, &WaitingAction::Off).unwrap();
    node.act(id, &WaitingAction::Done).unwrap();
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (0, 0));
    assert_eq!(node.reminder(id).state, ReminderState::Off);
}

#[test]
fn of_mails_that_are_not_there_nothing_is_done() {
    let (world, node) = World::new();
    let error = node.act(world.id(), &WaitingAction::Done).unwrap_err();
    assert!(matches!(error, AskError::Unknown), "{error:?}");
}
