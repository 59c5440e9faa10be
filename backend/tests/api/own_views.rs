//! `POST /messages/{id}/own-views`

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::store::own_views::MAX_VIEWS;
use waxwing_backend::store::sql;
use waxwing_protocol::api::{Label, problem};

use crate::support::{Browser, START, TestBackend, expect_problem};
use crate::visitors::{GMAIL, behind_a_proxy, once};

async fn view(browser: &Browser, id: Uuid, ago_ms: u32) {
    let call = browser.call(Method::POST, &format!("/messages/{id}/own-views"));
    assert_eq!(call.json(&json!({ "ago_ms": ago_ms })).send().await.unwrap().status(), 204);
}

async fn kept(backend: &TestBackend, id: Uuid) -> Vec<i64> {
    sql::query_scalar("SELECT at FROM own_views WHERE message = $1 ORDER BY at")
        .bind(id)
        .fetch_all(backend.app.store.writer())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_proxys_hit_near_an_own_view_is_the_senders() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    // How long before the hit the mail came on screen, and how long after the hit that is told.
    for (before_ms, told_after, label) in
        [(-4_000, 5_000, Label::Own), (4_000, 1_000, Label::Own), (20_000, 1_000, Label::ImageProxy)]
    {
        let id = me.send(&backend, "s").await;
        backend.clock.advance(60_000);
        let hit_at = backend.app.clock.now();
        GMAIL.visit(&backend, &me.pixel(id)).await;
        once(&me, id, |detail| detail.hits.iter().any(|hit| hit.label() == Some(Label::ImageProxy))).await;
        backend.clock.advance(told_after);
        view(&me, id, u32::try_from(before_ms + told_after).unwrap()).await;
        assert_eq!(kept(&backend, id).await, [hit_at - before_ms]);
        let detail = once(&me, id, |detail| detail.hits[0].label() == Some(label)).await;
        assert_eq!(detail.message.activity.own_hits, u32::from(label == Label::Own), "{before_ms}");
    }
}

#[tokio::test]
async fn a_hit_that_comes_after_the_view_was_told() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    backend.clock.advance(60_000);
    view(&me, id, 0).await;
    backend.clock.advance(2_000);
    GMAIL.visit(&backend, &me.pixel(id)).await;
    let detail = once(&me, id, |detail| detail.hits.len() == 1).await;
    assert_eq!((detail.hits[0].label(), detail.message.activity.opens), (Some(Label::Own), 0));
}

#[tokio::test]
async fn the_newest_are_kept_each_instant_once_and_go_with_the_message() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    for n in 0..MAX_VIEWS + 2 {
        backend.clock.set(START + n * 1_000);
        for _ in 0..2 {
            let now = backend.app.clock.now();
            assert!(backend.app.store.note_own_view(me.account(), id, now, now).await.unwrap());
        }
    }
    let want: Vec<_> = (2..MAX_VIEWS + 2).map(|n| START + n * 1_000).collect();
    assert_eq!(kept(&backend, id).await, want);
    // Older than all of them: it is not kept, and that is no error.
    view(&me, id, 60_000).await;
    assert_eq!(kept(&backend, id).await, want);
    me.delete(&format!("/messages/{id}")).await;
    assert!(kept(&backend, id).await.is_empty());
}

#[tokio::test]
async fn unknown_anothers_and_not_of_the_form() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = me.send(&backend, "mine").await;
    let post = |who: &Browser, id: &str| who.call(Method::POST, &format!("/messages/{id}/own-views"));
    for (who, id) in [(&ann, id.to_string()), (&me, Uuid::nil().to_string()), (&me, "x".to_owned())] {
        expect_problem(post(who, &id).json(&json!({})).send().await.unwrap(), 404, problem::NOT_FOUND).await;
    }
    let id = id.to_string();
    for body in
        [json!({ "ago_ms": 60_001 }), json!({ "ago_ms": -1 }), json!({ "ago_ms": "1" }), json!({ "ago_ms": 1.5 }), json!(7)]
    {
        expect_problem(post(&me, &id).json(&body).send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    assert_eq!(post(&me, &id).send().await.unwrap().status(), 415);
    assert_eq!(post(&me, &id).json(&json!({})).send().await.unwrap().status(), 204);
    assert_eq!(kept(&backend, id.parse().unwrap()).await, [START]);
}
