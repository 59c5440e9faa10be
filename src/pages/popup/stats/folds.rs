//! Folds keep their state, and the focus on them, while what stands in them is drawn anew.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::pages::dom::{El, Flag, focused};

/// A fold as it was.
pub(super) struct Fold {
    open: bool,
    focused: bool,
}

/// The folds of a view, in their order.
pub(super) fn note(view: &El) -> Vec<Fold> {
    let focused = focused();
    all(view)
        .into_iter()
        .map(|fold| Fold {
            open: fold.has_attribute(Flag::Open.name()),
            focused: focused.as_ref().is_some_and(|focused| fold.contains(Some(focused))),
        })
        .collect()
}

/// Makes the folds of a view that was drawn anew what they were. One that was not there before stays closed.
pub(super) fn put_back(view: &El, before: &[Fold]) {
    for (fold, before) in all(view).into_iter().zip(before) {
        // Fails for no name on the list.
        let _ = fold.toggle_attribute_with_force(Flag::Open.name(), before.open);
        if before.focused {
            let summary = fold.query_selector("summary").ok().flatten().and_then(|found| found.dyn_into::<HtmlElement>().ok());
            // What cannot take the focus just does not.
            let _ = summary.map(|summary| summary.focus());
        }
    }
}

fn all(view: &El) -> Vec<Element> {
    let Ok(found) = view.node().query_selector_all("details") else { return Vec::new() };
    (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect()
}
