//! What an answer is for tracked messages: lists, totals, events.

use waxwing_backend::store::messages::Filter;
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, MailState, NewsKind, StateFilter, WaitingNews};

use crate::world::{ANN, DAY, HOUR, World, account, letter, thread};

async fn listed(world: &World, state: StateFilter) -> Vec<uuid::Uuid> {
    let filter = Filter { state: Some(state), limit: 10, ..Filter::default() };
    let messages = world.app.store.messages(account(), &filter).await.unwrap();
    messages.into_iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn an_answer_is_everywhere() {
    let world = World::new().await;
    let (id, other) = (world.send(1, &[ANN]).await, world.send(2, &["bob@web.de"]).await);
    world.look().await;
    assert_eq!(listed(&world, StateFilter::Unopened).await.len(), 2);
    world.advance(HOUR);
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    let activity = world.message(id).await.activity;
    assert_eq!((activity.state, activity.answered_at), (MailState::Answered, Some(world.now())));
    // Whoever answered has read it.
    assert_eq!(listed(&world, StateFilter::Unopened).await, [other]);
    assert_eq!(listed(&world, StateFilter::Opened).await, [id]);
    let report = world.app.store.report(account(), &[(0, Millis::MAX)], 10).await.unwrap();
    assert_eq!((report.spans[0].sent, report.spans[0].answered, report.answer_time), (2, 1, Some(HOUR)));
    let domains: Vec<_> = report.domains.iter().map(|domain| (domain.domain.as_str(), domain.answered)).collect();
    assert_eq!(domains, [("acme.example", Some(1)), ("web.de", Some(0))]);
    // Told once, as news of the message.
    let events = world.events().await;
    let answers: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::News { message, what: NewsKind::Answer, at, first, activity, .. } => {
                Some((*message, *at, *first, activity.state))
            }
            _ => None,
        })
        .collect();
    assert_eq!(answers, [(id, world.now(), None, MailState::Answered)]);
    assert!(events.iter().any(
        |event| matches!(event, Event::Waiting { mail, message, what: WaitingNews::Answered, tell: false, .. } if *mail == id && *message == Some(id))
    ));
    assert!(events.iter().any(
        |event| matches!(event, Event::Activity { message, activity, .. } if *message == id && activity.answered_at.is_some())
    ));
    world.stop().await;
}

#[tokio::test]
async fn a_muted_message_is_answered_without_a_word() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.app.store.mute_message(account(), id, true, world.now()).await.unwrap();
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    assert_eq!(world.message(id).await.activity.state, MailState::Answered);
    assert!(!world.events().await.iter().any(|event| matches!(event, Event::News { .. })));
    assert!(world.told().await.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_deleted_message_is_not_waited_for() {
    let world = World::new().await;
    let (id, _other) = (world.send(1, &[ANN]).await, world.send(2, &["bob@web.de"]).await);
    world.look().await;
    world.app.store.delete_message(account(), id, world.now(), || {}).await.unwrap();
    assert!(world.app.store.waiting_row(account(), id).await.unwrap().is_none());
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    assert!(world.postbox.told().is_empty(), "a conversation that is not followed was looked at");
    world.stop().await;
}

#[tokio::test]
async fn hits_after_an_answer_do_not_take_it_away() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    let answered_at = world.now();
    let store = &world.app.store;
    let pool = store.writer();
    sql::query(
        "INSERT INTO hits (at, account, message, kind, agent, address) VALUES ($1, $2, $3, 0, 'Mozilla/5.0 (Windows NT 10.0)', '192.0.2.1')",
    )
    .bind(world.now())
    .bind(account().as_str())
    .bind(id)
    .execute(pool)
    .await
    .unwrap();
    world.advance(DAY);
    waxwing_backend::hits::roll_up::batch(&world.app.judging, world.now()).await.unwrap();
    world.app.judging.judge(&[(id, account())]).await.unwrap();
    let activity = world.message(id).await.activity;
    assert_eq!((activity.state, activity.answered_at), (MailState::Answered, Some(answered_at)));
    assert_eq!(listed(&world, StateFilter::Opened).await, [id]);
    world.stop().await;
}

#[tokio::test]
async fn sends_stop_for_answers_in_new_conversations() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    let since = world.now();
    let store = std::sync::Arc::clone(&world.app.store);
    let asked = async |thread: Option<&str>, address: &str, since| {
        store.answered_since(account(), world.mailbox, thread, &[address.to_owned()], since).await.unwrap()
    };
    assert!(!asked(Some(&thread(1)), "ann@acme.example", since).await);
    world.advance(HOUR);
    world.postbox.deliver(Some(&thread(8)), world.now(), &letter("ann+x@acme.example", "Subject: Hello"));
    world.look().await;
    assert!(world.row(id).await.answered.is_some());
    assert!(asked(Some(&thread(1)), "ann@acme.example", since).await);
    assert!(asked(None, "Ann+y@acme.example", since).await);
    assert!(asked(Some(&thread(99)), "ann@acme.example", since).await);
    assert!(!asked(None, "bob@acme.example", since).await);
    assert!(!asked(Some(&thread(1)), "ann@acme.example", world.now() + 1).await);
    world.stop().await;
}
