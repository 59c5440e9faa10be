//! Accounts: people on this backend.

use waxwing_protocol::Millis;

use super::sql;
use super::{Result, Store, StoreError, Work, one_row};
use crate::account_id::AccountId;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The public id.
    pub id: AccountId,
    /// The name the operator gave.
    pub name: String,
    /// The epoch that devices mint in.
    pub epoch: u8,
}

impl Store {
    /// The account with this name; made with the id `fresh` when there is none.
    pub async fn account_named(&self, name: &str, fresh: AccountId, now: Millis) -> Result<Account> {
        if let Some(account) = self.find_account(name).await? {
            return Ok(account);
        }
        let mut tx = self.write().await?;
        sql::query("INSERT INTO accounts (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
            .bind(fresh.as_str())
            .bind(name)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        // Whoever is first runs this backend.
        sql::query(
            "INSERT INTO people (account, role) SELECT id, 1 FROM accounts WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE id <> $1) ON CONFLICT (account) DO NOTHING",
        )
        .bind(fresh.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        // Another process may have been first: what stands there now is the account.
        self.find_account(name).await?.ok_or_else(|| StoreError::Failed("a new account is not there".to_owned()))
    }

    /// The account with this name.
    pub async fn find_account(&self, name: &str) -> Result<Option<Account>> {
        sql::query("SELECT id, name, epoch FROM accounts WHERE name = $1")
            .bind(name)
            .fetch_optional(self.read())
            .await?
            .map(|row| account(&row))
            .transpose()
    }

    /// The account with this id.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        sql::query("SELECT id, name, epoch FROM accounts WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?
            .map(|row| account(&row))
            .transpose()
    }

    /// All accounts.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        sql::query("SELECT id, name, epoch FROM accounts ORDER BY created_at, id")
            .fetch_all(self.read())
            .await?
            .iter()
            .map(account)
            .collect()
    }
}

/// Starts a new epoch and gives it. The last epoch, 255, stays: tokens have one byte for it.
pub async fn next_epoch(tx: &mut Work, id: AccountId) -> Result<u8> {
    let done = sql::query("UPDATE accounts SET epoch = epoch + 1 WHERE id = $1 AND epoch < 255")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() > 1 {
        one_row(done.rows_affected())?;
    }
    let epoch: i64 =
        sql::query_scalar("SELECT epoch FROM accounts WHERE id = $1").bind(id.as_str()).fetch_one(&mut **tx).await?;
    epoch_from(epoch)
}

fn account(row: &sql::Row) -> Result<Account> {
    Ok(Account { id: id_from(row.try_get(0)?)?, name: row.try_get(1)?, epoch: epoch_from(row.try_get(2)?)? })
}

/// An account's id as it stands in the database.
pub(crate) fn id_from(text: &str) -> Result<AccountId> {
    AccountId::parse(text).ok_or_else(|| StoreError::Failed("an account's id is damaged".to_owned()))
}

pub(crate) fn epoch_from(number: i64) -> Result<u8> {
    u8::try_from(number).map_err(|_| StoreError::Failed("an epoch is out of range".to_owned()))
}
