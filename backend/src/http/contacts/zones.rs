//! `GET` and `PUT /contacts/zones`: whose clocks a person lives by, so that "9 in the morning, their time" has a meaning.
//!
//! Addresses are compared in lower case. Unknown ones are left out of the answer. Set twice: the same. A zone that does not exist:
//! `no-time`; without a zone what was set is taken away, also what never was.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use waxwing_domain::schedule::NoDue;
use waxwing_protocol::api::{ContactZone, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::problem::ApiError;
use crate::zones::IanaZone;

/// Addresses that may be asked for at once.
const MAX_ASKED: usize = 200;
/// Bytes of an address.
const MAX_ADDRESS: usize = 1_000;
/// Bytes of the body.
pub const LIMIT: usize = 8 * 1024;

/// The zones of people.
#[utoipa::path(
    get, path = "/api/v1/contacts/zones", tag = "contacts",
    params(("address" = Vec<String>, Query, description = "Whose; up to 200, each as a parameter of its own.")),
    responses(
        (status = 200, description = "Those that are known.", body = Vec<ContactZone>),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(app): AppState,
    Device(caller): Device,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<ContactZone>>, ApiError> {
    let query = query.unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "address");
    let addresses = asked.take(MAX_ASKED + 1).map(|(_, address)| address_of(&address)).collect::<Result<Vec<_>, _>>()?;
    if addresses.len() > MAX_ASKED {
        return Err(ApiError::BadRequest("address is given up to 200 times"));
    }
    let found = app.store.contact_zones(caller.account.id, &addresses).await?;
    Ok(Json(found.into_iter().map(|(address, zone)| ContactZone { address, zone: Some(zone) }).collect()))
}

/// Sets the zone of a person, or takes it away.
#[utoipa::path(
    put, path = "/api/v1/contacts/zones", tag = "contacts", request_body = ContactZone,
    responses(
        (status = 204, description = "It is so now."),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`no-time`: the zone is not known.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    JsonBody(contact): JsonBody<ContactZone, LIMIT>,
) -> Result<StatusCode, ApiError> {
    let address = address_of(&contact.address)?;
    let zone = match &contact.zone {
        None => None,
        Some(name) => {
            let zone = IanaZone::find(name).ok_or(ApiError::NoTime(NoDue::ZoneUnknown))?;
            // As the database writes it, however it was cased.
            Some(zone.name().unwrap_or(name).to_owned())
        }
    };
    app.store.set_contact_zone(caller.account.id, &address, zone.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn address_of(text: &str) -> Result<String, ApiError> {
    let address = text.trim().to_lowercase();
    let fits = address.len() <= MAX_ADDRESS && !address.chars().any(char::is_control);
    let is_address = fits && address.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    is_address.then_some(address).ok_or(ApiError::BadRequest("address is not one"))
}
