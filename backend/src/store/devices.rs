//! Devices: paired browsers and the hashes of their bearer tokens.

use uuid::Uuid;
use waxwing_protocol::{Millis, api};

use super::accounts::{Account, epoch_from, id_from};
use super::security::{self, Happened};
use super::sql;
use super::{Result, Store, accounts, events};
use crate::account_id::AccountId;

/// Who a bearer token belongs to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The device.
    pub device: Uuid,
    /// Its account.
    pub account: Account,
    /// An admin stopped it.
    pub suspended: bool,
}

impl Store {
    /// The device whose bearer token has this SHA-256.
    pub async fn caller(&self, token_hash: [u8; 32]) -> Result<Option<Caller>> {
        let row = sql::query(
            "SELECT d.id, a.id, a.name, a.epoch, p.suspended_at FROM devices d JOIN accounts a ON a.id = d.account \
             LEFT JOIN people p ON p.account = a.id WHERE d.token_hash = $1",
        )
        .bind(&token_hash[..])
        .fetch_optional(self.read())
        .await?;
        row.map(|row| {
            let account = Account { id: id_from(row.try_get(1)?)?, name: row.try_get(2)?, epoch: epoch_from(row.try_get(3)?)? };
            Ok(Caller { device: row.try_get(0)?, account, suspended: row.try_get::<Option<Millis>>(4)?.is_some() })
        })
        .transpose()
    }

    /// True while the device is paired, and its account not suspended.
    pub async fn device_exists(&self, device: Uuid) -> Result<bool> {
        let found =
            "SELECT 1 FROM devices d LEFT JOIN people p ON p.account = d.account WHERE d.id = $1 AND p.suspended_at IS NULL";
        Ok(sql::query(found).bind(device).fetch_optional(self.read()).await?.is_some())
    }

    /// The devices of an account, oldest first.
    pub async fn devices(&self, account: AccountId) -> Result<Vec<api::Device>> {
        let rows = sql::query("SELECT id, name, paired_at, seen_at FROM devices WHERE account = $1 ORDER BY paired_at, id")
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

    /// Starts a new epoch and tells the account's devices. Gives the epoch; the last one there can be stays.
    pub async fn begin_epoch(&self, account: AccountId, now: Millis, event: &api::Event) -> Result<u8> {
        let mut tx = self.write_of(account).await?;
        let epoch = accounts::next_epoch(&mut tx, account).await?;
        events::add(&mut tx, account, now, event).await?;
        security::add(&mut tx, account, now, &Happened::EPOCH).await?;
        tx.commit().await?;
        Ok(epoch)
    }

    /// Takes a device away, starts a new epoch and tells the others, all or nothing. Gives the epoch and the event's number, or
    /// `None` when the account has no such device. Whoever had the device could make codes with it: codes that were not used yet, and the
    /// sessions of the account's page that began with one, go too, but for `kept`, which asks for this.
    pub async fn revoke_device(
        &self,
        account: AccountId,
        device: Uuid,
        now: Millis,
        event: &api::Event,
        kept: Option<Uuid>,
    ) -> Result<Option<(u8, i64)>> {
        let mut tx = self.write_of(account).await?;
        let name = sql::query_scalar::<String>("SELECT name FROM devices WHERE id = $1 AND account = $2")
            .bind(device)
            .bind(account.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let gone = sql::query("DELETE FROM devices WHERE id = $1 AND account = $2")
            .bind(device)
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(None);
        }
        sql::query("DELETE FROM pairing_codes WHERE account = $1 AND used_at IS NULL")
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        let ended = sql::query("DELETE FROM sessions WHERE account = $1 AND way = 0 AND id <> $2")
            .bind(account.as_str())
            .bind(kept.unwrap_or(Uuid::nil()))
            .execute(&mut *tx)
            .await?;
        let epoch = accounts::next_epoch(&mut tx, account).await?;
        let event = events::add(&mut tx, account, now, event).await?;
        if ended.rows_affected() > 0 {
            security::add(&mut tx, account, now, &Happened::OTHERS_SIGNED_OUT).await?;
        }
        security::add(&mut tx, account, now, &Happened::revoked(name.as_deref().unwrap_or_default())).await?;
        tx.commit().await?;
        Ok(Some((epoch, event)))
    }

    /// Writes down when devices last called. Those that were revoked meanwhile are passed over.
    pub async fn touch_devices(&self, seen: &[(Uuid, Millis)]) -> Result<()> {
        let mut tx = self.write().await?;
        for (device, at) in seen {
            sql::query("UPDATE devices SET seen_at = $2 WHERE id = $1").bind(device).bind(at).execute(&mut *tx).await?;
        }
        tx.commit().await
    }
}
