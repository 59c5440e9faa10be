//! Reminders that are set without being asked for, and tracked mails.

use uuid::Uuid;
use waxwing_backend::reminders::ask::AskError;
use waxwing_backend::reminders::by_default;
use waxwing_backend::store::registration::Put;
use waxwing_backend::store::sql;
use waxwing_protocol::api::{
    Condition, DefaultOf, DefaultReminder, PutMessage, ReminderSettings, ReminderState, WaitingAction, WhyReminder, Wish,
};

use crate::node::{DAY, HOUR, Node, START, Sent, World, account, wish};

fn choose(node: &Node, of: DefaultOf) {
    let default = DefaultReminder { of, days: 2, time: "09:00".to_owned(), condition: Condition::NoAnswer };
    let settings =
        ReminderSettings { default: Some(default), zone: Some("Europe/Oslo".to_owned()), ..ReminderSettings::default() };
    node.block(node.app.store.set_reminder_settings(account(), &settings)).unwrap();
}

/// Registers a tracked mail.
pub(crate) fn register(node: &Node, id: Uuid, sent: &Sent) {
    let put = PutMessage {
        epoch: 0,
        sent_at: sent.mail.sent_at,
        scheduled: false,
        sender: sent.mail.sender.clone(),
        gmail: sent.mail.gmail.clone(),
        content: sent.mail.content.clone(),
        tracks: waxwing_protocol::api::Tracks::default(),
    };
    let done = node.block(node.app.store.put_message(account(), id, &put, sent.mail.sent_at)).unwrap();
    assert!(matches!(done, Put::Created(_) | Put::Updated(_) | Put::Unchanged), "{done:?}");
}

#[test]
fn every_tracked_mail_gets_its_reminder_once() {
    let (world, node) = World::new();
    choose(&node, DefaultOf::All);
    let (sent, id) = (world.sent(1), world.id());
    register(&node, id, &sent);
    register(&node, id, &sent);
    let mail = node.mail(id);
    let reminder = mail.reminder.unwrap();
    // Tuesday, 09:00 in Oslo.
    assert_eq!((mail.message, reminder.by_default, reminder.due_at), (Some(id), true, Some(START + 2 * DAY)));
    // Switched off, it stays off, whatever is told again.
    node.act(id, &WaitingAction::Off).unwrap();
    node.block(async {
        let mut tx = node.app.store.write().await.unwrap();
        assert_eq!(by_default(&mut tx, account(), id, Some(true), world.now()).await.unwrap(), None);
        tx.cancel().await.unwrap();
    });
    world.advance(3 * DAY, &[&node]);
    assert_eq!(node.reminder(id).state, ReminderState::Off);
    assert!(world.server.notes().is_empty());
}

#[test]
fn one_that_is_set_by_hand_takes_its_place() {
    let (world, node) = World::new();
    choose(&node, DefaultOf::All);
    let (mut sent, id, by_hand) = (world.sent(1), world.id(), world.id());
    register(&node, id, &sent);
    sent.mail.message = Some(id);
    let mail = node.put(by_hand, &sent, wish(START + HOUR)).unwrap();
    assert_eq!((mail.id, mail.reminder.map(|it| (it.id, it.by_default))), (id, Some((by_hand, false))));
    world.advance(3 * DAY, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).id, by_hand);
    assert_eq!(world.server.notes().len(), 1);
}

#[test]
fn set_before_its_mail_was_registered_it_is_the_mails() {
    let (world, node) = World::new();
    let (mut sent, id, reminder) = (world.sent(1), world.id(), world.id());
    sent.mail.message = Some(id);
    let mail = node.put(reminder, &sent, wish(START + HOUR)).unwrap();
    assert_eq!((mail.id, mail.message), (id, None));
    register(&node, id, &sent);
    assert_eq!(node.mail(id).message, Some(id));
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    assert_eq!(world.server.notes().len(), 1);
}

#[test]
fn replies_are_told_from_new_conversations() {
    let (world, node) = World::new();
    choose(&node, DefaultOf::Replies);
    let (mut reply, new) = (world.sent(1), world.sent(2));
    reply.mail.content.subject = "Re: Offer".to_owned();
    let (reply_id, new_id) = (world.id(), world.id());
    register(&node, reply_id, &reply);
    register(&node, new_id, &new);
    assert!(node.mail(reply_id).reminder.is_some());
    assert!(node.mail(new_id).reminder.is_none());
    // Found in the mailbox, the first turns out to begin a conversation, and the second to answer in one.
    node.block(async {
        let mut tx = node.app.store.write().await.unwrap();
        by_default(&mut tx, account(), reply_id, Some(false), world.now()).await.unwrap();
        by_default(&mut tx, account(), new_id, Some(true), world.now()).await.unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(node.reminder(reply_id).state, ReminderState::Off);
    assert_eq!(node.reminder(new_id).state, ReminderState::Waiting);
}

#[test]
fn not_opened_is_said_of_what_was_not_and_never_of_what_was() {
    let (world, node) = World::new();
    let totals = |id: Uuid, opens: u32, apple: u32| {
        node.block(async {
            let mut tx = node.app.store.write().await.unwrap();
            let sql = "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, seen, apple_hits, state) \
                       VALUES ($1, 'aaaaaa', $2, $2, 0, 0, $4, $3, 0)";
            sql::query(sql).bind(id).bind(opens).bind(apple).bind(Vec::new()).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        });
    };
    let mut ids = Vec::new();
    for n in 0..3 {
        let (mut sent, id) = (world.sent(n), world.id());
        register(&node, id, &sent);
        sent.mail.message = Some(id);
        node.put(world.id(), &sent, Wish { condition: Condition::NotOpened, ..wish(START + HOUR) }).unwrap();
        ids.push(id);
    }
    totals(ids[1], 0, 1);
    totals(ids[2], 1, 0);
    world.advance(HOUR, &[&node]);
    for id in &ids[..2] {
        assert_eq!(node.until(*id, ReminderState::Back).why, Some(WhyReminder::NotOpened));
    }
    assert_eq!(node.until(ids[2], ReminderState::Off).why, Some(WhyReminder::Opened));
    assert_eq!((world.server.notes().len(), node.told().len()), (2, 2));
}

#[test]
fn a_deleted_message_is_not_waited_for() {
    let (world, node) = World::new();
    let (mut sent, id) = (world.sent(1), world.id());
    register(&node, id, &sent);
    node.block(node.app.store.delete_message(account(), id, world.now(), || ())).unwrap();
    sent.mail.message = Some(id);
    let error = node.put(world.id(), &sent, wish(START + HOUR)).unwrap_err();
    assert!(matches!(error, AskError::Gone), "{error:?}");
}
