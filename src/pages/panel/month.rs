//! A month as a grid of weeks, and where keys lead in it. Pure.

use waxwing_domain::civil::{Date, Weekday};

/// The weeks that hold a month's days, whole.
pub(super) fn weeks(of: Date, first: Weekday) -> Vec<[Date; 7]> {
    let mut out = Vec::new();
    let Some(mut day) = of.first_of_month().start_of_week(first) else { return out };
    let last = of.last_of_month();
    while day <= last {
        let mut week = [day; 7];
        for (number, place) in (0..).zip(&mut week) {
            match day.plus_days(number) {
                Some(date) => *place = date,
                // After the year 9999.
                None => return out,
            }
        }
        out.push(week);
        match day.plus_days(7) {
            Some(next) => day = next,
            None => return out,
        }
    }
    out
}

/// Where a key leads from a day; `None` for keys that lead nowhere. Never before `today`.
pub(super) fn moved(from: Date, key: &str, shift: bool, first: Weekday, today: Date) -> Option<Date> {
    let start = from.start_of_week(first)?;
    let to = match key {
        "ArrowLeft" => from.plus_days(-1),
        "ArrowRight" => from.plus_days(1),
        "ArrowUp" => from.plus_days(-7),
        "ArrowDown" => from.plus_days(7),
        "Home" => Some(start),
        "End" => start.plus_days(6),
        "PageUp" => from.plus_months(if shift { -12 } else { -1 }),
        "PageDown" => from.plus_months(if shift { 12 } else { 1 }),
        _ => return None,
    };
    Some(to.unwrap_or(from).max(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn weeks_hold_the_whole_month() {
        for (of, first, begins, ends, count) in [
            ("2026-11-23", Weekday::Monday, "2026-10-26", "2026-12-06", 6),
            ("2026-11-23", Weekday::Sunday, "2026-11-01", "2026-12-05", 5),
            ("2027-02-10", Weekday::Monday, "2027-02-01", "2027-02-28", 4),
        ] {
            let weeks = weeks(date(of), first);
            assert_eq!(weeks.len(), count, "{of}");
            assert_eq!((weeks[0][0], weeks[count - 1][6]), (date(begins), date(ends)), "{of}");
            assert!(
                weeks.iter().flatten().zip(weeks.iter().flatten().skip(1)).all(|(one, next)| next.days() == one.days() + 1)
            );
        }
        assert!(weeks(date("9999-12-31"), Weekday::Monday).len() >= 4);
    }

    #[test]
    fn keys() {
        let today = date("2026-11-20");
        for (key, shift, expected) in [
            ("ArrowLeft", false, Some("2026-11-24")),
            ("ArrowRight", false, Some("2026-11-26")),
            ("ArrowUp", false, Some("2026-11-20")),
            ("ArrowDown", false, Some("2026-12-02")),
            ("Home", false, Some("2026-11-23")),
            ("End", false, Some("2026-11-29")),
            ("PageUp", false, Some("2026-11-20")),
            ("PageDown", false, Some("2026-12-25")),
            ("PageDown", true, Some("2027-11-25")),
            ("Enter", false, None),
        ] {
            assert_eq!(moved(date("2026-11-25"), key, shift, Weekday::Monday, today), expected.map(date), "{key}");
        }
        let last = date("9999-12-31");
        assert_eq!(moved(last, "ArrowDown", false, Weekday::Monday, today), Some(last));
    }
}
