//! The domain's tree on the real DOM, with a way back.
//!
//! What must hold: every change is noted, so that [`DomTree::roll_back`] leaves the page as it was before the first one.

use wasm_bindgen::JsCast;
use waxwing_domain::tree::Tree;
use web_sys::{Document, Element, Node};

/// A part of the page that can be changed and put back.
#[derive(Debug)]
pub struct DomTree {
    document: Document,
    done: Vec<Change>,
}

/// A change, with what it takes to take it back.
#[derive(Debug)]
enum Change {
    Attribute { element: Element, name: String, before: Option<String> },
    Removed { node: Node, parent: Node, next: Option<Node> },
    Inserted { element: Element },
}

impl DomTree {
    /// For changes in this document.
    pub const fn new(document: Document) -> Self {
        Self { document, done: Vec::new() }
    }

    /// Whether anything was changed.
    pub fn is_changed(&self) -> bool {
        !self.done.is_empty()
    }

    /// Takes all changes back, the last one first. What somebody else has changed since stays as they left it.
    pub fn roll_back(self) {
        for change in self.done.into_iter().rev() {
            match change {
                Change::Attribute { element, name, before: Some(value) } => drop(element.set_attribute(&name, &value)),
                Change::Attribute { element, name, before: None } => drop(element.remove_attribute(&name)),
                Change::Inserted { element } => element.remove(),
                Change::Removed { node, parent, next } => {
                    // The neighbour may be gone by now; then the end is the nearest place.
                    let next = next.filter(|next| next.parent_node().as_ref() == Some(&parent));
                    drop(parent.insert_before(&node, next.as_ref()));
                }
            }
        }
    }

    fn place(&mut self, parent: &Node, next: Option<&Node>, name: &str, attributes: &[(&str, &str)]) -> Option<Node> {
        let element = self.document.create_element(name).ok()?;
        for (name, value) in attributes {
            element.set_attribute(name, value).ok()?;
        }
        let node = parent.insert_before(&element, next).ok()?;
        self.done.push(Change::Inserted { element });
        Some(node)
    }

    fn note_attribute(&mut self, element: &Element, name: &str) {
        let before = element.get_attribute(name);
        self.done.push(Change::Attribute { element: element.clone(), name: name.to_owned(), before });
    }
}

impl Tree for DomTree {
    type Node = Node;

    fn name(&self, node: &Node) -> Option<String> {
        node.dyn_ref::<Element>().map(|element| element.local_name().to_ascii_lowercase())
    }

    fn attribute(&self, node: &Node, name: &str) -> Option<String> {
        node.dyn_ref::<Element>()?.get_attribute(name)
    }

    fn set_attribute(&mut self, node: &Node, name: &str, value: &str) {
        if let Some(element) = node.dyn_ref::<Element>() {
            self.note_attribute(element, name);
            drop(element.set_attribute(name, value));
        }
    }

    fn remove_attribute(&mut self, node: &Node, name: &str) {
        if let Some(element) = node.dyn_ref::<Element>().filter(|element| element.has_attribute(name)) {
            self.note_attribute(element, name);
            drop(element.remove_attribute(name));
        }
    }

    fn children(&self, node: &Node) -> Vec<Node> {
        let mut found = Vec::new();
        let mut next = node.first_child();
        while let Some(child) = next {
            next = child.next_sibling();
            found.push(child);
        }
        found
    }

    fn text(&self, node: &Node) -> String {
        node.text_content().unwrap_or_default()
    }

    fn remove(&mut self, node: &Node) {
        let Some(parent) = node.parent_node() else { return };
        let next = node.next_sibling();
        if parent.remove_child(node).is_ok() {
            self.done.push(Change::Removed { node: node.clone(), parent, next });
        }
    }

    fn parent(&self, node: &Node) -> Option<Node> {
        node.parent_node()
    }

    fn insert_before(&mut self, next: &Node, name: &str, attributes: &[(&str, &str)]) -> Option<Node> {
        self.place(&next.parent_node()?, Some(next), name, attributes)
    }

    fn append(&mut self, parent: &Node, name: &str, attributes: &[(&str, &str)]) -> Option<Node> {
        self.place(parent, None, name, attributes)
    }

    fn append_text(&mut self, parent: &Node, text: &str) {
        // It goes with the element that it is in.
        drop(parent.append_child(&self.document.create_text_node(text)));
    }

    fn elements(&self, root: &Node, names: &[&str]) -> Vec<Node> {
        let Some(root) = root.dyn_ref::<Element>() else { return Vec::new() };
        let Ok(found) = root.query_selector_all(&names.join(",")) else { return Vec::new() };
        (0..found.length()).filter_map(|index| found.item(index)).collect()
    }
}
