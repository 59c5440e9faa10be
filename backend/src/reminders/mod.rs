//! The engine that brings conversations back when their reminders are due.
//!
//! ```text
//! crate::due ─ takes what is due (a lease each) ─ kind ─┬─ come   one more look at the mailbox, the condition, the note, the event
//!                                                       └─ take   takes a note away that is over
//! ask   what users want: set, change, done, later, off
//! ```
//!
//! What must hold:
//! - A reminder is acted on once a time: one note, one event that tells. The note's id is on disk before the mailbox is called,
//!   and the mailbox looks for it before it puts it; what became of it, the state and the event are one transaction.
//! - Before it decides, the mailbox is looked at once more: nobody is reminded of what was answered before it fell due. A mailbox
//!   that cannot be asked is tried for an hour; then its user is told that, without a note.
//! - Whoever works on a row holds its lease, and each of its writes asks for that lease. What its user wants meanwhile is written at
//!   once, and the engine finds it: a note that was put for nothing is taken away.

pub mod ask;
mod come;
pub mod fate;
mod kind;
mod leave;
mod looked;
pub mod note;
mod take;
pub mod words;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::account_id::AccountId;
use crate::clock::Clock;
use crate::due::{self, Changes, Engine};
use crate::entropy::Entropy;
use crate::hits::admit::Gate;
use crate::mailbox::registry::Mailboxes;
use crate::metrics::Lateness;
use crate::news::News;
use crate::store::reminders::ON_ITS_WAY;
use crate::store::{Store, StoreError};
use crate::watch::Watch;

pub use crate::store::reminders::defaults::by_default;

use looked::Looked;

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
    /// Knows the accounts that are not used.
    pub gate: Arc<Gate>,
    /// The mailboxes.
    pub mailboxes: Arc<Mailboxes>,
    /// Looks at mailboxes for answers.
    pub watch: Arc<Watch>,
}

/// The engine, and the one place where users change reminders.
pub struct Reminders {
    parts: Parts,
    engine: Engine<Self>,
    looked: Looked,
}

/// Which reminder.
type Key = (AccountId, Uuid);

impl std::fmt::Debug for Reminders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.engine.fmt(f)
    }
}

impl Reminders {
    /// An engine whose lock file lies in `dir`. The second value is for [`run`].
    pub fn new(parts: Parts, dir: &Path) -> Result<(Arc<Self>, Changes<Self>), StoreError> {
        let (engine, changes) = Engine::new(dir, parts.entropy.as_ref())?;
        Ok((Arc::new(Self { parts, engine, looked: Looked::default() }), changes))
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

/// Runs the engine until `stop`: then nothing new is taken, and calls that are under way get some time.
pub async fn run(reminders: Arc<Reminders>, changes: Changes<Reminders>, stop: watch::Receiver<bool>) {
    let (came_in, back) = (wake_for_what_came_in(Arc::clone(&reminders)), hurry_notes(Arc::clone(&reminders)));
    let incoming = async move {
        tokio::join!(came_in, back);
    };
    due::run(reminders, changes, incoming, stop).await;
}

/// What came in has given reminders something to do.
async fn wake_for_what_came_in(reminders: Arc<Reminders>) {
    let mut applied = reminders.parts.watch.applied();
    while applied.changed().await.is_ok() {
        reminders.wake();
    }
}

/// What could not be taken out of a mailbox is next when mailboxes work again: its owner signed in, most often.
async fn hurry_notes(reminders: Arc<Reminders>) {
    let mut back = reminders.parts.mailboxes.back();
    loop {
        // What is on its way there has time to arrive.
        match reminders.parts.store.hurry_notes(reminders.now().saturating_add(ON_ITS_WAY)).await {
            Ok(0) => {}
            Ok(_) => reminders.wake(),
            Err(error) => tracing::warn!(%error, "notes that wait for their mailbox are taken away some hours later"),
        }
        if back.changed().await.is_err() {
            return;
        }
    }
}
