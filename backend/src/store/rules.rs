//! The owner's corrections that cover hits like one: same network, same family of agents, mails to the same domain.
//!
//! What must hold:
//! - Of rules for the same hits one counts, the newest: adding one takes the older one back.
//! - A rule that is new or taken back reaches the hits that were judged before: their messages are marked to be judged again,
//!   in pieces and each piece for good, and only then the rule itself. A crash in between begins from the start; marking twice
//!   changes nothing.
//! - A rule that was taken back goes only when no hit stands under it any more.

use std::collections::BTreeSet;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, CorrectionRule};

use super::accounts::id_from;
use super::rollup::Key;
use super::sql;
use super::{Result, Store, StoreError, Work, one_row};
use crate::account_id::AccountId;

/// The most rules of an account that are in force. A person makes a handful.
pub const MAX_RULES: i64 = 1_000;

/// Which hits a rule covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Like<'a> {
    /// The network, e.g. `198.51.100.0/24`.
    pub network: &'a str,
    /// The family of agents.
    pub agent: &'a str,
    /// The recipients' domain, in lower case.
    pub domain: &'a str,
}

/// What came of adding a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddRule {
    /// It is in force; its number.
    Added(i64),
    /// One that says the same was in force; its number.
    Already(i64),
    /// The account has [`MAX_RULES`].
    Full,
}

/// A rule whose messages are still to be marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub account: AccountId,
    /// The recipients' domain.
    pub domain: String,
    /// It was taken back.
    pub removed: bool,
}

/// A place in the messages of a domain: behind the message that was sent then and has this number.
pub type Behind = (Millis, i64);

/// Puts a rule in force. Wake the re-scoring once the unit of work is committed.
pub async fn add_rule(tx: &mut Work, account: AccountId, claim: Claim, like: Like<'_>, now: Millis) -> Result<AddRule> {
    let known: Option<(i64, i64)> = sql::query_as(
        "SELECT id, claim FROM correction_rules \
         WHERE account = $1 AND domain = $2 AND network = $3 AND agent = $4 AND removed = 0",
    )
    .bind(account.as_str())
    .bind(like.domain)
    .bind(like.network)
    .bind(like.agent)
    .fetch_optional(&mut **tx)
    .await?;
    match known {
        Some((id, said)) if said == claim_number(claim) => return Ok(AddRule::Already(id)),
        Some((id, _)) => {
            take_back(tx, account, id).await?;
        }
        None => {
            let count: i64 = sql::query_scalar("SELECT COUNT(*) FROM correction_rules WHERE account = $1 AND removed = 0")
                .bind(account.as_str())
                .fetch_one(&mut **tx)
                .await?;
            if count >= MAX_RULES {
                return Ok(AddRule::Full);
            }
        }
    }
    let id = sql::query_scalar(
        "INSERT INTO correction_rules (account, claim, at, network, agent, domain) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(account.as_str())
    .bind(claim_number(claim))
    .bind(now)
    .bind(like.network)
    .bind(like.agent)
    .bind(like.domain)
    .fetch_one(&mut **tx)
    .await?;
    Ok(AddRule::Added(id))
}

/// Takes a rule back; false when the account has no such rule in force. Wake the re-scoring once the unit of work is
/// committed.
pub async fn remove_rule(tx: &mut Work, account: AccountId, id: i64) -> Result<bool> {
    take_back(tx, account, id).await
}

async fn take_back(tx: &mut Work, account: AccountId, id: i64) -> Result<bool> {
    let done = sql::query("UPDATE correction_rules SET removed = 1, marked = 0 WHERE id = $1 AND account = $2 AND removed = 0")
        .bind(id)
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

const RULE: &str = "SELECT id, claim, at, network, agent, domain FROM correction_rules WHERE account = $1 AND removed = 0";

impl Store {
    /// The account's rules in force, newest first.
    pub async fn rules_of(&self, account: AccountId) -> Result<Vec<CorrectionRule>> {
        let rows = sql::query(sql::AssertSqlSafe(format!("{RULE} ORDER BY id DESC")))
            .bind(account.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(rule).collect()
    }

    /// The account's rules in force for mails to this domain, newest first; at most one for each network and family.
    pub async fn active_rules(&self, account: AccountId, domain: &str) -> Result<Vec<CorrectionRule>> {
        let rows = sql::query(sql::AssertSqlSafe(format!("{RULE} AND domain = $2 ORDER BY id DESC")))
            .bind(account.as_str())
            .bind(domain)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(rule).collect()
    }

    /// The rules whose messages are still to be marked, oldest first.
    pub async fn unmarked_rules(&self) -> Result<Vec<Unmarked>> {
        let rows = sql::query("SELECT id, account, domain, removed FROM correction_rules WHERE marked = 0 ORDER BY id")
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Unmarked {
                    id: row.try_get(0)?,
                    account: id_from(row.try_get(1)?)?,
                    domain: row.try_get(2)?,
                    removed: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Marks the next `limit` messages to that domain to be judged again, oldest first; gives where it came to, or `None` when
    /// that were all.
    pub async fn mark_domain(
        &self,
        account: AccountId,
        domain: &str,
        behind: Option<Behind>,
        limit: i64,
    ) -> Result<Option<Behind>> {
        let (sent_at, message) = behind.unwrap_or((Millis::MIN, i64::MIN));
        let next: Vec<(Millis, i64, Uuid)> = sql::query_as(
            "SELECT d.sent_at, d.message, m.id FROM message_domains d JOIN messages m ON m.seq = d.message \
             WHERE d.account = $1 AND d.domain = $2 AND (d.sent_at, d.message) > ($3, $4) \
             ORDER BY d.sent_at, d.message LIMIT $5",
        )
        .bind(account.as_str())
        .bind(domain)
        .bind(sent_at)
        .bind(message)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        let Some((sent_at, message, _)) = next.last() else { return Ok(None) };
        let mut tx = self.write().await?;
        for (_, _, id) in &next {
            mark(&mut tx, account, *id).await?;
        }
        tx.commit().await?;
        Ok(Some((*sent_at, *message)))
    }

    /// Marks the next `limit` messages that have hits under this rule to be judged again; gives where it came to, or `None` when
    /// that were all.
    pub async fn mark_under(&self, rule: i64, behind: Option<Key>, limit: i64) -> Result<Option<Key>> {
        let (message, account) =
            behind.map_or((Uuid::nil(), String::new()), |(message, account)| (message, account.to_string()));
        let rows = sql::query(
            "SELECT DISTINCT message, account FROM message_hits WHERE rule = $1 AND (message, account) > ($2, $3) \
             ORDER BY message, account LIMIT $4",
        )
        .bind(rule)
        .bind(message)
        .bind(account)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        let keys: Vec<Key> = rows.iter().map(|row| Ok((row.try_get(0)?, id_from(row.try_get(1)?)?))).collect::<Result<_>>()?;
        let Some(last) = keys.last().copied() else { return Ok(None) };
        let mut tx = self.write().await?;
        for (message, account) in keys {
            mark(&mut tx, account, message).await?;
        }
        tx.commit().await?;
        Ok(Some(last))
    }

    /// Says that all messages of a rule are marked; nothing when it was taken back meanwhile, and waits to be marked once more.
    pub async fn rule_marked(&self, rule: &Unmarked) -> Result<()> {
        let mut tx = self.write().await?;
        sql::query("UPDATE correction_rules SET marked = 1 WHERE id = $1 AND removed = $2")
            .bind(rule.id)
            .bind(rule.removed)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// The rules that were taken back and marked: they go once no hit stands under them.
    pub async fn removed_rules(&self) -> Result<Vec<i64>> {
        Ok(sql::query_scalar("SELECT id FROM correction_rules WHERE removed = 1 AND marked = 1 ORDER BY id")
            .fetch_all(self.read())
            .await?)
    }

    /// Deletes a rule that was taken back, unless a hit stands under it. True when it is gone.
    pub async fn forget_rule(&self, rule: i64) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sql::query(
            "DELETE FROM correction_rules WHERE id = $1 AND removed = 1 \
             AND NOT EXISTS (SELECT 1 FROM message_hits WHERE rule = $1)",
        )
        .bind(rule)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(false);
        }
        one_row(done.rows_affected())?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Whether all these rules are in force. Whoever judged by one that was taken back meanwhile begins anew: it may be gone already,
/// and nothing would lead to its hits any more.
pub async fn are_in_force(tx: &mut Work, rules: &BTreeSet<i64>) -> Result<bool> {
    for rule in rules {
        let found = sql::query("SELECT 1 FROM correction_rules WHERE id = $1 AND removed = 0").bind(rule);
        if found.fetch_optional(&mut **tx).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The message is judged again, from its hits, in the background. None of the totals changes until then.
async fn mark(tx: &mut Work, account: AccountId, message: Uuid) -> Result<()> {
    // The version also where it is marked already: a judgement that is just being made may not know the rule yet.
    sql::query("UPDATE activity SET judged = 0, version = version + 1 WHERE message = $1 AND account = $2")
        .bind(message)
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn rule(row: &sql::Row) -> Result<CorrectionRule> {
    Ok(CorrectionRule {
        id: row.try_get(0)?,
        claim: claim_from(row.try_get(1)?)?,
        at: row.try_get(2)?,
        network: row.try_get(3)?,
        agent: row.try_get(4)?,
        domain: row.try_get(5)?,
    })
}

/// As in `message_hits.claim`.
pub const fn claim_number(claim: Claim) -> i64 {
    match claim {
        Claim::Me => 0,
        Claim::Person => 1,
        Claim::Machine => 2,
    }
}

/// Reads what [`claim_number`] writes.
pub fn claim_from(number: i64) -> Result<Claim> {
    match number {
        0 => Ok(Claim::Me),
        1 => Ok(Claim::Person),
        2 => Ok(Claim::Machine),
        _ => Err(StoreError::Failed("a correction's claim is unknown".to_owned())),
    }
}
