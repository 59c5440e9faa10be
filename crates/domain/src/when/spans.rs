//! Spans: "in 2 hours", "1d 2hr 5min", "a week after tomorrow", "three fridays from now".

use super::Refusal;
use super::parse::{Day, Span, Walk, put};
use super::words::{Unit, Word};

/// More of a unit than this is no time for a mail.
const MOST: i64 = 1_000_000;

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
        let whole = i64::from(self.number()?);
        if whole > MOST {
            return None;
        }
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
            let half = walk.word(0) == Some(Word::And) && walk.word(1) == Some(Word::Half) && !matches!(walk.word(2), Some(Word::Unit(_)));
            walk.at += if half { 2 } else { 0 };
            let dangling = walk.is_glued(0) && walk.int(0).is_some() && !(walk.is_glued(1) && matches!(walk.word(1), Some(Word::Unit(_))));
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
        let before = self.at;
        let lead = self.span_lead();
        let hour_of_a_day = self.hour_of_a_day(lead);
        let span = if hour_of_a_day { None } else { self.attempt(Self::plain_span) };
        let Some(span) = span else {
            self.at = before;
            return Ok(false);
        };
        self.skip(Word::Time);
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
            let mut rest = Walk::new(self.phrase, self.tokens, self.context, self.today);
            rest.at = self.at;
            rest.read()?;
            if rest.said.anchor.is_some() || self.said.anchor.is_some() {
                return Err(Refusal::Twice);
            }
            self.at = rest.at;
            let place = rest.said.place.take();
            if let Some(place) = place {
                put(&mut self.said.place, place)?;
            }
            self.said.anchor = Some(Box::new(rest.said));
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

    /// "3 fridays from now".
    fn counted_weekdays(&mut self) -> Option<(i64, crate::civil::Weekday)> {
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
            Unit::Workday if next == 1 => put(&mut self.said.span, Span { workdays: 1, ..Span::default() })?,
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
                let year = crate::civil::Date::new(self.today.year() + 1, 1, 1).ok_or(Refusal::TooFar)?;
                put(&mut self.said.day, Day::Exact(year))?;
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
