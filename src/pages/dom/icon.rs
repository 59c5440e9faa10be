//! Icons: references into the sprite, which is put into each page once.

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::{body, document, own_svg};

const SVG: &str = "http://www.w3.org/2000/svg";
const SPRITE: &str = include_str!("../../../extension/assets/icons.svg");

/// A symbol of the sprite. `Solid means somebody; hollow a machine, yourself or nothing yet; dashed: cannot tell.`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(crate) const AGAIN: Self = Self("again");
    pub(crate) const ANSWERED: Self = Self("answered");
    pub(crate) const BACK: Self = Self("back");
    pub(crate) const BELL: Self = Self("bell");
    pub(crate) const CALENDAR: Self = Self("calendar");
    pub(crate) const CHECK: Self = Self("check");
    pub(crate) const CHECKING: Self = Self("checking");
    pub(crate) const CLICKED: Self = Self("clicked");
    pub(crate) const CLOCK: Self = Self("clock");
    pub(crate) const CLOSE: Self = Self("close");
    pub(crate) const DOWNLOAD: Self = Self("download");
    pub(crate) const EXTERNAL: Self = Self("external");
    pub(crate) const FAILED: Self = Self("failed");
    pub(crate) const GEAR: Self = Self("gear");
    pub(crate) const GLOBE: Self = Self("globe");
    pub(crate) const HELD: Self = Self("held");
    pub(crate) const HIDDEN: Self = Self("hidden");
    pub(crate) const HUMAN: Self = Self("human");
    pub(crate) const INFO: Self = Self("info");
    pub(crate) const LAPTOP: Self = Self("laptop");
    pub(crate) const LEFT: Self = Self("left");
    pub(crate) const LINK: Self = Self("link");
    pub(crate) const LOCK: Self = Self("lock");
    pub(crate) const MACHINES: Self = Self("machines");
    pub(crate) const MAIL: Self = Self("mail");
    pub(crate) const MORE: Self = Self("more");
    pub(crate) const NOLINK: Self = Self("nolink");
    pub(crate) const OFF: Self = Self("off");
    pub(crate) const OPENED: Self = Self("opened");
    pub(crate) const OUTBOX: Self = Self("outbox");
    pub(crate) const PREFETCH: Self = Self("prefetch");
    pub(crate) const PROXY: Self = Self("proxy");
    pub(crate) const QUIET: Self = Self("bell-off");
    pub(crate) const REPEAT: Self = Self("repeat");
    pub(crate) const RIGHT: Self = Self("right");
    pub(crate) const SCANNER: Self = Self("scanner");
    pub(crate) const SEAL: Self = Self("seal");
    pub(crate) const SEALED: Self = Self("sealed");
    pub(crate) const SEARCH: Self = Self("search");
    pub(crate) const SELF: Self = Self("self");
    pub(crate) const TRASH: Self = Self("trash");
    pub(crate) const UNKNOWN: Self = Self("unknown");
}

/// An icon. It is decoration: the word beside it says the same.
pub(crate) fn icon(which: Icon) -> Element {
    icon_with(which, "")
}

/// An icon with further classes.
pub(crate) fn icon_with(which: Icon, classes: &str) -> Element {
    let svg = make("svg");
    let class = if classes.is_empty() { "ww-i".to_owned() } else { format!("ww-i {classes}") };
    let drawn = make("use");
    for (element, name, value) in
        [(&svg, "class", class.as_str()), (&svg, "aria-hidden", "true"), (&drawn, "href", &format!("#ww-{}", which.0))]
    {
        // Fails only for a name that is not one.
        let _ = element.set_attribute(name, value);
    }
    let _ = svg.append_child(&drawn);
    svg
}

/// Three bars, of which the first `on` are filled: how sure something is. Decoration: the word beside it says the same.
pub(crate) fn bars(on: usize) -> Element {
    let svg = make("svg");
    for (name, value) in [("class", "ww-conf-i"), ("viewBox", "0 0 14 10"), ("aria-hidden", "true")] {
        // Fails only for a name that is not one.
        let _ = svg.set_attribute(name, value);
    }
    for (index, (x, y, height)) in [("0.5", "6.5", "3"), ("5.1", "3.5", "6"), ("9.7", "0.5", "9")].into_iter().enumerate() {
        let bar = make("rect");
        let class = if index < on { "on" } else { "no" };
        for (name, value) in [("class", class), ("x", x), ("y", y), ("width", "3"), ("height", height), ("rx", "0.8")] {
            // As above.
            let _ = bar.set_attribute(name, value);
        }
        let _ = svg.append_child(&bar);
    }
    svg
}

/// Puts the sprite into the page.
pub(super) fn put_sprite() {
    let Some(sprite) = own_svg(SPRITE) else { return };
    if let Some(sprite) = sprite.dyn_ref::<Element>() {
        // Fails only for a name that is not one.
        let _ = sprite.set_attribute("class", "ww-sprite");
        let _ = sprite.set_attribute("aria-hidden", "true");
    }
    body().add(sprite.unchecked_ref::<Node>());
}

fn make(name: &str) -> Element {
    #[expect(clippy::expect_used, reason = "`svg`, `use` and `rect` are valid names")]
    document().create_element_ns(Some(SVG), name).expect("svg, use and rect can be made")
}

#[cfg(test)]
mod tests {
    use super::{Icon, SPRITE};

    #[test]
    fn every_icon_is_in_the_sprite() {
        let source = include_str!("icon.rs");
        let named: Vec<&str> =
            source.lines().filter_map(|line| line.trim().strip_prefix("pub(crate) const ")?.split('"').nth(1)).collect();
        assert!(named.len() > 20, "the constants were not found in the source");
        for name in named.into_iter().chain([Icon::SEAL.0]) {
            assert!(SPRITE.contains(&format!("id=\"ww-{name}\"")), "no symbol ww-{name}");
        }
    }
}
