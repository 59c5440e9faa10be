//! Taking what is due, many at once: leases, and what became of them.
//!
//! What must hold: a lease is taken, and its line written, in one transaction; whoever took it is the only one who works on the
//! row until its owner is dead or has not renewed it in time. No event tells of it: a mail stands there for moments. Here, and in [`super::limits`], rows change by the hundred; all
//! other changes go through [`super::change`].

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::ScheduledState;

use super::super::{Result, Store, Work};
use super::flight::{self, Line};
use super::limits::{self, Over};
use super::{Row, row, scheduled_columns};
use crate::account_id::AccountId;

/// Who takes, how many, and what it says.
#[derive(Debug, Clone)]
pub struct Taking<'a> {
    /// The engine.
    pub owner: Uuid,
    /// Now.
    pub now: Millis,
    /// Until when a lease holds unless it is renewed.
    pub until: Millis,
    /// The most rows.
    pub limit: i64,
    /// Mailboxes that have enough to do.
    pub busy: &'a [Uuid],
    /// The line for each that is taken.
    pub line: &'a Line,
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
    /// Leases what is due.
    pub async fn take_due(&self, taking: &Taking<'_>) -> Result<Taken> {
        let mut tx = self.write().await?;
        let taken = take(&mut tx, taking).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// When something is due next that nobody works on.
    pub async fn next_scheduled(&self) -> Result<Option<Millis>> {
        Ok(sqlx::query_scalar(NEXT).fetch_one(self.read()).await?)
    }

    /// Renews all leases of an engine.
    pub async fn renew_leases(&self, owner: Uuid, until: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE scheduled SET lease_until = $2 WHERE lease_until IS NOT NULL AND lease_owner = $1")
            .bind(owner)
            .bind(until)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Who holds leases, and until when the first of them holds.
    pub async fn lease_owners(&self) -> Result<Vec<(Uuid, Millis)>> {
        let rows = sqlx::query(
            "SELECT lease_owner, MIN(lease_until) FROM scheduled WHERE lease_until IS NOT NULL GROUP BY lease_owner",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Rows that an engine holds leases of, which end before an instant.
    pub async fn leased_by(&self, owner: Uuid, before: Millis, limit: i64) -> Result<Vec<Row>> {
        const SQL: &str = concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM scheduled s WHERE s.lease_until IS NOT NULL AND s.lease_until < $2 AND s.lease_owner = $1 LIMIT $3"
        );
        let rows = sqlx::query(SQL).bind(owner).bind(before).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(row).collect()
    }
}

/// Word for word as in the partial index, or it is not used.
pub(super) const NEXT: &str =
    "SELECT MIN(due_at) FROM scheduled WHERE state IN (0, 4) AND lease_until IS NULL AND due_at IS NOT NULL";

pub(super) fn due(taking: &Taking<'_>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT id, mailbox, state FROM scheduled WHERE state IN (0, 4) AND lease_until IS NULL AND due_at IS NOT NULL \
         AND due_at <= ",
    );
    query.push_bind(taking.now);
    if !taking.busy.is_empty() {
        query.push(" AND mailbox NOT IN (");
        let mut list = query.separated(", ");
        for mailbox in taking.busy {
            list.push_bind(*mailbox);
        }
        query.push(")");
    }
    query.push(" ORDER BY due_at LIMIT ").push_bind(taking.limit);
    query
}

async fn take(tx: &mut Work, taking: &Taking<'_>) -> Result<Taken> {
    let found = due(taking).build().persistent(false).fetch_all(&mut **tx).await?;
    let mut budgets: HashMap<Uuid, i64> = HashMap::new();
    let (mut ids, mut over): (Vec<Uuid>, Vec<Over>) = (Vec::new(), Vec::new());
    for row in &found {
        let (id, mailbox, state): (Uuid, Uuid, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // What is unclear is looked for, and counted already.
        if state == super::state_number(ScheduledState::Scheduled) {
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
    let moved = limits::move_on(tx, &over, taking.now, taking.moved).await?;
    let rows = lease(tx, &ids, taking).await?;
    let lines: Vec<_> =
        rows.iter().filter(|row| row.state == ScheduledState::Leased).map(|row| (row.id, taking.line)).collect();
    flight::add(tx, taking.now, &lines).await?;
    Ok(Taken { rows, moved, more: i64::try_from(found.len()).is_ok_and(|count| count == taking.limit) })
}

/// Nobody else writes now: all of them are as they were found.
async fn lease(tx: &mut Work, ids: &[Uuid], taking: &Taking<'_>) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let sql = format!(
        "UPDATE scheduled SET state = CASE state WHEN 0 THEN 1 ELSE state END, lease_owner = ?, lease_until = ?, \
         lease_number = lease_number + 1, version = version + 1 WHERE id IN ({places})"
    );
    let mut update = sqlx::query(AssertSqlSafe(sql)).persistent(false).bind(taking.owner).bind(taking.until);
    for id in ids {
        update = update.bind(*id);
    }
    update.execute(&mut **tx).await?;
    let sql = format!("SELECT {} FROM scheduled s WHERE s.id IN ({places}) ORDER BY s.due_at, s.id", scheduled_columns!());
    let mut select = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for id in ids {
        select = select.bind(*id);
    }
    select.fetch_all(&mut **tx).await?.iter().map(row).collect()
}
