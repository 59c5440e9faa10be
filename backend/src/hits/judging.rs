//! What all who judge share: the roll-up, the settling of hits, the re-scoring, and the endpoints that correct.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, Notify};
use waxwing_domain::rollup::Activity;
use waxwing_protocol::Millis;

use super::admit::Gate;
use super::knowledge::InForce;
use crate::clock::Clock;
use crate::metrics::hits::Verdicts;
use crate::news::News;
use crate::store::judged::LONGEST_WAIT;
use crate::store::sql::Kind;
use crate::store::{Result, Store, Work};

/// Beside hits of this long before it a hit is judged, in milliseconds: a second look at a link counts for a minute, a burst
/// for ten seconds.
pub(super) const CONTEXT: Millis = 70_000;
/// A message with more hits than this is judged the less often the more it has.
const MANY: u64 = 1_000;

/// Judges messages: [`Judging::judge`].
pub struct Judging {
    pub(super) store: Arc<Store>,
    pub(super) gate: Arc<Gate>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) knowledge: Arc<InForce>,
    pub(super) news: Arc<News>,
    /// Whoever writes a message's totals holds it from reading them, or comparing them, to the commit: [`Judging::fold`].
    pub(super) folding: Arc<Mutex<()>>,
    pub(super) due: Arc<Notify>,
    /// What was said of hits at first.
    pub verdicts: Arc<Verdicts>,
}

impl std::fmt::Debug for Judging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judging").finish_non_exhaustive()
    }
}

impl Judging {
    /// For one store.
    pub fn new(store: Arc<Store>, gate: Arc<Gate>, clock: Arc<dyn Clock>, knowledge: Arc<InForce>, news: Arc<News>) -> Self {
        Self { store, gate, clock, knowledge, news, folding: Arc::default(), due: Arc::default(), verdicts: Arc::default() }
    }

    /// The same, writing by another way into the same database: that of whoever judges in the background, for all backends.
    #[must_use]
    pub fn over(&self, store: Arc<Store>) -> Self {
        Self {
            store,
            gate: Arc::clone(&self.gate),
            clock: Arc::clone(&self.clock),
            knowledge: Arc::clone(&self.knowledge),
            news: Arc::clone(&self.news),
            folding: Arc::clone(&self.folding),
            due: Arc::clone(&self.due),
            verdicts: Arc::clone(&self.verdicts),
        }
    }

    /// Nobody else writes totals, in no backend on this database, until the transaction that [`Folding::write`] gives is over.
    pub(super) async fn fold(&self) -> Result<Folding<'_>> {
        let here = self.folding.lock().await;
        let tx = match self.store.kind() {
            // One backend: others may go on with what is no total, while this one reads.
            Kind::Sqlite => None,
            Kind::Postgres => Some(self.store.write().await?),
        };
        Ok(Folding { _here: here, tx })
    }

    /// Has the messages looked for that are due: call it after a commit that marked some
    /// ([`mark_due`](crate::store::judged::mark_due)).
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Whether totals are being written, or wait for the database to be: what they rest on was read by then.
    pub fn is_folding(&self) -> bool {
        self.folding.try_lock().is_err()
    }
}

/// The right to write totals.
pub(super) struct Folding<'a> {
    _here: MutexGuard<'a, ()>,
    tx: Option<Work>,
}

impl Folding<'_> {
    /// What they are written in.
    pub(super) async fn write(&mut self, store: &Store) -> Result<Work> {
        match self.tx.take() {
            Some(tx) => Ok(tx),
            None => store.write().await,
        }
    }
}

/// How long a message waits at least until it is judged as a whole, in milliseconds. Judging costs some 60 ms for 1,000 hits
/// where it is slow; ten times that keeps a mail that is fetched without end below a tenth of one processor.
pub(super) fn pace(activity: &Activity) -> Millis {
    let hits = activity.hits();
    if hits <= MANY { 0 } else { Millis::try_from(hits * 6 / 10).unwrap_or(Millis::MAX).min(LONGEST_WAIT / 2) }
}
