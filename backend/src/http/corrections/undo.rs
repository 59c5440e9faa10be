//! `DELETE /hits/{id}/correction`: what the owner said of a hit is taken back. What was said of this hit alone goes first, and
//! with it the correction of hits like it that was made by the same call; a hit that stands under such a correction without a
//! word of its own takes that back.
//!
//! Twice, or nothing was said: 204. Unknown, gone with its message, or another account's: `not-found`.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::Problem;

use super::super::AppState;
use super::super::auth::Device;
use super::super::id::Id;
use super::super::problem::ApiError;
use super::judge_now;

/// Takes back what was said of a hit.
#[utoipa::path(
    delete, path = "/api/v1/hits/{id}/correction", tag = "corrections",
    params(("id" = i64, Path, description = "The hit's number.")),
    responses(
        (status = 204, description = "The verdict counts, or a correction of hits like it."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn undo(State(app): AppState, Device(caller): Device, Id(id): Id<i64>) -> Result<StatusCode, ApiError> {
    // What is no number is no hit.
    let account = caller.account.id;
    let undone = app.store.undo_correction(account, id, app.clock.now()).await?.ok_or(ApiError::NotFound)?;
    if undone.rule {
        app.rescoring.wake();
    }
    if undone.changed() {
        judge_now(&app, (undone.message, account)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
