//! Walks over the tokens of a phrase and collects what they say ([`Said`]). What it all means together is [`super::settle`].
//!
//! What must hold: every token is understood or the phrase is refused; each piece of the answer is said once; the walk goes
//! forward only, with a fixed look ahead, so that time is linear.

use super::lex::{Kind, Token};
use super::words::{Part, Unit, Word};
use super::{Context, Refusal};
use crate::civil::{Date, Time, Weekday};
use crate::recur::Rule;

/// A time of day as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// 0 to 24.
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    /// Whether seconds were said.
    pub(super) seconds_said: bool,
    /// It may be before or after noon: 1 to 12 without am or pm.
    pub(super) open: bool,
    /// Nothing but the hour: "at 8".
    pub(super) bare: bool,
}

impl Clock {
    pub(super) fn sharp(hour: u8) -> Self {
        Self { hour, minute: 0, second: 0, seconds_said: false, open: false, bare: false }
    }
}

/// A date as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// With its year, or counted from today.
    Exact(Date),
    /// Numbers that are a date in either order.
    Either(Date, Date),
    /// Counted from today: 0 is today.
    FromToday(i64),
    /// Of whichever year comes.
    OfYear(u8, u8),
    /// Of whichever month comes.
    OfMonth(u8),
    /// A month of whichever year comes.
    Month(u8),
    /// Easter of whichever year comes.
    Easter,
    /// The nth weekday of a month of whichever year comes; from its end when negative.
    NthOfYear(i64, Option<Weekday>, u8),
}

/// How a weekday was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Friday.
    Plain,
    /// This Friday.
    This,
    /// Next Friday.
    Next,
    /// The coming Friday.
    Coming,
}

/// Calendar units and seconds, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) workdays: i64,
    pub(super) seconds: i64,
    /// Hours, minutes or seconds were said.
    pub(super) exact: bool,
}

/// Where a time is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Seconds east of UTC.
    Offset(i32),
    /// An IANA name.
    Named(String),
    /// An IANA name, and the offset that the abbreviation says.
    Abbreviated(&'static str, i32),
}

/// Which days, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Again {
    /// The days.
    pub(super) rule: Rule,
    /// It was said that it goes on: every, mondays, daily.
    pub(super) repeats: bool,
}

/// All that a phrase says.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that was said, or was not")]
pub(super) struct Said {
    pub(super) now: bool,
    pub(super) asap: bool,
    pub(super) day: Option<Day>,
    pub(super) weekday: Option<(Weekday, Which)>,
    /// This week (0), next week (1).
    pub(super) week: Option<i64>,
    pub(super) clock: Option<Clock>,
    pub(super) part: Option<Part>,
    pub(super) tonight: bool,
    pub(super) span: Option<Span>,
    pub(super) place: Option<Place>,
    pub(super) again: Option<Again>,
    /// A window of the day.
    pub(super) hours: Option<(Time, Time)>,
    /// What is said is when it begins.
    pub(super) since: bool,
    /// The last day on which it may come again.
    pub(super) until: Option<Box<Said>>,
    /// The span counts from this, rather than from now.
    pub(super) anchor: Option<Box<Said>>,
    /// So many of this weekday from now, or from the anchor; back when negative.
    pub(super) counted: Option<(i64, Weekday)>,
    /// "midnight on Friday" rather than "Friday at midnight".
    pub(super) midnight_first: bool,
    pub(super) midnight: bool,
}

/// Puts a piece into its place, unless something is there.
pub(super) fn put<T>(place: &mut Option<T>, value: T) -> Result<(), Refusal> {
    if place.is_some() {
        return Err(Refusal::Twice);
    }
    *place = Some(value);
    Ok(())
}

/// The walk.
pub(super) struct Walk<'a> {
    pub(super) phrase: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) context: &'a Context<'a>,
    pub(super) today: Date,
    pub(super) said: Said,
    /// This is what a span counts from.
    pub(super) anchored: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(phrase: &'a str, tokens: &'a [Token], context: &'a Context<'a>, today: Date) -> Self {
        Self { phrase, tokens, at: 0, context, today, said: Said::default(), anchored: false }
    }

    pub(super) fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(super) fn word(&self, ahead: usize) -> Option<Word> {
        match self.token(ahead)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn sign(&self, ahead: usize) -> Option<char> {
        match self.token(ahead)?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    pub(super) fn int(&self, ahead: usize) -> Option<(u32, u8)> {
        match self.token(ahead)?.kind {
            Kind::Int(value, digits) => Some((value, digits)),
            _ => None,
        }
    }

    pub(super) fn is_glued(&self, ahead: usize) -> bool {
        self.token(ahead).is_some_and(|token| token.glued)
    }

    pub(super) fn text(&self, ahead: usize) -> &'a str {
        self.token(ahead).map_or("", |token| &self.phrase[token.start..token.end])
    }

    /// Steps over `word`, if it stands here.
    pub(super) fn skip(&mut self, word: Word) -> bool {
        let found = self.word(0) == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_sign(&mut self, sign: char) -> bool {
        let found = self.sign(0) == Some(sign);
        self.at += usize::from(found);
        found
    }

    /// Tries something; what does not fit leaves no trace.
    pub(super) fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.at;
        let found = rule(self);
        if found.is_none() {
            self.at = before;
        }
        found
    }

    /// Reads to the end.
    pub(super) fn read(&mut self) -> Result<(), Refusal> {
        while self.at < self.tokens.len() {
            let before = self.at;
            if self.separator() {
                continue;
            }
            self.piece()?;
            if self.at == before {
                return Err(self.not_understood());
            }
        }
        Ok(())
    }

    /// Commas between pieces, dots after abbreviations, marks at the end.
    fn separator(&mut self) -> bool {
        let Some(sign) = self.sign(0) else { return false };
        let after_word =
            self.at > 0 && self.is_glued(0) && !matches!(self.tokens[self.at - 1].kind, Kind::Int(..) | Kind::Sign(_));
        let last = self.tokens[self.at..].iter().all(|token| matches!(token.kind, Kind::Sign('.' | '!' | '?')));
        let between = self.at > 0 && self.at + 1 < self.tokens.len();
        let fine = match sign {
            ',' | ';' => between,
            '.' => after_word || (last && self.at > 0),
            '!' | '?' => last && self.at > 0,
            _ => false,
        };
        self.at += usize::from(fine);
        fine
    }

    /// One piece of the phrase; nothing is read when nothing fits.
    fn piece(&mut self) -> Result<(), Refusal> {
        if self.skip(Word::Now) {
            self.said.now = true;
            return Ok(());
        }
        if self.skip(Word::Asap) {
            self.said.asap = true;
            return Ok(());
        }
        if self.again()?
            || self.until()?
            || self.since()?
            || self.clock_with_span()?
            || self.span()?
            || self.edge()?
            || self.day()?
        {
            return Ok(());
        }
        let _ = self.clock()? || self.part()? || self.place()? || self.late_year();
        Ok(())
    }

    /// "Thu Oct 26 11:00:09 2023": the year after the time.
    fn late_year(&mut self) -> bool {
        let (Some(Day::OfYear(month, day)), Some((year, 4)), true) = (self.said.day, self.int(0), self.said.clock.is_some())
        else {
            return false;
        };
        let Some(date) = i32::try_from(year).ok().and_then(|year| Date::new(year, month, day)) else { return false };
        self.said.day = Some(Day::Exact(date));
        self.at += 1;
        true
    }

    /// "from 25 August", "starting next week": what follows is when it begins.
    fn since(&mut self) -> Result<bool, Refusal> {
        if self.word(0) != Some(Word::From) || self.said.since {
            return Ok(false);
        }
        self.at += 1;
        let before = self.at;
        if self.clock()? || self.day()? {
            self.said.since = true;
            return Ok(true);
        }
        self.at = before - 1;
        Ok(false)
    }

    /// "morning", "this evening", "tonight", "eod".
    fn part(&mut self) -> Result<bool, Refusal> {
        let on_its_day = matches!(self.word(0), Some(Word::This | Word::The | Word::On));
        let dated = self.said.clock.is_none() && (self.said.day.is_some() || self.said.weekday.is_some());
        let part = match self.word(usize::from(on_its_day)) {
            Some(Word::Tonight) if !on_its_day => {
                self.at += 1;
                self.said.tonight = true;
                if self.said.day.is_none() {
                    self.said.day = Some(Day::FromToday(0));
                }
                return put(&mut self.said.part, Part::Night).map(|()| true);
            }
            Some(Word::Part(part) | Word::OfPart(part)) => part,
            Some(Word::TomorrowOrMorning) => Part::Morning,
            // "tomorrow pm"
            Some(Word::Am) if dated && !on_its_day => Part::Morning,
            Some(Word::Pm) if dated && !on_its_day => Part::Afternoon,
            _ => return Ok(false),
        };
        if self.word(0) == Some(Word::This) {
            match self.said.day {
                None if self.said.weekday.is_none() => self.said.day = Some(Day::FromToday(0)),
                Some(Day::FromToday(0)) => {}
                _ => return Err(Refusal::Twice),
            }
        }
        self.at += 1 + usize::from(on_its_day);
        put(&mut self.said.part, part)?;
        Ok(true)
    }

    /// The refusal that names the token here. Which known word is nearest is looked for once, at the very end.
    pub(super) fn not_understood(&self) -> Refusal {
        // "next foo": what is not known says more than what stood before it.
        let unknown = self.tokens.iter().skip(self.at).take(3).find(|token| token.kind == Kind::Unknown && !token.glued);
        let Some(token) = unknown.copied().or(self.token(0)).or(self.tokens.last().copied()) else { return Refusal::Empty };
        Refusal::NotUnderstood { word: self.phrase[token.start..token.end].to_owned(), suggestion: None }
    }

    /// A number in digits or words: 5, five, twenty-two, an.
    pub(super) fn number(&mut self) -> Option<u32> {
        if let Some((value, _)) = self.int(0) {
            self.at += 1;
            return Some(value);
        }
        match self.word(0)? {
            Word::Number(value) => {
                self.at += 1;
                Some(u32::from(value))
            }
            Word::One => {
                self.at += 1;
                Some(1)
            }
            Word::Tens(tens) => {
                self.at += 1;
                let joint = usize::from(self.sign(0) == Some('-'));
                if let Some(Word::Number(units @ 1..=9)) = self.word(joint) {
                    self.at += 1 + joint;
                    return Some(u32::from(tens + units));
                }
                Some(u32::from(tens))
            }
            _ => None,
        }
    }

    /// A place in a row: 3rd, third, twenty first, the 3. of German.
    pub(super) fn ordinal(&mut self) -> Option<u32> {
        self.attempt(|walk| {
            if let Some((value, _)) = walk.int(0) {
                if walk.is_glued(1) && matches!(super::lex::folded(walk.text(1)).as_str(), "st" | "nd" | "rd" | "th") {
                    walk.at += 2;
                    return Some(value);
                }
                if walk.is_glued(1) && walk.sign(1) == Some('.') && !(walk.is_glued(2) && walk.int(2).is_some()) {
                    walk.at += 2;
                    return Some(value);
                }
                return None;
            }
            match walk.word(0)? {
                Word::Ordinal(value) => {
                    walk.at += 1;
                    Some(u32::from(value))
                }
                Word::Tens(tens) => {
                    let joint = usize::from(walk.sign(1) == Some('-'));
                    let Some(Word::Ordinal(units @ 1..=9)) = walk.word(1 + joint) else { return None };
                    walk.at += 2 + joint;
                    Some(u32::from(tens + units))
                }
                _ => None,
            }
        })
    }

    /// A unit, also as a suffix of a number: 5m.
    pub(super) fn unit(&mut self) -> Option<Unit> {
        let unit = match self.word(0)? {
            Word::Unit(unit) => unit,
            // "second" is a place in a row, but after a number.
            Word::Ordinal(2) => Unit::Second,
            _ => return None,
        };
        self.at += 1;
        if self.sign(0) == Some('.') && self.is_glued(0) && !self.is_glued(1) {
            self.at += 1;
        }
        Some(unit)
    }
}
