//! `DELETE /devices/{id}`: the device's token is dead at once, its event streams end, and a new epoch begins, since the device
//! still knows the key of the old one.
//!
//! Twice, unknown, or another account's: `not-found`. A device may revoke itself.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;
use waxwing_protocol::api::{Event, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::id::Id;
use super::super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;

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
pub async fn revoke(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<StatusCode, ApiError> {
    revoke_of(&app, caller.account.id, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a device of this account, and what may have been begun with it. `kept`: the session that asks for it.
pub(in super::super) async fn revoke_of(app: &App, account: AccountId, id: Uuid, kept: Option<Uuid>) -> Result<(), ApiError> {
    let (epoch, event) =
        app.store.revoke_device(account, id, app.clock.now(), &Event::Account, kept).await?.ok_or(ApiError::NotFound)?;
    app.gate.set_epoch(account, epoch);
    // Wakes all streams of the account: the revoked device's ends, the others learn of the new epoch.
    app.news.publish(account, event);
    tracing::info!(device = %id, epoch, "a device was revoked");
    Ok(())
}
