//! `POST /pair`: a pairing code becomes a device with a bearer token.
//!
//! Twice with one code: `code-used`. An unknown code: `code-unknown`. After fifteen minutes: `code-expired`. Wrong codes are
//! counted by network and overall: `rate-limited`. What is not `application/json` is refused before it counts, so that a web page
//! cannot spend its visitor's attempts.

use axum::extract::State;
use axum::http::HeaderMap;
use waxwing_protocol::api::{self, PairRequest, PairResponse, Problem};
use waxwing_protocol::capability;

use super::AppState;
use super::body::{Json, JsonBody};
use super::peer::{Peer, client_address};
use super::problem::ApiError;
use super::{auth, clean};
use crate::pairing;
use crate::store::codes::{NewDevice, Redeemed};
use crate::{entropy, store::StoreError};

/// Bytes of the body.
pub const LIMIT: usize = 8 * 1024;

/// Pairs a browser.
#[utoipa::path(
    post, path = "/api/v1/pair", tag = "devices", request_body = PairRequest, security(()),
    responses(
        (status = 200, description = "Paired. The token is shown only this once.", body = PairResponse),
        (status = 400, description = "Not of the form.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`suspended`: the code is good once the account is used again.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`code-unknown`.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "`code-expired` or `code-used`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: too many wrong codes.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn pair(
    State(app): AppState,
    axum::Extension(Peer(peer)): axum::Extension<Peer>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<PairRequest, LIMIT>,
) -> Result<Json<PairResponse>, ApiError> {
    let now = app.clock.now();
    let address = client_address(peer, &headers, &app.settings.trusted_proxies);
    app.limits.before_pairing(address, now)?;
    let code = pairing::normalise(&request.code).ok_or_else(|| app.not_let_in.code(ApiError::CodeUnknown))?;
    let (device_token, token_hash) = auth::new_token(app.entropy.as_ref())?;
    let name = clean::device_name(&request.device);
    let device = NewDevice { id: entropy::uuid(app.entropy.as_ref())?, name: &name, token_hash };
    let account = match app.store.redeem(auth::hash(&code), &device, now).await? {
        Redeemed::Good(account) => account,
        Redeemed::Unknown => return Err(app.not_let_in.code(ApiError::CodeUnknown)),
        Redeemed::Expired => return Err(app.not_let_in.code(ApiError::CodeExpired)),
        Redeemed::Suspended => return Err(ApiError::Suspended),
        Redeemed::Used => return Err(app.not_let_in.code(ApiError::CodeUsed)),
    };
    app.limits.after_pairing(address);
    let account = app.store.account(account).await?.ok_or_else(|| StoreError::Failed("a paired account is gone".to_owned()))?;
    tracing::info!(device = %device.id, "a device was paired");
    Ok(Json(PairResponse {
        account: api::Account { id: account.id.to_string(), name: account.name },
        device: device.id,
        device_token,
        minting: app.minting(account.id, account.epoch),
        capabilities: capability::ALL.iter().map(|&name| name.to_owned()).collect(),
    }))
}
