//! Mails that go out later: rows, how they change, and the flight recorder.
//!
//! What must hold:
//! - A row changes in one place only ([`change::apply`]): what is expected of it is looked at while no other write can happen,
//!   and the change, its line in the flight recorder and its event are one transaction.
//! - Whoever works on a row holds its lease: owner and number. The number grows with each lease.
//! - What was written and to whom stands in a table of its own; nothing that dispatches needs it.

pub mod change;
pub mod flight;
pub mod insert;
pub mod lease;
pub mod limits;
pub mod list;
#[cfg(test)]
mod plans;
pub mod tidy;
pub mod upkeep;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, Kinds, Schedule, Scheduled, ScheduledState, SeenScheduled, Why};

use super::accounts::id_from;
pub use super::leases::Lease;
use super::sql;
use super::{Result, StoreError};
use crate::account_id::AccountId;
use crate::mailbox::{DraftRef, Trace};

/// What a send was about to do, written down before its first call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What the mail can be found again by.
    pub trace: Trace,
    /// The message id of its pixel, when it is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// The epoch of the pixel's token.
    #[serde(default)]
    pub epoch: u8,
    /// What was put into it; absent: both, as before that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Kinds>,
    /// It carries the line with the link to the recipient's page.
    #[serde(default)]
    pub asked: bool,
    /// The address that sends it.
    #[serde(default)]
    pub sender: String,
    /// From here on the mail may be out: set right before the last byte that commits.
    #[serde(default)]
    pub committing: bool,
    /// How often was looked what became of it.
    #[serde(default)]
    pub looks: u32,
    /// From when on nobody waits for its answer any more: until some time after that its request may still be on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<Millis>,
}

impl Intent {
    /// For how long its answer has been lost; less than nothing while somebody may still wait for it.
    pub fn lost_for(&self, now: Millis) -> Millis {
        now.saturating_sub(self.lost_at.unwrap_or(self.trace.at))
    }
}

/// A scheduled mail as it stands in the database, without what was written and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id, made by a device.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// From which mailbox.
    pub mailbox: Uuid,
    /// Where it stands.
    pub state: ScheduledState,
    /// Why.
    pub why: Option<Why>,
    /// The server's own words to that.
    pub said: Option<String>,
    /// A failed one that its sender has looked at.
    pub dismissed: bool,
    /// When the engine takes it up next.
    pub due_at: Option<Millis>,
    /// The instant that was asked for.
    pub asked_at: Option<Millis>,
    /// What its sender asked for.
    pub schedule: Schedule,
    /// Where its draft is, and which edit of it was last seen.
    pub draft: DraftRef,
    /// Gmail's ids.
    pub gmail: GmailIds,
    /// Whether it is to be tracked.
    pub track: bool,
    /// The message id that its pixel carries, or carried last.
    pub message: Option<Uuid>,
    /// How often it went.
    pub times: u32,
    /// When it was scheduled.
    pub created_at: Millis,
    /// When it went.
    pub sent_at: Option<Millis>,
    /// When it came to rest.
    pub done_at: Option<Millis>,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// Until when, unless it is renewed.
    pub lease_until: Option<Millis>,
    /// The number of the last lease.
    pub lease_number: i64,
    /// Tries that had no effect since it fell due.
    pub attempts: u32,
    /// The send that is under way, or may be.
    pub intent: Option<Intent>,
    /// Grows with each change.
    pub version: i64,
    /// Its mailbox was disconnected. Known only where the row changes ([`change::apply`]), and only while it is worked on.
    pub mailbox_gone: bool,
}

impl Row {
    /// Nobody works on it any more.
    pub fn release(&mut self) {
        self.lease = None;
        self.lease_until = None;
    }

    /// When it goes, as the API gives it.
    fn goes_at(&self) -> Option<Millis> {
        self.due_at.filter(|_| matches!(self.state, ScheduledState::Scheduled | ScheduledState::Leased))
    }

    /// It stands as somebody has seen it who asks something of it.
    pub fn is_as(&self, seen: SeenScheduled) -> bool {
        self.goes_at() == seen.due_at && seen.times.is_none_or(|times| times == self.times)
    }

    /// As the API gives it.
    pub fn on_the_wire(self, mut content: Content) -> Scheduled {
        content.links.clear();
        let due_at = self.goes_at();
        Scheduled {
            id: self.id,
            mailbox: self.mailbox,
            state: self.state,
            why: self.why,
            said: self.said,
            due_at,
            sent_at: self.sent_at,
            times: self.times,
            schedule: self.schedule,
            content,
            gmail: self.gmail,
            track: self.track,
            message: self.message,
            created_at: self.created_at,
        }
    }
}

/// The columns that [`row`] reads, of `scheduled s`.
macro_rules! scheduled_columns {
    () => {
        "s.id, s.account, s.mailbox, s.state, s.why, s.said, s.dismissed, s.due_at, s.asked_at, s.schedule, s.draft, s.gmail, \
         s.track, s.message, s.times, s.created_at, s.sent_at, s.done_at, s.lease_owner, s.lease_until, s.lease_number, \
         s.attempts, s.intent, s.version"
    };
}
use scheduled_columns;

/// How many they are.
const COLUMNS: usize = 24;

/// Reads a row by [`scheduled_columns`].
fn row(row: &sql::Row) -> Result<Row> {
    let lease_number: i64 = row.try_get(20)?;
    let owner: Option<Uuid> = row.try_get(18)?;
    Ok(Row {
        id: row.try_get(0)?,
        account: id_from(row.try_get(1)?)?,
        mailbox: row.try_get(2)?,
        state: state_from(row.try_get(3)?)?,
        why: row.try_get::<Option<&str>>(4)?.map(read).transpose()?,
        said: row.try_get(5)?,
        dismissed: row.try_get(6)?,
        due_at: row.try_get(7)?,
        asked_at: row.try_get(8)?,
        schedule: read(row.try_get(9)?)?,
        draft: read(row.try_get(10)?)?,
        gmail: read(row.try_get(11)?)?,
        track: row.try_get(12)?,
        message: row.try_get(13)?,
        times: row.try_get(14)?,
        created_at: row.try_get(15)?,
        sent_at: row.try_get(16)?,
        done_at: row.try_get(17)?,
        lease: owner.map(|owner| Lease { owner, number: lease_number }),
        lease_until: row.try_get(19)?,
        lease_number,
        attempts: row.try_get(21)?,
        intent: row.try_get::<Option<&str>>(22)?.map(read).transpose()?,
        version: row.try_get(23)?,
        mailbox_gone: false,
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Failed("a scheduled mail is damaged".to_owned()))
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Failed(e.to_string()))
}

/// A state as a number. The numbers stand in indexes: they never change.
pub(crate) fn state_number(state: ScheduledState) -> i64 {
    match state {
        ScheduledState::Scheduled => 0,
        ScheduledState::Leased => 1,
        ScheduledState::Sending => 2,
        ScheduledState::Sent => 3,
        ScheduledState::Unclear => 4,
        ScheduledState::Failed => 5,
        ScheduledState::Held => 6,
        ScheduledState::Cancelled => 7,
    }
}

fn state_from(number: i64) -> Result<ScheduledState> {
    Ok(match number {
        0 => ScheduledState::Scheduled,
        1 => ScheduledState::Leased,
        2 => ScheduledState::Sending,
        3 => ScheduledState::Sent,
        4 => ScheduledState::Unclear,
        5 => ScheduledState::Failed,
        6 => ScheduledState::Held,
        7 => ScheduledState::Cancelled,
        _ => return Err(StoreError::Failed("a scheduled mail's state is damaged".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_back_as_they_were() {
        for number in 0..8 {
            assert_eq!(state_number(state_from(number).unwrap()), number);
        }
        assert!(state_from(8).is_err());
    }

    #[test]
    fn the_index_of_what_was_moved_on_names_the_reason_as_it_is_written() {
        assert_eq!(write(&Why::DailyLimit).unwrap(), r#"{"why":"daily_limit"}"#);
    }
}
