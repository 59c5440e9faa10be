//! What all who judge share: the roll-up, the settling of hits, the re-scoring, and the endpoints that correct.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify};

use super::admit::Gate;
use super::knowledge::InForce;
use crate::clock::Clock;
use crate::news::News;
use crate::store::Store;

/// Judges messages.
pub struct Judging {
    pub(super) store: Arc<Store>,
    pub(super) gate: Arc<Gate>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) knowledge: Arc<InForce>,
    pub(super) news: Arc<News>,
    /// Whoever writes a message's totals holds it from reading them, or comparing them, to the commit.
    pub(super) folding: Mutex<()>,
    due: Notify,
}

impl std::fmt::Debug for Judging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judging").finish_non_exhaustive()
    }
}

impl Judging {
    /// For one store.
    pub fn new(store: Arc<Store>, gate: Arc<Gate>, clock: Arc<dyn Clock>, knowledge: Arc<InForce>, news: Arc<News>) -> Self {
        Self { store, gate, clock, knowledge, news, folding: Mutex::new(()), due: Notify::new() }
    }

    /// Has the messages looked for that are due: call it after a commit that marked some
    /// ([`mark_due`](crate::store::judged::mark_due)).
    pub fn wake(&self) {
        self.due.notify_one();
    }
}
