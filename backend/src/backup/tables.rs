//! What tables a database has, their rows in pages, and what tells whether two tables hold the same: counts, and checksums that
//! are the same on either engine and in any order of rows.

use sha2::{Digest as _, Sha256};

use crate::store::sql::{self, AssertSqlSafe, Kind, On, Row, Value};
use crate::store::{Result, StoreError};

/// How many rows are read at once.
pub const PAGE: usize = 1_000;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, by name.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in their order: places in `columns`.
    pub key: Vec<usize>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Integers.
    Integers,
    /// Numbers with a fraction.
    Reals,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Ids.
    Uuids,
}

/// What a table holds, in short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many rows.
    pub rows: u64,
    /// A part of the SHA-256 of each row, added up.
    pub checksum: u128,
}

impl Sum {
    /// Counts a row of a table.
    pub fn add(&mut self, table: &Table, row: &[Value]) {
        let mut hash = Sha256::new();
        for (column, value) in table.columns.iter().zip(row) {
            let mut put = |tag: u8, bytes: &[u8]| {
                hash.update((column.name.len() as u64).to_le_bytes());
                hash.update(&column.name);
                hash.update([tag]);
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            };
            match value {
                Value::Integer(Some(v)) => put(1, &v.to_le_bytes()),
                Value::Real(Some(v)) => put(2, &v.to_bits().to_le_bytes()),
                // As PostgreSQL holds it: it knows no U+0000.
                Value::Text(Some(v)) => put(3, v.replace('\0', "\u{fffd}").as_bytes()),
                Value::Bytes(Some(v)) => put(4, v),
                Value::Uuid(Some(v)) => put(4, v.as_bytes()),
                // NULL, of whatever type.
                _ => put(0, &[]),
            }
        }
        let mut part = [0; 16];
        part.copy_from_slice(&hash.finalize()[..16]);
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(u128::from_le_bytes(part));
    }
}

/// The tables of ours in a database, by name.
pub async fn list(pool: &sql::Pool) -> Result<Vec<Table>> {
    let names = match pool.kind() {
        // Neither what a search keeps for itself, nor what belongs to the engine.
        Kind::Sqlite => {
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' \
             AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name"
        }
        Kind::Postgres => {
            "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') \
             AND NOT c.relispartition AND c.relname NOT LIKE '\\_%' ORDER BY c.relname::text COLLATE \"C\""
        }
    };
    let names: Vec<String> = sql::query_scalar(names).fetch_all(pool).await?;
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        tables.push(table(pool, name).await?);
    }
    Ok(tables)
}

async fn table(pool: &sql::Pool, name: String) -> Result<Table> {
    // Name, type, and the place in the primary key, from 1 on.
    let columns = match pool.kind() {
        Kind::Sqlite => "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY name",
        Kind::Postgres => {
            "SELECT a.attname::text, format_type(a.atttypid, NULL), COALESCE(array_position(i.indkey::int2[], a.attnum), -1)::bigint + 1 \
             FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
             WHERE a.attrelid = (quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname::text COLLATE \"C\""
        }
    };
    let found: Vec<(String, String, i64)> = sql::query_as(columns).bind(&name).fetch_all(pool).await?;
    let mut key: Vec<(i64, usize)> =
        found.iter().enumerate().filter(|(_, (_, _, place))| *place > 0).map(|(at, (_, _, place))| (*place, at)).collect();
    key.sort_unstable();
    let mut columns = Vec::with_capacity(found.len());
    for (column, kind, _) in found {
        let holds = match kind.as_str() {
            "INTEGER" | "bigint" | "integer" | "smallint" => Holds::Integers,
            "REAL" | "double precision" => Holds::Reals,
            "TEXT" | "text" => Holds::Text,
            "BLOB" | "bytea" => Holds::Bytes,
            "uuid" => Holds::Uuids,
            other => {
                return Err(StoreError::Failed(format!("the column {column} of {name} holds {other}, which nobody expects")));
            }
        };
        columns.push(Column { name: column, holds });
    }
    if key.is_empty() {
        return Err(StoreError::Failed(format!("the table {name} has no primary key")));
    }
    Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect() })
}

impl Table {
    /// The statement that reads rows behind a key (`behind`), or from the first on.
    fn select(&self, behind: bool) -> String {
        let key: Vec<_> = self.key.iter().map(|at| quoted(&self.columns[*at].name)).collect();
        let key = key.join(", ");
        let parameters: Vec<_> = (1..=self.key.len()).map(|n| format!("${n}")).collect();
        let from = if behind { format!(" WHERE ({key}) > ({})", parameters.join(", ")) } else { String::new() };
        let columns: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        format!("SELECT {} FROM {}{from} ORDER BY {key} LIMIT {PAGE}", columns.join(", "), quoted(&self.name))
    }

    /// The rows that follow `last` by primary key, or the first ones: at most [`PAGE`].
    pub async fn page(&self, on: impl Into<On<'_>>, last: Option<&[Value]>) -> Result<Vec<Vec<Value>>> {
        let mut query = sql::query(AssertSqlSafe(self.select(last.is_some())));
        for value in last.into_iter().flat_map(|last| self.key.iter().filter_map(|at| last.get(*at))) {
            query = query.bind(value.clone());
        }
        self.read_rows(&query.fetch_all(on).await?)
    }

    /// Reads rows that have all columns, in their order.
    pub fn read_rows(&self, rows: &[Row]) -> Result<Vec<Vec<Value>>> {
        rows.iter().map(|row| self.row(row)).collect()
    }

    /// The last row by primary key.
    pub async fn last(&self, on: impl Into<On<'_>>) -> Result<Option<Vec<Value>>> {
        let key: Vec<_> = self.key.iter().map(|at| format!("{} DESC", quoted(&self.columns[*at].name))).collect();
        let columns: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        let select = format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", columns.join(", "), quoted(&self.name), key.join(", "));
        sql::query(AssertSqlSafe(select)).fetch_optional(on).await?.map(|row| self.row(&row)).transpose()
    }

    /// How many rows it has.
    pub async fn count(&self, on: impl Into<On<'_>>) -> Result<u64> {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", quoted(&self.name)));
        Ok(sql::query_scalar(count).fetch_one(on).await?)
    }

    fn row(&self, row: &Row) -> Result<Vec<Value>> {
        let value = |(at, column): (usize, &Column)| {
            Ok(match column.holds {
                Holds::Integers => Value::Integer(row.try_get(at)?),
                Holds::Reals => Value::Real(row.try_get(at)?),
                Holds::Text => Value::Text(row.try_get(at)?),
                Holds::Bytes => Value::Bytes(row.try_get(at)?),
                Holds::Uuids => Value::Uuid(row.try_get(at)?),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }

    /// Counts its rows. Only of what nobody writes to meanwhile is that one moment.
    pub async fn sum(&self, pool: &sql::Pool) -> Result<Sum> {
        let mut sum = Sum::default();
        let mut last: Option<Vec<Value>> = None;
        loop {
            let rows = self.page(pool, last.as_deref()).await?;
            for row in &rows {
                sum.add(self, row);
            }
            let full = rows.len() == PAGE;
            last = rows.into_iter().next_back();
            if !full {
                return Ok(sum);
            }
        }
    }
}

/// A name as it stands in a statement.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
