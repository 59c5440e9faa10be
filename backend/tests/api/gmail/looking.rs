//! Looking: for a mail that was sent, by hand or by us, and for an answer.

use serde_json::json;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::mailbox::{Found, Mailbox as _, SendOutcome, Trace};

use super::sim::{ANA, BEN, Kept, Lease, MARA, Sim, hint, nowhere, other_trace, ready};

#[tokio::test]
async fn a_mail_of_another_try_is_not_ours() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    let mail = ready(&draft, true);
    assert!(matches!(mailbox.send(&mail, &Lease::default(), &Kept::default()).await, SendOutcome::Sent(_)));
    let other = Trace { id: other_trace(), rfc_id: "<x@waxwing.example>".to_owned(), ..mail.trace.clone() };
    assert_eq!(
        mailbox.look(&other, 60, &Kept::default()).await.unwrap(),
        Found::Unknown,
        "its draft is gone, and it is not there"
    );
    // Without the conversation it is among the newest of Sent.
    let elsewhere = Trace { thread: None, draft: Some(nowhere()), ..mail.trace.clone() };
    assert!(matches!(mailbox.look(&elsewhere, 60, &Kept::default()).await.unwrap(), Found::Sent(_)));
}

#[tokio::test]
async fn a_mail_sent_by_hand() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    // A conversation in which the sender wrote before.
    sim.order("/deliver", &json!({ "to": MARA, "from": { "address": ANA }, "subject": "Dates", "html": "Hello" })).await;
    let thread = sim.ask(&format!("/mailbox/{MARA}")).await["messages"][0]["legacyThread"].clone();
    let first = sim.draft(json!({ "thread": thread, "subject": "Re: Dates" })).await;
    let first = mailbox.find_draft(&subject(&first, "Re: Dates"), &Kept::default()).await.unwrap().unwrap();
    let raw = mailbox.read_draft(&first, &Kept::default()).await.unwrap().unwrap();
    assert!(matches!(mailbox.send(&ready(&raw, true), &Lease::default(), &Kept::default()).await, SendOutcome::Sent(_)));
    let ids = sim.draft(json!({ "thread": thread, "subject": "Re: Dates" })).await;
    let at = mailbox.find_draft(&subject(&ids, "Re: Dates"), &Kept::default()).await.unwrap().unwrap();
    assert_eq!(at.thread, first.thread);
    assert!(!mailbox.sent_by_hand(&at, &Kept::default()).await.unwrap(), "what lies in Sent is older than the draft");
    // Sent by somebody else than us: the draft as it is.
    let raw = mailbox.read_draft(&at, &Kept::default()).await.unwrap().unwrap();
    assert!(matches!(mailbox.send(&ready(&raw, true), &Lease::default(), &Kept::default()).await, SendOutcome::Sent(_)));
    assert_eq!(mailbox.version(&at, &Kept::default()).await.unwrap(), None);
    assert!(mailbox.sent_by_hand(&at, &Kept::default()).await.unwrap());
    assert!(!mailbox.sent_by_hand(&nowhere(), &Kept::default()).await.unwrap());
}

fn subject(ids: &serde_json::Value, subject: &str) -> waxwing_protocol::api::DraftHint {
    waxwing_protocol::api::DraftHint { subject: subject.to_owned(), ..hint(ids) }
}

#[tokio::test]
async fn an_answer_is_one_of_these_people_since_then() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let before = SystemClock.now() - 60_000;
    let first = sim
        .order("/deliver", &json!({ "to": MARA, "from": { "address": "Ana@Quinta.example", "name": "Ana" }, "subject": "Dates", "html": "Hello" }))
        .await;
    let thread = first["legacyThread"].clone();
    let ids = sim.draft(json!({ "thread": thread, "subject": "Re: Dates" })).await;
    let at = mailbox.find_draft(&subject(&ids, "Re: Dates"), &Kept::default()).await.unwrap().unwrap();
    let ana = [ANA.to_owned()];
    let asked = async |people: &[String], since| mailbox.answered(&at, people, since, &Kept::default()).await.unwrap();
    assert!(asked(&ana, before).await);
    assert!(!asked(&ana, SystemClock.now() + 60_000).await, "that was before");
    assert!(!asked(&[BEN.to_owned()], before).await, "somebody else wrote");
    assert!(!asked(&[MARA.to_owned()], before).await, "the draft is the sender's own");
    assert!(!asked(&[], before).await);
    assert!(!mailbox.answered(&nowhere(), &ana, before, &Kept::default()).await.unwrap());
}
