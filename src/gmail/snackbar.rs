//! The bar that offers Undo after a send. Its words are in the user's language; its link holds the thread.

use web_sys::Node;

use super::compose::element_of;
use super::selectors::UNDO;

/// The thread whose sending a click on this node takes back, without its `#`; `Some("")` when Gmail does not say which.
pub fn undoes(node: &Node) -> Option<String> {
    let element = element_of(node)?;
    let link = UNDO.meaning.iter().find_map(|candidate| element.closest(candidate.css).ok().flatten())?;
    Some(link.get_attribute("param").unwrap_or_default().trim_start_matches('#').to_owned())
}
