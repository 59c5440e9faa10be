//! Reminders "if nobody answers", and what waits for an answer.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Activity, Content, GmailIds, Tracking, Trouble, When};
use crate::Millis;

/// What a user asked for: when, and on which condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Wish {
    /// When: [`When::At`] or [`When::Instant`]; the others are refused.
    pub when: When,
    /// The phrase that was typed, for showing it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phrase: Option<String>,
    /// On which condition.
    #[serde(default)]
    pub condition: Condition,
    /// Again every so many days until answered: 1 to 90; absent: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u16>,
}

/// On which condition a reminder comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// If nobody answered by then.
    #[default]
    NoAnswer,
    /// If it was not opened by then, as far as can be known, and nobody answered. Only of tracked mails. "Apple hides it" and "only
    /// machines" are not opened: the reminder comes and says what is known.
    NotOpened,
    /// In any case.
    Always,
}

/// The mail that a reminder is about, as far as the page knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RemindedMail {
    /// The tracked message, when it is one. It need not be registered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// The address that sent it.
    pub sender: String,
    /// The address of the mailbox that it lies in, where the page could tell; the sender's may be another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// When it was sent, by the sender's clock.
    pub sent_at: Millis,
    /// Gmail's ids.
    #[serde(default)]
    pub gmail: GmailIds,
    /// Subject and recipients; links are left empty.
    #[serde(default)]
    pub content: Content,
}

/// `PUT /reminders/{id}`: set a reminder, or change when and on which condition one comes. Idempotent. Its id is made by the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutReminder {
    /// The mail. Ignored when the reminder is there already, but for ids that were not known before.
    pub mail: RemindedMail,
    /// When, and on which condition.
    pub wish: Wish,
}

/// Where a reminder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReminderState {
    /// Waits for its time.
    Waiting,
    /// Its time has come; the conversation is being brought back.
    Returning,
    /// The conversation is back on top of the inbox, or could not be brought back and was told all the same (see [`WhyReminder`]), and
    /// its user has not said "done" yet.
    Back,
    /// Its user is done with it.
    Done,
    /// Somebody answered, so it is off.
    Answered,
    /// Off: it bounced, was opened, or its user switched it off.
    Off,
}

/// Why a reminder stands where it does. The words for each stand in `_locales` as `remind_why_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WhyReminder {
    /// Back: nobody answered.
    NoAnswer,
    /// Back: not opened, as far as can be known.
    NotOpened,
    /// Back: it was asked for in any case.
    Asked,
    /// Waiting, and moved to the working day after an absence.
    Away {
        /// The last day of it, as noon UTC of that day.
        until: Millis,
    },
    /// Waiting: its mailbox cannot be used just now; it is tried again.
    Trouble {
        /// Why.
        trouble: Trouble,
    },
    /// Waiting: the mailbox needs its owner to sign in, or is not connected. Told by notification at its time all the same.
    NoMailbox,
    /// Back, told by notification only: the mail was not found in the mailbox.
    NotFound,
    /// Back, told by notification only: the user deleted the conversation, or it is in spam.
    Deleted,
    /// Off: it was not delivered.
    Bounced,
    /// Off: it was opened.
    Opened,
    /// Off: its user said so.
    Switched,
}

/// Who answered, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Answered {
    /// When the mailbox got the answer.
    pub at: Millis,
    /// How it answers.
    pub how: AnsweredHow,
    /// The address that wrote.
    pub from: String,
    /// The conversation of the answer as Gmail names it, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
}

/// How a mail answers. See `waxwing_domain::answers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnsweredHow {
    /// In the conversation.
    Thread,
    /// In a new one, from a recipient's address.
    Address,
    /// In a new one, from an alias, or another address of the same person.
    Alias,
    /// From the same company.
    Company,
}

/// That a mail did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Bounced {
    /// When the notice came.
    pub at: Millis,
    /// It may pass by itself (a full mailbox), or nothing says why, so the reminder stays on.
    pub soft: bool,
    /// The addresses, as far as the notice says.
    #[serde(default)]
    pub failed: Vec<String>,
    /// Those of them that are known from notices alone that do not name the mail: anybody can write such a one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guessed: Vec<String>,
    /// RFC 3463's code, `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reminder {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: ReminderState,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<WhyReminder>,
    /// What was asked for.
    pub wish: Wish,
    /// When it comes; absent when it waits for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// When it would have come, had it not been moved because of an absence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Millis>,
    /// When it came last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_at: Option<Millis>,
    /// How often it came.
    #[serde(default)]
    pub times: u32,
    /// It was set by the default, not by hand.
    #[serde(default)]
    pub by_default: bool,
}

/// A mail whose answer is waited for, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WaitingMail {
    /// Its id: that of the tracked message, or of the first reminder of an untracked mail.
    pub id: Uuid,
    /// The tracked message, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// The address that sent it, so that its conversation can be opened.
    #[serde(default)]
    pub sender: String,
    /// The mailbox that is watched for it; absent while none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Uuid>,
    /// When it was sent.
    pub sent_at: Millis,
    /// Gmail's ids.
    #[serde(default)]
    pub gmail: GmailIds,
    /// Subject and recipients; links are empty.
    pub content: Content,
    /// What came of it; absent when it is not tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// What is tracked in it, and what was refused; absent when it is not, and from older backends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// Its reminder: the one that is on, or else the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Reminder>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
    /// It did not arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced: Option<Bounced>,
    /// Away until this day (noon UTC), by an automatic reply; absent when none said so, or that day is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_until: Option<Millis>,
}

/// Which mails `GET /waiting?list=` lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitingList {
    /// What needs its user: reminders that are back, and mails that did not arrive and were not looked at. Newest first.
    Back,
    /// Without an answer. By `order`.
    #[default]
    Waiting,
    /// Answered, newest answer first.
    Answered,
}

/// In which order `GET /waiting?list=waiting&order=` lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitingOrder {
    /// Longest first.
    #[default]
    Oldest,
    /// Newest first.
    Newest,
}

/// `GET /waiting?list=&order=&before=&limit=`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WaitingPage {
    /// The mails.
    pub mails: Vec<WaitingMail>,
    /// How many need their user.
    #[serde(default)]
    pub back: u32,
    /// How many wait for an answer.
    #[serde(default)]
    pub waiting: u32,
    /// Give this as `before` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What its user wants of a mail that is waited for: `POST /waiting/{id}/action`. What does not fit where it stands is 409 with
/// problem `conflict`, and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum WaitingAction {
    /// Done with it: the note goes, and so does the label; nothing more is waited for.
    Done,
    /// Later: the note goes, and the reminder comes again then.
    Snooze {
        /// When.
        wish: Wish,
    },
    /// No reminder; it is waited for all the same.
    Off,
    /// Back to the time it was moved from.
    NotAway,
    /// That was no answer: go on waiting, with the reminder if it was on. Of a mail that is not answered and bounced: it did arrive;
    /// the notice is forgotten, and a reminder that it switched off is on again.
    NotAnAnswer,
    /// A mail that did not arrive was looked at.
    Dismiss,
}

/// `GET` and `PUT /reminders/settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReminderSettings {
    /// A mail of the recipient's company answers, too.
    #[serde(default)]
    pub company: bool,
    /// Reminders that are set without being asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultReminder>,
    /// The zone that "the working day after" and the default's time are of: an IANA name. The devices' own, as last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The language that notes are written in: `en` or `de`. The devices' own, as last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// No working days: `2026-12-24`, or the holidays of a country by its code.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// A reminder for all tracked mails of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DefaultReminder {
    /// Of which mails.
    pub of: DefaultOf,
    /// After so many days: 1 to 90.
    pub days: u16,
    /// At this time of day, `09:00`.
    pub time: String,
    /// On which condition.
    #[serde(default)]
    pub condition: Condition,
}

/// Of which mails a reminder is set by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DefaultOf {
    /// Every tracked mail.
    All,
    /// Those that begin a conversation.
    New,
    /// Those that answer in one.
    Replies,
}

/// What happened to a mail that is waited for, in [`super::Event::Waiting`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitingNews {
    /// Something else changed: a reminder was set, moved or taken away, or ids were learnt.
    Changed,
    /// A person answered.
    Answered,
    /// It did not arrive.
    Bounced,
    /// An automatic reply names a day, or moved the reminder.
    Away,
    /// Its reminder came.
    Back,
    /// It needs its user no more: done, snoozed, answered since, looked at.
    Over,
}
