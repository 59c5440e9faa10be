//! What is looked at before a mail goes.

use waxwing_protocol::api::{ScheduledState, Trouble, Why};

use crate::node::{HOUR, START, World, account, once};
use crate::server::{Server, letter, trouble};

#[test]
fn an_edit_is_taken_and_said() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    world.server.edit("Hello", &letter("Hello again"));
    world.advance(HOUR, &[&node]);
    let mail = node.until(id, ScheduledState::Sent);
    assert_eq!(mail.content.subject, "Hello again");
    assert_eq!((world.server.count("Hello"), world.server.count("Hello again")), (0, 1));
    assert_eq!(node.flight(id), ["scheduled for", "leased due", "edited new_text", "sending tracked", "sent taken"]);
}

#[test]
fn what_cannot_go_is_held_and_told() {
    const TO: &str = "To: ann@example.com\n";
    let (world, node) = World::new(Server::gmail());
    let plain = |to: &str, subject: &str, text: &str| {
        format!("From: mara@fjord.example\n{to}Subject: {subject}\nContent-Type: text/plain\n\n{text}\n")
    };
    for (name, raw, why) in [
        ("no recipients", plain("", "Hello", "Text"), Why::NoRecipients),
        ("empty", plain(TO, "", " "), Why::Empty),
        ("no mail", "\u{0}\u{1}".to_owned(), Why::Unreadable),
        ("no sender", "To: ann@example.com\nSubject: Hello\n\nText\n".to_owned(), Why::Unreadable),
    ] {
        let id = world.at(&node, world.server.draft(name, &raw), world.now());
        node.until_held(id, why);
        assert!(node.told().contains(&(id, ScheduledState::Held)), "{name}");
    }
    for (name, raw) in [("only a subject", plain(TO, "Hello", "")), ("only a text", plain(TO, "", "Hello"))] {
        let id = world.at(&node, world.server.draft(name, &raw), world.now());
        node.until(id, ScheduledState::Sent);
        assert_eq!(node.mail(id).message, None, "{name}");
        assert!(node.flight(id).contains(&"sending untracked_plain_text".to_owned()));
    }
    assert_eq!(world.server.taken().len(), 2);
}

#[test]
fn what_was_emptied_or_lost_its_recipients_after_it_was_scheduled_is_held_and_goes_once_it_is_mended() {
    let (world, node) = World::new(Server::gmail());
    let head = "From: mara@fjord.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n";
    for (name, edit, why) in [
        ("Emptied", format!("{head}To: ann@example.com\nSubject: \n\n<div><br></div>\n"), Why::Empty),
        ("Nobody", format!("{head}Subject: Nobody\n\n<p>Text</p>\n"), Why::NoRecipients),
        ("Half typed", format!("{head}To: ann\nSubject: Half typed\n\n<p>Text</p>\n"), Why::Unreadable),
    ] {
        let id = world.at(&node, world.server.letter(name), world.now() + HOUR);
        world.server.edit(name, &edit);
        // While it is being edited nothing is said.
        let mut following = waxwing_backend::jobs::follow::Following::default();
        node.block(following.round(&node.app.jobs));
        assert_eq!(node.mail(id).state, ScheduledState::Scheduled, "{name}");
        world.advance(HOUR, &[&node]);
        node.until_held(id, why);
        assert!(node.told().contains(&(id, ScheduledState::Held)), "{name}");
        world.server.edit(name, &letter(name));
        node.block(node.app.jobs.act(account(), id, waxwing_protocol::api::ScheduledAction::SendNow { seen: None })).unwrap();
        node.until(id, ScheduledState::Sent);
        assert_eq!(world.server.count(name), 1);
    }
}

#[test]
fn a_draft_that_is_gone_is_held_unless_it_was_sent_by_hand() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Gone"), START + HOUR);
    world.server.discard("Gone");
    world.advance(HOUR, &[&node]);
    node.until_held(id, Why::DraftGone);
    let id = world.at(&node, world.server.letter("By hand"), world.now() + HOUR);
    world.server.send_by_hand("By hand");
    world.advance(HOUR, &[&node]);
    let mail = node.until(id, ScheduledState::Cancelled);
    assert_eq!(mail.why, Some(Why::SentByHand));
    assert!(world.server.taken().is_empty());
}

#[test]
fn not_if_they_write_first() {
    let (world, node) = World::new(Server::gmail());
    let mut schedule = once(START + HOUR);
    schedule.unless_answered = true;
    let first = world.schedule(&node, world.server.letter("First"), schedule, START + HOUR);
    world.advance(HOUR, &[&node]);
    node.until(first, ScheduledState::Sent);
    let mut schedule = once(START + 2 * HOUR);
    schedule.unless_answered = true;
    let second = world.schedule(&node, world.server.letter("Second"), schedule, START + 2 * HOUR);
    world.server.answer();
    world.advance(HOUR, &[&node]);
    let mail = node.until(second, ScheduledState::Cancelled);
    assert_eq!(mail.why, Some(Why::Answered));
    assert_eq!(node.told(), [(second, ScheduledState::Cancelled)], "anybody can write under a recipient's name");
    assert_eq!((world.server.count("First"), world.server.count("Second")), (1, 0));
}

#[test]
fn a_mailbox_that_needs_its_owner_holds_and_goes_on_by_the_rule() {
    let (world, node) = World::new(Server::gmail());
    let soon = world.at(&node, world.server.letter("Soon"), START);
    world.server.cannot_read(trouble(Trouble::WrongPassword));
    node.until_held(soon, Why::SignIn);
    // Nobody tries the password again.
    let other = world.at(&node, world.server.letter("Other"), START);
    node.until_held(other, Why::SignIn);
    assert_eq!(world.server.calls("read"), 1);
    // In time the first, too late the second.
    world.advance(20 * crate::node::MINUTE, &[&node]);
    let mut schedule = once(START - HOUR);
    schedule.late.minutes = 60;
    let late = world.schedule(&node, world.server.letter("Late"), schedule, START - HOUR);
    node.until_held(late, Why::Late);
    node.block(node.app.mailboxes.connect(
        account(),
        "mara@fjord.example",
        waxwing_protocol::api::MailboxKind::Gmail,
        "{}",
        b"new",
    ))
    .unwrap();
    node.until(soon, ScheduledState::Sent);
    node.until(other, ScheduledState::Sent);
    assert!(node.flight(soon).contains(&"rescheduled mailbox_back".to_owned()));
    assert_eq!(node.mail(late).state, ScheduledState::Held);
}

#[test]
fn what_was_held_for_its_mailbox_too_long_is_late() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START);
    world.server.cannot_read(trouble(Trouble::GrantRevoked));
    node.until_held(id, Why::SignIn);
    world.advance(HOUR, &[&node]);
    node.block(node.app.mailboxes.report(world.mailbox, None));
    node.until_held(id, Why::Late);
    assert!(world.server.taken().is_empty());
}

#[test]
fn a_mailbox_that_is_gone_holds() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    let event = node.block(async {
        let mut tx = node.app.store.write().await.unwrap();
        node.app.store.remove_mailbox(&mut tx, account(), world.mailbox, START).await.unwrap().unwrap();
        let event = waxwing_backend::jobs::act::mailbox_gone(&mut tx, world.mailbox, START).await.unwrap();
        tx.commit().await.unwrap();
        event
    });
    assert!(event.is_some());
    assert_eq!(node.mail(id).why, Some(Why::NoMailbox));
    assert_eq!(node.told(), [(id, ScheduledState::Held)]);
    // One that slips in finds out when it is due.
    let other = world.at(&node, world.server.letter("Other"), START);
    node.until_held(other, Why::NoMailbox);
}

#[test]
fn an_edit_of_the_last_moment_goes_with_the_mail() {
    let (world, node) = World::new(Server::gmail());
    let edited = |name: &str, words: &str| letter(name).replace("Hello", words);
    let id = world.at(&node, world.server.letter("Mended"), START + HOUR);
    world.server.edit_when_read("Mended", &edited("Mended", "Good morning"));
    world.advance(HOUR, &[&node]);
    node.until(id, ScheduledState::Sent);
    let taken = world.server.taken();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].raw.contains("Good morning") && !taken[0].raw.contains("Hello"), "{}", taken[0].raw);
    assert!(node.flight(id).contains(&"edited new_text".to_owned()), "{:?}", node.flight(id));

    // Somebody writes on and on: it goes when they are done.
    let id = world.at(&node, world.server.letter("Busy"), world.now() + HOUR);
    for word in ["One", "Two", "Three"] {
        world.server.edit_when_read("Busy", &edited("Busy", word));
    }
    world.advance(HOUR, &[&node]);
    node.until_lines(id, "retrying", "retry", 1);
    assert_eq!(world.server.count("Busy"), 0);
    world.advance(crate::node::MINUTE, &[&node]);
    node.until(id, ScheduledState::Sent);
    assert!(world.server.taken()[1].raw.contains("Three"));

    // Emptied in the last moment.
    let id = world.at(&node, world.server.letter("Emptied"), world.now() + HOUR);
    world.server.edit_when_read("Emptied", &letter("Emptied").replace("To: Ann <ann@example.com>\n", ""));
    world.advance(HOUR, &[&node]);
    node.until_held(id, Why::NoRecipients);
    assert_eq!(world.server.count("Emptied"), 0);
}

/// Disconnects the mailbox; with `tells`, what waits in it is held in the same moment, as it is when its owner does it.
fn disconnect(world: &World, node: &crate::node::Node, tells: bool) {
    node.block(async {
        let mut tx = node.app.store.write().await.unwrap();
        let now = world.now();
        node.app.store.remove_mailbox(&mut tx, account(), world.mailbox, now).await.unwrap().unwrap();
        if tells {
            waxwing_backend::jobs::act::mailbox_gone(&mut tx, world.mailbox, now).await.unwrap();
        }
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_mailbox_that_goes_away_stops_what_is_in_work() {
    for tells in [true, false] {
        let (world, node) = World::new(Server::gmail());
        world.server.order(crate::server::Fault::HangBeforeCommit);
        let id = world.at(&node, world.server.letter("Hello"), START);
        crate::node::wait(|| world.server.calls("send"), |sends| *sends == 1);
        disconnect(&world, &node, tells);
        world.server.go_on();
        crate::node::wait(|| world.server.calls("lease lost"), |lost| *lost == 1);
        node.until_held(id, Why::NoMailbox);
        assert_eq!(node.told(), [(id, ScheduledState::Held)]);
        assert!(world.server.taken().is_empty() && world.server.has_draft("Hello"));
    }
}

#[test]
fn a_mailbox_that_goes_away_after_the_commit_leaves_the_answer_to_tell() {
    let (world, node) = World::new(Server::gmail());
    world.server.order(crate::server::Fault::HangAfterCommit);
    let id = world.at(&node, world.server.letter("Hello"), START);
    let is_out = || node.block(node.app.store.scheduled_row(id)).unwrap().unwrap().intent.is_some_and(|it| it.committing);
    crate::node::wait(is_out, |out| *out);
    disconnect(&world, &node, true);
    assert_eq!(node.mail(id).state, ScheduledState::Sending);
    world.server.go_on();
    node.until(id, ScheduledState::Sent);
    assert_eq!(world.server.count("Hello"), 1);
}
