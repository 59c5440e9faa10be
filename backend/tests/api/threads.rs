//! `GET /messages`: by thread, by age, by what machines touched.

use waxwing_protocol::api::{GmailIds, MessagePage, PutMessage, problem};

use crate::support::{START, TestBackend, expect_problem, message};
use crate::visitors::{GMAIL, SCANNER, behind_a_proxy, once};

const ONE: &str = "18c0ffee00000001";
const TWO: &str = "18c0ffee00000002";

fn in_thread(subject: &str, sent_at: i64, thread: &str) -> PutMessage {
    let gmail = GmailIds { legacy_thread: Some(thread.to_owned()), ..GmailIds::default() };
    PutMessage { gmail, ..message(subject, sent_at) }
}

#[tokio::test]
async fn all_messages_of_the_threads_newest_first() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    for (who, subject, at, thread) in [
        (&me, "first", 1, ONE),
        (&me, "other", 2, "18c0ffee00000009"),
        (&me, "second", 3, TWO),
        (&me, "third", 4, ONE),
        (&ann, "hers", 5, ONE),
    ] {
        assert_eq!(who.put(backend.uuid(), &in_thread(subject, START + at, thread)).await.status(), 204);
    }
    me.send(&backend, "in no thread").await;
    for (query, want) in [
        (format!("threads={ONE},{TWO}"), vec!["third", "second", "first"]),
        (format!("threads={}", ONE.to_uppercase()), vec!["third", "first"]),
        (format!("threads={TWO}%2C{TWO}"), vec!["second"]),
        ("threads=0000000000000000".to_owned(), vec![]),
        (format!("threads={TWO}&query=&state=&before="), vec!["second"]),
    ] {
        assert_eq!(me.subjects(&query).await, want, "{query}");
    }
    assert_eq!(ann.subjects(&format!("threads={ONE}")).await, ["hers"]);
    // Nothing asked: the list as ever.
    assert_eq!(me.subjects("threads=").await.len(), 5);
}

#[tokio::test]
async fn a_hundred_threads_and_five_hundred_messages() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for n in 0..501 {
        let put = in_thread(&n.to_string(), START + n, ONE);
        backend.app.store.put_message(me.account(), backend.uuid(), &put, START).await.unwrap();
    }
    let many: Vec<_> = (0..99).map(|n| format!("{n:016x}")).collect();
    let page: MessagePage = me.read(&format!("/messages?threads={},{ONE}", many.join(","))).await;
    assert_eq!((page.messages.len(), page.next), (500, None));
    assert_eq!(page.messages[0].content.subject, "500");
}

#[tokio::test]
async fn threads_not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let many = vec![ONE; 101].join(",");
    for query in [
        "threads=x".to_owned(),
        "threads=18c0ffee0000001".to_owned(),
        "threads=18c0ffee000000011".to_owned(),
        "threads=18c0ffee0000000g".to_owned(),
        "threads=%00".to_owned(),
        format!("threads={ONE},"),
        format!("threads=,{ONE}"),
        format!("threads={ONE},,{TWO}"),
        format!("threads={ONE} {TWO}"),
        format!("threads={many}"),
        format!("threads={ONE}&state=opened"),
        format!("threads={ONE}&query=x"),
        format!("threads={ONE}&limit=10"),
        format!("threads={ONE}&sent_before=1"),
        format!("threads={ONE}&before={START}-0123456789abcdef0123456789abcdef"),
        "sent_before=yesterday".to_owned(),
        "sent_before=99999999999999999999".to_owned(),
    ] {
        expect_problem(me.get(&format!("/messages?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
}

#[tokio::test]
async fn by_age_and_by_what_machines_touched() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let mut sent = Vec::new();
    for subject in ["old", "scanned", "opened", "new"] {
        sent.push(me.send(&backend, subject).await);
        backend.clock.advance(60_000);
    }
    SCANNER.visit(&backend, &me.pixel(sent[1])).await;
    GMAIL.visit(&backend, &me.pixel(sent[2])).await;
    once(&me, sent[1], |detail| detail.message.activity.machine_hits == 1).await;
    once(&me, sent[2], |detail| detail.message.activity.opens == 1).await;
    for (query, want) in [
        ("state=machines".to_owned(), vec!["scanned"]),
        ("state=unopened".to_owned(), vec!["new", "scanned", "old"]),
        (format!("sent_before={START}"), vec![]),
        (format!("sent_before={}", START + 120_000), vec!["scanned", "old"]),
        (format!("state=unopened&sent_before={}", START + 180_000), vec!["scanned", "old"]),
        (format!("state=opened&sent_before={}", START + 180_000), vec!["opened"]),
        ("sent_before=-1".to_owned(), vec![]),
    ] {
        assert_eq!(me.subjects(&query).await, want, "{query}");
    }
    // Pages of it follow each other.
    let query = format!("state=unopened&sent_before={}&limit=1", START + 180_000);
    let page: MessagePage = me.read(&format!("/messages?{query}")).await;
    assert_eq!(me.subjects(&format!("{query}&before={}", page.next.unwrap())).await, ["old"]);
}
