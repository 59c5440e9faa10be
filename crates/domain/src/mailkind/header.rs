//! Header fields: found, and taken apart as far as kinds ask.

use super::{MOST_HEADERS, mailboxes};

/// Longest name before an `@`, and longest domain (RFC 5321, 4.5.3.1): what bounds looking for addresses.
const MOST_LOCAL: usize = 64;
const MOST_DOMAIN: usize = 255;
/// Longest Message-ID that is kept (RFC 5322: a line).
const MOST_ID: usize = 998;

/// The header of a mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headers<'a>(&'a [(&'a str, &'a str)]);

impl<'a> Headers<'a> {
    pub(super) fn new(fields: &'a [(&'a str, &'a str)]) -> Self {
        Self(fields.get(..MOST_HEADERS).unwrap_or(fields))
    }

    /// The values of all fields of a name.
    pub(super) fn all(self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The value of the first field of a name.
    pub(super) fn get(self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    pub(super) fn has(self, name: &'a str) -> bool {
        self.get(name).is_some()
    }

    /// The subject in lower case, without blanks around it.
    pub(super) fn subject(self) -> String {
        fold(self.get("Subject").unwrap_or_default(), 1_000)
    }

    /// Whether it was sent from the null address (RFC 5321, 4.5.5): what must not be answered by a program.
    pub(super) fn has_null_sender(self) -> bool {
        self.all("Return-Path").any(|path| path.chars().filter(|c| !c.is_whitespace()).eq("<>".chars()))
    }

    /// What the mail's type is: `multipart/report`.
    pub(super) fn media_type(self) -> String {
        let value = self.get("Content-Type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A parameter of the mail's type, in lower case.
    pub(super) fn media_parameter(self, name: &str) -> Option<String> {
        let parameters = self.get("Content-Type")?.split(';').skip(1);
        let mut named = parameters.filter_map(|parameter| parameter.split_once('='));
        let (_, value) = named.find(|(other, _)| other.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"').to_ascii_lowercase())
    }

    /// Who wrote it.
    pub(super) fn sender(self) -> Sender {
        Sender::read(self.get("From").unwrap_or_default())
    }

    /// Whether it answers a mail.
    pub(super) fn is_reply(self) -> bool {
        ["In-Reply-To", "References"].into_iter().any(|name| self.all(name).any(|value| !value.is_empty()))
    }
}

/// Who wrote a mail: name and address in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) address: String,
}

impl Sender {
    /// Reads the first mailbox of a `From`; broken ones as far as they go.
    fn read(value: &str) -> Self {
        let first = mailboxes::first(value).unwrap_or_default();
        let clean = |text: &str| fold(text, 1_000).trim_matches([' ', '"', '\'']).to_owned();
        Self { name: clean(&first.name), address: clean(&first.address) }
    }

    /// What stands before the `@`.
    pub(super) fn local(&self) -> &str {
        let local = self.address.rsplit_once('@').map_or(self.address.as_str(), |(local, _)| local);
        local.trim_matches('"')
    }
}

/// Lower case, white space folded to single blanks, at most so many bytes of the text read.
pub(super) fn fold(text: &str, most: usize) -> String {
    let text = start(text, most);
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.push_str(word);
        } else {
            folded.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c == '\u{2019}' { '\'' } else { c }));
        }
    }
    folded.make_ascii_lowercase();
    folded
}

/// The first bytes of a text, whole characters.
pub(super) fn start(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// The ids in `References`, `In-Reply-To` or `Message-ID`, without their angle brackets.
pub fn ids_of(value: &str) -> impl Iterator<Item = &str> {
    let ids = value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(id, _)| id.trim());
    ids.filter(|id| !id.is_empty() && id.len() <= MOST_ID && !id.chars().any(|c| c.is_control() || c.is_whitespace()))
}

/// All addresses in a text, as they are written.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('@').filter_map(|(at, _)| address_around(text, at)).map(|(range, _)| &text[range])
}

/// The address whose `@` is at `at`: where it stands.
pub(super) fn address_around(text: &str, at: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let local: usize = before.chars().rev().take(MOST_LOCAL).take_while(|c| is_local(*c)).map(char::len_utf8).sum();
    let domain: usize = after.chars().take(MOST_DOMAIN).take_while(|c| is_domain(*c)).map(char::len_utf8).sum();
    let local = before.get(before.len() - local..)?.trim_start_matches(['.', '\'', '=', '*', '/']);
    // Exchange 5.5 writes "SMTP=ann@acme.example".
    let local = match local.get(..5) {
        Some(start) if start.eq_ignore_ascii_case("smtp=") && local.len() > 5 => local.get(5..)?,
        _ => local,
    };
    let domain = after.get(..domain)?.trim_end_matches(['.', '-']);
    let is_address = !local.is_empty() && domain.contains('.') && !domain.starts_with(['.', '-']) && !domain.contains("..");
    is_address.then(|| (at - local.len()..at + 1 + domain.len(), at))
}

pub(super) fn is_local(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c)
}

pub(super) fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-'
}
