//! What is suggested before anybody types. Pure.

use waxwing_domain::civil::{Civil, Date, Time, Weekday};

/// A suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suggestion {
    pub(super) what: What,
    pub(super) wall: Civil,
}

/// Which one. The words stand in `_locales` as `suggest_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    LaterToday,
    ThisMorning,
    Tomorrow,
    /// A morning where the recipient is; its wall time is that place's.
    There,
    Monday,
}

/// When a day of work begins.
pub(super) const MORNING: Time = Time::hour_sharp(9);
/// Before this hour the night still belongs to the day before.
const NIGHT_ENDS: u8 = 5;
/// The evening.
const EVENING: u8 = 18;
/// Nothing is suggested for the same day behind this hour.
const LATEST: u8 = 21;

/// What is suggested when clocks here show `here`, and where the recipient is `there`.
pub(super) fn suggestions(here: Civil, there: Option<Civil>) -> Vec<Suggestion> {
    let mut out = Vec::new();
    let mut add = |what, date: Option<Date>, time| {
        out.extend(date.map(|date| Suggestion { what, wall: Civil { date, time } }));
    };
    let today = here.date;
    let night = here.time.hour() < NIGHT_ENDS;
    if !night && let Some(hour) = later_today(here.time) {
        add(What::LaterToday, Some(today), Time::hour_sharp(hour));
    }
    if night {
        add(What::ThisMorning, Some(today), MORNING);
    }
    let tomorrow = today.plus_days(1);
    add(What::Tomorrow, tomorrow, MORNING);
    if let Some(there) = there {
        add(What::There, next_working_morning(there), MORNING);
    }
    let monday = today.plus_days(match today.weekday().until(Weekday::Monday) {
        0 => 7,
        days => days,
    });
    if monday != tomorrow {
        add(What::Monday, monday, MORNING);
    }
    out
}

/// The evening while it is some hours away, else three hours from now.
fn later_today(now: Time) -> Option<u8> {
    let hour = if now.hour() + 2 <= EVENING { EVENING.min(now.hour() + 8) } else { now.hour() + 3 };
    (hour <= LATEST).then_some(hour)
}

/// The next day, or this one while its morning is at least an hour away, that is neither a Saturday nor a Sunday.
fn next_working_morning(there: Civil) -> Option<Date> {
    let soonest = i64::from(there.time.hour() + 1 >= MORNING.hour());
    (soonest..soonest + 3)
        .filter_map(|days| there.date.plus_days(days))
        .find(|date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(text: &str) -> Civil {
        Civil::parse(text).expect("a time").0
    }

    fn said(here: &str, there: Option<&str>) -> Vec<(What, String)> {
        suggestions(civil(here), there.map(civil)).into_iter().map(|it| (it.what, it.wall.to_string())).collect()
    }

    #[test]
    fn on_a_day_of_work() {
        // A Monday.
        assert_eq!(
            said("2026-11-23T10:40", Some("2026-11-23T18:40")),
            [
                (What::LaterToday, "2026-11-23T18:00:00".to_owned()),
                (What::Tomorrow, "2026-11-24T09:00:00".to_owned()),
                (What::There, "2026-11-24T09:00:00".to_owned()),
                (What::Monday, "2026-11-30T09:00:00".to_owned()),
            ]
        );
    }

    #[test]
    fn late_at_night_and_at_weekends() {
        for (here, expected) in [
            // Sunday: tomorrow is Monday, which is not said twice.
            ("2026-11-22T20:30", vec![(What::Tomorrow, "2026-11-23T09:00:00")]),
            ("2026-11-22T18:59", vec![(What::LaterToday, "2026-11-22T21:00:00"), (What::Tomorrow, "2026-11-23T09:00:00")]),
            // After midnight the morning is that of the same day.
            (
                "2026-11-24T01:10",
                vec![
                    (What::ThisMorning, "2026-11-24T09:00:00"),
                    (What::Tomorrow, "2026-11-25T09:00:00"),
                    (What::Monday, "2026-11-30T09:00:00"),
                ],
            ),
            // Friday evening.
            ("2026-11-27T22:00", vec![(What::Tomorrow, "2026-11-28T09:00:00"), (What::Monday, "2026-11-30T09:00:00")]),
            (
                "2026-11-23T07:00",
                vec![
                    (What::LaterToday, "2026-11-23T15:00:00"),
                    (What::Tomorrow, "2026-11-24T09:00:00"),
                    (What::Monday, "2026-11-30T09:00:00"),
                ],
            ),
            ("9999-12-31T23:00", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(what, wall)| (what, wall.to_owned())).collect();
            assert_eq!(said(here, None), expected, "{here}");
        }
    }

    #[test]
    fn mornings_elsewhere_are_those_of_days_of_work() {
        for (there, expected) in [
            ("2026-11-23T07:59", "2026-11-23T09:00:00"),
            ("2026-11-23T08:00", "2026-11-24T09:00:00"),
            ("2026-11-27T12:00", "2026-11-30T09:00:00"),
            ("2026-11-28T02:00", "2026-11-30T09:00:00"),
            ("2026-11-29T12:00", "2026-11-30T09:00:00"),
        ] {
            let all = said("2026-11-24T12:00", Some(there));
            assert!(all.contains(&(What::There, expected.to_owned())), "{there}: {all:?}");
        }
    }

    #[test]
    fn nothing_is_suggested_for_what_is_over() {
        for hour in 0..24 {
            for minute in [0, 30, 59] {
                let here = Civil { date: civil("2026-11-23T00:00").date, time: Time::new(hour, minute, 0).expect("a time") };
                assert!(suggestions(here, None).iter().all(|it| it.wall > here), "{here}");
            }
        }
    }
}
