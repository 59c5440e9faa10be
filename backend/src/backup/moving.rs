//! Moves everything from one database into another one that is empty: table by table, in batches, each of them a transaction.
//!
//! Cut off anywhere it goes on where it was: rows go over in the order of their keys, which is the same on either engine, so the last
//! row that arrived says what comes next. What was counted in the source at the beginning stands in the target until all of it is
//! there; a target in which that stands is refused by everybody else.
//!
//! What must hold: nothing is changed in the source; nothing is written into a target that held anything of its own; and at the end
//! each table has as many rows as it had, with the same in them.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Counted;
use super::sums;
use super::tables::{self, Holds, PAGE, Table, quoted};
use crate::store::sql::{self, AssertSqlSafe, Builder, Kind, Pool, Value};
use crate::store::{self, Store, StoreError};

/// So often is said how far it came: in batches.
const SAY_EVERY: u64 = 50;

/// Why it did not move.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target has something of its own.
    #[error("the table {0} of the target has rows already: move into a database that is empty")]
    NotEmpty(String),
    /// The source is not what it was when the move was begun.
    #[error("the source has changed since the move was begun: begin again, into a database that is empty")]
    Changed,
    /// Tables do not go together.
    #[error("the target's table {0} is not that of this version")]
    Unlike(String),
    /// It arrived otherwise.
    #[error("the table {0} is not the same in the target: do not use it, and tell us")]
    Differs(String),
    /// Counting failed.
    #[error("{0}")]
    Counting(String),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Rows in all tables.
    pub rows: u64,
    /// Of them, those that were there from a move that was cut off.
    pub before: u64,
}

/// Moves all there is. Nobody else writes into either of them meanwhile. `say` is told how far it came.
pub async fn move_all(from: &Store, to: &Store, say: &(dyn Fn(&str) + Sync)) -> Result<Moved, MoveError> {
    say("counting what there is");
    let counted = sums(from.read()).await.map_err(|error| MoveError::Counting(error.to_string()))?;
    let (source, target) = (tables::list(from.read()).await?, tables::list(to.read()).await?);
    let pairs = pairs(source, target)?;
    begin(to, &counted, &pairs).await?;
    let mut moved = Moved { rows: counted.values().map(|table| table.rows).sum(), before: 0 };
    for (source, target) in in_order(to, pairs).await? {
        let rows = counted.get(&source.name).map_or(0, |table| table.rows);
        moved.before += table(from, to, &source, &target, rows, say).await?;
        numbers(from, to, &source.name).await?;
    }
    say("comparing");
    let arrived = sums(to.read()).await.map_err(|error| MoveError::Counting(error.to_string()))?;
    for (name, table) in &counted {
        if arrived.get(name) != Some(table) {
            return Err(MoveError::Differs(name.clone()));
        }
    }
    let mut tx = to.write().await?;
    sql::query("DROP TABLE _moving").execute(&mut *tx).await.map_err(StoreError::from)?;
    tx.commit().await?;
    Ok(moved)
}

/// Tables of the source with those of the target that have all of their columns.
fn pairs(source: Vec<Table>, target: Vec<Table>) -> Result<Vec<(Table, Table)>, MoveError> {
    let mut target: BTreeMap<String, Table> = target.into_iter().map(|table| (table.name.clone(), table)).collect();
    let pair = |source: Table| {
        let unlike = || MoveError::Unlike(source.name.clone());
        let theirs = target.remove(&source.name).ok_or_else(unlike)?;
        let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        if names(&source) != names(&theirs) || source.key != theirs.key { Err(unlike()) } else { Ok((source, theirs)) }
    };
    source.into_iter().map(pair).collect()
}

/// Writes down what is to arrive, or finds that it stands there.
async fn begin(to: &Store, counted: &BTreeMap<String, Counted>, pairs: &[(Table, Table)]) -> Result<(), MoveError> {
    let plan = serde_json::to_string(counted).map_err(|error| MoveError::Counting(error.to_string()))?;
    let mut tx = to.write().await?;
    let exists = "CREATE TABLE IF NOT EXISTS _moving (plan TEXT NOT NULL)";
    sql::query(exists).execute(&mut *tx).await.map_err(StoreError::from)?;
    let known: Option<String> =
        sql::query_scalar("SELECT plan FROM _moving").fetch_optional(&mut *tx).await.map_err(StoreError::from)?;
    match known {
        Some(known) if known == plan => {}
        Some(_) => return Err(MoveError::Changed),
        None => {
            for (_, target) in pairs {
                if !target.page(&mut *tx, None).await?.is_empty() {
                    return Err(MoveError::NotEmpty(target.name.clone()));
                }
            }
            sql::query("INSERT INTO _moving (plan) VALUES ($1)")
                .bind(plan)
                .execute(&mut *tx)
                .await
                .map_err(StoreError::from)?;
        }
    }
    Ok(tx.commit().await?)
}

/// Tables behind those that their rows point to.
async fn in_order(to: &Store, pairs: Vec<(Table, Table)>) -> store::Result<Vec<(Table, Table)>> {
    let arrows = match to.kind() {
        Kind::Postgres => {
            "SELECT a.relname::text, b.relname::text FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid \
             JOIN pg_class b ON b.oid = c.confrelid WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace"
        }
        Kind::Sqlite => {
            "SELECT t.name, f.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
        }
    };
    let arrows: Vec<(String, String)> = sql::query_as(arrows).fetch_all(to.read()).await?;
    let (mut done, mut ordered, mut left) = (BTreeSet::new(), Vec::new(), pairs);
    while !left.is_empty() {
        let waits = |name: &str| arrows.iter().any(|(from, to)| from == name && to != name && !done.contains(to));
        let (ready, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(table, _)| !waits(&table.name));
        if ready.is_empty() {
            return Err(StoreError::Failed("tables point at each other in a circle".to_owned()));
        }
        done.extend(ready.iter().map(|(table, _)| table.name.clone()));
        ordered.extend(ready);
        left = rest;
    }
    Ok(ordered)
}

/// Moves a table, and gives how many of its rows were there already.
async fn table(
    from: &Store,
    to: &Store,
    source: &Table,
    target: &Table,
    rows: u64,
    say: &(dyn Fn(&str) + Sync),
) -> Result<u64, MoveError> {
    let before = target.count(to.read()).await?;
    let (mut arrived, mut batches) = (before, 0);
    loop {
        let mut tx = to.write().await?;
        let last = target.last(&mut *tx).await?;
        let last =
            last.map(|row| row.into_iter().zip(&source.columns).map(|(value, column)| fit(value, column.holds)).collect());
        let last: Option<Vec<Value>> = last.map(|row: Vec<Option<Value>>| row.into_iter().flatten().collect());
        let page = source.page(from.read(), last.as_deref()).await?;
        if page.is_empty() {
            tx.cancel().await?;
            break;
        }
        let count = page.len();
        // What triggers would make of these rows is moved by itself.
        let triggers = (to.kind() == Kind::Postgres).then(|| quoted(&target.name));
        if let Some(name) = &triggers {
            let disable = AssertSqlSafe(format!("ALTER TABLE {name} DISABLE TRIGGER USER"));
            sql::query(disable).persistent(false).execute(&mut *tx).await.map_err(StoreError::from)?;
        }
        insert(target, page)?.execute(&mut *tx).await.map_err(StoreError::from)?;
        if let Some(name) = &triggers {
            let enable = AssertSqlSafe(format!("ALTER TABLE {name} ENABLE TRIGGER USER"));
            sql::query(enable).persistent(false).execute(&mut *tx).await.map_err(StoreError::from)?;
        }
        tx.commit().await?;
        arrived += count as u64;
        batches += 1;
        if batches % SAY_EVERY == 0 {
            say(&format!("{}: {arrived} of {rows} rows", source.name));
        }
        if count < PAGE {
            break;
        }
    }
    if rows > 0 {
        say(&format!("{}: {arrived} of {rows} rows", source.name));
    }
    Ok(before)
}

fn insert(target: &Table, rows: Vec<Vec<Value>>) -> Result<sql::Query, MoveError> {
    let columns: Vec<_> = target.columns.iter().map(|column| quoted(&column.name)).collect();
    let mut fitting = Vec::with_capacity(rows.len());
    for row in rows {
        let row: Option<Vec<Value>> =
            row.into_iter().zip(&target.columns).map(|(value, column)| fit(value, column.holds)).collect();
        fitting.push(row.ok_or_else(|| MoveError::Unlike(target.name.clone()))?);
    }
    let mut insert = Builder::new(format!("INSERT INTO {} ({}) ", quoted(&target.name), columns.join(", ")));
    insert.push_values(fitting, |values, row| {
        for value in row {
            values.push_bind(value);
        }
    });
    Ok(insert.build().persistent(false))
}

/// A value as a column holds it: ids are bytes on the one engine and ids on the other. `None`: it does not go in.
fn fit(value: Value, holds: Holds) -> Option<Value> {
    Some(match (value, holds) {
        (Value::Bytes(bytes), Holds::Uuids) => Value::Uuid(match bytes {
            None => None,
            Some(bytes) => Some(uuid::Uuid::from_slice(&bytes).ok()?),
        }),
        (Value::Uuid(id), Holds::Bytes) => Value::Bytes(id.map(|id| id.as_bytes().to_vec())),
        (value @ Value::Integer(_), Holds::Integers)
        | (value @ Value::Real(_), Holds::Reals)
        | (value @ Value::Text(_), Holds::Text)
        | (value @ Value::Bytes(_), Holds::Bytes)
        | (value @ Value::Uuid(_), Holds::Uuids) => value,
        _ => return None,
    })
}

/// Numbers that were given once are not given again, also of rows that are gone.
async fn numbers(from: &Store, to: &Store, table: &str) -> store::Result<()> {
    if (from.kind(), to.kind()) != (Kind::Sqlite, Kind::Postgres) {
        return Ok(());
    }
    let column = "SELECT attname::text FROM pg_attribute WHERE attrelid = quote_ident($1)::regclass AND attidentity <> ''";
    let column: Option<String> = sql::query_scalar(column).bind(table).fetch_optional(to.read()).await?;
    let Some(column) = column else { return Ok(()) };
    let given: Option<i64> = given(from.read(), table).await?;
    let sequence = format!(
        "SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), GREATEST($3, COALESCE(MAX({}), 0), 1), \
         GREATEST($3, COALESCE(MAX({}), 0)) > 0) FROM {}",
        quoted(&column),
        quoted(&column),
        quoted(table)
    );
    let mut tx = to.write().await?;
    let query = sql::query(AssertSqlSafe(sequence)).persistent(false);
    query.bind(table).bind(column).bind(given.unwrap_or(0)).execute(&mut *tx).await?;
    tx.commit().await
}

/// The highest number that SQLite gave out.
async fn given(pool: &Pool, table: &str) -> store::Result<Option<i64>> {
    Ok(sql::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = $1").bind(table).fetch_optional(pool).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bytes_here_and_ids_there() {
        let id = uuid::Uuid::from_u128(7);
        let bytes = Value::Bytes(Some(id.as_bytes().to_vec()));
        assert_eq!(fit(bytes.clone(), Holds::Uuids), Some(Value::Uuid(Some(id))));
        assert_eq!(fit(Value::Uuid(Some(id)), Holds::Bytes), Some(bytes));
        assert_eq!(fit(Value::Bytes(None), Holds::Uuids), Some(Value::Uuid(None)));
        assert_eq!(fit(Value::Bytes(Some(vec![1])), Holds::Uuids), None, "that is no id");
        assert_eq!(fit(Value::Text(None), Holds::Integers), None);
    }
}
