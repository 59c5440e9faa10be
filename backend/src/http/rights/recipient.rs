//! `POST /account/recipients/erasure`: has a recipient erased from all that is the account's, in seven days. Twice: the same one.

use axum::extract::State;
use waxwing_protocol::api::{AskedErasure, EraseRecipient, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::problem::ApiError;
use super::asked;
use crate::account_id::AccountId;
use crate::app::App;
use crate::rights::erase;
use crate::store::rights::{Erasure, Kind};
use crate::store::security::Happened;

/// More than the body needs.
const LIMIT: usize = 4_096;
/// So many recipients of an account may wait to be erased: each is a look through all that is the account's.
const MOST_OPEN: usize = 200;
/// Seconds until some of them are done.
const LATER: u32 = 24 * 60 * 60;
/// More than any address has.
pub(in crate::http) const MAX: usize = 320;

/// Asks for it.
#[utoipa::path(
    post, path = "/api/v1/account/recipients/erasure", tag = "rights",
    request_body = EraseRecipient,
    responses(
        (status = 200, description = "Asked for, now or before.", body = AskedErasure),
        (status = 400, description = "`bad-request`: no mail address.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: 200 recipients of the account wait to be erased.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn erase(
    State(app): AppState,
    Device(caller): Device,
    JsonBody(whom): JsonBody<EraseRecipient, LIMIT>,
) -> Result<Json<AskedErasure>, ApiError> {
    let erasure = ask(&app, caller.account.id, &whom.address).await?.ok_or(ApiError::BadRequest("this is no mail address"))?;
    Ok(Json(asked(&erasure)))
}

/// Asks for it, whoever asks. `None`: this is no address.
pub(in crate::http) async fn ask(app: &App, account: AccountId, address: &str) -> Result<Option<Erasure>, ApiError> {
    if address.len() > MAX {
        return Ok(None);
    }
    let (keys, entropy, now) = (app.gate.keys(), app.entropy.as_ref(), app.clock.now());
    let Some(new) = erase::of_recipient(keys, Some(account), address, entropy, now, erase::GRACE)? else { return Ok(None) };
    let open = app.store.open_erasures().await?;
    let mut open = open.iter().filter(|one| one.account == Some(account) && one.kind == Kind::Recipient);
    if open.clone().count() >= MOST_OPEN && !open.any(|one| one.digest == new.digest) {
        return Err(ApiError::RateLimited { retry_after: LATER });
    }
    let erasure = app.store.ask_erasure(&new).await?;
    if erasure.id == new.id {
        app.store.add_security_event(account, now, &Happened::RECIPIENT_ERASURE_ASKED).await?;
    }
    Ok(Some(erasure))
}
