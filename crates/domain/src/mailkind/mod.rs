//! What a mail is: written by a person, or an automatic reply, a bounce, a notice, a report, a list's or a machine's.
//!
//! ```text
//! header fields, parts ─► feedback report? ─► read receipt? ─► delivery report? ─► a bounce of no standard?
//!                         ─► automatic reply? ─► calendar? ─► list? ─► machine? ─► human
//! ```
//!
//! What must hold:
//! - Header fields beat words. Words alone make no mail a bounce, and none an automatic reply: a person may write them all.
//! - Bounces are looked for before automatic replies: Postfix and Exim mark their bounces `Auto-Submitted: auto-replied`.
//! - Rules follow from an RFC or from a program that is known to write so; each names it.
//! - Mails are hostile: any text gives a kind, in time that is linear in it; of a part [`MOST_TEXT`] bytes count. What is taken
//!   out of a mail (addresses, codes) is short and printable.
//!
//! `docs/ANSWERS.md` tells it to people.

pub mod away;
mod header;
mod mailboxes;
mod notice;
mod phrases;
mod reason;
mod reply;
mod report;
#[cfg(test)]
mod tests;

use header::Headers;
pub use header::ids_of;
pub use mailboxes::{addresses_in, author_of};
pub use reason::Reason;

/// So many bytes of a part are read.
pub const MOST_TEXT: usize = 64 * 1024;
/// So many header fields are looked at.
pub const MOST_HEADERS: usize = 1_000;
/// So many failed recipients are told.
pub const MOST_FAILED: usize = 20;

/// A mail, as far as its kind asks. A shell fills it.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// Names and values of the header, in its order. Values are unfolded; the one of `Subject` is decoded (RFC 2047).
    pub headers: &'a [(&'a str, &'a str)],
    /// Its own parts that are no multiparts, in their order; what is inside of a returned mail is not among them. May be empty
    /// where [`needs_parts`] says no.
    pub parts: &'a [Part<'a>],
}

/// A part of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What it is.
    pub media: Media,
    /// Its text, decoded.
    pub text: &'a str,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `text/plain`, or without a type.
    Plain,
    /// `text/html`, as plain text.
    Html,
    /// `message/delivery-status` and `message/global-delivery-status` (RFC 3464, 6533).
    DeliveryStatus,
    /// `message/disposition-notification` (RFC 8098).
    Disposition,
    /// `message/feedback-report` (RFC 5965).
    Feedback,
    /// `message/rfc822`, `text/rfc822-headers` and the like: the mail that it is about, header first.
    Returned,
    /// `text/calendar`.
    Calendar,
    /// Something else.
    Other,
}

/// What a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing says that a machine wrote it.
    Human,
    /// A program answered in a person's place: out of office, a ticket's receipt.
    AutoReply,
    /// It did not arrive, and will not: there is no such address.
    BounceHard,
    /// It did not arrive, for a reason that may pass: a full mailbox, a filter, a server that is away.
    BounceSoft,
    /// It did not arrive, and nothing says why.
    Bounce,
    /// It has not arrived yet.
    DelayNotice,
    /// It arrived, was passed on, or was shown.
    DeliveryNotice,
    /// Somebody complained of it (RFC 5965).
    FeedbackReport,
    /// Of a mailing list, or a newsletter.
    List,
    /// A machine wrote it, of its own accord.
    Automated,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Human,
        Self::AutoReply,
        Self::BounceHard,
        Self::BounceSoft,
        Self::Bounce,
        Self::DelayNotice,
        Self::DeliveryNotice,
        Self::FeedbackReport,
        Self::List,
        Self::Automated,
    ];

    /// As it is written in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::AutoReply => "auto-reply",
            Self::BounceHard => "bounce-hard",
            Self::BounceSoft => "bounce-soft",
            Self::Bounce => "bounce",
            Self::DelayNotice => "delay-notice",
            Self::DeliveryNotice => "delivery-notice",
            Self::FeedbackReport => "feedback-report",
            Self::List => "list",
            Self::Automated => "automated",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it says that a mail did not arrive.
    pub const fn is_bounce(self) -> bool {
        matches!(self, Self::BounceHard | Self::BounceSoft | Self::Bounce)
    }
}

/// Which rule decided, under the key that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Nothing was found.
    Nothing,
    /// A feedback report.
    Feedback,
    /// A read receipt: shown.
    Read,
    /// A read receipt: deleted, or handled without being shown.
    Unread,
    /// A delivery report after RFC 3464.
    Report,
    /// A notice of a mail server, in words of its own.
    Notice,
    /// `X-Failed-Recipients`.
    FailedRecipients,
    /// `Auto-Submitted`.
    AutoSubmitted,
    /// `X-Autoreply` and its likes.
    AutoHeader,
    /// `Precedence`.
    Precedence,
    /// The subject begins as programs begin it.
    Subject,
    /// Sent from the null address.
    NullSender,
    /// It forbids automatic replies to itself.
    Suppress,
    /// A calendar's notice.
    Calendar,
    /// `List-Id` and its likes.
    List,
    /// A mail server wrote it.
    Daemon,
}

impl Rule {
    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Feedback => "feedback",
            Self::Read => "read",
            Self::Unread => "deleted",
            Self::Report => "report",
            Self::Notice => "notice",
            Self::FailedRecipients => "failed-recipients",
            Self::AutoSubmitted => "auto-submitted",
            Self::AutoHeader => "auto-header",
            Self::Precedence => "precedence",
            Self::Subject => "subject",
            Self::NullSender => "null-sender",
            Self::Suppress => "suppress",
            Self::Calendar => "calendar",
            Self::List => "list",
            Self::Daemon => "daemon",
        }
    }
}

/// What a mail is, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// Which rule decided.
    pub rule: Rule,
    /// Why a mail did not arrive, of bounces and delays.
    pub reason: Option<Reason>,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// Whom a mail did not reach, or whom it reached, of a notice: addresses as they are written, at most [`MOST_FAILED`].
    pub failed: Vec<String>,
    /// The Message-ID of the mail that it is about, without its angle brackets.
    pub original: Option<String>,
}

impl Finding {
    fn new(kind: Kind, rule: Rule) -> Self {
        Self { kind, rule, reason: None, status: None, failed: Vec::new(), original: None }
    }
}

/// What a mail is.
pub fn classify(mail: &Mail<'_>) -> Finding {
    let headers = Headers::new(mail.headers);
    report::find(headers, mail.parts)
        .or_else(|| notice::find(headers, mail.parts))
        .or_else(|| reply::find(headers, mail.parts))
        .unwrap_or_else(|| Finding::new(Kind::Human, Rule::Nothing))
}

/// Whether the parts may change, or add to, what the header says. Where not, a mail need not be fetched whole.
pub fn needs_parts(headers: &[(&str, &str)]) -> bool {
    let headers = Headers::new(headers);
    // Reports, notices and calendars are told apart by their parts; an automatic reply says when somebody is back.
    report::may_be(headers) || notice::may_be(headers) || reply::is_reply(headers)
}
