//! What is asked of the service worker, and what it says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fault, LineChoice, List, NotTracked, NotifySettings, PanelFacts, Policy, Status, TabHealth};
use crate::api::{
    Claim, ConsentSettings, Corrected, CorrectionRule, Device, Event, Message, MessageDetail, PeopleChanged, PeoplePage,
    Period, PutMessage, PutPeople, StateFilter, Stats,
};

/// What a content script or a page asks of the service worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToWorker {
    /// A tracked mail left Gmail: the pixel was seen in the send request. Goes to the outbox. → `()`
    Sent {
        /// Its id.
        id: Uuid,
        /// The registration.
        message: PutMessage,
    },
    /// A mail was undone: forget it, here and at the backend. → `()`
    Forget {
        /// Its id.
        id: Uuid,
    },
    /// A mail left untracked. → `()`
    NotTracked {
        /// What is known of it.
        mail: NotTracked,
    },
    /// From a page where WASM is forbidden: the observer's raw send request and who the gate thinks sent it, for the worker's
    /// core to read. → `()`
    RawRequest {
        /// The request's body.
        body: String,
    },
    /// A content script started, or found something wrong. → `()`
    TabHealth {
        /// What it found.
        health: TabHealth,
    },
    /// Pair. → [`Answer::Done`]
    Connect {
        /// The address as typed.
        server: String,
        /// The code as typed.
        code: String,
    },
    /// Have the backend revoke this device, and forget the backend; what is in the outbox is sent before if that is possible, and
    /// else after pairing with the same account again. When the backend cannot be told nothing changes. → `()`
    Disconnect {
        /// Forget it also when it cannot be told.
        #[serde(default)]
        anyway: bool,
    },
    /// Everything the popup's frame shows. → [`Answer::Status`]
    Status,
    /// A page of messages. → [`Answer::List`]
    List {
        /// Words in subject or recipients; empty for all.
        query: String,
        /// Which.
        state: Option<StateFilter>,
        /// Only mails older than this many days ("not opened after N days").
        #[serde(default)]
        older_than_days: Option<u16>,
        /// The cursor.
        before: Option<String>,
    },
    /// Mails opened again after days of silence, latest first. → [`Answer::Messages`]
    Again,
    /// The tracked mails of conversations that are on screen, by legacy thread id, at most 100. → [`Answer::Messages`]
    Ticks {
        /// 16 hexadecimal digits each.
        threads: Vec<String>,
    },
    /// The sender sees an own message, for the first time since its display began. The worker tells the backend if this
    /// browser's rule against own pixels is not in force. → `()`
    OwnView {
        /// The message's id.
        id: Uuid,
    },
    /// One message. → [`Answer::Detail`]
    Detail {
        /// Its id.
        id: Uuid,
    },
    /// Delete a message and its hits at the backend. → `()`
    Delete {
        /// Its id.
        id: Uuid,
    },
    /// Remove a line of the "not tracked" list. → `()`
    DismissNotTracked {
        /// Its id.
        id: Uuid,
    },
    /// Says who made a hit, of it alone or of all like it. → [`Answer::Corrected`]
    Correct {
        /// The hit's number.
        hit: i64,
        /// What the user says.
        claim: Claim,
        /// Also of hits like it, past and future.
        alike: bool,
    },
    /// Takes back what was said of a hit; if that came from a rule, the rule with all it did. → `()`
    Uncorrect {
        /// The hit's number.
        hit: i64,
    },
    /// What was said of all hits like one. → [`Answer::Corrections`]
    Corrections,
    /// Takes one of these back. → `()`
    DropCorrection {
        /// Its number.
        id: i64,
    },
    /// No more, or again, news of a mail. → `()`
    Mute {
        /// The message's id.
        id: Uuid,
        /// Which of the two.
        muted: bool,
    },
    /// What to notify of. → `()`
    SetNotify {
        /// The choice.
        settings: NotifySettings,
    },
    /// Totals of the last `days` days. → [`Answer::Stats`]
    Stats {
        /// How many days.
        days: u16,
        /// A row a day or a week.
        #[serde(default)]
        by: Period,
    },
    /// Set the default. → `()`
    SetPolicy {
        /// The choice.
        policy: Policy,
        /// The line of tracked mails, when it was chosen with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<LineChoice>,
    },
    /// What the user chose, as the backend has it. → [`Answer::Consent`]
    Consent,
    /// Replace it. → `()`
    SetConsent {
        /// All of it.
        settings: ConsentSettings,
    },
    /// A page of what is known of people. → [`Answer::People`]
    People {
        /// Stands in the address; empty for all.
        query: String,
        /// The cursor.
        before: Option<String>,
    },
    /// What the user says of people. → [`Answer::PeopleChanged`]
    SetPeople {
        /// What.
        put: PutPeople,
    },
    /// The news were looked at: the badge goes. → `()`
    Seen,
    /// Paired devices. → [`Answer::Devices`]
    Devices,
    /// Revoke a device. → `()`
    RevokeDevice {
        /// Its id.
        id: Uuid,
    },
    /// Try the outbox now. → `()`
    Flush,
    /// A panel for sending later opens in this tab, in a frame of the extension's own that knows the key. → `()`
    OpenPanel {
        /// The key, drawn by the content script.
        key: Uuid,
        /// What it is for.
        facts: Box<PanelFacts>,
    },
    /// The panel of this tab is gone, and its key with it. → `()`
    ClosePanel {
        /// The key.
        key: Uuid,
    },
    /// "Undo" under the toast: the scheduled mail is cancelled, its draft stays. → `()`
    Unschedule {
        /// It.
        id: Uuid,
    },
}

/// What the worker tells the open pages, unasked. Pages hear the questions of others on the same channel and ignore them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, as JSON")]
pub enum FromWorker {
    /// News from the backend.
    News {
        /// What happened.
        event: Event,
    },
    /// Something that [`Answer::Status`] or the first page of [`Answer::List`] tells has changed: ask again.
    StatusChanged,
}

/// What the worker answers: `{"ok": …}` or `{"fault": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, as JSON")]
pub enum Reply {
    /// It worked.
    Ok(Answer),
    /// It did not.
    Fault(Fault),
}

/// An answer of the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, as JSON")]
pub enum Answer {
    /// Done; nothing to tell.
    Done,
    /// To [`ToWorker::Status`].
    Status(Status),
    /// To [`ToWorker::List`].
    List(List),
    /// To [`ToWorker::Detail`].
    Detail {
        /// The message with its hits.
        detail: MessageDetail,
    },
    /// To [`ToWorker::Ticks`] and [`ToWorker::Again`].
    Messages {
        /// The messages.
        messages: Vec<Message>,
    },
    /// To [`ToWorker::Correct`].
    Corrected {
        /// What it did.
        corrected: Corrected,
    },
    /// To [`ToWorker::Corrections`].
    Corrections {
        /// The rules, newest first.
        rules: Vec<CorrectionRule>,
    },
    /// To [`ToWorker::Stats`].
    Stats {
        /// The totals.
        stats: Stats,
    },
    /// To [`ToWorker::Consent`].
    Consent {
        /// The choice.
        settings: ConsentSettings,
    },
    /// To [`ToWorker::People`].
    People {
        /// The page.
        page: PeoplePage,
    },
    /// To [`ToWorker::SetPeople`].
    PeopleChanged {
        /// How they stand.
        changed: PeopleChanged,
    },
    /// To [`ToWorker::Devices`].
    Devices {
        /// The devices.
        devices: Vec<Device>,
    },
}
