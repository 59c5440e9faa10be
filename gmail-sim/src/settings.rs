//! What can be switched. The same names are used by the control API, by `sim.<name>=` in the page's address and, for
//! all but `csp` and `shuffle`, by `localStorage["sim.settings"]`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// See `README.md` for what each one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, named on the wire")]
pub(crate) struct Settings {
    pub(crate) lang: Lang,
    pub(crate) theme: Theme,
    pub(crate) recipients: Recipients,
    pub(crate) quote: Quote,
    pub(crate) transport: Transport,
    pub(crate) title_bar: TitleBar,
    pub(crate) csp: Csp,
    /// Another name for every obfuscated class; 0: as Gmail has them.
    pub(crate) shuffle: u32,
    pub(crate) require_trusted: bool,
    pub(crate) undo_seconds: u32,
    pub(crate) autosave_ms: u32,
    pub(crate) confirm_empty: bool,
    pub(crate) send_and_archive: bool,
    pub(crate) batched: bool,
    pub(crate) plain_text: bool,
    pub(crate) prefetch_at_delivery: bool,
    pub(crate) late_ids: bool,
    /// How long an access token is good for.
    pub(crate) token_seconds: u32,
    /// The REST API's quota for each account; 0: none.
    pub(crate) quota_units_per_minute: u32,
    /// How long the REST API's lists and searches do not show a mail that was just sent.
    pub(crate) search_lag_ms: u32,
    /// How long the REST API's searches do not find a mail that just came.
    pub(crate) arrival_lag_ms: u32,
    /// Whether a mail that is sent by the REST API gets a Message-ID of Gmail's own.
    pub(crate) rewrite_message_id: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: Lang::En,
            theme: Theme::Light,
            recipients: Recipients::Peoplekit,
            quote: Quote::Folded,
            transport: Transport::Xhr,
            title_bar: TitleBar::Button,
            csp: Csp::Gmail,
            shuffle: 0,
            require_trusted: false,
            undo_seconds: 5,
            autosave_ms: 190,
            confirm_empty: true,
            send_and_archive: false,
            batched: false,
            plain_text: false,
            prefetch_at_delivery: false,
            late_ids: false,
            token_seconds: 3599,
            quota_units_per_minute: 0,
            search_lag_ms: 0,
            arrival_lag_ms: 0,
            rewrite_message_id: true,
        }
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $text)] $variant),+ }
    };
}
choice!(/** Language of the interface. */ Lang { En = "en", De = "de", Ar = "ar" });
choice!(Theme { Light = "light", Dark = "dark" });
choice!(/** Which of Gmail's two recipient interfaces. */ Recipients { Peoplekit = "peoplekit", Classic = "classic" });
choice!(/** Whether a reply's quote starts behind the three dots. */ Quote { Folded = "folded", Unfolded = "unfolded" });
choice!(Transport { Xhr = "xhr", Fetch = "fetch" });
choice!(/** Gmail's title bar before and after July 2026. */ TitleBar { Img = "img", Button = "button" });
choice!(Csp { Gmail = "gmail", TrustedTypes = "gmail+trusted-types", NoWasm = "no-wasm", None = "none" });

/// A setting that does not exist, or a value that it cannot have.
#[derive(Debug, thiserror::Error)]
#[error("settings: {0}")]
pub(crate) struct SettingsError(String);

impl Settings {
    /// These settings with the members of `patch` (a JSON object) laid over them.
    pub(crate) fn patched(&self, patch: &Value) -> Result<Self, SettingsError> {
        let Value::Object(patch) = patch else {
            return Err(SettingsError("an object is needed".to_owned()));
        };
        let mut whole = serde_json::to_value(self).map_err(|error| SettingsError(error.to_string()))?;
        if let Value::Object(whole) = &mut whole {
            whole.extend(patch.clone());
        }
        serde_json::from_value(whole).map_err(|error| SettingsError(error.to_string()))
    }

    /// These settings with `sim.<name>=<value>` pairs laid over them; a pair that makes no sense changes nothing.
    pub(crate) fn with_query(&self, pairs: &[(String, String)]) -> Self {
        let mut settings = self.clone();
        for (name, text) in pairs {
            let Some(name) = name.strip_prefix("sim.") else { continue };
            let value = serde_json::from_str::<Value>(text)
                .ok()
                .filter(|value| value.is_boolean() || value.is_number())
                .unwrap_or_else(|| Value::String(text.clone()));
            if let Ok(next) = settings.patched(&serde_json::json!({ name: value })) {
                settings = next;
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_and_refuses_what_is_unknown() {
        let settings = Settings::default();
        let next = settings.patched(&json!({"lang": "de", "shuffle": 9, "csp": "gmail+trusted-types"})).unwrap();
        assert_eq!((next.lang, next.shuffle, next.csp), (Lang::De, 9, Csp::TrustedTypes));
        assert_eq!(next.undo_seconds, settings.undo_seconds);
        assert!(settings.patched(&json!({"langue": "de"})).is_err());
        assert!(settings.patched(&json!({"lang": "xx"})).is_err());
        assert!(settings.patched(&json!(1)).is_err());
    }

    #[test]
    fn the_address_of_the_page_can_switch_things() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let settings = Settings::default().with_query(&[
            pair("sim.theme", "dark"),
            pair("sim.batched", "true"),
            pair("sim.shuffle", "3"),
            pair("sim.nonsense", "3"),
            pair("ver", "1"),
        ]);
        assert_eq!((settings.theme, settings.batched, settings.shuffle), (Theme::Dark, true, 3));
    }
}
