//! How long a phrase takes: `cargo run --release -p waxwing-domain --example when_bench`. Prints JSON lines for `./build.sh
//! bench`.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use waxwing_domain::when::zone::{Fixed, NoZones};
use waxwing_domain::when::{Context, MOST_LETTERS, parse};

const NOW: i64 = 1_795_000_000;
const ROUNDS: u32 = 20_000;

const ENGLISH: [&str; 10] = [
    "tomorrow 9am",
    "in 2 hours",
    "next tue at noon",
    "the 3rd",
    "end of month",
    "mon-fri 8:30",
    "first monday of march at 10:30",
    "2026-12-24T09:00:00+01:00",
    "in 1 year, 1 month, 1 week, 1 day, 1 hour and 1 minute",
    "from 25 August, as soon as possible within 9-17 on weekdays",
];

const GERMAN: [&str; 6] = [
    "morgen um 9",
    "nächsten Dienstag um halb zehn",
    "in zwei Stunden",
    "am ersten Montag im März um 9 Uhr 30",
    "Montag bis Freitag 8:30",
    "ab 25. August werktags zwischen 9 und 17 Uhr",
];

const REFUSED: [&str; 4] = ["tusday", "tomorrow at 3", "the quick brown fox jumps over the lazy dog", "01/02"];

#[expect(clippy::disallowed_methods, reason = "a measurement is the shell that reads the clock")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn measure(what: &str, phrases: &[&str]) {
    let context = Context::new(NOW, &Fixed(3600), &NoZones);
    let took = timed(|| {
        for phrase in phrases.iter().cycle().take(ROUNDS as usize) {
            black_box(parse(black_box(phrase), &context)).ok();
        }
    });
    let each = took.as_secs_f64() * 1e6 / f64::from(ROUNDS);
    let _ = writeln!(
        std::io::stdout(),
        r#"{{"bench":"{what}","count":{ROUNDS},"us_each":{each:.3},"s":{:.3}}}"#,
        took.as_secs_f64()
    );
}

fn main() {
    measure("when_english", &ENGLISH);
    measure("when_german", &GERMAN);
    measure("when_refused", &REFUSED);
    let hostile =
        ["a ".repeat(MOST_LETTERS / 2 - 1), "1 ".repeat(MOST_LETTERS / 2 - 1), "in 1h and ".repeat(MOST_LETTERS / 10)];
    for (name, phrase) in ["words", "numbers", "spans"].into_iter().zip(&hostile) {
        measure(&format!("when_long_{name}"), &[phrase]);
    }
}
