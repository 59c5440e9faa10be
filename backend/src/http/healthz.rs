//! `GET /healthz`: 200 when the backend serves, 503 when its database cannot be read.
//!
//! With `?challenge=` the answer proves that this backend holds the mint root: how `waxwing doctor` knows that the public
//! address leads here and not to somebody else's server.

use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_protocol::api::Problem;

use super::AppState;
use super::body::Json;
use super::problem::ApiError;

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// 16 to 64 letters and digits, made up by the caller.
    challenge: Option<String>,
}

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of the API.
    api: u32,
    /// The proof for the challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

/// Whether it serves.
#[utoipa::path(
    get, path = "/healthz", tag = "health", params(Ask),
    responses((status = 200, description = "It serves.", body = Health), (status = 503, description = "It cannot read its database.", body = Problem))
)]
pub async fn healthz(
    State(app): AppState,
    ask: Result<Query<Ask>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Health>, ApiError> {
    app.store.ping().await?;
    let well_formed = |text: &String| (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    // Whatever monitors add to the address is no reason to look ill.
    let challenge = ask.ok().and_then(|Query(ask)| ask.challenge);
    let proof = challenge.filter(well_formed).map(|challenge| app.gate.keys().prove(&challenge));
    Ok(Json(Health { status: "ok", api: waxwing_protocol::API_VERSION, proof }))
}
