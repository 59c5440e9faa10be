//! PostgreSQL: a server that several backends may share.
//!
//! What must hold: a commit is on the server's disk when it returns, whatever the server's default is, and no statement waits
//! without end.

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Options, migration_failed};
use crate::store::sql::Pool;
use crate::store::{Result, Store, StoreError};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// How many connections may write at once. They wait for each other by advisory locks, account by account.
const WRITERS: u32 = 8;

pub(super) async fn open(options: &Options, address: &PgConnectOptions) -> Result<Store> {
    let open = |why: String| StoreError::Open { database: options.database.to_string(), why };
    let busy = options.busy_timeout.as_millis().to_string();
    let connect = address
        .clone()
        .application_name(&options.name)
        .options([
            ("synchronous_commit", "on"),
            ("lock_timeout", busy.as_str()),
            // Longer than anything that a request asks for; work in the background goes by batches.
            ("statement_timeout", "30000"),
            // Whoever froze in the middle of a transaction must not hold its locks for ever.
            ("idle_in_transaction_session_timeout", "15000"),
            ("client_min_messages", "warning"),
        ])
        .disable_statement_logging();
    let pool = |most: u32, connect: PgConnectOptions| {
        PgPoolOptions::new()
            .max_connections(most)
            .min_connections(0)
            .idle_timeout(Duration::from_mins(5))
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(connect)
    };
    let write = pool(WRITERS, connect.clone());
    let mut first = write.acquire().await.map_err(|e| open(without_details(&e)))?;
    if !options.create {
        let there: bool =
            sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *first).await?;
        if !there {
            return Err(StoreError::Empty(options.database.to_string()));
        }
    }
    // A large table takes its time, and another backend that starts waits for the one that is at it.
    sqlx::raw_sql("SET lock_timeout = 0; SET statement_timeout = 0").execute(&mut *first).await?;
    MIGRATIONS.run(&mut *first).await.map_err(|e| migration_failed(&e, open))?;
    sqlx::raw_sql("RESET lock_timeout; RESET statement_timeout").execute(&mut *first).await?;
    let moving: bool = sqlx::query_scalar("SELECT to_regclass('_moving') IS NOT NULL").fetch_one(&mut *first).await?;
    if moving && !options.moving {
        return Err(open("`waxwing migrate` has not finished moving into it: run it again".to_owned()));
    }
    drop(first);
    let read = pool(options.readers, connect.options([("default_transaction_read_only", "on")]));
    Ok(Store {
        read: Pool::Postgres(read),
        write: Pool::Postgres(write),
        fence: None,
        horizon: Arc::default(),
        erased: Arc::default(),
    })
}

/// Why the server could not be reached. What the driver says has hosts and users at most, never a password.
fn without_details(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "the server does not answer".to_owned(),
        sqlx::Error::Database(e) => e.message().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::store::{Database, Options, StoreError};

    #[test]
    fn an_address_shows_no_password() {
        let dir = std::path::Path::new("/nowhere");
        let options = Options::new(dir, Some("postgres://jo:s3cret@db.example.com:6432/mail")).unwrap();
        assert!(matches!(options.database, Database::Server(_)));
        let shown = format!("{options:?} {}", options.database);
        assert!(shown.contains("postgres://db.example.com:6432/mail"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("jo:"), "{shown}");
    }

    #[test]
    fn addresses_that_are_none_are_refused_without_showing_them() {
        let dir = std::path::Path::new("/nowhere");
        for url in ["postgres://", "postgres://jo:s3cret@db.example.com:notaport/x", "postgres://jo:s3cret@db.example.com"] {
            let error = Options::new(dir, Some(url)).unwrap_err();
            assert!(matches!(error, StoreError::Address), "{url}: {error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
        assert!(matches!(Options::new(dir, Some("mysql://x/y")).unwrap_err(), StoreError::UnknownEngine(e) if e == "mysql"));
    }
}
