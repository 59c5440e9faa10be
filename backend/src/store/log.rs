//! How far logs of hits were moved into the table of hits.
//!
//! What must hold: the position moves in the transaction that stores the hits, from where it was read in that same transaction,
//! so that each hit is moved exactly once, over crashes and over commits whose answer got lost.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::nodes::now;
use super::sql::{self, Kind};
use super::{Result, Store, Work, one_row};

/// The number of the last record of this log that was moved; 0 when none was.
pub async fn position(tx: &mut Work, log: Uuid) -> Result<i64> {
    let number = sql::query_scalar("SELECT number FROM log_positions WHERE log = $1").bind(log);
    Ok(number.fetch_optional(&mut **tx).await?.unwrap_or(0))
}

/// Moves on from `before`, as [`position`] gave it in this unit of work. Where there is a server its clock counts and not `now`.
pub async fn move_on(tx: &mut Work, log: Uuid, before: i64, number: i64, now: Millis) -> Result<()> {
    let sql = if before == 0 {
        "INSERT INTO log_positions (log, number, moved_at) VALUES ($1, $2, $3)"
    } else {
        "UPDATE log_positions SET number = $2, moved_at = $3 WHERE log = $1 AND number = $4"
    };
    let now = match tx.kind() {
        Kind::Sqlite => now,
        Kind::Postgres => sql::query_scalar(concat!("SELECT ", now!())).fetch_one(&mut **tx).await?,
    };
    let mut query = sql::query(sql).bind(log).bind(number).bind(now);
    if before != 0 {
        query = query.bind(before);
    }
    one_row(query.execute(&mut **tx).await?.rows_affected())
}

impl Store {
    /// How far each log was moved, of one moment with `tx`.
    pub async fn log_positions(&self, tx: &mut Work) -> Result<HashMap<Uuid, i64>> {
        let rows = sql::query("SELECT log, number FROM log_positions").fetch_all(&mut **tx).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Forgets a log: its files are gone.
    pub async fn forget_log(&self, log: Uuid) -> Result<()> {
        let mut tx = self.write().await?;
        sql::query("DELETE FROM log_positions WHERE log = $1").bind(log).execute(&mut *tx).await?;
        tx.commit().await
    }
}
