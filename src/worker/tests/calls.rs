//! What the answers of a backend, or of something else, mean.

use waxwing_protocol::api::{PairRequest, Period, StateFilter, problem};
use waxwing_protocol::page::Fault;

use super::connection;
use crate::chrome::http::HttpError;
use crate::worker::client::{Ask, CallError, Client};
use crate::worker::fake::{Answer, Fake};

fn pair(answer: Answer) -> Result<(), Fault> {
    let fake = Fake::new();
    fake.browser.server.answers("POST /pair", answer);
    let browser = std::rc::Rc::clone(&fake.browser);
    let request = PairRequest { code: "x".to_owned(), device: "y".to_owned() };
    let answer = fake.run(async move { Client::unpaired(&browser.server, "https://w.example").pair(&request).await });
    answer.expect("an answer comes").map(drop).map_err(|error| error.fault())
}

#[test]
fn answers_become_faults() {
    let html = |status| Answer::Body(status, "text/html", "<!doctype html>".to_owned());
    for (answer, fault) in [
        (Answer::Fails(HttpError::Unreachable), Fault::Unreachable),
        (Answer::Fails(HttpError::Timeout), Fault::Timeout),
        (html(200), Fault::NotWaxwing),
        (html(404), Fault::NotWaxwing),
        (html(403), Fault::NotWaxwing),
        (html(502), Fault::Unavailable),
        (Answer::Body(200, "application/json", "{}".to_owned()), Fault::NotWaxwing),
        (
            Answer::Body(404, "application/json", r#"{"type":"about:blank","title":"x","status":404}"#.to_owned()),
            Fault::NotWaxwing,
        ),
        (Answer::Problem(404, problem::CODE_UNKNOWN, None), Fault::CodeUnknown),
        (Answer::Problem(410, problem::CODE_EXPIRED, None), Fault::CodeExpired),
        (Answer::Problem(410, problem::CODE_USED, None), Fault::CodeUsed),
        (Answer::Problem(429, problem::RATE_LIMITED, Some(7)), Fault::RateLimited { retry_after: 7 }),
        (Answer::Problem(429, problem::RATE_LIMITED, None), Fault::RateLimited { retry_after: 60 }),
        (Answer::Problem(401, problem::UNAUTHORIZED, None), Fault::Revoked),
        (Answer::Problem(404, problem::NOT_FOUND, None), Fault::NotFound),
        (Answer::Problem(410, problem::GONE, None), Fault::NotFound),
        (Answer::Problem(503, problem::UNAVAILABLE, None), Fault::Unavailable),
        (Answer::Problem(500, "internal", None), Fault::Refused { status: 500 }),
    ] {
        assert_eq!(pair(answer.clone()), Err(fault), "{answer:?}");
    }
}

#[test]
fn whether_the_backend_is_away() {
    let problem = |status| CallError::Problem { name: String::new(), status, retry_after: None };
    for (error, away) in [
        (CallError::Http(HttpError::Timeout), true),
        (CallError::Foreign { status: 200 }, true),
        (problem(503), true),
        (problem(404), false),
        (problem(429), false),
    ] {
        assert_eq!(error.is_away(), away, "{error}");
    }
}

#[test]
fn what_is_asked_for_is_encoded() {
    let fake = Fake::new();
    let browser = std::rc::Rc::clone(&fake.browser);
    let _ = fake.run(async move {
        let connection = connection();
        let client = Client::new(&browser.server, &connection);
        let (state, sent_before) = (Some(StateFilter::Clicked), Some(1_800_000_000_000));
        let _ = client.messages(&Ask { query: "a&b=ü #", state, sent_before, before: Some("1+2") }).await;
        let _ = client.of_threads(&["18c1f0a2b3d4e5f6", "18c1f0a2b3d4e5f7"]).await;
        let _ = client.stats(30, Period::Day, "America/New_York").await;
        let _ = client.stats(90, Period::Week, "UTC").await;
    });
    assert_eq!(
        *fake.browser.server.calls.borrow(),
        [
            "GET /messages?limit=50&query=a%26b%3D%C3%BC%20%23&state=clicked&sent_before=1800000000000&before=1%2B2",
            "GET /messages?threads=18c1f0a2b3d4e5f6,18c1f0a2b3d4e5f7",
            "GET /stats?days=30&zone=America%2FNew_York",
            "GET /stats?days=90&by=week&zone=UTC"
        ]
    );
}

#[test]
fn no_secret_reaches_a_log() {
    let text = format!("{:?}", connection());
    assert!(!text.contains("secret"), "{text}");
}
