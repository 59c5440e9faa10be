//! What the backend remembers about itself, by name.

use super::{Result, Store, Work};

/// Where the extension reached this backend when `serve` last ran.
pub const PUBLIC_URL: &str = "public_url";
/// Where pixels and links pointed to when `serve` last ran.
pub const TRACKING_URL: &str = "tracking_url";
/// The fingerprint of the mint root that the operator says is backed up.
pub const BACKED_UP: &str = "mint_root_backed_up";

impl Store {
    /// A setting.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT value FROM settings WHERE name = $1").bind(name).fetch_optional(self.read()).await?)
    }

    /// Sets a setting.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut tx = self.write().await?;
        set(&mut tx, name, value).await?;
        tx.commit().await
    }
}

/// Sets a setting in a unit of work.
pub async fn set(tx: &mut Work, name: &str, value: &str) -> Result<()> {
    sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
