//! `POST /scheduled/{id}/action`: what its sender wants of a mail that goes out later.
//!
//! An action that does not fit where the mail stands: `conflict`, and nothing changes. What is so already (cancelled twice,
//! dismissed twice) is answered like the first time. `send_now` and `skip` may say how the mail was seen (`seen`): when it
//! stands otherwise by now, that is a `conflict` too, so that a second press, or a lost answer, does nothing twice. Unknown or another account's: `not-found`.

use axum::extract::State;
use waxwing_protocol::api::{Problem, Scheduled, ScheduledAction};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::id::Id;
use super::super::problem::ApiError;

/// Bytes of the body: a word.
pub const LIMIT: usize = 4 * 1024;

/// Does what its sender wants.
#[utoipa::path(
    post, path = "/api/v1/scheduled/{id}/action", tag = "scheduled", request_body = ScheduledAction,
    params(("id" = Uuid, Path, description = "The mail's id.")),
    responses(
        (status = 200, description = "The mail as it is now.", body = Scheduled),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it does not go with where the mail stands, or the mail stands otherwise than it was seen.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn action(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    JsonBody(action): JsonBody<ScheduledAction, LIMIT>,
) -> Result<Json<Scheduled>, ApiError> {
    Ok(Json(app.jobs.act(caller.account.id, id, action).await?))
}
