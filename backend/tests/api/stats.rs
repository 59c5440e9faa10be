//! `GET /stats`

use waxwing_protocol::api::{DayStats, Period, Stats, TrustKind, problem};

use crate::support::{START, TestBackend, expect_problem};
use crate::visitors::{APPLE, CHROME, GMAIL, NOBODY, SCANNER, behind_a_proxy, once, send_to};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn totals_by_day_of_the_zone() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    // 23:30 UTC the day before: in Berlin it is today.
    backend.clock.set(START - START.rem_euclid(DAY) - 30 * 60 * 1000);
    let late = me.send(&backend, "late").await;
    backend.clock.set(START);
    let sent = async |subject| me.send(&backend, subject).await;
    let (opened, apple, unclear, scanned) =
        (sent("opened").await, sent("apple").await, sent("unclear").await, sent("scanned").await);
    sent("nothing").await;
    backend.clock.set(START - 40 * DAY);
    sent("long ago").await;
    backend.clock.set(START + 60_000);
    for (id, visitor) in [(opened, GMAIL), (apple, APPLE), (unclear, NOBODY), (scanned, SCANNER)] {
        visitor.visit(&backend, &me.pixel(id)).await;
    }
    CHROME.visit(&backend, &me.link(late, "https://example.org/a")).await;
    me.detail_with(late, 1).await;
    // A click counts once it is settled.
    backend.clock.advance(31_000);
    backend.app.judging.wake();
    once(&me, late, |detail| detail.message.activity.clicks == 1).await;

    let row = |date: &str, sent, opened, possible, clicked| DayStats {
        date: date.to_owned(),
        sent,
        answered: None,
        opened,
        possible,
        clicked,
    };
    let utc: Stats = me.read("/stats?days=2").await;
    assert_eq!((utc.sent, utc.opened, utc.possible, utc.clicked, utc.machines), (6, 2, 2, 1, 1));
    assert_eq!((utc.by, utc.answered), (Period::Day, None));
    assert_eq!(utc.days, [row("2026-11-21", 1, 1, 0, 1), row("2026-11-22", 5, 1, 2, 0)]);
    let berlin: Stats = me.read("/stats?days=2&zone=Europe/Berlin&by=day").await;
    assert_eq!(berlin.days, [row("2026-11-21", 0, 0, 0, 0), row("2026-11-22", 6, 2, 2, 1)]);
    let all: Stats = me.read("/stats?days=366&zone=Pacific%2FKiritimati").await;
    assert_eq!((all.days.len(), all.sent), (366, 7));
    let month: Stats = me.read("/stats").await;
    assert_eq!((month.days.len(), month.sent), (30, 6));

    // 2026-11-22 is a Sunday: the week began on the 16th.
    let weeks: Stats = me.read("/stats?days=8&by=week").await;
    assert_eq!(weeks.by, Period::Week);
    assert_eq!(weeks.days, [row("2026-11-15", 0, 0, 0, 0), row("2026-11-16", 6, 2, 2, 1)]);
    // Three hours later it is Monday in Kiritimati, the first day of a week.
    backend.clock.set(START + 3 * 60 * 60 * 1000);
    let weeks: Stats = me.read("/stats?days=8&by=week&zone=Pacific/Kiritimati").await;
    assert_eq!(weeks.days, [row("2026-11-16", 6, 2, 2, 1), row("2026-11-23", 0, 0, 0, 0)]);
    let year: Stats = me.read("/stats?days=366&by=week").await;
    assert_eq!((year.days.len(), year.sent), (53, 7));
}

#[tokio::test]
async fn totals_by_domain() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let both = send_to(&backend, &me, &["ann@acme.example", "bob@ACME.example", "cid@else.example"]).await;
    let alone = send_to(&backend, &me, &["ann@acme.example"]).await;
    for n in 0..20 {
        send_to(&backend, &me, &[&format!("ann@d{n:02}.example")]).await;
    }
    backend.clock.advance(60_000);
    GMAIL.visit(&backend, &me.pixel(both)).await;
    APPLE.visit(&backend, &me.pixel(alone)).await;
    once(&me, both, |detail| detail.message.activity.opens == 1).await;
    once(&me, alone, |detail| detail.message.activity.apple_hits == 1).await;
    let stats: Stats = me.read("/stats?days=1").await;
    assert_eq!((stats.domains.len(), stats.more_domains), (20, 2));
    let domains: Vec<_> = stats.domains.iter().map(|row| row.domain.as_str()).collect();
    // Most first, then by name.
    assert_eq!(domains[..3], ["acme.example", "d00.example", "d01.example"]);
    let acme = &stats.domains[0];
    assert_eq!((acme.sent, acme.opened, acme.possible, acme.clicked, acme.answered), (2, 1, 1, 0, None));
    // A mail to several domains counts for each, and says nothing of what opens from there mean.
    assert_eq!((acme.trust.domain.as_str(), acme.trust.mails, acme.trust.kind), ("acme.example", 1, TrustKind::TooFew));
    backend.clock.advance(DAY);
    let tomorrow: Stats = me.read("/stats?days=1").await;
    assert_eq!((tomorrow.domains.len(), tomorrow.more_domains), (0, 0));
}

#[tokio::test]
async fn nothing_sent_and_another_account() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    me.send(&backend, "mine").await;
    let stats: Stats = ann.read("/stats?days=1").await;
    assert_eq!((stats.sent, stats.days.len(), stats.domains.len(), stats.more_domains), (0, 1, 0, 0));
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for query in [
        "days=0",
        "days=367",
        "days=x",
        "zone=Mars/Olympus",
        "zone=",
        "zone=..%2F..%2Fetc%2Fpasswd",
        "zone=%00",
        "by=month",
        "by=Week",
    ] {
        expect_problem(me.get(&format!("/stats?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    backend.clock.set(i64::MAX);
    expect_problem(me.get("/stats").await, 400, problem::BAD_REQUEST).await;
}
