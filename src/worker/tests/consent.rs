//! The copy of what recipients said: asked for when it changed, and the user's choice on all devices.

use serde_json::{Value, json};
use waxwing_protocol::api::{ConsentState, Event, Kinds, PutPeople, PutPerson};
use waxwing_protocol::page::{Answer as Said, Connection, Fault, HeldConsent, HeldLine, LineChoice, Policy, ToWorker, key};

use super::{Fake, START, Worker, ask, connection, frame, paired, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::worker::fake::Answer;
use std::rc::Rc;

fn snapshot(policy: Option<&str>, people: &Value, next: i64) -> Answer {
    let settings = json!({"policy": policy, "rules": [], "countries": [], "days": 90, "line": true});
    let body = json!({"settings": settings, "people": people, "next": next});
    Answer::Body(200, "application/json", body.to_string())
}

/// Paired with a backend that knows consent and says this when it is asked from the beginning.
fn knowing(first: Answer) -> (Fake, Rc<Worker<Fake>>) {
    let fake = paired();
    let capabilities = ["tracking", "events", "consent"].map(str::to_owned).to_vec();
    put(&fake, key::CONNECTION, &Connection { capabilities, ..connection() });
    fake.browser.server.consent.set(true);
    fake.browser.server.answers("GET /consent?since=0", first);
    fake.browser.server.answers("PUT /consent/policy", Answer::Body(204, "", String::new()));
    let worker = fake.worker();
    (fake, worker)
}

fn held(fake: &Fake) -> HeldConsent {
    stored(fake, key::CONSENT).expect("it was asked for")
}

#[test]
fn a_refusal_reaches_the_send_gate() {
    let people = json!([
        {"address": "no+x@a.example", "opens": "refused", "at": 1},
        {"address": "yes@a.example", "opens": "agreed", "clicks": "agreed", "at": 2},
        {"address": "half@a.example", "opens": "agreed", "at": 3},
    ]);
    let (fake, worker) = knowing(snapshot(Some("every"), &people, 3));
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    let now = held(&fake);
    assert_eq!(now.refused_opens.iter().collect::<Vec<_>>(), ["no@a.example"]);
    assert_eq!(now.agreed.iter().collect::<Vec<_>>(), ["yes@a.example"]);
    assert_eq!(now.agreed_opens.iter().collect::<Vec<_>>(), ["half@a.example"]);
    // The refusal was at 1: six months are over.
    assert!(now.refused.is_empty() && now.unasked.is_empty() && now.line.is_none());
    assert_eq!(stored(&fake, key::POLICY), Some(Policy::Every));

    // One takes it back, another refuses: only what changed is asked for.
    let people = json!([
        {"address": "no+x@a.example", "at": 4},
        {"address": "yes@a.example", "opens": "agreed", "clicks": "refused", "at": START},
    ]);
    fake.browser.server.answers("GET /consent?since=3", snapshot(Some("every"), &people, 5));
    let refused = Kinds { opens: false, clicks: true };
    let event = Event::Refused { message: None, address: Some("yes@a.example".to_owned()), refused, at: START };
    fake.browser.server.says(&frame(5, &event));
    fake.idle();
    let now = held(&fake);
    assert_eq!(now.refused_clicks.iter().collect::<Vec<_>>(), ["yes@a.example"]);
    assert_eq!(now.unasked, now.refused_clicks, "not asked again yet");
    assert!(now.agreed.is_empty() && now.refused_opens.is_empty());
    assert_eq!(now.agreed_opens.len(), 2);

    // All is to be loaded anew, since somebody was erased.
    let people = json!([{"address": "half@a.example", "opens": "agreed", "at": 3}]);
    fake.browser.server.answers("GET /consent?since=0", snapshot(Some("every"), &people, 9));
    fake.browser.server.says(&frame(6, &Event::Reset));
    fake.idle();
    let now = held(&fake);
    assert_eq!((now.agreed_opens.len(), now.refused_clicks.len()), (1, 0));
    let people: Value = stored(&fake, key::CONSENT_PEOPLE).expect("it was asked for");
    assert!(!people.to_string().contains("yes@a.example"), "{people}");

    // Nothing of it outlives the pairing.
    ask(&fake, &worker, ToWorker::Disconnect { anyway: false }).expect("done");
    assert_eq!(stored::<HeldConsent>(&fake, key::CONSENT), None);
}

#[test]
fn a_choice_made_while_the_backend_is_away_is_told_later() {
    let (fake, worker) = knowing(snapshot(Some("every"), &json!([]), 0));
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    ask(&fake, &worker, ToWorker::SetPolicy { policy: Policy::Agreed, line: None }).expect("kept");
    fake.idle();
    assert_eq!(stored(&fake, key::POLICY), Some(Policy::Agreed));

    fake.browser.server.instead.borrow_mut().remove(0);
    fake.browser.server.calls.borrow_mut().clear();
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    assert_eq!(fake.browser.server.calls_with("PUT /consent/policy").len(), 1);
    assert_eq!((stored(&fake, key::POLICY), held(&fake).settings.policy), (Some(Policy::Agreed), Some(Policy::Agreed)));

    // Later another device's choice holds here too.
    fake.browser.server.answers("GET /consent?since=0", snapshot(Some("ask"), &json!([]), 0));
    fake.browser.server.says(&frame(5, &Event::Consent));
    fake.idle();
    assert_eq!(stored(&fake, key::POLICY), Some(Policy::Ask));
}

#[test]
fn the_line_is_what_was_shown_and_on_when_it_was_chosen() {
    let (fake, worker) = knowing(snapshot(Some("every"), &json!([]), 0));
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    let line = LineChoice { on: true, words: "Seen. {link:Refuse}.".to_owned() };
    ask(&fake, &worker, ToWorker::SetPolicy { policy: Policy::Every, line: Some(line) }).expect("kept");
    fake.idle();
    fake.browser.server.instead.borrow_mut().remove(0);
    resume(&fake, &worker);
    fake.browser.server.says("id: 4\n\n");
    fake.idle();
    let told = fake.browser.server.calls_with("PUT /consent/policy");
    assert_eq!(told.len(), 1);
    let expected = HeldLine { before: "Seen. ".to_owned(), link: "Refuse".to_owned(), after: ".".to_owned() };
    assert_eq!(held(&fake).line, Some(expected));
    assert_eq!(stored::<LineChoice>(&fake, key::LINE_UNSENT), None, "told");

    // Switched off on another device.
    let settings = json!({"policy": "every", "days": 90, "line": false, "line_text": "Seen. {link:Refuse}."});
    let body = json!({"settings": settings, "people": [], "next": 0});
    fake.browser.server.answers("GET /consent?since=0", Answer::Body(200, "application/json", body.to_string()));
    fake.browser.server.says(&frame(5, &Event::Consent));
    fake.idle();
    assert_eq!(held(&fake).line, None);
}

#[test]
fn choices_and_people_are_the_backends() {
    let (fake, worker) = knowing(snapshot(Some("every"), &json!([]), 0));
    let settings = json!({"policy": "every", "rules": [], "countries": [], "days": 30, "line": false});
    fake.browser.server.answers("GET /consent/policy", Answer::Body(200, "application/json", settings.to_string()));
    let Ok(Said::Consent { mut settings }) = ask(&fake, &worker, ToWorker::Consent) else { panic!("no choice") };
    assert_eq!(settings.days, 30);
    settings.days = 31;
    ask(&fake, &worker, ToWorker::SetConsent { settings }).expect("told");
    assert!(fake.browser.server.bodies.borrow().iter().any(|body| body.contains("\"days\":31")));

    let page = json!({"people": [{"address": "a@x.example", "opens": "agreed", "at": 1, "proof": []}], "next": "7"});
    let path = "GET /consent/people?limit=50&query=a%40x&before=9";
    fake.browser.server.answers(path, Answer::Body(200, "application/json", page.to_string()));
    let asked = ToWorker::People { query: "a@x".to_owned(), before: Some("9".to_owned()) };
    let Ok(Said::People { page }) = ask(&fake, &worker, asked) else { panic!("no people") };
    assert_eq!((page.people.len(), page.next.as_deref()), (1, Some("7")));

    let person = PutPerson { address: "a@x.example".to_owned(), opens: Some(ConsentState::Agreed), clicks: None, note: None };
    let changed = json!({"people": [], "kept": ["a@x.example"]});
    fake.browser.server.answers("PUT /consent/people", Answer::Body(200, "application/json", changed.to_string()));
    let put = PutPeople { people: vec![person], import: false };
    let Ok(Said::PeopleChanged { changed }) = ask(&fake, &worker, ToWorker::SetPeople { put }) else { panic!("not said") };
    assert_eq!(changed.kept, ["a@x.example"]);

    // Without a backend nothing is made up.
    fake.browser.server.answers("", Answer::Fails(HttpError::Unreachable));
    let fault = ask(&fake, &worker, ToWorker::Consent);
    assert_eq!(fault, Err(Fault::Unreachable));
}
