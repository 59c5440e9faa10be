//! What the user says of hits, the sender's own views, muting, and backends that know nothing of it.

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Claim, HitKind, Period, StateFilter, problem};
use waxwing_protocol::page::{Answer as Told, CachedList, Fault, ToWorker, key};

use super::{ask, ask_as, connection, from_gmail, judging, message, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::fake::{Answer, Fake, START};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn json(text: &str) -> Answer {
    Answer::Body(200, "application/json", text.to_owned())
}

fn own_views(fake: &Fake) -> usize {
    fake.browser.server.calls_with(&format!("POST /messages/{}/own-views", id(1))).len()
}

#[test]
fn corrections_are_passed_on() {
    let fake = judging();
    let worker = fake.worker();
    fake.browser.server.answers(
        "POST /hits/7/correction",
        json(
            r#"{"hit":{"id":7,"at":5,"kind":"click","address":"198.51.100.7","correction":{"claim":"me","at":6}},
            "alike":{"network":"198.51.100.0/24","agent":"Chrome, Linux","domain":"acme.example","hits":2}}"#,
        ),
    );
    let asked = ask_as(&fake, &worker, from_gmail(), ToWorker::Correct { hit: 7, claim: Claim::Me, alike: false });
    let Ok(Told::Corrected { corrected }) = asked else { panic!("{asked:?}") };
    assert_eq!((corrected.hit.id, corrected.hit.kind, corrected.alike.map(|alike| alike.hits)), (7, HitKind::Click, Some(2)));
    assert_eq!(*fake.browser.server.bodies.borrow(), [r#"{"claim":"me","alike":false}"#]);
    fake.pass(1_000);
    fake.idle();
    assert_eq!(stored::<Vec<String>>(&fake, key::TICK_NEWS), Some(vec![]));

    fake.browser.server.answers("DELETE /hits/7/correction", Answer::Body(204, "", String::new()));
    assert_eq!(ask(&fake, &worker, ToWorker::Uncorrect { hit: 7 }), Ok(Told::Done));
    fake.browser.server.answers(
        "GET /corrections",
        json(r#"[{"id":3,"claim":"machine","at":5,"network":"198.51.100.0/24","agent":"Chrome, Linux","domain":"acme.example"}]"#),
    );
    let asked = ask(&fake, &worker, ToWorker::Corrections);
    let Ok(Told::Corrections { rules }) = asked else { panic!("{asked:?}") };
    assert_eq!((rules[0].id, rules[0].claim), (3, Claim::Machine));
    fake.browser.server.answers("DELETE /corrections/3", Answer::Body(204, "", String::new()));
    assert_eq!(ask(&fake, &worker, ToWorker::DropCorrection { id: 3 }), Ok(Told::Done));
}

#[test]
fn what_the_backend_refuses_is_told() {
    for (answer, fault) in [
        (Answer::Problem(404, problem::NOT_FOUND, None), Fault::NotFound),
        (Answer::Problem(400, problem::BAD_REQUEST, None), Fault::Refused { status: 400 }),
        (Answer::Fails(HttpError::Unreachable), Fault::Unreachable),
        (Answer::Fails(HttpError::Timeout), Fault::Timeout),
        (json("{}"), Fault::NotWaxwing),
        (Answer::Body(200, "text/html", "<p>".to_owned()), Fault::NotWaxwing),
    ] {
        for question in [
            ToWorker::Correct { hit: 1, claim: Claim::Person, alike: true },
            ToWorker::Corrections,
            ToWorker::Uncorrect { hit: 1 },
            ToWorker::DropCorrection { id: 1 },
            ToWorker::Mute { id: id(1), muted: true },
        ] {
            let is_json = answer == json("{}");
            let reads = matches!(question, ToWorker::Correct { .. } | ToWorker::Corrections);
            let fake = judging();
            fake.browser.server.answers("", answer.clone());
            let asked = ask(&fake, &fake.worker(), question.clone());
            let expected = if is_json && !reads { Ok(Told::Done) } else { Err(fault.clone()) };
            assert_eq!(asked, expected, "{answer:?} {question:?}");
        }
    }
}

#[test]
fn an_older_backend_is_not_asked_what_it_would_not_understand() {
    let list = |state, older_than_days| ToWorker::List { query: String::new(), state, older_than_days, before: None };
    for (question, expected) in [
        (ToWorker::Correct { hit: 1, claim: Claim::Person, alike: true }, Err(Fault::TooOld)),
        (ToWorker::Uncorrect { hit: 1 }, Err(Fault::TooOld)),
        (ToWorker::Corrections, Err(Fault::TooOld)),
        (ToWorker::DropCorrection { id: 1 }, Err(Fault::TooOld)),
        (ToWorker::Mute { id: id(1), muted: true }, Err(Fault::TooOld)),
        (list(Some(StateFilter::Machines), None), Err(Fault::TooOld)),
        (list(None, Some(3)), Err(Fault::TooOld)),
        (ToWorker::Again, Ok(Told::Messages { messages: Vec::new() })),
        (ToWorker::OwnView { id: id(1) }, Ok(Told::Done)),
    ] {
        let fake = judging();
        put(&fake, key::CONNECTION, &connection());
        assert_eq!(ask(&fake, &fake.worker(), question.clone()), expected, "{question:?}");
        assert_eq!(*fake.browser.server.calls.borrow(), [""; 0], "{question:?}");
    }
    // It gives days where weeks were asked for, and says so.
    let fake = judging();
    put(&fake, key::CONNECTION, &connection());
    let asked = ask(&fake, &fake.worker(), ToWorker::Stats { days: 30, by: Period::Week });
    let Ok(Told::Stats { stats }) = asked else { panic!("{asked:?}") };
    assert_eq!((stats.by, stats.possible), (Period::Day, 0));
}

#[test]
fn own_views_are_told_only_where_the_rule_is_not_in_force() {
    let fake = judging();
    fake.browser.server.messages.borrow_mut().insert(id(1), message("a", START));
    let worker = fake.worker();
    resume(&fake, &worker);
    let view = || ask_as(&fake, &worker, from_gmail(), ToWorker::OwnView { id: id(1) });
    assert_eq!(view(), Ok(Told::Done));
    assert_eq!(own_views(&fake), 0, "the rule is in force");
    fake.browser.rules.borrow_mut().clear();
    assert_eq!(view(), Ok(Told::Done));
    assert_eq!(own_views(&fake), 1);
    assert_eq!(fake.browser.server.bodies.borrow().last().map(String::as_str), Some(r#"{"ago_ms":0}"#));
    // At most once a second.
    fake.pass(999);
    assert_eq!(view(), Ok(Told::Done));
    assert_eq!(own_views(&fake), 1);
    fake.pass(1);
    assert_eq!(view(), Ok(Told::Done));
    assert_eq!(own_views(&fake), 2);
    // Of another message it is another view. Nothing is kept for later.
    fake.browser.server.answers("POST", Answer::Fails(HttpError::Unreachable));
    assert_eq!(ask(&fake, &worker, ToWorker::OwnView { id: id(2) }), Err(Fault::Unreachable));
    assert!(fake.browser.local.names_with("own").is_empty());
}

#[test]
fn an_own_view_of_a_mail_that_is_on_its_way_is_told_once_more() {
    let fake = judging();
    let worker = fake.worker();
    let asking = std::rc::Rc::clone(&worker);
    fake.run(async move { asking.answer(ToWorker::OwnView { id: id(1) }, &from_gmail()).await });
    assert_eq!(own_views(&fake), 1);
    fake.browser.server.messages.borrow_mut().insert(id(1), message("a", START));
    fake.pass(1_999);
    fake.idle();
    assert_eq!(own_views(&fake), 1);
    fake.pass(1);
    fake.idle();
    assert_eq!(own_views(&fake), 2);
    assert_eq!(fake.browser.server.bodies.borrow().last().map(String::as_str), Some(r#"{"ago_ms":2000}"#));
    fake.pass(60_000);
    fake.idle();
    assert_eq!(own_views(&fake), 2);
}

#[test]
fn muting_is_seen_at_once() {
    let fake = judging();
    fake.browser.server.messages.borrow_mut().insert(id(1), message("a", START));
    let worker = fake.worker();
    resume(&fake, &worker);
    for muted in [true, false] {
        ask_as(&fake, &worker, from_gmail(), ToWorker::Mute { id: id(1), muted }).expect("done");
        let list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded");
        assert_eq!(list.messages[0].muted, muted);
        let call = format!("PUT /messages/{}/mute", id(1));
        assert_eq!(fake.browser.server.calls_with(&call).len(), if muted { 1 } else { 2 });
    }
    assert_eq!(ask(&fake, &worker, ToWorker::Mute { id: id(9), muted: true }), Err(Fault::NotFound));
}

#[test]
fn mails_opened_again_are_found_without_the_backend_too() {
    let fake = judging();
    let week = 7 * 24 * 3_600_000;
    for (number, again_at) in [(1, None), (2, Some(START - 5)), (3, Some(START - 1)), (4, Some(START - week))] {
        fake.browser.server.messages.borrow_mut().insert(id(number), message("a", START));
        fake.browser.server.activity.borrow_mut().insert(id(number), Activity { again_at, ..Activity::default() });
    }
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.answers("GET /again", json(r#"{"messages":[]}"#));
    assert_eq!(ask(&fake, &worker, ToWorker::Again), Ok(Told::Messages { messages: Vec::new() }));
    fake.browser.server.answers("GET /again", Answer::Fails(HttpError::Unreachable));
    let Ok(Told::Messages { messages }) = ask(&fake, &worker, ToWorker::Again) else { panic!("the copy's") };
    assert_eq!(messages.iter().map(|message| message.id.as_u128()).collect::<Vec<_>>(), [3, 2]);
    fake.browser.server.answers("GET /again", Answer::Problem(429, problem::RATE_LIMITED, Some(9)));
    assert_eq!(ask(&fake, &worker, ToWorker::Again), Err(Fault::RateLimited { retry_after: 9 }));
    let fake = Fake::new();
    assert_eq!(ask(&fake, &fake.worker(), ToWorker::Again), Err(Fault::NotConnected));
}
