//! Putting a mail in.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, GmailIds, Schedule, ScheduledState, Why};

use super::super::sql;
use super::super::{Result, Store, events, one_row};
use super::flight::{self, Line};
use super::{change, read, write};
use crate::account_id::AccountId;
use crate::mailbox::DraftRef;

/// A mail that is to go out later.
#[derive(Debug, Clone)]
pub struct NewScheduled {
    /// Its id, made by the device.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// From which mailbox.
    pub mailbox: Uuid,
    /// What its sender asked for.
    pub schedule: Schedule,
    /// When that is.
    pub due_at: Millis,
    /// [`Why::Holiday`] when it was moved because of one.
    pub why: Option<Why>,
    /// Where its draft is.
    pub draft: DraftRef,
    /// Gmail's ids of the draft.
    pub gmail: GmailIds,
    /// Whether it is to be tracked.
    pub track: bool,
    /// What is written and to whom.
    pub content: Content,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is new; the number of the event.
    New(i64),
    /// The id is in use, by this account or another.
    Exists,
    /// This draft is scheduled already, under this id.
    Taken(Uuid),
}

impl Store {
    /// Puts a mail in, with its first line of the flight recorder.
    pub async fn insert_scheduled(&self, new: &NewScheduled, line: &Line, now: Millis) -> Result<Inserted> {
        let mut tx = self.write().await?;
        if change::find(&mut tx, new.id).await?.is_some() {
            tx.cancel().await?;
            return Ok(Inserted::Exists);
        }
        if let Some(other) = change::by_draft(&mut tx, new.mailbox, &new.draft.id).await? {
            tx.cancel().await?;
            return Ok(Inserted::Taken(other));
        }
        let done = sql::query(
            "INSERT INTO scheduled (id, account, mailbox, state, why, due_at, asked_at, schedule, draft, draft_id, gmail, track, \
             created_at) VALUES ($1, $2, $3, 0, $4, $5, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(new.id)
        .bind(new.account.as_str())
        .bind(new.mailbox)
        .bind(new.why.as_ref().map(write).transpose()?)
        .bind(new.due_at)
        .bind(write(&new.schedule)?)
        .bind(write(&new.draft)?)
        .bind(&new.draft.id)
        .bind(write(&new.gmail)?)
        .bind(new.track)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        one_row(done.rows_affected())?;
        change::write_content(&mut tx, new.id, &new.content).await?;
        flight::add(&mut tx, now, &[(new.id, line)]).await?;
        let event =
            Event::Scheduled { scheduled: new.id, state: ScheduledState::Scheduled, why: new.why, at: now, tell: false };
        let event = events::add(&mut tx, new.account, now, &event).await?;
        tx.commit().await?;
        Ok(Inserted::New(event))
    }

    /// The mail that waits with this draft.
    pub async fn scheduled_by_draft(&self, mailbox: Uuid, draft: &str) -> Result<Option<Uuid>> {
        Ok(sql::query_scalar(BY_DRAFT).bind(mailbox).bind(draft).fetch_optional(self.read()).await?)
    }

    /// The mails that wait with drafts whose ids begin like this, at most ten.
    pub async fn scheduled_by_drafts_of(&self, mailbox: Uuid, beginning: &str) -> Result<Vec<(Uuid, DraftRef)>> {
        // What begins like this comes before the same with a higher last character.
        let end = format!("{beginning}\u{10ffff}");
        let rows: Vec<(Uuid, String)> =
            sql::query_as(BY_DRAFTS_OF).bind(mailbox).bind(beginning).bind(end).fetch_all(self.read()).await?;
        rows.into_iter().map(|(id, draft)| Ok((id, read(&draft)?))).collect()
    }
}

/// The mail that a draft is scheduled as.
pub(super) const BY_DRAFT: &str =
    "SELECT id FROM scheduled WHERE mailbox = $1 AND draft_id = $2 AND state IN (0, 1, 2, 4, 6) LIMIT 1";
/// Those of a conversation.
pub(super) const BY_DRAFTS_OF: &str = "SELECT id, draft FROM scheduled WHERE mailbox = $1 AND draft_id >= $2 AND draft_id < $3 \
     AND state IN (0, 1, 2, 4, 6) ORDER BY draft_id LIMIT 10";
