//! Sending: once, and what is said of it whatever goes wrong.

use std::sync::atomic::Ordering;

use serde_json::json;
use waxwing_backend::mailbox::{Found, Mailbox as _, SendOutcome};
use waxwing_protocol::api::{AccessAction, Trouble};

use super::sim::{ANA, Kept, Lease, MARA, Sim, ready};

#[tokio::test]
async fn a_draft_goes_out_once_as_it_was_made_ready() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    let mail = ready(&draft, true);
    let (lease, ledger) = (Lease::default(), Kept::default());
    let SendOutcome::Sent(sent) = mailbox.send(&mail, &lease, &ledger).await else { panic!("it should be sent") };
    assert_eq!(lease.asked.load(Ordering::SeqCst), 1);
    assert_eq!(*ledger.0.lock().unwrap(), [(AccessAction::Send, true)]);
    let log = sim.sent().await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["recipients"], json!([ANA]));
    assert_eq!(log[0]["headers"]["X-Waxwing-Id"], json!(mail.trace.id.to_string()), "{log:?}");
    assert_eq!(sent.message.as_deref(), log[0]["message"].as_str());
    assert_eq!(sent.thread.as_deref(), log[0]["thread"].as_str());
    assert_eq!(sent.thread, draft.at.thread);
    assert_eq!(mailbox.version(&draft.at, &ledger).await.unwrap(), None, "the draft is used up");
    // The simulator, as Gmail does, gave it another Message-ID: it is found all the same.
    let Found::Sent(found) = mailbox.look(&mail.trace, 0, &ledger).await.unwrap() else { panic!("it should be found") };
    assert_eq!(found.message, sent.message);
    assert_ne!(found.rfc_id.as_deref(), Some(mail.trace.rfc_id.as_str()));
}

#[tokio::test]
async fn a_lost_lease_stops_it_before_the_last_byte() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    for uses_it_up in [true, false] {
        let mail = ready(&draft, uses_it_up);
        let lease = Lease::default();
        lease.lost.store(true, Ordering::SeqCst);
        assert_eq!(mailbox.send(&mail, &lease, &Kept::default()).await, SendOutcome::LeaseLost);
        assert_eq!(lease.asked.load(Ordering::SeqCst), 1);
    }
    assert!(sim.sent().await.is_empty());
    let own = sim.ask(&format!("/mailbox/{MARA}")).await;
    assert_eq!(own["messages"].as_array().unwrap().len(), 1, "the draft, and no copy of it");
}

#[tokio::test]
async fn a_lost_answer_is_unclear_and_a_look_finds_the_mail() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    for fault in [json!({ "dropAfterEffect": true }), json!({ "errorAfterEffect": 500 }), json!({ "errorAfterEffect": 503 })] {
        sim.order("/reset", &json!({})).await;
        let mailbox = sim.mailbox().await;
        let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
        let mut rule = json!({ "method": "drafts.send" });
        rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        sim.faults(json!([rule])).await;
        let mail = ready(&draft, true);
        let outcome = mailbox.send(&mail, &Lease::default(), &Kept::default()).await;
        assert!(matches!(outcome, SendOutcome::Unclear(_)), "{fault}: {outcome:?}");
        assert_eq!(sim.calls("drafts.send").await, 1, "nobody below calls again");
        assert_eq!(sim.sent().await.len(), 1);
        let found = mailbox.look(&mail.trace, 0, &Kept::default()).await.unwrap();
        assert!(matches!(found, Found::Sent(_)), "{fault}: {found:?}");
    }
    drop(mailbox);
}

#[tokio::test]
async fn what_had_no_effect_is_found_out_by_the_draft() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    for (rule, uses_it_up) in [
        (json!({ "method": "drafts.send", "dropBeforeEffect": true }), true),
        (json!({ "method": "drafts.send", "error": 500 }), true),
        (json!({ "method": "drafts.send", "dropBeforeEffect": true }), false),
    ] {
        sim.faults(json!([rule])).await;
        let before = sim.calls("drafts.send").await;
        let mail = ready(&draft, uses_it_up);
        let outcome = mailbox.send(&mail, &Lease::default(), &Kept::default()).await;
        assert!(matches!(outcome, SendOutcome::Unclear(_)), "{rule}: {outcome:?}");
        assert_eq!(sim.calls("drafts.send").await, before + 1);
        assert_eq!(mailbox.look(&mail.trace, 14, &Kept::default()).await.unwrap(), Found::Unknown, "too early to say");
        let found = mailbox.look(&mail.trace, 15, &Kept::default()).await.unwrap();
        assert!(matches!(found, Found::NotSent(_)), "{rule}: {found:?}");
    }
    assert!(sim.sent().await.is_empty());
    let own = sim.ask(&format!("/mailbox/{MARA}")).await;
    assert_eq!(own["messages"].as_array().unwrap().len(), 1, "the copy that was not sent is gone");
}

#[tokio::test]
async fn refusals_are_certain() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    for (rule, trouble, retry_after) in [
        (json!({ "error": 400 }), Trouble::ContentRefused, None),
        (json!({ "error": 401 }), Trouble::Busy, Some(1)),
        (json!({ "error": 403, "reason": "insufficientPermissions" }), Trouble::RightMissing, None),
        (json!({ "error": 404 }), Trouble::Busy, None),
        (json!({ "error": 413, "reason": "uploadTooLarge" }), Trouble::TooLarge, None),
        (json!({ "error": 429, "retryAfter": 7 }), Trouble::RateLimited, Some(7)),
    ] {
        let mut rule = rule;
        rule["method"] = json!("drafts.send");
        sim.faults(json!([rule])).await;
        let outcome = mailbox.send(&ready(&draft, true), &Lease::default(), &Kept::default()).await;
        let SendOutcome::NotSent(error) = outcome else { panic!("{rule}: {outcome:?}") };
        assert_eq!((error.trouble, error.retry_after), (trouble, retry_after), "{rule}");
    }
    // Told to stay away, it stays away.
    sim.faults(json!([])).await;
    let (lease, calls) = (Lease::default(), sim.calls("drafts.send").await);
    let SendOutcome::NotSent(error) = mailbox.send(&ready(&draft, true), &lease, &Kept::default()).await else {
        panic!("it should not be sent")
    };
    assert_eq!(error.trouble, Trouble::RateLimited);
    assert!((1..=8).contains(&error.retry_after.unwrap()));
    assert_eq!((sim.calls("drafts.send").await, lease.asked.load(Ordering::SeqCst)), (calls, 0));
    assert!(sim.sent().await.is_empty());
}

#[tokio::test]
async fn what_repeats_leaves_its_draft() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let draft = sim.read(&mailbox, &sim.draft(json!({})).await).await;
    for times in 1..=2 {
        let mail = ready(&draft, false);
        let outcome = mailbox.send(&mail, &Lease::default(), &Kept::default()).await;
        assert!(matches!(outcome, SendOutcome::Sent(_)), "{outcome:?}");
        assert_eq!(sim.sent().await.len(), times);
        assert!(matches!(mailbox.look(&mail.trace, 0, &Kept::default()).await.unwrap(), Found::Sent(_)));
    }
    assert_eq!(mailbox.version(&draft.at, &Kept::default()).await.unwrap().unwrap().version, draft.at.version);
    // The answer to making the copy is lost: nothing is sent, and nothing stays behind.
    sim.faults(json!([{ "method": "drafts.create", "dropAfterEffect": true }])).await;
    let lease = Lease::default();
    let outcome = mailbox.send(&ready(&draft, false), &lease, &Kept::default()).await;
    assert!(matches!(outcome, SendOutcome::NotSent(_)), "{outcome:?}");
    assert_eq!((lease.asked.load(Ordering::SeqCst), sim.sent().await.len()), (0, 2));
    let own = sim.ask(&format!("/mailbox/{MARA}")).await;
    let drafts = own["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == "draft").count();
    assert_eq!(drafts, 1);
}

#[tokio::test]
async fn a_large_mail_is_uploaded_byte_for_byte() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let content = "QUJD".repeat(1_200_000);
    let file = json!({ "filename": "large.bin", "content": content });
    for uses_it_up in [false, true] {
        let draft = sim.read(&mailbox, &sim.draft(json!({ "attachments": [file] })).await).await;
        let mail = ready(&draft, uses_it_up);
        assert!(mail.raw.len() > 4_800_000);
        let outcome = mailbox.send(&mail, &Lease::default(), &Kept::default()).await;
        let SendOutcome::Sent(sent) = outcome else { panic!("{outcome:?}") };
        let log = sim.sent().await;
        assert_eq!(log.last().unwrap()["message"].as_str(), sent.message.as_deref());
        // The Message-ID alone may have another length.
        let size = log.last().unwrap()["size"].as_u64().unwrap();
        assert!(size.abs_diff(mail.raw.len() as u64) < 100, "{size} {}", mail.raw.len());
    }
}
