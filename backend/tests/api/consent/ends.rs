//! Tracking of a mail ends by itself.

use reqwest::Method;
use serde_json::json;
use waxwing_protocol::Millis;

use super::{open, page_of};
use crate::support::{START, TestBackend, message};

const DAY: Millis = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn at_its_instant_and_over_restarts() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let old = me.send(&backend, "ninety days").await;
    let chosen = json!({ "days": 1, "line": true });
    assert_eq!(me.call(Method::PUT, "/consent/policy").json(&chosen).send().await.unwrap().status(), 204);
    let short = me.send(&backend, "a day").await;
    // A mail may say less than the account, and no more.
    let (sooner, longer) = (backend.uuid(), backend.uuid());
    for (id, until) in [(sooner, START + DAY / 2), (longer, START + 80 * DAY)] {
        let mut put = message("by itself", START);
        put.tracks.until = Some(until);
        assert_eq!(me.put(id, &put).await.status(), 204);
    }
    for (id, until) in [(old, 90 * DAY), (short, DAY), (sooner, DAY / 2), (longer, DAY)] {
        assert_eq!(me.detail(id).await.message.tracking.until, Some(START + until));
    }
    let all = [old, short, sooner, longer];
    let hit = async |after: Millis| {
        backend.clock.set(START + after);
        let before = backend.hits().await.len();
        for id in all {
            assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
            assert_eq!(backend.get(&me.link(id, "https://example.org/a")).await.status(), 302);
        }
        backend.hits().await.len() - before
    };
    for (after, hits) in [(0, 8), (DAY / 2 - 1, 8), (DAY / 2, 6), (DAY - 1, 6), (DAY, 2), (90 * DAY - 1, 2), (90 * DAY, 0)] {
        assert_eq!(hit(after).await, hits, "{after}");
    }
    let (html, _) = open(&backend, &page_of(&me, old)).await;
    assert!(html.contains("Tracking ended on"), "{html}");

    let (stored, clock, entropy) = (backend.hits().await.len(), backend.clock.clone(), backend.entropy.clone());
    let dir = backend.stop().await;
    let backend = TestBackend::start_in(dir, clock, entropy, crate::support::Setup::default()).await;
    for id in all {
        assert_eq!(backend.get(&me.pixel(id).replace(&me.url, &backend.url)).await.status(), 200);
    }
    assert_eq!(backend.hits().await.len(), stored);
}

#[tokio::test]
async fn a_hit_from_before_is_not_lost_with_it() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    backend.clock.set(START + 90 * DAY - 1);
    backend.get(&me.pixel(id)).await;
    backend.clock.set(START + 90 * DAY);
    assert_eq!(backend.hits().await.len(), 1, "it came in time");
    assert_eq!(me.detail_with(id, 1).await.hits.len(), 1);
}
