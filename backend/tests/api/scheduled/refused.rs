//! What is refused, and that nothing of it is kept.

use reqwest::Method;
use serde_json::{Value, json};
use waxwing_protocol::api::{MailboxState, ScheduledPage, Trouble, problem};

use super::postbox::{Postbox, put as asked};
use super::{TOMORROW, good, put};
use crate::support::{START, TestBackend, expect_problem};

#[tokio::test]
async fn times_that_are_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("msg-a:r1", "s");
    let at = |wall: &str, zone: &str| json!({ "kind": "at", "wall": wall, "zone": zone });
    let repeat = |rule: &str| json!({ "kind": "repeat", "rule": rule, "start": TOMORROW, "zone": "UTC" });
    let within =
        |days: Value, from: &str, to: &str| json!({ "kind": "within", "days": days, "from": from, "to": to, "zone": "UTC" });
    let (gone, form) = ((422, problem::NO_TIME), (400, problem::BAD_REQUEST));
    for (when, (status, name)) in [
        (at("2026-11-22T07:58:00", "UTC"), gone),
        (at("1969-01-01T00:00:00", "UTC"), gone),
        (at(TOMORROW, "Europe/Atlantis"), gone),
        (at(TOMORROW, ""), gone),
        (at(TOMORROW, "../../etc/passwd"), gone),
        (at(TOMORROW, "Europe/Paris\0"), form),
        (at(TOMORROW, &"x".repeat(600)), form),
        (at("2026-02-30T09:00:00", "UTC"), form),
        (at("10000-01-01T00:00:00", "UTC"), form),
        (at("tomorrow", "UTC"), form),
        (at("", "UTC"), form),
        (json!({ "kind": "instant", "at": START - 120_000, "zone": "UTC" }), gone),
        (json!({ "kind": "instant", "at": i64::MAX, "zone": "UTC" }), form),
        (json!({ "kind": "instant", "at": -1, "zone": "UTC" }), form),
        (json!({ "kind": "instant", "at": "soon", "zone": "UTC" }), form),
        (within(json!([]), "09:00", "17:00"), form),
        (within(json!(["XX"]), "09:00", "17:00"), form),
        (within(json!(["MO"]), "17:00", "09:00"), form),
        (within(json!(["MO"]), "09:00", "25:00"), form),
        (within(json!(["MO", "MO", "MO", "MO", "MO", "MO", "MO", "MO"]), "09:00", "17:00"), form),
        (repeat("FREQ=WEEKLY;BYDAY=XX,99MO"), form),
        (repeat("FREQ=SECONDLY"), form),
        (repeat("RRULE:"), form),
        (repeat("FREQ=DAILY;UNTIL=20200101T000000Z"), gone),
        (repeat("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), gone),
        (json!({ "kind": "never" }), form),
        (json!(null), form),
    ] {
        let mut ask = serde_json::to_value(asked(mailbox, "msg-a:r1", TOMORROW)).unwrap();
        ask["schedule"]["when"] = when.clone();
        let answer = me.call(Method::PUT, &format!("/scheduled/{}", backend.uuid())).json(&ask).send().await.unwrap();
        assert_eq!(answer.status(), status, "{when}");
        expect_problem(answer, status, name).await;
    }
    for (field, value) in [
        ("late", json!({ "minutes": 0, "then": "send" })),
        ("late", json!({ "minutes": 10_081, "then": "send" })),
        ("late", json!({ "minutes": 5, "then": "shrug" })),
        ("holidays", json!(["XX"])),
        ("holidays", json!(["2026-13-01"])),
        ("holidays", json!(vec!["2026-12-24"; 500])),
        ("phrase", json!(7)),
    ] {
        let mut ask = serde_json::to_value(asked(mailbox, "msg-a:r1", TOMORROW)).unwrap();
        ask["schedule"][field] = value.clone();
        let answer = me.call(Method::PUT, &format!("/scheduled/{}", backend.uuid())).json(&ask).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{field} {value}");
    }
    let page: ScheduledPage = me.read("/scheduled").await;
    assert_eq!((page.scheduled.len(), page.waiting), (0, 0), "nothing of it was kept");
    assert_eq!(backend.app.store.access(mailbox, i64::MAX, 10).await.unwrap(), [], "no mailbox was asked for it");
}

#[tokio::test]
async fn drafts_that_cannot_be_sent() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    for (draft, raw, detail) in [
        ("r1", "From: me@example.org\nSubject: s\n\ntext\n", "no_recipients"),
        ("r2", "From: me@example.org\nTo: undisclosed-recipients:;\n\ntext\n", "no_recipients"),
        ("r3", "From: me@example.org\nTo: a@example.org\nContent-Type: text/html\n\n<div><br></div>\n", "empty"),
        ("r4", "From: me@example.org\nTo: ann\n\ntext\n", "unreadable"),
        ("r5", "To: a@example.org\n\ntext\n", "unreadable"),
        ("r6", "\0\0\0", "unreadable"),
        ("r7", "", "unreadable"),
    ] {
        postbox.put(draft, raw);
        let answer = put(&me, backend.uuid(), &asked(mailbox, draft, TOMORROW)).await;
        let problem = expect_problem(answer, 422, problem::DRAFT_UNFIT).await;
        assert_eq!(problem.detail.as_deref(), Some(detail), "{raw:?}");
    }
    // A subject alone is something to send.
    postbox.put("r8", "From: me@example.org\nTo: a@example.org\nSubject: call me\n\n\n");
    good(put(&me, backend.uuid(), &asked(mailbox, "r8", TOMORROW)).await).await;
    expect_problem(put(&me, backend.uuid(), &asked(mailbox, "r9", TOMORROW)).await, 409, problem::DRAFT_UNKNOWN).await;
}

#[tokio::test]
async fn mailboxes_that_cannot_be_used() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("r1", "s");
    let (id, ask) = (backend.uuid(), asked(mailbox, "r1", TOMORROW));
    for (trouble, name) in [
        (Trouble::Unreachable, "unreachable"),
        (Trouble::RateLimited, "rate_limited"),
        (Trouble::GrantRevoked, "grant_revoked"),
    ] {
        postbox.fails(Some(trouble));
        let problem = expect_problem(put(&me, id, &ask).await, 502, problem::MAILBOX).await;
        assert_eq!(problem.detail.as_deref(), Some(name));
    }
    // From now on its owner has to sign in first: it is not asked again.
    postbox.fails(None);
    let row = backend.app.store.mailbox(mailbox).await.unwrap().unwrap();
    assert!(matches!(row.state, MailboxState::SignIn { trouble: Trouble::GrantRevoked, .. }));
    let problem = expect_problem(put(&me, id, &ask).await, 502, problem::MAILBOX).await;
    assert_eq!(problem.detail.as_deref(), Some("grant_revoked"));
    let page: ScheduledPage = me.read("/scheduled").await;
    assert_eq!(page.scheduled, []);
}

#[tokio::test]
async fn bodies_and_paths_that_are_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let path = format!("/scheduled/{}", backend.uuid());
    let ask = asked(backend.uuid(), "r1", TOMORROW);
    expect_problem(put(&me, "x", &ask).await, 400, problem::BAD_REQUEST).await;
    for body in [json!({}), json!([]), json!({ "mailbox": "x" }), json!("\0")] {
        expect_problem(me.call(Method::PUT, &path).json(&body).send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    let mut large = serde_json::to_value(&ask).unwrap();
    large["draft"]["subject"] = json!("x".repeat(10 * 1024 * 1024));
    // The backend closes before all of it is there: either the answer arrives, or the connection ends.
    if let Ok(answer) = me.call(Method::PUT, &path).json(&large).send().await {
        expect_problem(answer, 413, problem::TOO_LARGE).await;
    }
    assert_eq!(me.call(Method::PUT, &path).body("{}").send().await.unwrap().status(), 415);
    let stranger = backend.client.put(format!("{}/api/v1{path}", backend.url)).json(&ask).send().await.unwrap();
    expect_problem(stranger, 401, problem::UNAUTHORIZED).await;
    assert_eq!(me.delete(&path).await.status(), 405);
}
