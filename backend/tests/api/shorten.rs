//! Addresses of hits become networks after thirty days, for good, and not before.

use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_backend::hits::shorten::{WHOLE_FOR, shorten};
use waxwing_backend::store::shorten::Old;
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;

use crate::support::{Browser, START, Setup, TestBackend, until};

const DAY: Millis = 24 * 60 * 60 * 1_000;

async fn behind_a_proxy() -> TestBackend {
    TestBackend::start_with(Setup { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Setup::default() }).await
}

async fn open(backend: &TestBackend, me: &Browser, message: Uuid, from: &str) {
    let request = backend.client.get(me.pixel(message)).header("x-forwarded-for", from);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

async fn addresses(backend: &TestBackend) -> Vec<String> {
    backend.hits().await.into_iter().map(|hit| hit.address).collect()
}

/// How many hits are filed and judged.
async fn judged(backend: &TestBackend, want: i64) {
    let count = "SELECT COUNT(*) FROM message_hits WHERE label IS NOT NULL";
    let found = async || sql::query_scalar::<i64>(count).fetch_one(backend.app.store.writer()).await.unwrap();
    until(async || (found().await == want).then_some(())).await;
}

#[tokio::test]
async fn after_thirty_days_only_the_network_is_left() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let message = backend.uuid();
    for from in ["198.51.100.7", "2001:db8:1:2::3", "::ffff:203.0.113.77"] {
        open(&backend, &me, message, from).await;
    }
    backend.clock.advance(DAY);
    open(&backend, &me, message, "192.0.2.1").await;
    judged(&backend, 4).await;
    let store = &backend.app.store;
    let whole = ["198.51.100.7", "2001:db8:1:2::3", "203.0.113.77", "192.0.2.1"];
    for (now, went, want) in [
        (START + WHOLE_FOR, 0, whole),
        (START + WHOLE_FOR + 1, 3, ["198.51.100.0/24", "2001:db8:1::/48", "203.0.113.0/24", "192.0.2.1"]),
        (START + WHOLE_FOR + 1, 0, ["198.51.100.0/24", "2001:db8:1::/48", "203.0.113.0/24", "192.0.2.1"]),
        // A clock that goes back brings nothing back and takes nothing away.
        (START, 0, ["198.51.100.0/24", "2001:db8:1::/48", "203.0.113.0/24", "192.0.2.1"]),
        (START + WHOLE_FOR + DAY + 1, 1, ["198.51.100.0/24", "2001:db8:1::/48", "203.0.113.0/24", "192.0.2.0/24"]),
    ] {
        assert_eq!(shorten(store, now, true, 10).await.unwrap(), went, "{now}");
        assert_eq!(addresses(&backend).await, want, "{now}");
    }
    // What the owner sees.
    let id = me.send(&backend, "late").await;
    open(&backend, &me, id, "198.51.100.7").await;
    judged(&backend, 5).await;
    shorten(store, backend.clock.now() + WHOLE_FOR + 1, true, 10).await.unwrap();
    assert_eq!(me.detail_with(id, 1).await.hits[0].address, "198.51.100.0/24");
}

#[tokio::test]
async fn it_goes_on_where_it_was_cut_short() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let message = backend.uuid();
    for n in 0..5 {
        open(&backend, &me, message, &format!("198.51.100.{n}")).await;
    }
    judged(&backend, 5).await;
    let store = &backend.app.store;
    assert_eq!(store.shorten_hits(4, 3).await.unwrap(), 3);
    let short = async || addresses(&backend).await.iter().filter(|address| address.contains('/')).count();
    assert_eq!(short().await, 3);
    assert_eq!(store.shorten_hits(4, 3).await.unwrap(), 1);
    assert_eq!(store.shorten_hits(4, 3).await.unwrap(), 0);
    assert_eq!(short().await, 4);
    // One transaction at most: the rest is left for the next round.
    assert_eq!(shorten(store, START + 31 * DAY, true, 0).await.unwrap(), 0);
    assert_eq!(shorten(store, START + 31 * DAY, true, 1).await.unwrap(), 1);
    assert_eq!(short().await, 5);
}

#[tokio::test]
async fn a_clock_that_was_wrong_holds_nothing_up() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let message = backend.uuid();
    // Right, years ahead, a bit behind, right.
    for (n, at) in [START, START + 5_000 * DAY, START - DAY, START + DAY].into_iter().enumerate() {
        backend.clock.set(at);
        open(&backend, &me, message, &format!("198.51.100.{n}")).await;
    }
    backend.clock.set(START + 30 * DAY + 1);
    judged(&backend, 4).await;
    let store = &backend.app.store;
    // The hit behind the one of years ahead is old: so is that one.
    assert_eq!(store.old_hits(START + 1, START + 30 * DAY + 1, true).await.unwrap(), Old::UpTo(3));
    assert_eq!(shorten(store, START + 30 * DAY + 1, true, 10).await.unwrap(), 3);
    assert_eq!(shorten(store, START + 31 * DAY + 1, true, 10).await.unwrap(), 1);
    assert!(addresses(&backend).await.iter().all(|address| address == "198.51.100.0/24"));
}

#[tokio::test]
async fn what_was_not_judged_waits() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (one, two) = (backend.uuid(), backend.uuid());
    open(&backend, &me, one, "198.51.100.1").await;
    open(&backend, &me, two, "198.51.100.2").await;
    open(&backend, &me, two, "198.51.100.3").await;
    judged(&backend, 3).await;
    let (store, now) = (&backend.app.store, START + 40 * DAY);
    // As it is after an upgrade.
    sql::query("UPDATE message_hits SET label = NULL WHERE hit = 2").execute(store.writer()).await.unwrap();
    assert_eq!(shorten(store, now, true, 10).await.unwrap(), 1);
    assert_eq!(store.old_hits(START + DAY, now, true).await.unwrap(), Old::Unjudged);
    assert_eq!(shorten(store, now, true, 10).await.unwrap(), 0);
    assert_eq!(addresses(&backend).await, ["198.51.100.0/24", "198.51.100.2", "198.51.100.3"]);
    assert_eq!(shorten(store, now, false, 10).await.unwrap(), 2, "in the end it goes all the same");
}
