//! What one backend changes, others know.

use futures_util::StreamExt as _;
use reqwest::Method;
use uuid::Uuid;
use waxwing_domain::address;
use waxwing_domain::token::{MintKey, Token};

use crate::load::stored;
use crate::node::{Browser, Node, client, until};
use crate::postgres::Postgres;

impl Browser {
    async fn send(&self, node: &Node, id: Uuid) {
        let body = serde_json::json!({
            "epoch": 0, "sent_at": 1_795_334_400_000_i64, "scheduled": false, "sender": "me@example.org", "gmail": {},
            "content": { "subject": "s", "recipients": [], "links": [] },
        });
        let answer = self.call(node, Method::PUT, &format!("/messages/{id}")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    fn pixel(&self, id: Uuid) -> String {
        let key = MintKey::from_base64url(&self.paired.minting.mint_key).unwrap();
        address::pixel_url("", &self.paired.account.id, &Token::mint(&key, 0, id))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_deletions_and_revocations_reach_the_other_backend() {
    let Some(server) = Postgres::start().await else { return };
    let a = Node::start(&server.url());
    a.until_it_leads().await;
    let b = a.another();
    let browser = a.pair("me").await;
    let fetch = async |node: &Node, path: &str| client().get(format!("{}{path}", node.url)).send().await.unwrap().status();

    // A stream at the one, an open at the other; then the other way round.
    for (n, (here, there)) in [(&a, &b), (&b, &a)].into_iter().enumerate() {
        let id = Uuid::from_u128(0x1000 + n as u128);
        let events = browser.call(here, Method::GET, "/events").send().await.unwrap();
        assert_eq!(events.status(), 200);
        let mut events = events.bytes_stream();
        browser.send(there, id).await;
        assert_eq!(fetch(there, &browser.pixel(id)).await, 200);
        let mut seen = String::new();
        while !seen.contains("activity") {
            seen.push_str(&String::from_utf8_lossy(&events.next().await.unwrap().unwrap()));
        }
        assert!(seen.contains(&id.to_string()), "{seen}");
    }

    // Deleted at the one: nothing counts at the other from that moment on.
    for n in 0..10 {
        let id = Uuid::from_u128(0x2000 + n);
        browser.send(&a, id).await;
        assert_eq!(fetch(&b, &browser.pixel(id)).await, 200);
        let answer = browser.call(&a, Method::DELETE, &format!("/messages/{id}")).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        for node in [&b, &a] {
            assert_eq!(fetch(node, &browser.pixel(id)).await, 200);
        }
        until("its hits are gone", async || (!stored(&server).await.contains_key(&id)).then_some(())).await;
    }
    assert_eq!(server.numbers("SELECT COUNT(*) FROM activity a JOIN stopped s ON s.message = a.message").await, [0]);

    // Revoked at the one: dead at the other, and its stream ends.
    let other = b.pair("me").await;
    let events = other.call(&b, Method::GET, "/events").send().await.unwrap();
    let mut events = events.bytes_stream();
    events.next().await.unwrap().unwrap();
    let answer = browser.call(&a, Method::DELETE, &format!("/devices/{}", other.paired.device)).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(other.call(&b, Method::GET, "/account").send().await.unwrap().status(), 401);
    while events.next().await.is_some() {}
    // What the revoked device still mints counts nowhere.
    let mut fresh = (0x3000..).map(Uuid::from_u128);
    until("the other one knows the epoch", async || {
        let id = fresh.next().unwrap();
        assert_eq!(fetch(&b, &browser.pixel(id)).await, 200);
        (!stored(&server).await.contains_key(&id)).then_some(())
    })
    .await;
    for node in [a, b] {
        let (said, well) = node.stop();
        assert!(well, "{said}");
    }
}
