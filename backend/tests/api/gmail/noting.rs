//! Reminders in a mailbox: a sent mail is found, its conversation's place told, a note put and taken away.

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::mailbox::gmail::{GmailMailbox, oauth};
use waxwing_backend::mailbox::watching::{Conversation, LABEL, NOTE_HEADER, Note, NoteRef, Place, SentHint, SentMail};
use waxwing_backend::mailbox::{Mailbox as _, MailboxError};
use waxwing_protocol::api::{AccessAction, Trouble};

use super::sim::{ANA, BEN, Kept, MARA, Sim, other_trace};

struct Sent {
    message: String,
    thread: String,
    rfc_id: String,
}

impl Sim {
    async fn sent_to_ana(&self, subject: &str) -> Sent {
        let mail = json!({ "from": MARA, "to": [{ "address": ANA }], "subject": subject, "html": "?", "at": SystemClock.now() - 60_000 });
        let message = self.order("/sent", &mail).await["message"].clone();
        let rfc_id = text(&message["rfcId"]).trim_matches(['<', '>']).to_owned();
        Sent { message: text(&message["legacy"]), thread: text(&message["legacyThread"]), rfc_id }
    }

    /// Mara's mails.
    async fn all(&self) -> Vec<Value> {
        self.ask(&format!("/mailbox/{MARA}?raw=none")).await["messages"].as_array().unwrap().clone()
    }

    /// Notes that lie in the inbox.
    async fn notes(&self) -> Vec<Value> {
        let is_note = |it: &Value| it["subject"] == "Re: Dates" && it["from"]["address"] == MARA && has(it, "^i");
        self.all().await.into_iter().filter(is_note).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text: {value}")).to_owned()
}

fn has(message: &Value, label: &str) -> bool {
    message["labels"].as_array().unwrap().iter().any(|it| it == label)
}

fn note(sent: &Sent, by_thread: bool) -> Note {
    let id = other_trace();
    let raw = format!(
        "From: {MARA}\r\nTo: {MARA}\r\nSubject: Re: Dates\r\nMessage-ID: <{id}@waxwing.example>\r\nReferences: <{0}>\r\n\
         In-Reply-To: <{0}>\r\n{NOTE_HEADER}: {id}\r\nAuto-Submitted: auto-generated\r\n\r\nNobody answered.\r\n",
        sent.rfc_id
    );
    let conversation = Conversation {
        thread: by_thread.then(|| sent.thread.clone()),
        rfc_ids: vec!["old@x.example".to_owned(), sent.rfc_id.clone()],
    };
    Note { id, conversation, raw: raw.into_bytes().into(), at: SystemClock.now() }
}

async fn put(mailbox: &GmailMailbox, note: &Note) -> Result<NoteRef, MailboxError> {
    mailbox.put_note(note, &Kept::default()).await
}

async fn take(mailbox: &GmailMailbox, note: &NoteRef) {
    mailbox.take_note(note, &Kept::default()).await.unwrap();
}

async fn place(mailbox: &GmailMailbox, sent: &Sent) -> Place {
    let conversation = Conversation { thread: Some(sent.thread.clone()), rfc_ids: vec![sent.rfc_id.clone()] };
    let by_thread = mailbox.place(&conversation, &Kept::default()).await.unwrap();
    let by_id = Conversation { thread: None, ..conversation };
    assert_eq!(mailbox.place(&by_id, &Kept::default()).await.unwrap(), by_thread);
    by_thread
}

#[tokio::test]
async fn a_note_is_put_once_and_taken_away() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let sent = sim.sent_to_ana("Dates").await;
    let note = note(&sent, true);
    let ledger = Kept::default();
    let there = mailbox.put_note(&note, &ledger).await.unwrap();
    assert_eq!((there.id, there.thread.as_deref()), (note.id, Some(sent.thread.as_str())));
    assert_eq!(ledger.0.lock().unwrap().last(), Some(&(AccessAction::PutNote, true)));
    let notes = sim.notes().await;
    assert_eq!((notes.len(), &notes[0]["legacy"]), (1, &json!(there.message)));
    assert!(has(&notes[0], "^u") && (SystemClock.now() - notes[0]["date"].as_i64().unwrap()).abs() < 30_000);
    let labels = sim.rest("GET", "labels", Value::Null).await;
    let label = labels["labels"].as_array().unwrap().iter().find(|it| it["name"] == LABEL).unwrap()["id"].clone();
    assert!(has(&notes[0], label.as_str().unwrap()));
    // Again, by this client and by one that knows nothing: it is there.
    assert_eq!(put(&mailbox, &note).await.unwrap(), there);
    let by_id = Note { conversation: Conversation { thread: None, ..note.conversation.clone() }, ..note.clone() };
    assert_eq!(put(&sim.mailbox().await, &by_id).await.unwrap(), there);
    assert_eq!((sim.notes().await.len(), sim.calls("messages.insert").await, sim.calls("labels.create").await), (1, 1, 1));
    // Its owner labels the whole conversation so: that is not taken off, but for the note.
    sim.rest("POST", &format!("threads/{}/modify", sent.thread), json!({ "addLabelIds": [label] })).await;
    take(&mailbox, &there).await;
    assert!(sim.notes().await.is_empty());
    let all = sim.all().await;
    let labelled = |it: &&Value| has(it, label.as_str().unwrap());
    let left: Vec<&Value> = all.iter().filter(labelled).map(|it| &it["legacy"]).collect();
    assert_eq!(left, [&json!(sent.message)], "what the owner labelled stays labelled");
    assert_eq!(all.iter().filter(|it| has(it, "^k")).count(), 1, "the note is in the bin, and nothing else");
    let changes = sim.calls("messages.trash").await + sim.calls("messages.modify").await;
    take(&mailbox, &there).await;
    assert_eq!(sim.calls("messages.trash").await + sim.calls("messages.modify").await, changes, "nothing is left to do");
    // One that is gone for good, and one that never was.
    sim.rest("DELETE", &format!("messages/{}", there.message.as_deref().unwrap()), Value::Null).await;
    take(&mailbox, &there).await;
    take(&mailbox, &NoteRef { id: other_trace(), message: None, thread: None }).await;
    take(&mailbox, &NoteRef { id: other_trace(), message: Some("18c0ffee".to_owned()), thread: Some("18c0ffee".to_owned()) })
        .await;
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_note() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let sent = sim.sent_to_ana("Dates").await;
    let note = note(&sent, true);
    for fault in [
        json!({ "method": "labels.create", "dropAfterEffect": true, "times": 1 }),
        json!({ "method": "messages.insert", "error": 503, "times": 1 }),
        json!({ "method": "messages.insert", "dropBeforeEffect": true, "times": 1 }),
        json!({ "method": "messages.insert", "dropAfterEffect": true, "times": 1 }),
    ] {
        sim.faults(json!([fault])).await;
        put(&mailbox, &note).await.unwrap_err();
    }
    sim.faults(json!([])).await;
    assert_eq!(sim.notes().await.len(), 1, "it lies there already");
    let there = put(&mailbox, &note).await.unwrap();
    assert_eq!((sim.notes().await.len(), there.message), (1, Some(text(&sim.notes().await[0]["legacy"]))));
    assert_eq!(sim.calls("labels.create").await, 1);
    // Nobody told where it lies: it is found by its label, in its conversation, and by nothing but its own id.
    let other = self::note(&sent, true);
    put(&mailbox, &other).await.unwrap();
    take(&mailbox, &NoteRef { id: note.id, message: None, thread: None }).await;
    let left = sim.notes().await;
    assert_eq!(left.len(), 1);
    take(&mailbox, &NoteRef { id: other.id, message: None, thread: Some(sent.thread.clone()) }).await;
    assert!(sim.notes().await.is_empty());
}

#[tokio::test]
async fn several_at_once_put_one() {
    let sim = Sim::start().await;
    let sent = sim.sent_to_ana("Dates").await;
    let note = note(&sent, true);
    // The label is there; they meet at the note.
    put(&sim.mailbox().await, &self::note(&sim.sent_to_ana("Other").await, true)).await.unwrap();
    sim.faults(json!([{ "method": "messages.insert", "delayMs": 300 }])).await;
    let mailboxes = [sim.mailbox().await, sim.mailbox().await, sim.mailbox().await];
    let puts = futures_util::future::join_all(mailboxes.iter().map(|mailbox| put(mailbox, &note))).await;
    sim.faults(json!([])).await;
    assert!(puts.iter().all(Result::is_ok));
    put(&mailboxes[0], &note).await.unwrap();
    let of_thread = sim.notes().await.into_iter().filter(|it| it["legacyThread"] == json!(sent.thread)).count();
    assert_eq!(of_thread, 1);
}

#[tokio::test]
async fn nothing_is_thrown_away_that_is_not_the_note() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let sent = sim.sent_to_ana("Dates").await;
    let note = note(&sent, true);
    let there = put(&mailbox, &note).await.unwrap();
    // The ids are mixed up: the mail itself, and another note.
    take(&mailbox, &NoteRef { id: other_trace(), message: there.message.clone(), thread: there.thread.clone() }).await;
    take(&mailbox, &NoteRef { id: Uuid::nil(), message: Some(sent.message.clone()), thread: Some(sent.thread.clone()) }).await;
    for odd in ["../drafts", "", "x y", "\"'"] {
        take(&mailbox, &NoteRef { id: other_trace(), message: Some(odd.to_owned()), thread: Some(odd.to_owned()) }).await;
    }
    let notes = sim.notes().await;
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0]["labels"].as_array().unwrap().iter().any(|it| it.as_str().unwrap().starts_with("Label_")),
        "it is still labelled"
    );
    assert_eq!(place(&mailbox, &sent).await, Place::There);
}

#[tokio::test]
async fn a_label_that_comes_and_goes() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let sent = sim.sent_to_ana("Dates").await;
    // Its owner made it, in other letters.
    let label = sim.rest("POST", "labels", json!({ "name": LABEL.to_uppercase() })).await["id"].clone();
    let first = put(&mailbox, &note(&sent, true)).await.unwrap();
    assert_eq!(sim.calls("labels.create").await, 1, "by its owner alone");
    sim.rest("DELETE", &format!("labels/{}", text(&label)), Value::Null).await;
    let second = note(&sent, true);
    // The first try finds out that it is gone, the next one makes it.
    let error = put(&mailbox, &second).await.unwrap_err();
    assert!(error.may_pass(), "{error:?}");
    put(&mailbox, &second).await.unwrap();
    assert_eq!((sim.notes().await.len(), sim.calls("labels.create").await), (2, 2));
    take(&mailbox, &first).await;
    let left = sim.notes().await;
    assert_eq!(left.len(), 1);
    assert!(
        left[0]["labels"].as_array().unwrap().iter().any(|it| it.as_str().unwrap().starts_with("Label_")),
        "the other is back still"
    );
    // Gone while somebody takes a note away.
    let labels = sim.rest("GET", "labels", Value::Null).await;
    let id = text(&labels["labels"].as_array().unwrap().iter().find(|it| it["name"] == LABEL).unwrap()["id"]);
    sim.rest("DELETE", &format!("labels/{id}"), Value::Null).await;
    take(&mailbox, &NoteRef { id: second.id, message: None, thread: Some(sent.thread.clone()) }).await;
    assert!(sim.notes().await.is_empty());
}

#[tokio::test]
async fn where_a_conversation_lies() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let sent = sim.sent_to_ana("Dates").await;
    assert_eq!(place(&mailbox, &sent).await, Place::There);
    let answer = format!("From: {ANA}\r\nTo: {MARA}\r\nSubject: Re: Dates\r\nReferences: <{}>\r\n\r\nYes", sent.rfc_id);
    let answer = sim.order_raw(&format!("/deliver-raw?address={MARA}"), answer.into_bytes()).await;
    let archive = json!({ "removeLabelIds": ["INBOX"] });
    sim.rest("POST", &format!("threads/{}/modify", sent.thread), archive).await;
    assert_eq!(place(&mailbox, &sent).await, Place::There, "archived");
    sim.rest("POST", &format!("messages/{}/trash", sent.message), json!({})).await;
    assert_eq!(place(&mailbox, &sent).await, Place::There, "a part of it");
    let there = put(&mailbox, &note(&sent, true)).await.unwrap();
    sim.rest("POST", &format!("messages/{}/modify", text(&answer["legacy"])), json!({ "addLabelIds": ["SPAM"] })).await;
    assert_eq!(place(&mailbox, &sent).await, Place::Deleted, "what is in the inbox is a note of ours");
    sim.rest("DELETE", &format!("messages/{}", text(&answer["legacy"])), Value::Null).await;
    sim.rest("DELETE", &format!("messages/{}", sent.message), Value::Null).await;
    let thread = Conversation { thread: Some(sent.thread.clone()), rfc_ids: Vec::new() };
    assert_eq!(mailbox.place(&thread, &Kept::default()).await.unwrap(), Place::Gone, "nothing but a note");
    take(&mailbox, &there).await;
    for nowhere in [
        Conversation::default(),
        Conversation { thread: Some("18c0ffee18c0ffee".to_owned()), rfc_ids: Vec::new() },
        Conversation {
            thread: Some("no id".to_owned()),
            rfc_ids: vec!["a\" in:trash@b".to_owned(), "nobody@x.example".to_owned()],
        },
    ] {
        assert_eq!(mailbox.place(&nowhere, &Kept::default()).await.unwrap(), Place::Gone);
        let raw: std::sync::Arc<[u8]> = b"Subject: x\r\n\r\n".as_slice().into();
        let note = Note { id: other_trace(), conversation: nowhere, raw, at: 0 };
        assert!(put(&mailbox, &note).await.unwrap_err().may_pass());
    }
    assert!(sim.notes().await.is_empty());
}

#[tokio::test]
async fn without_the_right_to_change_mails_nothing_is_done() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox_with(&oauth::RIGHTS_WITHOUT_NOTES).await;
    let sent = sim.sent_to_ana("Dates").await;
    let error = put(&mailbox, &note(&sent, true)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::RightMissing);
    // The label was made by another grant: the note is refused all the same, and so is taking one away.
    let there = put(&sim.mailbox().await, &note(&sent, true)).await.unwrap();
    assert_eq!(put(&mailbox, &note(&sent, true)).await.unwrap_err().trouble, Trouble::RightMissing);
    let error = mailbox.take_note(&there, &Kept::default()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::RightMissing);
    assert_eq!(sim.notes().await.len(), 1);
    // What it may do it does.
    assert_eq!(place(&mailbox, &sent).await, Place::There);
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    let outcome = mailbox.send(&super::sim::ready(&draft, true), &super::sim::Lease::default(), &Kept::default()).await;
    assert!(matches!(outcome, waxwing_backend::mailbox::SendOutcome::Sent(_)), "{outcome:?}");
}

async fn find(mailbox: &GmailMailbox, hint: &SentHint) -> Option<SentMail> {
    let ledger = Kept::default();
    let found = mailbox.find_sent(hint, &ledger).await.unwrap();
    assert_eq!(ledger.0.lock().unwrap().last(), Some(&(AccessAction::FindSent, true)));
    found
}

#[tokio::test]
async fn a_sent_mail_is_found_by_whatever_is_known_of_it() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let first =
        format!("From: Ben <{BEN}>\r\nTo: {MARA}, {ANA}\r\nSubject: Plans\r\nMessage-ID: <first@acme.example>\r\n\r\n?");
    let first = sim.order_raw(&format!("/deliver-raw?address={MARA}"), first.into_bytes()).await;
    let draft = json!({ "thread": first["legacyThread"], "subject": "Re: Plans", "to": [BEN, ANA] });
    let ids = sim.draft(draft).await;
    let hint = waxwing_protocol::api::DraftHint { subject: "Re: Plans".to_owned(), ..super::sim::hint(&ids) };
    let at = mailbox.find_draft(&hint, &Kept::default()).await.unwrap().unwrap();
    sim.rest("POST", "drafts/send", json!({ "id": at.id })).await;
    let sent = sim.all().await.into_iter().find(|it| it["kind"] == "sent").unwrap();
    let rfc_id = text(&sent["rfcId"]).trim_matches(['<', '>']).to_owned();
    let by_id = SentHint { message: Some(text(&sent["legacy"])), ..SentHint::default() };
    let found = find(&mailbox, &by_id).await.unwrap();
    assert_eq!(found.thread, Some(text(&first["legacyThread"])));
    assert_eq!((found.message.clone(), found.rfc_id.as_deref()), (by_id.message.clone(), Some(rfc_id.as_str())));
    assert_eq!(found.references, ["first@acme.example"]);
    assert_eq!(found.on_thread, [BEN, ANA, MARA], "who wrote first, and to whom");
    assert!((SystemClock.now() - found.at).abs() < 60_000);
    let about = SentHint {
        sent_at: found.at + 120_000,
        subject: " Re:  Plans".to_owned(),
        recipients: vec![ANA.to_owned(), "Ben@Acme.example".to_owned()],
        ..SentHint::default()
    };
    for hint in [
        SentHint { rfc_id: Some(rfc_id.clone()), ..SentHint::default() },
        SentHint { message: Some(text(&first["legacy"])), thread: found.thread.clone(), ..about.clone() },
        // The page's ids changed meanwhile.
        SentHint { message: Some("18c0ffee18c0ffee".to_owned()), rfc_id: Some("gone@x.example".to_owned()), ..about.clone() },
        about.clone(),
    ] {
        assert_eq!(find(&mailbox, &hint).await.as_ref(), Some(&found), "{hint:?}");
    }
    for hint in [
        SentHint::default(),
        // A mail that came in is none that was sent.
        SentHint { message: Some(text(&first["legacy"])), ..SentHint::default() },
        SentHint { rfc_id: Some("first@acme.example".to_owned()), ..SentHint::default() },
        SentHint {
            rfc_id: Some("x} in:sent {".to_owned()),
            message: Some("../drafts".to_owned()),
            thread: Some("%".to_owned()),
            ..SentHint::default()
        },
        SentHint { subject: "Plans".to_owned(), ..about.clone() },
        SentHint { recipients: vec![ANA.to_owned()], ..about.clone() },
        SentHint { sent_at: about.sent_at - 7_200_000, ..about.clone() },
    ] {
        assert_eq!(find(&mailbox, &hint).await, None, "{hint:?}");
    }
    // Two that look alike are not told apart.
    sim.sent_to_ana("Twin").await;
    let twin = SentHint { subject: "Twin".to_owned(), recipients: vec![ANA.to_owned()], ..about };
    assert!(find(&mailbox, &twin).await.is_some());
    sim.sent_to_ana("Twin").await;
    assert_eq!(find(&mailbox, &twin).await, None);
}
