//! The contract of the store: functions that take a store, so that another engine can be run through the same.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::hits::admit::Gate;
use waxwing_backend::hits::judging::Judging;
use waxwing_backend::hits::knowledge::InForce;
use waxwing_backend::hits::roll_up;
use waxwing_backend::keys::Keys;
use waxwing_backend::store::codes::{Maker, NewDevice, Redeemed};
use waxwing_backend::store::hits::{self, NewHit};
use waxwing_backend::store::messages::{Delete, Filter};
use waxwing_backend::store::registration::Put;
use waxwing_backend::store::sessions::{NewSession, Way};
use waxwing_backend::store::sql;
use waxwing_backend::store::{Options, Store, StoreError};
use waxwing_protocol::api::{Event, HitKind, StateFilter};

use crate::support::{MockClock, READER, START, is_file, message, store_options, until};

async fn fresh() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&store_options(&dir)).await.unwrap();
    (dir, store)
}

/// One test a function of the contract.
macro_rules! contract {
    ($($name:ident),* $(,)?) => { $(
        #[tokio::test]
        async fn $name() {
            let (_dir, store) = fresh().await;
            contract::$name(&Arc::new(store)).await;
        }
    )* };
}

contract!(accounts, codes, hits_are_in_order, work_that_is_dropped_did_not_happen, messages, rolling_up, events);

fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn hit(account: AccountId, message: Uuid, at: i64) -> NewHit {
    let address: IpAddr = "2001:db8::1".parse().unwrap();
    NewHit { at, account, message, kind: HitKind::Open, link: None, agent: Some(READER.to_owned()), address, headers: None }
}

async fn append(store: &Store, all: &[NewHit]) {
    let mut tx = store.write().await.unwrap();
    hits::append(&mut tx, all.iter()).await.unwrap();
    tx.commit().await.unwrap();
}

mod contract {
    use super::*;

    pub(super) async fn accounts(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        assert_eq!((me.id, me.epoch), (id("aaaaaaaa"), 0));
        assert_eq!(store.account_named("me", id("bbbbbbbb"), START).await.unwrap(), me);
        assert_eq!(store.account(me.id).await.unwrap().unwrap(), me);
        assert_eq!(store.account(id("cccccccc")).await.unwrap(), None);
        assert_eq!(store.find_account("ME").await.unwrap(), None);
        assert_eq!(store.accounts().await.unwrap(), [me]);
        assert_eq!(store.setting("x").await.unwrap(), None);
        store.set_setting("x", "1").await.unwrap();
        store.set_setting("x", "2").await.unwrap();
        assert_eq!(store.setting("x").await.unwrap().as_deref(), Some("2"));
    }

    pub(super) async fn codes(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        let device = |n: u128| NewDevice { id: Uuid::from_u128(n), name: "d", token_hash: [u8::try_from(n).unwrap(); 32] };
        store.add_code([1; 32], me.id, Maker::Operator, START, START + 10).await.unwrap();
        store.add_code([2; 32], me.id, Maker::Operator, START, START + 10).await.unwrap();
        assert_eq!(store.redeem([9; 32], &device(1), START).await.unwrap(), Redeemed::Unknown);
        assert_eq!(store.redeem([1; 32], &device(1), START).await.unwrap(), Redeemed::Good(me.id));
        assert_eq!(store.redeem([1; 32], &device(2), START).await.unwrap(), Redeemed::Used);
        assert_eq!(store.redeem([2; 32], &device(2), START + 10).await.unwrap(), Redeemed::Expired);
        assert_eq!(store.devices(me.id).await.unwrap().len(), 1);
        let caller = store.caller([1; 32]).await.unwrap().unwrap();
        assert_eq!((caller.device, caller.account), (Uuid::from_u128(1), me.clone()));
        assert!(store.caller([2; 32]).await.unwrap().is_none());
        // Who is gone makes no codes; who is there does.
        let (by, of) = (Maker::Device(Uuid::from_u128(1)), Maker::Session(Uuid::from_u128(7)));
        assert!(store.add_code([6; 32], me.id, by, START, START + 10).await.unwrap());
        assert!(!store.add_code([7; 32], me.id, of, START, START + 10).await.unwrap());
        let session = NewSession { hash: [8; 32], id: Uuid::from_u128(7), agent: "b", before: &[] };
        assert_eq!(store.sign_in([9; 32], &session, Way::Code, START).await.unwrap(), Redeemed::Unknown);
        assert_eq!(store.sign_in([6; 32], &session, Way::Code, START).await.unwrap(), Redeemed::Good(me.id));
        assert_eq!(store.session([8; 32], START).await.unwrap().unwrap().way, Way::Code);
        assert!(store.add_code([7; 32], me.id, of, START, START + 10).await.unwrap());
        let other = NewSession { hash: [10; 32], id: Uuid::from_u128(8), agent: "b", before: &[] };
        assert_eq!(store.sign_in([6; 32], &other, Way::Code, START).await.unwrap(), Redeemed::Used);
        assert!(store.session([10; 32], START).await.unwrap().is_none(), "the code and the session, or neither");
        // Revoked to the last epoch there is, and beyond: it stays.
        for n in 1..=300_u128 {
            let revoked = store.revoke_device(me.id, Uuid::from_u128(n), START, &Event::Account, None).await.unwrap().unwrap();
            assert_eq!(u128::from(revoked.0), n.min(255));
            let next = NewDevice { id: Uuid::from_u128(n + 1), name: "d", token_hash: [4; 32] };
            let mut hash = [5; 32];
            hash[..16].copy_from_slice(&n.to_le_bytes());
            store.add_code(hash, me.id, Maker::Operator, START, START + 1).await.unwrap();
            assert_eq!(store.redeem(hash, &next, START).await.unwrap(), Redeemed::Good(me.id));
        }
    }

    pub(super) async fn hits_are_in_order(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        // More than one statement takes, and not a multiple of anything.
        let all: Vec<_> = (0..301_u16).map(|n| hit(me.id, Uuid::from_u128(n.into()), START - i64::from(n))).collect();
        append(store, &all).await;
        append(store, &[]).await;
        let stored = store.hits_after(0, 1_000).await.unwrap();
        assert_eq!(stored.len(), all.len());
        for (stored, hit) in stored.iter().zip(&all) {
            assert_eq!((stored.at, stored.message, stored.account), (hit.at, hit.message, hit.account));
            assert_eq!((stored.agent.as_deref(), stored.address.as_str()), (Some(READER), "2001:db8::1"));
        }
        assert!(stored.windows(2).all(|pair| pair[0].id < pair[1].id));
        let page = store.hits_after(stored[99].id, 100).await.unwrap();
        assert_eq!((page[0].id, page.len()), (stored[100].id, 100));
        assert_eq!(store.last_hit_at().await.unwrap(), Some(START - 300));
    }

    pub(super) async fn work_that_is_dropped_did_not_happen(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        let mut tx = store.write().await.unwrap();
        hits::append(&mut tx, [hit(me.id, Uuid::nil(), START)].iter()).await.unwrap();
        drop(tx);
        assert!(store.hits_after(0, 10).await.unwrap().is_empty());
        append(store, &[hit(me.id, Uuid::nil(), START)]).await;
        assert_eq!(store.hits_after(0, 10).await.unwrap().len(), 1);
    }

    pub(super) async fn messages(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        let ann = store.account_named("ann", id("bbbbbbbb"), START).await.unwrap();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let put = message("s", START);
        assert!(matches!(store.put_message(me.id, one, &put, START).await.unwrap(), Put::Created(_)));
        assert_eq!(store.put_message(me.id, one, &put, START).await.unwrap(), Put::Unchanged);
        let mut more = put.clone();
        more.gmail.thread = Some("thread-f:1".to_owned());
        assert!(matches!(store.put_message(me.id, one, &more, START).await.unwrap(), Put::Updated(_)));
        assert_eq!(store.put_message(me.id, one, &put, START).await.unwrap(), Put::Unchanged);
        more.epoch = 1;
        assert_eq!(store.put_message(me.id, two, &more, START).await.unwrap(), Put::FutureEpoch);
        assert!(store.is_registered(me.id, one).await.unwrap());
        assert!(!store.is_registered(ann.id, one).await.unwrap());
        // The same id in another account is another message.
        assert!(matches!(store.put_message(ann.id, one, &put, START).await.unwrap(), Put::Created(_)));
        assert!(matches!(store.delete_message(me.id, one, START, || {}).await.unwrap(), Delete::Deleted(_)));
        assert_eq!(store.delete_message(me.id, one, START, || {}).await.unwrap(), Delete::Already);
        assert_eq!(store.put_message(me.id, one, &put, START).await.unwrap(), Put::Gone);
        assert!(store.stops().await.unwrap().get(&(me.id, one)).is_some_and(|stop| stop.deleted));
        assert!(store.is_registered(ann.id, one).await.unwrap());
    }

    pub(super) async fn rolling_up(store: &Arc<Store>) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        let gate = Arc::new(Gate::load(Keys::from_bytes([7; 32]), store).await.unwrap());
        let no_lists = tempfile::tempdir().unwrap();
        let knowledge = Arc::new(InForce::load(store, no_lists.path(), START).await.unwrap());
        let judging = Judging::new(Arc::clone(store), Arc::clone(&gate), MockClock::new(), knowledge, Arc::default());
        let (known, unknown, gone) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        store.put_message(me.id, known, &message("s", START), START).await.unwrap();
        let all: Vec<_> =
            (0..1_201_u16).map(|n| hit(me.id, [known, unknown, gone][usize::from(n % 3)], START + i64::from(n))).collect();
        append(store, &all).await;
        // Deleted after the hits came in and before they were rolled up.
        store.delete_message(me.id, gone, START, || gate.stopped.insert(me.id, gone)).await.unwrap();
        let mut batches = Vec::new();
        loop {
            let batch = roll_up::batch(&judging, START).await.unwrap();
            if batch.hits == 0 {
                break;
            }
            batches.push(batch.hits);
        }
        assert_eq!(batches.iter().sum::<usize>(), 801, "the erased ones are not there to be read");
        let read = store.message(me.id, known, 100).await.unwrap().unwrap();
        let activity = &read.message.activity;
        assert_eq!((activity.opens, activity.open_hits), (1, 401));
        assert_eq!(activity.last_open_at, Some(START + 1_200));
        assert_eq!((read.hits.len(), read.more_hits), (100, 301));
        // Hits of a message that nobody registered count once it is.
        store.put_message(me.id, unknown, &message("late", START), START).await.unwrap();
        assert_eq!(store.message(me.id, unknown, 1).await.unwrap().unwrap().message.activity.open_hits, 400);
        let filter = Filter { state: Some(StateFilter::Opened), limit: 10, ..Filter::default() };
        assert_eq!(store.messages(me.id, &filter).await.unwrap().len(), 2);
        let report = store.report(me.id, &[(START, START + 1)], 1).await.unwrap();
        assert_eq!((report.spans[0].sent, report.spans[0].opened), (2, 2));
        assert_eq!((report.domains[0].domain.as_str(), report.domains[0].opened), ("example.org", 2));
        // Deleted, and the hits erased in a second step that a crash may cut off.
        store.delete_message(me.id, known, START, || gate.stopped.insert(me.id, known)).await.unwrap();
        assert_eq!(store.unerased().await.unwrap(), [(me.id, known)]);
        store.erase_hits(me.id, known).await.unwrap();
        assert_eq!(store.unerased().await.unwrap(), []);
        assert_eq!(store.hits_after(0, 10_000).await.unwrap().len(), 400);
    }

    pub(super) async fn events(store: &Store) {
        let me = store.account_named("me", id("aaaaaaaa"), START).await.unwrap();
        let ann = store.account_named("ann", id("bbbbbbbb"), START).await.unwrap();
        let added = store.add_events(&[me.id, ann.id], START, &Event::Account).await.unwrap();
        assert!(added[0].1 < added[1].1);
        assert_eq!(store.events_after(me.id, 0, 10).await.unwrap().len(), 1);
        assert_eq!(store.events_after(me.id, added[0].1, 10).await.unwrap(), []);
        assert_eq!(store.prune_events(START).await.unwrap(), 0);
        let later = START + 8 * 86_400_000;
        store.add_events(&[me.id], later, &Event::Account).await.unwrap();
        assert_eq!(store.prune_events(later).await.unwrap(), 2);
        let span = store.event_span(me.id).await.unwrap();
        assert_eq!((span.pruned, span.newest), (added[0].1, added[1].1 + 1));
    }
}

#[tokio::test]
async fn rolling_up_reads_only_the_messages_it_asks_for() {
    if !is_file() {
        return;
    }
    let (_dir, store) = fresh().await;
    for join in [
        "messages m ON m.account = asked.account AND m.id = asked.message",
        "activity a ON a.message = asked.message AND a.account = asked.account",
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN WITH asked (message, account) AS (VALUES (x'00', 'x'), (x'01', 'y')) SELECT * FROM asked JOIN {join}"
        );
        let plan: Vec<(i64, i64, i64, String)> =
            sql::query_as(sql::AssertSqlSafe(sql)).fetch_all(store.writer()).await.unwrap();
        let searched = |step: &str| step.starts_with("SEARCH ") && step.matches("=?").count() == 2;
        assert!(plan.iter().any(|row| searched(&row.3)), "{plan:?}");
    }
}

#[tokio::test]
async fn a_hit_that_is_committed_late_is_not_passed_over() {
    if is_file() {
        return;
    }
    let (_dir, store) = fresh().await;
    let mut late = store.writer().acquire().await.unwrap();
    sql::batch("BEGIN", &mut late).await.unwrap();
    let add = "INSERT INTO hits (at, account, message, kind, address) VALUES (1, 'aaaaaaaa', $1, 0, '::1')";
    sql::query(add).bind(Uuid::nil()).execute(&mut late).await.unwrap();
    let early = hit(id("aaaaaaaa"), Uuid::from_u128(2), 2);
    append(&store, std::slice::from_ref(&early)).await;

    // Whoever reads the newest sees the second number and not the first.
    assert_eq!(store.hits_after(0, 10).await.unwrap().len(), 1);
    for _ in 0..3 {
        assert_eq!(store.unrolled(10).await.unwrap().hits, [], "the first may still come");
    }
    sql::batch("COMMIT", &mut late).await.unwrap();
    drop(late);
    append(&store, &[early]).await;
    let hits = until(async || Some(store.unrolled(10).await.unwrap().hits).filter(|hits| hits.len() == 3)).await;
    assert_eq!(hits.iter().map(|hit| hit.at).collect::<Vec<_>>(), [1, 2, 2]);
}

#[tokio::test]
async fn writers_of_one_account_take_turns_and_those_of_others_do_not_wait() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { busy_timeout: Duration::from_millis(200), ..store_options(&dir) };
    let store = Store::open(&options).await.unwrap();
    let (me, ann) = (id("aaaaaaaa"), id("bbbbbbbb"));
    let waits = async |scope: Option<AccountId>| {
        let begun = match scope {
            Some(account) => store.write_of(account).await,
            None => store.write().await,
        };
        match begun {
            Ok(tx) => tx.cancel().await.map(|()| false).unwrap(),
            // Longer than the tests' options let anybody wait.
            Err(StoreError::Unavailable(_)) => true,
            Err(error) => panic!("{error}"),
        }
    };
    if is_file() {
        // There is one connection that writes: who waits for it waits in this process, and as long as it takes.
        for scope in [Some(me), Some(ann), None] {
            assert!(!waits(scope).await);
        }
        return;
    }
    let mine = store.write_of(me).await.unwrap();
    assert!(waits(Some(me)).await && !waits(Some(ann)).await && waits(None).await);
    let anns = store.write_of(ann).await.unwrap();
    mine.cancel().await.unwrap();
    assert!(!waits(Some(me)).await && waits(Some(ann)).await && waits(None).await);
    anns.cancel().await.unwrap();
    let alone = store.write().await.unwrap();
    assert!(waits(Some(me)).await && waits(None).await);
    alone.cancel().await.unwrap();
    assert!(!waits(None).await);
}

#[tokio::test]
async fn other_engines_and_missing_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for url in ["mysql://user:secret@host/db", "sqlite://", "sqlite:///a?mode=rwc", "waxwing.db"] {
        let error = Options::new(dir.path(), Some(url)).unwrap_err();
        assert!(matches!(error, StoreError::UnknownEngine(_)), "{url}");
        assert!(!error.to_string().contains("secret"));
    }
    if !is_file() {
        return;
    }
    let missing = Store::open(&store_options(&dir).existing()).await.unwrap_err();
    assert!(matches!(missing, StoreError::Missing(_)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "asking leaves nothing behind");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (dir, store) = fresh().await;
    sql::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, $1, 0)",
    )
    .bind(vec![0])
    .execute(store.writer())
    .await
    .unwrap();
    store.close().await;
    assert!(matches!(Store::open(&store_options(&dir)).await.unwrap_err(), StoreError::TooNew));
}

#[tokio::test]
async fn opening_at_once_makes_one_database() {
    let dir = tempfile::tempdir().unwrap();
    let options = store_options(&dir);
    let opened =
        futures_util::future::join_all((0..8).map(|_| {
            let options = options.clone();
            // The lock between processes blocks a thread: each opens on its own.
            async move {
                tokio::task::spawn_blocking(move || tokio::runtime::Handle::current().block_on(Store::open(&options))).await
            }
        }))
        .await;
    for store in opened {
        store.unwrap().unwrap().ping().await.unwrap();
    }
}
