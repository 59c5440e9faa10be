//! Mailboxes in a header's value, as RFC 5322 writes them (3.4): `Name <address>`, `address`, `address (Name)`, several of them, groups.
//!
//! What must hold: what stands in a comment or in a quoted string is never an address; what can be read in two ways is read as two
//! mailboxes, so that whoever asks for the one author of a mail is told that there is none. Any text is read, in time that is linear
//! in it.

use super::header::{is_domain, is_local};

/// So many mailboxes of one field are read.
const MOST: usize = 1_000;
/// A field that is longer names nobody as its author: what is cut off might name another.
const MOST_AUTHOR: usize = 10_000;
/// Longest name before the `@`, and longest domain (RFC 5321, 4.5.3.1).
const MOST_LOCAL: usize = 64;
const MOST_DOMAIN: usize = 255;
/// Stands in place of what no address may have: out of a quoted string, or beside one.
const NEVER: char = '\u{0}';

/// A mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// What stands before the address, or in a comment where nothing does; without quotes.
    pub(super) name: String,
    /// What stands in its place, be it one or not.
    pub(super) address: String,
}

impl Mailbox {
    /// The address, where it is one.
    fn checked(&self) -> Option<&str> {
        let text = self.address.as_str();
        let text = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text);
        is_address(text).then_some(text)
    }
}

/// The address of the one who wrote a mail, as it is written: of its `From`. `None`: it names nobody, or several.
pub fn author_of(value: &str) -> Option<String> {
    if value.len() > MOST_AUTHOR {
        return None;
    }
    match &Reader::read(value).found[..] {
        [one] => one.checked().map(str::to_owned),
        _ => None,
    }
}

/// The addresses of a field such as `To` or `Cc`, as they are written.
pub fn addresses_in(value: &str) -> Vec<String> {
    Reader::read(value).found.iter().filter_map(Mailbox::checked).map(str::to_owned).collect()
}

/// The first mailbox of a field, or where there is none what stands in its place: `MAILER-DAEMON`.
pub(super) fn first(value: &str) -> Option<Mailbox> {
    let Reader { found, nameless, .. } = Reader::read(value);
    found.into_iter().next().or(nameless)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What is read of a field.
#[derive(Default)]
struct Reader {
    found: Vec<Mailbox>,
    /// The first of those that have nothing like an address.
    nameless: Option<Mailbox>,
    /// The name as it is read, and the text that may be an address: there quoted strings are changed.
    name: String,
    spec: String,
    comment: String,
    /// What stands between angle brackets.
    angle: Option<String>,
    /// It is between them now.
    inside: bool,
}

impl Reader {
    /// Reads all mailboxes of a field, in their order.
    fn read(value: &str) -> Self {
        let mut reader = Self::default();
        let mut chars = value.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '(' => {
                    comment(&mut chars, &mut reader.comment);
                    reader.push(' ');
                }
                '"' => reader.quoted(&mut chars),
                '<' => reader.open(),
                '>' => reader.close(),
                ',' | ';' if !reader.inside => reader.end(),
                ':' => reader.colon(),
                c => reader.push(c),
            }
            if reader.found.len() >= MOST {
                break;
            }
        }
        reader.end();
        reader
    }

    fn push(&mut self, c: char) {
        let c = if c.is_whitespace() { ' ' } else { c };
        match &mut self.angle {
            Some(angle) if self.inside => angle.push(c),
            _ => {
                self.name.push(c);
                self.spec.push(c);
            }
        }
    }

    /// A quoted string: a name, or what stands before an `@`. An `@` in it makes no address.
    fn quoted(&mut self, chars: &mut Chars<'_>) {
        let spec = match &mut self.angle {
            Some(angle) if self.inside => angle,
            _ => &mut self.spec,
        };
        if spec.chars().next_back().is_some_and(|last| last != ' ') {
            spec.push(NEVER);
        }
        while let Some(c) = chars.next() {
            let c = match c {
                '"' => break,
                '\\' => chars.next().unwrap_or(NEVER),
                c => c,
            };
            if !self.inside {
                self.name.push(c);
            }
            spec.push(if is_local(c) { c } else { NEVER });
        }
        if chars.peek().is_some_and(|next| !next.is_whitespace() && !"@<>(,;:".contains(*next)) {
            spec.push(NEVER);
        }
    }

    fn open(&mut self) {
        // A second one without a comma is a second mailbox.
        if self.angle.is_some() && !self.inside {
            self.end();
        }
        self.inside = true;
        self.angle.get_or_insert_default();
    }

    fn close(&mut self) {
        if self.inside {
            self.inside = false;
            // What stands behind it is neither name nor address, unless it is one.
            self.spec.clear();
        }
    }

    /// Of a group, or of a route (obsolete): what stands before it is no address, and where it looks like one it is read as one.
    fn colon(&mut self) {
        match &mut self.angle {
            Some(angle) if self.inside => {
                if angle.trim_start().starts_with('@') {
                    angle.clear();
                } else {
                    angle.push(NEVER);
                }
            }
            None if !self.spec.contains('@') => {
                self.name.clear();
                self.spec.clear();
            }
            _ => self.end(),
        }
    }

    fn end(&mut self) {
        let (name, spec) = (std::mem::take(&mut self.name), std::mem::take(&mut self.spec));
        let (comment, angle) = (std::mem::take(&mut self.comment), self.angle.take());
        self.inside = false;
        let spec = tight(&spec);
        let mut words = spec.split(' ').filter(|word| word.contains('@'));
        let (name, comment) = (blanks(&name), blanks(&comment));
        if let Some(angle) = angle {
            let name = if name.is_empty() { comment } else { name };
            self.add(Mailbox { name, address: tight(&angle) });
        } else if let Some(first) = words.next() {
            self.add(Mailbox { name: comment, address: first.to_owned() });
        } else if !name.is_empty() || !comment.is_empty() {
            self.nameless.get_or_insert(Mailbox { name: comment, address: name });
        }
        for other in words {
            self.add(Mailbox { name: String::new(), address: other.to_owned() });
        }
    }

    fn add(&mut self, mailbox: Mailbox) {
        if mailbox.address.is_empty() {
            self.nameless.get_or_insert(mailbox);
        } else if self.found.len() < MOST {
            self.found.push(mailbox);
        }
    }
}

/// Single blanks.
fn blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Single blanks, and none around an `@`: comments may stand there.
fn tight(text: &str) -> String {
    let mut tight = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !tight.is_empty() && !tight.ends_with('@') && !word.starts_with('@') {
            tight.push(' ');
        }
        tight.push_str(word);
    }
    tight
}

/// What stands in a comment, with those inside of it; one that does not end goes to the end.
fn comment(chars: &mut Chars<'_>, into: &mut String) {
    let mut depth = 1_usize;
    if !into.is_empty() {
        into.push(' ');
    }
    while let Some(c) = chars.next() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' if depth == 1 => return,
            ')' => depth -= 1,
            '\\' => into.extend(chars.next()),
            c => into.push(c),
        }
    }
}

/// Whether this is an address, and nothing else: one `@`, a name, and a domain of two labels at least.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_name = !local.is_empty() && local.len() <= MOST_LOCAL && local.chars().all(is_local);
    let is_host = domain.len() <= MOST_DOMAIN && domain.chars().all(is_domain) && domain.contains('.');
    is_name && is_host && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wrote_a_mail() {
        for (value, expected) in [
            ("ann@acme.example", Some("ann@acme.example")),
            ("Ann <Ann@Acme.example>", Some("Ann@Acme.example")),
            ("<ann@acme.example>", Some("ann@acme.example")),
            ("\"Ann, A.\" <ann@acme.example>", Some("ann@acme.example")),
            ("ann@acme.example (Ann)", Some("ann@acme.example")),
            ("(Ann) ann (at work) @ acme.example (office (new))", Some("ann@acme.example")),
            ("Ann < ann@acme.example >", Some("ann@acme.example")),
            ("\"ann\"@acme.example", Some("ann@acme.example")),
            ("'ann@acme.example'", Some("ann@acme.example")),
            ("ann@acme.example <ann@acme.example>", Some("ann@acme.example")),
            ("Müller, Ann <ann@acme.example>", Some("ann@acme.example")),
            ("Ann\t<ann@acme.example>", Some("ann@acme.example")),
            ("Ann Smith ann@acme.example", Some("ann@acme.example")),
            ("=?utf-8?Q?M=C3=BCller,_Ann?= <ann@acme.example>", Some("ann@acme.example")),
            ("Müller <müller@acme.example>", Some("müller@acme.example")),
            ("<@relay.example,@other.example:ann@acme.example>", Some("ann@acme.example")),
            ("Team: Ann <ann@acme.example>;", Some("ann@acme.example")),
            ("Team: ann@acme.example;", Some("ann@acme.example")),
            ("mailto:ann@acme.example", Some("ann@acme.example")),
            // An address in a comment, in a quoted string or beside the other is not the author's.
            ("evil@evil.example (<boss@corp.example>)", Some("evil@evil.example")),
            ("evil@evil.example (boss@corp.example)", Some("evil@evil.example")),
            ("(\\)<boss@corp.example>) evil@evil.example", Some("evil@evil.example")),
            ("(((<boss@corp.example>))) <evil@evil.example>", Some("evil@evil.example")),
            ("\"<boss@corp.example>\" <evil@evil.example>", Some("evil@evil.example")),
            ("\"boss@corp.example\" <evil@evil.example>", Some("evil@evil.example")),
            ("\"\\\"<boss@corp.example>\" <evil@evil.example>", Some("evil@evil.example")),
            ("<evil@evil.example> \"<boss@corp.example>\"", Some("evil@evil.example")),
            ("<evil@evil.example> (<boss@corp.example>)", Some("evil@evil.example")),
            ("evil@evil.example \"<boss@corp.example>\"", Some("evil@evil.example")),
            // Several, or nobody knows whom.
            ("boss@corp.example, evil@evil.example", None),
            ("evil@evil.example, <boss@corp.example>", None),
            ("Evil <evil@evil.example>, Boss <boss@corp.example>", None),
            ("Team: evil@evil.example, boss@corp.example;", None),
            ("evil@evil.example; boss@corp.example", None),
            ("evil@evil.example: boss@corp.example;", None),
            ("<evil@evil.example> x: boss@corp.example", None),
            ("<evil@evil.example:boss@corp.example>", None),
            ("<evil@evil.example, boss@corp.example>", None),
            ("<evil@evil.example> <boss@corp.example>", None),
            ("<evil@evil.example> boss@corp.example", None),
            ("evil@evil.example boss@corp.example", None),
            ("<evil@evil.example<boss@corp.example>", None),
            ("<evil@evil.example@corp.example>", None),
            ("<\"boss@corp.example\"@evil.example>", None),
            ("\"boss\"x@corp.example", None),
            ("x\"boss\"@corp.example", None),
            ("<boss@corp.example evil.example>", None),
            ("boss@corp.example.=?utf-8?q?x?=", None),
            ("=?utf-8?q?boss@corp.example?=", None),
            ("(boss@corp.example", None),
            ("\"boss@corp.example", None),
            ("\"boss@corp.example\"", None),
            // None at all.
            ("", None),
            ("<>", None),
            ("nobody", None),
            ("MAILER-DAEMON", None),
            ("undisclosed-recipients:;", None),
            ("ann@localhost", None),
            ("@acme.example", None),
            ("ann@", None),
            ("ann@acme..example", None),
            ("ann@-acme.example", None),
            ("<<<>>>", None),
            (",,;;::@@", None),
            ("\\", None),
        ] {
            assert_eq!(author_of(value).as_deref(), expected, "{value}");
        }
        let long = format!("boss@corp.example{}, evil@evil.example", " ".repeat(20_000));
        assert_eq!(author_of(&long), None);
    }

    #[test]
    fn names() {
        for (value, name, address) in [
            ("Mail Delivery System <MAILER-DAEMON>", "Mail Delivery System", "MAILER-DAEMON"),
            ("MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "MAILER-DAEMON"),
            ("\"Ann \\\"A\\\" (x)\" <a@b.example>", "Ann \"A\" (x)", "a@b.example"),
            ("<a@b.example> (Ann)", "Ann", "a@b.example"),
            ("Mail Delivery Subsystem", "", "Mail Delivery Subsystem"),
            ("Ann <>", "Ann", ""),
        ] {
            let expected = Mailbox { name: name.to_owned(), address: address.to_owned() };
            assert_eq!(first(value), Some(expected), "{value}");
        }
        assert!(first("").is_none() && first(" , ;").is_none());
    }

    #[test]
    fn lists() {
        let read = addresses_in(
            "Me <me@x.example>, \"a@b.example, c\" <you@x.example>; (x@y.example) Team: <them@x.example>, nobody;",
        );
        assert_eq!(read, ["me@x.example", "you@x.example", "them@x.example"]);
        assert_eq!(addresses_in(&"a@b.example,".repeat(3 * MOST)).len(), MOST);
        for text in ["(", "\"", "<", "@ ", " @", "\\", "a@b.example ", ":", "<a@b.example>", "(\"<"] {
            assert!(addresses_in(&text.repeat(20_000)).len() <= MOST, "{text}");
        }
    }
}
