//! `waxwing keys`: everything that is sealed opens after a rotation, whole or cut short, and with the new key alone.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::http::oauth::pending_place;
use waxwing_backend::mailbox::registry::place;
use waxwing_backend::seal::{Given, MASTER_KEY_FILE, NEXT_KEY_FILE, Seal};
use waxwing_backend::store::sealed::SEALED;
use waxwing_backend::store::{Options, Store, sql};
use waxwing_protocol::Millis;

use crate::cli::{Serving, run, stderr, waxwing};
use crate::database;

/// A sign-in that is over by nobody's clock.
const NEVER: Millis = 32_503_680_000_000;

async fn store(data: &Path) -> Store {
    Store::open(&Options::new(data, database::url(data).as_deref()).unwrap()).await.unwrap()
}

fn seal(data: &Path) -> Seal {
    Seal::load(data, &Given::default()).unwrap()
}

async fn mailbox(store: &Store, account: AccountId, id: Uuid, sealed: &[u8]) {
    let mut tx = store.write().await.unwrap();
    sql::query(
        "INSERT INTO mailboxes (id, account, address, kind, config, secret, state_since, daily_limit, connected_at, \
         removed_at) VALUES ($1, $2, $3, 0, '{}', $4, 0, 500, 0, 1)",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(format!("{id}@example.org"))
    .bind(sealed)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Three mailboxes and a sign-in under way; gives the account.
async fn filled() -> (TempDir, AccountId) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    assert!(run(data, &["pair", "--account", "me"]).status.success());
    let key = Seal::load_or_create(data, &Given::default(), &SystemEntropy).unwrap();
    let store = store(data).await;
    let account = store.accounts().await.unwrap()[0].id;
    for n in 1..=3 {
        let id = Uuid::from_u128(n);
        let sealed = key.seal(place(id), format!("password {n}").as_bytes(), &SystemEntropy).unwrap();
        mailbox(&store, account, id, &sealed).await;
    }
    let verifier = key.seal(pending_place(&[9; 32]), b"verifier", &SystemEntropy).unwrap();
    store.add_pending_grant([9; 32], account, &verifier, NEVER).await.unwrap();
    store.close().await;
    (dir, account)
}

/// What opens under a key, in the order of the columns.
async fn opened(data: &Path, key: &Seal) -> Vec<String> {
    let store = store(data).await;
    let mut opened = Vec::new();
    for column in SEALED {
        for value in store.sealed(*column).await.unwrap() {
            if let Ok(plain) = key.open(value.place(), &value.value) {
                opened.push(String::from_utf8(plain.to_vec()).unwrap());
            }
        }
    }
    store.close().await;
    opened.sort();
    opened
}

const ALL: [&str; 4] = ["password 1", "password 2", "password 3", "verifier"];

#[tokio::test]
async fn all_is_sealed_under_the_new_key_and_nothing_under_the_old() {
    let (dir, _) = filled().await;
    let data = dir.path();
    let old = seal(data);
    let serving = Serving::start(data, &[]);
    let refused = run(data, &["keys", "rotate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("another `waxwing serve` runs"), "{}", stderr(&refused));
    assert!(!data.join(NEXT_KEY_FILE).exists());
    assert!(serving.stop().1);

    let done = run(data, &["keys", "rotate"]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stderr(&done).contains("sealed under the new key: 4 now, 0 before"), "{}", stderr(&done));
    let new = seal(data);
    assert_ne!(new.fingerprint(), old.fingerprint());
    assert_eq!(opened(data, &new).await, ALL);
    assert!(opened(data, &old).await.is_empty());
    // The old one is there for backups of before.
    let kept = data.join(format!("{MASTER_KEY_FILE}.{}", old.fingerprint().unwrap()));
    assert!(stderr(&done).contains(kept.to_str().unwrap()), "{}", stderr(&done));
    for secret in [fs::read_to_string(&kept).unwrap(), fs::read_to_string(data.join(MASTER_KEY_FILE)).unwrap()] {
        assert!(!stderr(&done).contains(secret.trim()));
    }
    // The backend takes it, and so does the next rotation.
    assert!(Serving::start(data, &[]).stop().1);
    assert!(run(data, &["keys", "rotate"]).status.success());
    assert_eq!(opened(data, &seal(data)).await, ALL);
}

#[tokio::test]
async fn cut_short_it_goes_on_and_nothing_is_closed_meanwhile() {
    let (dir, account) = filled().await;
    let data = dir.path();
    let old = seal(data);
    let next = Seal::load_or_create_next(data, &Given::default(), &SystemEntropy).unwrap();
    // Cut short after the first.
    let store = store(data).await;
    let first = &store.sealed(SEALED[0]).await.unwrap()[0];
    let plain = old.open(first.place(), &first.value).unwrap();
    assert!(store.replace_sealed(first, &next.seal(first.place(), &plain, &SystemEntropy).unwrap()).await.unwrap());
    assert!(!store.replace_sealed(first, b"late").await.unwrap(), "it was replaced meanwhile");
    // And one that nobody's key opens.
    mailbox(&store, account, Uuid::from_u128(4), b"damaged").await;
    store.close().await;
    assert_eq!(opened(data, &seal(data)).await, ALL, "the backend opens both");
    let doctor = run(data, &["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned() + &stderr(&doctor);
    assert!(said.contains("waxwing keys rotate"), "{said}");

    let done = run(data, &["keys", "rotate"]);
    assert!(stderr(&done).contains("sealed under the new key: 3 now, 1 before"), "{}", stderr(&done));
    assert!(stderr(&done).contains("1 could be opened by neither key"), "{}", stderr(&done));
    assert_eq!(seal(data).fingerprint(), next.fingerprint());
    assert_eq!(opened(data, &seal(data)).await, ALL);
}

#[tokio::test]
async fn keys_that_the_environment_gives() {
    let (dir, _) = filled().await;
    let data = dir.path();
    let old = fs::read_to_string(data.join(MASTER_KEY_FILE)).unwrap();
    fs::remove_file(data.join(MASTER_KEY_FILE)).unwrap();
    let new = "0f".repeat(32);
    let rotate = |key: Option<&str>, next: Option<&str>| {
        let mut command = waxwing(data);
        command.args(["keys", "rotate"]);
        for (name, value) in [("WAXWING_MASTER_KEY", key), ("WAXWING_MASTER_KEY_NEXT", next)] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.output().unwrap()
    };
    for (key, next) in [(Some(old.as_str()), None), (None, Some(new.as_str()))] {
        let refused = rotate(key, next);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    }
    let wrong = rotate(Some(&old), Some("0f0f"));
    assert_eq!(wrong.status.code(), Some(1), "{}", stderr(&wrong));
    assert!(stderr(&wrong).contains("64 hexadecimal digits"), "{}", stderr(&wrong));
    let missing = rotate(None, None);
    assert!(!missing.status.success(), "no key is made for values of another one");
    let done = rotate(Some(&old), Some(&new));
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(!stderr(&done).contains(&new));
    assert_eq!(opened(data, &Seal::from_bytes([0x0f; 32])).await, ALL);
    assert!(!data.join(MASTER_KEY_FILE).exists() && !data.join(NEXT_KEY_FILE).exists());
}

#[tokio::test]
async fn an_epoch_is_begun_for_one_account() {
    let (dir, account) = filled().await;
    let data = dir.path();
    let unknown = run(data, &["keys", "epoch", "--account", "nobody"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("there is no account named nobody"));
    assert!(run(data, &["pair", "--account", "other"]).status.success());
    let before = epochs(data).await;
    let begun = run(data, &["keys", "epoch", "--account", "me"]);
    assert!(begun.status.success(), "{}", stderr(&begun));
    for (id, epoch) in epochs(data).await {
        let was = before.iter().find(|(known, _)| *known == id).unwrap().1;
        assert_eq!(epoch, was + u8::from(id == account));
    }
    let store = store(data).await;
    let mut tx = store.write().await.unwrap();
    sql::query("UPDATE accounts SET epoch = 254 WHERE id = $1").bind(account.as_str()).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    assert!(run(data, &["keys", "epoch", "--account", "me"]).status.success());
    let over = run(data, &["keys", "epoch", "--account", "me"]);
    assert!(stderr(&over).contains("the last epoch"), "{}", stderr(&over));
    let last = epochs(data).await.into_iter().find(|(id, _)| *id == account).unwrap().1;
    assert_eq!(last, u8::MAX, "it never begins anew");
}

async fn epochs(data: &Path) -> Vec<(AccountId, u8)> {
    let store = store(data).await;
    let epochs = store.accounts().await.unwrap().into_iter().map(|account| (account.id, account.epoch)).collect();
    store.close().await;
    epochs
}
