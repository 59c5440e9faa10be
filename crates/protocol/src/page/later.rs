//! What the panel in Gmail, the popup and the options ask of the worker about mails that go out later and the mailboxes they
//! leave from.
//!
//! Apart from [`super::ToWorker`], so that a Gmail tab carries none of it: the content script only opens the panel
//! ([`super::ToWorker::OpenPanel`]) and hears how it ended ([`ToTab`]).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Fault;
use crate::Millis;
use crate::api::{
    AccessPage, ConnectImap, Connecting, ContactZone, DraftHint, GmailStart, MailboxSettings, Mailboxes, PutReminder,
    PutScheduled, RemindedMail, ReminderSettings, ReminderState, Scheduled, ScheduledAction, ScheduledDetail, ScheduledList,
    ScheduledPage, ScheduledState, WaitingAction, WaitingList, WaitingMail, WaitingOrder, WaitingPage, Wish,
};

/// What the content script knows of the compose that the panel was opened for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelFacts {
    /// What is known of the draft.
    pub draft: DraftHint,
    /// The address that it would be sent from.
    pub sender: String,
    /// Whether it would be tracked if it were sent now.
    pub track: bool,
    /// It is an answer in a conversation.
    #[serde(default)]
    pub reply: bool,
    /// Gmail's own background is dark.
    #[serde(default)]
    pub dark: bool,
    /// The panel is for a reminder, of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<RemindFacts>,
    /// The reminder that was chosen for this compose: for the panel of sending later, which takes it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
}

/// What the panel of a reminder is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindFacts {
    /// What was chosen for this compose before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The mail of an open conversation; absent for a compose, whose reminder is set when it leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Box<RemindedMail>>,
}

/// What a page of the extension asks. The answer is a [`LaterReply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "later", rename_all = "snake_case")]
pub enum LaterToWorker {
    /// What the panel of this key is for. → [`LaterAnswer::Panel`]
    Panel {
        /// The key that the content script gave.
        key: Uuid,
    },
    /// The panel needs this much room. Passed on to its tab. → [`LaterAnswer::Done`]
    PanelSize {
        /// Its key.
        key: Uuid,
        /// In CSS pixels.
        height: u32,
    },
    /// The panel ends. Passed on to its tab. → [`LaterAnswer::Done`]
    PanelEnd {
        /// Its key.
        key: Uuid,
        /// How.
        end: PanelEnd,
    },
    /// `PUT /scheduled/{id}`. → [`LaterAnswer::Scheduled`]
    Put {
        /// The id, made by the page.
        id: Uuid,
        /// What to do.
        put: Box<PutScheduled>,
    },
    /// `GET /scheduled`. → [`LaterAnswer::Page`]
    List {
        /// Which list.
        list: ScheduledList,
        /// The cursor.
        before: Option<String>,
    },
    /// `GET /scheduled/{id}`. → [`LaterAnswer::Detail`]
    Detail {
        /// It.
        id: Uuid,
    },
    /// `POST /scheduled/{id}/action`. → [`LaterAnswer::Scheduled`]
    Act {
        /// It.
        id: Uuid,
        /// What.
        action: ScheduledAction,
    },
    /// `GET /mailboxes`. → [`LaterAnswer::Mailboxes`]
    Mailboxes,
    /// `POST /mailboxes`. → [`LaterAnswer::Connecting`]
    ConnectImap {
        /// Servers, user and password; never kept in the browser.
        connect: Box<ConnectImap>,
    },
    /// `POST /mailboxes/gmail`, and opens the page in a tab. → [`LaterAnswer::GmailStart`]
    ConnectGmail,
    /// `POST /mailboxes/{id}/test`. → [`LaterAnswer::Connecting`]
    TestMailbox {
        /// It.
        id: Uuid,
    },
    /// `PUT /mailboxes/{id}/settings`. → [`LaterAnswer::Done`]
    SetMailbox {
        /// It.
        id: Uuid,
        /// The settings.
        settings: MailboxSettings,
    },
    /// `DELETE /mailboxes/{id}`. → [`LaterAnswer::Done`]
    DropMailbox {
        /// It.
        id: Uuid,
    },
    /// `GET /mailboxes/{id}/access`. → [`LaterAnswer::Access`]
    Access {
        /// It.
        id: Uuid,
        /// The cursor.
        before: Option<i64>,
    },
    /// `GET /contacts/zones`. → [`LaterAnswer::Zones`]
    Zones {
        /// Whose.
        addresses: Vec<String>,
    },
    /// `PUT /contacts/zones`. → [`LaterAnswer::Done`]
    SetZone {
        /// Whose, and which.
        zone: ContactZone,
    },
    /// `PUT /reminders/{id}`. → [`LaterAnswer::WaitingMail`]
    PutReminder {
        /// The id, made by the page.
        id: Uuid,
        /// What to do.
        put: Box<PutReminder>,
    },
    /// `GET /waiting`. → [`LaterAnswer::Waiting`]
    Waiting {
        /// Which list.
        list: WaitingList,
        /// In which order.
        #[serde(default)]
        order: WaitingOrder,
        /// The cursor.
        #[serde(default)]
        before: Option<String>,
    },
    /// `GET /waiting?thread=`: the mails of a conversation. → [`LaterAnswer::Waiting`]
    WaitingIn {
        /// 16 hexadecimal digits.
        thread: String,
    },
    /// `POST /waiting/{id}/action`. → [`LaterAnswer::WaitingMail`]
    ActWaiting {
        /// The mail.
        id: Uuid,
        /// What.
        action: WaitingAction,
    },
    /// Drops a reminder that the backend refused ([`RefusedReminder`]). → [`LaterAnswer::Done`]
    DropReminder {
        /// Its id.
        id: Uuid,
    },
    /// `GET /reminders/settings`. → [`LaterAnswer::ReminderSettings`]
    ReminderSettings,
    /// `PUT /reminders/settings`. → [`LaterAnswer::ReminderSettings`]
    SetReminderSettings {
        /// They.
        settings: ReminderSettings,
    },
}

/// What the worker answers a [`LaterToWorker`]: `{"ok": …}` or `{"fault": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, as JSON")]
pub enum LaterReply {
    /// It worked.
    Ok(LaterAnswer),
    /// It did not.
    Fault(Fault),
}

/// An answer of the worker to a [`LaterToWorker`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, as JSON")]
pub enum LaterAnswer {
    /// Done; nothing to tell.
    Done,
    /// To [`LaterToWorker::Panel`].
    Panel {
        /// What the content script knows.
        facts: PanelFacts,
        /// The mail, when this draft is scheduled already.
        #[serde(default)]
        scheduled: Option<Scheduled>,
        /// Whose mailbox the tab shows, where it could tell: the draft lies there, whatever address it is sent from.
        #[serde(default)]
        account: Option<String>,
    },
    /// To [`LaterToWorker::Put`] and [`LaterToWorker::Act`].
    Scheduled {
        /// As it is now.
        scheduled: Scheduled,
    },
    /// To [`LaterToWorker::List`].
    Page {
        /// The page.
        page: ScheduledPage,
        /// Set when the backend was away and this is the copy from then.
        #[serde(default)]
        from_cache_of: Option<Millis>,
    },
    /// To [`LaterToWorker::Detail`].
    Detail {
        /// The mail with its flight recorder.
        detail: ScheduledDetail,
    },
    /// To [`LaterToWorker::Mailboxes`].
    Mailboxes {
        /// They.
        mailboxes: Mailboxes,
    },
    /// To [`LaterToWorker::ConnectImap`] and [`LaterToWorker::TestMailbox`].
    Connecting {
        /// What the try showed.
        connecting: Connecting,
    },
    /// To [`LaterToWorker::ConnectGmail`].
    GmailStart {
        /// Where the tab went.
        start: GmailStart,
    },
    /// To [`LaterToWorker::Access`].
    Access {
        /// A page of the ledger.
        page: AccessPage,
    },
    /// To [`LaterToWorker::Zones`].
    Zones {
        /// Those that are known.
        zones: Vec<ContactZone>,
    },
    /// To [`LaterToWorker::PutReminder`] and [`LaterToWorker::ActWaiting`].
    WaitingMail {
        /// As it is now.
        mail: Box<WaitingMail>,
    },
    /// To [`LaterToWorker::Waiting`] and [`LaterToWorker::WaitingIn`].
    Waiting {
        /// The page. The first one of what waits has the reminders, too, that wait in the outbox.
        page: WaitingPage,
        /// Set when the backend was away and this is the copy from then.
        #[serde(default)]
        from_cache_of: Option<Millis>,
        /// With the first page of what needs the user: reminders that the backend refused for good.
        #[serde(default)]
        refused: Vec<RefusedReminder>,
    },
    /// To [`LaterToWorker::ReminderSettings`] and [`LaterToWorker::SetReminderSettings`].
    ReminderSettings {
        /// As they are now.
        settings: ReminderSettings,
    },
}

/// How a panel ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum PanelEnd {
    /// Escape, the cross, or nothing to do: the compose stays as it is and gets the focus back.
    Closed,
    /// The mail is scheduled: the compose closes as Gmail's own does, and a toast with Undo stands for a while.
    Scheduled {
        /// The mail.
        id: Uuid,
        /// The words of the toast, ready to show.
        say: String,
    },
    /// It is not scheduled any more: the compose stays.
    Cancelled,
    /// Gmail's own "Schedule send" should take over.
    HandOver,
    /// A reminder was chosen for this compose, or none: it is set when the mail leaves.
    Wish {
        /// It, as JSON of [`Wish`]: the tab passes it on and does not look into it.
        #[serde(default)]
        wish: Option<String>,
        /// The words for the bell's tip, ready to show; empty for none.
        say: String,
    },
    /// The reminder of a mail in an open conversation was set, changed or taken away.
    Reminded,
}

/// What the worker tells one Gmail tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tab", rename_all = "snake_case")]
pub enum ToTab {
    /// A panel of this tab needs this much room.
    PanelSize {
        /// Its key.
        key: Uuid,
        /// In CSS pixels.
        height: u32,
    },
    /// A panel of this tab ended.
    PanelEnd {
        /// Its key.
        key: Uuid,
        /// How.
        end: PanelEnd,
    },
}

/// A scheduled mail, as much as Gmail's list and compose show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledBrief {
    /// It.
    pub id: Uuid,
    /// Where it stands.
    pub state: ScheduledState,
    /// When it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// `msg-a:r…`, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// The conversation, 16 hexadecimal digits, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_thread: Option<String>,
}

/// A reminder that was chosen in a compose and that the backend refused: nothing comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedReminder {
    /// Its id.
    pub id: Uuid,
    /// The mail.
    pub mail: RemindedMail,
    /// The HTTP status.
    pub status: u16,
}

/// A reminder of a conversation, as much as Gmail shows of it, with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderBrief {
    /// [`WaitingMail::id`].
    pub id: Uuid,
    /// The conversation, 16 hexadecimal digits.
    pub legacy_thread: String,
    /// The mail, 16 hexadecimal digits, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_message: Option<String>,
    /// Where it stands: waiting or back.
    pub state: ReminderState,
    /// When it comes, while it waits: until then the line holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// The line that stands in the open conversation, ready to show: why now and what happened, or when it comes.
    pub say: String,
}
