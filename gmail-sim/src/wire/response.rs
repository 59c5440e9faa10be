//! Writing an answer.

use serde_json::{Value, json};

use crate::html::snippet;
use crate::ids::legacy_hex;
use crate::model::{Message, Person, label};

/// What is said about one thread: its messages after the operation.
pub(crate) struct ThreadState<'a> {
    pub(crate) thread: String,
    pub(crate) legacy_thread: u64,
    pub(crate) messages: Vec<&'a Message>,
    pub(crate) sequence: u64,
}

/// What is said about one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) number: u64,
    /// False: refused, since the mail has already left or is not known.
    pub(crate) done: bool,
    pub(crate) sequence: u64,
}

/// The whole answer as a JSON array. `sent`: the request came from Send, which is answered a little shorter.
pub(crate) fn write(acks: &[Ack], threads: &[Value], counts: &Value, sent: bool, sequence: u64) -> Value {
    let acks: Vec<Value> = acks.iter().map(|ack| json!([ack.number, i32::from(!ack.done), null, ack.sequence])).collect();
    let news =
        if sent { json!([0, null, null, null, null, threads]) } else { json!([0, null, null, null, [], threads, 0, sequence]) };
    json!([[acks], news, counts, [sequence]])
}

/// One entry of `res[1][5][0]`.
pub(crate) fn thread(state: &ThreadState<'_>) -> Value {
    let first = state.messages.first();
    let last = state.messages.iter().map(|message| message.date).max().unwrap_or_default();
    let bump = first.map_or("", |message| message.id.rsplit(':').next().unwrap_or_default());
    let sent = |message: &&&Message| !message.has(label::DRAFT);
    let pairs =
        |people: Vec<&Person>| -> Vec<Value> { people.iter().map(|person| json!([person.name, person.address])).collect() };
    let open: Vec<Value> =
        pairs(state.messages.iter().filter(sent).flat_map(|message| message.to.iter().chain(&message.cc)).collect());
    let hidden: Vec<Value> = pairs(state.messages.iter().filter(sent).flat_map(|message| &message.bcc).collect());
    let mut t = vec![Value::Null; 20];
    t[0] = json!(first.map_or("", |message| message.subject.as_str()));
    t[2] = json!(last);
    t[3] = json!(state.thread);
    t[4] = Value::Array(state.messages.iter().map(|it| message(it)).collect());
    t[8] = json!(format!("msg-a:bump-{bump}"));
    if !open.is_empty() {
        t[14] = if hidden.is_empty() { json!([[open]]) } else { json!([[open, hidden]]) };
    }
    t[16] = json!(0);
    t[19] = json!(legacy_hex(state.legacy_thread));
    json!([[state.thread, null, [null, null, null, null, null, null, [t, state.sequence]]]])
}

fn message(it: &Message) -> Value {
    let people = |list: &[Person]| -> Value {
        if list.is_empty() { Value::Null } else { Value::Array(list.iter().map(person).collect()) }
    };
    let mut m = vec![Value::Null; 56];
    m[0] = json!(it.id);
    m[1] = json!([1, it.from.address, it.from.name]);
    m[2] = people(&it.to);
    m[3] = people(&it.cc);
    m[4] = people(&it.bcc);
    m[6] = json!(it.date);
    m[7] = json!(it.subject);
    m[9] = json!(snippet(&it.html(), 200));
    m[10] = json!(it.labels);
    m[13] = json!(it.rfc_id);
    if let Some(parent) = it.references.last() {
        m[14] = json!([parent]);
        m[15] = json!(parent);
    }
    // When the server had it: a moment after the page's own time.
    m[17] = json!(it.date);
    m[30] = json!(it.date);
    m[43] = json!(0);
    m[55] = json!(legacy_hex(it.legacy));
    Value::Array(m)
}

fn person(it: &Person) -> Value {
    if it.name.is_empty() { json!([1, it.address]) } else { json!([1, it.address, it.name]) }
}
