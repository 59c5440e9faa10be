//! What the roll-up reads and writes. The position in the journal moves in the transaction that stores what was read up to
//! there, so that after a crash nothing is counted twice and nothing is left out.

use std::collections::{HashMap, HashSet};

use sqlx::{QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;
use waxwing_domain::rollup::RollUp;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::accounts::id_from;
use super::hits::kind_from;
use super::messages::activity;
use super::{Result, Store, Work, one_row};
use crate::account_id::AccountId;

/// A message: the account is part of what the token proves.
pub type Key = (Uuid, AccountId);

/// What folding needs of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalHit {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Of which message.
    pub key: Key,
    /// Pixel or link.
    pub kind: HitKind,
    /// The link's target.
    pub link: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
    /// Where from.
    pub address: String,
}

const CURSOR: &str = "roll_up";
/// SQLite takes 32,766 parameters in a statement.
const MAX_KEYS: usize = 5_000;

impl Store {
    /// The hits that were not rolled up yet, oldest first.
    pub async fn unrolled(&self, limit: i64) -> Result<Vec<JournalHit>> {
        let rows = sqlx::query(
            "SELECT id, at, account, message, kind, link, agent, address FROM hits \
             WHERE id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) ORDER BY id LIMIT $2",
        )
        .bind(CURSOR)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(JournalHit {
                    id: row.try_get(0)?,
                    at: row.try_get(1)?,
                    key: (row.try_get(3)?, id_from(row.try_get(2)?)?),
                    kind: kind_from(row.try_get(4)?)?,
                    link: row.try_get(5)?,
                    agent: row.try_get(6)?,
                    address: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// The roll-ups of these messages, as far as there are any.
    pub async fn roll_ups(&self, keys: &[Key]) -> Result<HashMap<Key, RollUp>> {
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(MAX_KEYS) {
            let mut query = asked(keys);
            query.push(
                "SELECT a.message, a.account, a.opens, a.open_hits, a.clicks, a.click_hits, a.first_open_at, a.last_open_at, \
                 a.first_click_at, a.last_click_at, a.last_click_target, a.seen FROM asked \
                 JOIN activity a ON a.message = asked.message AND a.account = asked.account",
            );
            for row in query.build().persistent(false).fetch_all(self.read()).await? {
                let roll_up = RollUp::from_parts(activity(&row, 2)?, row.try_get(11)?);
                found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?), roll_up);
            }
        }
        Ok(found)
    }
}

/// Which of these messages are registered.
pub async fn registered(tx: &mut Work, keys: &[Key]) -> Result<HashSet<Key>> {
    let mut found = HashSet::new();
    for keys in keys.chunks(MAX_KEYS) {
        let mut query = asked(keys);
        query.push("SELECT m.id, m.account FROM asked JOIN messages m ON m.account = asked.account AND m.id = asked.message");
        for row in query.build().persistent(false).fetch_all(&mut **tx).await? {
            found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?));
        }
    }
    Ok(found)
}

/// Stores roll-ups in place of the older ones.
pub async fn write_roll_ups(tx: &mut Work, roll_ups: &[(Key, &RollUp)]) -> Result<()> {
    for chunk in roll_ups.chunks(1_000) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, first_open_at, last_open_at, \
             first_click_at, last_click_at, last_click_target, seen) ",
        );
        query.push_values(chunk, |mut row, ((message, account), roll_up)| {
            let a = &roll_up.activity;
            row.push_bind(message)
                .push_bind(account.as_str())
                .push_bind(a.opens)
                .push_bind(a.open_hits)
                .push_bind(a.clicks)
                .push_bind(a.click_hits)
                .push_bind(a.first_open_at)
                .push_bind(a.last_open_at)
                .push_bind(a.first_click_at)
                .push_bind(a.last_click_at)
                .push_bind(a.last_click_target.as_deref())
                .push_bind(roll_up.seen_bytes());
        });
        query.push(
            " ON CONFLICT (message, account) DO UPDATE SET opens = excluded.opens, open_hits = excluded.open_hits, \
             clicks = excluded.clicks, click_hits = excluded.click_hits, first_open_at = excluded.first_open_at, \
             last_open_at = excluded.last_open_at, first_click_at = excluded.first_click_at, \
             last_click_at = excluded.last_click_at, last_click_target = excluded.last_click_target, seen = excluded.seen",
        );
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Files counted hits under their messages: the hit's number and whether it was a repeat.
pub async fn file_hits(tx: &mut Work, hits: &[(Key, i64, bool)]) -> Result<()> {
    for chunk in hits.chunks(2_000) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO message_hits (message, account, hit, repeat) ");
        query.push_values(chunk, |mut row, ((message, account), hit, repeat)| {
            row.push_bind(message).push_bind(account.as_str()).push_bind(hit).push_bind(repeat);
        });
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// What lists filter by, as in `activity`. It only ever rises.
pub async fn raise_state(tx: &mut Work, (message, account): Key, state: i64) -> Result<()> {
    let done = sqlx::query("UPDATE messages SET state = $3, clicked = ($3 = 5) WHERE id = $1 AND account = $2 AND state < $3")
        .bind(message)
        .bind(account.as_str())
        .bind(state)
        .execute(&mut **tx)
        .await?;
    // None when it stood there already.
    if done.rows_affected() == 0 { Ok(()) } else { one_row(done.rows_affected()) }
}

/// Moves the position in the journal.
pub async fn move_on(tx: &mut Work, position: i64) -> Result<()> {
    let done = sqlx::query(
        "INSERT INTO cursors (name, position) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > cursors.position",
    )
    .bind(CURSOR)
    .bind(position)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// A statement that begins with these messages as the table `asked`. To be joined: for `(message, account) IN (VALUES …)`
/// SQLite reads the whole table on the left.
fn asked(keys: &[Key]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new("WITH asked (message, account) AS (VALUES ");
    let mut rows = query.separated(", ");
    for (message, account) in keys {
        rows.push("(").push_bind_unseparated(*message).push_unseparated(", ");
        rows.push_bind_unseparated(account.as_str()).push_unseparated(")");
    }
    query.push(") ");
    query
}
