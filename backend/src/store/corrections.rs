//! What the owner says of hits: one by one in `message_hits`, and of hits like one by [`rules`].
//!
//! What must hold: a hit is found by its number only together with its account and its registered message; what is said of it
//! and the mark that has the message judged again are one change.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_domain::alike;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Claim;

use super::rules::{AddRule, Like, add_rule, claim_number, remove_rule};
use super::sql;
use super::{Result, Store, judged, one_row};
use crate::account_id::AccountId;

/// Hits alike are counted in at most so many hits of the newest mails to a domain.
const MAX_COUNTED: i64 = 10_000;

/// The other hits of the newest 500 mails that went to a domain alone: where from and by which agent.
pub(super) const OTHERS: &str = "SELECT h.address, h.agent FROM (SELECT message FROM message_domains \
     WHERE account = $1 AND domain = $2 ORDER BY sent_at DESC, message DESC LIMIT 500) d \
     JOIN messages m ON m.seq = d.message JOIN message_hits i ON i.message = m.id AND i.account = m.account \
     JOIN hits h ON h.id = i.hit WHERE m.domain = $2 AND h.id <> $3 LIMIT $4";

/// The message of a hit that has one, and what the hit may be recognised by.
pub(super) const FOUND: &str = "SELECT h.message, h.address, h.agent, m.domain, i.claim_at, i.rule FROM hits h \
     JOIN message_hits i ON i.message = h.message AND i.account = h.account AND i.hit = h.id \
     JOIN messages m ON m.account = h.account AND m.id = h.message WHERE h.id = $1 AND h.account = $2";

/// A hit to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its message.
    pub message: Uuid,
    /// Where from.
    pub address: String,
    /// By which agent.
    pub agent: Option<String>,
    /// The recipients' domain, when they have only one.
    pub domain: Option<String>,
    claim_at: Option<Millis>,
    rule: Option<i64>,
}

impl sql::FromRow for Found {
    fn from_row(row: &sql::Row) -> sql::Result<Self> {
        Ok(Self {
            message: row.try_get(0)?,
            address: row.try_get(1)?,
            agent: row.try_get(2)?,
            domain: row.try_get(3)?,
            claim_at: row.try_get(4)?,
            rule: row.try_get(5)?,
        })
    }
}

/// What came of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correct {
    /// It stands.
    Done,
    /// The hit went with its message meanwhile.
    Gone,
    /// The account has as many corrections of hits alike as it may have.
    Full,
}

/// What was taken back of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// The hit's message.
    pub message: Uuid,
    /// What was said of the hit itself.
    pub claim: bool,
    /// What was said of hits like it.
    pub rule: bool,
}

impl Undone {
    /// Whether anything was.
    pub const fn changed(self) -> bool {
        self.claim || self.rule
    }
}

impl Store {
    /// A hit of the account with its registered message.
    pub async fn find_hit(&self, account: AccountId, hit: i64) -> Result<Option<Found>> {
        Ok(sql::query_as(FOUND).bind(hit).bind(account.as_str()).fetch_optional(self.read()).await?)
    }

    /// How many other hits are like this one, in the newest 500 mails that went to the domain alone.
    pub async fn count_alike(&self, account: AccountId, hit: i64, like: Like<'_>) -> Result<u32> {
        let rows: Vec<(String, Option<String>)> = sql::query_as(OTHERS)
            .bind(account.as_str())
            .bind(like.domain)
            .bind(hit)
            .bind(MAX_COUNTED)
            .fetch_all(self.read())
            .await?;
        // Few agents make many hits, and telling the family is most of the work.
        let mut agents: HashMap<&str, bool> = HashMap::new();
        let found = rows.iter().filter(|(address, agent)| {
            let agent = agent.as_deref().unwrap_or_default();
            alike::network(address).is_some_and(|network| network == like.network)
                && *agents.entry(agent).or_insert_with(|| alike::family(agent).is_some_and(|family| family == like.agent))
        });
        Ok(u32::try_from(found.count()).unwrap_or(u32::MAX))
    }

    /// Writes down what the owner says of a hit, and of hits like it when `like` is given.
    pub async fn correct(
        &self,
        account: AccountId,
        (message, hit): (Uuid, i64),
        claim: Claim,
        like: Option<Like<'_>>,
        now: Millis,
    ) -> Result<Correct> {
        let mut tx = self.write_of(account).await?;
        let done =
            sql::query("UPDATE message_hits SET claim = $4, claim_at = $5 WHERE message = $1 AND account = $2 AND hit = $3")
                .bind(message)
                .bind(account.as_str())
                .bind(hit)
                .bind(claim_number(claim))
                .bind(now)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(Correct::Gone);
        }
        one_row(done.rows_affected())?;
        if let Some(like) = like
            && add_rule(&mut tx, account, claim, like, now).await? == AddRule::Full
        {
            tx.cancel().await?;
            return Ok(Correct::Full);
        }
        judged::mark_due(&mut tx, (message, account), now).await?;
        tx.commit().await?;
        Ok(Correct::Done)
    }

    /// Takes back what was said of a hit: of itself, and by the same call of hits like it; or, when nothing was said of itself,
    /// the correction of hits alike that it stands under. `None` when there is no such hit.
    pub async fn undo_correction(&self, account: AccountId, hit: i64, now: Millis) -> Result<Option<Undone>> {
        let mut tx = self.write_of(account).await?;
        let found: Option<Found> = sql::query_as(FOUND).bind(hit).bind(account.as_str()).fetch_optional(&mut *tx).await?;
        let Some(found) = found else {
            tx.cancel().await?;
            return Ok(None);
        };
        let mut undone = Undone { message: found.message, claim: found.claim_at.is_some(), rule: false };
        if undone.claim {
            let done = sql::query(
                "UPDATE message_hits SET claim = NULL, claim_at = NULL WHERE message = $1 AND account = $2 AND hit = $3",
            )
            .bind(found.message)
            .bind(account.as_str())
            .bind(hit)
            .execute(&mut *tx)
            .await?;
            one_row(done.rows_affected())?;
        }
        // The rule that covers the hit, also when the hit was not judged by it yet.
        let agent = found.agent.as_deref().unwrap_or_default();
        let rule: Option<(i64, Millis)> = sql::query_as(
            "SELECT id, at FROM correction_rules WHERE account = $1 AND removed = 0 \
             AND (id = $2 OR (domain = $3 AND network = $4 AND agent = $5)) ORDER BY id DESC LIMIT 1",
        )
        .bind(account.as_str())
        .bind(found.rule)
        .bind(found.domain.as_deref())
        .bind(alike::network(&found.address))
        .bind(alike::family(agent))
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((id, at)) = rule
            && found.claim_at.is_none_or(|claimed| claimed == at)
        {
            undone.rule = remove_rule(&mut tx, account, id).await?;
        }
        if !undone.changed() {
            tx.cancel().await?;
            return Ok(Some(undone));
        }
        judged::mark_due(&mut tx, (found.message, account), now).await?;
        tx.commit().await?;
        Ok(Some(undone))
    }

    /// Takes back a correction of hits alike; false when the account has no such.
    pub async fn take_rule_back(&self, account: AccountId, id: i64) -> Result<bool> {
        let mut tx = self.write_of(account).await?;
        let removed = remove_rule(&mut tx, account, id).await?;
        if !removed {
            tx.cancel().await?;
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
