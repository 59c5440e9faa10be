//! Edits of drafts that wait are followed, and what is gone is told before its time.

use waxwing_protocol::api::{ScheduledState, Why};

use crate::node::{DAY, HOUR, MINUTE, START, World, wait};
use crate::server::{Server, letter};

#[test]
fn edits_show_before_the_time() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + 5 * MINUTE);
    let far = world.at(&node, world.server.letter("Far"), START + 30 * DAY);
    world.server.edit("Hello", &letter("Hello again"));
    world.server.edit("Far", &letter("Far away"));
    node.stop();
    // The first round comes at the start.
    let node = world.start();
    let mail = wait(|| node.mail(id), |mail| mail.content.subject == "Hello again");
    assert_eq!(mail.gmail.legacy_message.as_deref(), Some("0000000000000002"));
    wait(|| node.mail(far), |mail| mail.content.subject == "Far away");
    assert_eq!(node.flight(id), ["scheduled for", "edited new_text"]);
    assert_eq!(node.mail(id).due_at, Some(START + 5 * MINUTE));
}

#[test]
fn a_draft_that_is_gone_is_told_before_its_time() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Gone"), START + HOUR);
    world.server.discard("Gone");
    let mut following = waxwing_backend::jobs::follow::Following::default();
    node.block(following.round(&node.app.jobs));
    assert_eq!(node.mail(id).state, ScheduledState::Scheduled, "an edit under way may look so");
    world.advance(30_000, &[]);
    node.block(following.round(&node.app.jobs));
    node.until_held(id, Why::DraftGone);
    assert_eq!(node.told(), [(id, ScheduledState::Held)]);
    assert!(world.now() < START + HOUR);
}
