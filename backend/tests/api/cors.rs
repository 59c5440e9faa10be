//! CORS: the extension has no host permission, so the browser asks.

use reqwest::Method;
use waxwing_backend::config::DEFAULT_EXTENSION_ID;

use crate::support::TestBackend;

fn origin() -> String {
    format!("chrome-extension://{}", DEFAULT_EXTENSION_ID.trim())
}

#[tokio::test]
async fn preflight() {
    let backend = TestBackend::start().await;
    let request = backend
        .client
        .request(Method::OPTIONS, format!("{}/api/v1/messages/x", backend.url))
        .header("origin", origin())
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization,content-type")
        .header("access-control-request-private-network", "true");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], origin());
    assert_eq!(headers["access-control-allow-methods"], "GET, PUT, POST, DELETE");
    assert_eq!(headers["access-control-allow-headers"], "authorization, content-type, last-event-id, cache-control");
    assert_eq!(headers["access-control-allow-private-network"], "true");
    assert!(headers.contains_key("access-control-max-age"));
    assert!(!headers.contains_key("access-control-allow-credentials"));
    assert_eq!(headers["vary"], "Origin");
}

#[tokio::test]
async fn answers_and_errors_can_be_read_by_the_extension() {
    let backend = TestBackend::start().await;
    for path in ["/healthz", "/api/v1/account", "/api/v1/nothing", "/nothing"] {
        let request = backend.client.get(format!("{}{path}", backend.url)).header("origin", origin());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], origin(), "{path}");
        assert_eq!(answer.headers()["access-control-expose-headers"], "retry-after");
        assert_eq!(answer.headers()["vary"], "Origin");
    }
}

#[tokio::test]
async fn others_are_told_nothing() {
    let backend = TestBackend::start().await;
    for origin in [
        "https://mail.google.com".to_owned(),
        "null".to_owned(),
        "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        origin().to_uppercase(),
        format!("{}.evil.example", origin()),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let request = backend
                .client
                .request(method, format!("{}/healthz", backend.url))
                .header("origin", &origin)
                .header("access-control-request-method", "GET");
            let answer = request.send().await.unwrap();
            assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control-")), "{origin}");
            assert_eq!(answer.headers()["vary"], "Origin");
        }
    }
}
