//! What one hit is called, why, and what that means.

use std::borrow::Cow;

use waxwing_protocol::api::{Claim, HitKind, Label, Verdict};

/// The reason of what Apple's mail program does by itself: the one prefetch that hides an open rather than denies it.
const APPLE: &str = "reason_apple_privacy";
/// What the keys of reasons begin with.
const REASON: &str = "reason_";
/// Reasons with a name in them, which have words without one under `<key>_nameless`.
const NAMED: [&str; 8] = [
    "reason_scanner_network",
    "reason_names_itself",
    "reason_proxy_open",
    "reason_program_open",
    "reason_cloud_open",
    "reason_gateway_fast",
    "reason_cloud_fast",
    "reason_gateway",
];

/// How a hit looks: one icon and one colour for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A person.
    Person,
    /// Somebody, through a mail provider's proxy.
    Proxy,
    /// The sender.
    Own,
    /// Loaded in advance.
    Prefetch,
    /// Hidden by Apple.
    Apple,
    /// A machine.
    Scanner,
    /// It cannot be told.
    Unknown,
}

/// The look of a label.
pub fn look(label: Label, reason: Option<&str>) -> Look {
    match label {
        Label::Own => Look::Own,
        Label::Human => Look::Person,
        Label::ImageProxy => Look::Proxy,
        Label::Prefetch if reason == Some(APPLE) => Look::Apple,
        Label::Prefetch => Look::Prefetch,
        Label::Scanner => Look::Scanner,
        Label::Unknown => Look::Unknown,
    }
}

/// Whether hits of that label are counted as opens or clicks.
pub const fn is_counted(label: Label) -> bool {
    matches!(label, Label::Human | Label::ImageProxy)
}

/// What a hit is called: a key, and the name that goes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Title<'a> {
    /// The key.
    pub key: &'static str,
    /// Its `$1`: the verdict's name.
    pub name: Option<&'a str>,
}

/// The title of a hit with that label. `verdict` is what the rules say; none where the label is the owner's word.
pub fn title(kind: HitKind, label: Label, verdict: Option<&Verdict>) -> Title<'_> {
    let reason = verdict.map_or("", |verdict| verdict.reason.as_str());
    let name = verdict.and_then(|verdict| verdict.name.as_deref()).filter(|name| !name.is_empty());
    let plain = |key| Title { key, name: None };
    match (label, kind) {
        (Label::Own, _) => plain("told_own"),
        (Label::Human, HitKind::Click) => plain("told_click"),
        (Label::Human, HitKind::Open) => match (reason, name) {
            ("reason_program_open", Some(name)) => Title { key: "told_program", name: Some(name) },
            ("reason_program_open", None) => plain("told_program_nameless"),
            ("reason_webkit_open", _) => plain("told_webkit"),
            ("reason_browser_open", _) => plain("told_browser"),
            _ => plain("told_open"),
        },
        (Label::ImageProxy, _) => match (reason, name) {
            ("reason_gmail_open" | "reason_gmail_open_own_views", _) => plain("told_gmail"),
            ("reason_gmail_open_fast" | "reason_gmail_unconfirmed", _) => plain("told_gmail_loaded"),
            (_, Some(name)) => Title { key: "told_proxy", name: Some(name) },
            (_, None) => plain("told_proxy_nameless"),
        },
        (Label::Prefetch, _) => plain(if reason == APPLE { "told_apple" } else { "told_prefetch" }),
        (Label::Scanner, _) => match reason {
            "reason_scanner_network"
            | "reason_burst"
            | "reason_gateway_fast"
            | "reason_recheck"
            | "reason_cloud_fast"
            | "reason_trap" => plain("told_filter"),
            _ => plain("told_machine"),
        },
        (Label::Unknown, _) => plain("told_unknown"),
    }
}

/// The key of a reason's words. `None` for what is no key of a reason, as a newer or a foreign backend may send.
pub fn reason_key(verdict: &Verdict) -> Option<Cow<'_, str>> {
    let key = verdict.reason.as_str();
    let is_key = key.starts_with(REASON) && key.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    if !is_key {
        return None;
    }
    let nameless = verdict.name.as_deref().is_none_or(str::is_empty) && NAMED.contains(&key);
    Some(if nameless { Cow::Owned(format!("{key}_nameless")) } else { Cow::Borrowed(key) })
}

/// The key of the reason of a label that is the owner's word; `of_rule` when it was said of another hit like it.
pub const fn claimed_reason(claim: Claim, of_rule: bool) -> &'static str {
    match (claim, of_rule) {
        (_, false) => "said_so",
        (Claim::Me, true) => "said_so_me",
        (Claim::Person, true) => "said_so_person",
        (Claim::Machine, true) => "said_so_machine",
    }
}

/// The key of what a hit means for whether the mail was read.
pub const fn meaning(look: Look, kind: HitKind) -> &'static str {
    match (look, kind) {
        (Look::Person, HitKind::Click) => "means_click",
        (Look::Person, HitKind::Open) => "means_open",
        (Look::Proxy, _) => "means_proxy",
        (Look::Own, _) => "means_own",
        (Look::Prefetch, _) => "means_prefetch",
        (Look::Apple, _) => "means_apple",
        (Look::Scanner, _) => "means_scanner",
        (Look::Unknown, _) => "means_unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use waxwing_domain::verdict::CATALOGUE;
    use waxwing_protocol::api::{Claim, Confidence, HitKind, Label, Verdict};

    use super::{Look, NAMED, claimed_reason, look, meaning, reason_key, title};

    type Messages = BTreeMap<String, serde_json::Value>;

    fn languages() -> [Messages; 2] {
        [include_str!("../../extension/_locales/en/messages.json"), include_str!("../../extension/_locales/de/messages.json")]
            .map(|text| serde_json::from_str(text).expect("the words are JSON"))
    }

    fn verdict(reason: &str, name: Option<&str>) -> Verdict {
        Verdict {
            label: Label::Unknown,
            confidence: Confidence::Low,
            reason: reason.to_owned(),
            name: name.map(Into::into),
            checking_until: None,
        }
    }

    #[test]
    fn every_reason_of_the_catalogue_has_words() {
        for words in languages() {
            for entry in CATALOGUE {
                let text =
                    |key: &str| words.get(key).and_then(|entry| entry["message"].as_str()).unwrap_or_default().to_owned();
                let takes_name = entry.nameless != entry.english;
                assert_eq!(NAMED.contains(&entry.key), takes_name, "{}", entry.key);
                assert!(!text(entry.key).is_empty(), "{} has no words", entry.key);
                assert!(takes_name || !text(entry.key).contains('$'), "{} speaks of a name that is not there", entry.key);
                for name in [None, Some("")] {
                    let verdict = verdict(entry.key, name);
                    let nameless = text(&reason_key(&verdict).expect("a key of the catalogue"));
                    assert!(!nameless.is_empty() && !nameless.contains('$'), "{} without a name", entry.key);
                }
            }
            // And none that no rule gives.
            for key in words.keys().filter(|key| key.starts_with("reason_") && *key != "reason_unheard") {
                let whole = key.strip_suffix("_nameless").unwrap_or(key);
                assert!(CATALOGUE.iter().any(|entry| entry.key == whole), "{key} is no reason");
            }
        }
    }

    #[test]
    fn every_title_and_meaning_has_words() {
        let labels = [Label::Own, Label::Human, Label::ImageProxy, Label::Prefetch, Label::Scanner, Label::Unknown];
        for words in languages() {
            for kind in [HitKind::Open, HitKind::Click] {
                for label in labels {
                    for reason in CATALOGUE.iter().map(|entry| entry.key) {
                        for name in [None, Some("Yahoo Mail")] {
                            let verdict = verdict(reason, name);
                            let title = title(kind, label, Some(&verdict));
                            let text = words[title.key]["message"].as_str().expect("a title has words");
                            assert_eq!(text.contains("$1"), title.name.is_some(), "{}", title.key);
                            assert!(words.contains_key(meaning(look(label, Some(reason)), kind)));
                        }
                    }
                }
            }
            for claim in [Claim::Me, Claim::Person, Claim::Machine] {
                for of_rule in [false, true] {
                    assert!(words.contains_key(claimed_reason(claim, of_rule)));
                }
            }
        }
    }

    #[test]
    fn what_is_no_reason_is_not_looked_up() {
        for reason in ["", "app_name", "reason_<b>", "REASON_x", "reason_ä"] {
            assert_eq!(reason_key(&verdict(reason, None)), None, "{reason}");
        }
        assert_eq!(reason_key(&verdict("reason_cloud_open", Some("AWS"))).as_deref(), Some("reason_cloud_open"));
        assert_eq!(reason_key(&verdict("reason_cloud_open", None)).as_deref(), Some("reason_cloud_open_nameless"));
    }

    #[test]
    fn apple_is_told_from_other_prefetches() {
        assert_eq!(look(Label::Prefetch, Some("reason_apple_privacy")), Look::Apple);
        assert_eq!(look(Label::Prefetch, Some("reason_gmail_prefetch")), Look::Prefetch);
        assert_eq!(look(Label::Unknown, Some("reason_apple_privacy")), Look::Unknown);
    }
}
