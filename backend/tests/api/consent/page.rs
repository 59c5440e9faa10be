//! The recipient's page: what it shows, and what its forms do.

use reqwest::{Method, StatusCode};
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::api::{Event, HitKind, Kinds, MailState};

use super::{open, page_of, post, proof_before, text};
use crate::support::{TestBackend, message, until};

const OPENS: Kinds = Kinds { opens: true, clicks: false };
const TARGET: &str = "https://example.org/a";

#[tokio::test]
async fn a_refusal_reaches_back_and_links_go_on() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (id, other) = (me.send(&backend, "secret subject").await, me.send(&backend, "other").await);
    backend.get(&me.pixel(id)).await;
    me.detail_with(id, 1).await;

    let url = page_of(&me, id);
    let (html, proof) = open(&backend, &url).await;
    assert!(html.contains("me@example.org can see whether this mail is opened"), "{html}");
    assert!(html.contains("Picture loaded: 1") && html.contains("22 November 2026"), "{html}");
    for hidden in ["secret subject", "ann@example.org", "127.0.0", "Thunderbird", "<script", "me</"] {
        assert!(!html.contains(hidden), "{hidden}");
    }
    // Scanners fetch it: nothing changes.
    assert_eq!(backend.client.head(&url).send().await.unwrap().status(), 200);
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::NONE);

    let html =
        text(post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "clicks")]).await, StatusCode::OK).await;
    assert!(html.contains("Opens of this mail are no longer recorded") && html.contains("I agree after all"), "{html}");
    assert_eq!(me.detail(id).await.message.tracking.refused, OPENS);
    let events = backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    let refused = Event::Refused { message: Some(id), address: None, refused: OPENS, at: backend.clock.now() };
    assert_eq!(events.last().unwrap().event, refused);
    let list = std::fs::read_to_string(backend.dir.path().join("refusals.list")).unwrap();
    assert!(list.contains(&format!("\"message\":\"{id}\",\"opens\":true,\"clicks\":false")), "{list}");

    // The next open leaves no trace, a click still does, and another mail is tracked as before.
    let gif = backend.get(&me.pixel(id)).await;
    assert_eq!((gif.status(), gif.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "image/gif"));
    assert_eq!(backend.get(&me.link(id, TARGET)).await.status(), 302);
    backend.get(&me.pixel(other)).await;
    let hits = backend.hits().await;
    let of = |message: Uuid| hits.iter().filter(|hit| hit.message == message).map(|hit| hit.kind).collect::<Vec<_>>();
    assert_eq!((of(id), of(other)), (vec![HitKind::Open, HitKind::Click], vec![HitKind::Open]));

    // Twice: the same. Then all of it.
    post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "clicks")]).await;
    post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await;
    let again = backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    assert_eq!(again.iter().filter(|event| matches!(event.event, Event::Refused { .. })).count(), 1, "the newest alone");
    let link = backend.get(&me.link(id, TARGET)).await;
    assert_eq!((link.status(), link.headers()["location"].to_str().unwrap()), (StatusCode::FOUND, TARGET));
    assert_eq!(backend.hits().await.len(), hits.len());

    // After a restart too.
    let dir = backend.stop().await;
    let clock = crate::support::MockClock::new();
    let entropy = std::sync::Arc::new(crate::support::SeededEntropy::default());
    let backend = TestBackend::start_in(dir, clock, entropy, crate::support::Setup::default()).await;
    backend.get(&me.pixel(id).replace(&me.url, &backend.url)).await;
    backend.get(&me.link(id, TARGET).replace(&me.url, &backend.url)).await;
    assert_eq!(backend.hits().await.len(), hits.len());
}

#[tokio::test]
async fn what_was_just_refused_is_taken_back_on_that_page_alone() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let url = page_of(&me, id);
    let (_, proof) = open(&backend, &url).await;
    let html = post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await.text().await.unwrap();
    let back = proof_before(&html, "do\" value=\"back both\"");
    // The link alone, which the sender has too, does not undo it.
    let (html, _) = open(&backend, &url).await;
    assert!(!html.contains("back both") && html.contains("This mail is not tracked any more"), "{html}");
    let html = text(post(&backend, &url, &[("page", &proof), ("do", "back both")]).await, StatusCode::OK).await;
    assert!(html.contains("open for too long"), "{html}");
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
    let html = text(post(&backend, &url, &[("page", &back), ("do", "back both")]).await, StatusCode::OK).await;
    assert!(html.contains("Taken back"), "{html}");
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::NONE);
    backend.get(&me.pixel(id)).await;
    assert_eq!(backend.hits().await.len(), 1);
    // A day later it is over.
    post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await;
    backend.clock.advance(24 * 60 * 60 * 1_000 + 1);
    post(&backend, &url, &[("page", &back), ("do", "back both")]).await;
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
}

/// The sender has the link too: who refuses beforehand and keeps the right to take that back cannot undo what a recipient says later.
#[tokio::test]
async fn the_right_to_take_back_ends_where_somebody_refuses_again() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for taken_back in [true, false] {
        let id = me.send(&backend, "s").await;
        let url = page_of(&me, id);
        let (_, proof) = open(&backend, &url).await;
        let refuse = async |keep: &str| {
            let form = [("page", proof.as_str()), ("do", "refuse"), ("keep", keep)];
            text(post(&backend, &url, &form).await, StatusCode::OK).await
        };
        let back = proof_before(&refuse("none").await, "do\" value=\"back both\"");
        let take_back =
            async || text(post(&backend, &url, &[("page", &back), ("do", "back both")]).await, StatusCode::OK).await;
        if taken_back {
            assert!(take_back().await.contains("Taken back"));
            assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::NONE);
        }
        // Now the recipient: of both kinds, or of one, which was refused already.
        refuse(if taken_back { "none" } else { "clicks" }).await;
        if !taken_back {
            // All of it is refused already: that can be said once more.
            let (html, _) = open(&backend, &url).await;
            assert!(html.contains("I refuse too"), "{html}");
        }
        let html = take_back().await;
        assert!(html.contains("open for too long"), "{html}");
        assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL, "{taken_back}");
    }
}

#[tokio::test]
async fn links_of_an_accounts_key_to_mails_that_nobody_registered_are_few() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let refuse = async |id| {
        let url = page_of(&me, id);
        let (_, proof) = open(&backend, &url).await;
        post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await.status()
    };
    for _ in 0..60 {
        assert_eq!(refuse(backend.uuid()).await, 200);
    }
    assert_eq!(refuse(backend.uuid()).await, 429);
    // Those that are registered are refused as ever.
    let id = me.send(&backend, "s").await;
    assert_eq!(refuse(id).await, 200);
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
}

#[tokio::test]
async fn a_mail_of_the_same_id_in_another_account_is_another_mail() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    let id = me.send(&backend, "mine").await;
    assert_eq!(other.put(id, &message("theirs", backend.clock.now())).await.status(), 204);
    backend.clock.advance(10_000);
    for browser in [&me, &other] {
        backend.get(&browser.pixel(id)).await;
        backend.get(&browser.link(id, TARGET)).await;
        browser.detail_with(id, 2).await;
    }

    // Refused and erased in the one; the other is as it was.
    let url = page_of(&me, id);
    let (_, proof) = open(&backend, &url).await;
    post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none"), ("erase", "yes")]).await;
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
    let (theirs, url) = (other.detail(id).await, page_of(&other, id));
    assert_eq!((theirs.message.tracking.refused, theirs.hits.len()), (Kinds::NONE, 2));
    let (html, _) = open(&backend, &url).await;
    assert!(html.contains("Picture loaded: 1"), "{html}");
    for browser in [&me, &other] {
        backend.get(&browser.pixel(id)).await;
    }
    other.detail_with(id, 3).await;
    assert_eq!(me.detail(id).await.hits, []);

    // So when it is deleted.
    assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
    assert_eq!(me.get(&format!("/messages/{id}")).await.status(), 404);
    backend.get(&other.pixel(id)).await;
    assert_eq!(other.detail_with(id, 4).await.message.content.subject, "theirs");
}

#[tokio::test]
async fn what_was_stored_is_erased_and_the_mail_stays() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (id, other) = (me.send(&backend, "s").await, me.send(&backend, "t").await);
    backend.clock.advance(10_000);
    for message in [id, other] {
        backend.get(&me.pixel(message)).await;
        backend.get(&me.link(message, TARGET)).await;
        me.detail_with(message, 2).await;
    }
    backend.pass(60_000);
    until(async || (me.detail(other).await.message.activity.state == MailState::Clicked).then_some(())).await;
    let url = page_of(&me, id);
    let (_, proof) = open(&backend, &url).await;
    let form = [("page", proof.as_str()), ("do", "refuse"), ("keep", "both"), ("erase", "1")];
    let html = text(post(&backend, &url, &form).await, StatusCode::OK).await;
    assert!(html.contains("What was stored is erased") && html.contains("Nothing so far"), "{html}");
    let detail = me.detail(id).await;
    assert_eq!((detail.hits.len(), detail.message.activity.opens, detail.message.activity.clicks), (0, 0, 0));
    assert_eq!(detail.message.tracking.refused, Kinds::ALL, "and it does not come again");
    let left = backend.hits().await;
    assert!(left.len() == 2 && left.iter().all(|hit| hit.message == other), "{left:?}");
    let events = backend.app.store.events_after(me.account(), 0, 1_000).await.unwrap();
    let of_hits =
        |event: &Event| matches!(event, Event::Activity { message, .. } | Event::News { message, .. } if *message == id);
    assert!(!events.iter().any(|event| of_hits(&event.event)), "{events:?}");
    // Twice: nothing more happens, and it is judged as before.
    assert_eq!(post(&backend, &url, &form).await.status(), 200);
    backend.get(&me.pixel(id)).await;
    backend.pass(60_000);
    assert_eq!(backend.hits().await.len(), 2);
    assert_eq!(me.detail(id).await.message.activity.state, MailState::Unopened);
}

#[tokio::test]
async fn links_that_are_not_ours_say_nothing_and_change_nothing() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = me.send(&backend, "s").await;
    let url = page_of(&me, id);
    let (_, proof) = open(&backend, &url).await;
    let foreign = page_of(&ann, id).replace(&ann.paired.account.id, &me.paired.account.id);
    let click = me.link(id, TARGET).replace("/c/", "/r/");
    let mut cut: Vec<String> = (1..16).map(|n| url[..url.len() - n].to_owned()).collect();
    cut.extend([
        format!("{url}A"),
        format!("{url}/"),
        foreign,
        click,
        format!("{}/r/", backend.url),
        format!("{}/r/a/b/c", backend.url),
    ]);
    cut.push(format!("{}/r/{}", backend.url, "x".repeat(60_000)));
    let mut pages = Vec::new();
    for wrong in &cut {
        pages.push(text(backend.get(wrong).await, StatusCode::NOT_FOUND).await);
        let form = [("page", proof.as_str()), ("do", "refuse"), ("keep", "none")];
        assert_eq!(post(&backend, wrong, &form).await.status(), 404, "{wrong}");
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "one and the same page");
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::NONE);
    // A mail that nobody registered (yet) has the same page as one that was, and can be refused.
    let unknown = backend.uuid();
    let (html, proof) = open(&backend, &page_of(&me, unknown)).await;
    assert!(html.contains("The sender can see") && html.contains("Nothing so far"), "{html}");
    post(&backend, &page_of(&me, unknown), &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await;
    backend.get(&me.pixel(unknown)).await;
    assert_eq!(me.put(unknown, &message("late", backend.clock.now())).await.status(), 204);
    backend.get(&me.pixel(unknown)).await;
    assert_eq!(backend.hits().await.len(), 0);
    assert_eq!(me.detail(unknown).await.message.tracking.refused, Kinds::ALL);
    // Another account's mail of the same id is another one.
    ann.put(id, &message("anns", backend.clock.now())).await;
    post(&backend, &url, &[("page", &super::open(&backend, &url).await.1), ("do", "refuse"), ("keep", "none")]).await;
    assert_eq!(ann.detail(id).await.message.tracking.refused, Kinds::NONE);
    // A deleted one says that nothing is stored.
    me.delete(&format!("/messages/{id}")).await;
    let html = text(backend.get(&url).await, StatusCode::OK).await;
    assert!(html.contains("Nothing is stored about this mail") && !html.contains("me@example.org"), "{html}");
}

#[tokio::test]
async fn forms_that_are_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let url = page_of(&me, id);
    let (_, proof) = open(&backend, &url).await;
    for fields in
        [&[][..], &[("do", "refuse")], &[("page", &proof), ("do", "refuse"), ("keep", "all")], &[("page", &proof), ("do", "x")]]
    {
        assert_eq!(post(&backend, &url, fields).await.status(), 400, "{fields:?}");
    }
    for wrong in ["", "x", "1.2", &proof[1..]] {
        let answer = post(&backend, &url, &[("page", wrong), ("do", "refuse"), ("keep", "none")]).await;
        assert!(text(answer, StatusCode::OK).await.contains("Nothing was changed"), "{wrong}");
    }
    let json = backend.client.post(&url).json(&serde_json::json!({ "page": proof, "do": "refuse", "keep": "none" }));
    assert_eq!(json.send().await.unwrap().status(), 400);
    let large = format!("page={proof}&do=refuse&keep=none&more={}", "x".repeat(64 * 1024));
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(backend.client.post(&url).header("content-type", kind).body(large).send().await.unwrap().status(), 400);
    assert_eq!(backend.client.request(Method::DELETE, &url).send().await.unwrap().status(), 405);
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::NONE);
    // Many in a short time are refused, by mail and not by whoever asks.
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        last = post(&backend, &url, &[("page", &proof), ("do", "refuse"), ("keep", "none")]).await.status();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn languages_and_headers() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let url = page_of(&me, id);
    let german = backend.client.get(&url).header("accept-language", "de-AT,de;q=0.9").send().await.unwrap();
    let policy = german.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(german.headers()["referrer-policy"], "no-referrer");
    assert!(german.headers().get("set-cookie").is_none());
    let html = german.text().await.unwrap();
    assert!(html.contains("<html lang=\"de\">") && html.contains("kann sehen, ob diese Mail geöffnet wird"), "{html}");
    let html = backend.get(&format!("{url}?lang=de")).await.text().await.unwrap();
    assert!(html.contains("<html lang=\"de\">"));
}
