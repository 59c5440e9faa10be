//! Settling: hits are judged again when their time has come, told once, and nothing is lost or counted twice on the way.

use std::fs;

use tempfile::TempDir;
use waxwing_backend::store::hits::{self, NewHit};
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Confidence, Event, HitKind, Label, MailState, NewsKind};

use crate::support::{Browser, MockClock, START, SeededEntropy, Setup, TestBackend, is_file, message, until};
use crate::verdicts::{DAY, HOUR, LINKS, said, sent, settled, told};
use crate::visitors::{APPLE, CHROME, GMAIL, NOBODY, SCANNER, THUNDERBIRD, behind_a_proxy, once};

#[tokio::test]
async fn muted_messages_are_counted_and_not_told() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let mute = me.call(reqwest::Method::PUT, &format!("/messages/{id}/mute")).json(&serde_json::json!({ "muted": true }));
    assert_eq!(mute.send().await.unwrap().status(), 204);
    GMAIL.visit(&backend, &me.pixel(id)).await;
    assert_eq!(me.detail_with(id, 1).await.message.activity.opens, 1);
    backend.pass(10_000);
    settled(&backend, id).await;
    assert_eq!(told(&backend, &me, id).await, []);
}

/// Everything as it is on disk at this moment, as if the machine had been switched off.
fn as_after_a_crash(dir: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    copy
}

async fn after_a_crash(of: &TestBackend, me: &Browser, later: Millis) -> (TestBackend, Browser) {
    let clock = MockClock::new();
    clock.set(of.app.clock.now() + later);
    let setup = Setup { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Setup::default() };
    // Other ids than before the crash.
    let entropy = std::sync::Arc::new(SeededEntropy::default());
    let backend = TestBackend::start_in(as_after_a_crash(&of.dir), clock, entropy, setup).await;
    let me = Browser { url: backend.url.clone(), ..me.clone() };
    (backend, me)
}

#[tokio::test]
async fn news_are_told_once_over_crashes() {
    // The file is copied as the crash leaves it.
    if !is_file() {
        return;
    }
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    GMAIL.visit(&backend, &me.pixel(id)).await;
    CHROME.visit(&backend, &me.link(id, LINKS[0])).await;
    me.detail_with(id, 2).await;
    assert_eq!(told(&backend, &me, id).await, []);

    // Down while the hits would have settled: told after the start, once each.
    let (second, me) = after_a_crash(&backend, &me, HOUR).await;
    settled(&second, id).await;
    let news = told(&second, &me, id).await;
    let kinds: Vec<_> = news.iter().map(|(_, what, first)| (*what, *first)).collect();
    assert_eq!(kinds, [(NewsKind::Open, None), (NewsKind::Click, None)]);
    assert_eq!(me.detail(id).await.message.activity.clicks, 1);

    // Again, and judged again: nothing is told a second time.
    let (third, me) = after_a_crash(&second, &me, HOUR).await;
    third.app.judging.judge(&[(id, me.account())]).await.unwrap();
    settled(&third, id).await;
    assert_eq!(told(&third, &me, id).await, news);
}

#[tokio::test]
async fn a_restart_while_hits_settle() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    GMAIL.visit(&backend, &me.pixel(id)).await;
    // Stopped before or after the roll-up: it is drained either way.
    let (clock, entropy) = (backend.clock.clone(), backend.entropy.clone());
    let dir = backend.stop().await;
    clock.advance(5_000);
    let backend = TestBackend::start_in(dir, clock, entropy, Setup::default()).await;
    let me = Browser { url: backend.url.clone(), ..me };
    assert_eq!(me.detail(id).await.message.activity.opens, 1);
    assert_eq!(told(&backend, &me, id).await, []);
    backend.pass(5_000);
    settled(&backend, id).await;
    assert_eq!(told(&backend, &me, id).await.len(), 1);
}

#[tokio::test]
async fn the_first_is_told_anew_when_what_was_told_was_the_sender() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let open = async |hits| {
        GMAIL.visit(&backend, &me.pixel(id)).await;
        me.detail_with(id, hits).await;
        backend.pass(60_000);
        settled(&backend, id).await;
        told(&backend, &me, id).await
    };
    let first = open(1).await;
    assert!(matches!(first[..], [(_, NewsKind::Open, None)]), "{first:?}");
    // On a device without the extension.
    let hit = me.detail(id).await.hits[0].id;
    let correction = me.call(reqwest::Method::POST, &format!("/hits/{hit}/correction"));
    assert_eq!(correction.json(&serde_json::json!({ "claim": "me" })).send().await.unwrap().status(), 200);
    assert_eq!(me.detail(id).await.message.activity.opens, 0);
    // Whoever wants to hear of first opens alone hears of this one.
    let second = open(2).await;
    assert!(matches!(second[..], [(number, NewsKind::Open, None)] if number > first[0].0), "{second:?}");
    let third = open(3).await;
    assert!(matches!(third[..], [(_, NewsKind::Open, of)] if of == Some(second[0].0)), "{third:?}");
}

#[tokio::test]
async fn a_clock_that_was_far_ahead_keeps_nothing_waiting() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    backend.clock.set(START + 80 * DAY);
    CHROME.visit(&backend, &me.link(id, LINKS[0])).await;
    assert_eq!(me.detail_with(id, 1).await.message.activity.checking, 1);
    backend.clock.set(START + HOUR);
    backend.pass(0);
    settled(&backend, id).await;
    let a = me.detail(id).await.message.activity;
    assert_eq!((a.clicks, a.checking), (1, 0));
    assert_eq!(told(&backend, &me, id).await.len(), 1);
}

#[tokio::test]
async fn registered_after_its_hits() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = backend.uuid();
    backend.clock.advance(5_000);
    GMAIL.visit(&backend, &me.pixel(id)).await;
    let count = "SELECT COUNT(*) FROM message_hits WHERE message = $1 AND label IS NOT NULL";
    until(async || {
        let judged: i64 = sql::query_scalar(count).bind(id).fetch_one(backend.app.store.writer()).await.unwrap();
        (judged == 1).then_some(())
    })
    .await;
    backend.pass(60_000);
    // Nobody to tell yet.
    assert_eq!(backend.app.store.next_due().await.unwrap(), None);
    assert_eq!(me.put(id, &message("s", START)).await.status(), 204);
    settled(&backend, id).await;
    let detail = me.detail(id).await;
    // Now it is known that it came five seconds after sending.
    assert_eq!(said(&detail.hits[0]), (Label::ImageProxy, Confidence::Medium, "reason_gmail_open_fast"));
    assert_eq!(detail.message.activity.state, MailState::Opened);
    assert!(matches!(told(&backend, &me, id).await[..], [(_, NewsKind::Open, None)]));
}

#[tokio::test]
async fn a_thousand_opens_in_a_second() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let pixel = me.pixel(id);
    for _ in 0..10 {
        backend.clock.advance(100);
        let visits = (0..100).map(|_| GMAIL.visit(&backend, &pixel));
        futures_util::future::join_all(visits).await;
    }
    let all = once(&me, id, |detail| detail.message.activity.open_hits == 1_000).await;
    assert_eq!((all.message.activity.opens, all.hits.len(), all.more_hits), (1, 500, 500));
    backend.pass(20_000);
    settled(&backend, id).await;
    let a = me.detail(id).await.message.activity;
    assert_eq!((a.opens, a.open_hits, a.state), (1, 1_000, MailState::Opened));
    assert!(matches!(told(&backend, &me, id).await[..], [(_, NewsKind::Open, None)]));
}

#[tokio::test]
async fn hits_that_come_while_it_is_judged_are_not_lost() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let (pixel, key) = (me.pixel(id), (id, me.account()));
    THUNDERBIRD.visit(&backend, &pixel).await;
    me.detail_with(id, 1).await;
    let coming = async {
        for n in 1..200 {
            backend.clock.advance(31_000);
            let visitor = if n % 2 == 0 { THUNDERBIRD } else { SCANNER };
            visitor.visit(&backend, &pixel).await;
        }
    };
    let judging = async {
        for _ in 0..100 {
            backend.app.judging.judge(&[key]).await.unwrap();
        }
    };
    futures_util::future::join(coming, judging).await;
    let whole = once(&me, id, |detail| detail.message.activity.machine_hits == 100).await;
    backend.pass(60_000);
    settled(&backend, id).await;
    let a = me.detail(id).await.message.activity;
    assert_eq!((a.opens, a.open_hits, a.machine_hits), (100, 100, 100));
    assert_eq!(a.last_open_at, whole.message.activity.last_open_at);
}

#[tokio::test]
async fn a_message_of_many_hits_is_judged_in_pieces() {
    const HITS: i64 = 9_001;
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let visitors = [GMAIL, THUNDERBIRD, APPLE, SCANNER];
    let all: Vec<_> = (0..HITS)
        .map(|n| {
            let visitor = visitors[usize::try_from(n).unwrap() * 7 % visitors.len()];
            NewHit {
                at: START + 60_000 + n * 5_000,
                account: me.account(),
                message: id,
                kind: HitKind::Open,
                link: None,
                agent: Some(visitor.agent.to_owned()),
                address: visitor.address.parse().unwrap(),
                headers: None,
            }
        })
        .collect();
    backend.clock.advance(2 * DAY);
    let mut tx = backend.app.store.write().await.unwrap();
    hits::append(&mut tx, all.iter()).await.unwrap();
    tx.commit().await.unwrap();
    // This one tells the roll-up of the others.
    NOBODY.visit(&backend, &me.pixel(id)).await;
    let counted = once(&me, id, |detail| detail.message.activity.unknown_hits == 1).await.message.activity;
    assert_eq!(counted.open_hits + counted.machine_hits + counted.apple_hits, 9_001);
    // Judged as a whole, piece by piece, it comes to the same.
    backend.pass(HOUR);
    settled(&backend, id).await;
    let judged = me.detail(id).await.message.activity;
    assert_eq!(judged, counted);
    assert!(judged.opens < judged.open_hits, "{judged:?}");
    let told: Vec<_> = told(&backend, &me, id).await.into_iter().map(|(_, what, _)| what).collect();
    assert!(told.contains(&NewsKind::Open) && told.contains(&NewsKind::Unknown) && told.len() == 2, "{told:?}");
}

#[tokio::test]
async fn a_flood_of_machines_keeps_no_person_waiting() {
    const HITS: i64 = 10_500;
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    let machine = NewHit {
        at: backend.app.clock.now(),
        account: me.account(),
        message: id,
        kind: HitKind::Open,
        link: None,
        agent: Some(SCANNER.agent.to_owned()),
        address: SCANNER.address.parse().unwrap(),
        headers: None,
    };
    let mut tx = backend.app.store.write().await.unwrap();
    hits::append(&mut tx, (0..HITS).map(|_| &machine)).await.unwrap();
    tx.commit().await.unwrap();
    CHROME.visit(&backend, &me.link(id, LINKS[0])).await;
    once(&me, id, |detail| detail.message.activity.checking == 1).await;
    backend.pass(30_000);
    let a = once(&me, id, |detail| detail.message.activity.clicks == 1).await.message.activity;
    assert_eq!((i64::from(a.machine_hits), a.checking), (HITS, 0));
    assert!(matches!(told(&backend, &me, id).await[..], [(_, NewsKind::Click, None)]));
    // The rest follows, and tells nothing.
    let unsettled = "SELECT COUNT(*) FROM message_hits WHERE settled = 0";
    assert_eq!(sql::query_scalar::<i64>(unsettled).fetch_one(backend.app.store.writer()).await.unwrap(), HITS - 10_000);
    backend.pass(HOUR);
    settled(&backend, id).await;
    assert_eq!(told(&backend, &me, id).await.len(), 1);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_judged_stays_deleted() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let mut keys = Vec::new();
    for _ in 0..20 {
        let id = sent(&backend, &me).await;
        GMAIL.visit(&backend, &me.pixel(id)).await;
        me.detail_with(id, 1).await;
        keys.push((id, me.account()));
    }
    backend.clock.advance(HOUR);
    let deleting = async {
        for (id, _) in &keys {
            assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
        }
    };
    let judging = async {
        for _ in 0..20 {
            backend.app.judging.judge(&keys).await.unwrap();
        }
    };
    futures_util::future::join(deleting, judging).await;
    for table in ["activity", "messages", "message_hits", "hits"] {
        let left = format!("SELECT COUNT(*) FROM {table}");
        let left: i64 = sql::query_scalar(sql::AssertSqlSafe(left)).fetch_one(backend.app.store.writer()).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
    let events = backend.app.store.events_after(me.account(), 0, 1_000).await.unwrap();
    assert_eq!(events.len(), keys.len());
    assert!(events.iter().all(|numbered| matches!(numbered.event, Event::Deleted { .. })));
}

#[tokio::test]
async fn a_damaged_message_holds_up_no_other() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (bad, good) = (sent(&backend, &me).await, sent(&backend, &me).await);
    for id in [bad, good] {
        GMAIL.visit(&backend, &me.pixel(id)).await;
        me.detail_with(id, 1).await;
    }
    let damage = sql::query("UPDATE message_hits SET label = 77 WHERE message = $1").bind(bad);
    damage.execute(backend.app.store.writer()).await.unwrap();
    backend.pass(10_000);
    settled(&backend, good).await;
    assert_eq!(told(&backend, &me, good).await.len(), 1);
    // Tried again later, when it may have been mended.
    until(async || backend.app.store.next_due().await.unwrap().filter(|due| *due > backend.app.clock.now())).await;
    let mend = sql::query("UPDATE message_hits SET label = 2 WHERE message = $1").bind(bad);
    mend.execute(backend.app.store.writer()).await.unwrap();
    backend.pass(HOUR);
    settled(&backend, bad).await;
    assert_eq!(told(&backend, &me, bad).await.len(), 1);
}
