//! Taking what is due, by several backends at once on one server (`WAXWING_TEST_POSTGRES`; passed over where there is none).

use std::collections::HashSet;

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Condition, Late, Schedule, ScheduledState, When, Wish};

use super::leases::Taking;
use super::plans::account;
use super::scheduled::flight::Line;
use super::scheduled::lease::Say;
use super::{Options, Store, server_plans, sql, test_database};
use crate::mailbox::DraftRef;

const DUE: Millis = 1_000_000;
const MAILS: i64 = 300;

/// Mails of two mailboxes and reminders, all due, seen by two backends. A mailbox lets `limit` mails leave in a day.
async fn two(limit: i64) -> Option<(TempDir, [Store; 2])> {
    let (dir, store) = server_plans::server().await?;
    let when = When::Instant { at: DUE, zone: "Europe/Paris".to_owned() };
    let (late, holidays) = (Late::default(), Vec::new());
    let schedule = Schedule { when: when.clone(), phrase: None, unless_answered: false, late, holidays, remind: None };
    let draft = serde_json::to_string(&DraftRef::default()).unwrap();
    let wish = serde_json::to_string(&Wish { when, phrase: None, condition: Condition::NoAnswer, every_days: None }).unwrap();
    let mut tx = store.write().await.unwrap();
    for forget in ["DELETE FROM scheduled", "UPDATE reminders SET due_at = NULL", "DELETE FROM mailbox_sends"] {
        sql::query(forget).execute(&mut *tx).await.unwrap();
    }
    sql::query("UPDATE mailboxes SET daily_limit = $1").bind(limit).execute(&mut *tx).await.unwrap();
    sql::query(
        "INSERT INTO scheduled (id, account, mailbox, state, due_at, schedule, draft, draft_id, track, created_at) \
         SELECT gen_random_uuid(), b.account, b.id, 0, n, $1, $2, 'due ' || n, 0, 0 FROM generate_series(1, $3::int) n \
         JOIN mailboxes b ON b.account = 'aaaaa' || chr(97 + n % 2)",
    )
    .bind(serde_json::to_string(&schedule).unwrap())
    .bind(draft)
    .bind(MAILS)
    .execute(&mut *tx)
    .await
    .unwrap();
    let reminders = "UPDATE reminders SET due_at = created_at, state = 0, wish = $1 WHERE created_at % 10 < 2";
    sql::query(reminders).bind(wish).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let other = Options::new(dir.path(), test_database::url(dir.path()).as_deref()).unwrap();
    let other = Store::open(&other).await.unwrap();
    Some((dir, [store, other]))
}

fn taking(owner: u128, limit: i64) -> Taking<'static> {
    Taking { owner: Uuid::from_u128(owner), now: DUE, until: DUE + 60_000, limit, busy: &[] }
}

/// Takes mails until none is left; gives them, and how many were moved on.
async fn all_mails(store: &Store, owner: u128) -> (Vec<Uuid>, usize) {
    let (leased, mut ids, mut moved) = (Line::new("leased", "leased"), Vec::new(), 0);
    let say = Say { leased: &leased, moved: |_, _| Line::new("moved", "moved") };
    loop {
        let taken = store.take_due(&taking(owner, 20), &say).await.unwrap();
        assert!(taken.rows.len() <= 20);
        for row in &taken.rows {
            assert_eq!(
                (row.state, row.lease.unwrap().owner, row.lease_number),
                (ScheduledState::Leased, Uuid::from_u128(owner), 1)
            );
        }
        ids.extend(taken.rows.iter().map(|row| row.id));
        moved += taken.moved.len();
        // What the other one was taking at that moment was passed over, and is its own.
        if taken.rows.is_empty() && taken.moved.is_empty() {
            return (ids, moved);
        }
    }
}

async fn all_reminders(store: &Store, owner: u128) -> Vec<(String, Uuid)> {
    let mut ids = Vec::new();
    loop {
        let taken = store.take_due_reminders(&taking(owner, 20)).await.unwrap();
        if taken.is_empty() {
            return ids;
        }
        ids.extend(taken.iter().map(|taken| (taken.row.account.as_str().to_owned(), taken.row.id)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_take_each_row_once() {
    let Some((_dir, [one, two])) = two(1_000).await else { return };
    let (mut first, second) = tokio::join!(all_mails(&one, 1), all_mails(&two, 2));
    first.0.extend(second.0);
    // A row that was passed over by both is taken by whoever looks next.
    first.0.extend(all_mails(&one, 1).await.0);
    assert_eq!(first.0.len(), usize::try_from(MAILS).unwrap());
    assert_eq!(first.0.iter().collect::<HashSet<_>>().len(), first.0.len());
    let lines: i64 =
        sql::query_scalar("SELECT COUNT(*) FROM flight WHERE what = 'leased'").fetch_one(one.read()).await.unwrap();
    assert_eq!(lines, MAILS);

    let due: i64 =
        sql::query_scalar("SELECT COUNT(*) FROM reminders WHERE due_at IS NOT NULL").fetch_one(one.read()).await.unwrap();
    let (mut first, second) = tokio::join!(all_reminders(&one, 1), all_reminders(&two, 2));
    first.extend(second);
    first.extend(all_reminders(&one, 1).await);
    assert!(due > 100);
    assert_eq!(first.len(), usize::try_from(due).unwrap());
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), first.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_take_of_one_mailbox_keep_its_limit() {
    let Some((_dir, [one, two])) = two(7).await else { return };
    let (first, second) = tokio::join!(all_mails(&one, 1), all_mails(&two, 2));
    let third = all_mails(&one, 1).await;
    assert_eq!(first.0.len() + second.0.len() + third.0.len(), 14, "seven of each of two mailboxes");
    assert_eq!(first.1 + second.1 + third.1, usize::try_from(MAILS).unwrap() - 14, "all others are moved on, once");
    let due = "SELECT COUNT(*) FROM scheduled WHERE state = 0 AND due_at <= $1";
    assert_eq!(sql::query_scalar::<i64>(due).bind(DUE).fetch_one(one.read()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_is_at_is_passed_over_and_nobody_waits() {
    let Some((_dir, [one, two])) = two(1_000).await else { return };
    // An account is being written, and one of its mails and one of its reminders with it.
    let mut tx = two.write_of(account()).await.unwrap();
    for change in [
        "UPDATE scheduled SET version = version + 1 WHERE due_at = 2",
        "UPDATE reminders SET version = version + 1 WHERE account = 'aaaaaa' AND due_at = 10",
    ] {
        assert_eq!(sql::query(change).execute(&mut *tx).await.unwrap().rows_affected(), 1);
    }
    assert_eq!(all_mails(&one, 1).await.0.len(), usize::try_from(MAILS - 1).unwrap());
    let reminders = all_reminders(&one, 1).await.len();
    assert!(reminders > 0);
    tx.commit().await.unwrap();
    assert_eq!(all_mails(&one, 1).await.0.len(), 1);
    assert_eq!(all_reminders(&one, 1).await.len(), 1);
}
