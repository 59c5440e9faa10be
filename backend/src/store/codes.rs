//! Pairing codes: single use, good for a quarter of an hour, stored as a hash.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::security::{self, Happened};
use super::sessions::{self, NewSession, Way};
use super::sql;
use super::{Result, Store, Work, one_row};
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
    /// Its account is suspended. The code is as good as it was.
    Suspended,
}

/// The device that a good code makes, see [`Store::redeem`].
#[derive(Debug, Clone)]
pub struct NewDevice<'a> {
    /// Its id.
    pub id: Uuid,
    /// The name it gave.
    pub name: &'a str,
    /// SHA-256 of its bearer token.
    pub token_hash: [u8; 32],
}

/// Who makes a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// Whoever runs the backend, on its machine.
    Operator,
    /// A paired browser.
    Device(Uuid),
    /// A session of the account's page.
    Session(Uuid),
}

impl Store {
    /// Remembers a new code, and forgets those that are long over. False: its maker was sent away meanwhile, and nothing is remembered.
    pub async fn add_code(
        &self,
        code_hash: [u8; 32],
        account: AccountId,
        maker: Maker,
        now: Millis,
        expires_at: Millis,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let there = match maker {
            Maker::Operator => None,
            Maker::Device(id) => Some(("SELECT 1 FROM devices WHERE id = $1 AND account = $2", id)),
            Maker::Session(id) => Some(("SELECT 1 FROM sessions WHERE id = $1 AND account = $2", id)),
        };
        if let Some((there, id)) = there {
            if sql::query(there).bind(id).bind(account.as_str()).fetch_optional(&mut *tx).await?.is_none() {
                tx.cancel().await?;
                return Ok(false);
            }
            security::add(&mut tx, account, now, &Happened::CODE_MADE).await?;
        }
        sql::query("DELETE FROM pairing_codes WHERE expires_at < $1").bind(now - KEEP).execute(&mut *tx).await?;
        sql::query("INSERT INTO pairing_codes (code_hash, account, expires_at) VALUES ($1, $2, $3)")
            .bind(&code_hash[..])
            .bind(account.as_str())
            .bind(expires_at)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Uses a code up and adds the device, both or neither; neither for an account that is suspended.
    pub async fn redeem(&self, code_hash: [u8; 32], device: &NewDevice<'_>, now: Millis) -> Result<Redeemed> {
        if !self.has_code(code_hash).await? {
            return Ok(Redeemed::Unknown);
        }
        let mut tx = self.write().await?;
        let taken = take(&mut tx, code_hash, now).await?;
        let Redeemed::Good(account) = taken else {
            tx.cancel().await?;
            return Ok(taken);
        };
        let suspended = "SELECT 1 FROM people WHERE account = $1 AND suspended_at IS NOT NULL";
        if sql::query(suspended).bind(account.as_str()).fetch_optional(&mut *tx).await?.is_some() {
            tx.cancel().await?;
            return Ok(Redeemed::Suspended);
        }
        sql::query("INSERT INTO devices (id, account, name, token_hash, paired_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)")
            .bind(device.id)
            .bind(account.as_str())
            .bind(device.name)
            .bind(&device.token_hash[..])
            .bind(now)
            .execute(&mut *tx)
            .await?;
        security::add(&mut tx, account, now, &Happened::paired(device.name)).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// So that whoever guesses codes keeps nobody from writing.
    async fn has_code(&self, code_hash: [u8; 32]) -> Result<bool> {
        let sql = "SELECT 1 FROM pairing_codes WHERE code_hash = $1";
        Ok(sql::query(sql).bind(&code_hash[..]).fetch_optional(self.read()).await?.is_some())
    }

    /// Uses a code up and begins a session with it, both or neither: whoever revokes the browser that made the code ends either the code
    /// or the session.
    pub async fn sign_in(&self, code_hash: [u8; 32], new: &NewSession<'_>, way: Way, now: Millis) -> Result<Redeemed> {
        if !self.has_code(code_hash).await? {
            return Ok(Redeemed::Unknown);
        }
        let mut tx = self.write().await?;
        let taken = take(&mut tx, code_hash, now).await?;
        let Redeemed::Good(account) = taken else {
            tx.cancel().await?;
            return Ok(taken);
        };
        sessions::begin(&mut tx, new, account, way, now).await?;
        tx.commit().await?;
        Ok(taken)
    }
}

/// Uses a code up.
async fn take(tx: &mut Work, code_hash: [u8; 32], now: Millis) -> Result<Redeemed> {
    let found = sql::query("SELECT account, expires_at, used_at FROM pairing_codes WHERE code_hash = $1")
        .bind(&code_hash[..])
        .fetch_optional(&mut **tx)
        .await?;
    let account = match found {
        None => return Ok(Redeemed::Unknown),
        Some(row) if row.try_get::<Option<Millis>>(2)?.is_some() => return Ok(Redeemed::Used),
        Some(row) if row.try_get::<Millis>(1)? <= now => return Ok(Redeemed::Expired),
        Some(row) => id_from(row.try_get(0)?)?,
    };
    let used = sql::query("UPDATE pairing_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL")
        .bind(&code_hash[..])
        .bind(now)
        .execute(&mut **tx)
        .await?;
    one_row(used.rows_affected())?;
    Ok(Redeemed::Good(account))
}
