//! Ticks: what is known of conversations on screen, and who hears that it changed.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, GmailIds, HitKind, MailState, Message, PutMessage, problem};
use waxwing_protocol::page::{Answer as Told, CachedList, Fault, ToWorker, key};

use super::{ask, ask_as, connection, frame, from_gmail, judging, message, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, START};

const ASK: &str = "GET /messages?threads=";

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn thread(number: u32) -> String {
    format!("18c1f0a2b3d4{number:04x}")
}

fn mail(number: u32) -> PutMessage {
    let gmail = GmailIds { legacy_thread: Some(thread(number)), ..GmailIds::default() };
    PutMessage { gmail, ..message("a", START + i64::from(number)) }
}

/// Mails 1 to 3, each in the conversation of its number; the stream is open.
fn listening() -> (Fake, Rc<Worker<Fake>>) {
    let fake = judging();
    for number in 1..=3 {
        fake.browser.server.messages.borrow_mut().insert(id(number.into()), mail(number));
    }
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.pass(1_000);
    fake.idle();
    (fake, worker)
}

fn ticks(fake: &Fake, worker: &Rc<Worker<Fake>>, threads: &[u32]) -> Result<Vec<Message>, Fault> {
    let threads = threads.iter().map(|number| thread(*number)).collect();
    match ask_as(fake, worker, from_gmail(), ToWorker::Ticks { threads })? {
        Told::Messages { messages } => Ok(messages),
        other => panic!("{other:?}"),
    }
}

fn ids(messages: Result<Vec<Message>, Fault>) -> Vec<u128> {
    messages.expect("ticks").iter().map(|message| message.id.as_u128()).collect()
}

fn calls(fake: &Fake) -> usize {
    fake.browser.server.calls_with(ASK).len()
}

fn tick_news(fake: &Fake) -> Option<Vec<String>> {
    stored(fake, key::TICK_NEWS)
}

fn opened(opens: u32) -> Activity {
    Activity { state: MailState::Opened, opens, open_hits: opens, ..Activity::default() }
}

fn activity(message: u128, opens: u32) -> Event {
    Event::Activity { message: id(message), hit: HitKind::Open, at: START, activity: opened(opens) }
}

fn happens(fake: &Fake, number: u32, event: &Event) {
    fake.browser.server.says(&frame(number, event));
    fake.idle();
    fake.pass(1_000);
    fake.idle();
}

#[test]
fn the_backend_is_asked_once() {
    let (fake, worker) = listening();
    assert_eq!(ids(ticks(&fake, &worker, &[1, 2, 8])), [2, 1]);
    assert_eq!(fake.browser.server.calls_with(ASK), [format!("{ASK}{},{},{}", thread(1), thread(2), thread(8))]);
    assert_eq!(ids(ticks(&fake, &worker, &[8, 1, 3])), [3, 1]);
    assert_eq!(fake.browser.server.calls_with(ASK)[1], format!("{ASK}{}", thread(3)));
    assert_eq!(ids(ticks(&fake, &worker, &[1, 2, 3, 8])), [3, 2, 1]);
    assert_eq!(calls(&fake), 2);
    // Nothing of the form, nothing asked.
    let wrong = ToWorker::Ticks { threads: vec!["x".to_owned(), "18c1&limit=1".to_owned()] };
    assert_eq!(ask(&fake, &worker, wrong), Ok(Told::Messages { messages: Vec::new() }));
    assert_eq!(calls(&fake), 2);
}

#[test]
fn what_is_known_follows_the_stream() {
    let (fake, worker) = listening();
    ticks(&fake, &worker, &[1, 2, 8]).expect("ticks");
    happens(&fake, 5, &activity(1, 1));
    assert_eq!(tick_news(&fake), Some(vec![thread(1)]));
    assert_eq!(ticks(&fake, &worker, &[1]).expect("ticks")[0].activity, opened(1));
    assert_eq!(calls(&fake), 1, "what the stream tells is not asked for");
    // The same of the same conversation again: Chrome would tell nobody of the same value.
    happens(&fake, 6, &activity(1, 2));
    assert_eq!(tick_news(&fake), Some(vec![thread(1), thread(1)]));
    happens(&fake, 7, &activity(1, 3));
    assert_eq!(tick_news(&fake), Some(vec![thread(1)]));
    // Nothing new: nobody has to ask.
    fake.browser.local.values.borrow_mut().remove(key::TICK_NEWS);
    happens(&fake, 8, &activity(1, 3));
    assert_eq!(tick_news(&fake), None);
    // One that is only in the list, one that nobody knows, and one that goes.
    happens(&fake, 9, &activity(3, 1));
    assert_eq!(tick_news(&fake), Some(vec![thread(3)]));
    happens(&fake, 10, &activity(77, 1));
    assert_eq!(tick_news(&fake), Some(vec![]));
    happens(&fake, 11, &Event::Deleted { message: id(2) });
    assert_eq!(tick_news(&fake), Some(vec![thread(2)]));
    assert_eq!(ids(ticks(&fake, &worker, &[1, 2])), [1]);
    assert_eq!(calls(&fake), 1);
    // It changed in a way that has to be asked for.
    happens(&fake, 12, &Event::Message { message: id(1) });
    assert_eq!(tick_news(&fake), Some(vec![thread(1)]));
    ticks(&fake, &worker, &[1, 8]).expect("ticks");
    assert_eq!(fake.browser.server.calls_with(ASK).last(), Some(&format!("{ASK}{},{}", thread(1), thread(8))));
    happens(&fake, 13, &Event::Reset);
    assert_eq!(tick_news(&fake), Some(vec![]));
    ticks(&fake, &worker, &[1]).expect("ticks");
    assert_eq!(calls(&fake), 3);
}

#[test]
fn a_thousand_events_are_a_few_writes() {
    let (fake, worker) = listening();
    ticks(&fake, &worker, &[1, 2]).expect("ticks");
    let before = fake.browser.local.writes_of(key::TICK_NEWS);
    for number in 0..1_000 {
        fake.browser.server.says(&frame(5 + number, &activity(1, number)));
    }
    fake.idle();
    fake.pass(1_000);
    fake.idle();
    fake.pass(1_000);
    fake.idle();
    let writes = fake.browser.local.writes_of(key::TICK_NEWS) - before;
    assert!((1..=3).contains(&writes), "{writes}");
    assert_eq!(ticks(&fake, &worker, &[1]).expect("ticks")[0].activity, opened(999));
}

#[test]
fn a_mail_counts_from_the_moment_it_is_in_the_outbox() {
    let (fake, worker) = listening();
    assert_eq!(ids(ticks(&fake, &worker, &[9])), [0; 0]);
    fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
    ask_as(&fake, &worker, from_gmail(), ToWorker::Sent { id: id(9), message: mail(9) }).expect("room");
    fake.pass(1_000);
    fake.idle();
    assert_eq!(tick_news(&fake), Some(vec![thread(9)]));
    assert_eq!(ids(ticks(&fake, &worker, &[9])), [9]);
    // The backend has it: it is asked again, though it knew of nothing before.
    fake.browser.server.recovers();
    fake.pass(600_000);
    super::flush(&fake, &worker);
    assert!(fake.browser.local.names_with(key::OUTBOX).is_empty());
    assert_eq!(ids(ticks(&fake, &worker, &[9])), [9]);
    // Deleted, and the backend does not know yet.
    fake.browser.server.answers("DELETE", Answer::Problem(500, "internal", None));
    ask(&fake, &worker, ToWorker::Delete { id: id(9) }).expect("done");
    assert_eq!(ids(ticks(&fake, &worker, &[9])), [0; 0]);
}

#[test]
fn a_conversation_that_was_learnt_late_keeps_what_came_of_its_mail() {
    let (fake, worker) = listening();
    fake.browser.server.messages.borrow_mut().insert(id(5), message("a", START));
    fake.browser.server.activity.borrow_mut().insert(id(5), opened(2));
    ask(&fake, &worker, ToWorker::List { query: String::new(), state: None, older_than_days: None, before: None })
        .expect("a list");
    fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
    ask_as(&fake, &worker, from_gmail(), ToWorker::Sent { id: id(5), message: mail(5) }).expect("room");
    assert_eq!(ticks(&fake, &worker, &[5]).expect("ticks")[0].activity, opened(2));
}

#[test]
fn without_the_backend_what_is_known_here_is_told() {
    let (fake, worker) = listening();
    ticks(&fake, &worker, &[1]).expect("ticks");
    let mut list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded");
    list.messages.retain(|message| message.id != id(3));
    put(&fake, key::CACHED_LIST, &list);
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    assert_eq!(ids(ticks(&fake, &worker, &[1, 2, 3])), [2, 1]);
    // It is back: everybody asks again, and nothing from then is taken for an answer.
    fake.browser.local.values.borrow_mut().remove(key::TICK_NEWS);
    fake.browser.server.recovers();
    assert_eq!(ids(ticks(&fake, &worker, &[1, 2, 3])), [3, 2, 1]);
    fake.pass(1_000);
    fake.idle();
    assert_eq!(tick_news(&fake), Some(vec![]));
    // A backend that says no is not taken for one that knows nothing.
    fake.browser.server.answers(ASK, Answer::Problem(429, problem::RATE_LIMITED, Some(5)));
    assert_eq!(ticks(&fake, &worker, &[7]), Err(Fault::RateLimited { retry_after: 5 }));
}

#[test]
fn an_older_backend_has_no_ticks() {
    let fake = judging();
    put(&fake, key::CONNECTION, &connection());
    let worker = fake.worker();
    assert_eq!(ticks(&fake, &worker, &[1]), Ok(Vec::new()));
    assert!(fake.browser.server.calls.borrow().is_empty());
    let fake = Fake::new();
    assert_eq!(ticks(&fake, &fake.worker(), &[1]), Err(Fault::NotConnected));
}

#[test]
fn what_is_remembered_is_bounded_and_the_oldest_goes() {
    let (fake, worker) = listening();
    ticks(&fake, &worker, &[1]).expect("ticks");
    for hundred in 0..6 {
        let numbers: Vec<u32> = (100 + hundred * 100..200 + hundred * 100).collect();
        ticks(&fake, &worker, &numbers).expect("ticks");
        ticks(&fake, &worker, &[1]).expect("ticks");
    }
    assert_eq!(calls(&fake), 7, "the first one is asked for again and again, and stays");
    ticks(&fake, &worker, &[100]).expect("ticks");
    assert_eq!(calls(&fake), 8);
}

/// A hit comes while the backend's answer is on its way: the answer is good for once.
#[test]
fn an_answer_that_was_overtaken_is_not_kept() {
    for steps in 0..30 {
        let (fake, worker) = listening();
        let asking = Rc::clone(&worker);
        fake.run_for(steps, async move { asking.ticks(&[thread(1)]).await });
        fake.browser.server.activity.borrow_mut().insert(id(1), opened(1));
        fake.browser.server.says(&frame(5, &activity(1, 1)));
        fake.idle();
        assert_eq!(ticks(&fake, &worker, &[1]).expect("ticks")[0].activity, opened(1), "{steps}");
    }
}
