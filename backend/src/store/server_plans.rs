//! What the same statements read as PostgreSQL plans them: an index each, in its order. On a server (`WAXWING_TEST_POSTGRES`); passed
//! over where there is none.
//!
//! Tables are small here, so that reading one from end to end would be the cheapest: it is forbidden, and so is sorting where an
//! index gives the order. What a plan still has of either is what no index can serve.

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_protocol::api::{Confidence, Label, StateFilter};

use super::judged::{self, Change, Said};
use super::messages::{self, Filter};
use super::plans::account;
use super::rollup::{self, Key};
use super::sql::{self, Value};
use super::{Options, Store, around, corrections, domains, search, stats, test_database};

/// A database on the server, filled.
pub(super) async fn server() -> Option<(TempDir, Store)> {
    let dir = tempfile::tempdir().unwrap();
    let url = test_database::url(dir.path())?;
    let store = Store::open(&Options::new(dir.path(), Some(&url)).unwrap()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sql::batch(include_str!("server_plans.sql"), &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    Some((dir, store))
}

/// Only few rows are wanted of what is large.
const FORBID: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";
const FORBID_SORTS: &str = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off";

/// The steps of a statement's plan with these parameters. None reads a table from end to end.
async fn explain(store: &Store, text: &str, values: &[Value], sorts: bool) -> Vec<String> {
    let mut tx = store.write().await.unwrap();
    sql::batch(FORBID, &mut tx).await.unwrap();
    if !sorts {
        sql::batch(FORBID_SORTS, &mut tx).await.unwrap();
    }
    let mut query = sql::query_scalar::<String>(sql::AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {text}")));
    for value in values {
        query = query.bind(value.clone());
    }
    let steps = query.persistent(false).fetch_all(&mut *tx).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    tx.cancel().await.unwrap();
    assert!(!steps.iter().any(|step| step.contains("Seq Scan")), "{text}: {steps:#?}");
    steps
}

/// A statement reads these indexes.
pub(super) async fn reads(store: &Store, text: &str, values: &[Value], indexes: &[&str]) {
    let steps = explain(store, text, values, true).await;
    for index in indexes {
        let using = |step: &String| step.contains(&format!("using {index} ")) || step.contains(&format!("on {index}"));
        assert!(steps.iter().any(using), "{index}: {text}: {steps:#?}");
    }
}

/// A statement reads this index, and in its order.
pub(super) async fn in_order(store: &Store, query: &sql::Builder, index: &str) {
    let steps = explain(store, query.sql(), query.values(), false).await;
    assert!(steps.iter().any(|step| step.contains(&format!("using {index} "))), "{index}: {}: {steps:#?}", query.sql());
    assert!(!steps.iter().any(|step| step.contains("Sort")), "{}: {steps:#?}", query.sql());
}

#[tokio::test]
async fn lists_read_an_index_in_its_order() {
    let Some((_dir, store)) = server().await else { return };
    for (state, index) in [
        (None, "messages_by_time"),
        (Some(StateFilter::Unopened), "messages_unopened"),
        (Some(StateFilter::Opened), "messages_opened"),
        (Some(StateFilter::Clicked), "messages_clicked"),
        (Some(StateFilter::Machines), "messages_machines"),
    ] {
        for (before, sent_before) in [(None, None), (Some((1, Uuid::nil())), None), (Some((1, Uuid::nil())), Some(1))] {
            let filter = Filter { words: vec!["word".to_owned()], state, before, sent_before, limit: 10 };
            in_order(&store, &messages::page(store.kind(), account(), &filter), index).await;
            in_order(&store, &search::newest(store.kind(), account(), &filter, (1, Uuid::nil())), index).await;
        }
    }
    let filter = Filter { words: vec!["offer".to_owned()], limit: 10, ..Filter::default() };
    let indexed = search::indexed(store.kind(), account(), &filter, &search::parts(&filter.words));
    reads(&store, indexed.sql(), indexed.values(), &["contents_search", "messages_pkey", "contents_pkey"]).await;
    let threads = ["0123456789abcdef".to_owned(), "fedcba9876543210".to_owned()];
    let of_threads = messages::of_threads(account(), &threads, 500);
    reads(&store, of_threads.sql(), of_threads.values(), &["messages_of_thread", "contents_pkey", "activity_pkey"]).await;
    let again = messages::again(account(), 1, 20);
    reads(&store, again.sql(), again.values(), &["activity_again"]).await;
}

#[tokio::test]
async fn hits_and_totals_are_looked_up() {
    let Some((_dir, store)) = server().await else { return };
    let (me, span): (Value, [Value; 2]) = (account().as_str().into(), [1.into(), 2.into()]);
    let hit = [1.into(), me.clone()];
    reads(&store, corrections::FOUND, &hit, &["hits_pkey", "message_hits_pkey", "messages_account_id_key"]).await;
    let like = [me.clone(), "acme.example".into(), 1.into(), 10.into()];
    reads(&store, corrections::OTHERS, &like, &["message_domains_pkey", "messages_pkey", "message_hits_pkey", "hits_pkey"])
        .await;
    let history = [me.clone(), "acme.example".into(), 1.into(), 10.into()];
    reads(&store, domains::HISTORY, &history, &["message_domains_pkey", "messages_pkey", "activity_pkey"]).await;
    let [since, until] = span;
    reads(&store, stats::ANSWER_TIME, &[me, since, until], &["messages_answered"]).await;
}

#[tokio::test]
async fn many_messages_are_looked_up_one_by_one() {
    let Some((_dir, store)) = server().await else { return };
    for count in [1, 300] {
        let keys: Vec<Key> = (0..count).map(|n| (Uuid::from_u64_pair(1, n), account())).collect();
        let after: Vec<(Key, i64)> = keys.iter().map(|key| (*key, 1)).collect();
        let said = Said { label: Label::Human, confidence: Confidence::Low, reason: String::new(), name: None };
        let change = Change { hit: 1, said, repeat: false, rule: None };
        let changes: Vec<_> = keys.iter().map(|key| (*key, &change)).collect();
        for (query, indexes) in [
            (rollup::roll_ups_of(&keys), &["activity_pkey"][..]),
            (rollup::registered_of(&keys), &["messages_account_id_key"]),
            (around::mails_of(&keys), &["messages_account_id_key", "contents_pkey"]),
            (around::views_of(&keys), &["own_views_pkey"]),
            (judged::standings_of(&keys), &["activity_pkey"]),
            (judged::filed_of(&after), &["message_hits_pkey", "hits_pkey"]),
            (judged::recent_of(&keys, 1, 1, 1_000), &["message_hits_pkey", "hits_pkey"]),
            (judged::guards_of(&keys), &["activity_pkey", "messages_account_id_key"]),
            (judged::settle_update(store.kind(), &after), &["message_hits_pkey"]),
            (judged::verdicts_update(store.kind(), &changes), &["message_hits_pkey"]),
        ] {
            reads(&store, query.sql(), query.values(), indexes).await;
        }
    }
}
