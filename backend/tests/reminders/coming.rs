//! Reminders that come: on which condition, how often, and with what words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_backend::mailbox::watching::Place;
use waxwing_protocol::api::{Condition, ReminderSettings, ReminderState, WaitingNews, When, WhyReminder};

use crate::node::{DAY, HOUR, MINUTE, START, World, account, wait, wish};

/// The text of a note.
fn text(raw: &str) -> String {
    let part = raw.split("text/plain").nth(1).unwrap().split("\r\n\r\n").nth(1).unwrap();
    let encoded: String = part.split("--note-").next().unwrap().split_whitespace().collect();
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}

#[test]
fn nobody_answered_and_it_is_back_once() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, 2 * DAY);
    world.advance(2 * DAY - MINUTE, &[&node]);
    let waiting = node.mail(id);
    assert_eq!(
        waiting.reminder.as_ref().map(|it| (it.state, it.due_at)),
        Some((ReminderState::Waiting, Some(START + 2 * DAY)))
    );
    assert_eq!((waiting.message, waiting.mailbox), (None, Some(world.mailbox)));
    world.advance(MINUTE, &[&node]);
    let back = node.until(id, ReminderState::Back);
    assert_eq!((back.why, back.times, back.due_at), (Some(WhyReminder::NoAnswer), 1, None));
    assert_eq!(back.came_at, Some(START + 2 * DAY));
    assert_eq!(node.told(), [(id, WaitingNews::Back)]);
    let notes = world.server.notes();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].thread, sent.thread);
    assert!(notes[0].raw.contains("\r\nReferences: <m1@fjord.example>\r\n"), "{}", notes[0].raw);
    assert!(notes[0].raw.contains("\r\nSubject: Re: Offer 1\r\n"), "{}", notes[0].raw);
    assert!(text(&notes[0].raw).starts_with("Nobody answered since Sunday, 22 November.\r\n"), "{}", text(&notes[0].raw));
    // Its own note answers nothing.
    world.advance(DAY, &[&node]);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    assert_eq!((node.reminder(id).state, world.server.notes().len()), (ReminderState::Back, 1));
    node.stop();
}

#[test]
fn notes_speak_the_language_that_was_chosen() {
    let (world, node) = World::new();
    let settings = ReminderSettings {
        language: Some("de".to_owned()),
        zone: Some("Europe/Berlin".to_owned()),
        ..ReminderSettings::default()
    };
    node.block(node.app.store.set_reminder_settings(account(), &settings)).unwrap();
    let (id, _) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    let said = text(&world.server.notes()[0].raw);
    assert!(said.starts_with("Niemand hat seit Sonntag, 22. November geantwortet.\r\n"), "{said}");
}

#[test]
fn asked_for_in_any_case_it_comes_in_any_case() {
    let (world, node) = World::new();
    let sent = world.sent(1);
    let id = world.id();
    node.put(id, &sent, waxwing_protocol::api::Wish { condition: Condition::Always, ..wish(START + DAY) }).unwrap();
    world.server.answer(&sent.thread, "ann1@lake.example", START + HOUR);
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    assert!(node.mail(id).answered.is_some());
    assert_eq!(node.reminder(id).state, ReminderState::Waiting);
    world.advance(DAY, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::Asked));
    assert!(text(&world.server.notes()[0].raw).contains("It was answered."));
}

#[test]
fn until_answered_it_comes_again_with_one_note_at_most() {
    let (world, node) = World::new();
    let sent = world.sent(1);
    let id = world.id();
    let when = When::At { wall: "2026-11-23T09:00:00".to_owned(), zone: "Europe/Oslo".to_owned() };
    node.put(id, &sent, waxwing_protocol::api::Wish { when, every_days: Some(2), ..wish(0) }).unwrap();
    world.advance(DAY, &[&node]);
    let back = node.until(id, ReminderState::Back);
    assert_eq!(back.due_at, Some(START + 3 * DAY));
    for times in 2..5_u32 {
        world.advance(2 * DAY, &[&node]);
        let back = wait(|| node.reminder(id), |it| it.times == times && it.state == ReminderState::Back);
        assert_eq!(back.due_at, Some(world.now() + 2 * DAY));
        assert_eq!((world.server.there(&sent.thread), world.server.notes().len()), (1, usize::try_from(times).unwrap()));
    }
    // Times that were missed are one.
    node.kill();
    world.advance(21 * DAY, &[]);
    let node = world.start();
    wait(|| node.reminder(id), |it| it.times == 5 && it.state == ReminderState::Back);
    world.server.answer(&sent.thread, "ann1@lake.example", world.now());
    node.block(node.app.watch.catch_up(world.mailbox)).unwrap();
    node.until(id, ReminderState::Answered);
    node.until_quiet(id);
    world.advance(2 * DAY, &[&node]);
    assert_eq!((world.server.there(&sent.thread), world.server.notes().len()), (0, 5));
}

#[test]
fn what_was_thrown_away_is_told_and_left_alone() {
    for (place, why) in [(Place::Deleted, WhyReminder::Deleted), (Place::Gone, WhyReminder::NotFound)] {
        let (world, node) = World::new();
        let (id, sent) = world.remind(&node, 1, HOUR);
        world.server.put_away(&sent.thread, place);
        world.advance(HOUR, &[&node]);
        let back = node.until(id, ReminderState::Back);
        assert_eq!((back.why, back.times), (Some(why), 1));
        assert_eq!((node.told(), world.server.notes().len()), (vec![(id, WaitingNews::Back)], 0));
    }
}

#[test]
fn a_mail_that_never_was_sent_is_said_to_be_nowhere() {
    let (world, node) = World::new();
    let mut sent = world.sent(1);
    sent.mail.gmail = waxwing_protocol::api::GmailIds::default();
    sent.mail.gmail.legacy_message = Some("18f1ffffffffffff".to_owned());
    let id = world.id();
    node.put(id, &sent, wish(START + HOUR)).unwrap();
    world.advance(HOUR, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).why, Some(WhyReminder::NotFound));
    assert_eq!((node.told().len(), world.server.notes().len()), (1, 0));
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_come_twice() {
    let (world, node) = World::new();
    let (id, _) = world.remind(&node, 1, HOUR);
    let (other, _) = world.remind(&node, 2, 3 * HOUR);
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    world.set(START, &[&node]);
    world.advance(2 * HOUR, &[&node]);
    world.advance(HOUR, &[&node]);
    node.until(other, ReminderState::Back);
    assert_eq!((node.reminder(id).times, world.server.notes().len()), (1, 2));
}
