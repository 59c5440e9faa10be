//! `POST /pair`

use waxwing_backend::pairing;
use waxwing_protocol::api::{Device, problem};

use crate::support::{Setup, TestBackend, expect_problem};

#[tokio::test]
async fn a_code_becomes_a_device() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let paired = &me.paired;
    assert_eq!(paired.account.name, "me");
    assert_eq!(paired.minting.tracking_url, backend.url);
    assert_eq!(paired.minting.epoch, 0);
    assert_eq!(paired.capabilities, ["tracking", "events"]);
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
        let request = backend.client.post(format!("{}/api/v1/pair", backend.url)).body(body);
        expect_problem(request.send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    let long = format!("{{\"code\":\"{}\",\"device\":\"x\"}}", "A".repeat(10_000));
    let request = backend.client.post(format!("{}/api/v1/pair", backend.url)).body(long);
    expect_problem(request.send().await.unwrap(), 413, problem::TOO_LARGE).await;
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
