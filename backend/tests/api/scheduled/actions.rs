//! `POST /scheduled/{id}/action`, and what comes of a mail that is sent.

use serde_json::json;
use uuid::Uuid;
use waxwing_domain::strip::find_marks_in_html;
use waxwing_protocol::api::{MessagePage, ScheduledState, When, Why, problem};

use super::postbox::{Postbox, put as asked, schedule};
use super::{TOMORROW, act, detail, good, put};
use crate::support::{TestBackend, expect_problem, until};

#[tokio::test]
async fn cancelled_twice_and_nothing_else_then() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("r1", "s");
    let id = backend.uuid();
    good(put(&me, id, &asked(mailbox, "r1", TOMORROW)).await).await;

    let cancel = json!({ "action": "cancel" });
    expect_problem(act(&ann, id, &cancel).await, 404, problem::NOT_FOUND).await;
    expect_problem(act(&me, Uuid::nil(), &cancel).await, 404, problem::NOT_FOUND).await;
    expect_problem(act(&me, "x", &cancel).await, 404, problem::NOT_FOUND).await;
    for body in [json!({ "action": "explode" }), json!({}), json!("cancel"), json!(null)] {
        expect_problem(act(&me, id, &body).await, 400, problem::BAD_REQUEST).await;
    }
    expect_problem(act(&me, id, &json!({ "action": "x".repeat(5_000) })).await, 413, problem::TOO_LARGE).await;
    for action in ["was_sent", "send_again", "skip", "dismiss"] {
        expect_problem(act(&me, id, &json!({ "action": action })).await, 409, problem::CONFLICT).await;
    }

    let cancelled = good(act(&me, id, &cancel).await).await;
    assert_eq!((cancelled.state, cancelled.why, cancelled.due_at), (ScheduledState::Cancelled, Some(Why::Cancelled), None));
    assert_eq!(good(act(&me, id, &cancel).await).await, cancelled);
    let told: Vec<_> = detail(&me, id).await.flight.into_iter().map(|line| line.what).collect();
    assert_eq!(told, ["scheduled", "cancelled"]);
    for action in ["send_now", "was_sent", "send_again", "skip", "dismiss"] {
        expect_problem(act(&me, id, &json!({ "action": action })).await, 409, problem::CONFLICT).await;
    }
    assert_eq!(postbox.sent().len(), 0);
}

#[tokio::test]
async fn sent_now_once_tracked_and_found_again() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("r1", "Plans");
    postbox.shut();
    let (id, ask) = (backend.uuid(), asked(mailbox, "r1", TOMORROW));
    good(put(&me, id, &ask).await).await;
    let now = json!({ "action": "send_now" });
    good(act(&me, id, &now).await).await;

    // While it is being handed over nothing can be said about it.
    until(async || (detail(&me, id).await.scheduled.state == ScheduledState::Sending).then_some(())).await;
    for action in ["send_now", "cancel", "was_sent", "send_again", "skip", "dismiss"] {
        expect_problem(act(&me, id, &json!({ "action": action })).await, 409, problem::CONFLICT).await;
    }
    expect_problem(put(&me, id, &asked(mailbox, "r1", "2026-11-25T09:00:00")).await, 409, problem::CONFLICT).await;
    let other = expect_problem(put(&me, backend.uuid(), &ask).await, 409, problem::CONFLICT).await;
    assert_eq!(other.scheduled, Some(id));
    postbox.open();
    let sent = until(async || {
        let now = detail(&me, id).await;
        (now.scheduled.state == ScheduledState::Sent).then_some(now)
    })
    .await;
    for action in ["send_now", "cancel", "was_sent", "send_again"] {
        expect_problem(act(&me, id, &json!({ "action": action })).await, 409, problem::CONFLICT).await;
    }

    // What left has a pixel and a wrapped link of the message that is registered.
    let mails = postbox.sent();
    assert_eq!(mails.len(), 1);
    let text = String::from_utf8(mails[0].raw.to_vec()).unwrap();
    assert!(text.starts_with(&format!("X-Waxwing-Id: {}\r\n", mails[0].trace.id)), "{text}");
    assert!(text.contains(&format!("\r\nMessage-ID: {}\r\n", mails[0].trace.rfc_id)), "{text}");
    assert_eq!(mails[0].recipients, ["ann@example.org"]);
    let message = sent.scheduled.message.unwrap();
    let html = text.split_once("\r\n\r\n").unwrap().1;
    let marks = find_marks_in_html(html, &me.paired.account.id);
    assert_eq!(marks.len(), 2, "{html}");
    assert!(marks.iter().all(|mark| mark.token().message == message));
    let page: MessagePage = me.read("/messages").await;
    assert_eq!(page.messages.iter().map(|it| (it.id, it.content.subject.as_str())).collect::<Vec<_>>(), [(message, "Plans")]);
    assert_eq!(page.messages[0].content.links[0].target, "https://example.org/a");
    assert!(html.contains(&me.pixel(message)), "{html}");
    backend.get(&me.pixel(message)).await;
    assert_eq!(me.detail_with(message, 1).await.hits.len(), 1);
}

#[tokio::test]
async fn a_time_of_what_repeats_is_left_out() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("r1", "s");
    let (id, mut ask) = (backend.uuid(), asked(mailbox, "r1", TOMORROW));
    ask.schedule = schedule(When::Repeat {
        rule: "FREQ=DAILY;COUNT=2".into(),
        start: TOMORROW.into(),
        zone: "UTC".into(),
        skip: Vec::new(),
        until_answered: false,
    });
    let first = good(put(&me, id, &ask).await).await;
    let skip = json!({ "action": "skip" });
    let second = good(act(&me, id, &skip).await).await;
    assert_eq!(second.due_at.unwrap() - first.due_at.unwrap(), 86_400_000);
    // There is none after the last one.
    let last = good(act(&me, id, &skip).await).await;
    assert_ne!(last.state, ScheduledState::Scheduled);
    assert_eq!(last.due_at, None);
    assert_eq!(postbox.sent().len(), 0);
}
