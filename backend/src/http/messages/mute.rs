//! `PUT /messages/{id}/mute`: no news of this message, or news again. Its hits are counted and shown all the same.
//!
//! Twice: 204, nothing changes. Unknown, deleted or another account's: `not-found`.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{Mute, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::JsonBody;
use super::super::id::Id;
use super::super::problem::ApiError;
use crate::store::messages::Muted;

/// Bytes of the body.
pub const LIMIT: usize = 4 * 1024;

/// Mutes a message, or unmutes it.
#[utoipa::path(
    put, path = "/api/v1/messages/{id}/mute", tag = "messages", request_body = Mute,
    params(("id" = Uuid, Path, description = "The message's id.")),
    responses(
        (status = 204, description = "So it is, now or before."),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn mute(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    JsonBody(mute): JsonBody<Mute, LIMIT>,
) -> Result<StatusCode, ApiError> {
    let account = caller.account.id;
    match app.store.mute_message(account, id, mute.muted, app.clock.now()).await? {
        Muted::Changed(event) => app.news.publish(account, event),
        Muted::Already => {}
        Muted::Unknown => return Err(ApiError::NotFound),
    }
    Ok(StatusCode::NO_CONTENT)
}
