//! The API between the extension and the backend, all JSON under `/api/v1`.
//!
//! Every call but [`PairRequest`] carries the device token as `Authorization: Bearer …`. Errors are [`Problem`]
//! documents (RFC 9457).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;

mod activity;
mod consent;
mod mailboxes;
pub mod problem;
mod reminders;
mod rights;
mod scheduled;
mod stats;
mod verdicts;

pub use activity::{Activity, MailState};
pub use consent::{
    ConsentProof, ConsentRule, ConsentSettings, ConsentSnapshot, ConsentSource, ConsentState, DomainCountry, Kinds,
    PeopleChanged, PeoplePage, Person, PersonDetail, Policy, PutPeople, PutPerson, RuleOf, Tracking, Tracks,
};
pub use mailboxes::{
    Access, AccessAction, AccessPage, AccessReason, ConnectImap, ConnectStep, ConnectStepKind, Connecting, GmailStart,
    MailServer, MailServers, MailTls, Mailbox, MailboxKind, MailboxSettings, MailboxState, Mailboxes, Trouble,
};
pub use reminders::{
    Answered, AnsweredHow, Bounced, Condition, DefaultOf, DefaultReminder, PutReminder, RemindedMail, Reminder,
    ReminderSettings, ReminderState, WaitingAction, WaitingList, WaitingMail, WaitingNews, WaitingOrder, WaitingPage,
    WhyReminder, Wish,
};
pub use rights::{AskedErasure, EraseRecipient, Exported, Restriction, Rights};
pub use scheduled::{
    ContactZone, DraftHint, FlightEntry, Late, LateThen, PutScheduled, Schedule, Scheduled, ScheduledAction, ScheduledDetail,
    ScheduledList, ScheduledPage, ScheduledState, SeenScheduled, When, Why,
};
pub use stats::{DayStats, DomainStats, DomainTrust, Period, Stats, TrustKind};
pub use verdicts::{
    Alike, Claim, Confidence, Correct, Corrected, Correction, CorrectionRule, Hit, HitKind, JudgedBy, Label, OwnView, Verdict,
};

/// `POST /pair`: turn a pairing code into a device token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PairRequest {
    /// The code as `waxwing pair` printed it. Case, spaces and hyphens do not count.
    pub code: String,
    /// A name for this browser, shown in the list of devices; at most 80 characters are kept.
    pub device: String,
}

/// What a device gets when it pairs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PairResponse {
    /// The account.
    pub account: Account,
    /// This device's id.
    pub device: Uuid,
    /// The bearer token; shown only once.
    pub device_token: String,
    /// How this device mints.
    pub minting: Minting,
    /// What the backend can do, see [`crate::capability`].
    pub capabilities: Vec<String>,
}

// A `Debug` that would print secrets does not exist.
impl core::fmt::Debug for PairResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PairResponse").field("account", &self.account).field("device", &self.device).finish_non_exhaustive()
    }
}

/// An account: a person on a backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Account {
    /// The short public id that stands in pixel and link addresses.
    pub id: String,
    /// The name given to `waxwing pair --account`.
    pub name: String,
}

/// What a device needs to mint addresses without the network.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Minting {
    /// Where pixels and links point to: an origin, perhaps with a path, without a slash at the end.
    pub tracking_url: String,
    /// The epoch the key belongs to.
    pub epoch: u8,
    /// The mint key of that epoch: 32 bytes, base64url without padding.
    pub mint_key: String,
}

impl core::fmt::Debug for Minting {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Minting").field("tracking_url", &self.tracking_url).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// `GET /account`: who this device belongs to and how it mints now (the epoch may have moved on).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountResponse {
    /// The account.
    pub account: Account,
    /// This device's id.
    pub device: Uuid,
    /// How this device mints.
    pub minting: Minting,
    /// What the backend can do.
    pub capabilities: Vec<String>,
}

/// A code to sign in to the account's page with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountCode {
    /// The code, as people type it. Good once.
    pub code: String,
    /// Until when it is good.
    pub expires_at: Millis,
    /// The address of the page.
    pub page: String,
}

/// A person a mail went to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Recipient {
    /// To, Cc or Bcc.
    pub kind: RecipientKind,
    /// The address.
    pub address: String,
    /// The display name, where Gmail knew one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Which line a recipient stood on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// To.
    To,
    /// Cc.
    Cc,
    /// Bcc.
    Bcc,
}

/// A wrapped link of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Link {
    /// Where it goes.
    pub target: String,
    /// The text it stood on, shortened.
    #[serde(default)]
    pub text: String,
}

/// What a person wrote and to whom. Stored as one group; the hot path never needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Content {
    /// The subject, at most 10,000 characters are kept.
    #[serde(default)]
    pub subject: String,
    /// All recipients.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    /// The links that were wrapped, in the order of the mail.
    #[serde(default)]
    pub links: Vec<Link>,
}

/// Gmail's own ids of a mail, as far as they are known. The draft id stays the same over saves and send; the legacy message
/// id changes with each save and is final only after the send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GmailIds {
    /// `msg-a:r…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// `thread-a:r…` or `thread-f:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_thread: Option<String>,
    /// 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_message: Option<String>,
    /// The Message-ID header, with its angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfc_id: Option<String>,
}

/// `PUT /messages/{id}`: a mail that the user sent. Idempotent: the same id again updates what is new (ids learnt later) and
/// never takes anything away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutMessage {
    /// The epoch of the token in the mail.
    pub epoch: u8,
    /// When the send request left Gmail, by the sender's clock.
    pub sent_at: Millis,
    /// True when Gmail itself will send it later ("Schedule send").
    #[serde(default)]
    pub scheduled: bool,
    /// The address that sent it.
    pub sender: String,
    /// Gmail's ids.
    #[serde(default)]
    pub gmail: GmailIds,
    /// What was written and to whom.
    pub content: Content,
    /// What is tracked in it.
    #[serde(default)]
    pub tracks: Tracks,
}

/// A message in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Message {
    /// Its id: UUID v4, the one inside the token.
    pub id: Uuid,
    /// When it was sent.
    pub sent_at: Millis,
    /// True when Gmail itself sends it later.
    #[serde(default)]
    pub scheduled: bool,
    /// The address that sent it.
    pub sender: String,
    /// Gmail's ids.
    #[serde(default)]
    pub gmail: GmailIds,
    /// What was written and to whom.
    pub content: Content,
    /// What came of it.
    pub activity: Activity,
    /// No news of it: its owner asked for quiet. Counted and shown all the same.
    #[serde(default)]
    pub muted: bool,
    /// What is tracked in it, and what was refused.
    #[serde(default)]
    pub tracking: Tracking,
}

/// Which messages `GET /messages?state=` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// [`MailState::Opened`] or better.
    Opened,
    /// Everything less, also what nobody can tell.
    Unopened,
    /// A person followed a link.
    Clicked,
    /// [`MailState::Machines`] exactly.
    Machines,
}

/// `PUT /messages/{id}/mute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Mute {
    /// Whether there should be no news of this message.
    pub muted: bool,
}

/// A page of messages, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Give this as `before` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `GET /messages/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageDetail {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Its hits, newest first, at most 500.
    pub hits: Vec<Hit>,
    /// How many older hits are not in `hits`.
    #[serde(default)]
    pub more_hits: u32,
    /// What opens from the recipients' domain meant so far; absent when the recipients have several domains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<DomainTrust>,
    /// What the verdicts were made by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_by: Option<JudgedBy>,
}

/// A paired browser. `GET /devices` lists them; `DELETE /devices/{id}` revokes one and starts a new epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Device {
    /// Its id.
    pub id: Uuid,
    /// The name it gave when pairing.
    pub name: String,
    /// When it paired.
    pub paired_at: Millis,
    /// When it last called, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Millis>,
    /// True for the device that asks.
    #[serde(default)]
    pub current: bool,
}

/// One piece of news on `GET /events` (server-sent events; the event's `id:` is its number, `event:` its kind, `data:` this
/// as JSON). A stream opens with `retry:`; a comment line comes every 20 s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// What came of a message is another now: hits came, or were judged anew. For counts and ticks, not for notifications.
    Activity {
        /// The message.
        message: Uuid,
        /// The newest hit's kind.
        hit: HitKind,
        /// The newest hit's time.
        at: Millis,
        /// The roll-up after it.
        activity: Activity,
    },
    /// Something that its owner may want to be told: a hit that was settled (others of its burst, or the sender's own view,
    /// would have shown by now) and is neither the sender's nor a machine's. Told once a hit, never of muted messages.
    News {
        /// The message.
        message: Uuid,
        /// What happened.
        what: NewsKind,
        /// When.
        at: Millis,
        /// Absent when this is the first of its kind on the message, of those that count: what was told before may have been judged
        /// otherwise since. Otherwise the number of the event that told the first.
        /// A device that has not come to that number yet treats this one as the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<i64>,
        /// The target of the link.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// The roll-up after it.
        activity: Activity,
    },
    /// A message was registered, its ids changed, or it was muted.
    Message {
        /// The message.
        message: Uuid,
    },
    /// A message was deleted.
    Deleted {
        /// The message.
        message: Uuid,
    },
    /// A scheduled mail stands somewhere else now, or goes at another time.
    Scheduled {
        /// It.
        scheduled: Uuid,
        /// Where it stands.
        state: ScheduledState,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Why>,
        /// When.
        at: Millis,
        /// What is to be told its sender: held, failed, or sent late; not each step.
        #[serde(default)]
        tell: bool,
    },
    /// A mailbox is in another state, came or went: ask `GET /mailboxes`.
    Mailbox {
        /// It.
        mailbox: Uuid,
        /// Its owner has to sign in again.
        #[serde(default)]
        sign_in: bool,
    },
    /// Something happened to a mail whose answer is waited for.
    Waiting {
        /// It: [`WaitingMail::id`].
        mail: Uuid,
        /// The tracked message, when it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Uuid>,
        /// What.
        what: WaitingNews,
        /// When.
        at: Millis,
        /// Its owner is to be told. A tracked mail's answer is told by [`Event::News`], not by this.
        #[serde(default)]
        tell: bool,
    },
    /// A recipient refused, or took that back: of one mail by its link, or an address in all mails.
    Refused {
        /// The mail whose link it was; absent when it was an address, in all mails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Uuid>,
        /// The address, when it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// What is refused now.
        refused: Kinds,
        /// When.
        at: Millis,
    },
    /// The choice, or what is known of people, changed: ask `GET /consent`.
    Consent,
    /// The account's epoch or tracking address changed: ask `GET /account`.
    Account,
    /// News was missed (the number asked for is too old): load everything anew.
    Reset,
}

/// What an [`Event::News`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// Somebody at the recipient's side loaded the pictures.
    Open,
    /// A person followed a link.
    Click,
    /// A person answered.
    Answer,
    /// Something loaded the pictures or followed a link, and it cannot be told what.
    Unknown,
}

/// An error, RFC 9457 (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:waxwing:problem:<name>`; the name is one of [`problem`].
    #[serde(rename = "type")]
    pub kind: String,
    /// Short, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time. Never a secret, an address or a subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With `conflict` of `PUT /scheduled/{id}`: the mail that this draft is scheduled as already. Change that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Uuid>,
}
