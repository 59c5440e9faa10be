//! Hits of mails that nobody ever registered: how far they were looked through stands in `cursors`.
//!
//! What must hold: a mail may be registered long after it was sent (a browser that was off), and finds its hits then; so they wait for as
//! long as the rule says from the first of them on, and go together.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

const CURSOR: &str = "unregistered";
/// Hits that are looked at in one transaction.
const WINDOW: i64 = 1_000;

impl Store {
    /// Takes the hits of mails away whose first hit came before `before`, and that were never registered; gives how many hits that were.
    /// At most so many windows of hits are looked through.
    pub async fn forget_unregistered(&self, before: Millis, now: Millis, windows: usize) -> Result<u64> {
        let mut gone = 0;
        for _ in 0..windows {
            let Some((last, mails)) = self.unregistered(before, now).await? else { break };
            for (account, message) in mails {
                gone += self.forget_message_hits(account, message).await?;
            }
            let mut tx = self.write().await?;
            sql::query(
                "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
            )
            .bind(CURSOR)
            .bind(last)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            // The hits that wait for the disk go first.
            tokio::task::yield_now().await;
        }
        Ok(gone)
    }

    /// The next old hits: the number of the last of them, and the mails among them that nobody registered. `None`: no more are old. They
    /// lie in the order in which they came, so that whatever came before an old one is old too.
    async fn unregistered(&self, before: Millis, now: Millis) -> Result<Option<(i64, Vec<(AccountId, Uuid)>)>> {
        let rows = sql::query(
            "SELECT h.id, h.at, h.account, h.message, m.id IS NULL FROM (SELECT id, at, account, message FROM hits \
             WHERE id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) \
             AND id <= COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) AND at <= $2 ORDER BY id LIMIT $3) h \
             LEFT JOIN messages m ON m.account = h.account AND m.id = h.message ORDER BY h.id",
        )
        .bind(CURSOR)
        .bind(now)
        .bind(WINDOW)
        .fetch_all(self.read())
        .await?;
        let (mut last, mut old) = (None, 0);
        for (n, row) in rows.iter().enumerate() {
            if row.try_get::<Millis>(1)? < before {
                (last, old) = (Some(row.try_get(0)?), n + 1);
            }
        }
        let Some(last) = last else { return Ok(None) };
        let mut mails = Vec::new();
        for row in rows.iter().take(old) {
            let mail = (id_from(row.try_get(2)?)?, row.try_get(3)?);
            if row.try_get(4)? && !mails.contains(&mail) {
                mails.push(mail);
            }
        }
        Ok(Some((last, mails)))
    }

    async fn forget_message_hits(&self, account: AccountId, message: Uuid) -> Result<u64> {
        let hits: i64 = sql::query_scalar("SELECT COUNT(*) FROM message_hits WHERE message = $1 AND account = $2")
            .bind(message)
            .bind(account.as_str())
            .fetch_one(self.read())
            .await?;
        self.erase_hits(account, message).await?;
        let mut tx = self.write_of(account).await?;
        sql::query("DELETE FROM activity WHERE message = $1 AND account = $2")
            .bind(message)
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(hits.unsigned_abs())
    }
}
