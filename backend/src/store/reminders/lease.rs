//! Taking what is due: leases.
//!
//! What must hold: whoever took a lease is the only one who works on the row until its owner is dead or has not renewed it in
//! time. No event tells of it.

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::MailboxKind;

use super::super::accounts::id_from;
use super::super::mailboxes::kind_number;
use super::super::{Result, Store, Work, one_row};
use super::{Row, change, reminder_columns, row};
use crate::account_id::AccountId;

/// Who takes, and how many.
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
}

/// A reminder that was taken, and the mailbox of its mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// It.
    pub row: Row,
    /// `None`: no connected mailbox is its sender's.
    pub mailbox: Option<Uuid>,
    /// That is reached by IMAP.
    pub imap: bool,
}

impl Store {
    /// Leases what is due, by time.
    pub async fn take_due_reminders(&self, taking: &Taking<'_>) -> Result<Vec<Taken>> {
        let mut tx = self.write().await?;
        let found = due(taking).build().persistent(false).fetch_all(&mut *tx).await?;
        let mut taken = Vec::with_capacity(found.len());
        for found in &found {
            let (account, id) = (id_from(found.try_get(0)?)?, found.try_get::<Uuid, _>(1)?);
            let row = lease(&mut tx, account, id, taking).await?;
            let (mailbox, kind): (_, Option<i64>) = (found.try_get(2)?, found.try_get(3)?);
            taken.extend(row.map(|row| Taken { row, mailbox, imap: kind == Some(kind_number(MailboxKind::Imap)) }));
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// When something is due next that nobody works on.
    pub async fn next_reminder(&self) -> Result<Option<Millis>> {
        Ok(sqlx::query_scalar(NEXT).fetch_one(self.read()).await?)
    }

    /// Renews all leases of an engine.
    pub async fn renew_reminders(&self, owner: Uuid, until: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE reminders SET lease_until = $2 WHERE lease_until IS NOT NULL AND lease_owner = $1")
            .bind(owner)
            .bind(until)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Who holds leases, and until when the first of them holds.
    pub async fn reminder_owners(&self) -> Result<Vec<(Uuid, Millis)>> {
        let rows = sqlx::query(
            "SELECT lease_owner, MIN(lease_until) FROM reminders WHERE lease_until IS NOT NULL GROUP BY lease_owner",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Reminders that an engine holds leases of, which end before an instant.
    pub async fn reminders_of(&self, owner: Uuid, before: Millis, limit: i64) -> Result<Vec<Row>> {
        const SQL: &str = concat!(
            "SELECT ",
            reminder_columns!(),
            " FROM reminders r WHERE r.lease_until IS NOT NULL AND r.lease_until < $2 AND r.lease_owner = $1 LIMIT $3"
        );
        let rows = sqlx::query(SQL).bind(owner).bind(before).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(|found| row(found, 0)).collect()
    }
}

/// Word for word as in the partial index, or it is not used.
pub(super) const NEXT: &str = "SELECT MIN(due_at) FROM reminders WHERE due_at IS NOT NULL AND lease_until IS NULL";

pub(super) fn due(taking: &Taking<'_>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT r.account, r.id, w.mailbox, b.kind FROM reminders r CROSS JOIN waiting w ON w.account = r.account \
         AND w.id = r.waiting LEFT JOIN mailboxes b ON b.id = w.mailbox WHERE r.due_at IS NOT NULL AND r.lease_until IS NULL AND r.due_at <= ",
    );
    query.push_bind(taking.now);
    if !taking.busy.is_empty() {
        query.push(" AND (w.mailbox IS NULL OR w.mailbox NOT IN (");
        let mut list = query.separated(", ");
        for mailbox in taking.busy {
            list.push_bind(*mailbox);
        }
        query.push("))");
    }
    query.push(" ORDER BY r.due_at LIMIT ").push_bind(taking.limit);
    query
}

/// Nobody else writes now: it is as it was found. What only has its note taken away does not return.
async fn lease(tx: &mut Work, account: AccountId, id: Uuid, taking: &Taking<'_>) -> Result<Option<Row>> {
    const SQL: &str = "UPDATE reminders SET state = CASE WHEN state IN (0, 2) AND note_state <> 3 THEN 1 ELSE state END, \
         lease_owner = $3, lease_until = $4, lease_number = lease_number + 1, version = version + 1 WHERE account = $1 AND id = $2";
    let done = sqlx::query(AssertSqlSafe(SQL))
        .bind(account.as_str())
        .bind(id)
        .bind(taking.owner)
        .bind(taking.until)
        .execute(&mut **tx)
        .await?;
    one_row(done.rows_affected())?;
    change::find(tx, account, id).await
}
