//! SQL on an engine of two kinds: SQLite and PostgreSQL behind the same few types, so that a statement which both understand
//! stands once.
//!
//! Statements use `$n` parameters and nothing that only one engine knows; where the engines differ, [`Kind`] chooses between two
//! texts. Types on the way in are [`Value`]s, on the way out what [`Column`] is implemented for:
//!
//! | Rust | SQLite (STRICT) | PostgreSQL |
//! |---|---|---|
//! | `i64`, `u32`, … | INTEGER | BIGINT |
//! | `bool` | INTEGER, 0 or 1 | BIGINT, 0 or 1 (a condition may be BOOLEAN) |
//! | `f64` | REAL | DOUBLE PRECISION |
//! | `String` | TEXT | TEXT, U+0000 replaced by U+FFFD: PostgreSQL has none |
//! | `Vec<u8>` | BLOB | BYTEA |
//! | `Uuid` | BLOB of 16 | UUID |

mod builder;
mod column;
mod connection;
mod query;
mod value;

pub use builder::{Builder, Separated};
pub use column::{Column, FromRow, Row};
pub use connection::{Connection, Kind, On, Pool};
pub use query::{Done, Query, QueryAs, QueryScalar, batch, query, query_as, query_scalar};
pub use sqlx::{AssertSqlSafe, Error};
pub use value::Value;
pub(super) use value::without_nul;

/// What a statement comes to.
pub type Result<T> = std::result::Result<T, Error>;
