//! The worker's logic on a browser and a backend in memory.

mod answers;
mod calls;
mod consent;
mod listing;
mod needs;
mod news;
mod notices;
mod outbox;
mod stream;
mod ticks;
mod verdicts;

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Content, Event, GmailIds, Minting, PutMessage, Recipient, RecipientKind};
use waxwing_protocol::page::{Answer, Connection, Fault, Link, ToWorker, key};

use super::Worker;
use super::fake::{Fake, OWN_ID, START};
use super::sender::{Sender, SenderTab};

/// The account that the tests are paired with.
const ACCOUNT: &str = "abcd1234";

pub(super) fn connection() -> Connection {
    Connection {
        server: "https://w.example".to_owned(),
        account: ACCOUNT.to_owned(),
        account_name: "Ana".to_owned(),
        device: Uuid::from_u128(1),
        device_token: "secret".to_owned(),
        minting: Minting { tracking_url: "https://t.example".to_owned(), epoch: 0, mint_key: "a".to_owned() },
        capabilities: vec!["tracking".to_owned(), "events".to_owned()],
        paired_at: START,
    }
}

/// A browser that is paired.
pub(super) fn paired() -> Fake {
    let fake = Fake::new();
    put(&fake, key::CONNECTION, &connection());
    put(&fake, key::LINK, &Link::Up { at: START });
    fake
}

/// A browser that is paired with a backend that knows verdicts.
fn judging() -> Fake {
    let fake = paired();
    let capabilities = ["tracking", "events", "verdicts"].map(str::to_owned).to_vec();
    put(&fake, key::CONNECTION, &Connection { capabilities, ..connection() });
    fake.browser.server.verdicts.set(true);
    fake
}

/// An event as the stream has it.
pub(super) fn frame(number: u32, event: &Event) -> String {
    format!("id: {number}\ndata: {}\n\n", serde_json::to_string(event).expect("plain"))
}

pub(super) fn put<T: serde::Serialize>(fake: &Fake, name: &str, value: &T) {
    let value = serde_json::to_value(value).expect("plain");
    fake.browser.local.values.borrow_mut().insert(name.to_owned(), value);
}

pub(super) fn stored<T: serde::de::DeserializeOwned>(fake: &Fake, name: &str) -> Option<T> {
    fake.browser.local.values.borrow().get(name).map(|value| serde_json::from_value(value.clone()).expect("of this form"))
}

fn message(subject: &str, sent_at: i64) -> PutMessage {
    PutMessage {
        epoch: 0,
        sent_at,
        scheduled: false,
        sender: "me@example.com".to_owned(),
        gmail: GmailIds::default(),
        content: Content {
            subject: subject.to_owned(),
            recipients: vec![Recipient {
                kind: RecipientKind::To,
                address: "bo@example.com".to_owned(),
                name: Some("Bo Öz".to_owned()),
            }],
            links: Vec::new(),
        },
        tracks: waxwing_protocol::api::Tracks::default(),
    }
}

pub(super) fn from_page() -> Sender {
    Sender { id: Some(OWN_ID.to_owned()), tab: None, url: None, origin: Some(format!("chrome-extension://{OWN_ID}")) }
}

pub(super) fn from_gmail() -> Sender {
    Sender {
        id: Some(OWN_ID.to_owned()),
        tab: Some(SenderTab { id: Some(7) }),
        url: Some("https://mail.google.com/mail/u/0/".to_owned()),
        origin: Some("https://mail.google.com".to_owned()),
    }
}

/// Asks and lets everything come to rest.
pub(super) fn ask_as(fake: &Fake, worker: &Rc<Worker<Fake>>, sender: Sender, question: ToWorker) -> Result<Answer, Fault> {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.answer(question, &sender).await }).expect("an answer comes")
}

fn ask(fake: &Fake, worker: &Rc<Worker<Fake>>, question: ToWorker) -> Result<Answer, Fault> {
    ask_as(fake, worker, from_page(), question)
}

fn flush(fake: &Fake, worker: &Rc<Worker<Fake>>) {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.flush().await });
}

fn alarm(fake: &Fake, worker: &Rc<Worker<Fake>>, name: &'static str) {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.on_alarm(name).await });
}

pub(super) fn resume(fake: &Fake, worker: &Rc<Worker<Fake>>) {
    let worker = Rc::clone(worker);
    fake.run(async move { worker.resume().await });
}
