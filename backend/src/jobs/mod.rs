//! The engine that sends mails at their time.
//!
//! ```text
//! crate::due ─ takes what is due (a lease each) ─ kind ─┬─ due ─ check ─ send   the draft as it is now, the intent on disk, the call
//!                                                       └─ look                  what became of a mail whose answer was lost
//! follow, upkeep   edits of drafts, zones, mailboxes that work again
//! ```
//!
//! What must hold:
//! - A mail is sent at most once. The intent is on disk before the first call; "from here on it may be out" is on disk before
//!   the last byte that commits; what was lost after that is looked for, and held where that stays unclear. Nothing is sent again
//!   without proof that it was not sent, or its sender's word.
//! - Whoever works on a row holds its lease, and each of its writes asks for that lease. A lost lease ends the work before
//!   anything leaves.
//! - No effect happens inside a transaction, and no two changes of a row outside of [`crate::due`]'s writer and the leases.

pub mod act;
pub mod asked;
mod check;
mod consent;
mod due;
pub mod fate;
pub mod follow;
mod kind;
mod look;
mod send;
mod upkeep;
pub mod words;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use waxwing_protocol::Millis;

use crate::clock::Clock;
use crate::due::{self as engine, Changes, Engine};
use crate::entropy::Entropy;
use crate::hits::admit::Gate;
use crate::hits::judging::Judging;
use crate::mailbox::registry::Mailboxes;
use crate::metrics::Lateness;
use crate::news::News;
use crate::nodes::lease::Alone;
use crate::store::{Store, StoreError};
use crate::watch::Watch;

/// What the engine works with.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Arc<Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Wakes event streams.
    pub news: Arc<News>,
    /// Has the keys that pixels are minted with.
    pub gate: Arc<Gate>,
    /// Is told of tracked messages.
    pub judging: Arc<Judging>,
    /// The mailboxes.
    pub mailboxes: Arc<Mailboxes>,
    /// Knows of answers, also of those in new conversations.
    pub watch: Arc<Watch>,
    /// The right to look after mails that wait, for all backends.
    pub upkeep: Arc<Alone>,
    /// Where pixels and links point to.
    pub tracking_url: String,
}

/// The engine, and the one place where scheduled mails are changed.
pub struct Jobs {
    parts: Parts,
    engine: Engine<Self>,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.engine.fmt(f)
    }
}

impl Jobs {
    /// An engine whose lock file lies in `dir`. The second value is for [`run`].
    pub fn new(parts: Parts, dir: &Path) -> Result<(Arc<Self>, Changes<Self>), StoreError> {
        let (engine, changes) = Engine::new(dir, parts.entropy.as_ref())?;
        Ok((Arc::new(Self { parts, engine }), changes))
    }

    /// Something may be due earlier than was known: look.
    pub fn wake(&self) {
        self.engine.wake();
    }

    /// How late work was begun.
    pub fn lateness(&self) -> &Lateness {
        &self.engine.lateness
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }
}

/// Runs the engine until `stop`: then no new leases are taken, those that wait are given back, and sends that are under way get
/// the time that the last byte of a mail may take.
pub async fn run(jobs: Arc<Jobs>, changes: Changes<Jobs>, stop: watch::Receiver<bool>) {
    let upkeep = Box::pin(upkeep::run(Arc::clone(&jobs)));
    engine::run(jobs, changes, upkeep, stop).await;
}
