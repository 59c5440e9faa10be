//! The one place where a scheduled mail changes.
//!
//! What must hold: no two mails wait with one draft; who decides sees the row as it is while no other write can happen, and says what it becomes or that it is
//! none of his any more; the change, its lines of the flight recorder, its event, the registration of the tracked message, its
//! reminder and the entry for the daily limit happen together or not at all.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, GmailIds, Kinds, PutMessage, ScheduledState, Tracks};

use super::super::registration::{self, Put};
use super::super::reminders::sent::{self, WentLater};
use super::super::sql;
use super::super::{Result, Work, events, one_row};
use super::flight::{self, Line};
use super::insert::BY_DRAFT;
use super::{COLUMNS, Intent, Row, row, scheduled_columns, state_number, write};
use crate::account_id::AccountId;

/// What a row becomes, and what goes with it.
#[derive(Debug, Clone)]
pub struct Next {
    /// The row as it shall be. Its version and ids are not taken from here.
    pub row: Row,
    /// Lines of the flight recorder.
    pub flight: Vec<Line>,
    /// What was written and to whom, when that is new.
    pub content: Option<Content>,
    /// It left: it counts for the daily limit, and its tracked message is registered.
    pub left: Option<Left>,
    /// Its sender is to be told.
    pub tell: bool,
    /// No event: nobody sees a difference.
    pub silent: bool,
}

impl Next {
    /// A row, and nothing with it but its event.
    pub fn new(row: Row) -> Self {
        Self { row, flight: Vec::new(), content: None, left: None, tell: false, silent: false }
    }

    /// With a line of the flight recorder.
    #[must_use]
    pub fn line(mut self, line: Line) -> Self {
        self.flight.push(line);
        self
    }

    /// With a word to its sender.
    #[must_use]
    pub fn tell(mut self) -> Self {
        self.tell = true;
        self
    }

    /// Without an event.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
}

/// What left.
#[derive(Debug, Clone)]
pub struct Left {
    /// When.
    pub at: Millis,
    /// By which intent.
    pub intent: Intent,
    /// Gmail's ids of the mail.
    pub gmail: GmailIds,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The row as it is now.
    pub row: Row,
    /// The number of the newest event.
    pub event: Option<i64>,
    /// A tracked message was registered: it is due to be judged.
    pub registered: bool,
}

impl Applied {
    /// Whose event it is, when there is one.
    pub fn news(&self) -> Option<(AccountId, i64)> {
        self.event.map(|event| (self.row.account, event))
    }
}

/// Changes a row as `decide` says. `None`: there is no such row, or `decide` wants none of it.
pub async fn apply(
    tx: &mut Work,
    id: Uuid,
    now: Millis,
    decide: &(dyn Fn(Row) -> Option<Next> + Send + Sync),
) -> Result<Option<Applied>> {
    let Some(before) = find(tx, id).await? else { return Ok(None) };
    let (account, mailbox, version) = (before.account, before.mailbox, before.version);
    let (was_at_rest, asked_at) = (is_at_rest(before.state), before.asked_at);
    let Some(mut next) = decide(before) else { return Ok(None) };
    // What comes back must not go beside another one that has taken its draft meanwhile: the draft would go out twice.
    if was_at_rest && !is_at_rest(next.row.state) && by_draft(tx, mailbox, &next.row.draft.id).await?.is_some() {
        return Ok(None);
    }
    next.row.version = version + 1;
    update(tx, id, version, &next.row).await?;
    let lines: Vec<_> = next.flight.iter().map(|line| (id, line)).collect();
    flight::add(tx, now, &lines).await?;
    if let Some(content) = &next.content {
        write_content(tx, id, content).await?;
    }
    let mut applied = Applied { event: None, registered: false, row: next.row };
    if let Some(Left { at, intent, gmail }) = &next.left {
        super::limits::add_send(tx, mailbox, *at, intent.trace.id).await?;
        if let Some(message) = intent.message {
            let put = PutMessage {
                epoch: intent.epoch,
                sent_at: *at,
                scheduled: false,
                sender: intent.sender.clone(),
                gmail: gmail.clone(),
                content: content_of(tx, id).await?,
                tracks: tracks(intent),
            };
            if let Put::Created(event) | Put::Updated(event) =
                registration::put_in(tx, account, message, &put, Some(mailbox), now).await?
            {
                applied.event = Some(event);
                applied.registered = true;
            }
        }
        if applied.row.schedule.remind.is_some() {
            let went = WentLater {
                account,
                mailbox,
                message: intent.message,
                trace: intent.trace.id,
                sender: intent.sender.clone(),
                at: *at,
                asked_at: asked_at.unwrap_or(*at),
                created_at: applied.row.created_at,
                gmail: gmail.clone(),
                content: content_of(tx, id).await?,
                schedule: &applied.row.schedule,
            };
            applied.event = sent::after_sent(tx, &went, now).await?.or(applied.event);
        }
    }
    if !next.silent {
        let event =
            Event::Scheduled { scheduled: id, state: applied.row.state, why: applied.row.why, at: now, tell: next.tell };
        applied.event = Some(events::add(tx, account, now, &event).await?);
    }
    Ok(Some(applied))
}

fn is_at_rest(state: ScheduledState) -> bool {
    matches!(state, ScheduledState::Sent | ScheduledState::Failed | ScheduledState::Cancelled)
}

/// The mail that waits with this draft.
pub(super) async fn by_draft(tx: &mut Work, mailbox: Uuid, draft: &str) -> Result<Option<Uuid>> {
    Ok(sql::query_scalar(BY_DRAFT).bind(mailbox).bind(draft).fetch_optional(&mut **tx).await?)
}

/// A row by its id. Who hands a mail over asks here whether it still may: a mailbox that is disconnected sends nothing any more.
pub(super) async fn find(tx: &mut Work, id: Uuid) -> Result<Option<Row>> {
    const SQL: &str = concat!(
        "SELECT ",
        scheduled_columns!(),
        ", (SELECT 1 FROM mailboxes m WHERE m.id = s.mailbox AND m.removed_at IS NULL) FROM scheduled s WHERE s.id = $1"
    );
    let Some(found) = sql::query(SQL).bind(id).fetch_optional(&mut **tx).await? else { return Ok(None) };
    let mut row = row(&found)?;
    let is_at_work = matches!(row.state, ScheduledState::Leased | ScheduledState::Sending);
    row.mailbox_gone = is_at_work && found.try_get::<Option<i64>>(COLUMNS)?.is_none();
    Ok(Some(row))
}

async fn update(tx: &mut Work, id: Uuid, version: i64, row: &Row) -> Result<()> {
    let done = sql::query(
        "UPDATE scheduled SET state = $3, why = $4, said = $5, dismissed = $6, due_at = $7, asked_at = $8, schedule = $9, \
         draft = $10, draft_id = $11, gmail = $12, track = $13, message = $14, times = $15, sent_at = $16, done_at = $17, \
         lease_owner = $18, lease_until = $19, lease_number = $20, attempts = $21, intent = $22, version = $23 \
         WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(state_number(row.state))
    .bind(row.why.as_ref().map(write).transpose()?)
    .bind(&row.said)
    .bind(row.dismissed)
    .bind(row.due_at)
    .bind(row.asked_at)
    .bind(write(&row.schedule)?)
    .bind(write(&row.draft)?)
    .bind(&row.draft.id)
    .bind(write(&row.gmail)?)
    .bind(row.track)
    .bind(row.message)
    .bind(row.times)
    .bind(row.sent_at)
    .bind(row.done_at)
    .bind(row.lease.map(|lease| lease.owner))
    .bind(row.lease.and(row.lease_until))
    .bind(row.lease_number)
    .bind(row.attempts)
    .bind(row.intent.as_ref().map(write).transpose()?)
    .bind(row.version)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// What was written and to whom.
pub(super) async fn content_of(tx: &mut Work, id: Uuid) -> Result<Content> {
    let body: Option<String> = sql::query_scalar("SELECT body FROM scheduled_contents WHERE scheduled = $1")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    body.as_deref().map_or_else(|| Ok(Content::default()), super::read)
}

pub(super) async fn write_content(tx: &mut Work, id: Uuid, content: &Content) -> Result<()> {
    let mut query = sql::Builder::new("INSERT INTO scheduled_contents (scheduled, body) VALUES (");
    query.push_bind(id).push(", ").push_bind(write(content)?);
    query.push(") ON CONFLICT (scheduled) DO UPDATE SET body = excluded.body");
    let done = query.build().execute(&mut **tx).await?;
    one_row(done.rows_affected())
}

/// What a mail that was sent holds.
fn tracks(intent: &Intent) -> Tracks {
    let Kinds { opens, clicks } = intent.tracks.unwrap_or(Kinds::ALL);
    Tracks { opens, clicks, until: None, asked: intent.asked }
}
