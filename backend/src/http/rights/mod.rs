//! What a device may ask for its account's data, also while the account is not used: to have it erased, restricted, or handed out.

pub mod erasure;
pub mod export;
pub mod recipient;
pub mod restriction;

use axum::extract::State;
use waxwing_protocol::api::{AskedErasure, Problem, Rights};

use super::AppState;
use super::auth::Device;
use super::body::Json;
use super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;
use crate::rights::prepared;
use crate::store::rights::{Erasure, Kind, Stage};

/// How the account stands.
#[utoipa::path(
    get, path = "/api/v1/account/rights", tag = "rights",
    responses(
        (status = 200, body = Rights),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn rights(State(app): AppState, Device(caller): Device) -> Result<Json<Rights>, ApiError> {
    let account = caller.account.id;
    Ok(Json(Rights {
        restricted_since: app.store.restricted_since(account).await?,
        erasure: erasure_of(&app, account).await?.as_ref().map(asked),
        export: prepared::newest(&app.settings.data_dir, account, app.clock.now())?.map(|found| found.on_the_wire()),
    }))
}

/// The account's own erasure that is not done yet.
pub(super) async fn erasure_of(app: &App, account: AccountId) -> Result<Option<Erasure>, ApiError> {
    let open = app.store.open_erasures().await?;
    Ok(open.into_iter().find(|erasure| erasure.kind == Kind::Account && erasure.account == Some(account)))
}

fn asked(erasure: &Erasure) -> AskedErasure {
    AskedErasure { id: erasure.id, asked_at: erasure.asked_at, due_at: erasure.due_at, begun: erasure.stage != Stage::Waits }
}
