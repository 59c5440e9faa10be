//! Lost answers: looked for, decided, and held where it stays unclear. Never sent again blindly.

use uuid::Uuid;
use waxwing_protocol::api::{ScheduledAction, ScheduledState, Trouble, Why};

use crate::node::{DAY, HOUR, MINUTE, Node, SECOND, START, World, account, wait};
use crate::server::{Fault, Server, trouble};

/// A mail whose send was not answered.
fn unclear(fault: Fault) -> (World, Node, Uuid) {
    let (world, node) = World::new(Server::gmail());
    world.server.order(fault);
    let id = world.at(&node, world.server.letter("Hello"), START);
    node.until(id, ScheduledState::Unclear);
    (world, node, id)
}

/// Lets the looks of `pauses` seconds happen.
fn look(world: &World, node: &Node, id: Uuid, pauses: &[i64]) {
    for pause in pauses {
        // Each look writes a line at least.
        let before = node.flight(id).len();
        world.advance(pause * SECOND, &[node]);
        wait(|| node.flight(id).len(), |lines| *lines > before);
    }
}

#[test]
fn a_lost_answer_is_looked_for_and_found() {
    let (world, node, id) = unclear(Fault::AnswerLost);
    assert_eq!(node.mail(id).due_at, None);
    look(&world, &node, id, &[2]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_eq!(mail.sent_at, Some(START));
    assert!(mail.message.is_some());
    assert_eq!(node.flight(id), ["scheduled for", "leased due", "sending tracked", "unclear no_answer", "sent found"]);
    assert_eq!(world.server.count("Hello"), 1);
    let registered = node.block(node.app.store.is_registered(account(), mail.message.unwrap())).unwrap();
    assert!(registered);
}

#[test]
fn a_lost_request_is_sent_again_once_that_is_known() {
    let (world, node, id) = unclear(Fault::RequestLost);
    let first = node.mail(id).message;
    // "The draft is still there" is not believed at once: the request may still be on its way.
    look(&world, &node, id, &[2, 5]);
    node.until_lines(id, "unclear", "looked", 2);
    assert_eq!((node.mail(id).state, world.server.calls("send")), (ScheduledState::Unclear, 1));
    look(&world, &node, id, &[15]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_ne!(mail.message, first, "another try has another pixel");
    assert_eq!((world.server.count("Hello"), world.server.calls("send")), (1, 2));
    assert!(node.flight(id).contains(&"resumed still_draft".to_owned()));
}

#[test]
fn what_stays_unclear_is_held_and_its_sender_decides() {
    let (world, node) = World::new(Server::smtp());
    for (name, action) in [("Was sent", ScheduledAction::WasSent), ("Again", ScheduledAction::SendAgain)] {
        world.server.order(Fault::AnswerLost);
        let id = world.at(&node, world.server.letter(name), world.now());
        node.until(id, ScheduledState::Unclear);
        look(&world, &node, id, &[2, 5, 15, 60, 300]);
        node.until_held(id, Why::Unclear);
        assert!(node.told().contains(&(id, ScheduledState::Held)));
        world.advance(DAY, &[&node]);
        assert_eq!(world.server.count(name), 1);
        for wrong in [ScheduledAction::SendNow { seen: None }, ScheduledAction::Skip { seen: None }, ScheduledAction::Dismiss] {
            node.block(node.app.jobs.act(account(), id, wrong)).unwrap_err();
        }
        node.block(node.app.jobs.act(account(), id, action)).unwrap();
        let mail = node.until(id, ScheduledState::Sent);
        let (times, why) = if action == ScheduledAction::WasSent { (1, Some(Why::SaidSent)) } else { (2, None) };
        assert_eq!((world.server.count(name), mail.times, mail.why), (times, 1, why));
        let registered = node.block(node.app.store.is_registered(account(), mail.message.unwrap())).unwrap();
        assert!(registered);
    }
}

#[test]
fn a_mailbox_that_cannot_be_looked_into_is_asked_again() {
    let (world, node, id) = unclear(Fault::AnswerLost);
    for _ in 0..2 {
        world.server.cannot_look(trouble(Trouble::Unreachable));
    }
    look(&world, &node, id, &[2, 30, 120]);
    node.until(id, ScheduledState::Sent);
    assert!(node.flight(id).contains(&"unclear cannot_look".to_owned()));
    assert_eq!(world.server.count("Hello"), 1);
}

#[test]
fn after_a_day_without_a_look_it_is_held() {
    let (world, node, id) = unclear(Fault::AnswerLost);
    for _ in 0..2 {
        world.server.cannot_look(trouble(Trouble::Unreachable));
    }
    look(&world, &node, id, &[2]);
    node.until_lines(id, "unclear", "cannot_look", 1);
    world.advance(DAY + HOUR, &[&node]);
    node.until_held(id, Why::Unclear);
    assert_eq!(world.server.calls("send"), 1);
}

#[test]
fn losing_again_and_again_is_not_pressed() {
    let (world, node) = World::new(Server::gmail());
    for _ in 0..2 {
        world.server.order(Fault::RequestLost);
    }
    let mut schedule = crate::node::once(START);
    schedule.late.minutes = 1_000;
    let id = world.schedule(&node, world.server.letter("Hello"), schedule, START);
    node.until(id, ScheduledState::Unclear);
    look(&world, &node, id, &[2, 5, 15]);
    wait(|| world.server.calls("send"), |sends| *sends == 2);
    node.until_lines(id, "unclear", "no_answer", 2);
    look(&world, &node, id, &[2, 5, 15]);
    node.until_lines(id, "resumed", "still_draft", 2);
    world.advance(2 * MINUTE, &[&node]);
    node.until(id, ScheduledState::Sent);
    assert_eq!((world.server.calls("send"), world.server.count("Hello")), (3, 1));
}
