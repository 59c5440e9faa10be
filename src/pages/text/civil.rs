//! Days and wall times as people write them, in whatever zone they are; and names of countries.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, Function, Intl, Reflect};
use wasm_bindgen::JsCast as _;
use waxwing_domain::civil::{Civil, Date, Time};

use super::intl::locale;
use crate::chrome::i18n::language;
use crate::chrome::intl::{date, formatted, hour_cycle, hour_digits, object};

/// One kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Clock,
    Day,
    DayYear,
    Weekday,
    LongDay,
    LongMonth,
}

thread_local! {
    static FORMATS: RefCell<BTreeMap<Kind, Function>> = const { RefCell::new(BTreeMap::new()) };
}

/// `Intl` writes instants: a wall time is that instant at which clocks in UTC show it.
fn written(wall: Civil, kind: Kind) -> String {
    let format = FORMATS.with_borrow_mut(|formats| formats.entry(kind).or_insert_with(|| make(kind)).clone());
    formatted(&format, &date(wall.seconds() * 1_000))
}

fn make(kind: Kind) -> Function {
    let cycle = hour_cycle(&language());
    let mut options = vec![("timeZone", "UTC")];
    match kind {
        Kind::Clock => {
            let hour = hour_digits(cycle.as_deref());
            options.extend([("hour", hour), ("minute", "2-digit")]);
            options.extend(cycle.as_deref().map(|cycle| ("hourCycle", cycle)));
        }
        Kind::Day => options.extend([("weekday", "short"), ("day", "numeric"), ("month", "short")]),
        Kind::DayYear => options.extend([("day", "numeric"), ("month", "short"), ("year", "numeric")]),
        Kind::Weekday => options.push(("weekday", "short")),
        Kind::LongDay => options.extend([("weekday", "long"), ("day", "numeric"), ("month", "long")]),
        Kind::LongMonth => options.extend([("month", "long"), ("year", "numeric")]),
    }
    Intl::DateTimeFormat::new(&Array::of1(&locale().as_str().into()), &object(&options)).format()
}

const fn midnight(date: Date) -> Civil {
    Civil { date, time: Time::MIDNIGHT }
}

/// `09:00`, or `9:00 AM`.
pub(crate) fn clock_of(wall: Civil) -> String {
    written(wall, Kind::Clock)
}

/// `Tue 24 Nov`; with the year instead of the weekday when it is not that of `today`.
pub(crate) fn short_day(day: Date, today: Date) -> String {
    written(midnight(day), if day.year() == today.year() { Kind::Day } else { Kind::DayYear })
}

/// `Tue`.
pub(crate) fn short_weekday(day: Date) -> String {
    written(midnight(day), Kind::Weekday)
}

/// `Tuesday 24 November`.
pub(crate) fn long_day(day: Date) -> String {
    written(midnight(day), Kind::LongDay)
}

/// `November 2026`.
pub(crate) fn long_month(day: Date) -> String {
    written(midnight(day), Kind::LongMonth)
}

/// How the browser's locale writes 2 January 2003: shows in which order the parts of a date stand.
pub(crate) fn sample_date() -> String {
    let options = object(&[("timeZone", "UTC"), ("year", "numeric"), ("month", "numeric"), ("day", "numeric")]);
    let format = Intl::DateTimeFormat::new(&Array::of1(&language().as_str().into()), &options).format();
    formatted(&format, &date(1_041_465_600_000))
}

/// The name of a country in the language of the words; its code where the browser knows none.
pub(crate) fn country(code: &str) -> String {
    let ask = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let constructor: Function = Reflect::get(&intl, &"DisplayNames".into()).ok()?.dyn_into().ok()?;
        let options = object(&[("type", "region")]);
        let names = Reflect::construct(&constructor, &Array::of2(&locale().as_str().into(), &options)).ok()?;
        let of: Function = Reflect::get(&names, &"of".into()).ok()?.dyn_into().ok()?;
        of.call1(&names, &code.into()).ok()?.as_string()
    };
    ask().unwrap_or_else(|| code.to_owned())
}
