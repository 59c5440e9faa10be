//! `/scheduled`: scheduling, lists, actions, and all that is wrong with what is asked for.

mod actions;
mod lists;
pub(crate) mod postbox;
mod putting;
mod refused;

use reqwest::{Method, Response};
use serde::Serialize;
use uuid::Uuid;
use waxwing_protocol::api::{PutScheduled, Scheduled, ScheduledDetail};

use crate::support::Browser;

/// Monday after the tests' Sunday.
const TOMORROW: &str = "2026-11-23T09:00:00";

async fn put(browser: &Browser, id: impl std::fmt::Display, put: &PutScheduled) -> Response {
    browser.call(Method::PUT, &format!("/scheduled/{id}")).json(put).send().await.unwrap()
}

async fn good(answer: Response) -> Scheduled {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn act(browser: &Browser, id: impl std::fmt::Display, action: &impl Serialize) -> Response {
    browser.call(Method::POST, &format!("/scheduled/{id}/action")).json(action).send().await.unwrap()
}

async fn detail(browser: &Browser, id: Uuid) -> ScheduledDetail {
    browser.read(&format!("/scheduled/{id}")).await
}
