//! Reminders: when each comes and on which condition, where it stands, the note that it has in a mailbox, and who works on it.
//!
//! What must hold:
//! - A reminder changes in [`change`], in the units of work of [`answers`] and [`insert`], or by a lease, and each change that
//!   anybody sees has its event in the same transaction.
//! - The id of a note is on disk before the mailbox is called; what became of it is written by whoever holds the lease.
//! - A lease is not taken away from whoever holds it: what its user wants meanwhile changes the state, and the holder finds that
//!   when it writes.

pub mod about;
pub mod answers;
pub mod change;
pub mod defaults;
pub mod insert;
pub mod lease;
#[cfg(test)]
mod plans;
pub mod sent;
pub mod settings;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Reminder, ReminderState, WhyReminder, Wish};

use super::accounts::id_from;
pub use super::leases::Lease;
use super::sql;
use super::{Result, StoreError};
use crate::account_id::AccountId;
use crate::mailbox::watching::NoteRef;

/// What was on its way to a mailbox when nobody waited for it any more has arrived after this.
pub(crate) const ON_ITS_WAY: Millis = 15_000;

/// Where the note of a reminder stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoteState {
    /// There is none.
    #[default]
    None,
    /// About to be put: it may be there.
    Putting,
    /// There.
    There,
    /// To be taken away: it may be gone.
    Taking,
}

/// A reminder as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id, made by a device.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// Of which mail.
    pub waiting: Uuid,
    /// Where it stands.
    pub state: ReminderState,
    /// Why.
    pub why: Option<WhyReminder>,
    /// What was asked for.
    pub wish: Wish,
    /// It was set by the default.
    pub by_default: bool,
    /// When the engine takes it up next.
    pub due_at: Option<Millis>,
    /// When it comes, comes again, or would have come had nobody answered.
    pub asked_at: Option<Millis>,
    /// When it would have come, had it not been moved because of an absence.
    pub moved_from: Option<Millis>,
    /// When it came last.
    pub came_at: Option<Millis>,
    /// How often it came.
    pub times: u32,
    /// Its note.
    pub note: Option<NoteRef>,
    /// Where that stands.
    pub note_state: NoteState,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// Until when, unless it is renewed.
    pub lease_until: Option<Millis>,
    /// Tries that had no effect.
    pub attempts: u32,
    /// When it was set.
    pub created_at: Millis,
    /// Grows with each change.
    pub version: i64,
}

impl Row {
    /// It still comes, or is there.
    pub fn is_on(&self) -> bool {
        matches!(self.state, ReminderState::Waiting | ReminderState::Returning | ReminderState::Back)
    }

    /// Nobody works on it any more.
    pub fn release(&mut self) {
        self.lease = None;
        self.lease_until = None;
    }

    /// The note may be there, and nobody has seen it there: it may still come.
    pub fn is_on_its_way(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.message.is_none())
    }

    /// Has its note taken away, if there is or may be one; the engine takes it up for that at once (when it cannot be on its way any
    /// more), and otherwise at `next`.
    pub fn without_note(&mut self, now: Millis, next: Option<Millis>) {
        self.attempts = 0;
        if self.note_state == NoteState::None {
            self.due_at = next;
        } else {
            let comes = self.note_state != NoteState::There && self.is_on_its_way();
            self.note_state = NoteState::Taking;
            self.due_at = Some(if comes { now.saturating_add(ON_ITS_WAY) } else { now });
        }
    }

    /// As the API gives it. `mailbox`: it has one that its owner need not sign in to.
    pub fn on_the_wire(self, mailbox: bool) -> Reminder {
        let due_at = match self.state {
            // A next try is later than what was asked for; a note that goes first is earlier.
            ReminderState::Waiting => self.asked_at.max(self.due_at),
            ReminderState::Returning | ReminderState::Back => self.asked_at,
            ReminderState::Done | ReminderState::Answered | ReminderState::Off => None,
        };
        let homeless = self.state == ReminderState::Waiting && !mailbox;
        Reminder {
            id: self.id,
            state: self.state,
            why: if homeless { Some(WhyReminder::NoMailbox) } else { self.why },
            wish: self.wish,
            due_at,
            moved_from: self.moved_from,
            came_at: self.came_at,
            times: self.times,
            by_default: self.by_default,
        }
    }
}

/// The columns that [`row`] reads, of `reminders r`.
macro_rules! reminder_columns {
    () => {
        "r.id, r.account, r.waiting, r.state, r.why, r.wish, r.by_default, r.due_at, r.asked_at, r.moved_from, r.came_at, r.times, \
         r.note, r.note_state, r.lease_owner, r.lease_until, r.lease_number, r.attempts, r.created_at, r.version"
    };
}
pub(super) use reminder_columns;

/// Reads a row by [`reminder_columns`], from column `at` on.
pub(super) fn row(row: &sql::Row, at: usize) -> Result<Row> {
    let (owner, number): (Option<Uuid>, i64) = (row.try_get(at + 14)?, row.try_get(at + 16)?);
    Ok(Row {
        id: row.try_get(at)?,
        account: id_from(row.try_get(at + 1)?)?,
        waiting: row.try_get(at + 2)?,
        state: state_from(row.try_get(at + 3)?)?,
        why: row.try_get::<Option<&str>>(at + 4)?.map(read).transpose()?,
        wish: read(row.try_get(at + 5)?)?,
        by_default: row.try_get(at + 6)?,
        due_at: row.try_get(at + 7)?,
        asked_at: row.try_get(at + 8)?,
        moved_from: row.try_get(at + 9)?,
        came_at: row.try_get(at + 10)?,
        times: row.try_get(at + 11)?,
        note: row.try_get::<Option<&str>>(at + 12)?.map(read).transpose()?,
        note_state: note_state_from(row.try_get(at + 13)?)?,
        lease: owner.map(|owner| Lease { owner, number }),
        lease_until: row.try_get(at + 15)?,
        attempts: row.try_get(at + 17)?,
        created_at: row.try_get(at + 18)?,
        version: row.try_get(at + 19)?,
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Failed("a reminder is damaged".to_owned()))
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Failed(e.to_string()))
}

/// A state as a number. The numbers stand in indexes: they never change.
pub(crate) fn state_number(state: ReminderState) -> i64 {
    match state {
        ReminderState::Waiting => 0,
        ReminderState::Returning => 1,
        ReminderState::Back => 2,
        ReminderState::Done => 3,
        ReminderState::Answered => 4,
        ReminderState::Off => 5,
    }
}

fn state_from(number: i64) -> Result<ReminderState> {
    Ok(match number {
        0 => ReminderState::Waiting,
        1 => ReminderState::Returning,
        2 => ReminderState::Back,
        3 => ReminderState::Done,
        4 => ReminderState::Answered,
        5 => ReminderState::Off,
        _ => return Err(StoreError::Failed("a reminder's state is damaged".to_owned())),
    })
}

fn note_number(state: NoteState) -> i64 {
    match state {
        NoteState::None => 0,
        NoteState::Putting => 1,
        NoteState::There => 2,
        NoteState::Taking => 3,
    }
}

fn note_state_from(number: i64) -> Result<NoteState> {
    Ok(match number {
        0 => NoteState::None,
        1 => NoteState::Putting,
        2 => NoteState::There,
        3 => NoteState::Taking,
        _ => return Err(StoreError::Failed("the state of a reminder's note is damaged".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_back_as_they_were() {
        for number in 0..6 {
            assert_eq!(state_number(state_from(number).unwrap()), number);
        }
        for number in 0..4 {
            assert_eq!(note_number(note_state_from(number).unwrap()), number);
        }
        assert!(state_from(6).is_err() && note_state_from(4).is_err());
    }
}
