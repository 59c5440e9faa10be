//! A mail that goes later is decided on anew when it goes.

use reqwest::Method;
use serde_json::{Value, json};
use waxwing_protocol::api::{ScheduledDetail, ScheduledState};

use crate::scheduled::postbox::{Postbox, put as asked};
use crate::support::{Browser, START, TestBackend, until};

async fn say(browser: &Browser, path: &str, body: &Value) {
    let answer = browser.call(Method::PUT, path).json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// Sends a draft that was scheduled while nothing was said; gives its bytes and the sentences of its flight recorder.
async fn send(said: &[(&str, Value)]) -> (String, Vec<String>) {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("msg-a:r1", "Later");
    let put = asked(mailbox, "msg-a:r1", "2026-11-23T09:00:00");
    let id = backend.uuid();
    let answer = me.call(Method::PUT, &format!("/scheduled/{id}")).json(&put).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    for (path, body) in said {
        say(&me, path, body).await;
    }
    backend.clock.set(START + 25 * 3_600_000 + 1);
    backend.app.jobs.wake();
    let sent = async || {
        let detail: ScheduledDetail = me.read(&format!("/scheduled/{id}")).await;
        (detail.scheduled.state == ScheduledState::Sent).then_some(detail)
    };
    let detail = until(sent).await;
    let raw = String::from_utf8(postbox.sent().pop().unwrap().raw.to_vec()).unwrap();
    (raw, detail.flight.into_iter().filter_map(|entry| entry.say).collect())
}

#[tokio::test]
async fn what_was_refused_meanwhile_is_left_out() {
    let refused = |kinds: Value| {
        let mut person = json!({ "address": "ann@example.org" });
        person.as_object_mut().unwrap().extend(kinds.as_object().unwrap().clone());
        ("/consent/people", json!({ "people": [person] }))
    };
    let policy = |name: &str| ("/consent/policy", json!({ "policy": name, "days": 90, "line": true }));
    for (said, pixel, links, says) in [
        (vec![], true, true, "flight_say_tracked"),
        (vec![refused(json!({ "opens": "refused" }))], false, true, "flight_say_no_opens"),
        (vec![refused(json!({ "clicks": "refused" }))], true, false, "flight_say_no_clicks"),
        (vec![refused(json!({ "opens": "refused", "clicks": "refused" }))], false, false, "flight_say_untracked_refused"),
        (vec![policy("agreed")], false, false, "flight_say_untracked_not_agreed"),
        (vec![policy("agreed"), refused(json!({ "opens": "agreed", "clicks": "agreed" }))], true, true, "flight_say_tracked"),
        (vec![policy("ask")], true, true, "flight_say_tracked"),
    ] {
        let (raw, flight) = send(&said).await;
        assert_eq!((raw.contains("/o/"), raw.contains("/c/")), (pixel, links), "{said:?}\n{raw}");
        assert!(flight.iter().any(|say| say == says), "{says} in {flight:?}");
    }
}
