//! `DELETE /corrections/{id}`: a correction of hits like one is taken back. The hits that it covered are judged again in the
//! background; what was said of one of them alone stays.
//!
//! Twice, unknown, or another account's: `not-found`.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::Problem;

use super::super::AppState;
use super::super::auth::Device;
use super::super::id::Id;
use super::super::problem::ApiError;

/// Takes a correction back.
#[utoipa::path(
    delete, path = "/api/v1/corrections/{id}", tag = "corrections",
    params(("id" = i64, Path, description = "The correction's number.")),
    responses(
        (status = 204, description = "Taken back."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn remove(State(app): AppState, Device(caller): Device, Id(id): Id<i64>) -> Result<StatusCode, ApiError> {
    // What is no number is no correction.
    if !app.store.take_rule_back(caller.account.id, id).await? {
        return Err(ApiError::NotFound);
    }
    app.rescoring.wake();
    Ok(StatusCode::NO_CONTENT)
}
