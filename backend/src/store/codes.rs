//! Pairing codes: single use, good for a quarter of an hour, stored as a hash.

use sqlx::Row as _;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::{Result, Store, one_row};
use crate::account_id::AccountId;

/// Used and expired codes are kept this long, so that whoever types one is told which of the two it is.
const KEEP: Millis = 24 * 60 * 60 * 1000;

/// What came of a code that somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    /// It was good, and is used now.
    Good(AccountId),
    /// There is no such code.
    Unknown,
    /// It is too old.
    Expired,
    /// It was used before.
    Used,
}

/// The device that a good code makes, see [`Store::redeem`].
#[derive(Debug, Clone)]
pub struct NewDevice<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// The name it gave.
    pub name: &'a str,
    /// SHA-256 of its bearer token.
    pub token_hash: [u8; 32],
}

impl Store {
    /// Remembers a new code, and forgets those that are long over.
    pub async fn add_code(&self, code_hash: [u8; 32], account: AccountId, now: Millis, expires_at: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM pairing_codes WHERE expires_at < $1").bind(now - KEEP).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO pairing_codes (code_hash, account, expires_at) VALUES ($1, $2, $3)")
            .bind(&code_hash[..])
            .bind(account.as_str())
            .bind(expires_at)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Uses a code up and adds the device, both or neither.
    pub async fn redeem(&self, code_hash: [u8; 32], device: &NewDevice<'_>, now: Millis) -> Result<Redeemed> {
        let mut tx = self.write().await?;
        let found = sqlx::query("SELECT account, expires_at, used_at FROM pairing_codes WHERE code_hash = $1")
            .bind(&code_hash[..])
            .fetch_optional(&mut *tx)
            .await?;
        let account = match found {
            None => Err(Redeemed::Unknown),
            Some(row) if row.try_get::<Option<Millis>, _>(2)?.is_some() => Err(Redeemed::Used),
            Some(row) if row.try_get::<Millis, _>(1)? <= now => Err(Redeemed::Expired),
            Some(row) => Ok(id_from(row.try_get(0)?)?),
        };
        let account = match account {
            Ok(account) => account,
            Err(refused) => {
                tx.cancel().await?;
                return Ok(refused);
            }
        };
        let used = sqlx::query("UPDATE pairing_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL")
            .bind(&code_hash[..])
            .bind(now)
            .execute(&mut *tx)
            .await?;
        one_row(used.rows_affected())?;
        sqlx::query("INSERT INTO devices (id, account, name, token_hash, paired_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)")
            .bind(device.id)
            .bind(account.as_str())
            .bind(device.name)
            .bind(&device.token_hash[..])
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Redeemed::Good(account))
    }
}
