//! `Intl` as the pages use it. Its formatters are dear to make, so each is made once.
//!
//! The language is that of the words (`locale_tag` in `_locales`); where the browser's language is of the same tongue, its
//! region counts (`en-GB`), and the 12 or 24 hour clock is the browser's in any case.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsCast as _;
use waxwing_protocol::Millis;

use super::t;
use crate::chrome::i18n::language;
pub(super) use crate::chrome::intl::local;
use crate::chrome::intl::{date, formatted, hour_cycle, hour_digits, object};

struct Formats {
    locale: String,
    week_start: u8,
    clock: Function,
    clock_s: Function,
    day: Function,
    day_year: Function,
    day_short: Function,
    month: Function,
    number: Function,
    plural: Intl::PluralRules,
}

thread_local! {
    static FORMATS: Formats = Formats::new();
}

impl Formats {
    fn new() -> Self {
        let (browser, words) = (language(), t("locale_tag"));
        let same = browser.split('-').next() == words.split('-').next();
        let locale = if same { browser.clone() } else { words };
        let locales = Array::of1(&locale.as_str().into());
        let cycle = hour_cycle(&browser);
        let date = |options: &[(&str, &str)]| Intl::DateTimeFormat::new(&locales, &object(options)).format();
        let timed = |options: &[(&str, &str)]| {
            let mut options = options.to_vec();
            if let Some(cycle) = &cycle {
                options.push(("hourCycle", cycle));
            }
            date(&options)
        };
        let hour = hour_digits(cycle.as_deref());
        Self {
            clock: timed(&[("hour", hour), ("minute", "2-digit")]),
            clock_s: timed(&[("hour", hour), ("minute", "2-digit"), ("second", "2-digit")]),
            day: date(&[("weekday", "short"), ("day", "numeric"), ("month", "short")]),
            day_year: date(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
            day_short: date(&[("day", "numeric"), ("month", "short")]),
            month: date(&[("month", "long"), ("year", "numeric")]),
            number: Intl::NumberFormat::new(&locales, &Object::new()).format(),
            plural: Intl::PluralRules::new(&locales, &Object::new()),
            week_start: first_weekday(&browser),
            locale,
        }
    }
}

/// The language tag of the words and dates.
pub(crate) fn locale() -> String {
    FORMATS.with(|formats| formats.locale.clone())
}

/// `14:02`, or `2:02 PM`.
pub(crate) fn clock(at: Millis) -> String {
    FORMATS.with(|formats| formatted(&formats.clock, &date(at)))
}

/// The same with seconds.
pub(crate) fn clock_s(at: Millis) -> String {
    FORMATS.with(|formats| formatted(&formats.clock_s, &date(at)))
}

/// `Fri 20 Nov`; with the year instead of the weekday when it is not the running year.
pub(crate) fn day(at: Millis, now: Millis) -> String {
    let this_year = date(at).get_full_year() == date(now).get_full_year();
    FORMATS.with(|formats| formatted(if this_year { &formats.day } else { &formats.day_year }, &date(at)))
}

/// The instant for machines: `2026-11-20T15:31:00.000Z`.
pub(crate) fn iso(at: Millis) -> String {
    let date = date(at);
    // It throws for a time that no Date can hold.
    if date.get_time().is_nan() { String::new() } else { date.to_iso_string().into() }
}

/// A calendar day that came as `YYYY-MM-DD`, as `20 Nov`; the text itself when it is not one.
pub(crate) fn day_of(date_text: &str) -> String {
    // Noon, so that no change of clocks moves it to another day.
    let noon = Date::new(&format!("{date_text}T12:00:00").into());
    if noon.get_time().is_nan() {
        return date_text.to_owned();
    }
    FORMATS.with(|formats| formatted(&formats.day_short, &noon))
}

/// The same with the weekday, or with the year when it is not the running one: `Fri 20 Nov`, `20 Nov 2025`.
pub(crate) fn day_of_long(date_text: &str, now: Millis) -> String {
    let noon = Date::new(&format!("{date_text}T12:00:00").into()).get_time();
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a Date are whole and far inside of i64")]
    let at = noon as Millis;
    if noon.is_nan() { date_text.to_owned() } else { day(at, now) }
}

/// The day where the user is, `YYYY-MM-DD`.
pub(crate) fn iso_day(at: Millis) -> String {
    let date = date(at);
    if date.get_time().is_nan() {
        return String::new();
    }
    format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

/// `October 2026`.
pub(crate) fn month(at: Millis) -> String {
    FORMATS.with(|formats| formatted(&formats.month, &date(at)))
}

/// `1,204`.
pub(crate) fn number(n: u32) -> String {
    FORMATS.with(|formats| formatted(&formats.number, &n.into()))
}

/// A length of time in words: `4 days`. The unit is `Intl`'s name of it.
pub(super) fn span(n: u32, unit: &str) -> String {
    let locales = Array::of1(&locale().as_str().into());
    let options = object(&[("style", "unit"), ("unit", unit), ("unitDisplay", "long")]);
    // The number stays with its unit.
    formatted(&Intl::NumberFormat::new(&locales, &options).format(), &n.into()).replace(' ', "\u{a0}")
}

/// The key of the words for that number of things.
pub(super) fn plural_key(key: &str, n: u32) -> String {
    // The words exist for one and for more; languages with finer rules add their own keys and fall back to `other`.
    let rule = FORMATS.with(|formats| String::from(formats.plural.select(f64::from(n))));
    if rule == "one" { format!("{key}_one") } else { format!("{key}_other") }
}

/// The day where the user is: days since 1970-01-01.
pub(crate) fn local_day(at: Millis) -> i64 {
    local(at).day()
}

/// The day that weeks begin on, 0 for Sunday.
pub(crate) fn week_start() -> u8 {
    FORMATS.with(|formats| formats.week_start)
}

/// From `Intl.Locale`, which knows the weeks of a region and counts Sunday as 7; Monday (ISO 8601) where it does not say.
fn first_weekday(browser: &str) -> u8 {
    let ask = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let constructor: Function = Reflect::get(&intl, &"Locale".into()).ok()?.dyn_into().ok()?;
        let locale = Reflect::construct(&constructor, &Array::of1(&browser.into())).ok()?;
        let get: Function = Reflect::get(&locale, &"getWeekInfo".into()).ok()?.dyn_into().ok()?;
        Reflect::get(&get.call0(&locale).ok()?, &"firstDay".into()).ok()?.as_f64()
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 1 to 7")]
    ask().filter(|day| (1.0..=7.0).contains(day)).map_or(1, |day| day as u8 % 7)
}
