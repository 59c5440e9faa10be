//! `GET /scheduled/{id}`: a mail that goes out later, with its flight recorder. Unknown or another account's: `not-found`.

use axum::extract::State;
use waxwing_protocol::api::{Problem, ScheduledDetail};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::id::Id;
use super::super::problem::ApiError;

/// One scheduled mail.
#[utoipa::path(
    get, path = "/api/v1/scheduled/{id}", tag = "scheduled",
    params(("id" = Uuid, Path, description = "The mail's id.")),
    responses(
        (status = 200, body = ScheduledDetail),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<Json<ScheduledDetail>, ApiError> {
    app.store.scheduled_detail(caller.account.id, id).await?.map(Json).ok_or(ApiError::NotFound)
}
