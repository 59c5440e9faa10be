//! The wire against recordings of Gmail that others made.

use std::path::PathBuf;

use serde_json::Value;

use super::Sim;
use crate::wire::request::{Kind, Position, Request};

/// The recordings, or none with a notice when they are not here.
fn recordings() -> Option<PathBuf> {
    let root = std::env::var_os("WAXWING_PEERS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/peers")), PathBuf::from);
    let folder = root.join("gmail-wire");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("gmail-sim: no recordings at {}: passed over", folder.display());
    None
}

fn files(ending: &str) -> Vec<(String, String)> {
    let Some(folder) = recordings() else { return Vec::new() };
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .filter(|(name, _)| name.ends_with(ending))
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn recorded_requests_are_read_as_their_keeper_says() {
    let Some(folder) = recordings() else { return };
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    for (name, text) in files("_request.json") {
        let request = Request::read(&text).unwrap();
        let put = request.puts().next().unwrap_or_else(|| panic!("{name}: a message"));
        let want = &expected[&name];
        let position = if name.contains("cvOnDraftSave") {
            Position::FirstNew
        } else if name.contains("cvOnReplyDraftSave") {
            Position::FirstReply
        } else {
            Position::Update
        };
        assert_eq!(put.position, position, "{name}");
        assert_eq!(put.kind == Kind::Send, name.contains("Send"), "{name}");
        if want.is_null() {
            continue;
        }
        assert_eq!(request.ops[0].thread, want["threadId"], "{name}");
        assert_eq!(put.id, want["messageId"], "{name}");
        assert_eq!(put.html, want["body"], "{name}");
        assert_eq!(put.subject, want["subject"], "{name}");
        for (people, field) in [(&put.to, "to"), (&put.cc, "cc"), (&put.bcc, "bcc")] {
            let Some(want) = want[field].as_array() else { continue };
            let have: Vec<&str> = people.iter().map(|it| it.address.as_str()).collect();
            let want: Vec<&str> = want.iter().filter_map(|it| it["emailAddress"].as_str()).collect();
            assert_eq!(have, want, "{name} {field}");
        }
    }
}

/// Which places of an array are taken, and by what: `{0:s 1:[3] …}`.
fn places(array: &Value) -> Vec<(usize, char)> {
    let kind = |value: &Value| match value {
        Value::String(_) => 's',
        Value::Number(_) => '0',
        Value::Array(_) => '[',
        _ => '?',
    };
    let list = array.as_array().unwrap().iter().enumerate();
    list.filter(|(_, value)| !value.is_null()).map(|(i, value)| (i, kind(value))).collect()
}

/// Places that depend on Gmail's own judgement of a mail: scores, categories, experiments.
const JUDGEMENT: [usize; 3] = [13, 29, 44];

#[test]
fn our_answers_have_the_shape_of_the_recorded_ones() {
    for (name, text) in files("_request.json") {
        let sim = Sim::new();
        let request = Request::read(&text).unwrap();
        // The recordings begin in the middle: what a reply answers is put there first.
        let owner = request.puts().next().unwrap().from.address.clone();
        let answers = request.puts().find_map(|put| put.answers.clone());
        if let Some(id) = answers {
            let mail = serde_json::json!({ "to": owner, "from": { "address": "x@example.com", "name": "X" }, "subject": "s", "html": "h" });
            let copy = sim.app.world().incoming(serde_json::from_value(mail).unwrap(), 1);
            let mut world = sim.app.world();
            let as_recorded = |message: &mut crate::model::Message| {
                message.id = id;
                message.thread.clone_from(&request.ops[0].thread);
            };
            world.mailbox(&owner).edit(&copy.1, as_recorded).unwrap();
        }
        let ours = sim.app.world().apply(&owner, &request, super::START);
        let theirs = name.replace("_request", "_response");
        let Some((_, theirs)) = files("_response.json").into_iter().find(|(it, _)| *it == theirs) else { continue };
        let theirs: Value = serde_json::from_str(&theirs).unwrap();
        assert_eq!(places(&ours), places(&theirs), "{name}");
        assert_eq!(ours[0][0].as_array().unwrap().len(), theirs[0][0].as_array().unwrap().len(), "{name}: acknowledgements");
        assert_eq!(places(&ours[0][0][0]), places(&theirs[0][0][0]), "{name}");
        let without = |list: Vec<(usize, char)>, gone: &[usize]| -> Vec<(usize, char)> {
            list.into_iter().filter(|(i, _)| !gone.contains(i)).collect()
        };
        // [2] speaks of labels that the recorded mailbox had.
        assert_eq!(places(&ours[1]), without(places(&theirs[1]), &[2]), "{name}: news");
        let (mine, other) = (&ours[1][5][0][0], &theirs[1][5][0][0]);
        assert_eq!((mine[0].as_str(), places(mine)), (other[0].as_str(), places(other)), "{name}: thread");
        let (mine, other) = (&mine[2][6], &other[2][6]);
        assert_eq!(places(mine), places(other), "{name}: state");
        let keep = |list| without(without(list, &JUDGEMENT), &[14]);
        assert_eq!(keep(places(&mine[0])), keep(places(&other[0])), "{name}: thread fields");
        let (mine, other) = (mine[0][4].as_array().unwrap(), other[0][4].as_array().unwrap());
        // Ours is the last one of both.
        let (mine, other) = (mine.last().unwrap(), other.last().unwrap());
        assert_eq!(mine.as_array().unwrap().len(), other.as_array().unwrap().len(), "{name}: message length");
        let keep = |list| without(list, &JUDGEMENT[1..]);
        assert_eq!(keep(places(mine)), keep(places(other)), "{name}: message");
        assert_eq!(mine[0], other[0], "{name}: message id");
        for label in request.puts().flat_map(|put| &put.labels).filter(|it| *it != "^f_btns" && *it != "^i" && *it != "^u") {
            assert!(mine[10].as_array().unwrap().contains(&Value::from(label.as_str())), "{name}: {label}");
        }
    }
}
