//! What Gmail's web client and its server tell each other while a mail is saved and sent (`…/sync/u/N/i/s`).
//!
//! Gmail has used two shapes of one and the same message tree: nested arrays since September 2022 ([`shape_2022`]) and objects
//! with the fields' numbers as keys from 2018 on ([`shape_2018`]). The way through the tree is the same in both and stands in
//! [`tree`]; a later shape is one more file.
//!
//! What must hold:
//! - Reading never fails on a part that is not understood: an operation without a message is passed over, a field of another
//!   form counts as absent. Only text that is no JSON at all is an error.
//! - Every byte is hostile. Nesting is bounded by the parser (128 levels), nothing recurses here, nothing panics.
//! - Nothing is written: the extension never alters a request.

mod shape_2018;
mod shape_2022;
mod tree;

#[cfg(test)]
mod peers_wire;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::json;

/// A person on a line of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The address.
    pub address: String,
    /// The display name, where there is one.
    pub name: Option<String>,
}

/// What a request does with a mail, as its labels say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A draft is saved for the first time. Only requests tell this apart.
    FirstDraftSave,
    /// A draft is saved.
    DraftSave,
    /// The mail is sent now.
    Send,
    /// The mail is given to Gmail's own "Schedule send".
    Schedule,
}

impl Kind {
    /// Kinds by Gmail's system labels: `^r` and `^r_bt` on a draft, `^pfg` on a mail being sent (2018 to 2026), `^scheduled`
    /// on one that Gmail sends later.
    fn of(labels: &[String]) -> Option<Self> {
        let has = |label: &str| labels.iter().any(|own| own == label);
        if has("^r") && has("^r_bt") {
            Some(Self::DraftSave)
        } else if has("^pfg") {
            Some(Self::Send)
        } else if has("^scheduled") {
            Some(Self::Schedule)
        } else {
            None
        }
    }

    /// Whether the mail leaves the user's hands.
    pub const fn leaves(self) -> bool {
        matches!(self, Self::Send | Self::Schedule)
    }
}

/// One mail in a request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What is done with it.
    pub kind: Kind,
    /// `thread-a:r…` or `thread-f:…`.
    pub thread: String,
    /// `msg-a:r…` or `msg-f:…`: stays the same over saves and send.
    pub message: String,
    /// Who sends it. Responses of accounts without a name hold it as well.
    pub from: Option<Contact>,
    /// The To line; `None` when the request does not hold it.
    pub to: Option<Vec<Contact>>,
    /// The Cc line.
    pub cc: Option<Vec<Contact>>,
    /// The Bcc line.
    pub bcc: Option<Vec<Contact>>,
    /// The subject.
    pub subject: Option<String>,
    /// The HTML that the writer wrote. Responses hold none.
    pub body: Option<String>,
    /// The HTML of the folded quote, when Gmail sends it apart.
    pub quote: Option<String>,
    /// Gmail's labels, as sent.
    pub labels: Vec<String>,
    /// The Message-ID header with its angle brackets, in responses. In requests this place holds the id answered to.
    pub rfc_id: Option<String>,
    /// The message id of the old interface, 16 hexadecimal digits; changes with each save. Responses only.
    pub legacy_message: Option<String>,
    /// The thread id of the old interface, 16 hexadecimal digits. Responses only.
    pub legacy_thread: Option<String>,
}

impl Mail {
    /// All the HTML that goes out: the writer's own and the quote.
    pub fn html(&self) -> String {
        [self.body.as_deref(), self.quote.as_deref()].into_iter().flatten().collect()
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not JSON, or nested too deeply.
    #[error("the body is not JSON")]
    NotJson,
    /// JSON, but neither of the known shapes.
    #[error("the body has none of the known shapes")]
    UnknownShape,
}

/// The mails that a request saves or sends, in its order. Empty when it holds other operations only.
pub fn read_request(body: &str) -> Result<Vec<Mail>, WireError> {
    match parse(body)? {
        root @ Value::Array(_) => Ok(tree::request(&shape_2022::Shape, &root)),
        root @ Value::Object(_) => Ok(tree::request(&shape_2018::Shape, &root)),
        _ => Err(WireError::UnknownShape),
    }
}

/// The mails that a response tells of, in its order: also others than the request was about.
pub fn read_response(body: &str) -> Result<Vec<Mail>, WireError> {
    match parse(body)? {
        root @ Value::Array(_) => Ok(tree::response(&shape_2022::Shape, &root)),
        root @ Value::Object(_) => Ok(tree::response(&shape_2018::Shape, &root)),
        _ => Err(WireError::UnknownShape),
    }
}

fn parse(body: &str) -> Result<Value, WireError> {
    let trimmed = body.trim_start();
    // Google's guard against being read as a script.
    json::read(trimmed.strip_prefix(")]}'").unwrap_or(trimmed)).ok_or(WireError::NotJson)
}
