//! `POST /messages/{id}/own-views`: the sender had this mail on screen, in a browser whose rule against own pixels was not in
//! force just then. Hits of mail proxies within five seconds of it, before or after, are the sender's.
//!
//! Twice: each time counts; the same instant is one. Unknown, deleted or another account's: `not-found`; a mail may be on screen
//! a second before its registration comes, so it is worth another try.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{OwnView, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::JsonBody;
use super::super::id::Id;
use super::super::problem::ApiError;

/// Bytes of the body.
pub const LIMIT: usize = 4 * 1024;
/// What came on screen longer ago is told too late: clocks and connections are not that slow.
const MAX_AGO: u32 = 60_000;

/// Tells of an own view.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/own-views", tag = "messages", request_body = OwnView,
    params(("id" = Uuid, Path, description = "The message's id.")),
    responses(
        (status = 204, description = "Noted."),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: not there, or not yet.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn own_views(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    JsonBody(view): JsonBody<OwnView, LIMIT>,
) -> Result<StatusCode, ApiError> {
    if view.ago_ms > MAX_AGO {
        return Err(ApiError::BadRequest("ago_ms is a number of milliseconds from 0 to 60000"));
    }
    let now = app.clock.now();
    if !app.store.note_own_view(caller.account.id, id, now.saturating_sub(view.ago_ms.into()), now).await? {
        return Err(ApiError::NotFound);
    }
    app.judging.wake();
    Ok(StatusCode::NO_CONTENT)
}
