//! What is not one moment: windows of the day, and days that come again.

use super::parse::{Again, Day, Said};
use super::settle::{Found, Settling, day_reading};
use super::{Days, Meaning, Moment, Reading, Refusal, Repeat, TimeFrom, Window, weekly};
use crate::civil::{Civil, Date, Time};
use crate::recur::{End, Rule};

impl Settling<'_> {
    /// Windows and what repeats.
    pub(super) fn again(&self, said: &Said) -> Result<Meaning, Refusal> {
        if said.span.is_some() || said.counted.is_some() || said.now || said.midnight || said.tonight {
            return Err(Refusal::Twice);
        }
        let day = match self.date(said, false)? {
            Some(Found::Day(date)) => Some(date),
            Some(Found::Either(one, other)) => {
                return Err(Refusal::two(day_reading(one), day_reading(other)));
            }
            None => None,
        };
        if let Some((from, to)) = said.hours {
            let repeats = said.again.as_ref().is_some_and(|again| again.repeats);
            if said.clock.is_some() || said.part.is_some() || said.until.is_some() || repeats {
                return Err(Refusal::Twice);
            }
            let days = said.again.as_ref().map_or(Some(weekly::ALL), |again| weekly::weekdays(&again.rule));
            let days = Days(days.ok_or(Refusal::Twice)?);
            // "Friday 9-17" is a window of that day alone.
            let only = day.filter(|_| !said.since);
            if only.is_some() && said.again.is_some() {
                return Err(Refusal::Twice);
            }
            let days = only.map_or(days, |date| Days(1 << date.weekday().index()));
            let first = self.first_in_window(days, from, to, day)?;
            if only.is_some_and(|only| first.wall.date != only) {
                return Err(Refusal::Past(Reading { date: only.unwrap_or(self.today), time: Some(to) }));
            }
            return Ok(Meaning::Within(Window { days, from, to, since: day, first }));
        }
        let Some(again) = &said.again else {
            // "from 25 August" alone: then, and not before.
            let moment = match day {
                Some(date) => self.on(date, said)?,
                None => self.next_time(said)?,
            };
            return Ok(Meaning::At(self.not_past(moment)?));
        };
        if day.is_some() && !said.since {
            return Err(Refusal::Twice);
        }
        let time = match (said.clock, said.part) {
            (Some(clock), _) => {
                let readings = Self::readings(clock, said)?;
                match readings.as_slice() {
                    [(0, time)] => *time,
                    [(_, time), _] if clock.hour >= 7 => *time,
                    [(_, one), (_, other), ..] => {
                        let reading = |time: Time| Reading { date: self.today, time: Some(time) };
                        return Err(Refusal::two(reading(*one), reading(*other)));
                    }
                    _ => return Err(Refusal::NoSuchTime),
                }
            }
            (None, Some(part)) => self.part_time(part),
            (None, None) => self.context.hours.morning,
        };
        let from = if said.clock.is_some() { TimeFrom::Said } else { TimeFrom::Default };
        let start = day.unwrap_or(self.today);
        // Whatever its interval: it begins with the first day that fits.
        let each = Rule { interval: 1, ..again.rule.clone() };
        let mut times = each.occurrences(Civil { date: start, time }, self.zone);
        let (wall, _) = times.find(|(_, instant)| *instant >= self.context.now).ok_or(Refusal::NoSuchDate)?;
        let rule = Rule { end: self.end(again, said.until.as_deref(), wall)?, ..again.rule.clone() };
        Ok(Meaning::Repeats(Repeat { rule, time, first: self.at(wall, from) }))
    }

    /// When it ends: with the last time on the day that was said, which must not be before the first.
    fn end(&self, again: &Again, until: Option<&Said>, first: Civil) -> Result<End, Refusal> {
        let Some(until) = until else { return Ok(again.rule.end) };
        if again.rule.end != End::Never {
            return Err(Refusal::Twice);
        }
        match (until.day, self.date(until, false)?) {
            // The first of March, or the last?
            (Some(Day::Month(_)), _) | (_, None) => Err(Refusal::Incomplete),
            (_, Some(Found::Either(one, other))) => Err(Refusal::two(day_reading(one), day_reading(other))),
            (_, Some(Found::Day(date))) if date < first.date => Err(Refusal::NoSuchDate),
            (_, Some(Found::Day(date))) => {
                Time::new(23, 59, 59).map(|time| End::Wall(Civil { date, time })).ok_or(Refusal::NoSuchTime)
            }
        }
    }

    /// The first moment in a window.
    fn first_in_window(&self, days: Days, from: Time, to: Time, since: Option<Date>) -> Result<Moment, Refusal> {
        let start = since.unwrap_or(self.today).max(self.today);
        for date in (0..=8).filter_map(|step| start.plus_days(step)).filter(|date| days.has(date.weekday())) {
            let open = self.at(Civil { date, time: from }, TimeFrom::Default);
            let shut = self.at(Civil { date, time: to }, TimeFrom::Default);
            if open.instant >= self.context.now {
                return Ok(open);
            }
            if shut.instant > self.context.now {
                return self.exactly(self.context.now).map(|moment| Moment { exact: false, ..moment });
            }
        }
        Err(Refusal::TooFar)
    }
}
