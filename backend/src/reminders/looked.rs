//! Which mailboxes were looked at a moment ago: of many reminders of one mailbox that fall due together, one look does for all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;
use waxwing_protocol::Millis;

/// A look that began so long ago, by the clock, is young enough for what fell due before it began.
const YOUNG: Millis = 10_000;

/// When the last look at each mailbox that went well began.
#[derive(Debug, Default)]
pub(super) struct Looked(Mutex<HashMap<Uuid, Millis>>);

impl Looked {
    /// Whether a mailbox was looked at since `due`, a moment ago.
    pub(super) fn since(&self, mailbox: Uuid, due: Millis, now: Millis) -> bool {
        let at = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&mailbox).copied();
        at.is_some_and(|at| at >= due && is_young(at, now))
    }

    /// A look at a mailbox that began then went well.
    pub(super) fn went_well(&self, mailbox: Uuid, began: Millis) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, at| is_young(*at, began));
        looks.entry(mailbox).and_modify(|at| *at = (*at).max(began)).or_insert(began);
    }
}

/// By a clock that may be set back.
fn is_young(at: Millis, now: Millis) -> bool {
    at <= now && now.saturating_sub(at) <= YOUNG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_counts_for_what_was_due_before_it_and_not_for_long() {
        let (looked, mailbox) = (Looked::default(), Uuid::from_u128(1));
        assert!(!looked.since(mailbox, 0, 1_000));
        looked.went_well(mailbox, 1_000);
        assert!(looked.since(mailbox, 1_000, 1_000 + YOUNG));
        assert!(!looked.since(mailbox, 1_001, 2_000), "it fell due after the look began");
        assert!(!looked.since(mailbox, 1_000, 1_001 + YOUNG), "that is too long ago");
        assert!(!looked.since(mailbox, 500, 999), "the clock was set back");
        assert!(!looked.since(Uuid::from_u128(2), 0, 1_000));
        looked.went_well(Uuid::from_u128(2), 1_001 + YOUNG);
        assert_eq!(looked.0.lock().unwrap().len(), 1, "what is old is forgotten");
    }
}
