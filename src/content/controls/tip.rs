//! A tooltip: on hover and on focus, gone on Escape. It stands in the browser's top layer, so that no edge of a compose cuts
//! it off.

use web_sys::{Document, Element, HtmlElement};

use wasm_bindgen::JsCast;

/// Pixels between a control and its tooltip, and between a tooltip and the window's edge.
const GAP: i32 = 6;

/// A tooltip of one control.
#[derive(Debug)]
pub(in crate::content) struct Tip {
    element: HtmlElement,
}

/// What it says: a heading and lines, quieter ones last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::content) struct Words {
    /// The state.
    pub(in crate::content) title: String,
    /// What it means.
    pub(in crate::content) lines: Vec<String>,
    /// What can be done.
    pub(in crate::content) hint: Option<String>,
}

impl Tip {
    /// Makes it, hidden. `id` names it for `aria-describedby`.
    pub(in crate::content) fn new(document: &Document, id: &str) -> Option<Self> {
        let element: HtmlElement = document.create_element("div").ok()?.dyn_into().ok()?;
        element.set_id(id);
        element.set_class_name("ww-tip");
        element.set_attribute("role", "tooltip").ok()?;
        element.set_attribute("popover", "manual").ok()?;
        Some(Self { element })
    }

    /// Its element, to be put beside its control.
    pub(in crate::content) fn element(&self) -> &Element {
        &self.element
    }

    /// Whether it is to be seen.
    pub(in crate::content) fn is_open(&self) -> bool {
        self.element.matches(":popover-open").unwrap_or(false)
    }

    /// Sets what it says.
    pub(in crate::content) fn say(&self, document: &Document, words: &Words) {
        let mut lines = vec![("b", "ww-b", words.title.as_str())];
        lines.extend(words.lines.iter().map(|line| ("span", "", line.as_str())));
        lines.extend(words.hint.iter().map(|hint| ("span", "ww-3", hint.as_str())));
        self.element.set_text_content(None);
        for (name, class, text) in lines {
            let Ok(line) = document.create_element(name) else { continue };
            line.set_class_name(class);
            line.set_text_content(Some(text));
            drop(self.element.append_child(&line));
        }
    }

    /// Shows it above its control, or below where there is no room.
    pub(in crate::content) fn open(&self, control: &Element, window_width: i32) {
        if self.is_open() || self.element.show_popover().is_err() {
            return;
        }
        let at = control.get_bounding_client_rect();
        let above = pixels(at.top()) - self.element.offset_height() - GAP;
        let top = if above >= GAP { above } else { pixels(at.bottom()) + GAP };
        let left = pixels(at.left()).min(window_width - self.element.offset_width() - GAP).max(GAP);
        let place = format!("top:{top}px;left:{left}px");
        drop(self.element.set_attribute("style", &place));
    }

    /// Hides it.
    pub(in crate::content) fn close(&self) {
        if self.is_open() {
            drop(self.element.hide_popover());
        }
    }
}

/// Whole pixels: nothing here is finer, and writing fractions would take code that nothing else needs.
#[expect(clippy::cast_possible_truncation, reason = "a cast of f64 to i32 keeps to the bounds of i32")]
const fn pixels(length: f64) -> i32 {
    length as i32
}
