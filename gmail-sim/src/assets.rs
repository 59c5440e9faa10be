//! The web files, built in; a developer can have them read from a folder instead.

use crate::app::App;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../web/", $name)))),+];
    };
}

files![
    "app.js",
    "composes.js",
    "compose.js",
    "compose-dom.js",
    "compose-body.js",
    "compose-send.js",
    "dom.js",
    "dialogs.js",
    "handles.js",
    "i18n.js",
    "list.js",
    "net.js",
    "page.html",
    "peoplekit.js",
    "classic.js",
    "recipients.js",
    "sanitize.js",
    "schedule.js",
    "shell.js",
    "snackbar.js",
    "thread.js",
    "toolbar.js",
    "wire.js",
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
