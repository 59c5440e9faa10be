//! Accounts that are suspended, and a backend that is stopped for everybody: nothing is stored, sent or put by itself, links go on, and
//! nothing late goes without being asked once it goes on.

use reqwest::Method;
use serde_json::json;
use waxwing_backend::store::Store;
use waxwing_backend::store::people::{Bounds, Changed};
use waxwing_protocol::api::{ReminderState, ScheduledDetail, ScheduledState, Why, problem};

use crate::account_page::{page, send, sign_in, token};
use crate::scheduled::postbox::{Postbox, put as draft};
use crate::support::{Browser, START, TestBackend, expect_problem, message, store_options, until};

/// 2026-11-23T09:00:00Z.
const DUE: i64 = START + 25 * 3_600_000;

async fn suspend(backend: &TestBackend, me: &Browser, suspended: bool) {
    let now = backend.app.clock.now();
    assert_eq!(backend.app.store.set_suspended(me.account(), suspended, now).await.unwrap(), Changed::Done);
    backend.app.gate.closed.reload(&backend.app.store).await.unwrap();
}

async fn state(me: &Browser, id: uuid::Uuid) -> (ScheduledState, Option<Why>) {
    let detail: ScheduledDetail = me.read(&format!("/scheduled/{id}")).await;
    (detail.scheduled.state, detail.scheduled.why)
}

#[tokio::test]
async fn no_browser_is_let_into_a_suspended_account() {
    let backend = TestBackend::start().await;
    backend.account("boss").await;
    let me = backend.browser("me").await;
    let code = backend.code("me").await;
    suspend(&backend, &me, true).await;
    expect_problem(me.call(Method::POST, "/account/code").send().await.unwrap(), 403, problem::SUSPENDED).await;
    assert_eq!(me.get("/account").await.status(), 200, "what is about its rights goes on");
    expect_problem(backend.try_pair(&code).await, 403, problem::SUSPENDED).await;
    // The code was not used up.
    suspend(&backend, &me, false).await;
    assert_eq!(backend.try_pair(&code).await.status(), 200);
}

#[tokio::test]
async fn mails_and_reminders_of_a_suspended_account_stay_and_do_not_go_late() {
    let backend = TestBackend::start().await;
    backend.account("boss").await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let (others, others_postbox) = Postbox::connect(&backend, &other, "other@example.org").await;
    postbox.write("r1", "Plans");
    others_postbox.write("r1", "Plans");
    let (id, others_id) = (backend.uuid(), backend.uuid());
    for (browser, id, mailbox) in [(&me, id, mailbox), (&other, others_id, others)] {
        let put = browser.call(Method::PUT, &format!("/scheduled/{id}"));
        let put = put.json(&draft(mailbox, "r1", "2026-11-23T09:00:00")).send().await.unwrap();
        assert_eq!(put.status(), 200);
    }
    let reminder = backend.uuid();
    let content = json!({ "subject": "Offer", "recipients": [{ "kind": "to", "address": "ann@example.org" }], "links": [] });
    let mail = json!({ "sender": "me@example.org", "sent_at": START, "gmail": {}, "content": content });
    let wish = json!({ "when": { "kind": "instant", "at": DUE, "zone": "UTC" }, "condition": "always" });
    let put = me.call(Method::PUT, &format!("/reminders/{reminder}")).json(&json!({ "mail": mail, "wish": wish }));
    assert_eq!(put.send().await.unwrap().status(), 200);

    suspend(&backend, &me, true).await;
    backend.clock.set(DUE + 1_000);
    backend.app.jobs.wake();
    backend.app.reminders.wake();
    until(async || (state(&other, others_id).await.0 == ScheduledState::Sent).then_some(())).await;
    let put_off = until(async || {
        let row = backend.app.store.reminder(me.account(), reminder).await.unwrap().unwrap();
        (row.due_at > Some(DUE + 1_000)).then_some(row)
    })
    .await;
    assert_ne!(put_off.state, ReminderState::Back);
    until(async || {
        let (row, _) = backend.app.store.scheduled(me.account(), id).await.unwrap().unwrap();
        (row.state == ScheduledState::Held).then_some(())
    })
    .await;
    assert!(postbox.sent().is_empty());

    suspend(&backend, &me, false).await;
    backend.app.jobs.wake();
    assert_eq!(state(&me, id).await, (ScheduledState::Held, Some(Why::NotUsed)), "it goes when they say so");
    assert!(postbox.sent().is_empty());
    let go = me.call(Method::POST, &format!("/scheduled/{id}/action")).json(&json!({ "action": "send_now" }));
    assert_eq!(go.send().await.unwrap().status(), 200);
    until(async || (state(&me, id).await.0 == ScheduledState::Sent).then_some(())).await;
    assert_eq!(postbox.sent().len(), 1);
    // The reminder is taken up by itself: nobody but its user is told.
    backend.clock.set(put_off.due_at.unwrap());
    backend.app.reminders.wake();
    until(async || {
        let row = backend.app.store.reminder(me.account(), reminder).await.unwrap().unwrap();
        (row.attempts > 0 || row.state == ReminderState::Back).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_suspension_by_another_process_is_obeyed_within_seconds() {
    let backend = TestBackend::start().await;
    backend.account("boss").await;
    let me = backend.browser("me").await;
    let message = me.send(&backend, "Offer").await;
    let beside = Store::open(&store_options(&backend.dir)).await.unwrap();
    for suspended in [true, false] {
        beside.set_suspended(me.account(), suspended, START).await.unwrap();
        until(async || (backend.app.gate.closed.contains(me.account()) == suspended).then_some(())).await;
        assert_eq!(backend.get(&me.pixel(message)).await.status(), 200);
        assert_eq!(backend.hits().await.len(), usize::from(!suspended));
    }
    beside.close().await;
}

#[tokio::test]
async fn an_admin_stops_the_backend_for_everybody_and_links_go_on() {
    let backend = TestBackend::start().await;
    let (boss, me) = (sign_in(&backend, "boss").await, backend.browser("me").await);
    let message = me.send(&backend, "Offer").await;
    let press = async |path: &str| {
        let (status, html) = page(&backend, "/account/people", &boss).await;
        assert_eq!(status, 200);
        assert!(html.contains(&format!("{path}\"")), "{path} stands on the page");
        assert_eq!(send(&backend, path, &boss, &[("token", token(&html))]).await.status(), 303);
    };
    for (stopped, hits) in [(true, 0), (false, 2)] {
        press(if stopped { "/account/people/stop" } else { "/account/people/go-on" }).await;
        assert_eq!(backend.get(&me.pixel(message)).await.status(), 200);
        let link = backend.get(&me.link(message, "https://example.org/a")).await;
        assert_eq!((link.status().as_u16(), &link.headers()["location"]), (302, &"https://example.org/a".parse().unwrap()));
        assert_eq!(backend.hits().await.len(), hits);
        let answer = me.get("/messages").await;
        if stopped {
            expect_problem(answer, 403, problem::SUSPENDED).await;
        } else {
            assert_eq!(answer.status(), 200);
        }
        assert_eq!(me.get("/account/rights").await.status(), 200, "rights are there all the same");
    }
    let (_, html) = page(&backend, "/account/people", &boss).await;
    assert!(html.contains("the backend was stopped for everybody") && html.contains("the backend goes on for everybody"));
}

#[tokio::test]
async fn who_was_not_let_in_is_counted_and_nothing_of_it_kept() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for code in ["AAAAA-AAAAA", "needle-code", ""] {
        backend.try_pair(code).await;
        send(&backend, "/account/code", "", &[("code", code)]).await;
    }
    for token in ["needle-token", &me.paired.device_token[1..]] {
        let asked = backend.client.get(format!("{}/api/v1/account", backend.url)).bearer_auth(token).send().await.unwrap();
        assert_eq!(asked.status(), 401);
    }
    let (clock, entropy) = (backend.clock.clone(), backend.entropy.clone());
    let dir = backend.stop().await;
    let backend = TestBackend::start_in(dir, clock, entropy, crate::support::Setup::default()).await;
    let told = backend.app.store.backend_events(10).await.unwrap();
    let mut told: Vec<_> = told.iter().map(|entry| (entry.kind.as_str(), entry.detail.as_deref())).collect();
    told.sort_unstable();
    assert_eq!(told, [("wrong_codes", Some("6")), ("wrong_tokens", Some("2"))]);
    let boss = sign_in(&backend, "me").await;
    let (_, html) = page(&backend, "/account/people", &boss).await;
    assert!(html.contains("wrong codes were tried, so often: <bdi>6</bdi>"), "an admin sees it");
}

#[tokio::test]
async fn mails_of_a_day_are_bounded_and_the_day_goes_on() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let bounds = Bounds { messages: Some(2) };
    assert_eq!(backend.app.store.set_bounds(me.account(), bounds, START).await.unwrap(), Changed::Done);
    // Neither what a clock of theirs says nor deleting gets around it.
    let first = backend.uuid();
    assert_eq!(me.put(first, &message("one", START - 32 * 24 * 60 * 60 * 1_000)).await.status(), 204);
    assert_eq!(me.delete(&format!("/messages/{first}")).await.status(), 204);
    let second = me.send(&backend, "two").await;
    let third = backend.uuid();
    for _ in 0..2 {
        expect_problem(me.put(third, &message("three", START)).await, 429, problem::DAY_USED_UP).await;
    }
    // What is known may be added to.
    let mut more = message("two", START);
    more.gmail.thread = Some("18c0ffee00000001".to_owned());
    assert_eq!(me.put(second, &more).await.status(), 204);
    expect_problem(me.put(third, &message("three", START)).await, 429, problem::DAY_USED_UP).await;
    backend.clock.advance(24 * 60 * 60 * 1_000 + 1);
    assert_eq!(me.put(third, &message("three", START)).await.status(), 204, "it was tracked, and is only told later");
}
