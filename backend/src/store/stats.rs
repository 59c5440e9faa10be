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
    /// The totals of the messages sent at `from` or later and before `to`. Reads indexes alone.
    pub async fn totals(&self, account: AccountId, from: Millis, to: Millis) -> Result<Totals> {
        // Three counts, each over an index of its own (the last two are partial).
        let row = sqlx::query(
            "SELECT \
             (SELECT COUNT(*) FROM messages WHERE account = $1 AND sent_at >= $2 AND sent_at < $3), \
             (SELECT COUNT(*) FROM messages WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND state >= 4), \
             (SELECT COUNT(*) FROM messages WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND clicked = 1)",
        )
        .bind(account.as_str())
        .bind(from)
        .bind(to)
        .fetch_one(self.read())
        .await?;
        Ok(Totals { sent: row.try_get(0)?, opened: row.try_get(1)?, clicked: row.try_get(2)? })
    }
}
