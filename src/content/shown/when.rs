//! Times, numbers and the language that they are in. The browser's own formats, each made once, when it
//! is needed.

use std::cell::{OnceCell, RefCell};

use js_sys::{Array, Function, Intl, Object};
use wasm_bindgen::JsValue;
use waxwing_domain::relative::{Unit, relative};
use waxwing_protocol::Millis;

use crate::chrome::i18n::{language, message};
use crate::chrome::intl::{date, formatted, local, object};

struct Formats {
    locales: Array,
    clock: OnceCell<Function>,
    day: OnceCell<Function>,
    day_year: OnceCell<Function>,
}

thread_local! {
    static FORMATS: Formats = Formats::new();
}

impl Formats {
    fn new() -> Self {
        let (browser, words) = (language(), message("locale_tag", &[]));
        // The region is the browser's where it speaks the language of the words.
        let same = browser.split('-').next() == words.split('-').next();
        let locales = Array::of1(&JsValue::from(if same { browser } else { words }));
        Self { locales, clock: OnceCell::new(), day: OnceCell::new(), day_year: OnceCell::new() }
    }

    fn of<'f>(&self, format: &'f OnceCell<Function>, options: &[(&str, &str)]) -> &'f Function {
        format.get_or_init(|| Intl::DateTimeFormat::new(&self.locales, &object(options)).format())
    }
}

thread_local! {
    /// Words by their key, with these characters where values go. Asking the browser for words takes longer than all the rest
    /// of a sentence.
    static WORDS: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}
const HOLES: [&str; 3] = ["\u{1}", "\u{2}", "\u{3}"];

/// The words for a key, with at most three values.
pub(super) fn words(key: &str, values: &[&str]) -> String {
    WORDS.with_borrow_mut(|known| {
        let at = known.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            known.push((key.to_owned(), message(key, &HOLES)));
            known.len() - 1
        });
        let mut out = String::new();
        for c in known[at].1.chars() {
            match c {
                '\u{1}'..='\u{3}' => out.push_str(values.get(c as usize - 1).copied().unwrap_or_default()),
                _ => out.push(c),
            }
        }
        out
    })
}

/// `today 11:20`, `yesterday 09:00`, `Fri 20 Nov 16:31`.
pub(super) fn moment(at: Millis, now: Millis) -> String {
    FORMATS.with(|formats| {
        let clock = formatted(formats.of(&formats.clock, &[("hour", "2-digit"), ("minute", "2-digit")]), &date(at));
        match local(now).day() - local(at).day() {
            0 => words("when_today", &[&clock]),
            1 => words("when_yesterday", &[&clock]),
            _ => {
                let this_year = date(at).get_full_year() == date(now).get_full_year();
                let format = if this_year {
                    formats.of(&formats.day, &[("weekday", "short"), ("day", "numeric"), ("month", "short")])
                } else {
                    formats.of(&formats.day_year, &[("day", "numeric"), ("month", "short"), ("year", "numeric")])
                };
                let day = formatted(format, &date(at));
                words("when_day", &[&day, &clock])
            }
        }
    })
}

/// How long ago that was, in words: `4 days`; empty for less than a minute, and for what lies ahead.
pub(super) fn age(at: Millis, now: Millis) -> String {
    let ago = relative(local(at), local(now));
    let Some(count) = u32::try_from(-ago.count).ok().filter(|count| *count > 0 && ago.unit != Unit::Now) else {
        return String::new();
    };
    let options = object(&[("style", "unit"), ("unit", ago.unit.name()), ("unitDisplay", "long")]);
    FORMATS.with(|formats| formatted(&Intl::NumberFormat::new(&formats.locales, &options).format(), &count.into()))
}

/// The words for so many of something: `<key>_one` or `<key>_other`; the number is their `$1`, the values follow it. In the
/// languages that there are words in one thing is one and all else is more, as the browser's own rules say too.
pub(super) fn count(key: &str, n: u32, values: &[&str]) -> String {
    // Below a thousand there is nothing to group, and the format is dear to make.
    let shown = if n < 1000 {
        n.to_string()
    } else {
        let format = |formats: &Formats| Intl::NumberFormat::new(&formats.locales, &Object::new()).format();
        FORMATS.with(|formats| formatted(&format(formats), &n.into()))
    };
    let key = [key, if n == 1 { "_one" } else { "_other" }].concat();
    let mut all = vec![shown.as_str()];
    all.extend_from_slice(values);
    words(&key, &all)
}
