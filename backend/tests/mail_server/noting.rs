//! Reminders' notes at a Dovecot: put once, found again, taken away, and nothing else with them. And where sent mails lie.

use waxwing_backend::mailbox::Mailbox as _;
use waxwing_backend::mailbox::watching::{Conversation, NoteRef, Place, SentHint};
use waxwing_protocol::api::{AccessAction, MailTls};

use crate::dovecot::connected;
use crate::rig::Rig;
use crate::support::{AT, Following, Written, note};

fn sent(id: &str, to: &str, subject: &str) -> String {
    format!(
        "Message-ID: <{id}>\r\nFrom: me@local.test\r\nTo: {to}\r\nSubject: {subject}\r\nIn-Reply-To: <before@x>\r\n\
         References: <root@x> <before@x>\r\n\r\nwell?\r\n"
    )
}

#[tokio::test]
async fn a_note_is_put_once_and_taken_away() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "quinn", MailTls::Implicit).await;
    let ledger = Written::default();
    let (one, two) = (note(1, "quinn@local.test", &["mine@x"], None), note(2, "quinn@local.test", &["mine@x"], None));
    let inbox = || rig.mails("quinn", "");
    // What was never put can be taken away.
    let nowhere = NoteRef { id: one.id, message: None, thread: None };
    mailbox.take_note(&nowhere, &ledger).await.unwrap();
    let placed = mailbox.put_note(&one, &ledger).await.unwrap();
    assert!(placed.id == one.id && placed.message.is_some() && placed.thread.is_none(), "{placed:?}");
    let (name, text) = inbox().pop().unwrap();
    assert!(text.contains("References: <mine@x>") && text.contains(&format!("X-Waxwing-Note: {}", one.id)));
    // Unread, with a letter for our keyword.
    let flags = name.rsplit_once(":2,").map(|(_, flags)| flags.to_owned()).unwrap_or_default();
    assert!(!flags.contains('S') && flags.chars().any(|flag| flag.is_ascii_lowercase()), "{name}");
    // Its answer was lost: it is not put a second time.
    assert_eq!(mailbox.put_note(&one, &ledger).await.unwrap(), placed);
    let second = mailbox.put_note(&two, &ledger).await.unwrap();
    assert_eq!(inbox().len(), 2);
    // It is no news.
    let followed = Following::ids(&["mine@x"], &["quinn@local.test"]);
    let looked = mailbox.look_for_news(None, 0, &followed, &ledger).await.unwrap();
    assert!(looked.arrived.is_empty() && !looked.more, "{looked:?}");

    // Another mail under the number of the note, or another note: not ours to take.
    let reply = format!("Message-ID: <answer@x>\r\nFrom: a@b.example\r\nSubject: Re\r\n\r\n> X-Waxwing-Note: {}\r\n", one.id);
    rig.deliver("quinn", "", "9.answer", &reply, None);
    let wrong = NoteRef { message: second.message.clone(), ..placed.clone() };
    mailbox.take_note(&wrong, &ledger).await.unwrap();
    let left = inbox();
    assert_eq!(left.len(), 2);
    assert!(left.iter().any(|(_, text)| text.contains(&format!("\nX-Waxwing-Note: {}", two.id))));
    assert!(left.iter().any(|(_, text)| text.contains("answer@x")));
    // Twice is as good as once; a number of other times is no number.
    mailbox.take_note(&placed, &ledger).await.unwrap();
    let renumbered = NoteRef { message: Some("1:1".to_owned()), ..second };
    mailbox.take_note(&renumbered, &ledger).await.unwrap();
    assert_eq!(inbox().len(), 1);
    mailbox.take_note(&renumbered, &ledger).await.unwrap();
    assert!(inbox()[0].1.contains("answer@x"));
    let actions: Vec<AccessAction> =
        ledger.all().into_iter().map(|(action, ok)| if ok { action } else { panic!("{action:?}") }).collect();
    assert_eq!(actions.iter().filter(|it| **it == AccessAction::PutNote).count(), 3);
    assert_eq!(actions.iter().filter(|it| **it == AccessAction::RemoveNote).count(), 5);
}

#[tokio::test]
async fn a_note_that_was_archived_is_found_and_one_in_the_bin_stays() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "rosa", MailTls::Implicit).await;
    let ledger = Written::default();
    let (one, two) = (note(3, "rosa@local.test", &["mine@x"], None), note(4, "rosa@local.test", &["mine@x"], None));
    rig.deliver("rosa", ".Archive", "1.note", &String::from_utf8_lossy(&one.raw), None);
    rig.deliver("rosa", ".Trash", "2.note", &String::from_utf8_lossy(&two.raw), None);
    // Put again they are not: they were there, and their owner has seen them.
    for note in [&one, &two] {
        let placed = mailbox.put_note(note, &ledger).await.unwrap();
        assert_eq!((placed.id, placed.message), (note.id, None));
        mailbox.take_note(&NoteRef { id: note.id, message: None, thread: None }, &ledger).await.unwrap();
    }
    assert!(rig.mails("rosa", "").is_empty() && rig.mails("rosa", ".Archive").is_empty());
    assert_eq!(rig.mails("rosa", ".Trash").len(), 1);
    // So is one that was filed somewhere else.
    let filed = note(6, "rosa@local.test", &["mine@x"], None);
    rig.make_folder("rosa", "Kunden");
    rig.deliver("rosa", ".Kunden", "3.note", &String::from_utf8_lossy(&filed.raw), None);
    mailbox.take_note(&NoteRef { id: filed.id, message: Some("1:1".to_owned()), thread: None }, &ledger).await.unwrap();
    assert!(rig.mails("rosa", ".Kunden").is_empty());
    // One that could not be found again is not put.
    let mut unmarked = note(5, "rosa@local.test", &["mine@x"], None);
    unmarked.raw = one.raw.clone();
    assert!(mailbox.put_note(&unmarked, &ledger).await.is_err());
    assert!(rig.mails("rosa", "").is_empty());
}

#[tokio::test]
async fn a_sent_mail_is_found_by_its_id_or_where_only_one_is_like_it() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "sven", MailTls::Implicit).await;
    let ledger = Written::default();
    let at = u64::try_from(AT / 1000).unwrap();
    rig.deliver("sven", ".Sent", "1.a", &sent("a@x", "Ann <ann@acme.example>, bob@x.example", "plans"), Some(at + 5));
    rig.deliver("sven", ".Sent", "2.b", &sent("aa@x", "ann@acme.example", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="), Some(at + 7));
    rig.deliver("sven", ".Sent", "3.c", &sent("c@x", "cy@x.example", "twice"), Some(at));
    rig.deliver("sven", ".Sent", "4.d", &sent("d@x", "cy@x.example", "twice"), Some(at + 60));
    let find = async |hint: SentHint| mailbox.find_sent(&hint, &ledger).await.unwrap();
    let by_id = |id: &str| SentHint { rfc_id: Some(id.to_owned()), ..SentHint::default() };
    let found = find(by_id("a@x")).await.unwrap();
    assert_eq!(found.rfc_id.as_deref(), Some("a@x"));
    assert_eq!(found.references, ["root@x", "before@x"]);
    assert_eq!((found.message, found.thread, found.at), (None, None, AT + 5_000));
    assert_eq!(find(by_id("x")).await, None, "a part of an id is none");
    assert_eq!(find(SentHint::default()).await, None);
    let like = |subject: &str, to: &[&str], sent_at: i64| SentHint {
        subject: subject.to_owned(),
        recipients: to.iter().map(|&it| it.to_owned()).collect(),
        sent_at,
        ..SentHint::default()
    };
    for (hint, expected) in [
        (like(" Grüße ", &["ann@acme.example"], AT), Some("aa@x")),
        // A blind copy does not show.
        (like("Grüße", &["ann@acme.example", "secret@x.example"], AT), Some("aa@x")),
        (like("plans", &["bob@x.example", "ann@acme.example"], AT + 1_000_000), Some("a@x")),
        (like("plans", &["ann@acme.example"], AT), None),
        (like("Grüße", &["ann@acme.example"], AT + 7 * 60 * 60 * 1000 + 7_000), None),
        (like("twice", &["cy@x.example"], AT), None),
        (like("twice", &["ü@x.example"], AT), None),
        (like("twice", &["a\"\r\nW9 LOGOUT"], i64::MAX), None),
    ] {
        assert_eq!(find(hint.clone()).await.and_then(|it| it.rfc_id).as_deref(), expected, "{hint:?}");
    }
}

#[tokio::test]
async fn a_conversation_is_there_deleted_or_gone() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "tilda", MailTls::Implicit).await;
    let ledger = Written::default();
    for (folder, id) in
        [(".Sent", "sent@x"), ("", "inbox@x"), (".Archive", "archive@x"), (".Trash", "trash@x"), (".Junk", "junk@x")]
    {
        rig.deliver("tilda", folder, &format!("1.{id}"), &sent(id, "ann@acme.example", "plans"), None);
    }
    for (ids, place) in [
        (&["sent@x"][..], Place::There),
        (&["inbox@x"], Place::There),
        (&["archive@x"], Place::There),
        (&["trash@x"], Place::Deleted),
        (&["junk@x"], Place::Deleted),
        // The mail was thrown away, and an answer lies there.
        (&["inbox@x", "trash@x"], Place::There),
        (&["ent@x"], Place::Gone),
        (&["", "\"", "a\r\nb", "ü@x"], Place::Gone),
        (&[], Place::Gone),
    ] {
        let conversation =
            Conversation { thread: Some("00".repeat(8)), rfc_ids: ids.iter().map(|&id| id.to_owned()).collect() };
        assert_eq!(mailbox.place(&conversation, &ledger).await.unwrap(), place, "{ids:?}");
    }
}
