//! Addresses within a mailbox in Gmail, for links in pages of the extension: a search among sent mails, and a draft.

use core::fmt::{self, Write as _};

use waxwing_protocol::api::GmailIds;

/// No search is longer, in characters of a subject.
const LONGEST: usize = 120;

/// A place in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GmailPlace {
    address: String,
    hash: String,
}

impl GmailPlace {
    /// Mails sent to somebody with this subject, as Gmail's search finds them; all sent ones where neither is known.
    pub fn sent(address: &str, to: Option<&str>, subject: &str) -> Self {
        // Within quotes Gmail's search looks for the words next to each other, and knows no sign but the quote.
        let words = |text: &str| text.chars().filter(|c| *c != '"' && !c.is_control()).take(LONGEST).collect::<String>();
        let subject = words(subject.trim());
        let mut search = "in:sent".to_owned();
        for (name, text) in [("to", words(to.unwrap_or_default().trim())), ("subject", subject)] {
            if !text.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(search, " {name}:\"{text}\"");
            }
        }
        let hash = if search == "in:sent" { "sent".to_owned() } else { format!("search/{}", encoded(&search)) };
        Self { address: address.to_owned(), hash }
    }

    /// A draft, open for writing; the drafts where its id is not known.
    pub fn draft(address: &str, ids: &GmailIds) -> Self {
        let is_id = |id: &&str| (1..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hash = match ids.legacy_message.as_deref().filter(is_id) {
            Some(id) => format!("drafts?compose={}", id.to_ascii_lowercase()),
            None => "drafts".to_owned(),
        };
        Self { address: address.to_owned(), hash }
    }
}

/// The address. `authuser` lets Gmail choose the right one of several accounts.
impl fmt::Display for GmailPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://mail.google.com/mail/u/?authuser={}#{}", encoded(&self.address), self.hash)
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // As above.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::GmailIds;

    use super::GmailPlace;

    const BASE: &str = "https://mail.google.com/mail/u/?authuser=mara@fjord.example#";

    #[test]
    fn a_search_says_what_it_looks_for_and_nothing_else() {
        for (to, subject, expected) in [
            (
                Some("ana@ruiz.example"),
                "Contract, signed",
                "search/in%3Asent%20to%3A%22ana@ruiz.example%22%20subject%3A%22Contract%2C%20signed%22",
            ),
            (None, " ", "sent"),
            (None, "a\" OR in:anywhere \"#\n<b>", "search/in%3Asent%20subject%3A%22a%20OR%20in%3Aanywhere%20%23%3Cb%3E%22"),
            (Some(""), "é", "search/in%3Asent%20subject%3A%22%C3%A9%22"),
        ] {
            assert_eq!(GmailPlace::sent("mara@fjord.example", to, subject).to_string(), format!("{BASE}{expected}"));
        }
        let long = GmailPlace::sent("mara@fjord.example", None, &"x".repeat(10_000)).to_string();
        assert!(long.len() < 400, "{}", long.len());
    }

    #[test]
    fn a_draft_is_opened_by_an_id_that_is_one() {
        for (id, expected) in
            [(Some("18C1f0a2b3d4e5f7"), "drafts?compose=18c1f0a2b3d4e5f7"), (Some("x&y"), "drafts"), (None, "drafts")]
        {
            let ids = GmailIds { legacy_message: id.map(str::to_owned), ..GmailIds::default() };
            assert_eq!(GmailPlace::draft("mara@fjord.example", &ids).to_string(), format!("{BASE}{expected}"));
        }
        let odd = GmailPlace::draft("a+b&c#d@x.example", &GmailIds::default()).to_string();
        assert_eq!(odd, "https://mail.google.com/mail/u/?authuser=a%2Bb%26c%23d@x.example#drafts");
    }
}
