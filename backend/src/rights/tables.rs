//! Whose the rows of each table are, for handing out and for erasing all that is an account's.
//!
//! What must hold: a table is an account's when it has a column `account`, or stands in [`THROUGH`]; every other is the backend's
//! own and stands in [`OF_BACKEND`]. A table of which that cannot be said fails a test. However many rows an account has, its pages
//! together read a table once: no page sorts, or gathers, what the others read.

use crate::account_id::AccountId;
use crate::backup::tables::{self, Holds, Table, quoted};
use crate::store::sql::{self, AssertSqlSafe, Kind, Value};
use crate::store::{Result, Store};

/// Rows of one page and of one transaction.
pub const PAGE: usize = 1_000;

/// Tables without a column `account`, and which of their rows are the account's (`$1`).
const THROUGH: &[(&str, &str)] = &[
    ("accounts", "id = $1"),
    ("contents", "(SELECT m.account FROM messages m WHERE m.seq = contents.message) = $1"),
    ("flight", "(SELECT s.account FROM scheduled s WHERE s.id = flight.scheduled) = $1"),
    ("mailbox_access", "(SELECT b.account FROM mailboxes b WHERE b.id = mailbox_access.mailbox) = $1"),
    ("mailbox_sends", "(SELECT b.account FROM mailboxes b WHERE b.id = mailbox_sends.mailbox) = $1"),
    ("scheduled_contents", "(SELECT s.account FROM scheduled s WHERE s.id = scheduled_contents.scheduled) = $1"),
    ("watches", "(SELECT b.account FROM mailboxes b WHERE b.id = watches.mailbox) = $1"),
    ("watch_ways", "(SELECT b.account FROM mailboxes b WHERE b.id = watch_ways.mailbox) = $1"),
];

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
fn owner(table: &Table, kind: Kind) -> Option<String> {
    if OF_BACKEND.contains(&table.name.as_str()) {
        return None;
    }
    if let Some((_, owner)) = THROUGH.iter().find(|(name, _)| *name == table.name) {
        return Some((*owner).to_owned());
    }
    // By an index of accounts SQLite would sort all rows of one for each page; PostgreSQL knows how many there are.
    let own = if begins_with_account(table) { "account = $1" } else { kind.pick("+account = $1", "account = $1") };
    table.columns.iter().any(|column| column.name == "account").then(|| own.to_owned())
}

/// Whether a table's key puts the rows of an account side by side.
fn begins_with_account(table: &Table) -> bool {
    table.key.first().is_some_and(|at| table.columns[*at].name == "account")
}

/// The tables with rows of accounts, in the order in which they can be erased.
pub async fn owned(store: &Store) -> Result<Vec<Owned>> {
    let all = tables::list(store.read()).await?;
    let kind = store.kind();
    let mut owned: Vec<_> =
        all.into_iter().filter_map(|table| owner(&table, kind).map(|owner| Owned { table, owner })).collect();
    owned.sort_by_key(|owned| LAST.iter().position(|last| *last == owned.table.name).map_or(0, |at| at + 1));
    Ok(owned)
}

/// The tables of which it cannot be said whose they are: none, or a test fails.
pub async fn unknown(store: &Store) -> Result<Vec<String>> {
    let all = tables::list(store.read()).await?;
    Ok(all
        .into_iter()
        .filter(|table| owner(table, store.kind()).is_none() && !OF_BACKEND.contains(&table.name.as_str()))
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
        let n = self.behind().len() * usize::from(last.is_some()) + 2;
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

    /// The statement of a page: the first one, or one behind a row.
    fn statement(&self, is_first: bool, columns: &str, narrow: &str) -> String {
        let key = self.key();
        let behind = if is_first {
            String::new()
        } else {
            let (columns, places): (Vec<_>, Vec<_>) =
                self.behind().iter().zip(2..).map(|(at, n)| (quoted(&self.table.columns[*at].name), format!("${n}"))).unzip();
            format!(" AND ({}) > ({})", columns.join(", "), places.join(", "))
        };
        let table = quoted(&self.table.name);
        format!("SELECT {columns} FROM {table} WHERE {}{behind}{narrow} ORDER BY {key} LIMIT {PAGE}", self.owner)
    }

    fn select(&self, account: AccountId, last: Option<&[Value]>, columns: &str, narrow: &str) -> sql::Query {
        let select = self.statement(last.is_none(), columns, narrow);
        let mut query = sql::query(AssertSqlSafe(select)).bind(account.as_str());
        for value in last.into_iter().flat_map(|row| self.behind().iter().filter_map(|at| row.get(*at))) {
            query = query.bind(value.clone());
        }
        query
    }

    /// The columns of its key by which one row stands behind another of the same account: their places among the columns.
    fn behind(&self) -> &[usize] {
        &self.table.key[usize::from(begins_with_account(&self.table) && self.table.key.len() > 1)..]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    /// A page that sorts the rows of an account, or gathers what they are found by, costs as much as all pages together: with a million
    /// mails an export took hours.
    #[tokio::test]
    async fn no_page_reads_what_the_others_read() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(dir.path(), None).unwrap()).await.unwrap();
        let all = owned(&store).await.unwrap();
        assert!(all.len() > 30, "{}", all.len());
        for owned in all {
            for is_first in [true, false] {
                let sql = format!("EXPLAIN QUERY PLAN {}", owned.statement(is_first, "*", ""));
                let rows: Vec<(i64, i64, i64, String)> =
                    sql::query_as(AssertSqlSafe(sql.clone())).fetch_all(store.writer()).await.unwrap();
                let steps: Vec<_> = rows.into_iter().map(|row| row.3).collect();
                let has = |words: &str| steps.iter().any(|step| step.contains(words));
                assert!(!has("TEMP B-TREE") && !has("LIST SUBQUERY"), "{sql}: {steps:?}");
                // Where an account's rows lie side by side, nobody else's are read.
                let (beside, later) = (begins_with_account(&owned.table), !is_first && owned.table.key.len() > 1);
                assert!(!beside || has("SEARCH") && has("(account=?"), "{sql}: {steps:?}");
                assert!(!beside || !later || has(">?") || has(">(?"), "{sql}: {steps:?}");
            }
        }
        store.close().await;
    }
}
