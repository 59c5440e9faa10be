//! Putting a reminder in.
//!
//! What must hold: a mail has one reminder that is on; a new one takes the place of the one before, whose note goes away.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{WaitingNews, Wish};

use super::super::sql;
use super::super::{Result, Work, one_row};
use super::{change, write};
use crate::account_id::AccountId;

/// A reminder that is to be set.
#[derive(Debug, Clone)]
pub struct NewReminder {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// Of which mail.
    pub waiting: Uuid,
    /// What was asked for.
    pub wish: Wish,
    /// When that is.
    pub at: Millis,
    /// It is set by the default.
    pub by_default: bool,
}

/// Puts a reminder of a mail that is waited for in, and gives the number of its event.
pub async fn insert(tx: &mut Work, new: &NewReminder, now: Millis) -> Result<i64> {
    replace(tx, new.account, new.waiting, now).await?;
    let done = sql::query(
        "INSERT INTO reminders (id, account, waiting, state, wish, by_default, due_at, asked_at, created_at) \
         VALUES ($1, $2, $3, 0, $4, $5, $6, $6, $7)",
    )
    .bind(new.id)
    .bind(new.account.as_str())
    .bind(new.waiting)
    .bind(write(&new.wish)?)
    .bind(new.by_default)
    .bind(new.at)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())?;
    // Done with before, or too old: with a reminder it is waited for again.
    sql::query("UPDATE waiting SET state = 0, version = version + 1 WHERE account = $1 AND id = $2 AND state = 2")
        .bind(new.account.as_str())
        .bind(new.waiting)
        .execute(&mut **tx)
        .await?;
    change::tell_of(tx, new.account, new.waiting, WaitingNews::Changed, false, now).await
}

/// Switches off what is on.
async fn replace(tx: &mut Work, account: AccountId, waiting: Uuid, now: Millis) -> Result<()> {
    for row in change::of_mail(tx, account, waiting).await? {
        if row.is_on() {
            change::end(tx, row, now).await?;
        }
    }
    Ok(())
}

/// Whether a message was deleted: nothing waits for it any more.
pub async fn is_deleted(tx: &mut Work, account: AccountId, message: Uuid) -> Result<bool> {
    super::super::messages::is_stopped(tx, account, message).await
}

/// Whether a message is registered.
pub async fn is_registered(tx: &mut Work, account: AccountId, message: Uuid) -> Result<bool> {
    let found: Option<i64> = sql::query_scalar("SELECT 1 FROM messages WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(message)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}
