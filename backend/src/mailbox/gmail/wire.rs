//! Gmail's and Google's JSON, after the discovery document, cut down to what is used. What is missing is empty: a test or a
//! proxy may leave out what Google always sends.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Draft {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) message: Message,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) thread_id: String,
    #[serde(default)]
    pub(super) label_ids: Vec<String>,
    /// Milliseconds, as a decimal text.
    #[serde(default)]
    pub(super) internal_date: String,
    #[serde(default)]
    pub(super) payload: Part,
    #[serde(default)]
    pub(super) raw: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    #[serde(default)]
    pub(super) mime_type: String,
    #[serde(default)]
    pub(super) headers: Vec<Header>,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Header {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Thread {
    #[serde(default)]
    pub(super) messages: Vec<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Drafts {
    #[serde(default)]
    pub(super) drafts: Vec<Draft>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Messages {
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A page of what changed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) history: Vec<Change>,
    /// A number, as a decimal text.
    #[serde(default)]
    pub(super) history_id: String,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) messages_added: Vec<Changed>,
    #[serde(default)]
    pub(super) labels_removed: Vec<Changed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    #[serde(default)]
    pub(super) message: Message,
    /// Those that went, where it tells of labels.
    #[serde(default)]
    pub(super) label_ids: Vec<String>,
}

/// Gmail tells what changes, until then.
#[derive(Debug, Default, Deserialize)]
pub(super) struct WatchAnswer {
    /// Milliseconds since 1970, as a decimal text.
    #[serde(default)]
    pub(super) expiration: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Labels {
    #[serde(default)]
    pub(super) labels: Vec<Label>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Label {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    #[serde(default)]
    pub(super) email_address: String,
    /// A number, as a decimal text.
    #[serde(default)]
    pub(super) history_id: String,
}

impl Message {
    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers that came along.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.payload.headers.iter().map(|header| (header.name.as_str(), header.value.as_str()))
    }

    pub(super) fn has_label(&self, label: &str) -> bool {
        self.label_ids.iter().any(|known| known == label)
    }
}

/// An error of the API: `{"error": {"code", "message", "status", "errors": [{"reason"}], "details": [{"reason"}]}}`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) error: ApiError,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ApiError {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    errors: Vec<Reason>,
    #[serde(default)]
    details: Vec<Reason>,
}

#[derive(Debug, Default, Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

impl ApiError {
    /// Google's names for what is wrong.
    pub(super) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().chain(&self.details).map(|reason| reason.reason.as_str()).filter(|reason| !reason.is_empty())
    }
}

/// An answer of the token endpoint. It holds secrets and so has no `Debug`.
#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "RFC 6749 names them so")]
pub(super) struct Token {
    #[serde(default)]
    pub(super) access_token: String,
    /// Seconds.
    #[serde(default)]
    pub(super) expires_in: Option<u32>,
    #[serde(default)]
    pub(super) refresh_token: Option<String>,
    /// With spaces between.
    #[serde(default)]
    pub(super) scope: Option<String>,
}

/// An error of the token endpoint (RFC 6749, 5.2).
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenError {
    #[serde(default)]
    pub(super) error: String,
}
