//! What needs the user: told once, held by quiet hours, never told when it holds no more; its buttons.

use std::rc::Rc;

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_protocol::api::{Event, ScheduledList, ScheduledState, Trouble, Why};
use waxwing_protocol::page::{
    Connection, Fault, HeldNeed, LaterAnswer, LaterToWorker, NotifySettings, QuietHours, ToWorker, key,
};

use super::{alarm, ask, connection, frame, from_page, paired, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, OWN_ID, START};
use crate::worker::notify::{ALARM, MOMENT};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn body(value: &Value) -> Answer {
    Answer::Body(200, "application/json", value.to_string())
}

/// A mail as the backend has it.
fn mail(number: u128, state: &str, why: &Value, more: Value) -> Value {
    let mut mail = json!({
        "id": id(number), "mailbox": id(900), "state": state, "times": 0, "track": true, "created_at": 1, "flight": [],
        "schedule": {"when": {"kind": "instant", "at": 5, "zone": "UTC"}},
        "content": {"subject": "Offer", "recipients": [{"kind": "to", "address": "ana@ruiz.example", "name": "Ana"}], "links": []},
    });
    if !why.is_null() {
        mail["why"] = why.clone();
    }
    if let (Value::Object(mail), Value::Object(more)) = (&mut mail, more) {
        mail.extend(more);
    }
    mail
}

/// A worker of a backend that sends later; its stream stands at number 4.
fn listening() -> (Fake, Rc<Worker<Fake>>) {
    let fake = paired();
    let capabilities = ["tracking", "events", "verdicts", "scheduling"].map(str::to_owned).to_vec();
    put(&fake, key::CONNECTION, &Connection { capabilities, ..connection() });
    fake.browser.server.verdicts.set(true);
    let account = json!({
        "account": {"id": "abcd1234", "name": "Ana"}, "device": Uuid::from_u128(1),
        "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
        "capabilities": ["tracking", "events", "verdicts", "scheduling"],
    });
    fake.browser.server.answers("GET /account", body(&account));
    fake.browser.server.answers("GET /scheduled?", body(&json!({"scheduled": [], "needs": 0, "waiting": 0})));
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    (fake, worker)
}

fn needs(number: u128, state: ScheduledState, why: Why) -> Event {
    Event::Scheduled { scheduled: id(number), state, why: Some(why), at: START, tell: true }
}

fn says(fake: &Fake, from: u32, events: &[Event]) {
    let text: String = (from..).zip(events).map(|(number, event)| frame(number, event)).collect();
    fake.browser.server.says(&text);
    fake.idle();
    fake.pass(MOMENT.into());
    fake.idle();
}

fn shown(fake: &Fake) -> Vec<(String, String)> {
    fake.browser.shown.borrow().iter().map(|notice| (notice.title.clone(), notice.text.clone())).collect()
}

fn waiting(fake: &Fake) -> usize {
    stored::<Vec<HeldNeed>>(fake, key::HELD_NEEDS).unwrap_or_default().len()
}

#[test]
fn it_says_what_is_wrong_and_what_the_server_said() {
    let refused = Why::Trouble { trouble: Trouble::RecipientRefused };
    for (state, why, wire, more, title, text) in [
        (
            ScheduledState::Held,
            Why::Unclear,
            json!({"why": "unclear"}),
            json!({}),
            "Held: perhaps already sent",
            "To: Ana · Offer\nWhether it went out could not be found out: the answer was lost after it was handed over, or the server was brought back from a backup. It is not sent again without you.",
        ),
        (
            ScheduledState::Failed,
            refused,
            json!({"why": "trouble", "trouble": "recipient_refused"}),
            json!({"said": "No\u{202e}such\u{0} <b>user</b>", "content": {"subject": "$1", "recipients": [], "links": []}}),
            "Not sent: an address was refused",
            "To:  · $1\n“Nosuch <b>user</b>”\nThe draft is still there.",
        ),
        (ScheduledState::Sent, Why::Late, json!({"why": "late"}), json!({}), "Sent late", "To: Ana · Offer"),
    ] {
        let (fake, _worker) = listening();
        let name = serde_json::to_value(state).expect("plain");
        let wire = mail(1, name.as_str().expect("a name"), &wire, more);
        fake.browser.server.answers(&format!("GET /scheduled/{}", id(1)), body(&wire));
        says(&fake, 5, &[needs(1, state, why)]);
        assert_eq!(shown(&fake), [(title.to_owned(), text.to_owned())]);
        assert_eq!((fake.browser.shown.borrow()[0].buttons.len(), waiting(&fake)), (0, 0));
        // Told once, over restarts too.
        let fake = fake.restarted();
        let worker = fake.worker();
        resume(&fake, &worker);
        fake.pass(MOMENT.into());
        fake.idle();
        assert_eq!(shown(&fake).len(), 1);
    }
}

#[test]
fn what_holds_no_more_is_not_told() {
    let held = json!({"why": "late"});
    for (answer, expected) in [
        (body(&mail(1, "held", &held, json!({}))), 1),
        (body(&mail(1, "scheduled", &Value::Null, json!({}))), 0),
        (Answer::Problem(404, waxwing_protocol::api::problem::NOT_FOUND, None), 0),
        // Nobody can be asked: that it needs the user is known all the same.
        (Answer::Fails(HttpError::Unreachable), 1),
    ] {
        let (fake, _worker) = listening();
        fake.browser.server.answers(&format!("GET /scheduled/{}", id(1)), answer);
        says(&fake, 5, &[needs(1, ScheduledState::Held, Why::Late)]);
        assert_eq!((shown(&fake).len(), waiting(&fake)), (expected, 0));
    }
    // It moved on before it was told; and what stands there already goes.
    let (fake, _worker) = listening();
    fake.browser.server.answers(&format!("GET /scheduled/{}", id(1)), body(&mail(1, "held", &held, json!({}))));
    let on = Event::Scheduled { scheduled: id(1), state: ScheduledState::Scheduled, why: None, at: START, tell: false };
    says(&fake, 5, &[needs(1, ScheduledState::Held, Why::Late), on.clone()]);
    assert_eq!((shown(&fake).len(), waiting(&fake)), (0, 0));
    says(&fake, 7, &[needs(1, ScheduledState::Held, Why::Late)]);
    assert!(fake.browser.standing.borrow().contains(&format!("later:{}", id(1))));
    says(&fake, 8, &[on]);
    assert!(fake.browser.standing.borrow().is_empty());
}

#[test]
fn quiet_hours_hold_it_and_looking_at_mails_does_not_drop_it() {
    let (fake, worker) = listening();
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings { quiet, ..NotifySettings::default() } }).expect("kept");
    for number in 1..=4 {
        let wire = mail(number, "held", &json!({"why": "late"}), json!({}));
        fake.browser.server.answers(&format!("GET /scheduled/{}", id(number)), body(&wire));
    }
    let all: Vec<Event> = (1..=4).map(|number| needs(number, ScheduledState::Held, Why::Late)).collect();
    says(&fake, 5, &all);
    assert_eq!((shown(&fake).len(), waiting(&fake)), (0, 4));
    assert!(fake.alarm(ALARM).is_some());
    ask(&fake, &worker, ToWorker::Seen).expect("done");
    assert_eq!(waiting(&fake), 4);
    // One for all afterwards. The fourth is not asked for: it is counted, and not named.
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings::default() }).expect("kept");
    alarm(&fake, &worker, ALARM);
    let expected = ("4 mails or mailboxes need you".to_owned(), "Offer\nOffer\nOffer\nand 1 more".to_owned());
    assert_eq!(shown(&fake), [expected]);
    assert_eq!(fake.browser.shown.borrow()[0].id, "needs");
    // Whoever does not want it is told nothing.
    let (fake, worker) = listening();
    let none = NotifySettings { needs: false, ..NotifySettings::default() };
    ask(&fake, &worker, ToWorker::SetNotify { settings: none }).expect("kept");
    says(&fake, 5, &[needs(1, ScheduledState::Held, Why::Late)]);
    assert_eq!((shown(&fake).len(), waiting(&fake)), (0, 0));
}

fn pressed(fake: &Fake, worker: &Rc<Worker<Fake>>, notice: &str, index: u32) {
    let (worker, notice) = (Rc::clone(worker), notice.to_owned());
    fake.run(async move { worker.on_notice_button(&notice, index).await });
}

#[test]
fn who_is_asked_can_answer_at_once() {
    let wire = mail(1, "held", &json!({"why": "late"}), json!({}));
    let mut asking = wire.clone();
    asking["schedule"]["late"] = json!({"minutes": 30, "then": "ask"});
    let (fake, worker) = listening();
    fake.browser.server.answers(&format!("GET /scheduled/{}", id(1)), body(&asking));
    says(&fake, 5, &[needs(1, ScheduledState::Held, Why::Late)]);
    let notice = fake.browser.shown.borrow()[0].clone();
    assert_eq!(notice.title, "Its time is over: send it now?");
    assert_eq!(notice.buttons, ["Send now", "Leave it"]);
    let sent = |fake: &Fake| fake.browser.server.calls_with("POST /scheduled/").len();
    pressed(&fake, &worker, &notice.id, 1);
    assert_eq!((sent(&fake), fake.browser.standing.borrow().len()), (0, 0));
    fake.browser.server.answers("POST /scheduled/", body(&wire));
    pressed(&fake, &worker, &notice.id, 0);
    assert_eq!(sent(&fake), 1);
    assert_eq!(fake.browser.server.bodies.borrow().last().map(String::as_str), Some(r#"{"action":"send_now","seen":{}}"#));
    assert!(fake.browser.opened.borrow().is_empty());
    // What the backend says no to is shown where the mail is.
    fake.browser.server.answers("POST /scheduled/", Answer::Problem(409, "conflict", None));
    pressed(&fake, &worker, &notice.id, 0);
    assert_eq!(fake.browser.opened.take(), [(None, format!("chrome-extension://{OWN_ID}/popup.html#scheduled"))]);
    for other in ["", "needs", "later:x", "open:1", "mailbox:1"] {
        pressed(&fake, &worker, other, 0);
    }
    assert_eq!(sent(&fake), 2);
}

#[test]
fn a_mailbox_that_needs_its_owner_is_told_and_led_to() {
    let mailbox = |state: &Value| {
        json!({"mailboxes": [{
            "id": id(9), "address": "mara@fjord.example", "kind": "imap", "state": state, "daily_limit": 1, "connected_at": 1,
        }], "google": false})
    };
    let wants = mailbox(&json!({"state": "sign_in", "since": 1, "trouble": "wrong_password"}));
    for (answer, expected) in
        [(wants.clone(), 1), (mailbox(&json!({"state": "ok"})), 0), (json!({"mailboxes": [], "google": false}), 0)]
    {
        let (fake, _worker) = listening();
        fake.browser.server.answers("GET /mailboxes", body(&answer));
        says(&fake, 5, &[Event::Mailbox { mailbox: id(9), sign_in: true }]);
        assert_eq!(shown(&fake).len(), expected);
    }
    let (fake, worker) = listening();
    fake.browser.server.answers("GET /mailboxes", body(&wants));
    says(&fake, 5, &[Event::Mailbox { mailbox: id(9), sign_in: true }]);
    let text = "Why: user or password are wrong.\nScheduled mails that fall due wait until then.";
    assert_eq!(shown(&fake), [("Sign in again: mara@fjord.example".to_owned(), text.to_owned())]);
    let notice = format!("mailbox:{}", id(9));
    let clicked = Rc::clone(&worker);
    fake.run(async move { clicked.on_notice_clicked(&notice).await });
    assert_eq!(fake.browser.opened.take(), [(None, format!("chrome-extension://{OWN_ID}/options.html#mailboxes"))]);
    says(&fake, 6, &[Event::Mailbox { mailbox: id(9), sign_in: false }]);
    assert!(fake.browser.standing.borrow().is_empty());
}

#[test]
fn the_badge_counts_what_needs_the_user_until_it_does_not() {
    let (fake, worker) = listening();
    let list = |needs: u32| body(&json!({"scheduled": [], "needs": needs, "waiting": 3}));
    fake.browser.server.answers("GET /scheduled?", list(2));
    says(&fake, 5, &[needs(1, ScheduledState::Held, Why::Late)]);
    fake.pass(2_000);
    fake.idle();
    assert_eq!(fake.browser.badge.borrow().as_str(), "2");
    ask(&fake, &worker, ToWorker::Seen).expect("done");
    assert_eq!(fake.browser.badge.borrow().as_str(), "2", "looking at mails does not do it");
    let Ok(waxwing_protocol::page::Answer::Status(status)) = ask(&fake, &worker, ToWorker::Status) else { panic!("a status") };
    assert_eq!((status.needs, status.scheduled), (2, 3));
    fake.browser.server.answers("GET /scheduled?", list(0));
    let on = Event::Scheduled { scheduled: id(1), state: ScheduledState::Sent, why: None, at: START, tell: false };
    says(&fake, 6, &[on]);
    fake.pass(2_000);
    fake.idle();
    assert_eq!(fake.browser.badge.borrow().as_str(), "");
}

#[test]
fn what_waits_is_kept_for_when_the_backend_is_away() {
    let (fake, worker) = listening();
    let list = |list, before: Option<&str>| {
        let (worker, question) = (Rc::clone(&worker), LaterToWorker::List { list, before: before.map(str::to_owned) });
        fake.run(async move { worker.answer_later(question, &from_page()).await }).expect("an answer comes")
    };
    let held = mail(1, "held", &json!({"why": "late"}), json!({}));
    let page = json!({"scheduled": [held], "needs": 1, "waiting": 0, "next": "more"});
    fake.browser.server.answers("GET /scheduled?", body(&page));
    let Ok(LaterAnswer::Page { page, from_cache_of: None }) = list(ScheduledList::Waiting, None) else { panic!("a page") };
    assert_eq!((page.scheduled.len(), page.next.as_deref()), (1, Some("more")));
    fake.browser.server.answers("GET /scheduled?", Answer::Fails(HttpError::Unreachable));
    let Ok(LaterAnswer::Page { page: copy, from_cache_of }) = list(ScheduledList::Waiting, None) else { panic!("the copy") };
    assert_eq!((copy.scheduled, copy.needs, copy.next), (page.scheduled, 1, None));
    assert!(from_cache_of.is_some_and(|at| at >= START));
    // Only the first page of what waits is kept.
    for (which, before) in [(ScheduledList::Waiting, Some("more")), (ScheduledList::Done, None)] {
        assert_eq!(list(which, before), Err(Fault::Unreachable));
    }
    // A refusal is none of a backend that is away.
    fake.browser.server.answers("GET /scheduled?", Answer::Problem(409, "conflict", None));
    assert_eq!(list(ScheduledList::Waiting, None), Err(Fault::Conflict));
    ask(&fake, &worker, ToWorker::Disconnect { anyway: false }).expect("done");
    assert_eq!(list(ScheduledList::Waiting, None), Err(Fault::NotConnected));
    assert_eq!(stored::<Value>(&fake, key::CACHED_SCHEDULED), None);
    assert_eq!(fake.browser.badge.borrow().as_str(), "");
}
