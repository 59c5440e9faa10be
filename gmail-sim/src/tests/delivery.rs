//! Saving, sending, taking back, and who gets what.

use super::{ANA, BEN, DRAFT, MARA, Mail, START, Sim};
use crate::model::label;
use crate::wire::request::Request;
use crate::world::Pending;

fn apply(sim: &Sim, mail: &Mail<'_>) -> serde_json::Value {
    let request = Request::read(&mail.request()).unwrap();
    let now = sim.app.now();
    sim.app.world().apply(MARA, &request, now)
}

fn relabel(sim: &Sim, add: &[&str], remove: &[&str]) -> bool {
    let text = serde_json::json!([
        null,
        [[[8, ["thread-a:r1", [null, null, null, null, null, null, [add, remove, ["msg-a:r1"]]]]]]],
        null,
        [],
        2
    ]);
    let request = Request::read(&text.to_string()).unwrap();
    let answer = sim.app.world().apply(MARA, &request, START);
    answer[0][0][0][1] == 0
}

#[tokio::test]
async fn a_mail_arrives_once_and_only_after_its_undo_window() {
    let sim = Sim::new();
    apply(&sim, &Mail::default());
    sim.pass(4_999);
    assert!(sim.app.flush(false).await.is_empty());
    // The page asks again since an answer was lost.
    apply(&sim, &Mail::default());
    sim.pass(1);
    assert_eq!(sim.app.flush(false).await.len(), 1);
    apply(&sim, &Mail::default());
    assert!(sim.app.flush(true).await.is_empty());
    let world = sim.app.world();
    let box_of_ana: Vec<_> = world.mailboxes[ANA].messages().collect();
    assert_eq!(box_of_ana.len(), 1);
    assert!(box_of_ana[0].id.starts_with("msg-f:") && box_of_ana[0].thread.starts_with("thread-f:"));
    assert_eq!(box_of_ana[0].labels, ["^all", "^i", "^u"].map(str::to_owned).into());
    let own = world.message(MARA, "msg-a:r1").unwrap();
    assert!(own.has(label::SENT) && !own.has(label::SENDING) && !own.has(label::INBOX));
}

#[tokio::test]
async fn a_mail_that_is_taken_back_is_a_draft_that_nobody_got() {
    let sim = Sim::new();
    apply(&sim, &Mail::default());
    assert!(relabel(&sim, DRAFT, &["^pfg", "^f", "^f_bt", "^f_cl"]));
    sim.pass(60_000);
    assert!(sim.app.flush(false).await.is_empty());
    assert!(sim.app.world().message(MARA, "msg-a:r1").unwrap().has(label::DRAFT));
    assert!(sim.app.world().mailboxes[ANA].len() == 0);
    // Sent again, it arrives.
    apply(&sim, &Mail::default());
    assert_eq!(sim.app.flush(true).await.len(), 1);
    // And now it is too late.
    assert!(!relabel(&sim, DRAFT, &["^pfg"]));
}

#[test]
fn the_legacy_id_changes_with_every_save_and_the_threads_stays() {
    let sim = Sim::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut threads = std::collections::BTreeSet::new();
    for labels in [DRAFT, DRAFT, Mail::default().labels] {
        sim.pass(1_000);
        apply(&sim, &Mail { labels, ..Mail::default() });
        let world = sim.app.world();
        let message = world.message(MARA, "msg-a:r1").unwrap();
        seen.insert(message.legacy);
        threads.insert(message.legacy_thread);
        // A first save has the same legacy id for message and thread.
        assert_eq!(message.legacy_thread, *seen.first().unwrap());
    }
    assert_eq!((seen.len(), threads.len()), (3, 1));
}

#[tokio::test]
async fn blind_copies_are_seen_by_nobody_else() {
    let sim = Sim::new();
    apply(&sim, &Mail { bcc: &[BEN], ..Mail::default() });
    assert_eq!(sim.app.flush(true).await.len(), 2);
    let world = sim.app.world();
    assert!(world.mailboxes[ANA].messages().next().unwrap().bcc.is_empty());
    assert_eq!(world.mailboxes[BEN].messages().next().unwrap().bcc[0].address, BEN);
}

#[tokio::test]
async fn an_answer_joins_the_conversation_in_both_mailboxes() {
    let sim = Sim::new();
    let first = {
        let mail = serde_json::json!({ "to": MARA, "from": { "address": ANA }, "subject": "Subject", "html": "<p>Hi</p>" });
        let mail = serde_json::from_value(mail).unwrap();
        sim.app.world().incoming(mail, START)
    };
    let thread = sim.app.world().message(MARA, &first.1).unwrap().thread.clone();
    let answer = Mail { thread: &thread, answers: Some(&first.1), ..Mail::default() };
    apply(&sim, &answer);
    sim.app.flush(true).await;
    let world = sim.app.world();
    assert_eq!(world.mailboxes[MARA].thread(&thread).count(), 2);
    let got = world.mailboxes[ANA].messages().next().unwrap();
    assert_eq!(got.references, [world.message(MARA, &first.1).unwrap().rfc_id.clone()]);
}

#[tokio::test]
async fn a_mail_to_oneself_lies_in_the_inbox_once() {
    let sim = Sim::new();
    apply(&sim, &Mail { to: &[MARA], ..Mail::default() });
    sim.app.flush(true).await;
    let world = sim.app.world();
    assert_eq!(world.mailboxes[MARA].len(), 1);
    assert!(world.mailboxes[MARA].messages().next().unwrap().has(label::INBOX));
}

#[tokio::test]
async fn a_scheduled_mail_waits_until_it_is_released() {
    let sim = Sim::new();
    apply(&sim, &Mail { labels: &["^all", "^scheduled"], ..Mail::default() });
    sim.pass(1_000_000_000);
    assert!(sim.app.flush(true).await.is_empty());
    assert_eq!(sim.app.world().pending, [Pending { owner: MARA.to_owned(), message: "msg-a:r1".to_owned(), due: None }]);
    let left = sim.app.world().release(MARA, "msg-a:r1", START).unwrap();
    assert_eq!(left.len(), 1);
    assert!(sim.app.world().release(MARA, "msg-a:r1", START).is_none());
}
