//! Spans, added: to now, or to what they were said to count from.

use super::parse::{Day, Said, Span, Which};
use super::settle::{Found, Settling, day_reading};
use super::{Moment, Refusal, TimeFrom};
use crate::civil::{Civil, Date, Weekday};

impl Settling<'_> {
    /// The nth such weekday after today, or after the anchor; before it when negative.
    pub(super) fn counted(&self, said: &Said, count: i64, weekday: Weekday) -> Result<Date, Refusal> {
        let Some(anchor) = said.anchor.as_deref() else {
            return self.after_today(weekday)?.plus_days((count - 1) * 7).ok_or(Refusal::TooFar);
        };
        if anchor.clock.is_some()
            || anchor.part.is_some()
            || anchor.span.is_some()
            || anchor.counted.is_some()
            || anchor.again.is_some()
        {
            return Err(Refusal::Twice);
        }
        let base = match self.date(anchor, true)? {
            Some(Found::Day(date)) => date,
            Some(Found::Either(one, other)) => {
                return Err(Refusal::two(day_reading(one), day_reading(other)));
            }
            None => return Err(Refusal::Incomplete),
        };
        let days = if count > 0 {
            let first = base.weekday().until(weekday);
            (count - 1) * 7 + if first == 0 { 7 } else { first }
        } else {
            let first = weekday.until(base.weekday());
            (count + 1) * 7 - if first == 0 { 7 } else { first }
        };
        base.plus_days(days).filter(|date| *date >= self.today).ok_or(Refusal::Past(day_reading(base)))
    }

    /// A span from now, or from something else.
    pub(super) fn span(&self, said: &Said, span: Span) -> Result<Moment, Refusal> {
        // "heute in einer Woche"
        let today = said.day == Some(Day::FromToday(0)) && !span.exact && !said.tonight;
        if (said.day.is_some() && !today) || said.week.is_some() || said.counted.is_some() || said.asap {
            return Err(Refusal::Twice);
        }
        let calendar = span.months != 0 || span.days != 0 || span.workdays != 0;
        if span.exact && (said.clock.is_some() || said.part.is_some()) {
            return Err(Refusal::Twice);
        }
        let from_now = said.anchor.as_ref().is_none_or(|anchor| {
            anchor.now
                || (matches!(anchor.day, Some(Day::FromToday(0)))
                    && anchor.clock.is_none()
                    && anchor.part.is_none()
                    && span.exact)
        });
        if from_now {
            if !calendar {
                return self.exactly(self.context.now.checked_add(span.seconds).ok_or(Refusal::TooFar)?);
            }
            let date = Self::moved(self.now.date, span)?;
            Self::same_weekday(date, said)?;
            if said.clock.is_some() || said.part.is_some() || today {
                return self.on(date, said);
            }
            let wall = self.at(Civil { date, time: self.now.time }, TimeFrom::Now);
            let instant = wall.instant.checked_add(span.seconds).ok_or(Refusal::TooFar)?;
            return if span.exact { self.exactly(instant) } else { Ok(wall) };
        }
        let Some(anchor) = said.anchor.as_deref() else { return Err(Refusal::Incomplete) };
        self.anchored(said, span, anchor)
    }

    /// A span from something that was said.
    fn anchored(&self, said: &Said, span: Span, anchor: &Said) -> Result<Moment, Refusal> {
        if anchor.again.is_some() || anchor.hours.is_some() || anchor.since || anchor.now {
            return Err(Refusal::Twice);
        }
        let timed = anchor.clock.is_some() || anchor.part.is_some();
        if anchor.anchor.is_some() || anchor.asap {
            return Err(Refusal::Twice);
        }
        if anchor.clock.is_some() && said.clock.is_some() {
            return Err(Refusal::Twice);
        }
        let base = if anchor.span.is_some() || anchor.counted.is_some() {
            return Err(Refusal::Twice);
        } else {
            self.date(anchor, true)?
        };
        let date = match base {
            Some(Found::Day(date)) => date,
            Some(Found::Either(one, other)) => {
                return Err(Refusal::two(day_reading(one), day_reading(other)));
            }
            None => {
                // "5 hours after noon"
                let moment = self.next_time(anchor)?;
                let date = Self::moved(moment.wall.date, span)?;
                let moved = self.at(Civil { date, time: moment.wall.time }, TimeFrom::Said);
                let instant = moved.instant.checked_add(span.seconds).ok_or(Refusal::TooFar)?;
                return Ok(Moment { exact: false, time: TimeFrom::Said, ..self.exactly(instant)? });
            }
        };
        let moved = Self::moved(date, span)?;
        // On a Wednesday, "2 days after Monday" may count from the Monday that was; so may "a year after Easter".
        let before = match (anchor.weekday, anchor.day, anchor.week) {
            (Some((_, Which::Plain)), None, None) => date.plus_days(-7),
            (_, Some(Day::OfYear(..) | Day::NthOfYear(..)), None) => date.plus_months(-12),
            (_, Some(Day::Easter), None) => Date::easter(date.year() - 1),
            (_, Some(Day::OfMonth(_)), None) => date.plus_months(-1),
            _ => None,
        };
        if let Some(before) = before {
            let earlier = Self::moved(before, span)?;
            if earlier >= self.today {
                return Err(Refusal::two(day_reading(earlier), day_reading(moved)));
            }
        }
        if span.exact && !timed {
            return Err(Refusal::Incomplete);
        }
        Self::same_weekday(moved, said)?;
        if timed && said.clock.is_none() {
            let moment = self.on(moved, anchor)?;
            let instant = moment.instant.checked_add(span.seconds).ok_or(Refusal::TooFar)?;
            return if span.exact {
                Ok(Moment { exact: false, time: TimeFrom::Said, ..self.exactly(instant)? })
            } else {
                Ok(moment)
            };
        }
        self.on(moved, said)
    }

    fn same_weekday(date: Date, said: &Said) -> Result<(), Refusal> {
        match said.weekday {
            Some((weekday, _)) if weekday != date.weekday() => Err(Refusal::OtherWeekday(date)),
            _ => Ok(()),
        }
    }

    /// A day, moved by the calendar's part of a span.
    fn moved(date: Date, span: Span) -> Result<Date, Refusal> {
        let moved = date.plus_months(span.months).and_then(|date| date.plus_days(span.days)).ok_or(Refusal::TooFar)?;
        let (mut date, step) = (moved, span.workdays.signum());
        // Whole weeks first: the loop below is short.
        let (weeks, mut left) = (span.workdays / 5, (span.workdays % 5).abs());
        date = date.plus_days(weeks * 7).ok_or(Refusal::TooFar)?;
        while left > 0 {
            date = date.plus_days(step).ok_or(Refusal::TooFar)?;
            left -= i64::from(!matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday));
        }
        Ok(date)
    }
}
