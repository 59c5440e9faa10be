//! Which words a standing has. The words themselves are in `_locales`.

use super::icons::Icon;
use crate::content::decide::Standing;

/// How a standing looks and what it is called: keys of `_locales`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Its icon.
    pub(super) icon: Icon,
    /// The name of the switch for those who do not see it.
    pub(super) label: &'static str,
    /// The heading of the tooltip.
    pub(super) title: &'static str,
    /// What it means.
    pub(super) lines: &'static [&'static str],
    /// What pressing does.
    pub(super) hint: Option<&'static str>,
}

/// The look of a standing.
pub(super) const fn look(standing: Standing) -> Look {
    match standing {
        Standing::Tracked => Look {
            icon: Icon::Seal,
            label: "compose_label_tracked",
            title: "compose_tracked",
            lines: &[],
            hint: Some("compose_tracked_hint"),
        },
        Standing::Undecided => Look {
            icon: Icon::SealAsk,
            label: "compose_label_undecided",
            title: "compose_undecided",
            lines: &["compose_undecided_why"],
            hint: Some("compose_switch_on_hint"),
        },
        Standing::Refused => {
            Look { icon: Icon::SealOff, label: "compose_label_refused", title: "compose_refused", lines: &[], hint: None }
        }
        Standing::NotAgreed => Look {
            icon: Icon::SealOff,
            label: "compose_label_not_agreed",
            title: "compose_not_agreed",
            lines: &["compose_not_agreed_why"],
            hint: None,
        },
        Standing::Off => Look {
            icon: Icon::SealOff,
            label: "compose_label_off",
            title: "compose_off",
            lines: &["compose_off_why"],
            hint: Some("compose_switch_on_hint"),
        },
        Standing::Plain { .. } => Look {
            icon: Icon::SealOff,
            label: "compose_label_plain",
            title: "compose_plain",
            lines: &["compose_plain_why"],
            hint: None,
        },
        Standing::Unknown { .. } => Look {
            icon: Icon::Failed,
            label: "compose_label_unknown",
            title: "compose_unknown",
            lines: &["compose_unknown_why"],
            hint: None,
        },
        Standing::NotConnected { .. } => Look {
            icon: Icon::SealOff,
            label: "compose_label_not_connected",
            title: "compose_not_connected",
            lines: &["compose_not_connected_why"],
            hint: None,
        },
        Standing::NotChosen => Look {
            icon: Icon::SealAsk,
            label: "compose_label_not_chosen",
            title: "compose_not_chosen",
            lines: &["compose_not_chosen_why"],
            hint: None,
        },
    }
}

/// Said when the only recipient is the writer.
pub(super) const ONLY_SELF: &str = "compose_only_self";
/// Said when the body holds addresses that are plain text.
pub(super) const LOOSE_LINKS: &str = "compose_loose_links";
/// Said with the recipient who refused.
pub(super) const REFUSED: &str = "compose_refused_who";
/// Said with the recipient who has not agreed.
pub(super) const NOT_AGREED: &str = "compose_not_agreed_who";
/// Said with the recipient because of whom clicks are not tracked.
pub(super) const ONLY_OPENS: &str = "compose_only_opens";
/// Said with the recipient because of whom opens are not tracked.
pub(super) const ONLY_CLICKS: &str = "compose_only_clicks";
/// The name of our group of controls.
pub(super) const GROUP: &str = "app_name";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every key that the content script names is there in every language.
    #[test]
    fn all_words_are_there() {
        let mut keys =
            BTreeSet::from([ONLY_SELF, LOOSE_LINKS, REFUSED, NOT_AGREED, GROUP, "page_orphaned", "page_wasm_forbidden"]);
        keys.extend([ONLY_OPENS, ONLY_CLICKS, "page_broken", "page_reload", "page_close"]);
        for standing in [
            Standing::Tracked,
            Standing::Undecided,
            Standing::Refused,
            Standing::NotAgreed,
            Standing::Off,
            Standing::Plain { wanted: true },
            Standing::Unknown { wanted: true },
            Standing::NotConnected { wanted: true },
            Standing::NotChosen,
        ] {
            let look = look(standing);
            keys.extend([look.label, look.title]);
            keys.extend(look.lines);
            keys.extend(look.hint);
        }
        let locales = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("extension/_locales");
        for language in std::fs::read_dir(locales).expect("_locales is there") {
            let file = language.expect("_locales can be read").path().join("messages.json");
            let text = std::fs::read_to_string(&file).expect("a language has its messages");
            let messages: serde_json::Value = serde_json::from_str(&text).expect("messages.json is JSON");
            for key in &keys {
                assert!(messages[key]["message"].is_string(), "{} lacks {key}", file.display());
            }
        }
    }
}
