//! What becomes of notes when what they are about goes: a message that is deleted, a mailbox that is disconnected.

use uuid::Uuid;
use waxwing_backend::reminders::ask::AskError;
use waxwing_backend::store::reminders::NoteState;
use waxwing_backend::store::waiting::upkeep;
use waxwing_protocol::api::{ReminderState, Trouble, WaitingAction};

use crate::defaults::register;
use crate::node::{DAY, HOUR, MARA, MINUTE, Node, START, Sent, World, account, wait, wish};
use crate::server::Fault;

/// A tracked message and its reminder, in an hour.
fn tracked(world: &World, node: &Node) -> (Uuid, Uuid, Sent) {
    let (mut sent, message, reminder) = (world.sent(1), world.id(), world.id());
    register(node, message, &sent);
    sent.mail.message = Some(message);
    node.put(reminder, &sent, wish(START + HOUR)).unwrap();
    (message, reminder, sent)
}

fn delete(world: &World, node: &Node, message: Uuid) {
    node.block(node.app.store.delete_message(account(), message, world.now(), || {})).unwrap();
    node.app.reminders.wake();
}

/// What `DELETE /mailboxes/{id}` does, but for the grant.
fn disconnect(node: &Node, mailbox: Uuid) {
    let app = &node.app;
    node.block(async {
        app.reminders.leave(mailbox).await;
        let mut tx = app.store.write().await.unwrap();
        app.store.remove_mailbox(&mut tx, account(), mailbox, START).await.unwrap().unwrap();
        upkeep::leave(&mut tx, account(), mailbox, START).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_deleted_message_takes_its_note_along() {
    let (world, node) = World::new();
    let (message, reminder, sent) = tracked(&world, &node);
    world.advance(HOUR, &[&node]);
    node.until(message, ReminderState::Back);
    assert_eq!(world.server.there(&sent.thread), 1);
    delete(&world, &node, message);
    // Nobody sees it any more, and nothing is left that tells of it.
    assert!(node.block(node.app.reminders.mail(account(), message)).unwrap().is_none());
    let error = node.act(message, &WaitingAction::Done).unwrap_err();
    assert!(matches!(error, AskError::Unknown), "{error:?}");
    let error = node.put(reminder, &sent, wish(START + DAY)).unwrap_err();
    assert!(matches!(error, AskError::Gone), "{error:?}");
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (0, 0));
    let row = node.block(node.app.store.waiting_row(account(), message)).unwrap();
    assert!(row.is_none_or(|row| row.sender.is_empty() && row.rfc_id.is_none() && row.found.is_none()));
    assert_eq!(node.until_quiet(reminder).note_state, NoteState::None);
    assert_eq!(world.server.there(&sent.thread), 0);
    // Then the row goes too.
    node.block(node.app.store.tidy_waiting(world.now())).unwrap();
    assert!(node.block(node.app.store.waiting_row(account(), message)).unwrap().is_none());
    assert!(node.block(node.app.store.reminder(account(), reminder)).unwrap().is_none());
}

#[test]
fn deleted_while_its_note_is_put_the_note_goes() {
    for arrives in [false, true] {
        let (world, node) = World::new();
        let (message, reminder, sent) = tracked(&world, &node);
        world.server.order(if arrives { Fault::Slow } else { Fault::Late });
        world.advance(HOUR, &[&node]);
        node.block(world.server.began.notified());
        delete(&world, &node, message);
        world.server.ends.notify_one();
        wait(|| node.row(reminder), |row| row.lease.is_none());
        world.server.arrive();
        world.advance(MINUTE, &[&node]);
        node.until_quiet(reminder);
        assert_eq!((world.server.notes().len(), world.server.there(&sent.thread)), (1, 0));
        assert!(node.told().is_empty());
    }
}

#[test]
fn a_deleted_message_without_a_note_is_gone_at_once() {
    let (world, node) = World::new();
    let (message, reminder, _) = tracked(&world, &node);
    delete(&world, &node, message);
    assert!(node.block(node.app.store.waiting_row(account(), message)).unwrap().is_none());
    assert!(node.block(node.app.store.reminder(account(), reminder)).unwrap().is_none());
}

#[test]
fn a_mailbox_that_is_disconnected_keeps_no_note() {
    let (world, node) = World::new();
    let notes: Vec<_> = (0..10).map(|n| world.remind(&node, n, HOUR)).collect();
    world.advance(HOUR, &[&node]);
    for (id, _) in &notes {
        node.until(*id, ReminderState::Back);
    }
    disconnect(&node, world.mailbox);
    for (id, sent) in &notes {
        assert_eq!((world.server.there(&sent.thread), node.mail(*id).mailbox), (0, None));
        // It is still back, and its user can be done with it.
        assert_eq!((node.row(*id).note_state, node.reminder(*id).state), (NoteState::None, ReminderState::Back));
        node.act(*id, &WaitingAction::Done).unwrap();
    }
}

#[test]
fn a_mailbox_that_is_away_is_disconnected_all_the_same() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.server.trouble(Some(Trouble::Unreachable));
    disconnect(&node, world.mailbox);
    assert_eq!((world.server.there(&sent.thread), node.row(id).note_state), (1, NoteState::There));
    // Connected again, the note goes as it always would have.
    world.server.trouble(None);
    assert_eq!(world.connect(&node, MARA), world.mailbox);
    node.act(id, &WaitingAction::Done).unwrap();
    node.until_quiet(id);
    assert_eq!(world.server.there(&sent.thread), 0);
}
