//! `POST /pair`

use waxwing_backend::pairing;
use waxwing_protocol::api::{Device, problem};

use crate::support::{START, Setup, TestBackend, expect_problem, message};

#[tokio::test]
async fn a_code_becomes_a_device() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let paired = &me.paired;
    assert_eq!(paired.account.name, "me");
    assert_eq!(paired.minting.tracking_url, backend.url);
    assert_eq!(paired.minting.epoch, 0);
    assert_eq!(paired.capabilities, ["tracking", "events", "verdicts", "scheduling", "reminders", "consent"]);
    let devices: Vec<Device> = me.read("/devices").await;
    assert_eq!((devices.len(), devices[0].id, devices[0].name.as_str()), (1, paired.device, "Chrome on Linux"));
}

#[tokio::test]
async fn codes_may_be_typed_carelessly() {
    let backend = TestBackend::start().await;
    let code = backend.code("me").await;
    assert_eq!(backend.try_pair(&format!("  {} ", code.to_lowercase().replace('-', " "))).await.status(), 200);
}

#[tokio::test]
async fn twice() {
    let backend = TestBackend::start().await;
    let code = backend.code("me").await;
    assert_eq!(backend.try_pair(&code).await.status(), 200);
    expect_problem(backend.try_pair(&code).await, 410, problem::CODE_USED).await;
}

#[tokio::test]
async fn twice_at_once_pairs_one() {
    let backend = TestBackend::start().await;
    let code = backend.code("me").await;
    let both = tokio::join!(backend.try_pair(&code), backend.try_pair(&code));
    let mut statuses = [both.0.status().as_u16(), both.1.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
}

#[tokio::test]
async fn unknown() {
    let backend = TestBackend::start().await;
    for code in ["", "ABCDE-FGHJK", "ABC", "ÄÖÜ", &"A".repeat(1_000), "\u{0}", "ABCDE-FGHJ!"] {
        expect_problem(backend.try_pair(code).await, 404, problem::CODE_UNKNOWN).await;
    }
}

#[tokio::test]
async fn after_fifteen_minutes() {
    let backend = TestBackend::start().await;
    let code = backend.code("me").await;
    backend.clock.advance(pairing::LIFETIME - 1);
    assert_eq!(backend.try_pair(&code).await.status(), 200);
    let code = backend.code("me").await;
    backend.clock.advance(pairing::LIFETIME);
    let problem = expect_problem(backend.try_pair(&code).await, 410, problem::CODE_EXPIRED).await;
    assert!(!problem.detail.unwrap().contains(&code));
}

#[tokio::test]
async fn wrong_codes_lock_out_for_a_while() {
    let setup = Setup { trusted_proxies: vec!["127.0.0.1".to_owned()], ..Setup::default() };
    let backend = TestBackend::start_with(setup).await;
    let from = async |address: &str, code: &str| {
        let body = serde_json::json!({ "code": code, "device": "x" });
        let request = backend.client.post(format!("{}/api/v1/pair", backend.url)).header("x-forwarded-for", address);
        request.json(&body).send().await.unwrap()
    };
    for _ in 0..10 {
        assert_eq!(from("203.0.113.7", "ABCDE-FGHJK").await.status(), 404);
    }
    let good = backend.code("me").await;
    let locked = from("203.0.113.7", &good).await;
    assert_eq!(locked.headers()["retry-after"], "30");
    expect_problem(locked, 429, problem::RATE_LIMITED).await;
    // Others are not: and the code was not used up.
    assert_eq!(from("203.0.113.8", "ABCDE-FGHJK").await.status(), 404);
    backend.clock.advance(30_000);
    assert_eq!(from("203.0.113.7", &good).await.status(), 200);
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    for body in ["", "{", "[]", "{\"code\":1,\"device\":\"x\"}", "{\"code\":\"x\"}", "\u{feff}{}"] {
        expect_problem(pair_as(&backend, Some("application/json"), body).await, 400, problem::BAD_REQUEST).await;
    }
    let long = format!("{{\"code\":\"{}\",\"device\":\"x\"}}", "A".repeat(10_000));
    expect_problem(pair_as(&backend, Some("application/json"), &long).await, 413, problem::TOO_LARGE).await;
}

async fn pair_as(backend: &TestBackend, content_type: Option<&str>, body: &str) -> reqwest::Response {
    let mut request = backend.client.post(format!("{}/api/v1/pair", backend.url)).body(body.to_owned());
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn what_any_web_page_may_send_spends_no_attempt() {
    let backend = TestBackend::start().await;
    let body = r#"{"code":"ABCDE-FGHJK","device":"x"}"#;
    // Forms and `fetch` without CORS send these to whomever they like, also to loopback.
    let simple = [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/plain;application/json"),
        Some("text/plain; charset=application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=application/json"),
        Some("application/jsonp"),
    ];
    for content_type in simple.iter().cycle().take(40) {
        let answer = pair_as(&backend, *content_type, body).await;
        assert_eq!(answer.status(), 415, "{content_type:?}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    for content_type in ["application/json", "Application/JSON", "application/json;charset=utf-8"] {
        expect_problem(pair_as(&backend, Some(content_type), body).await, 404, problem::CODE_UNKNOWN).await;
    }
    let me = backend.browser("me").await;
    let put = me.call(reqwest::Method::PUT, &format!("/messages/{}", backend.uuid()));
    let put = put.header("content-type", "text/plain").body(serde_json::to_string(&message("s", START)).unwrap());
    assert_eq!(put.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn long_and_odd_device_names_are_kept_short() {
    let backend = TestBackend::start().await;
    let code = backend.code("me").await;
    let body = serde_json::json!({ "code": code, "device": format!("<b>\n{}", "😀".repeat(200)) });
    let answer = backend.client.post(format!("{}/api/v1/pair", backend.url)).json(&body).send().await.unwrap();
    let paired = crate::support::Browser {
        url: backend.url.clone(),
        client: backend.client.clone(),
        paired: answer.json().await.unwrap(),
    };
    let devices: Vec<Device> = paired.read("/devices").await;
    assert_eq!(devices[0].name, format!("<b> {}", "😀".repeat(76)));
}
