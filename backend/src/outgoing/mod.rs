//! The mail itself, as bytes: what a draft holds, and what it becomes when it is sent.
//!
//! Pure functions, no I/O. What must hold:
//! - Words, structure and attachments of a mail stay as they are. Replaced are, in place, the body of the HTML part (with its
//!   transfer encoding, when it must change) and the header lines `Message-ID`, `Date` and [`TRACE_HEADER`]; every other byte
//!   stays where it was.
//! - What is signed or encrypted is never changed. What cannot be read for certain is never changed either: it goes out as it
//!   is, untracked, and [`NotTrackedWhy`] says so.
//! - After [`prepare`] a mail whose opens are tracked has exactly one pixel, and all of this was checked on the bytes that leave.
//!
//! [`TRACE_HEADER`]: crate::mailbox::TRACE_HEADER

mod charset;
mod header;
mod html;
mod lines;
mod parts;
mod prepare;
mod read;
mod splice;
mod transfer;

use uuid::Uuid;
use waxwing_domain::token::MintKey;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Kinds, Recipient};
use waxwing_protocol::page::HeldLine;

/// What a draft holds, as far as scheduling asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The subject, decoded; empty when there is none.
    pub subject: String,
    /// The address in `From`.
    pub from: String,
    /// All recipients, each address once, in the order To, Cc, Bcc.
    pub recipients: Vec<Recipient>,
    /// There is something to read or see in its text.
    pub has_text: bool,
    /// There is something beside its text.
    pub has_attachments: bool,
    /// Bytes of the whole.
    pub size: usize,
    /// The Message-ID header with its angle brackets.
    pub rfc_id: Option<String>,
}

/// What is to become of a draft.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The draft: RFC 5322.
    pub draft: &'a [u8],
    /// The account whose old marks are taken out of quotes, tracked or not.
    pub account: &'a str,
    /// The value of the trace header.
    pub trace: Uuid,
    /// The Message-ID, with its angle brackets.
    pub rfc_id: &'a str,
    /// When it is sent: the `Date` header, in the draft's own offset where it has one.
    pub date: Millis,
    /// How to track it; `None`: not.
    pub mint: Option<Mint<'a>>,
}

/// How a mail's marks are made.
#[derive(Debug, Clone, Copy)]
pub struct Mint<'a> {
    /// The account's key of `epoch`.
    pub key: &'a MintKey,
    /// The account's epoch.
    pub epoch: u8,
    /// Where pixel and links point to.
    pub tracking_url: &'a str,
    /// The message's id.
    pub message: Uuid,
    /// What is put in: at least one.
    pub tracks: Kinds,
    /// The line with the link to the recipient's page, if it is to have one.
    pub line: Option<&'a HeldLine>,
}

/// A mail that is ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// RFC 5322, with CRLF, still with `Bcc`.
    pub raw: Vec<u8>,
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's recipients, each once.
    pub recipients: Vec<String>,
    /// What was written and to whom, with the links that were wrapped.
    pub content: Content,
    /// Whether it carries a pixel; if not, why.
    pub tracked: Result<(), NotTrackedWhy>,
}

/// Why a draft cannot be sent as a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has no header of a mail.
    #[error("it is not a mail")]
    NotAMail,
    /// `From` is missing or is no address.
    #[error("it has no sender")]
    Sender,
    /// A recipient is no address.
    #[error("one of its recipients is not an address")]
    Recipient,
}

/// Why a mail goes out without a pixel. [`NotTrackedWhy::say`] names the sentence to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotTrackedWhy {
    /// Its sender did not want it.
    NotAsked,
    /// One of its recipients refused.
    Refused,
    /// One of its recipients did not agree, and only those are tracked who did.
    NotAgreed,
    /// Clicks alone may be tracked, and it has no link.
    NoLinks,
    /// It has no HTML part.
    PlainText,
    /// It is signed (S/MIME, PGP): a change would break the signature.
    Signed,
    /// It is encrypted (S/MIME, PGP).
    Encrypted,
    /// Its HTML is in a character set, or holds bytes, that cannot be read for certain.
    Charset,
    /// Its HTML is in a transfer encoding that cannot be read for certain.
    Encoding,
    /// Its parts cannot be told apart for certain.
    Structure,
    /// Its HTML cannot be read for certain, or did not take the marks.
    Markup,
    /// The tracking address cannot be used.
    Address,
}

impl NotTrackedWhy {
    /// The name of the sentence for people, for the flight recorder: a key of `_locales` is `flight_say_<name>`.
    pub fn say(self) -> &'static str {
        match self {
            Self::NotAsked => "untracked_not_asked",
            Self::Refused => "untracked_refused",
            Self::NotAgreed => "untracked_not_agreed",
            Self::NoLinks => "untracked_no_links",
            Self::PlainText => "untracked_plain_text",
            Self::Signed => "untracked_signed",
            Self::Encrypted => "untracked_encrypted",
            Self::Charset => "untracked_charset",
            Self::Encoding => "untracked_encoding",
            Self::Structure => "untracked_structure",
            Self::Markup => "untracked_markup",
            Self::Address => "untracked_address",
        }
    }
}

/// What a draft holds.
pub fn summary(raw: &[u8]) -> Result<Summary, Unreadable> {
    read::summary(raw)
}

/// The mail that a draft becomes. Time and memory grow with its size and no faster.
pub fn prepare(order: &Order<'_>) -> Result<Prepared, Unreadable> {
    prepare::prepare(order)
}

#[cfg(test)]
mod tests;
