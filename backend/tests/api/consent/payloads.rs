//! Hostile input that others collected, on the recipient's page: in what it shows and in what it takes. Without the collection the
//! test says so and passes.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{open, page_of, post, text};
use crate::payloads::payloads;
use crate::support::{TestBackend, message};
use waxwing_backend::clock::Clock as _;

#[tokio::test]
async fn peers_payloads_stay_text_on_the_page() {
    let Some(payloads) = payloads() else { return };
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for (n, payload) in payloads.iter().enumerate() {
        // A device may not call without end.
        backend.clock.advance(250);
        let id = backend.uuid();
        let mut put = message(payload, backend.clock.now());
        put.sender.clone_from(payload);
        put.content.recipients[0].address.clone_from(payload);
        assert_eq!(me.put(id, &put).await.status(), 204, "{payload}");
        let url = page_of(&me, id);
        let (html, proof) = open(&backend, &url).await;
        let body = &html[html.find("<main>").unwrap()..];
        for tag in ["<script", "<img", "<svg", "<iframe", "<a href=\"j", " onerror=\"", " onload=\""] {
            assert!(!body.contains(tag), "{tag}: {payload}");
        }
        if n % 5 == 0 {
            let forms = [("page", payload.as_str()), ("do", "refuse"), ("keep", "none")];
            assert_eq!(post(&backend, &url, &forms).await.status(), 200);
            let forms = [("page", proof.as_str()), ("do", "letter"), ("address", payload)];
            text(post(&backend, &url, &forms).await, StatusCode::OK).await;
            assert_eq!(post(&backend, &url, &[("page", &proof), ("do", payload)]).await.status(), 400);
            let person = json!({ "people": [{ "address": payload, "opens": "refused", "note": payload }] });
            let answer = me.call(Method::PUT, "/consent/people").json(&person).send().await.unwrap();
            assert!(matches!(answer.status(), StatusCode::OK | StatusCode::BAD_REQUEST), "{payload}");
        }
        assert!(!me.detail(id).await.message.tracking.refused.clicks, "{payload}");
    }
}
