//! `GET /waiting/{id}`: a mail whose answer is waited for, or was. Unknown or another account's: `not-found`.

use axum::extract::State;
use waxwing_protocol::api::{Problem, WaitingMail};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::id::Id;
use super::super::problem::ApiError;

/// One mail that is waited for.
#[utoipa::path(
    get, path = "/api/v1/waiting/{id}", tag = "reminders",
    params(("id" = Uuid, Path, description = "The mail's id: that of the tracked message, or of its first reminder.")),
    responses(
        (status = 200, body = WaitingMail),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<Json<WaitingMail>, ApiError> {
    app.reminders.mail(caller.account.id, id).await?.map(Json).ok_or(ApiError::NotFound)
}
