//! `POST /account/erasure`: has the account erased in seven days, and not used from now on. `DELETE`: undoes it.
//!
//! Asked for twice: the same erasure. Undone twice, or too late: `not-found`, since there is none any more that could be undone.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{AskedErasure, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use super::{asked, erasure_of};
use crate::account_id::AccountId;
use crate::app::App;
use crate::rights::erase;
use crate::store::accounts::Account;
use crate::store::rights::Erasure;
use crate::store::security::Happened;

/// Asks for it.
#[utoipa::path(
    post, path = "/api/v1/account/erasure", tag = "rights",
    responses(
        (status = 200, description = "Asked for, now or before. Mails that wait to be sent are cancelled.", body = AskedErasure),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn ask(State(app): AppState, Device(caller): Device) -> Result<Json<AskedErasure>, ApiError> {
    Ok(Json(asked(&ask_of(&app, &caller.account).await?)))
}

/// Asks for it, whoever asks.
pub(in crate::http) async fn ask_of(app: &App, account: &Account) -> Result<Erasure, ApiError> {
    let now = app.clock.now();
    let new = erase::of_account(app.gate.keys(), account, app.entropy.as_ref(), now, erase::GRACE)?;
    let erasure = app.store.ask_erasure(&new).await?;
    if erasure.id == new.id {
        app.store.add_security_event(account.id, now, &Happened::ERASURE_ASKED).await?;
    }
    erase::look_after(app).await?;
    Ok(erasure)
}

/// Undoes it.
#[utoipa::path(
    delete, path = "/api/v1/account/erasure", tag = "rights",
    responses(
        (status = 204, description = "Undone: the account is used again. Mails that were cancelled stay so."),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: nothing that could be undone.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn undo(State(app): AppState, Device(caller): Device) -> Result<StatusCode, ApiError> {
    undo_of(&app, caller.account.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes it, whoever asks.
pub(in crate::http) async fn undo_of(app: &App, account: AccountId) -> Result<(), ApiError> {
    let erasure = erasure_of(app, account).await?.ok_or(ApiError::NotFound)?;
    if !app.store.undo_erasure(erasure.id).await? {
        return Err(ApiError::NotFound);
    }
    app.store.add_security_event(account, app.clock.now(), &Happened::ERASURE_UNDONE).await?;
    app.gate.closed.reload(&app.store).await?;
    Ok(())
}
