//! Whose the rows of each table are, for handing out and for erasing all that is an account's.
//!
//! What must hold: a table is an account's when it has a column `account`, or stands in [`THROUGH`]; every other is the backend's
//! own and stands in [`OF_BACKEND`]. A table of which that cannot be said fails a test.

use crate::account_id::AccountId;
use crate::backup::tables::{self, Holds, Table, quoted};
use crate::store::sql::{self, AssertSqlSafe, Value};
use crate::store::{Result, Store};

/// Rows of one page and of one transaction.
pub const PAGE: usize = 1_000;

/// Tables without a column `account`, and which of their rows are the account's (`$1`).
const THROUGH: &[(&str, &str)] = &[
    ("accounts", "id = $1"),
    ("contents", "message IN (SELECT seq FROM messages WHERE account = $1)"),
    ("flight", "scheduled IN (SELECT id FROM scheduled WHERE account = $1)"),
    ("mailbox_access", OF_MAILBOXES),
    ("mailbox_sends", OF_MAILBOXES),
    ("scheduled_contents", "scheduled IN (SELECT id FROM scheduled WHERE account = $1)"),
    ("watches", OF_MAILBOXES),
    ("watch_ways", OF_MAILBOXES),
];
const OF_MAILBOXES: &str = "mailbox IN (SELECT id FROM mailboxes WHERE account = $1)";

/// Tables that hold nothing of one account: of the backend, or of all. `erasures` proves what was erased, without saying whom.
const OF_BACKEND: &[&str] = &[
    "cursors",
    "erasures",
    "hit_writers",
    "knowledge",
    "leases",
    "log_positions",
    "nodes",
    "refused_everywhere",
    "settings",
    "sign_ins",
];

/// Tables that others lead to: erased after these, in this order.
const LAST: &[&str] = &["messages", "totals", "waiting", "scheduled", "mailboxes", "accounts"];

/// A table of which some rows are an account's.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The table.
    pub table: Table,
    /// Which rows: a condition with the account as `$1`.
    owner: String,
}

/// Whose a table is.
fn owner(table: &Table) -> Option<String> {
    if OF_BACKEND.contains(&table.name.as_str()) {
        return None;
    }
    if let Some((_, owner)) = THROUGH.iter().find(|(name, _)| *name == table.name) {
        return Some((*owner).to_owned());
    }
    table.columns.iter().any(|column| column.name == "account").then(|| "account = $1".to_owned())
}

/// The tables with rows of accounts, in the order in which they can be erased.
pub async fn owned(store: &Store) -> Result<Vec<Owned>> {
    let all = tables::list(store.read()).await?;
    let mut owned: Vec<_> = all.into_iter().filter_map(|table| owner(&table).map(|owner| Owned { table, owner })).collect();
    owned.sort_by_key(|owned| LAST.iter().position(|last| *last == owned.table.name).map_or(0, |at| at + 1));
    Ok(owned)
}

/// The tables of which it cannot be said whose they are: none, or a test fails.
pub async fn unknown(store: &Store) -> Result<Vec<String>> {
    let all = tables::list(store.read()).await?;
    Ok(all
        .into_iter()
        .filter(|table| owner(table).is_none() && !OF_BACKEND.contains(&table.name.as_str()))
        .map(|table| table.name)
        .collect())
}

impl Owned {
    /// Rows of the account that follow `last` by primary key, in the order of the table's columns.
    pub async fn page(&self, store: &Store, account: AccountId, last: Option<&[Value]>) -> Result<Vec<Vec<Value>>> {
        let columns: Vec<_> = self.table.columns.iter().map(|column| quoted(&column.name)).collect();
        self.rows(store, account, last, &columns.join(", "), "").await
    }

    /// The same, of those rows in which a text is found, whichever column of text has it. `text` is in lower case.
    pub async fn with_text(
        &self,
        store: &Store,
        account: AccountId,
        last: Option<&[Value]>,
        text: &str,
    ) -> Result<Vec<Vec<Value>>> {
        let find = store.kind().pick("instr", "strpos");
        let n = self.table.key.len() * usize::from(last.is_some()) + 2;
        let has: Vec<_> = self.texts().map(|column| format!("{find}(lower({}), ${n}) > 0", quoted(column))).collect();
        if has.is_empty() {
            return Ok(Vec::new());
        }
        let columns: Vec<_> = self.table.columns.iter().map(|column| quoted(&column.name)).collect();
        let narrow = format!(" AND ({})", has.join(" OR "));
        let mut query = self.select(account, last, &columns.join(", "), &narrow);
        query = query.bind(text);
        self.table.read_rows(&query.persistent(false).fetch_all(store.read()).await?)
    }

    /// The names of the columns that hold text.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.table.columns.iter().filter(|column| column.holds == Holds::Text).map(|column| column.name.as_str())
    }

    async fn rows(
        &self,
        store: &Store,
        account: AccountId,
        last: Option<&[Value]>,
        columns: &str,
        narrow: &str,
    ) -> Result<Vec<Vec<Value>>> {
        let query = self.select(account, last, columns, narrow);
        self.table.read_rows(&query.persistent(false).fetch_all(store.read()).await?)
    }

    fn select(&self, account: AccountId, last: Option<&[Value]>, columns: &str, narrow: &str) -> sql::Query {
        let key = self.key();
        let behind = if last.is_some() {
            let places: Vec<_> = (2..self.table.key.len() + 2).map(|n| format!("${n}")).collect();
            format!(" AND ({key}) > ({})", places.join(", "))
        } else {
            String::new()
        };
        let select = format!(
            "SELECT {columns} FROM {} WHERE {}{behind}{narrow} ORDER BY {key} LIMIT {PAGE}",
            quoted(&self.table.name),
            self.owner
        );
        let mut query = sql::query(AssertSqlSafe(select)).bind(account.as_str());
        for value in last.into_iter().flat_map(|row| self.key_of(row)) {
            query = query.bind(value);
        }
        query
    }

    /// The columns of its key.
    fn key(&self) -> String {
        let key: Vec<_> = self.table.key.iter().map(|at| quoted(&self.table.columns[*at].name)).collect();
        key.join(", ")
    }

    /// The key of a row.
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.table.key.iter().filter_map(|at| row.get(*at)).cloned().collect()
    }

    /// Takes rows away, in one transaction; gives how many were there.
    pub async fn delete(&self, store: &Store, account: AccountId, rows: &[Vec<Value>]) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let mut delete =
            sql::Builder::new(format!("DELETE FROM {} WHERE ({}) IN (VALUES ", quoted(&self.table.name), self.key()));
        for (n, row) in rows.iter().enumerate() {
            delete.push(if n == 0 { "(" } else { ", (" });
            for (n, value) in self.key_of(row).into_iter().enumerate() {
                if n > 0 {
                    delete.push(", ");
                }
                delete.push_bind(value);
            }
            delete.push(")");
        }
        delete.push(")");
        let mut tx = store.write_of(account).await?;
        let gone = delete.build().persistent(false).execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok(gone)
    }

    /// Writes other text into a row.
    pub async fn update(&self, store: &Store, account: AccountId, row: &[Value], texts: &[(&str, String)]) -> Result<()> {
        let mut update = sql::Builder::new(format!("UPDATE {} SET ", quoted(&self.table.name)));
        for (n, (column, text)) in texts.iter().enumerate() {
            update.push(if n == 0 { "" } else { ", " }).push(quoted(column)).push(" = ").push_bind(text.clone());
        }
        for (n, (at, value)) in self.table.key.iter().zip(self.key_of(row)).enumerate() {
            update.push(if n == 0 { " WHERE " } else { " AND " });
            update.push(quoted(&self.table.columns[*at].name)).push(" = ").push_bind(value);
        }
        let mut tx = store.write_of(account).await?;
        update.build().persistent(false).execute(&mut *tx).await?;
        tx.commit().await
    }
}
