//! `GET` and `PUT /reminders/settings`: what an account chose for reminders. Nothing chosen yet: the defaults.

use axum::extract::State;
use waxwing_domain::civil::Time;
use waxwing_domain::holidays::Holidays;
use waxwing_protocol::api::{Problem, ReminderSettings};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::problem::ApiError;
use crate::zones::IanaZone;

/// Bytes of the body: hundreds of holidays fit.
pub const LIMIT: usize = 16 * 1024;
/// Days off, and countries.
const MOST_HOLIDAYS: usize = 400;
/// Languages that notes are written in.
const LANGUAGES: &[&str] = &["en", "de"];

/// What the account chose.
#[utoipa::path(
    get, path = "/api/v1/reminders/settings", tag = "reminders",
    responses(
        (status = 200, body = ReminderSettings),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): AppState, Device(caller): Device) -> Result<Json<ReminderSettings>, ApiError> {
    Ok(Json(app.store.reminder_settings(caller.account.id).await?))
}

/// Chooses.
#[utoipa::path(
    put, path = "/api/v1/reminders/settings", tag = "reminders", request_body = ReminderSettings,
    responses(
        (status = 200, description = "As it is kept.", body = ReminderSettings),
        (status = 400, description = "`bad-request`: also a zone, a language, a time or a holiday that is none.", body = Problem, content_type = "application/problem+json"),
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
    JsonBody(settings): JsonBody<ReminderSettings, LIMIT>,
) -> Result<Json<ReminderSettings>, ApiError> {
    check(&settings)?;
    app.store.set_reminder_settings(caller.account.id, &settings).await?;
    Ok(Json(settings))
}

fn check(settings: &ReminderSettings) -> Result<(), ApiError> {
    if settings.zone.as_deref().is_some_and(|name| IanaZone::find(name).is_none()) {
        return Err(ApiError::BadRequest("this zone is not known"));
    }
    if settings.language.as_deref().is_some_and(|tag| !LANGUAGES.contains(&tag)) {
        return Err(ApiError::BadRequest("language is en or de"));
    }
    if settings.holidays.len() > MOST_HOLIDAYS || Holidays::read(&settings.holidays).is_err() {
        return Err(ApiError::BadRequest("a holiday is neither a date nor a country that is known, or there are too many"));
    }
    if let Some(default) = &settings.default
        && (!(1..=90).contains(&default.days) || Time::parse(&default.time).is_none())
    {
        return Err(ApiError::BadRequest("default.days is a number from 1 to 90, default.time a time of day"));
    }
    Ok(())
}
