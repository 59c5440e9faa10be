//! Requests that no honest client makes, and what is no endpoint.

use reqwest::Method;
use waxwing_protocol::api::problem;

use crate::support::{Setup, TestBackend, expect_problem};

#[tokio::test]
async fn health() {
    let backend = TestBackend::start().await;
    for query in ["", "?x=y", "?challenge=short", "?challenge=a&challenge=b"] {
        let answer = backend.get(&format!("{}/healthz{query}", backend.url)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), r#"{"status":"ok","api":1}"#);
    }
    let challenge = "0123456789abcdef";
    let answer = backend.get(&format!("{}/healthz?challenge={challenge}", backend.url)).await.text().await.unwrap();
    assert!(answer.contains(&backend.app.gate.keys().prove(challenge)));
}

#[tokio::test]
async fn who_came_by_tls_is_told_to_come_by_nothing_else() {
    for (public_url, told) in [(None, None), (Some("https://waxwing.example".to_owned()), Some("max-age=31536000"))] {
        let backend = TestBackend::start_with(Setup { public_url, ..Setup::default() }).await;
        for path in ["/healthz", "/account", "/api/v1/account", "/c/x", "/r/x", "/nothing"] {
            let answer = backend.get(&format!("{}{path}", backend.url)).await;
            let header = answer.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
            assert_eq!(header, told, "{path}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let backend = TestBackend::start().await;
    for path in
        ["/", "/api", "/api/v1", "/api/v1/", "/api/v2/pair", "/api/v1/messages/", "/favicon.ico", "/%2e%2e/", "/O/x.gif"]
    {
        expect_problem(backend.get(&format!("{}{path}", backend.url)).await, 404, problem::NOT_FOUND).await;
    }
    for (method, path) in [(Method::GET, "/api/v1/pair"), (Method::PATCH, "/api/v1/account"), (Method::POST, "/healthz")] {
        let answer = backend.client.request(method, format!("{}{path}", backend.url)).send().await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.headers().contains_key("allow"));
    }
}

#[tokio::test]
async fn broken_requests_break_nothing() {
    let backend = TestBackend::start().await;
    for request in [
        b"\0\0\0\0\r\n\r\n".as_slice(),
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /o/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /o/\xff\xfe.gif HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /c/a/b/c?u=\xf0\x28 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/o/x.gif HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /api/v1/pair HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ] {
        backend.raw(request).await;
    }
    let long = format!("GET /c/a/b/c?u={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(60_000));
    assert!(backend.raw(long.as_bytes()).await.starts_with("HTTP/1.1 404"));
    let too_long = format!("GET /o/{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let answer = backend.raw(too_long.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(backend.get(&format!("{}/healthz", backend.url)).await.status(), 200);
}
