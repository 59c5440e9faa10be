//! How mailboxes are watched, and when each was looked at, for whoever runs the backend.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::super::sql;
use crate::store::{Result, Store};

/// How a mailbox is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// It wakes us, by IDLE or by push; otherwise it is asked every so often.
    pub woken: bool,
    /// Why it does not although it could, in words for the operator.
    pub trouble: Option<String>,
}

/// The last look at each mailbox that went well: its entries in the ledger, of which there is one a day, by an index of these alone.
pub(super) const LOOKED_AT: &str = "SELECT mailbox, MAX(COALESCE(last_at, at)) FROM mailbox_access questions WHERE action = 'ask_for_news' AND ok = 1 \
     GROUP BY mailbox";

impl Store {
    /// Remembers how these are watched since `now`, but for those that were disconnected.
    pub async fn set_watch_ways(&self, ways: &[(Uuid, Way)], now: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        for (mailbox, way) in ways {
            sql::query(
                "INSERT INTO watch_ways (mailbox, woken, since, trouble) \
                 SELECT id, $2, $3, $4 FROM mailboxes WHERE id = $1 AND removed_at IS NULL \
                 ON CONFLICT (mailbox) DO UPDATE SET woken = excluded.woken, since = excluded.since, trouble = excluded.trouble",
            )
            .bind(*mailbox)
            .bind(i64::from(way.woken))
            .bind(now)
            .bind(way.trouble.as_deref())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// How mailboxes are watched, as it was told last.
    pub async fn watch_ways(&self) -> Result<HashMap<Uuid, Way>> {
        let rows = sql::query("SELECT mailbox, woken, trouble FROM watch_ways").fetch_all(self.read()).await?;
        let way = |row: &sql::Row| Ok((row.try_get(0)?, Way { woken: row.try_get::<i64>(1)? != 0, trouble: row.try_get(2)? }));
        rows.iter().map(way).collect()
    }

    /// When each mailbox was looked at last, and it answered. A look of the last ten seconds may not stand there yet.
    pub async fn mailboxes_looked_at(&self) -> Result<HashMap<Uuid, Millis>> {
        let rows: Vec<(Uuid, Millis)> = sql::query_as(LOOKED_AT).fetch_all(self.read()).await?;
        Ok(rows.into_iter().collect())
    }
}
