//! Taking what is due.
//!
//! What must hold: see [`super::super::leases`]. No event tells of it. On PostgreSQL no backend waits for another here: a row that
//! somebody else takes or changes right now is passed over, and looked at again with the next ones.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::MailboxKind;

use super::super::accounts::id_from;
use super::super::leases::Taking;
use super::super::mailboxes::kind_number;
use super::super::sql;
use super::super::{Result, Store, Work, one_row};
use super::{Row, change};
use crate::account_id::AccountId;

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

/// Notes that are to be taken out of mailboxes that can be used, and that nobody is at.
pub(super) const HURRY: &str = "UPDATE reminders SET due_at = $1, version = version + 1 \
     WHERE note_state = 3 AND due_at > $1 AND lease_until IS NULL AND EXISTS (SELECT 1 FROM waiting w \
     JOIN mailboxes b ON b.id = w.mailbox WHERE w.account = reminders.account AND w.id = reminders.waiting \
     AND b.removed_at IS NULL AND b.state <> 1)";

impl Store {
    /// A mailbox works again: notes that could not be taken away are due at `at`. Gives how many.
    pub async fn hurry_notes(&self, at: Millis) -> Result<u64> {
        let mut tx = self.write().await?;
        let done = sql::query(HURRY).bind(at).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            tx.cancel().await?;
        } else {
            tx.commit().await?;
        }
        Ok(done.rows_affected())
    }

    /// Leases what is due, by time.
    pub async fn take_due_reminders(&self, taking: &Taking<'_>) -> Result<Vec<Taken>> {
        let mut tx = self.write_beside().await?;
        let found = due(tx.kind(), taking).build().persistent(false).fetch_all(&mut *tx).await?;
        let mut taken = Vec::with_capacity(found.len());
        for found in &found {
            let (account, id) = (id_from(found.try_get(0)?)?, found.try_get::<Uuid>(1)?);
            let row = lease(&mut tx, account, id, taking).await?;
            let (mailbox, kind): (_, Option<i64>) = (found.try_get(2)?, found.try_get(3)?);
            taken.extend(row.map(|row| Taken { row, mailbox, imap: kind == Some(kind_number(MailboxKind::Imap)) }));
        }
        tx.commit().await?;
        Ok(taken)
    }
}

pub(super) fn due(kind: sql::Kind, taking: &Taking<'_>) -> sql::Builder {
    let mut query = sql::Builder::new(
        "SELECT r.account, r.id, w.mailbox, b.kind FROM reminders r JOIN waiting w ON w.account = r.account \
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
    query.push(kind.pick("", " FOR NO KEY UPDATE OF r SKIP LOCKED"));
    query
}

/// Nobody else writes it now: it is as it was found. What only has its note taken away does not return.
async fn lease(tx: &mut Work, account: AccountId, id: Uuid, taking: &Taking<'_>) -> Result<Option<Row>> {
    const SQL: &str = "UPDATE reminders SET state = CASE WHEN state IN (0, 2) AND note_state <> 3 THEN 1 ELSE state END, \
         lease_owner = $3, lease_until = $4, lease_number = lease_number + 1, version = version + 1 WHERE account = $1 AND id = $2";
    let done = sql::query(sql::AssertSqlSafe(SQL))
        .bind(account.as_str())
        .bind(id)
        .bind(taking.owner)
        .bind(taking.until)
        .execute(&mut **tx)
        .await?;
    one_row(done.rows_affected())?;
    change::find(tx, account, id).await
}
