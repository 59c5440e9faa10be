//! Reminders: what waits in the outbox, what Gmail's tabs are told, what is told the user, what is kept for later.

use std::rc::Rc;

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_protocol::api::{
    Condition, Event, GmailIds, PutMessage, PutReminder, RemindedMail, WaitingAction, WaitingList, WaitingNews, WaitingOrder,
    When, Wish, problem,
};
use waxwing_protocol::page::{
    Connection, Fault, HeldNeed, LaterAnswer, LaterToWorker, NotifySettings, OutboxEntry, OutboxTask, QuietHours,
    ReminderBrief, ToWorker, key,
};

use crate::chrome::http::HttpError;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, OWN_ID, START};
use crate::worker::notify::MOMENT;
use crate::worker::sender::Sender;
use crate::worker::tests::{ask_as, connection, frame, from_gmail, from_page, paired, put, resume, stored};

const ABLE: [&str; 5] = ["tracking", "events", "verdicts", "scheduling", "reminders"];
/// 09:00 of the fake's next day: its clocks show UTC.
const TOMORROW: &str = "2027-01-16T09:00:00";

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn body(value: &Value) -> Answer {
    Answer::Body(200, "application/json", value.to_string())
}

/// A mail as the backend has it.
fn mail(number: u128, reminder: &Value, more: Value) -> Value {
    let mut mail = json!({
        "id": id(number), "sender": "mara@fjord.example", "sent_at": START - 6 * 86_400_000,
        "gmail": {"legacy_thread": format!("{number:016x}"), "legacy_message": "18c1f0a2b3d4e5f7"},
        "content": {"subject": "Deposit", "recipients": [{"kind": "to", "address": "jonas@weber.example", "name": "Jonas"}], "links": []},
    });
    if !reminder.is_null() {
        mail["reminder"] = reminder.clone();
    }
    if let (Value::Object(mail), Value::Object(more)) = (&mut mail, more) {
        mail.extend(more);
    }
    mail
}

fn reminder(state: &str, more: Value) -> Value {
    let mut reminder = json!({
        "id": id(500), "state": state, "times": 0, "by_default": false,
        "wish": {"when": {"kind": "at", "wall": "2027-01-15T09:00:00", "zone": "Europe/Paris"}, "condition": "no_answer"},
    });
    if let (Value::Object(reminder), Value::Object(more)) = (&mut reminder, more) {
        reminder.extend(more);
    }
    reminder
}

fn back() -> Value {
    reminder("back", json!({"why": {"why": "no_answer"}, "came_at": START, "times": 1}))
}

fn opened() -> Value {
    json!({"message": id(1), "activity": {"state": "opened", "opens": 2, "open_hits": 2, "clicks": 0, "click_hits": 0, "last_open_at": START - 60_000}})
}

fn page(mails: &[Value], back: u32, waiting: u32) -> Answer {
    body(&json!({"mails": mails, "back": back, "waiting": waiting}))
}

fn able() -> Fake {
    let fake = paired();
    put(&fake, key::CONNECTION, &Connection { capabilities: ABLE.map(str::to_owned).to_vec(), ..connection() });
    fake.browser.server.verdicts.set(true);
    let server = &fake.browser.server;
    server.answers(
        "GET /account",
        body(&json!({
            "account": {"id": "abcd1234", "name": "Ana"}, "device": id(1), "capabilities": ABLE,
            "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
        })),
    );
    server.answers("GET /scheduled?", body(&json!({"scheduled": [], "needs": 0, "waiting": 0})));
    server.answers("GET /waiting?", page(&[], 0, 0));
    server.answers("GET /reminders/settings", body(&json!({"zone": "Europe/Paris", "language": "en"})));
    fake
}

/// A worker whose stream stands at number 4.
fn listening(fake: &Fake) -> Rc<Worker<Fake>> {
    let worker = fake.worker();
    resume(fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    worker
}

fn happened(number: u128, what: WaitingNews, tell: bool) -> Event {
    Event::Waiting { mail: id(number), message: None, what, at: START, tell }
}

fn says(fake: &Fake, from: u32, events: &[Event]) {
    let text: String = (from..).zip(events).map(|(number, event)| frame(number, event)).collect();
    fake.browser.server.says(&text);
    fake.idle();
    fake.pass(MOMENT.into());
    fake.idle();
}

fn later_as(fake: &Fake, worker: &Rc<Worker<Fake>>, sender: Sender, question: LaterToWorker) -> Result<LaterAnswer, Fault> {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.answer_later(question, &sender).await }).expect("an answer comes")
}

fn later(fake: &Fake, worker: &Rc<Worker<Fake>>, question: LaterToWorker) -> Result<LaterAnswer, Fault> {
    later_as(fake, worker, from_page(), question)
}

fn list(list: WaitingList) -> LaterToWorker {
    LaterToWorker::Waiting { list, order: WaitingOrder::Oldest, before: None }
}

fn chosen(message: Option<Uuid>, thread: Option<&str>) -> PutReminder {
    PutReminder {
        mail: RemindedMail {
            message,
            sender: "mara@fjord.example".to_owned(),
            sent_at: START,
            gmail: GmailIds { legacy_thread: thread.map(str::to_owned), ..GmailIds::default() },
            ..RemindedMail::default()
        },
        wish: Wish {
            when: When::Instant { at: START + 1, zone: "UTC".to_owned() },
            phrase: None,
            condition: Condition::NoAnswer,
            every_days: None,
        },
    }
}

/// What a content script writes itself.
fn write(fake: &Fake, order: i64, task: OutboxTask) {
    let name = format!("{}{order:020}:{}", key::OUTBOX, task.mail());
    let entry = OutboxEntry { task, queued_at: order, attempts: 0, next_at: 0, account: "abcd1234".to_owned() };
    put(fake, &name, &entry);
}

fn message() -> PutMessage {
    PutMessage {
        epoch: 0,
        sent_at: START,
        scheduled: false,
        sender: "mara@fjord.example".to_owned(),
        gmail: GmailIds::default(),
        content: waxwing_protocol::api::Content::default(),
    }
}

fn flush(fake: &Fake, worker: &Rc<Worker<Fake>>) {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.flush().await });
}

fn changes(fake: &Fake) -> Vec<String> {
    let is_change = |call: &String| !call.starts_with("GET");
    fake.browser.server.calls.borrow().iter().filter(|call| is_change(call)).cloned().collect()
}

fn briefs(fake: &Fake) -> Vec<ReminderBrief> {
    stored(fake, key::REMINDERS).unwrap_or_default()
}

fn shown(fake: &Fake) -> Vec<(String, String)> {
    fake.browser.shown.borrow().iter().map(|notice| (notice.title.clone(), notice.text.clone())).collect()
}

#[test]
fn a_reminder_follows_its_mail_through_the_outbox() {
    let fake = able();
    let worker = fake.worker();
    let waits = reminder("waiting", json!({"due_at": START + 86_400_000}));
    fake.browser.server.answers("PUT /reminders/", body(&mail(1, &waits, json!({}))));
    write(&fake, START, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 2, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 3, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), Some("18c1f0a2b3d4e5f6")) });
    flush(&fake, &worker);
    let mail_path = format!("PUT /messages/{}", id(1));
    let reminder_path = format!("PUT /reminders/{}", id(500));
    assert_eq!(changes(&fake), [mail_path.clone(), reminder_path.clone(), mail_path, reminder_path]);
    assert!(fake.browser.local.names_with(key::OUTBOX).is_empty());
    // What came back is known to Gmail's tabs at once, in words.
    let known = briefs(&fake);
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].id, known[0].legacy_thread.as_str()), (id(1), "0000000000000001"));
    assert_eq!(known[0].say, "Comes back day 20834 08:00 if nobody answers");
}

#[test]
fn what_is_learnt_of_a_reminder_is_one_question() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /reminders/", body(&mail(500, &back(), json!({}))));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(None, Some("18c1f0a2b3d4e5f6")) });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(None, None) });
    flush(&fake, &worker);
    assert_eq!(changes(&fake).len(), 1);
    let sent: PutReminder = serde_json::from_str(&fake.browser.server.bodies.borrow()[0]).expect("a reminder");
    assert_eq!(sent.mail.gmail.legacy_thread.as_deref(), Some("18c1f0a2b3d4e5f6"), "nothing learnt is lost");
}

#[test]
fn what_is_undone_has_no_reminder_whether_it_went_or_not() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /", Answer::Fails(HttpError::Unreachable));
    write(&fake, START, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    flush(&fake, &worker);
    fake.browser.server.answers("PUT /", Answer::Problem(500, "x", None));
    fake.browser.server.answers("POST /waiting/", Answer::Problem(404, problem::NOT_FOUND, None));
    fake.browser.server.answers("DELETE /", Answer::Body(204, "", String::new()));
    fake.pass(3_600_000);
    fake.browser.server.calls.borrow_mut().clear();
    assert!(ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(1) }).is_ok());
    assert_eq!(changes(&fake), [format!("POST /waiting/{}/action", id(1)), format!("DELETE /messages/{}", id(1))]);
    // One of an untracked mail stands under its own id, and is over at the backend, too.
    fake.browser.server.calls.borrow_mut().clear();
    fake.browser.server.answers("POST /waiting/", body(&mail(500, &reminder("done", json!({})), json!({}))));
    assert!(ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(500) }).is_ok());
    assert_eq!(fake.browser.server.calls_with("POST /waiting/"), [format!("POST /waiting/{}/action", id(500))]);
    assert!(fake.browser.local.names_with(key::OUTBOX).is_empty());
}

#[test]
fn what_is_refused_is_kept_shown_and_dropped() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /reminders/", Answer::Problem(422, problem::NO_TIME, None));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    flush(&fake, &worker);
    let Ok(LaterAnswer::Waiting { refused, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("a page") };
    assert_eq!(refused.iter().map(|it| (it.id, it.status)).collect::<Vec<_>>(), [(id(500), 422)]);
    assert_eq!(later(&fake, &worker, LaterToWorker::DropReminder { id: id(500) }), Ok(LaterAnswer::Done));
    assert!(fake.browser.local.names_with(key::PARKED).is_empty());
    let Ok(LaterAnswer::Waiting { refused, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("a page") };
    assert!(refused.is_empty());
}

#[test]
fn a_backend_that_knows_no_reminders_is_not_asked_and_holds_nobody_up() {
    let fake = paired();
    let worker = fake.worker();
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 1, OutboxTask::Put { id: id(2), message: message() });
    flush(&fake, &worker);
    assert_eq!(changes(&fake), [format!("PUT /messages/{}", id(2))]);
    assert_eq!(fake.browser.local.names_with(key::PARKED).len(), 1);
    for question in [list(WaitingList::Back), LaterToWorker::ReminderSettings] {
        assert_eq!(later(&fake, &worker, question), Err(Fault::TooOld));
    }
    // It was brought up to date: what was kept goes.
    let server = &fake.browser.server;
    server.answers("PUT /reminders/", body(&mail(1, &back(), json!({}))));
    server.answers(
        "GET /account",
        body(&json!({
            "account": {"id": "abcd1234", "name": "Ana"}, "device": id(1), "capabilities": ABLE,
            "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
        })),
    );
    resume(&fake, &worker);
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("PUT /reminders/").len(), 1);
    assert!(fake.browser.local.names_with(key::PARKED).is_empty());
}

#[test]
fn only_pages_ask_and_only_for_conversations() {
    let fake = able();
    let worker = fake.worker();
    let not_allowed = Err(Fault::Internal { detail: "not allowed".to_owned() });
    assert_eq!(later_as(&fake, &worker, from_gmail(), list(WaitingList::Back)), not_allowed);
    for thread in ["", "18c1", "18c1f0a2b3d4e5f6&list=back", "18c1f0a2b3d4e5fg"] {
        let asked = later(&fake, &worker, LaterToWorker::WaitingIn { thread: thread.to_owned() });
        assert_eq!(asked, Err(Fault::Internal { detail: "thread".to_owned() }), "{thread}");
    }
    assert!(later(&fake, &worker, LaterToWorker::WaitingIn { thread: "18c1f0a2b3d4e5f6".to_owned() }).is_ok());
    assert_eq!(*fake.browser.server.calls.borrow(), ["GET /waiting?thread=18c1f0a2b3d4e5f6"]);
}

#[test]
fn it_is_told_once_with_what_is_known_and_its_buttons_work() {
    let fake = able();
    let one = mail(1, &back(), opened());
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
    let worker = listening(&fake);
    fake.browser.server.answers("GET /waiting?list=waiting", page(&[], 1, 0));
    fake.browser.server.answers("GET /waiting?list=back", page(std::slice::from_ref(&one), 1, 0));
    says(&fake, 5, &[happened(1, WaitingNews::Back, true)]);
    let text = "To: Jonas\nYou asked for today 08:00 if nobody answers. Opened at least once, seen 2 times, last today 07:59.";
    assert_eq!(shown(&fake), [("Nobody answered: Deposit".to_owned(), text.to_owned())]);
    let notice = fake.browser.shown.borrow()[0].clone();
    assert_eq!(notice.buttons, ["Tomorrow", "Done"]);
    assert_eq!(fake.browser.badge.borrow().as_str(), "1");
    let Ok(waxwing_protocol::page::Answer::Status(status)) = ask_as(&fake, &worker, from_page(), ToWorker::Status) else {
        panic!("a status")
    };
    assert_eq!((status.back, status.unanswered), (1, 0));
    assert_eq!(briefs(&fake)[0].say, text.split_once('\n').expect("two lines").1);

    let pressed = |index| {
        let (worker, notice) = (Rc::clone(&worker), notice.id.clone());
        fake.run(async move { worker.on_notice_button(&notice, index).await });
    };
    fake.browser.server.answers("POST /waiting/", body(&mail(1, &reminder("waiting", json!({"due_at": START})), json!({}))));
    pressed(0);
    let wish = Wish {
        when: When::At { wall: TOMORROW.to_owned(), zone: "Europe/Paris".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    };
    let last = || fake.browser.server.bodies.borrow().last().cloned().unwrap_or_default();
    assert_eq!(last(), serde_json::to_string(&WaitingAction::Snooze { wish }).expect("plain"));
    assert!(fake.browser.standing.borrow().is_empty());
    fake.browser.server.answers("POST /waiting/", body(&mail(1, &reminder("done", json!({})), json!({}))));
    pressed(1);
    assert_eq!(last(), r#"{"action":"done"}"#);
    assert!(briefs(&fake).is_empty());
    // What the backend says no to is shown where the mail is.
    fake.browser.server.answers("POST /waiting/", Answer::Problem(409, problem::CONFLICT, None));
    pressed(1);
    assert_eq!(fake.browser.opened.take(), [(None, format!("chrome-extension://{OWN_ID}/popup.html#waiting"))]);
    // Told once, over restarts too.
    let fake = fake.restarted();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.pass(MOMENT.into());
    fake.idle();
    assert_eq!(shown(&fake).len(), 1);
}

#[test]
fn each_kind_has_its_words_and_what_holds_no_more_is_not_told() {
    use WaitingNews::{Answered, Back, Bounced};
    let bounced = json!({"bounced": {"at": START, "soft": false, "failed": ["x@y.example"], "status": "5.1.1"}});
    let answered = json!({"answered": {"at": START, "how": "alias", "from": "a\u{202e}@\u{0}b.example"}});
    let due = |why: Value| reminder("back", json!({"why": why, "came_at": START}));
    let told = |why: &str| reminder("done", json!({"why": {"why": why}, "came_at": START}));
    for (what, one, expected) in [
        (Bounced, mail(1, &Value::Null, bounced), Some(("Did not arrive: Deposit", "Did not arrive: no such mailbox there."))),
        (Answered, mail(1, &Value::Null, answered), Some(("Answered: Deposit", "taken as the same person."))),
        (
            Back,
            mail(1, &due(json!({"why": "not_opened"})), json!({})),
            Some(("Not opened, as far as can be known: Deposit", "if it is not opened.")),
        ),
        (
            Back,
            mail(1, &due(json!({"why": "trouble", "trouble": "unreachable"})), json!({})),
            Some(("Reminder: Deposit", "could not be asked: it cannot be reached.")),
        ),
        (Back, mail(1, &told("deleted"), json!({})), Some(("Reminder: Deposit", "was deleted or is in spam"))),
        (Back, mail(1, &reminder("answered", json!({})), json!({})), None),
        (Back, mail(1, &reminder("done", json!({"why": {"why": "no_answer"}})), json!({})), None),
        (Back, mail(1, &Value::Null, json!({})), None),
        (Bounced, mail(1, &back(), json!({})), None),
        (WaitingNews::Away, mail(1, &back(), json!({})), None),
        (WaitingNews::Changed, mail(1, &back(), json!({})), None),
    ] {
        let fake = able();
        fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
        let _worker = listening(&fake);
        says(&fake, 5, &[happened(1, what, true)]);
        match (shown(&fake).first(), expected) {
            (Some((title, text)), Some((said, within))) => {
                assert_eq!(title, said);
                assert!(text.contains(within), "{text}");
                assert!(!text.contains(['\u{202e}', '\u{0}', '*']), "{text:?}");
            }
            (None, None) => {}
            (shown, expected) => panic!("{what:?}: {shown:?}, {expected:?}"),
        }
        assert!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().is_empty());
    }
}

#[test]
fn quiet_hours_hold_it_and_whoever_does_not_want_it_is_not_told() {
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    for (settings, what, waits) in [
        (NotifySettings { quiet, ..NotifySettings::default() }, WaitingNews::Back, 1),
        (NotifySettings { reminders: false, ..NotifySettings::default() }, WaitingNews::Back, 0),
        (NotifySettings { reminders: false, ..NotifySettings::default() }, WaitingNews::Bounced, 0),
        (NotifySettings { answer: false, ..NotifySettings::default() }, WaitingNews::Answered, 0),
    ] {
        let fake = able();
        put(&fake, key::NOTIFY, &settings);
        fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&mail(1, &back(), json!({}))));
        let _worker = listening(&fake);
        says(&fake, 5, &[happened(1, what, true)]);
        assert!(shown(&fake).is_empty(), "{what:?}");
        assert_eq!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().len(), waits, "{what:?}");
        // Answered meanwhile: there is nothing to tell after the quiet hours.
        says(&fake, 6, &[happened(1, WaitingNews::Over, false)]);
        assert!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().is_empty());
    }
}

#[test]
fn a_notification_goes_when_it_is_over_and_leads_to_the_conversation() {
    let fake = able();
    let one = mail(1, &back(), json!({}));
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
    let worker = listening(&fake);
    says(&fake, 5, &[happened(1, WaitingNews::Back, true)]);
    let notice = format!("waiting:{}", id(1));
    assert!(fake.browser.standing.borrow().contains(&notice));
    says(&fake, 6, &[happened(1, WaitingNews::Changed, false)]);
    assert!(fake.browser.standing.borrow().contains(&notice), "what only moved is not over");
    says(&fake, 7, &[happened(1, WaitingNews::Over, false)]);
    assert!(fake.browser.standing.borrow().is_empty());
    let clicked = |notice: String| {
        let worker = Rc::clone(&worker);
        fake.run(async move { worker.on_notice_clicked(&notice).await });
        fake.browser.opened.take()
    };
    let conversation = "https://mail.google.com/mail/u/?authuser=mara@fjord.example#all/0000000000000001".to_owned();
    assert_eq!(clicked(notice.clone()), [(None, conversation)]);
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), Answer::Problem(404, problem::NOT_FOUND, None));
    assert_eq!(clicked(notice), [(None, format!("chrome-extension://{OWN_ID}/popup.html#waiting"))]);
}

#[test]
fn a_row_of_events_is_a_handful_of_questions() {
    let fake = able();
    let waits = reminder("waiting", json!({"due_at": START + 86_400_000}));
    let mails: Vec<Value> = (1..=30).map(|number| mail(number, &waits, json!({}))).collect();
    fake.browser.server.answers("GET /waiting?list=waiting", page(&mails, 0, 30));
    let _worker = listening(&fake);
    assert_eq!(briefs(&fake).len(), 30);
    fake.browser.server.calls.borrow_mut().clear();
    let events: Vec<Event> = (1..=30).map(|number| happened(number, WaitingNews::Changed, false)).collect();
    says(&fake, 5, &events);
    assert_eq!(fake.browser.server.calls_with("GET /waiting").len(), 2, "both lists, no mail by itself");
    // One alone is asked for by itself; one that is gone is forgotten.
    fake.browser.server.answers("GET /waiting/", Answer::Problem(404, problem::NOT_FOUND, None));
    fake.browser.server.calls.borrow_mut().clear();
    says(&fake, 50, &[happened(7, WaitingNews::Over, false)]);
    assert_eq!(fake.browser.server.calls_with("GET /waiting/").len(), 1);
    assert_eq!(briefs(&fake).len(), 29);
}

#[test]
fn words_that_say_today_are_written_anew_when_it_is_over() {
    let fake = able();
    let one = mail(1, &back(), json!({}));
    fake.browser.server.answers("GET /waiting?list=back", page(&[one], 1, 0));
    let worker = listening(&fake);
    assert!(briefs(&fake)[0].say.contains("today"));
    for hours in [1, 24] {
        fake.pass(hours * 3_600_000);
        fake.browser.server.calls.borrow_mut().clear();
        let ticking = Rc::clone(&worker);
        fake.run(async move { ticking.on_alarm("tick").await });
        fake.pass(MOMENT.into());
        fake.idle();
        assert_eq!(!fake.browser.server.calls_with("GET /waiting?").is_empty(), hours == 24);
    }
    assert!(briefs(&fake)[0].say.contains("yesterday"), "{}", briefs(&fake)[0].say);
}

#[test]
fn what_waits_is_kept_for_when_the_backend_is_away_with_what_waits_here() {
    let fake = able();
    let worker = fake.worker();
    let known = mail(1, &Value::Null, json!({}));
    fake.browser.server.answers("GET /waiting?list=waiting", page(std::slice::from_ref(&known), 0, 1));
    fake.browser.server.answers("GET /waiting?list=back", page(&[mail(2, &back(), json!({}))], 1, 1));
    assert!(
        later(&fake, &worker, list(WaitingList::Waiting)).is_ok() && later(&fake, &worker, list(WaitingList::Back)).is_ok()
    );
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 1, OutboxTask::Remind { id: id(600), put: chosen(None, None) });
    let asked = later(&fake, &worker, list(WaitingList::Waiting));
    let Ok(LaterAnswer::Waiting { page, from_cache_of: Some(_), .. }) = asked else { panic!("the copy: {asked:?}") };
    let waits: Vec<_> = page.mails.iter().map(|mail| (mail.id, mail.reminder.as_ref().map(|it| it.id))).collect();
    assert_eq!(waits, [(id(1), Some(id(500))), (id(600), Some(id(600)))]);
    let Ok(LaterAnswer::Waiting { page, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("the copy") };
    assert_eq!((page.mails.len(), page.back), (1, 1));
    assert_eq!(later(&fake, &worker, list(WaitingList::Answered)), Err(Fault::Unreachable));
    // It goes with the pairing.
    ask_as(&fake, &worker, from_page(), ToWorker::Disconnect).expect("done");
    assert_eq!(later(&fake, &worker, list(WaitingList::Waiting)), Err(Fault::NotConnected));
    for name in [key::REMINDERS, key::CACHED_WAITING] {
        assert_eq!(stored::<Value>(&fake, name), None, "{name}");
    }
}

#[test]
fn the_backend_learns_this_device_s_zone_and_language() {
    for (known, expected) in [
        (json!({"zone": "Europe/Paris", "language": "en"}), 0),
        (json!({"zone": "Asia/Tokyo", "language": "en", "company": true, "holidays": ["NO"]}), 1),
        (json!({}), 1),
    ] {
        let fake = able();
        fake.browser.server.answers("GET /reminders/settings", body(&known));
        fake.browser.server.answers("PUT /reminders/settings", body(&known));
        let _worker = listening(&fake);
        assert_eq!(fake.browser.server.calls_with("PUT /reminders/settings").len(), expected, "{known}");
        if known["company"] == json!(true) {
            let told: Value = serde_json::from_str(fake.browser.server.bodies.borrow().last().expect("a body")).expect("JSON");
            assert_eq!(told, json!({"zone": "Europe/Paris", "language": "en", "company": true, "holidays": ["NO"]}));
        }
    }
}
