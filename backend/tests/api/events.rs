//! `GET /events`

use std::time::Duration;

use reqwest::Response;
use waxwing_backend::news::MAX_STREAMS;
use waxwing_backend::store::{events, sql};
use waxwing_protocol::api::{Event, HitKind, NewsKind, problem};

use crate::support::{Browser, START, Setup, TestBackend, expect_problem, message, until};

const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;

/// Reads a stream as a browser would.
struct Reader {
    answer: Response,
    text: String,
    last_id: i64,
}

impl Reader {
    async fn open(me: &Browser, query: &str) -> Self {
        let answer = me.get(&format!("/events{query}")).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let mut reader = Self { answer, text: String::new(), last_id: -1 };
        assert!(reader.block().await.unwrap().starts_with("retry: "));
        reader
    }

    /// The next block of lines, `None` when the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = id.parse().unwrap();
                }
                return Some(block);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.answer.chunk()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next event, passing over comments.
    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            if let Some(data) = data {
                let event: Event = serde_json::from_str(data).unwrap();
                let name = serde_json::to_value(&event).unwrap()["kind"].as_str().unwrap().to_owned();
                assert!(block.contains(&format!("event: {name}\n")), "{block}");
                return Some(event);
            }
            assert!(block == ": alive" || block.starts_with("retry: "), "{block}");
        }
    }
}

#[tokio::test]
async fn news_come_as_they_happen() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let mut news = Reader::open(&me, "").await;
    ann.send(&backend, "not for me").await;
    let id = me.send(&backend, "s").await;
    assert_eq!(news.event().await.unwrap(), Event::Message { message: id });
    backend.get(&me.pixel(id)).await;
    let event = news.event().await.unwrap();
    let Event::Activity { message, hit: HitKind::Open, at: START, activity } = event else { panic!("{event:?}") };
    assert_eq!((message, activity.opens), (id, 1));
    backend.get(&me.link(id, "https://example.org/")).await;
    let event = news.event().await.unwrap();
    assert!(matches!(event, Event::Activity { hit: HitKind::Click, .. }), "{event:?}");
    assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
    assert_eq!(news.event().await.unwrap(), Event::Deleted { message: id });
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut news = Reader::open(&me, "").await;
    for _ in 0..3 {
        assert_eq!(news.block().await.unwrap(), ": alive");
    }
}

#[tokio::test]
async fn what_was_missed_comes_after_resuming() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut news = Reader::open(&me, "").await;
    let first = me.send(&backend, "first").await;
    news.event().await.unwrap();
    let seen = news.last_id;
    drop(news);
    let second = me.send(&backend, "second").await;
    let mut all: Vec<_> = Vec::new();
    for query in [format!("?after={seen}"), "?after=0".to_owned()] {
        let mut news = Reader::open(&me, &query).await;
        all.push(news.event().await.unwrap());
    }
    assert_eq!(all, [Event::Message { message: second }, Event::Message { message: first }]);
    // The header goes before the parameter.
    let request = me.call(reqwest::Method::GET, "/events?after=0").header("last-event-id", seen.to_string());
    let mut news = Reader { answer: request.send().await.unwrap(), text: String::new(), last_id: -1 };
    assert_eq!(news.event().await.unwrap(), Event::Message { message: second });
}

#[tokio::test]
async fn a_stream_that_has_seen_nothing_says_where_it_starts() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    me.send(&backend, "before").await;
    let news = Reader::open(&me, "").await;
    assert!(news.last_id > 0);
    let resume = format!("?after={}", news.last_id);
    drop(news);
    let id = me.send(&backend, "after").await;
    assert_eq!(Reader::open(&me, &resume).await.event().await.unwrap(), Event::Message { message: id });
}

#[tokio::test]
async fn of_one_thing_only_the_newest_is_kept() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    for n in 1..=3 {
        backend.clock.advance(60_000);
        backend.get(&me.pixel(id)).await;
        me.detail_with(id, n).await;
    }
    // The newest settles too.
    backend.pass(10_000);
    until(async || backend.app.store.next_due().await.unwrap().is_none().then_some(())).await;
    let mut news = Reader::open(&me, "?after=0").await;
    assert_eq!(news.event().await.unwrap(), Event::Message { message: id });
    let Some(Event::Activity { activity, .. }) = news.event().await else { panic!("activity") };
    assert_eq!(activity.opens, 3);
    let Some(Event::News { what: NewsKind::Open, first: Some(first), activity, .. }) = news.event().await else {
        panic!("news")
    };
    assert_eq!(activity.opens, 3);
    assert!(first < news.last_id, "the event that told the first is gone, its number is not");
    // Then nothing but signs of life.
    assert_eq!(news.block().await.unwrap(), ": alive");
}

#[tokio::test]
async fn a_stream_that_resumes_loses_no_news_and_repeats_none() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let mut news = Reader::open(&me, "?after=0").await;
    assert_eq!(news.event().await.unwrap(), Event::Message { message: id });
    let mut first = None;
    for n in 1..=3 {
        // Broken off in the middle, before the news came or after.
        let (seen, early) = (news.last_id, n % 2 == 0);
        backend.clock.advance(60_000);
        if early {
            drop(news);
            backend.get(&me.pixel(id)).await;
            me.detail_with(id, n).await;
            news = Reader::open(&me, &format!("?after={seen}")).await;
        } else {
            backend.get(&me.pixel(id)).await;
        }
        let event = news.event().await.unwrap();
        assert!(matches!(event, Event::Activity { .. }), "{event:?}");
        backend.pass(10_000);
        let event = news.event().await.unwrap();
        let Event::News { what: NewsKind::Open, at, first: told, activity, .. } = event else { panic!("{event:?}") };
        assert_eq!(
            (at, activity.opens, told),
            (START + i64::try_from(n).unwrap() * 70_000 - 10_000, u32::try_from(n).unwrap(), first)
        );
        first = first.or(Some(news.last_id));
        let resume = format!("?after={}", news.last_id);
        news = Reader::open(&me, &resume).await;
        assert_eq!(news.block().await.unwrap(), ": alive", "what was seen does not come again");
        news.last_id = resume.trim_start_matches("?after=").parse().unwrap();
    }
}

#[tokio::test]
async fn who_was_away_too_long_starts_anew() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    me.send(&backend, "old").await;
    backend.clock.advance(WEEK + 1);
    let id = me.send(&backend, "new").await;
    assert_eq!(backend.app.store.prune_events(START + WEEK + 1).await.unwrap(), 1);
    let mut news = Reader::open(&me, "?after=0").await;
    assert_eq!(news.event().await.unwrap(), Event::Reset);
    let resumed = format!("?after={}", news.last_id);
    assert_eq!(news.block().await.unwrap(), ": alive");
    // Whoever saw the old one missed nothing.
    let mut news = Reader::open(&me, "?after=1").await;
    assert_eq!(news.event().await.unwrap(), Event::Message { message: id });
    // A number of another database.
    let mut news = Reader::open(&me, "?after=1000000").await;
    assert_eq!(news.event().await.unwrap(), Event::Reset);
    let mut news = Reader::open(&me, &resumed).await;
    assert_eq!(news.block().await.unwrap(), ": alive");
}

#[tokio::test]
async fn revoking_ends_the_stream_and_tells_the_others() {
    let backend = TestBackend::start().await;
    let (one, two) = (backend.browser("me").await, backend.browser("me").await);
    let (mut ending, mut staying) = (Reader::open(&one, "").await, Reader::open(&two, "").await);
    assert_eq!(two.delete(&format!("/devices/{}", one.paired.device)).await.status(), 204);
    assert_eq!(ending.event().await, None);
    assert_eq!(staying.event().await.unwrap(), Event::Account);
}

#[tokio::test]
async fn several_streams_but_not_too_many() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let mut streams = Vec::new();
    for _ in 0..MAX_STREAMS {
        streams.push(Reader::open(&me, "").await);
    }
    let refused = me.get("/events").await;
    assert!(refused.headers().contains_key("retry-after"));
    expect_problem(refused, 429, problem::RATE_LIMITED).await;
    let _hers = Reader::open(&ann, "").await;
    let id = me.send(&backend, "s").await;
    for stream in &mut streams {
        assert_eq!(stream.event().await.unwrap(), Event::Message { message: id });
    }
    // A stream that was closed makes room.
    streams.pop();
    until(async || Some(me.get("/events").await).filter(|answer| answer.status() == 200)).await;
}

#[tokio::test]
async fn stopping_ends_streams() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut news = Reader::open(&me, "").await;
    backend.stop().await;
    assert_eq!(news.event().await, None);
}

#[tokio::test]
async fn a_new_tracking_address_is_told() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    assert_eq!(me.put(backend.uuid(), &message("s", START)).await.status(), 204);
    let (clock, entropy) = (backend.clock.clone(), backend.entropy.clone());
    let setup = Setup { tracking_url: Some("https://t.example.org".to_owned()), ..Setup::default() };
    let backend = TestBackend::start_in(backend.stop().await, clock, entropy, setup).await;
    let me = Browser { url: backend.url.clone(), ..me };
    let mut news = Reader::open(&me, "?after=1").await;
    assert_eq!(news.event().await.unwrap(), Event::Account);
    let account: waxwing_protocol::api::AccountResponse = me.read("/account").await;
    assert_eq!(account.minting.tracking_url, "https://t.example.org");
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    expect_problem(me.get("/events?after=x").await, 400, problem::BAD_REQUEST).await;
}

/// Several connections write at once on a server alone. A stream that begins while an event is written, and a later one of another
/// account is there already, begins before it.
#[tokio::test]
async fn an_event_that_is_written_late_is_not_passed_over() {
    let backend = TestBackend::start().await;
    let store = &backend.app.store;
    if store.kind() == sql::Kind::Sqlite {
        return;
    }
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    me.send(&backend, "before").await;
    for query in ["", "?after=1000000"] {
        let mut tx = store.write_of(me.account()).await.unwrap();
        let late = events::add(&mut tx, me.account(), START, &Event::Account).await.unwrap();
        ann.send(&backend, "of somebody else").await;
        assert!(store.event_span(ann.account()).await.unwrap().last > late);
        let mut news = Reader::open(&me, query).await;
        if !query.is_empty() {
            assert_eq!(news.event().await, Some(Event::Reset));
        }
        assert!(news.last_id < late, "{} and {late}", news.last_id);
        tx.commit().await.unwrap();
        backend.app.news.publish(me.account(), late);
        assert_eq!(news.event().await, Some(Event::Account));
        assert_eq!(news.last_id, late);
    }
}
