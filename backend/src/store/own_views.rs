//! The sender's own views, as the sender's browsers tell of them: what judging takes a mail proxy's hit at that moment for the
//! sender's by. How long they are kept: [`own`](super::own).

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::sql;
use super::{Result, Store, judged};
use crate::account_id::AccountId;

/// At most so many of a message are kept, the newest. Many: the hits of one that goes would be a reader's.
pub const MAX_VIEWS: i64 = 500;

impl Store {
    /// Notes that the sender had a message on screen at `at`, and has its hits judged again. False when there is no such message.
    /// The same instant twice is one view.
    pub async fn note_own_view(&self, account: AccountId, id: Uuid, at: Millis, now: Millis) -> Result<bool> {
        let mut tx = self.write_of(account).await?;
        let added = sql::query(
            "INSERT INTO own_views (message, account, at) SELECT id, account, $3 FROM messages WHERE account = $1 AND id = $2 \
             ON CONFLICT (message, account, at) DO NOTHING",
        )
        .bind(account.as_str())
        .bind(id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            tx.cancel().await?;
            return self.is_registered(account, id).await;
        }
        sql::query(
            "DELETE FROM own_views WHERE message = $1 AND account = $2 AND at IN (SELECT at FROM own_views \
             WHERE message = $1 AND account = $2 ORDER BY at DESC LIMIT 1000000 OFFSET $3)",
        )
        .bind(id)
        .bind(account.as_str())
        .bind(MAX_VIEWS)
        .execute(&mut *tx)
        .await?;
        judged::mark_due(&mut tx, (id, account), now).await?;
        tx.commit().await?;
        Ok(true)
    }
}
