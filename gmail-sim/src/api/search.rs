//! The part of Gmail's search that programs use: `rfc822msgid:`, `in:`, `label:`, `is:`, `has:attachment`, `from:`, `to:`,
//! `cc:`, `bcc:`, `subject:`, `after:`, `before:`, words, quotes, groups, and `-` before any of them (`query.rs`).
//!
//! What must hold: a Message-ID is found through its index, not by looking at every mail.

use serde_json::{Value, json};

use super::Call;
use super::errors::ApiError;
use super::labels::internal;
use super::query::Query;
use crate::mailbox::Mailbox;
use crate::model::{Message, label};

/// The messages that a list call asks for, newest first. `only`: with this label too.
pub(super) fn search<'a>(mailbox: &'a Mailbox, call: &'a Call, only: Option<&str>) -> Result<Vec<&'a Message>, ApiError> {
    let q = call.query("q").unwrap_or_default();
    if call.headers_only && !q.is_empty() {
        return Err(ApiError::new(403, "forbidden", "Metadata scope does not support 'q' parameter"));
    }
    let query = Query::read(q);
    let labels: Vec<&str> = call.all("labelIds").map(internal).chain(only).collect();
    let everywhere = call.query("includeSpamTrash") == Some("true")
        || labels.contains(&label::TRASH)
        || query.terms().iter().any(|it| it.key == "in" && matches!(it.value.as_str(), "trash" | "bin" | "anywhere" | "spam"));
    let from_index: Box<dyn Iterator<Item = &Message>> = if let Some(id) = query.rfc_id() {
        let id = q_value(q, id);
        Box::new(mailbox.by_rfc(&format!("<{id}>")).collect::<Vec<_>>().into_iter())
    } else if let Some(label) = labels.first() {
        Box::new(mailbox.labelled(label))
    } else {
        Box::new(mailbox.messages())
    };
    let mut hits: Vec<&Message> = from_index
        .filter(|it| {
            it.date
                <= if it.has(label::SENT) {
                    call.indexed
                } else if q.is_empty() {
                    i64::MAX
                } else {
                    call.received_indexed
                }
        })
        .filter(|it| everywhere || !it.has(label::TRASH) && !it.has("^s"))
        .filter(|it| labels.iter().all(|label| it.has(label)))
        .filter(|it| query.fits(it))
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
