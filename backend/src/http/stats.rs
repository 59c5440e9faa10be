//! `GET /stats?days=&zone=&by=`: totals of the last days, a row a day or a week of the zone, the running one last, and of the
//! domains that most mails went to. No messages: rows of zeros.

use axum::extract::State;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{DayStats, Period, Problem, Stats};

use super::AppState;
use super::auth::Device;
use super::body::Json;
use super::problem::ApiError;
use super::query::{Asked, given};
use crate::store::stats::Totals;

const DEFAULT_DAYS: i32 = 30;
const MAX_DAYS: i32 = 366;
/// Domains that get a row of their own.
const DOMAINS: u32 = 20;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// How many, 1 to 366; 30 unless told.
    days: Option<i32>,
    /// An IANA zone such as `Europe/Berlin`; UTC unless told.
    zone: Option<String>,
    /// `day`, a row a day, unless told; or `week`, a row a week from Monday, of which the first and the last may be cut.
    by: Option<String>,
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
pub async fn stats(State(app): AppState, Device(caller): Device, Asked(ask): Asked<Ask>) -> Result<Json<Stats>, ApiError> {
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

    let by = match given(ask.by.as_ref()) {
        None | Some("day") => Period::Day,
        Some("week") => Period::Week,
        Some(_) => return Err(ApiError::BadRequest("by is day or week")),
    };
    let days = spans(app.clock.now(), days, &zone).ok_or(ApiError::BadRequest("there are no such days"))?;
    let periods = if by == Period::Week { weeks(&days) } else { days };
    let spans: Vec<_> = periods.iter().map(|(_, from, to)| (*from, *to)).collect();
    let report = app.store.report(caller.account.id, &spans, DOMAINS).await?;
    let mut stats = Stats {
        by,
        domains: report.domains,
        more_domains: report.more_domains,
        answer_time: report.answer_time,
        ..Stats::default()
    };
    // Where no mailbox is watched nobody looks for answers.
    let looks = !app.store.mailboxes(caller.account.id).await?.is_empty();
    let answers = |count: u32| (looks || count > 0).then_some(count);
    let mut answered = 0;
    for ((date, ..), totals) in periods.iter().zip(&report.spans) {
        stats.sent += totals.sent;
        stats.opened += totals.opened;
        stats.possible += totals.possible;
        stats.clicked += totals.clicked;
        stats.machines += totals.machines;
        answered += totals.answered;
        let Totals { sent, opened, possible, clicked, .. } = *totals;
        let answered = answers(totals.answered);
        stats.days.push(DayStats { date: date.to_string(), sent, answered, opened, possible, clicked });
    }
    stats.answered = answers(answered);
    for domain in &mut stats.domains {
        domain.answered = domain.answered.and_then(answers);
    }
    Ok(Json(stats))
}

/// A period's first day, its beginning and its end.
type Row = (Date, Millis, Millis);

/// Each day, oldest first, today last. A day may have 23 or 25 hours.
fn spans(now: Millis, days: i32, zone: &TimeZone) -> Option<Vec<Row>> {
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

/// The same days by weeks that begin on Monday; the first begins with the first day, whichever that is.
fn weeks(days: &[Row]) -> Vec<Row> {
    let mut weeks: Vec<Row> = Vec::new();
    for (date, from, to) in days {
        match weeks.last_mut() {
            Some(week) if date.weekday() != Weekday::Monday => week.2 = *to,
            _ => weeks.push((*date, *from, *to)),
        }
    }
    weeks
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

    #[test]
    fn weeks_begin_on_monday_and_may_be_cut() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let of = |days| weeks(&spans(now.as_millisecond(), days, &TimeZone::UTC).unwrap());
        let dates = |days| of(days).iter().map(|(date, ..)| date.to_string()).collect::<Vec<_>>();
        // A Wednesday: of this week three days are there.
        assert_eq!(dates(1), ["2026-11-25"]);
        assert_eq!(dates(3), ["2026-11-23"]);
        assert_eq!(dates(4), ["2026-11-22", "2026-11-23"]);
        assert_eq!(dates(15), ["2026-11-11", "2026-11-16", "2026-11-23"]);
        let hours: Vec<_> = of(15).iter().map(|(_, from, to)| (to - from) / 3_600_000).collect();
        assert_eq!(hours, [5 * 24, 7 * 24, 3 * 24]);
        assert!(of(366).windows(2).all(|pair| pair[0].2 == pair[1].1));
    }
}
