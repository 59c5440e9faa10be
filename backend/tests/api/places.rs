//! Where an account's own devices call from: kept when it is one place in the whole internet, and no longer than it is of use.

use reqwest::Method;
use waxwing_backend::hits::shorten::shorten;
use waxwing_backend::store::own::MAX_PLACES;
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Label, MessageDetail};

use crate::support::{Browser, START, Setup, TestBackend, until};
use crate::visitors::{CHROME, once};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const HOUR: Millis = 60 * 60 * 1_000;
const DAY: Millis = 24 * HOUR;

async fn behind_a_proxy() -> TestBackend {
    TestBackend::start_with(Setup { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Setup::default() }).await
}

async fn call(browser: &Browser, from: &str, agent: &str) {
    let request = browser.call(Method::GET, "/account").header("x-forwarded-for", from).header("user-agent", agent);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// Account, address, agent, first and last time; in the order of addresses.
async fn places(backend: &TestBackend) -> Vec<(String, String, String, Millis, Millis)> {
    sql::query_as("SELECT account, address, agent, first_at, last_at FROM own_places ORDER BY account, address, agent")
        .fetch_all(backend.app.store.writer())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_place_is_written_down_soon_and_again_after_an_hour() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    call(&me, "198.51.100.7", FIREFOX).await;
    let place = |first, last| (me.account().to_string(), "198.51.100.7".to_owned(), FIREFOX.to_owned(), first, last);
    assert_eq!(until(async || Some(places(&backend).await).filter(|found| !found.is_empty())).await, [place(START, START)]);
    for (passed, last) in [(HOUR - 1, START), (1, START + HOUR)] {
        backend.clock.advance(passed);
        call(&me, "::ffff:198.51.100.7", FIREFOX).await;
        until(async || (places(&backend).await == [place(START, last)]).then_some(())).await;
    }
}

#[tokio::test]
async fn stopping_writes_down_what_is_new() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    call(&me, "2001:db8:1:2::3", FIREFOX).await;
    let options = crate::support::store_options(&backend.dir);
    let _dir = backend.stop().await;
    let store = waxwing_backend::store::Store::open(&options).await.unwrap();
    let address: Vec<String> = sql::query_scalar("SELECT address FROM own_places").fetch_all(store.writer()).await.unwrap();
    // Devices change the last 64 bits by themselves: a line is one place.
    assert_eq!(address, ["2001:db8:1:2::"]);
}

#[tokio::test]
async fn addresses_that_many_share_are_no_places() {
    // Without a trusted proxy the word of a caller counts for nothing, and all are 127.0.0.1.
    for (backend, from) in [
        (TestBackend::start().await, "198.51.100.7"),
        (behind_a_proxy().await, "192.168.1.20"),
        (behind_a_proxy().await, "100.64.3.4"),
        (behind_a_proxy().await, "fe80::1"),
        (behind_a_proxy().await, "nonsense"),
    ] {
        let me = backend.browser("me").await;
        call(&me, from, FIREFOX).await;
        let options = crate::support::store_options(&backend.dir);
        let _dir = backend.stop().await;
        let store = waxwing_backend::store::Store::open(&options).await.unwrap();
        let found: i64 = sql::query_scalar("SELECT COUNT(*) FROM own_places").fetch_one(store.writer()).await.unwrap();
        assert_eq!(found, 0, "{from}");
    }
}

#[tokio::test]
async fn a_device_that_makes_up_agents_fills_nothing() {
    let backend = behind_a_proxy().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    call(&ann, "203.0.113.9", FIREFOX).await;
    for n in 0..3 * MAX_PLACES {
        backend.clock.advance(1_000);
        call(&me, "198.51.100.7", &format!("Browser {n}")).await;
        if n == MAX_PLACES {
            until(async || (places(&backend).await.len() > MAX_PLACES / 2).then_some(())).await;
        }
    }
    let newest = |found: &[(String, String, String, Millis, Millis)]| {
        found.iter().any(|place| place.2 == format!("Browser {}", 3 * MAX_PLACES - 1))
    };
    let found = until(async || Some(places(&backend).await).filter(|found| newest(found))).await;
    let (mine, hers): (Vec<_>, Vec<_>) = found.into_iter().partition(|place| place.0 == me.account().as_str());
    assert_eq!((mine.len(), hers.len()), (MAX_PLACES, 1), "and nobody else's are pushed out");
    assert!(mine.iter().all(|place| place.3 >= START + 200_000), "the newest are kept");
    // An agent without end is cut, as those of hits are.
    call(&me, "198.51.100.7", &"x".repeat(5_000)).await;
    let longest =
        async || places(&backend).await.into_iter().map(|place| place.2.len()).max().filter(|len| *len > FIREFOX.len());
    assert_eq!(until(longest).await, 1_024);
}

#[tokio::test]
async fn what_explains_no_hit_any_more_goes() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    call(&me, "198.51.100.7", FIREFOX).await;
    until(async || (places(&backend).await.len() == 1).then_some(())).await;
    backend.clock.advance(20 * DAY);
    call(&me, "203.0.113.9", FIREFOX).await;
    until(async || (places(&backend).await.len() == 2).then_some(())).await;
    let view = "INSERT INTO own_views (message, account, at) VALUES ($1, $2, $3)";
    for at in [START, START + 20 * DAY] {
        let query = sql::query(view).bind(backend.uuid()).bind(me.account().to_string()).bind(at);
        query.execute(backend.app.store.writer()).await.unwrap();
    }
    let store = &backend.app.store;
    assert_eq!(store.prune_own(START).await.unwrap(), 0);
    assert_eq!(store.prune_own(START + 1).await.unwrap(), 2);
    assert_eq!(places(&backend).await[0].1, "203.0.113.9");
    assert_eq!(store.prune_own(START + 1).await.unwrap(), 0);
    assert_eq!(store.prune_own(Millis::MAX).await.unwrap(), 2);
}

#[tokio::test]
async fn what_explains_a_hit_stays_for_as_long_as_the_hit_can_be_judged() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    call(&me, "2001:db8:1:2::3", CHROME.agent).await;
    until(async || (places(&backend).await.len() == 1).then_some(())).await;
    let id = me.send(&backend, "s").await;
    backend.clock.advance(HOUR);
    CHROME.from("2001:db8:1:2:aaaa::7").visit(&backend, &me.pixel(id)).await;
    let own = |detail: &MessageDetail| detail.hits.first().is_some_and(|hit| hit.label() == Some(Label::Own));
    once(&me, id, own).await;
    // The backend was away, or its clock is wrong; then it judges again.
    backend.clock.advance(40 * DAY);
    let store = &backend.app.store;
    assert_eq!(store.prune_own(backend.app.clock.now() - 32 * DAY).await.unwrap(), 0);
    backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
    assert!(own(&me.detail(id).await), "the sender is no reader");
    shorten(store, backend.app.clock.now(), true, 10).await.unwrap();
    assert_eq!(store.prune_own(backend.app.clock.now() - 32 * DAY).await.unwrap(), 1);
    backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
    assert!(own(&me.detail(id).await));
}
