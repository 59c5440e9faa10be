//! `DELETE /devices/{id}`: the device's token is dead at once, its event streams end, and a new epoch begins, since the device
//! still knows the key of the old one.
//!
//! Twice, unknown, or another account's: `not-found`. A device may revoke itself.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use uuid::Uuid;
use waxwing_protocol::api::{Event, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::problem::ApiError;

/// Revokes a device.
#[utoipa::path(
    delete, path = "/api/v1/devices/{id}", tag = "devices",
    params(("id" = Uuid, Path, description = "The device's id.")),
    responses(
        (status = 204, description = "Revoked."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn revoke(
    State(app): AppState,
    Device(caller): Device,
    id: Result<Path<Uuid>, axum::extract::rejection::PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let account = caller.account.id;
    let (epoch, event) =
        app.store.revoke_device(account, id, app.clock.now(), &Event::Account).await?.ok_or(ApiError::NotFound)?;
    app.gate.set_epoch(account, epoch);
    // Wakes all streams of the account: the revoked device's ends, the others learn of the new epoch.
    app.news.publish(account, event);
    tracing::info!(device = %id, epoch, "a device was revoked");
    Ok(StatusCode::NO_CONTENT)
}
