//! What the contexts of the extension say to each other: the content script and the pages ask, the service worker answers.
//!
//! One tagged union a direction; one client sends it ([`ToWorker`] over `chrome.runtime.sendMessage`), and the answer is
//! always a [`Reply`]. The state that all contexts read stands in `chrome.storage.local` under the names in [`key`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;
use crate::api::{Content, GmailIds, Message, Minting, PutMessage, PutReminder, ScheduledPage, Stats, Trouble, WaitingPage};

mod consent;
mod later;
mod notify;
mod talk;

pub use crate::api::Policy;
pub use consent::{HeldConsent, HeldLine, HeldPeople, LineChoice};
pub use later::{
    LaterAnswer, LaterReply, LaterToWorker, PanelEnd, PanelFacts, RefusedReminder, RemindFacts, ReminderBrief, ScheduledBrief,
    ToTab,
};
pub use notify::{HeldNeed, HeldNews, NeedOf, NotifySettings, QuietHours};
pub use talk::{Answer, FromWorker, Reply, ToWorker};

/// The names in `chrome.storage.local`.
pub mod key {
    /// [`super::Connection`]: absent until a backend is paired.
    pub const CONNECTION: &str = "connection";
    /// [`super::Policy`]: absent until the user chose.
    pub const POLICY: &str = "policy";
    /// `true` while the backend has not been told of [`POLICY`].
    pub const POLICY_UNSENT: &str = "policy_unsent";
    /// [`super::LineChoice`]: absent once the backend has been told.
    pub const LINE_UNSENT: &str = "line_unsent";
    /// [`super::HeldConsent`]: what send gates decide by. Absent without a backend that knows consent.
    pub const CONSENT: &str = "consent";
    /// [`super::HeldPeople`]: what is known of recipients, which [`CONSENT`] is made of.
    pub const CONSENT_PEOPLE: &str = "consent_people";
    /// [`super::Link`]: how the connection is just now.
    pub const LINK: &str = "link";
    /// Prefix of the outbox's entries: `outbox:<20 digits of order>:<id>` → [`super::OutboxEntry`]; the id is
    /// [`super::OutboxTask::mail`].
    pub const OUTBOX: &str = "outbox:";
    /// Prefix of entries that the backend refused for good, `parked:<20 digits of order>:<id>` → [`super::Parked`].
    pub const PARKED: &str = "parked:";
    /// [`super::Pause`]: until when the whole outbox waits; absent when it does not.
    pub const OUTBOX_PAUSE: &str = "outbox_pause";
    /// `[NotTracked]`, newest first, at most 200.
    pub const NOT_TRACKED: &str = "not_tracked";
    /// The first page as last seen: [`super::CachedList`].
    pub const CACHED_LIST: &str = "cached_list";
    /// The number of the last event taken from the stream.
    pub const LAST_EVENT: &str = "last_event";
    /// [`super::NotifySettings`]: absent until changed.
    pub const NOTIFY: &str = "notify";
    /// `[`[`super::HeldNews`]`]`: what waits for the end of the quiet hours.
    pub const HELD_NEWS: &str = "held_news";
    /// `[`[`super::HeldNews`]`]`: the newest of each kind that was seen by asking for the list, while no stream was to be had. What
    /// the stream tells of these later is no news any more.
    pub const POLLED_NEWS: &str = "polled_news";
    /// `[legacy thread id]`, written whenever what is known of these conversations changed: content scripts that show one of
    /// them ask again ([`super::ToWorker::Ticks`]). An empty list: all of them.
    pub const TICK_NEWS: &str = "tick_news";
    /// `[`[`super::ScheduledBrief`]`]`: what waits to be sent, as the worker last heard; content scripts read it and watch it.
    pub const SCHEDULED: &str = "scheduled";
    /// [`super::CachedScheduled`]: what waits to be sent, as it was last heard, for when the backend is away.
    pub const CACHED_SCHEDULED: &str = "cached_scheduled";
    /// `[`[`super::HeldNeed`]`]`: what needs the user and waits to be told.
    pub const HELD_NEEDS: &str = "held_needs";
    /// `[`[`super::ReminderBrief`]`]`: reminders that wait or are back, of conversations whose id is known, as the worker last heard, at
    /// most 500; content scripts read it and watch it.
    pub const REMINDERS: &str = "reminders";
    /// [`super::CachedWaiting`]: whose answer is waited for, as it was last heard, for when the backend is away.
    pub const CACHED_WAITING: &str = "cached_waiting";
    /// How many news were not looked at: what the badge shows.
    pub const UNSEEN: &str = "unseen";
}

/// The backend this browser is paired with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The backend's address: an origin, perhaps with a path, without a slash at the end.
    pub server: String,
    /// The account's public id.
    pub account: String,
    /// The account's name.
    pub account_name: String,
    /// This device's id.
    pub device: Uuid,
    /// The bearer token.
    pub device_token: String,
    /// How to mint.
    pub minting: Minting,
    /// What the backend can do.
    pub capabilities: Vec<String>,
    /// When it was paired.
    pub paired_at: Millis,
}

// The token must not reach a log.
impl core::fmt::Debug for Connection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).field("account", &self.account).finish_non_exhaustive()
    }
}

/// How the connection to the backend is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Link {
    /// The last call worked.
    Up {
        /// When.
        at: Millis,
    },
    /// The backend did not answer.
    Down {
        /// Since when.
        since: Millis,
        /// Why, as a [`Fault`].
        fault: Fault,
    },
    /// The backend refuses this device: pair again.
    Revoked {
        /// Since when.
        since: Millis,
    },
}

/// A mail that waits for the backend's acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// What to do.
    pub task: OutboxTask,
    /// When it was put here.
    pub queued_at: Millis,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// Not before this instant.
    #[serde(default)]
    pub next_at: Millis,
    /// The account it belongs to: after pairing with another account it is not sent there.
    pub account: String,
}

/// An outbox entry that the backend refused for good (400, 409, 413). Kept and shown, tried again after pairing anew and
/// after an update of the extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The entry.
    pub entry: OutboxEntry,
    /// The HTTP status it was refused with.
    pub status: u16,
    /// When.
    pub at: Millis,
}

/// A wait of the whole outbox, because the backend is away or asked for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Until then.
    pub until: Millis,
    /// How often in a row it was tried.
    pub attempts: u32,
    /// The backend asked for it, so that a person's wish does not shorten it.
    #[serde(default)]
    pub asked: bool,
}

/// What an outbox entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum OutboxTask {
    /// `PUT /messages/{id}`.
    Put {
        /// The message's id.
        id: Uuid,
        /// The body.
        message: PutMessage,
    },
    /// `DELETE /messages/{id}`: undone, or deleted by the user.
    Delete {
        /// The message's id; that of the reminder, of a mail that is not tracked.
        id: Uuid,
    },
    /// `PUT /reminders/{id}`: a reminder that was chosen in a compose whose mail has left.
    Remind {
        /// The reminder's id.
        id: Uuid,
        /// The body.
        put: PutReminder,
    },
}

impl OutboxTask {
    /// The id in the entry's key: of all that is about one mail nothing overtakes, and all of it goes when the mail is undone. So
    /// a reminder stands under its tracked message, or under its own id where there is none.
    #[must_use]
    pub fn mail(&self) -> Uuid {
        match self {
            Self::Put { id, .. } | Self::Delete { id } => *id,
            Self::Remind { id, put } => put.mail.message.unwrap_or(*id),
        }
    }
}

/// A mail that left Gmail untracked although tracking was wanted, or that the user should know of. Kept in this browser only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTracked {
    /// Made up here, to tell them apart.
    pub id: Uuid,
    /// When it was sent.
    pub sent_at: Millis,
    /// The address that sent it.
    #[serde(default)]
    pub sender: String,
    /// Gmail's ids, as far as known.
    #[serde(default)]
    pub gmail: GmailIds,
    /// What was written and to whom, as far as known.
    #[serde(default)]
    pub content: Content,
    /// Why.
    pub why: WhyNot,
}

/// Why a mail is not tracked. The words for each stand in `_locales` as `why_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// It was sent as plain text.
    PlainText,
    /// The page forbids WebAssembly.
    WasmForbidden,
    /// No backend is paired.
    NotConnected,
    /// The compose's parts were not found: Gmail has changed.
    ComposeUnknown,
    /// Marking failed, and the mail left untouched.
    MarkFailed,
    /// The pixel was not in what Gmail sent.
    PixelMissing,
    /// The pixel was in what Gmail sent more than once, or another one was.
    PixelWrong,
    /// No send request was seen for a marked mail.
    NoRequest,
    /// The extension was updated under the open tab.
    Orphaned,
    /// The outbox is full.
    OutboxFull,
}

/// The first page of the list as it was last loaded, for when the backend is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedList {
    /// When it was loaded.
    pub at: Millis,
    /// The messages.
    pub messages: Vec<Message>,
    /// The totals of the last 30 days, if they were loaded.
    #[serde(default)]
    pub stats: Option<Stats>,
}

/// The first page of what waits to be sent, as it was last loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedScheduled {
    /// When it was loaded.
    pub at: Millis,
    /// It. Its numbers are those of all pages.
    pub page: ScheduledPage,
}

/// The first pages of what waits for an answer, as they were last loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedWaiting {
    /// When they were loaded.
    pub at: Millis,
    /// What needs its user. Its numbers are those of all.
    pub back: WaitingPage,
    /// What waits for an answer, longest first.
    pub waiting: WaitingPage,
}

/// How Waxwing does in a Gmail tab: what the self-test counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabHealth {
    /// The mailbox's path, e.g. `/mail/u/0`.
    pub path: String,
    /// The account's address, when it was found.
    #[serde(default)]
    pub address: Option<String>,
    /// WASM runs in this page.
    pub running: bool,
    /// The parts of Gmail that were looked for and not found, by their key in the selector lists. Empty when all is well.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The parts that the two ways of finding disagree on.
    #[serde(default)]
    pub disagree: Vec<String>,
}

/// What the popup's frame shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The paired server and account name; `None` until paired.
    #[serde(default)]
    pub connected: Option<Connected>,
    /// How the connection is.
    #[serde(default)]
    pub link: Option<Link>,
    /// The default, when chosen.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// Entries that wait in the outbox.
    pub waiting: u32,
    /// Entries that the backend refused for good: see [`List::refused`].
    #[serde(default)]
    pub refused: u32,
    /// The outbox is full: mails sent now may not be registered until the backend has taken some.
    #[serde(default)]
    pub outbox_full: bool,
    /// The rule that keeps this browser from loading the account's own pixels is in force.
    #[serde(default)]
    pub own_pixels_blocked: bool,
    /// News that were not looked at.
    #[serde(default)]
    pub unseen: u32,
    /// Scheduled mails that need the user: held, or failed and not looked at. The badge counts them too.
    #[serde(default)]
    pub needs: u32,
    /// Scheduled mails that wait for their time.
    #[serde(default)]
    pub scheduled: u32,
    /// Reminders that are back and mails that did not arrive, not looked at. The badge counts them too.
    #[serde(default)]
    pub back: u32,
    /// Mails that wait for an answer.
    #[serde(default)]
    pub unanswered: u32,
    /// What the user wants to be told.
    #[serde(default)]
    pub notify: NotifySettings,
    /// The last health of each open Gmail tab.
    #[serde(default)]
    pub tabs: Vec<TabHealth>,
}

/// The part of [`Connection`] that a page shows. No secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// The backend's address.
    pub server: String,
    /// The account's name.
    pub account_name: String,
    /// This device.
    pub device: Uuid,
    /// Where pixels and links point to.
    pub tracking_url: String,
}

/// A page of the list, with what is known only here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// From the backend, newest first. Includes what still waits in the outbox (see `waiting`) on the first page.
    pub messages: Vec<Message>,
    /// Ids in `messages` that the backend has not acknowledged yet.
    #[serde(default)]
    pub waiting: Vec<Uuid>,
    /// Ids in `messages` that the backend refused for good; what came of them is not known. [`ToWorker::Delete`] drops one.
    #[serde(default)]
    pub refused: Vec<Uuid>,
    /// Not tracked ones in the same span of time.
    #[serde(default)]
    pub not_tracked: Vec<NotTracked>,
    /// The cursor of the next page.
    #[serde(default)]
    pub next: Option<String>,
    /// Set when the backend was away and this is the copy from then.
    #[serde(default)]
    pub from_cache_of: Option<Millis>,
}

/// Why something did not work. The words for each stand in `_locales` as `fault_<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// No backend is paired.
    NotConnected,
    /// The address typed is not an address.
    BadAddress,
    /// Nothing answers at that address (down, refused, no such host, wrong certificate: a browser does not say which).
    Unreachable,
    /// Something answers that is not a Waxwing backend.
    NotWaxwing,
    /// It did not answer in time.
    Timeout,
    /// The code is not one.
    CodeUnknown,
    /// The code is too old.
    CodeExpired,
    /// The code was used.
    CodeUsed,
    /// Too many tries; wait this many seconds.
    RateLimited {
        /// Seconds.
        retry_after: u32,
    },
    /// This device was revoked: pair again.
    Revoked,
    /// No such message.
    NotFound,
    /// The backend cannot store now.
    Unavailable,
    /// The backend is of a version that cannot do this yet.
    TooOld,
    /// The draft was not found in the mailbox: Gmail has not saved it yet, or it is another mailbox's.
    DraftUnknown,
    /// The draft cannot be sent as it is: nobody to send it to, nothing to send, or a recipient that is no address.
    DraftUnfit,
    /// The time is over, or no time follows from the rule.
    NoTime,
    /// What was asked for does not fit where the mail stands now: look again.
    Conflict,
    /// The mailbox cannot be used now.
    Mailbox {
        /// Why.
        trouble: Trouble,
    },
    /// The operator has not set a Google client.
    NoGoogleClient,
    /// The browser's storage is full.
    StorageFull,
    /// The backend answered with something else.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// A mistake of ours; the text is for a bug report.
    Internal {
        /// Never a secret.
        detail: String,
    },
}
