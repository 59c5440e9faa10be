//! Recordings of Gmail's traffic that others made, against what those others say they mean.

#![expect(clippy::print_stdout, reason = "a count of recordings is the result")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Contact, Kind, Mail, WireError, read_request, read_response};

/// The folder of the recordings: below `WAXWING_PEERS`, else next to the repository.
fn folder() -> PathBuf {
    let root = std::env::var_os("WAXWING_PEERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/peers"), PathBuf::from);
    root.join("gmail-wire")
}

enum Outcome {
    Right,
    Refused(String),
    Wrong(String),
}

#[test]
fn peers_wire() {
    let folder = folder();
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("peers_wire: no recordings at {}, passed over", folder.display());
        return;
    };
    let expected: Value = fs::read_to_string(folder.join("expected.json"))
        .ok()
        .map_or(Value::Null, |text| serde_json::from_str(&text).expect("expected.json is JSON"));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with("_request.json") || name.ends_with("_response.json"))
        .collect();
    names.sort();

    let (mut right, mut refused, mut wrong) = (0, 0, 0);
    for name in &names {
        let body = fs::read_to_string(folder.join(name)).expect("a recording can be read");
        match outcome(name, &body, expected.get(name)) {
            Outcome::Right => right += 1,
            Outcome::Refused(why) => {
                refused += 1;
                println!("refused: {name}: {why}");
            }
            Outcome::Wrong(why) => {
                wrong += 1;
                println!("wrong: {name}: {why}");
            }
        }
    }
    println!("peers_wire: {right} right, {refused} refused, {wrong} wrong of {}", names.len());
    assert_eq!((refused, wrong), (0, 0), "recordings refused, recordings read wrongly");
}

fn outcome(name: &str, body: &str, expected: Option<&Value>) -> Outcome {
    let is_request = name.ends_with("_request.json");
    let read: Result<Vec<Mail>, WireError> = if is_request { read_request(body) } else { read_response(body) };
    let mails = match read {
        Ok(mails) => mails,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    match expected {
        None if is_request && mails.is_empty() => Outcome::Refused("no mail was found".to_owned()),
        None => Outcome::Right,
        Some(Value::Null) if mails.is_empty() => Outcome::Right,
        Some(Value::Null) => Outcome::Wrong(format!("nothing should be read, but {mails:?}")),
        Some(_) if mails.is_empty() && !expected.and_then(Value::as_array).is_some_and(Vec::is_empty) => {
            Outcome::Refused("no mail was found".to_owned())
        }
        // One of several mails is described: the one with that id and kind.
        Some(one @ Value::Object(_)) => match mails.iter().map(|mail| differences(mail, one)).min_by_key(Vec::len) {
            Some(differences) if !differences.is_empty() => Outcome::Wrong(differences.join("; ")),
            _ => Outcome::Right,
        },
        Some(Value::Array(list)) => {
            let list: Vec<&Value> = list.iter().filter(|one| !one.is_null()).collect();
            let differences: Vec<String> = list.iter().zip(&mails).flat_map(|(one, mail)| differences(mail, one)).collect();
            if list.len() != mails.len() {
                Outcome::Wrong(format!("{} mails, not {}", mails.len(), list.len()))
            } else if differences.is_empty() {
                Outcome::Right
            } else {
                Outcome::Wrong(differences.join("; "))
            }
        }
        Some(other) => Outcome::Wrong(format!("expected.json holds {other}")),
    }
}

/// The fields named in `expected` in which the mail differs.
fn differences(mail: &Mail, expected: &Value) -> Vec<String> {
    let fields = expected.as_object().expect("what is expected of a mail is an object");
    fields
        .iter()
        .filter_map(|(field, value)| {
            let got = match field.as_str() {
                "threadId" => mail.thread.clone().into(),
                "messageId" => mail.message.clone().into(),
                "subject" => mail.subject.clone().into(),
                "body" => mail.body.clone().into(),
                "rfcID" => mail.rfc_id.clone().into(),
                "oldMessageId" => mail.legacy_message.clone().into(),
                "oldThreadId" => mail.legacy_thread.clone().into(),
                "to" => contacts(mail.to.as_deref()),
                "cc" => contacts(mail.cc.as_deref()),
                "bcc" => contacts(mail.bcc.as_deref()),
                "actions" => set(mail.labels.iter().cloned().map(Value::from).collect()),
                "type" => match mail.kind {
                    Kind::FirstDraftSave => "FIRST_DRAFT_SAVE",
                    Kind::DraftSave => "DRAFT_SAVE",
                    Kind::Send => "SEND",
                    Kind::Schedule => "SCHEDULE",
                }
                .into(),
                _ => return Some(format!("{field} is not known to the test")),
            };
            let wanted = match (field.as_str(), value) {
                ("actions", Value::Array(list)) => set(list.clone()),
                _ => value.clone(),
            };
            (got != wanted).then(|| format!("{field} is {got}, not {wanted}"))
        })
        .collect()
}

fn set(mut list: Vec<Value>) -> Value {
    list.sort_by_key(ToString::to_string);
    list.dedup();
    list.into()
}

fn contacts(list: Option<&[Contact]>) -> Value {
    list.map(|list| {
        list.iter().map(|one| serde_json::json!({ "emailAddress": one.address, "name": one.name })).collect::<Vec<Value>>()
    })
    .into()
}
