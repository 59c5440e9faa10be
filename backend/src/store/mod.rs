//! The database: one set of functions, a file a subject, on SQLite (WAL) or PostgreSQL. SQL that both can share stands once
//! (`$n` parameters, `ON CONFLICT`, no engine's own functions where a plain way exists); see [`sql`].
//!
//! What must hold:
//! - Every change of more than one row is one transaction ([`Store::write`]), and no `UPDATE` or `DELETE` is sent without
//!   looking at how many rows it changed where that number means something.
//! - SQLite: all writes of this process go through one connection, one after the other: they never wait for each other's locks,
//!   only for other processes (`pair`, `mint`). PostgreSQL: advisory locks do the same for all processes, and let those beside each
//!   other that change one account each ([`Store::write_of`]).
//! - A commit is on disk when it returns (`synchronous=FULL`).
//! - Nothing here reads a clock or draws randomness.

pub mod accounts;
pub mod around;
pub mod codes;
pub mod consent;
pub mod contacts;
pub mod corrections;
pub mod devices;
pub mod domains;
pub mod events;
#[cfg(test)]
mod every_plan;
#[cfg(test)]
mod follows;
pub mod grants;
pub mod hit_writers;
pub mod hits;
mod horizon;
pub mod invitations;
pub mod judged;
pub mod knowledge;
pub mod leases;
pub mod log;
pub mod mailboxes;
pub mod messages;
pub mod nodes;
pub mod numbers;
mod open;
pub mod own;
pub mod own_views;
pub mod people;
#[cfg(test)]
mod plans;
pub mod registration;
pub mod reminders;
pub mod rights;
pub mod rights_content;
pub mod rollup;
pub mod rows;
pub mod rules;
pub mod scheduled;
pub mod sealed;
mod search;
pub mod security;
#[cfg(test)]
mod server_plans;
pub mod sessions;
pub mod settings;
pub mod shorten;
pub mod sql;
pub mod stats;
pub mod stopped;
#[cfg(test)]
mod taking;
#[cfg(test)]
#[path = "../../tests/common/database.rs"]
mod test_database;
pub mod unregistered;
pub mod waiting;
pub mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use horizon::Horizon;
use nodes::Fence;
pub use open::{DATABASE_FILE, Database, Options};
use sql::Pool;

use crate::account_id::AccountId;

/// Why the database could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not take writes now: full, locked by another process, or too many wait. Trying again later may work.
    #[error("the database does not take writes now: {0}")]
    Unavailable(String),
    /// What it holds, or what it was asked, is wrong.
    #[error("the database failed: {0}")]
    Failed(String),
    /// It cannot hold this value, now or later, whatever its own state is.
    #[error("the database refuses what it was given: {0}")]
    Value(String),
    /// The address of the database is not one we know.
    #[error(
        "{0:?} is not a database this version knows: leave --database away, or give sqlite:///path/to/file.db or postgres://user@host/database"
    )]
    UnknownEngine(String),
    /// The address of a server that is none.
    #[error("the database's address cannot be read: it looks like postgres://user:password@host:5432/database")]
    Address,
    /// There is a server, and nothing of ours on it.
    #[error("there is nothing of Waxwing's in {0} yet: `waxwing serve` or `waxwing pair` makes it")]
    Empty(String),
    /// The log of hits could not be opened.
    #[error("the log of hits in {} cannot be opened: {why}", folder.display())]
    Log {
        /// Where.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// The work that this write belongs to is another backend's by now, or nobody's yet.
    #[error("another backend does this now")]
    LeaseLost,
    /// There is no database yet.
    #[error("there is no database at {path} yet: `waxwing serve` or `waxwing pair` makes it", path = .0.display())]
    Missing(PathBuf),
    /// The database was written by a newer version.
    #[error("the database was written by a newer version of Waxwing; use that one")]
    TooNew,
    /// It could not be opened.
    #[error("the database {database} cannot be opened: {why}")]
    Open {
        /// Which, with neither user nor password.
        database: String,
        /// Why.
        why: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::Database(e) => {
                if unavailable(e.as_ref()) {
                    Self::Unavailable(e.message().to_owned())
                } else if is_value_error(e.as_ref()) {
                    Self::Value(e.message().to_owned())
                } else {
                    Self::Failed(e.message().to_owned())
                }
            }
            sqlx::Error::Encode(_) => Self::Value(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Whether it is the database's state that speaks, and not the statement.
fn unavailable(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        // Connections lost, out of space or connections, told to go (statement and lock time-outs too), an I/O error, a server that
        // became a read-only one, a transaction that lost against another.
        return ["08", "53", "57", "58", "55P03", "25006", "25P03", "40001", "40P01"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    // SQLite's primary result code: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    matches!(code.parse::<u32>().unwrap_or(0) & 0xff, 5 | 6 | 8 | 10 | 13 | 14)
}

/// Whether it is the value that is wrong: no database of these tables would take it.
fn is_value_error(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        // Data, constraints, and what is too long for an index.
        return ["22", "23", "54000"].iter().any(|class| code.starts_with(class));
    }
    // SQLite's primary result code: TOOBIG, CONSTRAINT, MISMATCH.
    matches!(code.parse::<u32>().unwrap_or(0) & 0xff, 18..=20)
}

/// A transaction that is alone, as all are on SQLite: whoever begins another one waits. It ends with the transaction.
const ALONE: &str = "BEGIN; SELECT pg_advisory_xact_lock(6384)";
/// One that stands beside others of its kind, and waits for those that are alone.
const BESIDE: &str = "BEGIN; SELECT pg_advisory_xact_lock_shared(6384)";
/// The only one of its account. Accounts whose hashes are the same wait for each other, which harms nobody.
const OF_ACCOUNT: &str = "SELECT pg_advisory_xact_lock(6384, hashtext($1))";

pub use work::Work;

/// Shorthand.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database.
#[derive(Debug)]
pub struct Store {
    read: Pool,
    write: Pool,
    /// Every write asks for this lease.
    fence: Option<Arc<Fence>>,
    horizon: Arc<Horizon>,
    /// Hits were erased, and may still stand in pages of SQLite's log.
    erased: Arc<AtomicBool>,
}

impl Store {
    /// Which engine.
    #[must_use]
    pub fn kind(&self) -> sql::Kind {
        self.write.kind()
    }

    /// The same database for work that only the holder of a lease may do: each of its writes asks for it.
    #[must_use]
    pub fn fenced(&self, fence: Arc<Fence>) -> Self {
        Self {
            read: self.read.clone(),
            write: self.write.clone(),
            fence: Some(fence),
            horizon: Arc::clone(&self.horizon),
            erased: Arc::clone(&self.erased),
        }
    }

    /// Starts a unit of work: the only writer until it is committed or dropped.
    pub async fn write(&self) -> Result<Work> {
        let mut work = Work::begin(&self.write, self.kind().pick("BEGIN IMMEDIATE", ALONE)).await?;
        self.check_fence(&mut work).await?;
        Ok(work)
    }

    /// Starts a unit of work that changes nothing but what belongs to this account: the only writer of the account, beside those of
    /// others. A unit of work has one scope: none asks for a second lock later, so that no two wait for each other.
    pub async fn write_of(&self, account: AccountId) -> Result<Work> {
        if self.kind() == sql::Kind::Sqlite {
            return self.write().await;
        }
        let mut work = Work::begin(&self.write, BESIDE).await?;
        sql::query(OF_ACCOUNT).bind(account.as_str()).execute(&mut *work).await?;
        self.check_fence(&mut work).await?;
        Ok(work)
    }

    /// Starts a unit of work that changes rows which it has locked, and tells nobody of it: beside those of all accounts. Where one is
    /// the only writer anyway it is that.
    pub(super) async fn write_beside(&self) -> Result<Work> {
        if self.kind() == sql::Kind::Sqlite {
            return self.write().await;
        }
        let mut work = Work::begin(&self.write, BESIDE).await?;
        self.check_fence(&mut work).await?;
        Ok(work)
    }

    async fn check_fence(&self, work: &mut Work) -> Result<()> {
        match &self.fence {
            Some(fence) => fence.check(work).await,
            None => Ok(()),
        }
    }

    /// For reading more than once of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Work> {
        Work::begin_reading(&self.read, self.kind().pick("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await
    }

    /// For reading.
    pub(crate) fn read(&self) -> &Pool {
        &self.read
    }

    /// For maintenance outside of a transaction (tests set pragmas here).
    pub fn writer(&self) -> &Pool {
        &self.write
    }

    /// Answers when the database can be read.
    pub async fn ping(&self) -> Result<()> {
        sql::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Reads the whole file for damage; what it says, `ok` when all is well.
    pub async fn quick_check(&self) -> Result<String> {
        match self.kind() {
            sql::Kind::Sqlite => Ok(sql::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.read).await?),
            // The server minds its files itself.
            sql::Kind::Postgres => self.ping().await.map(|()| "ok".to_owned()),
        }
    }

    /// Closes all connections; the last one folds the log into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Fails unless exactly one row changed.
pub(crate) fn one_row(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Failed(format!("a change of one row changed {rows}"))) }
}
