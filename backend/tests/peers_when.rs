//! Phrases, and wall times in gaps and overlaps, against data that others made: `time/` and `recur/` below `WAXWING_PEERS`, or
//! `../shared/peers` beside the repository.
//!
//! Any other folder of the same form will do. Without one the tests say so and pass.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a test tells its figures and stops at the first surprise")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use waxwing_backend::cli::when::read;
use waxwing_backend::zones::{Iana, NamedZone};
use waxwing_domain::civil::{Civil, parse_offset};
use waxwing_domain::recur::Rule;
use waxwing_domain::schedule;
use waxwing_domain::when::Meaning;
use waxwing_protocol::api::{Late, Schedule, When};

fn peers(file: &str) -> Option<String> {
    let root = match std::env::var_os("WAXWING_PEERS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"),
    };
    fs::read_to_string(root.join(file)).ok()
}

/// The rows of a table, by the names in its first line.
fn rows(text: &str) -> impl Iterator<Item = HashMap<&str, &str>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.filter(|line| !line.is_empty()).map(move |line| names.iter().copied().zip(line.split('\t')).collect())
}

/// Counts, and what went wrong.
#[derive(Default)]
struct Score {
    right: usize,
    refused: Vec<String>,
    wrong: Vec<String>,
}

impl Score {
    fn whole(&self) -> usize {
        self.right + self.refused.len() + self.wrong.len()
    }

    fn print(&self, name: &str) {
        println!(
            "{name}: {} right, {} refused, {} wrong of {}",
            self.right,
            self.refused.len(),
            self.wrong.len(),
            self.whole()
        );
    }

    fn share(&self, part: usize) -> f64 {
        let count = |count: usize| f64::from(u32::try_from(count).unwrap());
        count(part) / count(self.whole().max(1))
    }
}

/// Whether an answer is right as far as the row's grain counts.
fn is_right(answer: &str, expected: &str, grain: &str) -> bool {
    let (answer, expected) = (Civil::parse(answer).unwrap().0, Civil::parse(expected).unwrap().0);
    match grain {
        "day" | "week" | "month" | "quarter" | "year" => answer.date == expected.date,
        "second" => answer == expected,
        _ => answer.seconds().div_euclid(60) == expected.seconds().div_euclid(60),
    }
}

#[test]
fn peers_when() {
    let Some(text) = peers("time/phrases.tsv") else {
        println!("peers_when: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    let (mut core, mut all) = (Score::default(), Score::default());
    let mut past = Vec::new();
    for row in rows(&text) {
        let (phrase, now, zone) = (row["phrase"], row["ref_local"], row["tz"]);
        let answer = read(Some(now), zone, phrase, 0, None).map(|(_, answer)| answer);
        if let Ok(answer) = &answer
            && Civil::parse(answer).unwrap().0 < Civil::parse(now).unwrap().0
        {
            past.push(format!("{phrase:?} at {now}: {answer}"));
        }
        let flags: Vec<&str> = row["flags"].split(',').collect();
        let is_core = row["core"] == "1";
        let scored = row["ambiguous"] == "0" && !flags.contains(&"holiday") && !flags.contains(&"parser_option");
        for score in [is_core.then_some(&mut core), scored.then_some(&mut all)].into_iter().flatten() {
            match &answer {
                Ok(answer) if is_right(answer, row["expected_local"], row["grain"]) => score.right += 1,
                Ok(answer) => score.wrong.push(format!("{phrase:?} at {now}: {answer} instead of {}", row["expected_local"])),
                Err(refusal) => score.refused.push(format!("{phrase:?} at {now}: {refusal}")),
            }
        }
    }
    core.print("peers_when (core)");
    all.print("peers_when");
    if std::env::var_os("WAXWING_PEERS_VERBOSE").is_some() {
        println!("{:#?}\n{:#?}", all.refused, all.wrong);
    }
    assert!(past.is_empty(), "in the past: {past:#?}");
    assert!(core.share(core.right) >= 0.97, "{:#?}\n{:#?}", core.refused, core.wrong);
    assert!(all.share(all.right) >= 0.90, "{:#?}\n{:#?}", all.refused, all.wrong);
    assert!(all.share(all.wrong.len()) <= 0.02 && core.share(core.wrong.len()) <= 0.02, "{:#?}", all.wrong);
}

/// An instant with the offset that is shown at it.
fn instant(text: &str) -> i64 {
    let (civil, offset) = Civil::parse(text).unwrap();
    civil.seconds() - i64::from(parse_offset(offset).unwrap())
}

/// `+1 day`, `-2 hours`: months, days and seconds.
fn span(operation: &str, source: &str) -> Option<(i64, i64, i64)> {
    // "next occurrence is not again on the same day", of what is every year.
    if operation.starts_with("next occurrence") && source.contains("yearly") {
        return Some((12, 0, 0));
    }
    let (count, unit) = operation.split_once(' ')?;
    let count: i64 = count.parse().ok()?;
    match unit.trim_end_matches('s') {
        "second" => Some((0, 0, count)),
        "minute" => Some((0, 0, count * 60)),
        "hour" => Some((0, 0, count * 3600)),
        "day" => Some((0, count, 0)),
        "week" => Some((0, count * 7, 0)),
        "month" => Some((count, 0, 0)),
        "year" => Some((count * 12, 0, 0)),
        _ => None,
    }
}

/// Wall times in gaps and overlaps, and sums across them.
#[test]
fn peers_recur_dst() {
    let mut score = Score::default();
    let mut check = |what: String, given: Option<(i64, String)>, expected: (i64, &str)| match given {
        None => score.refused.push(what),
        Some((instant, shown)) if instant == expected.0 && shown.starts_with(expected.1) => score.right += 1,
        Some((_, shown)) => score.wrong.push(format!("{what}: {shown} instead of {}", expected.1)),
    };
    let Some(text) = peers("recur/dst_local_to_instant.tsv") else {
        println!("peers_recur: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    for row in rows(&text) {
        let zone = NamedZone::read(row["tz"]).unwrap();
        let at = zone.zone.resolve(Civil::parse(row["local"]).unwrap().0).instant();
        check(
            row["id"].to_owned(),
            zone.show(at).map(|shown| (at, shown)),
            (instant(row["expected_utc"]), row["expected_local_offset"]),
        );
    }
    for row in peers("recur/dst_arithmetic.tsv").iter().flat_map(|text| rows(text)) {
        let zone = NamedZone::read(row["tz"]).unwrap();
        let moved = span(row["operation"], row["source"]).and_then(|(months, days, seconds)| {
            let at = zone.zone.later(instant(row["start"]), months, days, seconds)?;
            Some((at, zone.show(at)?))
        });
        check(row["id"].to_owned(), moved, (instant(row["expected"]), row["expected"]));
    }
    score.print("peers_recur (gaps and overlaps)");
    assert!(score.wrong.is_empty(), "{:#?}", score.wrong);
}

/// `19970902T090000`; a date alone is its midnight.
fn stamp(text: &str) -> Civil {
    let text = if text.len() == 8 { format!("{text}T000000") } else { text.to_owned() };
    let part = |range: std::ops::Range<usize>| &text[range];
    let spread = format!("{}-{}-{}T{}:{}:{}", part(0..4), part(4..6), part(6..8), part(9..11), part(11..13), part(13..15));
    Civil::parse(&spread).unwrap().0
}

/// Rules, and the times that they give.
#[test]
fn peers_recur_rules() {
    let Some(text) = peers("recur/rrule_expansions.tsv") else {
        println!("peers_recur: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    let mut score = Score::default();
    for row in rows(&text) {
        let (id, rule) = (row["id"], row["rrule"]);
        let parsed: Rule = match rule.parse() {
            Ok(parsed) => parsed,
            Err(refusal) => {
                score.refused.push(format!("{id}: {rule}: {refusal}"));
                continue;
            }
        };
        let again: Rule = parsed.to_string().parse().unwrap();
        assert_eq!(again, parsed, "{id}: there and back");
        let zone = NamedZone::read(if row["tz"] == "floating" { "UTC" } else { row["tz"] }).unwrap();
        let except: Vec<&str> = row["exdate"].split(',').filter(|text| !text.is_empty()).collect();
        let left_out = |wall: Civil, at: i64| {
            let is = |text: &str| text.strip_suffix('Z').map_or_else(|| stamp(text) == wall, |utc| stamp(utc).seconds() == at);
            except.iter().any(|text| is(text))
        };
        let expected: Vec<&str> = row["expected_local"].split(',').collect();
        // One more than expected, where the row has all of them.
        let most = expected.len() + usize::from(row["complete"] == "1");
        let times =
            parsed.occurrences(stamp(row["dtstart"]), zone.zone.as_ref()).filter(|(wall, at)| !left_out(*wall, *at)).take(most);
        let (walls, instants): (Vec<String>, Vec<i64>) = times.map(|(wall, at)| (wall.to_string(), at)).unzip();
        let utc: Vec<i64> = row["expected_utc"].split(',').filter(|text| !text.is_empty()).map(instant).collect();
        if walls == expected && (utc.is_empty() || utc == instants) {
            score.right += 1;
        } else {
            score.wrong.push(format!("{id}: {rule}: {walls:?} instead of {expected:?}"));
        }
    }
    score.print("peers_recur (rules)");
    if std::env::var_os("WAXWING_PEERS_VERBOSE").is_some() {
        println!("{:#?}", score.refused);
    }
    assert!(score.wrong.is_empty(), "{:#?}", score.wrong);
    assert!(score.right > 0, "{:#?}", score.refused);
}

/// The parts of a rule, in an order of their own; an interval of 1 says nothing.
fn parts(rule: &str) -> BTreeMap<&str, Vec<&str>> {
    rule.split(';')
        .filter(|part| *part != "INTERVAL=1")
        .filter_map(|part| part.split_once('='))
        .map(|(name, values)| {
            let mut values: Vec<&str> = values.split(',').map(|value| value.trim_start_matches('+')).collect();
            values.sort_unstable();
            (name, values)
        })
        .collect()
}

/// Phrases that mean a rule.
#[test]
fn peers_recur_phrases() {
    let Some(text) = peers("recur/phrases_to_rrule.tsv") else {
        println!("peers_recur: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    let mut score = Score::default();
    for row in
        rows(&text).filter(|row| row["rrule_or_timex"].starts_with("FREQ=") || row["rrule_or_timex"].starts_with("INTERVAL="))
    {
        let (phrase, expected) = (row["phrase"], row["rrule_or_timex"]);
        let now = Some(row["ref_local"]).filter(|now| !now.is_empty()).unwrap_or("2010-01-01T00:00:00");
        let (repeat, answer) = match read(Some(now), "UTC", phrase, 0, None) {
            Ok((Meaning::Repeats(repeat), answer)) => (repeat, answer),
            Ok((_, answer)) => {
                score.wrong.push(format!("{phrase}: {answer} instead of {expected}"));
                continue;
            }
            Err(refusal) => {
                score.refused.push(format!("{phrase}: {refusal}"));
                continue;
            }
        };
        let given = repeat.rule.to_string();
        let mut wanted = parts(expected);
        // The time of day is not in our rules, but beside them.
        let same = |part: Option<Vec<&str>>, given: u8| part.is_none_or(|values| values == [given.to_string()]);
        let time = same(wanted.remove("BYHOUR"), repeat.time.hour()) && same(wanted.remove("BYMINUTE"), repeat.time.minute());
        // What is said beside the rule: its start is known to us, exceptions are not.
        let beside =
            row.get("extra").is_none_or(|extra| extra.is_empty() || (extra.contains("dtstart") && !extra.contains("ex")));
        if time && beside && parts(&given) == wanted {
            score.right += 1;
        } else {
            score.wrong.push(format!("{phrase}: {given} at {answer} instead of {expected}"));
        }
    }
    score.print("peers_recur (phrases)");
    assert!(score.share(score.wrong.len()) <= 0.02, "{:#?}", score.wrong);
}

/// What another scheduler's words for a recurrence are as a rule; none for what is not in ours.
fn rule_of(spec: &str) -> Option<String> {
    let words: Vec<&str> = spec.split(' ').collect();
    let (plain, interval) = match words.iter().position(|word| *word == "/") {
        Some(at) => (&words[..at], format!(";INTERVAL={}", words.get(at + 1)?)),
        None => (&words[..], String::new()),
    };
    let day = |text: &str| ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].get(text.parse::<usize>().ok()?).copied();
    Some(match plain {
        ["daily"] => format!("FREQ=DAILY{interval}"),
        ["weekly"] => format!("FREQ=WEEKLY{interval}"),
        ["monthly", date] => format!("FREQ=MONTHLY{interval};BYMONTHDAY={date}"),
        ["monthly", weekday, nth] => format!("FREQ=MONTHLY{interval};BYDAY={nth}{}", day(weekday)?),
        _ => return None,
    })
}

fn scheduled(when: When) -> Schedule {
    Schedule { when, phrase: None, unless_answered: false, late: Late::default(), holidays: Vec::new(), remind: None }
}

fn millis(wall: &str) -> i64 {
    Civil::parse(wall).unwrap().0.seconds() * 1000
}

/// What another scheduler sends next, and when within business hours.
#[test]
fn peers_recur_schedules() {
    let (Some(next), Some(hours)) = (peers("recur/sendlater_next.tsv"), peers("recur/sendlater_business_hours.tsv")) else {
        println!("peers_recur: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    let mut score = Score::default();
    let mut check = |id: &str, given: Option<i64>, expected: i64| match given {
        None => score.refused.push(id.to_owned()),
        Some(given) if given == expected => score.right += 1,
        Some(given) => score.wrong.push(format!("{id}: {given} instead of {expected}")),
    };
    for row in rows(&next) {
        let given = rule_of(row["spec"]).and_then(|rule| {
            let (start, zone) = (row["prev_send_local"].to_owned(), "UTC".to_owned());
            let schedule = scheduled(When::Repeat { rule, start, zone, skip: Vec::new(), until_answered: false });
            let after = millis(row["prev_send_local"]).max(millis(row["now_local"]));
            schedule::next(&schedule, after, &Iana).unwrap().map(|due| due.at)
        });
        check(row["id"], given, millis(row["expected_next_local"]));
    }
    for row in rows(&hours) {
        let (from, to) = (row["window_start"], row["window_end"]);
        let wanted = millis(row["wanted_local"]);
        let given = match (from.is_empty(), row["days"].is_empty()) {
            (true, true) => Some(wanted),
            // Days without hours are not a window of ours.
            (true, false) => None,
            (false, _) => {
                let days = if row["days"].is_empty() { "MO,TU,WE,TH,FR,SA,SU" } else { row["days"] };
                let days = days.split(',').map(str::to_owned).collect();
                let (from, to, zone) = (format!("{from:0>5}"), format!("{to:0>5}"), "UTC".to_owned());
                let schedule = scheduled(When::Within { days, from, to, since: None, zone });
                schedule::first(&schedule, wanted, &Iana).ok().map(|due| due.at)
            }
        };
        // The other one keeps the seconds of the time that was wanted.
        let minutes = |at: i64| at.div_euclid(60_000);
        check(row["id"], given.map(minutes), minutes(millis(row["expected_local"])));
    }
    score.print("peers_recur (schedules)");
    assert!(score.wrong.is_empty(), "{:#?}", score.wrong);
    assert!(score.right > 0, "{:#?}", score.refused);
}
