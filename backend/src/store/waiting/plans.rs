//! What the statements read, as SQLite plans them: an index each, in its order, and never a table from end to end.

use uuid::Uuid;
use waxwing_protocol::api::{WaitingList, WaitingOrder};

use super::list::{self, Ask};
use super::{ONE, follow, put, upkeep, watches, ways};
use crate::store::plans::{account, file, has, plan};
use crate::store::sql::Value;
use crate::store::{mailboxes, server_plans, stats};

#[tokio::test]
async fn lists_read_an_index_in_its_order() {
    let (_dir, store) = file().await;
    for (list, order, index) in [
        (WaitingList::Waiting, WaitingOrder::Oldest, "waiting_listed"),
        (WaitingList::Waiting, WaitingOrder::Newest, "waiting_listed"),
        (WaitingList::Answered, WaitingOrder::Oldest, "waiting_answered"),
    ] {
        for before in [None, Some((1, Uuid::nil()))] {
            let ask = Ask { list, order, before, limit: 10 };
            let steps = plan(&store, list::page(account(), &ask).sql()).await;
            assert!(steps[0].contains(index), "{ask:?}: {steps:?}");
            assert!(!has(&steps, "TEMP B-TREE FOR ORDER"), "{ask:?}: {steps:?}");
        }
    }
    let ask = Ask { list: WaitingList::Back, limit: 10, ..Ask::default() };
    for sql in [list::page(account(), &ask).sql().to_owned(), list::counts(account()).sql().to_owned()] {
        let steps = plan(&store, &sql).await;
        assert!(has(&steps, "reminders_back"), "{steps:?}");
        assert!(has(&steps, "waiting_bounced"), "{steps:?}");
    }
}

#[tokio::test]
async fn watching_reads_what_is_of_its_mailbox() {
    let (_dir, store) = file().await;
    for (sql, index) in [
        (follow::TRAILS, "waiting_in_mailbox"),
        (follow::PEOPLE, "waiting_in_mailbox"),
        (follow::PEOPLE, "waiting_people_of"),
        (follow::SOUGHT, "waiting_to_find"),
        (follow::ANSWERED_IN, "waiting"),
        (follow::ONE, "waiting"),
        (ONE, "waiting"),
        (put::same_mail(store.kind()), "waiting_of_thread"),
        (watches::TO_WATCH, "waiting_in_mailbox"),
        (watches::TO_FIND, "waiting_to_find"),
        (ways::LOOKED_AT, "mailbox_access_asked"),
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
        for query in [follow::for_people(Uuid::nil(), &people), follow::answers_of(store.kind(), Uuid::nil(), &people, 1)] {
            let steps = plan(&store, query.sql()).await;
            assert!(has(&steps, "p USING PRIMARY KEY (mailbox=? AND person=?)"), "{steps:?}");
        }
    }
}

#[tokio::test]
async fn on_a_server_lists_and_watching_read_an_index() {
    let Some((_dir, store)) = server_plans::server().await else { return };
    for (list, order, index) in [
        (WaitingList::Waiting, WaitingOrder::Oldest, "waiting_listed"),
        (WaitingList::Waiting, WaitingOrder::Newest, "waiting_listed"),
        (WaitingList::Answered, WaitingOrder::Oldest, "waiting_answered"),
    ] {
        for before in [None, Some((1, Uuid::nil()))] {
            server_plans::in_order(&store, &list::page(account(), &Ask { list, order, before, limit: 10 }), index).await;
        }
    }
    let counts = list::counts(account());
    server_plans::reads(&store, counts.sql(), counts.values(), &["reminders_back", "waiting_bounced"]).await;
    let (mailbox, me): (Value, Value) = (Uuid::nil().into(), "aaaaaa".into());
    for (text, values, index) in [
        (follow::TRAILS, vec![mailbox.clone(), 10.into()], "waiting_in_mailbox"),
        (follow::PEOPLE, vec![mailbox.clone(), 10.into()], "waiting_people_of"),
        (follow::SOUGHT, vec![mailbox.clone(), 1.into(), 10.into()], "waiting_to_find"),
        (follow::ONE, vec![me.clone(), Uuid::nil().into()], "waiting_pkey"),
        (put::same_mail(store.kind()), vec![me, "thread".into(), "message".into()], "waiting_of_thread"),
        (upkeep::TOO_OLD, vec![1.into(), 10.into()], "waiting_until"),
        (upkeep::FORGOTTEN, vec![1.into(), 10.into()], "waiting_by_age"),
    ] {
        server_plans::reads(&store, text, &values, &[index]).await;
    }
    let people = ["ann@acme.example".to_owned(), "bob@acme.example".to_owned()];
    for query in [follow::for_people(Uuid::nil(), &people), follow::answers_of(store.kind(), Uuid::nil(), &people, 1)] {
        server_plans::reads(&store, query.sql(), query.values(), &["waiting_people_pkey", "waiting_pkey"]).await;
    }
}
