//! Hits written straight into PostgreSQL, over connections that do nothing else: a batch is one statement, and so one round trip.
//!
//! What must hold: whoever does not learn whether a batch was committed can find out later. Each connection has a row of its own,
//! whose number moves with each batch, in the same statement. Whoever asks closes the row first, under its lock: a statement that is
//! still under way somewhere is waited for, or does nothing any more.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Row as _};
use uuid::Uuid;

use super::hits::{NewHit, bind_columns};
use super::nodes::now;
use super::sql::{self, Pool};
use super::{Result, Store, StoreError, Work};

/// A statement that takes longer is ended by the server, should it still be there.
const LONGEST: Duration = Duration::from_secs(5);

/// A batch that was handed to the server: its writer, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BatchId {
    writer: i64,
    number: i64,
}

impl BatchId {
    /// As it stands in the log.
    #[must_use]
    pub fn to_uuid(self) -> Uuid {
        Uuid::from_u64_pair(self.writer.cast_unsigned(), self.number.cast_unsigned())
    }

    /// The other way round.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        let (writer, number) = id.as_u64_pair();
        Self { writer: writer.cast_signed(), number: number.cast_signed() }
    }
}

/// Why a batch was not stored, as far as that is known.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// It was not.
    #[error("{0}")]
    Not(StoreError),
    /// It may have been: ask before it is written again.
    #[error("the server did not say what became of it")]
    Unknown(BatchId),
}

/// A connection with its row.
#[derive(Debug)]
pub struct HitWriter {
    connection: PgConnection,
    id: i64,
    number: i64,
}

impl HitWriter {
    /// Connects, and makes the row `id`, which is drawn at random.
    pub async fn open(store: &Store, id: i64) -> Result<Self> {
        const SQL: &str = concat!("INSERT INTO hit_writers (id, number, at) VALUES ($1, 0, ", now!(), ")");
        let Pool::Postgres(pool) = store.writer() else {
            return Err(StoreError::Failed("only a server takes hits this way".to_owned()));
        };
        let longest = LONGEST.as_millis().to_string();
        let options = pool.connect_options().as_ref().clone().options([("statement_timeout", longest.as_str())]);
        let mut connection = options.connect().await?;
        sqlx::query(SQL).bind(id).execute(&mut connection).await?;
        Ok(Self { connection, id, number: 0 })
    }

    /// What the next batch is known by.
    #[must_use]
    pub fn next(&self) -> BatchId {
        BatchId { writer: self.id, number: self.number + 1 }
    }

    /// Stores a batch; on the server's disk when it returns. Given up or failed with [`Lost::Unknown`], the writer is of no use any more.
    /// Messages that are stopped or refused get none.
    pub async fn append(&mut self, hits: &[&NewHit]) -> std::result::Result<(), Lost> {
        // Of the messages that were stopped before this statement began; what slips through is erased by the roll-up.
        // The row says when it wrote last: rows of writers that ended without a word are kept for a year after that.
        const SQL: &str = concat!(
            "WITH mine AS (UPDATE hit_writers SET number = $2, at = ",
            now!(),
            " WHERE id = $1 AND number < $2 AND closed = 0 RETURNING id), stored AS (INSERT INTO hits (at, account, message, kind, link, agent, address, headers) \
             SELECT n.at, n.account, n.message, n.kind, n.link, n.agent, n.address, n.headers FROM mine CROSS JOIN UNNEST( \
             $3::bigint[], $4::text[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[]) \
             WITH ORDINALITY AS n (at, account, message, kind, link, agent, address, headers, place) \
             WHERE NOT EXISTS (SELECT 1 FROM stopped s WHERE s.message = n.message AND s.account = n.account) \
             AND NOT EXISTS (SELECT 1 FROM refusals r WHERE r.message = n.message AND r.account = n.account \
             AND (r.by_link | r.by_person) & (1::bigint << n.kind::int) <> 0) ORDER BY n.place) \
             SELECT COUNT(*) FROM mine"
        );
        let batch = self.next();
        self.number = batch.number;
        let query = sqlx::query(SQL).bind(self.id).bind(self.number);
        let done = bind_columns(query, hits).fetch_one(&mut self.connection).await;
        match done.and_then(|row| row.try_get::<i64, _>(0)) {
            Ok(1) => Ok(()),
            Ok(_) => Err(Lost::Not(StoreError::Failed("the row of this writer is closed".to_owned()))),
            // The statement was refused as a whole. Words about the connection or the server may come after its commit.
            Err(sqlx::Error::Database(error)) if is_of_the_statement(error.code().as_deref().unwrap_or_default()) => {
                Err(Lost::Not(sqlx::Error::Database(error).into()))
            }
            Err(_) => Err(Lost::Unknown(batch)),
        }
    }

    /// Nothing is unknown: the row may go.
    pub async fn close(mut self) -> Result<()> {
        sqlx::query("DELETE FROM hit_writers WHERE id = $1").bind(self.id).execute(&mut self.connection).await?;
        Ok(())
    }
}

/// By the class of what the server said: data, constraints, rights, syntax, limits, a server that only reads.
fn is_of_the_statement(code: &str) -> bool {
    ["22", "23", "25006", "42", "53", "54"].iter().any(|class| code.starts_with(class))
}

/// Which of these batches were committed. Those that were not never will be from now on, unless this unit of work is not.
pub async fn committed(tx: &mut Work, batches: &[BatchId]) -> Result<Vec<BatchId>> {
    let mut numbers: HashMap<i64, i64> = HashMap::new();
    for batch in batches {
        if numbers.contains_key(&batch.writer) {
            continue;
        }
        let number = sql::query_scalar("UPDATE hit_writers SET closed = 1 WHERE id = $1 RETURNING number")
            .bind(batch.writer)
            .fetch_optional(&mut **tx)
            .await?;
        // A database that does not know the writer does not have what it wrote.
        numbers.insert(batch.writer, number.unwrap_or(0));
    }
    Ok(batches
        .iter()
        .copied()
        .filter(|batch| numbers.get(&batch.writer).is_some_and(|number| *number >= batch.number))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_known_by_an_id() {
        for (writer, number) in [(1, 1), (i64::MIN, 7), (i64::MAX, i64::MAX), (-1, 0)] {
            let batch = BatchId { writer, number };
            assert_eq!(BatchId::from_uuid(batch.to_uuid()), batch);
        }
    }

    #[test]
    fn what_may_come_after_a_commit_proves_nothing() {
        for code in ["57P01", "57014", "08006", "58030", "40001", "", "XX000"] {
            assert!(!is_of_the_statement(code), "{code}");
        }
        for code in ["25006", "22021", "23505", "42P01", "53100"] {
            assert!(is_of_the_statement(code), "{code}");
        }
    }
}
