//! Notifications: what they say, when they come, and where they lead.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, GmailIds, NewsKind, PutMessage, Recipient, RecipientKind};
use waxwing_protocol::page::{CachedList, Fault, HeldNews, NotifySettings, QuietHours, Status, TabHealth, ToWorker, key};

use super::{alarm, ask, ask_as, frame, from_gmail, judging, message, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::chrome::tabs::Tab;
use crate::worker::Worker;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::notify::{ALARM, MOMENT};

const THREAD: &str = "18c1f0a2b3d4e5f6";
const HOUR: i64 = 3_600_000;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn to(names: &[&str]) -> Vec<Recipient> {
    let person = |name: &&str| Recipient {
        kind: RecipientKind::To,
        address: "x@example.com".to_owned(),
        name: Some((*name).to_owned()),
    };
    names.iter().map(person).collect()
}

fn mail(subject: &str, names: &[&str]) -> PutMessage {
    let mut mail = message(subject, START - 1);
    mail.content.recipients = to(names);
    mail.gmail = GmailIds { legacy_thread: Some(THREAD.to_owned()), ..GmailIds::default() };
    mail
}

/// A worker with these mails at its backend, numbered from 1. Its clock stands at 08:00.
fn listening(mails: Vec<PutMessage>) -> (Fake, Rc<Worker<Fake>>) {
    let fake = judging();
    for (number, mail) in (1..).zip(mails) {
        fake.browser.server.messages.borrow_mut().insert(id(number), mail);
    }
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    (fake, worker)
}

fn says(fake: &Fake, events: &[(u128, NewsKind, Activity)]) {
    let text: String = (5..)
        .zip(events)
        .map(|(at, (number, what, activity))| {
            let (what, mut activity) = (*what, activity.clone());
            match what {
                NewsKind::Click => activity.clicks = activity.clicks.max(1),
                NewsKind::Unknown => activity.unknown_hits = activity.unknown_hits.max(1),
                NewsKind::Open | NewsKind::Answer => {}
            }
            frame(at, &Event::News { message: id(*number), what, at: START, first: None, link: None, activity })
        })
        .collect();
    fake.browser.server.says(&text);
    fake.idle();
    fake.pass(MOMENT.into());
    fake.idle();
}

fn opens(opens: u32, open_hits: u32) -> Activity {
    Activity { opens, open_hits, ..Activity::default() }
}

fn shown(fake: &Fake) -> Vec<(String, String)> {
    fake.browser.shown.borrow().iter().map(|notice| (notice.title.clone(), notice.text.clone())).collect()
}

#[test]
fn it_says_what_happened_and_never_who() {
    let click = Activity { clicks: 1, last_click_target: Some("https://fjord.example/a".to_owned()), ..opens(1, 1) };
    let long = "x".repeat(500);
    for (mail, what, activity, title, text) in [
        (mail("Offer", &["Ana"]), NewsKind::Open, opens(1, 1), "Opened: Offer", "08:00 · To: Ana"),
        (
            mail("Offer", &["Ana"]),
            NewsKind::Open,
            opens(2, 4),
            "Opened again: Offer",
            "08:00 · To: Ana\nAt least once, seen 4 times",
        ),
        (
            mail("Offer", &["Ana", "Bo", "Cy"]),
            NewsKind::Click,
            click.clone(),
            "Clicked: Offer",
            "08:00, by someone of 3 · To: Ana, Bo, +1\nhttps://fjord.example/a",
        ),
        (
            mail("", &["Ana", "Bo"]),
            NewsKind::Answer,
            opens(1, 1),
            "Answered: No subject",
            "08:00, by someone of 2 · To: Ana, Bo",
        ),
        (
            mail("Offer", &["Ana"]),
            NewsKind::Unknown,
            opens(0, 0),
            "Opened or not, cannot tell: Offer",
            "08:00, by a person or a machine · To: Ana",
        ),
        // Foreign text is text: nothing invisible, nothing that turns the direction, nothing endless; `$1` is itself.
        (
            mail("$1 \u{202e}evil\u{0}\n<b>x</b>", &[" ", "$2"]),
            NewsKind::Open,
            opens(1, 1),
            "Opened: $1 evil <b>x</b>",
            "08:00, by someone of 2 · To: x@example.com, $2",
        ),
        (mail(&long, &[]), NewsKind::Open, opens(1, 1), &format!("Opened: {}…", "x".repeat(119)), "08:00"),
    ] {
        let (fake, _worker) = listening(vec![mail]);
        put(&fake, key::NOTIFY, &NotifySettings { unknown: true, ..NotifySettings::default() });
        says(&fake, &[(1, what, activity)]);
        assert_eq!(shown(&fake), [(title.to_owned(), text.to_owned())]);
        assert_eq!(fake.browser.shown.borrow()[0].at, Some(START));
    }
}

#[test]
fn a_mail_that_cannot_be_asked_for_is_told_without_its_name() {
    let (fake, _worker) = listening(vec![]);
    fake.browser.server.answers("GET /messages/", Answer::Fails(HttpError::Unreachable));
    says(&fake, &[(9, NewsKind::Click, opens(0, 0))]);
    let expected = ("Clicked: one of your mails".to_owned(), "08:00. Waxwing shows which.".to_owned());
    assert_eq!(shown(&fake), [expected]);
    // One that is not in the list is asked for.
    let (fake, _worker) = listening(vec![mail("Offer", &["Ana"])]);
    put(&fake, key::CACHED_LIST, &CachedList { at: START, messages: Vec::new(), stats: None });
    says(&fake, &[(1, NewsKind::Click, opens(0, 0))]);
    assert_eq!(shown(&fake)[0].0, "Clicked: Offer");
    assert_eq!(fake.browser.server.calls_with("GET /messages/").len(), 1);
}

#[test]
fn several_at_once_become_one() {
    let mails: Vec<_> = ["A", "B", "C", "D", "E"].iter().map(|subject| mail(subject, &["Ana"])).collect();
    let open = |number| (number, NewsKind::Open, opens(1, 1));
    let click = |number| (number, NewsKind::Click, opens(1, 1));
    for (events, expected) in [
        (vec![open(1), open(2), open(3)], vec![("Opened: A", ""), ("Opened: B", ""), ("Opened: C", "")]),
        (vec![open(1), open(2), open(3), click(4)], vec![("4 mails: 1 clicked, 3 opened", "D\nC\nB\nand 1 more")]),
        (vec![open(1), click(1), open(2), click(2)], vec![("2 mails: 2 clicked, 2 opened", "B\nA")]),
        // Again and again the same is one piece of news.
        (vec![open(1), open(1), open(1), open(1), open(1)], vec![("Opened: A", "")]),
        // Two that are gone.
        (vec![open(1), open(98), open(99), open(2)], vec![("Opened: A", ""), ("Opened: B", "")]),
    ] {
        let (fake, _worker) = listening(mails.clone());
        says(&fake, &events);
        let said = shown(&fake);
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for ((title, text), (expected_title, expected_text)) in said.iter().zip(expected) {
            assert_eq!(title, expected_title);
            assert!(expected_text.is_empty() || text == expected_text, "{text}");
        }
    }
}

#[test]
fn quiet_hours_hold_and_one_tells_afterwards() {
    let (fake, worker) = listening(vec![mail("A", &["Ana"]), mail("B", &["Ana"])]);
    // 07:00 to 09:30 by a clock that is one hour ahead: it is 09:00 there.
    fake.browser.offset.set(60);
    let quiet = Some(QuietHours { from: 7 * 60, to: 9 * 60 + 30 });
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings { quiet, ..NotifySettings::default() } }).expect("kept");
    says(&fake, &[(1, NewsKind::Open, opens(1, 1)), (2, NewsKind::Click, opens(1, 1))]);
    assert_eq!(shown(&fake), []);
    assert_eq!(fake.browser.badge.borrow().as_str(), "2");
    assert_eq!(fake.alarm(ALARM), Some(1_800_001_800_000.0), "half an hour on");
    // An alarm that comes too early is set again; the worker may be another one then.
    alarm(&fake, &worker, ALARM);
    assert_eq!(shown(&fake), []);
    drop(worker);
    let fake = fake.restarted();
    let worker = fake.worker();
    fake.pass(HOUR / 2);
    alarm(&fake, &worker, ALARM);
    assert_eq!(shown(&fake), [("2 mails: 1 clicked, 1 opened".to_owned(), "B\nA".to_owned())]);
    alarm(&fake, &worker, ALARM);
    assert_eq!(shown(&fake).len(), 1);
}

#[test]
fn another_choice_counts_for_what_waits() {
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    let still = NotifySettings { quiet, ..NotifySettings::default() };
    for (settings, expected) in [
        (NotifySettings::default(), 1),
        (NotifySettings { click: false, ..NotifySettings::default() }, 1),
        (NotifySettings { click: false, first_open: false, ..NotifySettings::default() }, 0),
        (still, 0),
    ] {
        let (fake, worker) = listening(vec![mail("A", &["Ana"]), mail("B", &["Ana"])]);
        ask(&fake, &worker, ToWorker::SetNotify { settings: still }).expect("kept");
        says(&fake, &[(1, NewsKind::Open, opens(1, 1)), (2, NewsKind::Click, opens(1, 1))]);
        ask(&fake, &worker, ToWorker::SetNotify { settings }).expect("kept");
        fake.pass(MOMENT.into());
        fake.idle();
        assert_eq!(shown(&fake).len(), expected, "{settings:?}");
        let left: Vec<HeldNews> = stored(&fake, key::HELD_NEWS).expect("kept");
        assert_eq!(left.len(), if settings == still { 2 } else { 0 });
        let Ok(waxwing_protocol::page::Answer::Status(Status { notify, .. })) = ask(&fake, &worker, ToWorker::Status) else {
            panic!("a status")
        };
        assert_eq!(notify, settings);
    }
    let (fake, worker) = listening(vec![]);
    let wrong = NotifySettings { quiet: Some(QuietHours { from: 1440, to: 0 }), ..NotifySettings::default() };
    let answer = ask(&fake, &worker, ToWorker::SetNotify { settings: wrong });
    assert!(matches!(answer, Err(Fault::Internal { .. })));
    assert_eq!(stored::<NotifySettings>(&fake, key::NOTIFY), None);
}

#[test]
fn what_was_judged_otherwise_while_it_waited_is_not_told() {
    let own = Activity { own_hits: 1, ..Activity::default() };
    for (what, now, expected) in [
        (NewsKind::Open, own.clone(), 0),
        (NewsKind::Open, Activity { machine_hits: 1, clicks: 1, ..Activity::default() }, 0),
        (NewsKind::Open, Activity { opens: 1, ..own.clone() }, 1),
        (NewsKind::Click, opens(1, 1), 0),
        (NewsKind::Click, Activity { clicks: 1, ..own.clone() }, 1),
        (NewsKind::Unknown, own, 0),
        (NewsKind::Answer, opens(1, 1), 1),
    ] {
        let (fake, worker) = listening(vec![mail("A", &["Ana"])]);
        let quiet = Some(QuietHours { from: 0, to: 1439 });
        put(&fake, key::NOTIFY, &NotifySettings { quiet, unknown: true, ..NotifySettings::default() });
        says(&fake, &[(1, what, opens(1, 1))]);
        let (hit, activity) = (waxwing_protocol::api::HitKind::Open, now.clone());
        fake.browser.server.says(&frame(6, &Event::Activity { message: id(1), hit, at: START, activity }));
        fake.idle();
        let settings = NotifySettings { unknown: true, ..NotifySettings::default() };
        ask(&fake, &worker, ToWorker::SetNotify { settings }).expect("kept");
        fake.pass(MOMENT.into());
        fake.idle();
        assert_eq!(shown(&fake).len(), expected, "{what:?} {now:?}");
        assert_eq!(stored::<Vec<HeldNews>>(&fake, key::HELD_NEWS).map(|held| held.len()), Some(0));
    }
}

/// However soon after: what came in quiet hours is told in one.
#[test]
fn quiet_hours_that_are_ended_at_once_are_told_in_one() {
    let (fake, worker) = listening(vec![mail("A", &["Ana"]), mail("B", &["Ana"])]);
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    put(&fake, key::NOTIFY, &NotifySettings { quiet, ..NotifySettings::default() });
    for number in [1, 2] {
        let (what, activity) = (NewsKind::Open, opens(1, 1));
        let event = Event::News { message: id(number.into()), what, at: START, first: None, link: None, activity };
        fake.browser.server.says(&frame(number, &event));
    }
    fake.idle();
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings::default() }).expect("kept");
    fake.pass(MOMENT.into());
    fake.idle();
    assert_eq!(shown(&fake), [("2 mails: 2 opened".to_owned(), "B\nA".to_owned())]);
}

#[test]
fn what_waits_is_bounded() {
    let (fake, worker) = listening(vec![]);
    let quiet = Some(QuietHours { from: 0, to: 1439 });
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings { quiet, ..NotifySettings::default() } }).expect("kept");
    let events: Vec<_> = (1..=300).map(|number| (number, NewsKind::Open, opens(1, 1))).collect();
    says(&fake, &events);
    let held: Vec<HeldNews> = stored(&fake, key::HELD_NEWS).expect("kept");
    assert_eq!((held.len(), held[0].message), (200, id(101)));
}

fn clicked(fake: &Fake, worker: &Rc<Worker<Fake>>, notice: &str) -> Vec<(Option<i32>, String)> {
    let (worker, notice) = (Rc::clone(worker), notice.to_owned());
    fake.run(async move { worker.on_notice_clicked(&notice).await });
    fake.browser.opened.take()
}

#[test]
fn a_click_leads_to_the_conversation() {
    let gmail = |number: u32| format!("https://mail.google.com/mail/u/{number}/");
    let new = [(None, format!("https://mail.google.com/mail/u/?authuser=me@example.com#all/{THREAD}"))];
    let own = |page: &str| (None, format!("chrome-extension://{}/{page}", crate::worker::fake::OWN_ID));
    let (fake, worker) = listening(vec![mail("A", &["Ana"])]);
    says(&fake, &[(1, NewsKind::Open, opens(1, 1))]);
    let notice = format!("open:{}", id(1));
    assert!(fake.browser.standing.borrow().contains(&notice));
    assert_eq!(clicked(&fake, &worker, &notice), new);
    assert!(fake.browser.standing.borrow().is_empty());
    // A tab of another account, and one that shows a window of its own.
    let tab = |id, url: String| Tab { id: Some(id), url: Some(url), window_id: Some(1) };
    let health = |address: &str| TabHealth { address: Some(address.to_owned()), running: true, ..TabHealth::default() };
    let tell = |id, address: &str| {
        let sender =
            crate::worker::sender::Sender { tab: Some(crate::worker::sender::SenderTab { id: Some(id) }), ..from_gmail() };
        ask_as(&fake, &worker, sender, ToWorker::TabHealth { health: health(address) }).expect("done");
    };
    *fake.browser.tabs.borrow_mut() = vec![tab(7, gmail(0)), tab(8, format!("{}?view=btop", gmail(1)))];
    tell(7, "other@example.com");
    tell(8, "me@example.com");
    assert_eq!(clicked(&fake, &worker, &notice), new);
    fake.browser.tabs.borrow_mut().push(tab(9, format!("{}#inbox", gmail(1))));
    tell(9, "Me@Example.com");
    assert_eq!(clicked(&fake, &worker, &notice), [(Some(9), format!("{}#all/{THREAD}", gmail(1)))]);
    // Its conversation is not known; it is gone; several; nothing of ours.
    fake.browser.tabs.borrow_mut().clear();
    assert_eq!(clicked(&fake, &worker, &format!("open:{}", id(99))), [own(&format!("popup.html#mail/{}", id(99)))]);
    for other in ["digest", "", "open:x"] {
        assert_eq!(clicked(&fake, &worker, other), [own("popup.html")], "{other}");
    }
}
