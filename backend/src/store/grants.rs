//! Sign-ins at Google that are under way.
//!
//! What must hold: one is used up by whoever asks for it first; its verifier stands here sealed.

use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

/// A sign-in that is under way.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingGrant {
    /// Whose.
    pub account: AccountId,
    /// The PKCE verifier, sealed.
    pub verifier: Vec<u8>,
    /// It came too late.
    pub expired: bool,
}

impl Store {
    /// Remembers a sign-in that begins. Of one account the newest few are kept.
    pub async fn add_pending_grant(
        &self,
        state_hash: [u8; 32],
        account: AccountId,
        verifier: &[u8],
        expires_at: Millis,
    ) -> Result<()> {
        const MOST: u32 = 10;
        let mut tx = self.write().await?;
        sql::query(
            "DELETE FROM grants_pending WHERE account = $1 AND state_hash NOT IN \
             (SELECT state_hash FROM grants_pending WHERE account = $1 ORDER BY expires_at DESC LIMIT $2)",
        )
        .bind(account.as_str())
        .bind(MOST - 1)
        .execute(&mut *tx)
        .await?;
        sql::query("INSERT INTO grants_pending (state_hash, account, verifier, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(&state_hash[..])
            .bind(account.as_str())
            .bind(verifier)
            .bind(expires_at)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// A sign-in that is under way, without using it up.
    pub async fn pending_grant(&self, state_hash: [u8; 32], now: Millis) -> Result<Option<PendingGrant>> {
        let row = sql::query("SELECT account, verifier, expires_at FROM grants_pending WHERE state_hash = $1")
            .bind(&state_hash[..])
            .fetch_optional(self.read())
            .await?;
        row.map(|row| pending(&row, now)).transpose()
    }

    /// Uses a sign-in up. `None`: there is none with this state, or it was used before.
    pub async fn take_pending_grant(&self, state_hash: [u8; 32], now: Millis) -> Result<Option<PendingGrant>> {
        // Anybody may ask: what is not there costs no write.
        let known = sql::query("SELECT 1 FROM grants_pending WHERE state_hash = $1").bind(&state_hash[..]);
        if known.fetch_optional(self.read()).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.write().await?;
        let row = sql::query("DELETE FROM grants_pending WHERE state_hash = $1 RETURNING account, verifier, expires_at")
            .bind(&state_hash[..])
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        row.map(|row| pending(&row, now)).transpose()
    }
}

fn pending(row: &sql::Row, now: Millis) -> Result<PendingGrant> {
    Ok(PendingGrant {
        account: id_from(row.try_get(0)?)?,
        verifier: row.try_get(1)?,
        expired: row.try_get::<Millis>(2)? <= now,
    })
}
