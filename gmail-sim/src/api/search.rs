//! The part of Gmail's search that programs use: `rfc822msgid:`, `in:`, `label:`, `is:`, `has:attachment`, `from:`, `to:`,
//! `cc:`, `bcc:`, `subject:`, `after:`, `before:`, words, quotes, and `-` before any of them.
//!
//! What must hold: a Message-ID is found through its index, not by looking at every mail.

use mail_parser::DateTime;
use serde_json::{Value, json};

use super::Call;
use super::errors::ApiError;
use super::labels::internal;
use crate::html::snippet;
use crate::mailbox::Mailbox;
use crate::model::{Message, Person, label};

#[derive(Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    /// Empty for a word.
    key: String,
    /// Lower case.
    value: String,
}

fn terms(q: &str) -> Vec<Term> {
    let mut words: Vec<String> = vec![String::new()];
    let mut quoted = false;
    for c in q.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    let term = |word: String| {
        let (not, word) = word.strip_prefix('-').map_or((false, word.as_str()), |rest| (true, rest));
        let (key, value) =
            word.split_once(':').filter(|(key, _)| KEYS.contains(&key.to_lowercase().as_str())).unwrap_or(("", word));
        Term { not, key: key.to_lowercase(), value: value.to_lowercase() }
    };
    words.into_iter().filter(|it| !it.is_empty() && it != "-").map(term).collect()
}

const KEYS: [&str; 13] =
    ["rfc822msgid", "in", "label", "is", "has", "from", "to", "cc", "bcc", "subject", "after", "before", "deliveredto"];

impl Term {
    fn fits(&self, message: &Message) -> bool {
        let value = self.value.as_str();
        let person = |it: &Person| format!("{} {}", it.name, it.address).to_lowercase().contains(value);
        let fits = match self.key.as_str() {
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
        };
        fits != self.not
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

/// The messages that a list call asks for, newest first. `only`: with this label too.
pub(super) fn search<'a>(mailbox: &'a Mailbox, call: &'a Call, only: Option<&str>) -> Result<Vec<&'a Message>, ApiError> {
    let q = call.query("q").unwrap_or_default();
    if call.headers_only && !q.is_empty() {
        return Err(ApiError::new(403, "forbidden", "Metadata scope does not support 'q' parameter"));
    }
    let terms = terms(q);
    let labels: Vec<&str> = call.all("labelIds").map(internal).chain(only).collect();
    let everywhere = call.query("includeSpamTrash") == Some("true")
        || labels.contains(&label::TRASH)
        || terms.iter().any(|it| it.key == "in" && matches!(it.value.as_str(), "trash" | "bin" | "anywhere" | "spam"));
    let known = |term: &&Term| term.key == "rfc822msgid" && !term.not;
    let from_index: Box<dyn Iterator<Item = &Message>> = if let Some(term) = terms.iter().find(known) {
        let id = q_value(q, &term.value);
        Box::new(mailbox.by_rfc(&format!("<{id}>")).collect::<Vec<_>>().into_iter())
    } else if let Some(label) = labels.first() {
        Box::new(mailbox.labelled(label))
    } else {
        Box::new(mailbox.messages())
    };
    let mut hits: Vec<&Message> = from_index
        .filter(|it| it.date <= call.indexed || !it.has(label::SENT))
        .filter(|it| everywhere || !it.has(label::TRASH) && !it.has("^s"))
        .filter(|it| labels.iter().all(|label| it.has(label)))
        .filter(|it| terms.iter().all(|term| term.fits(it)))
        .collect();
    hits.sort_by_key(|it| std::cmp::Reverse(it.date));
    Ok(hits)
}

/// A lower-case value as it was written, without brackets: Message-IDs are looked up with their own case.
fn q_value(q: &str, lower: &str) -> String {
    let at = q
        .char_indices()
        .map(|(at, _)| at)
        .find(|&at| q.get(at..at + lower.len()).is_some_and(|part| part.to_lowercase() == lower));
    at.and_then(|at| q.get(at..at + lower.len())).unwrap_or(lower).trim_matches(['<', '>']).to_owned()
}

/// A page of a list: `maxResults` (100, at most 500) from `pageToken` on.
pub(super) fn page<T>(call: &Call, name: &str, all: &[T], show: impl Fn(&T) -> Value) -> Result<Value, ApiError> {
    let number = |key: &str, fallback: usize| match call.query(key) {
        Some(text) => text.parse::<usize>().map_err(|_| ApiError::invalid(format!("Invalid value at '{key}'"))),
        None => Ok(fallback),
    };
    let (size, from) = (number("maxResults", 100)?.clamp(1, 500), number("pageToken", 0)?);
    let shown: Vec<Value> = all.iter().skip(from).take(size).map(show).collect();
    let mut out = json!({ "resultSizeEstimate": all.len() });
    if !shown.is_empty() {
        out[name] = Value::Array(shown);
    }
    let next = from.saturating_add(size);
    if all.len() > next {
        out["nextPageToken"] = json!(next.to_string());
    }
    Ok(out)
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
        let fits = |q: &str| terms(q).iter().all(|term| term.fits(&it));
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
        ] {
            assert!(fits(yes), "{yes}");
        }
        for no in ["in:inbox", "-from:mara", "subject:other", "cc:ana", "is:unread", "\"draft second\"", "before:2026/9/21"] {
            assert!(!fits(no), "{no}");
        }
        assert!(fits(&format!("after:{day}")) && !fits(&format!("after:{}", day + 1)) && !fits(&format!("before:{day}")));
    }
}
