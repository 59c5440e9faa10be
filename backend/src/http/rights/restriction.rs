//! `PUT /account/restriction`: keeps the account and uses nothing of it, or uses it again. Twice: the same.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{Problem, Restriction};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::JsonBody;
use super::super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;

/// More than the body needs.
const LIMIT: usize = 1_024;

/// Sets it.
#[utoipa::path(
    put, path = "/api/v1/account/restriction", tag = "rights",
    request_body = Restriction,
    responses(
        (status = 204, description = "It is so."),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    JsonBody(asked): JsonBody<Restriction, LIMIT>,
) -> Result<StatusCode, ApiError> {
    set(&app, caller.account.id, asked.restricted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets it, whoever asks.
pub(in crate::http) async fn set(app: &App, account: AccountId, restricted: bool) -> Result<(), ApiError> {
    app.store.restrict(account, restricted, app.clock.now()).await?;
    app.gate.closed.reload(&app.store).await?;
    Ok(())
}
