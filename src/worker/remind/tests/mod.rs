//! Reminders: what waits in the outbox, what Gmail's tabs are told, what is told the user, what is kept for later.

mod kept;
mod outbox;
mod told;

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
        tracks: waxwing_protocol::api::Tracks::default(),
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
