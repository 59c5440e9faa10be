//! After a device was revoked: whoever has its key can go on minting, so tokens of the old epoch count only for messages that
//! were registered, and its links are followed only to where a registered link goes.

use waxwing_domain::address::MAX_CLICK_URL;
use waxwing_protocol::api::{AccountResponse, Link, problem};

use crate::support::{START, Setup, TestBackend, expect_problem, message};

#[tokio::test]
async fn old_tokens_count_only_for_registered_messages() {
    let backend = TestBackend::start().await;
    let (stolen, mut mine) = (backend.browser("me").await, backend.browser("me").await);
    let registered = mine.send(&backend, "before").await;
    let (made_up, late) = (backend.uuid(), backend.uuid());
    assert_eq!(mine.delete(&format!("/devices/{}", stolen.paired.device)).await.status(), 204);
    let target = "https://example.org/a";

    // Registered before: all as it was.
    assert_eq!(backend.get(&stolen.link(registered, target)).await.status(), 302);
    assert_eq!(backend.get(&stolen.pixel(registered)).await.status(), 200);
    assert_eq!(backend.hits().await.len(), 2);

    // Made up with the old key: no redirect, no hit, and the pixel does not tell.
    assert_eq!(backend.get(&stolen.link(made_up, target)).await.status(), 404);
    let pixel = backend.get(&stolen.pixel(made_up)).await;
    assert_eq!((pixel.status().as_u16(), pixel.content_length()), (200, Some(43)));
    assert_eq!(backend.hits().await.len(), 2);

    // Sent before and registered after, from the outbox of a live device.
    assert_eq!(mine.put(late, &message("late", START)).await.status(), 204);
    assert_eq!(backend.get(&mine.link(late, target)).await.status(), 302);

    // The new epoch is minted in and registered in; one beyond is refused.
    mine.paired.minting = mine.read::<AccountResponse>("/account").await.minting;
    let fresh = backend.uuid();
    assert_eq!(backend.get(&mine.link(fresh, target)).await.status(), 302);
    let mut put = message("fresh", START);
    put.epoch = 1;
    assert_eq!(mine.put(fresh, &put).await.status(), 204);
    put.epoch = 2;
    expect_problem(mine.put(backend.uuid(), &put).await, 400, problem::BAD_REQUEST).await;
    assert_eq!(backend.hits().await.len(), 4);

    // The same after a restart.
    let (clock, entropy, before) = (backend.clock.clone(), backend.entropy.clone(), backend.url.clone());
    let backend = TestBackend::start_in(backend.stop().await, clock, entropy, Setup::default()).await;
    let here = |url: String| url.replace(&before, &backend.url);
    assert_eq!(backend.get(&here(stolen.link(made_up, target))).await.status(), 404);
    assert_eq!(backend.get(&here(stolen.link(registered, target))).await.status(), 302);
}

#[tokio::test]
async fn a_revoked_device_sends_nobody_to_targets_of_its_own() {
    let backend = TestBackend::start().await;
    let (stolen, mine) = (backend.browser("me").await, backend.browser("me").await);
    let (registered, deleted) = (mine.send(&backend, "known").await, backend.uuid());
    // While it still may, it prepares an id that is stopped for ever.
    assert_eq!(stolen.delete(&format!("/messages/{deleted}")).await.status(), 204);
    assert_eq!(mine.delete(&format!("/devices/{}", stolen.paired.device)).await.status(), 204);

    for target in ["https://evil.example/", "https://example.org/", "https://example.org/a?b", "https://example.org/A"] {
        let answer = backend.get(&stolen.link(registered, target)).await;
        assert_eq!(answer.status(), 404, "{target}");
        assert!(!answer.headers().contains_key("location"));
        assert!(answer.text().await.unwrap().contains(target), "it says where the link claims to go");
    }
    assert_eq!(backend.get(&stolen.link(deleted, "https://evil.example/")).await.status(), 404);
    assert!(backend.hits().await.is_empty());
    assert_eq!(backend.get(&stolen.link(registered, "https://example.org/a")).await.status(), 302);
    // The same id in another account lends nothing.
    let ann = backend.browser("ann").await;
    let mut put = message("hers", START);
    put.content.links = vec![Link { target: "https://evil.example/".to_owned(), text: String::new() }];
    assert_eq!(ann.put(registered, &put).await.status(), 204);
    assert_eq!(backend.get(&stolen.link(registered, "https://evil.example/")).await.status(), 404);
    assert_eq!(backend.hits().await.len(), 1);
}

#[tokio::test]
async fn every_link_of_a_mail_goes_on_working() {
    let backend = TestBackend::start().await;
    let (lost, mine) = (backend.browser("me").await, backend.browser("me").await);
    let id = backend.uuid();
    let mut put = message("a newsletter", START);
    let link = |target: String| Link { target, text: String::new() };
    put.content.links = (0..6_000).map(|n| link(format!("https://example.org/{n}"))).collect();
    // As long as an address that is wrapped can be, and with what texts elsewhere lose.
    let longest = format!("https://example.org/{}", "x".repeat(MAX_CLICK_URL - 200));
    put.content.links.extend([link(longest.clone()), link("https://example.org/ä\0ö".to_owned())]);
    assert_eq!(mine.put(id, &put).await.status(), 204);
    assert_eq!(mine.delete(&format!("/devices/{}", lost.paired.device)).await.status(), 204);
    for target in ["https://example.org/0", "https://example.org/5999", &longest] {
        let answer = backend.get(&mine.link(id, target)).await;
        assert_eq!(answer.status(), 302, "{target}");
        assert_eq!(answer.headers()["location"], target);
    }
    let kept = mine.detail(id).await.message.content.links;
    assert!(kept == put.content.links, "each as it was sent");
}
