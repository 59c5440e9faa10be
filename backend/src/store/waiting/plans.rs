//! What the statements read, as SQLite plans them: an index each, in its order, and never a table from end to end.

use uuid::Uuid;
use waxwing_protocol::api::{WaitingList, WaitingOrder};

use super::list::{self, Ask};
use super::{ONE, follow, put, upkeep, watches};
use crate::store::plans::{account, has, plan, store};
use crate::store::{mailboxes, stats};

#[tokio::test]
async fn lists_read_an_index_in_its_order() {
    let (_dir, store) = store().await;
    for (list, order, index) in [
        (WaitingList::Waiting, WaitingOrder::Oldest, "waiting_listed"),
        (WaitingList::Waiting, WaitingOrder::Newest, "waiting_listed"),
        (WaitingList::Answered, WaitingOrder::Oldest, "waiting_answered"),
    ] {
        for before in [None, Some((1, Uuid::nil()))] {
            let ask = Ask { list, order, before, limit: 10 };
            let steps = plan(&store, list::page(account(), &ask).sql().as_str()).await;
            assert!(steps[0].contains(index), "{ask:?}: {steps:?}");
            assert!(!has(&steps, "TEMP B-TREE FOR ORDER"), "{ask:?}: {steps:?}");
        }
    }
    let ask = Ask { list: WaitingList::Back, limit: 10, ..Ask::default() };
    for sql in [list::page(account(), &ask).sql().as_str().to_owned(), list::counts(account()).sql().as_str().to_owned()] {
        let steps = plan(&store, &sql).await;
        assert!(has(&steps, "reminders_back"), "{steps:?}");
        assert!(has(&steps, "waiting_bounced"), "{steps:?}");
    }
}

#[tokio::test]
async fn watching_reads_what_is_of_its_mailbox() {
    let (_dir, store) = store().await;
    for (sql, index) in [
        (follow::TRAILS, "waiting_in_mailbox"),
        (follow::PEOPLE, "waiting_in_mailbox"),
        (follow::PEOPLE, "waiting_people_of"),
        (follow::SOUGHT, "waiting_to_find"),
        (follow::ANSWERED_IN, "waiting"),
        (follow::ONE, "waiting"),
        (ONE, "waiting"),
        (put::SAME, "waiting_of_thread"),
        (watches::TO_WATCH, "waiting_in_mailbox"),
        (watches::TO_FIND, "waiting_to_find"),
        (upkeep::TOO_OLD, "waiting_until"),
        (upkeep::FORGOTTEN, "waiting_by_age"),
        (stats::ANSWER_TIME, "messages_answered"),
        (mailboxes::ASKED_TODAY, "mailbox_access_asked"),
    ] {
        let steps = plan(&store, sql).await;
        assert!(has(&steps, index), "{sql}: {steps:?}");
        if sql == follow::TRAILS {
            assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
        }
    }
    // SQLite weighs by the length of the list.
    for count in [1, 10, 300] {
        let people: Vec<String> = (0..count).map(|n| format!("ann{n}@acme.example")).collect();
        for query in [follow::for_people(Uuid::nil(), &people), follow::answers_of(Uuid::nil(), &people, 1)] {
            let steps = plan(&store, query.sql().as_str()).await;
            assert!(has(&steps, "p USING PRIMARY KEY (mailbox=? AND person=?)"), "{steps:?}");
        }
    }
}
