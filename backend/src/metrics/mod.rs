//! What can be seen of a running backend: numbers for Prometheus and for `waxwing doctor`.
//!
//! ```text
//! requests, hits, jobs, … move numbers (an atomic addition) ──┐
//! the database, this process's memory, read when asked for ───┴─ page ── /metrics
//! ```
//!
//! What must hold:
//! - No account, address, subject, token or id stands in a label: labels are words of ours and templates of routes.
//! - Counting costs the hot path an atomic addition, and nothing waits for whoever reads.
//! - Whoever has numbers of its own (the journal, the engines) holds them itself; the page reads them through [`App`](crate::app::App).

pub mod hits;
pub mod number;
pub mod page;
pub mod process;
pub mod read;
pub mod requests;
pub mod text;

use std::sync::Arc;

use number::{Counter, Histogram, Unit};
use waxwing_protocol::Millis;

/// How late something was, in milliseconds.
const LATENESS: &[u64] =
    &[100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000];

/// Numbers that belong to no part of the backend alone.
#[derive(Debug)]
pub struct Metrics {
    /// Links that were followed though the click could not be stored: a reader is never stranded.
    pub lost_clicks: Counter,
    /// How hits get onto the disk; shared with whoever writes them.
    pub writing: Arc<hits::Writing>,
    /// What became of pixels and links.
    pub outcomes: hits::Outcomes,
    /// Calls, connections, and what was turned away.
    pub requests: requests::Requests,
    /// How long after it was sent a mail was registered: how old the outboxes of browsers are.
    pub registered_after: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            lost_clicks: Counter::default(),
            writing: Arc::default(),
            outcomes: hits::Outcomes::default(),
            requests: requests::Requests::default(),
            registered_after: Histogram::new(Unit::Millis, LATENESS),
        }
    }
}

/// How late things were done that had their time.
#[derive(Debug)]
pub struct Lateness(Histogram);

impl Default for Lateness {
    fn default() -> Self {
        Self(Histogram::new(Unit::Millis, LATENESS))
    }
}

impl Lateness {
    /// It was due then, and is begun now.
    pub fn note(&self, due: Millis, now: Millis) {
        self.0.observe(since(due, now));
    }

    /// How they are spread.
    pub fn read(&self) -> number::Spread {
        self.0.read()
    }
}

/// Milliseconds from `then` to `now`; 0 when a clock was set back.
pub fn since(then: Millis, now: Millis) -> u64 {
    u64::try_from(now.saturating_sub(then)).unwrap_or(0)
}
