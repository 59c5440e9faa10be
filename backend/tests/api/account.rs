//! `GET /account`, and who may call at all.

use waxwing_protocol::api::{AccountResponse, problem};

use crate::support::{TestBackend, expect_problem};

#[tokio::test]
async fn it_is_what_pairing_said() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let answer: AccountResponse = me.read("/account").await;
    assert_eq!((&answer.account, answer.device), (&me.paired.account, me.paired.device));
    assert_eq!(answer.minting, me.paired.minting);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let token = &me.paired.device_token;
    for path in ["/account", "/messages", "/messages/x", "/stats", "/events", "/devices"] {
        for value in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Bearer {}", &token[..token.len() - 1]),
            format!("Bearer {token}x"),
            format!("Basic {token}"),
            token.clone(),
        ] {
            let request = backend.client.get(format!("{}/api/v1{path}", backend.url)).header("authorization", value);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
            expect_problem(answer, 401, problem::UNAUTHORIZED).await;
        }
        expect_problem(backend.get(&format!("{}/api/v1{path}", backend.url)).await, 401, problem::UNAUTHORIZED).await;
    }
}

#[tokio::test]
async fn a_runaway_is_slowed_down() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for _ in 0..600 {
        assert_eq!(me.get("/account").await.status(), 200);
    }
    let answer = me.get("/account").await;
    assert_eq!(answer.headers()["retry-after"], "1");
    expect_problem(answer, 429, problem::RATE_LIMITED).await;
    // Another device is not held up, and time lets this one in again.
    assert_eq!(backend.browser("me").await.get("/account").await.status(), 200);
    backend.clock.advance(25);
    assert_eq!(me.get("/account").await.status(), 200);
}
