//! What its user says of a mail that is waited for: done, later, off, and that something was wrong.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::api::{ReminderState, WaitingMail, WhyReminder, problem};

use super::letters::Letters;
use super::{ANN, DAY, HOUR, act, asked, good, list, now, put, refused, state};
use crate::support::{Browser, START, TestBackend, expect_problem, until};

struct World {
    backend: TestBackend,
    me: Browser,
    mailbox: Uuid,
    letters: Arc<Letters>,
}

impl World {
    async fn new() -> Self {
        let backend = TestBackend::start().await;
        let me = backend.browser("me").await;
        let (mailbox, letters) = Letters::connect(&backend, &me).await;
        Self { backend, me, mailbox, letters }
    }

    /// A reminder of mail number `n`, in an hour. Its mail was found.
    async fn reminded(&self, n: u64) -> Uuid {
        let at = self.backend.clock.now();
        let id = good(put(&self.me, self.backend.uuid(), &asked(n, at, at + HOUR)).await).await.id;
        self.look().await;
        id
    }

    async fn look(&self) {
        self.backend.app.watch.catch_up(self.mailbox).await.unwrap();
    }

    /// The same, and its time has come.
    async fn back(&self, n: u64) -> Uuid {
        let id = self.reminded(n).await;
        self.backend.clock.advance(HOUR);
        self.backend.app.reminders.wake();
        self.until(id, ReminderState::Back).await;
        id
    }

    async fn until(&self, id: Uuid, wanted: ReminderState) {
        until(async || Some(now(&self.backend, &self.me, id).await).filter(|mail| state(mail) == wanted)).await;
    }

    async fn act(&self, id: Uuid, action: Value) -> WaitingMail {
        good(act(&self.me, id, &action).await).await
    }

    async fn no_notes(&self) {
        until(async || (self.letters.notes() == 0).then_some(())).await;
    }
}

/// At this instant.
fn later(at: i64) -> Value {
    json!({ "action": "snooze", "wish": { "when": { "kind": "instant", "at": at, "zone": "UTC" } } })
}

#[tokio::test]
async fn done_is_done_and_nothing_else_fits_any_more() {
    let world = World::new().await;
    for id in [world.reminded(1).await, world.back(2).await] {
        let done = world.act(id, json!({ "action": "done" })).await;
        assert_eq!((state(&done), done.reminder.as_ref().unwrap().due_at), (ReminderState::Done, None));
        assert_eq!(world.act(id, json!({ "action": "done" })).await, done, "twice");
        for action in ["off", "not_away", "not_an_answer", "dismiss"] {
            refused(&world.me, id, action).await;
        }
        let snooze = act(&world.me, id, &later(world.backend.clock.now() + DAY)).await;
        expect_problem(snooze, 409, problem::CONFLICT).await;
    }
    world.no_notes().await;
    let page = list(&world.me, "").await;
    assert_eq!((page.mails.len(), page.waiting, page.back), (0, 0, 0));
}

#[tokio::test]
async fn off_is_off_and_the_mail_is_waited_for_all_the_same() {
    let world = World::new().await;
    let id = world.reminded(1).await;
    let off = world.act(id, json!({ "action": "off" })).await;
    assert_eq!(state(&off), ReminderState::Off);
    assert_eq!(world.act(id, json!({ "action": "off" })).await, off, "twice");
    assert_eq!(list(&world.me, "").await.waiting, 1);
    expect_problem(act(&world.me, id, &later(START + DAY)).await, 409, problem::CONFLICT).await;
    // Another reminder may be set, and the mail be done with.
    let again = good(put(&world.me, world.backend.uuid(), &asked(1, START, START + DAY)).await).await;
    assert_eq!((again.id, state(&again)), (id, ReminderState::Waiting));
    world.act(id, json!({ "action": "off" })).await;
    world.act(id, json!({ "action": "done" })).await;
    assert_eq!(list(&world.me, "").await.waiting, 0);
}

#[tokio::test]
async fn later_takes_the_note_away_and_it_comes_again() {
    let world = World::new().await;
    let id = world.back(1).await;
    assert_eq!(list(&world.me, "list=back").await.mails.len(), 1);
    let at = world.backend.clock.now();
    for (wrong, status, name) in [
        (later(at - DAY), 422, problem::NO_TIME),
        (later(-1), 400, problem::BAD_REQUEST),
        (json!({ "action": "snooze" }), 400, problem::BAD_REQUEST),
        (json!({ "action": "snooze", "wish": { "when": { "kind": "never" } } }), 400, problem::BAD_REQUEST),
    ] {
        expect_problem(act(&world.me, id, &wrong).await, status, name).await;
    }
    assert_eq!((world.letters.notes(), list(&world.me, "").await.back), (1, 1), "nothing changed");
    let snoozed = world.act(id, later(at + HOUR)).await;
    assert_eq!((state(&snoozed), snoozed.reminder.unwrap().times), (ReminderState::Waiting, 1));
    world.no_notes().await;
    assert_eq!(list(&world.me, "list=back").await.mails.len(), 0);
    world.backend.clock.advance(HOUR);
    world.backend.app.reminders.wake();
    world.until(id, ReminderState::Back).await;
    assert_eq!(now(&world.backend, &world.me, id).await.reminder.unwrap().times, 2);
}

#[tokio::test]
async fn that_was_no_answer() {
    let world = World::new().await;
    let (id, other) = (world.reminded(1).await, world.reminded(2).await);
    refused(&world.me, id, "not_an_answer").await;
    let at = world.backend.clock.now();
    for n in [1, 2] {
        world.letters.deliver(n, at, &format!("From: {ANN}\nTo: me@example.org\nSubject: Re\nMessage-ID: <{n}@x>\n\nYes.\n"));
    }
    world.look().await;
    let answered = now(&world.backend, &world.me, id).await;
    assert_eq!((answered.answered.as_ref().unwrap().from.as_str(), state(&answered)), (ANN, ReminderState::Answered));
    for action in ["off", "not_away", "dismiss"] {
        refused(&world.me, id, action).await;
    }
    // One page each, of those that are answered.
    let first = list(&world.me, "list=answered&limit=1").await;
    let second = list(&world.me, &format!("list=answered&limit=1&before={}", first.next.unwrap())).await;
    let mut both = [first.mails[0].id, second.mails[0].id];
    both.sort_unstable();
    let mut want = [id, other];
    want.sort_unstable();
    assert_eq!((both, first.waiting), (want, 0));

    let waits = world.act(id, json!({ "action": "not_an_answer" })).await;
    assert_eq!((waits.answered.as_ref(), state(&waits)), (None, ReminderState::Waiting));
    refused(&world.me, id, "not_an_answer").await;
    world.look().await;
    assert_eq!(now(&world.backend, &world.me, id).await.answered, None, "that mail is never taken again");
}

#[tokio::test]
async fn it_did_arrive_and_it_was_looked_at() {
    let world = World::new().await;
    let id = world.reminded(1).await;
    refused(&world.me, id, "dismiss").await;
    let report = format!(
        "From: MAILER-DAEMON@mx.example\nTo: me@example.org\nMessage-ID: <b@mx>\nSubject: Undelivered\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: 5.1.1\n\n--b\n\
         Content-Type: text/rfc822-headers\n\nMessage-ID: <m1@example.org>\n\n--b--\n"
    );
    world.letters.deliver(1, world.backend.clock.now(), &report);
    world.look().await;
    let bounced = now(&world.backend, &world.me, id).await;
    assert_eq!(bounced.bounced.as_ref().unwrap().failed, [ANN]);
    assert_eq!(bounced.reminder.as_ref().unwrap().why, Some(WhyReminder::Bounced));
    assert_eq!(list(&world.me, "list=back").await.back, 1);
    let dismissed = world.act(id, json!({ "action": "dismiss" })).await;
    assert_eq!(world.act(id, json!({ "action": "dismiss" })).await, dismissed, "twice");
    assert_eq!(list(&world.me, "list=back").await.back, 0);
    let arrived = world.act(id, json!({ "action": "not_an_answer" })).await;
    assert_eq!((arrived.bounced.as_ref(), state(&arrived)), (None, ReminderState::Waiting));
    for action in ["dismiss", "not_an_answer", "not_away"] {
        refused(&world.me, id, action).await;
    }
}

#[tokio::test]
async fn of_nobody_elses_and_of_none() {
    let world = World::new().await;
    let other = world.backend.browser("other").await;
    let (id, done) = (world.reminded(1).await, json!({ "action": "done" }));
    for missing in [world.backend.uuid().to_string(), "x".to_owned(), "%00".to_owned()] {
        expect_problem(act(&world.me, missing, &done).await, 404, problem::NOT_FOUND).await;
    }
    expect_problem(act(&other, id, &done).await, 404, problem::NOT_FOUND).await;
    for wrong in [json!({}), json!([]), json!(null), json!({ "action": "undo" }), json!({ "action": 7 }), json!("done")] {
        expect_problem(act(&world.me, id, &wrong).await, 400, problem::BAD_REQUEST).await;
    }
    let path = format!("/waiting/{id}/action");
    let large = json!({ "action": "done", "more": "x".repeat(20_000) });
    expect_problem(act(&world.me, id, &large).await, 413, problem::TOO_LARGE).await;
    assert_eq!(world.me.call(Method::POST, &path).body("{}").send().await.unwrap().status(), 415);
    assert_eq!(world.me.get(&path).await.status(), 405);
    let stranger = world.backend.client.post(format!("{}/api/v1{path}", world.backend.url)).json(&done).send().await.unwrap();
    expect_problem(stranger, 401, problem::UNAUTHORIZED).await;
    assert_eq!(state(&now(&world.backend, &world.me, id).await), ReminderState::Waiting);
}
