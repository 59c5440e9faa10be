//! Setting reminders: twice, again, over, refused.

use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::reminders::ask::AskError;
use waxwing_domain::schedule::NoDue;
use waxwing_protocol::api::{Condition, PutReminder, ReminderState, WaitingList, When, Wish};

use crate::node::{DAY, HOUR, MINUTE, START, World, account, wish};

#[test]
fn twice_is_once_and_another_wish_moves_it() {
    let (world, node) = World::new();
    let sent = world.sent(1);
    let id = world.id();
    let first = node.put(id, &sent, wish(START + DAY)).unwrap();
    let version = node.row(id).version;
    assert_eq!(node.put(id, &sent, wish(START + DAY)).unwrap(), first);
    assert_eq!(node.row(id).version, version);
    let moved = node.put(id, &sent, wish(START + 2 * DAY)).unwrap();
    assert_eq!(moved.reminder.and_then(|it| it.due_at), Some(START + 2 * DAY));
    world.advance(DAY, &[&node]);
    assert_eq!(node.reminder(id).state, ReminderState::Waiting);
}

#[test]
fn a_second_reminder_of_a_mail_takes_the_place_of_the_first() {
    let (world, node) = World::new();
    let (first, sent) = world.remind(&node, 1, HOUR);
    world.advance(HOUR, &[&node]);
    node.until(first, ReminderState::Back);
    let second = world.id();
    let mail = node.put(second, &sent, wish(START + DAY)).unwrap();
    assert_eq!((mail.id, mail.reminder.map(|it| it.id)), (first, Some(second)));
    node.until_quiet(first);
    assert_eq!((node.row(first).state, world.server.there(&sent.thread)), (ReminderState::Off, 0));
    // The first one, told again by a device that was away, is not set anew beside it.
    let again = node.put(first, &sent, wish(START + 2 * DAY)).unwrap_err();
    assert!(matches!(again, AskError::Conflict), "{again:?}");
    world.set(START + DAY, &[&node]);
    assert_eq!(node.until(first, ReminderState::Back).id, second);
    assert_eq!(world.server.there(&sent.thread), 1);
}

#[test]
fn what_was_in_time_when_the_mail_was_sent_is_due_at_once() {
    let (world, node) = World::new();
    let sent = world.sent(1);
    world.advance(DAY, &[&node]);
    let id = world.id();
    // The device was away for a day.
    node.put(id, &sent, wish(START + HOUR)).unwrap();
    node.until(id, ReminderState::Back);
}

#[test]
fn a_time_that_was_over_when_the_mail_was_sent_moves_behind_it() {
    let (world, node) = World::new();
    world.advance(DAY, &[&node]);
    // The draft lay there for a day.
    let sent = world.sent(1);
    world.advance(MINUTE, &[&node]);
    let id = world.id();
    let mail = node.put(id, &sent, wish(START + HOUR)).unwrap();
    assert_eq!(mail.reminder.as_ref().and_then(|it| it.due_at), Some(START + 2 * DAY));
    // Told again by the outbox, much later: the same.
    world.advance(HOUR, &[&node]);
    assert_eq!(node.put(id, &sent, wish(START + HOUR)).unwrap(), mail);
    // A wrong time is none: for one that is at another time by now, and for a mail that was sent a while ago.
    let (other, later) = (world.sent(2), START + 3 * DAY);
    world.advance(HOUR, &[&node]);
    node.put(id, &sent, wish(later)).unwrap();
    for (id, sent) in [(id, &sent), (world.id(), &other)] {
        let past = node.put(id, sent, wish(START + HOUR)).unwrap_err();
        assert!(matches!(past, AskError::NoTime(NoDue::Past)), "{past:?}");
    }
    world.set(later, &[&node]);
    assert_eq!(node.until(id, ReminderState::Back).times, 1);
}

#[test]
fn wishes_that_are_none_are_refused() {
    let (world, node) = World::new();
    let sent = world.sent(1);
    let zone = || "Europe/Oslo".to_owned();
    let at = |wall: &str, zone: &str| When::At { wall: wall.to_owned(), zone: zone.to_owned() };
    let within = When::Within {
        days: vec!["MO".to_owned()],
        from: "09:00".to_owned(),
        to: "10:00".to_owned(),
        since: None,
        zone: zone(),
    };
    let repeat = When::Repeat {
        rule: "FREQ=DAILY".to_owned(),
        start: "2026-11-23T09:00:00".to_owned(),
        zone: zone(),
        skip: Vec::new(),
        until_answered: true,
    };
    for when in [within, repeat, at("2026-11-24", "Europe/Oslo"), at("", ""), at("2026-11-24T09:00:00", "Nowhere/At-all")] {
        let error = node.put(world.id(), &sent, Wish { when: when.clone(), ..wish(0) }).unwrap_err();
        assert!(matches!(error, AskError::BadWish(_) | AskError::NoTime(_)), "{when:?}: {error:?}");
    }
    for every_days in [0, 91, u16::MAX] {
        let error = node.put(world.id(), &sent, Wish { every_days: Some(every_days), ..wish(START + DAY) }).unwrap_err();
        assert!(matches!(error, AskError::BadWish(_)), "{error:?}");
    }
    let unopened = Wish { condition: Condition::NotOpened, ..wish(START + DAY) };
    let error = node.put(world.id(), &sent, unopened).unwrap_err();
    assert!(matches!(error, AskError::BadWish(_)), "of a mail that is not tracked: {error:?}");
    let page = node.block(node.app.store.waiting_counts(account())).unwrap();
    assert_eq!(page, (0, 0), "nothing was kept");
}

#[test]
fn accounts_see_their_own() {
    let (world, node) = World::new();
    let (id, sent) = world.remind(&node, 1, HOUR);
    let other = AccountId::parse("bbbbbb").unwrap();
    node.block(async {
        node.app.store.account_named("nils", other, START).await.unwrap();
        assert!(node.app.reminders.mail(other, id).await.unwrap().is_none());
        let error = node.app.reminders.act(other, id, &waxwing_protocol::api::WaitingAction::Done).await.unwrap_err();
        assert!(matches!(error, AskError::Unknown), "{error:?}");
        // The same id is another reminder there.
        let put = PutReminder { mail: sent.mail.clone(), wish: wish(START + DAY) };
        let mail = node.app.reminders.put(other, id, &put).await.unwrap();
        assert_eq!((mail.id, mail.mailbox), (id, None));
    });
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
}

#[test]
fn hostile_subjects_and_ids_become_one_mail_and_no_other() {
    let (world, node) = World::new();
    let mut sent = world.sent(1);
    sent.mail.content.subject =
        format!("a\r\nBcc: eve@evil.example\r\n\r\n<b>\0 =?utf-8?B?eA==?= \u{202e}{}", "ü".repeat(5_000));
    let rfc_id = "x>\r\nBcc: eve@evil.example\r\n\r\n<y@z";
    sent.mail.gmail.rfc_id = Some(format!("<{rfc_id}>"));
    let id = world.id();
    node.put(id, &sent, wish(START + HOUR)).unwrap();
    world.advance(HOUR, &[&node]);
    node.until(id, ReminderState::Back);
    let raw = &world.server.notes()[0].raw;
    let (header, body) = raw.split_once("\r\n\r\n").unwrap();
    assert!(!raw.contains("eve@evil.example"), "{raw}");
    assert!(header.lines().all(|line| line.len() < 998 && line.is_ascii()) && body.is_ascii(), "{header}");
    let names: Vec<_> =
        header.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next()).collect();
    let known = [
        "Message-ID",
        "Date",
        "From",
        "To",
        "X-Waxwing-Note",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Precedence",
        "In-Reply-To",
        "References",
        "Subject",
        "MIME-Version",
        "Content-Type",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
}

#[test]
fn lists_show_what_needs_its_user_first() {
    let (world, node) = World::new();
    let ids: Vec<Uuid> = (0..5).map(|n| world.remind(&node, n, (i64::try_from(n).unwrap() + 1) * HOUR).0).collect();
    world.advance(2 * HOUR, &[&node]);
    for id in &ids[..2] {
        node.until(*id, ReminderState::Back);
    }
    let list = |list| {
        let ask = waxwing_backend::store::waiting::list::Ask { list, limit: 10, ..Default::default() };
        let listed = node.block(node.app.store.waiting_page(account(), &ask)).unwrap();
        node.block(node.app.reminders.on_the_wire(account(), listed)).unwrap()
    };
    let of = |mails: Vec<waxwing_protocol::api::WaitingMail>| mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>();
    let mut back = of(list(WaitingList::Back));
    back.sort();
    let mut want = ids[..2].to_vec();
    want.sort();
    assert_eq!(back, want);
    assert_eq!(list(WaitingList::Waiting).len(), 3);
    assert!(list(WaitingList::Waiting).iter().all(|mail| mail.reminder.is_some()));
    assert_eq!(node.block(node.app.store.waiting_counts(account())).unwrap(), (2, 3));
}
