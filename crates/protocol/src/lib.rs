//! The types on the wire: between the extension and its backend ([`api`]) and between the contexts of the extension
//! ([`page`]).
//!
//! What must hold:
//! - Types only: nothing here reads a clock, a network or a database.
//! - A field that an older partner does not send has a default; a field is never given another meaning.
//! - Instants are [`Millis`]: whole milliseconds since 1970-01-01T00:00:00Z.
//! - What a person wrote and to whom travels as one group ([`api::Content`]), apart from ids, times and hits, so that a
//!   later version can seal it on the device.

pub mod api;
pub mod page;

/// The version of the API under `/api/v1`. A breaking change gets a new path.
pub const API_VERSION: u32 = 1;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// What a backend can do. The extension offers only what the backend it is paired with names.
pub mod capability {
    /// Open and click tracking: pixels, links, messages, hits.
    pub const TRACKING: &str = "tracking";
    /// The event stream `/api/v1/events`.
    pub const EVENTS: &str = "events";
    /// Verdicts, corrections, own views, news, muting.
    pub const VERDICTS: &str = "verdicts";
    /// Mailboxes and mails that go out later.
    pub const SCHEDULING: &str = "scheduling";
    /// Answers and reminders.
    pub const REMINDERS: &str = "reminders";
    /// What recipients agreed to and refused, the page behind the link in a mail, and an end of tracking.
    pub const CONSENT: &str = "consent";
    /// Everything this version of the backend can do.
    pub const ALL: &[&str] = &[TRACKING, EVENTS, VERDICTS, SCHEDULING, REMINDERS, CONSENT];
}
