//! `GET /consent?since=`: what a browser decides from: the choice, and people whose state changed after a number.
//!
//! Without `since`, or with one that is not known here: everybody, from the beginning, and `reset`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_protocol::api::{ConsentSnapshot, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use super::super::query::Asked;

/// People of one answer.
const PAGE: i64 = 1_000;

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// The `next` of the answer before.
    since: Option<i64>,
}

/// The choice, and what is new of people.
#[utoipa::path(
    get, path = "/api/v1/consent", tag = "consent", params(Ask),
    responses(
        (status = 200, body = ConsentSnapshot),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn snapshot(
    State(app): AppState,
    Device(caller): Device,
    Asked(ask): Asked<Ask>,
) -> Result<Json<ConsentSnapshot>, ApiError> {
    let account = caller.account.id;
    let settings = app.store.consent_settings(account).await?;
    let newest = app.store.newest_person(account).await?;
    let known = ask.since.filter(|since| (0..=newest).contains(since));
    let mut people = app.store.people_changed(account, known.unwrap_or(0), PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = people.len() > page;
    people.truncate(page);
    let next = people.last().map_or(known.unwrap_or(0), |(number, _)| *number);
    let people = people.into_iter().map(|(_, person)| person).collect();
    Ok(Json(ConsentSnapshot { settings, people, next, more, reset: known.is_none() }))
}
