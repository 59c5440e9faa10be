//! When somebody who is away is back, as an automatic reply says it, in English and German.
//!
//! What must hold: only a day that a known turn of phrase names counts, and only one: where two are named that do not fit together,
//! nothing is known. It lies after the day of the mail and within a year; a day without its year within half a year, as whoever
//! forgot to switch the reply off did not mean next year's.

use crate::civil::{Date, Weekday};
use crate::when::{self, Context, Meaning, Refusal, TimeFrom};

use super::header;

/// So many bytes of the text are read: the day stands on top.
const MOST_BYTES: usize = 8 * 1024;
/// So many turns of phrase are looked at.
const MOST_CUES: usize = 24;
/// So many words behind one are tried as a day.
const MOST_WORDS: usize = 6;
/// Days ahead: with the year said, and without.
const MOST_DAYS: i64 = 366;
const MOST_DAYS_UNSAID: i64 = 183;
/// Away until Friday, back on Monday: so many days may lie between the two.
const MOST_BETWEEN: i64 = 5;

/// Turns of phrase before the last day away.
const UNTIL: &[&str] = &[
    "until",
    "till",
    "til",
    "through",
    "thru",
    "up to",
    "bis zum",
    "bis",
    "bis einschließlich",
    "bis einschliesslich",
    "bis einschl",
    "until the",
    "through to",
    "not before",
    "nicht vor dem",
];
/// Turns of phrase before the first day back.
const BACK: &[&str] = &[
    "back on",
    "back in the office on",
    "back at work on",
    "back at my desk on",
    "back in the office",
    "back at work",
    "back in office on",
    "back",
    "be back from",
    "return on",
    "returning on",
    "return to the office on",
    "returning to the office on",
    "return to work on",
    "returning to work on",
    "return to the office",
    "return",
    "returning",
    "available again on",
    "available again from",
    "available from",
    "available on",
    "available again",
    "reachable again on",
    "reachable again from",
    "in the office again on",
    "wieder erreichbar am",
    "wieder ab",
    "wieder ab dem",
    "wieder am",
    "wieder ab dem",
    "erst wieder am",
    "erst wieder ab",
    "ab dem",
    "ab",
    "erreichbar am",
    "zurück am",
    "wieder zurück am",
    "wieder im büro am",
    "wieder im haus am",
    "wieder da am",
    "wieder für sie da am",
    "zurück ab",
];
/// Turns of phrase before the last day of a span, where it has begun with "from".
const SPAN: &[&str] = &["to", "and"];
/// Words between a turn of phrase and its day.
const BETWEEN: &[&str] = &[
    "the",
    "and",
    "including",
    "inclusive",
    "end",
    "of",
    "dem",
    "den",
    "zum",
    "einschließlich",
    "einschliesslich",
    "einschl",
    "inkl",
    "inklusive",
    "am",
    "on",
    "again",
    "about",
    "approximately",
    "ca",
];

/// What a turn of phrase says of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    LastDayAway,
    FirstDayBack,
}

/// The day that an automatic reply names: the last one away, or the first one back. The context's now is the mail's date.
pub fn named_day(subject: &str, text: &str, context: &Context<'_>) -> Option<Date> {
    let today = context.home.civil_at(context.now)?.date;
    let text = format!("{}\n{}", header::start(subject, 1_000), own_words(header::start(text, MOST_BYTES)));
    let words: Vec<Word<'_>> = words(&text);
    let mut found: Vec<(Says, Date)> = Vec::new();
    let mut cues = 0;
    for at in 0..words.len() {
        let Some((says, after)) = cue(&words, at) else { continue };
        cues += 1;
        if cues > MOST_CUES {
            break;
        }
        if let Some(date) = day(&words[after..], today, context) {
            found.push((says, date));
        }
    }
    agree(&found)
}

/// The first working day after a day: Monday to Friday, and not one that is `off`. `None` where there is none within a month.
pub fn working_day_after(date: Date, off: impl Fn(Date) -> bool) -> Option<Date> {
    let is_working = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !off(*day);
    (1..=31).filter_map(|days| date.plus_days(days)).find(is_working)
}

/// The one day that all name, or the day back that follows the last day away.
fn agree(found: &[(Says, Date)]) -> Option<Date> {
    let only = |says: Says| {
        let mut dates = found.iter().filter(|(it, _)| *it == says).map(|(_, date)| *date);
        let first = dates.next();
        let is_one = dates.all(|date| Some(date) == first);
        if is_one { Ok(first) } else { Err(()) }
    };
    match (only(Says::LastDayAway).ok()?, only(Says::FirstDayBack).ok()?) {
        (Some(last), Some(back)) => {
            let between = back.days() - last.days();
            (0..=MOST_BETWEEN).contains(&between).then_some(back)
        }
        (last, back) => back.or(last),
    }
}

/// Without what the reply quotes.
fn own_words(text: &str) -> String {
    let lines = text
        .lines()
        .take_while(|line| !line.trim_start().starts_with("-----Original") && !line.trim_start().starts_with("________"));
    let own: Vec<&str> = lines.filter(|line| !line.trim_start().starts_with('>')).collect();
    own.join("\n")
}

/// A word as it is written, and folded without the signs around it.
struct Word<'a> {
    written: &'a str,
    folded: String,
    /// A sentence ends with it.
    ends: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let word = |written: &'_ str| written.to_lowercase();
    text.split_whitespace()
        .map(|written| {
            let folded = word(written);
            let folded = folded.trim_matches(|c: char| {
                matches!(c, ',' | ';' | ':' | '!' | '?' | '(' | ')' | '"' | '*' | '_' | '<' | '>' | '.')
            });
            // A full stop ends a sentence, but not behind a number: "am 12. Dezember".
            let before = written.strip_suffix('.');
            let ends = written.ends_with(['!', '?', ';'])
                || before.is_some_and(|it| !it.ends_with(|c: char| c.is_ascii_digit()) && it.chars().count() > 3);
            Word { written, folded: folded.to_owned(), ends }
        })
        .collect()
}

/// The longest turn of phrase that begins at a word: what it says, and the word behind it.
fn cue(words: &[Word<'_>], at: usize) -> Option<(Says, usize)> {
    let starts = |cue: &str| {
        let mut length = 0;
        let is_there = cue.split(' ').all(|part| {
            let is_part = words.get(at + length).is_some_and(|word| word.folded == part);
            length += 1;
            is_part
        });
        is_there.then_some(length)
    };
    let longest = |cues: &[&str]| cues.iter().filter_map(|cue| starts(cue)).max();
    let span = || {
        let from = at.saturating_sub(MOST_WORDS);
        let is_span =
            words[from..at].iter().any(|word| matches!(word.folded.as_str(), "from" | "between" | "vom" | "von" | "zwischen"));
        if is_span { longest(SPAN) } else { None }
    };
    let (last, back) = (longest(UNTIL).or_else(span), longest(BACK));
    let (says, length) = match (last, back) {
        (Some(last), Some(back)) if back > last => (Says::FirstDayBack, back),
        (Some(last), _) => (Says::LastDayAway, last),
        (None, back) => (Says::FirstDayBack, back?),
    };
    Some((says, at + length))
}

/// The day that the next words name: the longest run of them that is one.
fn day(words: &[Word<'_>], today: Date, context: &Context<'_>) -> Option<Date> {
    let fill = words.iter().take(3).take_while(|word| BETWEEN.contains(&word.folded.as_str())).count();
    // "The end of November" is a day of its own, "the 12th" is not: with and without the words between.
    let starts = if fill > 0 { &[0, fill][..] } else { &[0] };
    for skip in starts {
        let words = words.get(*skip..)?;
        let end = words.iter().take(MOST_WORDS).position(|word| word.ends).map_or(MOST_WORDS, |end| end + 1);
        // A word that no phrase holds ends the run.
        let known = words.iter().take(end).take_while(|word| when::may_hold(&word.folded, context.languages)).count();
        for length in (1..=known).rev() {
            let run: Vec<&str> = words[..length].iter().map(|word| word.written).collect();
            match read(&run.join(" "), today, context) {
                Read::Nothing => {}
                Read::Day(date) => return Some(date),
                Read::Unsure => return None,
            }
        }
    }
    None
}

/// What a run of words is.
enum Read {
    /// No day.
    Nothing,
    /// A day.
    Day(Date),
    /// A day that is over, too far away, or can be meant in two ways: a part of its words may not be read as another.
    Unsure,
}

fn read(phrase: &str, today: Date, context: &Context<'_>) -> Read {
    let phrase = phrase.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '!' | '?' | '(' | ')' | '"' | '*' | '_'));
    let bare = phrase.trim_end_matches('.');
    let bare = |refusal| if bare == phrase { Err(refusal) } else { when::parse(bare, context) };
    let moment = match when::parse(phrase, context).or_else(bare) {
        Ok(Meaning::At(moment)) => moment,
        Err(
            Refusal::Past(_) | Refusal::TwoReadings { .. } | Refusal::OtherWeekday(_) | Refusal::NoSuchDate | Refusal::TooFar,
        ) => {
            return Read::Unsure;
        }
        Ok(_) | Err(_) => return Read::Nothing,
    };
    let date = moment.wall.date;
    let ahead = date.days() - today.days();
    let has_year = phrase.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == date.year().to_string());
    let most = if has_year { MOST_DAYS } else { MOST_DAYS_UNSAID };
    // Not hours from now; "in two weeks" counts to the day.
    let is_day = !moment.exact && moment.time != TimeFrom::Now || has_span(phrase);
    if is_day && (1..=most).contains(&ahead) { Read::Day(date) } else { Read::Unsure }
}

/// "In two weeks" counts from the mail's day, to the day.
fn has_span(phrase: &str) -> bool {
    let phrase = phrase.to_lowercase();
    ["day", "week", "month", "tag", "woche", "monat"].iter().any(|unit| phrase.contains(unit))
}
