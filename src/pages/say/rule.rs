//! What a rule of recurrence says, as far as it can be said in a few words.
//!
//! What must hold: a rule that these words would not say whole is not said by them: its own text is shown then.

use waxwing_domain::civil::Weekday;
use waxwing_domain::recur::{End, Frequency, Rule};

/// How often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Often {
    /// Every so many days.
    Days(u16),
    /// From Monday to Friday.
    Weekdays,
    /// Every so many weeks; on these days, or on that of the start.
    Weeks(u16, Vec<Weekday>),
    /// Every so many months, on the day of the start.
    Months(u16),
    /// Every so many months, on this day of the month.
    MonthDay(u16, u8),
    /// Every so many months, on the last day.
    LastDay(u16),
    /// Every so many months, on the nth such day; the last one when negative.
    Nth(u16, i8, Weekday),
    /// Every so many years, on the day of the start.
    Years(u16),
    /// Otherwise.
    Other,
}

/// How often, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeats {
    /// How often.
    pub(crate) often: Often,
    /// So many times in all.
    pub(crate) times: Option<u32>,
    /// Not after this day, `2026-12-24`.
    pub(crate) until: Option<String>,
}

/// What a rule says; `None` for a text that is none.
pub(crate) fn repeats(rule: &str) -> Option<Repeats> {
    let rule: Rule = rule.parse().ok()?;
    let (times, until) = match rule.end {
        End::Never => (None, None),
        End::Count(times) => (Some(times), None),
        End::Wall(civil) => (None, Some(civil.date.to_string())),
        End::Instant(at) => (None, waxwing_domain::civil::Civil::from_seconds(at).map(|civil| civil.date.to_string())),
    };
    Some(Repeats { often: often(&rule), times, until })
}

fn often(rule: &Rule) -> Often {
    let every = rule.interval;
    let numbered = rule.days.iter().any(|(number, _)| *number != 0);
    let times_of_day = !rule.hours.is_empty() || !rule.minutes.is_empty();
    if times_of_day || !rule.months.is_empty() || !rule.positions.is_empty() {
        return Often::Other;
    }
    let mut days: Vec<Weekday> = rule.days.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    match (rule.frequency, rule.month_days.as_slice(), rule.days.as_slice()) {
        (Frequency::Daily, [], []) => Often::Days(every),
        (Frequency::Daily | Frequency::Weekly, [], _) if !numbered && every == 1 && days == Weekday::ALL[..5] => {
            Often::Weekdays
        }
        (Frequency::Weekly, [], _) if !numbered => Often::Weeks(every, days),
        (Frequency::Monthly, [], []) => Often::Months(every),
        (Frequency::Monthly, [-1], []) => Often::LastDay(every),
        (Frequency::Monthly, [day], []) => u8::try_from(*day).map_or(Often::Other, |day| Often::MonthDay(every, day)),
        (Frequency::Monthly, [], [(number, day)]) if matches!(number, -1 | 1..=4) => Often::Nth(every, *number, *day),
        (Frequency::Yearly, [], []) => Often::Years(every),
        _ => Often::Other,
    }
}

#[cfg(test)]
mod tests {
    use waxwing_domain::civil::Weekday::{Friday, Monday, Wednesday};

    use super::{Often, repeats};

    #[test]
    fn rules_are_said_whole_or_not_at_all() {
        for (rule, expected) in [
            ("FREQ=DAILY", Often::Days(1)),
            ("FREQ=DAILY;INTERVAL=3", Often::Days(3)),
            ("FREQ=WEEKLY", Often::Weeks(1, vec![])),
            ("FREQ=WEEKLY;BYDAY=MO", Often::Weeks(1, vec![Monday])),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO", Often::Weeks(2, vec![Monday, Wednesday])),
            ("FREQ=WEEKLY;BYDAY=FR,TH,WE,TU,MO", Often::Weekdays),
            ("FREQ=MONTHLY", Often::Months(1)),
            ("FREQ=MONTHLY;BYMONTHDAY=3", Often::MonthDay(1, 3)),
            ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1", Often::LastDay(2)),
            ("FREQ=MONTHLY;BYMONTHDAY=-2", Often::Other),
            ("FREQ=MONTHLY;BYDAY=-1FR", Often::Nth(1, -1, Friday)),
            ("FREQ=MONTHLY;BYDAY=5FR", Often::Other),
            ("FREQ=MONTHLY;BYDAY=FR", Often::Other),
            ("FREQ=YEARLY", Often::Years(1)),
            ("FREQ=YEARLY;BYMONTH=3", Often::Other),
            ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=8", Often::Other),
        ] {
            assert_eq!(repeats(rule).map(|it| it.often), Some(expected), "{rule}");
        }
        for rule in ["", "every monday", "FREQ=HOURLY"] {
            assert_eq!(repeats(rule), None, "{rule}");
        }
    }

    #[test]
    fn its_end_is_said() {
        let end = |rule: &str| repeats(rule).map(|it| (it.times, it.until));
        assert_eq!(end("FREQ=DAILY;COUNT=5"), Some((Some(5), None)));
        assert_eq!(end("FREQ=DAILY;UNTIL=20261224T090000"), Some((None, Some("2026-12-24".to_owned()))));
        assert_eq!(end("FREQ=DAILY;UNTIL=20261224T090000Z"), Some((None, Some("2026-12-24".to_owned()))));
        assert_eq!(end("FREQ=DAILY"), Some((None, None)));
    }
}
