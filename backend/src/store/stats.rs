//! Totals of an account's messages over spans of time.

use sqlx::Row as _;
use waxwing_protocol::Millis;

use super::{Result, Store};
use crate::account_id::AccountId;

/// Totals of the messages sent in one span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sent.
    pub sent: u32,
    /// Of these, opened or clicked.
    pub opened: u32,
    /// Of these, clicked.
    pub clicked: u32,
}

impl Store {
    /// The totals of the messages sent at `from` or later and before `to`. Reads an index alone.
    pub async fn totals(&self, account: AccountId, from: Millis, to: Millis) -> Result<Totals> {
        let row = sqlx::query(
            "SELECT COUNT(*), COALESCE(SUM(state >= 1), 0), COALESCE(SUM(state = 2), 0) FROM messages \
             WHERE account = $1 AND sent_at >= $2 AND sent_at < $3",
        )
        .bind(account.as_str())
        .bind(from)
        .bind(to)
        .fetch_one(self.read())
        .await?;
        Ok(Totals { sent: row.try_get(0)?, opened: row.try_get(1)?, clicked: row.try_get(2)? })
    }
}
