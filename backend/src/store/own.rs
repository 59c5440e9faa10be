//! Where the accounts' own devices called from, and the sender's own views: what tells a sender's hits from a recipient's.
//!
//! What must hold: both outlive the address of each hit that they explain, or judging it once more would make the sender a
//! reader.

use std::net::IpAddr;

use waxwing_protocol::Millis;

use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

/// At most so many places of an account are kept, those that were seen last. Many, since one that goes early makes the sender
/// a reader when its hits are judged once more: devices travel, and browsers have a new version each month.
pub const MAX_PLACES: usize = 100;

/// A place or view of so long before a hit may still explain it, in milliseconds.
const EXPLAINS: Millis = 2 * 24 * 60 * 60 * 1_000;

/// A place that a device called from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPlace {
    /// Whose device.
    pub account: AccountId,
    /// The address, as the trusted proxies tell it.
    pub address: IpAddr,
    /// The user agent.
    pub agent: String,
    /// When it called first, of the times that are not written down yet.
    pub first_at: Millis,
    /// When it called last.
    pub last_at: Millis,
}

impl Store {
    /// Writes places down, and takes away what is too much.
    pub async fn note_places(&self, places: &[SeenPlace]) -> Result<()> {
        let mut tx = self.write().await?;
        for place in places {
            sql::query(
                "INSERT INTO own_places (account, address, agent, first_at, last_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (account, address, agent) DO UPDATE SET \
                 first_at = CASE WHEN excluded.first_at < own_places.first_at THEN excluded.first_at ELSE own_places.first_at END, \
                 last_at = CASE WHEN excluded.last_at > own_places.last_at THEN excluded.last_at ELSE own_places.last_at END",
            )
            .bind(place.account.as_str())
            .bind(place.address.to_string())
            .bind(&place.agent)
            .bind(place.first_at)
            .bind(place.last_at)
            .execute(&mut *tx)
            .await?;
        }
        let mut accounts: Vec<_> = places.iter().map(|place| place.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        for account in accounts {
            sql::query(
                "DELETE FROM own_places WHERE account = $1 AND (address, agent) IN (SELECT address, agent FROM own_places \
                 WHERE account = $1 ORDER BY last_at DESC, address, agent LIMIT 1000000 OFFSET $2)",
            )
            .bind(account.as_str())
            .bind(i64::try_from(MAX_PLACES).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// Takes away the own views and places that were last seen before this and explain no hit any more.
    pub async fn prune_own(&self, before: Millis) -> Result<u64> {
        // Addresses may be whole for longer than planned: the backend was away, or a clock was set wrong for a while.
        let before = match self.oldest_whole().await? {
            Some(at) => before.min(at.saturating_sub(EXPLAINS)),
            None => before,
        };
        let found: bool = sql::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM own_places WHERE last_at < $1) OR EXISTS (SELECT 1 FROM own_views WHERE at < $1)",
        )
        .bind(before)
        .fetch_one(self.read())
        .await?;
        if !found {
            return Ok(0);
        }
        let mut gone = 0;
        let mut tx = self.write().await?;
        for sql in ["DELETE FROM own_places WHERE last_at < $1", "DELETE FROM own_views WHERE at < $1"] {
            gone += sql::query(sql).bind(before).execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(gone)
    }
}
