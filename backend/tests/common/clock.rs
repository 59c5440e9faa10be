//! Time as tests have it: a clock that stands until the test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use waxwing_backend::clock::Clock;
use waxwing_protocol::Millis;

/// 2026-11-22T08:00:00Z, a Sunday.
pub(crate) const START: Millis = 1_795_334_400_000;

/// See the file's head.
#[derive(Debug)]
pub(crate) struct MockClock(AtomicI64);

impl MockClock {
    /// At [`START`].
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    pub(crate) fn advance(&self, by: Millis) {
        self.set(self.now().saturating_add(by));
    }

    pub(crate) fn set(&self, now: Millis) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
}
