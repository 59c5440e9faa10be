//! `PUT /messages/{id}/mute`

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_protocol::api::{Event, MessagePage, Mute, problem};

use crate::support::{Browser, START, TestBackend, expect_problem, message};

async fn mute(browser: &Browser, id: impl std::fmt::Display, muted: bool) -> reqwest::Response {
    browser.call(Method::PUT, &format!("/messages/{id}/mute")).json(&Mute { muted }).send().await.unwrap()
}

#[tokio::test]
async fn muted_and_unmuted_and_told_once() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "quiet").await;
    let events = async || backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    assert!(!me.detail(id).await.message.muted);
    for (muted, told) in [(false, false), (true, true), (true, false), (false, true)] {
        let before = events().await;
        assert_eq!(mute(&me, id, muted).await.status(), 204);
        assert_eq!(me.detail(id).await.message.muted, muted);
        let page: MessagePage = me.read("/messages").await;
        assert_eq!(page.messages[0].muted, muted);
        let after = events().await;
        assert_eq!(after != before, told, "{muted}");
        assert_eq!(after.last().unwrap().event, Event::Message { message: id });
    }
    // A registration that comes again leaves it as it is.
    assert_eq!(mute(&me, id, true).await.status(), 204);
    assert_eq!(me.put(id, &message("later", START)).await.status(), 204);
    assert!(me.detail(id).await.message.muted);
}

#[tokio::test]
async fn unknown_deleted_and_anothers() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = me.send(&backend, "mine").await;
    expect_problem(mute(&ann, id, true).await, 404, problem::NOT_FOUND).await;
    expect_problem(mute(&me, Uuid::nil(), true).await, 404, problem::NOT_FOUND).await;
    expect_problem(mute(&me, "x", true).await, 404, problem::NOT_FOUND).await;
    assert!(!me.detail(id).await.message.muted);
    me.delete(&format!("/messages/{id}")).await;
    expect_problem(mute(&me, id, true).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let path = format!("/messages/{}/mute", me.send(&backend, "s").await);
    for body in [json!({}), json!({ "muted": "yes" }), json!({ "muted": 1 }), json!(null), json!([])] {
        let answer = me.call(Method::PUT, &path).json(&body).send().await.unwrap();
        expect_problem(answer, 400, problem::BAD_REQUEST).await;
    }
    let large = json!({ "muted": true, "more": "x".repeat(5_000) });
    expect_problem(me.call(Method::PUT, &path).json(&large).send().await.unwrap(), 413, problem::TOO_LARGE).await;
    assert_eq!(me.call(Method::PUT, &path).body("{\"muted\":true}").send().await.unwrap().status(), 415);
    let stranger = backend.client.put(format!("{}/api/v1{path}", backend.url)).json(&json!({ "muted": true }));
    expect_problem(stranger.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
}
