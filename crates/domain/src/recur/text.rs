//! Rules as text: `FREQ=WEEKLY;BYDAY=MO,TU`, with or without `RRULE:` before it.

use std::fmt;
use std::str::FromStr;

use super::{End, Frequency, Rule, RuleError};
use crate::civil::{Civil, Date, Time, Weekday};

/// Longest rule.
pub(super) const MOST_BYTES: usize = 1000;
/// Most times that may be counted.
const MOST_TIMES: u32 = 100_000;

/// A list of numbers, each within limits, none 0 unless 0 is within.
fn numbers<T: TryFrom<i32>>(name: &'static str, value: &str, fits: impl Fn(i32) -> bool) -> Result<Vec<T>, RuleError> {
    let number = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value: i32 = if plain { text.parse().ok()? } else { return None };
        if fits(value) { T::try_from(value).ok() } else { None }
    };
    value.split(',').map(|text| number(text).ok_or(RuleError::Value(name))).collect()
}

fn weekday(code: &str) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|day| day.code() == code)
}

/// `MO`, `-1FR`, `+20MO`.
fn days(value: &str) -> Result<Vec<(i8, Weekday)>, RuleError> {
    let day = |text: &str| {
        let (number, code) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let number = if number.is_empty() {
            0
        } else {
            let place: i8 = numbers("BYDAY", number, |value| value != 0 && value.abs() <= 53).ok()?.pop()?;
            place
        };
        Some((number, weekday(code)?))
    };
    value.split(',').map(|text| day(text).ok_or(RuleError::Value("BYDAY"))).collect()
}

/// `19971224T000000`, with `Z` for UTC.
fn until(value: &str) -> Option<End> {
    let (wall, utc) = value.strip_suffix('Z').map_or((value, false), |wall| (wall, true));
    if wall.len() != 15 || !wall.is_ascii() || wall.as_bytes()[8] != b'T' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u16> {
        let digits = &wall[range];
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let small = |range| number(range).and_then(|value| u8::try_from(value).ok());
    let date = Date::new(i32::from(number(0..4)?), small(4..6)?, small(6..8)?)?;
    let time = Time::new(small(9..11)?, small(11..13)?, small(13..15)?)?;
    let civil = Civil { date, time };
    Some(if utc { End::Instant(civil.seconds()) } else { End::Wall(civil) })
}

/// Puts a part into its place, unless it stands there.
fn put<T>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), RuleError> {
    if place.is_some() {
        return Err(RuleError::Twice(name));
    }
    *place = Some(value);
    Ok(())
}

/// A number of at least 1.
fn positive(name: &'static str, value: &str) -> Result<u32, RuleError> {
    let plain = (1..=6).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    let value = if plain { value.parse().ok() } else { None };
    value.filter(|value| (1..=MOST_TIMES).contains(value)).ok_or(RuleError::Value(name))
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.len() > MOST_BYTES {
            return Err(RuleError::TooLong);
        }
        let upper = text.trim().to_ascii_uppercase();
        let parts = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let (mut frequency, mut interval, mut count, mut last, mut week_start) = (None, None, None, None, None);
        let (mut months, mut month_days, mut by_day, mut hours, mut minutes, mut positions) =
            (None, None, None, None, None, None);
        for part in parts.strip_suffix(';').unwrap_or(parts).split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| RuleError::UnknownPart(part.to_owned()))?;
            match name {
                "FREQ" => {
                    let known = match value {
                        "DAILY" => Frequency::Daily,
                        "WEEKLY" => Frequency::Weekly,
                        "MONTHLY" => Frequency::Monthly,
                        "YEARLY" => Frequency::Yearly,
                        _ => return Err(RuleError::Value("FREQ")),
                    };
                    put("FREQ", &mut frequency, known)?;
                }
                "INTERVAL" => {
                    let value = u16::try_from(positive("INTERVAL", value)?).map_err(|_| RuleError::Value("INTERVAL"))?;
                    put("INTERVAL", &mut interval, value)?;
                }
                "COUNT" => put("COUNT", &mut count, positive("COUNT", value)?)?,
                "UNTIL" => put("UNTIL", &mut last, until(value).ok_or(RuleError::Value("UNTIL"))?)?,
                "WKST" => put("WKST", &mut week_start, weekday(value).ok_or(RuleError::Value("WKST"))?)?,
                "BYMONTH" => put("BYMONTH", &mut months, numbers("BYMONTH", value, |it| (1..=12).contains(&it))?)?,
                "BYMONTHDAY" => {
                    put("BYMONTHDAY", &mut month_days, numbers("BYMONTHDAY", value, |it| it != 0 && it.abs() <= 31)?)?;
                }
                "BYDAY" => put("BYDAY", &mut by_day, days(value)?)?,
                "BYHOUR" => put("BYHOUR", &mut hours, numbers("BYHOUR", value, |it| (0..24).contains(&it))?)?,
                "BYMINUTE" => put("BYMINUTE", &mut minutes, numbers("BYMINUTE", value, |it| (0..60).contains(&it))?)?,
                "BYSETPOS" => {
                    put("BYSETPOS", &mut positions, numbers("BYSETPOS", value, |it| it != 0 && it.abs() <= 366)?)?;
                }
                _ => return Err(RuleError::UnknownPart(name.to_owned())),
            }
        }
        let end = match (count, last) {
            (Some(_), Some(_)) => return Err(RuleError::TwoEnds),
            (Some(count), None) => End::Count(count),
            (None, last) => last.unwrap_or(End::Never),
        };
        let rule = Self {
            frequency: frequency.ok_or(RuleError::NoFrequency)?,
            interval: interval.unwrap_or(1),
            end,
            months: months.unwrap_or_default(),
            month_days: month_days.unwrap_or_default(),
            days: by_day.unwrap_or_default(),
            hours: hours.unwrap_or_default(),
            minutes: minutes.unwrap_or_default(),
            positions: positions.unwrap_or_default(),
            week_start: week_start.unwrap_or(Weekday::Monday),
        };
        rule.checked()
    }
}

impl Rule {
    /// Refuses what RFC 5545 leaves open or forbids.
    fn checked(self) -> Result<Self, RuleError> {
        let placed = self.days.iter().any(|(place, _)| *place != 0);
        if placed && (matches!(self.frequency, Frequency::Daily | Frequency::Weekly) || !self.month_days.is_empty()) {
            return Err(RuleError::Combination("BYDAY"));
        }
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err(RuleError::Combination("BYMONTHDAY"));
        }
        let any = [self.months.len(), self.month_days.len(), self.days.len(), self.hours.len(), self.minutes.len()];
        if !self.positions.is_empty() && any.iter().all(|count| *count == 0) {
            return Err(RuleError::Combination("BYSETPOS"));
        }
        Ok(self)
    }
}

/// `;NAME=1,2`, unless there is nothing to say.
fn list(f: &mut fmt::Formatter<'_>, name: &str, values: impl Iterator<Item = String>) -> fmt::Result {
    let values: Vec<String> = values.collect();
    if values.is_empty() { Ok(()) } else { write!(f, ";{name}={}", values.join(",")) }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        write!(f, "FREQ={frequency}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        let stamp = |civil: Civil| civil.to_string().replace(['-', ':'], "");
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Wall(civil) => write!(f, ";UNTIL={}", stamp(civil))?,
            End::Instant(instant) => {
                let civil = Civil::from_seconds(instant).ok_or(fmt::Error)?;
                write!(f, ";UNTIL={}Z", stamp(civil))?;
            }
        }
        list(f, "BYMONTH", self.months.iter().map(ToString::to_string))?;
        list(f, "BYMONTHDAY", self.month_days.iter().map(ToString::to_string))?;
        let day =
            |(place, day): &(i8, Weekday)| if *place == 0 { day.code().to_owned() } else { format!("{place}{}", day.code()) };
        list(f, "BYDAY", self.days.iter().map(day))?;
        list(f, "BYHOUR", self.hours.iter().map(ToString::to_string))?;
        list(f, "BYMINUTE", self.minutes.iter().map(ToString::to_string))?;
        list(f, "BYSETPOS", self.positions.iter().map(ToString::to_string))?;
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", self.week_start.code())?;
        }
        Ok(())
    }
}
