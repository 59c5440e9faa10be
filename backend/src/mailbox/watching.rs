//! What a mailbox tells whoever waits for answers in it, and the notes of reminders.
//!
//! What must hold:
//! - Only what is followed is looked at. Of all else a look learns no more than that it is there: its number, and where the server
//!   knows conversations its conversation. Where the server does not, `References` and `In-Reply-To` are compared and forgotten.
//! - Headers come first; a whole mail is read only where a rule needs it (`waxwing_domain::mailkind`).
//! - A look resumes where the last one stopped ([`Mark`]); what the server no longer knows is made up for by a bounded look
//!   around.
//! - A note is there once, however often it is put, and taken away only where it is ours.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;

/// The header that a reminder's note carries: the id of the note. Whatever carries it is no answer and no news.
pub const NOTE_HEADER: &str = "X-Waxwing-Note";
/// The label (Gmail) or keyword (IMAP) that a conversation carries while its reminder is back.
pub const LABEL: &str = "Waxwing/Reminder";

/// What is followed in a mailbox, asked before anything is read.
pub trait Followed: Send + Sync {
    /// Whether this conversation is followed: Gmail's id, 16 hexadecimal digits.
    fn has_thread(&self, thread: &str) -> bool;
    /// Whether a mail of this Message-ID (without angle brackets) is in a conversation that is followed.
    fn has_id(&self, rfc_id: &str) -> bool;
    /// Who may answer in a new conversation: addresses in lower case, and `@domain` where companies count. Bounded.
    fn people(&self) -> &[String];
}

/// How far a mailbox was looked through: the mailbox's own, opaque to all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark(pub serde_json::Value);

/// A mail that came in and may concern what is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// When the mailbox got it: never the mail's own date.
    pub at: Millis,
    /// The conversation, 16 hexadecimal digits, where the server knows them.
    pub thread: Option<String>,
    /// The mailbox's own id of the mail: Gmail's, or `uidvalidity:uid`. Together with the mailbox it names the mail for good.
    pub id: String,
    /// Its header, or all of it up to [`crate::incoming::MOST_BYTES`].
    pub raw: Arc<[u8]>,
    /// `raw` is more than the header.
    pub whole: bool,
}

/// What a look at a mailbox showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Where the next look resumes. Kept only after what arrived is on disk.
    pub mark: Mark,
    /// What may concern what is followed, oldest first. May tell a mail again that an earlier look told.
    pub arrived: Vec<Arrived>,
    /// There is more: look again at once.
    pub more: bool,
}

/// Why a wait for news ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something may have changed: look.
    News,
    /// This mailbox wakes nobody just now: ask now and then, and try again later.
    Later,
    /// This mailbox cannot wake anybody: ask now and then.
    Never,
}

/// What is known of a mail that was sent, to find it by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentHint {
    /// Gmail's legacy id of the mail.
    pub message: Option<String>,
    /// Gmail's legacy id of the conversation.
    pub thread: Option<String>,
    /// Its Message-ID, without angle brackets.
    pub rfc_id: Option<String>,
    /// When it was sent, by the sender's clock.
    pub sent_at: Millis,
    /// Its subject.
    pub subject: String,
    /// To whom, in lower case.
    pub recipients: Vec<String>,
}

/// A mail that was sent, as it lies in its mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMail {
    /// Gmail's legacy id of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Gmail's legacy id of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Its Message-ID, without angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfc_id: Option<String>,
    /// The ids in its `References` and `In-Reply-To`, without angle brackets, oldest first, at most 100.
    #[serde(default)]
    pub references: Vec<String>,
    /// Who wrote or was written to in the conversation before, in lower case, at most 100; where the server knows conversations.
    #[serde(default)]
    pub on_thread: Vec<String>,
    /// When the mailbox filed it.
    #[serde(default)]
    pub at: Millis,
}

/// A conversation, for looking where it is and for bringing it back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// Gmail's id.
    pub thread: Option<String>,
    /// Message-IDs of its mails, without angle brackets, the reminded one last.
    pub rfc_ids: Vec<String>,
}

/// Where a conversation lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the inbox, or archived.
    There,
    /// Its user deleted it, or it is in spam.
    Deleted,
    /// It is not found.
    Gone,
}

/// A note that brings a conversation back on top of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id: the value of [`NOTE_HEADER`], and what its Message-ID begins with.
    pub id: Uuid,
    /// Where it belongs.
    pub conversation: Conversation,
    /// The mail: RFC 5322 with [`NOTE_HEADER`], `References`, `Subject`, `Auto-Submitted`, from and to the mailbox's own address.
    pub raw: Arc<[u8]>,
    /// Its time of receipt.
    pub at: Millis,
}

/// Where a note lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// [`Note::id`].
    pub id: Uuid,
    /// The mailbox's own id of it; absent until it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The conversation, where the server knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
}
