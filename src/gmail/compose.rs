//! Composes: docked, full screen, inline replies and those in a window of their own.
//!
//! All of them have the same inside: a form with hidden fields, a body, a toolbar whose first cell holds Send. A compose is
//! recognised by its subject field, which every kind has (in an inline reply it has no size).

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlInputElement, Node};

use super::rows::ThreadId;
use super::selectors::{Agreement, Around, BODY, COMPOSE, PLAIN, SEND};

/// Fields that stand once in every compose, the surest first.
const ANCHORS: [&str; 3] = ["subjectbox", "composeid", "draft"];

/// A compose in the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Compose {
    /// Its element; the compose is the same as long as this is the same.
    pub root: Element,
}

/// Where the writer writes.
#[derive(Debug, Clone)]
pub enum Body {
    /// With formatting.
    Html(Element),
    /// Plain text: no pixel, no links.
    Plain,
    /// Not found.
    Missing,
}

impl Compose {
    /// All composes of the page, in its order.
    pub fn all(document: &Document) -> Vec<Self> {
        for name in ANCHORS {
            // A live list that the browser keeps: cheaper than a selector on a large page.
            let fields = document.get_elements_by_name(name);
            let mut found: Vec<Self> = Vec::new();
            let nodes = (0..fields.length()).filter_map(|index| fields.item(index));
            // Fields only: an image or an anchor of a mail may have any name.
            for field in nodes.filter_map(|node| node.dyn_into::<HtmlInputElement>().ok()) {
                if let Some(compose) = Self::around_field(&field)
                    && !found.contains(&compose)
                {
                    found.push(compose);
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The compose that holds this node.
    pub fn around(document: &Document, node: &Node) -> Option<Self> {
        Self::all(document).into_iter().find(|compose| compose.root.contains(Some(node)))
    }

    /// The compose in the dialog around a node: the head of a docked compose lies outside of the compose itself.
    pub fn of_dialog(document: &Document, node: &Node) -> Option<Self> {
        let dialog = element_of(node)?.closest("[role=\"dialog\"]").ok().flatten()?;
        Self::all(document).into_iter().find(|compose| dialog.contains(Some(compose.root.as_ref())))
    }

    fn around_field(field: &Element) -> Option<Self> {
        // Whatever is taken for a compose holds a body, or it is something inside of one; and no second compose, or it is
        // something around several.
        let is_whole = |root: &Element| BODY.find(root).is_some() || PLAIN.find(root).is_some();
        if let Some(root) = COMPOSE.find(&Around(field)).filter(|root| is_whole(root) && holds_one(root)) {
            return Some(Self { root });
        }
        // All names are gone: the nearest element that holds a body as well.
        let mut around = field.parent_element();
        while let Some(root) = around {
            if is_whole(&root) {
                return (root.tag_name() != "BODY" && holds_one(&root)).then_some(Self { root });
            }
            around = root.parent_element();
        }
        None
    }

    /// Whether the compose is still in the page and can be seen.
    pub fn is_open(&self) -> bool {
        self.root.is_connected() && is_shown(&self.root)
    }

    /// Where the writer writes.
    pub fn body(&self) -> Body {
        let html = BODY.find(&self.root);
        let plain = PLAIN.find(&self.root);
        match (html, plain) {
            (Some(html), Some(plain)) if !is_shown(&html) && is_shown(&plain) => Body::Plain,
            (Some(html), _) => Body::Html(html),
            (None, Some(_)) => Body::Plain,
            (None, None) => Body::Missing,
        }
    }

    /// The Send button.
    pub fn send(&self) -> Option<Element> {
        SEND.find(&self.root)
    }

    /// True when the node is Send or another button of its cell that sends ("Send & archive"). The arrow that opens a menu is
    /// none.
    pub fn is_send(&self, node: &Node) -> bool {
        let Some(send) = self.send() else { return false };
        if send.contains(Some(node)) {
            return true;
        }
        let Some(button) = element_of(node).and_then(|element| element.closest("[role=\"button\"]").ok().flatten()) else {
            return false;
        };
        let same_cell = toolbar_cell(&send).is_some_and(|cell| cell.contains(Some(button.as_ref())));
        same_cell && button.get_attribute("aria-haspopup").as_deref() != Some("true")
    }

    /// The cell of Send in the toolbar, after which a cell of ours fits.
    pub fn toolbar_cell(&self) -> Option<Element> {
        self.send().and_then(|send| toolbar_cell(&send))
    }

    /// `msg-a:r…`: the same as long as the mail lives.
    pub fn draft(&self) -> Option<String> {
        self.hidden("draft").map(|value| value.trim_start_matches('#').to_owned()).filter(|id| id.starts_with("msg-"))
    }

    /// `thread-a:r…` or `thread-f:…`.
    pub fn thread(&self) -> Option<String> {
        self.hidden("rt").map(|value| value.trim_start_matches('#').to_owned()).filter(|id| id.starts_with("thread-"))
    }

    /// The conversation's id in the old interface, 16 hexadecimal digits; none for a new mail.
    pub fn legacy_thread(&self) -> Option<String> {
        self.hidden("lts").filter(|id| ThreadId::parse(id).is_some())
    }

    /// Whether it answers or forwards a message.
    pub fn is_answer(&self) -> bool {
        self.hidden("rm").is_some()
    }

    /// The address chosen as sender, where the user has several; else the account's.
    pub fn sender(&self) -> Option<String> {
        self.hidden("from")
    }

    /// The subject as typed.
    pub fn subject(&self) -> Option<String> {
        self.field("subjectbox").map(|field| field.value())
    }

    /// The folded quote of a reply, as HTML in a hidden field. Whether Gmail reads it at send is not known; own marks must
    /// not stay in it.
    pub fn folded_quote(&self) -> Option<HtmlInputElement> {
        self.field("uet").filter(|field| !field.value().is_empty())
    }

    fn hidden(&self, name: &str) -> Option<String> {
        self.field(name).map(|field| field.value()).filter(|value| !value.is_empty())
    }

    fn field(&self, name: &str) -> Option<HtmlInputElement> {
        self.root.query_selector(&format!("input[name=\"{name}\"]")).ok().flatten()?.dyn_into().ok()
    }

    /// What the two ways of finding say of the parts that matter, for the self-test.
    pub fn examine(&self) -> Vec<(&'static str, Agreement)> {
        let outside = self.field(ANCHORS[0]).map_or(Agreement::Missing, |field| COMPOSE.compare(&Around(&field)));
        let draft = if self.draft().is_some() { Agreement::Same } else { Agreement::Missing };
        vec![
            (COMPOSE.name, outside),
            (BODY.name, BODY.compare(&self.root)),
            (SEND.name, SEND.compare(&self.root)),
            ("compose_draft", draft),
        ]
    }
}

/// Whether an element takes room on the page. Makes the browser lay out: for events, not for every change.
pub fn is_shown(element: &Element) -> bool {
    element.get_client_rects().length() > 0
}

fn toolbar_cell(send: &Element) -> Option<Element> {
    send.closest("td").ok().flatten()
}

/// True when not more than one compose is inside.
fn holds_one(root: &Element) -> bool {
    let several =
        |name: &&str| root.query_selector_all(&format!("input[name=\"{name}\"]")).is_ok_and(|found| found.length() > 1);
    !ANCHORS.iter().any(several)
}

/// The node, or the element that holds it.
pub fn element_of(node: &Node) -> Option<Element> {
    node.dyn_ref::<Element>().cloned().or_else(|| node.parent_element())
}
