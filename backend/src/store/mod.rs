//! The database: one set of functions, a file a subject. SQLite (WAL) now; SQL that a second engine can share is written so
//! (`$n` parameters, `ON CONFLICT`, no engine's own functions where a plain way exists).
//!
//! What must hold:
//! - Every change of more than one row is one transaction ([`Store::write`]), and no `UPDATE` or `DELETE` is sent without
//!   looking at how many rows it changed where that number means something.
//! - All writes of this process go through one connection, one after the other: they never wait for each other's locks, only
//!   for other processes (`pair`, `mint`).
//! - A commit is on disk when it returns (`synchronous=FULL`).
//! - Nothing here reads a clock or draws randomness.

pub mod accounts;
pub mod around;
pub mod codes;
pub mod contacts;
pub mod corrections;
pub mod devices;
pub mod domains;
pub mod events;
pub mod grants;
pub mod hits;
pub mod judged;
pub mod knowledge;
pub mod mailboxes;
pub mod messages;
pub mod own;
pub mod own_views;
#[cfg(test)]
mod plans;
pub mod registration;
pub mod reminders;
pub mod rollup;
pub mod rows;
pub mod rules;
pub mod scheduled;
pub mod settings;
pub mod shorten;
pub mod stats;
pub mod stopped;
pub mod waiting;
pub mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};

/// The name of the database in the data folder.
pub const DATABASE_FILE: &str = "waxwing.db";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Why the database could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not take writes now: full, locked by another process, or too many wait. Trying again later may work.
    #[error("the database does not take writes now: {0}")]
    Unavailable(String),
    /// What it holds, or what it was asked, is wrong.
    #[error("the database failed: {0}")]
    Failed(String),
    /// The address of the database is not one we know.
    #[error("{0:?} is not a database this version knows: leave --database away, or give sqlite:///path/to/file.db")]
    UnknownEngine(String),
    /// There is no database yet.
    #[error("there is no database at {path} yet: `waxwing serve` or `waxwing pair` makes it", path = .0.display())]
    Missing(PathBuf),
    /// The database was written by a newer version.
    #[error("the database was written by a newer version of Waxwing; use that one")]
    TooNew,
    /// It could not be opened.
    #[error("the database {path} cannot be opened: {why}", path = path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::Unavailable(error.to_string()),
            sqlx::Error::Database(e) => {
                // SQLite's primary result code: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
                let code = e.code().and_then(|c| c.parse::<u32>().ok()).unwrap_or(0) & 0xff;
                if matches!(code, 5 | 6 | 8 | 10 | 13 | 14) {
                    Self::Unavailable(e.message().to_owned())
                } else {
                    Self::Failed(e.message().to_owned())
                }
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

pub use work::Work;

/// Shorthand.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file.
    pub path: PathBuf,
    /// Make it when it is missing.
    pub create: bool,
    /// How long a statement waits for another process's lock.
    pub busy_timeout: Duration,
    /// How many connections read at once.
    pub readers: u32,
}

impl Options {
    /// The database of a data folder, or the one that `--database` names.
    pub fn new(data_dir: &Path, database: Option<&str>) -> Result<Self> {
        let path = match database {
            None => data_dir.join(DATABASE_FILE),
            Some(url) => match url.strip_prefix("sqlite://").filter(|path| !path.is_empty() && !path.contains(['?', '#'])) {
                Some(path) => PathBuf::from(path),
                // An address may hold a password: show the scheme alone.
                None => return Err(StoreError::UnknownEngine(url.split(':').next().unwrap_or_default().to_owned())),
            },
        };
        Ok(Self { path, create: true, busy_timeout: Duration::from_secs(5), readers: 4 })
    }

    /// The same, but a missing database is an error.
    #[must_use]
    pub fn existing(self) -> Self {
        Self { create: false, ..self }
    }
}

/// The database.
#[derive(Debug)]
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
}

impl Store {
    /// Opens the database, makes it when asked to, and brings its tables up to date.
    pub async fn open(options: &Options) -> Result<Self> {
        let path = &options.path;
        let open = |why: String| StoreError::Open { path: path.clone(), why };
        if !options.create && !path.exists() {
            return Err(StoreError::Missing(path.clone()));
        }
        let text = path.to_str().ok_or_else(|| open("its path is not UTF-8".to_owned()))?;
        // Tables are made by one process at a time: `pair` may run while `serve` starts.
        let lock = lock_for_migration(path).map_err(|e| open(e.to_string()))?;
        make_private(path, options.create).map_err(|e| open(e.to_string()))?;

        let connect = SqliteConnectOptions::from_str("sqlite://")
            .map_err(|e| open(e.to_string()))?
            .filename(text)
            .create_if_missing(options.create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(options.busy_timeout)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-8000")
            .pragma("journal_size_limit", "67108864")
            // Statements at whatever log level say nothing that an operator could act on.
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .test_before_acquire(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(connect.clone())
            .await
            .map_err(|e| open(e.to_string()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .min_connections(0)
            .test_before_acquire(false)
            .idle_timeout(Duration::from_mins(1))
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(connect.pragma("query_only", "ON").pragma("cache_size", "-4000"));
        MIGRATIONS.run(&write).await.map_err(|e| match e {
            sqlx::migrate::MigrateError::VersionMissing(_) => StoreError::TooNew,
            other => open(other.to_string()),
        })?;
        drop(lock);
        Ok(Self { read, write })
    }

    /// Starts a unit of work: the only writer until it is committed or dropped.
    pub async fn write(&self) -> Result<Work> {
        Work::begin(&self.write, "BEGIN IMMEDIATE").await
    }

    /// For reading more than once of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Work> {
        Work::begin(&self.read, "BEGIN").await
    }

    /// For reading.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.read
    }

    /// For maintenance outside of a transaction (tests set pragmas here).
    pub fn writer(&self) -> &SqlitePool {
        &self.write
    }

    /// Answers when the database can be read.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Reads the whole file for damage; what it says, `ok` when all is well.
    pub async fn quick_check(&self) -> Result<String> {
        Ok(sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.read).await?)
    }

    /// Closes all connections; the last one folds the log into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn lock_for_migration(path: &Path) -> std::io::Result<fs::File> {
    let lock = fs::OpenOptions::new().create(true).append(true).open(path.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Mails' subjects and recipients stand in the database: only its owner may read it.
fn make_private(path: &Path, create: bool) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(create);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Fails unless exactly one row changed.
pub(crate) fn one_row(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Failed(format!("a change of one row changed {rows}"))) }
}
