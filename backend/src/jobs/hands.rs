//! What the engine has in hand: how many mails of which mailbox, and how many of them at once.
//!
//! What must hold: a mailbox that is slow keeps no other waiting; no more is taken than can be worked on soon; large mails take
//! bounded memory, however many are due, and keep no small ones waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Mails in work at once.
const AT_ONCE: usize = 64;
/// Mails in work at once by one mailbox over an API.
const AT_ONCE_GMAIL: usize = 8;
/// IMAP and SMTP servers want few connections of one user.
const AT_ONCE_IMAP: usize = 1;
/// Mails that are taken and not done yet, at most.
const IN_HAND: usize = 600;
/// Of one mailbox.
const IN_HAND_OF_ONE: usize = 200;
/// A mail of more bytes is large: few of those are in work at once, and one of a mailbox.
const LARGE: usize = 1024 * 1024;
/// Large mails in work at once.
const LARGE_AT_ONCE: usize = 3;
/// Below so many of a mailbox, or of all, there is room for a good number again.
const FEW: usize = 20;

/// What the engine has in hand.
#[derive(Debug)]
pub(super) struct Hands {
    all: Arc<Semaphore>,
    large: Arc<Semaphore>,
    of: Mutex<HashMap<Uuid, Hand>>,
}

#[derive(Debug)]
struct Hand {
    turns: Arc<Semaphore>,
    large: Arc<Semaphore>,
    mails: usize,
}

/// A mail in hand; dropped when it is done.
#[derive(Debug)]
pub(super) struct InHand {
    hands: Arc<super::Jobs>,
    mailbox: Uuid,
    turns: Arc<Semaphore>,
    /// Of its mailbox, when it is large.
    large: Option<Arc<Semaphore>>,
}

/// The right to work on one now.
#[derive(Debug)]
pub(super) struct Turn {
    _large: Option<[OwnedSemaphorePermit; 2]>,
    _of_mailbox: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Hands {
    fn default() -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { all: semaphore(AT_ONCE), large: semaphore(LARGE_AT_ONCE), of: Mutex::default() }
    }
}

impl Hands {
    /// How many more may be taken.
    pub(super) fn room(&self) -> usize {
        IN_HAND.saturating_sub(self.of().values().map(|hand| hand.mails).sum())
    }

    /// Mailboxes that have enough to do.
    pub(super) fn busy(&self) -> Vec<Uuid> {
        self.of().iter().filter(|(_, hand)| hand.mails >= IN_HAND_OF_ONE).map(|(id, _)| *id).collect()
    }

    /// Whether a mailbox, or all of them, has just become free enough to take more.
    pub(super) fn has_room_again(&self, mailbox: Uuid) -> bool {
        let of = self.of();
        let all: usize = of.values().map(|hand| hand.mails).sum();
        all == FEW || of.get(&mailbox).is_none_or(|hand| hand.mails == FEW)
    }

    /// Nothing is in hand.
    pub(super) fn is_empty(&self) -> bool {
        self.of().is_empty()
    }

    /// No more turns: whoever waits for one gets none.
    pub(super) fn close(&self) {
        self.large.close();
        self.all.close();
    }

    fn of(&self) -> MutexGuard<'_, HashMap<Uuid, Hand>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    /// Takes a mail of a mailbox, of so many bytes, in hand.
    pub(super) fn take(jobs: &Arc<super::Jobs>, mailbox: Uuid, imap: bool, size: usize) -> Self {
        let mut of = jobs.hands.of();
        let at_once = if imap { AT_ONCE_IMAP } else { AT_ONCE_GMAIL };
        let hand = of.entry(mailbox).or_insert_with(|| {
            let semaphore = |permits| Arc::new(Semaphore::new(permits));
            Hand { turns: semaphore(at_once), large: semaphore(1), mails: 0 }
        });
        hand.mails += 1;
        let large = (size > LARGE).then(|| Arc::clone(&hand.large));
        Self { hands: Arc::clone(jobs), mailbox, turns: Arc::clone(&hand.turns), large }
    }

    /// Waits for its turn. `None`: the engine stops.
    pub(super) async fn turn(&self) -> Option<Turn> {
        // In this order for all: whoever waits for a turn with a large mail holds none that a small one could use.
        let large = match &self.large {
            None => None,
            Some(of_mailbox) => {
                let of_mailbox = Arc::clone(of_mailbox).acquire_owned().await.ok()?;
                Some([of_mailbox, Arc::clone(&self.hands.hands.large).acquire_owned().await.ok()?])
            }
        };
        let of_mailbox = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.hands.hands.all).acquire_owned().await.ok()?;
        Some(Turn { _large: large, _of_mailbox: of_mailbox, _of_all: of_all })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut of = self.hands.hands.of();
        if let Some(hand) = of.get_mut(&self.mailbox) {
            hand.mails -= 1;
            if hand.mails == 0 {
                of.remove(&self.mailbox);
            }
        }
    }
}
