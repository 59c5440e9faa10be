//! What pages and Gmail's tabs are answered about mails that go out later.

use std::rc::Rc;

use serde_json::json;
use uuid::Uuid;
use waxwing_protocol::api::{
    Content, DraftHint, Event, GmailIds, Late, Schedule, Scheduled, ScheduledAction, ScheduledList, ScheduledPage,
    ScheduledState, Trouble, When, problem,
};
use waxwing_protocol::page::{
    Connection, Fault, LaterAnswer, LaterToWorker, PanelEnd, PanelFacts, ScheduledBrief, ToTab, ToWorker, key,
};

use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, OWN_ID, START};
use crate::worker::sender::{Sender, SenderTab};
use crate::worker::tests::{ask_as, connection, frame, from_gmail, from_page, paired, put, resume, stored};

const KEY: Uuid = Uuid::from_u128(77);

/// A browser that is paired with a backend that can send later.
fn able() -> Fake {
    let fake = paired();
    let capabilities = ["tracking", "events", "scheduling"].map(str::to_owned).to_vec();
    put(&fake, key::CONNECTION, &Connection { capabilities, ..connection() });
    fake
}

/// The panel's frame in a tab.
fn from_panel(tab: i32) -> Sender {
    Sender { tab: Some(SenderTab { id: Some(tab) }), ..from_page() }
}

fn later(fake: &Fake, worker: &Rc<Worker<Fake>>, sender: Sender, question: LaterToWorker) -> Result<LaterAnswer, Fault> {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.answer_later(question, &sender).await }).expect("an answer comes")
}

fn mail(id: u128, state: ScheduledState, draft: &str) -> Scheduled {
    Scheduled {
        id: Uuid::from_u128(id),
        mailbox: Uuid::from_u128(1),
        state,
        why: None,
        said: None,
        due_at: Some(START + i64::try_from(id).expect("small")),
        sent_at: None,
        times: 0,
        schedule: Schedule {
            when: When::Instant { at: START, zone: "UTC".to_owned() },
            phrase: None,
            unless_answered: false,
            late: Late::default(),
            holidays: Vec::new(),
            remind: None,
        },
        content: Content::default(),
        gmail: GmailIds { draft: Some(draft.to_owned()), ..GmailIds::default() },
        track: true,
        message: None,
        created_at: START,
    }
}

fn brief(mail: &Scheduled) -> ScheduledBrief {
    ScheduledBrief { id: mail.id, state: mail.state, due_at: mail.due_at, draft: mail.gmail.draft.clone(), legacy_thread: None }
}

fn json_answer(value: &impl serde::Serialize) -> Answer {
    Answer::Body(200, "application/json", serde_json::to_string(value).expect("plain"))
}

fn page(mails: &[Scheduled], next: Option<&str>) -> Answer {
    json_answer(&ScheduledPage { scheduled: mails.to_vec(), needs: 0, waiting: 0, next: next.map(str::to_owned) })
}

fn facts() -> PanelFacts {
    let gmail = GmailIds { draft: Some("msg-a:r1".to_owned()), ..GmailIds::default() };
    PanelFacts { draft: DraftHint { gmail, ..DraftHint::default() }, ..PanelFacts::default() }
}

fn open(fake: &Fake, worker: &Rc<Worker<Fake>>) {
    let opened = ask_as(fake, worker, from_gmail(), ToWorker::OpenPanel { key: KEY, facts: Box::new(facts()) });
    assert!(opened.is_ok(), "{opened:?}");
}

#[test]
fn a_panel_is_known_by_its_key_in_its_own_tab_over_restarts_until_it_ends() {
    let fake = able();
    let worker = fake.worker();
    let ask = |fake: &Fake, worker: &Rc<Worker<Fake>>, sender, key| later(fake, worker, sender, LaterToWorker::Panel { key });
    assert_eq!(ask(&fake, &worker, from_panel(7), KEY), Err(Fault::NotFound), "before it was opened");
    open(&fake, &worker);
    let shown = LaterAnswer::Panel { facts: facts(), scheduled: None, account: None };
    assert_eq!(ask(&fake, &worker, from_panel(7), KEY), Ok(shown.clone()));
    // Another tab, a page in none, another key.
    for (sender, key) in [(from_panel(8), KEY), (from_page(), KEY), (from_panel(7), Uuid::from_u128(78))] {
        assert_eq!(ask(&fake, &worker, sender, key), Err(Fault::NotFound));
    }
    let fake = fake.restarted();
    let worker = fake.worker();
    assert_eq!(ask(&fake, &worker, from_panel(7), KEY), Ok(shown));
    let size = |tab, height| later(&fake, &worker, from_panel(tab), LaterToWorker::PanelSize { key: KEY, height });
    assert_eq!(size(8, 300), Err(Fault::NotFound));
    assert_eq!(size(7, 300), Ok(LaterAnswer::Done));
    assert_eq!(size(7, u32::MAX), Ok(LaterAnswer::Done));
    let end = LaterToWorker::PanelEnd { key: KEY, end: PanelEnd::Closed };
    assert_eq!(later(&fake, &worker, from_panel(7), end.clone()), Ok(LaterAnswer::Done));
    assert_eq!(later(&fake, &worker, from_panel(7), end), Err(Fault::NotFound), "it ended");
    assert_eq!(
        *fake.browser.told_tabs.borrow(),
        [
            (7, ToTab::PanelSize { key: KEY, height: 300 }),
            (7, ToTab::PanelSize { key: KEY, height: 4_000 }),
            (7, ToTab::PanelEnd { key: KEY, end: PanelEnd::Closed })
        ]
    );
    open(&fake, &worker);
    // Only its own tab closes it.
    let close = |sender| ask_as(&fake, &worker, sender, ToWorker::ClosePanel { key: KEY });
    let other = Sender { tab: Some(SenderTab { id: Some(8) }), ..from_gmail() };
    assert!(close(other).is_ok());
    assert!(ask(&fake, &worker, from_panel(7), KEY).is_ok());
    assert!(close(from_gmail()).is_ok());
    assert_eq!(ask(&fake, &worker, from_panel(7), KEY), Err(Fault::NotFound));
    // A page of ours opens none.
    assert!(ask_as(&fake, &worker, from_page(), ToWorker::OpenPanel { key: KEY, facts: Box::new(facts()) }).is_err());
}

#[test]
fn content_scripts_and_strangers_ask_nothing_of_this() {
    let fake = able();
    let worker = fake.worker();
    let stranger = Sender { id: Some("other".to_owned()), ..from_page() };
    for sender in [from_gmail(), stranger, Sender::default()] {
        let answer = later(&fake, &worker, sender, LaterToWorker::Mailboxes);
        assert!(matches!(answer, Err(Fault::Internal { .. })), "{answer:?}");
    }
    assert!(fake.browser.server.calls.borrow().is_empty());
    assert_eq!(from_page().id.as_deref(), Some(OWN_ID));
}

#[test]
fn a_backend_that_cannot_is_too_old_and_none_is_none() {
    let fake = paired();
    let worker = fake.worker();
    assert_eq!(later(&fake, &worker, from_page(), LaterToWorker::Mailboxes), Err(Fault::TooOld));
    assert!(fake.browser.server.calls.borrow().is_empty());
    let fake = Fake::new();
    let worker = fake.worker();
    assert_eq!(later(&fake, &worker, from_page(), LaterToWorker::Mailboxes), Err(Fault::NotConnected));
}

#[test]
fn a_panel_knows_that_its_draft_is_scheduled() {
    let fake = able();
    let worker = fake.worker();
    let known = mail(5, ScheduledState::Scheduled, "msg-a:r1");
    put(&fake, key::SCHEDULED, &[brief(&mail(4, ScheduledState::Held, "msg-a:r0")), brief(&known)]);
    open(&fake, &worker);
    let panel = || later(&fake, &worker, from_panel(7), LaterToWorker::Panel { key: KEY });
    let mut detail = serde_json::to_value(&known).expect("plain");
    detail["flight"] = json!([]);
    fake.browser.server.answers("GET /scheduled/", json_answer(&detail));
    assert_eq!(panel(), Ok(LaterAnswer::Panel { facts: facts(), scheduled: Some(known), account: None }));
    fake.browser.server.answers("GET /scheduled/", Answer::Problem(404, problem::NOT_FOUND, None));
    assert_eq!(panel(), Ok(LaterAnswer::Panel { facts: facts(), scheduled: None, account: None }));
    fake.browser.server.answers("GET /scheduled/", Answer::Problem(503, problem::UNAVAILABLE, None));
    assert_eq!(panel(), Err(Fault::Unavailable));
}

#[test]
fn what_is_scheduled_is_kept_for_gmails_tabs() {
    let fake = able();
    let worker = fake.worker();
    let (one, two) = (mail(1, ScheduledState::Scheduled, "msg-a:r1"), mail(2, ScheduledState::Held, "msg-a:r2"));
    fake.browser.server.answers("GET /scheduled?", page(std::slice::from_ref(&two), None));
    fake.browser.server.answers("GET /scheduled?list=waiting&limit=100", page(std::slice::from_ref(&one), Some("a+b")));
    fake.browser.server.answers("GET /scheduled?list=waiting&limit=100&before=a%2Bb", page(std::slice::from_ref(&two), None));
    let account = json!({
        "account": {"id": "abcd1234", "name": "Ana"}, "device": Uuid::from_u128(1),
        "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
        "capabilities": ["tracking", "events", "scheduling"],
    });
    fake.browser.server.answers("GET /account", json_answer(&account));
    resume(&fake, &worker);
    let kept = || stored::<Vec<ScheduledBrief>>(&fake, key::SCHEDULED);
    assert_eq!(kept(), Some(vec![brief(&one), brief(&two)]), "at the start of the stream");
    // An event: asked for anew, in a moment, once for a row of them.
    fake.browser.server.answers("GET /scheduled?", page(&[], None));
    let gone = Event::Scheduled { scheduled: one.id, state: ScheduledState::Sent, why: None, at: START, tell: false };
    let asked = fake.browser.server.calls_with("GET /scheduled").len();
    fake.browser.server.says(&frame(1, &gone));
    fake.browser.server.says(&frame(2, &gone));
    fake.idle();
    fake.pass(1_000);
    fake.idle();
    assert_eq!(kept(), Some(Vec::new()));
    assert_eq!(fake.browser.server.calls_with("GET /scheduled").len(), asked + 1);
    // No answer: as it was.
    put(&fake, key::SCHEDULED, &[brief(&one)]);
    fake.browser.server.answers("GET /scheduled?", Answer::Problem(503, problem::UNAVAILABLE, None));
    fake.browser.server.says(&frame(3, &gone));
    fake.idle();
    fake.pass(1_000);
    fake.idle();
    assert_eq!(kept(), Some(vec![brief(&one)]));
}

#[test]
fn what_was_done_is_seen_at_once() {
    let fake = able();
    let worker = fake.worker();
    let (one, two) = (mail(1, ScheduledState::Scheduled, "msg-a:r1"), mail(2, ScheduledState::Scheduled, "msg-a:r2"));
    put(&fake, key::SCHEDULED, &[brief(&two)]);
    let schedule = waxwing_protocol::api::PutScheduled {
        mailbox: one.mailbox,
        draft: DraftHint::default(),
        schedule: one.schedule.clone(),
        track: true,
    };
    fake.browser.server.answers("PUT /scheduled/", json_answer(&one));
    let asked = LaterToWorker::Put { id: one.id, put: Box::new(schedule) };
    assert_eq!(later(&fake, &worker, from_panel(7), asked), Ok(LaterAnswer::Scheduled { scheduled: one.clone() }));
    let kept = || stored::<Vec<ScheduledBrief>>(&fake, key::SCHEDULED).unwrap_or_default();
    assert_eq!(kept(), [brief(&one), brief(&two)]);
    // Undo, from Gmail's tab.
    let cancelled = Scheduled { state: ScheduledState::Cancelled, due_at: None, ..one.clone() };
    fake.browser.server.answers("POST /scheduled/", json_answer(&cancelled));
    assert!(ask_as(&fake, &worker, from_gmail(), ToWorker::Unschedule { id: one.id }).is_ok());
    assert_eq!(kept(), [brief(&two)]);
    assert_eq!(fake.browser.server.bodies.borrow().last().map(String::as_str), Some(r#"{"action":"cancel"}"#));
    fake.browser.server.answers("POST /scheduled/", Answer::Problem(409, problem::CONFLICT, None));
    let act = LaterToWorker::Act { id: one.id, action: ScheduledAction::SendNow { seen: None } };
    assert_eq!(later(&fake, &worker, from_page(), act), Err(Fault::Conflict));
}

#[test]
fn what_a_backend_says_of_drafts_times_and_mailboxes() {
    let mailbox = |detail: &str| {
        let body = json!({"type": "urn:waxwing:problem:mailbox", "title": "x", "status": 502, "detail": detail});
        Answer::Body(502, "application/problem+json", body.to_string())
    };
    for (answer, fault) in [
        (Answer::Problem(409, problem::DRAFT_UNKNOWN, None), Fault::DraftUnknown),
        (Answer::Problem(422, problem::DRAFT_UNFIT, None), Fault::DraftUnfit),
        (Answer::Problem(422, problem::NO_TIME, None), Fault::NoTime),
        (Answer::Problem(409, problem::NO_GOOGLE_CLIENT, None), Fault::NoGoogleClient),
        (mailbox("wrong_password"), Fault::Mailbox { trouble: Trouble::WrongPassword }),
        (mailbox("of a later version"), Fault::Mailbox { trouble: Trouble::Protocol }),
    ] {
        let fake = able();
        let worker = fake.worker();
        fake.browser.server.answers("GET /scheduled", answer);
        let list = LaterToWorker::List { list: ScheduledList::Done, before: Some("x y".to_owned()) };
        assert_eq!(later(&fake, &worker, from_page(), list), Err(fault));
        assert_eq!(*fake.browser.server.calls.borrow(), ["GET /scheduled?list=done&limit=100&before=x%20y"]);
        // The backend is there: nothing says that the connection is down.
        let link: Option<serde_json::Value> = stored(&fake, key::LINK);
        assert_eq!(link.map(|link| link["state"].clone()), Some(json!("up")));
    }
}

#[test]
fn only_web_addresses_are_opened() {
    for (url, opens) in [("https://accounts.google.com/o/oauth2/v2/auth?x=1", true), ("chrome://settings", false), ("", false)]
    {
        let fake = able();
        let worker = fake.worker();
        fake.browser.server.answers("POST /mailboxes/gmail", json_answer(&json!({"url": url, "rights": []})));
        assert_eq!(later(&fake, &worker, from_page(), LaterToWorker::ConnectGmail).is_ok(), opens, "{url}");
        assert_eq!(!fake.browser.opened.borrow().is_empty(), opens, "{url}");
    }
}
