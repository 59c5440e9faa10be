//! Takes the notes out of a mailbox that is about to be disconnected: nobody can afterwards.
//!
//! What must hold: nobody waits long for it; what could not be taken away in time stays as it is known, and goes when the mailbox is
//! connected again.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Reminders, fate, take};
use crate::store::reminders::{NoteState, Row};

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Notes that are taken away at once.
const AT_ONCE: usize = 4;
/// The most of them.
const MOST: i64 = 1_000;

impl Reminders {
    /// Takes all notes away that lie in a mailbox, as far as that can be done in a few seconds.
    pub async fn leave(&self, mailbox: Uuid) {
        let rows = match self.parts.store.noted_reminders(mailbox, MOST).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, %mailbox, "the notes of a mailbox that goes could not be read");
                return;
            }
        };
        let all = stream::iter(rows).for_each_concurrent(AT_ONCE, |row| self.leave_one(mailbox, row));
        if timeout(PATIENCE, all).await.is_err() {
            tracing::warn!(%mailbox, "not all notes of a mailbox that goes could be taken away in time");
        }
    }

    async fn leave_one(&self, mailbox: Uuid, row: Row) {
        let (key, id) = ((row.account, row.id), row.note.as_ref().map(|note| note.id));
        let Some(note) = row.note.clone() else { return };
        if let Err(error) = take::gone(self, mailbox, &row, &note).await {
            tracing::warn!(%error, reminder = %row.id, "the note of a mailbox that goes could not be taken away");
            return;
        }
        // Whoever works on it finds out himself.
        let same = move |row: &Row| row.lease.is_none() && row.note.as_ref().map(|note| note.id) == id;
        let decide = move |row: Row| (same(&row) && row.note_state != NoteState::None).then(|| fate::left(row));
        if let Err(error) = self.engine.change(key, decide).await {
            tracing::warn!(%error, reminder = %key.1, "that the note of a mailbox that goes is gone could not be written");
        }
    }
}
