//! The web files, built in; a developer can have them read from a folder instead.

use crate::app::App;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../web/", $name)))),+];
    };
}

files![
    "alone.js",
    "app.js",
    "classic.js",
    "compose-body.js",
    "compose-dom.js",
    "compose-send.js",
    "compose.js",
    "dialogs.js",
    "docked.js",
    "dom.js",
    "drafts.js",
    "handles.js",
    "i18n.js",
    "inline.js",
    "list.js",
    "net.js",
    "outcome.js",
    "peoplekit.js",
    "recipients.js",
    "sanitize.js",
    "schedule.js",
    "shell.js",
    "snackbar.js",
    "thread.js",
    "toolbar.js",
    "wire.js",
    "page.html",
    "shell.css",
    "list.css",
    "thread.css",
    "compose.css",
    "words/en.json",
    "words/de.json",
    "words/ar.json",
];

/// The style sheets in the order in which they apply.
pub(crate) const STYLES: [&str; 4] = ["shell.css", "list.css", "thread.css", "compose.css"];
/// The languages of the interface.
pub(crate) const LANGUAGES: [&str; 3] = ["en", "de", "ar"];

impl App {
    /// The text of a web file.
    pub(crate) fn asset(&self, name: &str) -> Option<String> {
        let (known, text) = FILES.iter().find(|(known, _)| *known == name)?;
        match &self.web {
            Some(folder) => std::fs::read_to_string(folder.join(known)).ok(),
            None => Some((*text).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn words(lang: &str) -> BTreeSet<String> {
        let name = format!("words/{lang}.json");
        let (_, text) = FILES.iter().find(|(known, _)| *known == name).unwrap();
        let map: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
        map.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn every_language_has_every_word_and_every_word_is_used() {
        for lang in LANGUAGES {
            assert_eq!(words(lang), words("en"), "{lang}");
        }
        let code: String = FILES.iter().filter(|(name, _)| !name.starts_with("words/")).map(|(_, text)| *text).collect();
        let unused: Vec<String> = words("en").into_iter().filter(|key| !code.contains(&format!("\"{key}\""))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
