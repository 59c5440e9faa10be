//! Mailboxes as their owner and the engine see them: connecting that fails, states, the ledger.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_backend::mailbox::registry::NoMailbox;
use waxwing_backend::mailbox::{Ledger as _, MailboxError, Purpose};
use waxwing_protocol::api::{
    AccessAction, AccessPage, AccessReason, ConnectStepKind, Connecting, MailboxKind, MailboxState, Mailboxes, Trouble, problem,
};

use crate::support::{Browser, TestBackend, expect_problem, until};

/// A mailbox that leads nowhere.
async fn mailbox(backend: &TestBackend, me: &Browser) -> Uuid {
    backend.app.mailboxes.connect(me.account(), "ann@example.org", MailboxKind::Gmail, "{}", b"{}").await.unwrap().id
}

async fn state(me: &Browser) -> MailboxState {
    me.read::<Mailboxes>("/mailboxes").await.mailboxes.pop().unwrap().state
}

#[tokio::test]
async fn what_fails_is_told_step_by_step_and_counted() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let server = json!({ "host": "127.0.0.1", "port": closed, "tls": "implicit" });
    let ask = json!({ "address": "ann@example.org", "password": "needle", "imap": server, "smtp": server });
    for _ in 0..10 {
        let answer = me.call(Method::POST, "/mailboxes").json(&ask).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(!text.contains("needle"));
        let connecting: Connecting = serde_json::from_str(&text).unwrap();
        assert_eq!(connecting.mailbox, None);
        assert_eq!(connecting.steps.len(), 1);
        assert_eq!(
            (connecting.steps[0].step, connecting.steps[0].trouble),
            (ConnectStepKind::Imap, Some(Trouble::Unreachable))
        );
    }
    let refused = me.call(Method::POST, "/mailboxes").json(&ask).send().await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "30");
    expect_problem(refused, 429, problem::RATE_LIMITED).await;
    // Another account's tries are its own.
    let other = backend.browser("other").await;
    assert_eq!(other.call(Method::POST, "/mailboxes").json(&ask).send().await.unwrap().status(), 200);
    assert!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
    for body in [json!({}), json!({ "address": "ann", "password": "p" }), json!({ "address": "a@b.example" }), json!([])] {
        expect_problem(me.call(Method::POST, "/mailboxes").json(&body).send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    for path in ["/mailboxes/x/test", &format!("/mailboxes/{}/test", backend.uuid())] {
        expect_problem(me.call(Method::POST, path).send().await.unwrap(), 404, problem::NOT_FOUND).await;
    }
}

#[tokio::test]
async fn a_mailbox_is_what_accesses_showed() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = mailbox(&backend, &me).await;
    let report = async |trouble: Option<Trouble>| {
        let error = trouble.map(MailboxError::new);
        backend.app.mailboxes.report(id, error.as_ref()).await;
        state(&me).await
    };
    let events = async || backend.app.store.events_after(me.account(), 0, 1_000).await.unwrap().last().unwrap().id;
    for trouble in [Trouble::Unreachable, Trouble::Busy, Trouble::RateLimited, Trouble::RateLimited] {
        assert_eq!(report(Some(trouble)).await, MailboxState::Ok, "two failures are not many");
    }
    let at = backend.clock.now();
    assert_eq!(report(Some(Trouble::Unreachable)).await, MailboxState::Away { since: at, trouble: Trouble::Unreachable });
    backend.clock.advance(1_000);
    let told = events().await;
    assert_eq!(report(Some(Trouble::Unreachable)).await, MailboxState::Away { since: at, trouble: Trouble::Unreachable });
    assert_eq!(events().await, told, "nothing new is nothing to tell");
    // A mail that is refused shows that the mailbox works.
    let back = backend.app.mailboxes.back();
    assert_eq!(report(Some(Trouble::RecipientRefused)).await, MailboxState::Ok);
    assert!(back.has_changed().unwrap() && events().await > told);
    let told = events().await;
    for _ in 0..3 {
        assert_eq!(report(None).await, MailboxState::Ok);
    }
    assert_eq!(events().await, told);
    let at = backend.clock.now();
    assert_eq!(report(Some(Trouble::WrongPassword)).await, MailboxState::SignIn { since: at, trouble: Trouble::WrongPassword });
    assert!(matches!(backend.app.mailboxes.get(id).await, Err(NoMailbox::SignIn(Trouble::WrongPassword))));
    assert!(matches!(backend.app.mailboxes.get(backend.uuid()).await, Err(NoMailbox::Gone)));
    // What is stored and cannot be read needs its owner, too.
    mailbox(&backend, &me).await;
    assert!(matches!(backend.app.mailboxes.get(id).await, Err(NoMailbox::SignIn(Trouble::KeyLost))));
    assert!(matches!(state(&me).await, MailboxState::SignIn { trouble: Trouble::KeyLost, .. }));
}

#[tokio::test]
async fn the_ledger_is_whole_and_in_pages() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = mailbox(&backend, &me).await;
    let scheduled = backend.uuid();
    let purpose = Purpose { reason: AccessReason::Due, scheduled: Some(scheduled), waiting: None };
    let ledger = backend.app.mailboxes.ledger(id, purpose);
    for n in 0..120 {
        ledger.write(AccessAction::Send, n % 2 == 0);
    }
    let at = format!("/mailboxes/{id}/access");
    let first = until(async || {
        let page: AccessPage = me.read(&at).await;
        (page.entries.len() == 50 && page.entries[0].id == 120).then_some(page)
    })
    .await;
    assert!(first.entries.iter().all(|entry| entry.scheduled == Some(scheduled) && entry.reason == AccessReason::Due));
    let second: AccessPage = me.read(&format!("{at}?before={}", first.next.unwrap())).await;
    let third: AccessPage = me.read(&format!("{at}?before={}", second.next.unwrap())).await;
    assert_eq!((second.entries.len(), third.entries.len(), third.next), (50, 20, None));
    // What was written right before the end is there after it.
    ledger.write(AccessAction::Revoke, true);
    let (clock, entropy) = (backend.clock.clone(), backend.entropy.clone());
    let dir = backend.stop().await;
    let backend = TestBackend::start_in(dir, clock, entropy, crate::support::Setup::default()).await;
    let page = backend.app.store.access(id, i64::MAX, 1).await.unwrap();
    assert_eq!((page[0].action, page[0].id), (AccessAction::Revoke, 121));
    // Kept for so long, and no longer.
    backend.clock.advance(waxwing_backend::store::mailboxes::KEEP_ACCESS + 1);
    backend.app.store.prune_mailboxes(backend.clock.now()).await.unwrap();
    assert!(backend.app.store.access(id, i64::MAX, 1).await.unwrap().is_empty());
}
