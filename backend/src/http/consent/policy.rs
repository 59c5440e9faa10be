//! `GET` and `PUT /consent/policy`: what the user chose, the same on all devices. It is replaced as a whole; twice the same: nothing
//! changes.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_domain::consent::{exact, is_country};
use waxwing_protocol::api::{ConsentSettings, Problem, RuleOf};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::clean;
use super::super::problem::ApiError;

/// Bytes of the body.
pub const LIMIT: usize = 256 * 1024;
const MAX_RULES: usize = 500;
const MAX_COUNTRIES: usize = 1_000;

/// The choice.
#[utoipa::path(
    get, path = "/api/v1/consent/policy", tag = "consent",
    responses(
        (status = 200, body = ConsentSettings),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): AppState, Device(caller): Device) -> Result<Json<ConsentSettings>, ApiError> {
    Ok(Json(app.store.consent_settings(caller.account.id).await?))
}

/// Replaces the choice.
#[utoipa::path(
    put, path = "/api/v1/consent/policy", tag = "consent", request_body = ConsentSettings,
    responses(
        (status = 204, description = "It is so now."),
        (status = 400, description = "`bad-request`: a domain or country is none, days are not 1 to 365, or it is too much.", body = Problem, content_type = "application/problem+json"),
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
    JsonBody(mut chosen): JsonBody<ConsentSettings, LIMIT>,
) -> Result<StatusCode, ApiError> {
    check(&mut chosen)?;
    let account = caller.account.id;
    if let Some(event) = app.store.set_consent_settings(account, &chosen, app.clock.now()).await? {
        app.news.publish(account, event);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Brings domains and countries into one form, so that rules mean the same wherever they are read.
fn check(chosen: &mut ConsentSettings) -> Result<(), ApiError> {
    if !(1..=ConsentSettings::MAX_DAYS).contains(&chosen.days) {
        return Err(ApiError::BadRequest("days is a number from 1 to 365"));
    }
    if chosen.rules.len() > MAX_RULES || chosen.countries.len() > MAX_COUNTRIES {
        return Err(ApiError::BadRequest("there are up to 500 rules and 1000 domains with countries"));
    }
    for rule in &mut chosen.rules {
        match &mut rule.of {
            RuleOf::Domain(domain) => *domain = domain_of(domain)?,
            RuleOf::Country(country) => *country = country_of(country)?,
        }
    }
    for entry in &mut chosen.countries {
        entry.domain = domain_of(&entry.domain)?;
        entry.country = country_of(&entry.country)?;
    }
    if let Some(line) = &mut chosen.line_text {
        clean::text(line, ConsentSettings::MAX_LINE);
    }
    chosen.line_text = chosen.line_text.take().filter(|line| !line.trim().is_empty());
    Ok(())
}

fn domain_of(text: &str) -> Result<String, ApiError> {
    let domain = text.trim().trim_start_matches('@');
    let address = exact(&format!("a@{domain}")).ok_or(ApiError::BadRequest("a domain is none"))?;
    Ok(address.trim_start_matches("a@").to_owned())
}

fn country_of(text: &str) -> Result<String, ApiError> {
    let code = text.trim().to_ascii_uppercase();
    is_country(&code).then_some(code).ok_or(ApiError::BadRequest("a country is a code of two letters"))
}
