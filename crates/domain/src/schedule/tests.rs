use super::*;
use crate::when::zone::{Fixed, Resolved};
use waxwing_protocol::api::LateThen;

/// `Test/One`: always one hour ahead. `Test/Summer`: an hour more from 29 March 2026 2:00 to 25 October 2026 3:00, as in Paris.
struct Rules;

struct Summer;

impl Zone for Summer {
    fn offset_at(&self, instant: i64) -> i32 {
        if (1_774_746_000..1_792_890_000).contains(&instant) { 7200 } else { 3600 }
    }
}

impl Zones for Rules {
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
        match name {
            "Test/One" => Some(Box::new(Fixed(3600))),
            "Test/Summer" => Some(Box::new(Summer)),
            _ => None,
        }
    }
}

const ZONE: &str = "Test/Summer";

fn at(text: &str) -> Millis {
    let civil = Civil::parse(text).unwrap().0;
    match Summer.resolve(civil) {
        Resolved::One(instant) => instant * 1000,
        other => panic!("{text} is {other:?}"),
    }
}

fn shown(millis: Millis) -> String {
    Summer.civil_at(millis.div_euclid(1000)).unwrap().to_string()[..16].to_owned()
}

fn schedule(when: When) -> Schedule {
    Schedule { when, phrase: None, unless_answered: false, late: Late::default(), holidays: Vec::new(), remind: None }
}

fn once(text: &str) -> Schedule {
    schedule(When::At { wall: text.to_owned(), zone: ZONE.to_owned() })
}

fn within(days: &[&str], from: &str, to: &str, since: Option<&str>) -> Schedule {
    schedule(When::Within {
        days: days.iter().map(|day| (*day).to_owned()).collect(),
        from: from.to_owned(),
        to: to.to_owned(),
        since: since.map(str::to_owned),
        zone: ZONE.to_owned(),
    })
}

fn repeat(rule: &str, start: &str, skip: &[&str]) -> Schedule {
    schedule(When::Repeat {
        rule: rule.to_owned(),
        start: start.to_owned(),
        zone: ZONE.to_owned(),
        skip: skip.iter().map(|text| (*text).to_owned()).collect(),
        until_answered: false,
    })
}

fn off(schedule: Schedule, days: &[&str]) -> Schedule {
    Schedule { holidays: days.iter().map(|day| (*day).to_owned()).collect(), ..schedule }
}

const WORKDAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR"];

#[test]
fn once_is_then_and_never_in_the_past() {
    let now = at("2026-11-22T10:00");
    assert_eq!(first(&once("2026-11-24T09:00"), now, &Rules), Ok(Due { at: at("2026-11-24T09:00"), moved: false }));
    assert_eq!(first(&once("2026-11-22T09:58:59"), now, &Rules), Err(NoDue::Past));
    assert_eq!(first(&once("2026-11-22T09:59:30"), now, &Rules).map(|due| due.at), Ok(now - 30_000), "a moment ago is now");
    assert!(first(&once("9999-12-31T23:59"), now, &Rules).is_ok());
    let instant = |at| schedule(When::Instant { at, zone: ZONE.to_owned() });
    assert_eq!(first(&instant(now + 1), now, &Rules), Ok(Due { at: now + 1, moved: false }));
    for extreme in [Millis::MAX, Millis::MIN] {
        assert!(first(&instant(extreme), now, &Rules).is_err());
    }
    assert_eq!(next(&once("2026-11-24T09:00"), now, &Rules), Ok(None));
}

#[test]
fn what_is_wrong_is_named() {
    let now = at("2026-11-22T10:00");
    for text in ["", "2026-11-24", "2026-11-24T09:00+01:00", "2026-02-30T09:00", "10000-01-01T00:00"] {
        assert_eq!(first(&once(text), now, &Rules), Err(NoDue::BadTime), "{text}");
    }
    let nowhere = schedule(When::At { wall: "2026-11-24T09:00".to_owned(), zone: "Europe/Nowhere".to_owned() });
    assert_eq!(first(&nowhere, now, &Rules), Err(NoDue::ZoneUnknown));
    assert_eq!(first(&off(once("2026-11-24T09:00"), &["XX"]), now, &Rules), Err(NoDue::BadHoliday));
    assert_eq!(first(&repeat("FREQ=SECONDLY", "2026-11-24T09:00", &[]), now, &Rules), Err(NoDue::BadRule));
    assert_eq!(first(&repeat("FREQ=DAILY", "soon", &[]), now, &Rules), Err(NoDue::BadTime));
    assert_eq!(first(&repeat("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-11-24T09:00", &[]), now, &Rules), Err(NoDue::Never));
    assert_eq!(first(&repeat("FREQ=DAILY;COUNT=3", "2026-01-01T09:00", &[]), now, &Rules), Err(NoDue::Never));
    assert_eq!(first(&within(&[], "09:00", "17:00", None), now, &Rules), Err(NoDue::BadTime));
    assert_eq!(first(&within(&["XX"], "09:00", "17:00", None), now, &Rules), Err(NoDue::BadTime));
    assert_eq!(first(&within(&["MO"], "17:00", "09:00", None), now, &Rules), Err(NoDue::BadTime));
    // Every minute since the year 1: given up, not counted through.
    let minutes = (0..60).map(|it| it.to_string()).collect::<Vec<_>>().join(",");
    let hours = (0..24).map(|it| it.to_string()).collect::<Vec<_>>().join(",");
    let rule = format!("FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes}");
    assert_eq!(first(&repeat(&rule, "0001-01-01T00:00", &[]), now, &Rules), Err(NoDue::Never));
}

#[test]
fn gaps_and_overlaps_are_resolved() {
    let now = at("2026-01-01T10:00");
    // 2:30 on 29 March does not exist: the offset before counts, and clocks show 3:30. On 25 October it comes twice: the first.
    let due = |text| shown(first(&once(text), now, &Rules).unwrap().at);
    assert_eq!(due("2026-03-29T02:30"), "2026-03-29T03:30");
    assert_eq!(first(&once("2026-10-25T02:30"), now, &Rules).unwrap().at, 1_792_890_000_000 - 1_800_000);
}

#[test]
fn windows_open_and_close() {
    let window = within(WORKDAYS, "09:00", "17:00", None);
    let opens = |now: &str| first(&window, at(now), &Rules).map(|due| shown(due.at));
    // Tuesday.
    assert_eq!(opens("2026-11-24T08:00").unwrap(), "2026-11-24T09:00");
    assert_eq!(opens("2026-11-24T12:34").unwrap(), "2026-11-24T12:34");
    assert_eq!(opens("2026-11-24T16:59").unwrap(), "2026-11-24T16:59");
    assert_eq!(opens("2026-11-24T17:00").unwrap(), "2026-11-25T09:00");
    // Friday evening, Saturday.
    assert_eq!(opens("2026-11-27T18:00").unwrap(), "2026-11-30T09:00");
    assert_eq!(opens("2026-11-28T12:00").unwrap(), "2026-11-30T09:00");
    let later = within(WORKDAYS, "09:00", "17:00", Some("2027-08-25"));
    assert_eq!(shown(first(&later, at("2026-11-24T12:00"), &Rules).unwrap().at), "2027-08-25T09:00");
    let far = within(WORKDAYS, "09:00", "17:00", Some("9999-12-31"));
    assert_eq!(shown(first(&far, at("2026-11-24T12:00"), &Rules).unwrap().at), "9999-12-31T09:00");
    let holiday = off(within(WORKDAYS, "09:00", "17:00", None), &["DE"]);
    // Christmas 2026: Friday and Saturday.
    assert_eq!(first(&holiday, at("2026-12-24T18:00"), &Rules), Ok(Due { at: at("2026-12-28T09:00"), moved: true }));
    assert_eq!(in_window(&window, at("2026-11-24T18:00"), &Rules).map(shown), Ok("2026-11-25T09:00".to_owned()));
}

#[test]
fn holidays_move_a_mail_to_the_next_day() {
    let now = at("2026-11-22T10:00");
    let christmas = off(once("2026-12-25T09:00"), &["DE", "2026-12-27"]);
    assert_eq!(first(&christmas, now, &Rules), Ok(Due { at: at("2026-12-28T09:00"), moved: true }));
    let instant = off(schedule(When::Instant { at: at("2026-12-25T09:00") + 7, zone: ZONE.to_owned() }), &["DE"]);
    assert_eq!(first(&instant, now, &Rules), Ok(Due { at: at("2026-12-27T09:00"), moved: true }));
    assert_eq!(in_window(&christmas, at("2026-12-25T10:30"), &Rules), Ok(at("2026-12-28T10:30")));
    assert_eq!(in_window(&christmas, at("2026-12-29T10:30") + 5, &Rules), Ok(at("2026-12-29T10:30") + 5));
}

#[test]
fn what_repeats_goes_on_until_it_ends() {
    let all = |schedule: &Schedule, now: &str, most: usize| {
        let mut due = vec![first(schedule, at(now), &Rules).unwrap()];
        while due.len() < most {
            match next(schedule, due.last().unwrap().at, &Rules).unwrap() {
                Some(following) => due.push(following),
                None => break,
            }
        }
        due.iter().map(|due| shown(due.at)).collect::<Vec<_>>()
    };
    let mondays = repeat("FREQ=WEEKLY;BYDAY=MO;COUNT=4", "2026-11-23T08:00", &["2026-11-30T08:00:00"]);
    assert_eq!(all(&mondays, "2026-11-22T10:00", 9), ["2026-11-23T08:00", "2026-12-07T08:00", "2026-12-14T08:00"]);
    assert_eq!(all(&mondays, "2026-12-08T10:00", 9), ["2026-12-14T08:00"], "the past is not made up for");
    // Summer time ends on 25 October: still 8:00.
    let daily = repeat("FREQ=DAILY", "2026-10-24T08:00", &[]);
    assert_eq!(all(&daily, "2026-10-24T07:00", 3), ["2026-10-24T08:00", "2026-10-25T08:00", "2026-10-26T08:00"]);
    // Both days of Christmas move to the 27th, and are one there.
    let through = off(repeat("FREQ=DAILY", "2026-12-24T08:00", &[]), &["DE"]);
    assert_eq!(all(&through, "2026-12-24T07:00", 3), ["2026-12-24T08:00", "2026-12-27T08:00", "2026-12-28T08:00"]);
    assert_eq!(wall_of(&mondays, at("2026-12-07T08:00"), &Rules), Ok(Some("2026-12-07T08:00:00".to_owned())));
    assert_eq!(wall_of(&once("2026-12-07T08:00"), at("2026-12-07T08:00"), &Rules), Ok(None));
}

#[test]
fn a_rule_of_which_nearly_all_was_left_out() {
    // Sixty years of days: looking through the list for each of them would be a billion comparisons.
    let first = Date::new(2026, 6, 1).unwrap();
    let days: Vec<_> = (0..22_000).map(|days| format!("{}T08:00", first.plus_days(days).unwrap())).collect();
    let skip: Vec<_> = days.iter().map(String::as_str).collect();
    let daily = repeat("FREQ=DAILY", "2026-06-01T08:00", &skip);
    let after = first.plus_days(22_000).unwrap();
    let due = super::first(&daily, at("2026-06-01T07:00"), &Rules).unwrap();
    let wall = Summer.civil_at(due.at.div_euclid(1000)).unwrap();
    assert_eq!((wall.date, wall.time), (after, Time::hour_sharp(8)));
}

/// A rule that began long ago, or fits no day, ends the search: whoever asks costs others nothing.
#[test]
fn what_would_be_looked_for_forever_is_never() {
    for (rule, start) in [
        ("FREQ=DAILY", "0001-01-01T09:00"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T09:00"),
        ("FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10", "1926-01-01T00:00"),
    ] {
        assert_eq!(first(&repeat(rule, start, &[]), at("2026-06-01T00:00"), &Rules), Err(NoDue::Never), "{rule} {start}");
    }
    // Half a century is no long time.
    assert!(first(&repeat("FREQ=DAILY", "1980-01-01T09:00", &[]), at("2026-06-01T00:00"), &Rules).is_ok());
}

#[test]
fn a_wall_time_follows_its_zone() {
    // Asked for when the zone had no summer time: an hour apart by today's rules.
    let july = once("2026-07-01T09:00");
    let old = at("2026-07-01T10:00");
    assert_eq!(resolve(&july, old, &Rules).map(|due| shown(due.at)), Ok("2026-07-01T09:00".to_owned()));
    let daily = repeat("FREQ=DAILY", "2026-06-01T09:00", &[]);
    assert_eq!(resolve(&daily, old, &Rules).map(|due| shown(due.at)), Ok("2026-07-01T09:00".to_owned()));
    let instant = schedule(When::Instant { at: old, zone: ZONE.to_owned() });
    assert_eq!(resolve(&instant, old, &Rules).map(|due| due.at), Ok(old));
}

#[test]
fn late_is_what_its_sender_says() {
    let (asked, minute) = (at("2026-11-24T09:00"), 60_000);
    let late = Late { minutes: 30, then: LateThen::Hold };
    assert!(!is_late(&late, asked, asked + 30 * minute));
    assert!(is_late(&late, asked, asked + 30 * minute + 1));
    assert!(!is_late(&late, asked, asked - 1000 * minute), "a clock that stepped back");
    let window = within(WORKDAYS, "09:00", "17:00", None);
    assert!(!is_overdue(&window, asked, at("2026-11-24T16:00"), &Rules), "the window is still open");
    assert!(is_overdue(&window, asked, at("2026-11-24T18:00"), &Rules));
    assert!(is_overdue(&once("2026-11-24T09:00"), asked, at("2026-11-24T16:00"), &Rules));
}
