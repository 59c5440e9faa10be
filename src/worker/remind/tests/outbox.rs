//! A reminder that was chosen in a compose: behind its mail, gone with it, kept when it is refused.

use super::*;

#[test]
fn a_reminder_follows_its_mail_through_the_outbox() {
    let fake = able();
    let worker = fake.worker();
    let waits = reminder("waiting", json!({"due_at": START + 86_400_000}));
    fake.browser.server.answers("PUT /reminders/", body(&mail(1, &waits, json!({}))));
    write(&fake, START, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 2, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 3, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), Some("18c1f0a2b3d4e5f6")) });
    flush(&fake, &worker);
    let mail_path = format!("PUT /messages/{}", id(1));
    let reminder_path = format!("PUT /reminders/{}", id(500));
    assert_eq!(changes(&fake), [mail_path.clone(), reminder_path.clone(), mail_path, reminder_path]);
    assert!(fake.browser.local.names_with(key::OUTBOX).is_empty());
    // What came back is known to Gmail's tabs at once, in words.
    let known = briefs(&fake);
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].id, known[0].legacy_thread.as_str()), (id(1), "0000000000000001"));
    assert_eq!(known[0].say, "Comes back day 20834 08:00 if nobody answers");
}

#[test]
fn what_is_learnt_of_a_reminder_is_one_question() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /reminders/", body(&mail(500, &back(), json!({}))));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(None, Some("18c1f0a2b3d4e5f6")) });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(None, None) });
    flush(&fake, &worker);
    assert_eq!(changes(&fake).len(), 1);
    let sent: PutReminder = serde_json::from_str(&fake.browser.server.bodies.borrow()[0]).expect("a reminder");
    assert_eq!(sent.mail.gmail.legacy_thread.as_deref(), Some("18c1f0a2b3d4e5f6"), "nothing learnt is lost");
}

#[test]
fn what_is_undone_has_no_reminder_whether_it_went_or_not() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /", Answer::Fails(HttpError::Unreachable));
    write(&fake, START, OutboxTask::Put { id: id(1), message: message() });
    write(&fake, START + 1, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    flush(&fake, &worker);
    fake.browser.server.answers("PUT /", Answer::Problem(500, "x", None));
    fake.browser.server.answers("POST /waiting/", Answer::Problem(404, problem::NOT_FOUND, None));
    fake.browser.server.answers("DELETE /", Answer::Body(204, "", String::new()));
    fake.pass(3_600_000);
    fake.browser.server.calls.borrow_mut().clear();
    assert!(ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(1) }).is_ok());
    assert_eq!(changes(&fake), [format!("POST /waiting/{}/action", id(1)), format!("DELETE /messages/{}", id(1))]);
    // One of an untracked mail stands under its own id, and is over at the backend, too.
    fake.browser.server.calls.borrow_mut().clear();
    fake.browser.server.answers("POST /waiting/", body(&mail(500, &reminder("done", json!({})), json!({}))));
    assert!(ask_as(&fake, &worker, from_gmail(), ToWorker::Forget { id: id(500) }).is_ok());
    assert_eq!(fake.browser.server.calls_with("POST /waiting/"), [format!("POST /waiting/{}/action", id(500))]);
    assert!(fake.browser.local.names_with(key::OUTBOX).is_empty());
}

#[test]
fn what_is_refused_is_kept_shown_and_dropped() {
    let fake = able();
    let worker = fake.worker();
    fake.browser.server.answers("PUT /reminders/", Answer::Problem(422, problem::NO_TIME, None));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    flush(&fake, &worker);
    let Ok(LaterAnswer::Waiting { refused, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("a page") };
    assert_eq!(refused.iter().map(|it| (it.id, it.status)).collect::<Vec<_>>(), [(id(500), 422)]);
    assert_eq!(later(&fake, &worker, LaterToWorker::DropReminder { id: id(500) }), Ok(LaterAnswer::Done));
    assert!(fake.browser.local.names_with(key::PARKED).is_empty());
    let Ok(LaterAnswer::Waiting { refused, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("a page") };
    assert!(refused.is_empty());
}

#[test]
fn a_backend_that_knows_no_reminders_is_not_asked_and_holds_nobody_up() {
    let fake = paired();
    let worker = fake.worker();
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 1, OutboxTask::Put { id: id(2), message: message() });
    flush(&fake, &worker);
    assert_eq!(changes(&fake), [format!("PUT /messages/{}", id(2))]);
    assert_eq!(fake.browser.local.names_with(key::PARKED).len(), 1);
    for question in [list(WaitingList::Back), LaterToWorker::ReminderSettings] {
        assert_eq!(later(&fake, &worker, question), Err(Fault::TooOld));
    }
    // It was brought up to date: what was kept goes.
    let server = &fake.browser.server;
    server.answers("PUT /reminders/", body(&mail(1, &back(), json!({}))));
    server.answers(
        "GET /account",
        body(&json!({
            "account": {"id": "abcd1234", "name": "Ana"}, "device": id(1), "capabilities": ABLE,
            "minting": {"tracking_url": "https://t.example", "epoch": 0, "mint_key": "a"},
        })),
    );
    resume(&fake, &worker);
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("PUT /reminders/").len(), 1);
    assert!(fake.browser.local.names_with(key::PARKED).is_empty());
}
