//! News: told once, kept over restarts, and asked for when the stream is not to be had.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, HitKind, problem};
use waxwing_protocol::page::{CachedList, Connection, FromWorker, Link, ToWorker, key};

use super::{alarm, frame, message, paired, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::stream::TICK;

fn id() -> Uuid {
    Uuid::from_u128(9)
}

fn opened(opens: u32) -> Activity {
    Activity { opens, open_hits: opens, ..Activity::default() }
}

fn activity(number: u32, opens: u32) -> String {
    let event = Event::Activity { message: id(), hit: HitKind::Open, at: START, activity: opened(opens) };
    frame(number, &event)
}

fn with_message() -> Fake {
    let fake = paired();
    fake.browser.server.messages.borrow_mut().insert(id(), message("a", START));
    fake
}

fn unseen(fake: &Fake) -> u32 {
    stored(fake, key::UNSEEN).unwrap_or(0)
}

#[test]
fn news_reach_badge_list_and_pages() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    assert_eq!(fake.browser.server.open_streams(), 1);
    assert_eq!(fake.alarm(TICK), Some(-1.0));
    let touches = fake.browser.touches.get();
    fake.browser.server.says("retry: 3000\nid: 4\n\n");
    fake.browser.server.says(": alive\n\n");
    fake.idle();
    assert_eq!(fake.browser.touches.get(), touches + 2, "each chunk keeps the worker alive");
    assert_eq!(stored::<String>(&fake, key::LAST_EVENT).as_deref(), Some("4"));
    let text = activity(5, 1);
    let (head, tail) = text.split_at(30);
    fake.browser.server.says(head);
    fake.browser.server.says(tail);
    fake.idle();
    assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str()), (1, "1"));
    assert_eq!(stored::<String>(&fake, key::LAST_EVENT).as_deref(), Some("5"));
    let list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded with the stream");
    assert_eq!(list.messages[0].activity, opened(1));
    let told = fake.browser.told.borrow().iter().any(|told| matches!(told, FromWorker::News { event: Event::Activity { .. } }));
    assert!(told);
    // A repeat that the counts fold away is no news; neither is what a later version tells.
    fake.browser.server.says(&activity(6, 1));
    fake.browser.server.says("id: 7\ndata: {\"kind\":\"unheard_of\"}\n\nid: 8\ndata: x\n\n");
    fake.idle();
    assert_eq!(unseen(&fake), 1);
    assert_eq!(stored::<String>(&fake, key::LAST_EVENT).as_deref(), Some("8"));
}

#[test]
fn an_ended_worker_goes_on_where_it_was_and_counts_once() {
    for steps in 0..120 {
        let fake = with_message();
        let worker = fake.worker();
        resume(&fake, &worker);
        fake.browser.server.says("id: 4\n\n");
        fake.idle();
        fake.browser.server.says(&activity(5, 1));
        fake.run_for(steps, async {});
        drop(worker);
        let fake = fake.restarted();
        let last: Option<String> = stored(&fake, key::LAST_EVENT);
        // The backend tells again what comes after the number it is asked for.
        if last.as_deref() == Some("4") {
            fake.browser.server.says(&activity(5, 1));
        }
        resume(&fake, &fake.worker());
        assert_eq!(fake.browser.server.resumed.borrow().last(), Some(&last), "{steps}");
        assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str()), (1, "1"), "{steps}");
    }
}

#[test]
fn a_good_stream_that_breaks_is_opened_again_soon() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.says("retry: 3000\nid: 4\n\n");
    fake.idle();
    fake.pass(60_000);
    fake.browser.server.breaks();
    fake.idle();
    assert_eq!(fake.browser.server.open_streams(), 0);
    fake.pass(3_000);
    fake.idle();
    assert_eq!(fake.browser.server.open_streams(), 1);
    assert_eq!(*fake.browser.server.resumed.borrow(), [None, Some("4".to_owned())]);
}

#[test]
fn a_backend_that_is_away_is_asked_less_and_less_and_found_again() {
    let fake = with_message();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    resume(&fake, &worker);
    assert_eq!(fake.alarm(TICK), Some(-0.5));
    assert!(matches!(stored(&fake, key::LINK), Some(Link::Down { .. })));
    for _ in 0..120 {
        fake.pass(30_000);
        alarm(&fake, &worker, TICK);
    }
    let tries = fake.browser.server.resumed.borrow().len();
    assert!((12..30).contains(&tries), "an hour at five minutes each: {tries}");
    // Something was opened meanwhile; an ended worker finds it.
    put(&fake, key::CACHED_LIST, &CachedList { at: START, messages: Vec::new(), stats: None });
    fake.browser.server.recovers();
    let fake = fake.restarted();
    let worker = fake.worker();
    for _ in 0..11 {
        fake.pass(30_000);
        alarm(&fake, &worker, TICK);
    }
    assert_eq!(fake.browser.server.open_streams(), 1);
    assert!(matches!(stored(&fake, key::LINK), Some(Link::Up { .. })));
}

#[test]
fn without_a_stream_the_list_is_asked_for() {
    let fake = with_message();
    let worker = fake.worker();
    fake.browser.server.answers("GET /events", Answer::Body(502, "text/html", "no streams here".to_owned()));
    resume(&fake, &worker);
    fake.pass(30_000);
    alarm(&fake, &worker, TICK);
    assert!(stored::<CachedList>(&fake, key::CACHED_LIST).is_some());
    fake.browser.server.activity.borrow_mut().insert(id(), opened(2));
    for _ in 0..11 {
        fake.pass(30_000);
        alarm(&fake, &worker, TICK);
    }
    assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str()), (1, "1"));
}

#[test]
fn a_stream_that_breaks_at_once_is_not_hammered() {
    let fake = with_message();
    let worker = fake.worker();
    fake.browser.server.breaks();
    resume(&fake, &worker);
    assert_eq!(fake.browser.server.resumed.borrow().len(), 1);
    alarm(&fake, &worker, TICK);
    assert_eq!(fake.browser.server.resumed.borrow().len(), 1, "its pause is not over");
}

#[test]
fn a_revoked_device_stops() {
    let fake = with_message();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Problem(401, problem::UNAUTHORIZED, None));
    resume(&fake, &worker);
    assert!(matches!(stored(&fake, key::LINK), Some(Link::Revoked { .. })));
    let calls = fake.browser.server.calls.borrow().len();
    fake.pass(600_000);
    alarm(&fake, &worker, TICK);
    assert_eq!(fake.browser.server.calls.borrow().len(), calls);
}

#[test]
fn there_is_one_stream_at_most() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    resume(&fake, &worker);
    worker.start_stream();
    fake.idle();
    assert_eq!(fake.browser.server.open_streams(), 1);
    let parting = Rc::clone(&worker);
    fake.run(async move { parting.disconnect(true).await });
    assert_eq!(fake.browser.server.open_streams(), 0);
    assert_eq!(fake.alarm(TICK), None);
}

#[test]
fn a_new_epoch_is_taken_over() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.epoch.set(1);
    fake.browser.server.says(&frame(5, &Event::Account));
    fake.idle();
    let connection: Connection = stored(&fake, key::CONNECTION).expect("paired");
    assert_eq!(connection.minting.epoch, 1);
}

#[test]
fn what_is_deleted_elsewhere_goes_and_what_was_missed_is_loaded() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.says(&frame(5, &Event::Deleted { message: id() }));
    fake.idle();
    let list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded");
    assert_eq!(list.messages, []);
    let calls = fake.browser.server.calls_with("GET /messages").len();
    for number in 6..9 {
        fake.browser.server.says(&frame(number, &Event::Reset));
        fake.idle();
    }
    fake.pass(1_000);
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("GET /messages").len(), calls + 1, "a row of events leads to one call");
    let list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded");
    assert_eq!(list.messages.len(), 1);
}

/// Something on the way takes the stream and holds back what it says.
#[test]
fn a_stream_that_is_held_back_is_helped_out_by_questions() {
    let fake = with_message();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.pass(45_000);
    fake.browser.server.breaks();
    fake.idle();
    assert_eq!(fake.alarm(TICK), Some(-0.5));
    fake.browser.server.activity.borrow_mut().insert(id(), opened(1));
    fake.pass(30_000);
    alarm(&fake, &worker, TICK);
    assert_eq!(fake.browser.server.open_streams(), 1);
    assert_eq!(unseen(&fake), 1);
}

#[test]
fn a_backend_without_a_stream_is_asked_at_each_tick() {
    let fake = with_message();
    put(&fake, key::CONNECTION, &Connection { capabilities: vec!["tracking".to_owned()], ..super::connection() });
    fake.browser.server.answers("GET /account", Answer::Problem(404, problem::NOT_FOUND, None));
    let worker = fake.worker();
    resume(&fake, &worker);
    assert!(fake.browser.server.resumed.borrow().is_empty());
    for opens in 0..3 {
        fake.browser.server.activity.borrow_mut().insert(id(), opened(opens));
        fake.pass(60_000);
        alarm(&fake, &worker, TICK);
        assert_eq!(unseen(&fake), opens);
    }
}

#[test]
fn repeats_of_a_mail_that_is_not_in_the_list_are_no_news() {
    let fake = paired();
    let worker = fake.worker();
    resume(&fake, &worker);
    for (number, opens, expected) in [(5, 1, 1), (6, 1, 1), (7, 2, 2)] {
        fake.browser.server.says(&activity(number, opens));
        fake.idle();
        assert_eq!(unseen(&fake), expected, "{number}");
    }
}

/// Pairing anew while an answer is under way: what it says is of another account.
#[test]
fn an_answer_of_an_earlier_pairing_is_not_kept() {
    let pairing = serde_json::json!({
        "account": {"id": "other123", "name": "Bo"}, "device": Uuid::from_u128(2), "device_token": "t", "capabilities": ["tracking"],
        "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
    });
    for steps in 0..40 {
        let fake = with_message();
        let worker = fake.worker();
        let beside = Rc::clone(&worker);
        fake.run_for(steps, async move { beside.refresh_list(&super::connection(), true).await });
        fake.browser.server.answers("POST /pair", Answer::Body(200, "application/json", pairing.to_string()));
        super::ask(&fake, &worker, ToWorker::Connect { server: "w.example".to_owned(), code: "x".to_owned() }).expect("paired");
        assert_eq!(stored::<CachedList>(&fake, key::CACHED_LIST), None, "{steps}");
        assert_eq!(stored::<Connection>(&fake, key::CONNECTION).map(|now| now.device), Some(Uuid::from_u128(2)), "{steps}");
    }
}
