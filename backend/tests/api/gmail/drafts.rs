//! Finding the draft that a compose is, and following its edits.

use serde_json::json;
use waxwing_backend::mailbox::Mailbox as _;
use waxwing_protocol::api::{AccessAction, DraftHint, GmailIds};

use super::sim::{ANA, BEN, Kept, Sim, hint, nowhere};
use crate::support::recipient;

#[tokio::test]
async fn a_draft_is_found_by_whatever_is_known() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let ids = sim.draft(json!({})).await;
    sim.draft(json!({ "subject": "Other" })).await;
    sim.draft(json!({ "to": BEN })).await;
    let full = hint(&ids);
    let only = |gmail: GmailIds| DraftHint { gmail, ..full.clone() };
    for hint in [
        full.clone(),
        only(GmailIds { draft: full.gmail.draft.clone().map(|id| format!("#{id}")), ..GmailIds::default() }),
        only(GmailIds { legacy_message: full.gmail.legacy_message.clone(), ..GmailIds::default() }),
        only(GmailIds { legacy_thread: full.gmail.legacy_thread.clone(), ..GmailIds::default() }),
        // A number that leads nowhere: subject and recipients are enough when one draft alone has them.
        only(GmailIds { draft: Some("msg-a:r42".to_owned()), ..GmailIds::default() }),
        // The subject has changed in the compose, and is not saved yet: the message is the same.
        DraftHint { subject: "Not saved yet".to_owned(), ..full.clone() },
    ] {
        let ledger = Kept::default();
        let found = mailbox.find_draft(&hint, &ledger).await.unwrap().unwrap_or_else(|| panic!("{hint:?}"));
        assert_eq!(json!(found.id), ids["draft"]);
        assert_eq!((json!(found.version), json!(found.thread)), (ids["message"].clone(), ids["thread"].clone()));
        assert_eq!(ledger.0.lock().unwrap().last(), Some(&(AccessAction::FindDraft, true)));
    }
}

#[tokio::test]
async fn another_draft_is_not_taken_for_it() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let ids = sim.draft(json!({ "subject": "Other", "cc": [BEN] })).await;
    let wanted =
        DraftHint { gmail: GmailIds { draft: ids["id"].as_str().map(str::to_owned), ..GmailIds::default() }, ..hint(&ids) };
    assert_eq!(mailbox.find_draft(&wanted, &Kept::default()).await.unwrap(), None);
    let with_cc = DraftHint {
        subject: "Other".to_owned(),
        recipients: vec![recipient(ANA, None), recipient("BEN@acme.example", None)],
        ..wanted.clone()
    };
    assert!(mailbox.find_draft(&with_cc, &Kept::default()).await.unwrap().is_some());
    // The one in the compose is there, and not saved as it stands: another that looks like it is not it.
    sim.draft(json!({})).await;
    assert_eq!(mailbox.find_draft(&wanted, &Kept::default()).await.unwrap(), None);
    // Two that look the same: neither.
    for _ in 0..2 {
        sim.draft(json!({})).await;
    }
    assert_eq!(mailbox.find_draft(&wanted, &Kept::default()).await.unwrap(), None);
}

#[tokio::test]
async fn edits_are_noticed_and_so_is_its_end() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let ids = sim.draft(json!({})).await;
    let at = mailbox.find_draft(&hint(&ids), &Kept::default()).await.unwrap().unwrap();
    assert_eq!(mailbox.version(&at, &Kept::default()).await.unwrap().unwrap().version, at.version);
    let edit = sim.draft(json!({ "draft": ids["draft"], "html": "<b>Grüße</b>" })).await;
    let now = mailbox.version(&at, &Kept::default()).await.unwrap().unwrap();
    assert_eq!((json!(now.version), now.id == at.id), (edit["message"].clone(), true));
    let read = mailbox.read_draft(&at, &Kept::default()).await.unwrap().unwrap();
    assert_eq!(read.at.version, now.version);
    assert!(String::from_utf8_lossy(&read.raw).contains("Subject: Dates"));
    for gone in [nowhere(), waxwing_backend::mailbox::DraftRef { id: "../../x?y#z".to_owned(), ..nowhere() }] {
        assert_eq!(mailbox.version(&gone, &Kept::default()).await.unwrap(), None);
        assert_eq!(mailbox.read_draft(&gone, &Kept::default()).await.unwrap(), None);
    }
}
