//! The list: the backend's, with what only this browser knows.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, MailState, Message, MessagePage, StateFilter};
use waxwing_protocol::page::{Answer as Told, Fault, List, NotTracked, ToWorker, WhyNot, key};

use super::{ask, message, paired, put, stored};
use crate::chrome::http::HttpError;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::list::{Cursor, Own, Wanted, page};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn listed(number: u128, subject: &str, sent_at: i64, opens: u32) -> Message {
    let put = message(subject, sent_at);
    Message {
        id: id(number),
        sent_at,
        scheduled: false,
        sender: put.sender,
        gmail: put.gmail,
        content: put.content,
        activity: Activity { opens, ..Activity::default() },
        ..Message::default()
    }
}

fn untracked(number: u128, subject: &str, sent_at: i64) -> NotTracked {
    let put = message(subject, sent_at);
    NotTracked { id: id(number), sent_at, sender: put.sender, gmail: put.gmail, content: put.content, why: WhyNot::PlainText }
}

fn list(fake: &Fake, worker: &Rc<Worker<Fake>>, query: &str, state: Option<StateFilter>) -> Result<List, Fault> {
    match ask(fake, worker, ToWorker::List { query: query.to_owned(), state, before: None, older_than_days: None })? {
        Told::List(list) => Ok(list),
        other => panic!("{other:?}"),
    }
}

fn ids(list: &List) -> Vec<u128> {
    list.messages.iter().map(|message| message.id.as_u128()).collect()
}

fn sent(fake: &Fake, worker: &Rc<Worker<Fake>>, number: u128, subject: &str, sent_at: i64) {
    ask(fake, worker, ToWorker::Sent { id: id(number), message: message(subject, sent_at) }).expect("room");
}

#[test]
fn what_waits_and_what_was_refused_stands_among_the_rest() {
    let fake = paired();
    let worker = fake.worker();
    sent(&fake, &worker, 1, "first", START);
    fake.browser
        .server
        .answers("PUT /messages/00000000-0000-0000-0000-000000000002", Answer::Problem(400, "bad-request", None));
    sent(&fake, &worker, 2, "refused", START + 1);
    fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
    sent(&fake, &worker, 3, "waits", START + 2);
    put(&fake, key::NOT_TRACKED, &[untracked(4, "plain", START + 1)]);
    let all = list(&fake, &worker, "", None).expect("a list");
    assert_eq!(ids(&all), [3, 2, 1]);
    assert_eq!((all.waiting, all.refused), (vec![id(3)], vec![id(2)]));
    assert_eq!(all.not_tracked.len(), 1);
    assert_eq!(all.from_cache_of, None);
    // One that waits can be looked at, and has no hits.
    let Ok(Told::Detail { detail }) = ask(&fake, &worker, ToWorker::Detail { id: id(3) }) else { panic!("a detail") };
    assert_eq!((detail.message.content.subject.as_str(), detail.hits.len()), ("waits", 0));
    // A refused one can be dropped; one that waits to be deleted is not shown.
    ask(&fake, &worker, ToWorker::Delete { id: id(2) }).expect("done");
    fake.browser.server.answers("DELETE", Answer::Problem(500, "internal", None));
    ask(&fake, &worker, ToWorker::Delete { id: id(1) }).expect("done");
    let all = list(&fake, &worker, "", None).expect("a list");
    assert_eq!(ids(&all), [3]);
    assert!(all.refused.is_empty());
}

#[test]
fn the_copy_is_searched_when_the_backend_is_away() {
    let fake = paired();
    let worker = fake.worker();
    sent(&fake, &worker, 1, "Offer for Ana", START);
    sent(&fake, &worker, 2, "GRÜSSE", START + 1);
    assert_eq!(list(&fake, &worker, "", None).expect("a list").from_cache_of, None);
    fake.pass(5);
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    sent(&fake, &worker, 3, "Later offer", START + 2);
    for (query, state, expected) in [
        ("", None, vec![3, 2, 1]),
        ("offer", None, vec![3, 1]),
        ("ANA offer", None, vec![1]),
        ("grüsse öz", None, vec![2]),
        ("bo@example", None, vec![3, 2, 1]),
        ("nobody", None, vec![]),
        ("", Some(StateFilter::Unopened), vec![3, 2, 1]),
        ("", Some(StateFilter::Opened), vec![]),
    ] {
        let found = list(&fake, &worker, query, state).expect("the copy");
        assert_eq!(ids(&found), expected, "{query}");
        assert_eq!(found.from_cache_of, Some(START));
    }
    let older = ToWorker::List { query: String::new(), state: None, before: Some("1~x".to_owned()), older_than_days: None };
    assert_eq!(ask(&fake, &worker, older), Err(Fault::Unreachable));
    let bad = ToWorker::List { query: String::new(), state: None, before: Some("x".to_owned()), older_than_days: None };
    assert!(matches!(ask(&fake, &worker, bad), Err(Fault::Internal { .. })));
}

#[test]
fn without_a_copy_the_fault_is_told_unless_something_waits() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    assert_eq!(list(&fake, &worker, "", None), Err(Fault::Unreachable));
    sent(&fake, &worker, 1, "waits", START);
    let found = list(&fake, &worker, "", None).expect("what waits");
    assert_eq!((ids(&found), found.from_cache_of), (vec![1], Some(START)));
}

#[test]
fn totals_are_kept_for_when_the_backend_is_away() {
    let fake = paired();
    let worker = fake.worker();
    list(&fake, &worker, "", None).expect("a list");
    let Ok(Told::Stats { stats }) = ask(&fake, &worker, ToWorker::Stats { days: 30, by: waxwing_protocol::api::Period::Day })
    else {
        panic!("totals")
    };
    fake.browser.server.answers("", Answer::Fails(HttpError::Timeout));
    assert_eq!(
        ask(&fake, &worker, ToWorker::Stats { days: 30, by: waxwing_protocol::api::Period::Day }),
        Ok(Told::Stats { stats })
    );
    assert_eq!(ask(&fake, &worker, ToWorker::Stats { days: 7, by: waxwing_protocol::api::Period::Day }), Err(Fault::Timeout));
}

#[test]
fn a_huge_page_is_kept_in_part() {
    let fake = paired();
    let worker = fake.worker();
    for number in 0..30 {
        fake.browser
            .server
            .messages
            .borrow_mut()
            .insert(id(number), message(&"x".repeat(100_000), START - i64::try_from(number).expect("small")));
    }
    assert_eq!(list(&fake, &worker, "", None).expect("a list").messages.len(), 30);
    let kept: waxwing_protocol::page::CachedList = stored(&fake, key::CACHED_LIST).expect("kept");
    assert_eq!(kept.messages.iter().map(|message| message.id.as_u128()).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
}

/// Pages of two: what only this browser knows is on exactly one of them.
#[test]
fn untracked_mails_stand_on_the_page_of_their_time() {
    let sent_at = [900, 700, 500, 300];
    let own =
        Own { not_tracked: [950, 800, 700, 600, 400, 100].iter().map(|at| untracked(1, "x", *at)).collect(), ..Own::default() };
    let mut before = None;
    let mut pages = Vec::new();
    for chunk in sent_at.chunks(2) {
        let messages = chunk.iter().map(|at| listed(2, "y", *at, 0)).collect();
        let next = (chunk[1] != 300).then(|| "opaque~cursor".to_owned());
        let wanted = Wanted { before: before.clone(), ..Wanted::default() };
        let page = page(&wanted, messages, next, &own);
        pages.push(page.not_tracked.iter().map(|mail| mail.sent_at).collect::<Vec<_>>());
        before = page.next.as_deref().and_then(Cursor::read);
        assert_eq!(before.as_ref().map(|cursor| cursor.backend.as_str()), page.next.as_ref().map(|_| "opaque~cursor"));
    }
    assert_eq!(pages, [vec![950, 800, 700], vec![600, 400, 100]]);
}

#[test]
fn states_are_told_apart() {
    for (state, opens, clicks, waits) in [
        (None, true, true, true),
        (Some(StateFilter::Opened), true, true, false),
        (Some(StateFilter::Clicked), false, true, false),
        (Some(StateFilter::Unopened), false, false, true),
    ] {
        let wanted = Wanted { state, ..Wanted::default() };
        let mut clicked = listed(2, "b", 2, 0);
        clicked.activity.clicks = 1;
        let cached = crate::worker::list::cached_page(
            &wanted,
            vec![listed(1, "a", 1, 1), clicked, listed(3, "c", 3, 0)],
            9,
            &Own::default(),
        );
        let has = |number| ids(&cached).contains(&number);
        assert_eq!((has(1), has(2), has(3)), (opens, clicks, waits), "{state:?}");
    }
}

#[test]
fn further_pages_are_asked_for_with_the_backends_own_cursor() {
    let fake = paired();
    let worker = fake.worker();
    let first = MessagePage { messages: vec![listed(1, "a", START, 0)], next: Some("c~1".to_owned()) };
    let body = serde_json::to_string(&first).expect("plain");
    fake.browser.server.answers("GET /messages", Answer::Body(200, "application/json", body));
    let next = list(&fake, &worker, "", None).expect("a list").next;
    ask(&fake, &worker, ToWorker::List { query: String::new(), state: None, before: next, older_than_days: None })
        .expect("a list");
    assert_eq!(fake.browser.server.calls.borrow().last().map(String::as_str), Some("GET /messages?limit=50&before=c~1"));
}

/// "Not opened after N days", and only machines: of what waits here and of the copy too.
#[test]
fn filters_hold_for_what_only_this_browser_knows() {
    let day = 24 * 3_600_000;
    let fake = super::judging();
    let worker = fake.worker();
    let asked = |state, older_than_days| {
        let question = ToWorker::List { query: String::new(), state, older_than_days, before: None };
        match ask(&fake, &worker, question) {
            Ok(Told::List(list)) => list,
            other => panic!("{other:?}"),
        }
    };
    fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
    sent(&fake, &worker, 1, "waits", START - 2 * day);
    sent(&fake, &worker, 2, "waits, older", START - 4 * day);
    put(&fake, key::NOT_TRACKED, &[untracked(3, "plain", START - day), untracked(4, "plain, older", START - 5 * day)]);
    let mut scanned = listed(5, "scanned", START - 6 * day, 0);
    scanned.activity.state = MailState::Machines;
    let first = MessagePage { messages: vec![listed(6, "opened", START - 6 * day, 1), scanned.clone()], next: None };
    let body = |page: &MessagePage| Answer::Body(200, "application/json", serde_json::to_string(page).expect("plain"));
    fake.browser.server.answers("GET /messages", body(&first));
    assert_eq!(ids(&asked(None, None)), [1, 2, 6, 5]);

    fake.browser.server.answers("GET /messages", body(&MessagePage { messages: vec![scanned], next: None }));
    let machines = asked(Some(StateFilter::Machines), None);
    assert_eq!((ids(&machines), machines.not_tracked.len()), (vec![5], 0));
    let older = asked(None, Some(3));
    assert_eq!((ids(&older), older.not_tracked.len()), (vec![2, 5], 1));
    let unopened = asked(Some(StateFilter::Unopened), Some(3));
    assert_eq!((ids(&unopened), unopened.not_tracked.len()), (vec![2, 5], 0));
    let calls = fake.browser.server.calls.borrow().clone();
    let before = START - 3 * day;
    assert_eq!(calls.last(), Some(&format!("GET /messages?limit=50&state=unopened&sent_before={before}")));
    // What was filtered is not taken for the whole list.
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    assert_eq!(ids(&asked(None, None)), [1, 2, 6, 5]);
    assert_eq!(ids(&asked(Some(StateFilter::Unopened), Some(3))), [2, 5]);
    assert_eq!(ids(&asked(Some(StateFilter::Machines), None)), [5]);
    assert_eq!(ids(&asked(Some(StateFilter::Opened), Some(3))), [6]);
}
