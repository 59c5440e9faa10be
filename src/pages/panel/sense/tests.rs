//! What a panel asks for, in zones that never change.

use waxwing_domain::when::words::Language;

use super::*;

/// Paris in winter, Tokyo, and half an hour off.
struct Some4;

impl Zones for Some4 {
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
        let hours = match name {
            "Europe/Paris" => 1,
            "Asia/Tokyo" => 9,
            "UTC" => 0,
            "Etc/GMT-3" => 3,
            _ => return None,
        };
        Some(Box::new(Fixed(hours * 3_600)))
    }
}

/// Monday 23 November 2026, 10:40 in Paris.
const NOW: Millis = 1_795_426_800_000;

fn clocks<'a>(languages: &'a [&'static Language]) -> Clocks<'a> {
    Clocks { now: NOW, zones: &Some4, order: Some(Order::DayMonthYear), languages, first_weekday: Weekday::Monday }
}

fn asked(phrase: &str) -> Asked<'_> {
    Asked {
        phrase,
        pick: None,
        zone: "Europe/Paris",
        every: None,
        ends: Ends::Never,
        unless_answered: false,
        late: Late::default(),
        holidays: &[],
    }
}

fn clear(asked: &Asked<'_>) -> Clear {
    match sense(asked, &clocks(LANGUAGES)) {
        Sense::Clear(clear) => *clear,
        other => panic!("{:?} is {other:?}", asked.phrase),
    }
}

fn at(text: &str, hours: i64) -> Millis {
    (Civil::parse(text).expect("a time").0.seconds() - hours * 3_600) * 1_000
}

#[test]
fn now_is_what_it_says() {
    assert_eq!(clocks(LANGUAGES).wall_now("Europe/Paris").map(|wall| wall.to_string()).as_deref(), Some("2026-11-23T10:40:00"));
}

#[test]
fn phrases_become_what_goes_over_the_wire() {
    let at_wall = |wall: &str, zone: &str| When::At { wall: wall.to_owned(), zone: zone.to_owned() };
    let paris = "Europe/Paris".to_owned();
    for (phrase, when, due) in [
        ("tomorrow 9am", at_wall("2026-11-24T09:00:00", "Europe/Paris"), at("2026-11-24T09:00", 1)),
        ("morgen um 9", at_wall("2026-11-24T09:00:00", "Europe/Paris"), at("2026-11-24T09:00", 1)),
        ("friday 10:00 in Tokyo", at_wall("2026-11-27T10:00:00", "Asia/Tokyo"), at("2026-11-27T10:00", 9)),
        ("in 2 hours", When::Instant { at: at("2026-11-23T12:40", 1), zone: paris.clone() }, at("2026-11-23T12:40", 1)),
        // No zone has such rules, and one instant needs none.
        (
            "friday 10:00 utc+5:30",
            When::Instant { at: at("2026-11-27T04:30", 0), zone: paris.clone() },
            at("2026-11-27T04:30", 0),
        ),
        (
            "mon-fri 8:30",
            When::Repeat {
                rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned(),
                start: "2026-11-24T08:30:00".to_owned(),
                zone: paris.clone(),
                skip: Vec::new(),
                until_answered: false,
            },
            at("2026-11-24T08:30", 1),
        ),
        (
            "from 25 August, as soon as possible within 9-17 on weekdays",
            When::Within {
                days: ["MO", "TU", "WE", "TH", "FR"].map(str::to_owned).to_vec(),
                from: "09:00".to_owned(),
                to: "17:00".to_owned(),
                since: Some("2027-08-25".to_owned()),
                zone: paris.clone(),
            },
            at("2027-08-25T09:00", 1),
        ),
    ] {
        let clear = clear(&asked(phrase));
        assert_eq!((clear.schedule.when, clear.due.at), (when, due), "{phrase}");
        assert_eq!(clear.schedule.phrase.as_deref(), Some(phrase));
    }
}

#[test]
fn in_the_recipients_zone() {
    let asked = Asked { zone: "Asia/Tokyo", ..asked("tomorrow 9am") };
    let clear = clear(&asked);
    assert_eq!(clear.schedule.when, When::At { wall: "2026-11-24T09:00:00".to_owned(), zone: "Asia/Tokyo".to_owned() });
    assert_eq!(clear.due.at, at("2026-11-24T09:00", 9));
}

#[test]
fn what_has_no_meaning_or_no_time() {
    for (phrase, expected) in [
        ("", Sense::Nothing),
        ("  ", Sense::Nothing),
        (
            "yesterday",
            Sense::Refused(Refusal::Past(waxwing_domain::when::Reading {
                date: Date::parse("2026-11-22").expect("a date"),
                time: None,
            })),
        ),
    ] {
        let got = sense(&asked(phrase), &clocks(LANGUAGES));
        match (&got, &expected) {
            (Sense::Refused(Refusal::Past(one)), Sense::Refused(Refusal::Past(other))) => assert_eq!(one.date, other.date),
            _ => assert_eq!(got, expected, "{phrase}"),
        }
    }
    for phrase in ["tusday", "every weekday at 9 utc+5:30", "tomorrow 9:00 in Nowhere", "\u{202e}\u{0}", "99999999999"] {
        assert!(matches!(sense(&asked(phrase), &clocks(LANGUAGES)), Sense::Refused(_)), "{phrase}");
    }
    let over = Pick { wall: Civil::parse("2026-11-23T10:00").expect("a time").0, zone: "Europe/Paris".to_owned() };
    let picked = Asked { pick: Some(&over), ..asked("") };
    assert_eq!(sense(&picked, &clocks(LANGUAGES)), Sense::NoDue(NoDue::Past));
}

#[test]
fn what_is_picked_goes_before_what_is_typed() {
    let pick = Pick { wall: Civil::parse("2026-12-01T09:00").expect("a time").0, zone: "Asia/Tokyo".to_owned() };
    let clear = clear(&Asked { pick: Some(&pick), ..asked("nonsense") });
    assert_eq!(clear.schedule.when, When::At { wall: "2026-12-01T09:00:00".to_owned(), zone: "Asia/Tokyo".to_owned() });
    assert_eq!(clear.schedule.phrase, None);
}

#[test]
fn rules_that_are_chosen_and_how_they_end() {
    let rule = |every, ends| {
        let clear = clear(&Asked { every: Some(every), ends, ..asked("tomorrow 9am") });
        match clear.schedule.when {
            When::Repeat { rule, start, until_answered, .. } => {
                assert_eq!(start, "2026-11-24T09:00:00");
                (rule, until_answered)
            }
            other => panic!("{other:?}"),
        }
    };
    let on = Ends::On(Date::parse("2027-01-31").expect("a date"));
    for (every, ends, expected) in [
        (Every::Day, Ends::Never, ("FREQ=DAILY", false)),
        (Every::Week, Ends::After(5), ("FREQ=WEEKLY;COUNT=5", false)),
        (Every::Weekday, Ends::Never, ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", false)),
        (Every::Month, on, ("FREQ=MONTHLY;UNTIL=20270131T235959", false)),
        (Every::Year, Ends::Answered, ("FREQ=YEARLY", true)),
    ] {
        let (written, answered) = rule(every, ends);
        assert_eq!((written.as_str(), answered), expected, "{every:?}");
    }
    // An end that was typed stays.
    let typed = clear(&Asked { ends: Ends::After(9), ..asked("every friday at 9am for 5 times") });
    assert!(typed.typed_rule);
    assert!(matches!(typed.schedule.when, When::Repeat { rule, .. } if rule.contains("COUNT=5")));
}

#[test]
fn holidays_move_it() {
    let holidays = ["2026-11-24".to_owned()];
    let clear = clear(&Asked { holidays: &holidays, ..asked("tomorrow 9am") });
    assert_eq!((clear.due.at, clear.due.moved), (at("2026-11-25T09:00", 1), true));
}

#[test]
fn orders_of_dates() {
    for (sample, expected) in [
        ("02/01/2003", Some(Order::DayMonthYear)),
        ("1/2/2003", Some(Order::MonthDayYear)),
        ("2.1.2003", Some(Order::DayMonthYear)),
        ("2003-01-02", Some(Order::YearMonthDay)),
        ("2003. 1. 2.", Some(Order::YearMonthDay)),
        ("٢‏/١‏/٢٠٠٣", None),
        ("", None),
    ] {
        assert_eq!(order_of(sample), expected, "{sample}");
    }
}

#[test]
fn offsets_as_zones() {
    for (seconds, expected) in [
        (0, Some("Etc/GMT")),
        (3 * 3_600, Some("Etc/GMT-3")),
        (-8 * 3_600, Some("Etc/GMT+8")),
        (14 * 3_600, Some("Etc/GMT-14")),
        (15 * 3_600, None),
        (19_800, None),
    ] {
        assert_eq!(offset_zone(seconds).as_deref(), expected, "{seconds}");
    }
}
