//! What the browser's formats take and give: dates, options, texts. Which formats there are is for who shows them.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;
use waxwing_domain::relative::Local;
use waxwing_protocol::Millis;

/// An instant as the browser has it.
pub fn date(at: Millis) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "a Date holds no more than 2^53 ms")]
    let at = at as f64;
    Date::new(&at.into())
}

/// An instant where the user is.
pub fn local(at: Millis) -> Local {
    local_of(&date(at), at)
}

/// The same, of its date.
pub fn local_of(date: &Date, at: Millis) -> Local {
    // Whole minutes, and NaN, which is cast to 0, for a time that no Date can hold.
    #[expect(clippy::cast_possible_truncation, reason = "an offset is less than a day")]
    let offset = -date.get_timezone_offset() as i32;
    Local { at, offset }
}

/// What a format's function makes of a value. A time that no Date can hold throws; it is then left out.
pub fn formatted(format: &Function, value: &JsValue) -> String {
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// An object, such as the options of a format.
pub fn object(entries: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in entries {
        // Setting a property of a plain new object does not fail.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}

/// The clock of a language's region, of 12 hours (`h12`, `h11`) or of 24 (`h23`, `h24`), as `Intl` names it.
pub fn hour_cycle(locale: &str) -> Option<String> {
    let format = Intl::DateTimeFormat::new(&Array::of1(&locale.into()), &object(&[("hour", "numeric")]));
    Reflect::get(&format.resolved_options(), &"hourCycle".into()).ok()?.as_string()
}

/// How the hour of such a clock is written: `6:54 PM`, but `06:54`.
pub fn hour_digits(cycle: Option<&str>) -> &'static str {
    if matches!(cycle, Some("h11" | "h12")) { "numeric" } else { "2-digit" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_half_a_day_have_no_leading_zero() {
        let cycles = [Some("h12"), Some("h11"), Some("h23"), Some("h24"), None];
        assert_eq!(cycles.map(hour_digits), ["numeric", "numeric", "2-digit", "2-digit", "2-digit"]);
    }
}
