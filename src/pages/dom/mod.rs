//! The small toolkit that builds the pages.
//!
//! What must hold:
//! - Tags and attributes come from the lists in [`names`]: there is no way to make a `script`, an event attribute, a style or
//!   an address that is not ours or plain `http(s)`.
//! - Text is set as text. The only markup that is ever parsed is the icon sprite and the chart, both made by us, as XML.
//! - Listeners live in a [`Scope`] and go with it.

mod download;
mod el;
mod icon;
mod names;
mod scope;
mod svg;

pub(crate) use download::download;
pub(crate) use el::{El, el};
pub(crate) use icon::{Icon, bars, icon, icon_with};
pub(crate) use names::{Attr, Flag, Href, Tag};
pub(crate) use scope::Scope;
pub(crate) use svg::own_svg;

use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlElement, Window};

/// The page's window.
pub(crate) fn window() -> Window {
    #[expect(clippy::expect_used, reason = "the pages' code runs in a page, and a page has a window")]
    web_sys::window().expect("a page has a window")
}

/// The page's document.
pub(crate) fn document() -> Document {
    #[expect(clippy::expect_used, reason = "the pages' code runs in a page, and a page has a document")]
    window().document().expect("a window has a document")
}

/// The page's body.
pub(crate) fn body() -> El {
    #[expect(clippy::expect_used, reason = "the module script runs after the body was parsed")]
    El::of(document().body().expect("the page has a body"))
}

/// Tells the document its language and puts the icons in.
pub(crate) fn prepare() {
    if let Some(root) = document().document_element() {
        // A refusal of either leaves the page as the HTML file has it.
        let _ = root.set_attribute("lang", &crate::pages::text::locale());
        let _ = root.set_attribute("dir", &crate::pages::text::t("locale_dir"));
    }
    icon::put_sprite();
}

/// The element that has the focus.
pub(crate) fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}
