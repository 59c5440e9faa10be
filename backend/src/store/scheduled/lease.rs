//! Taking what is due, many at once.
//!
//! What must hold: a lease is taken, and its line written, in one transaction; see [`super::super::leases`]. No event tells of it: a
//! mail stands there for moments. Here, and in [`super::limits`], rows change by the hundred; all other changes go through
//! [`super::change`].
//!
//! On PostgreSQL backends take beside each other and beside all else that is written: a row that another one is taking is passed
//! over (`SKIP LOCKED`). Two that take of one mailbox count its limit one after the other. Moving mails on tells their
//! senders, and events are numbered under the lock of all accounts: that is a transaction of its own, and seldom.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::ScheduledState;

use super::super::leases::Taking;
use super::super::sql;
use super::super::{Result, Store, Work};
use super::flight::{self, Line};
use super::limits::{self, Over};
use super::{Row, row, scheduled_columns};
use crate::account_id::AccountId;

/// What the flight recorder says of it.
#[derive(Debug, Clone)]
pub struct Say<'a> {
    /// The line for each that is taken.
    pub leased: &'a Line,
    /// The line for each that is moved on because of a daily limit: to when, and which limit.
    pub moved: fn(Millis, i64) -> Line,
}

/// What was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// The rows, by time: `leased`, or `unclear` and to be looked for.
    pub rows: Vec<Row>,
    /// Rows that were moved on because of a daily limit, and the numbers of their events.
    pub moved: Vec<(AccountId, i64)>,
    /// More may be due.
    pub more: bool,
}

impl Store {
    /// Leases what is due, each with a line of the flight recorder.
    pub async fn take_due(&self, taking: &Taking<'_>, say: &Say<'_>) -> Result<Taken> {
        let mut taken = Taken::default();
        let mut limit = taking.limit;
        if self.kind() == sql::Kind::Postgres {
            let mut tx = self.write_beside().await?;
            let found = find(&mut tx, taking).await?;
            taken.rows = lease(&mut tx, &found.ids, taking, say).await?;
            tx.commit().await?;
            limit -= i64::try_from(found.ids.len()).unwrap_or(limit);
            if found.over.is_empty() || limit <= 0 {
                taken.more = found.more || limit <= 0;
                return Ok(taken);
            }
        }
        let mut tx = self.write().await?;
        let found = find(&mut tx, &Taking { limit, ..taking.clone() }).await?;
        taken.moved = limits::move_on(&mut tx, &found.over, taking.now, say.moved).await?;
        taken.rows.extend(lease(&mut tx, &found.ids, taking, say).await?);
        taken.more = found.more;
        tx.commit().await?;
        Ok(taken)
    }
}

pub(super) fn due(kind: sql::Kind, taking: &Taking<'_>) -> sql::Builder {
    let mut query = sql::Builder::new(
        "SELECT id, mailbox, state FROM scheduled WHERE state IN (0, 4) AND lease_until IS NULL AND due_at IS NOT NULL \
         AND due_at <= ",
    );
    query.push_bind(taking.now);
    if !taking.busy.is_empty() {
        query.push(" AND mailbox NOT IN (");
        in_list(&mut query, taking.busy);
        query.push(")");
    }
    query.push(" ORDER BY due_at LIMIT ").push_bind(taking.limit);
    query.push(kind.pick("", " FOR NO KEY UPDATE SKIP LOCKED"));
    query
}

/// What is due, and nobody else changes before this unit of work is over.
struct Found {
    /// What may be taken.
    ids: Vec<Uuid>,
    /// What the daily limits of mailboxes leave no room for.
    over: Vec<Over>,
    /// More may be due.
    more: bool,
}

async fn find(tx: &mut Work, taking: &Taking<'_>) -> Result<Found> {
    let rows = due(tx.kind(), taking).build().persistent(false).fetch_all(&mut **tx).await?;
    let rows: Vec<(Uuid, Uuid, i64)> = rows.iter().map(sql::FromRow::from_row).collect::<sql::Result<_>>()?;
    // What is unclear is looked for, and counted already.
    let counts = |state: i64| state == super::state_number(ScheduledState::Scheduled);
    limits::one_by_one(tx, rows.iter().filter(|(_, _, state)| counts(*state)).map(|(_, mailbox, _)| *mailbox)).await?;
    let mut budgets: HashMap<Uuid, i64> = HashMap::new();
    let (mut ids, mut over): (Vec<Uuid>, Vec<Over>) = (Vec::new(), Vec::new());
    for &(id, mailbox, state) in &rows {
        if counts(state) {
            let left = match budgets.get(&mailbox) {
                Some(left) => *left,
                None => limits::budget(tx, mailbox, taking.now).await?,
            };
            budgets.insert(mailbox, left.saturating_sub(1));
            if left <= 0 {
                over.push(Over { id, mailbox });
                continue;
            }
        }
        ids.push(id);
    }
    Ok(Found { ids, over, more: i64::try_from(rows.len()).is_ok_and(|count| count == taking.limit) })
}

/// All of them are as they were found.
async fn lease(tx: &mut Work, ids: &[Uuid], taking: &Taking<'_>, say: &Say<'_>) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut update = sql::Builder::new("UPDATE scheduled SET state = CASE state WHEN 0 THEN 1 ELSE state END, lease_owner = ");
    update.push_bind(taking.owner).push(", lease_until = ").push_bind(taking.until);
    update.push(", lease_number = lease_number + 1, version = version + 1 WHERE id IN (");
    in_list(&mut update, ids);
    update.push(")");
    update.build().persistent(false).execute(&mut **tx).await?;
    let mut select = sql::Builder::new(concat!("SELECT ", scheduled_columns!(), " FROM scheduled s WHERE s.id IN ("));
    in_list(&mut select, ids);
    select.push(") ORDER BY s.due_at, s.id");
    let rows: Vec<Row> = select.build().persistent(false).fetch_all(&mut **tx).await?.iter().map(row).collect::<Result<_>>()?;
    let lines: Vec<_> = rows.iter().filter(|row| row.state == ScheduledState::Leased).map(|row| (row.id, say.leased)).collect();
    flight::add(tx, taking.now, &lines).await?;
    Ok(rows)
}

fn in_list(query: &mut sql::Builder, ids: &[Uuid]) {
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
}
