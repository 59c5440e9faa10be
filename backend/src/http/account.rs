//! `GET /account`: who the device belongs to and how it mints now. The epoch moves on when a device is revoked.

use axum::extract::State;
use waxwing_protocol::api::{self, AccountResponse, Problem};
use waxwing_protocol::capability;

use super::AppState;
use super::auth::Device;
use super::body::Json;
use super::problem::ApiError;

/// Account and minting.
#[utoipa::path(
    get, path = "/api/v1/account", tag = "devices",
    responses(
        (status = 200, body = AccountResponse),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn account(State(app): AppState, Device(caller): Device) -> Result<Json<AccountResponse>, ApiError> {
    let minting = app.minting(caller.account.id, caller.account.epoch);
    Ok(Json(AccountResponse {
        account: api::Account { id: caller.account.id.to_string(), name: caller.account.name },
        device: caller.device,
        minting,
        capabilities: capability::ALL.iter().map(|&name| name.to_owned()).collect(),
    }))
}
