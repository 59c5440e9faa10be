//! Devices: paired browsers and the hashes of their bearer tokens.

use sqlx::Row as _;
use uuid::Uuid;
use waxwing_protocol::{Millis, api};

use super::accounts::{Account, epoch_from, id_from};
use super::{Result, Store, accounts, events};
use crate::account_id::AccountId;

/// Who a bearer token belongs to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The device.
    pub device: Uuid,
    /// Its account.
    pub account: Account,
}

impl Store {
    /// The device whose bearer token has this SHA-256.
    pub async fn caller(&self, token_hash: [u8; 32]) -> Result<Option<Caller>> {
        let row = sqlx::query(
            "SELECT d.id, a.id, a.name, a.epoch FROM devices d JOIN accounts a ON a.id = d.account WHERE d.token_hash = $1",
        )
        .bind(&token_hash[..])
        .fetch_optional(self.read())
        .await?;
        row.map(|row| {
            let account = Account { id: id_from(row.try_get(1)?)?, name: row.try_get(2)?, epoch: epoch_from(row.try_get(3)?)? };
            Ok(Caller { device: row.try_get(0)?, account })
        })
        .transpose()
    }

    /// True while the device is paired.
    pub async fn device_exists(&self, device: Uuid) -> Result<bool> {
        Ok(sqlx::query("SELECT 1 FROM devices WHERE id = $1").bind(device).fetch_optional(self.read()).await?.is_some())
    }

    /// The devices of an account, oldest first.
    pub async fn devices(&self, account: AccountId) -> Result<Vec<api::Device>> {
        let rows = sqlx::query("SELECT id, name, paired_at, seen_at FROM devices WHERE account = $1 ORDER BY paired_at, id")
            .bind(account.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(api::Device {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    paired_at: row.try_get(2)?,
                    seen_at: row.try_get(3)?,
                    current: false,
                })
            })
            .collect()
    }

    /// Takes a device away, starts a new epoch and tells the others, all or nothing. Gives the epoch and the event's number, or
    /// `None` when the account has no such device.
    pub async fn revoke_device(
        &self,
        account: AccountId,
        device: Uuid,
        now: Millis,
        event: &api::Event,
    ) -> Result<Option<(u8, i64)>> {
        let mut tx = self.write().await?;
        let gone = sqlx::query("DELETE FROM devices WHERE id = $1 AND account = $2")
            .bind(device)
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(None);
        }
        let epoch = accounts::next_epoch(&mut tx, account).await?;
        let event = events::add(&mut tx, account, now, event).await?;
        tx.commit().await?;
        Ok(Some((epoch, event)))
    }

    /// Writes down when devices last called. Those that were revoked meanwhile are passed over.
    pub async fn touch_devices(&self, seen: &[(Uuid, Millis)]) -> Result<()> {
        let mut tx = self.write().await?;
        for (device, at) in seen {
            sqlx::query("UPDATE devices SET seen_at = $2 WHERE id = $1").bind(device).bind(at).execute(&mut *tx).await?;
        }
        tx.commit().await
    }
}
