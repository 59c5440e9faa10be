//! What the user wants to be told, and when.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;
use crate::api::{NewsKind, ScheduledState, WaitingNews, Why};

/// Which news become notifications. News of the sender's own views, of prefetches and of scanners never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "a switch each, as the user sees them")]
pub struct NotifySettings {
    /// The first open of a mail.
    pub first_open: bool,
    /// Each later open.
    pub each_open: bool,
    /// Each click.
    pub click: bool,
    /// Each answer.
    pub answer: bool,
    /// Hits that cannot be told.
    pub unknown: bool,
    /// Scheduled mails that were held, failed or went late, and mailboxes to sign in to again.
    pub needs: bool,
    /// Reminders that come, and mails that did not arrive.
    pub reminders: bool,
    /// When nothing is shown; it is told in one digest afterwards.
    pub quiet: Option<QuietHours>,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            first_open: true,
            each_open: false,
            click: true,
            answer: true,
            unknown: false,
            needs: true,
            reminders: true,
            quiet: None,
        }
    }
}

/// Hours without notifications, by the browser's clock, in minutes after midnight, 0 to 1439. `from` after `to`: over midnight.
/// Both the same: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// First minute.
    pub from: u16,
    /// First minute after it.
    pub to: u16,
}

/// A piece of news that waits to be told: for a moment, or for the end of the quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNews {
    /// The message.
    pub message: Uuid,
    /// What happened.
    pub what: NewsKind,
    /// When.
    pub at: Millis,
    /// It was held back by quiet hours, and is told in one with the others that were.
    #[serde(default)]
    pub waited: bool,
}

/// What a need is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum NeedOf {
    /// A scheduled mail.
    Scheduled {
        /// It.
        scheduled: Uuid,
        /// Where it stands.
        state: ScheduledState,
        /// Why.
        #[serde(default)]
        why: Option<Why>,
    },
    /// A mailbox whose owner has to sign in again.
    Mailbox {
        /// It.
        mailbox: Uuid,
    },
    /// A mail whose answer is waited for.
    Waiting {
        /// [`crate::api::WaitingMail::id`].
        mail: Uuid,
        /// What happened to it: it came back, did not arrive, or was answered.
        what: WaitingNews,
    },
}

/// Something that needs the user, or that went otherwise than asked, and waits to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNeed {
    /// What.
    #[serde(flatten)]
    pub of: NeedOf,
    /// When.
    pub at: Millis,
    /// It was held back by quiet hours, and is told in one with the others that were.
    #[serde(default)]
    pub waited: bool,
}
