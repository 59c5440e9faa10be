//! Statements: made, given their parameters, run.

use std::marker::PhantomData;

use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite};

use super::column::{Column, FromRow, Row};
use super::connection::{Connection, On, Pool};
use super::value::Value;

/// A statement with its parameters.
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Query {
    text: SqlStr,
    values: Vec<Value>,
    persistent: bool,
}

/// What a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done(u64);

impl Done {
    /// How many rows it changed.
    #[must_use]
    pub const fn rows_affected(self) -> u64 {
        self.0
    }
}

/// A statement whose rows are not read, or read by hand.
pub fn query(text: impl SqlSafeStr) -> Query {
    Query { text: text.into_sql_str(), values: Vec::new(), persistent: true }
}

/// A statement whose first column is read.
pub fn query_scalar<T>(text: impl SqlSafeStr) -> QueryScalar<T> {
    QueryScalar(query(text), PhantomData)
}

/// A statement whose rows are read as `T`.
pub fn query_as<T>(text: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs(query(text), PhantomData)
}

/// Runs several statements without parameters in one round trip. They answer nothing.
pub async fn batch(text: &'static str, connection: &mut Connection) -> sqlx::Result<()> {
    match connection {
        Connection::Sqlite(c) => sqlx::raw_sql(text).execute(&mut **c).await.map(drop),
        Connection::Postgres(c) => sqlx::raw_sql(text).execute(&mut **c).await.map(drop),
    }
}

/// Runs one of sqlx's own statements wherever it should run.
macro_rules! run {
    ($query:expr, $on:expr, $how:ident, $sqlite:expr, $postgres:expr) => {{
        let Query { text, values, persistent } = $query;
        match $on {
            On::Pool(Pool::Sqlite(pool)) => to_sqlite(text, values, persistent).$how(pool).await.map($sqlite),
            On::Pool(Pool::Postgres(pool)) => to_postgres(text, values, persistent).$how(pool).await.map($postgres),
            On::Connection(Connection::Sqlite(c)) => to_sqlite(text, values, persistent).$how(&mut **c).await.map($sqlite),
            On::Connection(Connection::Postgres(c)) => {
                to_postgres(text, values, persistent).$how(&mut **c).await.map($postgres)
            }
        }
    }};
}

/// With more parameters than this SQLite is not told their numbers.
const FEW: usize = 16;

/// Parameters that stand in their order need no numbers. SQLite takes `$7` for a name, and looks each name up among all before it
/// when it prepares the statement and again for each binding: with thousands of them that takes longer than running it.
fn without_numbers(text: SqlStr) -> SqlStr {
    let mut parts = text.as_str().split('$');
    let mut plain = String::with_capacity(text.as_str().len());
    plain.push_str(parts.next().unwrap_or_default());
    for (n, part) in (1_usize..).zip(parts) {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        if number.parse() != Ok(n) {
            // One that stands twice, or no parameter at all: as it was.
            return text;
        }
        plain.push('?');
        plain.push_str(rest);
    }
    // The same text but for how parameters are written.
    AssertSqlSafe(plain).into_sql_str()
}

fn to_sqlite(
    text: SqlStr,
    values: Vec<Value>,
    persistent: bool,
) -> sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments> {
    let text = if values.len() > FEW { without_numbers(text) } else { text };
    values.into_iter().fold(sqlx::query::<Sqlite>(text).persistent(persistent), |query, value| value.bind_to_sqlite(query))
}

fn to_postgres(
    text: SqlStr,
    values: Vec<Value>,
    persistent: bool,
) -> sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments> {
    values.into_iter().fold(sqlx::query::<Postgres>(text).persistent(persistent), |query, value| value.bind_to_postgres(query))
}

impl Query {
    pub(super) fn with(text: SqlStr, values: Vec<Value>) -> Self {
        Self { text, values, persistent: true }
    }

    /// The next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Whether the engine keeps it prepared (it does unless told not to): not for texts of which there are many.
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Runs it.
    pub async fn execute(self, on: impl Into<On<'_>>) -> sqlx::Result<Done> {
        run!(self, on.into(), execute, |done| Done(done.rows_affected()), |done| Done(done.rows_affected()))
    }

    /// Runs it; all rows.
    pub async fn fetch_all(self, on: impl Into<On<'_>>) -> sqlx::Result<Vec<Row>> {
        let sqlite = |rows: Vec<_>| rows.into_iter().map(Row::Sqlite).collect();
        let postgres = |rows: Vec<_>| rows.into_iter().map(Row::Postgres).collect();
        run!(self, on.into(), fetch_all, sqlite, postgres)
    }

    /// Runs it; the first row, if there is one.
    pub async fn fetch_optional(self, on: impl Into<On<'_>>) -> sqlx::Result<Option<Row>> {
        let sqlite = |row: Option<_>| row.map(Row::Sqlite);
        let postgres = |row: Option<_>| row.map(Row::Postgres);
        run!(self, on.into(), fetch_optional, sqlite, postgres)
    }

    /// Runs it; the first row. An error when there is none.
    pub async fn fetch_one(self, on: impl Into<On<'_>>) -> sqlx::Result<Row> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }
}

/// A statement whose first column is read as `T`.
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct QueryScalar<T>(pub(super) Query, pub(super) PhantomData<fn() -> T>);

impl<T: for<'r> Column<'r>> QueryScalar<T> {
    /// The next parameter.
    pub fn bind(self, value: impl Into<Value>) -> Self {
        Self(self.0.bind(value), self.1)
    }

    /// See [`Query::persistent`].
    pub fn persistent(self, persistent: bool) -> Self {
        Self(self.0.persistent(persistent), self.1)
    }

    /// The column of all rows.
    pub async fn fetch_all(self, on: impl Into<On<'_>>) -> sqlx::Result<Vec<T>> {
        self.0.fetch_all(on).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// The column of the first row, if there is one.
    pub async fn fetch_optional(self, on: impl Into<On<'_>>) -> sqlx::Result<Option<T>> {
        self.0.fetch_optional(on).await?.map(|row| row.try_get(0)).transpose()
    }

    /// The column of the first row. An error when there is none.
    pub async fn fetch_one(self, on: impl Into<On<'_>>) -> sqlx::Result<T> {
        self.0.fetch_one(on).await?.try_get(0)
    }
}

/// A statement whose rows are read as `T`.
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct QueryAs<T>(pub(super) Query, pub(super) PhantomData<fn() -> T>);

impl<T: FromRow> QueryAs<T> {
    /// The next parameter.
    pub fn bind(self, value: impl Into<Value>) -> Self {
        Self(self.0.bind(value), self.1)
    }

    /// See [`Query::persistent`].
    pub fn persistent(self, persistent: bool) -> Self {
        Self(self.0.persistent(persistent), self.1)
    }

    /// All rows.
    pub async fn fetch_all(self, on: impl Into<On<'_>>) -> sqlx::Result<Vec<T>> {
        self.0.fetch_all(on).await?.iter().map(T::from_row).collect()
    }

    /// The first row, if there is one.
    pub async fn fetch_optional(self, on: impl Into<On<'_>>) -> sqlx::Result<Option<T>> {
        self.0.fetch_optional(on).await?.map(|row| T::from_row(&row)).transpose()
    }

    /// The first row. An error when there is none.
    pub async fn fetch_one(self, on: impl Into<On<'_>>) -> sqlx::Result<T> {
        self.0.fetch_one(on).await.and_then(|row| T::from_row(&row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_where_parameters_stand_in_their_order() {
        for (text, want) in [
            ("VALUES ($1, $2), ($3,$4)", "VALUES (?, ?), (?,?)"),
            ("SELECT $1", "SELECT ?"),
            ("SELECT 1", "SELECT 1"),
            ("$1 $1", "$1 $1"),
            ("$2 $1", "$2 $1"),
            ("json($1, '$.a')", "json($1, '$.a')"),
            ("$01 $", "$01 $"),
        ] {
            assert_eq!(without_numbers(AssertSqlSafe(text).into_sql_str()).as_str(), want);
        }
    }
}
