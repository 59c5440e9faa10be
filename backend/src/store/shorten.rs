//! Old hits whose addresses become networks: how far that came stands in `cursors` and moves in the transaction that shortens.

use waxwing_domain::alike;
use waxwing_protocol::Millis;

use super::sql;
use super::{Result, Store, StoreError};

const CURSOR: &str = "shorten";
/// How many hits are looked at for one that is old.
const WINDOW: i64 = 2_000;

/// How far addresses can be shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Old {
    /// No hit is old.
    None,
    /// Up to this hit.
    UpTo(i64),
    /// The next one is old, and was not judged yet.
    Unjudged,
}

/// Gives hits their networks, all in one statement.
pub(super) fn update(networks: &[(i64, String)]) -> sql::Builder {
    let mut query = sql::Builder::new("WITH new (id, network) AS (");
    query.push_values(networks, |row, (id, network)| {
        row.push_bind(id).push_bind(network);
    });
    query.push(") UPDATE hits SET address = new.network FROM new WHERE hits.id = new.id");
    query
}

impl Store {
    /// How far hits are older than `before`. They lie in the order in which they came, so that whatever came before an old one
    /// is old too, whatever the clock said then; a time that is still to come (a clock was ahead) says nothing.
    /// `judged`: only hits whose verdict is there.
    pub async fn old_hits(&self, before: Millis, now: Millis, judged: bool) -> Result<Old> {
        let rows = sql::query(
            "SELECT h.id, h.at, i.hit IS NOT NULL AND i.label IS NULL FROM hits h \
             LEFT JOIN message_hits i ON i.message = h.message AND i.account = h.account AND i.hit = h.id \
             WHERE h.id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) \
             AND h.id <= COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) \
             AND h.at <= $2 ORDER BY h.id LIMIT $3",
        )
        .bind(CURSOR)
        .bind(now)
        .bind(WINDOW)
        .fetch_all(self.read())
        .await?;
        let mut found = Old::None;
        for row in rows {
            let is_old = row.try_get::<Millis>(1)? < before;
            if judged && row.try_get(2)? {
                return Ok(if is_old && found == Old::None { Old::Unjudged } else { found });
            }
            if is_old {
                found = Old::UpTo(row.try_get(0)?);
            }
        }
        Ok(found)
    }

    /// When the first hit came whose address is still whole.
    pub(super) async fn oldest_whole(&self) -> Result<Option<Millis>> {
        let at = sql::query_scalar(
            "SELECT at FROM hits WHERE id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) ORDER BY id LIMIT 1",
        )
        .bind(CURSOR)
        .fetch_optional(self.read())
        .await?;
        Ok(at)
    }

    /// Shortens the addresses of the next `limit` hits, up to the hit `last`; gives how many were gone through.
    pub async fn shorten_hits(&self, last: i64, limit: i64) -> Result<usize> {
        let mut tx = self.write().await?;
        let hits: Vec<(i64, String)> = sql::query_as(
            "SELECT id, address FROM hits WHERE id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) \
             AND id <= $2 ORDER BY id LIMIT $3",
        )
        .bind(CURSOR)
        .bind(last)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let Some((position, _)) = hits.last() else {
            tx.cancel().await?;
            return Ok(0);
        };
        let network = |address: &str| alike::network(address).filter(|network| network != address);
        let networks: Vec<_> = hits.iter().filter_map(|(id, address)| Some((*id, network(address)?))).collect();
        if !networks.is_empty() {
            let done = update(&networks).build().persistent(false).execute(&mut *tx).await?;
            if done.rows_affected() != networks.len() as u64 {
                return Err(StoreError::Failed("addresses of hits were shortened that are not there".to_owned()));
            }
        }
        sql::query(
            "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        )
        .bind(CURSOR)
        .bind(position)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(hits.len())
    }
}
