//! Which mailboxes wait for notices, and the newest number that each was told.
//!
//! What must hold: only addresses of mailboxes that wait are known; a notice of any other leaves nothing behind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use waxwing_protocol::Millis;

/// Whether Gmail tells of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Watched {
    /// It was not asked to.
    No,
    /// It was; it is asked again at this instant.
    Until(Millis),
    /// It does not take the topic; it is asked again at this instant.
    Refused(Millis),
}

/// What was told of a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Told {
    /// The newest number of its history.
    pub(in super::super) history: u64,
    /// How many notices there were.
    pub(in super::super) notices: u64,
}

/// A mailbox that waits.
#[derive(Debug)]
pub(in super::super) struct Listener {
    /// What was told of it.
    pub(in super::super) told: watch::Sender<Told>,
    /// Whether Gmail tells of it.
    pub(in super::super) watched: watch::Sender<Watched>,
}

/// All that wait, by their address.
#[derive(Debug, Default)]
pub(in super::super) struct Hub {
    listeners: Mutex<HashMap<String, Arc<Listener>>>,
    /// Gmail did not take the topic when it was asked last.
    refused: AtomicBool,
}

impl Hub {
    /// The listener of an address in lower case.
    pub(in super::super) fn listener(&self, address: &str) -> Arc<Listener> {
        let mut all = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Listener { told: watch::Sender::default(), watched: watch::Sender::new(Watched::No) });
        Arc::clone(all.entry(address.to_owned()).or_insert_with(new))
    }

    /// Nobody waits for this one any more.
    pub(in super::super) fn forget(&self, address: &str) {
        let gone = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
        if let Some(listener) = gone {
            listener.watched.send_replace(Watched::No);
        }
    }

    /// Whether somebody waits for notices of this one.
    pub(super) fn listens_to(&self, address: &str) -> bool {
        let all = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(address).is_some_and(|listener| listener.told.receiver_count() > 0)
    }

    /// A notice came.
    pub(super) fn tell(&self, address: &str, history: u64) {
        let known = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).get(address).map(Arc::clone);
        if let Some(listener) = known {
            listener.tell(history);
        }
    }

    /// Whether Gmail took the topic, as it was asked last. True when that is news.
    pub(in super::super) fn set_refused(&self, refused: bool) -> bool {
        self.refused.swap(refused, Ordering::Relaxed) != refused
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Listener {
    fn tell(&self, history: u64) {
        self.told.send_modify(|told| {
            told.history = told.history.max(history);
            told.notices = told.notices.wrapping_add(1);
        });
    }

    /// This was told last, and nothing of the kind has happened: `seen` is how far the mailbox is.
    pub(in super::super) fn disbelieve(&self, last: Told, seen: u64) {
        self.told.send_if_modified(|told| {
            if *told == last {
                told.history = seen;
            }
            false
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_strangers_leave_nothing() {
        let hub = Hub::default();
        let ann = hub.listener("ann@x.example");
        for history in [7, 5, 7] {
            hub.tell("ann@x.example", history);
        }
        hub.tell("ben@x.example", 9);
        let told = || *ann.told.borrow();
        assert_eq!((told(), hub.listeners.lock().unwrap().len()), (Told { history: 7, notices: 3 }, 1));
        // One that cannot be: what is told afterwards counts again.
        hub.tell("ann@x.example", u64::MAX);
        let forged = told();
        hub.tell("ann@x.example", 8);
        ann.disbelieve(forged, 7);
        assert_eq!(told().history, u64::MAX, "something was told since");
        ann.disbelieve(told(), 7);
        hub.tell("ann@x.example", 9);
        assert_eq!(told().history, 9);
        ann.watched.send_replace(Watched::Until(1));
        hub.forget("ann@x.example");
        assert_eq!(*ann.watched.borrow(), Watched::No);
        assert!(hub.set_refused(true) && !hub.set_refused(true) && hub.is_refused());
    }
}
