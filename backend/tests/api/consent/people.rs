//! `GET /consent`, `/consent/policy`, `/consent/people`.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::api::{
    ConsentRule, ConsentSettings, ConsentSnapshot, ConsentSource, ConsentState, Kinds, PeopleChanged, PeoplePage, Policy,
    RuleOf, Tracks, problem,
};

use crate::support::{Browser, TestBackend, expect_problem, message, recipient};

async fn put(browser: &Browser, path: &str, body: &Value) -> Response {
    browser.call(Method::PUT, path).json(body).send().await.unwrap()
}

async fn say(browser: &Browser, people: Value) -> PeopleChanged {
    let answer = put(browser, "/consent/people", &json!({ "people": people })).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn the_choice_is_one_for_all_devices() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    assert_eq!(me.read::<ConsentSettings>("/consent/policy").await, ConsentSettings::default());
    let chosen = json!({
        "policy": "every", "days": 30, "line": true, "line_text": "See what is tracked",
        "rules": [{ "of": { "domain": "@MÜNCHEN.example" }, "policy": "agreed" }, { "of": { "country": "de" }, "policy": "ask" }],
        "countries": [{ "domain": "Acme.com", "country": "fr" }],
    });
    for _ in 0..2 {
        assert_eq!(put(&me, "/consent/policy", &chosen).await.status(), 204);
    }
    let events = backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    assert_eq!(events.len(), 1, "twice the same is told once");
    let found: ConsentSettings = me.read("/consent/policy").await;
    assert_eq!((found.policy, found.days), (Some(Policy::Every), 30));
    let rule = |of, policy| ConsentRule { of, policy };
    let expected = [
        rule(RuleOf::Domain("xn--mnchen-3ya.example".to_owned()), Policy::Agreed),
        rule(RuleOf::Country("DE".to_owned()), Policy::Ask),
    ];
    assert_eq!(found.rules, expected);
    assert_eq!((found.countries[0].domain.as_str(), found.countries[0].country.as_str()), ("acme.com", "FR"));
    assert_eq!(me.read::<ConsentSnapshot>("/consent").await.settings, found);
    assert_eq!(ann.read::<ConsentSettings>("/consent/policy").await, ConsentSettings::default());

    for wrong in [
        json!({ "days": 0, "line": true }),
        json!({ "days": 366, "line": true }),
        json!({ "days": -1, "line": true }),
        json!({ "line": true }),
        json!({ "days": 9, "line": true, "policy": "all" }),
        json!({ "days": 9, "line": true, "rules": [{ "of": { "domain": "a b" }, "policy": "ask" }] }),
        json!({ "days": 9, "line": true, "rules": [{ "of": { "country": "FRA" }, "policy": "ask" }] }),
        json!({ "days": 9, "line": true, "countries": [{ "domain": "", "country": "FR" }] }),
        json!([]),
    ] {
        expect_problem(put(&me, "/consent/policy", &wrong).await, 400, problem::BAD_REQUEST).await;
    }
    let large = json!({ "days": 9, "line": true, "line_text": "x".repeat(300_000) });
    expect_problem(put(&me, "/consent/policy", &large).await, 413, problem::TOO_LARGE).await;
    assert_eq!(me.read::<ConsentSettings>("/consent/policy").await, found);
    for path in ["/consent", "/consent/policy", "/consent/people"] {
        let stranger = backend.client.get(format!("{}/api/v1{path}", backend.url));
        expect_problem(stranger.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
    }
}

#[tokio::test]
async fn what_the_user_says_stops_and_frees_messages() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let id = me.send(&backend, "s").await;
    let theirs = ann.send(&backend, "t").await;
    let changed = say(&me, json!([{ "address": "ANN+x@Example.org", "opens": "refused", "note": "by phone" }])).await;
    assert_eq!((changed.people[0].address.as_str(), changed.people[0].opens), ("ann+x@example.org", ConsentState::Refused));
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds { opens: true, clicks: false });
    backend.get(&me.pixel(id)).await;
    backend.get(&ann.pixel(theirs)).await;
    assert_eq!(backend.hits().await.len(), 1, "another account's mail to the same person is another matter");
    // A mail that is registered later is stopped too.
    let later = me.send(&backend, "later").await;
    backend.get(&me.pixel(later)).await;
    assert_eq!(backend.hits().await.len(), 1);
    // One recipient of several ends it for the mail.
    let several = backend.uuid();
    let mut put = message("several", backend.clock.now());
    put.content.recipients = vec![recipient("bob@example.org", None), recipient("Ann@Example.org", None)];
    me.put(several, &put).await;
    assert!(me.detail(several).await.message.tracking.refused.opens);
    // Taken back by the user: it was the user's own word.
    let changed = say(&me, json!([{ "address": "ann+x@example.org", "opens": "agreed" }])).await;
    assert!(changed.kept.is_empty());
    for message in [id, later, several] {
        assert_eq!(me.detail(message).await.message.tracking.refused, Kinds::NONE);
    }
    let page: PeoplePage = me.read("/consent/people?query=ANN").await;
    let proof = &page.people[0].proof;
    assert_eq!(proof.len(), 2);
    assert_eq!(
        (proof[1].state, proof[1].source, proof[1].note.as_deref()),
        (ConsentState::Refused, ConsentSource::User, Some("by phone"))
    );
    assert!(me.read::<PeoplePage>("/consent/people?query=%25").await.people.is_empty());
    assert!(ann.read::<PeoplePage>("/consent/people").await.people.is_empty());
}

#[tokio::test]
async fn browsers_hold_what_changed() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let first: ConsentSnapshot = me.read("/consent").await;
    assert!(first.reset && first.people.is_empty() && first.next == 0);
    let people: Vec<_> = (0..7).map(|n| json!({ "address": format!("p{n}@example.org"), "clicks": "agreed" })).collect();
    say(&me, json!(people)).await;
    let all: ConsentSnapshot = me.read("/consent?since=0").await;
    assert_eq!((all.people.len(), all.reset, all.more), (7, false, false));
    assert!(me.read::<ConsentSnapshot>(&format!("/consent?since={}", all.next)).await.people.is_empty());
    say(&me, json!([{ "address": "p3@example.org", "opens": "refused" }])).await;
    let new: ConsentSnapshot = me.read(&format!("/consent?since={}", all.next)).await;
    assert_eq!(new.people.iter().map(|person| person.address.as_str()).collect::<Vec<_>>(), ["p3@example.org"]);
    assert_eq!((new.people[0].opens, new.people[0].clicks), (ConsentState::Refused, ConsentState::Agreed));
    // A number from elsewhere: all anew.
    let reset: ConsentSnapshot = me.read("/consent?since=999999").await;
    assert!(reset.reset && reset.people.len() == 7);
    // In pages, latest change first.
    let mut found = Vec::new();
    let mut path = "/consent/people?limit=3".to_owned();
    loop {
        let page: PeoplePage = me.read(&path).await;
        found.extend(page.people.into_iter().map(|person| person.person.address));
        let Some(next) = page.next else { break };
        path = format!("/consent/people?limit=3&before={next}");
    }
    assert_eq!((found.len(), found[0].as_str()), (7, "p3@example.org"));
    for query in ["limit=0", "limit=101", "before=x", "before=-1"] {
        expect_problem(me.get(&format!("/consent/people?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    expect_problem(me.get("/consent?since=x").await, 400, problem::BAD_REQUEST).await;
    for wrong in [
        json!({ "people": [{ "address": "nobody" }] }),
        json!({ "people": [{ "address": "a@b.example" }, { "address": "A@B.example" }] }),
        json!({ "people": [{ "address": "a@b.example", "opens": "maybe" }] }),
        json!({ "people": vec![json!({ "address": "a@b.example" }); 1_001] }),
        json!({}),
    ] {
        expect_problem(put(&me, "/consent/people", &wrong).await, 400, problem::BAD_REQUEST).await;
    }
}

#[tokio::test]
async fn who_was_asked_is_known() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut put = message("s", backend.clock.now());
    put.tracks = Tracks { asked: true, clicks: false, ..Tracks::default() };
    let id = backend.uuid();
    assert_eq!(me.put(id, &put).await.status(), 204);
    let known: ConsentSnapshot = me.read("/consent?since=0").await;
    assert_eq!(known.people[0].address, "ann@example.org");
    assert_eq!(known.people[0].asked_at, Some(backend.clock.now()));
    assert_eq!(me.detail(id).await.message.tracking.tracks, Kinds { opens: true, clicks: false });
    // The same registration again asks nobody anew.
    backend.clock.advance(1_000);
    assert_eq!(me.put(id, &put).await.status(), 204);
    assert!(me.read::<ConsentSnapshot>(&format!("/consent?since={}", known.next)).await.people.is_empty());
}
