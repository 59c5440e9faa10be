//! The shell that reads clock, timer, randomness and time zone, for the worker's logic to take as parameters.

use std::future::Future;

use gloo::timers::future::TimeoutFuture;
use uuid::Uuid;
use wasm_bindgen::JsValue;
use waxwing_protocol::Millis;

use super::i18n::language;

/// Reads the clock and waits.
pub trait Clock {
    /// Now.
    fn now(&self) -> Millis;
    /// Waits for that many milliseconds. Only good for waits that the worker lives through: below 30 s.
    fn sleep(&self, milliseconds: u32) -> impl Future<Output = ()>;
    /// The IANA name of the user's time zone, e.g. `Europe/Paris`.
    fn zone(&self) -> String;
    /// How many minutes the user's clock is ahead of UTC at an instant.
    fn offset(&self, at: Millis) -> i32;
    /// The time of an instant by the user's clock, in the user's way of writing it; with its day when that is not today.
    fn written(&self, at: Millis) -> String;
    /// The day of an instant by the user's clock, and its time: `Thu 26 Nov`, `09:00`. With the year instead of the weekday when it
    /// is not the running one.
    fn written_day(&self, at: Millis) -> (String, String);
}

/// Makes things up.
pub trait Random {
    /// From 0 up to, but not, 1.
    fn fraction(&self) -> f64;
    /// A new id.
    fn uuid(&self) -> Uuid;
}

/// The browser's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    #[expect(clippy::disallowed_methods, reason = "the shell that the clock comes from")]
    fn now(&self) -> Millis {
        js_sys::Date::now() as Millis
    }

    async fn sleep(&self, milliseconds: u32) {
        TimeoutFuture::new(milliseconds).await;
    }

    fn zone(&self) -> String {
        let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
        js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into())
            .ok()
            .and_then(|zone| zone.as_string())
            .unwrap_or_else(|| "UTC".to_owned())
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole minutes of less than a day; NaN becomes 0")]
    fn offset(&self, at: Millis) -> i32 {
        -(date(at).get_timezone_offset() as i32)
    }

    fn written(&self, at: Millis) -> String {
        let day = |date: &js_sys::Date| (date.get_full_year(), date.get_month(), date.get_date());
        let (then, today) = (date(at), date(self.now()));
        let styles: &[(&str, &str)] = if day(&then) == day(&today) {
            &[("timeStyle", "short")]
        } else {
            &[("dateStyle", "short"), ("timeStyle", "short")]
        };
        let options = js_sys::Object::new();
        for (name, style) in styles {
            // Setting a field of a plain object of ours cannot fail.
            let _ = js_sys::Reflect::set(&options, &(*name).into(), &(*style).into());
        }
        String::from(then.to_locale_string(&language(), &options))
    }

    fn written_day(&self, at: Millis) -> (String, String) {
        let then = date(at);
        let day: &[(&str, &str)] = if then.get_full_year() == date(self.now()).get_full_year() {
            &[("weekday", "short"), ("day", "numeric"), ("month", "short")]
        } else {
            &[("day", "numeric"), ("month", "short"), ("year", "numeric")]
        };
        // In the language of the words, with the region of the browser where it speaks that.
        let (browser, words) = (language(), super::i18n::message("locale_tag", &[]));
        let locale = if browser.split('-').next() == words.split('-').next() { browser } else { words };
        let written = |options: &[(&str, &str)]| String::from(then.to_locale_string(&locale, &super::intl::object(options)));
        let hour = super::intl::hour_digits(super::intl::hour_cycle(&locale).as_deref());
        (written(day), written(&[("hour", hour), ("minute", "2-digit")]))
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole milliseconds, far below 2^53")]
fn date(at: Millis) -> js_sys::Date {
    js_sys::Date::new(&JsValue::from_f64(at as f64))
}

impl Random for System {
    #[expect(clippy::disallowed_methods, reason = "the shell that randomness comes from; used for jitter only")]
    fn fraction(&self) -> f64 {
        js_sys::Math::random()
    }

    #[expect(clippy::disallowed_methods, reason = "the shell that randomness comes from")]
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// Browser and system as a name for the list of devices, e.g. `Google Chrome, Linux`: product names, the same in every
/// language.
pub fn browser_name() -> String {
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let data = get(&get(&js_sys::global(), "navigator"), "userAgentData");
    let brands: Vec<String> = js_sys::Array::from(&get(&data, "brands"))
        .iter()
        .filter_map(|brand| get(&brand, "brand").as_string())
        // Browsers add an invented brand ("Not/A)Brand"), so that nobody relies on the list.
        .filter(|brand| !brand.contains("Brand"))
        .collect();
    // Chromium stands next to the name of what was made of it.
    let brand = brands.iter().find(|brand| *brand != "Chromium").or(brands.first());
    let system = get(&data, "platform").as_string().filter(|name| !name.is_empty());
    brand.cloned().into_iter().chain(system).collect::<Vec<_>>().join(", ")
}
