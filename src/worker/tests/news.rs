//! What counts as news, and that it counts once.

use std::cell::RefCell;
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, HitKind, MailState, Message, NewsKind};
use waxwing_protocol::page::{Answer as Told, CachedList, Connection, FromWorker, HeldNews, NotifySettings, ToWorker, key};

use super::{alarm, ask, connection, frame, from_page, judging, message, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::notify::MOMENT;
use crate::worker::stream::TICK;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn opened(opens: u32, at: i64) -> Activity {
    Activity {
        state: MailState::Opened,
        opens,
        open_hits: opens,
        first_open_at: Some(START),
        last_open_at: Some(at),
        ..Activity::default()
    }
}

fn news(number: u128, what: NewsKind, first: Option<i64>) -> Event {
    let of = |kind| u32::from(what == kind);
    let activity = Activity { clicks: of(NewsKind::Click), unknown_hits: of(NewsKind::Unknown), ..opened(1, START) };
    Event::News { message: id(number), what, at: START, first, link: None, activity }
}

/// Three mails at the backend, and a worker whose stream has come to number 4.
fn listening() -> (Fake, std::rc::Rc<crate::worker::Worker<Fake>>) {
    let fake = judging();
    for number in 1..=3 {
        fake.browser.server.messages.borrow_mut().insert(id(number), message("Offer", START - 1));
    }
    let worker = fake.worker();
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    (fake, worker)
}

fn unseen(fake: &Fake) -> u32 {
    stored(fake, key::UNSEEN).unwrap_or(0)
}

/// Lets what is collected be told.
fn wait(fake: &Fake) {
    fake.pass(MOMENT.into());
    fake.idle();
}

fn shown(fake: &Fake) -> Vec<String> {
    fake.browser.shown.borrow().iter().map(|notice| notice.id.clone()).collect()
}

#[test]
fn hits_move_the_list_quietly_and_news_count() {
    let (fake, _worker) = listening();
    let event = Event::Activity { message: id(1), hit: HitKind::Open, at: START, activity: opened(1, START) };
    fake.browser.server.says(&frame(5, &event));
    fake.idle();
    wait(&fake);
    assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str(), shown(&fake)), (0, "", vec![]));
    let list: CachedList = stored(&fake, key::CACHED_LIST).expect("loaded");
    assert!(list.messages.iter().any(|message| message.id == id(1) && message.activity == opened(1, START)));
    assert!(fake.browser.told.borrow().contains(&FromWorker::News { event }));
    fake.browser.server.says(&frame(6, &news(1, NewsKind::Open, None)));
    fake.idle();
    wait(&fake);
    assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str()), (1, "1"));
    assert_eq!(shown(&fake), [format!("open:{}", id(1))]);
    assert_eq!(stored::<String>(&fake, key::LAST_EVENT).as_deref(), Some("6"));
    assert_eq!(stored::<Vec<HeldNews>>(&fake, key::HELD_NEWS), Some(vec![]));
}

#[test]
fn the_badge_counts_what_the_user_asked_for() {
    use NewsKind::{Answer, Click, Open, Unknown};
    let all = NotifySettings {
        first_open: true,
        each_open: true,
        click: true,
        answer: true,
        unknown: true,
        needs: true,
        reminders: true,
        quiet: None,
    };
    let none = NotifySettings {
        first_open: false,
        each_open: false,
        click: false,
        answer: false,
        unknown: false,
        needs: false,
        reminders: false,
        quiet: None,
    };
    let usual = NotifySettings::default();
    // The kind and the number of its first; the last number before is 4.
    for (settings, what, first, counts) in [
        (usual, Open, None, true),
        (usual, Open, Some(3), false),
        (usual, Open, Some(4), false),
        // The first came while this browser was away and was not kept for it.
        (usual, Open, Some(5), true),
        (usual, Click, Some(3), true),
        (usual, Answer, None, true),
        (usual, Unknown, None, false),
        (all, Open, Some(3), true),
        (all, Unknown, Some(3), true),
        (none, Open, None, false),
        (none, Click, None, false),
        (none, Answer, None, false),
        (NotifySettings { each_open: true, ..none }, Open, None, false),
        (NotifySettings { each_open: true, ..none }, Open, Some(3), true),
    ] {
        let (fake, worker) = listening();
        ask(&fake, &worker, ToWorker::SetNotify { settings }).expect("kept");
        fake.browser.server.says(&frame(6, &news(1, what, first)));
        fake.idle();
        wait(&fake);
        let expected = u32::from(counts);
        assert_eq!((unseen(&fake), shown(&fake).len()), (expected, usize::from(counts)), "{settings:?} {what:?} {first:?}");
    }
}

#[test]
fn the_first_of_a_batch_is_the_only_first() {
    for chunks in [1, 2] {
        let (fake, _worker) = listening();
        let (first, again) = (frame(6, &news(1, NewsKind::Open, None)), frame(7, &news(1, NewsKind::Open, Some(6))));
        if chunks == 1 {
            fake.browser.server.says(&format!("{first}{again}"));
        } else {
            fake.browser.server.says(&first);
            fake.browser.server.says(&again);
        }
        fake.idle();
        assert_eq!(unseen(&fake), 1, "{chunks}");
    }
}

#[test]
fn muted_mails_are_not_told_and_deleted_ones_no_more() {
    let (fake, worker) = listening();
    ask(&fake, &worker, ToWorker::Mute { id: id(1), muted: true }).expect("done");
    fake.browser.server.says(&frame(5, &news(1, NewsKind::Open, None)));
    fake.idle();
    wait(&fake);
    assert_eq!((unseen(&fake), shown(&fake)), (0, vec![]));
    // Not in the list: its mail says so.
    put(&fake, key::CACHED_LIST, &CachedList { at: START, messages: Vec::new(), stats: None });
    fake.browser.server.muted.borrow_mut().insert(id(2));
    fake.browser.server.says(&frame(6, &news(2, NewsKind::Open, None)));
    // Deleted before it was told, and one that nobody knows any more.
    let gone = Event::Deleted { message: id(3) };
    fake.browser.server.says(&format!("{}{}", frame(7, &news(3, NewsKind::Click, None)), frame(8, &gone)));
    fake.browser.server.says(&frame(9, &news(99, NewsKind::Click, None)));
    fake.idle();
    wait(&fake);
    assert_eq!(shown(&fake), [""; 0]);
    assert_eq!(stored::<Vec<HeldNews>>(&fake, key::HELD_NEWS), Some(vec![]));
}

#[test]
fn an_ended_worker_counts_once_and_tells_at_most_once() {
    let mut told = [0, 0];
    for steps in 0..160 {
        let (fake, worker) = listening();
        fake.browser.server.says(&frame(5, &news(1, NewsKind::Open, None)));
        fake.run_for(steps / 2, async {});
        fake.pass(MOMENT.into());
        fake.run_for(steps - steps / 2, async {});
        drop(worker);
        let fake = fake.restarted();
        let last: Option<String> = stored(&fake, key::LAST_EVENT);
        if last.as_deref() == Some("4") {
            fake.browser.server.says(&frame(5, &news(1, NewsKind::Open, None)));
        }
        // Held by a name: a worker lives as long as it is needed.
        let worker = fake.worker();
        resume(&fake, &worker);
        wait(&fake);
        assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str()), (1, "1"), "{steps}");
        told[shown(&fake).len()] += 1;
        assert_eq!(stored::<Vec<HeldNews>>(&fake, key::HELD_NEWS), Some(vec![]), "{steps}");
    }
    assert!(told[1] > 150, "only one that is ended between writing and showing tells none: {told:?}");
}

#[test]
fn a_stream_that_breaks_within_a_batch_goes_on_there() {
    let (fake, _worker) = listening();
    fake.pass(60_000);
    let second = frame(6, &news(2, NewsKind::Open, None));
    let (head, _) = second.split_at(40);
    fake.browser.server.says(&format!("{}{head}", frame(5, &news(1, NewsKind::Open, None))));
    fake.browser.server.breaks();
    fake.idle();
    assert_eq!(unseen(&fake), 1);
    fake.pass(1_000);
    fake.idle();
    assert_eq!(fake.browser.server.resumed.borrow().last(), Some(&Some("5".to_owned())));
    fake.browser.server.says(&second);
    fake.idle();
    wait(&fake);
    assert_eq!((unseen(&fake), shown(&fake).len()), (2, 2));
}

#[test]
fn a_thousand_news_of_one_mail_are_one_notification() {
    let (fake, worker) = listening();
    ask(&fake, &worker, ToWorker::SetNotify { settings: NotifySettings { each_open: true, ..NotifySettings::default() } })
        .expect("kept");
    let text: String = (5..1_005).map(|number| frame(number, &news(1, NewsKind::Open, Some(4)))).collect();
    fake.browser.server.says(&text);
    fake.idle();
    wait(&fake);
    assert_eq!((unseen(&fake), fake.browser.badge.borrow().as_str(), shown(&fake).len()), (1_000, "99+", 1));
}

#[test]
fn without_a_stream_what_has_grown_is_told_and_the_stream_does_not_tell_it_again() {
    let (fake, worker) = listening();
    fake.browser.server.answers("GET /events", Answer::Fails(HttpError::Unreachable));
    fake.browser.server.breaks();
    fake.idle();
    fake.browser.server.activity.borrow_mut().insert(id(1), opened(1, START + 5_000));
    for _ in 0..11 {
        fake.pass(30_000);
        alarm(&fake, &worker, TICK);
    }
    wait(&fake);
    assert_eq!((unseen(&fake), shown(&fake)), (1, vec![format!("open:{}", id(1))]));
    // It is back, and tells what it has: the same, and a later one.
    fake.browser.server.recovers();
    for _ in 0..11 {
        fake.pass(30_000);
        alarm(&fake, &worker, TICK);
    }
    assert_eq!(fake.browser.server.open_streams(), 1);
    let told = |at, what, first| Event::News { message: id(1), what, at, first, link: None, activity: opened(1, at) };
    fake.browser.server.says(&frame(5, &told(START + 5_000, NewsKind::Open, None)));
    fake.idle();
    assert_eq!(unseen(&fake), 1);
    fake.browser.server.says(&frame(6, &told(START + 9_000, NewsKind::Click, None)));
    fake.idle();
    assert_eq!(unseen(&fake), 2);
}

#[test]
fn news_that_were_missed_are_found_in_the_list() {
    let (fake, _worker) = listening();
    fake.browser.server.activity.borrow_mut().insert(id(1), opened(1, START));
    fake.browser.server.says(&frame(900, &Event::Reset));
    fake.idle();
    wait(&fake);
    assert_eq!(unseen(&fake), 1);
    // A change of another kind loads the list as well; what has grown in it, the stream is about to tell.
    fake.browser.server.activity.borrow_mut().insert(id(2), opened(1, START));
    fake.browser.server.says(&frame(901, &Event::Message { message: id(2) }));
    fake.idle();
    wait(&fake);
    assert_eq!(unseen(&fake), 1);
    fake.browser.server.says(&frame(902, &news(2, NewsKind::Open, None)));
    fake.idle();
    assert_eq!(unseen(&fake), 2);
}

/// A page that was read before the stream told something, and arrives after it, takes nothing back.
#[test]
fn a_page_that_comes_late_takes_nothing_back() {
    let (fake, worker) = listening();
    let server = &fake.browser.server;
    let listed = |list: &[Message]| -> Vec<(u128, u32)> {
        let mut known: Vec<_> = list.iter().map(|message| (message.id.as_u128(), message.activity.opens)).collect();
        known.sort_unstable();
        known
    };
    let kept = || listed(&stored::<CachedList>(&fake, key::CACHED_LIST).expect("loaded").messages);
    // Asked for by a page, then by the worker itself.
    for (number, by_page) in [(10, true), (20, false)] {
        server.slow_pages.set(true);
        let answer = Rc::new(RefCell::new(None));
        if by_page {
            let (worker, slot) = (Rc::clone(&worker), Rc::clone(&answer));
            let question = ToWorker::List { query: String::new(), state: None, older_than_days: None, before: None };
            fake.run(async move { *slot.borrow_mut() = Some(worker.answer(question, &from_page()).await) });
        } else {
            fake.browser.server.says(&frame(number, &Event::Message { message: id(1) }));
            wait(&fake);
        }
        let activity = opened(number, START);
        server.says(&frame(number + 1, &Event::Activity { message: id(1), hit: HitKind::Open, at: START, activity }));
        server.says(&frame(number + 2, &Event::Deleted { message: id(2) }));
        fake.idle();
        assert!(answer.borrow().is_none(), "it is under way");
        server.slow_pages.set(false);
        fake.pass(0);
        fake.idle();
        assert_eq!(kept(), [(1, number), (3, 0)]);
        if by_page {
            let Some(Ok(Told::List(list))) = answer.take() else { panic!("a list") };
            assert_eq!(listed(&list.messages), [(1, number), (3, 0)]);
        }
    }
}

/// The backend was updated while the browser was away: what it can do is asked before its stream is heard.
#[test]
fn a_backend_that_learnt_verdicts_is_not_counted_by_both_ways() {
    let fake = judging();
    put(&fake, key::CONNECTION, &connection());
    fake.browser.server.messages.borrow_mut().insert(id(1), message("Offer", START - 1));
    let worker = fake.worker();
    resume(&fake, &worker);
    let now: Connection = stored(&fake, key::CONNECTION).expect("paired");
    assert!(now.capabilities.iter().any(|name| name == "verdicts"));
    let event = Event::Activity { message: id(1), hit: HitKind::Open, at: START, activity: opened(1, START) };
    fake.browser.server.says(&format!("{}{}", frame(5, &event), frame(6, &news(1, NewsKind::Open, None))));
    fake.idle();
    assert_eq!(unseen(&fake), 1);
}

#[test]
fn what_was_looked_at_is_told_no_more() {
    let (fake, worker) = listening();
    fake.browser.server.says(&frame(5, &news(1, NewsKind::Open, None)));
    fake.idle();
    ask(&fake, &worker, ToWorker::Seen).expect("done");
    wait(&fake);
    assert_eq!((unseen(&fake), shown(&fake)), (0, vec![]));
}
