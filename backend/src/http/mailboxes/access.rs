//! `GET /mailboxes/{id}/access?before=`: the ledger, newest first: each access with what was done and why.
//!
//! Unknown, or another account's: `not-found`.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use tokio::time::timeout;
use waxwing_protocol::api::{AccessPage, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::id::Id;
use super::super::problem::ApiError;
use super::super::query::Asked;
use super::named;

/// Entries of a page.
const PAGE: u32 = 50;

/// So long the newest entries are waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where to go on.
#[derive(Debug, Deserialize)]
pub struct Parameters {
    before: Option<i64>,
}

/// The accesses to a mailbox.
#[utoipa::path(
    get, path = "/api/v1/mailboxes/{id}/access", tag = "mailboxes",
    params(
        ("id" = Uuid, Path, description = "The mailbox's id."),
        ("before" = Option<i64>, Query, description = "`next` of the page before."),
    ),
    responses(
        (status = 200, body = AccessPage),
        (status = 400, description = "Not of the form.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn access(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id,
    Asked(Parameters { before }): Asked<Parameters>,
) -> Result<Json<AccessPage>, ApiError> {
    let row = named(&app, caller.account.id, id).await?;
    // What was done just now stands there, too; a database that does not take writes keeps nobody from reading.
    let _ = timeout(PATIENCE, app.mailboxes.write_ledger()).await;
    let mut entries = app.store.access(row.id, before.unwrap_or(i64::MAX), PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.id);
    Ok(Json(AccessPage { entries, next }))
}
