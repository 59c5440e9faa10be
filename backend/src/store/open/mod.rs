//! Which database, and how it is opened.

mod postgres;
mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::{Result, Store, StoreError};

/// The name of the database in the data folder.
pub const DATABASE_FILE: &str = "waxwing.db";

/// What connections of commands are known by.
const NAME: &str = "waxwing";

/// Where the database is.
#[derive(Clone)]
pub enum Database {
    /// SQLite, in this file.
    File(PathBuf),
    /// PostgreSQL, by this address. It may hold a password, and shows neither that nor its user.
    Server(Box<PgConnectOptions>),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(at) => {
                write!(f, "postgres://{}:{}/{}", at.get_host(), at.get_port(), at.get_database().unwrap_or_default())
            }
        }
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which.
    pub database: Database,
    /// Make the file and the tables when they are missing.
    pub create: bool,
    /// How long a statement waits for another's lock.
    pub busy_timeout: Duration,
    /// How many connections read at once.
    pub readers: u32,
    /// What a server knows this backend's connections by. Another one for each backend, or they do not hear each other.
    pub name: String,
    /// Open it although a move into it was not finished.
    pub moving: bool,
}

impl Options {
    /// The database of a data folder, or the one that `--database` names.
    pub fn new(data_dir: &Path, database: Option<&str>) -> Result<Self> {
        let database = match database {
            None => Database::File(data_dir.join(DATABASE_FILE)),
            Some(url) => named(url)?,
        };
        let readers = if matches!(database, Database::File(_)) { 4 } else { 12 };
        Ok(Self { database, create: true, busy_timeout: Duration::from_secs(5), readers, name: NAME.to_owned(), moving: false })
    }

    /// The same, but a missing database is an error.
    #[must_use]
    pub fn existing(self) -> Self {
        Self { create: false, ..self }
    }

    /// The file of the database, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.database {
            Database::File(path) => Some(path),
            Database::Server(_) => None,
        }
    }
}

fn named(url: &str) -> Result<Database> {
    if let Some(path) = url.strip_prefix("sqlite://").filter(|path| !path.is_empty() && !path.contains(['?', '#'])) {
        return Ok(Database::File(PathBuf::from(path)));
    }
    // An address may hold a password: errors show its scheme alone.
    let scheme = url.split(':').next().unwrap_or_default();
    if !matches!(scheme, "postgres" | "postgresql") || !url.contains("://") {
        return Err(StoreError::UnknownEngine(scheme.to_owned()));
    }
    match PgConnectOptions::from_str(url) {
        Ok(options) if options.get_database().is_some_and(|name| !name.is_empty()) => Ok(Database::Server(Box::new(options))),
        _ => Err(StoreError::Address),
    }
}

impl Store {
    /// Opens the database, makes its tables when asked to, and brings them up to date.
    pub async fn open(options: &Options) -> Result<Self> {
        match &options.database {
            Database::File(path) => sqlite::open(options, path).await,
            Database::Server(address) => postgres::open(options, address).await,
        }
    }
}

fn migration_failed(error: &sqlx::migrate::MigrateError, open: impl Fn(String) -> StoreError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::VersionMissing(_) => StoreError::TooNew,
        other => open(other.to_string()),
    }
}
