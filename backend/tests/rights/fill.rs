//! A database with a row of one account in every table that can have one: also in tables of tomorrow.

use std::path::Path;

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::backup::tables::{Column, Holds, quoted};
use waxwing_backend::rights::tables::{self, Owned};
use waxwing_backend::store::sql::{self, Value};
use waxwing_backend::store::{DATABASE_FILE, Options, Store};
use waxwing_protocol::Millis;

/// 2026-11-22T08:00:00Z.
pub(crate) const START: Millis = 1_795_334_400_000;
pub(crate) const DAY: Millis = 24 * 60 * 60 * 1_000;
/// Stands in every text and in all bytes of the account.
pub(crate) const NEEDLE: &str = "needle.person@secret.example";

/// Columns that hold ids where the engine has no type for them.
const IDS: &[&str] = &[
    "id",
    "message",
    "mailbox",
    "scheduled",
    "waiting",
    "mail",
    "log",
    "lease_owner",
    "device",
    "session",
    "person",
    "invitation",
];

pub(crate) async fn store(dir: &Path) -> Store {
    let url = crate::database::url(dir).unwrap_or_else(|| format!("sqlite://{}", dir.join(DATABASE_FILE).display()));
    Store::open(&Options::new(dir, Some(&url)).unwrap()).await.unwrap()
}

pub(crate) async fn fresh() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    (dir, store)
}

pub(crate) fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// The one id that a row of this account has, whichever table it is in, so that rows refer to each other.
fn id(account: AccountId) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..account.as_str().len()].copy_from_slice(account.as_str().as_bytes());
    Uuid::from_bytes(bytes)
}

/// A number that no other account's rows have.
fn number(account: AccountId) -> i64 {
    account.as_str().bytes().fold(0, |sum, byte| sum * 31 + i64::from(byte))
}

/// Puts a row of the account into every table; those that others refer to first. `word` stands in all text and bytes.
pub(crate) async fn fill(store: &Store, account: AccountId, word: &str) {
    let mut owned = tables::owned(store).await.unwrap();
    owned.reverse();
    for owned in owned {
        let columns: Vec<_> = owned.table.columns.iter().map(|column| quoted(&column.name)).collect();
        let table = &owned.table.name;
        let mut insert = sql::Builder::new(format!("INSERT INTO {} ({}) VALUES (", quoted(table), columns.join(", ")));
        let mut values = insert.separated(", ");
        for column in &owned.table.columns {
            values.push_bind(value(&owned, column, account, word));
        }
        // Triggers may have made it.
        insert.push(") ON CONFLICT DO NOTHING");
        let mut tx = store.write().await.unwrap();
        insert.build().execute(&mut *tx).await.unwrap_or_else(|error| panic!("{table}: {error}"));
        tx.commit().await.unwrap();
    }
}

fn value(owned: &Owned, column: &Column, account: AccountId, word: &str) -> Value {
    let name = column.name.as_str();
    let is_id = IDS.contains(&name);
    match column.holds {
        Holds::Text if name == "account" || (owned.table.name == "accounts" && name == "id") => Value::from(account.as_str()),
        Holds::Text => Value::from(word),
        Holds::Integers if is_id || name == "seq" || name == "hit" => Value::from(number(account)),
        Holds::Integers => Value::from(1),
        Holds::Reals => Value::from(1.0),
        Holds::Bytes if is_id => Value::from(id(account).as_bytes().to_vec()),
        Holds::Bytes => Value::from(word.as_bytes().to_vec()),
        Holds::Uuids => Value::from(id(account)),
    }
}

/// How many rows of the account each table has.
pub(crate) async fn counts(store: &Store, account: AccountId) -> Vec<(String, usize)> {
    let mut counts = Vec::new();
    for owned in tables::owned(store).await.unwrap() {
        let rows = owned.page(store, account, None).await.unwrap().len();
        counts.push((owned.table.name, rows));
    }
    counts
}

/// The tables, of all that there are, where text or bytes hold a word, in whatever case.
pub(crate) async fn tables_with(store: &Store, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for table in waxwing_backend::backup::tables::list(store.writer()).await.unwrap() {
        let mut last: Option<Vec<Value>> = None;
        loop {
            let rows = table.page(store.writer(), last.as_deref()).await.unwrap();
            if rows.iter().flatten().any(|value| holds(value, word)) {
                found.push(table.name.clone());
                break;
            }
            let full = rows.len() == waxwing_backend::backup::tables::PAGE;
            last = rows.into_iter().next_back();
            if !full {
                break;
            }
        }
    }
    found
}

fn holds(value: &Value, word: &str) -> bool {
    match value {
        Value::Text(Some(text)) => text.to_lowercase().contains(word),
        Value::Bytes(Some(bytes)) => contains(bytes, word),
        _ => false,
    }
}

/// Whether bytes hold a word, in whatever case.
pub(crate) fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.to_ascii_lowercase().windows(word.len()).any(|part| part == word.as_bytes())
}

/// The files below a folder that hold a word.
pub(crate) fn files_with(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), word));
        } else if contains(&std::fs::read(entry.path()).unwrap(), word) {
            found.push(entry.path().display().to_string());
        }
    }
    found
}
