//! What the writer wrote, and where the quote begins.

use crate::tree::Tree;

/// Classes of quotes. Sources: Gmail's own replies and forwards, recorded 2022-09 and 2022-10 (`gmail_quote` on the outer
/// `div` and on the `blockquote`, `gmail_attr` on the line above); Gmail since 2024 (`gmail_quote_container` beside
/// `gmail_quote`); Gmail until 2018 (`gmail_extra` around both); Yahoo, Thunderbird and Proton as they stand in mails that are
/// pasted or answered. Last looked at 2026-11.
pub const QUOTE_CLASSES: &[&str] = &[
    "gmail_quote",
    "gmail_quote_container",
    "gmail_attr",
    "gmail_extra",
    "moz-cite-prefix",
    "moz-forward-container",
    "protonmail_quote",
    "yahoo_quoted",
];

/// The writer's own part of a body.
pub(super) struct OwnWords<N> {
    /// The anchors outside quotes, in document order.
    pub(super) anchors: Vec<N>,
    /// The first quote that is not inside another.
    pub(super) first_quote: Option<N>,
}

/// Walks what is not quoted. Answers between quoted paragraphs are the writer's own too.
pub(super) fn own_words<T: Tree>(tree: &T, body: &T::Node) -> OwnWords<T::Node> {
    let mut found = OwnWords { anchors: Vec::new(), first_quote: None };
    let mut waiting = tree.children(body);
    waiting.reverse();
    while let Some(node) = waiting.pop() {
        let Some(name) = tree.name(&node) else { continue };
        if is_quote(tree, &node, &name) {
            found.first_quote.get_or_insert(node);
            continue;
        }
        waiting.extend(tree.children(&node).into_iter().rev());
        if name == "a" {
            found.anchors.push(node);
        }
    }
    found
}

/// True for the root of a quote: by class, or `blockquote[type=cite]` (Apple Mail, Thunderbird).
fn is_quote<T: Tree>(tree: &T, node: &T::Node, name: &str) -> bool {
    if let Some(classes) = tree.attribute(node, "class")
        && classes.split_ascii_whitespace().any(|class| QUOTE_CLASSES.contains(&class))
    {
        return true;
    }
    name == "blockquote" && tree.attribute(node, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
}
