//! The mail of a reminder, as far as the engine asks: where it lies, what came of it, and what its note says of it.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_domain::rollup::Activity;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds};

use super::super::consent::kinds_from;
use super::super::rows::{ACTIVITY_COLUMNS, activity, activity_columns};
use super::super::sql;
use super::super::{Result, Store, Work};
use super::{Row, change, read, reminder_columns, row};
use crate::account_id::AccountId;
use crate::mailbox::watching::SentMail;

/// A mail that a reminder is about.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct About {
    /// The mailbox that it lies in; `None`: no connected one is its sender's.
    pub mailbox: Option<Uuid>,
    /// It is a tracked message.
    pub tracked: bool,
    /// A recipient refused that its opens are recorded.
    pub opens_refused: bool,
    /// The address that sent it.
    pub sender: String,
    /// When.
    pub sent_at: Millis,
    /// A person answered.
    pub answered: bool,
    /// Gmail's id of its conversation.
    pub thread: Option<String>,
    /// Its Message-ID, without angle brackets.
    pub rfc_id: Option<String>,
    /// Gmail's ids.
    pub gmail: GmailIds,
    /// What was learnt of it in the mailbox.
    pub found: Option<SentMail>,
    /// Away until this day.
    pub away_until: Option<Millis>,
    /// A notice said that it did not arrive.
    pub bounced: bool,
    /// Subject and recipients.
    pub content: Content,
    /// What came of it; all zero when it is not tracked.
    pub activity: Activity,
}

impl Store {
    /// The mail that a reminder is about.
    pub async fn reminded_mail(&self, account: AccountId, waiting: Uuid) -> Result<Option<About>> {
        let found = sql::query(SQL).bind(account.as_str()).bind(waiting).fetch_optional(self.read()).await?;
        let Some(row) = found else { return Ok(None) };
        let at = 12 + ACTIVITY_COLUMNS;
        let (by_link, by_person): (Option<i64>, Option<i64>) = (row.try_get(at)?, row.try_get(at + 1)?);
        let refused = kinds_from(by_link.unwrap_or(0) | by_person.unwrap_or(0));
        Ok(Some(About {
            mailbox: row.try_get(0)?,
            tracked: row.try_get(1)?,
            sender: row.try_get(2)?,
            sent_at: row.try_get(3)?,
            answered: row.try_get::<i64>(4)? == 1,
            thread: row.try_get(5)?,
            rfc_id: row.try_get(6)?,
            gmail: read(row.try_get(7)?)?,
            found: row.try_get::<Option<&str>>(8)?.map(read).transpose()?,
            away_until: row.try_get(9)?,
            bounced: row.try_get(10)?,
            content: row.try_get::<Option<&str>>(11)?.map(read).transpose()?.unwrap_or_default(),
            activity: activity(&row, 12)?,
            opens_refused: refused.opens,
        }))
    }

    /// A reminder.
    pub async fn reminder(&self, account: AccountId, id: Uuid) -> Result<Option<Row>> {
        let mut tx = self.snapshot().await?;
        let row = change::find(&mut tx, account, id).await?;
        tx.cancel().await?;
        Ok(row)
    }

    /// Reminders whose note lies in a mailbox, or may lie there, and which nobody works on.
    pub async fn noted_reminders(&self, mailbox: Uuid, limit: i64) -> Result<Vec<Row>> {
        const SQL: &str = concat!(
            "SELECT ",
            reminder_columns!(),
            " FROM waiting w CROSS JOIN reminders r WHERE r.account = w.account AND r.waiting = w.id AND w.mailbox = $1 \
             AND r.note_state <> 0 AND r.lease_until IS NULL LIMIT $2"
        );
        let rows = sql::query(SQL).bind(mailbox).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(|found| row(found, 0)).collect()
    }

    /// The reminders of a mail, the newest first.
    pub async fn reminders_of_mail(&self, account: AccountId, waiting: Uuid) -> Result<Vec<Row>> {
        let mut tx = self.snapshot().await?;
        let rows = change::of_mail(&mut tx, account, waiting).await?;
        tx.cancel().await?;
        Ok(rows)
    }
}

/// The reminders of mails, the newest of each first.
pub(crate) async fn of_mails(tx: &mut Work, account: AccountId, mails: &[Uuid]) -> Result<HashMap<Uuid, Vec<Row>>> {
    let mut of: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for mails in mails.chunks(500) {
        let mut query = sql::Builder::new(concat!("SELECT ", reminder_columns!(), " FROM reminders r WHERE r.account = "));
        query.push_bind(account.as_str()).push(" AND r.waiting IN (");
        let mut list = query.separated(", ");
        for mail in mails {
            list.push_bind(*mail);
        }
        query.push(") ORDER BY r.waiting, r.created_at DESC, r.id");
        for found in &query.build().persistent(false).fetch_all(&mut **tx).await? {
            let row = row(found, 0)?;
            of.entry(row.waiting).or_default().push(row);
        }
    }
    Ok(of)
}

/// What the columns of [`About`] are read from.
pub(super) const SQL: &str = concat!(
    "SELECT w.mailbox, w.tracked, w.sender, w.sent_at, w.state, w.thread, w.rfc_id, w.gmail, w.found, w.away_until, \
     w.bounced IS NOT NULL, c.body, ",
    activity_columns!(),
    ", f.by_link, f.by_person FROM waiting w LEFT JOIN waiting_contents c ON c.account = w.account AND c.waiting = w.id \
     LEFT JOIN activity a ON a.account = w.account AND a.message = w.id \
     LEFT JOIN refusals f ON f.account = w.account AND f.message = w.id WHERE w.account = $1 AND w.id = $2"
);
