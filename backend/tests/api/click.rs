//! `GET /c/{account}/{token}/{mac}?u=`

use reqwest::Method;
use waxwing_protocol::api::HitKind;

use crate::support::TestBackend;

#[tokio::test]
async fn a_signed_link_is_stored_and_followed() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let message = backend.uuid();
    let target = "https://example.org/a?b=c&d=%20e#f";
    let answer = backend.get(&me.link(message, target)).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], target);
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers()["cache-control"], "no-store, private");
    let hits = backend.hits().await;
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].kind, hits[0].message, hits[0].link.as_deref()), (HitKind::Click, message, Some(target)));
}

#[tokio::test]
async fn twice_is_two_hits_and_what_others_append_does_not_matter() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.link(backend.uuid(), "https://example.org/");
    for url in [url.clone(), format!("{url}&fbclid=1&u=https://evil.example/"), url.replace("/c/", "/mounted/c/")] {
        let answer = backend.get(&url).await;
        assert_eq!(answer.headers()["location"], "https://example.org/");
    }
    assert_eq!(backend.hits().await.len(), 3);
}

#[tokio::test]
async fn head_is_redirected_without_a_click_and_other_methods_are_refused() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.link(backend.uuid(), "https://example.org/");
    let head = backend.client.head(&url).send().await.unwrap();
    assert_eq!(head.status(), 302);
    assert_eq!(head.headers()["location"], "https://example.org/");
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(backend.client.request(method, &url).send().await.unwrap().status(), 405);
    }
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn targets_beyond_ascii_go_where_a_browser_would_go() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let answer = backend.get(&me.link(backend.uuid(), "https://example.org/ä?q=ß")).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "https://example.org/%C3%A4?q=%C3%9F");
    assert_eq!(backend.hits().await[0].link.as_deref(), Some("https://example.org/ä?q=ß"));
}

#[tokio::test]
async fn without_our_signature_nobody_is_sent_anywhere() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let message = backend.uuid();
    let good = me.link(message, "https://example.org/");
    let (path, _) = good.split_once("?u=").unwrap();
    let cut = &path[..path.len() - 1];
    let flipped = format!("{cut}{}", if path.ends_with('A') { 'B' } else { 'A' });
    for url in [
        format!("{path}?u=https%3A%2F%2Fevil.example%2F"),
        format!("{path}?u=https%3A%2F%2Fevil.example%2F&u=https%3A%2F%2Fexample.org%2F"),
        format!("{path}?u="),
        format!("{path}?v=https%3A%2F%2Fexample.org%2F"),
        path.to_owned(),
        format!("{cut}?u=https%3A%2F%2Fexample.org%2F"),
        format!("{flipped}?u=https%3A%2F%2Fexample.org%2F"),
        good.replace(me.account().as_str(), ann.account().as_str()),
        format!("{}/c/", backend.url),
        format!("{}/c/?u=https://evil.example/", backend.url),
        format!("{}/c/a/b/c?u=https://evil.example/", backend.url),
    ] {
        let answer = backend.get(&url).await;
        assert_eq!(answer.status(), 404, "{url}");
        assert!(!answer.headers().contains_key("location"));
        assert!(!answer.headers().contains_key("refresh"));
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        let html = answer.text().await.unwrap();
        assert!(!html.contains("<a") && !html.contains("<script") && !html.contains("href") && !html.contains("http-equiv"));
        assert_eq!(html.contains("evil.example"), url.contains("u=https%3A%2F%2Fevil") || url.contains("u=https://evil"));
    }
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn a_signature_is_for_http_and_https_only() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for target in
        ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//evil.example/", "https://", "https://a b/"]
    {
        let answer = backend.get(&me.link(backend.uuid(), target)).await;
        assert_eq!(answer.status(), 404, "{target}");
    }
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn a_link_of_a_deleted_message_is_followed_and_stored_nowhere() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
    assert_eq!(backend.get(&me.link(id, "https://example.org/")).await.status(), 302);
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn links_work_with_a_database_that_knows_nothing() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.link(backend.uuid(), "https://example.org/");
    // The same mint root (tests have one), a new database.
    let other = TestBackend::start().await;
    let answer = other.get(&url.replace(&backend.url, &other.url)).await;
    assert_eq!(answer.status(), 302);
    let hits = other.hits().await;
    assert_eq!((hits.len(), hits[0].account_name.as_deref()), (1, None));
}
