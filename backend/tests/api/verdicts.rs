//! Verdicts of hits: what is said at once, what changes when more is known, what counts as what.

use uuid::Uuid;
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Confidence, Event, Hit, Label, Link, MailState, NewsKind};

use crate::support::{Browser, START, TestBackend, message, until};
use crate::visitors::{APPLE, CHROME, GMAIL, NOBODY, SCANNER, THUNDERBIRD, behind_a_proxy, once};

pub(crate) const LINKS: [&str; 3] = ["https://example.org/a", "https://example.org/b", "https://example.org/c"];
pub(crate) const HOUR: Millis = 60 * 60 * 1_000;
pub(crate) const DAY: Millis = 24 * HOUR;

/// A mail with three links, sent a minute ago.
pub(crate) async fn sent(backend: &TestBackend, me: &Browser) -> Uuid {
    let id = backend.uuid();
    let mut put = message("s", backend.app.clock.now());
    put.content.links = LINKS.iter().map(|link| Link { target: (*link).to_owned(), text: String::new() }).collect();
    assert_eq!(me.put(id, &put).await.status(), 204);
    backend.clock.advance(60_000);
    id
}

/// What was told of a message so far: number, kind, the number of the first.
pub(crate) async fn told(backend: &TestBackend, me: &Browser, id: Uuid) -> Vec<(i64, NewsKind, Option<i64>)> {
    let events = backend.app.store.events_after(me.account(), 0, 1_000).await.unwrap();
    let news = events.into_iter().filter_map(|numbered| match numbered.event {
        Event::News { message, what, first, .. } if message == id => Some((numbered.id, what, first)),
        _ => None,
    });
    news.collect()
}

/// Waits until every hit of a message is settled and nothing is left to judge.
pub(crate) async fn settled(backend: &TestBackend, id: Uuid) {
    let left = "SELECT (SELECT COUNT(*) FROM message_hits WHERE message = $1 AND settled = 0) \
                + (SELECT COUNT(*) FROM activity WHERE message = $1 AND due_at IS NOT NULL)";
    until(async || {
        let left: i64 = sql::query_scalar(left).bind(id).fetch_one(backend.app.store.writer()).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
}

pub(crate) fn said(hit: &Hit) -> (Label, Confidence, &str) {
    let verdict = hit.verdict.as_ref().unwrap();
    (verdict.label, verdict.confidence, verdict.reason.as_str())
}

#[tokio::test]
async fn a_click_is_checked_until_it_settles() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    CHROME.visit(&backend, &me.link(id, LINKS[0])).await;
    let detail = me.detail_with(id, 1).await;
    let at = START + 60_000;
    assert_eq!(said(&detail.hits[0]), (Label::Human, Confidence::Medium, "reason_navigation"));
    assert_eq!(detail.hits[0].verdict.as_ref().unwrap().checking_until, Some(at + 30_000));
    let activity = &detail.message.activity;
    assert_eq!((activity.checking, activity.clicks, activity.state), (1, 0, MailState::Unopened));
    assert!(me.subjects("state=clicked").await.is_empty());

    // A millisecond too early nothing changes.
    backend.pass(29_999);
    backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
    assert_eq!((me.detail(id).await.message.activity.clicks, told(&backend, &me, id).await), (0, vec![]));
    backend.pass(1);
    settled(&backend, id).await;
    let detail = me.detail(id).await;
    assert_eq!(detail.hits[0].verdict.as_ref().unwrap().checking_until, None);
    let activity = &detail.message.activity;
    assert_eq!((activity.checking, activity.clicks, activity.state), (0, 1, MailState::Clicked));
    assert_eq!(activity.last_click_target.as_deref(), Some(LINKS[0]));
    assert_eq!(me.subjects("state=clicked").await.len(), 1);
    let first = told(&backend, &me, id).await;
    assert!(matches!(first[..], [(_, NewsKind::Click, None)]), "{first:?}");

    // The next one names the first.
    backend.clock.advance(60_000);
    CHROME.visit(&backend, &me.link(id, LINKS[1])).await;
    me.detail_with(id, 2).await;
    backend.pass(30_000);
    settled(&backend, id).await;
    let second = told(&backend, &me, id).await;
    assert!(
        matches!(second[..], [(number, NewsKind::Click, of)] if of == Some(first[0].0) && number > first[0].0),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_burst_changes_what_was_said_before() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    CHROME.visit(&backend, &me.pixel(id)).await;
    for (n, link) in LINKS.iter().enumerate() {
        CHROME.visit(&backend, &me.link(id, link)).await;
        let detail = me.detail_with(id, n + 2).await;
        if n == 1 {
            assert!(detail.hits.iter().all(|hit| hit.label() == Some(Label::Human)));
            assert_eq!((detail.message.activity.opens, detail.message.activity.checking), (1, 2));
        }
        backend.clock.advance(2_000);
    }
    // The third link shows that all of it was a machine: at once, without any time passing.
    let burst = |hit: &Hit| hit.verdict.as_ref().is_some_and(|verdict| verdict.reason == "reason_burst");
    let detail = once(&me, id, |detail| detail.hits.iter().all(burst)).await;
    let activity = &detail.message.activity;
    assert_eq!((activity.machine_hits, activity.checking, activity.opens, activity.clicks), (4, 0, 0, 0));
    assert_eq!(activity.state, MailState::Machines);
    assert!(me.subjects("state=opened").await.is_empty(), "a state may go down when hits are judged anew");
    assert_eq!(me.subjects("state=machines").await.len(), 1);
    backend.pass(40_000);
    settled(&backend, id).await;
    assert_eq!(told(&backend, &me, id).await, []);
}

#[tokio::test]
async fn each_kind_of_visitor_counts_for_itself() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let cases = [
        (SCANNER, MailState::Machines, (Label::Scanner, Confidence::High, "reason_names_itself"), None),
        (APPLE, MailState::Apple, (Label::Prefetch, Confidence::Medium, "reason_apple_privacy"), None),
        (NOBODY, MailState::Unclear, (Label::Unknown, Confidence::Low, "reason_not_enough"), Some(NewsKind::Unknown)),
        (GMAIL, MailState::Opened, (Label::ImageProxy, Confidence::High, "reason_gmail_open"), Some(NewsKind::Open)),
        (THUNDERBIRD, MailState::Opened, (Label::Human, Confidence::Low, "reason_program_open"), Some(NewsKind::Open)),
    ];
    for (visitor, state, expected, news) in cases {
        let id = sent(&backend, &me).await;
        visitor.visit(&backend, &me.pixel(id)).await;
        visitor.visit(&backend, &me.pixel(id)).await;
        let detail = me.detail_with(id, 2).await;
        assert_eq!((said(&detail.hits[1]), detail.message.activity.state), (expected, state));
        assert_eq!((detail.hits[0].repeat, detail.hits[1].repeat), (true, false), "repeats fold within a class");
        let a = &detail.message.activity;
        let counts = [a.open_hits, a.machine_hits, a.apple_hits, a.unknown_hits];
        let place = match state {
            MailState::Machines => 1,
            MailState::Apple => 2,
            MailState::Unclear => 3,
            _ => 0,
        };
        assert_eq!((counts[place], counts.iter().sum::<u32>(), a.opens), (2, 2, u32::from(place == 0)));
        backend.pass(10_000);
        settled(&backend, id).await;
        // Two hits, one piece of news at most.
        let told: Vec<_> = told(&backend, &me, id).await.into_iter().map(|(_, what, first)| (what, first)).collect();
        assert_eq!(told, news.map(|what| (what, None)).into_iter().collect::<Vec<_>>(), "{state:?}");
    }
}

#[tokio::test]
async fn the_senders_own_place() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let call = me.call(reqwest::Method::GET, "/account").header("x-forwarded-for", CHROME.address);
    assert_eq!(call.header("user-agent", CHROME.agent).send().await.unwrap().status(), 200);
    let places = async || {
        let count = sql::query_scalar("SELECT COUNT(*) FROM own_places").fetch_one(backend.app.store.writer());
        (count.await.unwrap_or(0_i64) == 1).then_some(())
    };
    until(places).await;
    let of = async |visitor: crate::visitors::Visitor| {
        let id = sent(&backend, &me).await;
        visitor.visit(&backend, &me.pixel(id)).await;
        let detail = me.detail_with(id, 1).await;
        let (label, confidence, reason) = said(&detail.hits[0]);
        (label, confidence, reason.to_owned(), detail.message.activity.own_hits)
    };
    let own = (Label::Own, Confidence::Medium, "reason_own_browser".to_owned(), 1);
    assert_eq!(of(CHROME).await, own);
    let colleague = (Label::Unknown, Confidence::Low, "reason_own_network".to_owned(), 0);
    assert_eq!(of(THUNDERBIRD.from(CHROME.address)).await, colleague);
    assert_eq!(of(CHROME.from("198.51.100.9")).await.0, Label::Human, "the address next to it is somebody else's");
    // Long after, it may be anybody's.
    backend.clock.advance(25 * HOUR);
    assert_eq!(of(CHROME).await.0, Label::Human);
}

#[tokio::test]
async fn clocks_that_disagree() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    for (ahead, expected) in [
        // By the sender's clock the hit came before the mail: by little it is taken for right after sending, by much for nothing.
        (100_000, (Label::Unknown, "reason_click_fast")),
        (10 * DAY, (Label::Human, "reason_navigation")),
    ] {
        let id = backend.uuid();
        assert_eq!(me.put(id, &message("s", backend.app.clock.now() + ahead)).await.status(), 204, "{ahead}");
        CHROME.visit(&backend, &me.link(id, LINKS[0])).await;
        let detail = me.detail_with(id, 1).await;
        let (label, _, reason) = said(&detail.hits[0]);
        assert_eq!((label, reason), expected, "{ahead}");
        // The backend's own clock goes back by a day: the hit is from the future, and still settles.
        backend.pass(-DAY);
        backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
        settled(&backend, id).await;
        assert_eq!(told(&backend, &me, id).await.len(), 1);
        backend.clock.advance(2 * DAY);
    }
}

#[tokio::test]
async fn opened_again_after_days() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    GMAIL.visit(&backend, &me.pixel(id)).await;
    let first = me.detail_with(id, 1).await.message.activity;
    assert_eq!((first.again_at, first.again_after), (None, None));
    backend.clock.advance(4 * DAY);
    GMAIL.visit(&backend, &me.pixel(id)).await;
    let again = me.detail_with(id, 2).await.message.activity;
    let expected = (Some(START + 60_000 + 4 * DAY), Some(4 * DAY));
    assert_eq!((again.again_at, again.again_after), expected);
    backend.pass(10_000);
    settled(&backend, id).await;
    let judged = me.detail(id).await.message.activity;
    assert_eq!((judged.again_at, judged.again_after), expected, "judged as a whole it is the same");
}

#[tokio::test]
async fn a_burst_that_is_half_shortened_stays_a_burst() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    for (n, link) in LINKS.iter().enumerate() {
        CHROME.visit(&backend, &me.link(id, link)).await;
        me.detail_with(id, n + 1).await;
        backend.clock.advance(2_000);
    }
    backend.pass(HOUR);
    settled(&backend, id).await;
    let before = me.detail(id).await;
    assert_eq!((before.message.activity.machine_hits, before.message.activity.clicks), (3, 0));
    // Shortening has come as far as the second when newer lists have all judged again.
    let shorten = "UPDATE hits SET address = '198.51.100.0/24' WHERE id < (SELECT MAX(id) FROM hits)";
    sql::query(shorten).execute(backend.app.store.writer()).await.unwrap();
    backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
    let after = me.detail(id).await;
    assert_eq!(after.message.activity, before.message.activity);
    assert!(after.hits.iter().all(|hit| said(hit).2 == "reason_burst"));
}

#[tokio::test]
async fn a_shortened_address_keeps_its_verdict() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let id = sent(&backend, &me).await;
    GMAIL.from("198.51.100.7").visit(&backend, &me.pixel(id)).await;
    let pretended = (Label::Unknown, Confidence::Low, "reason_gmail_pretended");
    assert_eq!(said(&me.detail_with(id, 1).await.hits[0]), pretended);
    let shorten = sql::query("UPDATE hits SET address = '198.51.100.0/24'");
    shorten.execute(backend.app.store.writer()).await.unwrap();
    backend.pass(HOUR);
    backend.app.judging.judge(&[(id, me.account())]).await.unwrap();
    let detail = me.detail(id).await;
    assert_eq!(said(&detail.hits[0]), pretended);
    // It still takes part in folding.
    assert_eq!((detail.message.activity.unknown_hits, detail.message.activity.state), (1, MailState::Unclear));
}
