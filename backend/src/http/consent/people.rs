//! `GET /consent/people?query=&before=&limit=`: people with the proof of what they said, latest change first, in pages that follow a key.
//! `PUT /consent/people`: what the user says of recipients.
//!
//! Twice the same: nothing changes. What a recipient refused stays refused, whatever the user says: such addresses are named in `kept`.

use std::collections::HashSet;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_domain::consent::exact;
use waxwing_protocol::api::{ConsentSource, PeopleChanged, PeoplePage, Problem, PutPeople};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::clean;
use super::super::problem::ApiError;
use super::super::query::{Asked, before, limit};
use crate::consent::act;
use crate::store::StoreError;
use crate::store::consent::people::Statement;

/// Bytes of the body.
pub const LIMIT: usize = 1024 * 1024;
const MAX_PEOPLE: usize = 1_000;
/// Characters of a note.
const MAX_NOTE: usize = 500;
/// Characters of a query that count.
const MAX_QUERY: usize = 200;
const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 100;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// It stands in the address. Case does not count; nothing in it is a wildcard.
    #[serde(default)]
    query: String,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 100; 50 unless told.
    limit: Option<i64>,
}

/// A page of people.
#[utoipa::path(
    get, path = "/api/v1/consent/people", tag = "consent", params(Ask),
    responses(
        (status = 200, body = PeoplePage),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device, Asked(ask): Asked<Ask>) -> Result<Json<PeoplePage>, ApiError> {
    let limit = limit(ask.limit, DEFAULT_LIMIT, MAX_LIMIT, "limit is a number from 1 to 100")?;
    let before = before(ask.before.as_ref(), |text| text.parse::<i64>().ok().filter(|number| *number > 0))?;
    let mut word = ask.query.trim().to_lowercase();
    clean::text(&mut word, MAX_QUERY);
    let found = app.store.consent_people(caller.account.id, &word, before, limit).await?;
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().filter(|_| is_full).map(|(number, _)| number.to_string());
    Ok(Json(PeoplePage { people: found.into_iter().map(|(_, person)| person).collect(), next }))
}

/// What the user says of people.
#[utoipa::path(
    put, path = "/api/v1/consent/people", tag = "consent", request_body = PutPeople,
    responses(
        (status = 200, description = "How they stand now.", body = PeopleChanged),
        (status = 400, description = "`bad-request`: an address is none, or stands there twice.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    JsonBody(mut put): JsonBody<PutPeople, LIMIT>,
) -> Result<Json<PeopleChanged>, ApiError> {
    if put.people.len() > MAX_PEOPLE {
        return Err(ApiError::BadRequest("there are up to 1000 people"));
    }
    let mut named = HashSet::new();
    for person in &mut put.people {
        person.address = exact(&person.address).ok_or(ApiError::BadRequest("an address is none"))?;
        if !named.insert(person.address.clone()) {
            return Err(ApiError::BadRequest("an address stands there twice"));
        }
        if let Some(note) = &mut person.note {
            clean::text(note, MAX_NOTE);
        }
    }
    // To its end, also when whoever asked hangs up: what is stopped in memory is what is on disk.
    let account = caller.account.id;
    let saying = tokio::spawn(async move {
        let source = if put.import { ConsentSource::Import } else { ConsentSource::User };
        let said: Vec<Statement<'_>> = put
            .people
            .iter()
            .map(|person| Statement {
                address: &person.address,
                opens: person.opens,
                clicks: person.clicks,
                source,
                message: None,
                shown: None,
                note: person.note.as_deref().filter(|note| !note.trim().is_empty()),
            })
            .collect();
        act::say_of_people(&app, account, &said).await
    });
    let spoken = saying.await.map_err(|_| StoreError::Failed("it broke off".to_owned()))??;
    Ok(Json(PeopleChanged { people: spoken.people, kept: spoken.kept }))
}
