//! What the engine looks through between the times: drafts to follow, zones whose rules changed, and what was held until its
//! mailbox works again.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Why;

use super::super::sql;
use super::super::{Result, Store, Work};
use super::{Row, row, scheduled_columns, write};

impl Store {
    /// A row by its id, whoever's it is: for the engine alone.
    pub async fn scheduled_row(&self, id: Uuid) -> Result<Option<Row>> {
        const SQL: &str = concat!("SELECT ", scheduled_columns!(), " FROM scheduled s WHERE s.id = $1");
        sql::query(SQL).bind(id).fetch_optional(self.read()).await?.as_ref().map(row).transpose()
    }

    /// Waiting mails in the order of their ids, after one.
    pub async fn waiting_after(&self, after: Uuid, limit: i64) -> Result<Vec<Row>> {
        const SQL: &str = concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM scheduled s WHERE s.state = 0 AND s.id > $1 ORDER BY s.id LIMIT $2"
        );
        rows(&sql::query(SQL).bind(after).bind(limit).fetch_all(self.read()).await?)
    }

    /// Waiting mails that are due between two instants.
    pub async fn due_between(&self, from: Millis, to: Millis, limit: i64) -> Result<Vec<Row>> {
        const SQL: &str = concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM scheduled s WHERE s.state IN (0, 4) AND s.state = 0 AND s.lease_until IS NULL AND s.due_at IS NOT NULL \
             AND s.due_at > $1 AND s.due_at <= $2 ORDER BY s.due_at LIMIT $3"
        );
        rows(&sql::query(SQL).bind(from).bind(to).bind(limit).fetch_all(self.read()).await?)
    }

    /// Waiting mails of a mailbox in the order of their ids, after one.
    pub async fn waiting_in(&self, mailbox: Uuid, after: Uuid, limit: i64) -> Result<Vec<Row>> {
        rows(&sql::query(WAITING_IN).bind(mailbox).bind(after).bind(limit).fetch_all(self.read()).await?)
    }

    /// Connected mailboxes, that work as far as is known, with mails that wait.
    pub async fn mailboxes_with_waiting(&self) -> Result<Vec<Uuid>> {
        Ok(sql::query_scalar(
            "SELECT m.id FROM mailboxes m WHERE m.removed_at IS NULL AND m.state = 0 \
             AND EXISTS (SELECT 1 FROM scheduled s WHERE s.mailbox = m.id AND s.state = 0)",
        )
        .fetch_all(self.read())
        .await?)
    }

    /// Mails that were held until their mailbox works again, and it does.
    pub async fn held_for_mailbox(&self, limit: i64) -> Result<Vec<Row>> {
        let (sign_in, gone) = (write(&Why::SignIn)?, write(&Why::NoMailbox)?);
        rows(&sql::query(HELD).bind(sign_in).bind(gone).bind(limit).fetch_all(self.read()).await?)
    }
}

/// Mails that wait, or are in work, although they were due by now.
pub async fn due_by(tx: &mut Work, now: Millis) -> Result<Vec<Uuid>> {
    // Of a database that nothing else reads yet: it needs no index.
    let sql = "SELECT id FROM scheduled WHERE state IN (0, 1, 2) AND (due_at IS NULL OR due_at <= $1) ORDER BY due_at, id";
    Ok(sql::query_scalar(sql).bind(now).fetch_all(&mut **tx).await?)
}

/// Mails of a mailbox that wait, are in work, or are perhaps sent: what a mailbox that goes away leaves behind.
pub async fn live_in(tx: &mut Work, mailbox: Uuid) -> Result<Vec<Uuid>> {
    Ok(sql::query_scalar("SELECT id FROM scheduled WHERE mailbox = $1 AND state IN (0, 1, 2, 4)")
        .bind(mailbox)
        .fetch_all(&mut **tx)
        .await?)
}

fn rows(found: &[sql::Row]) -> Result<Vec<Row>> {
    found.iter().map(row).collect()
}

pub(super) const WAITING_IN: &str = concat!(
    "SELECT ",
    scheduled_columns!(),
    " FROM scheduled s WHERE s.mailbox = $1 AND s.state = 0 AND s.id > $2 ORDER BY s.id LIMIT $3"
);

pub(super) const HELD: &str = concat!(
    "SELECT ",
    scheduled_columns!(),
    " FROM mailboxes m JOIN scheduled s ON s.mailbox = m.id WHERE m.removed_at IS NULL AND m.state = 0 AND s.state = 6 \
     AND s.why IN ($1, $2) LIMIT $3"
);
