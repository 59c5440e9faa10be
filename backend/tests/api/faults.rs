//! The disk is full, the database is locked, the clock moves back: nothing that was answered is lost, and nothing panics.

use reqwest::Method;
use sqlx::{Connection as _, SqliteConnection};
use waxwing_protocol::api::problem;

use crate::support::{START, TestBackend, expect_problem, is_file, message};

#[tokio::test]
async fn a_full_disk() {
    if !is_file() {
        return;
    }
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    me.detail_with(id, 1).await;

    let big = message(&"x".repeat(9_000), START);
    backend.fill_disk().await;
    let answer = me.put(backend.uuid(), &big).await;
    assert_eq!(answer.headers().get("retry-after").unwrap_or_else(|| panic!("{answer:?}")), "5");
    expect_problem(answer, 503, problem::UNAVAILABLE).await;

    // The log takes what the database does not: pixels and links work on, and nothing is lost.
    backend.fill_disk().await;
    for _ in 0..20 {
        assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
        assert_eq!(backend.get(&me.link(id, "https://example.org/")).await.status(), 302);
    }
    assert_eq!(backend.app.metrics.lost_clicks.get(), 0);
    // Reading works all the while.
    assert_eq!(me.get("/messages").await.status(), 200);
    assert_eq!(backend.get(&format!("{}/healthz", backend.url)).await.status(), 200);

    // Room again: it goes on without a restart, with everything that was answered.
    backend.empty_disk().await;
    assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    assert_eq!(me.put(backend.uuid(), &big).await.status(), 204);
    let hits = backend.hits().await;
    assert_eq!(hits.len(), 1 + 40 + 1);
    assert!(hits.windows(2).all(|pair| pair[0].id < pair[1].id));
    me.detail_with(id, hits.len()).await;
}

#[tokio::test]
async fn a_locked_database() {
    if !is_file() {
        return;
    }
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let code = backend.code("me").await;
    let path = backend.dir.path().join("waxwing.db");
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

    let id = backend.uuid();
    // Hits are answered as ever: they are in the log.
    assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    assert_eq!(backend.get(&me.link(id, "https://example.org/")).await.status(), 302);
    expect_problem(me.put(id, &message("s", START)).await, 503, problem::UNAVAILABLE).await;
    let answer = me.call(Method::DELETE, &format!("/messages/{id}")).send().await.unwrap();
    expect_problem(answer, 503, problem::UNAVAILABLE).await;
    expect_problem(backend.try_pair(&code).await, 503, problem::UNAVAILABLE).await;
    // A code that is none keeps nobody from writing, and needs no write to be known.
    let unknown = waxwing_backend::pairing::display("0123456789");
    expect_problem(backend.try_pair(&unknown).await, 404, problem::CODE_UNKNOWN).await;
    assert_eq!(me.get("/messages").await.status(), 200);

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(backend.try_pair(&code).await.status(), 200, "it was not used up");
    // The deletion did not happen: the message lives.
    assert_eq!(me.put(id, &message("s", START)).await.status(), 204);
    assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    assert_eq!(me.detail_with(id, 3).await.message.activity.open_hits, 2);
}

#[tokio::test]
async fn a_clock_that_moves_back() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    for (n, now) in [START, START - 86_400_000, 0, START + 5].into_iter().enumerate() {
        backend.clock.set(now);
        assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
        me.detail_with(id, n + 1).await;
        for path in ["/account", "/messages", "/stats", "/devices"] {
            assert_eq!(me.get(path).await.status(), 200, "{path} at {now}");
        }
    }
    let hits = backend.hits().await;
    assert!(hits.windows(2).all(|pair| pair[0].id < pair[1].id));
    let activity = me.detail(id).await.message.activity;
    assert_eq!((activity.first_open_at, activity.last_open_at), (Some(0), Some(START + 5)));
    assert_eq!((activity.opens, activity.open_hits), (3, 4));
}

#[tokio::test]
async fn ids_are_not_used_again_after_erasing_the_newest() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (one, two) = (me.send(&backend, "one").await, me.send(&backend, "two").await);
    backend.get(&me.pixel(one)).await;
    let first = backend.hits().await[0].id;
    assert_eq!(me.delete(&format!("/messages/{one}")).await.status(), 204);
    backend.get(&me.pixel(two)).await;
    assert!(backend.hits().await[0].id > first);
    assert_eq!(me.detail_with(two, 1).await.message.activity.opens, 1);
}

#[tokio::test]
async fn a_deletion_that_fails_the_second_time_stays_done() {
    if !is_file() {
        return;
    }
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let path = format!("/messages/{id}");
    assert_eq!(me.delete(&path).await.status(), 204);

    let file = backend.dir.path().join("waxwing.db");
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    expect_problem(me.delete(&path).await, 503, problem::UNAVAILABLE).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();

    assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    assert_eq!(backend.hits().await, []);
}
