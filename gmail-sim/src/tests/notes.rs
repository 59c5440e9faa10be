//! Mails from outside as bytes, and notes that bring a conversation to the top of the inbox.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Value, json};

use super::api::Api;
use super::{ANA, MARA, START, Sim};
use crate::delivery::RawIncoming;

fn from_outside(spam: bool) -> RawIncoming {
    RawIncoming { address: MARA.to_owned(), at: None, read: false, spam }
}

#[test]
fn a_mail_as_bytes_goes_where_its_subject_and_references_say() {
    let sim = Sim::new();
    let mut world = sim.app.world();
    let mut arrive = |text: &str, spam: bool| {
        let (address, id) = world.incoming_raw(&from_outside(spam), text.as_bytes(), START).unwrap();
        world.message(&address, &id).unwrap().clone()
    };
    let first = arrive("From: Ana <ana@quinta.example>\r\nSubject: Dates\r\nMessage-ID: <1@x>\r\n\r\nHi", false);
    let reply = arrive("From: ana@quinta.example\r\nSubject: AW: Re: dates\r\nReferences: <0@x> <1@x>\r\n\r\nHi", false);
    assert_eq!((reply.legacy_thread, reply.thread), (first.legacy_thread, first.thread.clone()));
    assert!(reply.rfc_id.ends_with("@mail.gmail.com>") && reply.raw.unwrap().starts_with(b"Message-ID: <CA"));
    for other in [
        "Subject: Other\r\nIn-Reply-To: <1@x>\r\n\r\n",
        "Subject: Dates\r\n\r\n",
        "Subject: Dates\r\nReferences: <9@x>\r\n\r\n",
    ] {
        assert_ne!(arrive(other, false).legacy_thread, first.legacy_thread, "{other}");
    }
    let spam = arrive("From: ana@quinta.example\r\nSubject: Dates\r\nIn-Reply-To: <1@x>\r\n\r\n", true);
    assert!(spam.has("^s") && !spam.has("^i") && spam.legacy_thread == first.legacy_thread);
    assert_eq!(world.incoming_raw(&from_outside(false), b"", START), None);
}

/// The inbox as the page reads it.
fn inbox(api: &Api) -> Vec<Value> {
    let world = api.doors.sim.app.world();
    let list = crate::http::inbox(&world, MARA);
    list["threads"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_note_brings_its_conversation_to_the_top_and_takes_it_down_again() {
    let api = Api::open().await;
    for (subject, minute) in [("Old", 1), ("New", 2)] {
        let mail = json!({ "to": MARA, "from": { "address": ANA }, "subject": subject, "html": "?", "at": START - 3_600_000 + minute * 60_000, "read": true });
        api.doors.control("/deliver", &mail).await;
    }
    let subjects =
        |list: &[Value]| -> Vec<String> { list.iter().map(|it| it["subject"].as_str().unwrap().to_owned()).collect() };
    assert_eq!(subjects(&inbox(&api)), ["New", "Old"]);
    let old = inbox(&api)[1].clone();
    let label = api.ok("POST", "labels", &json!({ "name": "Back/Again" })).await;
    let raw = format!(
        "From: {MARA}\r\nTo: {MARA}\r\nSubject: Re: Old\r\nDate: Mon, 1 Jan 2001 10:00:00 +0000\r\nMessage-ID: <note@x>\r\n\r\nNobody answered."
    );
    let note =
        json!({ "raw": URL_SAFE.encode(raw), "threadId": old["legacyThread"], "labelIds": ["INBOX", "UNREAD", label["id"]] });
    let unknown = json!({ "raw": note["raw"], "labelIds": ["Label_99"] });
    assert_eq!(api.refused("POST", "messages", &unknown).await.0, 400);
    let put = api.ok("POST", "messages?internalDateSource=receivedTime", &note).await;
    assert_eq!(put["threadId"], old["legacyThread"]);
    let list = inbox(&api);
    assert_eq!(subjects(&list), ["Old", "New"]);
    assert_eq!(
        (&list[0]["unread"], &list[0]["labels"], &list[0]["date"]),
        (&json!(true), &json!(["Back/Again"]), &json!(START))
    );
    assert_eq!(list[1]["labels"], json!([]));
    api.ok("POST", &format!("messages/{}/trash", put["id"].as_str().unwrap()), &Value::Null).await;
    let list = inbox(&api);
    assert_eq!(
        (subjects(&list), &list[1]["unread"], &list[1]["labels"]),
        (vec!["New".to_owned(), "Old".to_owned()], &json!(false), &json!([]))
    );
}

#[tokio::test]
async fn the_log_says_which_mail_was_asked_for_and_a_search_may_be_late() {
    let api = Api::open().await;
    api.doors.control("/settings", &json!({ "arrivalLagMs": 1_000 })).await;
    let mail = json!({ "to": MARA, "from": { "address": "ana+x@quinta.example" }, "subject": "Plans", "html": "?" });
    let got = api.doors.control("/deliver", &mail).await.1;
    let id = got["legacy"].as_str().unwrap();
    let found =
        async |q: &str| api.get(&format!("messages?q={}", crate::rewrite::percent(q))).await["messages"][0]["id"].clone();
    assert_eq!(found("in:inbox").await, Value::Null);
    assert_eq!(api.get("messages").await["messages"][0]["id"], id, "a list without a search is never late");
    api.doors.sim.pass(1_000);
    assert_eq!(found("from:(ana quinta.example)").await, id);
    assert_eq!(found("{from:ben from:ana@quinta.example}").await, Value::Null);
    assert_eq!(api.get(&format!("messages/{id}?format=metadata&fields=id,payload/headers/name")).await["snippet"], Value::Null);
    let calls = api.doors.look("/api-calls").await;
    let last = calls.as_array().or_else(|| calls["calls"].as_array()).unwrap().last().unwrap().clone();
    assert_eq!((&last["method"], &last["ids"]), (&json!("messages.get"), &json!([id])));
    assert_eq!(last["query"], "format=metadata&fields=id,payload/headers/name");
}
