//! `GET /corrections`: the corrections that cover hits like one, newest first. None: an empty list.

use axum::extract::State;
use waxwing_protocol::api::{CorrectionRule, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;

/// The corrections.
#[utoipa::path(
    get, path = "/api/v1/corrections", tag = "corrections",
    responses(
        (status = 200, body = Vec<CorrectionRule>),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device) -> Result<Json<Vec<CorrectionRule>>, ApiError> {
    Ok(Json(app.store.rules_of(caller.account.id).await?))
}
