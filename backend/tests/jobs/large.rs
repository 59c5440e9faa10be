//! Large mails: few at once, so that memory is bounded whatever is due, and no small one waits for them.

use waxwing_backend::mailbox::DraftRef;
use waxwing_protocol::api::ScheduledState;

use crate::node::{START, World, once, wait};
use crate::server::{Fault, Server};

#[test]
fn large_mails_go_one_of_a_mailbox_and_three_at_once() {
    let (world, node) = World::new(Server::gmail());
    let mut mailboxes = vec![world.mailbox];
    for n in 0..3 {
        mailboxes.push(world.connect(&node, &format!("mara-{n}@fjord.example")));
    }
    // As many as may go at once hang.
    for _ in 0..3 {
        world.server.order(Fault::HangBeforeCommit);
    }
    let mut large = Vec::new();
    for mailbox in &mailboxes {
        for n in 0..2 {
            let draft = DraftRef { size: 25 * 1024 * 1024, ..world.server.letter(&format!("Large {mailbox} {n}")) };
            large.push(world.schedule_from(&node, *mailbox, draft, once(START), START));
        }
    }
    let sending = || large.iter().filter(|id| node.mail(**id).state == ScheduledState::Sending).count();
    wait(sending, |sending| *sending == 3);
    // Small ones of all of these mailboxes pass them by.
    for (n, mailbox) in mailboxes.iter().enumerate() {
        let small = world.schedule_from(&node, *mailbox, world.server.letter(&format!("Small {n}")), once(START), START);
        node.until(small, ScheduledState::Sent);
    }
    assert_eq!((sending(), world.server.calls("read")), (3, 3 + mailboxes.len()), "the others are not even read");
    let busy: Vec<_> = large.iter().filter(|id| node.mail(**id).state == ScheduledState::Sending).collect();
    let mut of: Vec<_> = busy.iter().map(|id| node.mail(**id).mailbox).collect();
    of.sort_unstable();
    of.dedup();
    assert_eq!(of.len(), 3, "one of a mailbox");
    for _ in 0..3 {
        world.server.go_on();
    }
    for id in large {
        node.until(id, ScheduledState::Sent);
    }
    assert_eq!(world.server.taken().len(), 12);
}

#[test]
fn the_size_is_known_from_the_last_reading() {
    let (world, node) = World::new(Server::gmail());
    let draft = world.server.letter("Hello");
    assert_eq!(draft.size, 0);
    let id = world.at(&node, draft, START + crate::node::HOUR);
    let body = "A".repeat(2 * 1024 * 1024);
    let edited = format!("{}{body}\n", crate::server::letter("Hello"));
    world.server.edit("Hello", &edited);
    let mut following = waxwing_backend::jobs::follow::Following::default();
    node.block(following.round(&node.app.jobs));
    let row = node.block(node.app.store.scheduled_row(id)).unwrap().unwrap();
    assert_eq!(row.draft.size, edited.replace('\n', "\r\n").len());
}
