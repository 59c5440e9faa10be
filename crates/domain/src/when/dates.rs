//! Dates: weekdays, months with days, numbers in the user's order, ISO 8601, "first monday of march", "end of next month".

use super::parse::{Day, Walk, Which, put};
use super::words::{Unit, Word};
use super::{Order, Reading, Refusal};
use crate::civil::{Date, Weekday};

impl Walk<'_> {
    /// A date.
    pub(super) fn day(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        while matches!(self.word(0), Some(Word::On | Word::Of | Word::About)) {
            self.at += 1;
        }
        let found =
            self.numeric()? || self.nth()? || self.named_day()? || self.weekday()? || self.month_day()? || self.period()?;
        if !found {
            self.at = before;
        }
        Ok(found)
    }

    /// today, tomorrow, the day after tomorrow, Christmas.
    fn named_day(&mut self) -> Result<bool, Refusal> {
        let skip = usize::from(matches!(self.word(0), Some(Word::The | Word::Next | Word::This | Word::Coming)));
        let day = match self.word(skip) {
            Some(Word::Day(days)) => Day::FromToday(i64::from(days)),
            Some(Word::TomorrowOrMorning) if self.said.day.is_none() && self.said.weekday.is_none() && skip == 0 => {
                Day::FromToday(1)
            }
            Some(Word::Feast(month, day)) => Day::OfYear(month, day),
            Some(Word::Easter) => Day::Easter,
            _ => return Ok(false),
        };
        self.at += skip + 1;
        let day = self.with_year(day)?;
        put(&mut self.said.day, day)?;
        Ok(true)
    }

    /// Friday, this Friday, next Friday, the weekend; the week may follow: Friday of next week.
    fn weekday(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        self.skip(Word::The);
        let which = match self.word(0) {
            Some(Word::This) => Which::This,
            Some(Word::Next) => Which::Next,
            Some(Word::Coming) => Which::Coming,
            _ => Which::Plain,
        };
        self.at += usize::from(which != Which::Plain);
        let weekday = match self.word(0) {
            Some(Word::Weekday(weekday)) => weekday,
            Some(Word::Weekend) => Weekday::Saturday,
            _ => {
                self.at = before;
                return Ok(false);
            }
        };
        let today = self.today.weekday();
        if self.word(0) == Some(Word::Weekend) && which != Which::Next && matches!(today, Weekday::Saturday | Weekday::Sunday) {
            let next = self.today.plus_days(7 - Weekday::Saturday.until(today)).ok_or(Refusal::TooFar)?;
            let reading = |date: Date| Reading { date, time: None };
            return Err(Refusal::two(reading(self.today), reading(next)));
        }
        self.at += 1;
        put(&mut self.said.weekday, (weekday, which))?;
        Ok(true)
    }

    /// A month with its day, in any order, with or without the year; the day of a month alone; a month alone.
    fn month_day(&mut self) -> Result<bool, Refusal> {
        let day = self.attempt(Self::day_then_month).or_else(|| self.attempt(Self::month_then_day));
        if let Some((month, day)) = day {
            let day = Day::OfYear(month, u8::try_from(day).map_err(|_| Refusal::NoSuchDate)?);
            let day = self.with_year(day)?;
            put(&mut self.said.day, day)?;
            return Ok(true);
        }
        if let Some(date) = self.attempt(Self::year_month_day) {
            put(&mut self.said.day, Day::Exact(date?))?;
            return Ok(true);
        }
        let of_month = self.attempt(|walk| {
            let article = walk.skip(Word::The);
            walk.ordinal().or_else(|| {
                let bare = walk.int(0).filter(|(day, digits)| article && *digits <= 2 && *day <= 31)?;
                walk.at += 1;
                Some(bare.0)
            })
        });
        if let Some(day) = of_month {
            return self.day_of_month(day).map(|()| true);
        }
        self.month_alone()
    }

    /// "the 20th", with the month that may follow: of this month.
    fn day_of_month(&mut self, day: u32) -> Result<(), Refusal> {
        let day = u8::try_from(day).ok().filter(|day| (1..=31).contains(day)).ok_or(Refusal::NoSuchDate)?;
        if self.word(0) == Some(Word::Unit(Unit::Day)) && matches!(self.word(1), Some(Word::Of | Word::In)) {
            self.at += 1;
        }
        if let Some(first) = self.attempt(|walk| {
            if !matches!(walk.word(0), Some(Word::Of | Word::In)) {
                return None;
            }
            walk.at += 1;
            walk.relative_month()
        }) {
            let date = Date::new(first.year(), first.month(), day).ok_or(Refusal::NoSuchDate)?;
            return put(&mut self.said.day, Day::Exact(date));
        }
        put(&mut self.said.day, Day::OfMonth(day))
    }

    /// "in march", "this september", "july 2019".
    fn month_alone(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        while matches!(self.word(0), Some(Word::In | Word::The | Word::One | Word::This)) {
            self.at += 1;
        }
        let Some(Word::Month(month)) = self.word(0) else {
            // "in 2031"
            if self.word(0).is_none()
                && let Some((year, 4)) = self.int(0)
                && self.at > before
                && self.tokens[before].kind == super::lex::Kind::Word(Word::In)
                && let Some(date) = Date::new(i32::try_from(year).unwrap_or_default(), 1, 1)
            {
                self.at += 1;
                put(&mut self.said.day, Day::Exact(date))?;
                return Ok(true);
            }
            self.at = before;
            return Ok(false);
        };
        self.at += 1;
        let day = self.with_year(Day::Month(month))?;
        put(&mut self.said.day, day)?;
        Ok(true)
    }

    /// 3rd of may, 22-feb, 10/August, fifth of april.
    pub(super) fn day_then_month(&mut self) -> Option<(u8, u32)> {
        // "the next 6th of april" is the one that comes.
        while matches!(self.word(0), Some(Word::The | Word::Next | Word::Coming)) {
            self.at += 1;
        }
        let day = match self.ordinal() {
            Some(day) => day,
            None => self.plain_day()?,
        };
        if self.word(0) == Some(Word::Unit(Unit::Day)) && self.word(1) == Some(Word::Of) {
            self.at += 1;
        }
        self.skip(Word::Of);
        self.joint();
        self.skip(Word::The);
        let Some(Word::Month(month)) = self.word(0) else { return None };
        self.at += 1;
        Some((month, day))
    }

    /// may 3rd, feb-22, march first, "September, the 3rd".
    pub(super) fn month_then_day(&mut self) -> Option<(u8, u32)> {
        let Some(Word::Month(month)) = self.word(0) else { return None };
        self.at += 1;
        if self.is_glued(0) {
            self.skip_sign('.');
        }
        self.joint();
        self.skip_sign(',');
        self.skip(Word::The);
        let day = self.ordinal().or_else(|| self.plain_day())?;
        // "march 14:00" and "march 8pm" say no day.
        let clock = self.is_glued(0) && (self.sign(0) == Some(':') || matches!(self.word(0), Some(Word::Am | Word::Pm)));
        if clock { None } else { Some((month, day)) }
    }

    /// The number of a day: one or two digits, or words.
    fn plain_day(&mut self) -> Option<u32> {
        if let Some((day, digits)) = self.int(0) {
            self.at += usize::from(digits <= 2);
            return (digits <= 2).then_some(day);
        }
        if self.word(0) == Some(Word::One) { None } else { self.number() }
    }

    /// 2018 march 18, 2019/sep/01, 2020/23/sep.
    fn year_month_day(&mut self) -> Option<Result<Date, Refusal>> {
        let (year, 4) = self.int(0)? else { return None };
        self.at += 1;
        self.joint();
        let (month, day) = self.attempt(Self::month_then_day).or_else(|| self.attempt(Self::day_then_month))?;
        let date = u8::try_from(day).ok().and_then(|day| Date::new(i32::try_from(year).ok()?, month, day));
        Some(date.ok_or(Refusal::NoSuchDate))
    }

    /// A sign between the parts of a date.
    fn joint(&mut self) {
        if self.is_glued(0) && matches!(self.sign(0), Some('-' | '/' | '.')) {
            self.at += 1;
        }
    }

    /// The year that follows a day, if one does.
    pub(super) fn with_year(&mut self, day: Day) -> Result<Day, Refusal> {
        let year = self.attempt(|walk| {
            if walk.sign(0) == Some(',') {
                walk.at += 1;
            }
            walk.joint();
            walk.skip(Word::In);
            walk.skip(Word::Of);
            let (value, digits) = walk.int(0)?;
            let clock = matches!(walk.word(1), Some(Word::Am | Word::Pm | Word::OClock))
                || (walk.is_glued(1) && !matches!(walk.sign(1), Some(',' | ')') | None))
                || (walk.is_glued(1) && walk.word(1).is_some())
                || matches!(super::lex::folded(walk.text(1)).as_str(), "p" | "a");
            if clock && !(digits == 4 && walk.date_time_joint(1)) {
                return None;
            }
            walk.at += 1;
            match digits {
                4 => i32::try_from(value).ok(),
                2 => two_digit_year(value, day, walk.today),
                _ => None,
            }
        });
        let Some(year) = year else { return Ok(day) };
        self.skip_date_time_joint();
        let date = match day {
            Day::OfYear(month, day) => Date::new(year, month, day),
            Day::Month(month) => Date::new(year, month, 1),
            Day::Easter => Date::easter(year),
            day => return if year == self.today.year() { Ok(day) } else { Err(Refusal::Twice) },
        };
        date.map(Day::Exact).ok_or(Refusal::NoSuchDate)
    }

    /// Whether a sign stands here that joins a date and a time: 05/31/2024-14:15, 06/Nov/2023:06:36.
    fn date_time_joint(&self, ahead: usize) -> bool {
        self.is_glued(ahead)
            && (matches!(self.sign(ahead), Some('.' | '-' | ':')) || self.text(ahead).eq_ignore_ascii_case("t"))
            && self.is_glued(ahead + 1)
            && self.int(ahead + 1).is_some()
            && self.sign(ahead + 2) == Some(':')
    }

    pub(super) fn skip_date_time_joint(&mut self) {
        if self.date_time_joint(0) {
            self.at += 1;
        }
    }

    /// Dates in numbers: 2026-11-24, 24.11.2026, 11/24, 24.11.
    fn numeric(&mut self) -> Result<bool, Refusal> {
        let Some((first, digits)) = self.int(0) else { return Ok(false) };
        if digits == 4
            && let (Some((month, 1..=2)), Some((day, 1..=2))) = (self.int(1), self.int(2))
            && !self.is_glued(1)
            && !self.is_glued(2)
        {
            // "2014 12 28"
            self.at += 3;
            return self.put_numbers(i64::from(first), month, day).map(|()| true);
        }
        let glued = |ahead: usize| self.is_glued(ahead);
        let Some(sign @ ('/' | '-' | '.')) = self.sign(1).filter(|_| glued(1)) else { return Ok(false) };
        let Some((second, second_digits @ 1..=2)) = self.int(2).filter(|_| glued(2)) else { return Ok(false) };
        let third = self.int(4).filter(|_| glued(3) && glued(4) && self.sign(3) == Some(sign));
        match (digits, third) {
            (4, Some((third, 1..=2))) => {
                self.at += 5;
                self.put_numbers(i64::from(first), second, third)?;
                self.skip_date_time_joint();
            }
            (1..=2, Some((year, year_digits @ (2 | 4)))) => {
                self.at += 5;
                let year = i64::from(if year_digits == 2 { year + 2000 } else { year });
                match self.in_order(first, second, sign, Some(year))? {
                    Ordered::Date(month, day) => self.put_numbers(year, month, day)?,
                    Ordered::Either(one, other) => put(&mut self.said.day, Day::Either(one, other))?,
                }
                self.skip_date_time_joint();
            }
            (1..=2, None) => {
                let german = sign == '.' && self.sign(3) == Some('.') && glued(3);
                let on = self.at > 0 && self.tokens[self.at - 1].kind == super::lex::Kind::Word(Word::On);
                // 8.30 may be a time, 5-6 a span of hours, 1/2 a half.
                if (sign == '.' && !german && !on && first < 24) || sign == '-' || (sign == '/' && second_digits > 2) {
                    return Ok(false);
                }
                if matches!(self.word(3), Some(Word::Unit(_))) {
                    return Ok(false);
                }
                self.at += if german { 4 } else { 3 };
                let day = match self.in_order(first, second, sign, None)? {
                    Ordered::Date(month, day) => {
                        let of_year = u8::try_from(month).ok().zip(u8::try_from(day).ok());
                        of_year.map(|(month, day)| Day::OfYear(month, day)).ok_or(Refusal::NoSuchDate)?
                    }
                    Ordered::Either(one, other) => Day::Either(one, other),
                };
                put(&mut self.said.day, day)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn put_numbers(&mut self, year: i64, month: u32, day: u32) -> Result<(), Refusal> {
        let date = i32::try_from(year).ok().zip(u8::try_from(month).ok()).zip(u8::try_from(day).ok());
        let date = date.and_then(|((year, month), day)| Date::new(year, month, day)).ok_or(Refusal::NoSuchDate)?;
        put(&mut self.said.day, Day::Exact(date))
    }

    /// Month and day of two numbers, in the user's order; with dots the day comes first everywhere. Where only the other
    /// order makes a date, that is meant.
    fn in_order(&self, first: u32, second: u32, sign: char, year: Option<i64>) -> Result<Ordered, Refusal> {
        let order = if sign == '.' { Some(Order::DayMonthYear) } else { self.context.order };
        let is_date = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
        match (is_date(first, second), is_date(second, first), order) {
            (true, true, _) if first == second => Ok(Ordered::Date(first, second)),
            (true, true, Some(Order::DayMonthYear)) | (false, true, _) => Ok(Ordered::Date(second, first)),
            (true, true, Some(_)) | (true, false, _) => Ok(Ordered::Date(first, second)),
            (true, true, None) => {
                let date = |month: u32, day: u32| {
                    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
                    match year {
                        Some(year) => Date::new(i32::try_from(year).ok()?, month, day),
                        None => (0..9)
                            .filter_map(|ahead| Date::new(self.today.year() + ahead, month, day))
                            .find(|it| *it >= self.today),
                    }
                };
                let (one, other) = date(first, second).zip(date(second, first)).ok_or(Refusal::NoSuchDate)?;
                Ok(Ordered::Either(one, other))
            }
            (false, false, _) => Err(Refusal::NoSuchDate),
        }
    }
}

/// Two numbers of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ordered {
    /// A month and a day.
    Date(u32, u32),
    /// Nobody said which comes first, and both orders are dates.
    Either(Date, Date),
}

/// The year that two digits mean: of this century, when the day is then still to come.
fn two_digit_year(digits: u32, day: Day, today: Date) -> Option<i32> {
    let year = 2000 + i32::try_from(digits).ok()?;
    let Day::OfYear(month, day) = day else { return None };
    Date::new(year, month, day).filter(|date| *date >= today && year < today.year() + 50).map(|_| year)
}
