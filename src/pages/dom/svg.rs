//! SVG that we made ourselves, brought into the page.

use wasm_bindgen::JsCast;
use web_sys::{DomParser, Node, SupportedType};

use super::document;

/// Parses SVG text of ours as XML and takes it into the document. `None` when it is not well-formed.
///
/// Only for text that this code base made from its own words and numbers: as XML from a parser without scripting it could
/// run nothing anyway, and the page's CSP forbids inline code.
pub(crate) fn own_svg(text: &str) -> Option<Node> {
    let parsed = DomParser::new().ok()?.parse_from_string(text, SupportedType::ImageSvgXml).ok()?;
    let root = parsed.document_element().filter(|root| root.tag_name() == "svg")?;
    document().import_node_with_deep(root.unchecked_ref(), true).ok()
}
