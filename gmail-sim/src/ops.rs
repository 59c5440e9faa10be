//! Carrying out what a request asks for.
//!
//! What must hold: a request that comes twice (the page retries when an answer is lost) changes nothing the second time
//! that a recipient could see.

use serde_json::{Value, json};

use crate::html::snippet;
use crate::ids::legacy_hex;
use crate::model::{Message, Person, label};
use crate::sent_log::delivered_headers;
use crate::wire::request::{Action, Kind, Op, Put, Request};
use crate::wire::response::{self, Ack, ThreadState};
use crate::world::{Pending, World};

impl World {
    /// Does everything that `request` asks for in the mailbox of `owner`, and answers.
    pub(crate) fn apply(&mut self, owner: &str, request: &Request, now: i64) -> Value {
        let mut acks = Vec::new();
        let mut threads = Vec::new();
        for op in &request.ops {
            let done = match &op.action {
                Action::Put(put) => {
                    self.put(owner, op, put, now);
                    threads.push(self.thread_news(owner, &op.thread));
                    true
                }
                Action::Label { add, remove, messages } => self.relabel(owner, add, remove, messages),
                Action::Other => true,
            };
            acks.push(Ack { number: op.number, done, sequence: self.bump() });
        }
        let sent = request.puts().any(|put| put.kind == Kind::Send);
        response::write(&acks, &threads, &self.label_counts(owner), sent, self.sequence)
    }

    fn thread_news(&self, owner: &str, thread: &str) -> Value {
        let messages: Vec<&Message> = self.mailboxes.get(owner).map(|it| it.thread(thread).collect()).unwrap_or_default();
        response::thread(&ThreadState {
            thread: thread.to_owned(),
            legacy_thread: messages.first().map_or(0, |it| it.legacy_thread),
            messages,
            sequence: self.sequence,
        })
    }

    fn put(&mut self, owner: &str, op: &Op, put: &Put, now: i64) {
        let known = self.mailbox(owner).get(&put.id);
        if known.is_some_and(|it| it.has(label::SENT) && !it.has(label::DRAFT)) {
            return;
        }
        let (legacy, rfc_id) = (self.fresh_legacy(owner, now), self.random.rfc_id());
        let mailbox = self.mailbox(owner);
        let parent = put.answers.as_deref().and_then(|id| mailbox.get(id));
        let mut references = parent.map(|it| it.references.clone()).unwrap_or_default();
        references.extend(parent.map(|it| it.rfc_id.clone()).or_else(|| put.in_reply_to.clone()));
        let known = mailbox.get(&put.id);
        // What was attached stays when the text is edited in the page.
        let attachments = known.map(|it| it.attachments.clone()).unwrap_or_default();
        let legacy_thread = match mailbox.thread(&op.thread).map(|it| it.legacy_thread).next() {
            Some(thread) if !known.is_some_and(|it| mailbox.leaves_thread(it, &put.subject)) => thread,
            _ => legacy,
        };
        let to_self = put.to.iter().chain(&put.cc).chain(&put.bcc).any(|it| it.address.eq_ignore_ascii_case(owner));
        let message = Message {
            id: put.id.clone(),
            legacy,
            thread: op.thread.clone(),
            legacy_thread,
            labels: stored_labels(put, to_self),
            from: put.from.clone(),
            to: put.to.clone(),
            cc: put.cc.clone(),
            bcc: put.bcc.clone(),
            subject: put.subject.clone(),
            own_html: put.html.clone(),
            quoted: put.quoted.clone(),
            plain: put.plain,
            rfc_id,
            references,
            answers: put.answers.clone(),
            date: now,
            scheduled_at: put.scheduled_at,
            attachments,
            raw: None,
            history: 0,
        };
        mailbox.remove(&put.id);
        mailbox.insert(message);
        self.pending.retain(|it| it.owner != owner || it.message != put.id);
        let due = match put.kind {
            Kind::Draft => return,
            Kind::Send => Some(now + i64::from(self.settings.undo_seconds) * 1000),
            Kind::Scheduled => None,
        };
        self.pending.push(Pending { owner: owner.to_owned(), message: put.id.clone(), due });
    }

    /// Changes labels. Taking back a mail is the removal of `^pfg`: refused when it has left already.
    fn relabel(&mut self, owner: &str, add: &[String], remove: &[String], messages: &[String]) -> bool {
        let takes_back = remove.iter().any(|it| it == label::SENDING || it == label::SCHEDULED);
        for id in messages {
            if takes_back {
                let waiting = self.pending.len();
                self.pending.retain(|it| it.owner != owner || it.message != *id);
                if self.pending.len() == waiting {
                    return false;
                }
            }
            let change = |message: &mut Message| {
                message.labels.retain(|it| !remove.contains(it));
                message.labels.extend(add.iter().cloned());
            };
            if self.mailbox(owner).edit(id, change).is_none() {
                return false;
            }
        }
        true
    }
}

/// The labels that a message has in the mailbox after a request with `put`.
fn stored_labels(put: &Put, to_self: bool) -> std::collections::BTreeSet<String> {
    let mut labels: std::collections::BTreeSet<String> = put.labels.iter().cloned().collect();
    labels.remove("^f_btns");
    // The page names these for any mail that leaves; the server keeps them only for a mail to oneself.
    if !to_self || put.kind != Kind::Send {
        labels.remove(label::INBOX);
        labels.remove(label::UNREAD);
    }
    if put.kind == Kind::Send {
        labels.insert(label::SENT.to_owned());
        labels.remove(label::DRAFT);
        labels.remove(label::DRAFT_BT);
    }
    labels
}

/// What the control API tells about a request.
pub(crate) fn summary(request: &Request) -> Vec<Value> {
    let one = |op: &Op| match &op.action {
        Action::Put(put) => json!({
            "kind": put.kind, "position": put.position, "op": op.number, "thread": op.thread, "draft": put.id,
            "from": put.from, "to": put.to, "cc": put.cc, "bcc": put.bcc, "subject": put.subject,
            "body": put.html, "quoted": put.quoted, "plain": put.plain, "labels": put.labels,
            "time": put.time, "scheduledAt": put.scheduled_at, "text": snippet(&put.html, 10_000),
        }),
        Action::Label { add, remove, messages } => json!({
            "kind": "label", "op": op.number, "thread": op.thread, "add": add, "remove": remove, "messages": messages,
        }),
        Action::Other => json!({ "kind": "other", "op": op.number, "thread": op.thread }),
    };
    request.ops.iter().map(one).collect()
}

/// A message for the control API and for the page.
pub(crate) fn view(message: &Message) -> Value {
    let mut view = json!(message);
    view["html"] = json!(message.html());
    view["snippet"] = json!(snippet(&message.html(), 160));
    view["kind"] = json!(if message.has(label::SCHEDULED) {
        "scheduled"
    } else if message.has(label::DRAFT) {
        "draft"
    } else if message.has(label::SENT) {
        "sent"
    } else {
        "received"
    });
    if message.raw.is_some() {
        // As it was handed over.
        view["headers"] = json!(delivered_headers(message));
        return view;
    }
    view["headers"] = json!({
        "From": header_person(&message.from),
        "To": header_people(&message.to),
        "Cc": header_people(&message.cc),
        "Date": message.date,
        "Message-ID": message.rfc_id,
        "In-Reply-To": message.references.last(),
        "References": message.references.join(" "),
        "Subject": message.subject,
        "X-Gmail-Message": legacy_hex(message.legacy),
    });
    view
}

fn header_person(person: &Person) -> String {
    if person.name.is_empty() { person.address.clone() } else { format!("{} <{}>", person.name, person.address) }
}

fn header_people(people: &[Person]) -> Option<String> {
    let list: Vec<String> = people.iter().map(header_person).collect();
    (!list.is_empty()).then(|| list.join(", "))
}
