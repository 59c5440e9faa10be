//! Relative times, as unit and count: the words for them are the locale's (`Intl.RelativeTimeFormat` takes both as they are).
//! And the days that a list is grouped by.
//!
//! What must hold: "yesterday" is the day before in the reader's zone, not 24 hours ago; nothing depends on a clock or a
//! zone of this machine: both are handed in.

use core::ops::Range;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Up to this many hours, hours are said even across midnight: at 01:00 something of 23:00 is "2 hours ago".
const HOURS_ACROSS_MIDNIGHT: i64 = 6;

/// An instant with the offset that the reader's zone has then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Minutes that the zone is ahead of UTC at that instant (in JavaScript: `-date.getTimezoneOffset()`).
    pub offset: i32,
}

impl Local {
    /// The local day: days since 1970-01-01.
    pub fn day(self) -> i64 {
        self.at.saturating_add(i64::from(self.offset) * MINUTE).div_euclid(DAY)
    }
}

/// A unit of time. The names of [`Unit::name`] are those of `Intl.RelativeTimeFormat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Less than a minute away, whichever way; the count is 0. As a name: `second`, of which 0 reads "now".
    Now,
    /// Minutes: under an hour.
    Minute,
    /// Hours: up to 6, and the whole day when it is the same local day.
    Hour,
    /// Calendar days: 1 to 6. -1 reads "yesterday" with `numeric: "auto"`.
    Day,
    /// Weeks of 7 calendar days: 1 to 4, up to 29 days.
    Week,
    /// Months of 30 calendar days: 1 to 11, up to 364 days.
    Month,
    /// Years of 365 calendar days.
    Year,
}

impl Unit {
    /// The name that `Intl.RelativeTimeFormat` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Now => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// A relative time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// The unit.
    pub unit: Unit,
    /// How many; negative in the past. Rounded towards now: 119 minutes are 1 hour.
    pub count: i64,
}

/// How far `then` is from `now`. The thresholds stand at [`Unit`].
pub fn relative(then: Local, now: Local) -> Relative {
    // A magnitude that always fits.
    let away = then.at.saturating_sub(now.at).max(-i64::MAX);
    let days = then.day().saturating_sub(now.day());
    let hours = away / HOUR;
    let (unit, count) = if away.abs() < MINUTE {
        (Unit::Now, 0)
    } else if away.abs() < HOUR {
        (Unit::Minute, away / MINUTE)
    } else if days == 0 || hours.abs() <= HOURS_ACROSS_MIDNIGHT {
        (Unit::Hour, hours)
    } else {
        match days.abs() {
            0..=6 => (Unit::Day, days),
            7..=29 => (Unit::Week, days / 7),
            30..=364 => (Unit::Month, (days / 30).clamp(-11, 11)),
            _ => (Unit::Year, days / 365),
        }
    };
    Relative { unit, count }
}

/// A group of a list that is sorted by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Today; also what lies after today, since the clock that wrote it was ahead.
    Today,
    /// Yesterday.
    Yesterday,
    /// Earlier in this week.
    ThisWeek,
    /// The week before this one.
    LastWeek,
    /// A month, for all that is older.
    Month {
        /// The year.
        year: i64,
        /// 1 to 12.
        month: u8,
    },
}

/// The group of a local day ([`Local::day`]), seen from the local day `today`. `week_start` is the locale's first day of the
/// week, 0 for Sunday, 1 for Monday, up to 6.
pub fn group(day: i64, today: i64, week_start: u8) -> Group {
    match today.saturating_sub(day) {
        ..=0 => return Group::Today,
        1 => return Group::Yesterday,
        _ => {}
    }
    // Day 0 was a Thursday, the 4th day counted from Sunday.
    let into_week = (today.rem_euclid(7) + 4 - i64::from(week_start)).rem_euclid(7);
    let ago = today.saturating_sub(day);
    if ago <= into_week {
        Group::ThisWeek
    } else if ago <= into_week + 7 {
        Group::LastWeek
    } else {
        let (year, month) = year_and_month(day);
        Group::Month { year, month }
    }
}

/// Cuts a list, newest first, into its groups: each with the places it covers.
pub fn groups(days: &[i64], today: i64, week_start: u8) -> Vec<(Group, Range<usize>)> {
    let mut runs: Vec<(Group, Range<usize>)> = Vec::new();
    for (place, &day) in days.iter().enumerate() {
        let group = group(day, today, week_start);
        match runs.last_mut() {
            Some((last, range)) if *last == group => range.end = place + 1,
            _ => runs.push((group, place..place + 1)),
        }
    }
    runs
}

/// Year and month of a day since 1970, in the proleptic Gregorian calendar. After Howard Hinnant's `civil_from_days`: years
/// begin in March, so that the leap day is a year's last.
fn year_and_month(day: i64) -> (i64, u8) {
    let from_march_0 = day.saturating_add(719_468);
    let era = from_march_0.div_euclid(146_097);
    let day_of_era = from_march_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1))
}

#[cfg(test)]
mod tests;
