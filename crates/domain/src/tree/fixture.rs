//! A tree for tests: reads HTML, is marked like a DOM, writes HTML.
//!
//! The reader is enough for mails, not a browser's: text stays as it was written, void elements have no content, an end tag
//! closes the nearest open element of its name, nothing is moved.

use super::Tree;
use crate::html::{self, Piece};

const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// A tree of nodes in one list. Node 0 is the root, a `div`.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    nodes: Vec<Node>,
    /// What a broken tree forgets to do: `insert`, `set`, or to insert elements of a name.
    pub(crate) broken: Option<&'static str>,
}

#[derive(Debug, Clone)]
struct Node {
    parent: usize,
    children: Vec<usize>,
    /// `None` for text.
    name: Option<String>,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Fixture {
    pub(crate) const ROOT: usize = 0;

    /// The content of the root from HTML.
    pub(crate) fn read(source: &str) -> Self {
        let root = Node { parent: 0, children: vec![], name: Some("div".into()), attributes: vec![], text: String::new() };
        let mut tree = Self { nodes: vec![root], broken: None };
        let mut open = vec![Self::ROOT];
        let mut pieces = html::pieces(source).peekable();
        while let Some(piece) = pieces.next() {
            let parent = open[open.len() - 1];
            match piece {
                // An unfinished tag or comment at the end: a browser drops the one and closes the other.
                Piece::Other(text) if pieces.peek().is_none() && swallows(text) => {}
                Piece::Other(text) => {
                    tree.add(parent, None, vec![], text);
                }
                Piece::Start(tag) => {
                    let name = tag.name.to_ascii_lowercase();
                    let mut attributes: Vec<(String, String)> = vec![];
                    for a in &tag.attributes {
                        let key = a.name.to_ascii_lowercase();
                        if !attributes.iter().any(|(k, _)| *k == key) {
                            attributes.push((key, html::unescape(a.value)));
                        }
                    }
                    let is_void = VOID.contains(&name.as_str());
                    let node = tree.add(parent, Some(name), attributes, "");
                    if !is_void {
                        open.push(node);
                    }
                }
                Piece::End(name) => {
                    let at =
                        open.iter().rposition(|&n| tree.nodes[n].name.as_deref().is_some_and(|o| o.eq_ignore_ascii_case(name)));
                    if let Some(at) = at.filter(|&at| at > 0) {
                        open.truncate(at);
                    }
                }
            }
        }
        tree
    }

    /// Adds a node at the end of `parent`.
    pub(crate) fn add(&mut self, parent: usize, name: Option<String>, attributes: Vec<(String, String)>, text: &str) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { parent, children: vec![], name, attributes, text: text.into() });
        self.nodes[parent].children.push(node);
        node
    }

    /// The content of the root as HTML.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        for &child in &self.nodes[Self::ROOT].children {
            self.write_node(child, &mut out);
        }
        out
    }

    fn write_node(&self, node: usize, out: &mut String) {
        let Node { children, name, attributes, text, .. } = &self.nodes[node];
        let Some(name) = name else {
            out.push_str(text);
            return;
        };
        out.push('<');
        out.push_str(name);
        for (key, value) in attributes {
            out.push(' ');
            out.push_str(key);
            out.push_str("=\"");
            html::escape_attribute(value, out);
            out.push('"');
        }
        out.push('>');
        if VOID.contains(&name.as_str()) {
            return;
        }
        for &child in children {
            self.write_node(child, out);
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }

    /// True when the node or one of its parents fits.
    pub(crate) fn is_within(&self, node: usize, fits: impl Fn(&Self, usize) -> bool) -> bool {
        let mut at = node;
        loop {
            if fits(self, at) {
                return true;
            }
            if at == Self::ROOT {
                return false;
            }
            at = self.nodes[at].parent;
        }
    }

    fn make(&mut self, parent: usize, at: usize, name: &str, attributes: &[(&str, &str)]) -> Option<usize> {
        if self.broken == Some("insert") || self.broken == Some(name) {
            return None;
        }
        let attributes = attributes.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let node = self.add(parent, Some(name.into()), attributes, "");
        self.nodes[parent].children.pop();
        self.nodes[parent].children.insert(at, node);
        Some(node)
    }
}

fn swallows(text: &str) -> bool {
    !html::pieces(&format!("{text}<i>")).any(|piece| matches!(piece, Piece::Start(tag) if tag.is("i")))
}

impl Tree for Fixture {
    type Node = usize;

    fn name(&self, node: &usize) -> Option<String> {
        self.nodes[*node].name.clone()
    }

    fn attribute(&self, node: &usize, name: &str) -> Option<String> {
        self.nodes[*node].attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn set_attribute(&mut self, node: &usize, name: &str, value: &str) {
        if self.broken == Some("set") {
            return;
        }
        let attributes = &mut self.nodes[*node].attributes;
        match attributes.iter_mut().find(|(key, _)| key == name) {
            Some(attribute) => value.clone_into(&mut attribute.1),
            None => attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    fn remove_attribute(&mut self, node: &usize, name: &str) {
        self.nodes[*node].attributes.retain(|(key, _)| key != name);
    }

    fn children(&self, node: &usize) -> Vec<usize> {
        self.nodes[*node].children.clone()
    }

    fn text(&self, node: &usize) -> String {
        let Node { children, text, .. } = &self.nodes[*node];
        children.iter().fold(text.clone(), |all, child| all + &self.text(child))
    }

    fn remove(&mut self, node: &usize) {
        let parent = self.nodes[*node].parent;
        self.nodes[parent].children.retain(|child| child != node);
    }

    fn parent(&self, node: &usize) -> Option<usize> {
        (*node != Self::ROOT).then(|| self.nodes[*node].parent)
    }

    fn insert_before(&mut self, next: &usize, name: &str, attributes: &[(&str, &str)]) -> Option<usize> {
        let parent = self.nodes[*next].parent;
        let at = self.nodes[parent].children.iter().position(|child| child == next).unwrap();
        self.make(parent, at, name, attributes)
    }

    fn append(&mut self, parent: &usize, name: &str, attributes: &[(&str, &str)]) -> Option<usize> {
        self.make(*parent, self.nodes[*parent].children.len(), name, attributes)
    }

    fn append_text(&mut self, parent: &usize, text: &str) {
        let mut escaped = String::new();
        html::escape_text(text, &mut escaped);
        self.add(*parent, None, vec![], &escaped);
    }
}
