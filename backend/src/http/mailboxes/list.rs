//! `GET /mailboxes`: the account's mailboxes, oldest first, and how each is.

use axum::extract::State;
use waxwing_protocol::api::{Mailboxes, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;

/// The mailboxes.
#[utoipa::path(
    get, path = "/api/v1/mailboxes", tag = "mailboxes",
    responses(
        (status = 200, body = Mailboxes),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device) -> Result<Json<Mailboxes>, ApiError> {
    let rows = app.store.mailboxes(caller.account.id).await?;
    let mut mailboxes = Vec::with_capacity(rows.len());
    for row in &rows {
        mailboxes.push(app.mailboxes.view(row).await?);
    }
    Ok(Json(Mailboxes { mailboxes, google: app.mailboxes.options().google.client.is_some() }))
}
