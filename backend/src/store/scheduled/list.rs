//! Lists of scheduled mails, and one with its flight recorder.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Scheduled, ScheduledDetail, ScheduledList};

use super::super::sql;
use super::super::{Result, Store};
use super::{COLUMNS, Row, change, flight, read, row, scheduled_columns};
use crate::account_id::AccountId;

const SELECT: &str = concat!(
    "SELECT ",
    scheduled_columns!(),
    ", c.body FROM scheduled s LEFT JOIN scheduled_contents c ON c.scheduled = s.id WHERE s.account = "
);

/// Where a page of a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The instant that the list is ordered by, of the last one; what needs its sender has none.
    pub at: Option<Millis>,
    /// Its id.
    pub id: Uuid,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The mails.
    pub scheduled: Vec<Scheduled>,
    /// Where the page ended, when it was full.
    pub end: Option<Cursor>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held, or failed and not looked at.
    pub needs: u32,
    /// On their way: scheduled, taken, being sent, or being looked for.
    pub waiting: u32,
}

impl Store {
    /// A page of scheduled mails. `Waiting`: what needs its sender first, then by time. `Done`: newest first.
    pub async fn scheduled_list(
        &self,
        account: AccountId,
        list: ScheduledList,
        before: Option<Cursor>,
        limit: i64,
    ) -> Result<Listed> {
        let rows = page(account, list, before, limit).build().fetch_all(self.read()).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
        let mut listed = Listed { scheduled: Vec::with_capacity(rows.len()), end: None };
        for (n, found) in rows.iter().enumerate() {
            let (row, content) = with_content(found)?;
            if full && n + 1 == rows.len() {
                let at = if list == ScheduledList::Done { row.done_at } else { row.due_at };
                listed.end = Some(Cursor { at, id: row.id });
            }
            listed.scheduled.push(row.on_the_wire(content));
        }
        Ok(listed)
    }

    /// How many need their sender, and how many wait.
    pub async fn scheduled_counts(&self, account: AccountId) -> Result<Counts> {
        let row = sql::query(COUNTS).bind(account.as_str()).fetch_one(self.read()).await?;
        Ok(Counts { needs: row.try_get(0)?, waiting: row.try_get(1)? })
    }

    /// One scheduled mail of an account, with what was written and to whom.
    pub async fn scheduled(&self, account: AccountId, id: Uuid) -> Result<Option<(Row, Content)>> {
        let mut query = sql::Builder::new(SELECT);
        query.push_bind(account.as_str()).push(" AND s.id = ").push_bind(id);
        query.build().fetch_optional(self.read()).await?.as_ref().map(with_content).transpose()
    }

    /// One scheduled mail with its flight recorder, of one moment.
    pub async fn scheduled_detail(&self, account: AccountId, id: Uuid) -> Result<Option<ScheduledDetail>> {
        let mut tx = self.snapshot().await?;
        let detail = match change::find(&mut tx, id).await?.filter(|row| row.account == account) {
            None => None,
            Some(row) => {
                let content = change::content_of(&mut tx, id).await?;
                let flight = flight::lines(&mut tx, id).await?;
                Some(ScheduledDetail { scheduled: row.on_the_wire(content), flight })
            }
        };
        tx.cancel().await?;
        Ok(detail)
    }
}

fn with_content(found: &sql::Row) -> Result<(Row, Content)> {
    let content = found.try_get::<Option<&str>>(COLUMNS)?.map(read).transpose()?.unwrap_or_default();
    Ok((row(found)?, content))
}

/// Held and failed ones have no time, so that they stand before all that do.
pub(super) const COUNTS: &str = "SELECT COUNT(*) FILTER (WHERE due_at IS NULL), COUNT(due_at) FROM scheduled \
     WHERE account = $1 AND (state IN (0, 1, 2, 4, 6) OR (state = 5 AND dismissed = 0))";

pub(super) fn page(account: AccountId, list: ScheduledList, before: Option<Cursor>, limit: i64) -> sql::Builder {
    let mut query = sql::Builder::new(SELECT);
    query.push_bind(account.as_str().to_owned());
    match list {
        ScheduledList::Waiting => {
            // Word for word as in the partial index, or it is not used.
            query.push(" AND (s.state IN (0, 1, 2, 4, 6) OR (s.state = 5 AND s.dismissed = 0))");
            match before {
                None => {}
                Some(Cursor { at: None, id }) => {
                    query.push(" AND (s.due_at IS NOT NULL OR s.id > ").push_bind(id).push(")");
                }
                Some(Cursor { at: Some(at), id }) => {
                    query.push(" AND (s.due_at, s.id) > (").push_bind(at).push(", ").push_bind(id).push(")");
                }
            }
            query.push(" ORDER BY s.due_at NULLS FIRST, s.id LIMIT ");
        }
        ScheduledList::Done => {
            query.push(" AND s.done_at IS NOT NULL");
            if let Some(Cursor { at, id }) = before {
                query.push(" AND (s.done_at, s.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY s.done_at DESC, s.id DESC LIMIT ");
        }
    }
    query.push_bind(limit);
    query
}
