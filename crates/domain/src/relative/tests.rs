use super::*;

/// 2026-11-22 (a Sunday), 12:00 UTC.
const NOON: i64 = 20_779 * DAY + 12 * HOUR;

fn check(then: i64, now: i64, offset: i32, unit: Unit, count: i64) {
    let told = relative(Local { at: then, offset }, Local { at: now, offset });
    assert_eq!(told, Relative { unit, count }, "{} ms, offset {offset}", then - now);
}

#[test]
fn thresholds() {
    for (away, unit, count) in [
        (0, Unit::Now, 0),
        (59_999, Unit::Now, 0),
        (MINUTE, Unit::Minute, 1),
        (5 * MINUTE + 59_999, Unit::Minute, 5),
        (HOUR - 1, Unit::Minute, 59),
        (HOUR, Unit::Hour, 1),
        (119 * MINUTE, Unit::Hour, 1),
        // The same day until midnight, which is 12 hours off both ways (behind it, a millisecond more).
        (12 * HOUR - 1, Unit::Hour, 11),
        (13 * HOUR, Unit::Day, 1),
        (DAY, Unit::Day, 1),
        (2 * DAY, Unit::Day, 2),
        (6 * DAY, Unit::Day, 6),
        (7 * DAY, Unit::Week, 1),
        (13 * DAY, Unit::Week, 1),
        (29 * DAY, Unit::Week, 4),
        (30 * DAY, Unit::Month, 1),
        (364 * DAY, Unit::Month, 11),
        (365 * DAY, Unit::Year, 1),
        (800 * DAY, Unit::Year, 2),
    ] {
        check(NOON - away, NOON, 0, unit, -count);
        check(NOON + away, NOON, 0, unit, count);
    }
}

#[test]
fn days_are_the_readers() {
    let midnight = 20_780 * DAY;
    // 23:00 yesterday, seen at 01:00 and at 08:00.
    check(midnight - HOUR, midnight + HOUR, 0, Unit::Hour, -2);
    check(midnight - HOUR, midnight + 8 * HOUR, 0, Unit::Day, -1);
    // The same instants an hour further east are one day.
    check(midnight - HOUR, midnight + 8 * HOUR, 60, Unit::Hour, -9);
    // 26 hours over two midnights are two days only where they are.
    check(midnight - HOUR, midnight + DAY + HOUR, 0, Unit::Day, -2);
    check(midnight - HOUR, midnight + DAY + HOUR, -240, Unit::Day, -1);
    // The clocks went back in between: the same local time, 25 hours apart.
    let then = Local { at: NOON, offset: 120 };
    let now = Local { at: NOON + 25 * HOUR, offset: 60 };
    assert_eq!(relative(then, now), Relative { unit: Unit::Day, count: -1 });
    // Before 1970, and no overflow at the ends.
    assert_eq!(Local { at: -1, offset: 0 }.day(), -1);
    assert_eq!(relative(Local { at: i64::MIN, offset: -840 }, Local { at: i64::MAX, offset: 840 }).unit, Unit::Year);
}

#[test]
fn lists_are_grouped() {
    let today = 20_779;
    for (ago, monday, sunday) in [
        // Sunday 2026-11-22: the last day of a week that began on Monday, the first of one that begins today.
        (-3, Group::Today, Group::Today),
        (0, Group::Today, Group::Today),
        (1, Group::Yesterday, Group::Yesterday),
        (2, Group::ThisWeek, Group::LastWeek),
        (6, Group::ThisWeek, Group::LastWeek),
        (7, Group::LastWeek, Group::LastWeek),
        (8, Group::LastWeek, Group::Month { year: 2026, month: 11 }),
        (13, Group::LastWeek, Group::Month { year: 2026, month: 11 }),
        (14, Group::Month { year: 2026, month: 11 }, Group::Month { year: 2026, month: 11 }),
        (22, Group::Month { year: 2026, month: 10 }, Group::Month { year: 2026, month: 10 }),
        (400, Group::Month { year: 2025, month: 10 }, Group::Month { year: 2025, month: 10 }),
    ] {
        assert_eq!(group(today - ago, today, 1), monday, "{ago} days ago, weeks from Monday");
        assert_eq!(group(today - ago, today, 0), sunday, "{ago} days ago, weeks from Sunday");
    }
    let days = [today, today, today - 1, today - 20, today - 21, today - 30];
    let november = Group::Month { year: 2026, month: 11 };
    let october = Group::Month { year: 2026, month: 10 };
    let expected = [(Group::Today, 0..2), (Group::Yesterday, 2..3), (november, 3..5), (october, 5..6)];
    assert_eq!(groups(&days, today, 1), expected);
    assert_eq!(groups(&[], today, 1), []);
}

#[test]
fn months_of_days() {
    for (day, year, month) in [
        (0, 1970, 1),
        (-1, 1969, 12),
        (58, 1970, 2),
        (59, 1970, 3),
        (11_016, 2000, 2),
        (11_017, 2000, 3),
        (19_782, 2024, 2),
        (19_783, 2024, 3),
        (20_779, 2026, 11),
        (-719_468, 0, 3),
        (2_932_896, 9999, 12),
    ] {
        assert_eq!(year_and_month(day), (year, month), "{day}");
    }
    let _ = (year_and_month(i64::MAX), year_and_month(i64::MIN));
}
