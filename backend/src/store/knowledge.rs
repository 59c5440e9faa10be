//! Which versions of rules and lists were in use, numbered in their order. A message says by the number what its hits were
//! judged by; a number that is less than the newest means: judge again.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::JudgedBy;

use super::accounts::id_from;
use super::rollup::Key;
use super::sql;
use super::{Result, Store, Work};
use crate::account_id::AccountId;

/// A message that was judged by older knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outdated {
    /// The number of that knowledge; 0 when it was not judged, or has to be judged anew in any case.
    pub judged: i64,
    /// Which message.
    pub key: Key,
}

impl Store {
    /// The next `limit` messages that were judged by less than this knowledge, the oldest knowledge first.
    pub async fn outdated(&self, number: i64, behind: Option<Outdated>, limit: i64) -> Result<Vec<Outdated>> {
        let (judged, message, account) =
            behind.map_or((-1, Uuid::nil(), String::new()), |o| (o.judged, o.key.0, o.key.1.to_string()));
        let rows = sql::query(
            "SELECT judged, message, account FROM activity WHERE judged < $1 AND (judged, message, account) > ($2, $3, $4) \
             ORDER BY judged, message, account LIMIT $5",
        )
        .bind(number)
        .bind(judged)
        .bind(message)
        .bind(account)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        rows.iter()
            .map(|row| Ok(Outdated { judged: row.try_get(0)?, key: (row.try_get(1)?, id_from(row.try_get(2)?)?) }))
            .collect()
    }

    /// How many messages were judged by less than this knowledge.
    pub async fn count_outdated(&self, number: i64) -> Result<u64> {
        Ok(sql::query_scalar("SELECT COUNT(*) FROM activity WHERE judged < $1").bind(number).fetch_one(self.read()).await?)
    }

    /// The number of this knowledge: that of the newest row when it is the same, of a new row otherwise. `lists` is
    /// [`Lists::version`](waxwing_domain::verdict::Lists::version).
    pub async fn knowledge_number(&self, rules: u32, lists: u64, now: Millis) -> Result<i64> {
        let lists = format!("{lists:016x}");
        let mut tx = self.write().await?;
        let newest: Option<(i64, i64, String)> =
            sql::query_as("SELECT number, rules, lists FROM knowledge ORDER BY number DESC LIMIT 1")
                .fetch_optional(&mut *tx)
                .await?;
        if let Some((number, _, _)) = newest.filter(|(_, r, l)| *r == i64::from(rules) && *l == lists) {
            tx.cancel().await?;
            return Ok(number);
        }
        let number = sql::query_scalar("INSERT INTO knowledge (rules, lists, since) VALUES ($1, $2, $3) RETURNING number")
            .bind(i64::from(rules))
            .bind(lists)
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(number)
    }
}

/// What the hits of a message were judged by; `None` when none were, or only before there were verdicts.
pub(super) async fn judged_by(tx: &mut Work, account: AccountId, message: Uuid) -> Result<Option<JudgedBy>> {
    let found: Option<(u32, String)> = sql::query_as(
        "SELECT k.rules, k.lists FROM activity a JOIN knowledge k ON k.number = a.judged \
         WHERE a.message = $1 AND a.account = $2",
    )
    .bind(message)
    .bind(account.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.map(|(rules, lists)| JudgedBy { rules, lists }))
}
