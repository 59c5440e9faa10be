//! When a mail goes out: from what its sender asked for ([`Schedule`]) to an instant, and on to the next one.
//!
//! What must hold:
//! - It is a function of its arguments. Wall times are resolved by the zones that are handed in, gaps and overlaps after
//!   RFC 5545, 3.3.5.
//! - Nothing is before `now`, but for [`GRACE`]: what was asked for a moment ago is due at once.
//! - A mail that would go on a holiday goes at the same time of the next day that is none. For what repeats the order stays:
//!   two times that fall together are one.
//! - Time is bounded whatever a rule says ([`MOST_STEPS`], [`MOST_DAYS`]).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Late, Schedule, When};

use crate::civil::{Civil, Date, Time, Weekday};
use crate::holidays::Holidays;
use crate::recur::Rule;
use crate::when::zone::{Zone, Zones};

/// What is past by less than this is due now: "now" was typed a moment before it got here.
pub const GRACE: Millis = 60_000;
/// So many times of a rule are looked at; a rule that needs more to come to `now` has no next time.
pub const MOST_STEPS: usize = 30_000;
/// So many days in a row are looked at for one that is inside a window and no holiday.
pub const MOST_DAYS: i64 = 800;

/// An instant at which a mail goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// It.
    pub at: Millis,
    /// It was moved because of a holiday.
    pub moved: bool,
}

/// Why no instant follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDue {
    /// It is over.
    #[error("this time is over")]
    Past,
    /// It never comes: the rule ended or gives no time, or only holidays follow.
    #[error("this time never comes")]
    Never,
    /// No such zone.
    #[error("this zone is not known")]
    ZoneUnknown,
    /// The rule is not one of those that are known.
    #[error("this rule is not known")]
    BadRule,
    /// A wall time, a time of day, a date or a day of the week is none, or a window ends before it begins.
    #[error("this is no time")]
    BadTime,
    /// Neither a country that is known nor a date.
    #[error("this is neither a date nor a country whose holidays are known")]
    BadHoliday,
}

/// The zone that a schedule is in.
pub fn zone_name(when: &When) -> &str {
    match when {
        When::At { zone, .. } | When::Instant { zone, .. } | When::Within { zone, .. } | When::Repeat { zone, .. } => zone,
    }
}

/// A schedule, read.
struct Plan<'a> {
    zone: Box<dyn Zone + 'a>,
    holidays: Holidays,
    kind: Kind,
}

enum Kind {
    At(Civil),
    Instant(Millis),
    Within { days: Vec<Weekday>, from: Time, to: Time, since: Option<Date> },
    Repeat { rule: Rule, start: Civil, skip: BTreeSet<Civil> },
}

/// The first instant that is not before `now`.
pub fn first(schedule: &Schedule, now: Millis, zones: &dyn Zones) -> Result<Due, NoDue> {
    let plan = Plan::read(schedule, zones)?;
    let not_before = now.saturating_sub(GRACE);
    match &plan.kind {
        Kind::Within { .. } => plan.opens(now),
        Kind::Repeat { .. } => plan.repeats(|due| due.at >= not_before)?.ok_or(NoDue::Never),
        Kind::At(_) | Kind::Instant(_) => {
            let due = plan.once()?;
            if due.at < not_before { Err(NoDue::Past) } else { Ok(due) }
        }
    }
}

/// For what repeats: the first instant after one at which it was due. `None` when there is none any more, and for what goes once.
pub fn next(schedule: &Schedule, after: Millis, zones: &dyn Zones) -> Result<Option<Due>, NoDue> {
    let plan = Plan::read(schedule, zones)?;
    match plan.kind {
        Kind::Repeat { .. } => plan.repeats(|due| due.at > after),
        Kind::At(_) | Kind::Instant(_) | Kind::Within { .. } => Ok(None),
    }
}

/// The same wall time again, by the rules of zones as they are today: `asked_at` is what it was resolved to before.
pub fn resolve(schedule: &Schedule, asked_at: Millis, zones: &dyn Zones) -> Result<Due, NoDue> {
    let plan = Plan::read(schedule, zones)?;
    match &plan.kind {
        Kind::At(_) | Kind::Instant(_) => plan.once(),
        Kind::Within { .. } => plan.opens(asked_at),
        Kind::Repeat { .. } => {
            // No zone moves its clocks by more than a day: what is nearest is the same wall time.
            let mut near: Option<Due> = None;
            let beyond = plan.repeats(|due| {
                if near.is_none_or(|best| due.at.abs_diff(asked_at) < best.at.abs_diff(asked_at)) {
                    near = Some(due);
                }
                due.at > asked_at
            });
            beyond.and(near.ok_or(NoDue::Never))
        }
    }
}

/// The first instant not before `at` at which the mail may go: inside its window, and not on a holiday. For a mail that is moved
/// on because of a daily limit.
pub fn in_window(schedule: &Schedule, at: Millis, zones: &dyn Zones) -> Result<Millis, NoDue> {
    let plan = Plan::read(schedule, zones)?;
    match plan.kind {
        Kind::Within { .. } => plan.opens(at).map(|due| due.at),
        Kind::At(_) | Kind::Instant(_) | Kind::Repeat { .. } => plan.off_holidays(seconds(at)).map(|due| due.at.max(at)),
    }
}

/// Whether a mail is so late that its sender's rule counts. A window that is still open is never missed.
pub fn is_overdue(schedule: &Schedule, asked_at: Millis, now: Millis, zones: &dyn Zones) -> bool {
    let open = matches!(schedule.when, When::Within { .. }) && in_window(schedule, now, zones).is_ok_and(|at| at <= now);
    !open && is_late(&schedule.late, asked_at, now)
}

/// Whether it is more than the minutes that its sender allowed after its time.
pub fn is_late(late: &Late, asked_at: Millis, now: Millis) -> bool {
    now.saturating_sub(asked_at) > i64::from(late.minutes) * 60_000
}

fn seconds(at: Millis) -> i64 {
    at.div_euclid(1000)
}

fn millis(seconds: i64) -> Result<Millis, NoDue> {
    seconds.checked_mul(1000).ok_or(NoDue::BadTime)
}

/// A wall time, and nothing behind it.
fn wall(text: &str) -> Result<Civil, NoDue> {
    Civil::parse(text).filter(|(_, rest)| rest.is_empty()).map(|(civil, _)| civil).ok_or(NoDue::BadTime)
}

impl<'a> Plan<'a> {
    fn read(schedule: &Schedule, zones: &'a dyn Zones) -> Result<Self, NoDue> {
        let kind = match &schedule.when {
            When::At { wall: text, .. } => Kind::At(wall(text)?),
            When::Instant { at, .. } => Kind::Instant(*at),
            When::Within { days, from, to, since, .. } => {
                let day = |code: &String| Weekday::ALL.into_iter().find(|day| day.code() == code);
                let days: Vec<Weekday> = days.iter().map(day).collect::<Option<_>>().ok_or(NoDue::BadTime)?;
                let (from, to) = (Time::parse(from).ok_or(NoDue::BadTime)?, Time::parse(to).ok_or(NoDue::BadTime)?);
                if days.is_empty() || from >= to {
                    return Err(NoDue::BadTime);
                }
                let since = since.as_deref().map(|text| Date::parse(text).ok_or(NoDue::BadTime)).transpose()?;
                Kind::Within { days, from, to, since }
            }
            When::Repeat { rule, start, skip, .. } => Kind::Repeat {
                rule: rule.parse().map_err(|_| NoDue::BadRule)?,
                start: wall(start)?,
                skip: skip.iter().map(|text| wall(text)).collect::<Result<_, _>>()?,
            },
        };
        let zone = zones.find(zone_name(&schedule.when)).ok_or(NoDue::ZoneUnknown)?;
        let holidays = Holidays::read(&schedule.holidays).map_err(|_| NoDue::BadHoliday)?;
        Ok(Self { zone, holidays, kind })
    }

    /// What goes once.
    fn once(&self) -> Result<Due, NoDue> {
        match &self.kind {
            Kind::At(civil) => self.on_a_free_day(*civil),
            Kind::Instant(at) => {
                // To the millisecond, as it was asked for, unless a holiday moves it.
                let due = self.off_holidays(seconds(*at))?;
                Ok(if due.moved { due } else { Due { at: *at, moved: false } })
            }
            Kind::Within { .. } | Kind::Repeat { .. } => Err(NoDue::BadTime),
        }
    }

    fn off_holidays(&self, instant: i64) -> Result<Due, NoDue> {
        let civil = self.zone.civil_at(instant).ok_or(NoDue::BadTime)?;
        if self.holidays.has(civil.date) { self.on_a_free_day(civil) } else { Ok(Due { at: millis(instant)?, moved: false }) }
    }

    /// A wall time, on the first day from there on that is no holiday.
    fn on_a_free_day(&self, civil: Civil) -> Result<Due, NoDue> {
        let days = (0..MOST_DAYS).map_while(|days| civil.date.plus_days(days));
        let date = days.into_iter().find(|date| !self.holidays.has(*date)).ok_or(NoDue::Never)?;
        let at = millis(self.zone.resolve(Civil { date, ..civil }).instant())?;
        Ok(Due { at, moved: date != civil.date })
    }

    /// The first instant not before `at` inside the window.
    fn opens(&self, at: Millis) -> Result<Due, NoDue> {
        let Kind::Within { days, from, to, since } = &self.kind else { return Err(NoDue::BadTime) };
        let today = self.zone.civil_at(seconds(at)).ok_or(NoDue::BadTime)?.date;
        let first = since.map_or(today, |since| since.max(today));
        let mut moved = false;
        for date in (0..MOST_DAYS).map_while(|days| first.plus_days(days)) {
            if !days.contains(&date.weekday()) {
                continue;
            }
            let of = |time: Time| millis(self.zone.resolve(Civil { date, time }).instant());
            let (opens, closes) = (of(*from)?, of(*to)?);
            if closes <= at {
                continue;
            }
            if !self.holidays.has(date) {
                return Ok(Due { at: opens.max(at), moved });
            }
            moved = true;
        }
        Err(NoDue::Never)
    }

    /// The first time of the rule that is wanted, holidays moved, what is left out left out.
    fn repeats(&self, mut wanted: impl FnMut(Due) -> bool) -> Result<Option<Due>, NoDue> {
        let Kind::Repeat { rule, start, skip } = &self.kind else { return Err(NoDue::BadTime) };
        for (civil, _) in rule.occurrences(*start, self.zone.as_ref()).take(MOST_STEPS) {
            if skip.contains(&civil) {
                continue;
            }
            let due = match self.on_a_free_day(civil) {
                Ok(due) => due,
                Err(NoDue::Never) => return Ok(None),
                Err(other) => return Err(other),
            };
            if wanted(due) {
                return Ok(Some(due));
            }
        }
        Ok(None)
    }
}

/// The wall time of the rule that an instant stands for: what to leave out to skip it. `None` for what does not repeat.
pub fn wall_of(schedule: &Schedule, at: Millis, zones: &dyn Zones) -> Result<Option<String>, NoDue> {
    let plan = Plan::read(schedule, zones)?;
    let Kind::Repeat { rule, start, skip } = &plan.kind else { return Ok(None) };
    for (civil, _) in rule.occurrences(*start, plan.zone.as_ref()).take(MOST_STEPS) {
        if !skip.contains(&civil) && plan.on_a_free_day(civil)?.at >= at {
            return Ok(Some(civil.to_string()));
        }
    }
    Ok(None)
}
