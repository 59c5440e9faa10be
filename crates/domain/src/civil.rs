//! Dates and times of day as calendars and clocks show them, in no zone: the proleptic Gregorian calendar.
//!
//! Small on purpose: this gets into Gmail's tab. What must hold: a [`Date`] always exists (no 30 February) and lies in the
//! years 1 to 9999; sums that leave those years give `None`.

use std::fmt;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weekday {
    /// Monday: the first day of ISO weeks.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// 0 is Monday, 6 is Sunday.
    pub fn index(self) -> u8 {
        self as u8
    }

    /// The day that is `days` after Monday, round and round.
    pub fn from_index(days: i64) -> Self {
        Self::ALL[usize::try_from(days.rem_euclid(7)).unwrap_or_default()]
    }

    /// As RFC 5545 writes it: `MO`.
    pub fn code(self) -> &'static str {
        ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][usize::from(self.index())]
    }

    /// How many days from this one to the next `other`: 0 to 6.
    pub fn until(self, other: Self) -> i64 {
        (i64::from(other.index()) - i64::from(self.index())).rem_euclid(7)
    }
}

/// A day that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

/// Whether a year has a 29 February.
pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days a month has; 0 for a month that is none.
pub fn month_length(year: i32, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970-01-01, of the numbers of a day.
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the leap day: no table of months is needed.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Date {
    /// The day, if there is one, in the years 1 to 9999.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=9999).contains(&year) && day >= 1 && day <= month_length(year, month);
        if exists { Some(Self { year: i16::try_from(year).ok()?, month, day }) } else { None }
    }

    /// The day that is so many days after 1970-01-01.
    pub fn from_days(days: i64) -> Option<Self> {
        if !(-719_162..=2_932_896).contains(&days) {
            return None;
        }
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// 1 to 9999.
    pub fn year(self) -> i32 {
        i32::from(self.year)
    }

    /// 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days from 1970-01-01.
    pub fn days(self) -> i64 {
        days_from(i64::from(self.year), i64::from(self.month), i64::from(self.day))
    }

    /// Its day of the week.
    pub fn weekday(self) -> Weekday {
        Weekday::from_index(self.days() + 3)
    }

    /// So many days later (or earlier).
    pub fn plus_days(self, days: i64) -> Option<Self> {
        Self::from_days(self.days().checked_add(days)?)
    }

    /// So many months later; the last day of the month where there is no such day.
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let count = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = i32::try_from(count.div_euclid(12)).ok()?;
        let month = u8::try_from(count.rem_euclid(12)).ok()? + 1;
        Self::new(year, month, self.day.min(month_length(year, month)))
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self { day: 1, ..self }
    }

    /// The last day of its month.
    #[must_use]
    pub fn last_of_month(self) -> Self {
        Self { day: month_length(self.year(), self.month), ..self }
    }

    /// The first day of its week, where weeks begin on `first`.
    pub fn start_of_week(self, first: Weekday) -> Option<Self> {
        self.plus_days(-first.until(self.weekday()))
    }

    /// The number of its day in the year: 1 to 366.
    pub fn day_of_year(self) -> i64 {
        self.days() - days_from(i64::from(self.year), 1, 1) + 1
    }

    /// Its ISO 8601 year and week (1 to 53): weeks begin on Monday and belong to the year of their Thursday.
    pub fn iso_week(self) -> (i32, i64) {
        let thursday = self.plus_days(3 - i64::from(self.weekday().index())).unwrap_or(self);
        (thursday.year(), (thursday.day_of_year() - 1) / 7 + 1)
    }

    /// Reads `2026-11-24`, and nothing around it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() });
        if !shaped {
            return None;
        }
        Self::new(text.get(0..4)?.parse().ok()?, text.get(5..7)?.parse().ok()?, text.get(8..10)?.parse().ok()?)
    }

    /// Easter Sunday of the western churches.
    pub fn easter(year: i32) -> Option<Self> {
        // The anonymous Gregorian computus.
        let (golden, century, rest) = (year % 19, year / 100, year % 100);
        let epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
        let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
        let late = (golden + 11 * epact + 22 * weekday) / 451;
        let sum = epact + weekday - 7 * late + 114;
        Self::new(year, u8::try_from(sum / 31).ok()?, u8::try_from(sum % 31 + 1).ok()?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A time of day, to the second; no leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
}

impl Time {
    /// 0:00.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0, second: 0 };

    /// The time, if there is one.
    pub const fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        if hour < 24 && minute < 60 && second < 60 { Some(Self { hour, minute, second }) } else { None }
    }

    /// A full hour; hours past 23 start again at 0.
    pub const fn hour_sharp(hour: u8) -> Self {
        Self { hour: hour % 24, minute: 0, second: 0 }
    }

    /// Reads `09:00`, and nothing around it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 5
            && bytes.iter().enumerate().all(|(at, byte)| if at == 2 { *byte == b':' } else { byte.is_ascii_digit() });
        if !shaped {
            return None;
        }
        Self::new(text.get(0..2)?.parse().ok()?, text.get(3..5)?.parse().ok()?, 0)
    }

    /// 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// 0 to 59.
    pub fn second(self) -> u8 {
        self.second
    }

    /// Seconds since midnight.
    pub fn seconds(self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

/// A date and a time of day, in no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Civil {
    /// The day.
    pub date: Date,
    /// The time on it.
    pub time: Time,
}

impl Civil {
    /// Seconds since 1970-01-01T00:00:00 on the same clock.
    pub fn seconds(self) -> i64 {
        self.date.days() * 86_400 + self.time.seconds()
    }

    /// The moment so many seconds after 1970-01-01T00:00:00 on the same clock.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        let date = Date::from_days(seconds.div_euclid(86_400))?;
        let of_day = seconds.rem_euclid(86_400);
        let part = |value: i64| u8::try_from(value).ok();
        let time = Time::new(part(of_day / 3600)?, part(of_day / 60 % 60)?, part(of_day % 60)?)?;
        Some(Self { date, time })
    }

    /// Reads `2026-11-24T09:00` and `2026-11-24 09:00:00`, with fractions of a second cut off. The rest of the text, such
    /// as an offset, comes back.
    pub fn parse(text: &str) -> Option<(Self, &str)> {
        let number = |range: std::ops::Range<usize>| -> Option<u32> {
            let digits = text.get(range)?;
            if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
        };
        let bytes = text.as_bytes();
        let sign = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
        if !(sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":")) {
            return None;
        }
        let small = |range| number(range).and_then(|value| u8::try_from(value).ok());
        let date = Date::new(i32::try_from(number(0..4)?).ok()?, small(5..7)?, small(8..10)?)?;
        let (mut second, mut end) = (0, 16);
        if sign(16, b":") {
            (second, end) = (small(17..19)?, 19);
            if sign(19, b".,") {
                let digits = bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                end = if digits == 0 { return None } else { 20 + digits };
            }
        }
        let time = Time::new(small(11..13)?, small(14..16)?, second)?;
        Some((Self { date, time }, text.get(end..)?))
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

/// Reads an offset from UTC, in seconds: `Z`, `+02:00`, `-0530`, `+2`. Within a day, as zones are.
pub fn parse_offset(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let plain = |text: &str| -> Option<i32> {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { text.parse().ok() } else { None }
    };
    let (hours, minutes) = (plain(hours)?, plain(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// An offset from UTC, as RFC 3339 writes it: `+01:00`. Seconds, which only old zones have, are cut off.
pub fn offset_text(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u8, day: u8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn days_go_there_and_back() {
        assert_eq!(date(1970, 1, 1).days(), 0);
        assert_eq!(date(2000, 3, 1).days(), 11_017);
        assert_eq!(Date::from_days(-719_162), Date::new(1, 1, 1));
        assert_eq!(Date::from_days(2_932_896), Date::new(9999, 12, 31));
        assert_eq!((Date::from_days(-719_163), Date::from_days(2_932_897)), (None, None));
        let mut day = date(1895, 12, 31);
        for days in day.days()..day.days() + 80_000 {
            assert_eq!(Date::from_days(days).unwrap().days(), days);
            let next = day.plus_days(1).unwrap();
            assert!(next > day && next.weekday().index() == (day.weekday().index() + 1) % 7);
            day = next;
        }
        assert_eq!(date(2026, 11, 22).weekday(), Weekday::Sunday);
    }

    #[test]
    fn there_are_no_days_that_do_not_exist() {
        for (year, month, day) in [(2026, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (0, 1, 1)] {
            assert_eq!(Date::new(year, month, day), None);
        }
        assert!(Date::new(2000, 2, 29).is_some() && Date::new(1900, 2, 29).is_none() && Date::new(2024, 2, 29).is_some());
        assert_eq!(date(2026, 1, 31).plus_months(1), Date::new(2026, 2, 28));
        assert_eq!(date(2026, 1, 31).plus_months(-11), Date::new(2025, 2, 28));
        assert_eq!(date(9999, 12, 1).plus_months(1), None);
        assert_eq!(date(2026, 1, 1).plus_days(i64::MAX), None);
    }

    #[test]
    fn weeks_and_easter() {
        assert_eq!(date(2026, 1, 1).iso_week(), (2026, 1));
        assert_eq!(date(2027, 1, 1).iso_week(), (2026, 53));
        assert_eq!(date(2024, 12, 30).iso_week(), (2025, 1));
        assert_eq!(date(2026, 11, 22).start_of_week(Weekday::Monday), Date::new(2026, 11, 16));
        assert_eq!(date(2026, 11, 22).start_of_week(Weekday::Sunday), Date::new(2026, 11, 22));
        for (year, month, day) in [(2018, 4, 1), (2019, 4, 21), (2013, 3, 31), (2025, 4, 20), (2038, 4, 25)] {
            assert_eq!(Date::easter(year), Date::new(year, month, day));
        }
    }

    #[test]
    fn reads_and_writes() {
        let read = |text| Civil::parse(text).map(|(civil, rest)| (civil.to_string(), rest));
        assert_eq!(read("2026-11-24T09:00"), Some(("2026-11-24T09:00:00".to_owned(), "")));
        assert_eq!(read("2026-11-24 09:00:01.250+01:00"), Some(("2026-11-24T09:00:01".to_owned(), "+01:00")));
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T9:00",
            "2026-11-24T24:00",
            "2026-02-30T09:00",
            "2026-11-24T09:00:00.",
            "é026-11-24T09:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Date::parse("2026-11-24"), Date::new(2026, 11, 24));
        for text in ["", "2026-11-31", "2026-1-24", "2026-11-24 ", "+026-11-24", "2026/11/24", "202é-11-2"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(Time::parse("09:30"), Time::new(9, 30, 0));
        for text in ["", "9:30", "24:00", "09:60", "09:30:00", "+9:30", "0é:3"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
        let offset = |text| parse_offset(text).map(offset_text);
        assert_eq!(offset("-0530").as_deref(), Some("-05:30"));
        assert_eq!(offset("+2").as_deref(), Some("+02:00"));
        assert_eq!(offset("z").as_deref(), Some("+00:00"));
        for text in ["", "2", "+", "+25:00", "+2:5", "+02:60", "é", "+é1"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
