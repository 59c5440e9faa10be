//! `/contacts/zones`

use reqwest::{Method, Response};
use serde_json::json;
use waxwing_protocol::api::{ContactZone, problem};

use crate::support::{Browser, TestBackend, expect_problem};

async fn set(browser: &Browser, address: &str, zone: Option<&str>) -> Response {
    let body = ContactZone { address: address.to_owned(), zone: zone.map(str::to_owned) };
    browser.call(Method::PUT, "/contacts/zones").json(&body).send().await.unwrap()
}

async fn known(browser: &Browser, query: &str) -> Vec<(String, String)> {
    let zones: Vec<ContactZone> = browser.read(&format!("/contacts/zones?{query}")).await;
    zones.into_iter().map(|contact| (contact.address, contact.zone.unwrap())).collect()
}

#[tokio::test]
async fn set_asked_for_and_taken_away() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    assert_eq!(set(&me, " Kenji@Example.JP ", Some("asia/tokyo")).await.status(), 204);
    assert_eq!(set(&me, "kenji@example.jp", Some("Asia/Tokyo")).await.status(), 204);
    assert_eq!(set(&me, "eva+x@example.de", Some("Europe/Berlin")).await.status(), 204);
    let both = [("eva+x@example.de", "Europe/Berlin"), ("kenji@example.jp", "Asia/Tokyo")].map(|(a, z)| (a.into(), z.into()));
    let query = "address=KENJI@example.jp&address=eva%2Bx%40example.de&address=nobody@example.org&other=1";
    assert_eq!(known(&me, query).await, both);
    assert_eq!(known(&ann, query).await, []);
    assert_eq!(known(&me, "").await, []);
    assert_eq!(set(&me, "kenji@example.jp", Some("America/New_York")).await.status(), 204);
    assert_eq!(known(&me, "address=kenji@example.jp").await[0].1, "America/New_York");
    for _ in 0..2 {
        assert_eq!(set(&me, "kenji@example.jp", None).await.status(), 204);
        assert_eq!(known(&me, "address=kenji@example.jp").await, []);
    }
}

#[tokio::test]
async fn what_is_refused() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for zone in ["Europe/Atlantis", "", "../../etc/passwd", "Europe/Paris\0", &"x".repeat(4_000)] {
        expect_problem(set(&me, "a@example.org", Some(zone)).await, 422, problem::NO_TIME).await;
    }
    let long = format!("{}@example.org", "x".repeat(1_000));
    for address in ["", "ann", "@example.org", "ann@", "a\0@example.org", "a\n@example.org", &long] {
        expect_problem(set(&me, address, Some("UTC")).await, 400, problem::BAD_REQUEST).await;
    }
    for query in ["address=", "address=x", &"address=a@example.org&".repeat(201)] {
        expect_problem(me.get(&format!("/contacts/zones?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    let body = json!({ "address": "a@example.org", "zone": "x".repeat(10_000) });
    let large = me.call(Method::PUT, "/contacts/zones").json(&body).send().await.unwrap();
    expect_problem(large, 413, problem::TOO_LARGE).await;
    let stranger = backend.get(&format!("{}/api/v1/contacts/zones?address=a@example.org", backend.url)).await;
    expect_problem(stranger, 401, problem::UNAUTHORIZED).await;
}
