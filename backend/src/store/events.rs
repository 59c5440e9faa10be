//! News for the devices of an account, in order, kept for a week.
//!
//! An event of a message takes the place of an older one on the same topic: who comes back after days gets what is true now,
//! and a pixel that is fetched without end cannot fill the table.

use sqlx::Row as _;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, HitKind, NewsKind, WaitingNews};

use super::{Result, Store, StoreError, Work};
use crate::account_id::AccountId;

/// How long events are kept.
pub const KEEP: Millis = 7 * 24 * 60 * 60 * 1000;

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub event: Event,
}

/// Where an account's events begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The newest event that is gone: who has seen less has missed something.
    pub pruned: i64,
    /// The newest event of all accounts: who asks from beyond it knows another database.
    pub newest: i64,
}

/// Adds an event and gives its number.
pub async fn add(tx: &mut Work, account: AccountId, at: Millis, event: &Event) -> Result<i64> {
    let (topic, message) = topic(event);
    if message.is_some() {
        sqlx::query("DELETE FROM events WHERE message = $1 AND topic = $2 AND account = $3")
            .bind(message)
            .bind(topic)
            .bind(account.as_str())
            .execute(&mut **tx)
            .await?;
    }
    let data = serde_json::to_string(event).map_err(|e| StoreError::Failed(e.to_string()))?;
    let row = sqlx::query("INSERT INTO events (account, at, message, topic, data) VALUES ($1, $2, $3, $4, $5) RETURNING id")
        .bind(account.as_str())
        .bind(at)
        .bind(message)
        .bind(topic)
        .bind(data)
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get(0)?)
}

fn topic(event: &Event) -> (&'static str, Option<Uuid>) {
    match event {
        Event::Activity { message, hit: HitKind::Open, .. } => ("open", Some(*message)),
        Event::Activity { message, hit: HitKind::Click, .. } => ("click", Some(*message)),
        Event::News { message, what, .. } => {
            let topic = match what {
                NewsKind::Open => "news open",
                NewsKind::Click => "news click",
                NewsKind::Answer => "news answer",
                NewsKind::Unknown => "news unknown",
            };
            (topic, Some(*message))
        }
        Event::Message { message } => ("message", Some(*message)),
        Event::Deleted { message } => ("deleted", Some(*message)),
        Event::Scheduled { scheduled, tell: false, .. } => ("scheduled", Some(*scheduled)),
        Event::Scheduled { scheduled, .. } => ("scheduled news", Some(*scheduled)),
        Event::Mailbox { mailbox, .. } => ("mailbox", Some(*mailbox)),
        Event::Waiting { mail, what, tell, .. } => {
            let topic = match (what, tell) {
                (WaitingNews::Changed | WaitingNews::Over, _) | (_, false) => "waiting",
                (WaitingNews::Answered, true) => "waiting answered",
                (WaitingNews::Bounced, true) => "waiting bounced",
                (WaitingNews::Away, true) => "waiting away",
                (WaitingNews::Back, true) => "waiting back",
            };
            (topic, Some(*mail))
        }
        Event::Account => ("account", None),
        Event::Reset => ("reset", None),
    }
}

impl Store {
    /// Adds events that belong to no other change, e.g. to all accounts.
    pub async fn add_events(&self, accounts: &[AccountId], at: Millis, event: &Event) -> Result<Vec<(AccountId, i64)>> {
        let mut tx = self.write().await?;
        let mut added = Vec::with_capacity(accounts.len());
        for account in accounts {
            added.push((*account, add(&mut tx, *account, at, event).await?));
        }
        tx.commit().await?;
        Ok(added)
    }

    /// The events of an account after a number, oldest first.
    pub async fn events_after(&self, account: AccountId, after: i64, limit: i64) -> Result<Vec<Numbered>> {
        let rows = sqlx::query("SELECT id, data FROM events WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(account.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                let data: &str = row.try_get(1)?;
                let event = serde_json::from_str(data).map_err(|_| StoreError::Failed("an event is damaged".to_owned()))?;
                Ok(Numbered { id: row.try_get(0)?, event })
            })
            .collect()
    }

    /// Where an account's events begin and end.
    pub async fn event_span(&self, account: AccountId) -> Result<Span> {
        let row = sqlx::query(
            "SELECT (SELECT pruned_event FROM accounts WHERE id = $1), \
             COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)",
        )
        .bind(account.as_str())
        .fetch_one(self.read())
        .await?;
        Ok(Span { pruned: row.try_get::<Option<i64>, _>(0)?.unwrap_or(0), newest: row.try_get(1)? })
    }

    /// Takes away what is older than a week, and remembers for each account how far.
    pub async fn prune_events(&self, now: Millis) -> Result<u64> {
        let old = now.saturating_sub(KEEP);
        let oldest: Option<Millis> =
            sqlx::query_scalar("SELECT at FROM events ORDER BY id LIMIT 1").fetch_optional(self.read()).await?;
        if oldest.is_none_or(|at| at >= old) {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE accounts SET pruned_event = MAX(pruned_event, COALESCE( \
             (SELECT MAX(id) FROM events WHERE events.account = accounts.id AND events.at < $1), 0))",
        )
        .bind(old)
        .execute(&mut *tx)
        .await?;
        let gone = sqlx::query("DELETE FROM events WHERE at < $1").bind(old).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}
