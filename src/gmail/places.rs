//! Addresses within a mailbox in Gmail, for links in pages of the extension: a search among sent mails, a draft, a new mail.

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

    /// A draft, open for writing; the drafts where its id is not known. Where both ids that Gmail itself names a compose by are
    /// known, by these: they stay the same with each save, which the other does not.
    pub fn draft(address: &str, ids: &GmailIds) -> Self {
        let is_id = |id: &&str| (1..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let coded = ids.thread.as_deref().zip(ids.draft.as_deref()).and_then(|(thread, draft)| handle(thread, draft));
        let hash = match (coded, ids.legacy_message.as_deref().filter(is_id)) {
            (Some(handle), _) => format!("drafts?compose={handle}"),
            (None, Some(id)) => format!("drafts?compose={}", id.to_ascii_lowercase()),
            (None, None) => "drafts".to_owned(),
        };
        Self { address: address.to_owned(), hash }
    }

    /// A new mail, empty: what a mail says and to whom stands in no address.
    pub fn compose(address: &str) -> Self {
        Self { address: address.to_owned(), hash: "inbox?compose=new".to_owned() }
    }
}

/// What Gmail writes behind `?compose=`: the ids of thread and draft in base 64, taken as one number and written anew in an
/// alphabet without vowels. `None` for what are no such ids.
fn handle(thread: &str, draft: &str) -> Option<String> {
    const ALPHABET: &[u8; 40] = b"BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz";
    let is_id = |id: &str| id.len() <= 40 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-".contains(&byte));
    let thread = thread.strip_prefix("thread-").filter(|id| (id.starts_with("f:") || id.starts_with("a:")) && is_id(id))?;
    if !draft.starts_with("msg-a:") || !is_id(draft) {
        return None;
    }
    // The number in base 40, its lowest digit first. Base 64 fills the last of its six bits with zeros.
    let mut digits: Vec<u8> = Vec::new();
    let mut push = |times: usize, more: u8| {
        let mut carry = usize::from(more);
        for digit in &mut digits {
            carry += usize::from(*digit) * times;
            *digit = u8::try_from(carry % ALPHABET.len()).ok()?;
            carry /= ALPHABET.len();
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % ALPHABET.len()).ok()?);
            carry /= ALPHABET.len();
        }
        Some(())
    };
    let ids = format!("{thread}+{draft}");
    ids.bytes().try_for_each(|byte| push(256, byte))?;
    push(1 << ((6 - ids.len() * 8 % 6) % 6), 0)?;
    Some(digits.iter().rev().map(|digit| char::from(ALPHABET[usize::from(*digit)])).collect())
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
        assert_eq!(GmailPlace::compose("mara@fjord.example").to_string(), format!("{BASE}inbox?compose=new"));
        let odd = GmailPlace::draft("a+b&c#d@x.example", &GmailIds::default()).to_string();
        assert_eq!(odd, "https://mail.google.com/mail/u/?authuser=a%2Bb%26c%23d@x.example#drafts");
    }

    #[test]
    fn a_draft_is_named_as_gmail_names_it() {
        // As public code has it, recorded from Gmail.
        let recorded = "CqMvqmRLbRhtqczNhFhkDQPRFTQBHmDpFpKtPVWGdZHFgscZcWpMKGJpSjgpgpvdSbRMRTSpSxB";
        let (thread, draft) = ("thread-f:1689835521506698369", "msg-a:r-4437691956637862407");
        for (thread, draft, expected) in [
            (thread, draft, recorded),
            ("thread-x:1", draft, "18c1f0a2b3d4e5f7"),
            (thread, "msg-f:1", "18c1f0a2b3d4e5f7"),
            (thread, "msg-a:r1&x=#y", "18c1f0a2b3d4e5f7"),
        ] {
            let ids = GmailIds {
                thread: Some(thread.to_owned()),
                draft: Some(draft.to_owned()),
                legacy_message: Some("18c1f0a2b3d4e5f7".to_owned()),
                ..GmailIds::default()
            };
            let place = GmailPlace::draft("mara@fjord.example", &ids).to_string();
            assert_eq!(place, format!("{BASE}drafts?compose={expected}"));
        }
    }
}
