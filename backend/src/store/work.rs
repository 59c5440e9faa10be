//! A unit of work: a transaction on one connection of a pool.
//!
//! Not sqlx's own `Transaction`: SQLite ends a transaction by itself when the disk is full or fails, sqlx does not notice, and
//! its connection refuses every transaction from then on. Here a connection whose transaction did not end as it should is
//! thrown away, and the pool opens another.

use std::ops::{Deref, DerefMut};

use super::Result;
use super::sql::{self, Connection, Pool};

/// A unit of work. Dropped before [`Work::commit`], nothing of it happened.
#[derive(Debug)]
pub struct Work {
    connection: Connection,
    open: bool,
    /// It changes nothing.
    reads: bool,
}

impl Work {
    /// Begins.
    pub(super) async fn begin(pool: &Pool, begin: &'static str) -> Result<Self> {
        // From here on a dropped future throws the connection away: nobody would know how far it came.
        let mut work = Self { connection: pool.acquire().await?, open: true, reads: false };
        sql::batch(begin, &mut work.connection).await?;
        Ok(work)
    }

    /// Begins what changes nothing.
    pub(super) async fn begin_reading(pool: &Pool, begin: &'static str) -> Result<Self> {
        let mut work = Self::begin(pool, begin).await?;
        work.reads = true;
        Ok(work)
    }

    /// The statement that reads rows which may be changed: `locked` where others stand beside this unit of work, so that none changes
    /// them before it is over; `plain` where it is the only writer, or none.
    pub(super) fn to_change(&self, plain: &'static str, locked: &'static str) -> &'static str {
        if self.reads { plain } else { self.kind().pick(plain, locked) }
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
        sql::query(statement).execute(&mut self.connection).await?;
        self.open = false;
        Ok(())
    }
}

impl Deref for Work {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Work {
    fn deref_mut(&mut self) -> &mut Connection {
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
