//! What the statements behind lists and totals read, as SQLite plans them: an index each, in its order, and never a table from
//! end to end. A statement that is planned otherwise works as well with ten messages, and not with a million.

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_protocol::api::{Confidence, Label, StateFilter};

use super::judged::{self, Change, Said};
use super::messages::{self, Filter};
use super::rollup::{self, Key};
use super::sql;
use super::{Options, Store, test_database};
use super::{around, corrections, domains, search, stats};
use crate::account_id::AccountId;

pub(super) async fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Options::new(dir.path(), test_database::url(dir.path()).as_deref()).unwrap()).await.unwrap();
    (dir, store)
}

/// The same in a file: SQLite is asked for its plans.
pub(super) async fn file() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Options::new(dir.path(), None).unwrap()).await.unwrap();
    (dir, store)
}

pub(super) fn account() -> AccountId {
    AccountId::parse("aaaaaa").unwrap()
}

/// The steps of a statement's plan. No step may read a table, or an index of one, from end to end.
pub(super) async fn plan(store: &Store, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let rows: Vec<(i64, i64, i64, String)> =
        sql::query_as(sql::AssertSqlSafe(sql.clone())).fetch_all(store.writer()).await.unwrap();
    let steps: Vec<_> = rows.into_iter().map(|row| row.3).collect();
    let tables = [
        "m",
        "c",
        "a",
        "h",
        "i",
        "v",
        "messages",
        "activity",
        "hits",
        "message_hits",
        "message_domains",
        "totals",
        "contents",
        "s",
        "f",
        "scheduled",
        "flight",
        "mailbox_sends",
        "mailbox_access",
        "w",
        "p",
        "r",
        "waiting",
        "waiting_people",
        "reminders",
    ];
    for step in &steps {
        let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        assert!(scanned.is_none_or(|table| !tables.contains(&table)), "{sql}: {steps:?}");
    }
    steps
}

pub(super) fn has(steps: &[String], words: &str) -> bool {
    steps.iter().any(|step| step.contains(words))
}

#[tokio::test]
async fn lists_of_every_kind_read_an_index_in_its_order() {
    let (_dir, store) = file().await;
    for (state, index) in [
        (None, "messages_by_time"),
        (Some(StateFilter::Unopened), "messages_unopened"),
        (Some(StateFilter::Opened), "messages_opened"),
        (Some(StateFilter::Clicked), "messages_clicked"),
        (Some(StateFilter::Machines), "messages_machines"),
    ] {
        for (before, sent_before) in
            [(None, None), (Some((1, Uuid::nil())), None), (None, Some(1)), (Some((1, Uuid::nil())), Some(1))]
        {
            let filter = Filter { words: vec!["word".to_owned()], state, before, sent_before, limit: 10 };
            let steps = plan(&store, messages::page(store.kind(), account(), &filter).sql()).await;
            assert!(steps[0].contains(index), "{filter:?}: {steps:?}");
            assert!(!has(&steps, "TEMP B-TREE"), "{filter:?}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn threads_and_what_was_opened_again_are_found_by_their_indexes() {
    let (_dir, store) = file().await;
    let threads = ["0123456789abcdef".to_owned(), "fedcba9876543210".to_owned()];
    let steps = plan(&store, messages::of_threads(account(), &threads, 500).sql()).await;
    assert!(has(&steps, "messages_of_thread (account=? AND legacy_thread=?)"), "{steps:?}");
    let steps = plan(&store, messages::again(account(), 1, 20).sql()).await;
    assert!(steps[0].contains("activity_again (account=? AND again_at>?)"), "{steps:?}");
}

#[tokio::test]
async fn totals_are_counted_on_indexes_alone() {
    let (_dir, store) = file().await;
    let steps = plan(&store, stats::TOTALS).await;
    assert!(has(&steps, "COVERING INDEX messages_by_time (account=? AND sent_at>? AND sent_at<?)"), "{steps:?}");
    assert!(has(&steps, "totals USING PRIMARY KEY (account=? AND span=? AND since>? AND since<?)"), "{steps:?}");
    let steps = plan(&store, domains::MOST_FREQUENT).await;
    assert!(has(&steps, "d USING COVERING INDEX message_domains_by_time (account=? AND sent_at>? AND sent_at<?)"), "{steps:?}");
    assert!(has(&steps, "m USING INTEGER PRIMARY KEY (rowid=?)"), "{steps:?}");
    assert!(has(&steps, "totals USING PRIMARY KEY (account=? AND span=? AND since>? AND since<?)"), "{steps:?}");
    let steps = plan(&store, domains::HISTORY).await;
    assert!(has(&steps, "SEARCH message_domains USING PRIMARY KEY (account=? AND domain=?)"), "{steps:?}");
    assert!(has(&steps, "SEARCH a USING PRIMARY KEY (message=? AND account=?)"), "{steps:?}");
    assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
}

#[tokio::test]
async fn a_search_reads_the_newest_or_what_the_index_proposes() {
    let (_dir, store) = file().await;
    let words = vec!["offer".to_owned(), "quarterly".to_owned()];
    for (state, index) in [(None, "messages_by_time"), (Some(StateFilter::Machines), "messages_machines")] {
        let filter = Filter { words: words.clone(), state, before: Some((2, Uuid::nil())), sent_before: None, limit: 10 };
        let steps = plan(&store, search::walk(account(), &filter).sql()).await;
        assert!(steps[0].contains(index) && !has(&steps, "TEMP B-TREE"), "{steps:?}");
        let steps = plan(&store, search::newest(store.kind(), account(), &filter, (1, Uuid::nil())).sql()).await;
        assert!(steps[0].contains(index) && !has(&steps, "TEMP B-TREE"), "{steps:?}");
        let indexed = search::indexed(store.kind(), account(), &filter, &search::parts(&words));
        let steps = plan(&store, indexed.sql()).await;
        for step in ["m USING INTEGER PRIMARY KEY (rowid=?)", "c USING INTEGER PRIMARY KEY (rowid=?)"] {
            assert!(has(&steps, step), "{step}: {steps:?}");
        }
        assert!(has(&steps, "contents_search VIRTUAL TABLE INDEX") && !has(&steps, index), "{steps:?}");
    }
}

#[tokio::test]
async fn a_hit_is_found_by_its_number_and_those_alike_by_their_domain() {
    let (_dir, store) = file().await;
    let steps = plan(&store, corrections::FOUND).await;
    for table in ["h USING INTEGER PRIMARY KEY", "i USING PRIMARY KEY (message=? AND account=? AND hit=?)"] {
        assert!(has(&steps, table), "{table}: {steps:?}");
    }
    let steps = plan(&store, corrections::OTHERS).await;
    for table in [
        "message_domains USING PRIMARY KEY (account=? AND domain=?)",
        "i USING PRIMARY KEY (message=? AND account=?)",
        "h USING INTEGER PRIMARY KEY",
    ] {
        assert!(has(&steps, table), "{table}: {steps:?}");
    }
}

#[tokio::test]
async fn many_messages_are_looked_up_one_by_one() {
    let (_dir, store) = file().await;
    // SQLite weighs by the length of the list: with some hundred rows it would rather read the whole of the other table.
    for count in [1, 100, 300, 5_000] {
        let keys: Vec<Key> = (0..count).map(|n| (Uuid::from_u64_pair(1, n), account())).collect();
        let after: Vec<(Key, i64)> = keys.iter().map(|key| (*key, 1)).collect();
        for query in [
            rollup::roll_ups_of(&keys),
            rollup::registered_of(&keys),
            around::mails_of(&keys),
            around::views_of(&keys),
            judged::standings_of(&keys),
            judged::filed_of(&after),
            judged::recent_of(&keys, 1, 1, 1_000),
            judged::guards_of(&keys),
            judged::settle_update(store.kind(), &after),
        ] {
            plan(&store, query.sql()).await;
        }
        let said = Said { label: Label::Human, confidence: Confidence::Low, reason: String::new(), name: None };
        let change = Change { hit: 1, said, repeat: false, rule: None };
        let changes: Vec<_> = keys.iter().take(1_000).map(|key| (*key, &change)).collect();
        plan(&store, judged::verdicts_update(store.kind(), &changes).sql()).await;
    }
}
