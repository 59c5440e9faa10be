//! Spans: "in 2 hours", "1d 2hr 5min", "a week after tomorrow", "three fridays from now".

use super::lex::Kind;
use super::parse::{Day, Span, Walk, put};
use super::words::{Unit, Word};
use super::{Reading, Refusal};
use crate::civil::{Date, Weekday};

impl Span {
    /// Adds so many quarters of a unit; `None` when that is no whole number of days or seconds.
    fn add(&mut self, quarters: i64, unit: Unit) -> Option<()> {
        let seconds = |each: i64| quarters.checked_mul(each).filter(|product| product % 4 == 0).map(|product| product / 4);
        let whole = |each: i64| seconds(each);
        match unit {
            Unit::Second => self.seconds += seconds(1)?,
            Unit::Minute => self.seconds += seconds(60)?,
            Unit::Hour => self.seconds += seconds(3600)?,
            Unit::Day if quarters % 4 != 0 => self.seconds += seconds(86_400)?,
            Unit::Day => self.days += whole(1)?,
            Unit::Workday => self.workdays += whole(1)?,
            Unit::Week => self.days += whole(7)?,
            Unit::Fortnight => self.days += whole(14)?,
            Unit::Month => self.months += whole(1)?,
            Unit::Quarter => self.months += whole(3)?,
            Unit::Year => self.months += whole(12)?,
            Unit::Decade => self.months += whole(120)?,
        }
        self.exact |= matches!(unit, Unit::Second | Unit::Minute | Unit::Hour) || (unit == Unit::Day && quarters % 4 != 0);
        Some(())
    }
}

impl Walk<'_> {
    /// How many, in quarters, of the unit that follows: 2, two, 2.5, 1/4, half, two and a half.
    fn count(&mut self) -> Option<i64> {
        let few = match self.word(0) {
            Some(Word::Half) => Some(2),
            Some(Word::OneAndHalf) => Some(6),
            Some(Word::Couple) => Some(8),
            Some(Word::Few) => Some(12),
            Some(Word::LessThan | Word::About) => {
                self.at += 1;
                return self.count();
            }
            _ => None,
        };
        if let Some(quarters) = few {
            self.at += 1;
            self.skip(Word::Of);
            self.skip(Word::One);
            return Some(quarters);
        }
        if self.skip_sign('~') {
            return self.count();
        }
        if matches!(
            (self.word(0), self.word(1)),
            (Some(Word::Unit(Unit::Week | Unit::Month | Unit::Year)), Some(Word::From | Word::Later))
        ) {
            return Some(4);
        }
        let whole = i64::from(self.number()?);
        let glued_int = self.is_glued(0) && self.is_glued(1) && self.int(1).is_some();
        match (self.sign(0), self.int(1)) {
            (Some('.' | ','), Some((part, digits))) if glued_int => {
                let quarters = match (part, digits) {
                    (0, 1 | 2) => 0,
                    (25, 2) => 1,
                    (5, 1) | (50, 2) => 2,
                    (75, 2) => 3,
                    _ => return None,
                };
                self.at += 2;
                Some(whole * 4 + quarters)
            }
            (Some('/'), Some((below @ (2 | 4), 1))) if glued_int && whole < i64::from(below) => {
                self.at += 2;
                Some(whole * 4 / i64::from(below))
            }
            _ if self.word(0) == Some(Word::And) && self.word(1) == Some(Word::Half) => {
                self.at += 2;
                Some(whole * 4 + 2)
            }
            _ => Some(whole * 4),
        }
    }

    /// One count with its unit. The `h` of 15h20 is none.
    fn counted_unit(&mut self, span: &mut Span) -> Option<()> {
        self.attempt(|walk| {
            let quarters = walk.count()?;
            walk.skip(Word::Coming);
            // "second" is a unit after "one", and a place in a row after "twenty".
            if walk.word(0) == Some(Word::Ordinal(2)) && quarters != 4 {
                return None;
            }
            let unit = walk.unit()?;
            // "an hour and a half"
            let half = walk.word(0) == Some(Word::And)
                && walk.word(1) == Some(Word::Half)
                && !matches!(walk.word(2), Some(Word::Unit(_)));
            walk.at += if half { 2 } else { 0 };
            let dangling =
                walk.is_glued(0) && walk.int(0).is_some() && !(walk.is_glued(1) && matches!(walk.word(1), Some(Word::Unit(_))));
            if dangling { None } else { span.add(quarters + if half { 2 } else { 0 }, unit) }
        })
    }

    /// A span: counts with units, one after the other.
    fn plain_span(&mut self) -> Option<Span> {
        let mut span = Span::default();
        self.counted_unit(&mut span)?;
        loop {
            let more = self.attempt(|walk| {
                while matches!(walk.sign(0), Some(',' | '+')) || walk.word(0) == Some(Word::And) {
                    walk.at += 1;
                }
                // "in 3 days 9am" is no span of 9
                walk.counted_unit(&mut span)
            });
            if more.is_none() {
                return Some(span);
            }
        }
    }

    /// A span from now or from something else.
    pub(super) fn span(&mut self) -> Result<bool, Refusal> {
        if let Some(counted) = self.counted_weekdays() {
            put(&mut self.said.counted, counted)?;
            return Ok(true);
        }
        if let Some((count, weekday)) = self.attempt(Self::weekdays_from_something) {
            put(&mut self.said.counted, (count, weekday))?;
            self.rest_is_anchor()?;
            return Ok(true);
        }
        let before = self.at;
        let lead = self.span_lead();
        let hour_of_a_day = self.hour_of_a_day(lead);
        let span = if hour_of_a_day { None } else { self.attempt(Self::plain_span) };
        let Some(span) = span else {
            self.at = before;
            return Ok(false);
        };
        self.skip(Word::Time);
        if !lead && self.word(0).is_none() && self.at == before + 2 {
            self.hours_or_hour(before)?;
        }
        if self.skip(Word::Later) {
            if matches!(self.word(0), Some(Word::Later)) {
                self.at += 1;
            }
            put(&mut self.said.span, span)?;
            return Ok(true);
        }
        let behind = matches!(self.word(0), Some(Word::From | Word::After | Word::Past));
        let ahead = self.word(0) == Some(Word::Before);
        if behind || ahead {
            self.at += 1;
            self.rest_is_anchor()?;
            let sign = if ahead { -1 } else { 1 };
            let signed = Span {
                months: span.months * sign,
                days: span.days * sign,
                workdays: span.workdays * sign,
                seconds: span.seconds * sign,
                exact: span.exact,
            };
            put(&mut self.said.span, signed)?;
            return Ok(true);
        }
        put(&mut self.said.span, span)?;
        Ok(true)
    }

    /// What is left of the phrase is what a span counts from.
    fn rest_is_anchor(&mut self) -> Result<(), Refusal> {
        let mut rest = Walk::new(self.phrase, self.tokens, self.context, self.today);
        rest.at = self.at;
        // One level only: a phrase has no end of them otherwise.
        rest.anchored = true;
        if self.anchored {
            return Err(Refusal::Twice);
        }
        let read = rest.read();
        self.at = rest.at;
        read?;
        if let Some(place) = rest.said.place.take() {
            put(&mut self.said.place, place)?;
        }
        put(&mut self.said.anchor, Box::new(rest.said))
    }

    /// "third tuesday after", "the 2nd monday before".
    fn weekdays_from_something(&mut self) -> Option<(i64, Weekday)> {
        self.skip(Word::The);
        let count = i64::from(self.ordinal()?);
        let Some(Word::Weekday(weekday)) = self.word(0) else { return None };
        let sign = match self.word(1)? {
            Word::After => 1,
            Word::Before => -1,
            _ => return None,
        };
        self.at += 2;
        (1..=520).contains(&count).then_some((count * sign, weekday))
    }

    /// What may stand before a span: in, within, after, next, upcoming, "now +".
    fn span_lead(&mut self) -> bool {
        let before = self.at;
        if self.said.now && self.sign(0) == Some('+') {
            self.at += 1;
        }
        self.skip(Word::About);
        if matches!(self.word(0), Some(Word::In | Word::Within | Word::After)) {
            self.at += 1;
            self.skip(Word::The);
            if matches!(self.word(0), Some(Word::Next | Word::Coming)) {
                self.at += 1;
            }
        } else if matches!(self.word(0), Some(Word::Next | Word::Coming)) {
            self.at += 1;
        }
        self.skip(Word::About);
        self.skip(Word::LessThan);
        self.at > before
    }

    /// "Friday 19h": with a day before it and no lead, hours in one piece are a time of day.
    fn hour_of_a_day(&self, lead: bool) -> bool {
        let day = self.said.day.is_some() || self.said.weekday.is_some();
        let hour = self.int(0).is_some_and(|(value, _)| value <= 24);
        !lead && day && hour && self.is_glued(1) && self.word(1) == Some(Word::Unit(Unit::Hour))
    }

    /// "15h" alone may be 15:00 as well as in 15 hours.
    fn hours_or_hour(&self, at: usize) -> Result<(), Refusal> {
        let (Kind::Int(hour @ 13..=24, _), true) = (self.tokens[at].kind, self.tokens[at + 1].glued) else { return Ok(()) };
        if self.tokens[at + 1].kind != Kind::Word(Word::Unit(Unit::Hour)) || self.tokens.len() > 2 {
            return Ok(());
        }
        let here = |instant: i64| self.context.home.civil_at(instant).map(|it| Reading { date: it.date, time: Some(it.time) });
        let now = self.context.home.civil_at(self.context.now).ok_or(Refusal::TooFar)?;
        let hour = i64::from(hour) * 3600;
        let days = if now.time.seconds() > hour { 86_400 } else { 0 };
        let clock = self.context.now - now.time.seconds() + days + hour;
        let readings = here(clock).zip(here(self.context.now + hour)).ok_or(Refusal::TooFar)?;
        Err(Refusal::two(readings.0, readings.1))
    }

    /// "3 fridays from now".
    fn counted_weekdays(&mut self) -> Option<(i64, Weekday)> {
        self.attempt(|walk| {
            let count = i64::from(walk.number()?);
            let (Some(Word::Each(weekday) | Word::Weekday(weekday)), Some(Word::Later)) = (walk.word(0), walk.word(1)) else {
                return None;
            };
            walk.at += 2;
            (1..=520).contains(&count).then_some((count, weekday))
        })
    }

    /// "next week", "this month", "in the next year": a period by its name. Weeks wait for a weekday.
    pub(super) fn period(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        let lead = usize::from(matches!(self.word(0), Some(Word::Of | Word::In | Word::On)));
        self.at += lead;
        self.skip(Word::The);
        let next = match self.word(0) {
            Some(Word::Next | Word::Coming) => 1,
            Some(Word::This) => 0,
            _ => {
                self.at = before;
                return Ok(false);
            }
        };
        let Some(Word::Unit(unit)) = self.word(1) else {
            self.at = before;
            return Ok(false);
        };
        let first = self.today.first_of_month();
        match unit {
            Unit::Week => put(&mut self.said.week, next)?,
            Unit::Day => put(&mut self.said.day, Day::FromToday(next))?,
            Unit::Workday if next == 1 => {
                let days = match self.today.weekday() {
                    Weekday::Friday => 3,
                    Weekday::Saturday => 2,
                    _ => 1,
                };
                put(&mut self.said.day, Day::FromToday(days))?;
            }
            Unit::Second | Unit::Minute | Unit::Hour if next == 1 => {
                let mut span = Span::default();
                span.add(4, unit).ok_or(Refusal::TooFar)?;
                put(&mut self.said.span, span)?;
            }
            Unit::Month if next == 1 => put(&mut self.said.day, Day::Exact(first.plus_months(1).ok_or(Refusal::TooFar)?))?,
            Unit::Quarter if next == 1 => {
                let month = 3 - i64::from((first.month() - 1) % 3);
                put(&mut self.said.day, Day::Exact(first.plus_months(month).ok_or(Refusal::TooFar)?))?;
            }
            Unit::Year if next == 1 => {
                // Its first day, or today in a year: too far apart to guess.
                let first = Date::new(self.today.year() + 1, 1, 1).zip(self.today.plus_months(12)).ok_or(Refusal::TooFar)?;
                let reading = |date: Date| Reading { date, time: None };
                return Err(Refusal::two(reading(first.0), reading(first.1)));
            }
            _ => {
                self.at = before;
                return Ok(false);
            }
        }
        self.at += 2;
        Ok(true)
    }
}
