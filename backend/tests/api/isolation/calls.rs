//! The routes of the API.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::api::problem;

use super::owner::{Owner, PERSON, reminder};
use super::routes_in;
use crate::scheduled::postbox::put as draft;
use crate::support::{Browser, TestBackend, expect_problem, message};

/// How a route is called: what follows its path, and what is sent.
struct Call {
    query: String,
    body: Option<Value>,
}

fn plain() -> Vec<Call> {
    vec![Call { query: String::new(), body: None }]
}

fn asking(queries: &[&str]) -> Vec<Call> {
    queries.iter().map(|query| Call { query: (*query).to_owned(), body: None }).collect()
}

fn with(bodies: impl IntoIterator<Item = Value>) -> Vec<Call> {
    bodies.into_iter().map(|body| Call { query: String::new(), body: Some(body) }).collect()
}

/// Calls that the route takes, so that they get as far as looking whose the thing is. A route that is new has to be looked at here.
fn calls(method: &str, path: &str, backend: &TestBackend, owner: &Owner) -> Vec<Call> {
    let now = backend.clock.now();
    let closed = json!({ "host": "127.0.0.1", "port": 9, "tls": "implicit" });
    match (method, path) {
        (
            "get",
            "/account"
            | "/account/rights"
            | "/account/export"
            | "/again"
            | "/consent/policy"
            | "/corrections"
            | "/devices"
            | "/mailboxes"
            | "/messages/{id}"
            | "/reminders/settings"
            | "/scheduled/{id}"
            | "/waiting/{id}",
        )
        | ("post", "/account/code" | "/account/erasure" | "/account/export" | "/mailboxes/gmail" | "/mailboxes/{id}/test")
        | ("delete", _) => plain(),
        ("get", "/events") => asking(&["", "?after=0", "?after=1"]),
        ("get", "/consent") => asking(&["", "?since=0"]),
        ("get", "/consent/people") => asking(&["", "?query=zenobia", "?limit=100"]),
        ("get", "/contacts/zones") => asking(&[&format!("?address={PERSON}")]),
        ("get", "/mailboxes/{id}/access") => asking(&["", "?before=999999"]),
        ("get", "/messages") => asking(&["", "?query=brambling", "?query=zenobia", "?limit=100", "?threads=18f0000000000001"]),
        ("get", "/scheduled") => asking(&["", "?list=done", "?limit=100"]),
        ("get", "/waiting") => asking(&["", "?list=waiting&limit=100", "?thread=18f0000000000001"]),
        ("get", "/stats") => asking(&["", "?days=30&by=day", "?days=30&by=week"]),
        ("post", "/account/recipients/erasure") => with([json!({ "address": PERSON })]),
        ("put", "/account/restriction") => with([json!({ "restricted": true })]),
        ("put", "/consent/people") => {
            with([json!({ "people": [{ "address": PERSON, "opens": "agreed", "clicks": "agreed" }] })])
        }
        ("put", "/consent/policy") => with([json!({ "policy": "every", "days": 7, "line": false })]),
        ("put", "/contacts/zones") => with([json!({ "address": PERSON, "zone": "Europe/Oslo" }), json!({ "address": PERSON })]),
        ("post", "/hits/{id}/correction") => with([json!({ "claim": "me" }), json!({ "claim": "machine", "alike": true })]),
        ("post", "/mailboxes") => {
            with([json!({ "address": "me@other.example", "password": "p", "imap": closed, "smtp": closed })])
        }
        ("put", "/mailboxes/{id}/settings") => with([json!({ "daily_limit": 7 })]),
        ("put", "/messages/{id}") => with([serde_json::to_value(message("Other", now)).unwrap()]),
        ("put", "/messages/{id}/mute") => with([json!({ "muted": true })]),
        ("post", "/messages/{id}/own-views") => with([json!({ "ago_ms": 0 })]),
        ("put", "/reminders/settings") => with([json!({ "zone": "Europe/Oslo", "company": true })]),
        ("put", "/reminders/{id}") => with([reminder("Other", backend, "ann@other.example", "me@other.example")]),
        // Their mailbox, and one that nobody has.
        ("put", "/scheduled/{id}") => [owner.mailbox, Uuid::from_u128(0xabc)]
            .into_iter()
            .flat_map(|mailbox| with([serde_json::to_value(draft(mailbox, "msg-a:r7", "2026-11-25T09:00:00")).unwrap()]))
            .collect(),
        ("post", "/scheduled/{id}/action") => {
            with(["cancel", "send_now", "was_sent", "send_again", "skip", "dismiss"].map(|action| json!({ "action": action })))
        }
        ("post", "/waiting/{id}/action") => {
            with(["done", "off", "not_away", "not_an_answer", "dismiss"].map(|action| json!({ "action": action })))
        }
        (method, path) => panic!("{method} {path} is not walked: say here what another account sends to it"),
    }
}

/// Whoever has an id may make a thing of their own of it, or say that a mail of theirs that has it is gone.
const OWN: &[(&str, &str)] = &[("put", "/messages/{id}"), ("put", "/reminders/{id}"), ("delete", "/messages/{id}")];

/// An id of the same form that nothing has.
fn unknown(id: &str) -> String {
    match (Uuid::try_parse(id), id.parse::<u64>()) {
        (Ok(_), _) => Uuid::from_u128(0xfeed_0000_0000_4000_8000_0000_0000_0001).to_string(),
        (_, Ok(_)) => "999999".to_owned(),
        _ => "zzzzzz".to_owned(),
    }
}

/// The status and the text of an answer; of a stream that does not end, its beginning.
async fn ask(browser: &Browser, method: &str, path: &str, call: &Call) -> (u16, String) {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let mut request = browser.call(method, &format!("{path}{}", call.query));
    if let Some(body) = &call.body {
        request = request.json(body);
    }
    let mut answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    if answer.headers().get("content-type").is_none_or(|kind| kind != "text/event-stream") {
        return (status, answer.text().await.unwrap());
    }
    let mut text = String::new();
    for _ in 0..3 {
        text.push_str(&String::from_utf8_lossy(&answer.chunk().await.unwrap().unwrap()));
    }
    (status, text)
}

#[tokio::test]
async fn no_route_tells_or_changes_what_is_anothers() {
    let backend = TestBackend::start().await;
    let owner = Owner::with_everything(&backend).await;
    let before = owner.settled(&backend).await;
    let mut strangers = 0;
    let described: Value = serde_json::from_str(&waxwing_backend::http::openapi::json().unwrap()).unwrap();
    let mut walked = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        let Some(route) = path.strip_prefix("/api/v1").filter(|route| *route != "/pair") else { continue };
        for method in methods.as_object().unwrap().keys() {
            walked.insert((method.clone(), route.to_owned()));
            for call in calls(method, route, &backend, &owner) {
                // Each call by somebody new: what they did before is not seen.
                let mut call_as_new = async |path: &str| {
                    strangers += 1;
                    let stranger = backend.browser(&format!("stranger {strangers}")).await;
                    ask(&stranger, method, path, &call).await
                };
                let asked = format!("{} {}", call.query, call.body.clone().unwrap_or_default());
                let what = format!("{method} {path}{asked}");
                let ids: &[String] = if route.contains("{id}") { &owner.ids } else { &[] };
                for id in ids {
                    let (at, nowhere) = (route.replace("{id}", id), route.replace("{id}", &unknown(id)));
                    let (of_owner, of_nobody) = (call_as_new(&at).await, call_as_new(&nowhere).await);
                    let text = of_owner.1.replace(id, &unknown(id));
                    assert_eq!((of_owner.0, text), of_nobody, "{what} {id}");
                    // What is made has to have an id of the right form.
                    let refused = if method == "put" && Uuid::try_parse(id).is_err() { [400, 404] } else { [404, 404] };
                    assert!(OWN.contains(&(method, route)) || refused.contains(&of_owner.0), "{what} {id}: {}", of_owner.0);
                    owner.is_not_in(&of_owner.1, &format!("{asked} {id}"), &what);
                }
                if ids.is_empty() {
                    let (status, text) = call_as_new(route).await;
                    assert!(status < 500 && status != 400 && status != 422, "{what} is not taken: {status} {text}");
                    owner.is_not_in(&text, &asked, &what);
                }
                assert_eq!(owner.settled(&backend).await, before, "{what} changed something");
            }
        }
    }
    let written = routes_in(include_str!("../../../src/http/mod.rs"));
    let api = written.into_iter().filter(|(_, path)| !["/healthz", "/pair"].contains(&path.as_str())).collect();
    assert_eq!(walked, api, "what the router has is what the description says, and was walked");
}

#[tokio::test]
async fn without_a_good_token_every_route_answers_alike() {
    let backend = TestBackend::start().await;
    let owner = Owner::with_everything(&backend).await;
    let before = owner.settled(&backend).await;
    let token = &owner.browser.paired.device_token;
    let tokens = [
        None,
        Some(String::new()),
        Some(token[..token.len() - 1].to_owned()),
        Some(format!("{token}A")),
        Some(token.to_uppercase()),
        Some(owner.browser.paired.device.to_string()),
        Some(owner.session.split('=').nth(1).unwrap().to_owned()),
    ];
    for (method, path) in routes_in(include_str!("../../../src/http/mod.rs")) {
        if ["/healthz", "/pair"].contains(&path.as_str()) {
            continue;
        }
        for call in calls(&method, &path, &backend, &owner).iter().take(1) {
            for id in &owner.ids[..if path.contains("{id}") { owner.ids.len() } else { 1 }] {
                for token in &tokens {
                    let name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                    let at = format!("{}/api/v1{}{}", backend.url, path.replace("{id}", id), call.query);
                    let mut request = backend.client.request(name, at);
                    if let Some(token) = token {
                        request = request.bearer_auth(token);
                    }
                    if let Some(body) = &call.body {
                        request = request.json(body);
                    }
                    expect_problem(request.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
                }
            }
        }
    }
    assert_eq!(owner.settled(&backend).await, before);
}
