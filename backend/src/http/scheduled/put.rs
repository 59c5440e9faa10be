//! `PUT /scheduled/{id}`: schedule a draft, or change when a scheduled one goes.
//!
//! Twice the same: the same answer, nothing changes. Another account's mailbox or an unknown one: `not-found`. A draft that is
//! scheduled already under another id: `conflict`, with that id. An id that is another draft's or mailbox's: `conflict`, without.

use axum::extract::State;
use waxwing_protocol::api::{Problem, PutScheduled, Scheduled};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::clean;
use super::super::id::NewId;
use super::super::problem::ApiError;

/// Bytes of the body: a rule with hundreds of times left out and thousands of recipients fit.
pub const LIMIT: usize = 1024 * 1024;

/// Schedules a draft.
#[utoipa::path(
    put, path = "/api/v1/scheduled/{id}", tag = "scheduled", request_body = PutScheduled,
    params(("id" = Uuid, Path, description = "Made by the device.")),
    responses(
        (status = 200, description = "It waits for its time.", body = Scheduled),
        (status = 400, description = "`bad-request`: also a rule, a time or a holiday that is none.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: no such mailbox.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`draft-unknown`: not in the mailbox, or not the only one that fits. `conflict`: it is being sent, was sent, or perhaps was, or the id is another draft's; with `scheduled`: the draft is scheduled already, as that.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`no-time`: it is over, never comes, or the zone is not known. `draft-unfit`: nobody to send it to, nothing to send, or no mail; the detail is `no_recipients`, `empty` or `unreadable`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`mailbox`: it cannot be used now; the detail is the name of the trouble.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    NewId(id): NewId,
    JsonBody(mut put): JsonBody<PutScheduled, LIMIT>,
) -> Result<Json<Scheduled>, ApiError> {
    clean::put_scheduled(&mut put)?;
    Ok(Json(app.jobs.put(caller.account.id, id, &put).await?))
}
