//! `/hits/{id}/correction` and `/corrections`

use reqwest::{Method, Response};
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::store::rules::{Like, add_rule};
use waxwing_backend::store::sql;
use waxwing_protocol::api::{Claim, Correct, Corrected, CorrectionRule, Event, Label, MailState, problem};

use crate::support::{Browser, TestBackend, expect_problem, until};
use crate::visitors::{APPLE, CHROME, GMAIL, NOBODY, SCANNER, THUNDERBIRD, Visitor, behind_a_proxy, once, send_to};

const ACME: &[&str] = &["ann@acme.example"];

async fn try_correct(browser: &Browser, hit: impl std::fmt::Display, claim: Claim, alike: bool) -> Response {
    let call = browser.call(Method::POST, &format!("/hits/{hit}/correction"));
    call.json(&Correct { claim, alike }).send().await.unwrap()
}

async fn correct(browser: &Browser, hit: i64, claim: Claim, alike: bool) -> Corrected {
    let answer = try_correct(browser, hit, claim, alike).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn undo(browser: &Browser, hit: i64) {
    assert_eq!(browser.delete(&format!("/hits/{hit}/correction")).await.status(), 204);
}

async fn rules(browser: &Browser) -> Vec<CorrectionRule> {
    browser.read("/corrections").await
}

/// The number of the message's newest hit, once it has this many, all judged.
async fn newest(browser: &Browser, id: Uuid, hits: usize) -> i64 {
    let judged = once(browser, id, |detail| detail.hits.len() == hits && detail.hits.iter().all(|hit| hit.verdict.is_some()));
    judged.await.hits[0].id
}

/// A mail with an open of this visitor, and the open's number.
async fn opened_by(backend: &TestBackend, me: &Browser, to: &[&str], visitor: Visitor) -> (Uuid, i64) {
    let id = send_to(backend, me, to).await;
    backend.clock.advance(60_000);
    visitor.visit(backend, &me.pixel(id)).await;
    (id, newest(me, id, 1).await)
}

#[tokio::test]
async fn each_claim_counts_at_once_and_can_be_taken_back() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (id, hit) = opened_by(&backend, &me, ACME, SCANNER).await;
    assert_eq!(me.detail(id).await.message.activity.state, MailState::Machines);
    // The newer claim counts.
    for (claim, label, state, opens) in [
        (Claim::Person, Label::Human, MailState::Opened, 1),
        (Claim::Me, Label::Own, MailState::Unopened, 0),
        (Claim::Machine, Label::Scanner, MailState::Machines, 0),
        (Claim::Person, Label::Human, MailState::Opened, 1),
    ] {
        backend.clock.advance(1_000);
        let corrected = correct(&me, hit, claim, false).await.hit;
        assert_eq!((corrected.id, corrected.label()), (hit, Some(label)));
        let correction = corrected.correction.unwrap();
        assert_eq!((correction.claim, correction.at, correction.rule), (claim, backend.app.clock.now(), None));
        // What the rules say stays to be read.
        assert_eq!(corrected.verdict.unwrap().label, Label::Scanner);
        let activity = me.detail(id).await.message.activity;
        assert_eq!((activity.state, activity.opens), (state, opens), "{claim:?}");
    }
    assert_eq!(me.subjects("state=opened").await.len(), 1);
    for _ in 0..2 {
        undo(&me, hit).await;
        let detail = me.detail(id).await;
        assert_eq!((detail.hits[0].correction, detail.message.activity.state), (None, MailState::Machines));
    }
    assert!(me.subjects("state=opened").await.is_empty());
    assert!(rules(&me).await.is_empty());
}

#[tokio::test]
async fn other_devices_hear_of_it() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (id, hit) = opened_by(&backend, &me, ACME, SCANNER).await;
    let before = backend.app.store.event_span(me.account()).await.unwrap().newest;
    correct(&me, hit, Claim::Person, false).await;
    let told = until(async || {
        let events = backend.app.store.events_after(me.account(), before, 10).await.unwrap();
        events.into_iter().find_map(|numbered| match numbered.event {
            Event::Activity { message, activity, .. } => Some((message, activity.state)),
            _ => None,
        })
    });
    assert_eq!(told.await, (id, MailState::Opened));
}

#[tokio::test]
async fn apples_hit_that_was_a_person() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (id, hit) = opened_by(&backend, &me, ACME, APPLE).await;
    assert_eq!(me.detail(id).await.message.activity.state, MailState::Apple);
    let corrected = correct(&me, hit, Claim::Person, false).await;
    assert_eq!(corrected.alike, None, "everybody's Apple program looks the same");
    let activity = me.detail(id).await.message.activity;
    assert_eq!((activity.state, activity.apple_hits), (MailState::Opened, 0));
}

#[tokio::test]
async fn hits_alike_past_and_future_until_it_is_taken_back() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (past, _) = opened_by(&backend, &me, &["bob@acme.example"], THUNDERBIRD.from("198.51.100.99")).await;
    let (other_network, _) = opened_by(&backend, &me, ACME, THUNDERBIRD.from("203.0.113.7")).await;
    let (other_agent, _) = opened_by(&backend, &me, ACME, CHROME).await;
    let (other_domain, _) = opened_by(&backend, &me, &["ann@else.example"], THUNDERBIRD).await;
    let (id, hit) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;

    // First asked: the answer says what "like it" would mean.
    let alike = correct(&me, hit, Claim::Machine, false).await.alike.unwrap();
    assert_eq!((alike.network.as_str(), alike.agent.as_str()), ("198.51.100.0/24", "Thunderbird"));
    assert_eq!((alike.domain.as_str(), alike.hits), ("acme.example", 1));
    assert!(rules(&me).await.is_empty());
    assert_eq!(me.detail(past).await.hits[0].correction, None);

    let at = backend.app.clock.now();
    let corrected = correct(&me, hit, Claim::Machine, true).await;
    assert_eq!(corrected.hit.label(), Some(Label::Scanner));
    let listed = rules(&me).await;
    let [rule] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((rule.claim, rule.at, rule.network.as_str()), (Claim::Machine, at, "198.51.100.0/24"));
    assert_eq!((rule.agent.as_str(), rule.domain.as_str()), ("Thunderbird", "acme.example"));
    let rule = rule.id;
    let covered = |id: Uuid| once(&me, id, move |detail| detail.hits[0].correction.is_some_and(|said| said.rule == Some(rule)));
    let detail = covered(past).await;
    assert_eq!((detail.message.activity.state, detail.message.activity.opens), (MailState::Machines, 0));
    let future = send_to(&backend, &me, &["new@acme.example"]).await;
    backend.clock.advance(60_000);
    THUNDERBIRD.visit(&backend, &me.pixel(future)).await;
    newest(&me, future, 1).await;
    assert_eq!(covered(future).await.message.activity.opens, 0);
    for id in [other_network, other_agent, other_domain] {
        assert_eq!(me.detail(id).await.hits[0].correction, None);
        assert_eq!(me.detail(id).await.message.activity.opens, 1);
    }

    // What is said of a hit itself goes before.
    let own = me.detail(past).await.hits[0].id;
    backend.clock.advance(1_000);
    assert_eq!(correct(&me, own, Claim::Person, false).await.hit.label(), Some(Label::Human));
    undo(&me, own).await;
    assert_eq!(rules(&me).await.len(), 1, "only what was said of the hit was taken back");
    covered(past).await;

    assert_eq!(me.delete(&format!("/corrections/{rule}")).await.status(), 204);
    assert!(rules(&me).await.is_empty());
    for id in [past, future] {
        let detail = once(&me, id, |detail| detail.hits[0].correction.is_none()).await;
        assert_eq!(detail.message.activity.opens, 1);
    }
    // The hit that was corrected by itself keeps that.
    assert_eq!(me.detail(id).await.hits[0].label(), Some(Label::Scanner));
    expect_problem(me.delete(&format!("/corrections/{rule}")).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn a_rule_that_goes_while_it_is_judged_by_leaves_nothing_behind() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (id, hit) = opened_by(&backend, &me, ACME, CHROME).await;
    backend.pass(60_000);
    let store = &backend.app.store;
    until(async || store.next_due().await.unwrap().is_none().then_some(())).await;
    let like = Like { network: "198.51.100.0/24", agent: "Chrome, Windows", domain: "acme.example" };
    let mut tx = store.write().await.unwrap();
    add_rule(&mut tx, me.account(), Claim::Me, like, backend.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.write().await.unwrap();
    let judging = {
        let (app, key) = (std::sync::Arc::clone(&backend.app), (id, me.account()));
        tokio::spawn(async move { app.judging.judge(&[key]).await })
    };
    // Until it has read all it needs and waits for the database.
    until(async || backend.app.judging.is_folding().then_some(())).await;
    sql::query("DELETE FROM correction_rules").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    judging.await.unwrap().unwrap();
    let left: Option<i64> =
        sql::query_scalar("SELECT rule FROM message_hits WHERE hit = $1").bind(hit).fetch_one(store.writer()).await.unwrap();
    assert_eq!(left, None);
    let activity = me.detail(id).await.message.activity;
    assert_eq!((activity.opens, activity.own_hits), (1, 0));
}

#[tokio::test]
async fn undoing_what_was_said_of_hits_alike() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (first, other) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;
    let (second, hit) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;
    // At the hit that it was said of, or at another one under it: both take all of it back.
    for at in [hit, other] {
        correct(&me, hit, Claim::Me, true).await;
        once(&me, first, |detail| detail.hits[0].label() == Some(Label::Own)).await;
        undo(&me, at).await;
        assert!(rules(&me).await.is_empty());
        once(&me, first, |detail| detail.hits[0].correction.is_none()).await;
        // What was said of the hit itself is its own.
        let left = me.detail(second).await.hits[0].correction.map(|said| said.rule);
        assert_eq!(left, (at == other).then_some(None));
        undo(&me, hit).await;
        assert_eq!(me.detail(second).await.hits[0].correction, None);
    }
    // The opposite claim takes the place of the older one.
    for claim in [Claim::Me, Claim::Machine, Claim::Machine] {
        correct(&me, hit, claim, true).await;
        let listed = rules(&me).await;
        assert_eq!(listed.iter().map(|rule| rule.claim).collect::<Vec<_>>(), [claim]);
    }
}

#[tokio::test]
async fn what_others_share_is_corrected_alone() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (_, proxy) = opened_by(&backend, &me, ACME, GMAIL).await;
    let (_, apple) = opened_by(&backend, &me, ACME, APPLE).await;
    let (_, nameless) = opened_by(&backend, &me, ACME, NOBODY).await;
    let (_, several) = opened_by(&backend, &me, &["ann@acme.example", "bob@else.example"], THUNDERBIRD).await;
    let (_, none) = opened_by(&backend, &me, &[], THUNDERBIRD).await;
    let (_, shortened) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;
    sql::query("UPDATE hits SET address = '198.51.100.0/24' WHERE id = $1")
        .bind(shortened)
        .execute(backend.app.store.writer())
        .await
        .unwrap();
    for hit in [proxy, apple, nameless, several, none, shortened] {
        let problem = expect_problem(try_correct(&me, hit, Claim::Me, true).await, 400, problem::BAD_REQUEST).await;
        assert!(problem.detail.unwrap().ends_with("correct the hit alone"));
        // Nothing was corrected by that.
        let corrected = correct(&me, hit, Claim::Machine, false).await;
        assert_eq!((corrected.alike, corrected.hit.label()), (None, Some(Label::Scanner)));
        undo(&me, hit).await;
    }
    assert!(rules(&me).await.is_empty());
}

#[tokio::test]
async fn unknown_gone_unregistered_and_anothers() {
    let backend = behind_a_proxy().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let (id, hit) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;
    let unregistered = backend.uuid();
    THUNDERBIRD.visit(&backend, &me.pixel(unregistered)).await;
    correct(&me, hit, Claim::Machine, true).await;
    let rule = rules(&me).await[0].id;
    for (who, hit) in [
        (&ann, hit.to_string()),
        (&me, "0".to_owned()),
        (&me, "-1".to_owned()),
        (&me, (hit + 1).to_string()),
        (&me, i64::MAX.to_string()),
        (&me, "99999999999999999999".to_owned()),
        (&me, "x".to_owned()),
    ] {
        expect_problem(try_correct(who, &hit, Claim::Me, false).await, 404, problem::NOT_FOUND).await;
        expect_problem(who.delete(&format!("/hits/{hit}/correction")).await, 404, problem::NOT_FOUND).await;
    }
    assert!(rules(&ann).await.is_empty());
    for (who, rule) in [(&ann, rule.to_string()), (&me, (rule + 1).to_string()), (&me, "x".to_owned())] {
        expect_problem(who.delete(&format!("/corrections/{rule}")).await, 404, problem::NOT_FOUND).await;
    }
    assert_eq!(me.detail(id).await.hits[0].label(), Some(Label::Scanner), "nobody else's word counts");
    me.delete(&format!("/messages/{id}")).await;
    expect_problem(try_correct(&me, hit, Claim::Me, false).await, 404, problem::NOT_FOUND).await;
    expect_problem(me.delete(&format!("/hits/{hit}/correction")).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn not_of_the_form() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let (_, hit) = opened_by(&backend, &me, ACME, THUNDERBIRD).await;
    let call = || me.call(Method::POST, &format!("/hits/{hit}/correction"));
    for body in
        [json!({}), json!({ "claim": "you" }), json!({ "claim": 1 }), json!({ "claim": "me", "alike": "yes" }), json!([])]
    {
        expect_problem(call().json(&body).send().await.unwrap(), 400, problem::BAD_REQUEST).await;
    }
    assert_eq!(call().send().await.unwrap().status(), 415);
    let answer = call().json(&json!({ "claim": "me", "more": "x".repeat(5_000) })).send().await.unwrap();
    expect_problem(answer, 413, problem::TOO_LARGE).await;
    for path in [format!("/hits/{hit}/correction"), "/corrections/1".to_owned()] {
        let stranger = backend.client.delete(format!("{}/api/v1{path}", backend.url)).send().await.unwrap();
        expect_problem(stranger, 401, problem::UNAUTHORIZED).await;
    }
}
