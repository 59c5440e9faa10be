//! Messages whose hits are answered and stored nowhere.

use sqlx::Row as _;
use uuid::Uuid;

use super::accounts::id_from;
use super::{Result, Store};
use crate::account_id::AccountId;

impl Store {
    /// All of them, for the set in memory.
    pub async fn stopped(&self) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sqlx::query("SELECT account, message FROM stopped").fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }
}
