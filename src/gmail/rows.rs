//! The rows of a list of conversations, and which conversation each is about.
//!
//! What must hold: a row is what its attributes say at this moment. Gmail uses its elements again for other conversations, and
//! gives a row its ids late or changes them under it; the element itself means nothing.

use web_sys::{Document, Element};

use super::selectors::{Agreement, LIST, ROW};

const THREAD: &str = "data-legacy-thread-id";
const DRAFT: &str = "data-standalone-draft-id";

/// The attributes whose change may make a row or a message another one.
pub const WATCHED: [&str; 4] = [THREAD, DRAFT, "data-legacy-message-id", "data-message-id"];

/// A conversation's id in the old interface, which is what lists show: 64 bits, written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadId(u64);

impl ThreadId {
    /// Reads one. Other ids, such as the `r-…` that a row may have for some moments, are none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| is_id).map(Self)
    }

    /// The id as a number.
    pub fn number(self) -> u128 {
        self.0.into()
    }
}

impl core::fmt::Display for ThreadId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A row, by the element that names its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(Element);

/// What holds the view that is shown, a list or a conversation. Others stay in the document, hidden.
pub fn view(document: &Document) -> Option<Element> {
    document.query_selector("[role=\"main\"]").ok().flatten()
}

/// Whether a view is still the one that is shown.
pub fn is_view(view: &Element) -> bool {
    view.is_connected() && view.get_attribute("role").as_deref() == Some("main")
}

/// The rows of the list that is shown, in its order; none when no list is.
pub fn shown(document: &Document) -> Vec<Row> {
    let list = LIST.find(document);
    list.map(|list| ROW.all(&list)).unwrap_or_default().into_iter().map(Row).collect()
}

impl Row {
    /// The conversation that it is about just now; `None` for a draft alone, and while Gmail has not said.
    pub fn thread(&self) -> Option<ThreadId> {
        let thread = self.0.get_attribute(THREAD)?;
        let thread = ThreadId::parse(&thread)?;
        (!self.0.has_attribute(DRAFT) && self.0.is_connected()).then_some(thread)
    }

    /// The draft that it is about, `msg-a:r…`, when it is one alone; `None` while Gmail has not said.
    pub fn draft(&self) -> Option<String> {
        let draft = self.0.get_attribute(DRAFT)?;
        self.0.is_connected().then(|| draft.trim_start_matches('#').to_owned())
    }

    /// What holds the subject: something of ours fits before it, behind the labels.
    pub fn subject(&self) -> Option<Element> {
        self.0.parent_element()?.parent_element()
    }
}

/// What the two ways of finding say of the list that is shown; empty when none is, or none with rows.
pub fn examine(document: &Document) -> Vec<(&'static str, Agreement)> {
    let Some(list) = LIST.find(document) else { return Vec::new() };
    // A list that is empty, or that is just being filled, has no rows to be found.
    let has_rows = list.query_selector("[role=\"row\"], .zA").ok().flatten().is_some();
    let rows = has_rows.then(|| (ROW.name, ROW.compare(&list)));
    [(LIST.name, LIST.compare(document))].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::ThreadId;

    #[test]
    fn only_ids_of_the_old_interface_are_ids() {
        for (text, expected) in [
            ("183234ce86ffa010", Some("183234ce86ffa010")),
            ("183234CE86FFA010", Some("183234ce86ffa010")),
            ("0000000000000001", Some("0000000000000001")),
            ("r-4437691956637862", None),
            ("+83234ce86ffa010", None),
            ("183234ce86ffa01", None),
            ("183234ce86ffa0100", None),
            ("undefined", None),
            ("", None),
        ] {
            assert_eq!(ThreadId::parse(text).map(|id| id.to_string()).as_deref(), expected, "{text}");
        }
    }
}
