//! Answers before and after a reminder is due.

use waxwing_protocol::api::{AnsweredHow, Condition, ReminderState, WaitingAction, WaitingNews, WhyReminder, Wish};

use crate::node::{DAY, HOUR, MINUTE, START, World, account, ann, wait, wish};

#[test]
fn answered_before_it_was_due_nobody_is_reminded() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, DAY);
    // Nothing has looked at the mailbox since.
    world.server.answer(&sent.thread, &ann(1), START + DAY - 1);
    world.advance(DAY, &[&node]);
    let reminder = node.until(id, ReminderState::Answered);
    assert_eq!((reminder.times, reminder.due_at), (0, None));
    assert!(world.server.notes().is_empty());
    assert_eq!(node.told(), [(id, WaitingNews::Answered)]);
    assert_eq!(node.mail(id).answered.map(|answered| answered.how), Some(AnsweredHow::Thread));
}

#[test]
fn answered_by_an_alias_in_a_new_conversation_is_answered() {
    let (world, node) = World::new();
    let (id, _) = world.remind(&node, 1, DAY);
    world.server.answer("18f0ffffffffffff", "Ann <ann1+phone@lake.example>", START + HOUR);
    world.advance(DAY, &[&node]);
    node.until(id, ReminderState::Answered);
    assert!(world.server.notes().is_empty());
}

#[test]
fn a_stranger_and_a_machine_answer_nothing() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, DAY);
    world.server.answer(&sent.thread, "stranger@elsewhere.example", START + HOUR);
    let raw = format!("From: {}\nSubject: Automatic reply: x\nAuto-Submitted: auto-replied\n\nThank you.\n", ann(1));
    world.server.deliver(&sent.thread, START + HOUR, &raw);
    world.advance(DAY, &[&node]);
    node.until(id, ReminderState::Back);
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn answered_since_it_came_back_the_note_goes() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.answer(&sent.thread, &ann(1), world.now() + MINUTE);
    world.advance(2 * MINUTE, &[&node]);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    node.until(id, ReminderState::Answered);
    node.until_quiet(id);
    assert_eq!((world.server.there(&sent.thread), world.server.notes().len()), (0, 1));
    // That was no answer: it comes back at once, with a note of its own.
    node.act(id, &WaitingAction::NotAnAnswer).unwrap();
    let back = wait(|| node.reminder(id), |it| it.state == ReminderState::Back);
    assert_eq!((back.times, world.server.there(&sent.thread)), (2, 1));
    assert!(node.mail(id).answered.is_none());
}

#[test]
fn no_answer_after_all_goes_on_waiting() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, DAY);
    world.server.answer(&sent.thread, &ann(1), START + HOUR);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    node.until(id, ReminderState::Answered);
    let mail = node.act(id, &WaitingAction::NotAnAnswer).unwrap();
    let reminder = mail.reminder.unwrap();
    assert_eq!((reminder.state, reminder.due_at), (ReminderState::Waiting, Some(START + DAY)));
    // That mail is not taken again.
    world.advance(DAY, &[&node]);
    node.until(id, ReminderState::Back);
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn a_bounce_ends_it_and_is_told_at_once() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, DAY);
    let raw = format!(
        "From: MAILER-DAEMON@lake.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; lake.example\n\nFinal-Recipient: rfc822; {}\n\
         Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <m1@fjord.example>\n\n--b--\n",
        ann(1)
    );
    world.server.deliver(&sent.thread, START + MINUTE, &raw);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    let reminder = node.until(id, ReminderState::Off);
    assert_eq!(reminder.why, Some(WhyReminder::Bounced));
    assert_eq!(node.told(), [(id, WaitingNews::Bounced)]);
    world.advance(DAY, &[&node]);
    node.act(id, &WaitingAction::Dismiss).unwrap();
    node.act(id, &WaitingAction::Dismiss).unwrap();
    assert!(world.server.notes().is_empty());
    let page = node.block(node.app.store.waiting_counts(account())).unwrap();
    assert_eq!(page.0, 0, "looked at");
}

#[test]
fn a_reminder_of_what_was_answered_is_off_unless_it_comes_in_any_case() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, DAY);
    world.server.answer(&sent.thread, &ann(1), START + HOUR);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    let (other, always) = (world.id(), world.id());
    let mail = node.put(other, &sent, wish(START + DAY)).unwrap();
    assert_eq!((mail.id, mail.reminder.map(|it| it.state)), (id, Some(ReminderState::Answered)));
    let mail = node.put(always, &sent, Wish { condition: Condition::Always, ..wish(START + DAY) }).unwrap();
    assert_eq!(mail.reminder.map(|it| it.state), Some(ReminderState::Waiting));
}
