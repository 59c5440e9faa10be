//! Mailboxes that wake us, that come and go, and that are in trouble.

use waxwing_backend::store::waiting::State;
use waxwing_backend::store::waiting::upkeep;
use waxwing_backend::watch::NotNow;
use waxwing_protocol::api::{MailboxKind, MailboxState, Trouble};

use crate::world::{ANN, DAY, HOUR, MINUTE, START, World, account, filed, letter, mail, thread, until};

#[tokio::test]
async fn a_mailbox_that_wakes_us_is_looked_at_at_once() {
    let world = World::new().await;
    world.postbox.can_wake();
    let id = world.send(1, &[ANN]).await;
    until(|| world.postbox.waits() == 1).await;
    // The clock stands: no poll is due.
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.until(id, |row| row.state == State::Answered).await;
    // Nothing is waited for any more.
    world.app.watch.wake();
    until(|| world.postbox.waits() == 0).await;
    world.stop().await;
}

#[tokio::test]
async fn others_are_polled() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.until(id, |row| row.found.is_some()).await;
    until(|| world.postbox.looks() > 0).await;
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    // The first look may end only now, by a clock that has moved on.
    while world.row(id).await.state != State::Answered {
        world.advance(MINUTE);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        assert!(world.now() < START + DAY, "it never came");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_wait_ends_with_its_mailbox() {
    let world = World::new().await;
    world.postbox.can_wake();
    let id = world.send(1, &[ANN]).await;
    until(|| world.postbox.waits() == 1).await;
    let mut tx = world.app.store.write().await.unwrap();
    world.app.store.remove_mailbox(&mut tx, account(), world.mailbox, world.now()).await.unwrap().unwrap();
    upkeep::leave(&mut tx, account(), world.mailbox, world.now()).await.unwrap();
    tx.commit().await.unwrap();
    world.app.mailboxes.forget(world.mailbox);
    world.app.watch.follow_changed(world.mailbox);
    until(|| world.postbox.waits() == 0).await;
    assert_eq!(world.app.watch.catch_up(world.mailbox).await, Err(NotNow::Gone));
    let row = world.row(id).await;
    assert_eq!((row.mailbox, row.state), (None, State::Waiting));
    // Connected again, it has its mails back, and what came meanwhile.
    world.postbox.deliver(Some(&thread(1)), world.now() + HOUR, &letter("ann@acme.example", "Subject: x"));
    world.advance(DAY);
    assert_eq!(world.connect().await, world.mailbox);
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn a_mailbox_that_is_connected_later_takes_what_waits_for_it() {
    let mut world = World::homeless().await;
    let reminded = world.remind(&mail(1, &[ANN], world.now()), false).await;
    let tracked = world.register(&mail(2, &[ANN], world.now())).await;
    let mut alias = mail(3, &[ANN], world.now());
    alias.put.sender = "mara@other.example".to_owned();
    let earlier = world.register(&alias).await;
    assert_eq!(world.row(reminded).await.mailbox, None);
    assert!(world.app.store.waiting_row(account(), tracked).await.unwrap().is_none());
    for n in [1, 2] {
        world.postbox.file(filed(n, world.now()), true);
    }
    world.mailbox = world.connect().await;
    assert_eq!(world.row(reminded).await.mailbox, Some(world.mailbox));
    assert_eq!(world.row(tracked).await.mailbox, Some(world.mailbox));
    // It is the only one: what was sent under another name was sent from there.
    assert_eq!(world.row(earlier).await.mailbox, Some(world.mailbox));
    alias.id = uuid::Uuid::from_u128(4);
    let later = world.register(&alias).await;
    assert_eq!(world.row(later).await.mailbox, Some(world.mailbox));
    // Until the mailbox of that name is connected.
    let other =
        world.app.mailboxes.connect(account(), "mara@other.example", MailboxKind::Imap, "{}", b"secret").await.unwrap().id;
    for id in [earlier, later] {
        assert_eq!(world.row(id).await.mailbox, Some(other));
    }
    alias.id = uuid::Uuid::from_u128(5);
    alias.put.sender = "mara@third.example".to_owned();
    world.register(&alias).await;
    assert!(world.app.store.waiting_row(account(), alias.id).await.unwrap().is_none(), "it is one of two, nobody knows which");
    world.postbox.deliver(Some(&thread(2)), world.now(), &letter("ann@acme.example", "Subject: Re: Offer 2"));
    world.look().await;
    assert_eq!(world.row(tracked).await.state, State::Answered);
    assert_eq!(world.row(reminded).await.state, State::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn a_mailbox_that_needs_its_owner_is_left_alone() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.postbox.trouble(Some(Trouble::WrongPassword));
    let refused = world.app.watch.catch_up(world.mailbox).await;
    assert_eq!(refused, Err(NotNow::SignIn(Trouble::WrongPassword)));
    let state = world.app.store.mailbox(world.mailbox).await.unwrap().unwrap().state;
    assert!(matches!(state, MailboxState::SignIn { .. }), "{state:?}");
    let looks = world.postbox.looks();
    for _ in 0..5 {
        world.advance(HOUR);
        assert!(matches!(world.app.watch.catch_up(world.mailbox).await, Err(NotNow::SignIn(_))));
    }
    assert_eq!(world.postbox.looks(), looks);
    // Its owner signed in again.
    world.postbox.trouble(None);
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.connect().await;
    world.until(id, |row| row.state == State::Answered).await;
    world.stop().await;
}

#[tokio::test]
async fn calls_at_one_time_share_a_look() {
    let world = World::new().await;
    world.send(1, &[ANN]).await;
    world.look().await;
    let looks = world.postbox.looks();
    let watch = &world.app.watch;
    let calls = (0..10).map(|_| watch.catch_up(world.mailbox));
    assert!(futures_util::future::join_all(calls).await.iter().all(Result::is_ok));
    assert!(world.postbox.looks() - looks <= 3, "{}", world.postbox.looks() - looks);
    world.stop().await;
}

#[tokio::test]
async fn questions_for_news_are_one_entry_a_day() {
    let world = World::new().await;
    world.send(1, &[ANN]).await;
    for _ in 0..30 {
        world.look().await;
        world.advance(MINUTE);
    }
    world.advance(DAY);
    world.look().await;
    let (store, mailbox) = (std::sync::Arc::clone(&world.app.store), world.mailbox);
    let at = world.now();
    world.app.mailboxes.write_ledger().await;
    let entries = store.access(mailbox, i64::MAX, 100).await.unwrap();
    let asked: Vec<_> =
        entries.iter().filter(|entry| entry.action == waxwing_protocol::api::AccessAction::AskForNews).collect();
    assert_eq!(asked.len(), 2, "{entries:?}");
    assert!(asked[1].times >= 30 && asked[1].last_at.is_some_and(|last| last > asked[1].at));
    assert_eq!(asked[0].at, at);
    world.stop().await;
}
