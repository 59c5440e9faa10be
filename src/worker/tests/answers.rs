//! Pairing, parting, and who may ask what.

use uuid::Uuid;
use waxwing_protocol::api::problem;
use waxwing_protocol::page::{
    Answer as Told, CachedList, Connection, Fault, Link, NotTracked, Policy, Status, TabHealth, ToWorker, WhyNot, key,
};

use super::{ACCOUNT, ask, ask_as, connection, from_gmail, message, paired, put, resume, stored};
use crate::chrome::http::HttpError;
use crate::chrome::storage::Values;
use crate::chrome::tabs::Tab;
use crate::worker::fake::{Answer, Fake, START};
use crate::worker::link::without_token;
use crate::worker::sender::Sender;
use crate::worker::stream::TICK;

fn connect(server: &str) -> ToWorker {
    ToWorker::Connect { server: server.to_owned(), code: "ABCD-EFGH".to_owned() }
}

fn status(fake: &Fake) -> Status {
    match ask(fake, &fake.worker(), ToWorker::Status) {
        Ok(Told::Status(status)) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pairing_sets_everything_up_and_parting_takes_it_down() {
    let fake = Fake::new();
    let worker = fake.worker();
    ask(&fake, &worker, ToWorker::SetPolicy { policy: Policy::Every, line: None }).expect("done");
    assert_eq!(ask(&fake, &worker, connect("localhost:8787")), Ok(Told::Done));
    let paired: Connection = stored(&fake, key::CONNECTION).expect("paired");
    assert_eq!((paired.server.as_str(), paired.paired_at), ("http://localhost:8787", START));
    let read_by_tabs = serde_json::to_string(&*fake.browser.local.values.borrow()).expect("plain");
    assert!(!read_by_tabs.contains("secret"), "content scripts read this storage");
    assert_eq!(*fake.browser.vault.values.borrow(), tokens([(1, "secret")]));
    let now = status(&fake);
    assert_eq!(now.connected.map(|connected| connected.server).as_deref(), Some("http://localhost:8787"));
    assert_eq!((now.link, now.policy, now.own_pixels_blocked), (Some(Link::Up { at: START }), Some(Policy::Every), true));
    let filters: Vec<String> = fake.browser.rules.borrow().iter().map(|rule| rule.condition.url_filter.clone()).collect();
    assert_eq!(filters, [format!("/o/{ACCOUNT}/")]);
    assert_eq!(fake.browser.server.open_streams(), 1);
    assert!(fake.alarm(TICK).is_some());

    // While the backend cannot be told nothing changes, unless that does not matter.
    fake.browser.server.answers("DELETE /devices", Answer::Fails(HttpError::Unreachable));
    assert_eq!(ask(&fake, &worker, ToWorker::Disconnect { anyway: false }), Err(Fault::Unreachable));
    assert!(status(&fake).connected.is_some());
    fake.browser.server.recovers();
    assert_eq!(ask(&fake, &worker, ToWorker::Disconnect { anyway: false }), Ok(Told::Done));
    let revoked = format!("DELETE /devices/{}", Uuid::from_u128(1));
    assert_eq!(fake.browser.server.calls_with("DELETE /devices"), [revoked.clone(), revoked]);
    let now = status(&fake);
    assert_eq!((now.connected, now.link, now.policy, now.own_pixels_blocked), (None, None, Some(Policy::Every), false));
    assert!(fake.browser.rules.borrow().is_empty());
    assert_eq!((fake.browser.server.open_streams(), fake.alarm(TICK)), (0, None));
    assert_eq!(stored::<CachedList>(&fake, key::CACHED_LIST), None);
    assert!(fake.browser.vault.values.borrow().is_empty());
    assert_eq!(ask(&fake, &worker, ToWorker::Devices), Err(Fault::NotConnected));
}

#[test]
fn a_pairing_that_fails_changes_nothing() {
    for (server, answer, fault) in [
        ("", None, Fault::BadAddress),
        ("https://me:pw@w.example", None, Fault::BadAddress),
        ("w.example", Some(Answer::Fails(HttpError::Unreachable)), Fault::Unreachable),
        ("w.example", Some(Answer::Problem(404, problem::CODE_UNKNOWN, None)), Fault::CodeUnknown),
        ("w.example", Some(Answer::Problem(410, problem::CODE_EXPIRED, None)), Fault::CodeExpired),
        ("w.example", Some(Answer::Body(200, "text/html", String::new())), Fault::NotWaxwing),
    ] {
        let fake = paired();
        let worker = fake.worker();
        if let Some(answer) = answer {
            fake.browser.server.answers("POST /pair", answer);
        }
        assert_eq!(ask(&fake, &worker, connect(server)), Err(fault), "{server}");
        assert_eq!(stored(&fake, key::CONNECTION), Some(connection()));
        assert_eq!(stored(&fake, key::LINK), Some(Link::Up { at: START }));
    }
}

fn tokens<const N: usize>(of: [(u128, &str); N]) -> Values {
    of.into_iter().map(|(device, token)| (Uuid::from_u128(device).to_string(), token.into())).collect()
}

/// Earlier versions kept it beside what Gmail's tab reads.
#[test]
fn a_token_that_content_scripts_could_read_is_moved_at_the_next_start_and_old_ones_go() {
    for steps in 0..40 {
        let fake = paired();
        put(&fake, key::CONNECTION, &connection());
        fake.browser.vault.values.borrow_mut().extend(tokens([(7, "of a pairing that is over")]));
        let beside = fake.worker();
        fake.run_for(steps, async move { beside.resume().await });
        let fake = fake.restarted();
        let worker = fake.worker();
        assert_eq!(fake.run(async move { worker.connection().await }), Some(Ok(Some(connection()))), "{steps}: never without");
        resume(&fake, &fake.worker());
        assert_eq!(stored(&fake, key::CONNECTION), Some(without_token(&connection())), "{steps}");
        assert_eq!(*fake.browser.vault.values.borrow(), tokens([(1, "secret")]), "{steps}");
    }
}

#[test]
fn a_token_that_is_lost_is_a_device_that_the_backend_refuses() {
    let fake = paired();
    put(&fake, key::CONNECTION, &without_token(&connection()));
    fake.browser.vault.values.borrow_mut().clear();
    let worker = fake.worker();
    let found = fake.run(async move { worker.connection().await });
    assert_eq!(found, Some(Ok(Some(without_token(&connection())))));
}

#[test]
fn an_account_id_that_would_block_more_than_pixels_is_not_believed() {
    let fake = Fake::new();
    let worker = fake.worker();
    let body = r#"{"account":{"id":"*","name":"x"},"device":"00000000-0000-0000-0000-000000000001","device_token":"t",
        "minting":{"tracking_url":"https://t.example","epoch":0,"mint_key":"a"},"capabilities":[]}"#;
    fake.browser.server.answers("POST /pair", Answer::Body(200, "application/json", body.to_owned()));
    assert_eq!(ask(&fake, &worker, connect("w.example")), Err(Fault::NotWaxwing));
    assert!(fake.browser.rules.borrow().is_empty());
}

#[test]
fn a_rule_that_was_lost_or_is_another_accounts_is_set_right() {
    let fake = paired();
    resume(&fake, &fake.worker());
    let right = fake.browser.rules.borrow().clone();
    fake.browser.rules.borrow_mut()[0].condition.url_filter = "/o/other123/".to_owned();
    assert!(!status(&fake).own_pixels_blocked);
    let fake = fake.restarted();
    resume(&fake, &fake.worker());
    assert_eq!(*fake.browser.rules.borrow(), right);
    assert!(status(&fake).own_pixels_blocked);
}

#[test]
fn strangers_and_content_scripts_are_kept_out() {
    let fake = paired();
    let worker = fake.worker();
    let refused = Err(Fault::Internal { detail: "not allowed".to_owned() });
    let stranger = Sender { id: Some("another".to_owned()), ..from_gmail() };
    assert_eq!(ask_as(&fake, &worker, stranger, ToWorker::Status), refused);
    for question in [ToWorker::Disconnect { anyway: false }, ToWorker::Devices, connect("evil.example"), ToWorker::Seen] {
        assert_eq!(ask_as(&fake, &worker, from_gmail(), question), refused);
    }
    assert_eq!(stored(&fake, key::CONNECTION), Some(connection()));
    assert!(fake.browser.server.calls.borrow().is_empty());
}

#[test]
fn the_health_of_closed_tabs_is_forgotten() {
    let fake = paired();
    let worker = fake.worker();
    *fake.browser.tabs.borrow_mut() = vec![Tab { id: Some(7), ..Tab::default() }];
    let health = TabHealth { path: "/mail/u/0".to_owned(), running: true, ..TabHealth::default() };
    ask_as(&fake, &worker, from_gmail(), ToWorker::TabHealth { health: health.clone() }).expect("done");
    assert_eq!(status(&fake).tabs, [health]);
    fake.browser.tabs.borrow_mut().clear();
    assert_eq!(status(&fake).tabs, []);
    assert!(fake.browser.session.names_with("tab:").is_empty());
}

#[test]
fn untracked_mails_are_kept_in_measure() {
    let fake = paired();
    let worker = fake.worker();
    for number in 0..210_u32 {
        let put = message(&"x".repeat(10_000), START + i64::from(number));
        let mail = NotTracked {
            id: uuid::Uuid::from_u128(number.into()),
            sent_at: put.sent_at,
            sender: put.sender,
            gmail: put.gmail,
            content: put.content,
            why: WhyNot::PlainText,
        };
        ask_as(&fake, &worker, from_gmail(), ToWorker::NotTracked { mail: mail.clone() }).expect("done");
        ask_as(&fake, &worker, from_gmail(), ToWorker::NotTracked { mail }).expect("done");
    }
    let kept: Vec<NotTracked> = stored(&fake, key::NOT_TRACKED).expect("kept");
    assert_eq!((kept.len(), kept[0].sent_at, kept[0].content.subject.len()), (200, START + 209, 500));
    ask(&fake, &worker, ToWorker::DismissNotTracked { id: kept[0].id }).expect("done");
    assert_eq!(stored::<Vec<NotTracked>>(&fake, key::NOT_TRACKED).map(|kept| kept.len()), Some(199));
}

#[test]
fn looking_takes_the_badge_away() {
    let fake = paired();
    let worker = fake.worker();
    put(&fake, key::UNSEEN, &120);
    resume(&fake, &worker);
    assert_eq!(*fake.browser.badge.borrow(), "99+");
    assert_eq!(status(&fake).unseen, 120);
    ask(&fake, &worker, ToWorker::Seen).expect("done");
    assert_eq!((fake.browser.badge.borrow().as_str(), status(&fake).unseen), ("", 0));
}

/// A page that forbids WASM: its mails are told when every mail was to be tracked, each once.
#[test]
fn mails_of_a_page_without_wasm_are_told() {
    let mut mail = vec![serde_json::Value::Null; 11];
    mail[0] = "msg-a:r1".into();
    mail[1] = serde_json::json!([1, "me@example.com", "Me"]);
    mail[7] = "Hello".into();
    mail[10] = serde_json::json!(["^pfg"]);
    let mut operation = vec![serde_json::Value::Null; 14];
    operation[13] = serde_json::json!([mail]);
    let body = serde_json::json!([null, [[[1, ["thread-a:r1", operation]]]]]).to_string();
    for (policy, expected) in [(None, 0), (Some(Policy::Ask), 0), (Some(Policy::Agreed), 0), (Some(Policy::Every), 1)] {
        let fake = paired();
        let worker = fake.worker();
        if let Some(policy) = policy {
            put(&fake, key::POLICY, &policy);
        }
        for _ in 0..2 {
            ask_as(&fake, &worker, from_gmail(), ToWorker::RawRequest { body: body.clone() }).expect("done");
        }
        let told: Vec<NotTracked> = stored(&fake, key::NOT_TRACKED).unwrap_or_default();
        assert_eq!(told.len(), expected, "{policy:?}");
        assert!(told.iter().all(|mail| mail.why == WhyNot::WasmForbidden && mail.content.subject == "Hello"));
    }
}
