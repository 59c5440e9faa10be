//! `/reminders` and `/waiting`: setting, lists, actions, settings, and all that is wrong with what is asked for.

mod actions;
mod letters;
mod lists;
mod putting;
mod settings;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, Content, GmailIds, PutReminder, RemindedMail, ReminderState, WaitingMail, WaitingPage, When, Wish, problem,
};

use crate::support::{Browser, TestBackend, expect_problem, recipient};

pub(super) const ME: &str = "me@example.org";
pub(super) const ANN: &str = "ann@example.org";
pub(super) const HOUR: Millis = 60 * 60_000;
pub(super) const DAY: Millis = 24 * HOUR;

/// If nobody answers by then.
pub(super) fn wish(at: Millis) -> Wish {
    let when = When::Instant { at, zone: "UTC".to_owned() };
    Wish { when, phrase: None, condition: Condition::NoAnswer, every_days: None }
}

/// Gmail's ids of mail number `n`.
fn ids(n: u64) -> GmailIds {
    GmailIds {
        legacy_thread: Some(format!("18f0{n:012x}")),
        legacy_message: Some(format!("18f1{n:012x}")),
        rfc_id: Some(format!("<m{n}@example.org>")),
        ..GmailIds::default()
    }
}

/// A reminder of mail number `n`, which is not tracked.
fn asked(n: u64, sent_at: Millis, at: Millis) -> PutReminder {
    let content = Content { subject: format!("Offer {n}"), recipients: vec![recipient(ANN, None)], links: Vec::new() };
    let mail = RemindedMail { sender: ME.to_owned(), sent_at, gmail: ids(n), content, ..RemindedMail::default() };
    PutReminder { mail, wish: wish(at) }
}

async fn put(browser: &Browser, id: impl std::fmt::Display, put: &PutReminder) -> Response {
    browser.call(Method::PUT, &format!("/reminders/{id}")).json(put).send().await.unwrap()
}

async fn good(answer: Response) -> WaitingMail {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn act(browser: &Browser, id: impl std::fmt::Display, action: &Value) -> Response {
    browser.call(Method::POST, &format!("/waiting/{id}/action")).json(action).send().await.unwrap()
}

/// An action that does not fit.
async fn refused(browser: &Browser, id: Uuid, action: &str) {
    let before: WaitingMail = browser.read(&format!("/waiting/{id}")).await;
    expect_problem(act(browser, id, &json!({ "action": action })).await, 409, problem::CONFLICT).await;
    assert_eq!(browser.read::<WaitingMail>(&format!("/waiting/{id}")).await, before, "{action} changed something");
}

async fn list(browser: &Browser, query: &str) -> WaitingPage {
    browser.read(&format!("/waiting?{query}")).await
}

/// A mail that is waited for, as it is now, without asking over HTTP again and again.
async fn now(backend: &TestBackend, browser: &Browser, id: Uuid) -> WaitingMail {
    backend.app.reminders.mail(browser.account(), id).await.unwrap().unwrap()
}

fn state(mail: &WaitingMail) -> ReminderState {
    mail.reminder.as_ref().unwrap().state
}

/// A mailbox, and a mail that is waited for in it.
pub(crate) async fn reminded(backend: &TestBackend, browser: &Browser) -> Uuid {
    let (mailbox, _) = letters::Letters::connect(backend, browser).await;
    let at = backend.clock.now();
    good(put(browser, backend.uuid(), &asked(1, at, at + DAY)).await).await;
    mailbox
}
