//! Recurrences: the part of RFC 5545's `RRULE` that makes sense for mails, as text in and out, and what times it gives.
//!
//! Known are `FREQ` from `DAILY` to `YEARLY`, `INTERVAL`, `COUNT`, `UNTIL` (a date with a time), `BYMONTH`, `BYMONTHDAY`, `BYDAY`,
//! `BYHOUR`, `BYMINUTE`, `BYSETPOS` and `WKST`. What must hold: whatever else stands in a rule, or is combined in a way that RFC
//! 5545 does not define, is refused; a rule that was read gives the times that RFC 5545 says, and no others. The start is the
//! first time only if the rule gives it.

mod expand;
#[cfg(test)]
mod tests;
mod text;

pub use expand::Occurrences;

use crate::civil::{Civil, Weekday};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Never.
    Never,
    /// After so many times.
    Count(u32),
    /// With the last time that is not after this instant: seconds since 1970 UTC.
    Instant(i64),
    /// With the last time that is not after this wall time.
    Wall(Civil),
}

/// A rule. It is read with [`str::parse`] and written with [`ToString`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How often.
    pub frequency: Frequency,
    /// Every so many of them: 1 or more.
    pub interval: u16,
    /// When it ends.
    pub end: End,
    /// Months, 1 to 12; none means all.
    pub months: Vec<u8>,
    /// Days of a month, from its end when negative; none means all.
    pub month_days: Vec<i8>,
    /// Days of the week; with a number other than 0: the nth of the month or year, from its end when negative.
    pub days: Vec<(i8, Weekday)>,
    /// Hours; none means the start's.
    pub hours: Vec<u8>,
    /// Minutes; none means the start's.
    pub minutes: Vec<u8>,
    /// Which of a period's times, from its end when negative; none means all.
    pub positions: Vec<i16>,
    /// When weeks begin.
    pub week_start: Weekday,
}

impl Rule {
    /// Every so many days, weeks, months or years, on the start's day, without an end.
    pub fn every(interval: u16, frequency: Frequency) -> Self {
        Self {
            frequency,
            interval,
            end: End::Never,
            months: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A part that is not `NAME=value`, or not known here.
    #[error("{0} is not known in a rule")]
    UnknownPart(String),
    /// A part that stands twice.
    #[error("{0} stands twice")]
    Twice(&'static str),
    /// A value that a part cannot have.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
    /// There is no `FREQ`.
    #[error("FREQ is missing")]
    NoFrequency,
    /// `COUNT` and `UNTIL` at once.
    #[error("a rule ends by COUNT or by UNTIL, not by both")]
    TwoEnds,
    /// Parts that RFC 5545 does not let stand together.
    #[error("{0} does not go with the rest of the rule")]
    Combination(&'static str),
    /// Longer than [`text::MOST_BYTES`].
    #[error("the rule is too long")]
    TooLong,
}
