//! `POST /mailboxes/gmail`: begins connecting by Gmail's API. The answer has Google's page to open; it leads back to
//! [`super::super::oauth`]. Good for ten minutes, once.
//!
//! Twice: two pages, each good. Without a client at Google: `no-google-client`.

use axum::extract::State;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{GmailStart, Problem, Trouble};

use super::super::AppState;
use super::super::auth::{self, Device};
use super::super::body::Json;
use super::super::oauth::{pending_place, redirect_uri};
use super::super::problem::ApiError;
use crate::mailbox::gmail::oauth::{self, Challenge};

/// How long a sign-in may take.
pub const LIFETIME: Millis = 10 * 60 * 1_000;

/// Begins connecting by Gmail's API.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/gmail", tag = "mailboxes",
    responses(
        (status = 200, description = "Google's page, and the rights it asks for.", body = GmailStart),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`no-google-client`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: too many tries.", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`mailbox`: the backend has no master key.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn gmail(State(app): AppState, Device(caller): Device) -> Result<Json<GmailStart>, ApiError> {
    let (account, now) = (caller.account.id, app.clock.now());
    let options = app.mailboxes.options();
    if options.google.client.is_none() {
        return Err(ApiError::NoGoogleClient);
    }
    if !options.seal.is_there() {
        return Err(ApiError::Mailbox(Trouble::KeyLost));
    }
    app.limits.before_connecting(account, now)?;
    let challenge = Challenge::new(app.entropy.as_ref())?;
    let state_hash = auth::hash(&challenge.state);
    let verifier = options
        .seal
        .seal(pending_place(&state_hash), challenge.verifier.as_bytes(), app.entropy.as_ref())
        .map_err(|_| ApiError::Mailbox(Trouble::KeyLost))?;
    let url = oauth::authorize_url(&options.google, &redirect_uri(&app), &challenge)
        .map_err(|error| ApiError::Mailbox(error.trouble))?;
    app.store.add_pending_grant(state_hash, account, &verifier, now.saturating_add(LIFETIME)).await?;
    Ok(Json(GmailStart { url, rights: oauth::RIGHTS.iter().map(|&right| right.to_owned()).collect() }))
}
