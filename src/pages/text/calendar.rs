//! Days without a time: which heading a mail stands under.

/// A calendar day where the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    /// The year.
    pub(crate) year: i32,
    /// 1 to 12.
    pub(crate) month: u32,
    /// 1 to 31.
    pub(crate) day: u32,
}

/// The headings of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Today, and whatever a clock that was set back makes of it.
    Today,
    /// The day before.
    Yesterday,
    /// Earlier in the running week.
    ThisWeek,
    /// The week before.
    LastWeek,
    /// A month.
    Month {
        /// The year.
        year: i32,
        /// 1 to 12.
        month: u32,
    },
}

impl Day {
    /// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant's `days_from_civil`).
    pub(crate) const fn number(self) -> i32 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = (self.month as i32 + 9) % 12;
        let of_year = (153 * month + 2) / 5 + self.day as i32 - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// How many days this is after another one.
    pub(crate) const fn since(self, earlier: Self) -> i32 {
        self.number() - earlier.number()
    }

    /// The number of the first day of its week, when weeks begin on `first` (1 is Monday, 7 Sunday).
    const fn week_start(self, first: u32) -> i32 {
        // 1970-01-01 was a Thursday, the fourth day.
        let weekday = (self.number() + 3).rem_euclid(7) + 1;
        self.number() - (weekday - first as i32).rem_euclid(7)
    }

    /// The heading for a mail of this day.
    pub(crate) fn group(self, today: Self, first: u32) -> Group {
        match today.since(self) {
            ..=0 => Group::Today,
            1 => Group::Yesterday,
            _ if self.number() >= today.week_start(first) => Group::ThisWeek,
            _ if self.number() >= today.week_start(first) - 7 => Group::LastWeek,
            _ => Group::Month { year: self.year, month: self.month },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Group};

    fn day(text: &str) -> Day {
        let parts: Vec<i32> = text.split('-').map(|part| part.parse().expect("a number")).collect();
        Day { year: parts[0], month: parts[1].unsigned_abs(), day: parts[2].unsigned_abs() }
    }

    #[test]
    fn days_are_numbered() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-22", 20_779),
            ("2100-03-01", 47_541),
        ] {
            assert_eq!(day(text).number(), expected, "{text}");
        }
    }

    #[test]
    fn mails_stand_under_their_day() {
        // Sunday 2026-11-22; the week began on Monday 16th, or on that Sunday itself.
        for (sent, first, expected) in [
            ("2026-11-22", 1, Group::Today),
            ("2026-11-23", 1, Group::Today),
            ("2026-11-21", 1, Group::Yesterday),
            ("2026-11-20", 1, Group::ThisWeek),
            ("2026-11-16", 1, Group::ThisWeek),
            ("2026-11-15", 1, Group::LastWeek),
            ("2026-11-09", 1, Group::LastWeek),
            ("2026-11-08", 1, Group::Month { year: 2026, month: 11 }),
            ("2026-11-20", 7, Group::LastWeek),
            ("2026-11-15", 7, Group::LastWeek),
            ("2026-11-14", 7, Group::Month { year: 2026, month: 11 }),
            ("2025-11-22", 1, Group::Month { year: 2025, month: 11 }),
        ] {
            assert_eq!(day(sent).group(day("2026-11-22"), first), expected, "{sent}, weeks from {first}");
        }
    }
}
