//! A person's rights over the API: erased in seven days and undone, restricted, handed out and resumed, a recipient erased.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::rights::erase::GRACE;
use waxwing_protocol::api::{AskedErasure, Rights, problem};

use crate::support::{Browser, TestBackend, expect_problem, until};

const TARGET: &str = "https://example.org/offer";

async fn rights(me: &Browser) -> Rights {
    me.read("/account/rights").await
}

/// A pixel and a link are answered as ever.
async fn is_answered(backend: &TestBackend, me: &Browser, message: Uuid) {
    assert_eq!(backend.get(&me.pixel(message)).await.status(), 200);
    let link = backend.get(&me.link(message, TARGET)).await;
    assert_eq!((link.status().as_u16(), &link.headers()["location"]), (302, &TARGET.parse().unwrap()));
}

#[tokio::test]
async fn an_account_that_is_to_be_erased_is_not_used_and_can_be_had_back() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    let message = me.send(&backend, "Offer").await;
    is_answered(&backend, &me, message).await;
    let before = backend.hits().await.len();

    let asked: AskedErasure = me.call(Method::POST, "/account/erasure").send().await.unwrap().json().await.unwrap();
    assert_eq!((asked.due_at - asked.asked_at, asked.begun), (GRACE, false));
    let again: AskedErasure = me.call(Method::POST, "/account/erasure").send().await.unwrap().json().await.unwrap();
    assert_eq!(again, asked, "twice is once");
    assert_eq!(rights(&me).await.erasure, Some(asked));
    expect_problem(me.get("/messages").await, 403, problem::RESTRICTED).await;
    assert_eq!(other.get("/messages").await.status(), 200);
    assert_eq!(rights(&other).await.erasure, None);
    is_answered(&backend, &me, message).await;
    assert_eq!(backend.hits().await.len(), before, "and nothing was stored");

    assert_eq!(me.delete("/account/erasure").await.status(), 204);
    expect_problem(me.delete("/account/erasure").await, 404, problem::NOT_FOUND).await;
    expect_problem(other.delete("/account/erasure").await, 404, problem::NOT_FOUND).await;
    assert_eq!(me.get("/messages").await.status(), 200);
    is_answered(&backend, &me, message).await;
    assert_eq!(backend.hits().await.len(), before + 2);
}

#[tokio::test]
async fn an_account_that_is_restricted_keeps_all_and_stores_nothing() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let message = me.send(&backend, "Offer").await;
    for (restricted, status, hits) in [(true, 403, 0), (true, 403, 0), (false, 200, 2)] {
        let set = me.call(Method::PUT, "/account/restriction").json(&json!({ "restricted": restricted })).send().await.unwrap();
        assert_eq!(set.status(), 204);
        assert_eq!(rights(&me).await.restricted_since.is_some(), restricted);
        assert_eq!(me.get("/messages").await.status(), status);
        is_answered(&backend, &me, message).await;
        assert_eq!(backend.hits().await.len(), hits);
    }
    for body in [json!({}), json!([]), json!({ "restricted": 1 })] {
        let answer = me.call(Method::PUT, "/account/restriction").json(&body).send().await.unwrap();
        expect_problem(answer, 400, problem::BAD_REQUEST).await;
    }
}

#[tokio::test]
async fn an_archive_is_made_and_its_download_goes_on() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    me.send(&backend, "Offer").await;
    expect_problem(me.get("/account/export").await, 404, problem::NOT_FOUND).await;
    assert_eq!(me.call(Method::POST, "/account/export").send().await.unwrap().status(), 200);
    let bytes = until(async || rights(&me).await.export.and_then(|export| export.bytes)).await;
    expect_problem(other.get("/account/export").await, 404, problem::NOT_FOUND).await;
    let whole = me.get("/account/export").await;
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &"application/zip".parse().unwrap()));
    let whole = whole.bytes().await.unwrap();
    assert_eq!((whole.len() as u64, &whole[..4]), (bytes, &b"PK\x03\x04"[..]));
    for (from, status) in [(1, 206), (bytes - 1, 206), (bytes, 416), (bytes + 9, 416)] {
        let part = me.call(Method::GET, "/account/export").header("range", format!("bytes={from}-")).send().await.unwrap();
        assert_eq!(part.status(), status, "{from}");
        if status == 206 {
            assert_eq!(part.headers()["content-range"], format!("bytes {from}-{}/{bytes}", bytes - 1));
            assert_eq!(part.bytes().await.unwrap(), whole.slice(usize::try_from(from).unwrap()..));
        }
    }
    for odd in ["bytes=-5", "bytes=x-", "lines=1-", "bytes=0-"] {
        let all = me.call(Method::GET, "/account/export").header("range", odd).send().await.unwrap();
        assert_eq!((all.status().as_u16(), all.bytes().await.unwrap().len() as u64), (200, bytes), "{odd}");
    }
    // Whoever took it, or a part of it, left a trace: once whole, two parts, four odd ones.
    let account = backend.account("me").await;
    let written = backend.app.store.security_events(account, 100).await.unwrap();
    assert_eq!(written.iter().filter(|entry| entry.kind == "export_taken").count(), 7);
}

#[tokio::test]
async fn a_recipient_is_asked_to_be_erased_once() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let ask = async |address: &str| {
        me.call(Method::POST, "/account/recipients/erasure").json(&json!({ "address": address })).send().await.unwrap()
    };
    let first: AskedErasure = ask("Ann.Lee@gmail.com").await.json().await.unwrap();
    let same: AskedErasure = ask("annlee@gmail.com").await.json().await.unwrap();
    assert_eq!(first.id, same.id, "all forms of an address are one");
    for wrong in ["", "ann", &format!("{}@b.example", "a".repeat(400))] {
        expect_problem(ask(wrong).await, 400, problem::BAD_REQUEST).await;
    }
    assert_eq!(me.get("/messages").await.status(), 200, "the account goes on");
    // Two hundred wait at most; who waits already is asked for again as ever.
    for n in 1..200 {
        assert_eq!(ask(&format!("p{n}@b.example")).await.status(), 200, "{n}");
    }
    expect_problem(ask("p200@b.example").await, 429, problem::RATE_LIMITED).await;
    assert_eq!(ask("annlee@gmail.com").await.status(), 200);
}
