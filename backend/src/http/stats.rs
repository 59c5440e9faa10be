//! `GET /stats?days=&zone=`: totals of the last days, a row a day of the zone, today last. No messages: rows of zeros.

use axum::extract::{Query, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{DayStats, Problem, Stats};

use super::AppState;
use super::auth::Device;
use super::body::Json;
use super::problem::ApiError;

const DEFAULT_DAYS: i32 = 30;
const MAX_DAYS: i32 = 366;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// How many, 1 to 366; 30 unless told.
    days: Option<i32>,
    /// An IANA zone such as `Europe/Berlin`; UTC unless told.
    zone: Option<String>,
}

/// Totals.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "messages", params(Ask),
    responses(
        (status = 200, body = Stats),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn stats(
    State(app): AppState,
    Device(caller): Device,
    ask: Result<Query<Ask>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Stats>, ApiError> {
    let Query(ask) = ask.map_err(|_| ApiError::BadRequest("a parameter is not of the form"))?;
    let days = ask.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(ApiError::BadRequest("days is a number from 1 to 366"));
    }
    let zone = match ask.zone.as_deref().unwrap_or("UTC") {
        // "Etc/Unknown" and the like are names that jiff takes for zones it does not know.
        name if name.is_empty() || name.len() > 64 => None,
        name => TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some()),
    }
    .ok_or(ApiError::BadRequest("zone is not an IANA zone such as Europe/Berlin"))?;

    let mut stats = Stats { days: Vec::with_capacity(usize::try_from(days).unwrap_or(0)), ..Stats::default() };
    for (date, from, to) in spans(app.clock.now(), days, &zone).ok_or(ApiError::BadRequest("there are no such days"))? {
        let totals = app.store.totals(caller.account.id, from, to).await?;
        stats.sent += totals.sent;
        stats.opened += totals.opened;
        stats.clicked += totals.clicked;
        let (sent, opened, clicked) = (totals.sent, totals.opened, totals.clicked);
        stats.days.push(DayStats { date: date.to_string(), sent, opened, clicked, ..DayStats::default() });
    }
    Ok(Json(stats))
}

/// Each day with its beginning and its end, oldest first, today last. A day may have 23 or 25 hours.
fn spans(now: Millis, days: i32, zone: &TimeZone) -> Option<Vec<(Date, Millis, Millis)>> {
    let today = zone.to_datetime(Timestamp::from_millisecond(now).ok()?).date();
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    (0..days)
        .rev()
        .map(|back| {
            let date = today.checked_sub(back.days()).ok()?;
            Some((date, start(date)?, start(date.tomorrow().ok()?)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_zones_and_leave_no_gap() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // 2026-10-26T00:30 in Berlin, the day after the clocks went back.
        let now: Timestamp = "2026-10-25T23:30:00Z".parse().unwrap();
        let spans = spans(now.as_millisecond(), 3, &zone).unwrap();
        let dates: Vec<_> = spans.iter().map(|(date, ..)| date.to_string()).collect();
        assert_eq!(dates, ["2026-10-24", "2026-10-25", "2026-10-26"]);
        let hours: Vec<_> = spans.iter().map(|(_, from, to)| (to - from) / 3_600_000).collect();
        assert_eq!(hours, [24, 25, 24]);
        assert!(spans.windows(2).all(|pair| pair[0].2 == pair[1].1));
    }
}
