//! Days of every week: "mon-fri", "weekdays", "every other friday", "tuesdays and thursdays", "Montag bis Freitag".

use super::Refusal;
use super::parse::{Walk, Weekly, put};
use super::words::{Unit, Word};
use crate::civil::Weekday;

/// Monday to Friday.
const WORKDAYS: u8 = 0b001_1111;
/// Saturday and Sunday.
const WEEKEND: u8 = 0b110_0000;
/// All seven.
pub(super) const ALL: u8 = 0b111_1111;

fn bit(day: Weekday) -> u8 {
    1 << day.index()
}

impl Walk<'_> {
    /// Days of every week, or a window of the day on them.
    pub(super) fn weekly(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        if let Some(weekly) = self.attempt(Self::weekly_days) {
            put(&mut self.said.weekly, weekly)?;
            return Ok(true);
        }
        let lead = matches!(self.word(0), Some(Word::Within | Word::From));
        let certain =
            lead || self.said.weekly.is_some() || self.said.asap || self.said.day.is_some() || self.said.weekday.is_some();
        if certain && self.hours()? {
            return Ok(true);
        }
        self.at = before;
        Ok(false)
    }

    fn weekly_days(&mut self) -> Option<Weekly> {
        while matches!(self.word(0), Some(Word::On | Word::From | Word::The)) {
            self.at += 1;
        }
        let mut weekly = Weekly { interval: 1, ..Weekly::default() };
        if self.skip(Word::Every) {
            weekly.repeats = true;
            weekly.interval = if self.skip(Word::Other) {
                2
            } else if let Some((weeks @ 1..=52, _)) = self.int(0).filter(|_| self.word(1) == Some(Word::Unit(Unit::Week))) {
                self.at += 1;
                u8::try_from(weeks).ok()?
            } else {
                1
            };
            if self.skip(Word::Unit(Unit::Week)) {
                // "every week": on which day must follow.
                self.skip(Word::On);
            }
        }
        weekly.days = self.days_of_week(&mut weekly.repeats)?;
        Some(weekly)
    }

    /// A list or a range of days.
    fn days_of_week(&mut self, repeats: &mut bool) -> Option<u8> {
        let first = self.day_of_week(repeats)?;
        if let (true, Some(from)) =
            (matches!(self.sign(0), Some('-' | '–')) || matches!(self.word(0), Some(Word::Until | Word::To)), first.1)
            && let Some(to) = self.attempt(|walk| {
                walk.at += 1;
                walk.day_of_week(repeats)?.1
            })
        {
            let range =
                (0..=from.until(to)).fold(0, |days, step| days | bit(Weekday::from_index(i64::from(from.index()) + step)));
            return Some(range);
        }
        let mut days = first.0;
        let mut listed = false;
        while let Some(next) = self.attempt(|walk| {
            let mut joint = false;
            while walk.sign(0) == Some(',') || walk.word(0) == Some(Word::And) {
                walk.at += 1;
                joint = true;
            }
            let next = if joint { walk.day_of_week(repeats)? } else { return None };
            // "Monday, Feb 18" is a date; so is "Sunday, Monday 3 March".
            Some(next.0)
        }) {
            days |= next;
            listed = true;
        }
        // One weekday alone is a date, unless it was said that it comes again.
        (listed || *repeats || first.1.is_none()).then_some(days)
    }

    /// A day, or a name for several.
    fn day_of_week(&mut self, repeats: &mut bool) -> Option<(u8, Option<Weekday>)> {
        let found = match self.word(0)? {
            Word::Weekday(day) => (bit(day), Some(day)),
            Word::Each(day) => {
                *repeats = true;
                (bit(day), Some(day))
            }
            Word::Workdays => (WORKDAYS, None),
            Word::Daily => {
                *repeats = true;
                (ALL, None)
            }
            Word::Unit(Unit::Workday) if *repeats => (WORKDAYS, None),
            Word::Unit(Unit::Day) if *repeats => (ALL, None),
            Word::Weekend if *repeats => (WEEKEND, None),
            _ => return None,
        };
        self.at += 1;
        if self.is_glued(0) {
            self.skip_sign('.');
        }
        Some(found)
    }
}
