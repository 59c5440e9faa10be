//! Where a look resumes, and that nothing is passed over and nothing happens twice.

use waxwing_backend::store::waiting::State;
use waxwing_protocol::api::{Event, NewsKind};

use crate::world::{ANN, DAY, HOUR, MINUTE, SECOND, START, World, filed, letter, mail, rfc_id, thread};

#[tokio::test]
async fn what_is_told_again_changes_nothing() {
    let mut world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: Re: Offer 1"));
    // The other keeps the mailbox watched.
    world.send(2, &["bob@web.de"]).await;
    world.look().await;
    let (row, events) = (world.row(id).await, world.events().await);
    world.postbox.lose_history();
    world.look().await;
    world.restart().await;
    world.postbox.lose_history();
    world.look().await;
    assert_eq!(world.row(id).await, row);
    assert_eq!(world.events().await, events);
    let news = events.iter().filter(|event| matches!(event, Event::News { what: NewsKind::Answer, .. })).count();
    assert_eq!(news, 1);
    world.stop().await;
}

#[tokio::test]
async fn a_look_resumes_after_a_restart() {
    let mut world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("mallory@evil.example", "Subject: x"));
    world.look().await;
    let told = world.postbox.told().len();
    assert!(told >= 1);
    world.restart().await;
    world.look().await;
    assert_eq!(world.postbox.told().len(), told, "told again");
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn a_mailbox_that_comes_back_after_a_month_tells_all() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    let other = world.send(2, &["bob@web.de"]).await;
    world.look().await;
    world.postbox.trouble(Some(waxwing_protocol::api::Trouble::Unreachable));
    let answered = world.now() + HOUR;
    world.advance(29 * DAY);
    assert!(world.app.watch.catch_up(world.mailbox).await.is_err());
    world.postbox.deliver(Some(&thread(1)), answered, &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.postbox.trouble(None);
    world.postbox.lose_history();
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().at, answered);
    assert_eq!(world.row(other).await.state, State::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn more_is_asked_for_until_there_is_none() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.postbox.one_by_one();
    for _ in 0..20 {
        world.postbox.deliver(Some(&thread(1)), world.now(), &letter("mallory@evil.example", "Subject: x"));
    }
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn more_than_one_look_takes_is_looked_through_before_it_is_done() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.postbox.one_by_one();
    for _ in 0..60 {
        world.postbox.deliver(Some(&thread(1)), world.now(), &letter("mallory@evil.example", "Subject: x"));
    }
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: x"));
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn a_first_look_that_takes_several_is_resumed_and_not_begun_again() {
    let world = World::new().await;
    world.postbox.one_by_one();
    for _ in 0..120 {
        world.postbox.deliver(Some(&thread(1)), world.now(), &letter("mallory@evil.example", "Subject: x"));
    }
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    assert!(world.row(id).await.looked);
    let looks = world.postbox.looks();
    assert!(looks <= 125, "{looks}");
    world.stop().await;
}

#[tokio::test]
async fn going_back_takes_several_looks_and_comes_to_its_end() {
    let world = World::new().await;
    // Something else has the mailbox watched up to now.
    let bob = world.send(2, &["bob@web.de"]).await;
    world.look().await;
    let sent_at = world.now();
    world.postbox.file(filed(1, sent_at), true);
    world.advance(HOUR);
    for _ in 0..120 {
        world.postbox.deliver(Some(&thread(1)), world.now(), &letter("mallory@evil.example", "Subject: x"));
    }
    world.postbox.deliver(Some(&thread(1)), world.now(), &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.look().await;
    world.advance(DAY);
    world.postbox.one_by_one();
    let id = world.register(&mail(1, &[ANN], sent_at)).await;
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    // And nothing is gone back for any more.
    world.look().await;
    let looks = world.postbox.looks();
    world.look().await;
    assert_eq!(world.postbox.looks(), looks + 1);
    assert_eq!(world.row(bob).await.state, State::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_nothing() {
    let world = World::new().await;
    world.send(1, &[ANN]).await;
    world.look().await;
    let looks = world.postbox.looks();
    world.advance(-5 * HOUR);
    crate::world::until(|| {
        world.advance(SECOND);
        world.now() > START - 4 * HOUR || world.postbox.looks() > looks + 1
    })
    .await;
    assert!(world.now() < START - 4 * HOUR, "nobody looked for an hour");
    world.stop().await;
}

#[tokio::test]
async fn what_is_done_is_not_looked_for_any_more() {
    let world = World::new().await;
    let id = world.remind(&mail(1, &[ANN], START), false).await;
    world.look().await;
    assert_eq!(world.app.store.waiting_to_find().await.unwrap().len(), 1);
    world.app.reminders.act(crate::world::account(), id, &waxwing_protocol::api::WaitingAction::Done).await.unwrap();
    assert!(world.app.store.waiting_to_find().await.unwrap().is_empty());
    assert_eq!(world.row(id).await.find_at, None);
    world.stop().await;
}

#[tokio::test]
async fn what_came_before_the_mail_was_followed_is_found() {
    let world = World::new().await;
    // Something else has the mailbox watched up to now.
    world.send(2, &["bob@web.de"]).await;
    world.look().await;
    let sent_at = world.now();
    world.postbox.file(filed(1, sent_at), true);
    world.advance(HOUR);
    let answered_at = world.now();
    world.postbox.deliver(Some(&thread(1)), answered_at, &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.look().await;
    world.advance(DAY);
    // A device that was offline, or a reminder on an old mail.
    let id = world.register(&mail(1, &[ANN], sent_at)).await;
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().at, answered_at);
    world.stop().await;
}

#[tokio::test]
async fn a_mail_that_is_filed_late_is_looked_for_again_and_its_answer_found() {
    let world = World::new().await;
    world.postbox.file(filed(1, START), false);
    // A server without conversations: only the mail in Sent tells its id.
    let mut sent = mail(1, &[ANN], START);
    sent.put.gmail = waxwing_protocol::api::GmailIds::default();
    let id = world.register(&sent).await;
    world.look().await;
    assert!(world.row(id).await.found.is_none());
    // Not Ann's own address, so only what it refers to tells.
    let raw = letter("ann@acme.example", &format!("References: <{}>", rfc_id(1))).replace("To: Mara", "To: undisclosed");
    world.postbox.deliver(None, world.now() + SECOND, &raw.replace("<mara@fjord.example>", "list:;"));
    world.advance(10 * SECOND);
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Waiting);
    world.postbox.file_all();
    world.advance(20 * SECOND);
    world.look().await;
    let row = world.row(id).await;
    assert_eq!((row.rfc_id, row.state), (Some(rfc_id(1)), State::Answered));
    world.stop().await;
}

#[tokio::test]
async fn a_mail_that_was_never_sent_is_not_looked_for_for_ever() {
    let world = World::new().await;
    let id = world.remind(&mail(1, &[ANN], START), false).await;
    for _ in 0..40 {
        world.advance(25 * HOUR);
        world.look().await;
    }
    let row = world.row(id).await;
    assert!(row.found.is_none() && row.find_at.is_none());
    assert!((10..=25).contains(&world.postbox.finds()), "{}", world.postbox.finds());
    world.stop().await;
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_over_and_not_watched() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    world.advance(31 * DAY);
    world.app.store.tidy_waiting(world.now()).await.unwrap();
    assert_eq!(world.row(id).await.state, State::Over);
    // A look that began while it was waited for may still be under way: the next one has its turn after it.
    world.look().await;
    let looks = world.postbox.looks();
    world.advance(DAY);
    world.look().await;
    assert_eq!(world.postbox.looks(), looks, "a mailbox in which nothing is waited for was asked");
    world.advance(400 * DAY + MINUTE);
    world.app.store.tidy_waiting(world.now()).await.unwrap();
    assert!(world.app.store.waiting_row(crate::world::account(), id).await.unwrap().is_none());
    world.stop().await;
}
