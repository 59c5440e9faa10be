//! Public holidays of countries, by the rules that their laws give: for mails that should not arrive on one.
//!
//! Only days off in a whole country are here; those of its parts (Bavaria, Scotland) are not known, and the interface says so:
//! such days can be given by their dates. Rules are those in force in 2026; the past is not asked for.

use crate::civil::{Date, Weekday};

/// When a holiday is.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Month and day.
    On(u8, u8),
    /// Month and day; on a Saturday or Sunday the next weekday that is no holiday already is off too.
    Substituted(u8, u8),
    /// Month and day; on a Saturday the Friday before is off too, on a Sunday the Monday after (5 U.S.C. 6103).
    Observed(u8, u8),
    /// Days after Easter Sunday of the western churches.
    Easter(i64),
    /// The nth such day of a month, from its end when negative.
    Nth(i8, Weekday, u8),
    /// The first such day that is not before a month's day.
    From(Weekday, u8, u8),
}

use Rule::{Easter, From, Nth, Observed, On, Substituted};
use Weekday::{Friday, Monday, Saturday, Sunday, Thursday};

/// A country.
#[derive(Debug, Clone, Copy)]
pub struct Country {
    /// ISO 3166-1 alpha-2; its name in a language is the browser's to say.
    pub code: &'static str,
    rules: &'static [Rule],
}

const NEW_YEAR: Rule = On(1, 1);
const EPIPHANY: Rule = On(1, 6);
const LABOUR: Rule = On(5, 1);
const ASSUMPTION: Rule = On(8, 15);
const ALL_SAINTS: Rule = On(11, 1);
const CHRISTMAS: Rule = On(12, 25);
const SECOND_CHRISTMAS: Rule = On(12, 26);
const MAUNDY_THURSDAY: Rule = Easter(-3);
const GOOD_FRIDAY: Rule = Easter(-2);
const EASTER_MONDAY: Rule = Easter(1);
const ASCENSION: Rule = Easter(39);
const WHIT_MONDAY: Rule = Easter(50);
const CORPUS_CHRISTI: Rule = Easter(60);

/// The countries that are known, by their codes.
pub static COUNTRIES: &[Country] = &[
    Country {
        code: "AT",
        rules: &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_MONDAY,
            LABOUR,
            ASCENSION,
            WHIT_MONDAY,
            CORPUS_CHRISTI,
            ASSUMPTION,
            On(10, 26),
            ALL_SAINTS,
            On(12, 8),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "BE",
        rules: &[
            NEW_YEAR,
            EASTER_MONDAY,
            LABOUR,
            ASCENSION,
            WHIT_MONDAY,
            On(7, 21),
            ASSUMPTION,
            ALL_SAINTS,
            On(11, 11),
            CHRISTMAS,
        ],
    },
    Country {
        code: "CA",
        rules: &[
            NEW_YEAR,
            GOOD_FRIDAY,
            // The Monday before 25 May.
            From(Monday, 5, 18),
            On(7, 1),
            Nth(1, Monday, 9),
            On(9, 30),
            Nth(2, Monday, 10),
            On(11, 11),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    // Only the first is one by federal law; the others are in nearly all cantons.
    Country { code: "CH", rules: &[On(8, 1), NEW_YEAR, ASCENSION, CHRISTMAS] },
    Country {
        code: "DE",
        rules: &[NEW_YEAR, GOOD_FRIDAY, EASTER_MONDAY, LABOUR, ASCENSION, WHIT_MONDAY, On(10, 3), CHRISTMAS, SECOND_CHRISTMAS],
    },
    Country {
        code: "DK",
        rules: &[NEW_YEAR, MAUNDY_THURSDAY, GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY, CHRISTMAS, SECOND_CHRISTMAS],
    },
    Country {
        code: "ES",
        rules: &[NEW_YEAR, EPIPHANY, GOOD_FRIDAY, LABOUR, ASSUMPTION, On(10, 12), ALL_SAINTS, On(12, 6), On(12, 8), CHRISTMAS],
    },
    Country {
        code: "FI",
        rules: &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR,
            ASCENSION,
            From(Saturday, 6, 20),
            From(Saturday, 10, 31),
            On(12, 6),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "FR",
        rules: &[
            NEW_YEAR,
            EASTER_MONDAY,
            LABOUR,
            On(5, 8),
            ASCENSION,
            WHIT_MONDAY,
            On(7, 14),
            ASSUMPTION,
            ALL_SAINTS,
            On(11, 11),
            CHRISTMAS,
        ],
    },
    // England and Wales.
    Country {
        code: "GB",
        rules: &[
            Substituted(1, 1),
            GOOD_FRIDAY,
            EASTER_MONDAY,
            Nth(1, Monday, 5),
            Nth(-1, Monday, 5),
            Nth(-1, Monday, 8),
            Substituted(12, 25),
            Substituted(12, 26),
        ],
    },
    Country {
        code: "IE",
        rules: &[
            NEW_YEAR,
            // The first Monday of February, or the first when that is a Friday.
            Nth(1, Monday, 2),
            On(3, 17),
            EASTER_MONDAY,
            Nth(1, Monday, 5),
            Nth(1, Monday, 6),
            Nth(1, Monday, 8),
            Nth(-1, Monday, 10),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "IT",
        rules: &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_MONDAY,
            On(4, 25),
            LABOUR,
            On(6, 2),
            ASSUMPTION,
            On(10, 4),
            ALL_SAINTS,
            On(12, 8),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country { code: "NL", rules: &[NEW_YEAR, EASTER_MONDAY, On(4, 27), ASCENSION, WHIT_MONDAY, CHRISTMAS, SECOND_CHRISTMAS] },
    Country {
        code: "NO",
        rules: &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR,
            On(5, 17),
            ASCENSION,
            WHIT_MONDAY,
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "PL",
        rules: &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_MONDAY,
            LABOUR,
            On(5, 3),
            CORPUS_CHRISTI,
            ASSUMPTION,
            ALL_SAINTS,
            On(11, 11),
            On(12, 24),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "PT",
        rules: &[
            NEW_YEAR,
            GOOD_FRIDAY,
            On(4, 25),
            LABOUR,
            CORPUS_CHRISTI,
            On(6, 10),
            ASSUMPTION,
            On(10, 5),
            ALL_SAINTS,
            On(12, 1),
            On(12, 8),
            CHRISTMAS,
        ],
    },
    Country {
        code: "SE",
        rules: &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR,
            ASCENSION,
            On(6, 6),
            From(Saturday, 6, 20),
            From(Saturday, 10, 31),
            CHRISTMAS,
            SECOND_CHRISTMAS,
        ],
    },
    Country {
        code: "US",
        rules: &[
            Observed(1, 1),
            Nth(3, Monday, 1),
            Nth(3, Monday, 2),
            Nth(-1, Monday, 5),
            Observed(6, 19),
            Observed(7, 4),
            Nth(1, Monday, 9),
            Nth(2, Monday, 10),
            Observed(11, 11),
            Nth(4, Thursday, 11),
            Observed(12, 25),
        ],
    },
];

impl Country {
    /// The country of a code, in upper or lower case.
    pub fn find(code: &str) -> Option<&'static Self> {
        COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code))
    }

    /// Whether nobody works there on this day (weekends are none).
    pub fn has(&self, date: Date) -> bool {
        self.rules.iter().any(|rule| self.falls_on(*rule, date))
    }

    fn falls_on(&self, rule: Rule, date: Date) -> bool {
        let is = |month: u8, day: u8| (date.month(), date.day()) == (month, day);
        match rule {
            // King's Day is on the 26th when the 27th is a Sunday.
            On(4, 27) if self.code == "NL" => {
                let sunday = Date::new(date.year(), 4, 27).is_some_and(|day| day.weekday() == Sunday);
                is(4, if sunday { 26 } else { 27 })
            }
            // Saint Brigid's: 1 February itself when it is a Friday.
            Nth(1, Monday, 2) if self.code == "IE" => match Date::new(date.year(), 2, 1) {
                Some(first) if first.weekday() == Friday => date == first,
                _ => nth(date, 1, Monday, 2),
            },
            On(month, day) => is(month, day),
            Substituted(month, day) => is(month, day) || self.stands_in(date, month, day),
            Observed(month, day) => {
                is(month, day)
                    || (date.weekday() == Friday && date.plus_days(1).is_some_and(|it| (it.month(), it.day()) == (month, day)))
                    || (date.weekday() == Monday && date.plus_days(-1).is_some_and(|it| (it.month(), it.day()) == (month, day)))
            }
            Easter(days) => Date::easter(date.year()).and_then(|easter| easter.plus_days(days)) == Some(date),
            Nth(n, weekday, month) => nth(date, n, weekday, month),
            From(weekday, month, day) => Date::new(date.year(), month, day)
                .is_some_and(|from| from.plus_days(from.weekday().until(weekday)) == Some(date)),
        }
    }

    /// Whether `date` is the weekday that stands in for a holiday on a weekend: two in a row take the two next ones.
    fn stands_in(&self, date: Date, month: u8, day: u8) -> bool {
        let Some(holiday) = Date::new(date.year(), month, day) else { return false };
        let weekend = |day: Date| matches!(day.weekday(), Saturday | Sunday);
        if !weekend(holiday) || date <= holiday {
            return false;
        }
        let fixed = |at: Date| {
            self.rules.iter().any(|rule| matches!(rule, Substituted(month, day) if (at.month(), at.day()) == (*month, *day)))
        };
        // A holiday before this one that is on a weekend too has taken a day already.
        let earlier = self.rules.iter().filter(|rule| {
            matches!(rule, Substituted(m, d) if *m == month && *d < day
                && Date::new(date.year(), *m, *d).is_some_and(weekend))
        });
        let mut left = earlier.count();
        let mut at = holiday;
        for _ in 0..7 {
            let Some(next) = at.plus_days(1) else { return false };
            at = next;
            if weekend(at) || fixed(at) {
                continue;
            }
            if left == 0 {
                return at == date;
            }
            left -= 1;
        }
        false
    }
}

/// Whether a date is the nth such day of a month.
fn nth(date: Date, n: i8, weekday: Weekday, month: u8) -> bool {
    if date.month() != month || date.weekday() != weekday {
        return false;
    }
    let place =
        if n > 0 { i64::from(date.day() - 1) / 7 + 1 } else { -(i64::from(date.last_of_month().day() - date.day()) / 7 + 1) };
    place == i64::from(n)
}

/// Days on which nothing should go out: of countries, and single ones.
#[derive(Debug, Clone, Default)]
pub struct Holidays {
    countries: Vec<&'static Country>,
    dates: Vec<Date>,
}

impl Holidays {
    /// Reads countries' codes and dates (`2026-12-24`). Gives the first that is neither.
    pub fn read(texts: &[String]) -> Result<Self, &str> {
        let mut holidays = Self::default();
        for text in texts {
            match (Country::find(text), Date::parse(text)) {
                (Some(country), _) => holidays.countries.push(country),
                (None, Some(date)) => holidays.dates.push(date),
                (None, None) => return Err(text),
            }
        }
        Ok(holidays)
    }

    /// Whether a day is one of them.
    pub fn has(&self, date: Date) -> bool {
        self.dates.contains(&date) || self.countries.iter().any(|country| country.has(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, year: i32) -> Vec<String> {
        let country = Country::find(code).unwrap();
        let first = Date::new(year, 1, 1).unwrap();
        let days = (0..366).filter_map(|days| first.plus_days(days)).filter(|day| day.year() == year);
        days.filter(|day| country.has(*day)).map(|day| day.to_string()[5..].to_owned()).collect()
    }

    #[test]
    fn known_years() {
        let year = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of("de", 2026), year("01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"));
        assert_eq!(of("FR", 2026), year("01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"));
        // 4 July 2026 is a Saturday: the Friday before is off.
        assert_eq!(of("US", 2026), year("01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"));
        // New Year 2022 was a Saturday: the Friday before it belongs to the year before.
        assert!(of("US", 2021).contains(&"12-31".to_owned()));
        // Boxing Day 2026 is a Saturday, Christmas Day 2027 a Saturday: two weekdays stand in.
        assert_eq!(of("GB", 2026), year("01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"));
        assert_eq!(of("GB", 2027), year("01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"));
        // Christmas Day 2022 was a Sunday: the Tuesday stood in, since the Monday was Boxing Day.
        assert_eq!(of("GB", 2022)[7..], year("12-25 12-26 12-27")[..]);
        assert_eq!(of("NO", 2026), year("01-01 04-02 04-03 04-06 05-01 05-14 05-17 05-25 12-25 12-26"));
        assert_eq!(of("IE", 2026)[1], "02-02");
        assert_eq!(of("IE", 2030)[1], "02-01");
        assert_eq!(of("CA", 2026)[2], "05-18");
        // 27 April 2025 was a Sunday.
        assert!(of("NL", 2025).contains(&"04-26".to_owned()) && !of("NL", 2025).contains(&"04-27".to_owned()));
        assert!(of("SE", 2026).contains(&"06-20".to_owned()) && of("SE", 2026).contains(&"10-31".to_owned()));
    }

    #[test]
    fn every_country_has_a_few_and_no_code_stands_twice() {
        for (at, country) in COUNTRIES.iter().enumerate() {
            assert!((4..=14).contains(&of(country.code, 2026).len()), "{}", country.code);
            assert!(COUNTRIES[at + 1..].iter().all(|other| other.code > country.code), "in the order of codes");
        }
    }

    #[test]
    fn codes_and_dates_are_read() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let holidays = Holidays::read(&texts(&["de", "2026-12-24"])).unwrap();
        let has = |day: u8| holidays.has(Date::new(2026, 12, day).unwrap());
        assert_eq!((has(23), has(24), has(25), has(27)), (false, true, true, false));
        assert_eq!(Holidays::read(&texts(&["DE", "XX"])).unwrap_err(), "XX");
        assert_eq!(Holidays::read(&texts(&["2026-02-30"])).unwrap_err(), "2026-02-30");
    }
}
