//! Mailboxes: one trait, two kinds, Gmail's API and IMAP with SMTP.
//!
//! What must hold:
//! - A send tells exactly one of three things apart ([`SendOutcome`]): it was taken, it was certainly not taken, or that is
//!   unclear. Whatever happens before [`Commit::commit`] answered is "certainly not"; whatever is lost after it is "unclear".
//!   Nothing in this room ever sends a second time by itself.
//! - Each access is written into the ledger ([`Ledger`]), with its reason.
//! - What a server says is foreign text: shortened, without control characters, never markup, and never a secret.

pub mod imap;
pub mod said;
pub mod smtp;
pub mod wire;

mod current;
mod written;

pub mod automatic;
pub mod gmail;
pub mod ledger;
pub mod options;
pub mod registry;
pub mod watching;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, AccessReason, DraftHint, Trouble};

use watching::{Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail, Woken};

/// The header that a mail carries from a schedule: the id of its [`Trace`]. It is how a sent mail is found again where the
/// provider writes a Message-ID of its own.
pub const TRACE_HEADER: &str = "X-Waxwing-Id";

/// How long so many bytes may take on their way to a server, over a slow line: a minute for 2 MB, twenty at most.
pub fn uploading(bytes: usize) -> Duration {
    const LONGEST: Duration = Duration::from_mins(20);
    Duration::from_millis((bytes as u64).saturating_mul(30) / 1_024).min(LONGEST)
}

/// What went wrong with a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{trouble:?}")]
pub struct MailboxError {
    /// What.
    pub trouble: Trouble,
    /// The server's own words: foreign text, at most 300 characters, without control characters. Never part of `Display`.
    pub said: Option<String>,
    /// Not before so many seconds from now, when the server said so.
    pub retry_after: Option<u32>,
}

impl MailboxError {
    /// Without the server's words.
    pub fn new(trouble: Trouble) -> Self {
        Self { trouble, said: None, retry_after: None }
    }

    /// Trying again later may work without anybody doing anything. So with a certificate or an answer that is none: a network
    /// that wants its guests to sign in first gives both.
    pub fn may_pass(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Unreachable
                | Trouble::Certificate
                | Trouble::NotOffered
                | Trouble::NoDrafts
                | Trouble::Protocol
                | Trouble::RateLimited
                | Trouble::Busy
                | Trouble::RecipientFull
                | Trouble::Full
        )
    }

    /// Its owner has to sign in again.
    pub fn needs_sign_in(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::WrongPassword | Trouble::GrantRevoked | Trouble::RightMissing | Trouble::ClientRefused | Trouble::KeyLost
        )
    }
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, MailboxError>;

/// Where a draft is, and which edit of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRef {
    /// Stays the same over edits: Gmail's draft id; by IMAP the folder's UIDVALIDITY and the thread or Message-ID, as the kind
    /// of mailbox needs it.
    pub id: String,
    /// Changes with each edit: Gmail's message id; by IMAP `uidvalidity:uid`.
    pub version: String,
    /// The conversation as Gmail names it, 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The Message-ID header, with its angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfc_id: Option<String>,
    /// Bytes of the mail when it was last read, written by the engine; 0: not known.
    #[serde(default)]
    pub size: usize,
    /// What it looked like, where edits have to be told from other drafts by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Looks>,
}

impl DraftRef {
    /// By IMAP at Gmail the id holds the number that the draft had when it was found, so an edit that is found has another. All of
    /// a conversation begin with this. `None`: the id is the draft's, and no other is.
    pub fn conversation(&self) -> Option<&str> {
        let end = self.id.starts_with("gmail:").then(|| self.id.rfind(':'))??;
        (end > "gmail".len()).then(|| &self.id[..=end])
    }
}

/// Short digests of what a draft says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Of its subject; `None`: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Of its recipients; `None`: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<String>,
}

impl Looks {
    /// Whether two may be edits of one draft: a subject or recipients stayed. Having none is nothing that stays.
    pub fn resembles(&self, other: &Self) -> bool {
        let stayed = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        stayed(&self.subject, &other.subject) || stayed(&self.recipients, &other.recipients)
    }
}

/// A draft as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it is.
    pub at: DraftRef,
    /// RFC 5322, byte for byte as the server gave it.
    pub raw: Arc<[u8]>,
}

impl Draft {
    /// With its size in [`DraftRef::size`].
    #[must_use]
    pub fn measured(mut self) -> Self {
        self.at.size = self.raw.len();
        self
    }
}

/// A mail that is to be handed over.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The draft it came from; `None` for a time of a recurrence, which leaves its draft where it is.
    pub draft: Option<DraftRef>,
    /// The final bytes, with [`TRACE_HEADER`], `Message-ID` and `Date`, and still with `Bcc`: SMTP takes it out, Gmail's API
    /// needs it.
    pub raw: Arc<[u8]>,
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's recipients, each once.
    pub recipients: Vec<String>,
    /// What it can be found again by.
    pub trace: Trace,
}

/// What a mail can be found again by, written down before the first call of its send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The value of [`TRACE_HEADER`]: made anew for each try that may have had an effect.
    pub id: Uuid,
    /// The Message-ID header, with its angle brackets.
    pub rfc_id: String,
    /// The draft that the send uses up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftRef>,
    /// The conversation as Gmail names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// When the intent was written.
    pub at: Millis,
}

/// Where a mail lies that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentRef {
    /// Gmail's legacy message id, 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The conversation, 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The Message-ID that it has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfc_id: Option<String>,
    /// Recipients that the server refused while it took the others, with its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(String, String)>,
}

/// What came of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The server has it.
    Sent(SentRef),
    /// The server certainly does not have it.
    NotSent(MailboxError),
    /// The lease was lost before the last byte: nothing left, and it is no longer ours to say.
    LeaseLost,
    /// The server may have it: the answer was lost after the last byte.
    Unclear(MailboxError),
}

/// What a look for a mail showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was sent.
    Sent(SentRef),
    /// It was certainly not sent: the send would have used up its draft, and the draft is still there.
    NotSent(DraftRef),
    /// It cannot be told.
    Unknown,
}

/// Asked right before the last byte that commits (SMTP's final dot; the request to Gmail's API).
pub trait Commit: Send + Sync {
    /// Checks that the lease still holds and writes to disk that from now on the mail may be out. `false`: it does not hold; stop.
    fn commit(&self) -> BoxFuture<'_, bool>;
}

/// Writes each access down. Never fails the access: what cannot be written is logged.
pub trait Ledger: Send + Sync {
    /// One access to a mailbox.
    fn write(&self, action: AccessAction, ok: bool);
}

/// Why, and for which mail, a mailbox is accessed: what a ledger entry is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    /// Why.
    pub reason: AccessReason,
    /// For which.
    pub scheduled: Option<Uuid>,
    /// For which mail that is waited for.
    pub waiting: Option<Uuid>,
}

/// A mailbox that can be sent from, and watched.
pub trait Mailbox: Send + Sync {
    /// Finds the draft that the hint means. `None`: it is not there, or not the only one that fits.
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>>;

    /// Which edit of a draft is there now, without its content. `None`: it is gone.
    fn version<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>>;

    /// Reads a draft as it is now. `None`: it is gone.
    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>>;

    /// Hands a mail over, once, and files its copy and removes its draft where the server does not.
    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome>;

    /// What became of a mail whose send was not answered. `since_secs`: for how long nobody has been waiting for the answer; a
    /// provider that files what it took with a delay is not believed before.
    fn look<'a>(&'a self, trace: &'a Trace, since_secs: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>>;

    /// Whether a draft that is gone was sent by hand: a mail of the same conversation or Message-ID lies in Sent.
    fn sent_by_hand<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>>;

    /// Whether one of these addresses wrote in the conversation of the draft after `since`, by headers alone; machines' answers
    /// (RFC 3834) do not count.
    fn answered<'a>(
        &'a self,
        draft: &'a DraftRef,
        addresses: &'a [String],
        since: Millis,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>>;

    /// What came in since `since` and may concern what is followed. Without a mark: since `not_before`, as far as is sensible.
    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        not_before: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        let _ = (since, not_before, followed, ledger);
        Box::pin(async { Err(MailboxError::new(Trouble::NotOffered)) })
    }

    /// Waits until something may have come in after `mark`, for as long as it takes. Dropping it ends the wait.
    fn wait_for_news<'a>(&'a self, mark: &'a Mark, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        let _ = (mark, ledger);
        Box::pin(async { Ok(Woken::Never) })
    }

    /// Finds a mail that was sent. `None`: it is not there (yet), or not the only one that fits.
    fn find_sent<'a>(&'a self, hint: &'a SentHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        let _ = (hint, ledger);
        Box::pin(async { Err(MailboxError::new(Trouble::NotOffered)) })
    }

    /// Where a conversation lies.
    fn place<'a>(&'a self, conversation: &'a Conversation, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        let _ = (conversation, ledger);
        Box::pin(async { Err(MailboxError::new(Trouble::NotOffered)) })
    }

    /// Puts a note into a conversation, on top of the inbox, unread and labelled. Where it lies already, from a call whose answer
    /// was lost, it is not put again.
    fn put_note<'a>(&'a self, note: &'a Note, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        let _ = (note, ledger);
        Box::pin(async { Err(MailboxError::new(Trouble::NotOffered)) })
    }

    /// Takes a note away, and the label off its conversation. It is fine when it is gone already, and when it never was put.
    fn take_note<'a>(&'a self, note: &'a NoteRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        let _ = (note, ledger);
        Box::pin(async { Err(MailboxError::new(Trouble::NotOffered)) })
    }

    /// Gives a grant back, where there is one.
    fn revoke<'a>(&'a self, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>>;
}
