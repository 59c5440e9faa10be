//! Messages whose hits are answered and stored nowhere.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::accounts::id_from;
use super::consent::kinds_from;
use super::rollup::{self, Key};
use super::sql;
use super::{Result, Store, Work};
use crate::account_id::AccountId;
use crate::hits::stopped::Stop;

/// How many hits are erased at once: others wait meanwhile.
const ERASE: i64 = 2_000;

/// Hits that one statement erases.
const CHUNK: usize = 1_000;

/// Those of these messages that are stopped.
pub async fn among(tx: &mut Work, keys: &[Key]) -> Result<HashSet<Key>> {
    let mut found = HashSet::new();
    for keys in keys.chunks(CHUNK) {
        let mut query = rollup::asked(keys);
        query.push(
            "SELECT s.message, s.account FROM asked JOIN stopped s ON s.message = asked.message AND s.account = asked.account",
        );
        for row in query.build().persistent(false).fetch_all(&mut **tx).await? {
            found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?));
        }
    }
    Ok(found)
}

/// Erases hits that were not filed yet.
pub async fn erase(tx: &mut Work, hits: &[i64]) -> Result<()> {
    for hits in hits.chunks(CHUNK) {
        let mut query = sql::Builder::new("DELETE FROM hits WHERE id IN (");
        let mut list = query.separated(", ");
        for hit in hits {
            list.push_bind(*hit);
        }
        query.push(")");
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

impl Store {
    /// All of them, and what recipients refused, for the set in memory.
    pub async fn stops(&self) -> Result<HashMap<(AccountId, Uuid), Stop>> {
        let mut stops: HashMap<_, Stop> = HashMap::new();
        for row in sql::query("SELECT account, message FROM stopped").fetch_all(self.read()).await? {
            stops.entry((id_from(row.try_get(0)?)?, row.try_get(1)?)).or_default().deleted = true;
        }
        let sql = "SELECT account, message, by_link, by_person FROM refusals WHERE by_link <> 0 OR by_person <> 0";
        for row in sql::query(sql).fetch_all(self.read()).await? {
            let refused = kinds_from(row.try_get(2)?).or(kinds_from(row.try_get(3)?));
            stops.entry((id_from(row.try_get(0)?)?, row.try_get(1)?)).or_default().refused = refused;
        }
        Ok(stops)
    }

    /// Those that still have hits, deleted ones and those that a recipient had erased: erasing them was cut short.
    pub async fn unerased(&self) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sql::query(
            "SELECT account, message FROM stopped s WHERE EXISTS \
             (SELECT 1 FROM message_hits i WHERE i.message = s.message AND i.account = s.account) \
             UNION SELECT account, message FROM refusals WHERE erase = 1",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }

    /// Erases the hits of a stopped message, some at a time, so that a message with a million of them holds nobody up.
    pub async fn erase_hits(&self, account: AccountId, id: Uuid) -> Result<()> {
        loop {
            let mut tx = self.write().await?;
            let last: Option<i64> = sql::query_scalar(
                "SELECT MAX(hit) FROM (SELECT hit FROM message_hits WHERE message = $1 AND account = $2 ORDER BY hit LIMIT $3) AS h",
            )
            .bind(id)
            .bind(account.as_str())
            .bind(ERASE)
            .fetch_one(&mut *tx)
            .await?;
            let Some(last) = last else {
                let sql = "UPDATE refusals SET erase = 0 WHERE message = $1 AND account = $2 AND erase <> 0";
                sql::query(sql).bind(id).bind(account.as_str()).execute(&mut *tx).await?;
                return tx.commit().await;
            };
            for sql in [
                "DELETE FROM hits WHERE id IN \
                 (SELECT hit FROM message_hits WHERE message = $1 AND account = $2 AND hit <= $3)",
                "DELETE FROM message_hits WHERE message = $1 AND account = $2 AND hit <= $3",
            ] {
                sql::query(sql).bind(id).bind(account.as_str()).bind(last).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            self.erased.store(true, Ordering::Relaxed);
        }
    }
}
