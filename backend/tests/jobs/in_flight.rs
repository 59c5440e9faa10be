//! Requests that are still on their way when nobody waits for their answer any more: "its draft is still there" says nothing yet.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use waxwing_backend::mailbox::{Commit, Draft, DraftRef, Found, Ledger, Mailbox, Outgoing, Result, SendOutcome, Trace};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{DraftHint, ScheduledState};

use crate::node::{MINUTE, Node, SECOND, START, World, wait};
use crate::server::{Fault, Seen, Server};

/// Takes its time with everything before the last byte, as a large mail does over a slow line.
struct Slow(Seen, Arc<Notify>);

impl Mailbox for Slow {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.0.find_draft(hint, ledger)
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.0.version(draft, ledger)
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        self.0.read_draft(draft, ledger)
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            self.1.notified().await;
            self.0.send(mail, commit, ledger).await
        })
    }

    fn look<'a>(&'a self, trace: &'a Trace, since: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        self.0.look(trace, since, ledger)
    }

    fn sent_by_hand<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        self.0.sent_by_hand(draft, ledger)
    }

    fn answered<'a>(
        &'a self,
        draft: &'a DraftRef,
        addresses: &'a [String],
        since: Millis,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>> {
        self.0.answered(draft, addresses, since, ledger)
    }

    fn revoke<'a>(&'a self, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.0.revoke(ledger)
    }
}

/// Lets the look after a pause happen.
fn look(world: &World, node: &Node, pause: Millis) {
    let before = world.server.calls("look");
    world.advance(pause, &[node]);
    wait(|| world.server.calls("look"), |looks| *looks > before);
}

#[test]
fn a_slow_send_is_believed_no_earlier_than_a_quick_one() {
    let (world, node) = World::new(Server::gmail());
    let go = Arc::new(Notify::new());
    let slow = Slow(Seen(Arc::clone(&world.server)), Arc::clone(&go));
    node.block(node.app.mailboxes.put_fake(world.mailbox, Arc::new(slow)));
    world.server.order(Fault::RequestLost);
    let id = world.at(&node, world.server.letter("Hello"), START);
    node.until(id, ScheduledState::Sending);
    world.advance(2 * MINUTE, &[]);
    go.notify_one();
    node.until(id, ScheduledState::Unclear);
    for (pause, looks) in [(2, 1), (5, 2)] {
        look(&world, &node, pause * SECOND);
        node.until_lines(id, "unclear", "looked", looks);
    }
    assert_eq!((node.mail(id).state, world.server.calls("send")), (ScheduledState::Unclear, 1));
    look(&world, &node, 15 * SECOND);
    go.notify_one();
    node.until(id, ScheduledState::Sent);
    assert_eq!((world.server.count("Hello"), world.server.calls("send")), (1, 2));
}

#[test]
fn after_a_step_of_the_clock_nobody_sends_while_another_may_be_at_it() {
    let (world, node) = World::new(Server::gmail());
    world.server.order(Fault::HangAfterCommit);
    let id = world.at(&node, world.server.letter("Hello"), START);
    wait(|| world.server.calls("send"), |sends| *sends == 1);
    let is_out = || node.block(node.app.store.scheduled_row(id)).unwrap().unwrap().intent.is_some_and(|it| it.committing);
    wait(is_out, |out| *out);
    // Leases that were good a moment ago have run out: the other backend takes it for one of the dead.
    world.advance(20 * MINUTE, &[]);
    let other = world.start();
    other.until(id, ScheduledState::Unclear);
    for (pause, looks) in [(2, 1), (5, 2), (15, 3), (60, 4)] {
        look(&world, &other, pause * SECOND);
        other.until_lines(id, "unclear", "looked", looks);
    }
    assert_eq!(world.server.calls("send"), 1);
    world.server.go_on();
    let mail = other.until(id, ScheduledState::Sent);
    assert_eq!((world.server.count("Hello"), world.server.calls("send"), mail.times), (1, 1, 1));
}

#[test]
fn who_is_not_heard_of_again_is_believed_to_have_given_up() {
    let (world, node) = World::new(Server::gmail());
    world.server.order(Fault::HangAfterCommit);
    let mut schedule = crate::node::once(START);
    schedule.late.minutes = 1_000;
    let id = world.schedule(&node, world.server.letter("Hello"), schedule, START);
    let is_out = || node.block(node.app.store.scheduled_row(id)).unwrap().unwrap().intent.is_some_and(|it| it.committing);
    wait(is_out, |out| *out);
    world.advance(20 * MINUTE, &[]);
    let other = world.start();
    other.until(id, ScheduledState::Unclear);
    for pause in [2, 5, 15, 60, 300] {
        let before = world.server.calls("look");
        look(&world, &other, pause * SECOND);
        if pause < 300 {
            other.until_lines(id, "unclear", "looked", before + 1);
        }
    }
    other.until(id, ScheduledState::Sent);
    assert_eq!((world.server.count("Hello"), world.server.calls("send")), (1, 2));
}
