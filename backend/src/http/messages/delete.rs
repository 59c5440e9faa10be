//! `DELETE /messages/{id}`: content, hits and totals are erased; hits that still come are answered and stored nowhere.
//!
//! Twice: 204. Unknown: 204, and the id stays deleted: a mail that was undone may be deleted before its registration came.
//! Another account's message of the same id is another one: it stays as it is.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;
use waxwing_protocol::api::Problem;

use super::super::AppState;
use super::super::auth::Device;
use super::super::id::Id;
use super::super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;
use crate::store::messages::Delete;

/// Erases a message.
#[utoipa::path(
    delete, path = "/api/v1/messages/{id}", tag = "messages",
    params(("id" = Uuid, Path, description = "The message's id.")),
    responses(
        (status = 204, description = "Erased, now or before."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: the id is no UUID.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<StatusCode, ApiError> {
    let account = caller.account.id;
    // To its end, also when whoever asked hangs up: half a deletion would leave hits on disk, or hits that count stored nowhere.
    let deleting = tokio::spawn(async move { erase(&app, account, id).await });
    deleting.await.map_err(|_| ApiError::Internal)?
}

async fn erase(app: &App, account: AccountId, id: Uuid) -> Result<StatusCode, ApiError> {
    let stopped = &app.gate.stopped;
    let mut stopped_now = false;
    // In the set while no other write can happen: a hit is either erased with the rest or not written at all.
    let before_commit = || {
        stopped.insert(account, id);
        stopped_now = true;
    };
    match app.store.delete_message(account, id, app.clock.now(), before_commit).await {
        Ok(Delete::Deleted(event)) => app.news.publish(account, event),
        // Its hits may be there still, when that was cut short.
        Ok(Delete::Already) => {}
        Err(error) => {
            // Only what this call put there: the message may have been deleted long ago.
            if stopped_now {
                stopped.remove(account, id);
            }
            return Err(error.into());
        }
    }
    // What is in the log is passed over from now on; what was moved a moment before goes with the rest, and out of the log too.
    app.store.erase_hits(account, id).await?;
    app.journal.forget();
    Ok(StatusCode::NO_CONTENT)
}
