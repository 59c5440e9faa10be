//! SQLite: one file, one connection that writes, a few that read.

use std::fs;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Options, migration_failed};
use crate::store::sql::Pool;
use crate::store::{Result, Store, StoreError};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

pub(super) async fn open(options: &Options, path: &Path) -> Result<Store> {
    let open = |why: String| StoreError::Open { database: path.display().to_string(), why };
    if !options.create && !path.exists() {
        return Err(StoreError::Missing(path.to_path_buf()));
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
    MIGRATIONS.run(&write).await.map_err(|e| migration_failed(&e, open))?;
    drop(lock);
    Ok(Store {
        read: Pool::Sqlite(read),
        write: Pool::Sqlite(write),
        fence: None,
        horizon: Arc::default(),
        erased: Arc::default(),
    })
}

fn lock_for_migration(path: &Path) -> std::io::Result<fs::File> {
    let lock = crate::files::to_lock(&path.with_extension("lock"))?;
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
