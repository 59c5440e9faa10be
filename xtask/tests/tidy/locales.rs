//! Every language has every message, every message is used, and every message that is asked for is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::literals::{Language, literals};
use crate::none;
use crate::tree::{files, is_test_file, repo, without_tests};

type Messages = Map<String, Value>;

fn locales() -> BTreeMap<String, Messages> {
    let mut found = BTreeMap::new();
    for file in files(&["/messages.json"]) {
        if let Some(language) = file.path.strip_prefix("extension/_locales/").and_then(|it| it.split('/').next()) {
            let messages = serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            found.insert(language.to_owned(), messages);
        }
    }
    found
}

#[test]
fn all_languages_have_the_same_messages() {
    let locales = locales();
    assert!(locales.len() >= 2, "one language proves nothing: {:?}", locales.keys());
    let english = &locales["en"];
    let mut findings = Vec::new();
    for (language, messages) in &locales {
        for key in english.keys().chain(messages.keys()).collect::<BTreeSet<_>>() {
            match (english.get(key), messages.get(key)) {
                (Some(source), Some(here)) => {
                    findings.extend(differences(source, here).map(|it| format!("{language} {key}: {it}")));
                }
                (Some(_), None) => findings.push(format!("{language} lacks {key}")),
                (None, _) => findings.push(format!("{language} has {key}, which en has not")),
            }
        }
    }
    none("languages", &findings);
}

fn differences(source: &Value, here: &Value) -> Option<String> {
    let words = |entry: &Value| entry["message"].as_str().unwrap_or_default().trim().to_owned();
    if words(here).is_empty() {
        return Some("no message".to_owned());
    }
    let (left, right) = (values_in(&words(source)), values_in(&words(here)));
    (left != right || source["placeholders"] != here["placeholders"]).then(|| format!("other values: {left:?} and {right:?}"))
}

/// `$1`, `$NAME$`.
fn values_in(message: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = message;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            found.insert(after[..1].to_owned());
            rest = &after[1..];
        } else if length > 0 && after[length..].starts_with('$') {
            found.insert(after[..length].to_ascii_lowercase());
            rest = &after[length + 1..];
        } else {
            rest = after.strip_prefix('$').unwrap_or(after);
        }
    }
    found
}

/// What code and pages ask for.
#[derive(Debug, Default)]
struct Asked {
    /// Literals that could be a key.
    maybe: BTreeSet<String>,
    /// Beginnings of keys that are put together when it runs: `why_`.
    beginnings: BTreeSet<String>,
    /// Keys that are surely asked for.
    surely: BTreeSet<String>,
}

/// Functions whose first argument is a key.
const TAKES_A_KEY: &[&str] = &["(t(", "=t(", "&t(", ",t(", "{t(", "t_with(", "message(", "getMessage("];

fn asked() -> Asked {
    let mut asked = Asked::default();
    let rust = files(&[".rs"]);
    let sources = rust
        .iter()
        .filter(|file| (file.path.starts_with("src/") || file.path.starts_with("crates/")) && !is_test_file(&file.path, &rust))
        .map(|file| (without_tests(&file.text), Language::Rust));
    let scripts = files(&[".js"]);
    let scripts = scripts
        .iter()
        .filter(|file| file.path.starts_with("extension/"))
        .map(|file| (file.text.as_str(), Language::JavaScript));
    for (text, language) in sources.chain(scripts) {
        for literal in literals(text, language) {
            let key_like = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !text.is_empty();
            let beginning = literal.text.split(['{', '$']).next().unwrap_or_default();
            if key_like(&literal.text) {
                if TAKES_A_KEY.iter().any(|it| literal.before.ends_with(it)) {
                    asked.surely.insert(literal.text.clone());
                }
                asked.maybe.insert(literal.text.clone());
            }
            if beginning.len() > 2 && beginning.ends_with('_') && key_like(beginning) {
                asked.beginnings.insert(beginning.to_owned());
            }
        }
    }
    let mut pages: String =
        files(&[".html"]).iter().filter(|it| it.path.starts_with("extension/")).map(|it| it.text.as_str()).collect();
    pages.push_str(&repo().read("manifest.json").unwrap());
    for (open, close) in [("__MSG_", "__"), ("data-i18n=\"", "\"")] {
        asked.surely.extend(pages.split(open).skip(1).filter_map(|rest| rest.split(close).next()).map(str::to_owned));
    }
    for part in pages.split("data-i18n-").skip(1) {
        asked.surely.extend(part.split('"').nth(1).map(str::to_owned));
    }
    asked
}

#[test]
fn every_message_is_used() {
    let asked = asked();
    let english = locales().remove("en").unwrap();
    let used = |key: &str| asked.maybe.contains(key) || asked.surely.contains(key);
    let findings: Vec<String> = english
        .keys()
        .filter(|key| {
            let whole = ["_one", "_other"].iter().find_map(|plural| key.strip_suffix(plural)).unwrap_or(key);
            !used(key) && !used(whole) && !asked.beginnings.iter().any(|beginning| key.starts_with(beginning.as_str()))
        })
        .cloned()
        .collect();
    none("messages that nothing shows", &findings);
}

#[test]
fn every_message_that_is_asked_for_is_there() {
    let english = locales().remove("en").unwrap();
    let there = |key: &str| english.contains_key(key) || english.contains_key(&format!("{key}_other"));
    let findings: Vec<String> = asked().surely.into_iter().filter(|key| !there(key)).collect();
    none("messages that are not there", &findings);
}

/// The backend writes the flight recorder's lines, and the extension has the sentences.
#[test]
fn every_line_of_the_flight_recorder_has_words() {
    let source = repo().read("backend/src/jobs/words.rs").unwrap();
    let english = locales().remove("en").unwrap();
    let there = |key: &str| english.contains_key(key) || english.contains_key(&format!("{key}_other"));
    let lines: Vec<String> = literals(without_tests(&source), Language::Rust)
        .into_iter()
        .filter_map(|literal| {
            let happened = literal.before.ends_with("Line::new(").then(|| format!("flight_{}", literal.text));
            happened
                .or_else(|| (literal.text.starts_with("flight_say_") && !literal.text.contains('{')).then_some(literal.text))
        })
        .collect();
    assert!(lines.len() > 30, "the lines were not found in the source: {lines:?}");
    let findings: Vec<String> = lines.into_iter().filter(|key| !there(key)).collect();
    none("lines of the flight recorder without words", &findings);
}

#[test]
fn values_of_messages_are_read() {
    let values = |message: &str| values_in(message).into_iter().collect::<Vec<_>>();
    assert_eq!(values("$1 of $COUNT$, $$5 $2"), ["1", "2", "count"]);
}
