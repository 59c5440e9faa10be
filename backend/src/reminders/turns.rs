//! What the engine has in hand: how many reminders of which mailbox, and how many of them at once.
//!
//! What must hold: a mailbox that is slow keeps no other waiting, and no more is taken than can be worked on soon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::Reminders;

/// Reminders in work at once.
const AT_ONCE: usize = 32;
/// Of one mailbox over an API, as with mails that are sent.
const AT_ONCE_GMAIL: usize = 8;
/// IMAP servers want few connections of one user.
const AT_ONCE_IMAP: usize = 2;
/// Taken and not done yet, at most.
const IN_HAND: usize = 600;
/// Of one mailbox.
const IN_HAND_OF_ONE: usize = 100;
/// Below so many of a mailbox, or of all, there is room for a good number again.
const FEW: usize = 20;
/// A look at a mailbox that began so long ago, by the clock, is young enough for what fell due before it began.
const YOUNG: Millis = 10_000;

/// What the engine has in hand.
#[derive(Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    of: Mutex<HashMap<Uuid, Hand>>,
}

#[derive(Debug)]
struct Hand {
    turns: Arc<Semaphore>,
    reminders: usize,
    /// When the last look at the mailbox that went well began.
    looked_at: Option<Millis>,
}

/// A reminder in hand; dropped when it is done.
#[derive(Debug)]
pub(super) struct InHand {
    reminders: Arc<Reminders>,
    mailbox: Uuid,
    turns: Arc<Semaphore>,
}

/// The right to work on one now.
#[derive(Debug)]
pub(super) struct Turn {
    _of_mailbox: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), of: Mutex::default() }
    }
}

impl Turns {
    /// How many more may be taken.
    pub(super) fn room(&self) -> usize {
        IN_HAND.saturating_sub(self.of().values().map(|hand| hand.reminders).sum())
    }

    /// Mailboxes that have enough to do.
    pub(super) fn busy(&self) -> Vec<Uuid> {
        self.of().iter().filter(|(_, hand)| hand.reminders >= IN_HAND_OF_ONE).map(|(id, _)| *id).collect()
    }

    /// Whether a mailbox, or all of them, has just become free enough to take more.
    pub(super) fn has_room_again(&self, mailbox: Uuid) -> bool {
        let of = self.of();
        let all: usize = of.values().map(|hand| hand.reminders).sum();
        all == FEW || of.get(&mailbox).is_none_or(|hand| hand.reminders == FEW)
    }

    /// Nothing is in hand.
    pub(super) fn is_empty(&self) -> bool {
        self.of().is_empty()
    }

    /// No more turns: whoever waits for one gets none.
    pub(super) fn close(&self) {
        self.all.close();
    }

    /// Whether a mailbox was looked at since `due`, a moment ago.
    pub(super) fn was_looked_at(&self, mailbox: Uuid, due: Millis, now: Millis) -> bool {
        let looked_at = self.of().get(&mailbox).and_then(|hand| hand.looked_at);
        looked_at.is_some_and(|at| at >= due && at <= now && now.saturating_sub(at) <= YOUNG)
    }

    /// A look at a mailbox that began then went well.
    pub(super) fn looked_at(&self, mailbox: Uuid, began: Millis) {
        if let Some(hand) = self.of().get_mut(&mailbox) {
            hand.looked_at = hand.looked_at.max(Some(began));
        }
    }

    fn of(&self) -> MutexGuard<'_, HashMap<Uuid, Hand>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    /// Takes a reminder of a mailbox in hand; those of none count together.
    pub(super) fn take(reminders: &Arc<Reminders>, mailbox: Option<Uuid>, imap: bool) -> Self {
        let mailbox = mailbox.unwrap_or_default();
        let at_once = if imap { AT_ONCE_IMAP } else { AT_ONCE_GMAIL };
        let mut of = reminders.turns.of();
        let hand = of.entry(mailbox).or_insert_with(|| Hand {
            turns: Arc::new(Semaphore::new(at_once)),
            reminders: 0,
            looked_at: None,
        });
        hand.reminders += 1;
        Self { reminders: Arc::clone(reminders), mailbox, turns: Arc::clone(&hand.turns) }
    }

    /// Waits for its turn. `None`: the engine stops.
    pub(super) async fn turn(&self) -> Option<Turn> {
        let of_mailbox = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.reminders.turns.all).acquire_owned().await.ok()?;
        Some(Turn { _of_mailbox: of_mailbox, _of_all: of_all })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut of = self.reminders.turns.of();
        if let Some(hand) = of.get_mut(&self.mailbox) {
            hand.reminders -= 1;
            if hand.reminders == 0 {
                of.remove(&self.mailbox);
            }
        }
    }
}
