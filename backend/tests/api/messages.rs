//! `/messages`

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_protocol::api::{Activity, Content, GmailIds, MessageDetail, MessagePage, problem};

use crate::support::{START, TestBackend, expect_problem, is_file, message, recipient, until};

#[tokio::test]
async fn what_was_put_is_read_back() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (id, put) = (backend.uuid(), message("Grüße 😀 <b>\u{202e}", START));
    assert_eq!(me.put(id, &put).await.status(), 204);
    let MessageDetail { message: read, hits, more_hits, .. } = me.detail(id).await;
    assert_eq!((read.id, read.sent_at, read.sender), (id, put.sent_at, put.sender));
    assert_eq!((read.gmail, read.content, read.activity), (put.gmail, put.content, Activity::default()));
    assert_eq!((hits.len(), more_hits), (0, 0));
}

#[tokio::test]
async fn twice_changes_nothing_and_more_is_added() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (id, mut put) = (backend.uuid(), message("s", START));
    for _ in 0..2 {
        assert_eq!(me.put(id, &put).await.status(), 204);
    }
    put.gmail = GmailIds { legacy_message: Some("0123456789abcdef".to_owned()), ..GmailIds::default() };
    put.content = Content::default();
    put.sender = String::new();
    assert_eq!(me.put(id, &put).await.status(), 204);
    put.gmail = GmailIds { rfc_id: Some("<a@b>".to_owned()), draft: Some(String::new()), ..GmailIds::default() };
    assert_eq!(me.put(id, &put).await.status(), 204);
    let read = me.detail(id).await.message;
    assert_eq!(read.gmail.draft.as_deref(), Some("msg-a:r1"));
    assert_eq!(read.gmail.legacy_message.as_deref(), Some("0123456789abcdef"));
    assert_eq!(read.gmail.rfc_id.as_deref(), Some("<a@b>"));
    assert_eq!((read.content, read.sender.as_str()), (message("s", 0).content, "me@example.org"));
    let page: MessagePage = me.read("/messages").await;
    assert_eq!((page.messages.len(), page.next), (1, None));
}

#[tokio::test]
async fn anothers_message_is_neither_seen_nor_touched() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = me.send(&backend, "mine").await;
    let path = format!("/messages/{id}");
    expect_problem(ann.get(&path).await, 404, problem::NOT_FOUND).await;
    assert!(ann.subjects("").await.is_empty());
    // She may delete what she has not: that is between her account and the id.
    assert_eq!(ann.delete(&path).await.status(), 204);
    expect_problem(ann.put(id, &message("hers", START)).await, 410, problem::GONE).await;
    assert_eq!(me.detail(id).await.message.content.subject, "mine");
    assert_eq!(me.put(id, &message("still mine", START)).await.status(), 204);
    assert_eq!(me.detail(id).await.message.content.subject, "still mine");
}

#[tokio::test]
async fn one_id_of_two_accounts_is_two_messages() {
    let backend = TestBackend::start().await;
    // Whoever receives a mail can read the id from its pixel, and register it before the sender's outbox does.
    let (eve, me) = (backend.browser("eve").await, backend.browser("me").await);
    let id = backend.uuid();
    assert_eq!(eve.put(id, &message("hers", START)).await.status(), 204);
    assert_eq!(me.put(id, &message("mine", START)).await.status(), 204);
    backend.clock.advance(60_000);
    backend.get(&me.pixel(id)).await;
    backend.get(&eve.link(id, "https://eve.example/")).await;
    me.detail_with(id, 1).await;
    eve.detail_with(id, 1).await;
    backend.pass(30_000);
    until(async || (eve.detail(id).await.message.activity.clicks == 1).then_some(())).await;
    // Written anew while the other is there: neither takes anything of the other.
    for (who, subject) in [(&me, "mine, later"), (&eve, "hers, later")] {
        assert_eq!(who.put(id, &message(subject, START)).await.status(), 204);
    }
    let (mine, hers) = (me.detail_with(id, 1).await, eve.detail_with(id, 1).await);
    assert_eq!(mine.message.content.subject, "mine, later");
    assert_eq!(hers.message.content.subject, "hers, later");
    assert_eq!((mine.message.activity.open_hits, mine.message.activity.click_hits), (1, 0));
    assert_eq!((hers.message.activity.open_hits, hers.message.activity.click_hits), (0, 1));
    assert_eq!(me.subjects("state=opened").await, ["mine, later"]);
    assert!(me.subjects("state=clicked").await.is_empty());
    assert_eq!(eve.subjects("state=clicked").await, ["hers, later"]);

    // Deleting one leaves the other, with its hits.
    assert_eq!(eve.delete(&format!("/messages/{id}")).await.status(), 204);
    expect_problem(eve.get(&format!("/messages/{id}")).await, 404, problem::NOT_FOUND).await;
    assert_eq!(me.detail(id).await, mine);
    assert_eq!(backend.hits().await.len(), 1);
}

#[tokio::test]
async fn unknown_and_no_uuid() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for id in [Uuid::nil().to_string(), "x".to_owned(), "%00".to_owned(), "..%2f..".to_owned()] {
        expect_problem(me.get(&format!("/messages/{id}")).await, 404, problem::NOT_FOUND).await;
    }
    let answer = me.call(Method::PUT, "/messages/x").json(&message("s", START)).send().await.unwrap();
    expect_problem(answer, 400, problem::BAD_REQUEST).await;
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let path = format!("/messages/{}", backend.uuid());
    let good = serde_json::to_value(message("s", START)).unwrap();
    for (field, value) in [
        ("epoch", json!(256)),
        ("epoch", json!(1)),
        ("sent_at", json!(-1)),
        ("sent_at", json!(i64::MAX)),
        ("sent_at", json!("yesterday")),
        ("content", json!(null)),
        ("sender", json!(7)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = me.call(Method::PUT, &path).json(&body).send().await.unwrap();
        expect_problem(answer, 400, problem::BAD_REQUEST).await;
    }
    let put = || me.call(Method::PUT, &path).header("content-type", "application/json");
    let answer = put().body(b"\xff\xfe".as_slice()).send().await.unwrap();
    expect_problem(answer, 400, problem::BAD_REQUEST).await;
    let answer = put().body("x".repeat(5 * 1024 * 1024)).send().await.unwrap();
    expect_problem(answer, 413, problem::TOO_LARGE).await;
}

#[tokio::test]
async fn large_mails_go_through_and_too_large_ones_are_cut() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = backend.uuid();
    let mut put = message(&"ü".repeat(10_000), START);
    put.content.recipients = (0..500).map(|n| recipient(&format!("person{n}@example.org"), Some("A Name"))).collect();
    assert_eq!(me.put(id, &put).await.status(), 204);
    assert_eq!(me.detail(id).await.message.content, put.content);
    put.content.subject = "😀".repeat(12_000);
    assert_eq!(me.put(id, &put).await.status(), 204);
    assert_eq!(me.detail(id).await.message.content.subject, "😀".repeat(10_000));
    assert_eq!(me.subjects("query=person499").await.len(), 1);
}

#[tokio::test]
async fn nul_and_half_characters_become_the_replacement_character() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (id, good) = (backend.uuid(), serde_json::to_string(&message("SUBJECT", START)).unwrap());
    let body = good.replace("SUBJECT", r"a\u0000b\ud83d c");
    let put = me.call(Method::PUT, &format!("/messages/{id}")).header("content-type", "application/json; charset=utf-8");
    assert_eq!(put.body(body).send().await.unwrap().status(), 204);
    assert_eq!(me.detail(id).await.message.content.subject, "a\u{fffd}b\u{fffd} c");
}

#[tokio::test]
async fn hits_before_the_registration_count() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = backend.uuid();
    backend.get(&me.pixel(id)).await;
    backend.get(&me.link(id, "https://example.org/a")).await;
    backend.clock.advance(31_000);
    assert_eq!(me.put(id, &message("s", START - 60_000)).await.status(), 204);
    // Judged anew, now that it is known when the mail was sent.
    let judged = async || Some(me.detail(id).await).filter(|detail| detail.message.activity.clicks == 1);
    let detail = until(judged).await;
    assert_eq!(detail.hits.len(), 2);
    let activity = &detail.message.activity;
    assert_eq!((activity.opens, activity.clicks), (1, 1));
    assert_eq!(activity.first_open_at, Some(START));
    assert_eq!(activity.last_click_target.as_deref(), Some("https://example.org/a"));
    assert_eq!(me.subjects("state=clicked").await, ["s"]);
}

#[tokio::test]
async fn repeats_are_folded_and_shown() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    for (n, later) in [0, 10_000, 31_000].into_iter().enumerate() {
        backend.clock.advance(later);
        backend.get(&me.pixel(id)).await;
        // Each in a batch of its own: what is remembered of agents is stored between them.
        me.detail_with(id, n + 1).await;
    }
    let detail = me.detail(id).await;
    assert_eq!((detail.message.activity.opens, detail.message.activity.open_hits), (2, 3));
    let repeats: Vec<_> = detail.hits.iter().map(|hit| (hit.at - START, hit.repeat)).collect();
    assert_eq!(repeats, [(41_000, false), (10_000, true), (0, false)]);
}

#[tokio::test]
async fn only_the_newest_hits_are_given() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "s").await;
    let url = me.pixel(id);
    futures_util::future::join_all((0..510).map(|_| backend.get(&url))).await;
    let detail = until(async || Some(me.detail(id).await).filter(|d| d.message.activity.open_hits == 510)).await;
    assert_eq!((detail.hits.len(), detail.more_hits), (500, 10));
    assert!(detail.hits.windows(2).all(|pair| pair[0].id > pair[1].id));
}

#[tokio::test]
async fn deleting_erases_everything_and_stays() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let id = me.send(&backend, "needle-subject").await;
    backend.get(&me.link(id, "https://needle.example/")).await;
    me.detail_with(id, 1).await;
    // One that may not be rolled up yet goes as well.
    backend.get(&me.pixel(id)).await;
    let path = format!("/messages/{id}");
    for _ in 0..2 {
        assert_eq!(me.delete(&path).await.status(), 204);
    }
    expect_problem(me.get(&path).await, 404, problem::NOT_FOUND).await;
    expect_problem(me.put(id, &message("again", START)).await, 410, problem::GONE).await;
    assert!(me.subjects("").await.is_empty());
    assert!(backend.hits().await.is_empty());
    let dir = backend.stop().await;
    if !is_file() {
        return;
    }
    let bytes = std::fs::read(dir.path().join("waxwing.db")).unwrap();
    for needle in ["needle-subject", "needle.example"] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle} is still in the file");
    }
}

#[tokio::test]
async fn deleting_an_unknown_message_keeps_it_away() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = backend.uuid();
    assert_eq!(me.delete(&format!("/messages/{id}")).await.status(), 204);
    expect_problem(me.put(id, &message("undone", START)).await, 410, problem::GONE).await;
    // Only for whoever deleted it: ids can be read from mails that one received.
    assert_eq!(ann.put(id, &message("hers", START)).await.status(), 204);
    backend.get(&ann.pixel(id)).await;
    backend.get(&me.pixel(id)).await;
    assert_eq!(ann.detail_with(id, 1).await.message.activity.opens, 1);
    assert_eq!(backend.hits().await.len(), 1);
}

#[tokio::test]
async fn a_squatted_id_shows_nothing_of_the_other_account() {
    let backend = TestBackend::start().await;
    let (me, eve) = (backend.browser("me").await, backend.browser("eve").await);
    let id = backend.uuid();
    backend.get(&me.pixel(id)).await;
    assert_eq!(eve.put(id, &message("squat", START)).await.status(), 204);
    backend.get(&eve.pixel(id)).await;
    let detail = eve.detail_with(id, 1).await;
    assert_eq!(detail.message.activity.open_hits, 1);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut want = Vec::new();
    for n in 0..25 {
        // Several in one instant.
        backend.clock.set(START + n / 4);
        want.push(me.send(&backend, &format!("s{n}")).await);
    }
    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let page: MessagePage = me.read(&format!("/messages?limit=7&before={before}")).await;
        assert!(page.messages.len() <= 7);
        seen.extend(page.messages);
        let Some(next) = page.next else { break };
        before = next;
    }
    assert!(seen.windows(2).all(|pair| (pair[0].sent_at, pair[0].id) > (pair[1].sent_at, pair[1].id)));
    let mut ids: Vec<_> = seen.iter().map(|message| message.id).collect();
    ids.sort_unstable();
    want.sort_unstable();
    assert_eq!(ids, want);
}

#[tokio::test]
async fn search_and_state() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let offer = me.send(&backend, "Angebot für ÄRZTE 100%").await;
    backend.clock.advance(1);
    let plain = me.send(&backend, "plain_text").await;
    backend.clock.advance(1);
    me.send(&backend, "other").await;
    backend.clock.advance(60_000);
    backend.get(&me.pixel(offer)).await;
    backend.get(&me.link(plain, "https://example.org/")).await;
    me.detail_with(offer, 1).await;
    me.detail_with(plain, 1).await;
    backend.pass(30_000);
    until(async || (me.detail(plain).await.message.activity.clicks == 1).then_some(())).await;
    for (query, want) in [
        ("", vec!["other", "plain_text", "Angebot für ÄRZTE 100%"]),
        ("query=ärzte", vec!["Angebot für ÄRZTE 100%"]),
        ("query=ÄRZTE+ANGEBOT", vec!["Angebot für ÄRZTE 100%"]),
        ("query=ärzte+nope", vec![]),
        ("query=%25", vec!["Angebot für ÄRZTE 100%"]),
        ("query=_", vec!["plain_text"]),
        ("query=%27%22%3B--", vec![]),
        ("query=%00other", vec!["other"]),
        ("query=ANN%40example", vec!["other", "plain_text", "Angebot für ÄRZTE 100%"]),
        ("query=ångström", vec!["other", "plain_text", "Angebot für ÄRZTE 100%"]),
        ("state=opened", vec!["plain_text", "Angebot für ÄRZTE 100%"]),
        ("state=clicked", vec!["plain_text"]),
        ("state=unopened", vec!["other"]),
        ("state=opened&query=plain", vec!["plain_text"]),
        ("state=&query=&before=", vec!["other", "plain_text", "Angebot für ÄRZTE 100%"]),
        ("state=opened&limit=1", vec!["plain_text"]),
    ] {
        assert_eq!(me.subjects(query).await, want, "{query}");
    }
}

#[tokio::test]
async fn parameters_not_of_the_form() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for query in ["limit=0", "limit=101", "limit=x", "state=read", "before=x", "before=1-x", "before=%00", "query=%ff"] {
        let answer = me.get(&format!("/messages?{query}")).await;
        if query == "query=%ff" {
            assert!(answer.status() == 200 || answer.status() == 400);
        } else {
            expect_problem(answer, 400, problem::BAD_REQUEST).await;
        }
    }
}
