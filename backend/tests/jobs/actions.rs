//! What the sender wants: each action from where it fits, and a conflict from where it does not.

use waxwing_backend::jobs::act::ActError;
use waxwing_domain::schedule::Due;
use waxwing_protocol::api::{Scheduled, ScheduledAction, ScheduledState, When, Why};

use crate::node::{DAY, HOUR, MINUTE, Node, START, World, account, once};
use crate::server::{Fault, Server, trouble};

fn act(node: &Node, id: uuid::Uuid, action: ScheduledAction) -> Result<Scheduled, ActError> {
    node.block(node.app.jobs.act(account(), id, action))
}

#[test]
fn cancelling_leaves_the_draft() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    let mail = act(&node, id, ScheduledAction::Cancel).unwrap();
    assert_eq!((mail.state, mail.why, mail.due_at), (ScheduledState::Cancelled, Some(Why::Cancelled), None));
    // The same again is no news; anything else does not fit.
    act(&node, id, ScheduledAction::Cancel).unwrap();
    for action in [
        ScheduledAction::SendNow { seen: None },
        ScheduledAction::WasSent,
        ScheduledAction::SendAgain,
        ScheduledAction::Skip { seen: None },
        ScheduledAction::Dismiss,
    ] {
        assert!(matches!(act(&node, id, action), Err(ActError::Conflict(ScheduledState::Cancelled))), "{action:?}");
    }
    world.advance(HOUR, &[&node]);
    assert!(world.server.has_draft("Hello"));
    assert_eq!(node.flight(id), ["scheduled for", "cancelled why_cancelled"]);
    // And back again.
    let due = Due { at: START + 2 * HOUR, moved: false };
    let again = node.block(node.app.jobs.reschedule(account(), id, &once(due.at), true, due)).unwrap();
    assert_eq!((again.state, again.due_at), (ScheduledState::Scheduled, Some(due.at)));
    assert_eq!(node.flight(id), ["scheduled for", "cancelled why_cancelled", "scheduled for"]);
    // Now it waits for something that is moved.
    let later = Due { at: START + 2 * HOUR + MINUTE, moved: false };
    node.block(node.app.jobs.reschedule(account(), id, &once(later.at), true, later)).unwrap();
    assert_eq!(node.flight(id).last().map(String::as_str), Some("rescheduled for"));
    world.advance(HOUR + MINUTE, &[&node]);
    node.until(id, ScheduledState::Sent);
}

#[test]
fn now_is_now() {
    let (world, node) = World::new(Server::gmail());
    let mut schedule = once(0);
    schedule.when = When::Within {
        days: vec!["MO".to_owned()],
        from: "09:00".to_owned(),
        to: "17:00".to_owned(),
        since: None,
        zone: "Europe/Oslo".to_owned(),
    };
    // It is Sunday.
    let id = world.schedule(&node, world.server.letter("Hello"), schedule, START + DAY);
    act(&node, id, ScheduledAction::SendNow { seen: None }).unwrap();
    node.until(id, ScheduledState::Sent);
    assert!(matches!(act(&node, id, ScheduledAction::SendNow { seen: None }), Err(ActError::Conflict(ScheduledState::Sent))));
    assert!(matches!(act(&node, id, ScheduledAction::Cancel), Err(ActError::Conflict(ScheduledState::Sent))));
    assert_eq!(world.server.count("Hello"), 1);
}

#[test]
fn another_time_takes_the_place_of_the_first() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    let put = |at: i64| {
        let due = Due { at, moved: false };
        node.block(node.app.jobs.reschedule(account(), id, &once(at), true, due)).unwrap()
    };
    put(START + 2 * HOUR);
    let lines = node.flight(id).len();
    put(START + 2 * HOUR);
    assert_eq!(node.flight(id).len(), lines, "the same again changes nothing");
    world.advance(HOUR, &[&node]);
    assert_eq!(node.mail(id).state, ScheduledState::Scheduled);
    world.advance(HOUR, &[&node]);
    node.until(id, ScheduledState::Sent);
    let due = Due { at: START + DAY, moved: false };
    let again = node.block(node.app.jobs.reschedule(account(), id, &once(due.at), true, due));
    assert!(matches!(again, Err(ActError::Conflict(ScheduledState::Sent))));
}

#[test]
fn a_failed_mail_is_dismissed_or_tried_at_another_time() {
    let (world, node) = World::new(Server::gmail());
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        world.server.order(Fault::Refused(trouble(waxwing_protocol::api::Trouble::TooLarge)));
        let id = world.at(&node, world.server.letter(name), START);
        node.until(id, ScheduledState::Failed);
        ids.push(id);
    }
    let counts = || node.block(node.app.store.scheduled_counts(account())).unwrap();
    assert_eq!((counts().needs, counts().waiting), (2, 0));
    act(&node, ids[0], ScheduledAction::Dismiss).unwrap();
    assert_eq!((counts().needs, counts().waiting), (1, 0));
    let due = Due { at: START + HOUR, moved: false };
    node.block(node.app.jobs.reschedule(account(), ids[1], &once(due.at), true, due)).unwrap();
    assert_eq!((counts().needs, counts().waiting), (0, 1));
    world.advance(HOUR, &[&node]);
    node.until(ids[1], ScheduledState::Sent);
}

#[test]
fn other_accounts_have_no_say() {
    let (world, node) = World::new(Server::gmail());
    let id = world.at(&node, world.server.letter("Hello"), START + HOUR);
    let other = waxwing_backend::account_id::AccountId::parse("bbbbbb").unwrap();
    let done = node.block(node.app.jobs.act(other, id, ScheduledAction::Cancel));
    assert!(matches!(done, Err(ActError::Unknown)));
    assert!(node.block(node.app.store.scheduled_detail(other, id)).unwrap().is_none());
    let unknown = node.block(node.app.jobs.act(account(), world.id(), ScheduledAction::Cancel));
    assert!(matches!(unknown, Err(ActError::Unknown)));
    assert_eq!(node.mail(id).state, ScheduledState::Scheduled);
}

#[test]
fn lists_have_what_needs_its_sender_first_and_turn_their_pages() {
    use waxwing_protocol::api::ScheduledList::{Done, Waiting};
    let (world, node) = World::new(Server::gmail());
    let mut ids: Vec<_> = (1..=5).map(|n| world.at(&node, world.server.letter(&format!("n{n}")), START + n * HOUR)).collect();
    let held = world.at(&node, world.server.draft("held", "From: a@b.example\nSubject: x\n\ny\n"), START);
    node.until_held(held, Why::NoRecipients);
    ids.insert(0, held);
    let pages = |list| {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = node.block(node.app.store.scheduled_list(account(), list, before, 2)).unwrap();
            seen.extend(page.scheduled.iter().map(|mail| mail.id));
            before = page.end;
            if before.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(pages(Waiting), ids);
    for id in &ids[1..4] {
        world.advance(1, &[]);
        act(&node, *id, ScheduledAction::Cancel).unwrap();
    }
    assert_eq!(pages(Done), [ids[3], ids[2], ids[1]]);
    assert_eq!(pages(Waiting), [ids[0], ids[4], ids[5]]);
}
