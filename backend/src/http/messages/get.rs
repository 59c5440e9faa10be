//! `GET /messages/{id}`: a message with its hits, newest first. Unknown, deleted or another account's: `not-found`.

use axum::extract::State;
use waxwing_protocol::api::{MessageDetail, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::id::Id;
use super::super::problem::ApiError;

/// The most hits that are given.
pub const MAX_HITS: i64 = 500;

/// One message.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}", tag = "messages",
    params(("id" = Uuid, Path, description = "The message's id.")),
    responses(
        (status = 200, body = MessageDetail),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<Json<MessageDetail>, ApiError> {
    let found = app.store.message(caller.account.id, id, MAX_HITS).await?;
    found.map(Json).ok_or(ApiError::NotFound)
}
