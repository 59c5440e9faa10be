//! What an account chose for reminders.

use waxwing_protocol::api::ReminderSettings;

use super::super::sql;
use super::super::{Result, Store, Work, one_row};
use super::{read, write};
use crate::account_id::AccountId;

const SQL: &str = "SELECT body FROM reminder_settings WHERE account = $1";

impl Store {
    /// What an account chose; nothing, unless it did.
    pub async fn reminder_settings(&self, account: AccountId) -> Result<ReminderSettings> {
        let body: Option<String> = sql::query_scalar(SQL).bind(account.as_str()).fetch_optional(self.read()).await?;
        body.as_deref().map_or_else(|| Ok(ReminderSettings::default()), read)
    }

    /// Chooses.
    pub async fn set_reminder_settings(&self, account: AccountId, settings: &ReminderSettings) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        let done = sql::query(
            "INSERT INTO reminder_settings (account, body) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET body = excluded.body",
        )
        .bind(account.as_str())
        .bind(write(settings)?)
        .execute(&mut *tx)
        .await?;
        one_row(done.rows_affected())?;
        tx.commit().await
    }
}

/// The same in a unit of work.
pub async fn of(tx: &mut Work, account: AccountId) -> Result<ReminderSettings> {
    let body: Option<String> = sql::query_scalar(SQL).bind(account.as_str()).fetch_optional(&mut **tx).await?;
    body.as_deref().map_or_else(|| Ok(ReminderSettings::default()), read)
}
