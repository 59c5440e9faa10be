//! The one place where a mail that is waited for changes.
//!
//! What must hold: who changes a row has read it in the same transaction; the change, what the message's own lists say of it and its
//! event happen together or not at all.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, WaitingNews};

use super::super::sql;
use super::{Row, State, content, upkeep, write};
use crate::account_id::AccountId;
use crate::store::{Result, Work, events, one_row};

/// Writes a row as it shall be. It was read in this transaction; its version is not taken from the caller's hand but raised here.
/// Gives the row and the number of the event.
pub async fn change(tx: &mut Work, next: Row, what: WaitingNews, tell: bool, now: Millis) -> Result<(Row, i64)> {
    let row = rewrite(tx, next).await?;
    let message = row.tracked.then_some(row.id);
    let event = Event::Waiting { mail: row.id, message, what, at: now, tell };
    let event = events::add(tx, row.account, now, &event).await?;
    Ok((row, event))
}

/// The same for what nobody sees: ids that were looked for in vain, what was looked through.
pub(crate) async fn rewrite(tx: &mut Work, mut row: Row) -> Result<Row> {
    let before: Option<Option<Uuid>> = sql::query_scalar("SELECT mailbox FROM waiting WHERE account = $1 AND id = $2")
        .bind(row.account.as_str())
        .bind(row.id)
        .fetch_optional(&mut **tx)
        .await?;
    let version = row.version;
    row.version = version.saturating_add(1);
    let done = sql::query(
        "UPDATE waiting SET mailbox = $4, tracked = $5, sender = $6, state = $7, thread = $8, rfc_id = $9, gmail = $10, \
         found = $11, found_tries = $12, find_at = $13, looked = $14, until = $15, answered = $16, answered_by = $17, \
         answered_at = $18, bounced = $19, bounced_at = $20, dismissed = $21, refused = $22, taken = $23, away_until = $24, \
         version = $25, home = $26 WHERE account = $1 AND id = $2 AND version = $3",
    )
    .bind(row.account.as_str())
    .bind(row.id)
    .bind(version)
    .bind(row.mailbox)
    .bind(row.tracked)
    .bind(&row.sender)
    .bind(row.state.number())
    .bind(&row.thread)
    .bind(&row.rfc_id)
    .bind(write(&row.gmail)?)
    .bind(row.found.as_ref().map(write).transpose()?)
    .bind(row.found_tries)
    .bind(row.find_at.filter(|_| row.state == State::Waiting))
    .bind(row.looked)
    .bind(row.until)
    .bind(row.answered.as_ref().map(write).transpose()?)
    .bind((!row.answered_by.is_empty()).then(|| write(&row.answered_by)).transpose()?)
    .bind(row.answered.as_ref().map(|answered| answered.at))
    .bind(row.bounced.as_ref().map(write).transpose()?)
    .bind(row.bounced.as_ref().map(|bounced| bounced.at))
    .bind(row.dismissed)
    .bind(write(&row.refused)?)
    .bind(write(&row.taken)?)
    .bind(row.away_until)
    .bind(row.version)
    .bind(&row.home)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())?;
    if before != Some(row.mailbox) {
        let content = content(tx, row.account, row.id).await?;
        upkeep::write_people(tx, &row, &content).await?;
    }
    Ok(row)
}

/// A row that was not there.
pub(super) async fn write_row(tx: &mut Work, row: &Row) -> Result<()> {
    let done = sql::query(
        "INSERT INTO waiting (id, account, mailbox, tracked, sender, sent_at, state, thread, rfc_id, gmail, find_at, until, \
         created_at, version, home) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(row.id)
    .bind(row.account.as_str())
    .bind(row.mailbox)
    .bind(row.tracked)
    .bind(&row.sender)
    .bind(row.sent_at)
    .bind(row.state.number())
    .bind(&row.thread)
    .bind(&row.rfc_id)
    .bind(write(&row.gmail)?)
    .bind(row.find_at)
    .bind(row.until)
    .bind(row.created_at)
    .bind(row.version)
    .bind(&row.home)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// What was written and to whom, without links.
pub(super) async fn write_content(tx: &mut Work, account: AccountId, id: Uuid, content: &Content) -> Result<()> {
    let content = Content { subject: content.subject.clone(), recipients: content.recipients.clone(), links: Vec::new() };
    let mut query = sql::Builder::new("INSERT INTO waiting_contents (account, waiting, body) VALUES (");
    query.push_bind(account.as_str()).push(", ").push_bind(id).push(", ").push_bind(write(&content)?);
    query.push(") ON CONFLICT (account, waiting) DO UPDATE SET body = excluded.body");
    let done = query.build().execute(&mut **tx).await?;
    one_row(done.rows_affected())
}

/// When a person answered the tracked message, as its own lists and totals have it; `None`: nobody did. Whoever answered has had the
/// mail before their eyes, so lists count it among those that were opened.
pub(super) async fn mark_message(tx: &mut Work, row: &Row, at: Option<Millis>) -> Result<()> {
    if !row.tracked {
        return Ok(());
    }
    sql::query(
        "UPDATE messages SET answered_at = $3, state = CASE WHEN $3 IS NULL \
         THEN COALESCE((SELECT state FROM activity WHERE message = $1 AND account = $2), 0) ELSE $4 END \
         WHERE id = $1 AND account = $2",
    )
    .bind(row.id)
    .bind(row.account.as_str())
    .bind(at)
    .bind(crate::store::rollup::ANSWERED)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
