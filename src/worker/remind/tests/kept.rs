//! What Gmail's tabs and the popup find: asked for sparingly, right by every event, there without the backend.

use super::*;

#[test]
fn only_pages_ask_and_only_for_conversations() {
    let fake = able();
    let worker = fake.worker();
    let not_allowed = Err(Fault::Internal { detail: "not allowed".to_owned() });
    assert_eq!(later_as(&fake, &worker, from_gmail(), list(WaitingList::Back)), not_allowed);
    for thread in ["", "18c1", "18c1f0a2b3d4e5f6&list=back", "18c1f0a2b3d4e5fg"] {
        let asked = later(&fake, &worker, LaterToWorker::WaitingIn { thread: thread.to_owned() });
        assert_eq!(asked, Err(Fault::Internal { detail: "thread".to_owned() }), "{thread}");
    }
    assert!(later(&fake, &worker, LaterToWorker::WaitingIn { thread: "18c1f0a2b3d4e5f6".to_owned() }).is_ok());
    assert_eq!(*fake.browser.server.calls.borrow(), ["GET /waiting?thread=18c1f0a2b3d4e5f6"]);
}

#[test]
fn a_row_of_events_is_a_handful_of_questions() {
    let fake = able();
    let waits = reminder("waiting", json!({"due_at": START + 86_400_000}));
    let mails: Vec<Value> = (1..=30).map(|number| mail(number, &waits, json!({}))).collect();
    fake.browser.server.answers("GET /waiting?list=waiting", page(&mails, 0, 30));
    let _worker = listening(&fake);
    assert_eq!(briefs(&fake).len(), 30);
    fake.browser.server.calls.borrow_mut().clear();
    let events: Vec<Event> = (1..=30).map(|number| happened(number, WaitingNews::Changed, false)).collect();
    says(&fake, 5, &events);
    assert_eq!(fake.browser.server.calls_with("GET /waiting").len(), 2, "both lists, no mail by itself");
    // One alone is asked for by itself; one that is gone is forgotten.
    fake.browser.server.answers("GET /waiting/", Answer::Problem(404, problem::NOT_FOUND, None));
    fake.browser.server.calls.borrow_mut().clear();
    says(&fake, 50, &[happened(7, WaitingNews::Over, false)]);
    assert_eq!(fake.browser.server.calls_with("GET /waiting/").len(), 1);
    assert_eq!(briefs(&fake).len(), 29);
}

#[test]
fn words_that_say_today_are_written_anew_when_it_is_over() {
    let fake = able();
    let one = mail(1, &back(), json!({}));
    fake.browser.server.answers("GET /waiting?list=back", page(&[one], 1, 0));
    let worker = listening(&fake);
    assert!(briefs(&fake)[0].say.contains("today"));
    for hours in [1, 24] {
        fake.pass(hours * 3_600_000);
        fake.browser.server.calls.borrow_mut().clear();
        let ticking = Rc::clone(&worker);
        fake.run(async move { ticking.on_alarm("tick").await });
        fake.pass(MOMENT.into());
        fake.idle();
        assert_eq!(!fake.browser.server.calls_with("GET /waiting?").is_empty(), hours == 24);
    }
    assert!(briefs(&fake)[0].say.contains("yesterday"), "{}", briefs(&fake)[0].say);
}

#[test]
fn a_line_says_when_it_comes_no_longer_than_until_then() {
    for (state, due, holds_until, say) in [
        ("waiting", START + 86_400_000, Some(START + 86_400_000), "Comes back day 20834 08:00 if nobody answers"),
        // Its note is on its way, or there already: the time that was asked for is over.
        ("returning", START - 1_000, None, "Comes back now"),
        ("back", START - 1_000, None, "You asked for today 08:00 if nobody answers."),
    ] {
        let fake = able();
        let why = json!({"due_at": due, "why": {"why": "no_answer"}, "came_at": START});
        let one = mail(1, &reminder(state, why), json!({}));
        fake.browser.server.answers("GET /waiting?list=waiting", page(&[one], 0, 1));
        let _worker = listening(&fake);
        let kept = briefs(&fake);
        assert_eq!((kept[0].due_at, kept[0].say.as_str()), (holds_until, say), "{state}");
    }
}

#[test]
fn what_waits_is_kept_for_when_the_backend_is_away_with_what_waits_here() {
    let fake = able();
    let worker = fake.worker();
    let known = mail(1, &Value::Null, json!({}));
    fake.browser.server.answers("GET /waiting?list=waiting", page(std::slice::from_ref(&known), 0, 1));
    fake.browser.server.answers("GET /waiting?list=back", page(&[mail(2, &back(), json!({}))], 1, 1));
    assert!(
        later(&fake, &worker, list(WaitingList::Waiting)).is_ok() && later(&fake, &worker, list(WaitingList::Back)).is_ok()
    );
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    write(&fake, START, OutboxTask::Remind { id: id(500), put: chosen(Some(id(1)), None) });
    write(&fake, START + 1, OutboxTask::Remind { id: id(600), put: chosen(None, None) });
    let asked = later(&fake, &worker, list(WaitingList::Waiting));
    let Ok(LaterAnswer::Waiting { page, from_cache_of: Some(_), .. }) = asked else { panic!("the copy: {asked:?}") };
    let waits: Vec<_> = page.mails.iter().map(|mail| (mail.id, mail.reminder.as_ref().map(|it| it.id))).collect();
    assert_eq!(waits, [(id(1), Some(id(500))), (id(600), Some(id(600)))]);
    let Ok(LaterAnswer::Waiting { page, .. }) = later(&fake, &worker, list(WaitingList::Back)) else { panic!("the copy") };
    assert_eq!((page.mails.len(), page.back), (1, 1));
    assert_eq!(later(&fake, &worker, list(WaitingList::Answered)), Err(Fault::Unreachable));
    // It goes with the pairing.
    ask_as(&fake, &worker, from_page(), ToWorker::Disconnect { anyway: true }).expect("done");
    assert_eq!(later(&fake, &worker, list(WaitingList::Waiting)), Err(Fault::NotConnected));
    for name in [key::REMINDERS, key::CACHED_WAITING] {
        assert_eq!(stored::<Value>(&fake, name), None, "{name}");
    }
}

#[test]
fn the_backend_learns_this_device_s_zone_and_language() {
    for (known, expected) in [
        (json!({"zone": "Europe/Paris", "language": "en"}), 0),
        (json!({"zone": "Asia/Tokyo", "language": "en", "company": true, "holidays": ["NO"]}), 1),
        (json!({}), 1),
    ] {
        let fake = able();
        fake.browser.server.answers("GET /reminders/settings", body(&known));
        fake.browser.server.answers("PUT /reminders/settings", body(&known));
        let _worker = listening(&fake);
        assert_eq!(fake.browser.server.calls_with("PUT /reminders/settings").len(), expected, "{known}");
        if known["company"] == json!(true) {
            let told: Value = serde_json::from_str(fake.browser.server.bodies.borrow().last().expect("a body")).expect("JSON");
            assert_eq!(told, json!({"zone": "Europe/Paris", "language": "en", "company": true, "holidays": ["NO"]}));
        }
    }
}
