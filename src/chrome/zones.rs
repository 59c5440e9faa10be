//! Zones as the browser knows them, by `Intl`: their offsets, and so everything that [`waxwing_domain::when::zone`] makes of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::JsCast;
use waxwing_domain::civil::parse_offset;
use waxwing_domain::when::zone::{Zone, Zones};

use super::intl::{date, formatted, object};

/// So many zones are kept: whoever types names must not fill the page.
const MOST_KEPT: usize = 64;

/// The browser's zones. A format is dear to make, so each is made once.
#[derive(Debug, Default)]
pub struct BrowserZones {
    /// By name; `None` for names that are none.
    formats: RefCell<BTreeMap<String, Option<Function>>>,
}

/// One of them.
#[derive(Debug)]
struct BrowserZone {
    format: Function,
}

impl Zones for BrowserZones {
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
        // `Intl` takes `+09:00` for a zone; a zone of a phrase or of a contact has a name.
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let mut formats = self.formats.borrow_mut();
        if formats.len() >= MOST_KEPT && !formats.contains_key(name) {
            formats.clear();
        }
        let format = formats.entry(name.to_owned()).or_insert_with(|| format_of(name)).clone()?;
        Some(Box::new(BrowserZone { format }))
    }
}

impl Zone for BrowserZone {
    fn offset_at(&self, instant: i64) -> i32 {
        // `11/24/2026, GMT+09:00`; a bare `GMT` is none ahead.
        let text = formatted(&self.format, &date(instant.saturating_mul(1_000)));
        text.rsplit_once("GMT").and_then(|(_, offset)| parse_offset(&offset.replace('\u{2212}', "-"))).unwrap_or(0)
    }
}

/// What writes the offset of a zone; `None` when the browser does not know it. An unknown name throws, so the format is made by
/// reflection.
fn format_of(name: &str) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let options = object(&[("timeZone", name), ("timeZoneName", "longOffset")]);
    let format = Reflect::construct(&constructor, &Array::of2(&"en-US".into(), &options)).ok()?;
    Reflect::get(&format, &"format".into()).ok()?.dyn_into().ok()
}

/// All names of zones that the browser gives; empty where it gives none.
pub fn zone_names() -> Vec<String> {
    let ask = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let list: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        list.call1(&intl, &"timeZone".into()).ok()
    };
    let names = ask().map(|names| Array::from(&names)).unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).collect()
}
