//! The flight recorder: which sentence a line says, and what of the line belongs into it.
//!
//! What must hold: the backend may be newer than this extension. A line whose sentence is not known here still shows what
//! happened; nothing that it brings reaches the page as anything but text.

use std::collections::BTreeMap;

use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Put<'a> {
    /// An instant, by the clocks of a zone where one is named.
    At(Millis, Option<&'a str>),
    /// A number of things, after which the words go.
    Count(u32),
    /// A number.
    Number(u32),
    /// What went wrong.
    Trouble(Trouble),
    /// Foreign text.
    Text(&'a str),
}

/// A sentence: the key, and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence<'a> {
    /// The key.
    pub(crate) key: &'static str,
    /// `$1` first.
    pub(crate) put: Vec<Put<'a>>,
}

/// The sentences that there are, and what each needs. Names that begin with `why_` or `untracked_` stand as a whole.
const SAYS: [(&str, &[&str]); 59] = [
    ("flight_say_for", &["at", "zone"]),
    ("flight_say_for_holiday", &["at", "zone"]),
    ("flight_say_now", &[]),
    ("flight_say_again", &[]),
    ("flight_say_daily_limit", &["at", "limit"]),
    ("flight_say_window", &["at", "zone"]),
    ("flight_say_zone_changed", &["at", "zone"]),
    ("flight_say_mailbox_back", &[]),
    ("flight_say_new_text", &[]),
    ("flight_say_due", &[]),
    ("flight_say_tracked", &["links"]),
    ("flight_say_no_answer", &["trouble"]),
    ("flight_say_cut_off", &[]),
    ("flight_say_looked", &["at"]),
    ("flight_say_cannot_look", &["at", "trouble"]),
    ("flight_say_taken", &[]),
    ("flight_say_found", &[]),
    ("flight_say_refused", &["addresses"]),
    ("flight_say_said_sent", &[]),
    ("flight_say_nothing_left", &[]),
    ("flight_say_still_draft", &[]),
    ("flight_say_retry", &["at", "trouble"]),
    ("flight_say_trouble", &["trouble"]),
    ("flight_say_gave_up", &["trouble"]),
    ("flight_say_rule_ended", &[]),
    ("flight_say_missed", &["at"]),
    ("flight_say_left_out", &["at"]),
    ("flight_say_dismissed", &[]),
    ("flight_say_why_unclear", &[]),
    ("flight_say_why_draft_gone", &[]),
    ("flight_say_why_sent_by_hand", &[]),
    ("flight_say_why_no_recipients", &[]),
    ("flight_say_why_empty", &[]),
    ("flight_say_why_late", &[]),
    ("flight_say_why_sign_in", &[]),
    ("flight_say_why_no_mailbox", &[]),
    ("flight_say_why_zone_unknown", &[]),
    ("flight_say_why_unreadable", &[]),
    ("flight_say_why_not_used", &[]),
    ("flight_say_why_trouble", &[]),
    ("flight_say_why_daily_limit", &[]),
    ("flight_say_why_holiday", &[]),
    ("flight_say_why_answered", &[]),
    ("flight_say_why_cancelled", &[]),
    ("flight_say_why_said_sent", &[]),
    ("flight_say_untracked_not_asked", &[]),
    ("flight_say_untracked_plain_text", &[]),
    ("flight_say_untracked_signed", &[]),
    ("flight_say_untracked_encrypted", &[]),
    ("flight_say_untracked_charset", &[]),
    ("flight_say_untracked_encoding", &[]),
    ("flight_say_untracked_structure", &[]),
    ("flight_say_no_opens", &[]),
    ("flight_say_no_clicks", &[]),
    ("flight_say_untracked_no_links", &[]),
    ("flight_say_untracked_refused", &[]),
    ("flight_say_untracked_not_agreed", &[]),
    ("flight_say_untracked_markup", &[]),
    ("flight_say_untracked_address", &[]),
];

/// The words of what happened.
const WHATS: [(&str, &str); 13] = [
    ("scheduled", "flight_scheduled"),
    ("rescheduled", "flight_rescheduled"),
    ("edited", "flight_edited"),
    ("leased", "flight_leased"),
    ("sending", "flight_sending"),
    ("sent", "flight_sent"),
    ("unclear", "flight_unclear"),
    ("resumed", "flight_resumed"),
    ("retrying", "flight_retrying"),
    ("failed", "flight_failed"),
    ("held", "flight_held"),
    ("skipped", "flight_skipped"),
    ("cancelled", "flight_cancelled"),
];

/// The key of the word for what happened; `None` for what a later backend tells.
pub(crate) fn what_key(what: &str) -> Option<&'static str> {
    WHATS.iter().find(|(name, _)| *name == what).map(|(_, key)| *key)
}

/// The sentence of a line; `None` when it is not known here, or lacks what it needs.
pub(crate) fn flight_sentence<'a>(say: &str, with: &'a BTreeMap<String, String>) -> Option<Sentence<'a>> {
    let (key, names) = SAYS.iter().find(|(key, _)| *key == say)?;
    let put = names.iter().map(|name| put(name, with)).collect::<Option<Vec<_>>>()?;
    Some(Sentence { key, put })
}

fn put<'a>(name: &str, with: &'a BTreeMap<String, String>) -> Option<Put<'a>> {
    let text = with.get(name)?.as_str();
    Some(match name {
        "at" => Put::At(text.parse().ok()?, with.get("zone").map(String::as_str)),
        "links" => Put::Count(text.parse().ok()?),
        "limit" => Put::Number(text.parse().ok()?),
        "trouble" => Put::Trouble(serde_json::from_value(text.into()).ok()?),
        _ => Put::Text(text),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;
    use waxwing_protocol::api::Trouble;

    use super::{Put, SAYS, WHATS, flight_sentence, what_key};

    fn with(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn lines_are_said_with_what_they_bring() {
        let at = with(&[("at", "1795000000000"), ("zone", "Europe/Oslo")]);
        let sentence = flight_sentence("flight_say_for", &at).expect("known");
        assert_eq!(sentence.put, [Put::At(1_795_000_000_000, Some("Europe/Oslo")), Put::Text("Europe/Oslo")]);
        let lost = with(&[("trouble", "busy"), ("said", "<b>later</b>")]);
        assert_eq!(flight_sentence("flight_say_no_answer", &lost).map(|it| it.put), Some(vec![Put::Trouble(Trouble::Busy)]));
        let links = with(&[("links", "2")]);
        assert_eq!(flight_sentence("flight_say_tracked", &links).map(|it| it.put), Some(vec![Put::Count(2)]));
        // What a later backend says, what lacks something, what is none.
        for (say, given) in [
            ("flight_say_of_tomorrow", with(&[])),
            ("flight_say_for", with(&[("zone", "UTC")])),
            ("flight_say_for", with(&[("at", "soon"), ("zone", "UTC")])),
            ("flight_say_retry", with(&[("at", "1"), ("trouble", "of_tomorrow")])),
            ("app_name", with(&[])),
        ] {
            assert_eq!(flight_sentence(say, &given), None, "{say}");
        }
        assert_eq!((what_key("sent"), what_key("teleported")), (Some("flight_sent"), None));
    }

    #[test]
    fn every_line_has_words_in_every_language() {
        for language in [
            include_str!("../../../extension/_locales/en/messages.json"),
            include_str!("../../../extension/_locales/de/messages.json"),
        ] {
            let words: Value = serde_json::from_str(language).expect("JSON");
            for (key, names) in SAYS {
                let counted = names.contains(&"links");
                let keys = if counted { vec![format!("{key}_one"), format!("{key}_other")] } else { vec![key.to_owned()] };
                for key in keys {
                    let message = words[&key]["message"].as_str().unwrap_or_else(|| panic!("no words for {key}"));
                    for number in 1..=names.len() {
                        let is_said = message.contains(&format!("${number}"));
                        assert!(is_said || key.ends_with("_one"), "{key} does not say its value {number}");
                    }
                }
            }
            for (_, key) in WHATS {
                assert!(words[key]["message"].is_string(), "no words for {key}");
            }
        }
    }
}
