//! Days of a period: "first monday of march", "last day of november", "end of next month", "eow".

use super::Refusal;
use super::parse::{Day, Walk, put};
use super::words::{Part, Unit, Word};
use crate::civil::{Date, Weekday};

impl Walk<'_> {
    /// The nth weekday, or day, of a month: first monday of march, last day of november, 2nd to last friday in february.
    pub(super) fn nth(&mut self) -> Result<bool, Refusal> {
        let Some((place, weekday, unit)) = self.attempt(Self::place_in_row) else { return Ok(false) };
        let before = self.at;
        while matches!(self.word(0), Some(Word::Of | Word::In | Word::The)) {
            self.at += 1;
        }
        if let Some(Word::Month(month)) = self.word(usize::from(self.word(0) == Some(Word::This))) {
            self.at += 1 + usize::from(self.word(0) == Some(Word::This));
            let day = match self.with_year(Day::Month(month))? {
                Day::Exact(first) => Day::Exact(nth_of_month(first, place, weekday).ok_or(Refusal::NoSuchDate)?),
                _ => Day::NthOfYear(place, weekday, month),
            };
            put(&mut self.said.day, day)?;
            return Ok(true);
        }
        if let Some(first) = self.attempt(Self::relative_month) {
            let date = nth_of_month(first, place, weekday).ok_or(Refusal::NoSuchDate)?;
            put(&mut self.said.day, Day::Exact(date))?;
            return Ok(true);
        }
        if unit
            && let Some((year, 4)) = self.int(0)
            && let Some(first) = Date::new(i32::try_from(year).unwrap_or_default(), 1, 1)
        {
            self.at += 1;
            let date = if place > 0 {
                first.plus_days(place - 1)
            } else {
                first.plus_months(12).and_then(|next| next.plus_days(place))
            };
            let date = date.filter(|date| date.year() == first.year()).ok_or(Refusal::NoSuchDate)?;
            put(&mut self.said.day, Day::Exact(date))?;
            return Ok(true);
        }
        self.at = before;
        Err(self.not_understood())
    }

    /// "the second to last friday", "fifth last day", "3rd thursday", "last": the place, of which weekday, or of days.
    fn place_in_row(&mut self) -> Option<(i64, Option<Weekday>, bool)> {
        self.skip(Word::The);
        let place = match self.ordinal() {
            Some(place) => {
                let place = i64::from(place);
                let to = usize::from(self.word(0) == Some(Word::To));
                let the = usize::from(self.word(to) == Some(Word::The));
                if self.word(to + the) == Some(Word::Last) {
                    self.at += to + the + 1;
                    -place
                } else {
                    place
                }
            }
            None if self.skip(Word::Last) => -1,
            None => return None,
        };
        let (weekday, unit) = match self.word(0)? {
            Word::Weekday(weekday) => (Some(weekday), false),
            Word::Unit(Unit::Day) => (None, true),
            _ => return None,
        };
        self.at += 1;
        (matches!(self.word(0), Some(Word::Of | Word::In | Word::This | Word::Month(_))) && place != 0)
            .then_some((place, weekday, unit))
    }

    /// "next month", "the current month", "this month", "month in 2 months", "3 months": its first day.
    pub(super) fn relative_month(&mut self) -> Option<Date> {
        self.skip(Word::The);
        let first = self.today.first_of_month();
        let months = match self.word(0) {
            Some(Word::This) => 0,
            Some(Word::Next | Word::Coming) => 1,
            Some(Word::Unit(Unit::Month)) if self.word(1) == Some(Word::In) => {
                self.at += 2;
                i64::from(self.number()?)
            }
            Some(Word::Unit(Unit::Month)) => {
                self.at += 1;
                return Some(first);
            }
            _ => i64::from(self.number()?),
        };
        self.at += usize::from(matches!(self.word(0), Some(Word::This | Word::Next | Word::Coming)));
        if self.word(0) != Some(Word::Unit(Unit::Month)) {
            return None;
        }
        self.at += 1;
        first.plus_months(months)
    }

    /// The end or beginning of a period: "end of next month", "eom", "beginning of march".
    pub(super) fn edge(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        while matches!(self.word(0), Some(Word::At | Word::The | Word::On | Word::To)) {
            self.at += 1;
        }
        let end = match self.word(0) {
            Some(Word::Eo(unit)) => {
                self.at += 1;
                return self.put_edge(true, unit, 0).map(|()| true);
            }
            Some(Word::End) => true,
            Some(Word::Start) => false,
            _ => {
                self.at = before;
                return Ok(false);
            }
        };
        self.at += 1;
        while matches!(self.word(0), Some(Word::Of | Word::The)) {
            self.at += 1;
        }
        if end && (matches!(self.word(0), Some(Word::Day(_) | Word::TomorrowOrMorning | Word::Weekday(_)))) {
            put(&mut self.said.part, Part::EndOfDay)?;
            return Ok(true);
        }
        if let Some(Word::Month(month)) = self.word(0) {
            self.at += 1;
            let place = if end { -1 } else { 1 };
            let day = match self.with_year(Day::Month(month))? {
                Day::Exact(first) => Day::Exact(nth_of_month(first, place, None).ok_or(Refusal::NoSuchDate)?),
                _ => Day::NthOfYear(place, None, month),
            };
            return put(&mut self.said.day, day).map(|()| true);
        }
        let periods = match self.word(0) {
            Some(Word::This) => 0,
            Some(Word::Next | Word::Coming) => 1,
            _ => -1,
        };
        self.at += usize::from(periods >= 0);
        let Some(Word::Unit(unit)) = self.word(0) else {
            self.at = before;
            return Ok(false);
        };
        self.at += 1;
        self.put_edge(end, unit, periods.max(0)).map(|()| true)
    }

    fn put_edge(&mut self, end: bool, unit: Unit, periods: i64) -> Result<(), Refusal> {
        let today = self.today;
        let months = |count: i64, length: i64| {
            let start = today.first_of_month().plus_months(count * length - i64::from(today.month() - 1) % length)?;
            if end { start.plus_months(length).and_then(|next| next.plus_days(-1)) } else { Some(start) }
        };
        let date = match unit {
            // The working week: it ends on Friday.
            Unit::Week => today.start_of_week(self.context.first_weekday).and_then(|start| {
                start.plus_days(7 * periods + if end { self.context.first_weekday.until(Weekday::Friday) } else { 0 })
            }),
            Unit::Month => months(periods, 1),
            Unit::Quarter => months(periods, 3),
            Unit::Year => months(periods, 12),
            Unit::Day if end && periods == 0 => return put(&mut self.said.part, Part::EndOfDay),
            _ => return Err(self.not_understood()),
        };
        put(&mut self.said.day, Day::Exact(date.ok_or(Refusal::TooFar)?))?;
        if end { put(&mut self.said.part, Part::EndOfDay) } else { Ok(()) }
    }
}

/// The nth weekday, or day, of the month that begins on `first`; from its end when negative.
pub(super) fn nth_of_month(first: Date, place: i64, weekday: Option<Weekday>) -> Option<Date> {
    let step = if weekday.is_some() { 7 } else { 1 };
    let date = if place > 0 {
        let start = weekday.map_or(0, |weekday| first.weekday().until(weekday));
        first.plus_days(start + (place - 1) * step)?
    } else {
        let last = first.last_of_month();
        let back = weekday.map_or(0, |weekday| weekday.until(last.weekday()));
        last.plus_days(-back + (place + 1) * step)?
    };
    (date.month() == first.month() && date.year() == first.year()).then_some(date)
}
