//! Hands what happened to the service worker, so that nothing is lost on the way: a tracked mail is first written into the
//! outbox from here, because the tab may be closed in the next moment and the worker may not start.
//!
//! What goes there is written down by hand around the mail: the code to write all that an outbox can hold would be a part of what
//! each tab loads. That it is what the protocol reads is tested below.

use serde::Serialize;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::page::{NotTracked, TabHealth, WhyNot, key};

use super::ledger::{Act, Sent};
use super::shell;
use super::tell::Tell;
use crate::chrome::ApiError;
use crate::chrome::runtime;
use crate::chrome::storage::Area;
use crate::gmail::account;

/// Does what the ledger asks. Starts at once; what fails leaves its trace in the storage.
pub fn act(act: Act) {
    let now = shell::now();
    match act {
        Act::Register(sent) => spawn_local(async move {
            let mailbox = web_sys::window().and_then(|window| account::address(&window.document()?));
            let Some(texts) = texts(&sent, mailbox.as_deref(), now) else { return };
            if Area::Local.write_text(&texts.entries).await == Err(ApiError::QuotaExceeded) {
                let Sent { id, message, .. } = sent;
                let mail = NotTracked {
                    id,
                    sent_at: message.sent_at,
                    sender: message.sender,
                    gmail: message.gmail,
                    content: message.content,
                    why: WhyNot::OutboxFull,
                };
                tell(Tell::NotTracked { mail }).await;
                return;
            }
            // It lies in the outbox: a worker that does not hear of it finds it there.
            let _ = runtime::send_text(&texts.news).await;
        }),
        Act::Forget { id } => spawn_local(tell(Tell::Forget { id })),
        Act::NotTracked(mail) => spawn_local(tell(Tell::NotTracked { mail })),
        Act::TakeBack { id } => spawn_local(tell(Tell::DismissNotTracked { id })),
    }
}

/// Tells that the user has an own message on screen.
pub fn own_view(id: Uuid) {
    spawn_local(tell(Tell::OwnView { id }));
}

/// Tells how the tab does.
pub fn health(health: TabHealth) {
    spawn_local(tell(Tell::TabHealth { health }));
}

async fn tell(news: Tell) {
    // The worker may be starting or gone; a registration lies in the outbox, the rest is told again or only of use now.
    // Its answer is not read: the code to read all that a worker can say would be a third of what the tab loads.
    let _ = runtime::send(&news).await;
}

/// What is written and told of a mail that left, as JSON.
struct Texts {
    /// Entries of the outbox under their names, to be written in one step.
    entries: String,
    /// What the worker is told.
    news: String,
}

/// `mailbox`: the address of the mailbox that the tab shows.
fn texts(sent: &Sent, mailbox: Option<&str>, now: Millis) -> Option<Texts> {
    let (id, message) = (sent.id.to_string(), &sent.message);
    // The time of writing: what is learnt later is an entry of its own. The worker may be sending the first one just
    // now, and would take a replaced one for sent; what it has of one mail it sends as one.
    let at = now.max(message.sent_at);
    let account = json(&sent.account)?;
    let mut entries = String::new();
    let mut news = "{\"type\":\"flush\"}".to_owned();
    if sent.tracked {
        let put = ["\"id\":\"", &id, "\",\"message\":", &json(message)?, "}"].concat();
        entries = entry(at, &id, &["{\"task\":\"put\",", &put].concat(), &account, now);
        news = ["{\"type\":\"sent\",", &put].concat();
    }
    if let Some((reminder, wish)) = &sent.remind {
        let mut mail = message.clone();
        mail.content.links.clear();
        let mail = json(&mail)?;
        // What a registration says of a mail, and more: what a reminder does not ask for is passed over.
        let (open, rest) = mail.split_at(1);
        let message = if sent.tracked { ["\"message\":\"", &id, "\","].concat() } else { String::new() };
        let mailbox = json(&mailbox)?;
        let (reminder, wish) = (reminder.to_string(), wish_of(&wish.json, sent.tracked));
        let task = [
            "{\"task\":\"remind\",\"id\":\"",
            &reminder,
            "\",\"put\":{\"wish\":",
            &wish,
            ",\"mail\":",
            open,
            &message,
            "\"account\":",
            &mailbox,
            ",",
            rest,
            "}}",
        ]
        .concat();
        // After its mail. Without hyphens: whether a mail is registered does not depend on this ([`super::shown`]).
        let entry = entry(at + 1, &id.split('-').collect::<String>(), &task, &account, now);
        let more = if entries.is_empty() { &entry } else { entry.get(1..)? };
        if !entries.is_empty() {
            entries.push(',');
        }
        entries.push_str(more);
    }
    entries.push('}');
    Some(Texts { entries, news })
}

/// An entry of the outbox under its name, but for the last brace.
#[inline(never)]
fn entry(at: Millis, id: &str, task: &str, account: &str, now: Millis) -> String {
    let (name, now) = (outbox_name(at, id), now.to_string());
    ["{\"", &name, "\":{\"task\":", task, ",\"queued_at\":", &now, ",\"account\":", account, "}"].concat()
}

/// Of a mail that is not tracked nobody knows whether it was opened: it comes if nobody answers.
fn wish_of(wish: &str, tracked: bool) -> String {
    if tracked {
        return wish.to_owned();
    }
    // In a text inside of it these quotes would stand behind backslashes.
    wish.replace("\"condition\":\"not_opened\"", "\"condition\":\"no_answer\"")
}

/// As JSON; `None` for nothing that is written here.
pub(super) fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// `outbox:<20 digits>:<id>`: the digits keep the order of sending.
fn outbox_name(at: Millis, id: &str) -> String {
    format!("{}{at:020}:{id}", key::OUTBOX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use waxwing_protocol::api::{Condition, Content, GmailIds, Link, PutMessage, PutReminder, RemindedMail, When};
    use waxwing_protocol::page::{OutboxEntry, OutboxTask, ToWorker};

    use super::*;
    use crate::content::ledger::Wish;

    #[test]
    fn outbox_names_sort_by_time() {
        let name = outbox_name(1_795_000_000_000, "id");
        assert_eq!(name, "outbox:00000001795000000000:id");
        assert!(outbox_name(999, "z") < name);
    }

    const ID: Uuid = Uuid::from_u128(5);
    const REMINDER: Uuid = Uuid::from_u128(6);

    fn message() -> PutMessage {
        PutMessage {
            epoch: 1,
            sent_at: 2_000,
            scheduled: true,
            sender: "\"a\"@b.example".into(),
            gmail: GmailIds { draft: Some("msg-a:r1".to_owned()), ..GmailIds::default() },
            content: Content {
                subject: "}{\u{2028}\"condition\":\"not_opened\"".to_owned(),
                recipients: Vec::new(),
                links: vec![Link { target: "https://x.example".to_owned(), text: "x".to_owned() }],
            },
            tracks: waxwing_protocol::api::Tracks::default(),
        }
    }

    fn wish(condition: Condition) -> waxwing_protocol::api::Wish {
        waxwing_protocol::api::Wish {
            when: When::At { wall: "2026-11-26T09:00:00".to_owned(), zone: "Europe/Oslo".to_owned() },
            phrase: Some("\"condition\":\"not_opened\"".to_owned()),
            condition,
            every_days: Some(3),
        }
    }

    fn sent(tracked: bool, remind: bool) -> Sent {
        let json = serde_json::to_string(&wish(Condition::NotOpened)).expect("plain");
        let wish = Rc::new(Wish { account: "acc".to_owned(), json, say: String::new() });
        let id = if tracked { ID } else { REMINDER };
        Sent { id, account: "acc\"".to_owned(), message: message(), tracked, remind: remind.then_some((REMINDER, wish)) }
    }

    #[test]
    fn the_outbox_reads_what_is_written() {
        for (tracked, remind) in [(true, false), (true, true), (false, true)] {
            let texts = texts(&sent(tracked, remind), Some("box@b.example"), 1_000).expect("plain");
            let entries: BTreeMap<String, OutboxEntry> = serde_json::from_str(&texts.entries).expect(&texts.entries);
            let entry = |task| OutboxEntry { task, queued_at: 1_000, attempts: 0, next_at: 0, account: "acc\"".to_owned() };
            let id = if tracked { ID } else { REMINDER };
            let mut expected = BTreeMap::new();
            if tracked {
                expected.insert(outbox_name(2_000, &id.to_string()), entry(OutboxTask::Put { id, message: message() }));
            }
            if remind {
                let mut content = message().content;
                content.links.clear();
                let put = PutReminder {
                    mail: RemindedMail {
                        message: tracked.then_some(ID),
                        sender: message().sender,
                        account: Some("box@b.example".to_owned()),
                        sent_at: 2_000,
                        gmail: message().gmail,
                        content,
                    },
                    // Nobody knows whether a mail was opened that is not tracked.
                    wish: wish(if tracked { Condition::NotOpened } else { Condition::NoAnswer }),
                };
                let task = OutboxTask::Remind { id: REMINDER, put };
                assert_eq!(task.mail(), id);
                expected.insert(outbox_name(2_001, &id.simple().to_string()), entry(task));
            }
            assert_eq!(entries, expected);
            let news: ToWorker = serde_json::from_str(&texts.news).expect(&texts.news);
            assert_eq!(news, if tracked { ToWorker::Sent { id: ID, message: message() } } else { ToWorker::Flush });
        }
    }

    #[test]
    fn a_mailbox_that_is_not_known_is_absent() {
        let texts = texts(&sent(false, true), None, 1_000).expect("plain");
        let entries: BTreeMap<String, OutboxEntry> = serde_json::from_str(&texts.entries).expect("entries");
        let tasks: Vec<OutboxTask> = entries.into_values().map(|entry| entry.task).collect();
        let [OutboxTask::Remind { put, .. }] = tasks.as_slice() else { panic!("{tasks:?}") };
        assert_eq!(put.mail.account, None);
    }
}
