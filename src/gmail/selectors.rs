//! How Gmail's parts are found: named keys, each with two lists of candidates.
//!
//! Gmail rolls its redesigns out account by account, so older candidates stay. They are tried one at a time and in order,
//! never joined by commas, so that a hit says which one it was. `since` is when a candidate was first seen to work; a new
//! one goes on top of its list with its date.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, NodeList};

/// A CSS selector and since when it is known to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// ISO date, or the month.
    pub since: &'static str,
    /// The selector.
    pub css: &'static str,
}

const fn on(since: &'static str, css: &'static str) -> Candidate {
    Candidate { since, css }
}

/// A part of Gmail.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in reports.
    pub name: &'static str,
    /// By what it means: names, roles, data, identifiers of the log. Survives when all classes change.
    pub meaning: &'static [Candidate],
    /// By classes and place.
    pub looks: &'static [Candidate],
}

/// A compose's own element, from a field inside of it.
pub const COMPOSE: Key = Key {
    name: "compose",
    meaning: &[on("2020-10-01", "[jslog^=\"77394\"]"), on("2022", "[data-compose-id]"), on("2020-10-01", "[role=\"region\"]")],
    looks: &[on("2020-10-01", ".M9"), on("2020-10-01", ".aoI")],
};

/// Where the writer writes.
pub const BODY: Key = Key {
    name: "compose_body",
    meaning: &[
        on("2020-10-01", "[g_editable=\"true\"]"),
        on("2020-10-01", "[contenteditable=\"true\"][role=\"textbox\"][aria-multiline=\"true\"]"),
        on("2020-10-01", "[contenteditable=\"true\"][role=\"textbox\"]"),
    ],
    looks: &[on("2020-10-01", ".Ap .editable"), on("2020-10-01", ".Am.Al")],
};

/// Where the writer writes in plain-text mode. It is there in the other mode too, hidden.
pub const PLAIN: Key = Key {
    name: "compose_plain",
    meaning: &[
        on("2020-10-01", "textarea[form=\"nosend\"]"),
        on("2020-10-01", "textarea[itacorner]"),
        on("2020-10-01", "textarea:not([name])"),
    ],
    looks: &[on("2020-10-01", "textarea.Ak")],
};

/// The Send button.
pub const SEND: Key = Key {
    name: "compose_send",
    meaning: &[
        on("2020-10-01", "[role=\"button\"][jslog^=\"32601\"]"),
        // The first button of the toolbar that opens nothing.
        on("2020-10-01", "table[role=\"group\"] td:first-child [role=\"button\"]:not([aria-haspopup=\"true\"])"),
        // Gmail puts a shortcut between U+202A and U+202C; Send is the first button below the body that has one.
        on("2020-10-01", "[role=\"button\"][data-tooltip*=\"\u{202a}\"]:not([command]):not([aria-pressed])"),
    ],
    looks: &[
        on("2026-07", ".IZ .Up div > div[role=\"button\"]:not(.Uo):not([aria-haspopup=\"true\"])"),
        on("2020-10-01", "[role=\"button\"].aoO"),
    ],
};

/// What the arrow beside Send opens. Outside of the compose in some states.
pub const SCHEDULE: Key = Key {
    name: "schedule",
    meaning: &[on("2020-10-01", "[selector=\"scheduledSend\"]")],
    looks: &[on("2020-10-01", "[role=\"menuitem\"].yr")],
};

/// In the dialog of a docked compose, or of one in full screen: what saves and closes it, last in its head.
pub const CLOSE: Key = Key {
    name: "compose_close",
    meaning: &[on("2026-07", "td > button[aria-label]:last-child"), on("2020-10-01", "td > img[aria-label]:last-child")],
    looks: &[on("2020-10-01", ".Ha")],
};

/// The arrow beside Send.
pub const ARROW: Key = Key {
    name: "send_arrow",
    meaning: &[on("2020-10-01", "table[role=\"group\"] td:first-child [role=\"button\"][aria-haspopup=\"true\"]")],
    looks: &[on("2020-10-01", ".hG[aria-haspopup=\"true\"]")],
};

/// The snackbar's Undo.
pub const UNDO: Key =
    Key { name: "undo", meaning: &[on("2020", "#link_undo")], looks: &[on("2020", "[role=\"alert\"].b8 .bAo [param]")] };

/// The list of conversations that is shown. After a search the older list stays in the document, hidden, and is no main part.
pub const LIST: Key = Key {
    name: "list",
    meaning: &[on("2018", "[role=\"main\"] [gh=\"tl\"]")],
    looks: &[on("2018", "[role=\"main\"] .UI"), on("2018", "[role=\"main\"] .Cp")],
};

/// In a list: what names the conversation of a row. It holds the subject, and a hidden twin of it stands elsewhere in the row.
pub const ROW: Key = Key {
    name: "list_row",
    meaning: &[
        on("2018", "[role=\"row\"] [role=\"link\"] [data-legacy-thread-id]"),
        on("2018", "[role=\"row\"] :not([aria-hidden=\"true\"]) > [data-legacy-thread-id]"),
    ],
    looks: &[on("2018", ".zA .bog [data-legacy-thread-id]"), on("2018", ".zA .y6 [data-legacy-thread-id]")],
};

/// The title of the conversation that is shown.
pub const TITLE: Key = Key {
    name: "thread",
    meaning: &[on("2018", "[role=\"main\"] h2[data-legacy-thread-id]"), on("2018", "[role=\"main\"] h2[data-thread-perm-id]")],
    looks: &[on("2018", "[role=\"main\"] h2.hP")],
};

/// The messages of the conversation that is shown.
pub const MESSAGE: Key = Key {
    name: "message",
    meaning: &[on("2018", "[role=\"main\"] [role=\"list\"] [data-message-id]")],
    looks: &[on("2023-11", "[role=\"main\"] .a98 .ads"), on("2018", "[role=\"main\"] .adn.ads")],
};

/// In a message: what holds its text, there while it is unfolded.
pub const TEXT: Key = Key {
    name: "message_text",
    meaning: &[on("2020", "[jslog^=\"20277\"]"), on("2018", "[id]:has(> [id] > [dir])")],
    looks: &[on("2018", ".ii.gt"), on("2018", ".ii")],
};

/// In a message: who sent it.
pub const SENDER: Key = Key {
    name: "message_sender",
    meaning: &[on("2018", "h3 [email]"), on("2018", "[email]")],
    looks: &[on("2018", ".gD[email]"), on("2018", ".gF span[email]")],
};

/// What a selector is tried on.
pub trait Scope {
    /// What is found.
    type Found: PartialEq;
    /// The first match below.
    fn first(&self, css: &str) -> Option<Self::Found>;
    /// All matches below, in the order of the page.
    fn every(&self, css: &str) -> Vec<Self::Found> {
        self.first(css).into_iter().collect()
    }
}

impl Scope for Element {
    type Found = Element;
    fn first(&self, css: &str) -> Option<Element> {
        self.query_selector(css).ok().flatten()
    }
    fn every(&self, css: &str) -> Vec<Element> {
        self.query_selector_all(css).map(|found| elements(&found)).unwrap_or_default()
    }
}

impl Scope for Document {
    type Found = Element;
    fn first(&self, css: &str) -> Option<Element> {
        self.query_selector(css).ok().flatten()
    }
    fn every(&self, css: &str) -> Vec<Element> {
        self.query_selector_all(css).map(|found| elements(&found)).unwrap_or_default()
    }
}

fn elements(found: &NodeList) -> Vec<Element> {
    (0..found.length()).filter_map(|index| found.item(index)).map(JsCast::unchecked_into).collect()
}

/// Upwards instead of downwards: the nearest match around an element.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a>(pub &'a Element);

impl Scope for Around<'_> {
    type Found = Element;
    fn first(&self, css: &str) -> Option<Element> {
        self.0.closest(css).ok().flatten()
    }
}

impl Key {
    /// The part, by its meaning if possible.
    pub fn find<S: Scope>(&self, scope: &S) -> Option<S::Found> {
        try_in_order(scope, self.meaning).or_else(|| try_in_order(scope, self.looks))
    }

    /// All such parts in an element of the page, by the first candidate that finds any.
    pub fn all<S: Scope>(&self, scope: &S) -> Vec<S::Found> {
        let mut candidates = self.meaning.iter().chain(self.looks).map(|candidate| scope.every(candidate.css));
        candidates.find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// What the two ways say of this part.
    pub fn compare<S: Scope>(&self, scope: &S) -> Agreement {
        match (try_in_order(scope, self.meaning), try_in_order(scope, self.looks)) {
            (None, None) => Agreement::Missing,
            (Some(one), Some(other)) if one == other => Agreement::Same,
            // One way alone still works, but somebody should look.
            _ => Agreement::Different,
        }
    }
}

/// What came of looking for a part in both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both found the same.
    Same,
    /// They found different things, or only one found any.
    Different,
    /// Neither found it.
    Missing,
}

fn try_in_order<S: Scope>(scope: &S, candidates: &[Candidate]) -> Option<S::Found> {
    candidates.iter().find_map(|candidate| scope.first(candidate.css))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which selectors match what.
    struct Page(&'static [(&'static str, u8)]);

    impl Scope for Page {
        type Found = u8;
        fn first(&self, css: &str) -> Option<u8> {
            self.0.iter().find(|(known, _)| *known == css).map(|(_, found)| *found)
        }
    }

    const KEY: Key =
        Key { name: "k", meaning: &[on("2026", "new"), on("2020", "old")], looks: &[on("2026", ".new"), on("2020", ".old")] };

    #[test]
    fn candidates_are_tried_in_order_meaning_first() {
        for (page, found, agreement) in [
            (&[("new", 1), ("old", 2), (".new", 1)][..], Some(1), Agreement::Same),
            (&[("old", 2), (".new", 2)], Some(2), Agreement::Same),
            (&[("old", 2), (".new", 3)], Some(2), Agreement::Different),
            (&[("old", 2)], Some(2), Agreement::Different),
            (&[(".old", 4)], Some(4), Agreement::Different),
            (&[], None, Agreement::Missing),
        ] {
            assert_eq!(KEY.find(&Page(page)), found, "{page:?}");
            assert_eq!(KEY.compare(&Page(page)), agreement, "{page:?}");
        }
    }

    #[test]
    fn no_candidate_joins_selectors_and_each_has_a_date() {
        for key in [COMPOSE, BODY, PLAIN, SEND, SCHEDULE, CLOSE, ARROW, UNDO, LIST, ROW, TITLE, MESSAGE, TEXT, SENDER] {
            assert!(!key.meaning.is_empty() && !key.looks.is_empty(), "{}", key.name);
            for candidate in key.meaning.iter().chain(key.looks) {
                assert!(!candidate.css.contains(','), "{}: {}", key.name, candidate.css);
                assert!(candidate.since.starts_with("20"), "{}: {}", key.name, candidate.css);
            }
            // What is to survive new classes names none.
            assert!(key.meaning.iter().all(|candidate| !candidate.css.contains('.')), "{}", key.name);
        }
    }
}
