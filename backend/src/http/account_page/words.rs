//! Languages of the account's pages, and how instants are written in them. The words themselves stand beside what they are about, English
//! first, German second.

use axum::http::HeaderMap;
use jiff::Timestamp;
use waxwing_protocol::Millis;

use super::super::oauth::Language as Preferred;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// The one that was chosen, or that the browser prefers; English when it names neither.
    pub fn of(headers: &HeaderMap, chosen: Option<&str>) -> Self {
        match chosen {
            Some("de") => return Self::German,
            Some("en") => return Self::English,
            _ => {}
        }
        match Preferred::of(headers) {
            Preferred::German => Self::German,
            Preferred::English => Self::English,
        }
    }

    /// As HTML names it.
    pub fn tag(self) -> &'static str {
        self.say("en", "de")
    }

    /// The words in this language.
    pub fn say(self, english: &'static str, german: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }

    /// An instant, in UTC: whose zone the reader is in is not known here.
    pub fn time(self, at: Millis) -> String {
        let form = self.say("%-d %b %Y, %H:%M UTC", "%d.%m.%Y, %H:%M UTC");
        Timestamp::from_millisecond(at).map(|at| at.strftime(form).to_string()).unwrap_or_default()
    }
}
