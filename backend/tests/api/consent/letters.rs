//! What holds for all mails to an address is confirmed by a mail to it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::json;
use waxwing_backend::clock::Clock as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSnapshot, ConsentSource, ConsentState, Kinds, PeopleChanged, PeoplePage};

use super::{open, page_of, post, text};
use crate::scheduled::postbox::Postbox;
use crate::support::{Browser, TestBackend, message, recipient, until};

const DAY: Millis = 24 * 60 * 60 * 1_000;

async fn ask(backend: &TestBackend, url: &str, address: &str) -> String {
    let (_, proof) = open(backend, url).await;
    text(post(backend, url, &[("page", &proof), ("do", "letter"), ("address", address)]).await, StatusCode::OK).await
}

/// The link in the newest of so many mails that were sent.
async fn link(postbox: &Arc<Postbox>, count: usize) -> String {
    let mail = until(async || Some(postbox.sent()).filter(|sent| sent.len() == count)).await.pop().unwrap();
    assert_eq!(mail.recipients, ["ann@example.org"]);
    let raw = String::from_utf8(mail.raw.to_vec()).unwrap();
    let (_, body) = raw.split_once("\r\n\r\n").unwrap();
    let text = String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap();
    text.lines().find(|line| line.starts_with("http")).unwrap().to_owned()
}

async fn known(browser: &Browser) -> Vec<(String, ConsentState, ConsentState)> {
    let known: ConsentSnapshot = browser.read("/consent?since=0").await;
    known.people.into_iter().map(|person| (person.address, person.opens, person.clicks)).collect()
}

#[tokio::test]
async fn a_refusal_for_all_mails_is_confirmed_and_stands() {
    let backend = TestBackend::start().await;
    let (me, bob) = (backend.browser("me").await, backend.browser("bob").await);
    let bobs = bob.send(&backend, "t").await;
    let (id, other) = (me.send(&backend, "s").await, me.send(&backend, "other").await);
    let url = page_of(&me, id);
    assert!(ask(&backend, &url, "ann@example.org").await.contains("cannot send mails"));
    let (_, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    assert!(ask(&backend, &url, "nobody").await.contains("not a mail address"));
    // A stranger's address: the same words, and no mail.
    let stranger = ask(&backend, &url, "eve@evil.example").await;
    let own = ask(&backend, &url, "ANN+spam@example.org").await;
    let words = |html: &str| html[html.find("role=\"status\"").unwrap()..].split("</div>").next().unwrap().to_owned();
    assert_eq!(words(&stranger), words(&own));
    // The mail goes where the first one went, and not to another form, which may be somebody else's.
    link(&postbox, 1).await;
    backend.clock.advance(DAY);
    ask(&backend, &url, "Ann@Example.org").await;
    let page = link(&postbox, 2).await;
    // Once a day.
    ask(&backend, &url, "ann@example.org").await;
    assert_eq!(known(&me).await, [], "nothing is known until it is confirmed");

    let html = text(backend.get(&page).await, StatusCode::OK).await;
    assert!(html.contains("ann@example.org") && html.contains("me@example.org"), "{html}");
    assert_eq!(known(&me).await, [], "a GET changes nothing");
    assert_eq!(post(&backend, &page, &[("do", "x")]).await.status(), 400);
    for _ in 0..2 {
        let html = text(post(&backend, &page, &[("do", "refuse both"), ("for", "one")]).await, StatusCode::OK).await;
        assert!(html.contains("Neither opens nor links are recorded"), "{html}");
    }
    assert_eq!(known(&me).await, [("ann@example.org".to_owned(), ConsentState::Refused, ConsentState::Refused)]);
    for message in [id, other] {
        assert_eq!(me.detail(message).await.message.tracking.refused, Kinds::ALL);
        backend.get(&me.pixel(message)).await;
    }
    assert_eq!(backend.hits().await.len(), 0);
    let people: PeoplePage = me.read("/consent/people").await;
    let proof = &people.people[0].proof;
    assert_eq!(proof.len(), 1, "twice is once");
    assert_eq!((proof[0].source, proof[0].message), (ConsentSource::Mail, Some(id)));
    assert!(proof[0].shown.as_deref().is_some_and(|shown| shown.contains("Record nothing")), "{proof:?}");

    // The user's word does not undo it.
    let said = json!({ "people": [{ "address": "ann+spam@example.org", "opens": "agreed", "clicks": "unknown" }] });
    let answer = me.call(Method::PUT, "/consent/people").json(&said).send().await.unwrap();
    let changed: PeopleChanged = answer.json().await.unwrap();
    assert_eq!(changed.kept, ["ann+spam@example.org"]);
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
    // Nor does the code: it left through the user's own mailbox, who can read it there. And it is for this sender alone.
    assert_eq!(post(&backend, &page, &[("do", "agree"), ("for", "one")]).await.status(), 400);
    text(post(&backend, &page, &[("do", "refuse opens"), ("for", "all")]).await, StatusCode::OK).await;
    assert_eq!(known(&me).await, [("ann@example.org".to_owned(), ConsentState::Refused, ConsentState::Refused)]);
    assert_eq!(me.detail(other).await.message.tracking.refused, Kinds::ALL);
    assert_eq!(known(&bob).await, []);
    assert_eq!(bob.detail(bobs).await.message.tracking.refused, Kinds::NONE, "nobody else's mails");
    // The page is good for a week.
    backend.clock.advance(7 * DAY);
    assert_eq!(post(&backend, &page, &[("do", "refuse both")]).await.status(), 404);
    assert_eq!(backend.get(&format!("{}x", &page[..page.len() - 1])).await.status(), 404);
    assert_eq!(postbox.sent().len(), 2);
}

#[tokio::test]
async fn nothing_leaves_through_the_mailbox_of_an_account_that_is_not_used() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (_, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    let id = me.send(&backend, "s").await;
    let url = page_of(&me, id);
    for (restricted, sent) in [(true, 0), (false, 1)] {
        let call = me.call(Method::PUT, "/account/restriction").json(&json!({ "restricted": restricted }));
        assert!(call.send().await.unwrap().status().is_success());
        let html = ask(&backend, &url, "ann@example.org").await;
        assert_eq!(html.contains("cannot send mails"), restricted, "{html}");
        until(async || (postbox.sent().len() == sent).then_some(())).await;
        // The choice for this one mail stays.
        let (_, proof) = open(&backend, &url).await;
        let form = [("page", proof.as_str()), ("do", "refuse"), ("keep", if restricted { "clicks" } else { "none" })];
        text(post(&backend, &url, &form).await, StatusCode::OK).await;
    }
    assert_eq!(me.detail(id).await.message.tracking.refused, Kinds::ALL);
}

/// A mail to `count` people, of its own address book.
async fn to_many(backend: &TestBackend, me: &Browser, mail: usize, count: usize) -> String {
    let id = backend.uuid();
    let mut put = message("s", backend.clock.now());
    put.content.recipients = (0..count).map(|n| recipient(&format!("p{n}@m{mail}.example"), None)).collect();
    assert_eq!(me.put(id, &put).await.status(), 204);
    page_of(me, id)
}

/// Asks for so many that this many more are sent, and for one that the next day lets through, which shows that no more are on their way.
#[tokio::test]
async fn twenty_mails_a_day_five_of_them_for_one_mail() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (_, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    for mail in 0..5 {
        let url = to_many(&backend, &me, mail, 7).await;
        for n in 0..7 {
            ask(&backend, &url, &format!("p{n}@m{mail}.example")).await;
            // One after the other, so that it is the last two that are too many.
            let wanted = (mail * 5 + n.min(4) + 1).min(20);
            until(async || (postbox.sent().len() >= wanted).then_some(())).await;
        }
    }
    let url = to_many(&backend, &me, 9, 1).await;
    backend.clock.advance(DAY + 1);
    ask(&backend, &url, "p0@m9.example").await;
    until(async || (postbox.sent().len() >= 21).then_some(())).await;
    let sent = postbox.sent();
    assert_eq!(sent.len(), 21);
    for mail in 0..4 {
        let domain = format!("@m{mail}.example");
        let of_mail: Vec<_> = sent.iter().filter(|sent| sent.recipients[0].ends_with(&domain)).collect();
        assert_eq!(of_mail.len(), 5, "{domain}");
        assert!(of_mail.iter().all(|sent| !matches!(&sent.recipients[0][..2], "p5" | "p6")), "{domain}");
    }
}

/// To nobody but the addresses of the mail, to the letter, and through no mailbox but the one that it left from.
#[tokio::test]
async fn letters_go_where_the_mail_went_and_from_where_it_came() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (_, other) = Postbox::connect(&backend, &me, "other@example.org").await;
    let id = backend.uuid();
    let mut put = message("s", backend.clock.now());
    // A header would be written without the angle brackets, and lead to somebody else.
    put.content.recipients = vec![recipient("\"a<n>n\"@example.org", None), recipient("ann@example.org", None)];
    assert_eq!(me.put(id, &put).await.status(), 204);
    let url = page_of(&me, id);
    assert!(ask(&backend, &url, "ann@example.org").await.contains("cannot send mails"), "not from another mailbox");
    let (_, postbox) = Postbox::connect(&backend, &me, "me@example.org").await;
    ask(&backend, &url, "\"a<n>n\"@example.org").await;
    ask(&backend, &url, "ann@example.org").await;
    link(&postbox, 1).await;
    assert_eq!(other.sent().len(), 0);
}
