//! What is told the user by a notification, what its buttons do, and what is told no more.

use super::*;

#[test]
fn it_is_told_once_with_what_is_known_and_its_buttons_work() {
    let fake = able();
    let one = mail(1, &back(), opened());
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
    let worker = listening(&fake);
    fake.browser.server.answers("GET /waiting?list=waiting", page(&[], 1, 0));
    fake.browser.server.answers("GET /waiting?list=back", page(std::slice::from_ref(&one), 1, 0));
    says(&fake, 5, &[happened(1, WaitingNews::Back, true)]);
    let text = "To: Jonas\nYou asked for today 08:00 if nobody answers. Opened at least once, seen 2 times, last today 07:59.";
    assert_eq!(shown(&fake), [("Nobody answered: Deposit".to_owned(), text.to_owned())]);
    let notice = fake.browser.shown.borrow()[0].clone();
    assert_eq!(notice.buttons, ["Tomorrow", "Done"]);
    assert_eq!(fake.browser.badge.borrow().as_str(), "1");
    let Ok(waxwing_protocol::page::Answer::Status(status)) = ask_as(&fake, &worker, from_page(), ToWorker::Status) else {
        panic!("a status")
    };
    assert_eq!((status.back, status.unanswered), (1, 0));
    assert_eq!(briefs(&fake)[0].say, text.split_once('\n').expect("two lines").1);

    let pressed = |index| {
        let (worker, notice) = (Rc::clone(&worker), notice.id.clone());
        fake.run(async move { worker.on_notice_button(&notice, index).await });
    };
    fake.browser.server.answers("POST /waiting/", body(&mail(1, &reminder("waiting", json!({"due_at": START})), json!({}))));
    pressed(0);
    let wish = Wish {
        when: When::At { wall: TOMORROW.to_owned(), zone: "Europe/Paris".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    };
    let last = || fake.browser.server.bodies.borrow().last().cloned().unwrap_or_default();
    assert_eq!(last(), serde_json::to_string(&WaitingAction::Snooze { wish }).expect("plain"));
    assert!(fake.browser.standing.borrow().is_empty());
    fake.browser.server.answers("POST /waiting/", body(&mail(1, &reminder("done", json!({})), json!({}))));
    pressed(1);
    assert_eq!(last(), r#"{"action":"done"}"#);
    assert!(briefs(&fake).is_empty());
    // What the backend says no to is shown where the mail is.
    fake.browser.server.answers("POST /waiting/", Answer::Problem(409, problem::CONFLICT, None));
    pressed(1);
    assert_eq!(fake.browser.opened.take(), [(None, format!("chrome-extension://{OWN_ID}/popup.html#waiting"))]);
    // Told once, over restarts too.
    let fake = fake.restarted();
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.pass(MOMENT.into());
    fake.idle();
    assert_eq!(shown(&fake).len(), 1);
}

#[test]
fn each_kind_has_its_words_and_what_holds_no_more_is_not_told() {
    use WaitingNews::{Answered, Away, Back, Bounced};
    // Noon of the last day away, and the morning of the working day after.
    const LONG: i64 = START + 14 * 86_400_000 + 4 * 3_600_000;
    let away = json!({"why": {"why": "away", "until": LONG}, "moved_from": START, "due_at": START + 17 * 86_400_000});
    let moved = mail(1, &reminder("waiting", away), json!({"away_until": LONG}));
    let bounced = json!({"bounced": {"at": START, "soft": false, "failed": ["x@y.example"], "status": "5.1.1"}});
    let answered = json!({"answered": {"at": START, "how": "alias", "from": "a\u{202e}@\u{0}b.example"}});
    let due = |why: Value| reminder("back", json!({"why": why, "came_at": START}));
    let told = |why: &str| reminder("done", json!({"why": {"why": why}, "came_at": START}));
    for (what, one, expected) in [
        (Bounced, mail(1, &Value::Null, bounced), Some(("Did not arrive: Deposit", "Did not arrive: no such mailbox there."))),
        (Answered, mail(1, &Value::Null, answered), Some(("Answered: Deposit", "taken as the same person."))),
        (
            Back,
            mail(1, &due(json!({"why": "not_opened"})), json!({})),
            Some(("Not opened, as far as can be known: Deposit", "if it is not opened.")),
        ),
        (
            Back,
            mail(1, &due(json!({"why": "trouble", "trouble": "unreachable"})), json!({})),
            Some(("Reminder: Deposit", "could not be asked: it cannot be reached.")),
        ),
        (
            Away,
            moved.clone(),
            Some(("Away, reminder moved: Deposit", "Out of office until day 20847. Moved to day 20850 08:00")),
        ),
        // Put back to its own time meanwhile.
        (Away, mail(1, &reminder("waiting", json!({"due_at": START})), json!({"away_until": LONG})), None),
        (Back, mail(1, &told("deleted"), json!({})), Some(("Reminder: Deposit", "was deleted or is in spam"))),
        (Back, mail(1, &reminder("answered", json!({})), json!({})), None),
        (Back, mail(1, &reminder("done", json!({"why": {"why": "no_answer"}})), json!({})), None),
        (Back, mail(1, &Value::Null, json!({})), None),
        (Bounced, mail(1, &back(), json!({})), None),
        (Away, mail(1, &back(), json!({})), None),
        (WaitingNews::Changed, mail(1, &back(), json!({})), None),
    ] {
        let fake = able();
        fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
        let _worker = listening(&fake);
        says(&fake, 5, &[happened(1, what, true)]);
        match (shown(&fake).first(), expected) {
            (Some((title, text)), Some((said, within))) => {
                assert_eq!(title, said);
                assert_eq!(fake.browser.shown.borrow()[0].buttons.len(), if what == Back { 2 } else { 0 }, "{what:?}");
                assert!(text.contains(within), "{text}");
                assert!(!text.contains(['\u{202e}', '\u{0}', '*']), "{text:?}");
            }
            (None, None) => {}
            (shown, expected) => panic!("{what:?}: {shown:?}, {expected:?}"),
        }
        assert!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().is_empty());
    }
}

#[test]
fn quiet_hours_hold_it_and_whoever_does_not_want_it_is_not_told() {
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    for (settings, what, waits) in [
        (NotifySettings { quiet, ..NotifySettings::default() }, WaitingNews::Back, 1),
        (NotifySettings { reminders: false, ..NotifySettings::default() }, WaitingNews::Back, 0),
        (NotifySettings { reminders: false, ..NotifySettings::default() }, WaitingNews::Bounced, 0),
        (NotifySettings { reminders: false, ..NotifySettings::default() }, WaitingNews::Away, 0),
        (NotifySettings { answer: false, ..NotifySettings::default() }, WaitingNews::Answered, 0),
    ] {
        let fake = able();
        put(&fake, key::NOTIFY, &settings);
        fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&mail(1, &back(), json!({}))));
        let _worker = listening(&fake);
        says(&fake, 5, &[happened(1, what, true)]);
        assert!(shown(&fake).is_empty(), "{what:?}");
        assert_eq!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().len(), waits, "{what:?}");
        // Answered meanwhile: there is nothing to tell after the quiet hours.
        says(&fake, 6, &[happened(1, WaitingNews::Over, false)]);
        assert!(stored::<Vec<HeldNeed>>(&fake, key::HELD_NEEDS).unwrap_or_default().is_empty());
    }
}

#[test]
fn a_notification_goes_when_it_is_over_and_leads_to_the_conversation() {
    let fake = able();
    let one = mail(1, &back(), json!({}));
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), body(&one));
    let worker = listening(&fake);
    says(&fake, 5, &[happened(1, WaitingNews::Back, true)]);
    let notice = format!("waiting:{}", id(1));
    assert!(fake.browser.standing.borrow().contains(&notice));
    says(&fake, 6, &[happened(1, WaitingNews::Changed, false)]);
    assert!(fake.browser.standing.borrow().contains(&notice), "what only moved is not over");
    says(&fake, 7, &[happened(1, WaitingNews::Over, false)]);
    assert!(fake.browser.standing.borrow().is_empty());
    let clicked = |notice: String| {
        let worker = Rc::clone(&worker);
        fake.run(async move { worker.on_notice_clicked(&notice).await });
        fake.browser.opened.take()
    };
    let conversation = "https://mail.google.com/mail/u/?authuser=mara@fjord.example#all/0000000000000001".to_owned();
    assert_eq!(clicked(notice.clone()), [(None, conversation)]);
    fake.browser.server.answers(&format!("GET /waiting/{}", id(1)), Answer::Problem(404, problem::NOT_FOUND, None));
    assert_eq!(clicked(notice), [(None, format!("chrome-extension://{OWN_ID}/popup.html#waiting"))]);
}
