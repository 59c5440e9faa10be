//! What a search means: a tree of terms. `{a b}` and `a OR b` are either, `(a b)` both, `-` is not, `from:(a b)` and `from:{a b}` give
//! each word the key.

use mail_parser::DateTime;

use crate::html::snippet;
use crate::model::{Message, Person, label};

/// A search, or a part of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Not(Box<Query>),
    Term(Term),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Empty for a word.
    pub(super) key: String,
    /// Lower case.
    pub(super) value: String,
}

const KEYS: [&str; 13] =
    ["rfc822msgid", "in", "label", "is", "has", "from", "to", "cc", "bcc", "subject", "after", "before", "deliveredto"];
/// Groups within groups that are read.
const DEEPEST: usize = 20;

impl Query {
    /// Reads any text: a bracket that is missing is thought of at the end, one too many is passed over.
    pub(super) fn read(q: &str) -> Self {
        let mut rest: Vec<char> = q.chars().rev().collect();
        let mut all = Vec::new();
        while !rest.is_empty() {
            all.extend(list(&mut rest, "", 0));
            rest.pop();
        }
        Self::All(all)
    }

    pub(super) fn fits(&self, message: &Message) -> bool {
        match self {
            Self::All(all) => all.iter().all(|it| it.fits(message)),
            Self::Any(any) => any.iter().any(|it| it.fits(message)),
            Self::Not(it) => !it.fits(message),
            Self::Term(term) => term.fits(message),
        }
    }

    /// Every term in it that is not ruled out.
    pub(super) fn terms(&self) -> Vec<&Term> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::terms).collect(),
            Self::Not(_) => Vec::new(),
            Self::Term(term) => vec![term],
        }
    }

    /// The Message-ID without which nothing fits, in lower case.
    pub(super) fn rfc_id(&self) -> Option<&str> {
        let Self::All(all) = self else { return None };
        all.iter().find_map(|it| match it {
            Self::Term(term) if term.key == "rfc822msgid" => Some(term.value.as_str()),
            _ => None,
        })
    }
}

/// What stands up to a closing bracket, which is left where it is. `rest` is read from its end.
fn list(rest: &mut Vec<char>, key: &str, depth: usize) -> Vec<Query> {
    let mut out: Vec<Query> = Vec::new();
    let mut or = false;
    while let Some(&c) = rest.last() {
        if matches!(c, '}' | ')') {
            break;
        }
        if c.is_whitespace() {
            rest.pop();
            continue;
        }
        let Some(item) = item(rest, key, depth) else { continue };
        if item == word("", "or") {
            or = true;
            continue;
        }
        match out.pop() {
            Some(Query::Any(mut any)) if or => {
                any.push(item);
                out.push(Query::Any(any));
            }
            Some(before) if or => out.push(Query::Any(vec![before, item])),
            before => out.extend(before.into_iter().chain([item])),
        }
        or = false;
    }
    out
}

/// A word, a term or a group. It takes at least one character.
fn item(rest: &mut Vec<char>, key: &str, depth: usize) -> Option<Query> {
    let mut not = false;
    while rest.last() == Some(&'-') {
        rest.pop();
        not = !not;
    }
    let item = plain_item(rest, key, depth)?;
    Some(if not { Query::Not(Box::new(item)) } else { item })
}

fn plain_item(rest: &mut Vec<char>, key: &str, depth: usize) -> Option<Query> {
    match *rest.last()? {
        c if c.is_whitespace() => return None,
        open @ ('{' | '(') => {
            rest.pop();
            if depth >= DEEPEST {
                return None;
            }
            let inner = list(rest, key, depth + 1);
            rest.pop();
            return Some(if open == '{' { Query::Any(inner) } else { Query::All(inner) });
        }
        '}' | ')' => return None,
        _ => {}
    }
    let (mut text, mut quoted, mut was_quoted) = (String::new(), false, false);
    while let Some(&c) = rest.last() {
        match c {
            '"' => (quoted, was_quoted) = (!quoted, true),
            c if !quoted && (c.is_whitespace() || matches!(c, '{' | '}' | '(' | ')')) => break,
            c => text.push(c),
        }
        rest.pop();
    }
    if !was_quoted && text == "OR" {
        return Some(word("", "or"));
    }
    let named = text.split_once(':').map(|(name, value)| (name.to_lowercase(), value));
    let (key, value) = match &named {
        Some((name, value)) if KEYS.contains(&name.as_str()) => (name.as_str(), *value),
        _ => (key, text.as_str()),
    };
    if value.is_empty() && !was_quoted && matches!(rest.last(), Some('{' | '(')) {
        return plain_item(rest, key, depth);
    }
    Some(word(key, &value.to_lowercase()))
}

fn word(key: &str, value: &str) -> Query {
    Query::Term(Term { key: key.to_owned(), value: value.to_owned() })
}

/// Whether these words stand in a person's name or address, in this order: Gmail takes both apart at all that is no letter or digit.
fn names(person: &Person, value: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    };
    let (wanted, hay) = (words(value), words(&format!("{} {}", person.name, person.address)));
    !wanted.is_empty() && hay.windows(wanted.len()).any(|window| window == wanted)
}

impl Term {
    fn fits(&self, message: &Message) -> bool {
        let value = self.value.as_str();
        let person = |it: &Person| names(it, value);
        match self.key.as_str() {
            "rfc822msgid" => message.rfc_id.trim_matches(['<', '>']).to_lowercase() == value.trim_matches(['<', '>']),
            "in" | "label" | "is" => place(value).is_none_or(|label| match label {
                Place::With(label) => message.labels.iter().any(|it| it.eq_ignore_ascii_case(label)),
                Place::Without(label) => !message.has(label),
            }),
            "has" => value == "attachment" && message.attachments.iter().any(|it| !it.inline),
            "from" => person(&message.from),
            "to" | "deliveredto" => message.to.iter().any(person),
            "cc" => message.cc.iter().any(person),
            "bcc" => message.bcc.iter().any(person),
            "subject" => message.subject.to_lowercase().contains(value),
            "after" => instant(value).is_some_and(|at| message.date >= at),
            "before" => instant(value).is_some_and(|at| message.date < at),
            _ => {
                let text = format!("{} {}", message.subject, snippet(&message.html(), usize::MAX)).to_lowercase();
                text.contains(value) || message.recipients().chain(std::iter::once(&message.from)).any(person)
            }
        }
    }
}

enum Place<'a> {
    With(&'a str),
    Without(&'a str),
}

/// What `in:` and `is:` mean; none for everywhere.
fn place(value: &str) -> Option<Place<'_>> {
    Some(match value {
        "anywhere" | "all" => return None,
        "draft" | "drafts" => Place::With(label::DRAFT),
        "bin" | "trash" => Place::With(label::TRASH),
        "read" => Place::Without(label::UNREAD),
        "inbox" => Place::With(label::INBOX),
        "sent" => Place::With(label::SENT),
        "unread" => Place::With(label::UNREAD),
        "spam" => Place::With("^s"),
        "starred" => Place::With("^t"),
        "important" => Place::With("^io_im"),
        "scheduled" => Place::With(label::SCHEDULED),
        other => Place::With(other),
    })
}

/// `2026/11/22`, `2026-11-22` (midnight, UTC) or seconds since 1970, as Unix milliseconds.
fn instant(value: &str) -> Option<i64> {
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse::<i64>().ok()?.checked_mul(1000);
    }
    let mut parts = value.split(['/', '-']);
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || parts.next().is_some() {
        return None;
    }
    let (hour, minute, second) = (0, 0, 0);
    let date = DateTime { year, month, day, hour, minute, second, tz_before_gmt: false, tz_hour: 0, tz_minute: 0 };
    Some(date.to_timestamp() * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attachment;
    use crate::tests::{START, message};

    #[test]
    fn terms_find_what_they_say() {
        let mut it = message("<div>The second draft is <b>attached</b></div>");
        it.rfc_id = "<AbC@mail.example>".to_owned();
        it.labels = ["^f", "Label_1"].map(str::to_owned).into();
        it.attachments = vec![std::sync::Arc::new(Attachment {
            filename: "a".into(),
            media_type: "text/plain".into(),
            inline: false,
            content_id: None,
            bytes: Vec::new(),
        })];
        let fits = |q: &str| Query::read(q).fits(&it);
        let day = START / 1000;
        for yes in [
            "",
            "in:sent",
            "label:label_1",
            "rfc822msgid:<abc@mail.example>",
            "from:mara",
            "to:ana subject:SUBJECT",
            "-in:inbox",
            "\"second draft\"",
            "has:attachment",
            "is:read",
            "in:anywhere",
            "ben@acme.example",
            "after:2026/9/21",
            "before:2026-09-22",
            "{from:ben from:mara}",
            "from:(mara fjord.example)",
            "from:{ben mara} -{in:inbox in:spam}",
            "from:ben OR from:mara",
            "to:(ana OR ben)",
            "from:\"mara@fjord.example\"",
            "((from:mara) {to:ana",
            "}) from:mara",
        ] {
            assert!(fits(yes), "{yes}");
        }
        for no in [
            "in:inbox",
            "-from:mara",
            "subject:other",
            "cc:ana",
            "is:unread",
            "\"draft second\"",
            "before:2026/9/21",
            "{from:ben from:x}",
            "from:(mara acme.example)",
            "from:mar",
            "-{from:mara from:ben}",
            "{}",
        ] {
            assert!(!fits(no), "{no}");
        }
        assert!(fits(&format!("after:{day}")) && !fits(&format!("after:{}", day + 1)) && !fits(&format!("before:{day}")));
    }
}
