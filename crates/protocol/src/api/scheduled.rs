//! Mails that go out later: what their sender asked for, where each stands, and the flight recorder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Content, GmailIds, Recipient, Trouble, Wish};
use crate::Millis;

/// When a mail should go. Wall times are `2026-11-24T09:00:00`, zones IANA names; they are resolved when due, gaps and overlaps
/// after RFC 5545.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    /// Once, when clocks there show this.
    At {
        /// What clocks show.
        wall: String,
        /// Where.
        zone: String,
    },
    /// Once, at this instant ("in 2 hours").
    Instant {
        /// It.
        at: Millis,
        /// The zone to show it in.
        zone: String,
    },
    /// Once, as soon as possible within hours of days.
    Within {
        /// Days as RFC 5545 writes them: `MO`.
        days: Vec<String>,
        /// The first time of day, `09:00`.
        from: String,
        /// The time of day at which it is over, after `from`.
        to: String,
        /// Not before this day, `2026-08-25`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<String>,
        /// Where.
        zone: String,
    },
    /// Again and again, by a rule of RFC 5545 (the part that `waxwing_domain::recur` knows).
    Repeat {
        /// `FREQ=WEEKLY;BYDAY=MO`, without `RRULE:`.
        rule: String,
        /// The wall time that the rule starts from.
        start: String,
        /// Where.
        zone: String,
        /// Wall times of the rule that are left out.
        #[serde(default)]
        skip: Vec<String>,
        /// It ends when one of the recipients writes.
        #[serde(default)]
        until_answered: bool,
    },
}

/// What its sender asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// When.
    pub when: When,
    /// The phrase that was typed, for showing it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phrase: Option<String>,
    /// Not if one of the recipients writes in the conversation first.
    #[serde(default)]
    pub unless_answered: bool,
    /// What to do when it is late.
    #[serde(default)]
    pub late: Late,
    /// Not on these days: `2026-12-24`, or the holidays of a country by its code (`DE`, `US`, see
    /// `waxwing_domain::holidays`). A mail moves to the same time of the next day that is none.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// A reminder that is set when it has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Wish>,
}

/// What to do with a mail that is late, because the backend or the mailbox was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Late {
    /// More than so many minutes after its time it counts as late: 1 to 10080.
    pub minutes: u32,
    /// Then.
    pub then: LateThen,
}

impl Default for Late {
    fn default() -> Self {
        Self { minutes: 30, then: LateThen::Hold }
    }
}

/// What to do with a late mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LateThen {
    /// Send it all the same.
    Send,
    /// Hold it and tell.
    Hold,
    /// Hold it and ask, by a notification with the choice on it.
    Ask,
}

/// `PUT /scheduled/{id}`: schedule a draft, or change when a scheduled one goes. Idempotent. The backend looks for the draft
/// before it answers; without it nothing is scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutScheduled {
    /// The mailbox.
    pub mailbox: Uuid,
    /// What is known of the draft. Ignored when the mail is scheduled already.
    pub draft: DraftHint,
    /// When, and on which conditions.
    pub schedule: Schedule,
    /// Put a pixel and wrapped links in when it is sent.
    pub track: bool,
}

/// What is known of a draft from Gmail's page, or from whoever made it: at least one id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DraftHint {
    /// Gmail's ids; `rfc_id` alone is enough for other mailboxes.
    #[serde(default)]
    pub gmail: GmailIds,
    /// The subject as it is in the compose: to confirm that the draft found is the one meant.
    #[serde(default)]
    pub subject: String,
    /// The recipients, likewise.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
}

/// Where a scheduled mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScheduledState {
    /// Waits for its time.
    Scheduled,
    /// A backend has taken it and looks whether it is still there and wanted.
    Leased,
    /// Being handed over.
    Sending,
    /// Handed over, once.
    Sent,
    /// The answer was lost; the backend looks what became of it.
    Unclear,
    /// Not sent, and not tried again.
    Failed,
    /// Waits for its sender.
    Held,
    /// Not wanted any more.
    Cancelled,
}

/// A scheduled mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Scheduled {
    /// Its id, made by the device.
    pub id: Uuid,
    /// The mailbox.
    pub mailbox: Uuid,
    /// Where it stands.
    pub state: ScheduledState,
    /// Why it stands there, when it does not speak for itself: held, failed, cancelled, and scheduled for another time than asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The server's own words to that, shortened: foreign text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// When it goes, by what is known now; absent when it is not waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// When it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
    /// How often it went: more than once only for what repeats.
    #[serde(default)]
    pub times: u32,
    /// What its sender asked for.
    pub schedule: Schedule,
    /// Subject and recipients, as the draft has them; links are empty.
    pub content: Content,
    /// Gmail's ids of the draft, after it was sent of the mail.
    #[serde(default)]
    pub gmail: GmailIds,
    /// Whether it is to be tracked.
    pub track: bool,
    /// The tracked message that it became, the newest of those that repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// When it was scheduled.
    pub created_at: Millis,
}

/// Why a scheduled mail stands where it does. The words for each stand in `_locales` as `later_why_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// Held: perhaps already sent. The answer was lost, the draft is gone, and it is not in Sent.
    Unclear,
    /// Held: the draft is gone, and it was not sent by us.
    DraftGone,
    /// Held: the draft was sent by hand. Cancelled.
    SentByHand,
    /// Held: the draft has no recipients any more.
    NoRecipients,
    /// Held: the draft has neither subject nor text nor attachment any more.
    Empty,
    /// Held: its time is over by more than its sender allowed.
    Late,
    /// Held: the mailbox needs its owner to sign in.
    SignIn,
    /// Held: the mailbox was disconnected.
    NoMailbox,
    /// Held: the zone does not exist any more, or never did.
    ZoneUnknown,
    /// Held: the draft cannot be read as a mail.
    Unreadable,
    /// Held: its account was not used when its time came: suspended, or restricted by its owner.
    NotUsed,
    /// Failed, or tried again later: what the server said.
    Trouble {
        /// It.
        trouble: Trouble,
    },
    /// Moved on: the daily limit is reached.
    DailyLimit,
    /// Moved on: it would be a holiday.
    Holiday,
    /// Cancelled: one of the recipients wrote first.
    Answered,
    /// Cancelled by its sender.
    Cancelled,
    /// The sender said that it was sent.
    SaidSent,
}

/// A line of the flight recorder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FlightEntry {
    /// When.
    pub at: Millis,
    /// What happened: the states, and `edited`, `rescheduled`, `retrying`, `resumed`, `skipped`. Words in `_locales` as
    /// `flight_<name>`.
    pub what: String,
    /// The sentence to it, a key of `_locales`: `flight_say_<name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// What belongs into the sentence, by name: numbers, instants in milliseconds, foreign text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
}

/// `GET /scheduled/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScheduledDetail {
    /// The mail.
    #[serde(flatten)]
    pub scheduled: Scheduled,
    /// Its flight recorder, oldest first.
    pub flight: Vec<FlightEntry>,
}

/// `GET /scheduled?list=&before=&limit=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScheduledPage {
    /// `waiting`: what needs its sender first, then by time. `done`: newest first.
    pub scheduled: Vec<Scheduled>,
    /// How many need their sender (held, failed and not looked at).
    #[serde(default)]
    pub needs: u32,
    /// How many wait for their time.
    #[serde(default)]
    pub waiting: u32,
    /// Give this as `before` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which list of scheduled mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScheduledList {
    /// Held, failed and not dismissed, and waiting.
    #[default]
    Waiting,
    /// Sent, cancelled, failed.
    Done,
}

/// What its sender wants: `POST /scheduled/{id}/action`. An action that does not fit the state is 409 with problem `conflict`,
/// and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ScheduledAction {
    /// Do not send it; the draft stays. From scheduled, held, failed; from leased too, if it comes in time.
    Cancel,
    /// Send it now. From scheduled and held, but not from "perhaps already sent".
    SendNow {
        /// As it was seen. A mail that stands otherwise by now is left as it is: pressing twice sends what repeats once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<SeenScheduled>,
    },
    /// "It was sent": closes a mail that is perhaps already sent.
    WasSent,
    /// "Send again": a mail that is perhaps already sent goes out (again).
    SendAgain,
    /// Leave the next time of a recurrence out.
    Skip {
        /// As it was seen. A mail that stands otherwise by now is left as it is: pressing twice leaves one time out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<SeenScheduled>,
    },
    /// A failed mail needs no look any more.
    Dismiss,
}

impl ScheduledAction {
    /// The same, asked for by somebody who sees this.
    #[must_use]
    pub const fn on(self, mail: &Scheduled) -> Self {
        self.seen_as(SeenScheduled { due_at: mail.due_at, times: Some(mail.times) })
    }

    /// The same, asked for by somebody who has seen the mail so.
    #[must_use]
    pub const fn seen_as(self, seen: SeenScheduled) -> Self {
        match self {
            Self::SendNow { .. } => Self::SendNow { seen: Some(seen) },
            Self::Skip { .. } => Self::Skip { seen: Some(seen) },
            other => other,
        }
    }
}

/// What somebody who asks something of a scheduled mail has seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SeenScheduled {
    /// [`Scheduled::due_at`]; absent when it was not waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// [`Scheduled::times`]; absent when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// Whose clocks a person lives by: `GET /contacts/zones?address=` (repeated), `PUT /contacts/zones`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ContactZone {
    /// The address, in lower case.
    pub address: String,
    /// An IANA name; absent in `PUT` takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}
