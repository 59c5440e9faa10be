use serde_json::{Value, json};

use super::{Contact, Kind, Mail, WireError, read_request, read_response};

/// A mail in the array shape with the fields that the tests look at.
fn mail(id: &str, labels: &[&str], body: &str) -> Value {
    json!([
        id,
        [1, "ana@example.com", "Ana"],
        [[1, "ben@example.com", "Ben"], [1, "cy@example.com"]],
        null,
        null,
        null,
        1_662_744_701_149_u64,
        "Samples",
        [null, [[0, body]]],
        null,
        labels
    ])
}

fn at(index: usize, value: &Value) -> Value {
    let mut list = vec![Value::Null; index];
    list.push(value.clone());
    Value::Array(list)
}

fn request(operations: &[Value]) -> String {
    json!([null, [operations], [1, 2]]).to_string()
}

const SEND: &[&str] = &["^all", "^pfg", "^f_bt"];
const DRAFT: &[&str] = &["^all", "^r", "^r_bt"];

#[test]
fn every_place_of_a_mail_is_found() {
    let fresh = |labels: &[&str]| at(2, &json!([["", null, 1, "thread-a:r1", [mail("msg-a:r2", labels, "x")]]]));
    let added = |labels: &[&str]| at(1, &json!([mail("msg-a:r2", labels, "x")]));
    let changed = |labels: &[&str]| at(13, &json!([mail("msg-a:r2", labels, "x"), null, 1]));
    for (what, kind) in [
        (fresh(DRAFT), Kind::FirstDraftSave),
        (added(DRAFT), Kind::FirstDraftSave),
        (changed(DRAFT), Kind::DraftSave),
        (fresh(SEND), Kind::Send),
        (added(SEND), Kind::Send),
        (changed(SEND), Kind::Send),
        (fresh(&["^all", "^scheduled"]), Kind::Schedule),
        (changed(&["^all", "^scheduled"]), Kind::Schedule),
    ] {
        let mails = read_request(&request(&[json!([7, ["thread-a:r1|msg-a:r2", what]])])).expect("it is JSON");
        let [read] = mails.as_slice() else { panic!("one mail, not {mails:?}") };
        assert_eq!((read.kind, read.thread.as_str(), read.message.as_str()), (kind, "thread-a:r1", "msg-a:r2"), "{what}");
        assert_eq!(read.to.as_ref().map(Vec::len), Some(2));
        assert_eq!(read.cc, None);
    }
}

#[test]
fn other_operations_are_passed_over_and_several_mails_are_found() {
    let label_change = json!([9, ["thread-f:1", at(6, &json!([["^io_re"], ["^io_fwd"], ["msg-a:r9"]]))]]);
    let save = json!([8, ["thread-f:1", at(13, &json!([mail("msg-a:r1", DRAFT, "draft")]))]]);
    let send = json!([9, ["thread-f:2", at(1, &json!([mail("msg-a:r2", SEND, "sent")]))]]);
    let mails = read_request(&request(&[label_change, json!(null), json!([1]), save, send])).expect("it is JSON");
    let found: Vec<_> = mails.iter().map(|mail| (mail.message.as_str(), mail.kind, mail.body.as_deref())).collect();
    assert_eq!(found, [("msg-a:r1", Kind::DraftSave, Some("draft")), ("msg-a:r2", Kind::Send, Some("sent"))]);
}

#[test]
fn own_words_and_quote_are_told_apart() {
    let mut reply = mail("msg-a:r1", SEND, "own");
    reply[8] = json!([null, [[0, "<div>own</div>"], [2, "<br>quote"]]]);
    let mails = read_request(&request(&[json!([1, ["thread-f:1", at(1, &json!([reply]))]])])).expect("it is JSON");
    assert_eq!(mails[0].body.as_deref(), Some("<div>own</div>"));
    assert_eq!(mails[0].quote.as_deref(), Some("<br>quote"));
    assert_eq!(mails[0].html(), "<div>own</div><br>quote");
}

#[test]
fn a_response_lists_mails_of_several_threads() {
    let told = |id: &str, labels: &[&str], legacy: &str| {
        let mut mail = mail(id, labels, "");
        let list = mail.as_array_mut().expect("an array");
        list.resize(55, Value::Null);
        list[13] = json!("<m@mail.example>");
        list.push(json!(legacy));
        mail
    };
    let thread = |id: &str, mails: &[Value]| {
        let mut inner = vec![json!("subject"), Value::Null, Value::Null, json!(id), json!(mails)];
        inner.resize(19, Value::Null);
        inner.push(json!("183234ce86ffa010"));
        json!([[id, null, at(6, &json!([inner]))]])
    };
    let response = json!([
        [],
        [
            0,
            null,
            null,
            null,
            null,
            [
                thread("thread-f:1", &[told("msg-f:1", &["^i"], "1"), told("msg-a:r1", SEND, "183234eaadcf41e5")]),
                json!(["not a thread"]),
                thread("thread-a:r2|msg-a:r2", &[told("msg-a:r2", DRAFT, "not an id")]),
            ]
        ]
    ]);
    let mails = read_response(&response.to_string()).expect("it is JSON");
    let found: Vec<_> = mails
        .iter()
        .map(|mail| (mail.thread.as_str(), mail.message.as_str(), mail.kind, mail.legacy_message.as_deref()))
        .collect();
    assert_eq!(
        found,
        [("thread-f:1", "msg-a:r1", Kind::Send, Some("183234eaadcf41e5")), ("thread-a:r2", "msg-a:r2", Kind::DraftSave, None)]
    );
    assert_eq!(mails[0].legacy_thread.as_deref(), Some("183234ce86ffa010"));
    assert_eq!(mails[0].rfc_id.as_deref(), Some("<m@mail.example>"));
}

#[test]
fn the_older_shape_reads_the_same() {
    let object =
        |pairs: &[(&str, Value)]| -> Value { pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect() };
    let contact = |address: &str| object(&[("1", json!(1)), ("2", json!(address))]);
    let mut fields = vec![
        ("1", json!("msg-a:r2")),
        ("2", contact("ana@example.com")),
        ("3", json!([contact("ben@example.com")])),
        ("8", json!("Samples")),
        ("9", object(&[("2", json!([object(&[("1", json!(0)), ("2", json!("x"))])]))])),
        ("11", json!(SEND)),
    ];
    let wrap = |place: &str, mail: Value| {
        let what = object(&[(place, object(&[("1", mail)]))]);
        object(&[("2", object(&[("1", json!([object(&[("2", object(&[("1", json!("thread-a:r1")), ("2", what)]))])]))]))])
    };
    for place in ["14", "2"] {
        let mails = read_request(&wrap(place, object(&fields)).to_string()).expect("it is JSON");
        assert_eq!(mails.len(), 1, "{place}");
        assert_eq!(mails[0].to, Some(vec![Contact { address: "ben@example.com".into(), name: None }]));
        assert_eq!((mails[0].kind, mails[0].body.as_deref()), (Kind::Send, Some("x")));
    }

    fields.push(("48", json!("1743802434391390786")));
    let thread = object(&[("5", json!([object(&fields)])), ("18", json!(1_743_802_434_391_390_786_u64))]);
    let told = object(&[("1", json!("thread-a:r1")), ("3", object(&[("7", object(&[("1", thread)]))]))]);
    let response = object(&[("2", object(&[("6", json!([object(&[("1", told)])]))]))]);
    let mails: Vec<Mail> = read_response(&response.to_string()).expect("it is JSON");
    assert_eq!(mails[0].legacy_message.as_deref(), Some("18333b13345c3a42"));
    assert_eq!(mails[0].legacy_thread.as_deref(), Some("18333b13345c3a42"));
}

#[test]
fn hostile_bodies_are_survived() {
    let deep = "[".repeat(200_000);
    let wide = request(&vec![json!([1, ["thread-a:r1", at(13, &json!([["msg-a:r1"]]))]]); 10_000]);
    assert_eq!(read_request(&deep), Err(WireError::NotJson));
    assert_eq!(read_request(&wide), Ok(Vec::new()));
    for body in ["", "x", ")]}'", "[", "{\"2\":", "\u{0}"] {
        assert_eq!(read_request(body), Err(WireError::NotJson), "{body}");
        assert_eq!(read_response(body), Err(WireError::NotJson), "{body}");
    }
    for body in ["null", "3", "\"x\"", "true"] {
        assert_eq!(read_request(body), Err(WireError::UnknownShape), "{body}");
    }
    for body in
        ["[]", "{}", "[null,[[[1,[3,[]]]]]]", "[0,[{\"0\":1}]]", "{\"2\":{\"1\":{\"2\":[]}}}", "[1,[[null,[null,null]]]]"]
    {
        assert_eq!(read_request(body), Ok(Vec::new()), "{body}");
        assert_eq!(read_response(body), Ok(Vec::new()), "{body}");
    }
    assert_eq!(read_response(")]}'\n[]"), Ok(Vec::new()));
}

/// Each value of a good request in turn replaced by something else: nothing panics.
#[test]
fn a_request_bent_anywhere_is_survived() {
    let good = json!([null, [[[7, ["thread-a:r1", at(13, &json!([mail("msg-a:r2", SEND, "x")]))]]]]]);
    let mut pointers = vec![String::new()];
    let mut seen = 0;
    while let Some(pointer) = pointers.pop() {
        if let Some(Value::Array(list)) = good.pointer(&pointer) {
            pointers.extend((0..list.len()).map(|index| format!("{pointer}/{index}")));
        }
        for other in [json!(null), json!(-1), json!("^pfg|"), json!([]), json!({"1": []}), json!([[[[]]]])] {
            let mut bent = good.clone();
            if let Some(place) = bent.pointer_mut(&pointer) {
                *place = other;
            }
            let _ = read_request(&bent.to_string());
            let _ = read_response(&bent.to_string());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}
