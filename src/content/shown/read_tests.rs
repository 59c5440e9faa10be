//! What is read by hand is what the protocol writes, and nothing else is read.

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_protocol::api::{
    Activity, Claim, Confidence, Content, Correction, GmailIds, Hit, HitKind, Kinds, Label, MailState, Message, MessageDetail,
    Recipient, RecipientKind, Tracking, Verdict,
};
use waxwing_protocol::page::{Answer, Fault, Reply};

use super::{Lines, detail, is_done, mails, uuid};
use crate::gmail::rows::ThreadId;
use crate::told::Known;

fn message() -> Message {
    let to = |address: &str| Recipient { kind: RecipientKind::To, address: address.into(), name: None };
    Message {
        id: Uuid::from_u128(7),
        sent_at: 5_000,
        scheduled: true,
        sender: "Mara@Fjord.example".into(),
        gmail: GmailIds {
            draft: Some("msg-a:r1".into()),
            legacy_message: Some("183234ce86ffa010".into()),
            legacy_thread: Some("183234ce86ffa011".into()),
            ..GmailIds::default()
        },
        content: Content { recipients: vec![to("ana@quinta.example"), to("ben@acme.example")], ..Content::default() },
        activity: Activity {
            state: MailState::Clicked,
            opens: 1,
            open_hits: 2,
            clicks: 3,
            click_hits: 4,
            machine_hits: 5,
            apple_hits: 6,
            own_hits: 7,
            unknown_hits: 8,
            checking: 9,
            last_open_at: Some(10),
            last_click_at: Some(11),
            last_click_target: Some("https://x.example/".into()),
            answered_at: Some(12),
            ..Activity::default()
        },
        muted: true,
        tracking: Tracking {
            tracks: Kinds { opens: true, clicks: false },
            until: Some(13),
            refused: Kinds { opens: false, clicks: true },
            refused_at: Some(14),
        },
    }
}

/// As the boot script does it.
impl Lines for Value {
    fn lines(&self, place: &str, fields: &str) -> Option<String> {
        fn walk(value: &Value, path: &str) -> Value {
            path.split('.').fold(value.clone(), |value, name| match value {
                Value::Array(items) => items.iter().map(|item| item.get(name).cloned().unwrap_or_default()).collect(),
                value => value.get(name).cloned().unwrap_or_default(),
            })
        }
        fn plain(value: &Value) -> String {
            match value {
                Value::Null => String::new(),
                Value::String(text) => text.replace(['\t', '\n', '\r', '\x1f'], " "),
                Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("\x1f"),
                other => other.to_string(),
            }
        }
        let found = match walk(self, place) {
            Value::Array(items) => items,
            object @ Value::Object(_) => vec![object],
            _ => return None,
        };
        let line = |item| fields.split(' ').map(|path| plain(&walk(item, path))).collect::<Vec<_>>().join("\t");
        Some(found.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

fn told(reply: &Reply) -> Value {
    serde_json::to_value(reply).expect("a reply is JSON")
}

#[test]
fn mails_are_read_as_the_protocol_writes_them() {
    let late = message();
    let early = Message { id: Uuid::from_u128(8), sent_at: 4_000, sender: "mara@fjord.example".into(), ..Message::default() };
    let reply = told(&Reply::Ok(Answer::Messages { messages: vec![late.clone(), early] }));
    let read = mails(&reply).expect("an answer with mails");
    assert_eq!(read.iter().map(|mail| mail.sent_at).collect::<Vec<_>>(), [4_000, 5_000], "oldest first");
    let mail = &read[1];
    assert_eq!((mail.id, mail.sender.as_str()), (late.id, "mara@fjord.example"));
    assert_eq!((mail.permanent.as_deref(), mail.legacy.as_deref()), (Some("msg-a:r1"), Some("183234ce86ffa010")));
    assert_eq!((mail.people, mail.to_self, mail.scheduled, mail.muted, mail.known), (2, false, true, true, Known::Yes));
    assert_eq!((&mail.activity, mail.tracking), (&late.activity, late.tracking));
    assert_eq!(mail.thread, ThreadId::parse("183234ce86ffa011"));
    assert_eq!((read[0].thread.as_ref(), read[0].tracking), (None, Tracking::default()));
}

#[test]
fn ids_are_read_in_one_form() {
    let id = Uuid::from_u128(0x1234_5678_9abc_4def_8012_3456_789a_bcde);
    assert_eq!(uuid(&id.to_string()), Some(id));
    for text in ["", "-", "x", "+2345678-9abc-4def-8012-3456789abcde", "12345678-9abc-4def-8012-3456789abcdef", "é"] {
        assert_eq!(uuid(text), None, "{text}");
    }
}

#[test]
fn every_state_is_read() {
    use MailState::{Answered, Apple, Clicked, Machines, Opened, Unclear, Unopened};
    for state in [Unopened, Machines, Apple, Unclear, Opened, Clicked, Answered] {
        let message = Message { activity: Activity { state, ..Activity::default() }, ..message() };
        let reply = told(&Reply::Ok(Answer::Messages { messages: vec![message] }));
        assert_eq!(mails(&reply).expect("an answer")[0].activity.state, state);
    }
}

#[test]
fn hits_are_read_as_the_protocol_writes_them() {
    let labels = [Label::Own, Label::Human, Label::ImageProxy, Label::Prefetch, Label::Scanner, Label::Unknown];
    let confidences = [Confidence::Low, Confidence::Medium, Confidence::High];
    let claims = [Claim::Me, Claim::Person, Claim::Machine];
    let hits: Vec<Hit> = (0..18)
        .map(|n| Hit {
            id: 100 - n,
            at: 1_000 - n,
            kind: if n % 2 == 0 { HitKind::Open } else { HitKind::Click },
            link: (n % 2 == 1).then(|| "https://x.example/".into()),
            repeat: n % 5 == 0,
            verdict: Some(Verdict {
                label: labels[usize::try_from(n).expect("small") % 6],
                confidence: confidences[usize::try_from(n).expect("small") % 3],
                reason: "reason_burst".into(),
                name: Some("Gmail".into()),
                checking_until: (n == 3).then_some(7),
            }),
            correction: (n % 4 == 0).then(|| Correction {
                claim: claims[usize::try_from(n).expect("small") % 3],
                at: 5,
                rule: (n == 8).then_some(2),
            }),
            ..Hit::default()
        })
        .collect();
    let whole = MessageDetail { message: message(), hits: hits.clone(), more_hits: 4, trust: None, judged_by: None };
    let read = detail(&told(&Reply::Ok(Answer::Detail { detail: whole }))).expect("a detail");
    assert_eq!((read.more, read.hits.len()), (4, hits.len()));
    for (read, hit) in read.hits.iter().zip(&hits) {
        assert_eq!((read.id, read.at, read.kind, &read.link, read.repeat), (hit.id, hit.at, hit.kind, &hit.link, hit.repeat));
        assert_eq!((&read.verdict, read.correction, read.label()), (&hit.verdict, hit.correction, hit.label()));
    }
}

#[test]
fn what_is_of_another_form_is_no_answer() {
    for reply in [
        json!({}),
        json!({"ok": null}),
        json!({"ok": {"messages": 3, "detail": []}}),
        json!({"ok": {"detail": {"id": "x", "hits": []}}}),
        json!(null),
        json!("ok"),
        told(&Reply::Fault(Fault::NotConnected)),
    ] {
        assert_eq!((mails(&reply), detail(&reply)), (None, None), "{reply:?}");
    }
    let odd = json!({"ok": {"messages": [null, 1, {}, {"id": "x"}, {"id": Uuid::nil(), "sent_at": 1}]}});
    assert_eq!(mails(&odd), Some(Vec::new()), "and a mail of another form is left out");
    let hits = json!({"ok": {"detail": {
        "id": Uuid::nil(), "sender": "a@b.example", "sent_at": 1,
        "hits": [1, {"id": 1}, {"id": 2, "at": 3, "kind": "open", "verdict": {"label": 1}, "correction": {"claim": "x"}}],
    }}});
    let read = detail(&hits).expect("a detail");
    assert_eq!((read.hits.len(), read.hits[0].label(), read.mail.people), (1, None, 0));
    assert!(is_done(&told(&Reply::Ok(Answer::Done))) && !is_done(&told(&Reply::Fault(Fault::Revoked))));
}
