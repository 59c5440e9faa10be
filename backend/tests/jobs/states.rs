//! A mail goes out at its time, once, and the flight recorder says so.

use waxwing_backend::store::scheduled::insert::Inserted;
use waxwing_protocol::api::{ScheduledState, Trouble, Why};

use crate::node::{HOUR, MINUTE, SECOND, START, World, account, once};
use crate::server::{Fault, Server, trouble};

#[test]
fn a_mail_goes_out_at_its_time_and_is_tracked() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    world.advance(HOUR - 1, &[&node]);
    assert_eq!(node.mail(id).state, ScheduledState::Scheduled);
    assert_eq!(world.server.count("Hello"), 0);
    world.advance(1, &[&node]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_eq!((mail.times, mail.due_at, mail.sent_at), (1, None, Some(START + HOUR)));
    assert_eq!(mail.gmail.legacy_message.as_deref(), Some("00000000000000ff"));
    assert_eq!(node.flight(id), ["scheduled for", "leased due", "sending tracked", "sent taken"],);
    assert_eq!(node.detail(id).flight[2].with["links"], "1");
    let taken = world.server.taken();
    assert_eq!((taken.len(), taken[0].recipients.as_slice()), (1, &["ann@example.com".to_owned()][..]));
    assert!(taken[0].raw.contains("https://track.example/o/aaaaaa/"), "{}", taken[0].raw);
    // The message is registered with what was wrapped, in the same moment.
    let message = node.block(node.app.store.message(account(), mail.message.unwrap(), 10)).unwrap().unwrap().message;
    assert_eq!((message.sent_at, message.scheduled), (START + HOUR, false));
    assert_eq!((message.sender.as_str(), message.content.links.len()), ("mara@fjord.example", 1));
    assert_eq!(message.gmail, mail.gmail);
    assert!(mail.content.links.is_empty());
    assert!(node.told().is_empty());
    node.stop();
}

#[test]
fn a_draft_is_scheduled_once() {
    let (world, node) = World::new(Server::gmail());
    let draft = world.server.letter("Hello");
    let id = world.at(&node, draft.clone(), START + HOUR);
    let new = |id, draft| waxwing_backend::store::scheduled::insert::NewScheduled {
        id,
        account: account(),
        mailbox: world.mailbox,
        schedule: once(START + HOUR),
        due_at: START + HOUR,
        why: None,
        draft,
        gmail: waxwing_protocol::api::GmailIds::default(),
        track: true,
        content: waxwing_protocol::api::Content::default(),
    };
    let put = |new| node.block(node.app.jobs.schedule(&new)).unwrap();
    assert_eq!(put(new(id, draft.clone())), Inserted::Exists);
    assert_eq!(put(new(world.id(), draft)), Inserted::Taken(id));
}

#[test]
fn what_may_pass_is_tried_again_and_what_does_not_fails() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Greylisted"), START);
    world.server.order(Fault::RefusedAtTheEnd(trouble(Trouble::Busy)));
    node.app.jobs.wake();
    node.until_lines(id, "retrying", "retry", 1);
    let mail = node.mail(id);
    assert_eq!(mail.state, ScheduledState::Scheduled);
    assert_eq!((mail.why, mail.said.as_deref()), (Some(Why::Trouble { trouble: Trouble::Busy }), Some("550 no")));
    assert_eq!(mail.due_at, Some(START + 30 * SECOND));
    world.advance(30 * SECOND, &[&node]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_eq!((mail.why, mail.said), (None, None));

    // A network that stands between, and wants its guests to sign in first.
    for what in [Trouble::Certificate, Trouble::Protocol, Trouble::NotOffered] {
        let name = format!("{what:?}");
        world.server.order(Fault::Refused(trouble(what)));
        let id = world.at(&node, world.server.letter(&name), world.now());
        node.until_lines(id, "retrying", "retry", 1);
        world.advance(30 * SECOND, &[&node]);
        node.until(id, ScheduledState::Sent);
    }

    let id = world.at(&node, world.server.letter("Refused"), world.now());
    world.server.order(Fault::RefusedAtTheEnd(trouble(Trouble::RecipientRefused)));
    let mail = node.until(id, ScheduledState::Failed);
    assert_eq!(mail.why, Some(Why::Trouble { trouble: Trouble::RecipientRefused }));
    assert_eq!(node.told(), [(id, ScheduledState::Failed)]);
    assert!(world.server.has_draft("Refused"));
    assert_eq!((world.server.count("Greylisted"), world.server.count("Refused")), (1, 0));
}

#[test]
fn servers_say_when_to_come_again() {
    let (world, node) = World::new(Server::gmail());
    let mut error = trouble(Trouble::RateLimited);
    error.retry_after = Some(600);
    world.server.order(Fault::Refused(error));
    let id = world.at(&node, world.server.letter("Slowly"), START);
    node.until_lines(id, "retrying", "retry", 1);
    assert_eq!(node.mail(id).due_at, Some(START + 10 * MINUTE));
    // A pause without an end is not obeyed.
    let mut error = trouble(Trouble::RateLimited);
    error.retry_after = Some(u32::MAX);
    world.server.order(Fault::Refused(error));
    world.advance(10 * MINUTE, &[&node]);
    node.until_lines(id, "retrying", "retry", 2);
    assert_eq!(node.mail(id).due_at, Some(START + 10 * MINUTE + 24 * HOUR));
}

#[test]
fn recipients_that_were_refused_are_named() {
    let (world, node) = World::new(Server::smtp());
    world.server.order(Fault::Some(vec![("bo@example.com".to_owned(), "no such user".to_owned())]));
    let id = world.at(&node, world.server.letter("Hello"), START);
    node.until(id, ScheduledState::Sent);
    let line = node.detail(id).flight.pop().unwrap();
    assert_eq!(line.say.as_deref(), Some("flight_say_refused"));
    assert_eq!((line.with["addresses"].as_str(), line.with["said"].as_str()), ("bo@example.com", "no such user"));
}

#[test]
fn a_clock_that_steps_sends_neither_early_nor_twice() {
    let (world, node) = World::new(Server::gmail());
    let early = world.at(&node, world.server.letter("Early"), START + HOUR);
    let late = world.at(&node, world.server.letter("Late"), START + 2 * HOUR);
    // An hour forward: what is due by that clock goes.
    world.advance(HOUR, &[&node]);
    node.until(early, ScheduledState::Sent);
    // And back again: nothing goes twice, nothing early.
    world.advance(-HOUR, &[&node]);
    world.advance(HOUR, &[&node]);
    assert_eq!(node.mail(late).state, ScheduledState::Scheduled);
    world.advance(HOUR, &[&node]);
    node.until(late, ScheduledState::Sent);
    assert_eq!((world.server.count("Early"), world.server.count("Late")), (1, 1));
}

#[test]
fn the_year_9999_waits() {
    let (world, node) = World::new(Server::gmail());
    let at = 253_402_214_400_000;
    let id = world.at(&node, world.server.letter("Later"), at);
    world.advance(HOUR, &[&node]);
    assert_eq!(node.mail(id).due_at, Some(at));
    world.set(at, &[&node]);
    node.until(id, ScheduledState::Sent);
}
