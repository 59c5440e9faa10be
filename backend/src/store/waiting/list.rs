//! The lists of `GET /waiting`, with what came of tracked mails.
//!
//! What must hold: a page costs the same at the end of a long list as at its start, but for what needs its user, of which there are
//! few; what is given together is of one moment.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Content, Reminder, Tracking, WaitingList, WaitingMail, WaitingOrder};

use super::super::messages::tracking;
use super::super::reminders::{self, about};
use super::super::sql;
use super::{COLUMNS, Row, State, read, row, waiting_columns};
use crate::account_id::AccountId;
use crate::store::rows::{activity, activity_columns, answered_on_the_wire};
use crate::store::{Result, Store};

/// Mails of one conversation.
const MOST_OF_THREAD: i64 = 100;

/// Which mails to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ask {
    /// Which list.
    pub list: WaitingList,
    /// In which order, of [`WaitingList::Waiting`].
    pub order: WaitingOrder,
    /// Only those that stand after this one in the list.
    pub before: Option<(Millis, Uuid)>,
    /// How many.
    pub limit: i64,
}

/// A mail in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// It.
    pub row: Row,
    /// Subject and recipients.
    pub content: Content,
    /// What came of it; `None` when it is not tracked.
    pub activity: Option<Activity>,
    /// What is tracked in it; `None` when it is not.
    pub tracking: Option<Tracking>,
    /// By what it stands where it stands: the `before` of whatever follows it.
    pub at: Millis,
    /// Its reminders, the newest first.
    pub reminders: Vec<reminders::Row>,
}

impl Listed {
    /// As the API gives it.
    pub fn on_the_wire(self, reminder: Option<Reminder>, now: Millis) -> WaitingMail {
        let Self { row, content, activity, tracking, .. } = self;
        let mut gmail = row.gmail;
        if let Some(found) = row.found {
            gmail.legacy_message = found.message.or(gmail.legacy_message);
        }
        gmail.legacy_thread = row.thread.or(gmail.legacy_thread);
        gmail.rfc_id = row.rfc_id.map(|id| format!("<{id}>")).or(gmail.rfc_id);
        WaitingMail {
            id: row.id,
            message: row.tracked.then_some(row.id),
            mailbox: row.mailbox,
            sender: row.sender,
            sent_at: row.sent_at,
            gmail,
            content,
            activity,
            tracking,
            reminder,
            answered: row.answered,
            // What its user has looked at is no news, but stays true.
            bounced: row.bounced,
            away_until: row.away_until.filter(|until| *until > now.saturating_sub(DAY) && row.state == State::Waiting),
        }
    }
}

const DAY: Millis = 24 * 60 * 60 * 1_000;

/// What a list reads of a mail. To be followed by the instant it is ordered by and [`FROM`].
const SELECT: &str = concat!(
    "SELECT ",
    waiting_columns!(),
    ", c.body, m.answered_at, m.seq, m.tracks, m.until, f.by_link, f.by_person, f.at, ",
    activity_columns!(),
    ", "
);
/// Where the columns of its activity begin.
const ACTIVITY: usize = COLUMNS + 8;
const FROM: &str = " LEFT JOIN waiting_contents c ON c.account = w.account AND c.waiting = w.id \
     LEFT JOIN messages m ON m.account = w.account AND m.id = w.id \
     LEFT JOIN activity a ON a.message = m.id AND a.account = m.account \
     LEFT JOIN refusals f ON f.message = m.id AND f.account = m.account ";
/// What needs its user: reminders that are back, and mails that did not arrive and were not looked at.
const NEEDED: &str =
    "(SELECT MAX(r.came_at) FROM reminders r WHERE r.account = w.account AND r.waiting = w.id AND r.state = 2)";
/// Those of an account, which stands in the table `asked`.
const BACK: &str = "back (id, at) AS (SELECT id, MAX(at) FROM (SELECT r.waiting AS id, COALESCE(r.came_at, 0) AS at FROM asked \
     CROSS JOIN reminders r WHERE r.account = asked.account AND r.state = 2 UNION ALL SELECT w.id, w.bounced_at FROM asked \
     CROSS JOIN waiting w WHERE w.account = asked.account AND w.bounced IS NOT NULL AND w.dismissed = 0) AS needed GROUP BY id) ";

impl Store {
    /// A page of a list.
    pub async fn waiting_page(&self, account: AccountId, ask: &Ask) -> Result<Vec<Listed>> {
        self.listed(account, page(account, ask)).await
    }

    /// All mails of a conversation (Gmail's id), newest first.
    pub async fn waiting_of_thread(&self, account: AccountId, thread: &str) -> Result<Vec<Listed>> {
        let mut query = sql::Builder::new(SELECT);
        query.push("w.sent_at FROM waiting w").push(FROM).push("WHERE w.account = ").push_bind(account.as_str());
        query.push(" AND w.thread = ").push_bind(thread);
        query.push(" ORDER BY w.sent_at DESC, w.id DESC LIMIT ").push_bind(MOST_OF_THREAD);
        self.listed(account, query).await
    }

    /// One mail. Of a message that was deleted there is none, though its note may still be on its way out.
    pub async fn waiting_mail(&self, account: AccountId, id: Uuid) -> Result<Option<Listed>> {
        let mut query = sql::Builder::new(SELECT);
        query.push("w.sent_at FROM waiting w").push(FROM).push("WHERE w.account = ").push_bind(account.as_str());
        query.push(" AND w.id = ").push_bind(id);
        query.push(" AND NOT EXISTS (SELECT 1 FROM stopped s WHERE s.message = w.id AND s.account = w.account)");
        Ok(self.listed(account, query).await?.pop())
    }

    /// What a statement finds, with its reminders of the same moment: a mail that is answered never stands beside a reminder that does not
    /// know it yet.
    async fn listed(&self, account: AccountId, query: sql::Builder) -> Result<Vec<Listed>> {
        let mut tx = self.snapshot().await?;
        let rows = query.build().fetch_all(&mut *tx).await?;
        let mut all: Vec<Listed> = rows.iter().map(listed).collect::<Result<_>>()?;
        let ids: Vec<Uuid> = all.iter().map(|listed| listed.row.id).collect();
        let mut reminders = about::of_mails(&mut tx, account, &ids).await?;
        tx.cancel().await?;
        for listed in &mut all {
            listed.reminders = reminders.remove(&listed.row.id).unwrap_or_default();
        }
        Ok(all)
    }

    /// How many need their user, and how many wait beside these.
    pub async fn waiting_counts(&self, account: AccountId) -> Result<(u32, u32)> {
        let row = counts(account).build().fetch_one(self.read()).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

pub(super) fn counts(account: AccountId) -> sql::Builder {
    let mut query = with_back(account);
    query.push(
        "SELECT (SELECT COUNT(*) FROM back), \
         (SELECT COUNT(*) FROM asked CROSS JOIN waiting w WHERE w.account = asked.account AND w.state = 0) - \
         (SELECT COUNT(*) FROM asked CROSS JOIN back b CROSS JOIN waiting w WHERE w.account = asked.account AND w.id = b.id \
         AND w.state = 0)",
    );
    query
}

/// A statement that begins with the account as the table `asked`, and with what needs its user as the table `back`.
fn with_back(account: AccountId) -> sql::Builder {
    let mut query = sql::Builder::new("WITH asked (account) AS (VALUES (");
    query.push_bind(account.as_str().to_owned()).push(")), ").push(BACK);
    query
}

pub(super) fn page(account: AccountId, ask: &Ask) -> sql::Builder {
    let mut query = with_back(account);
    let account = account.as_str().to_owned();
    query.push(SELECT);
    let (at, down) = match ask.list {
        WaitingList::Back => {
            query.push("b.at FROM asked CROSS JOIN back b CROSS JOIN waiting w").push(FROM);
            query.push("WHERE w.account = asked.account AND w.id = b.id");
            ("b.at", true)
        }
        WaitingList::Waiting => {
            query.push("w.sent_at FROM waiting w").push(FROM).push("WHERE w.state = 0 AND w.account = ").push_bind(account);
            query.push(" AND NOT (w.bounced IS NOT NULL AND w.dismissed = 0) AND ").push(NEEDED).push(" IS NULL");
            ("w.sent_at", ask.order == WaitingOrder::Newest)
        }
        WaitingList::Answered => {
            query.push("w.answered_at FROM waiting w").push(FROM).push("WHERE w.state = 1 AND w.account = ").push_bind(account);
            ("w.answered_at", true)
        }
    };
    if let Some((instant, id)) = ask.before {
        query.push(format!(" AND ({at}, w.id) {} (", if down { "<" } else { ">" }));
        query.push_bind(instant).push(", ").push_bind(id).push(")");
    }
    let direction = if down { "DESC" } else { "ASC" };
    query.push(format!(" ORDER BY {at} {direction}, w.id {direction} LIMIT ")).push_bind(ask.limit);
    query
}

fn listed(found: &sql::Row) -> Result<Listed> {
    let body: Option<&str> = found.try_get(COLUMNS)?;
    let message: Option<i64> = found.try_get(COLUMNS + 2)?;
    let totals = answered_on_the_wire(activity(found, ACTIVITY)?, found.try_get(COLUMNS + 1)?);
    Ok(Listed {
        row: row(found)?,
        content: body.map(read).transpose()?.unwrap_or_default(),
        activity: message.map(|_| totals),
        tracking: tracking(found, COLUMNS + 3)?,
        at: found.try_get::<Option<Millis>>(ACTIVITY + crate::store::rows::ACTIVITY_COLUMNS)?.unwrap_or_default(),
        reminders: Vec::new(),
    })
}
