//! The way through the tree, the same in every shape. The indices are those of the array shape; each stands here once, with
//! what recordings of 2018 to 2022 and code in use in 2026 agree on.

use serde_json::Value;

use super::{Contact, Kind, Mail};

/// How a shape holds the fields of a message.
pub(super) trait Fields {
    /// The field at this index (counted from zero); `None` when absent or null.
    fn field<'v>(&self, value: &'v Value, index: usize) -> Option<&'v Value>;

    /// Follows several indices.
    fn path<'v>(&self, value: &'v Value, indices: &[usize]) -> Option<&'v Value> {
        indices.iter().try_fold(value, |value, &index| self.field(value, index))
    }
}

/// A request: `[1][0]` is the list of operations, each `[number, [thread id, what to do]]`.
pub(super) fn request(shape: &dyn Fields, root: &Value) -> Vec<Mail> {
    let operations = shape.path(root, &[1, 0]).and_then(Value::as_array);
    operations
        .into_iter()
        .flatten()
        .filter_map(|operation| shape.field(operation, 1))
        .flat_map(|op| written(shape, op))
        .collect()
}

/// The mails that one operation writes.
fn written(shape: &dyn Fields, operation: &Value) -> Vec<Mail> {
    let Some(thread) = shape.field(operation, 0).and_then(thread_id) else { return Vec::new() };
    let Some(what) = shape.field(operation, 1) else { return Vec::new() };

    // A new thread with its mails: the first save of a new draft, or a new mail sent before any save.
    let fresh = shape.path(what, &[2, 0, 4]).and_then(Value::as_array);
    let fresh: Vec<Mail> = fresh.into_iter().flatten().filter_map(|mail| read_first(shape, &thread, mail)).collect();
    if !fresh.is_empty() {
        return fresh;
    }
    // A mail added to a thread: the first save of a reply, or a reply sent before any save.
    if let Some(mail) = shape.path(what, &[1, 0]).and_then(|mail| read_first(shape, &thread, mail)) {
        return vec![mail];
    }
    // A mail that is there already, changed or sent.
    if let Some(mail) = shape.path(what, &[13, 0]).and_then(|mail| read(shape, &thread, mail)) {
        return vec![mail];
    }
    Vec::new()
}

/// A response: `[1][5]` is the list of threads, each `[[thread id, _, what is known of it]]`.
pub(super) fn response(shape: &dyn Fields, root: &Value) -> Vec<Mail> {
    let threads = shape.path(root, &[1, 5]).and_then(Value::as_array);
    threads.into_iter().flatten().filter_map(|thread| shape.field(thread, 0)).flat_map(|thread| told(shape, thread)).collect()
}

/// The mails that a response tells of in one thread.
fn told(shape: &dyn Fields, thread: &Value) -> Vec<Mail> {
    let Some(id) = shape.field(thread, 0).and_then(thread_id) else { return Vec::new() };
    let Some(inner) = shape.path(thread, &[2, 6, 0]) else { return Vec::new() };
    let legacy_thread = legacy_id(shape.field(inner, 19), shape.field(inner, 17));
    let mails = shape.field(inner, 4).and_then(Value::as_array);
    mails
        .into_iter()
        .flatten()
        .filter_map(|mail| read(shape, &id, mail))
        .map(|mail| Mail { legacy_thread: legacy_thread.clone(), ..mail })
        .collect()
}

fn read_first(shape: &dyn Fields, thread: &str, mail: &Value) -> Option<Mail> {
    let mut mail = read(shape, thread, mail)?;
    if mail.kind == Kind::DraftSave {
        mail.kind = Kind::FirstDraftSave;
    }
    Some(mail)
}

/// One mail; `None` when it is none, or when its labels say that it is neither a draft nor being sent.
fn read(shape: &dyn Fields, thread: &str, mail: &Value) -> Option<Mail> {
    let message = first_id(shape.field(mail, 0)?.as_str()?, "msg-")?;
    let labels: Vec<String> = shape.field(mail, 10).and_then(Value::as_array).into_iter().flatten().filter_map(text).collect();
    let contacts = |index| shape.field(mail, index).and_then(|list| contacts(shape, list));
    let (body, quote) = shape.path(mail, &[8, 1]).map(|parts| html(shape, parts)).unwrap_or_default();
    Some(Mail {
        kind: Kind::of(&labels)?,
        thread: thread.to_owned(),
        message,
        from: shape.field(mail, 1).and_then(|from| contact(shape, from)),
        to: contacts(2),
        cc: contacts(3),
        bcc: contacts(4),
        subject: shape.field(mail, 7).and_then(text),
        body,
        quote,
        labels,
        rfc_id: shape.field(mail, 13).and_then(text),
        legacy_message: legacy_id(shape.field(mail, 55), shape.field(mail, 47)),
        legacy_thread: None,
    })
}

/// The parts of a body, each `[kind, html]`: kind 2 is the folded quote, any other what the writer wrote.
fn html(shape: &dyn Fields, parts: &Value) -> (Option<String>, Option<String>) {
    let (mut body, mut quote) = (None::<String>, None::<String>);
    for part in parts.as_array().into_iter().flatten() {
        let Some(html) = shape.field(part, 1).and_then(Value::as_str) else { continue };
        let is_quote = shape.field(part, 0).and_then(Value::as_u64) == Some(2);
        let place = if is_quote { &mut quote } else { &mut body };
        place.get_or_insert_default().push_str(html);
    }
    (body, quote)
}

fn contacts(shape: &dyn Fields, list: &Value) -> Option<Vec<Contact>> {
    Some(list.as_array()?.iter().filter_map(|one| contact(shape, one)).collect())
}

/// A person: `[_, address, name]`.
fn contact(shape: &dyn Fields, value: &Value) -> Option<Contact> {
    let address = shape.field(value, 1).and_then(text).filter(|address| !address.is_empty())?;
    Some(Contact { address, name: shape.field(value, 2).and_then(text).filter(|name| !name.is_empty()) })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn thread_id(value: &Value) -> Option<String> {
    first_id(value.as_str()?, "thread-")
}

/// `thread-a:r1|msg-a:r2` is an id and where it came from: the first part counts.
fn first_id(id: &str, prefix: &str) -> Option<String> {
    let first = id.split('|').next().unwrap_or(id);
    first.starts_with(prefix).then(|| first.to_owned())
}

/// The id of the old interface: hexadecimal text, or until 2019 a decimal number or its digits.
fn legacy_id(hexadecimal: Option<&Value>, decimal: Option<&Value>) -> Option<String> {
    let is_id = |id: &str| (1..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(id) = hexadecimal.and_then(text).filter(|id| is_id(id)) {
        return Some(id);
    }
    let number = match decimal? {
        Value::String(digits) => digits.parse::<u64>().ok()?,
        number => number.as_u64()?,
    };
    Some(format!("{number:x}"))
}
