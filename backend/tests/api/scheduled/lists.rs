//! `GET /scheduled`

use serde_json::json;
use waxwing_protocol::api::{ScheduledPage, problem};

use super::postbox::{Postbox, put as asked};
use super::{act, good, put};
use crate::support::{Browser, TestBackend, expect_problem};

async fn subjects(browser: &Browser, list: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let page: ScheduledPage = browser.read(&format!("/scheduled?list={list}&limit={limit}&before={before}")).await;
        assert!(page.scheduled.len() <= limit);
        found.extend(page.scheduled.into_iter().map(|it| it.content.subject));
        match page.next {
            Some(next) => before = next,
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_lead_through_both_lists() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let mut ids = Vec::new();
    for n in 0..7 {
        let draft = format!("r{n}");
        postbox.write(&draft, &draft);
        let id = backend.uuid();
        // Two at the same time each.
        good(put(&me, id, &asked(mailbox, &draft, &format!("2026-11-{}T09:00:00", 29 - n / 2))).await).await;
        ids.push(id);
    }
    let page: ScheduledPage = me.read("/scheduled").await;
    assert_eq!((page.scheduled.len(), page.needs, page.waiting, page.next), (7, 0, 7, None));
    let due: Vec<_> = page.scheduled.iter().map(|it| it.due_at).collect();
    assert!(due.is_sorted(), "{due:?}");
    let all: Vec<_> = page.scheduled.into_iter().map(|it| it.content.subject).collect();
    assert_eq!(all[0], "r6");
    for limit in [1, 2, 3, 7, 200] {
        assert_eq!(subjects(&me, "waiting", limit).await, all);
    }
    for id in &ids[..3] {
        backend.clock.advance(1_000);
        good(act(&me, id, &json!({ "action": "cancel" })).await).await;
    }
    for limit in [1, 2, 200] {
        assert_eq!(subjects(&me, "done", limit).await, ["r2", "r1", "r0"]);
        assert_eq!(subjects(&me, "", limit).await.len(), 4);
    }
    assert_eq!(subjects(&ann, "waiting", 10).await, [] as [String; 0]);
    assert_eq!(subjects(&ann, "done", 10).await, [] as [String; 0]);
}

#[tokio::test]
async fn what_cannot_be_asked() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "list=all",
        "before=x",
        "before=_x",
        "list=done&before=_00000000000000000000000000000007",
        "before=%00",
    ] {
        expect_problem(me.get(&format!("/scheduled?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    let stranger = backend.get(&format!("{}/api/v1/scheduled", backend.url)).await;
    expect_problem(stranger, 401, problem::UNAUTHORIZED).await;
    expect_problem(me.get("/scheduled/x").await, 404, problem::NOT_FOUND).await;
}
