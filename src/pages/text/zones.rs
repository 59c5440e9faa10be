//! What clocks elsewhere show, and days of the week by name.
//!
//! What must hold: a zone may have been written by anybody; one that the browser does not know gives nothing and breaks nothing.

use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use waxwing_domain::civil::Weekday;
use waxwing_protocol::Millis;

use super::{clock, locale, t_with};
use crate::chrome::i18n::language;
use crate::chrome::intl::{date, formatted, hour_cycle, hour_digits, object};

/// 1970-01-05, a Monday, at noon.
const MONDAY: Millis = (4 * 24 + 12) * 3_600_000;
const DAY: Millis = 24 * 3_600_000;

/// What clocks in that zone show at an instant, where they show something else than here: `17:00`, with the day where it is
/// another one. `None` too for a zone that the browser does not know.
pub(crate) fn there(at: Millis, zone: &str) -> Option<String> {
    let here = formatted(&format(&DATE, None)?, &date(at));
    let day = formatted(&format(&DATE, Some(zone))?, &date(at));
    let time = formatted(&timed(zone)?, &date(at));
    if day != here {
        let day = formatted(&format(&SAID_DAY, Some(zone))?, &date(at));
        return Some(t_with("when_day", &[&day, &time]));
    }
    (time != clock(at)).then_some(time)
}

/// What clocks in that zone show at an instant, with the day. `None` for a zone that the browser does not know.
pub(crate) fn moment_in(at: Millis, zone: &str) -> Option<String> {
    let day = formatted(&format(&SAID_DAY, Some(zone))?, &date(at));
    Some(t_with("when_day", &[&day, &formatted(&timed(zone)?, &date(at))]))
}

/// A wall time, `2026-11-24T09:00:00`, as people write it: `Tue 24 Nov 09:00`. The text itself when it is not one.
pub(crate) fn wall(wall: &str) -> String {
    let at = Date::new(&format!("{wall}Z").into());
    if at.get_time().is_nan() {
        return wall.to_owned();
    }
    let shown = |format: Option<Function>| format.map(|format| formatted(&format, &at)).unwrap_or_default();
    t_with("when_day", &[&shown(format(&SAID_DAY, Some("UTC"))), &shown(timed("UTC"))])
}

/// A time of day, `09:00`, as people write it.
pub(crate) fn hour(time: &str) -> String {
    let at = Date::new(&format!("1970-01-05T{time}:00Z").into());
    let shown = (!at.get_time().is_nan()).then(|| timed("UTC")).flatten().map(|format| formatted(&format, &at));
    shown.unwrap_or_else(|| time.to_owned())
}

/// The city in a zone's name: `Buenos Aires` of `America/Argentina/Buenos_Aires`. Foreign text.
pub(crate) fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// The name of a day of the week: `Monday`, or `Mon`.
pub(crate) fn weekday(day: Weekday, short: bool) -> String {
    let at = MONDAY + i64::from(day.index()) * DAY;
    let style = [("weekday", if short { "short" } else { "long" })];
    format(&style, Some("UTC")).map(|format| formatted(&format, &date(at))).unwrap_or_default()
}

const DATE: [(&str, &str); 3] = [("year", "numeric"), ("month", "numeric"), ("day", "numeric")];
const SAID_DAY: [(&str, &str); 3] = [("weekday", "short"), ("day", "numeric"), ("month", "short")];

fn timed(zone: &str) -> Option<Function> {
    let cycle = hour_cycle(&language());
    let hour = hour_digits(cycle.as_deref());
    let mut options = vec![("hour", hour), ("minute", "2-digit")];
    if let Some(cycle) = &cycle {
        options.push(("hourCycle", cycle));
    }
    format(&options, Some(zone))
}

/// A format; `None` where the browser throws, as it does for a zone that it does not know.
fn format(options: &[(&str, &str)], zone: Option<&str>) -> Option<Function> {
    let options: Object = object(options);
    if let Some(zone) = zone {
        // Setting a property of a plain new object does not fail.
        let _ = Reflect::set(&options, &"timeZone".into(), &zone.into());
    }
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let arguments = Array::of2(&JsValue::from_str(&locale()), &options);
    let made = Reflect::construct(&constructor, &arguments).ok()?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}
