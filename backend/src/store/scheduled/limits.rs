//! The daily limit of a mailbox: what left in the last 24 hours, and mails that are moved on because of it.
//!
//! What must hold: what is taken, being sent or unclear counts as sent, so that no burst and no second backend gets past the
//! limit; mails that are moved on keep their order.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use waxwing_domain::schedule;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, ScheduledState, Why};

use super::super::sql;
use super::super::{Result, Store, Work, events};
use super::flight::{self, Line};
use super::{Row, change, write};
use crate::account_id::AccountId;
use crate::zones::Iana;

/// A rolling day.
pub const DAY: Millis = 24 * 60 * 60 * 1_000;

/// A mail that the limit leaves no room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// It.
    pub(super) id: Uuid,
    /// Its mailbox.
    pub(super) mailbox: Uuid,
}

/// A mail left.
pub(super) async fn add_send(tx: &mut Work, mailbox: Uuid, at: Millis, mail: Uuid) -> Result<()> {
    sql::query("INSERT INTO mailbox_sends (mailbox, at, mail) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(mailbox)
        .bind(at)
        .bind(mail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whoever takes mails of these mailboxes has their limits for itself from here on, until its unit of work is over: nobody counts
/// what it has not committed as not there. Only for whoever waits for nothing else any more.
pub(super) async fn one_by_one(tx: &mut Work, mailboxes: impl Iterator<Item = Uuid>) -> Result<()> {
    if tx.kind() == sql::Kind::Sqlite {
        return Ok(());
    }
    // In one order for all, or two would wait for each other.
    let mailboxes: BTreeSet<i32> = mailboxes.map(lock_of).collect();
    if mailboxes.is_empty() {
        return Ok(());
    }
    let mut query = sql::Builder::new("");
    for mailbox in mailboxes {
        query.push(if query.sql().is_empty() { "SELECT " } else { ", " });
        query.push("pg_advisory_xact_lock(6386, ").push(mailbox).push(")");
    }
    query.build().persistent(false).execute(&mut **tx).await?;
    Ok(())
}

/// Mailboxes of the same number wait for each other, which harms nobody.
fn lock_of(mailbox: Uuid) -> i32 {
    let (first, ..) = mailbox.as_fields();
    first.cast_signed()
}

/// How many mails may still leave now.
pub(super) async fn budget(tx: &mut Work, mailbox: Uuid, now: Millis) -> Result<i64> {
    let limit: Option<i64> =
        sql::query_scalar("SELECT daily_limit FROM mailboxes WHERE id = $1").bind(mailbox).fetch_optional(&mut **tx).await?;
    // Without a mailbox nothing leaves anyway, and its sender is told so.
    let Some(limit) = limit else { return Ok(i64::MAX) };
    let row = sql::query(COUNT).bind(mailbox).bind(now.saturating_sub(DAY)).fetch_one(&mut **tx).await?;
    let (left, under_way): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(limit - left - under_way)
}

pub(super) const COUNT: &str = "SELECT (SELECT COUNT(*) FROM mailbox_sends WHERE mailbox = $1 AND at > $2), \
     (SELECT COUNT(*) FROM scheduled WHERE mailbox = $1 AND state IN (1, 2, 4))";

/// So many mails that leave through a mailbox at once are many.
const MANY: i64 = 5;
/// As a range: by a list PostgreSQL takes another index of the mailbox's mails, which has all that wait in it.
pub(super) const LEAVING: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM scheduled WHERE mailbox = $1 AND state BETWEEN 1 AND 2 LIMIT $2) few";

impl Store {
    /// Whether many mails leave through a mailbox at this moment: what has time waits until they are gone.
    pub async fn many_leave(&self, mailbox: Uuid) -> Result<bool> {
        let leaving: i64 = sql::query_scalar(LEAVING).bind(mailbox).bind(MANY).fetch_one(self.read()).await?;
        Ok(leaving >= MANY)
    }
}

/// Moves mails on, in their order, each to when there is room for it; gives their events.
pub(super) async fn move_on(
    tx: &mut Work,
    over: &[Over],
    now: Millis,
    say: fn(Millis, i64) -> Line,
) -> Result<Vec<(AccountId, i64)>> {
    let mut queues: HashMap<Uuid, Queue> = HashMap::new();
    let mut told = Vec::with_capacity(over.len());
    for mail in over {
        let Some(row) = change::find(tx, mail.id).await? else { continue };
        let queue = match queues.entry(mail.mailbox) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Queue::read(tx, mail.mailbox, now).await?),
        };
        let at = queue.next();
        // A window that cannot be read any more is found out about when the mail is due.
        let at = schedule::in_window(&row.schedule, at, &Iana).unwrap_or(at);
        told.push(move_to(tx, &row, at, &say(at, queue.limit), now).await?);
    }
    Ok(told)
}

async fn move_to(tx: &mut Work, row: &Row, at: Millis, line: &Line, now: Millis) -> Result<(AccountId, i64)> {
    sql::query("UPDATE scheduled SET due_at = $2, asked_at = $2, why = $3, attempts = 0, version = version + 1 WHERE id = $1")
        .bind(row.id)
        .bind(at)
        .bind(write(&Why::DailyLimit)?)
        .execute(&mut **tx)
        .await?;
    flight::add(tx, now, &[(row.id, line)]).await?;
    let why = Some(Why::DailyLimit);
    let event = Event::Scheduled { scheduled: row.id, state: ScheduledState::Scheduled, why, at: now, tell: false };
    Ok((row.account, events::add(tx, row.account, now, &event).await?))
}

/// When a mailbox has room again.
#[derive(Debug)]
struct Queue {
    limit: i64,
    /// When each of the sends that fill the limit falls out of the day; at least one.
    free_at: Vec<Millis>,
    /// How many wait for room already.
    ahead: usize,
}

impl Queue {
    async fn read(tx: &mut Work, mailbox: Uuid, now: Millis) -> Result<Self> {
        let limit: i64 =
            sql::query_scalar("SELECT daily_limit FROM mailboxes WHERE id = $1").bind(mailbox).fetch_one(&mut **tx).await?;
        let size = limit.max(1);
        // The newest sends, as many as fill the limit; those that are under way count as of now.
        let mut free_at: Vec<Millis> =
            sql::query_scalar("SELECT at FROM mailbox_sends WHERE mailbox = $1 AND at > $2 ORDER BY at DESC LIMIT $3")
                .bind(mailbox)
                .bind(now.saturating_sub(DAY))
                .bind(size)
                .fetch_all(&mut **tx)
                .await?;
        free_at.reverse();
        let size = usize::try_from(size).unwrap_or(1);
        let under_way = size.saturating_sub(free_at.len());
        for at in &mut free_at {
            *at = at.saturating_add(DAY).max(now + 1);
        }
        free_at.extend(std::iter::repeat_n(now.saturating_add(DAY), under_way));
        let ahead: i64 = sql::query_scalar(MOVED).bind(mailbox).bind(now).fetch_one(&mut **tx).await?;
        Ok(Self { limit, free_at, ahead: usize::try_from(ahead).unwrap_or(0) })
    }

    /// Whoever comes next goes when the next place is free; each place is free again a day later.
    fn next(&mut self) -> Millis {
        let (round, place) = (self.ahead / self.free_at.len(), self.ahead % self.free_at.len());
        self.ahead += 1;
        let days = Millis::try_from(round).unwrap_or(Millis::MAX).saturating_mul(DAY);
        self.free_at[place].saturating_add(days)
    }
}

/// Word for word as in the partial index, or it is not used.
pub(super) const MOVED: &str =
    "SELECT COUNT(*) FROM scheduled WHERE mailbox = $1 AND state = 0 AND why = '{\"why\":\"daily_limit\"}' AND due_at > $2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_in_order_and_again_a_day_later() {
        let mut queue = Queue { limit: 2, free_at: vec![10, 20], ahead: 1 };
        assert_eq!([(); 4].map(|()| queue.next()), [20, 10 + DAY, 20 + DAY, 10 + 2 * DAY]);
    }
}
