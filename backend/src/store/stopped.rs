//! Messages whose hits are answered and stored nowhere.

use sqlx::Row as _;
use uuid::Uuid;

use super::accounts::id_from;
use super::{Result, Store};
use crate::account_id::AccountId;

/// How many hits are erased at once: others wait meanwhile.
const ERASE: i64 = 2_000;

impl Store {
    /// All of them, for the set in memory.
    pub async fn stopped(&self) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sqlx::query("SELECT account, message FROM stopped").fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }

    /// Those that still have hits: erasing them was cut short.
    pub async fn unerased(&self) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sqlx::query(
            "SELECT account, message FROM stopped s WHERE EXISTS \
             (SELECT 1 FROM message_hits i WHERE i.message = s.message AND i.account = s.account)",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }

    /// Erases the hits of a stopped message, some at a time, so that a message with a million of them holds nobody up.
    pub async fn erase_hits(&self, account: AccountId, id: Uuid) -> Result<()> {
        loop {
            let mut tx = self.write().await?;
            let last: Option<i64> = sqlx::query_scalar(
                "SELECT MAX(hit) FROM (SELECT hit FROM message_hits WHERE message = $1 AND account = $2 ORDER BY hit LIMIT $3) AS h",
            )
            .bind(id)
            .bind(account.as_str())
            .bind(ERASE)
            .fetch_one(&mut *tx)
            .await?;
            let Some(last) = last else { return tx.cancel().await };
            for sql in [
                "DELETE FROM hits WHERE id IN \
                 (SELECT hit FROM message_hits WHERE message = $1 AND account = $2 AND hit <= $3)",
                "DELETE FROM message_hits WHERE message = $1 AND account = $2 AND hit <= $3",
            ] {
                sqlx::query(sql).bind(id).bind(account.as_str()).bind(last).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
    }
}
