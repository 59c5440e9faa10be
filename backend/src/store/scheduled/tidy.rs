//! What is taken away with time: the flight recorder of mails that are long done, and sends that no daily limit counts any more.

use waxwing_protocol::Millis;

use super::super::sql;
use super::super::{Result, Store};
use super::limits::DAY;

/// How long the flight recorder of a mail is kept after it came to rest.
pub const FLIGHT_FOR: Millis = 365 * DAY;
/// Rows that one transaction takes away.
const BATCH: i64 = 1_000;

impl Store {
    /// Takes away what is too old, in small transactions; how many rows that were.
    pub async fn tidy_scheduled(&self, now: Millis) -> Result<u64> {
        let mut gone = 0;
        for (sql, before) in [
            (FLIGHTS, now.saturating_sub(FLIGHT_FOR)),
            // A clock that was set back for a while must not free what was used up.
            (SENDS, now.saturating_sub(2 * DAY)),
        ] {
            loop {
                let mut tx = self.write().await?;
                let done = sql::query(sql).bind(before).bind(BATCH).execute(&mut *tx).await?.rows_affected();
                tx.commit().await?;
                gone += done;
                if i64::try_from(done).unwrap_or(0) < BATCH {
                    break;
                }
            }
        }
        Ok(gone)
    }
}

const FLIGHTS: &str = "DELETE FROM flight WHERE id IN (SELECT f.id FROM scheduled s JOIN flight f ON f.scheduled = s.id \
     WHERE s.done_at IS NOT NULL AND s.done_at < $1 LIMIT $2)";
const SENDS: &str = "DELETE FROM mailbox_sends WHERE (mailbox, at, mail) IN (SELECT mailbox, at, mail FROM mailbox_sends \
     WHERE at < $1 LIMIT $2)";
