//! What is offered before anybody types: days from now, in the morning. Pure.

use waxwing_domain::civil::{Civil, Date, Weekday};

use crate::pages::panel::suggest::MORNING;

/// A suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Tomorrow,
    /// A day of this or the next week, by its name.
    Day(Weekday),
    Week,
    Month,
}

/// How far away the day is that is called by its name: three days, or two, or four, whichever is no day of a weekend.
const DAYS: [i64; 3] = [3, 2, 4];

/// What is offered when clocks here show `now`; without what no calendar holds.
pub(super) fn chips(now: Civil) -> Vec<(What, Civil)> {
    let today = now.date;
    let is_of_work = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let day = DAYS.iter().filter_map(|days| today.plus_days(*days)).find(is_of_work);
    let all = [
        today.plus_days(1).map(|date| (What::Tomorrow, date)),
        day.map(|date| (What::Day(date.weekday()), date)),
        today.plus_days(7).map(|date| (What::Week, date)),
        today.plus_months(1).map(|date| (What::Month, date)),
    ];
    all.into_iter().flatten().map(|(what, date)| (what, Civil { date, time: MORNING })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(now: &str) -> Vec<(What, String)> {
        let now = Civil::parse(now).expect("a time").0;
        chips(now).into_iter().map(|(what, wall)| (what, wall.to_string())).collect()
    }

    #[test]
    fn days_from_now_in_the_morning() {
        assert_eq!(
            said("2026-11-23T14:52"),
            [
                (What::Tomorrow, "2026-11-24T09:00:00".to_owned()),
                (What::Day(Weekday::Thursday), "2026-11-26T09:00:00".to_owned()),
                (What::Week, "2026-11-30T09:00:00".to_owned()),
                (What::Month, "2026-12-23T09:00:00".to_owned()),
            ]
        );
    }

    #[test]
    fn the_named_day_is_one_of_work() {
        for (now, day) in [
            ("2026-11-24T09:00", Weekday::Friday),
            ("2026-11-25T09:00", Weekday::Friday),
            ("2026-11-26T09:00", Weekday::Monday),
            ("2026-11-27T09:00", Weekday::Monday),
            ("2026-11-28T09:00", Weekday::Tuesday),
            ("2026-11-29T09:00", Weekday::Wednesday),
        ] {
            assert_eq!(said(now)[1].0, What::Day(day), "{now}");
        }
    }

    #[test]
    fn months_end_where_they_end_and_so_does_time() {
        assert_eq!(said("2027-01-31T10:00")[3].1, "2027-02-28T09:00:00");
        assert!(said("9999-12-31T10:00").is_empty());
    }
}
