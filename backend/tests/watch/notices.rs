//! Bounces and automatic replies.

use waxwing_backend::store::waiting::State;
use waxwing_protocol::api::{Reminder, ReminderState, WaitingAction, WaitingNews, WhyReminder};

use crate::world::{ANN, DAY, HOUR, World, account, filed, letter, mail, rfc_id, thread};

/// A mail server's report about one recipient.
fn report(failed: &str, status: &str, original: Option<&str>) -> String {
    let original =
        original.map(|id| format!("\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n")).unwrap_or_default();
    format!(
        "From: MAILER-DAEMON@mx.example\nTo: mara@fjord.example\nMessage-ID: <{status}-{failed}>\nSubject: Undelivered\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {failed}\nAction: failed\nStatus: {status}\n{original}\n--b--\n"
    )
}

#[tokio::test]
async fn a_bounce_is_told_at_once_and_ends_the_reminder() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", Some(&rfc_id(1))));
    world.look().await;
    let bounced = world.row(id).await.bounced.unwrap();
    assert_eq!((bounced.soft, bounced.failed.as_slice()), (false, &["ann@acme.example".to_owned()][..]));
    assert_eq!((bounced.status.as_deref(), bounced.at), (Some("5.1.1"), world.now()));
    let reminder = world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap();
    assert_eq!((reminder.state, reminder.why), (ReminderState::Off, Some(WhyReminder::Bounced)));
    assert_eq!(world.told().await, [(id, WaitingNews::Bounced)]);
    world.stop().await;
}

async fn reminder(world: &World, id: uuid::Uuid) -> Reminder {
    world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap()
}

#[tokio::test]
async fn a_notice_that_anybody_could_write_leaves_the_reminder_on() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    // It names a recipient, and no mail; in the conversation and beside it.
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", None));
    world.postbox.deliver(Some(&thread(1)), world.now(), &report("ann@acme.example", "5.1.10", None));
    world.look().await;
    assert_eq!(reminder(&world, id).await.state, ReminderState::Waiting);
    let about = world.app.store.reminded_mail(account(), id).await.unwrap().unwrap();
    assert!(about.bounced && world.told().await.contains(&(id, WaitingNews::Bounced)));
    world.stop().await;
}

#[tokio::test]
async fn a_notice_that_says_no_reason_leaves_the_reminder_on() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.0.0", Some(&rfc_id(1))));
    world.look().await;
    assert!(world.row(id).await.bounced.unwrap().soft);
    assert_eq!(reminder(&world, id).await.state, ReminderState::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn what_did_arrive_is_reminded_of_again() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    let notice = report("ann@acme.example", "5.1.1", Some(&rfc_id(1)));
    world.postbox.deliver(None, world.now(), &notice);
    world.look().await;
    let off = reminder(&world, id).await;
    assert_eq!(off.state, ReminderState::Off);
    world.app.reminders.act(account(), id, &WaitingAction::NotAnAnswer).await.unwrap();
    let on = reminder(&world, id).await;
    assert_eq!((on.state, on.why), (ReminderState::Waiting, None));
    assert_eq!(on.due_at, Some(world.now() + 2 * DAY));
    assert!(world.row(id).await.bounced.is_none());
    // The same again changes nothing; and another is put off by hand.
    world.postbox.deliver(None, world.now(), &notice);
    world.look().await;
    assert!(world.row(id).await.bounced.is_none());
    world.postbox.deliver(None, world.now(), &notice.replace("Message-ID: <5.1.1-", "Message-ID: <other-"));
    world.look().await;
    assert_eq!(reminder(&world, id).await.state, ReminderState::Off);
    let action = WaitingAction::Snooze { wish: off.wish };
    world.app.reminders.act(account(), id, &action).await.unwrap();
    assert_eq!(reminder(&world, id).await.state, ReminderState::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn absences_move_a_reminder_by_so_much_and_no_more() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    let asked = reminder(&world, id).await.due_at.unwrap();
    let away = |day: &str| {
        letter("ann@acme.example", &format!("Subject: Automatic reply: {day}\nAuto-Submitted: auto-replied"))
            .replace("Hello.", &format!("I am out of the office until {day}."))
    };
    // A few days are quiet.
    world.postbox.deliver(Some(&thread(1)), world.now(), &away("1 December 2026"));
    world.look().await;
    assert!(reminder(&world, id).await.due_at > Some(asked) && world.told().await.is_empty());
    for day in ["20 May 2027", "11 August 2027"] {
        world.postbox.deliver(Some(&thread(1)), world.now(), &away(day));
        world.look().await;
        let moved = reminder(&world, id).await;
        assert_eq!((moved.due_at, moved.moved_from), (Some(asked + 60 * DAY), Some(asked)), "{day}");
    }
    assert_eq!(world.told().await, [(id, WaitingNews::Away)]);
    world.stop().await;
}

#[tokio::test]
async fn what_may_pass_leaves_the_reminder_on() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    let full = report("ann@acme.example", "5.2.2", Some(&rfc_id(1)));
    world.postbox.deliver(None, world.now(), &full);
    world.look().await;
    assert!(world.row(id).await.bounced.unwrap().soft);
    let reminder = world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap();
    assert_eq!(reminder.state, ReminderState::Waiting);
    // Again, and that it is only late: nothing new.
    world.postbox.deliver(None, world.now(), &full);
    let late = report("ann@acme.example", "4.4.1", Some(&rfc_id(1))).replace("Action: failed", "Action: delayed");
    world.postbox.deliver(None, world.now(), &late);
    world.look().await;
    assert_eq!(world.told().await, [(id, WaitingNews::Bounced)]);
    // And then for good.
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", Some(&rfc_id(1))));
    world.look().await;
    assert!(!world.row(id).await.bounced.unwrap().soft);
    let reminder = world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap();
    assert_eq!(reminder.state, ReminderState::Off);
    world.stop().await;
}

#[tokio::test]
async fn the_others_may_still_answer() {
    let world = World::new().await;
    let sent = mail(1, &[ANN, "bob@acme.example", "cy@acme.example"], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    // Two at once.
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", Some(&rfc_id(1))));
    world.postbox.deliver(None, world.now(), &report("bob@acme.example", "5.1.10", Some(&rfc_id(1))));
    world.look().await;
    let state = async || world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap().state;
    assert_eq!(world.row(id).await.bounced.unwrap().failed, ["ann@acme.example", "bob@acme.example"]);
    assert_eq!(state().await, ReminderState::Waiting);
    world.postbox.deliver(None, world.now(), &report("cy@acme.example", "5.1.1", Some(&rfc_id(1))));
    world.look().await;
    assert_eq!(world.row(id).await.bounced.unwrap().failed.len(), 3);
    assert_eq!(state().await, ReminderState::Off);
    world.stop().await;
}

#[tokio::test]
async fn what_anybody_could_have_written_adds_nothing_to_what_is_sure() {
    let world = World::new().await;
    let sent = mail(1, &[ANN, "bob@acme.example"], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    let state = async || world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap().state;
    // Somebody makes believe that Ann has none of it; Bob surely has not.
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", None));
    world.postbox.deliver(None, world.now(), &report("bob@acme.example", "5.1.1", Some(&rfc_id(1))));
    world.look().await;
    let bounced = world.row(id).await.bounced.unwrap();
    assert_eq!((bounced.failed.len(), bounced.guessed), (2, vec!["ann@acme.example".to_owned()]));
    assert_eq!(state().await, ReminderState::Waiting);
    // It was true.
    world.postbox.deliver(
        None,
        world.now(),
        &report("ann@acme.example", "5.1.1", Some(&rfc_id(1))).replace("<5.1.1-", "<again-"),
    );
    world.look().await;
    assert_eq!(world.row(id).await.bounced.unwrap().guessed, [""; 0]);
    assert_eq!(state().await, ReminderState::Off);
    world.stop().await;
}

#[tokio::test]
async fn a_bounce_is_of_the_mail_that_it_names() {
    let world = World::new().await;
    let (first, second) = (world.send(1, &[ANN]).await, world.send(2, &[ANN]).await);
    world.look().await;
    // Of another mail, of nobody who was written to, and in the conversation alone.
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", Some("other@fjord.example")));
    world.postbox.deliver(Some(&thread(2)), world.now(), &report("eve@evil.example", "5.1.1", None));
    world.look().await;
    assert!(world.row(first).await.bounced.is_none() && world.row(second).await.bounced.is_none());
    world.postbox.deliver(Some(&thread(1)), world.now(), &report("ann@acme.example", "5.1.1", None));
    world.look().await;
    assert!(world.row(first).await.bounced.is_some() && world.row(second).await.bounced.is_none());
    world.stop().await;
}

#[tokio::test]
async fn a_bounce_that_names_no_mail_is_of_the_newest_to_that_address() {
    let world = World::new().await;
    let first = world.send(1, &[ANN]).await;
    world.advance(HOUR);
    let second = world.send(2, &[ANN]).await;
    world.look().await;
    world.postbox.deliver(None, world.now(), &report("ann@acme.example", "5.1.1", None));
    world.look().await;
    assert!(world.row(first).await.bounced.is_none());
    assert!(world.row(second).await.bounced.is_some());
    world.stop().await;
}

#[tokio::test]
async fn an_absence_moves_the_reminder_once() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    let id = world.remind(&sent, false).await;
    world.look().await;
    let away = |day: &str| {
        letter("ann@acme.example", &format!("Subject: Automatic reply: Offer 1\nAuto-Submitted: auto-replied\nX-Day: {day}"))
            .replace("Hello.", &format!("I am out of the office until {day}."))
    };
    // A Friday.
    world.postbox.deliver(Some(&thread(1)), world.now(), &away("11 December 2026"));
    world.look().await;
    let row = world.row(id).await;
    let friday = 1_796_990_400_000; // 2026-12-11T12:00:00Z
    assert_eq!((row.state, row.away_until), (State::Waiting, Some(friday)));
    let reminder = world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap();
    assert_eq!(reminder.why, Some(WhyReminder::Away { until: friday }));
    let due = reminder.due_at.unwrap();
    // The Monday after it.
    assert_eq!(due.div_euclid(DAY), friday.div_euclid(DAY) + 3);
    assert_eq!(world.told().await, [(id, WaitingNews::Away)]);
    // Back to its own time: the same reply, told again, does not move it again.
    world.app.reminders.act(account(), id, &waxwing_protocol::api::WaitingAction::NotAway).await.unwrap();
    world.postbox.lose_history();
    world.look().await;
    let reminder = world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap();
    assert_ne!(reminder.due_at, Some(due));
    assert_eq!(world.row(id).await.away_until, None);
    world.stop().await;
}

#[tokio::test]
async fn an_absence_that_is_over_or_a_strangers_moves_nothing() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    let away = "Subject: Automatic reply\nAuto-Submitted: auto-replied";
    let until = |from: &str| letter(from, away).replace("Hello.", "I am away until 11 December 2026.");
    world.postbox.deliver(Some(&thread(1)), world.now(), &until("mallory@evil.example"));
    world.look().await;
    let received = world.now();
    world.advance(28 * DAY);
    world.postbox.deliver(Some(&thread(1)), received, &until("ann@acme.example"));
    world.look().await;
    assert_eq!(world.row(id).await.away_until, None);
    world.stop().await;
}
