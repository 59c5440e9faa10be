//! News for the devices of an account, in order, kept for a week.
//!
//! An event of a message takes the place of an older one on the same topic: who comes back after days gets what is true now,
//! and a pixel that is fetched without end cannot fill the table.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, HitKind, NewsKind, WaitingNews};

use super::sql;
use super::{Result, Store, StoreError, Work};
use crate::account_id::AccountId;

/// How long events are kept.
pub const KEEP: Millis = 7 * 24 * 60 * 60 * 1000;
/// How many numbers of events are looked through at once.
const PRUNE: i64 = 2_000;

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
    /// The newest event of the account that there is, or was. What comes next has a higher number: an account's events are written
    /// one after the other. Those of all accounts are not: a lower number than the newest of all may come to light later.
    pub last: i64,
    /// The newest event of all accounts, also of one that is being written: who asks from beyond it knows another database.
    pub newest: i64,
}

/// The newer event in place of the older one, in one statement. SQLite knows by its index which one goes; PostgreSQL is told.
const ADD: [&str; 2] = [
    "INSERT OR REPLACE INTO events (account, at, message, topic, data) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    "WITH older AS (DELETE FROM events WHERE message = $3 AND topic = $4 AND account = $1) \
     INSERT INTO events (account, at, message, topic, data) VALUES ($1, $2, $3, $4, $5) RETURNING id",
];

/// Adds an event and gives its number.
pub async fn add(tx: &mut Work, account: AccountId, at: Millis, event: &Event) -> Result<i64> {
    let (topic, message) = topic(event);
    let data = serde_json::to_string(event).map_err(|e| StoreError::Failed(e.to_string()))?;
    let row = sql::query(tx.kind().pick(ADD[0], ADD[1]))
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
        Event::Refused { message, .. } => ("refused", *message),
        Event::Consent => ("consent", None),
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
        let rows = sql::query("SELECT id, data FROM events WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3")
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
        let row = sql::query(self.kind().pick(
            "SELECT (SELECT pruned_event FROM accounts WHERE id = $1), (SELECT MAX(id) FROM events WHERE account = $1), \
             COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)",
            "SELECT (SELECT pruned_event FROM accounts WHERE id = $1), (SELECT MAX(id) FROM events WHERE account = $1), \
             (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_id_seq)",
        ))
        .bind(account.as_str())
        .fetch_one(self.read())
        .await?;
        let pruned = row.try_get::<Option<i64>>(0)?.unwrap_or(0);
        Ok(Span { pruned, last: row.try_get::<Option<i64>>(1)?.unwrap_or(0).max(pruned), newest: row.try_get(2)? })
    }

    /// Takes away what is older than a week, and remembers for each account how far. Some at a time: others wait meanwhile.
    pub async fn prune_events(&self, now: Millis) -> Result<u64> {
        self.prune_events_before(now.saturating_sub(KEEP)).await
    }

    /// The same for what is older than an instant.
    pub async fn prune_events_before(&self, old: Millis) -> Result<u64> {
        let mut gone = 0;
        loop {
            let oldest: Option<(i64, Millis)> =
                sql::query_as("SELECT id, at FROM events ORDER BY id LIMIT 1").fetch_optional(self.read()).await?;
            let Some((first, _)) = oldest.filter(|(_, at)| *at < old) else { return Ok(gone) };
            gone += self.prune_events_from(first, old).await?;
        }
    }

    async fn prune_events_from(&self, first: i64, old: Millis) -> Result<u64> {
        let last = first.saturating_add(PRUNE);
        let mut tx = self.write().await?;
        sql::query(
            "UPDATE accounts SET pruned_event = (SELECT MAX(id) FROM events \
             WHERE events.account = accounts.id AND events.id < $2 AND events.at < $1) \
             WHERE EXISTS (SELECT 1 FROM events WHERE events.account = accounts.id \
             AND events.id > accounts.pruned_event AND events.id < $2 AND events.at < $1)",
        )
        .bind(old)
        .bind(last)
        .execute(&mut *tx)
        .await?;
        let gone = sql::query("DELETE FROM events WHERE id < $2 AND at < $1").bind(old).bind(last).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans;

    #[tokio::test]
    async fn many_old_events_go_some_at_a_time() {
        let (_dir, store) = plans::store().await;
        let account = plans::account();
        store.account_named("me", account, 0).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for at in 0..3 * PRUNE {
            let event = Event::Message { message: Uuid::from_u64_pair(1, u64::try_from(at).unwrap()) };
            add(&mut tx, account, at, &event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let all = store.events_after(account, 0, 3 * PRUNE).await.unwrap();
        let kept = usize::try_from(PRUNE / 2).unwrap();
        let first_kept = all.len() - kept;
        assert_eq!(store.prune_events(KEEP).await.unwrap(), 0);
        let now = KEEP + i64::try_from(first_kept).unwrap();
        assert_eq!(store.prune_events(now).await.unwrap(), u64::try_from(first_kept).unwrap());
        assert_eq!(store.prune_events(now).await.unwrap(), 0);
        assert_eq!(store.events_after(account, 0, 3 * PRUNE).await.unwrap(), all[first_kept..]);
        assert_eq!(store.event_span(account).await.unwrap().pruned, all[first_kept - 1].id);
    }
}
