//! The tree that mails are marked on: as much of a DOM as that takes.
//!
//! In the browser it is Gmail's own DOM, in tests a plain tree. What must hold: an implementation changes what it is asked to
//! change and nothing else, and it speaks of attributes as they stand in the markup (`getAttribute`, not the resolved
//! property).

#[cfg(test)]
pub(crate) mod fixture;

/// A document's tree, readable and writable.
pub trait Tree {
    /// A handle to a node. Clones mean the same node.
    type Node: Clone + PartialEq;

    /// The tag's name in lower case; `None` for text, comments and everything else that is not an element.
    fn name(&self, node: &Self::Node) -> Option<String>;

    /// The value of an attribute as written; `None` when it is absent.
    fn attribute(&self, node: &Self::Node, name: &str) -> Option<String>;

    /// Sets an attribute.
    fn set_attribute(&mut self, node: &Self::Node, name: &str, value: &str);

    /// Removes an attribute, if it is there.
    fn remove_attribute(&mut self, node: &Self::Node, name: &str);

    /// The child nodes in order, text included.
    fn children(&self, node: &Self::Node) -> Vec<Self::Node>;

    /// All text below the node (`textContent`).
    fn text(&self, node: &Self::Node) -> String;

    /// Takes a node out of the tree.
    fn remove(&mut self, node: &Self::Node);

    /// The node that this one is in; `None` when it is in none.
    fn parent(&self, node: &Self::Node) -> Option<Self::Node>;

    /// Makes an element and puts it directly before `next`; `None` when it was not taken.
    fn insert_before(&mut self, next: &Self::Node, name: &str, attributes: &[(&str, &str)]) -> Option<Self::Node>;

    /// Makes an element and puts it at the end of `parent`; `None` when it was not taken.
    fn append(&mut self, parent: &Self::Node, name: &str, attributes: &[(&str, &str)]) -> Option<Self::Node>;

    /// Puts text at the end of an element that was made here: text, whatever is in it.
    fn append_text(&mut self, parent: &Self::Node, text: &str);

    /// All elements below `root` with one of these names, in document order. A DOM has a quicker way
    /// (`querySelectorAll("a,img")`): overriding this is worth it for long quotes.
    fn elements(&self, root: &Self::Node, names: &[&str]) -> Vec<Self::Node> {
        let mut found = Vec::new();
        // A stack of its own: mails can be nested deeper than a thread's stack is.
        let mut waiting = self.children(root);
        waiting.reverse();
        while let Some(node) = waiting.pop() {
            let Some(name) = self.name(&node) else { continue };
            waiting.extend(self.children(&node).into_iter().rev());
            if names.contains(&name.as_str()) {
                found.push(node);
            }
        }
        found
    }
}
