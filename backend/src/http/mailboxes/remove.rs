//! `DELETE /mailboxes/{id}`: disconnects a mailbox: takes the notes of reminders out of it, gives its grant back at Google, deletes the sealed secret, and holds the
//! mails that were to leave through it.
//!
//! Twice, unknown, or another account's: `not-found`. A grant that cannot be given back just now does not keep the mailbox: the
//! secret is gone from here, and its owner can end the grant in their Google account.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;
use waxwing_protocol::api::{MailboxKind, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::id::Id;
use super::super::problem::ApiError;
use super::{ASKED, named};
use crate::account_id::AccountId;
use crate::app::App;
use crate::jobs::act::mailbox_gone;
use crate::store::mailboxes::StoredMailbox;
use crate::store::waiting::upkeep;

/// Nobody waits longer for Google.
const PATIENCE: Duration = Duration::from_secs(10);

/// Disconnects a mailbox.
#[utoipa::path(
    delete, path = "/api/v1/mailboxes/{id}", tag = "mailboxes",
    params(("id" = Uuid, Path, description = "The mailbox's id.")),
    responses(
        (status = 204, description = "Disconnected."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn remove(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<StatusCode, ApiError> {
    remove_of(&app, caller.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disconnects a mailbox of this account.
pub(in super::super) async fn remove_of(app: &App, account: AccountId, id: Uuid) -> Result<(), ApiError> {
    let now = app.clock.now();
    let row = named(app, account, id).await?;
    // Nobody can take them away afterwards.
    app.reminders.leave(row.id).await;
    give_back(app, &row).await?;
    app.mailboxes.forget(row.id);
    let mut tx = app.store.write().await?;
    let Some(event) = app.store.remove_mailbox(&mut tx, account, row.id, now).await? else {
        tx.cancel().await?;
        return Err(ApiError::NotFound);
    };
    let held = mailbox_gone(&mut tx, row.id, now).await?;
    let left = upkeep::leave(&mut tx, account, row.id, now).await?;
    tx.commit().await?;
    app.mailboxes.forget(row.id);
    app.watch.follow_changed(row.id);
    app.news.publish(account, held.max(left).map_or(event, |other| other.max(event)));
    tracing::info!(mailbox = %row.id, "a mailbox was disconnected");
    Ok(())
}

/// Gives the grant back. Google ends all grants of this client for this person at once: when the same mailbox is connected to
/// another account here, that one must go on working.
pub(crate) async fn give_back(app: &App, row: &StoredMailbox) -> Result<(), ApiError> {
    if row.kind != MailboxKind::Gmail {
        return Ok(());
    }
    let same = |other: &StoredMailbox| other.id != row.id && other.kind == row.kind && other.address == row.address;
    if app.store.all_mailboxes().await?.iter().any(same) {
        return Ok(());
    }
    let ledger = app.mailboxes.ledger(row.id, ASKED);
    let given_back = match app.mailboxes.open_row(row) {
        Ok(mailbox) => {
            tokio::time::timeout(PATIENCE, mailbox.revoke(&ledger)).await.map_err(|_| "no answer in time".to_owned())
        }
        Err(error) => Err(error.to_string()),
    };
    match given_back {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(mailbox = %row.id, %error, "a grant could not be given back"),
        Err(error) => tracing::warn!(mailbox = %row.id, error, "a grant could not be given back"),
    }
    Ok(())
}
