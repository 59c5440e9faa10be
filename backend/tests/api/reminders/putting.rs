//! Setting a reminder: twice, changed, of a mail that has one, without a mailbox, and what is refused.

use reqwest::Method;
use serde_json::json;
use waxwing_protocol::api::{Condition, ReminderState, WaitingMail, problem};

use super::letters::Letters;
use super::{DAY, HOUR, asked, good, ids, list, now, put, state, wish};
use crate::support::{START, TestBackend, expect_problem, until};

#[tokio::test]
async fn a_reminder_is_set_once_and_can_be_changed() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    let (mailbox, _letters) = Letters::connect(&backend, &me).await;
    let (id, ask) = (backend.uuid(), asked(1, START, START + DAY));
    let set = good(put(&me, id, &ask).await).await;
    let reminder = set.reminder.as_ref().unwrap();
    assert_eq!((set.id, set.mailbox, reminder.id, reminder.state), (id, Some(mailbox), id, ReminderState::Waiting));
    assert_eq!((reminder.due_at, reminder.times, reminder.by_default), (Some(START + DAY), 0, false));
    // When its mail was looked for, nothing of it changes any more.
    until(async || now(&backend, &me, id).await.gmail.rfc_id).await;
    assert_eq!(good(put(&me, id, &ask).await).await.reminder, set.reminder);
    let later = super::PutReminder { wish: wish(START + 2 * DAY), ..ask.clone() };
    assert_eq!(good(put(&me, id, &later).await).await.reminder.unwrap().due_at, Some(START + 2 * DAY));
    assert_eq!(list(&me, "").await.waiting, 1);

    // A second one of the same mail takes its place; the first can no longer be changed.
    let second = backend.uuid();
    let again = good(put(&me, second, &asked(1, START, START + 3 * DAY)).await).await;
    assert_eq!((again.id, again.reminder.as_ref().unwrap().id), (id, second));
    let first = super::PutReminder { wish: wish(START + 5 * DAY), ..ask.clone() };
    expect_problem(put(&me, id, &first).await, 409, problem::CONFLICT).await;
    assert_eq!(list(&me, "").await.waiting, 1);

    // Another account's are its own, whatever their ids are.
    let theirs = good(put(&other, id, &ask).await).await;
    assert_eq!((theirs.mailbox, theirs.reminder.as_ref().unwrap().due_at), (None, Some(START + DAY)));
    assert_eq!(me.read::<WaitingMail>(&format!("/waiting/{id}")).await.reminder.unwrap().id, second);
}

#[tokio::test]
async fn of_tracked_mails_and_of_those_that_are_gone() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let message = me.send(&backend, "Dates").await;
    let of = |message| {
        let mut ask = asked(1, START, START + DAY);
        ask.mail.message = Some(message);
        ask.wish.condition = Condition::NotOpened;
        ask
    };
    let id = backend.uuid();
    let set = good(put(&me, id, &of(message)).await).await;
    assert_eq!((set.id, set.message, set.mailbox), (message, Some(message), None), "nobody watches for it, and it is kept");
    assert!(set.activity.is_some());
    // The id is this mail's.
    expect_problem(put(&me, id, &of(backend.uuid())).await, 409, problem::CONFLICT).await;
    // One that is not registered yet waits for it.
    let early = backend.uuid();
    let set = good(put(&me, backend.uuid(), &of(early)).await).await;
    assert_eq!((set.id, set.message), (early, None));
    // One that was deleted is gone, for what is new and for what is changed.
    assert_eq!(me.delete(&format!("/messages/{message}")).await.status(), 204);
    for id in [id, backend.uuid()] {
        expect_problem(put(&me, id, &of(message)).await, 410, problem::GONE).await;
    }
    assert_eq!(me.get(&format!("/waiting/{message}")).await.status(), 404);
}

#[tokio::test]
async fn what_was_in_time_when_the_mail_was_sent_is_due_now() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (_, letters) = Letters::connect(&backend, &me).await;
    let id = backend.uuid();
    good(put(&me, id, &asked(1, START - 2 * DAY, START - DAY)).await).await;
    until(async || Some(()).filter(|()| letters.notes() == 1)).await;
    let back = until(async || Some(now(&backend, &me, id).await).filter(|mail| state(mail) == ReminderState::Back)).await;
    assert_eq!(back.reminder.unwrap().times, 1);
    // Over before the mail was sent: it was never meant.
    expect_problem(put(&me, backend.uuid(), &asked(2, START - DAY, START - 2 * DAY)).await, 422, problem::NO_TIME).await;
}

#[tokio::test]
async fn wishes_that_are_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (gone, form) = ((422, problem::NO_TIME), (400, problem::BAD_REQUEST));
    let at = |wall: &str, zone: &str| json!({ "when": { "kind": "at", "wall": wall, "zone": zone } });
    let instant = |at: i64| json!({ "kind": "instant", "at": at, "zone": "UTC" });
    let good = instant(START + DAY);
    for (wish, (status, name)) in [
        (at("2026-11-23T09:00:00", "Europe/Atlantis"), gone),
        (at("2026-11-23T09:00:00", "../../etc/passwd"), gone),
        (at("2026-11-23T09:00:00", "Europe/Paris\0"), form),
        (at("2026-02-30T09:00:00", "UTC"), form),
        (at("tomorrow", "UTC"), form),
        (at("", ""), form),
        (at(&"x".repeat(600), "UTC"), form),
        (json!({ "when": instant(i64::MAX) }), form),
        (json!({ "when": instant(-1) }), form),
        (json!({ "when": good, "every_days": 0 }), form),
        (json!({ "when": good, "every_days": 91 }), form),
        (json!({ "when": good, "every_days": -1 }), form),
        (json!({ "when": good, "condition": "perhaps" }), form),
        (json!({ "when": good, "condition": "not_opened" }), form),
        (json!({ "when": { "kind": "within", "days": ["MO"], "from": "09:00", "to": "17:00", "zone": "UTC" } }), form),
        (json!({ "when": { "kind": "repeat", "rule": "FREQ=DAILY", "start": "2026-11-23T09:00:00", "zone": "UTC" } }), form),
        (json!({ "when": { "kind": "never" } }), form),
        (json!({}), form),
        (json!(null), form),
    ] {
        let mut ask = serde_json::to_value(asked(1, START, START + DAY)).unwrap();
        ask["wish"] = wish.clone();
        let answer = me.call(Method::PUT, &format!("/reminders/{}", backend.uuid())).json(&ask).send().await.unwrap();
        assert_eq!(answer.status(), status, "{wish}");
        expect_problem(answer, status, name).await;
    }
    for sent_at in [json!(-1), json!(i64::MAX), json!("soon"), json!(null)] {
        let mut ask = serde_json::to_value(asked(1, START, START + DAY)).unwrap();
        ask["mail"]["sent_at"] = sent_at;
        let answer = me.call(Method::PUT, &format!("/reminders/{}", backend.uuid())).json(&ask).send().await.unwrap();
        expect_problem(answer, 400, problem::BAD_REQUEST).await;
    }
    assert_eq!(list(&me, "").await.mails, [], "nothing of it was kept");
}

#[tokio::test]
async fn bodies_paths_and_callers_that_are_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (path, ask) = (format!("/reminders/{}", backend.uuid()), asked(1, START, START + DAY));
    for id in ["x", "00000000-0000-0000-0000-00000000000", "%00", "é"] {
        expect_problem(put(&me, id, &ask).await, 400, problem::BAD_REQUEST).await;
    }
    for body in [json!({}), json!([]), json!({ "mail": 7 }), json!("\0"), json!(null)] {
        expect_problem(me.call(Method::PUT, &path).json(&body).send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    let mut large = ask.clone();
    large.mail.content.subject = "x".repeat(2 * 1024 * 1024);
    // The backend closes before all of it is there: either the answer arrives, or the connection ends.
    if let Ok(answer) = me.call(Method::PUT, &path).json(&large).send().await {
        expect_problem(answer, 413, problem::TOO_LARGE).await;
    }
    assert_eq!(me.call(Method::PUT, &path).body("{}").send().await.unwrap().status(), 415);
    for method in [Method::GET, Method::DELETE, Method::POST] {
        assert_eq!(me.call(method, &path).send().await.unwrap().status(), 405);
    }
    for token in [None, Some("nonsense")] {
        let call = backend.client.put(format!("{}/api/v1{path}", backend.url)).json(&ask);
        let call = if let Some(token) = token { call.bearer_auth(token) } else { call };
        expect_problem(call.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
    }
    assert_eq!(list(&me, "").await.mails, []);
}

#[tokio::test]
async fn hostile_text_is_kept_as_text_and_cut() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut ask = asked(1, START, START + HOUR);
    ask.mail.content.subject = format!("<img src=x>\0\u{202e}{}", "y".repeat(20_000));
    ask.mail.gmail.rfc_id = Some("no id at all".to_owned());
    ask.wish.phrase = Some("p".repeat(1_000));
    let kept = good(put(&me, backend.uuid(), &ask).await).await;
    assert!(kept.content.subject.starts_with("<img src=x>\u{fffd}") && kept.content.subject.chars().count() == 10_000);
    assert_eq!(kept.reminder.unwrap().wish.phrase.unwrap().len(), 200);
    assert_ne!(kept.gmail, ids(1));
}
