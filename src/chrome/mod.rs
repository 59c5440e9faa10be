//! Typed bindings of `chrome.*` and of the few web interfaces that the service worker needs.
//!
//! What must hold:
//! - Nothing here decides anything: a binding passes values through and turns what the browser throws into an [`ApiError`].
//!   Logic that uses one takes the trait next to it, so that it runs natively on a fake.
//! - Every call can fail: in a tab whose extension was updated ("orphan") the whole of `chrome.*` is gone. Nothing panics.
//! - An interface is looked up when it is called, never when the module loads, so that a context without it still starts.
//! - Values cross the border as JSON, the same text that travels to the backend, so what native tests show also holds here.

mod js;

pub mod i18n;
pub mod intl;
pub mod letters;
pub mod runtime;
pub mod storage;
pub mod tabs;

#[cfg(feature = "extension")]
pub mod action;
#[cfg(feature = "extension")]
pub mod alarms;
#[cfg(feature = "extension")]
pub mod http;
#[cfg(feature = "extension")]
pub mod notifications;
#[cfg(feature = "extension")]
pub mod rules;
#[cfg(feature = "extension")]
pub mod system;
#[cfg(feature = "extension")]
pub mod vault;
#[cfg(feature = "extension")]
pub mod zones;

pub use js::{from_js, object_from_js, text_to_js, to_js};

use wasm_bindgen::JsValue;

/// Why a call of an extension interface did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The extension was updated or removed under this page: no call will ever work here again.
    #[error("the extension context is gone")]
    Orphaned,
    /// Nobody listened to a message, or who did was ended before an answer.
    #[error("nobody answers")]
    NoReceiver,
    /// The storage is full.
    #[error("the storage is full")]
    QuotaExceeded,
    /// A value was not of the expected form.
    #[error("unexpected value: {0}")]
    Form(String),
    /// Anything else, in the browser's words.
    #[error("{0}")]
    Other(String),
}

impl ApiError {
    /// Reads what the browser threw. Chromium tells these cases apart by their English text only.
    pub fn from_thrown(thrown: &JsValue) -> Self {
        Self::from_text(&js::text_of(thrown))
    }

    fn from_text(text: &str) -> Self {
        if text.contains("context invalidated") || text.contains("Cannot read properties of undefined") {
            Self::Orphaned
        } else if text.contains("Receiving end does not exist")
            || text.contains("message port closed")
            || text.contains("message channel closed")
        {
            Self::NoReceiver
        } else if text.to_ascii_lowercase().contains("quota") {
            Self::QuotaExceeded
        } else {
            Self::Other(text.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ApiError;

    #[test]
    fn browser_texts_are_told_apart() {
        for (text, expected) in [
            ("Error: Extension context invalidated.", ApiError::Orphaned),
            ("TypeError: Cannot read properties of undefined (reading 'local')", ApiError::Orphaned),
            ("Error: Could not establish connection. Receiving end does not exist.", ApiError::NoReceiver),
            ("Error: The message port closed before a response was received.", ApiError::NoReceiver),
            (
                "Error: A listener indicated an asynchronous response by returning true, but the message channel closed before a response was received",
                ApiError::NoReceiver,
            ),
            ("Error: Resource::kQuotaBytes quota exceeded", ApiError::QuotaExceeded),
            ("Error: QUOTA_BYTES quota exceeded", ApiError::QuotaExceeded),
            ("Error: else", ApiError::Other("Error: else".to_owned())),
        ] {
            assert_eq!(ApiError::from_text(text), expected, "{text}");
        }
    }
}
