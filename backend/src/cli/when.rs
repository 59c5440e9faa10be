//! `waxwing when`: what a phrase about time means, as RFC 9557.
//!
//! Needs no database and no key. One phrase: it is answered on stdout, or refused on stderr with exit status 1; what is wrong
//! around it (zone, now) is wrong use, 2. With `--batch`: lines of `now⇥zone⇥phrase`, one answer each in their order, with
//! `error: …` for whatever is refused, and exit status 0.

use std::io::{self, BufRead as _, BufReader, BufWriter, Write};

use clap::ValueEnum;
use waxwing_domain::civil::{Civil, parse_offset};
use waxwing_domain::shown::short_text;
use waxwing_domain::when::{self, Meaning, Order, Refusal};

use super::classify::read_line;
use super::{CliError, Context, piped};
use crate::zones::{Iana, NamedZone};

/// A zone by default has no sense here: the phrase would mean another instant on another machine.
const NO_ZONE: &str = "the zone is missing: --zone Europe/Paris, or an offset like +02:00";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The zone of the person who says it: an IANA name, or an offset like +02:00
    #[arg(long, value_name = "IANA")]
    zone: Option<String>,
    /// When it is said: RFC 3339, or a local time of the zone [default: now]
    #[arg(long, value_name = "INSTANT", allow_hyphen_values = true)]
    now: Option<String>,
    /// In which order the numbers of dates stand; without it 1/2 is refused
    #[arg(long, value_name = "ORDER")]
    order: Option<OrderName>,
    /// Read lines of now, zone and phrase, with tabs between them
    #[arg(long, conflicts_with = "phrase")]
    batch: bool,
    /// "tomorrow 9am", "in 2 hours", "übermorgen um 10"
    #[arg(required_unless_present = "batch", value_name = "PHRASE")]
    phrase: Vec<String>,
}

/// `--order`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderName {
    /// 24/11/2026
    Dmy,
    /// 11/24/2026
    Mdy,
    /// 2026/11/24
    Ymd,
}

impl From<OrderName> for Order {
    fn from(name: OrderName) -> Self {
        match name {
            OrderName::Dmy => Self::DayMonthYear,
            OrderName::Mdy => Self::MonthDayYear,
            OrderName::Ymd => Self::YearMonthDay,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No such zone.
    #[error("the zone {0} is not known")]
    Zone(String),
    /// No such instant.
    #[error("{0} is no instant: 2026-11-24T09:00:00+01:00, or 2026-11-24T09:00")]
    Now(String),
    /// A line without its parts.
    #[error("a line is now, zone and phrase, with tabs between them")]
    Line,
    /// The phrase.
    #[error(transparent)]
    Phrase(#[from] Refusal),
}

/// Runs it.
pub fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    // Full seconds, never before now.
    let clock = context.clock.now().saturating_add(999).div_euclid(1000);
    let order = args.order.map(Order::from);
    if args.batch {
        let asked = Asked { zone: args.zone.as_deref(), now: args.now.as_deref(), clock, order };
        return piped(asked.answer_all(io::stdin().lock(), io::stdout().lock()));
    }
    let zone = args.zone.as_deref().ok_or_else(|| CliError::Usage(NO_ZONE.to_owned()))?;
    let phrase = args.phrase.join(" ");
    match read(args.now.as_deref(), zone, &phrase, clock, order) {
        Ok((meaning, answer)) => {
            piped(writeln!(io::stdout(), "{answer}"))?;
            if let Some(words) = beyond(&meaning) {
                let _ = writeln!(io::stderr(), "{words}");
            }
            Ok(())
        }
        Err(Failure::Phrase(refusal)) => Err(CliError::Failed(plain(&refusal.to_string()))),
        Err(failure) => Err(CliError::Usage(plain(&failure.to_string()))),
    }
}

/// What an answer of one instant leaves out.
fn beyond(meaning: &Meaning) -> Option<String> {
    match meaning {
        Meaning::At(_) => None,
        Meaning::Repeats(repeat) => Some(format!("again and again: {} at {}", repeat.rule, repeat.time)),
        Meaning::Within(window) => Some(format!(
            "as soon as possible on {} from {} to {}; this is the first moment",
            window.days.codes(),
            window.from,
            window.to
        )),
    }
}

/// Words that may quote a phrase, fit for a terminal and for one line.
fn plain(text: &str) -> String {
    short_text(text, 400)
}

/// What a batch falls back to where a line says nothing.
struct Asked<'a> {
    zone: Option<&'a str>,
    now: Option<&'a str>,
    clock: i64,
    order: Option<Order>,
}

impl Asked<'_> {
    fn answer_all(&self, input: impl io::Read, output: impl Write) -> io::Result<()> {
        let mut input = BufReader::with_capacity(64 * 1024, input);
        let mut output = BufWriter::new(output);
        let mut line = Vec::new();
        loop {
            // Whoever asks line by line gets each answer before the next question.
            if input.buffer().is_empty() {
                output.flush()?;
                input.fill_buf()?;
            }
            let Some(whole) = read_line(&mut input, &mut line)? else { break };
            let answer = match std::str::from_utf8(&line) {
                Ok(text) if whole => self.answer(text),
                _ => Err(Failure::Line),
            };
            match answer {
                Ok(answer) => writeln!(output, "{answer}")?,
                Err(failure) => writeln!(output, "error: {}", plain(&failure.to_string()))?,
            }
        }
        output.flush()
    }

    fn answer(&self, line: &str) -> Result<String, Failure> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut parts = line.splitn(3, '\t');
        let (Some(now), Some(zone), Some(phrase)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Failure::Line);
        };
        let now = Some(now.trim()).filter(|now| !now.is_empty()).or(self.now);
        let zone = Some(zone.trim()).filter(|zone| !zone.is_empty()).or(self.zone).ok_or(Failure::Line)?;
        read(now, zone, phrase, self.clock, self.order).map(|(_, answer)| answer)
    }
}

/// Reads a phrase; the answer is in the person's zone.
pub fn read(
    now: Option<&str>,
    zone: &str,
    phrase: &str,
    clock: i64,
    order: Option<Order>,
) -> Result<(Meaning, String), Failure> {
    let home = NamedZone::read(zone).ok_or_else(|| Failure::Zone(zone.to_owned()))?;
    let now = match now {
        Some(text) => instant(text, &home).ok_or_else(|| Failure::Now(text.to_owned()))?,
        None => clock,
    };
    let context = when::Context { order, ..when::Context::new(now, home.zone.as_ref(), &Iana) };
    let meaning = when::parse(phrase, &context)?;
    let answer = home.show(meaning.first().instant).ok_or(Refusal::TooFar)?;
    Ok((meaning, answer))
}

/// An instant: RFC 3339, also with a zone in brackets after it (RFC 9557), or a local time.
fn instant(text: &str, home: &NamedZone) -> Option<i64> {
    let (civil, rest) = Civil::parse(text)?;
    let offset = match rest.split_once('[') {
        Some((offset, zone)) if zone.ends_with(']') => offset,
        Some(_) => return None,
        None => rest,
    };
    if rest.is_empty() {
        return Some(home.zone.resolve(civil).instant());
    }
    Some(civil.seconds() - i64::from(parse_offset(offset)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = include_str!("../../../docs/WHEN.md");

    fn batch(lines: &[u8]) -> Vec<String> {
        let asked = Asked { zone: None, now: None, clock: 1_795_000_000, order: None };
        let mut output = Vec::new();
        asked.answer_all(lines, &mut output).unwrap();
        String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_documentation_is_right() {
        let mut rows = 0;
        for line in DOCS.lines().filter(|line| line.starts_with("| ")) {
            let [_, phrase, expected, _] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else { panic!("{line}") };
            if phrase == "phrase" {
                continue;
            }
            let answer = read(Some("2026-11-23T10:40"), "Europe/Paris", phrase, 0, None);
            let shown = answer.map_or_else(|failure| failure.to_string(), |(_, answer)| answer[..16].to_owned());
            assert_eq!(shown, expected, "{phrase}");
            rows += 1;
        }
        assert!(rows > 50, "{rows} rows");
    }

    #[test]
    fn a_batch_answers_every_line() {
        let lines = b"2026-11-22T22:00\tEurope/Paris\ttomorrow 9am\r\n\
            2026-11-22T22:00:00Z\t+02:00\tin 2 hours\n\
            2026-11-22T22:00:00.5+01:00[Europe/Paris]\tUTC\tnow\n\
            \n\
            no tabs\n\
            soon\tUTC\tnow\n\
            2026-11-22T22:00\tMars/Base\tnow\n\
            2026-11-22T22:00\tUTC\ttusday\n\
            \tUTC\tnow\n\
            2026-11-22T22:00\tUTC\t\xff\n\
            2026-11-22T22:00\tUTC\tnow \x1b[31m\xe2\x80\xae\n\
            2026-03-28T12:00\tEurope/Paris\ttomorrow 2:30am";
        let expected = [
            "2026-11-23T09:00:00+01:00[Europe/Paris]",
            "2026-11-23T02:00:00+02:00[+02:00]",
            "2026-11-22T21:00:00+00:00[UTC]",
            "error: a line is now, zone and phrase, with tabs between them",
            "error: a line is now, zone and phrase, with tabs between them",
            "error: soon is no instant: 2026-11-24T09:00:00+01:00, or 2026-11-24T09:00",
            "error: the zone Mars/Base is not known",
            "error: \u{201c}tusday\u{201d} is not understood (\u{201c}tuesday\u{201d}?)",
            "2026-11-18T11:06:40+00:00[UTC]",
            "error: a line is now, zone and phrase, with tabs between them",
            "error: \u{201c}\u{201d} is not understood",
            // Clocks jump over it.
            "2026-03-29T03:30:00+02:00[Europe/Paris]",
        ];
        assert_eq!(batch(lines), expected);
        assert!(batch(b"").is_empty());
        let long = [&b"2026-11-22T22:00\tUTC\t"[..], &vec![b'a'; 2 * 1024 * 1024], b"\nx\n"].concat();
        assert_eq!(batch(&long).len(), 2);
    }

    #[test]
    fn an_order_settles_dates() {
        let given = |order| read(Some("2026-11-23T10:40"), "UTC", "01/02", 0, order).map(|(_, answer)| answer[..10].to_owned());
        assert_eq!(given(Some(Order::DayMonthYear)).unwrap(), "2027-02-01");
        assert_eq!(given(Some(Order::MonthDayYear)).unwrap(), "2027-01-02");
        assert!(matches!(given(None), Err(Failure::Phrase(Refusal::TwoReadings { .. }))));
    }

    #[test]
    fn every_zone_that_a_phrase_can_name_exists() {
        for place in when::place_names() {
            assert!(NamedZone::read(place).is_some(), "{place}");
        }
    }
}
