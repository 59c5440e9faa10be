//! `PUT /mailboxes/{id}/settings`: how many mails may leave in a rolling day.
//!
//! Twice: as if once. Unknown, or another account's: `not-found`.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{MailboxSettings, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::JsonBody;
use super::super::id::Id;
use super::super::problem::ApiError;
use super::named;

/// Bytes of the body.
pub const LIMIT: usize = 4 * 1024;
/// What Google lets the largest of its accounts send in a day.
const MOST: u32 = 2_000;

/// Changes a mailbox's settings.
#[utoipa::path(
    put, path = "/api/v1/mailboxes/{id}/settings", tag = "mailboxes", request_body = MailboxSettings,
    params(("id" = Uuid, Path, description = "The mailbox's id.")),
    responses(
        (status = 204, description = "Changed."),
        (status = 400, description = "Not of the form.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn settings(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    JsonBody(MailboxSettings { daily_limit }): JsonBody<MailboxSettings, LIMIT>,
) -> Result<StatusCode, ApiError> {
    let account = caller.account.id;
    let row = named(&app, account, id).await?;
    if !(1..=MOST).contains(&daily_limit) {
        return Err(ApiError::BadRequest("daily_limit is not between 1 and 2000"));
    }
    let moved = app.store.set_daily_limit(account, row.id, daily_limit, app.clock.now()).await?;
    app.mailboxes.tell(moved.ok_or(ApiError::NotFound)?);
    Ok(StatusCode::NO_CONTENT)
}
