//! A conversation that is shown, its messages, and the pictures in them.

use web_sys::{Document, Element};

use super::rows::ThreadId;
use super::selectors::{Agreement, MESSAGE, SENDER, TEXT, TITLE};

/// How far a message's text may begin inside of it, in CSS pixels: Gmail's own is 72, and less in narrow windows.
const INDENTS: std::ops::RangeInclusive<f64> = 0.0..=160.0;

/// A message in the page. It is the same as long as its element is, and is about what its attributes say at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown(Element);

/// What names a message, as far as it shows. Just sent it has its permanent id alone; the other one comes when it has left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// `msg-a:r…` or `msg-f:…`.
    pub permanent: Option<String>,
    /// 16 hexadecimal digits.
    pub legacy: Option<String>,
}

/// The conversation that is shown; `None` when none is, or while Gmail has not said which.
pub fn shown(document: &Document) -> Option<ThreadId> {
    TITLE.all(document).iter().find_map(|title| ThreadId::parse(&title.get_attribute("data-legacy-thread-id")?))
}

/// Its messages, folded ones too.
pub fn messages(document: &Document) -> Vec<Shown> {
    MESSAGE.all(document).into_iter().map(Shown).collect()
}

/// The pictures in the messages that are shown whose address holds these letters and digits, with that address.
pub fn pictures(document: &Document, holding: &str) -> Vec<(Element, String)> {
    let css = format!("[role=\"main\"] [data-message-id] img[src*=\"{holding}\"]");
    let Ok(found) = document.query_selector_all(&css) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|index| found.item(index));
    let elements = elements.map(wasm_bindgen::JsCast::unchecked_into::<Element>);
    elements.filter_map(|picture| picture.get_attribute("src").map(|address| (picture, address))).collect()
}

impl Shown {
    /// Its ids.
    pub fn ids(&self) -> Ids {
        Ids {
            permanent: self.0.get_attribute("data-message-id").map(|id| id.trim_start_matches('#').to_owned()),
            legacy: self.0.get_attribute("data-legacy-message-id"),
        }
    }

    /// What holds its text: there while it is unfolded, and hidden with it when it is folded again.
    pub fn text(&self) -> Option<Element> {
        TEXT.find(&self.0)
    }

    /// What stands among the conversation's messages for it: something of ours fits before it.
    pub fn outside(&self) -> Element {
        self.0.closest("[role=\"listitem\"]").ok().flatten().unwrap_or_else(|| self.0.clone())
    }

    /// How far inside of it its text begins, in whole CSS pixels (to write fractions takes 10 KB of code): by the text, and where it is folded by its sender's name, which Gmail
    /// puts above the text. `None` where neither says something that can be. Makes the page lay itself out.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies within INDENTS")]
    pub fn indent(&self) -> Option<u8> {
        let outside = self.outside().get_bounding_client_rect();
        let directed = self.0.closest("[dir]").ok().flatten();
        let rtl = directed.and_then(|it| it.get_attribute("dir")).as_deref() == Some("rtl");
        [TEXT.find(&self.0), SENDER.find(&self.0)].into_iter().flatten().find_map(|part| {
            let inside = part.get_bounding_client_rect();
            // What is hidden has no place.
            let indent = if rtl { outside.right() - inside.right() } else { inside.left() - outside.left() };
            (inside.width() > 0.0 && INDENTS.contains(&indent)).then(|| indent.round() as u8)
        })
    }

    /// The address that sent it, in lower case.
    pub fn sender(&self) -> Option<String> {
        SENDER.find(&self.0)?.get_attribute("email").map(|address| address.to_ascii_lowercase())
    }

    /// Whether it holds an element.
    pub fn holds(&self, element: &Element) -> bool {
        self.0.contains(Some(element.as_ref()))
    }
}

/// Whether an element stands in a quote of another mail.
pub fn is_quoted(element: &Element) -> bool {
    element.closest("blockquote, .gmail_quote").is_ok_and(|quote| quote.is_some())
}

/// What the two ways of finding say of the conversation that is shown; empty when none is.
pub fn examine(document: &Document) -> Vec<(&'static str, Agreement)> {
    if TITLE.find(document).is_none() {
        return Vec::new();
    }
    let mut parts = vec![(TITLE.name, TITLE.compare(document)), (MESSAGE.name, MESSAGE.compare(document))];
    // A folded message may have no text yet.
    let open = MESSAGE.all(document).into_iter().find(|message| TEXT.find(message).is_some());
    parts.extend(open.map(|message| (TEXT.name, TEXT.compare(&message))));
    parts
}
