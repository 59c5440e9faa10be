//! `GET /devices`: the paired browsers of this account, oldest first.

use axum::extract::State;
use waxwing_protocol::api::{Device as Listed, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;

/// The devices.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "devices",
    responses(
        (status = 200, body = Vec<Listed>),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device) -> Result<Json<Vec<Listed>>, ApiError> {
    let mut devices = app.store.devices(caller.account.id).await?;
    for device in &mut devices {
        device.current = device.id == caller.device;
        // What is not written down yet is newer.
        device.seen_at = app.seen.of(device.id).or(device.seen_at);
    }
    Ok(Json(devices))
}
