//! What the statements behind dispatch and lists read, as SQLite plans them: an index each, in its order, with a hundred thousand
//! mails that wait as with ten.

use uuid::Uuid;
use waxwing_protocol::api::ScheduledList;

use super::super::leases::{Leases, Taking};
use super::super::plans::{account, file, has, plan};
use super::super::{server_plans, sql};
use super::lease;
use super::list::{self, Cursor};
use super::{insert, limits, upkeep};

#[tokio::test]
async fn what_is_due_is_found_by_its_time() {
    let (_dir, store) = file().await;
    let steps = plan(&store, Leases::Scheduled.statements().next).await;
    assert!(has(&steps, "scheduled USING INDEX scheduled_due (due_at>?)"), "{steps:?}");
    for busy in [&[][..], &[Uuid::nil(), Uuid::max()]] {
        let taking = Taking { owner: Uuid::nil(), now: 1, until: 2, limit: 200, busy };
        let steps = plan(&store, lease::due(store.kind(), &taking).sql()).await;
        assert!(has(&steps, "scheduled USING INDEX scheduled_due (due_at>? AND due_at<?)"), "{steps:?}");
        assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
    }
}

#[tokio::test]
async fn limits_are_counted_on_indexes_alone() {
    let (_dir, store) = file().await;
    let steps = plan(&store, limits::COUNT).await;
    assert!(has(&steps, "mailbox_sends USING PRIMARY KEY (mailbox=? AND at>?)"), "{steps:?}");
    assert!(has(&steps, "COVERING INDEX scheduled_of_mailbox (mailbox=? AND state=?)"), "{steps:?}");
    let steps = plan(&store, limits::LEAVING).await;
    assert!(has(&steps, "COVERING INDEX scheduled_of_mailbox (mailbox=? AND state>? AND state<?)"), "{steps:?}");
    let steps = plan(&store, limits::MOVED).await;
    assert!(has(&steps, "COVERING INDEX scheduled_moved (mailbox=? AND due_at>?)"), "{steps:?}");
}

#[tokio::test]
async fn drafts_and_what_is_held_are_found_by_their_mailbox() {
    let (_dir, store) = file().await;
    let steps = plan(&store, insert::BY_DRAFT).await;
    assert!(has(&steps, "scheduled_by_draft (mailbox=? AND draft_id=?)"), "{steps:?}");
    let steps = plan(&store, insert::BY_DRAFTS_OF).await;
    assert!(has(&steps, "scheduled_by_draft (mailbox=? AND draft_id>? AND draft_id<?)"), "{steps:?}");
    assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
    let steps = plan(&store, upkeep::WAITING_IN).await;
    assert!(has(&steps, "scheduled_of_mailbox (mailbox=? AND state=? AND id>?)"), "{steps:?}");
    assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
}

#[tokio::test]
async fn lists_read_an_index_in_its_order() {
    let (_dir, store) = file().await;
    let cursors = [None, Some(Cursor { at: None, id: Uuid::nil() }), Some(Cursor { at: Some(1), id: Uuid::nil() })];
    for (kind, index) in [(ScheduledList::Waiting, "scheduled_waiting"), (ScheduledList::Done, "scheduled_done")] {
        for before in cursors {
            let steps = plan(&store, list::page(account(), kind, before, 50).sql()).await;
            assert!(has(&steps, index), "{kind:?} {before:?}: {steps:?}");
            assert!(!has(&steps, "TEMP B-TREE"), "{kind:?} {before:?}: {steps:?}");
        }
    }
    let steps = plan(&store, list::COUNTS).await;
    assert!(has(&steps, "INDEX scheduled_waiting (account=?)"), "{steps:?}");
}

#[tokio::test]
async fn on_a_server_what_is_due_and_lists_read_an_index_in_its_order() {
    let Some((_dir, store)) = server_plans::server().await else { return };
    for busy in [&[][..], &[Uuid::nil(), Uuid::max()]] {
        let taking = Taking { owner: Uuid::nil(), now: 1, until: 2, limit: 200, busy };
        server_plans::in_order(&store, &lease::due(store.kind(), &taking), "scheduled_due").await;
    }
    let cursors = [None, Some(Cursor { at: None, id: Uuid::nil() }), Some(Cursor { at: Some(1), id: Uuid::nil() })];
    for (kind, index) in [(ScheduledList::Waiting, "scheduled_waiting"), (ScheduledList::Done, "scheduled_done")] {
        for before in cursors {
            server_plans::in_order(&store, &list::page(account(), kind, before, 50), index).await;
        }
    }
    let mailbox = || sql::Value::from(Uuid::nil());
    for (text, values, index) in [
        (limits::COUNT, vec![mailbox(), 1.into()], "mailbox_sends_pkey"),
        (limits::LEAVING, vec![mailbox(), 5.into()], "scheduled_of_mailbox"),
        (limits::MOVED, vec![mailbox(), 1.into()], "scheduled_moved"),
        (insert::BY_DRAFT, vec![mailbox(), "draft".into()], "scheduled_by_draft"),
        (insert::BY_DRAFTS_OF, vec![mailbox(), "a".into(), "b".into()], "scheduled_by_draft"),
        (upkeep::WAITING_IN, vec![mailbox(), mailbox(), 10.into()], "scheduled_of_mailbox"),
    ] {
        server_plans::reads(&store, text, &values, &[index]).await;
    }
}
