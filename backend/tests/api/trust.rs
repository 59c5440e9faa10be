//! How much opens from a domain mean: beside a message, and in `/stats`.

use uuid::Uuid;
use waxwing_backend::store::sql;
use waxwing_protocol::api::{DomainTrust, Stats, TrustKind};

use crate::support::{Browser, TestBackend};
use crate::visitors::{APPLE, GMAIL, SCANNER, THUNDERBIRD, Visitor, behind_a_proxy, once, send_to};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Mails to a domain, each with one hit so long after it was sent; the last one's id once all are judged.
async fn mails(backend: &TestBackend, me: &Browser, domain: &str, count: usize, hit: Option<(Visitor, i64)>) -> Uuid {
    let to = format!("ann@{domain}");
    let mut last = Uuid::nil();
    for _ in 0..count {
        last = send_to(backend, me, &[&to]).await;
        if let Some((visitor, after)) = hit {
            backend.clock.advance(after);
            visitor.visit(backend, &me.pixel(last)).await;
        }
        backend.clock.advance(60_000);
    }
    if hit.is_some() {
        once(me, last, |detail| detail.hits.first().is_some_and(|hit| hit.verdict.is_some())).await;
    }
    last
}

async fn trust(me: &Browser, id: Uuid) -> DomainTrust {
    me.detail(id).await.trust.unwrap()
}

#[tokio::test]
async fn each_kind_beside_a_mail() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let few = mails(&backend, &me, "few.example", 9, Some((GMAIL, 60_000))).await;
    assert_eq!(trust(&me, few).await.kind, TrustKind::TooFew);
    let people = mails(&backend, &me, "people.example", 10, Some((THUNDERBIRD, 60_000))).await;
    let silent = mails(&backend, &me, "silent.example", 12, None).await;
    let hidden = mails(&backend, &me, "apple.example", 10, Some((APPLE, 4_000))).await;
    let filtered = mails(&backend, &me, "filter.example", 10, Some((SCANNER, 4_999))).await;
    let later = mails(&backend, &me, "later.example", 10, Some((SCANNER, 5_000))).await;
    let read = trust(&me, people).await;
    let want = DomainTrust {
        domain: "people.example".to_owned(),
        mails: 10,
        touched: 10,
        opened: 10,
        kind: TrustKind::MeansSomething,
        ..DomainTrust::default()
    };
    assert_eq!(read, want);
    let read = trust(&me, silent).await;
    assert_eq!((read.mails, read.touched, read.kind), (12, 0, TrustKind::TooFew));
    let read = trust(&me, hidden).await;
    assert_eq!((read.apple, read.fast, read.opened, read.kind), (10, 10, 0, TrustKind::Hidden));
    let read = trust(&me, filtered).await;
    assert_eq!((read.touched, read.fast, read.kind), (10, 10, TrustKind::SaysNothing));
    let read = trust(&me, later).await;
    assert_eq!((read.touched, read.fast, read.kind), (10, 0, TrustKind::MeansSomething));
    // One mail more brings the ninth over the border.
    let enough = mails(&backend, &me, "few.example", 1, Some((GMAIL, 60_000))).await;
    assert_eq!(trust(&me, enough).await.kind, TrustKind::MeansSomething);
    assert_eq!(trust(&me, few).await.kind, TrustKind::MeansSomething);
}

#[tokio::test]
async fn a_senders_clock_that_is_far_ahead_makes_nobody_fast() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    for (ahead, scheduled, fast) in [(600_000, false, 0), (70_000, false, 10), (70_000, true, 0)] {
        let (to, mut last) = (format!("ann@ahead{ahead}{scheduled}.example"), Uuid::nil());
        for _ in 0..10 {
            last = backend.uuid();
            let mut put = crate::visitors::mail_to("s", backend.app.clock.now() + ahead, &[&to]);
            put.scheduled = scheduled;
            assert_eq!(me.put(last, &put).await.status(), 204);
            backend.clock.advance(60_000);
            THUNDERBIRD.visit(&backend, &me.pixel(last)).await;
        }
        once(&me, last, |detail| detail.message.activity.opens == 1).await;
        assert_eq!(trust(&me, last).await.fast, fast, "{ahead} {scheduled}");
    }
}

#[tokio::test]
async fn links_that_a_machine_follows() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let mut last = Uuid::nil();
    for _ in 0..10 {
        last = send_to(&backend, &me, &["ann@filter.example"]).await;
        backend.clock.advance(2_000);
        SCANNER.visit(&backend, &me.link(last, "https://example.org/a")).await;
        backend.clock.advance(60_000);
    }
    once(&me, last, |detail| detail.message.activity.machine_hits == 1).await;
    let read = trust(&me, last).await;
    assert_eq!((read.followed, read.kind, read.clicks_say_nothing), (10, TrustKind::SaysNothing, true));
}

#[tokio::test]
async fn of_mails_to_several_domains_nothing_is_said() {
    let backend = behind_a_proxy().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let mut both = Uuid::nil();
    for _ in 0..10 {
        both = send_to(&backend, &me, &["ann@one.example", "bob@two.example"]).await;
        SCANNER.visit(&backend, &me.pixel(both)).await;
        backend.clock.advance(60_000);
    }
    once(&me, both, |detail| detail.message.activity.machine_hits == 1).await;
    assert_eq!(me.detail(both).await.trust, None);
    // They are no evidence of either domain.
    let alone = send_to(&backend, &me, &["ann@one.example"]).await;
    assert_eq!(trust(&me, alone).await.mails, 1);
    // The sender in copy is no recipient; another account's mails are not this one's.
    let copied = send_to(&backend, &me, &["ann@one.example", "me@example.org"]).await;
    assert_eq!(trust(&me, copied).await.domain, "one.example");
    let hers = send_to(&backend, &ann, &["bob@one.example"]).await;
    assert_eq!(trust(&ann, hers).await.mails, 1);
    let nobody = send_to(&backend, &me, &["me@example.org"]).await;
    assert_eq!(me.detail(nobody).await.trust, None);
}

#[tokio::test]
async fn the_domain_follows_the_recipients() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = send_to(&backend, &me, &["Ann@One.Example"]).await;
    assert_eq!(trust(&me, id).await.domain, "one.example");
    let stats: Stats = me.read("/stats").await;
    assert_eq!(stats.domains[0].domain, "one.example");
    // Learnt later: it went to somebody else as well, and a day before.
    let sent_at = backend.app.clock.now() - DAY;
    let put = crate::visitors::mail_to("s", sent_at, &["ann@one.example", "bob@two.example"]);
    assert_eq!(me.put(id, &put).await.status(), 204);
    assert_eq!(me.detail(id).await.trust, None);
    let stats: Stats = me.read("/stats?days=2").await;
    assert_eq!(stats.domains.iter().map(|row| row.domain.as_str()).collect::<Vec<_>>(), ["one.example", "two.example"]);
    let today: Stats = me.read("/stats?days=1").await;
    assert!(today.domains.is_empty());
    me.delete(&format!("/messages/{id}")).await;
    let stats: Stats = me.read("/stats?days=2").await;
    assert!(stats.domains.is_empty());
    let left: i64 =
        sql::query_scalar("SELECT COUNT(*) FROM message_domains").fetch_one(backend.app.store.writer()).await.unwrap();
    assert_eq!(left, 0);
}
