//! Parameters of statements. Each knows its type also where it is NULL: PostgreSQL asks for it.

use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};
use uuid::Uuid;

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An integer or a truth.
    Integer(Option<i64>),
    /// A number with a fraction.
    Real(Option<f64>),
    /// Text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
    /// An id.
    Uuid(Option<Uuid>),
}

impl Value {
    pub(super) fn bind_to_sqlite(self, query: Query<'_, Sqlite, SqliteArguments>) -> Query<'_, Sqlite, SqliteArguments> {
        match self {
            Self::Integer(v) => query.bind(v),
            Self::Real(v) => query.bind(v),
            Self::Text(v) => query.bind(v),
            Self::Bytes(v) => query.bind(v),
            Self::Uuid(v) => query.bind(v),
        }
    }

    pub(super) fn bind_to_postgres(self, query: Query<'_, Postgres, PgArguments>) -> Query<'_, Postgres, PgArguments> {
        match self {
            Self::Integer(v) => query.bind(v),
            Self::Real(v) => query.bind(v),
            Self::Text(v) => query.bind(v.map(without_nul)),
            Self::Bytes(v) => query.bind(v),
            Self::Uuid(v) => query.bind(v),
        }
    }
}

/// PostgreSQL refuses U+0000 in text. What comes from mails and headers may have it; nothing of worth is lost by the sign that
/// stands for what could not be read.
pub(in crate::store) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(v: $type) -> Self {
                Self::Integer(Some(i64::from(v)))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(v: Option<$type>) -> Self {
                Self::Integer(v.map(i64::from))
            }
        }
        impl From<&$type> for Value {
            fn from(v: &$type) -> Self {
                Self::from(*v)
            }
        }
    )*};
}
integers!(i64, i32, i16, i8, u32, u16, u8, bool);

macro_rules! values {
    ($($type:ty => $variant:ident, $v:ident, $make:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($v: $type) -> Self {
                Self::$variant(Some($make))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(v: Option<$type>) -> Self {
                Self::$variant(v.map(|$v| $make))
            }
        }
    )*};
}
values! {
    f64 => Real, v, v;
    String => Text, v, v;
    &str => Text, v, v.to_owned();
    &&str => Text, v, (*v).to_owned();
    &String => Text, v, v.clone();
    Arc<str> => Text, v, v.as_ref().to_owned();
    Vec<u8> => Bytes, v, v;
    &[u8] => Bytes, v, v.to_vec();
    &Vec<u8> => Bytes, v, v.clone();
    Uuid => Uuid, v, v;
    &Uuid => Uuid, v, *v;
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(v: [u8; N]) -> Self {
        Self::Bytes(Some(v.to_vec()))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(v: &[u8; N]) -> Self {
        Self::Bytes(Some(v.to_vec()))
    }
}

impl<T: Clone> From<&Option<T>> for Value
where
    Option<T>: Into<Self>,
{
    fn from(v: &Option<T>) -> Self {
        v.clone().into()
    }
}
