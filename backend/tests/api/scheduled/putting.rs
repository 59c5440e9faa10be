//! `PUT /scheduled/{id}`

use uuid::Uuid;
use waxwing_backend::jobs::act::ActError;
use waxwing_domain::schedule::Due;
use waxwing_protocol::api::{Event, LateThen, RecipientKind, ScheduledState, When, Why};

use super::postbox::{Postbox, put as asked, schedule};
use super::{TOMORROW, detail, good, put};
use crate::support::{START, TestBackend, until};

/// 2026-11-23T09:00:00Z.
const DUE: i64 = START + 25 * 3_600_000;

#[tokio::test]
async fn a_draft_is_scheduled_once_however_often_it_is_asked() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("msg-a:r1", "Plans");
    let (id, mut ask) = (backend.uuid(), asked(mailbox, "msg-a:r1", TOMORROW));
    ask.schedule.phrase = Some("tomorrow\09".to_owned());

    let scheduled = good(put(&me, id, &ask).await).await;
    assert_eq!((scheduled.id, scheduled.mailbox, scheduled.state), (id, mailbox, ScheduledState::Scheduled));
    assert_eq!((scheduled.due_at, scheduled.created_at, scheduled.track), (Some(DUE), START, true));
    assert_eq!(scheduled.schedule.phrase.as_deref(), Some("tomorrow\u{fffd}9"));
    assert_eq!(scheduled.content.subject, "Plans");
    let to = &scheduled.content.recipients[0];
    assert_eq!((to.kind, to.address.as_str(), to.name.as_deref()), (RecipientKind::To, "ann@example.org", Some("Ann")));
    assert_eq!(scheduled.gmail.draft.as_deref(), Some("msg-a:r1"));
    assert_eq!(scheduled.gmail.legacy_thread.as_deref(), Some("18c0ffee00000001"));

    assert_eq!(good(put(&me, id, &ask).await).await, scheduled);
    let first = detail(&me, id).await;
    assert_eq!(first.scheduled, scheduled);
    let told: Vec<_> = first.flight.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["scheduled"], "the second time says nothing");
    let events = backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    let ours = events.iter().filter(|it| matches!(it.event, Event::Scheduled { scheduled, .. } if scheduled == id));
    assert_eq!(ours.count(), 1);

    // Another time: the draft is not looked for again.
    let mut later = asked(mailbox, "msg-a:r1", "2026-11-24T09:00:00");
    later.schedule.late.then = LateThen::Send;
    let moved = good(put(&me, id, &later).await).await;
    assert_eq!((moved.due_at, moved.schedule.late.then), (Some(DUE + 86_400_000), LateThen::Send));
    assert_eq!(moved.content, scheduled.content);
    let told: Vec<_> = detail(&me, id).await.flight.into_iter().map(|line| line.what).collect();
    assert_eq!(told, ["scheduled", "rescheduled"]);
    // The ledger says why the mailbox was looked into, and for which mail.
    let access = until(async || {
        let access = backend.app.store.access(mailbox, i64::MAX, 10).await.unwrap();
        (access.len() == 2).then_some(access)
    })
    .await;
    assert!(access.iter().all(|entry| entry.scheduled == Some(id) && entry.ok));
}

#[tokio::test]
async fn an_id_stands_for_one_draft() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let (other_mailbox, _) = Postbox::connect(&backend, &me, "other@example.org").await;
    postbox.write("msg-a:r1", "Plans");
    postbox.write("msg-a:r2", "Bill");
    let id = backend.uuid();
    let first = good(put(&me, id, &asked(mailbox, "msg-a:r1", TOMORROW)).await).await;
    let late = "2026-11-24T09:00:00";
    for (mailbox, draft, problem) in
        [(mailbox, "msg-a:r2", "conflict"), (other_mailbox, "msg-a:r1", "conflict"), (mailbox, "msg-a:r3", "draft-unknown")]
    {
        let said = crate::support::expect_problem(put(&me, id, &asked(mailbox, draft, late)).await, 409, problem).await;
        assert_eq!(said.scheduled, None);
        assert_eq!(detail(&me, id).await.scheduled, first, "{draft}");
    }
    // Without a word about the draft it is the mail itself that is meant.
    let mut silent = asked(mailbox, "msg-a:r1", late);
    silent.draft = waxwing_protocol::api::DraftHint::default();
    assert_eq!(good(put(&me, id, &silent).await).await.due_at, Some(DUE + 86_400_000));
}

#[tokio::test]
async fn all_the_ways_to_say_when() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let day = 86_400_000;
    let utc = || "UTC".to_owned();
    let whens = [
        (When::At { wall: TOMORROW.into(), zone: "europe/paris".into() }, DUE - 3_600_000),
        (When::At { wall: "9999-12-31T23:59:59".into(), zone: utc() }, 253_402_300_799_000),
        (When::Instant { at: START + 1, zone: "Asia/Tokyo".into() }, START + 1),
        // "Now" takes a moment to get here.
        (When::Instant { at: START - 30_000, zone: utc() }, START - 30_000),
        // Sunday 8:00 is before the window of Monday.
        (
            When::Within {
                days: vec!["MO".into(), "TU".into()],
                from: "09:00".into(),
                to: "17:00".into(),
                since: None,
                zone: utc(),
            },
            DUE,
        ),
        (
            When::Repeat {
                rule: "FREQ=WEEKLY;BYDAY=TU".into(),
                start: TOMORROW.into(),
                zone: utc(),
                skip: vec!["2026-11-24T09:00:00".into()],
                until_answered: true,
            },
            DUE + 8 * day,
        ),
    ];
    for (n, (when, due)) in whens.into_iter().enumerate() {
        let draft = format!("msg-a:r{n}");
        postbox.write(&draft, "s");
        postbox.shut();
        let mut ask = asked(mailbox, &draft, TOMORROW);
        ask.schedule = schedule(when);
        let id = backend.uuid();
        let scheduled = good(put(&me, id, &ask).await).await;
        assert_eq!(scheduled.schedule, ask.schedule);
        let first = detail(&me, id).await.flight.remove(0);
        assert_eq!(first.with["at"], due.to_string(), "{:?}", ask.schedule.when);
    }
    // A holiday moves it, and it says so.
    postbox.write("msg-a:h", "s");
    let mut ask = asked(mailbox, "msg-a:h", TOMORROW);
    ask.schedule.holidays = vec!["2026-11-23".into()];
    let moved = good(put(&me, backend.uuid(), &ask).await).await;
    assert_eq!((moved.due_at, moved.why), (Some(DUE + day), Some(Why::Holiday)));
}

#[tokio::test]
async fn a_draft_that_got_another_id_by_an_edit_is_scheduled_once() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("gmail:a:1", "s");
    let first = backend.uuid();
    good(put(&me, first, &asked(mailbox, "gmail:a:1", TOMORROW)).await).await;
    // Found again as it was, and after an edit that nobody has followed yet.
    for subject in ["s", "another subject"] {
        for id in ["gmail:a:1", "gmail:a:2"] {
            postbox.write(id, subject);
        }
        let again = put(&me, backend.uuid(), &asked(mailbox, "gmail:a:2", TOMORROW)).await;
        let problem = crate::support::expect_problem(again, 409, "conflict").await;
        assert_eq!(problem.scheduled, Some(first), "{subject}");
        // Under its own id it may have another time.
        good(put(&me, first, &asked(mailbox, "gmail:a:2", TOMORROW)).await).await;
    }
    // Another one of the conversation, and one of another, are others.
    postbox.write("gmail:a:3", "a second and longer answer");
    good(put(&me, backend.uuid(), &asked(mailbox, "gmail:a:3", TOMORROW)).await).await;
    postbox.write("gmail:ab:2", "another subject");
    good(put(&me, backend.uuid(), &asked(mailbox, "gmail:ab:2", TOMORROW)).await).await;
}

#[tokio::test]
async fn one_draft_is_scheduled_under_one_id() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("msg-a:r1", "s");
    let (first, second) = (backend.uuid(), backend.uuid());
    let ask = asked(mailbox, "msg-a:r1", TOMORROW);
    good(put(&me, first, &ask).await).await;
    let problem = crate::support::expect_problem(put(&me, second, &ask).await, 409, "conflict").await;
    assert_eq!(problem.scheduled, Some(first), "the panel can change that one");

    // Cancelled, it is free again; and the cancelled one does not come back beside it.
    let cancel = serde_json::json!({ "action": "cancel" });
    good(super::act(&me, first, &cancel).await).await;
    good(put(&me, second, &ask).await).await;
    let problem = crate::support::expect_problem(put(&me, first, &ask).await, 409, "conflict").await;
    assert_eq!(problem.scheduled, Some(second));
    // Not in the moment between that look and the change either.
    let due = Due { at: DUE, moved: false };
    let beside = backend.app.jobs.reschedule(me.account(), first, &ask.schedule, true, due).await;
    assert!(matches!(beside, Err(ActError::Conflict(ScheduledState::Cancelled))), "{beside:?}");
    good(super::act(&me, second, &cancel).await).await;
    assert_eq!(good(put(&me, first, &ask).await).await.state, ScheduledState::Scheduled);
    // Not when its draft is gone.
    good(super::act(&me, first, &cancel).await).await;
    postbox.remove("msg-a:r1");
    crate::support::expect_problem(put(&me, first, &ask).await, 409, "draft-unknown").await;
}

#[tokio::test]
async fn the_same_call_twice_at_once_is_once() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (mailbox, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    postbox.write("msg-a:r1", "s");
    let (id, ask) = (backend.uuid(), asked(mailbox, "msg-a:r1", TOMORROW));
    let (one, two, three) = tokio::join!(put(&me, id, &ask), put(&me, id, &ask), put(&me, id, &ask));
    for answer in [one, two, three] {
        good(answer).await;
    }
    assert_eq!(detail(&me, id).await.flight.len(), 1);
}

#[tokio::test]
async fn ids_of_other_accounts_are_no_way_in() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let (mine, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let (hers, her_postbox) = Postbox::connect(&backend, &ann, "ann@example.org").await;
    postbox.write("msg-a:r1", "secret plans");
    her_postbox.write("msg-a:r1", "s");
    let id = backend.uuid();
    good(put(&me, id, &asked(mine, "msg-a:r1", TOMORROW)).await).await;
    let not_found = waxwing_protocol::api::problem::NOT_FOUND;
    for mailbox in [mine, Uuid::nil()] {
        let answer = put(&ann, backend.uuid(), &asked(mailbox, "msg-a:r1", TOMORROW)).await;
        crate::support::expect_problem(answer, 404, not_found).await;
    }
    let taken = put(&ann, id, &asked(hers, "msg-a:r1", TOMORROW)).await;
    assert_eq!(crate::support::expect_problem(taken, 409, "conflict").await.scheduled, None);
    crate::support::expect_problem(ann.get(&format!("/scheduled/{id}")).await, 404, not_found).await;
    assert_eq!(detail(&me, id).await.scheduled.content.subject, "secret plans");
}
