//! `POST /mailboxes/{id}/test`: goes the steps of connecting again, with what is stored. A mailbox that was waiting for its
//! owner and works again goes on.
//!
//! Unknown, or another account's: `not-found`. Tries that fail count against the limit of connecting.

use axum::extract::State;
use waxwing_protocol::api::{Connecting, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::id::Id;
use super::super::problem::ApiError;
use super::{ASKED, named};

/// Tests a mailbox.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/{id}/test", tag = "mailboxes",
    params(("id" = Uuid, Path, description = "The mailbox's id.")),
    responses(
        (status = 200, description = "The steps that were gone; the mailbox, when all of them went well.", body = Connecting),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: too many tries.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn test(State(app): AppState, Device(caller): Device, Id(id): Id) -> Result<Json<Connecting>, ApiError> {
    let account = caller.account.id;
    let row = named(&app, account, id).await?;
    app.limits.before_connecting(account, app.clock.now())?;
    let steps = app.mailboxes.test(&row, &app.mailboxes.ledger(row.id, ASKED)).await;
    if steps.iter().any(|step| step.trouble.is_some()) {
        return Ok(Json(Connecting { steps, mailbox: None }));
    }
    app.limits.after_connecting(account);
    let row = app.store.mailbox_of(account, row.id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(Connecting { steps, mailbox: Some(app.mailboxes.view(&row).await?) }))
}
