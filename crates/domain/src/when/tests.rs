use super::zone::{Fixed, NoZones, Resolved, Zone, Zones};
use super::*;

/// Sunday.
const NOW: &str = "2026-11-22T12:20:00";

/// New York as it is since 2007, by its rule.
struct NewYork;

impl Zone for NewYork {
    fn offset_at(&self, instant: i64) -> i32 {
        let Some(date) = Civil::from_seconds(instant).map(|civil| civil.date) else { return -18_000 };
        let sunday = |month: u8, place: i64| {
            let first = Date::new(date.year(), month, 1).unwrap();
            first.days() + first.weekday().until(Weekday::Sunday) + (place - 1) * 7
        };
        let summer = sunday(3, 2) * 86_400 + 7 * 3600..sunday(11, 1) * 86_400 + 6 * 3600;
        if summer.contains(&instant) { -14_400 } else { -18_000 }
    }
}

struct World;

impl Zones for World {
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
        match name {
            "America/New_York" => Some(Box::new(NewYork)),
            "Asia/Tokyo" => Some(Box::new(Fixed(32_400))),
            _ => None,
        }
    }
}

fn seconds(text: &str) -> i64 {
    Civil::parse(text).unwrap().0.seconds()
}

fn at(now: &str, phrase: &str) -> Result<Meaning, Refusal> {
    parse(phrase, &Context::new(seconds(now), &Fixed(0), &World))
}

#[track_caller]
fn means(now: &str, rows: &[(&str, &str)]) {
    for (phrase, expected) in rows {
        let shown = at(now, phrase).map(|meaning| Civil::from_seconds(meaning.first().instant).unwrap().to_string());
        assert_eq!(shown.as_deref().map(|text| &text[..16]), Ok(*expected), "{phrase}");
    }
}

#[track_caller]
fn refused(now: &str, rows: &[(&str, &str)]) {
    for (phrase, expected) in rows {
        let refusal = at(now, phrase).map(|meaning| meaning.first().wall.to_string()).map_err(|refusal| refusal.to_string());
        assert_eq!(refusal, Err((*expected).to_owned()), "{phrase}");
    }
}

#[test]
fn days() {
    means(
        NOW,
        &[
            ("tomorrow 9am", "2026-11-23T09:00"),
            ("9am tomorrow", "2026-11-23T09:00"),
            ("next tue at noon", "2026-11-24T12:00"),
            ("the day after tomorrow at 4pm", "2026-11-24T16:00"),
            ("friday", "2026-11-27T09:00"),
            ("sunday", "2026-11-29T09:00"),
            ("friday of next week", "2026-11-27T09:00"),
            ("Wed, Feb 10", "2027-02-10T09:00"),
            ("the 3rd", "2026-12-03T09:00"),
            ("the 31st", "2026-12-31T09:00"),
            ("feb 29", "2028-02-29T09:00"),
            ("nov 21", "2027-11-21T09:00"),
            ("dec 24th, 2027, 9am", "2027-12-24T09:00"),
            ("2026-11-24T09:00", "2026-11-24T09:00"),
            ("2026-11-24T09:00:00+01:00", "2026-11-24T08:00"),
            ("24.12. 10:00", "2026-12-24T10:00"),
            ("13/02", "2027-02-13T09:00"),
            ("on 8.12", "2026-12-08T09:00"),
            ("25.12", "2026-12-25T09:00"),
            ("first monday of march", "2027-03-01T09:00"),
            ("2nd to last friday in february", "2027-02-19T09:00"),
            ("last day of november", "2026-11-30T09:00"),
            ("end of month", "2026-11-30T17:00"),
            ("end of next month", "2026-12-31T17:00"),
            ("beginning of march", "2027-03-01T09:00"),
            ("next month", "2026-12-01T09:00"),
            ("next workday", "2026-11-23T09:00"),
            ("third tuesday after christmas", "2027-01-12T09:00"),
            ("easter", "2027-03-28T09:00"),
        ],
    );
}

#[test]
fn times() {
    means(
        NOW,
        &[
            ("9:30pm", "2026-11-22T21:30"),
            ("12am", "2026-11-23T00:00"),
            ("12pm", "2026-11-23T12:00"),
            ("noon", "2026-11-23T12:00"),
            ("half past 9 tomorrow", "2026-11-23T09:30"),
            ("quarter to eight pm", "2026-11-22T19:45"),
            ("twenty past 3 p.m.", "2026-11-22T15:20"),
            ("15h20", "2026-11-22T15:20"),
            ("tomorrow at 1430", "2026-11-23T14:30"),
            ("ten thirty am", "2026-11-23T10:30"),
            ("tomorrow evening at 7", "2026-11-23T19:00"),
            ("tonight at 2am", "2026-11-23T02:00"),
            ("9 tomorrow", "2026-11-23T09:00"),
            ("friday 9", "2026-11-27T09:00"),
            ("tomorrow pm", "2026-11-23T14:00"),
            ("tonight at midnight", "2026-11-23T00:00"),
            ("midnight on friday", "2026-11-27T00:00"),
            ("today at 3", "2026-11-22T15:00"),
            ("tomorrow morning", "2026-11-23T09:00"),
            ("today", "2026-11-22T14:00"),
            ("eod", "2026-11-22T17:00"),
            ("9:30\u{202f}PM", "2026-11-22T21:30"),
            ("monday 24:00", "2026-11-24T00:00"),
        ],
    );
    let seconds = at(NOW, "1:30:22.432pm").unwrap();
    assert_eq!(seconds.first().wall.to_string(), "2026-11-22T13:30:22");
}

#[test]
fn spans() {
    means(
        NOW,
        &[
            ("now", "2026-11-22T12:20"),
            ("in 2 hours", "2026-11-22T14:20"),
            ("in an hour and a half", "2026-11-22T13:50"),
            ("1d 2hr 5min", "2026-11-23T14:25"),
            ("in 1.5 days", "2026-11-24T00:20"),
            ("in a fortnight at noon", "2026-12-06T12:00"),
            ("in 3 business days", "2026-11-25T12:20"),
            ("3 fridays from now", "2026-12-11T09:00"),
            ("5am in a month", "2026-12-22T05:00"),
            ("two weeks after tomorrow", "2026-12-07T09:00"),
            ("5 hours after 1pm", "2026-11-22T18:00"),
            ("now + 40minutes", "2026-11-22T13:00"),
        ],
    );
    means("2026-01-31T10:00:00", &[("in a month", "2026-02-28T10:00")]);
    assert!(at(NOW, "in 2 hours").unwrap().first().exact && !at(NOW, "in 2 days").unwrap().first().exact);
}

#[test]
fn german() {
    means(
        NOW,
        &[
            ("morgen um 9", "2026-11-23T09:00"),
            ("Übermorgen", "2026-11-24T09:00"),
            ("u\u{308}bermorgen um 10 Uhr", "2026-11-24T10:00"),
            ("nächsten Dienstag", "2026-11-24T09:00"),
            ("in zwei Stunden", "2026-11-22T14:20"),
            ("morgen halb zehn", "2026-11-23T09:30"),
            ("morgen um fünf vor halb zehn", "2026-11-23T09:25"),
            ("morgen um Viertel vor 9", "2026-11-23T08:45"),
            ("am 3. Dezember um 9 Uhr 30", "2026-12-03T09:30"),
            ("am 3.", "2026-12-03T09:00"),
            ("Ende des Monats", "2026-11-30T17:00"),
            ("Montag morgen", "2026-11-23T09:00"),
            ("morgen früh um 7", "2026-11-23T07:00"),
            ("heute in einer Woche", "2026-11-29T09:00"),
            ("um einundzwanzig Uhr", "2026-11-22T21:00"),
            ("am ersten Montag im März", "2027-03-01T09:00"),
            ("Freitag um 13.30 Uhr", "2026-11-27T13:30"),
        ],
    );
    refused(NOW, &[("morgn", "\u{201c}morgn\u{201d} is not understood (\u{201c}morgen\u{201d}?)")]);
}

#[test]
fn windows_and_repeats() {
    let repeats = |phrase: &str| match at(NOW, phrase).unwrap() {
        Meaning::Repeats(repeat) => (repeat.rule.to_string(), repeat.first.wall.to_string()),
        other => panic!("{phrase}: {other:?}"),
    };
    let workdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned();
    assert_eq!(repeats("mon-fri 8:30"), (workdays.clone(), "2026-11-23T08:30:00".to_owned()));
    assert_eq!(repeats("Montag bis Freitag um 8 Uhr 30"), (workdays, "2026-11-23T08:30:00".to_owned()));
    assert_eq!(repeats("sat-mon 9am").0, "FREQ=WEEKLY;BYDAY=MO,SA,SU");
    assert_eq!(repeats("every other friday at 10").0, "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR");
    assert_eq!(repeats("tuesdays and thursdays at 3pm").0, "FREQ=WEEKLY;BYDAY=TU,TH");
    assert_eq!(repeats("täglich um 8 Uhr").0, "FREQ=DAILY");
    assert_eq!(repeats("every 3 days at 9am").0, "FREQ=DAILY;INTERVAL=3");
    assert_eq!(repeats("first monday of every month").1, "2026-12-07T09:00:00");
    assert_eq!(repeats("every month on the 2nd to last friday at 9am").0, "FREQ=MONTHLY;BYDAY=-2FR");
    assert_eq!(repeats("last day of each month").0, "FREQ=MONTHLY;BYMONTHDAY=-1");
    assert_eq!(repeats("every last friday of the month").0, "FREQ=MONTHLY;BYDAY=-1FR");
    assert_eq!(repeats("every friday at 9am for 5 times").0, "FREQ=WEEKLY;COUNT=5;BYDAY=FR");
    assert_eq!(repeats("every friday at 9am until 24 December 2027").0, "FREQ=WEEKLY;UNTIL=20271224T235959;BYDAY=FR");
    assert_eq!(repeats("jeden Freitag um 9 bis 24.12.2027").0, "FREQ=WEEKLY;UNTIL=20271224T235959;BYDAY=FR");
    assert_eq!(repeats("täglich um 8 Uhr, 3 mal").0, "FREQ=DAILY;COUNT=3");
    assert_eq!(repeats("every year on december 31st").1, "2026-12-31T09:00:00");
    // It begins with the next one, however its weeks are counted.
    assert_eq!(repeats("every 2 weeks on friday").1, "2026-11-27T09:00:00");

    let window = |phrase: &str| match at(NOW, phrase).unwrap() {
        Meaning::Within(window) => window,
        other => panic!("{phrase}: {other:?}"),
    };
    let given = window("from 25 August, as soon as possible within 9-17 on weekdays");
    assert_eq!((given.days.codes().as_str(), given.since), ("MO,TU,WE,TH,FR", Date::new(2027, 8, 25)));
    assert_eq!((given.from, given.to), (Time::hour_sharp(9), Time::hour_sharp(17)));
    assert_eq!(given.first.wall.to_string(), "2027-08-25T09:00:00");
    assert_eq!(window("on weekdays between 9 and 5").to, Time::hour_sharp(17));
    // It is open now: the first moment is now.
    assert_eq!(window("asap within 9-17").first.instant, seconds(NOW));
}

#[test]
fn places() {
    means(
        NOW,
        &[
            ("friday 10:00 in Tokyo", "2026-11-27T01:00"),
            ("friday 4pm ET", "2026-11-27T21:00"),
            ("friday 4pm EST", "2026-11-27T21:00"),
            ("friday 4pm America/New_York", "2026-11-27T21:00"),
            ("friday 10:00 utc+5:30", "2026-11-27T04:30"),
            ("13:15 Nov 28 2026 GMT+0900 (JST)", "2026-11-28T04:15"),
            ("10:00 in tokyo", "2026-11-23T01:00"),
        ],
    );
    refused(
        NOW,
        &[
            // EST is not what clocks show there in July.
            ("july 14 4pm EST", "this can mean Wednesday 2027-07-14 21:00 or Wednesday 2027-07-14 20:00"),
            ("friday 4pm Mars/Base", "the zone Mars/Base is not known"),
        ],
    );
    // In Tokyo it is tomorrow already.
    refused(
        "2026-11-22T20:00:00",
        &[("tomorrow 10:00 in Tokyo", "this can mean Monday 2026-11-23 10:00 or Tuesday 2026-11-24 10:00")],
    );
}

#[test]
fn what_is_refused() {
    refused(
        NOW,
        &[
            ("", "there is nothing to understand"),
            ("tusday", "\u{201c}tusday\u{201d} is not understood (\u{201c}tuesday\u{201d}?)"),
            ("next pizza", "\u{201c}pizza\u{201d} is not understood"),
            ("tomorrow banana", "\u{201c}banana\u{201d} is not understood"),
            ("monday or tuesday", "\u{201c}or\u{201d} is not understood"),
            ("5 hours ago", "\u{201c}ago\u{201d} is not understood"),
            ("yesterday", "Saturday 2026-11-21 is over"),
            ("2026-11-21", "Saturday 2026-11-21 is over"),
            ("today at 9am", "Sunday 2026-11-22 09:00 is over"),
            ("tomorrow at 3", "this can mean Monday 2026-11-23 03:00 or Monday 2026-11-23 15:00"),
            ("friday 11", "this can mean Friday 2026-11-27 11:00 or Friday 2026-12-11"),
            ("8.30", "\u{201c}8\u{201d} is not understood"),
            ("at 8", "this can mean Monday 2026-11-23 08:00 or Sunday 2026-11-22 20:00"),
            ("01/02", "this can mean Saturday 2027-01-02 or Monday 2027-02-01"),
            ("01/02 at 5pm", "this can mean Saturday 2027-01-02 17:00 or Monday 2027-02-01 17:00"),
            ("noon on 01/02/2028", "this can mean Sunday 2028-01-02 12:00 or Tuesday 2028-02-01 12:00"),
            ("01/02 evening", "this can mean Saturday 2027-01-02 18:00 or Monday 2027-02-01 18:00"),
            ("tuesday 01/02", "2027-01-02 is a Saturday"),
            ("01/02 banana", "\u{201c}banana\u{201d} is not understood"),
            ("friday at midnight", "this can mean Friday 2026-11-27 00:00 or Saturday 2026-11-28 00:00"),
            ("Monday, Feb 10", "2027-02-10 is a Wednesday"),
            ("30 feb", "there is no such day"),
            ("5th monday of february 2027", "there is no such day"),
            ("25:00", "there is no such time"),
            ("9am 10am", "this says two different things"),
            ("tomorrow friday monday", "this says two different things"),
            ("tomorrow 3 times", "this says two different things"),
            ("in 2 hours at 10", "this says two different things"),
            ("this week", "this does not say when"),
            ("in 99999 years", "this is too far away"),
            ("in 999999999 days", "this is too far away"),
        ],
    );
    // On a Monday "next Friday" is this week's or next week's.
    refused(
        "2026-11-23T08:00:00",
        &[
            ("next friday", "this can mean Friday 2026-11-27 or Friday 2026-12-04"),
            // The time that was said is not lost.
            ("next friday 4:15pm", "this can mean Friday 2026-11-27 16:15 or Friday 2026-12-04 16:15"),
            ("next friday evening", "this can mean Friday 2026-11-27 18:00 or Friday 2026-12-04 18:00"),
            ("nächsten Freitag um 16 Uhr", "this can mean Friday 2026-11-27 16:00 or Friday 2026-12-04 16:00"),
            // One that has two meanings itself says nothing yet, nor does one that is over on the first day.
            ("next friday at 3", "this can mean Friday 2026-11-27 or Friday 2026-12-04"),
            ("this monday 07:00", "this can mean Monday 2026-11-23 or Monday 2026-11-30"),
        ],
    );
    refused("2026-11-25T08:00:00", &[("2 days after monday", "this can mean Wednesday 2026-11-25 or Wednesday 2026-12-02")]);
    assert_eq!(at(NOW, &"9".repeat(MOST_LETTERS + 1)), Err(Refusal::TooLong));
}

#[test]
fn the_users_order() {
    let home = Fixed(0);
    let given = |order, phrase: &str| {
        let context = Context { order: Some(order), ..Context::new(seconds(NOW), &home, &NoZones) };
        parse(phrase, &context).unwrap().first().wall.date.to_string()
    };
    assert_eq!(given(Order::DayMonthYear, "01/02"), "2027-02-01");
    assert_eq!(given(Order::MonthDayYear, "01/02"), "2027-01-02");
    assert_eq!(given(Order::YearMonthDay, "01/02"), "2027-01-02");
    // With dots the day comes first for everybody, and what only one order allows is meant.
    assert_eq!(given(Order::MonthDayYear, "01.02.2027"), "2027-02-01");
    assert_eq!(given(Order::DayMonthYear, "12/24/2026"), "2026-12-24");
}

#[test]
fn clocks_that_change() {
    let at = |now: i64, phrase: &str| {
        let meaning = parse(phrase, &Context::new(now, &NewYork, &NoZones)).unwrap();
        let moment = meaning.first().clone();
        (moment.wall.to_string(), Civil::from_seconds(moment.instant).unwrap().to_string())
    };
    // Saturday noon, before the clocks go forward.
    let now = seconds("2027-03-13T17:00:00");
    assert!(matches!(NewYork.resolve(Civil::parse("2027-03-14T02:30").unwrap().0), Resolved::Gap { .. }));
    assert_eq!(at(now, "tomorrow 2:30am"), ("2027-03-14T02:30:00".to_owned(), "2027-03-14T07:30:00".to_owned()));
    // A day is a day, 24 hours are 24 hours.
    assert_eq!(at(now, "in 1 day").1, "2027-03-14T16:00:00");
    assert_eq!(at(now, "in 24 hours").1, "2027-03-14T17:00:00");
    // 1:30 comes twice: the first one counts.
    assert_eq!(at(seconds("2026-10-31T17:00:00"), "tomorrow 1:30am").1, "2026-11-01T05:30:00");
    // When the first is over, nothing past is given.
    let between = seconds("2026-11-01T06:10:00");
    let refusal = parse("today 1:30am", &Context::new(between, &NewYork, &NoZones));
    assert!(matches!(refusal, Err(Refusal::Past(_))), "{refusal:?}");
}

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

#[test]
fn whatever_is_written_is_answered_and_never_in_the_past() {
    let signs: Vec<char> = "0123456789 :./-+,()@~'’äßÜ\u{308}\u{0}\u{1b}\u{200b}\u{202e}日曜😀aphm\t\"%".chars().collect();
    let words: Vec<&str> = LANGUAGES.iter().flat_map(|language| language.words.iter().map(|(word, _)| *word)).collect();
    let mut numbers = Numbers(11);
    let (mut understood, mut all) = (0, 0);
    for now in [NOW, "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2028-02-29T23:59:59"] {
        let home = NewYork;
        let now = seconds(now);
        let context = Context { order: Some(Order::DayMonthYear), ..Context::new(now, &home, &World) };
        for _ in 0..4_000 {
            let mut phrase = String::new();
            for _ in 0..=numbers.below(6) {
                match numbers.below(5) {
                    0 => (0..numbers.below(6)).for_each(|_| phrase.push(signs[numbers.below(signs.len())])),
                    1 => phrase.push_str(&numbers.below(3000).to_string()),
                    _ => phrase.push_str(words[numbers.below(words.len())]),
                }
                if numbers.below(3) > 0 {
                    phrase.push(' ');
                }
            }
            all += 1;
            match parse(&phrase, &context) {
                Ok(meaning) => {
                    understood += 1;
                    assert!(meaning.first().instant >= now, "{phrase:?} is past");
                }
                Err(refusal) => assert!(!refusal.to_string().is_empty()),
            }
        }
    }
    assert!(understood > all / 50, "{understood} of {all}");
}

#[test]
fn tables_hold_what_the_lexer_makes() {
    for language in LANGUAGES {
        let mut seen: Vec<&str> = Vec::new();
        for (word, meaning) in language.words {
            assert_eq!(*word, lex::folded(word), "{}: written as folded", language.tag);
            assert!(word.split(' ').count() <= Language::MOST_WORDS && !word.contains("  "), "{word}");
            assert!(!seen.contains(word), "{}: {word} stands twice", language.tag);
            seen.push(word);
            let tokens = lex::tokens(word, language);
            assert_eq!(tokens.len(), 1, "{word}");
            assert_eq!(tokens[0].kind, lex::Kind::Word(*meaning), "{word}");
        }
    }
}
