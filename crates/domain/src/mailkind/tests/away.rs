//! When somebody is back.

use crate::civil::{Civil, Date};
use crate::mailkind::away::{named_day, working_day_after};
use crate::when::zone::{Fixed, NoZones};
use crate::when::{Context, Order};

/// Monday, 23 November 2026, 10:00 at UTC+1.
fn day(subject: &str, text: &str) -> Option<String> {
    let now = Civil::parse("2026-11-23T10:00").unwrap().0.seconds() - 3600;
    let zone = Fixed(3600);
    named_day(subject, text, &Context::new(now, &zone, &NoZones)).map(|date| date.to_string())
}

#[test]
fn days_that_are_named() {
    for (text, expected) in [
        ("I am out of the office until Friday.", "2026-11-27"),
        ("I will be away until 12 December 2026 with no access to mail.", "2026-12-12"),
        ("I'm out until December 12th, and will answer then.", "2026-12-12"),
        ("I am on leave from 23 November to 4 December.", "2026-12-04"),
        ("Away from Monday, November 23 through Friday, December 4.", "2026-12-04"),
        ("I will be back on Monday, 30 November 2026.", "2026-11-30"),
        ("Returning on 2026-12-07.", "2026-12-07"),
        ("I will be back in the office on Tuesday 1 December at 9am.", "2026-12-01"),
        ("Out until Friday 27 November, back on Monday 30 November.", "2026-11-30"),
        ("I will return Monday.", "2026-11-30"),
        ("I am out of the office until the end of November.", "2026-11-30"),
        ("Ich bin bis zum 12. Dezember nicht im Büro.", "2026-12-12"),
        ("Ich bin bis einschließlich 12.12.2026 im Urlaub.", "2026-12-12"),
        ("Ich bin vom 23.11.2026 bis 04.12.2026 abwesend.", "2026-12-04"),
        ("Ab dem 7. Dezember bin ich wieder für Sie da.", "2026-12-07"),
        ("Ich bin wieder erreichbar am Montag, 30. November.", "2026-11-30"),
        ("Ich bin erst wieder am 1. Dezember im Büro.", "2026-12-01"),
        ("Ich bin bis Freitag unterwegs.\n\nI am travelling until Friday.", "2026-11-27"),
        ("I am away until Friday.\n\n> I was away until 12 December\n", "2026-11-27"),
    ] {
        assert_eq!(day("Automatic reply: hi", text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(day("Out of office until 12 December", "I will answer then.").as_deref(), Some("2026-12-12"));
}

#[test]
fn nothing_when_unsure() {
    for text in [
        "",
        "I am out of the office and will answer as soon as I am back.",
        // Over; and last year's, never switched off.
        "I am out of the office until 12 November.",
        "I am out of the office until 2 January 2025.",
        "I am out of the office until today.",
        "I am away until 17:00.",
        // Too far away.
        "I am on sabbatical until 1 March 2030.",
        // In two ways.
        "I am away until 01/02.",
        // Two days that do not fit together.
        "I am away until Friday, and Ann until 12 December.",
        "Away until 27 November, back on 21 December.",
        "Back on Monday. Back on Thursday.",
        // A day of something else.
        "Our office is closed on Friday.",
        "The conference is on 12 December.",
        "Please wait until I am back.",
        "Ich bin bis auf Weiteres nicht erreichbar.",
        "until until until until bis bis bis zum zum zum",
    ] {
        assert_eq!(day("Automatic reply", text), None, "{text}");
    }
    let long = "until ".repeat(100_000);
    assert_eq!(day(&long, &long), None);
}

#[test]
fn the_users_order_settles_dates() {
    let now = Civil::parse("2026-11-23T10:00").unwrap().0.seconds();
    let zone = Fixed(0);
    let context = Context { order: Some(Order::DayMonthYear), ..Context::new(now, &zone, &NoZones) };
    assert_eq!(named_day("", "away until 01/02/2027", &context), Date::new(2027, 2, 1));
}

#[test]
fn working_days() {
    let date = |day| Date::new(2026, 12, day).unwrap();
    assert_eq!(working_day_after(date(12), |_| false), Some(date(14)), "the 12th is a Saturday");
    assert_eq!(working_day_after(date(10), |_| false), Some(date(11)));
    assert_eq!(working_day_after(date(11), |_| false), Some(date(14)));
    assert_eq!(working_day_after(date(24), |day| day == date(25)), Some(date(28)));
    assert_eq!(working_day_after(date(1), |_| true), None);
    assert_eq!(working_day_after(Date::new(9999, 12, 31).unwrap(), |_| false), None);
}
