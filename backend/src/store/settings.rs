//! What the backend remembers about itself, by name.

use std::collections::BTreeMap;

use waxwing_protocol::Millis;

use super::security::{self, Happened};
use super::sql;
use super::{Result, Store, StoreError, Work};

/// Where the extension reached this backend when `serve` last ran.
pub const PUBLIC_URL: &str = "public_url";
/// Where pixels and links pointed to when `serve` last ran.
pub const TRACKING_URL: &str = "tracking_url";
/// Where `serve` showed its numbers when it last ran; empty when it did not.
pub const METRICS_URL: &str = "metrics_url";
/// The fingerprints of the keys that belong to a database which several backends share.
pub const MINT_ROOT: &str = "mint_root";
/// See [`MINT_ROOT`].
pub const MASTER_KEY: &str = "master_key";
/// The fingerprint of the mint root that the operator says is backed up.
pub const BACKED_UP: &str = "mint_root_backed_up";
/// Since when the backend is stopped for everybody, in milliseconds; empty when it is not.
const ALL_STOPPED: &str = "all_stopped";
/// For how many days an admin has each rule of retention keep: a JSON object.
const RETENTION: &str = "retention";

impl Store {
    /// Since when the backend is stopped for everybody. `None`: it is not.
    pub async fn all_stopped_since(&self) -> Result<Option<Millis>> {
        Ok(self.setting(ALL_STOPPED).await?.and_then(|at| at.parse().ok()))
    }

    /// Stops the backend for everybody, or lets it go on. False: it was so.
    pub async fn stop_all(&self, stopped: bool, now: Millis) -> Result<bool> {
        let mut tx = self.write().await?;
        let was = get(&mut tx, ALL_STOPPED).await?.is_some_and(|at| !at.is_empty());
        if was == stopped {
            tx.cancel().await?;
            return Ok(false);
        }
        set(&mut tx, ALL_STOPPED, &if stopped { now.to_string() } else { String::new() }).await?;
        let happened = if stopped { Happened::ALL_STOPPED } else { Happened::ALL_RESUMED };
        security::add_of_backend(&mut tx, now, &happened).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// For how many days an admin has rules of retention keep, by their names.
    pub async fn retention(&self) -> Result<BTreeMap<String, u32>> {
        let Some(json) = self.setting(RETENTION).await? else { return Ok(BTreeMap::new()) };
        serde_json::from_str(&json).map_err(|_| StoreError::Failed("the days of retention are damaged".to_owned()))
    }

    /// Changes them, all at once.
    pub async fn set_retention(&self, days: &BTreeMap<String, u32>, now: Millis) -> Result<()> {
        let json = serde_json::to_string(days).map_err(|error| StoreError::Failed(error.to_string()))?;
        let mut tx = self.write().await?;
        set(&mut tx, RETENTION, &json).await?;
        security::add_of_backend(&mut tx, now, &Happened::RETENTION).await?;
        tx.commit().await
    }

    /// A setting.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(sql::query_scalar("SELECT value FROM settings WHERE name = $1").bind(name).fetch_optional(self.read()).await?)
    }

    /// Sets a setting.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut tx = self.write().await?;
        set(&mut tx, name, value).await?;
        tx.commit().await
    }
}

/// A setting, in a unit of work.
pub async fn get(tx: &mut Work, name: &str) -> Result<Option<String>> {
    Ok(sql::query_scalar("SELECT value FROM settings WHERE name = $1").bind(name).fetch_optional(&mut **tx).await?)
}

/// Sets a setting in a unit of work.
pub async fn set(tx: &mut Work, name: &str, value: &str) -> Result<()> {
    sql::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
