//! The engine that brings conversations back when their reminders are due.
//!
//! ```text
//! dispatch ─ takes what is due (a lease each) ─┬─ come      one more look at the mailbox, the condition, the note, the event
//!                                              └─ take      takes a note away that is over
//! recover   leases of the dead                 ask   what users want: set, change, done, later, off
//! ```
//!
//! What must hold:
//! - A reminder is acted on once a time: one note, one event that tells. The note's id is on disk before the mailbox is called,
//!   and the mailbox looks for it before it puts it; what became of it, the state and the event are one transaction.
//! - Before it decides, the mailbox is looked at once more: nobody is reminded of what was answered before it fell due. A mailbox
//!   that cannot be asked is tried for an hour; then its user is told that, without a note.
//! - Whoever works on a row holds its lease, and each of its writes asks for that lease. What its user wants meanwhile is written at
//!   once, and the engine finds it: a note that was put for nothing is taken away.
//! - What waits costs nothing: one instant in memory says when to look at the database next.

pub mod ask;
mod come;
mod dispatch;
pub mod fate;
mod leave;
pub mod note;
mod recover;
mod take;
mod turns;
pub mod words;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::account_id::AccountId;
use crate::clock::Clock;
use crate::entropy::{self, Entropy};
use crate::jobs::owner::Owner;
use crate::mailbox::registry::Mailboxes;
use crate::news::News;
use crate::store::reminders::change::{Applied, Next};
use crate::store::reminders::{Lease, Row};
use crate::store::{Store, StoreError};
use crate::watch::Watch;

pub use crate::store::reminders::defaults::by_default;

use turns::Turns;
pub use writer::Changes;
use writer::{Decide, Desk, NotWritten, Writer};

/// A lease holds so long unless it is renewed.
pub const LEASE: Millis = 60_000;
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(15);
/// How often is looked for leases of the dead.
const LOOK_AROUND: Duration = Duration::from_secs(10);
/// After the database refused.
const AGAIN: Duration = Duration::from_secs(1);
/// How long calls that are under way may take when the backend stops.
const LAST_CALLS: Duration = Duration::from_secs(10);

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
    /// The mailboxes.
    pub mailboxes: Arc<Mailboxes>,
    /// Looks at mailboxes for answers.
    pub watch: Arc<Watch>,
}

/// The engine, and the one place where users change reminders.
pub struct Reminders {
    parts: Parts,
    owner: Owner,
    turns: Turns,
    writer: Writer,
    wake: Notify,
    stopping: watch::Sender<bool>,
}

impl std::fmt::Debug for Reminders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reminders").field("owner", &self.owner.id()).finish_non_exhaustive()
    }
}

/// Which reminder.
type Key = (AccountId, Uuid);

impl Reminders {
    /// An engine whose lock file lies in `dir`. The second value is for [`run`].
    pub fn new(parts: Parts, dir: &Path) -> Result<(Arc<Self>, Changes), StoreError> {
        let failed = |error: std::io::Error| StoreError::Failed(format!("the engine's lock file cannot be made: {error}"));
        let owner = Owner::new(dir, || entropy::uuid(parts.entropy.as_ref())).map_err(failed)?;
        let (writer, changes) = writer::channel();
        let (turns, wake, stopping) = (Turns::default(), Notify::new(), watch::Sender::new(false));
        Ok((Arc::new(Self { parts, owner, turns, writer, wake, stopping }), changes))
    }

    /// Something may be due earlier than was known: look.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Changes a reminder as `decide` says, on disk when this returns, and wakes streams. `None`: it wants none of it, or there is no
    /// such reminder.
    async fn change(
        &self,
        key: Key,
        decide: impl Fn(Row) -> Option<Next> + Send + Sync + 'static,
    ) -> Result<Option<Applied>, NotWritten> {
        self.writer.change(key, Arc::new(decide)).await
    }

    /// The same for what happened and must be written, tried until it is, or the backend stops. Only for whoever holds the lease.
    /// `None`: the lease is lost, or `decide` wants none of it.
    async fn settle(
        &self,
        key: Key,
        lease: Lease,
        decide: impl Fn(Row) -> Option<Next> + Send + Sync + 'static,
    ) -> Option<Applied> {
        let decide: Decide = Arc::new(move |row: Row| if row.lease == Some(lease) { decide(row) } else { None });
        loop {
            match self.writer.change(key, Arc::clone(&decide)).await {
                Ok(applied) => return applied,
                Err(error) => {
                    tracing::error!(%error, reminder = %key.1, "what became of a reminder cannot be written yet");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

/// Runs the engine until `stop`: then nothing new is taken, and calls that are under way get [`LAST_CALLS`].
pub async fn run(reminders: Arc<Reminders>, changes: Changes, stop: watch::Receiver<bool>) {
    let (writer_stop, writer_stopping) = watch::channel(false);
    let Parts { store, clock, news, .. } = reminders.parts.clone();
    let writer = tokio::spawn(writer::run(Desk { store, clock, news }, changes, writer_stopping));
    let beside: [JoinHandle<()>; 2] =
        [tokio::spawn(renew(Arc::clone(&reminders))), tokio::spawn(look_around(Arc::clone(&reminders)))];
    dispatch::run(&reminders, stop).await;
    for task in beside {
        task.abort();
    }
    writer_stop.send_replace(true);
    if writer.await.is_err() {
        tracing::error!("the writer of reminders did not end as it should");
    }
}

/// Leases of the dead. The first time at once; what a dying backend was just writing is on disk by the second.
async fn look_around(reminders: Arc<Reminders>) {
    loop {
        recover::dead(&reminders).await;
        tokio::time::sleep(LOOK_AROUND).await;
    }
}

async fn renew(reminders: Arc<Reminders>) {
    loop {
        tokio::time::sleep(RENEW).await;
        if reminders.turns.is_empty() {
            continue;
        }
        let until = reminders.now().saturating_add(LEASE);
        if let Err(error) = reminders.parts.store.renew_reminders(reminders.owner.id(), until).await {
            tracing::warn!(%error, "leases of reminders could not be renewed yet");
        }
    }
}
