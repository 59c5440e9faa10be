//! What the user would press next: "Save & close", and Gmail's own "Schedule send".
//!
//! Gmail's buttons want the gesture of a pointer at a place, on the innermost element; they take one that a script made.

use web_sys::{Document, Element, MouseEvent, MouseEventInit, Window};

use super::compose::{Compose, is_shown};
use super::selectors::{ARROW, CLOSE, SCHEDULE};

/// Leaves a compose as Gmail itself does after "Schedule send": its draft is kept. False when no way was found.
pub fn leave(window: &Window, compose: &Compose) -> bool {
    // Docked, or in full screen.
    if let Ok(Some(dialog)) = compose.root.closest("[role=\"dialog\"]") {
        let close = CLOSE.find(&dialog).filter(|close| !compose.root.contains(Some(close.as_ref())));
        if let Some(close) = close {
            press(&close);
            return true;
        }
        return false;
    }
    let location = window.location();
    if is_alone(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default()) {
        return window.close().is_ok();
    }
    // An answer inside of its conversation: Gmail keeps the draft when the conversation is left for the list.
    match above(&location.hash().unwrap_or_default()) {
        Some(list) => location.set_hash(&list).is_ok(),
        None => false,
    }
}

/// Whether the page is a compose in a window of its own.
pub fn is_alone(path: &str, search: &str) -> bool {
    path.ends_with("/popout") || search.contains("view=btop")
}

/// The list above a conversation: `#inbox/FMfcg…` is in `#inbox`.
fn above(hash: &str) -> Option<String> {
    let path = hash.split('?').next().unwrap_or_default();
    path.rsplit_once('/').map(|(list, _)| list.to_owned()).filter(|list| list.len() > 1)
}

/// Opens the menu that holds Gmail's "Schedule send".
pub fn open_menu(compose: &Compose) -> bool {
    let arrow = ARROW.find(&compose.root);
    arrow.as_ref().is_some_and(|arrow| {
        press(arrow);
        true
    })
}

/// Chooses "Schedule send" from the menu that is open; false while there is none.
pub fn schedule(document: &Document) -> bool {
    let item = SCHEDULE.all(document).into_iter().find(is_shown);
    item.is_some_and(|item| {
        press(&innermost(item));
        true
    })
}

fn innermost(mut element: Element) -> Element {
    while let Some(inner) = element.first_element_child().filter(is_shown) {
        element = inner;
    }
    element
}

fn press(element: &Element) {
    let at = element.get_bounding_client_rect();
    let how = MouseEventInit::new();
    how.set_bubbles(true);
    how.set_cancelable(true);
    how.set_composed(true);
    #[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
    {
        how.set_client_x((at.left() + at.width() / 2.0) as i32);
        how.set_client_y((at.top() + at.height() / 2.0) as i32);
    }
    for name in ["pointerdown", "mousedown", "pointerup", "mouseup", "click"] {
        if let Ok(event) = MouseEvent::new_with_mouse_event_init_dict(name, &how) {
            // Whether somebody prevented it is Gmail's matter.
            let _ = element.dispatch_event(&event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{above, is_alone};

    #[test]
    fn lists_above_conversations() {
        for (hash, list) in [
            ("#inbox/FMfcgzQXKWfPr", Some("#inbox")),
            ("#label/some+name/FMfcgzQXKWfPr", Some("#label/some+name")),
            ("#search/from%3Aana/FMfcgzQXKWfPr?compose=new", Some("#search/from%3Aana")),
            ("#inbox", None),
            ("#inbox?compose=new", None),
            ("", None),
            ("#/x", None),
        ] {
            assert_eq!(above(hash).as_deref(), list, "{hash}");
        }
    }

    #[test]
    fn windows_of_their_own() {
        for (path, search, alone) in
            [("/mail/u/0/popout", "?ver=1", true), ("/mail/u/0/", "?ui=2&view=btop&ver=1", true), ("/mail/u/0/", "", false)]
        {
            assert_eq!(is_alone(path, search), alone, "{path}{search}");
        }
    }
}
