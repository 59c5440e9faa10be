//! The outbox: nothing is lost, nothing overtakes, nothing is sent to the wrong place.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{GmailIds, PutMessage, problem};
use waxwing_protocol::page::{
    Answer as Told, Fault, Link, NotTracked, OutboxEntry, OutboxTask, Parked, Pause, ToWorker, WhyNot, key,
};

use super::{ACCOUNT, alarm, ask, ask_as, connection, flush, from_gmail, message, paired, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::flush::ALARM;

const DAY: i64 = 24 * 60 * 60_000;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 + number)
}

/// What a content script writes itself.
fn write_entry(fake: &Fake, order: i64, id: Uuid, message: &PutMessage) {
    let entry = OutboxEntry {
        task: OutboxTask::Put { id, message: message.clone() },
        queued_at: order,
        attempts: 0,
        next_at: 0,
        account: ACCOUNT.to_owned(),
    };
    put(fake, &format!("{}{order:020}:{id}", key::OUTBOX), &entry);
}

fn sent(fake: &Fake, worker: &Rc<Worker<Fake>>, id: Uuid, message: PutMessage) -> Result<Told, Fault> {
    ask_as(fake, worker, from_gmail(), ToWorker::Sent { id, message })
}

fn waiting(fake: &Fake) -> Vec<String> {
    fake.browser.local.names_with(key::OUTBOX)
}

#[test]
fn a_sent_mail_is_registered() {
    let fake = paired();
    let worker = fake.worker();
    assert_eq!(sent(&fake, &worker, id(1), message("a", START)), Ok(Told::Done));
    assert_eq!(fake.browser.server.messages.borrow().get(&id(1)), Some(&message("a", START)));
    assert!(waiting(&fake).is_empty());
    assert_eq!(fake.alarm(ALARM), None);
}

/// The worker is ended after each possible number of steps; a new one must finish the work.
#[test]
fn an_ended_worker_loses_nothing() {
    let mut ended_early = 0;
    for steps in 0..400 {
        let fake = paired();
        // The content script has written the first entry; the second only comes as a message.
        write_entry(&fake, START, id(1), &message("a", START));
        let worker = fake.worker();
        let beside = Rc::clone(&worker);
        let answered = fake.run_for(steps, async move {
            beside.flush().await;
            beside.answer(ToWorker::Sent { id: id(1), message: message("a", START) }, &from_gmail()).await.expect("room");
            beside.answer(ToWorker::Sent { id: id(2), message: message("b", START) }, &from_gmail()).await.expect("room");
            beside.answer(ToWorker::Forget { id: id(1) }, &from_gmail()).await
        });
        ended_early += u32::from(answered.is_none());
        drop(worker);
        let fake = fake.restarted();
        let worker = fake.worker();
        resume(&fake, &worker);
        assert!(waiting(&fake).is_empty(), "{steps}");
        let messages = fake.browser.server.messages.borrow();
        if answered.is_some() {
            assert_eq!(messages.keys().collect::<Vec<_>>(), [&id(2)], "{steps}");
        } else {
            let known = messages.contains_key(&id(1)) || fake.browser.server.deleted.borrow().contains(&id(1));
            assert!(known, "{steps}");
        }
    }
    assert!((30..390).contains(&ended_early), "the steps must reach from the first to past the last: {ended_early}");
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("PUT", Answer::Lost);
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    assert_eq!(waiting(&fake).len(), 1, "only an answer counts");
    fake.browser.server.recovers();
    fake.pass(60_000);
    alarm(&fake, &worker, ALARM);
    assert!(waiting(&fake).is_empty());
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 2);
}

#[test]
fn a_server_that_never_answers_holds_no_new_worker_up() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("PUT", Answer::Silence);
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    fake.browser.server.recovers();
    let fake = fake.restarted();
    resume(&fake, &fake.worker());
    assert!(waiting(&fake).is_empty());
}

#[test]
fn the_order_is_that_of_sending() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    for number in [3, 1, 2] {
        sent(&fake, &worker, id(number), message("a", START)).expect("room");
        // A clock that is set back changes no order.
        fake.pass(-DAY);
    }
    fake.pass(4 * DAY);
    fake.browser.server.recovers();
    fake.browser.server.calls.borrow_mut().clear();
    flush(&fake, &worker);
    let expected: Vec<String> = [3, 1, 2].iter().map(|number| format!("PUT /messages/{}", id(*number))).collect();
    assert_eq!(fake.browser.server.calls_with("PUT"), expected);
}

#[test]
fn a_backend_that_is_down_for_days_gets_everything() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Timeout));
    for number in 0..50 {
        sent(&fake, &worker, id(number), message("a", START)).expect("room");
    }
    let tries = fake.browser.server.calls_with("PUT").len();
    assert_eq!(tries, 1, "when nobody answers, the others do not ask too");
    assert!(matches!(stored(&fake, key::LINK), Some(Link::Down { since: START, fault: Fault::Timeout })));
    let mut asked = 0;
    while fake.browser.server.calls_with("PUT").len() < 300 {
        let at = fake.alarm(ALARM).expect("an alarm is set while something waits");
        let pause: Pause = stored(&fake, key::OUTBOX_PAUSE).expect("a pause");
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let until = pause.until as f64;
        assert_eq!(at.to_bits(), until.to_bits());
        let wait = pause.until - START - asked;
        assert!((5_000..=15 * 60_000).contains(&wait), "{wait}");
        asked += wait;
        fake.pass(wait);
        alarm(&fake, &worker, ALARM);
    }
    assert!(asked > 2 * DAY);
    assert_eq!(waiting(&fake).len(), 50);
    fake.browser.server.recovers();
    // A person looks: nothing waits for the alarm then.
    ask(&fake, &worker, ToWorker::List { query: String::new(), state: None, before: None, older_than_days: None })
        .expect("a list");
    assert!(waiting(&fake).is_empty());
    assert_eq!(fake.browser.server.messages.borrow().len(), 50);
    assert!(matches!(stored(&fake, key::LINK), Some(Link::Up { .. })));
    assert_eq!(stored::<Pause>(&fake, key::OUTBOX_PAUSE), None);
}

#[test]
fn a_pause_outlives_the_worker_and_a_wrong_clock_does_not_prolong_it() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Problem(429, problem::RATE_LIMITED, Some(600)));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    let fake = fake.restarted();
    fake.browser.server.recovers();
    let worker = fake.worker();
    fake.pass(599_000);
    flush(&fake, &worker);
    ask(&fake, &worker, ToWorker::Flush).expect("done");
    assert_eq!(waiting(&fake).len(), 1, "ten minutes were asked for");
    fake.pass(-30 * DAY);
    flush(&fake, &worker);
    assert!(waiting(&fake).is_empty(), "no pause is a month long");
}

#[test]
fn answers_have_their_ends() {
    for (status, name, left, parked) in [
        (410, problem::GONE, 0, 0),
        (400, problem::BAD_REQUEST, 0, 1),
        (409, problem::CONFLICT, 0, 1),
        (413, problem::TOO_LARGE, 0, 1),
        (418, "unheard-of", 0, 1),
        (401, problem::UNAUTHORIZED, 1, 0),
        (429, problem::RATE_LIMITED, 1, 0),
        (500, "internal", 1, 0),
        (503, problem::UNAVAILABLE, 1, 0),
    ] {
        let fake = paired();
        let worker = fake.worker();
        fake.browser.server.answers("PUT", Answer::Problem(status, name, None));
        sent(&fake, &worker, id(1), message("a", START)).expect("room");
        assert_eq!(waiting(&fake).len(), left, "{status}");
        assert_eq!(fake.browser.local.names_with(key::PARKED).len(), parked, "{status}");
        let Ok(Told::Status(told)) = ask(&fake, &worker, ToWorker::Status) else { panic!("a status") };
        assert_eq!((told.waiting as usize, told.refused as usize), (left, parked), "{status}");
        let revoked = matches!(told.link, Some(Link::Revoked { .. }));
        assert_eq!(revoked, status == 401);
    }
}

#[test]
fn what_is_no_answer_of_a_backend_is_none() {
    for (status, kind, body) in [
        (200, "text/html", "<p>Welcome to the hotel"),
        (404, "text/html", ""),
        (401, "text/html", "x"),
        (502, "text/plain", "bad gateway"),
    ] {
        let fake = paired();
        let worker = fake.worker();
        fake.browser.server.answers("PUT", Answer::Body(status, kind, body.to_owned()));
        sent(&fake, &worker, id(1), message("a", START)).expect("room");
        assert_eq!(waiting(&fake).len(), 1, "{status} {kind}");
        assert!(matches!(stored(&fake, key::LINK), Some(Link::Down { .. })), "{status} {kind}");
    }
}

#[test]
fn one_that_the_backend_chokes_on_holds_no_other_up() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers(&format!("PUT /messages/{}", id(1)), Answer::Problem(500, "internal", None));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    sent(&fake, &worker, id(2), message("b", START)).expect("room");
    assert_eq!(fake.browser.server.messages.borrow().keys().collect::<Vec<_>>(), [&id(2)]);
    assert_eq!(waiting(&fake).len(), 1);
    assert!(fake.alarm(ALARM).is_some());
}

/// A firewall does not like a subject, a proxy takes no long body: a stranger's words must not stop everything behind them.
#[test]
fn one_that_something_before_the_backend_refuses_holds_no_other_up() {
    for status in [400, 403, 406, 413] {
        let fake = paired();
        let worker = fake.worker();
        let refused = Answer::Body(status, "text/html", "<h1>Blocked</h1>".to_owned());
        fake.browser.server.answers(&format!("PUT /messages/{}", id(1)), refused);
        sent(&fake, &worker, id(1), message("' UNION SELECT 1 --", START)).expect("room");
        sent(&fake, &worker, id(2), message("b", START)).expect("room");
        assert_eq!(fake.browser.server.messages.borrow().keys().collect::<Vec<_>>(), [&id(2)], "{status}");
        assert_eq!(waiting(&fake).len(), 1, "{status}");
        assert!(fake.alarm(ALARM).is_some());
    }
}

#[test]
fn one_that_is_held_waits_its_time_over_restarts() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    let entry: OutboxEntry = stored(&fake, &waiting(&fake)[0]).expect("it waits");
    assert_eq!((entry.attempts, entry.next_at), (1, START + 7_500));
    let fake = fake.restarted();
    let worker = fake.worker();
    fake.pass(7_499);
    flush(&fake, &worker);
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 1);
    // A wait this short needs no alarm.
    fake.pass(1);
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 2);
    let entry: OutboxEntry = stored(&fake, &waiting(&fake)[0]).expect("it waits");
    assert_eq!((entry.attempts, entry.next_at), (2, START + 7_500 + 15_000));
}

#[test]
fn what_is_undone_while_it_is_refused_stays_gone() {
    for steps in 0..60 {
        let fake = paired();
        let worker = fake.worker();
        write_entry(&fake, START, id(1), &message("a", START));
        fake.browser.server.answers("PUT", Answer::Problem(500, "internal", None));
        worker.kick();
        fake.run_for(steps, async {});
        ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(1) }).expect("done");
        fake.browser.server.recovers();
        fake.pass(60_000);
        flush(&fake, &worker);
        assert!(waiting(&fake).is_empty(), "{steps}");
        assert!(fake.browser.server.messages.borrow().is_empty(), "{steps}");
    }
}

#[test]
fn a_late_answer_does_not_undo_a_refusal() {
    let fake = paired();
    let worker = fake.worker();
    put(&fake, key::LINK, &Link::Revoked { since: START });
    let beside = Rc::clone(&worker);
    fake.run(async move { beside.note(&connection(), Ok(())).await });
    assert_eq!(stored(&fake, key::LINK), Some(Link::Revoked { since: START }));
}

#[test]
fn a_revoked_device_keeps_its_mails_until_it_is_paired_again() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Problem(401, problem::UNAUTHORIZED, None));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    sent(&fake, &worker, id(2), message("b", START)).expect("room");
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 1, "a refused device does not go on asking");
    fake.browser.server.recovers();
    flush(&fake, &worker);
    assert_eq!(waiting(&fake).len(), 2);
    ask(&fake, &worker, ToWorker::Connect { server: "w.example".to_owned(), code: "x".to_owned() }).expect("paired");
    assert!(waiting(&fake).is_empty());
    assert_eq!(fake.browser.server.messages.borrow().len(), 2);
}

#[test]
fn what_was_refused_gets_another_chance_after_pairing_anew() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("PUT", Answer::Problem(400, problem::BAD_REQUEST, None));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    let parked: Vec<Parked> =
        fake.browser.local.names_with(key::PARKED).iter().filter_map(|name| stored(&fake, name)).collect();
    assert_eq!(parked.iter().map(|parked| parked.status).collect::<Vec<_>>(), [400]);
    fake.browser.server.recovers();
    ask(&fake, &worker, ToWorker::Connect { server: "w.example".to_owned(), code: "x".to_owned() }).expect("paired");
    assert_eq!(fake.browser.server.messages.borrow().len(), 1);
    assert!(fake.browser.local.names_with(key::PARKED).is_empty());
}

#[test]
fn another_accounts_mails_stay_and_are_not_sent() {
    let fake = paired();
    let worker = fake.worker();
    let mut entry: OutboxEntry = {
        write_entry(&fake, START, id(1), &message("a", START));
        stored(&fake, &waiting(&fake)[0]).expect("just written")
    };
    entry.account = "other123".to_owned();
    put(&fake, &waiting(&fake)[0], &entry);
    flush(&fake, &worker);
    assert_eq!(waiting(&fake).len(), 1);
    assert!(fake.browser.server.calls.borrow().is_empty());
    let Ok(Told::Status(status)) = ask(&fake, &worker, ToWorker::Status) else { panic!("a status") };
    assert_eq!(status.waiting, 0);
    fake.browser.local.values.borrow_mut().remove(key::CONNECTION);
    let Ok(Told::Status(status)) = ask(&fake, &worker, ToWorker::Status) else { panic!("a status") };
    assert_eq!(status.waiting, 1, "without a backend everything waits");
}

#[test]
fn updates_of_one_mail_go_as_one() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    let mut first = message("a", START);
    first.gmail.draft = Some("msg-a:r1".to_owned());
    let mut second = message("", START);
    second.gmail.legacy_message = Some("183234ce86ffa010".to_owned());
    second.content.recipients.clear();
    sent(&fake, &worker, id(1), first.clone()).expect("room");
    sent(&fake, &worker, id(1), first).expect("room");
    sent(&fake, &worker, id(1), second).expect("room");
    assert_eq!(waiting(&fake).len(), 2, "the same again is not kept twice");
    fake.browser.server.recovers();
    ask(&fake, &worker, ToWorker::Flush).expect("done");
    assert!(waiting(&fake).is_empty());
    let messages = fake.browser.server.messages.borrow();
    let known = &messages[&id(1)];
    assert_eq!(known.content, message("a", START).content);
    let ids = GmailIds {
        draft: Some("msg-a:r1".to_owned()),
        legacy_message: Some("183234ce86ffa010".to_owned()),
        ..GmailIds::default()
    };
    assert_eq!(known.gmail, ids);
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 2);
}

#[test]
fn what_is_undone_is_forgotten_in_order() {
    let fake = paired();
    let worker = fake.worker();
    // It waits, then is undone: it may have been sent, so the deletion is sent in any case.
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    sent(&fake, &worker, id(1), message("a", START)).expect("room");
    ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(1) }).expect("done");
    assert_eq!(waiting(&fake).len(), 1);
    fake.browser.server.recovers();
    ask(&fake, &worker, ToWorker::Flush).expect("done");
    assert!(waiting(&fake).is_empty());
    assert!(fake.browser.server.messages.borrow().is_empty());
    // It was sent, then is undone.
    sent(&fake, &worker, id(2), message("a", START)).expect("room");
    ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(2) }).expect("done");
    assert!(fake.browser.server.messages.borrow().is_empty());
    // A registration that comes late finds it gone.
    sent(&fake, &worker, id(2), message("a", START)).expect("room");
    assert!(waiting(&fake).is_empty());
    assert!(fake.browser.server.messages.borrow().is_empty());
}

#[test]
fn a_full_outbox_says_so_and_keeps_what_it_has() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    write_entry(&fake, START, id(1), &message(&"x".repeat(9_100_000), START));
    assert_eq!(sent(&fake, &worker, id(2), message("b", START)), Err(Fault::StorageFull));
    assert_eq!(waiting(&fake).len(), 1);
    let told: Vec<NotTracked> = stored(&fake, key::NOT_TRACKED).expect("a note");
    assert_eq!((told[0].id, told[0].why), (id(2), WhyNot::OutboxFull));
    let Ok(Told::Status(status)) = ask(&fake, &worker, ToWorker::Status) else { panic!("a status") };
    assert!(status.outbox_full);
    // It goes on once there is room.
    fake.browser.server.recovers();
    ask(&fake, &worker, ToWorker::Flush).expect("done");
    assert_eq!(sent(&fake, &worker, id(2), message("b", START)), Ok(Told::Done));
}

#[test]
fn a_disk_that_is_full_is_a_fault() {
    let fake = paired();
    let worker = fake.worker();
    fake.browser.local.is_full.set(true);
    assert_eq!(sent(&fake, &worker, id(1), message("a", START)), Err(Fault::StorageFull));
}

#[test]
fn entries_that_cannot_be_read_hold_nobody_up() {
    let fake = paired();
    let worker = fake.worker();
    put(&fake, &format!("{}{:020}:{}", key::OUTBOX, 1, id(1)), &"of a later version");
    put(&fake, "outbox:x", &1);
    put(&fake, "outbox:1:2", &1);
    sent(&fake, &worker, id(2), message("b", START)).expect("room");
    assert_eq!(waiting(&fake).len(), 3);
    assert_eq!(fake.browser.server.messages.borrow().len(), 1);
}

#[test]
fn two_flushes_at_once_are_one() {
    let fake = paired();
    let worker = fake.worker();
    write_entry(&fake, START, id(1), &message("a", START));
    worker.kick();
    worker.kick();
    worker.on_stored(waiting(&fake));
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("PUT").len(), 1);
}

#[test]
fn before_pairing_nothing_is_taken_in() {
    let fake = Fake::new();
    let worker = fake.worker();
    assert_eq!(sent(&fake, &worker, id(1), message("a", START)), Err(Fault::NotConnected));
    assert!(waiting(&fake).is_empty());
}
