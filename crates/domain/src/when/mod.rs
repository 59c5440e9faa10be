//! When a phrase means: "tomorrow 9am", "in 2 hours", "next tue at noon", "end of month", "mon-fri 8:30", "übermorgen um 10".
//!
//! ```text
//! phrase ─ lex ─► tokens ─ parse (spans, dates, clocks, weekly, places) ─► what was said ─ settle ─► Meaning
//!              ▲ words of a language (english, german)
//! ```
//!
//! What must hold:
//! - Every word is understood, or the phrase is refused and the word named. Nothing is passed over.
//! - Nothing is in the past. A date without its year goes to the next year, a time without its date to the next day; what
//!   was said to be past is refused.
//! - What can be meant in two ways is refused with both, where guessing wrong would send a mail at a wrong time.
//! - It is a function of the phrase and the [`Context`]; phrases are at most [`MOST_LETTERS`] long, and time is linear.
//!
//! `docs/WHEN.md` shows what is understood.

mod clocks;
mod dates;
mod english;
mod german;
mod lex;
mod parse;
mod periods;
mod places;
mod settle;
mod spans;
mod sums;
#[cfg(test)]
mod tests;
mod weekly;
mod windows;
pub mod words;
pub mod zone;

use std::fmt;

pub use english::ENGLISH;
pub use german::GERMAN;
pub use places::place_names;

use crate::civil::{Civil, Date, Time, Weekday};
use crate::recur::Rule;
use words::Language;
use zone::{Zone, Zones};

/// Longest phrase, in letters.
pub const MOST_LETTERS: usize = 200;

/// In which order the numbers of a date stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 24/11/2026.
    DayMonthYear,
    /// 11/24/2026.
    MonthDayYear,
    /// 2026/11/24.
    YearMonthDay,
}

/// Times that are meant where none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// A day, and its morning.
    pub morning: Time,
    /// An afternoon.
    pub afternoon: Time,
    /// An evening.
    pub evening: Time,
    /// A night, before midnight.
    pub night: Time,
    /// When work ends.
    pub end_of_day: Time,
}

impl Default for Hours {
    fn default() -> Self {
        Self {
            morning: Time::hour_sharp(9),
            afternoon: Time::hour_sharp(14),
            evening: Time::hour_sharp(18),
            night: Time::hour_sharp(20),
            end_of_day: Time::hour_sharp(17),
        }
    }
}

/// What a phrase is read against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Now: seconds since 1970 UTC.
    pub now: i64,
    /// The user's zone.
    pub home: &'a dyn Zone,
    /// Where zones that a phrase names are found.
    pub zones: &'a dyn Zones,
    /// How the user writes dates; without it, 1/2 is refused.
    pub order: Option<Order>,
    /// Which languages are tried, in this order.
    pub languages: &'a [&'static Language],
    /// Times that are meant where none is said.
    pub hours: Hours,
    /// When weeks begin.
    pub first_weekday: Weekday,
}

/// The languages that there are.
pub static LANGUAGES: &[&Language] = &[&ENGLISH, &GERMAN];

impl<'a> Context<'a> {
    /// English and German, no order of dates, weeks from Monday.
    pub fn new(now: i64, home: &'a dyn Zone, zones: &'a dyn Zones) -> Self {
        Self { now, home, zones, order: None, languages: LANGUAGES, hours: Hours::default(), first_weekday: Weekday::Monday }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now", &self.now).field("order", &self.order).finish_non_exhaustive()
    }
}

/// Where a wall time is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the user's zone.
    Home,
    /// Seconds east of UTC.
    Offset(i32),
    /// In the zone of an IANA name.
    Named(String),
}

/// Where the time of day comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFrom {
    /// It was said.
    Said,
    /// A part of the day was said, or nothing: see [`Hours`].
    Default,
    /// It is the time that it is now: "in 3 days".
    Now,
}

/// One point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The instant, by the rules of zones as they are now: seconds since 1970 UTC. Never before [`Context::now`].
    pub instant: i64,
    /// What clocks at `place` show: what to keep, to be resolved when it is due. In a gap: what was said.
    pub wall: Civil,
    /// Where.
    pub place: Place,
    /// Counted in hours, minutes or seconds from now: the instant counts, whatever clocks do.
    pub exact: bool,
    /// Where the time of day comes from.
    pub time: TimeFrom,
}

/// Days of the week; Monday is bit 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub u8);

impl Days {
    /// Whether a day is among them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.index()) != 0
    }

    /// As RFC 5545 writes them: `MO,TU`.
    pub fn codes(self) -> String {
        let codes: Vec<&str> = Weekday::ALL.into_iter().filter(|day| self.has(*day)).map(Weekday::code).collect();
        codes.join(",")
    }
}

/// As soon as possible, but only within these hours of these days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days.
    pub days: Days,
    /// The first time of day.
    pub from: Time,
    /// The time of day at which it is over.
    pub to: Time,
    /// Not before this day.
    pub since: Option<Date>,
    /// The first moment that fits.
    pub first: Moment,
}

/// A time of day on days that come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// The days; its start is [`Repeat::first`].
    pub rule: Rule,
    /// The time of day.
    pub time: Time,
    /// The first moment that fits.
    pub first: Moment,
}

/// What a phrase means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Once, then.
    At(Moment),
    /// Once, as soon as possible within a window.
    Within(Window),
    /// Again and again.
    Repeats(Repeat),
}

impl Meaning {
    /// The moment that it means, or the first one.
    pub fn first(&self) -> &Moment {
        match self {
            Self::At(moment) => moment,
            Self::Within(window) => &window.first,
            Self::Repeats(repeat) => &repeat.first,
        }
    }
}

/// One way to understand a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The day.
    pub date: Date,
    /// The time of day, where it is what differs.
    pub time: Option<Time>,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.date.weekday(), self.date)?;
        self.time.map_or(Ok(()), |time| write!(f, " {:02}:{:02}", time.hour(), time.minute()))
    }
}

/// Why a phrase has no meaning. The words are for developers and the command line; the pages have their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no phrase.
    #[error("there is nothing to understand")]
    Empty,
    /// It is longer than [`MOST_LETTERS`].
    #[error("this is longer than {MOST_LETTERS} letters")]
    TooLong,
    /// A word, or a sign, that has no meaning where it stands.
    #[error("\u{201c}{word}\u{201d} is not understood{}", .suggestion.map(|it| format!(" (\u{201c}{it}\u{201d}?)")).unwrap_or_default())]
    NotUnderstood {
        /// It, as it was written.
        word: String,
        /// The known word that is nearest.
        suggestion: Option<&'static str>,
    },
    /// The day or time must be said: "this week", "2 hours after Friday".
    #[error("this does not say when")]
    Incomplete,
    /// Two times, two days, or two of something else.
    #[error("this says two different things")]
    Twice,
    /// It is over.
    #[error("{0} is over")]
    Past(Reading),
    /// It can be meant in two ways.
    #[error("this can mean {one} or {other}")]
    TwoReadings {
        /// One.
        one: Reading,
        /// The other.
        other: Reading,
        /// Whose clocks show both.
        place: Place,
    },
    /// The date is another day of the week.
    #[error("{0} is a {day:?}", day = .0.weekday())]
    OtherWeekday(Date),
    /// 30 February, the 5th Monday of a month with four.
    #[error("there is no such day")]
    NoSuchDate,
    /// 25:00, or a window that ends before it begins.
    #[error("there is no such time")]
    NoSuchTime,
    /// After the year 9999.
    #[error("this is too far away")]
    TooFar,
    /// A zone that is not known.
    #[error("the zone {0} is not known")]
    UnknownZone(String),
}

impl Refusal {
    /// Two readings, by the user's own clocks.
    const fn two(one: Reading, other: Reading) -> Self {
        Self::TwoReadings { one, other, place: Place::Home }
    }

    /// The same of a phrase that is meant elsewhere.
    fn there(self, place: &Place) -> Self {
        match self {
            Self::TwoReadings { one, other, .. } => Self::TwoReadings { one, other, place: place.clone() },
            refusal => refusal,
        }
    }
}

/// What a phrase means.
pub fn parse(phrase: &str, context: &Context<'_>) -> Result<Meaning, Refusal> {
    let phrase = phrase.trim();
    if phrase.is_empty() {
        return Err(Refusal::Empty);
    }
    if phrase.chars().nth(MOST_LETTERS).is_some() {
        return Err(Refusal::TooLong);
    }
    let mut best: Option<(usize, Refusal)> = None;
    for language in context.languages {
        let tokens = lex::tokens(phrase, language);
        match settle::meaning(phrase, &tokens, context) {
            Ok(meaning) => return Ok(meaning),
            // The language that understood more of it says why not.
            Err((understood, refusal)) => {
                if best.as_ref().is_none_or(|(most, _)| understood > *most) {
                    best = Some((understood, refusal));
                }
            }
        }
    }
    Err(suggested(best.map_or(Refusal::Empty, |(_, refusal)| refusal), context))
}

/// Whether a word may stand in a phrase: it begins with a digit, or a language knows it. Quick, for who looks for phrases in texts.
pub fn may_hold(word: &str, languages: &[&'static Language]) -> bool {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let folded = lex::folded(word);
    folded.len() <= MOST_LETTERS && languages.iter().any(|language| language.find(&folded).is_some())
}

/// Adds the known word that is nearest to one that is not understood.
fn suggested(refusal: Refusal, context: &Context<'_>) -> Refusal {
    let Refusal::NotUnderstood { word, .. } = refusal else { return refusal };
    let folded = lex::folded(&word);
    let suggestion = if context.languages.iter().any(|language| language.find(&folded).is_some()) {
        None
    } else {
        let near = context.languages.iter().filter_map(|language| language.nearest(&folded));
        near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
    };
    Refusal::NotUnderstood { word, suggestion }
}
