//! An account is erased: after its grace, to its end, and with nothing left of it anywhere.

use std::fs;

use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::rights::closed::Closed;
use waxwing_backend::rights::erase::{self, GRACE, Work};
use waxwing_backend::rights::{list, tables};
use waxwing_backend::store::Store;
use waxwing_backend::store::rights::{Erasure, Kind, Stage};

use crate::fill::{NEEDLE, START, account, contains, counts, files_with, fill, fresh, store, tables_with};

fn keys() -> Keys {
    Keys::from_bytes([7; 32])
}

async fn asked(store: &Store) -> Erasure {
    let found = store.find_account(NEEDLE).await.unwrap().unwrap();
    let new = erase::of_account(&keys(), &found, &SystemEntropy, START, GRACE).unwrap();
    store.ask_erasure(&new).await.unwrap()
}

#[tokio::test]
async fn it_is_said_of_every_table_whose_it_is() {
    let (_dir, store) = fresh().await;
    assert_eq!(tables::unknown(&store).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_left_of_an_account_anywhere() {
    let (dir, store) = fresh().await;
    let (gone, stays) = (account("aaaaaa"), account("bbbbbb"));
    fill(&store, gone, NEEDLE).await;
    fill(&store, stays, "somebody else").await;
    let all = |counts: Vec<(String, usize)>| counts.into_iter().filter(|(_, rows)| *rows == 0).collect::<Vec<_>>();
    assert_eq!(all(counts(&store, gone).await), [], "each table has a row");
    let before = counts(&store, stays).await;
    let hits = dir.path().join("hits");
    fs::create_dir_all(&hits).unwrap();
    fs::write(hits.join("damaged-1"), NEEDLE).unwrap();

    let keys = keys();
    let work = Work { store: &store, keys: &keys, data_dir: dir.path(), app: None };
    let asked = asked(&store).await;
    let closed = Closed::load(&store).await.unwrap();
    assert!(closed.contains(gone) && !closed.is_gone(gone), "not used from now on");
    assert_eq!(erase::round(&work, START + GRACE - 1).await.unwrap(), 0);
    assert_eq!(all(counts(&store, gone).await), [], "the grace is not over");

    // As often as it takes; what the first one left is gone with the second.
    let mut rounds = 0;
    while erase::round(&work, START + GRACE).await.unwrap() > 0 {
        rounds += 1;
        assert!(rounds < 5, "it never ends");
    }
    assert_eq!(erase::round(&work, START + GRACE).await.unwrap(), 0, "done is done");
    closed.reload(&store).await.unwrap();
    assert!(closed.is_gone(gone), "its hits are stored nowhere, for ever");
    assert_eq!(counts(&store, stays).await, before, "another account has all that it had");

    let proof = store.all_erasures().await.unwrap().pop().unwrap();
    assert_eq!((proof.id, proof.kind, proof.stage), (asked.id, Kind::Account, Stage::Done));
    assert_eq!(proof.digest, keys.erased("account", NEEDLE));
    let rows: erase::Counts = serde_json::from_str(proof.counts.as_deref().unwrap()).unwrap();
    assert_eq!((rows.get("messages"), rows.get("hits")), (Some(&1), Some(&1)));

    assert_eq!(tables_with(&store, NEEDLE).await, Vec::<String>::new());
    store.close().await;
    assert_eq!(files_with(dir.path(), NEEDLE), Vec::<String>::new(), "the database's file and log, and what lies beside it");
    assert!(!contains(&fs::read(dir.path().join(list::FILE)).unwrap(), "needle"));
}

#[tokio::test]
async fn it_can_be_undone_in_its_grace_and_not_later() {
    let (dir, store) = fresh().await;
    let one = account("aaaaaa");
    store.account_named(NEEDLE, one, START).await.unwrap();
    let first = asked(&store).await;
    assert_eq!(asked(&store).await.id, first.id, "asked for twice it is one");
    assert!(store.undo_erasure(first.id).await.unwrap());
    assert!(!store.undo_erasure(first.id).await.unwrap());
    assert!(!Closed::load(&store).await.unwrap().contains(one));
    let keys = keys();
    let work = Work { store: &store, keys: &keys, data_dir: dir.path(), app: None };
    while erase::round(&work, START + 2 * GRACE).await.unwrap() > 0 {}
    assert!(store.find_account(NEEDLE).await.unwrap().is_some());

    let again = asked(&store).await;
    assert!(store.begin_erasure(again.id).await.unwrap());
    assert!(!store.undo_erasure(again.id).await.unwrap(), "it has begun");
    while erase::round(&work, START).await.unwrap() > 0 {}
    assert!(store.find_account(NEEDLE).await.unwrap().is_none());
}

#[tokio::test]
async fn what_an_older_backup_holds_is_erased_again() {
    let (dir, db) = fresh().await;
    fill(&db, account("aaaaaa"), NEEDLE).await;
    let keys = keys();
    asked(&db).await;
    let work = Work { store: &db, keys: &keys, data_dir: dir.path(), app: None };
    while erase::round(&work, START + GRACE).await.unwrap() > 0 {}
    db.close().await;

    // A database as a backup from before has it.
    let old = tempfile::tempdir().unwrap();
    let db = store(old.path()).await;
    fill(&db, account("aaaaaa"), NEEDLE).await;
    fs::copy(dir.path().join(list::FILE), old.path().join(list::FILE)).unwrap();
    let work = Work { store: &db, keys: &keys, data_dir: old.path(), app: None };
    assert_eq!(erase::again(&work, START + GRACE).await.unwrap(), 1);
    assert_eq!(tables_with(&db, NEEDLE).await, Vec::<String>::new());
    assert_eq!(erase::again(&work, START + GRACE).await.unwrap(), 0, "it is known by now");
    assert_eq!(list::read(old.path()).unwrap().len(), 1, "and written down once");
    db.close().await;
}

#[tokio::test]
async fn an_account_that_is_restricted_is_not_used_and_stays() {
    let (_dir, store) = fresh().await;
    let one = account("aaaaaa");
    store.account_named(NEEDLE, one, START).await.unwrap();
    let closed = Closed::load(&store).await.unwrap();
    for (restricted, changed) in [(true, true), (true, false), (false, true), (false, false)] {
        assert_eq!(store.restrict(one, restricted, START).await.unwrap(), changed);
        closed.reload(&store).await.unwrap();
        assert_eq!((closed.contains(one), closed.is_gone(one)), (restricted, false));
        assert_eq!(store.restricted_since(one).await.unwrap(), restricted.then_some(START));
    }
}
