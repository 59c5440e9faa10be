//! A unit of work: a transaction on one connection of a pool.
//!
//! Not sqlx's own `Transaction`: SQLite ends a transaction by itself when the disk is full or fails, sqlx does not notice, and
//! its connection refuses every transaction from then on. Here a connection whose transaction did not end as it should is
//! thrown away, and the pool opens another.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use super::Result;

/// A unit of work. Dropped before [`Work::commit`], nothing of it happened.
#[derive(Debug)]
pub struct Work {
    connection: PoolConnection<Sqlite>,
    open: bool,
}

impl Work {
    /// Begins.
    pub(super) async fn begin(pool: &SqlitePool, begin: &'static str) -> Result<Self> {
        // From here on a dropped future throws the connection away: nobody would know how far it came.
        let mut work = Self { connection: pool.acquire().await?, open: true };
        sqlx::query(begin).execute(&mut *work.connection).await?;
        Ok(work)
    }

    /// Makes it last. It is on disk when this returns.
    pub async fn commit(self) -> Result<()> {
        self.end("COMMIT").await
    }

    /// Leaves everything as it was, and the connection to the next.
    pub async fn cancel(self) -> Result<()> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, statement: &'static str) -> Result<()> {
        sqlx::query(statement).execute(&mut *self.connection).await?;
        self.open = false;
        Ok(())
    }
}

impl Deref for Work {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Work {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}
