//! `POST /waiting/{id}/action`: what its user wants of a mail that is waited for.
//!
//! An action that does not fit where the mail stands: `conflict`, and nothing changes. What is so already (done twice, dismissed
//! twice, switched off twice) is answered like the first time. Unknown or another account's: `not-found`.

use axum::extract::State;
use waxwing_protocol::api::{Problem, WaitingAction, WaitingMail};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::clean;
use super::super::id::Id;
use super::super::problem::ApiError;

/// Bytes of the body: a word, and a time.
pub const LIMIT: usize = 8 * 1024;

/// Does what its user wants.
#[utoipa::path(
    post, path = "/api/v1/waiting/{id}/action", tag = "reminders", request_body = WaitingAction,
    params(("id" = Uuid, Path, description = "The mail's id.")),
    responses(
        (status = 200, description = "The mail as it is now.", body = WaitingMail),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it does not go with where the mail stands.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`no-time`: it is over, or the zone is not known.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn action(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    JsonBody(mut action): JsonBody<WaitingAction, LIMIT>,
) -> Result<Json<WaitingMail>, ApiError> {
    if let WaitingAction::Snooze { wish } = &mut action {
        clean::wish(wish)?;
    }
    Ok(Json(app.reminders.act(caller.account.id, id, &action).await?))
}
