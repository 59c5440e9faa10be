//! Marks in a compose: put in whole or not at all, taken out again without a trace.

use uuid::Uuid;
use wasm_bindgen::JsCast;
use waxwing_domain::mark::{self, MarkError, Marked, Wanted};
use waxwing_domain::strip::{strip, strip_html};
use web_sys::{Document, Element, Event, EventInit, HtmlInputElement, InputEvent, InputEventInit, Node};

use super::settings::Mint;
use crate::gmail::dom_tree::DomTree;

/// Marks a mail. Marks of this account that are in it already, also in the folded quote, go first. When it fails the compose
/// is as it was; when there is nothing to mark it is without those.
pub fn place(
    document: &Document,
    body: &Element,
    quote: Option<&HtmlInputElement>,
    mint: &Mint,
    id: Uuid,
    wanted: &Wanted<'_>,
) -> Result<Marked, MarkError> {
    let mut tree = DomTree::new(document.clone());
    match mark::mark(&mut tree, body.as_ref(), &mint.of(id), wanted) {
        Err(MarkError::Nothing) => {
            clean_quote(quote, &mint.account);
            Err(MarkError::Nothing)
        }
        Ok(marked) => {
            clean_quote(quote, &mint.account);
            Ok(marked)
        }
        Err(error) => {
            tree.roll_back();
            Err(error)
        }
    }
}

/// Takes all marks of this account out of a compose; true when there were any.
pub fn clean(document: &Document, body: &Element, quote: Option<&HtmlInputElement>, account: &str) -> bool {
    let in_quote = clean_quote(quote, account);
    if !may_hold(body, account) {
        return in_quote;
    }
    let mut tree = DomTree::new(document.clone());
    let node: &Node = body.as_ref();
    strip(&mut tree, node, account);
    in_quote | tree.is_changed()
}

/// Whether there may be marks in an element: much cheaper than looking closely, and never wrong when it says no.
pub fn may_hold(body: &Element, account: &str) -> bool {
    // An account's id is lower-case letters and digits: nothing that would need escaping in a selector. The slashes around it
    // may be percent-encoded, in an address within an address.
    ["img[src*=\"", "a[href*=\"", "area[href*=\"", "a[data-saferedirecturl*=\""]
        .into_iter()
        .any(|start| body.query_selector(&format!("{start}{account}\"]")).ok().flatten().is_some())
}

/// Tells Gmail that the body has changed, as typing does.
pub fn tell_gmail(body: &Element) {
    let how = InputEventInit::new();
    how.set_bubbles(true);
    let event = InputEvent::new_with_event_init_dict("input", &how).map(JsCast::unchecked_into::<Event>);
    let event = event.or_else(|_| {
        let how = EventInit::new();
        how.set_bubbles(true);
        Event::new_with_event_init_dict("input", &how)
    });
    if let Ok(event) = event {
        drop(body.dispatch_event(&event));
    }
}

fn clean_quote(quote: Option<&HtmlInputElement>, account: &str) -> bool {
    let Some(quote) = quote else { return false };
    let Some(clean) = strip_html(&quote.value(), account) else { return false };
    quote.set_value(&clean);
    true
}
