//! Times, numbers and the language that they are in. The browser's own formats, each made once, when it
//! is needed.

use std::cell::{Cell, OnceCell, RefCell};

use js_sys::{Array, Function, Intl, Object};
use wasm_bindgen::JsValue;
use waxwing_domain::relative::{Unit, relative};
use waxwing_protocol::Millis;

use crate::chrome::i18n::{language, message};
use crate::chrome::intl::{date, formatted, local, local_of, object};

struct Formats {
    locales: Array,
    clock: OnceCell<Function>,
    day: OnceCell<Function>,
    day_year: OnceCell<Function>,
    today: Cell<Option<Today>>,
}

/// What a moment is compared with, kept as long as the clock stands: many are said at once.
#[derive(Clone, Copy)]
struct Today {
    now: Millis,
    day: i64,
    year: u32,
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
        Self { locales, clock: OnceCell::new(), day: OnceCell::new(), day_year: OnceCell::new(), today: Cell::new(None) }
    }

    fn today(&self, now: Millis) -> Today {
        if let Some(today) = self.today.get().filter(|today| today.now == now) {
            return today;
        }
        let date = date(now);
        let today = Today { now, day: local_of(&date, now).day(), year: date.get_full_year() };
        self.today.set(Some(today));
        today
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
pub(in crate::content) fn words(key: &str, values: &[&str]) -> String {
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
pub(in crate::content) fn moment(at: Millis, now: Millis) -> String {
    FORMATS.with(|formats| {
        let then = date(at);
        let today = formats.today(now);
        let clock = formatted(formats.of(&formats.clock, &[("timeStyle", "short")]), &then);
        match today.day - local_of(&then, at).day() {
            0 => words("when_today", &[&clock]),
            1 => words("when_yesterday", &[&clock]),
            _ => {
                let format = if then.get_full_year() == today.year {
                    formats.of(&formats.day, &[("weekday", "short"), ("day", "numeric"), ("month", "short")])
                } else {
                    formats.of(&formats.day_year, &[("day", "numeric"), ("month", "short"), ("year", "numeric")])
                };
                words("when_day", &[&formatted(format, &then), &clock])
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
    // In words of ours: the browser's format of numbers with units takes 2 ms to make.
    let key = match ago.unit {
        Unit::Now | Unit::Minute => "age_minute",
        Unit::Hour => "age_hour",
        Unit::Day => "age_day",
        Unit::Week => "age_week",
        Unit::Month => "age_month",
        Unit::Year => "age_year",
    };
    self::count(key, count, &[])
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
