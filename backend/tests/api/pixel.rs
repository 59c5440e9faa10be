//! `GET /o/{account}/{token}.gif`

use reqwest::{Method, Response};
use waxwing_backend::http::pixel::GIF;
use waxwing_domain::address::pixel_url;
use waxwing_domain::token::Token;
use waxwing_protocol::api::HitKind;

use crate::support::{START, Setup, TestBackend};

const CACHE: &str = "no-cache, no-store, max-age=0, must-revalidate, private";

async fn expect_gif(answer: Response) {
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "image/gif");
    assert_eq!(headers["content-length"], "43");
    assert_eq!(headers["cache-control"], CACHE);
    assert!(!headers.contains_key("etag") && !headers.contains_key("last-modified") && !headers.contains_key("set-cookie"));
    assert_eq!(answer.bytes().await.unwrap().as_ref(), GIF);
}

#[tokio::test]
async fn an_open_is_stored_before_it_is_answered() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let message = backend.uuid();
    let request = backend.client.get(me.pixel(message)).header("user-agent", "GoogleImageProxy").header("accept", "image/*");
    expect_gif(request.send().await.unwrap()).await;
    let hits = backend.hits().await;
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    assert_eq!((hit.at, hit.account, hit.message, hit.kind), (START, me.account(), message, HitKind::Open));
    assert_eq!((hit.agent.as_deref(), hit.address.as_str()), (Some("GoogleImageProxy"), "127.0.0.1"));
    assert_eq!(hit.headers.as_deref(), Some(r#"{"accept":"image/*"}"#));
    assert_eq!(hit.account_name.as_deref(), Some("me"));
}

#[tokio::test]
async fn twice_is_two_hits() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    for _ in 0..2 {
        expect_gif(backend.get(&url).await).await;
    }
    assert_eq!(backend.hits().await.len(), 2);
}

#[tokio::test]
async fn conditional_requests_get_the_picture() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for (name, value) in [
        ("if-none-match", "*"),
        ("if-modified-since", "Sun, 22 Nov 2036 08:00:00 GMT"),
        ("range", "bytes=0-3"),
        ("if-match", "\"x\""),
    ] {
        let request = backend.client.get(me.pixel(backend.uuid())).header(name, value);
        expect_gif(request.send().await.unwrap()).await;
    }
    assert_eq!(backend.hits().await.len(), 4);
}

#[tokio::test]
async fn head_is_no_hit_and_other_methods_are_refused() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    let head = backend.client.head(&url).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], "43");
    assert_eq!(head.headers()["cache-control"], CACHE);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        let answer = backend.client.request(method, &url).send().await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "GET, HEAD");
    }
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn what_we_did_not_mint_is_answered_alike_and_stored_nowhere() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let message = backend.uuid();
    let good = me.pixel(message);
    let mut forged = me.token(message);
    forged.mac[6] ^= 1;
    let mut wrong_epoch = me.token(message);
    wrong_epoch.epoch = 9;
    let url = |account: &str, token: &Token| pixel_url(&backend.url, account, token);
    let base = &backend.url;
    for url in [
        url(me.account().as_str(), &forged),
        url(me.account().as_str(), &wrong_epoch),
        url(ann.account().as_str(), &me.token(message)),
        url("nobody", &me.token(message)),
        good[..good.len() - 5].to_owned(),
        good.replace(".gif", ""),
        good.replace(".gif", ".png"),
        good.replace("/o/", "/o//"),
        format!("{base}/o/"),
        format!("{base}/o/x"),
        format!("{base}/o/%00/%ff.gif"),
        format!("{base}/o/{}/{}.gif", me.account(), "A".repeat(5_000)),
    ] {
        expect_gif(backend.get(&url).await).await;
    }
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn additions_to_the_address_do_not_matter() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    for url in [format!("{url}?utm_source=x&y"), url.replace("/o/", "/mounted/here/o/")] {
        expect_gif(backend.get(&url).await).await;
    }
    assert_eq!(backend.hits().await.len(), 2);
}

#[tokio::test]
async fn a_connection_is_kept_and_answers_come_in_order() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let path = me.pixel(backend.uuid()).replace(&backend.url, "");
    let one = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let last = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = backend.raw(format!("{one}{one}{last}").as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3);
    let old = backend.raw(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await;
    assert!(old.starts_with("HTTP/1.0 200 OK"));
    assert_eq!(backend.hits().await.len(), 4);
}

#[tokio::test]
async fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
    for (trusted, want) in [(vec![], "127.0.0.1"), (vec!["127.0.0.0/8".to_owned()], "203.0.113.7")] {
        let backend = TestBackend::start_with(Setup { trusted_proxies: trusted, ..Setup::default() }).await;
        let me = backend.browser("me").await;
        let request = backend.client.get(me.pixel(backend.uuid())).header("x-forwarded-for", "6.6.6.6, 203.0.113.7");
        expect_gif(request.send().await.unwrap()).await;
        assert_eq!(backend.hits().await[0].address, want);
    }
}

#[tokio::test]
async fn there_is_no_rate_limit() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    let all = (0..1_500).map(|_| backend.get(&url));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(backend.hits().await.len(), 1_500);
}

#[tokio::test]
async fn hits_of_a_deleted_message_are_stored_nowhere_also_after_a_restart() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let url = me.pixel(id);
    expect_gif(backend.get(&url).await).await;
    me.detail_with(id, 1).await;
    assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
    expect_gif(backend.get(&url).await).await;
    assert!(backend.hits().await.is_empty());

    let (clock, entropy, before) = (backend.clock.clone(), backend.entropy.clone(), backend.url.clone());
    let backend = TestBackend::start_in(backend.stop().await, clock, entropy, Setup::default()).await;
    expect_gif(backend.get(&url.replace(&before, &backend.url)).await).await;
    assert!(backend.hits().await.is_empty());
}
