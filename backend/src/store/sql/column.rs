//! Rows, and what is read from them.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

/// A row of an answer.
#[derive(Debug)]
pub enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// The column at `index`, counted from 0. An error where it has another type, or is NULL and `T` is no `Option`.
    pub fn try_get<'r, T: Column<'r>>(&'r self, index: usize) -> sqlx::Result<T> {
        T::read(self, index)
    }
}

/// What a column can be read as.
pub trait Column<'r>: Sized {
    /// Reads it.
    fn read(row: &'r Row, index: usize) -> sqlx::Result<Self>;
}

fn null(index: usize) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: index.to_string(), source: Box::new(sqlx::error::UnexpectedNullError) }
}

fn out_of_range(index: usize) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: index.to_string(), source: "a number out of its range".into() }
}

/// Integers of whatever width the statement gives, and truths of conditions.
fn integer(row: &Row, index: usize) -> sqlx::Result<Option<i64>> {
    match row {
        Row::Sqlite(row) => row.try_get(index),
        Row::Postgres(row) => {
            let value = row.try_get_raw(index)?;
            if value.is_null() {
                return Ok(None);
            }
            match value.type_info().name() {
                "INT4" => row.try_get::<i32, _>(index).map(|v| Some(i64::from(v))),
                "INT2" => row.try_get::<i16, _>(index).map(|v| Some(i64::from(v))),
                "BOOL" => row.try_get::<bool, _>(index).map(|v| Some(i64::from(v))),
                _ => row.try_get::<i64, _>(index).map(Some),
            }
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Column<'_> for Option<$type> {
            fn read(row: &Row, index: usize) -> sqlx::Result<Self> {
                integer(row, index)?.map(|v| <$type>::try_from(v).map_err(|_| out_of_range(index))).transpose()
            }
        }
    )*};
}
integers!(i64, i32, u64, u32, u16, u8);

impl Column<'_> for Option<bool> {
    fn read(row: &Row, index: usize) -> sqlx::Result<Self> {
        Ok(integer(row, index)?.map(|v| v != 0))
    }
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl<'r> Column<'r> for Option<$type> {
            fn read(row: &'r Row, index: usize) -> sqlx::Result<Self> {
                match row {
                    Row::Sqlite(row) => row.try_get(index),
                    Row::Postgres(row) => row.try_get(index),
                }
            }
        }
    )*};
}
plain!(f64, String, &'r str, Vec<u8>, &'r [u8], Uuid);

macro_rules! not_null {
    ($($type:ty),*) => {$(
        impl<'r> Column<'r> for $type {
            fn read(row: &'r Row, index: usize) -> sqlx::Result<Self> {
                Option::<$type>::read(row, index)?.ok_or_else(|| null(index))
            }
        }
    )*};
}
not_null!(i64, i32, u64, u32, u16, u8, bool, f64, String, &'r str, Vec<u8>, &'r [u8], Uuid);

/// What a whole row can be read as: its columns from the first on.
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &Row) -> sqlx::Result<Self>;
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: for<'r> Column<'r>),*> FromRow for ($($name,)*) {
            fn from_row(row: &Row) -> sqlx::Result<Self> {
                Ok(($(row.try_get::<$name>($index)?,)*))
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
