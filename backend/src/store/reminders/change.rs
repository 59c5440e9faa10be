//! The one place where a reminder changes, but for leases.
//!
//! What must hold: who decides sees the row as it is while no other write can happen, and says what it becomes or that it is none
//! of his any more; the change, what becomes of the mail with it, and its event happen together or not at all.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, ReminderState, WaitingNews, WhyReminder};

use super::super::sql;
use super::super::{Result, Work, events, one_row};
use super::{Row, note_number, reminder_columns, row, state_number, write};
use crate::account_id::AccountId;

/// What a reminder becomes, and what goes with it.
#[derive(Debug, Clone)]
pub struct Next {
    /// The row as it shall be. Its version and ids are not taken from here.
    pub row: Row,
    /// What devices hear, and whether its user is to be told.
    pub news: Option<(WaitingNews, bool)>,
    /// What becomes of the mail.
    pub mail: Option<MailBecomes>,
}

/// What becomes of a mail that is waited for, when its reminder changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailBecomes {
    /// Nothing more is waited for.
    Over,
    /// It is waited for, as before.
    Waited,
    /// Nobody is away.
    NotAway,
}

impl Next {
    /// A row, and nothing that anybody sees.
    pub fn silent(row: Row) -> Self {
        Self { row, news: None, mail: None }
    }

    /// A row, and word of it to devices.
    pub fn new(row: Row, what: WaitingNews) -> Self {
        Self { row, news: Some((what, false)), mail: None }
    }

    /// With a word to its user.
    #[must_use]
    pub fn tell(mut self) -> Self {
        if let Some((_, tell)) = &mut self.news {
            *tell = true;
        }
        self
    }

    /// With what becomes of the mail.
    #[must_use]
    pub fn mail(mut self, mail: MailBecomes) -> Self {
        self.mail = Some(mail);
        self
    }
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The row as it is now.
    pub row: Row,
    /// The number of the event.
    pub event: Option<i64>,
}

/// Changes a row as `decide` says. `None`: there is no such row, or `decide` wants none of it.
pub async fn apply(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    now: Millis,
    decide: &(dyn Fn(Row) -> Option<Next> + Send + Sync),
) -> Result<Option<Applied>> {
    let Some(before) = find(tx, account, id).await? else { return Ok(None) };
    let (version, waiting) = (before.version, before.waiting);
    let Some(mut next) = decide(before) else { return Ok(None) };
    next.row.version = version + 1;
    update(tx, account, id, version, &next.row).await?;
    if let Some(mail) = next.mail {
        set_mail(tx, account, waiting, mail, now).await?;
    }
    let event = match next.news {
        None => None,
        Some((what, tell)) => Some(tell_of(tx, account, waiting, what, tell, now).await?),
    };
    Ok(Some(Applied { row: next.row, event }))
}

/// Writes an event of a mail that is waited for.
pub(super) async fn tell_of(
    tx: &mut Work,
    account: AccountId,
    waiting: Uuid,
    what: WaitingNews,
    tell: bool,
    now: Millis,
) -> Result<i64> {
    let tracked: Option<bool> = sql::query_scalar("SELECT tracked FROM waiting WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(waiting)
        .fetch_optional(&mut **tx)
        .await?;
    let message = (tracked == Some(true)).then_some(waiting);
    events::add(tx, account, now, &Event::Waiting { mail: waiting, message, what, at: now, tell }).await
}

/// A row by its id.
pub(crate) async fn find(tx: &mut Work, account: AccountId, id: Uuid) -> Result<Option<Row>> {
    const SQL: &str = concat!("SELECT ", reminder_columns!(), " FROM reminders r WHERE r.account = $1 AND r.id = $2");
    const LOCKED: &str =
        concat!("SELECT ", reminder_columns!(), " FROM reminders r WHERE r.account = $1 AND r.id = $2 FOR NO KEY UPDATE");
    let found = sql::query(tx.to_change(SQL, LOCKED)).bind(account.as_str()).bind(id).fetch_optional(&mut **tx).await?;
    found.as_ref().map(|found| row(found, 0)).transpose()
}

/// The reminders of a mail, the newest first.
pub(crate) async fn of_mail(tx: &mut Work, account: AccountId, waiting: Uuid) -> Result<Vec<Row>> {
    let found =
        sql::query(tx.to_change(OF_MAIL, OF_MAIL_LOCKED)).bind(account.as_str()).bind(waiting).fetch_all(&mut **tx).await?;
    found.iter().map(|found| row(found, 0)).collect()
}

pub(super) const OF_MAIL: &str = concat!(
    "SELECT ",
    reminder_columns!(),
    " FROM reminders r WHERE r.account = $1 AND r.waiting = $2 ORDER BY r.created_at DESC, r.id"
);
const OF_MAIL_LOCKED: &str = concat!(
    "SELECT ",
    reminder_columns!(),
    " FROM reminders r WHERE r.account = $1 AND r.waiting = $2 ORDER BY r.created_at DESC, r.id FOR NO KEY UPDATE"
);

async fn set_mail(tx: &mut Work, account: AccountId, waiting: Uuid, mail: MailBecomes, now: Millis) -> Result<()> {
    let sql = match mail {
        MailBecomes::Over => {
            "UPDATE waiting SET state = CASE state WHEN 0 THEN 2 ELSE state END, find_at = NULL, dismissed = 1, \
             version = version + 1 WHERE account = $1 AND id = $2"
        }
        MailBecomes::Waited => {
            // While it was over nobody looked for it, and nobody looked at what came in for it.
            "UPDATE waiting SET state = CASE state WHEN 2 THEN 0 ELSE state END, \
             find_at = CASE WHEN state = 2 AND found IS NULL AND mailbox IS NOT NULL THEN $3 ELSE find_at END, \
             looked = CASE state WHEN 2 THEN 0 ELSE looked END, version = version + 1 WHERE account = $1 AND id = $2"
        }
        MailBecomes::NotAway => "UPDATE waiting SET away_until = NULL, version = version + 1 WHERE account = $1 AND id = $2",
    };
    let query = sql::query(sql).bind(account.as_str()).bind(waiting);
    let query = if mail == MailBecomes::Waited { query.bind(now) } else { query };
    let done = query.execute(&mut **tx).await?;
    one_row(done.rows_affected())
}

/// Switches a reminder off without a word: whoever does that has an event of his own. Its note goes away.
pub(crate) async fn end(tx: &mut Work, mut row: Row, now: Millis) -> Result<()> {
    row.state = ReminderState::Off;
    row.why = Some(WhyReminder::Switched);
    row.without_note(now, None);
    let version = row.version;
    row.version += 1;
    update(tx, row.account, row.id, version, &row).await
}

pub(super) async fn update(tx: &mut Work, account: AccountId, id: Uuid, version: i64, row: &Row) -> Result<()> {
    let done = sql::query(
        "UPDATE reminders SET state = $4, why = $5, wish = $6, by_default = $7, due_at = $8, asked_at = $9, moved_from = $10, \
         came_at = $11, times = $12, note = $13, note_state = $14, lease_owner = $15, lease_until = $16, attempts = $17, \
         version = $18 WHERE account = $1 AND id = $2 AND version = $3",
    )
    .bind(account.as_str())
    .bind(id)
    .bind(version)
    .bind(state_number(row.state))
    .bind(row.why.as_ref().map(write).transpose()?)
    .bind(write(&row.wish)?)
    .bind(row.by_default)
    .bind(row.due_at)
    .bind(row.asked_at)
    .bind(row.moved_from)
    .bind(row.came_at)
    .bind(row.times)
    .bind(row.note.as_ref().map(write).transpose()?)
    .bind(note_number(row.note_state))
    .bind(row.lease.map(|lease| lease.owner))
    .bind(row.lease.and(row.lease_until))
    .bind(row.attempts)
    .bind(row.version)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}
