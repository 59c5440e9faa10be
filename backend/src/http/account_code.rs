//! `POST /account/code`: a code to sign in to the account's page with, for this device's account, good once and for two minutes. It
//! pairs no browser.

use axum::extract::State;
use waxwing_protocol::api::{AccountCode, Problem};

use super::AppState;
use super::auth::{self, Device};
use super::body::Json;
use super::problem::ApiError;
use crate::pairing;
use crate::store::codes::Maker;

/// How long the code is good, in milliseconds.
const LIFETIME: waxwing_protocol::Millis = 2 * 60 * 1000;

/// Makes a code for the account's page.
#[utoipa::path(
    post, path = "/api/v1/account/code", tag = "devices",
    responses(
        (status = 200, description = "The code, and the page to type it into.", body = AccountCode),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`suspended`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn code(State(app): AppState, Device(caller): Device) -> Result<Json<AccountCode>, ApiError> {
    let (code, now, account) = (pairing::new_code(app.entropy.as_ref())?, app.clock.now(), caller.account.id);
    let expires_at = now + LIFETIME;
    if !app.store.add_code(auth::sign_in_hash(&code), account, Maker::Device(caller.device), now, expires_at).await? {
        return Err(ApiError::Unauthorized);
    }
    let page = format!("{}{}", app.settings.public_url, super::account_page::ROOT);
    Ok(Json(AccountCode { code: pairing::display(&code), expires_at, page }))
}
