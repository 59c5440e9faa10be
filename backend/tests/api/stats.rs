//! `GET /stats`

use waxwing_protocol::api::{DayStats, Stats, problem};

use crate::support::{START, TestBackend, expect_problem};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn totals_by_day_of_the_zone() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    // 23:30 UTC the day before: in Berlin it is today.
    backend.clock.set(START - START.rem_euclid(DAY) - 30 * 60 * 1000);
    let late = me.send(&backend, "late").await;
    backend.clock.set(START);
    let opened = me.send(&backend, "opened").await;
    me.send(&backend, "nothing").await;
    backend.clock.set(START - 40 * DAY);
    me.send(&backend, "long ago").await;
    backend.clock.set(START);
    backend.get(&me.pixel(opened)).await;
    backend.get(&me.link(late, "https://example.org/")).await;
    me.detail_with(opened, 1).await;
    me.detail_with(late, 1).await;

    let row =
        |date: &str, sent, opened, clicked| DayStats { date: date.to_owned(), sent, opened, clicked, ..DayStats::default() };
    let utc: Stats = me.read("/stats?days=2").await;
    assert_eq!((utc.sent, utc.opened, utc.clicked), (3, 2, 1));
    assert_eq!(utc.days, [row("2026-11-21", 1, 1, 1), row("2026-11-22", 2, 1, 0)]);
    let berlin: Stats = me.read("/stats?days=2&zone=Europe/Berlin").await;
    assert_eq!(berlin.days, [row("2026-11-21", 0, 0, 0), row("2026-11-22", 3, 2, 1)]);
    let all: Stats = me.read("/stats?days=366&zone=Pacific%2FKiritimati").await;
    assert_eq!((all.days.len(), all.sent), (366, 4));
    let month: Stats = me.read("/stats").await;
    assert_eq!((month.days.len(), month.sent), (30, 3));
}

#[tokio::test]
async fn nothing_sent_and_another_account() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    me.send(&backend, "mine").await;
    let stats: Stats = ann.read("/stats?days=1").await;
    assert_eq!((stats.sent, stats.days.len()), (0, 1));
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for query in ["days=0", "days=367", "days=x", "zone=Mars/Olympus", "zone=", "zone=..%2F..%2Fetc%2Fpasswd", "zone=%00"] {
        expect_problem(me.get(&format!("/stats?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    backend.clock.set(i64::MAX);
    expect_problem(me.get("/stats").await, 400, problem::BAD_REQUEST).await;
}
