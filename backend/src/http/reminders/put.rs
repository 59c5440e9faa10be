//! `PUT /reminders/{id}`: set a reminder, or change when and on which condition one comes.
//!
//! Twice the same: the same answer, nothing changes. Another wish for an id that is known: it comes then, wherever it stood. A second
//! reminder of a mail takes the place of the first. A sender without a connected mailbox is kept, and says so. A time that is over
//! now and was not when the mail was sent is due at once: it may have waited in a device's outbox. A deleted message: `gone`. An id
//! that is another mail's: `conflict`.

use axum::extract::State;
use waxwing_protocol::api::{Problem, PutReminder, WaitingMail};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::clean;
use super::super::id::NewId;
use super::super::problem::ApiError;

/// Bytes of the body: thousands of recipients fit.
pub const LIMIT: usize = 1024 * 1024;

/// Sets a reminder.
#[utoipa::path(
    put, path = "/api/v1/reminders/{id}", tag = "reminders", request_body = PutReminder,
    params(("id" = Uuid, Path, description = "Made by the device.")),
    responses(
        (status = 200, description = "The mail, with its reminder.", body = WaitingMail),
        (status = 400, description = "`bad-request`: also a window, a recurrence, or `not_opened` of a mail that is not tracked.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the id is another mail's, or another reminder took its place.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "`gone`: the message was deleted.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`no-time`: it was over when the mail was sent, or the zone is not known.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    NewId(id): NewId,
    JsonBody(mut put): JsonBody<PutReminder, LIMIT>,
) -> Result<Json<WaitingMail>, ApiError> {
    clean::put_reminder(&mut put)?;
    Ok(Json(app.reminders.put(caller.account.id, id, &put).await?))
}
