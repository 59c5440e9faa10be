//! The REST API against Google's own description of it (the discovery document), where that is at hand.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::api::Api;
use super::{ANA, MARA};
use crate::api::methods::{ALL, COMPOSE};

fn document() -> Option<Value> {
    let root = std::env::var_os("WAXWING_PEERS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/peers")), PathBuf::from);
    let file = root.join("google-api/gmail.v1.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("gmail-sim: no discovery document at {}: passed over", file.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn methods_are_called_and_guarded_as_google_says() {
    let Some(document) = document() else { return };
    for method in ALL {
        let mut place = &document["resources"]["users"];
        let mut parts: Vec<&str> = method.name.split('.').collect();
        let last = parts.pop().unwrap();
        for part in parts {
            place = &place["resources"][part];
        }
        let theirs = &place["methods"][last];
        assert_eq!(theirs["httpMethod"], method.verb, "{}", method.name);
        let path = theirs["path"].as_str().unwrap().strip_prefix("gmail/v1/users/{userId}/").unwrap();
        let parts: Vec<&str> = path.split('/').map(|it| if it.starts_with('{') { "*" } else { it }).collect();
        assert_eq!(parts.join("/"), method.path, "{}", method.name);
        assert_eq!(theirs["supportsMediaUpload"] == true, method.upload, "{}", method.name);
        let mut scopes: Vec<&str> = theirs["scopes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .filter(|it| !it.contains(".addons."))
            .collect();
        let mut ours = method.scopes.to_vec();
        scopes.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, scopes, "{}", method.name);
    }
}

/// Every member of an answer is one of the schema's, of its type.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return check(document, &document["schemas"][name], value, at);
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            for (name, member) in value.as_object().unwrap_or_else(|| panic!("{at}: an object")) {
                let known = &schema["properties"][name];
                assert!(known.is_object(), "{at}.{name} is not in the schema");
                check(document, known, member, &format!("{at}.{name}"));
            }
        }
        "array" => {
            for member in value.as_array().unwrap_or_else(|| panic!("{at}: an array")) {
                check(document, &schema["items"], member, &format!("{at}[]"));
            }
        }
        "integer" => assert!(value.is_u64(), "{at}: {value}"),
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{at}: {value}"));
            if schema["format"].as_str().is_some_and(|it| it.ends_with("int64")) {
                assert!(text.parse::<u64>().is_ok(), "{at}: {text}");
            }
            if let Some(one_of) = schema["enum"].as_array() {
                assert!(one_of.contains(value), "{at}: {text}");
            }
        }
        "boolean" => assert!(value.is_boolean(), "{at}: {value}"),
        other => panic!("{at}: {other}"),
    }
}

#[tokio::test]
async fn answers_have_the_members_and_types_of_the_document() {
    let Some(document) = document() else { return };
    let api = Api::open().await;
    let attached = json!([{ "filename": "a.txt", "content": "aGk=" }]);
    let ids = api.draft(&json!({ "attachments": attached })).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mail = json!({ "to": MARA, "from": { "address": ANA }, "subject": "Plans", "html": "<p>?</p>" });
    let got = api.doors.control("/deliver", &mail).await.1;
    let label = api.ok("POST", "labels", &json!({ "name": "Later" })).await;
    let (draft, message, thread) = (text(&ids["draft"]), text(&ids["message"]), text(&got["legacyThread"]));
    let mut seen = vec![
        ("Label", label.clone()),
        ("WatchResponse", api.ok("POST", "watch", &json!({ "topicName": "projects/p/topics/t" })).await),
    ];
    for (schema, path) in [
        ("Profile", "profile".to_owned()),
        ("ListDraftsResponse", "drafts".to_owned()),
        ("Draft", format!("drafts/{draft}")),
        ("Draft", format!("drafts/{draft}?format=raw")),
        ("Draft", format!("drafts/{draft}?format=minimal")),
        ("Draft", format!("drafts/{draft}?format=metadata")),
        ("ListMessagesResponse", "messages?maxResults=1".to_owned()),
        ("Message", format!("messages/{message}")),
        ("Message", format!("messages/{}", text(&got["legacy"]))),
        ("ListThreadsResponse", "threads".to_owned()),
        ("Thread", format!("threads/{thread}")),
        ("ListLabelsResponse", "labels".to_owned()),
        ("Label", "labels/INBOX".to_owned()),
        ("ListHistoryResponse", "history?startHistoryId=200000".to_owned()),
    ] {
        seen.push((schema, api.get(&path).await));
    }
    seen.push(("Thread", api.ok("POST", &format!("threads/{thread}/modify"), &json!({ "removeLabelIds": ["UNREAD"] })).await));
    seen.push(("Message", api.ok("POST", &format!("messages/{}/trash", text(&got["legacy"])), &Value::Null).await));
    seen.push(("ListHistoryResponse", api.get("history?startHistoryId=200000").await));
    let sent = api.ok("POST", "drafts/send", &json!({ "id": draft })).await;
    seen.push(("Message", sent));
    for (schema, value) in &seen {
        check(&document, &json!({ "$ref": schema }), value, schema);
    }
    // The members that clients rest on are there.
    let full = &seen.iter().find(|(_, it)| it["message"]["payload"]["parts"].is_array()).unwrap().1["message"];
    for member in ["id", "threadId", "labelIds", "snippet", "historyId", "internalDate", "sizeEstimate"] {
        assert!(!full[member].is_null(), "{member}");
    }
    assert!(COMPOSE.starts_with("https://"));
}
