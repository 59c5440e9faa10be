//! Dialogs that decide over a mail: Gmail's refusal to send, and "Schedule send".

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Node};

use super::compose::{Compose, element_of, is_shown};
use super::selectors::SCHEDULE;

/// Whether Gmail refuses something just now, such as a bad address: the send was stopped.
pub fn is_refusing(document: &Document) -> bool {
    let Ok(found) = document.query_selector_all("[role=\"alertdialog\"]") else { return false };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into::<Element>().ok()).any(|dialog| is_shown(&dialog))
}

/// True for the menu item that opens the dialog "Schedule send".
pub fn opens_schedule(node: &Node) -> bool {
    let matches = |css: &str| element_of(node).and_then(|element| element.closest(css).ok().flatten()).is_some();
    SCHEDULE.meaning.iter().any(|candidate| matches(candidate.css))
}

/// True for what schedules the mail: a preset, or the button that confirms a chosen time. Only asked between opening the
/// dialog and its end; a click that turns out not to have scheduled costs nothing, so it errs on this side.
///
/// `by_enter`: Enter was pressed, which also confirms from the fields for date and time.
pub fn schedules(document: &Document, node: &Node, by_enter: bool) -> bool {
    let Some(element) = element_of(node) else { return false };
    let Some(dialog) = element.closest("[role=\"dialog\"]").ok().flatten() else { return false };
    // A docked compose is a dialog too.
    if Compose::all(document).iter().any(|compose| dialog.contains(Some(compose.root.as_ref()))) {
        return false;
    }
    let preset = element.closest("[role=\"menuitem\"]").ok().flatten();
    let button = element.closest("button, [role=\"button\"]").ok().flatten();
    (by_enter && element.local_name() == "input")
        || preset.is_some_and(|preset| dialog.contains(Some(preset.as_ref())))
        || button.is_some_and(|button| is_last_button(&dialog, &button))
}

/// The button that confirms stands last in Google's dialogs.
fn is_last_button(dialog: &Element, button: &Element) -> bool {
    let Ok(buttons) = dialog.query_selector_all("button, [role=\"button\"]") else { return false };
    let last = buttons.length().checked_sub(1).and_then(|index| buttons.item(index));
    last.as_ref() == Some(button.as_ref())
}
