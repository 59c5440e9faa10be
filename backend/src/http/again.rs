//! `GET /again`: messages that were opened again after days of silence, within the last week, the latest first. Nothing of the
//! kind: an empty page.

use axum::extract::State;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{MessagePage, Problem};

use super::AppState;
use super::auth::Device;
use super::body::Json;
use super::problem::ApiError;

/// How far back.
const WITHIN: Millis = 7 * 24 * 60 * 60 * 1000;
/// At most so many.
const MAX: i64 = 20;

/// What was opened again.
#[utoipa::path(
    get, path = "/api/v1/again", tag = "messages",
    responses(
        (status = 200, description = "At most 20, and no `next`.", body = MessagePage),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn again(State(app): AppState, Device(caller): Device) -> Result<Json<MessagePage>, ApiError> {
    let since = app.clock.now().saturating_sub(WITHIN);
    let messages = app.store.opened_again(caller.account.id, since, MAX).await?;
    Ok(Json(MessagePage { messages, next: None }))
}
