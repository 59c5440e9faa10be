//! An element of ours in Gmail's page: where it stands, its shadow root, and whether Gmail is light or dark.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode, Window};

use crate::gmail::compose::Compose;

/// The tokens of the look and what the controls are made of; `build.rs` puts them together.
pub(in crate::content) const STYLE: &str = include_str!(concat!(env!("OUT_DIR"), "/style.css"));

/// What was put into the page; gone when dropped.
#[derive(Debug)]
pub(super) struct Host {
    /// The element that holds the shadow root.
    pub(super) element: HtmlElement,
    /// Its inside.
    pub(super) root: ShadowRoot,
    placed: Vec<Element>,
}

impl Host {
    /// Puts an empty host into the toolbar of a compose, or below everything else when there is no toolbar to be found.
    pub(super) fn place(document: &Document, compose: &Compose) -> Option<Self> {
        let element: HtmlElement = document.create_element("span").ok()?.dyn_into().ok()?;
        element.set_class_name("ww-host");
        let how = ShadowRootInit::new(ShadowRootMode::Open);
        let root = element.attach_shadow(&how).ok()?;
        let style = document.create_element("style").ok()?;
        style.set_text_content(Some(STYLE));
        root.append_child(&style).ok()?;
        let placed = match compose.toolbar_cell() {
            Some(cell) => in_toolbar(document, &cell, &element)?,
            None => in_row(document, compose, &element)?,
        };
        Some(Self { element, root, placed })
    }

    /// Whether Gmail has left it where it was put.
    pub(super) fn is_in_place(&self) -> bool {
        self.element.is_connected()
    }

    /// Takes over whether Gmail is light or dark around here. Gmail's theme is a setting of Gmail's, not the system's.
    pub(super) fn take_theme(&self, window: &Window) {
        let theme = if is_dark_around(window, &self.element) { "dark" } else { "light" };
        if self.element.get_attribute("data-theme").as_deref() != Some(theme) {
            drop(self.element.set_attribute("data-theme", theme));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for element in &self.placed {
            element.remove();
        }
    }
}

/// A cell after Send's, and a column for it, since Gmail sizes its columns.
fn in_toolbar(document: &Document, send: &Element, host: &HtmlElement) -> Option<Vec<Element>> {
    let cell = document.create_element("td").ok()?;
    cell.set_class_name("ww-cell");
    cell.set_attribute("style", "vertical-align:middle;width:1px;white-space:nowrap").ok()?;
    cell.append_child(host).ok()?;
    send.after_with_node_1(&cell).ok()?;
    let mut placed = vec![cell];
    if let Some(column) = column_of(send) {
        let own = document.create_element("col").ok()?;
        own.set_class_name("ww-col");
        if column.after_with_node_1(&own).is_ok() {
            placed.push(own);
        }
    }
    Some(placed)
}

/// The `col` of a cell.
fn column_of(cell: &Element) -> Option<Element> {
    let mut before = 0;
    let mut previous = cell.previous_element_sibling();
    while let Some(element) = previous {
        before += 1;
        previous = element.previous_element_sibling();
    }
    let group = cell.closest("table").ok().flatten()?.query_selector("colgroup").ok().flatten()?;
    group.children().item(before)
}

/// A row of our own.
fn in_row(document: &Document, compose: &Compose, host: &HtmlElement) -> Option<Vec<Element>> {
    let row = document.create_element("div").ok()?;
    row.set_class_name("ww-row");
    row.set_attribute("style", "padding:4px 12px").ok()?;
    row.append_child(host).ok()?;
    compose.root.append_child(&row).ok()?;
    Some(vec![row])
}

/// The nearest background that is not see-through decides.
pub(in crate::content) fn is_dark_around(window: &Window, element: &Element) -> bool {
    let mut around = element.parent_element();
    while let Some(element) = around {
        let colour = window.get_computed_style(&element).ok().flatten();
        let colour = colour.and_then(|style| style.get_property_value("background-color").ok());
        if let Some(dark) = colour.as_deref().and_then(is_dark) {
            return dark;
        }
        around = element.parent_element();
    }
    false
}

/// Whether a computed colour (`rgb(r, g, b)`, `rgba(r, g, b, a)`) is dark; `None` when one sees through it.
fn is_dark(colour: &str) -> Option<bool> {
    let (_, inner) = colour.split_once('(')?;
    let inner = inner.split(')').next()?;
    let mut parts = inner.split([',', ' ', '/']).filter(|part| !part.is_empty());
    let mut channel = || parts.next()?.parse::<u32>().ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    // Written as 1, 0 or 0.something: its first decimal says enough.
    let is_thin = |alpha: &str| !alpha.starts_with('1') && !matches!(alpha.as_bytes().get(2), Some(b'5'..=b'9'));
    if parts.next().is_some_and(is_thin) {
        return None;
    }
    // How bright each colour looks, in thousandths.
    Some(299 * red + 587 * green + 114 * blue < 128_000)
}

#[cfg(test)]
mod tests {
    use super::is_dark;

    #[test]
    fn backgrounds() {
        for (colour, dark) in [
            ("rgb(255, 255, 255)", Some(false)),
            ("rgb(32, 33, 36)", Some(true)),
            ("rgba(0, 0, 0, 0)", None),
            ("rgba(0, 0, 0, 0.9)", Some(true)),
            ("rgb(246 248 252 / 1)", Some(false)),
            ("transparent", None),
            ("color(srgb 1 1 1)", None),
        ] {
            assert_eq!(is_dark(colour), dark, "{colour}");
        }
    }
}
