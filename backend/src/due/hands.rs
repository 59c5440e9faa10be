//! What an engine has in hand: how many rows of which mailbox, and how many of them are worked on at once.
//!
//! What must hold: a mailbox that is slow keeps no other waiting; no more is taken than can be worked on soon; what is large takes
//! bounded memory, however much of it is due, and keeps nothing small waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// What is taken and not done yet, at most.
const IN_HAND: usize = 600;
/// Below so many of a mailbox, or of all, there is room for a good number again.
const FEW: usize = 20;
/// What has more bytes is large: little of that is worked on at once, and one of a mailbox.
const LARGE: usize = 1024 * 1024;
/// Large ones in work at once.
const LARGE_AT_ONCE: usize = 3;

/// How much at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of all mailboxes.
    pub at_once: usize,
    /// Of one mailbox over an API.
    pub of_gmail: usize,
    /// Of one mailbox over IMAP: servers want few connections of one user.
    pub of_imap: usize,
    /// Of one mailbox, taken and not done yet.
    pub in_hand_of_one: usize,
}

/// What the engine has in hand.
#[derive(Debug)]
pub(super) struct Hands {
    limits: Limits,
    all: Arc<Semaphore>,
    large: Arc<Semaphore>,
    of: Mutex<HashMap<Uuid, Hand>>,
}

#[derive(Debug)]
struct Hand {
    turns: Arc<Semaphore>,
    large: Arc<Semaphore>,
    rows: usize,
}

/// A row in hand; dropped when it is done.
#[derive(Debug)]
pub(super) struct InHand {
    hands: Arc<Hands>,
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

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits))
}

impl Hands {
    /// With nothing in them.
    pub(super) fn new(limits: &Limits) -> Self {
        let (all, large) = (semaphore(limits.at_once), semaphore(LARGE_AT_ONCE));
        Self { limits: limits.clone(), all, large, of: Mutex::default() }
    }

    /// How many more may be taken.
    pub(super) fn room(&self) -> usize {
        IN_HAND.saturating_sub(self.of().values().map(|hand| hand.rows).sum())
    }

    /// Mailboxes that have enough to do.
    pub(super) fn busy(&self) -> Vec<Uuid> {
        self.of().iter().filter(|(_, hand)| hand.rows >= self.limits.in_hand_of_one).map(|(id, _)| *id).collect()
    }

    /// Whether a mailbox, or all of them, has just become free enough to take more.
    pub(super) fn has_room_again(&self, mailbox: Option<Uuid>) -> bool {
        let of = self.of();
        let all: usize = of.values().map(|hand| hand.rows).sum();
        all == FEW || of.get(&mailbox.unwrap_or_default()).is_none_or(|hand| hand.rows == FEW)
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

    /// Takes a row of a mailbox, of so many bytes, in hand; those of no mailbox count together.
    pub(super) fn take(self: &Arc<Self>, mailbox: Option<Uuid>, imap: bool, size: usize) -> InHand {
        let mailbox = mailbox.unwrap_or_default();
        let at_once = if imap { self.limits.of_imap } else { self.limits.of_gmail };
        let mut of = self.of();
        let hand = of.entry(mailbox).or_insert_with(|| Hand { turns: semaphore(at_once), large: semaphore(1), rows: 0 });
        hand.rows += 1;
        let large = (size > LARGE).then(|| Arc::clone(&hand.large));
        InHand { hands: Arc::clone(self), mailbox, turns: Arc::clone(&hand.turns), large }
    }

    fn of(&self) -> MutexGuard<'_, HashMap<Uuid, Hand>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    /// Waits for its turn. `None`: the engine stops.
    pub(super) async fn turn(&self) -> Option<Turn> {
        // In this order for all: whoever waits for a turn with a large one holds none that a small one could use.
        let large = match &self.large {
            None => None,
            Some(of_mailbox) => {
                let of_mailbox = Arc::clone(of_mailbox).acquire_owned().await.ok()?;
                Some([of_mailbox, Arc::clone(&self.hands.large).acquire_owned().await.ok()?])
            }
        };
        let of_mailbox = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.hands.all).acquire_owned().await.ok()?;
        Some(Turn { _large: large, _of_mailbox: of_mailbox, _of_all: of_all })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut of = self.hands.of();
        if let Some(hand) = of.get_mut(&self.mailbox) {
            hand.rows -= 1;
            if hand.rows == 0 {
                of.remove(&self.mailbox);
            }
        }
    }
}
