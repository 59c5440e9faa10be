//! Whose clocks people live by.

use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

impl Store {
    /// The zones of those of these addresses (in lower case) that are known, by address.
    pub async fn contact_zones(&self, account: AccountId, addresses: &[String]) -> Result<Vec<(String, String)>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql::Builder::new("SELECT address, zone FROM contact_zones WHERE account = ");
        query.push_bind(account.as_str()).push(" AND address IN (");
        let mut list = query.separated(", ");
        for address in addresses {
            list.push_bind(address);
        }
        query.push(") ORDER BY address");
        let rows = query.build().persistent(false).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Sets the zone of an address (in lower case), or takes it away.
    pub async fn set_contact_zone(&self, account: AccountId, address: &str, zone: Option<&str>) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        match zone {
            Some(zone) => {
                sql::query(
                    "INSERT INTO contact_zones (account, address, zone) VALUES ($1, $2, $3) \
                     ON CONFLICT (account, address) DO UPDATE SET zone = excluded.zone",
                )
                .bind(account.as_str())
                .bind(address)
                .bind(zone)
                .execute(&mut *tx)
                .await?;
            }
            None => {
                sql::query("DELETE FROM contact_zones WHERE account = $1 AND address = $2")
                    .bind(account.as_str())
                    .bind(address)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await
    }
}
