//! An element of ours in Gmail's page, with a shadow root in the one style that all of them share.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, Document, Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

use crate::chrome::i18n::message;
use crate::content::controls::STYLE;

/// The style, made once: a hundred ticks would be a hundred copies of it.
#[derive(Debug, Default)]
pub(in crate::content) struct Sheet(std::cell::OnceCell<Option<(JsValue, Array)>>);

/// What was put into the page; gone when dropped.
#[derive(Debug)]
pub(in crate::content) struct Place {
    /// The element that holds the shadow root.
    pub(in crate::content) host: HtmlElement,
    /// What holds everything inside of it, in the direction of our words, which need not be Gmail's.
    pub(in crate::content) inside: Element,
}

impl Place {
    /// Makes one that stands nowhere yet. `tag` and `class` are those of its inside.
    pub(in crate::content) fn new(document: &Document, sheet: &Sheet, name: &str, tag: &str, class: &str) -> Option<Self> {
        let host: HtmlElement = document.create_element("span").ok()?.dyn_into().ok()?;
        host.set_class_name(name);
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok()?;
        sheet.give(&root)?;
        let inside = make(document, tag, class)?;
        root.append_child(&inside).ok()?;
        Some(Self { host, inside })
    }

    /// Takes over whether Gmail is light or dark.
    pub(in crate::content) fn take_theme(&self, dark: bool) {
        dress(&self.host, dark);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.host.remove();
    }
}

impl Sheet {
    /// Gives the style to a shadow root.
    pub(in crate::content) fn give(&self, root: &ShadowRoot) -> Option<()> {
        let make = || {
            let sheet = CssStyleSheet::new().ok()?;
            sheet.replace_sync(STYLE).ok()?;
            Some((JsValue::from("adoptedStyleSheets"), Array::of1(&sheet)))
        };
        let (name, sheets) = self.0.get_or_init(make).as_ref()?;
        Reflect::set(root, name, sheets).ok().map(drop)
    }
}

/// An element of a class.
pub(in crate::content) fn make(document: &Document, tag: &str, class: &str) -> Option<Element> {
    let element = document.create_element(tag).ok()?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    Some(element)
}

/// An element with text in it, at the end of another one.
pub(super) fn add(document: &Document, parent: &Element, tag: &str, class: &str, text: &str) -> Option<Element> {
    let element = make(document, tag, class)?;
    element.set_text_content(Some(text));
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Sets an attribute if it is another one, so that nothing is told twice.
pub(in crate::content) fn set(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        drop(element.set_attribute(name, value));
    }
}

/// Takes over whether Gmail is light or dark.
pub(super) fn dress(host: &Element, dark: bool) {
    set(host, "data-theme", if dark { "dark" } else { "light" });
}

/// The direction and the language of our words.
pub(super) fn speak(element: &Element) {
    set(element, "dir", &message("locale_dir", &[]));
    set(element, "lang", &message("locale_tag", &[]));
}
