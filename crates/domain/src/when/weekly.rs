//! Days that come again: "mon-fri", "weekdays", "every other friday", "every month on the 4th", "first monday of every month",
//! "Montag bis Freitag", "täglich".

use super::Refusal;
use super::parse::{Again, Said, Walk, put};
use super::words::{Unit, Word};
use crate::civil::Weekday;
use crate::recur::{End, Frequency, Rule};

/// Monday to Friday.
const WORKDAYS: u8 = 0b001_1111;
/// Saturday and Sunday.
const WEEKEND: u8 = 0b110_0000;
/// All seven.
pub(super) const ALL: u8 = 0b111_1111;
/// Every so many days, weeks, months or years, at most.
const MOST: u32 = 366;

fn bit(day: Weekday) -> u8 {
    1 << day.index()
}

/// The days of the week as a rule lists them.
fn listed(days: u8) -> Vec<(i8, Weekday)> {
    Weekday::ALL.into_iter().filter(|day| days & bit(*day) != 0).map(|day| (0, day)).collect()
}

/// The days of a rule of every week as bits; `None` when it is none.
pub(super) fn weekdays(rule: &Rule) -> Option<u8> {
    match rule.frequency {
        Frequency::Daily if rule.interval == 1 => Some(ALL),
        Frequency::Weekly if rule.interval == 1 => Some(rule.days.iter().fold(0, |days, (_, day)| days | bit(*day))),
        _ => None,
    }
}

impl Walk<'_> {
    /// Days that come again, or a window of the day on them.
    pub(super) fn again(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        let found = self
            .attempt(Self::of_every_month)
            .or_else(|| self.attempt(Self::every_period))
            .or_else(|| self.attempt(Self::weekly));
        if let Some(again) = found {
            put(&mut self.said.again, again)?;
            return Ok(true);
        }
        if let Some(count) = self.attempt(Self::times) {
            let Some(again) = self.said.again.as_mut().filter(|again| again.rule.end == End::Never) else {
                return Err(Refusal::Twice);
            };
            again.repeats = true;
            again.rule.end = End::Count(count);
            return Ok(true);
        }
        let lead = matches!(self.word(0), Some(Word::Within | Word::From));
        let certain =
            lead || self.said.again.is_some() || self.said.asap || self.said.day.is_some() || self.said.weekday.is_some();
        if certain && self.hours()? {
            return Ok(true);
        }
        self.at = before;
        Ok(false)
    }

    /// "until 24 December": the last day on which it may come again.
    pub(super) fn until(&mut self) -> Result<bool, Refusal> {
        if self.word(0) != Some(Word::Until) || self.said.again.is_none() {
            return Ok(false);
        }
        let mut inner = Walk { at: self.at + 1, said: Said::default(), ..*self };
        if !inner.day()? {
            return Ok(false);
        }
        self.at = inner.at;
        put(&mut self.said.until, Box::new(inner.said))?;
        Ok(true)
    }

    /// "for 5 times", "10x", "twice": how many times it comes again.
    fn times(&mut self) -> Option<u32> {
        self.skip(Word::Within);
        if self.skip(Word::Twice) {
            return Some(2);
        }
        let count = self.number()?;
        (self.skip(Word::Times) && (1..=1000).contains(&count)).then_some(count)
    }

    /// After "every": other, 3, 3rd.
    fn interval(&mut self) -> Option<u16> {
        if self.skip(Word::Other) {
            return Some(2);
        }
        let count =
            self.ordinal().or_else(|| self.attempt(|walk| if walk.word(0) == Some(Word::One) { None } else { walk.number() }));
        u16::try_from(count.unwrap_or(1)).ok().filter(|count| (1..=MOST).contains(&u32::from(*count)))
    }

    /// "every", with its interval and one of these units.
    fn every(&mut self, units: &[Unit]) -> Option<(u16, Unit)> {
        if !self.skip(Word::Every) {
            return None;
        }
        let interval = self.interval()?;
        let Some(Word::Unit(unit)) = self.word(0) else { return None };
        self.at += 1;
        units.contains(&unit).then_some((interval, unit))
    }

    /// A place in a month: the 4th, the last friday, last day, 2nd to last monday. Days of the month come as the first.
    fn month_place(&mut self, rule: &mut Rule) -> Option<()> {
        while matches!(self.word(0), Some(Word::On | Word::The)) {
            self.at += 1;
        }
        let place = match self.ordinal() {
            Some(place) => {
                let place = i8::try_from(place).ok().filter(|place| (1..=31).contains(place))?;
                let to = usize::from(self.word(0) == Some(Word::To));
                let the = usize::from(self.word(to) == Some(Word::The));
                let last = self.word(to + the) == Some(Word::Last);
                self.at += if last { to + the + 1 } else { 0 };
                if last { -place } else { place }
            }
            None if self.skip(Word::Last) => -1,
            None => return None,
        };
        match self.word(0) {
            Some(Word::Weekday(day) | Word::Each(day)) if place.abs() <= 5 => {
                self.at += 1;
                rule.days.push((place, day));
            }
            Some(Word::Unit(Unit::Day)) => {
                self.at += 1;
                rule.month_days.push(place);
            }
            _ if place > 0 => rule.month_days.push(place),
            _ => return None,
        }
        Some(())
    }

    /// "first monday of every month", "the 4th of every 3 months", "last day of each month".
    fn of_every_month(&mut self) -> Option<Again> {
        let mut rule = Rule::every(1, Frequency::Monthly);
        let every = self.skip(Word::Every);
        self.month_place(&mut rule)?;
        self.skip(Word::Of);
        if every {
            // "every 4th of the month", "every last friday of the month"
            self.skip(Word::The);
            return self.skip(Word::Unit(Unit::Month)).then_some(Again { rule, repeats: true });
        }
        let (interval, _) = self.every(&[Unit::Month])?;
        rule.interval = interval;
        Some(Again { rule, repeats: true })
    }

    /// "every 3 days", "every month on the 4th", "every year on december 25".
    fn every_period(&mut self) -> Option<Again> {
        let (interval, unit) = self.every(&[Unit::Day, Unit::Month, Unit::Year])?;
        let rule = match unit {
            Unit::Day => Rule::every(interval, Frequency::Daily),
            Unit::Month => {
                let mut rule = Rule::every(interval, Frequency::Monthly);
                self.month_place(&mut rule)?;
                rule
            }
            _ => {
                while matches!(self.word(0), Some(Word::On | Word::The)) {
                    self.at += 1;
                }
                let (month, day) = self.attempt(Self::day_then_month).or_else(|| self.attempt(Self::month_then_day))?;
                let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
                Rule { months: vec![month], month_days: vec![day], ..Rule::every(interval, Frequency::Yearly) }
            }
        };
        Some(Again { rule, repeats: true })
    }

    fn weekly(&mut self) -> Option<Again> {
        while matches!(self.word(0), Some(Word::On | Word::From | Word::The)) {
            self.at += 1;
        }
        let (mut repeats, mut interval) = (false, 1);
        if let Some((weeks, _)) = self.attempt(|walk| walk.every(&[Unit::Week])) {
            // "every 2 weeks": on which day must follow.
            (repeats, interval) = (true, weeks);
            self.skip(Word::On);
        } else if self.skip(Word::Every) {
            repeats = true;
            interval = if self.skip(Word::Other) { 2 } else { 1 };
        }
        let days = self.days_of_week(&mut repeats)?;
        let rule = match (days, interval) {
            (ALL, 1) => Rule::every(1, Frequency::Daily),
            (ALL, _) => return None,
            _ => Rule { days: listed(days), ..Rule::every(interval, Frequency::Weekly) },
        };
        Some(Again { rule, repeats })
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
        let mut several = false;
        while let Some(next) = self.attempt(|walk| {
            let mut joint = false;
            while walk.sign(0) == Some(',') || walk.word(0) == Some(Word::And) {
                walk.at += 1;
                joint = true;
            }
            if joint { Some(walk.day_of_week(repeats)?.0) } else { None }
        }) {
            days |= next;
            several = true;
        }
        // One weekday alone is a date, unless it was said that it comes again.
        (several || *repeats || first.1.is_none()).then_some(days)
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
