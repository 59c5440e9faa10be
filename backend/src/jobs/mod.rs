//! The engine that sends mails at their time.
//!
//! ```text
//! dispatch ─ takes what is due (a lease each) ─┬─ due ─ check ─ send   the draft as it is now, the intent on disk, the call
//!                                              └─ look                  what became of a mail whose answer was lost
//! recover   leases of the dead                follow, upkeep  edits of drafts, zones, mailboxes that work again
//! ```
//!
//! What must hold:
//! - A mail is sent at most once. The intent is on disk before the first call; "from here on it may be out" is on disk before
//!   the last byte that commits; what was lost after that is looked for, and held where that stays unclear. Nothing is sent again
//!   without proof that it was not sent, or its sender's word.
//! - Whoever works on a row holds its lease, and each of its writes asks for that lease. A lost lease ends the work before
//!   anything leaves.
//! - No effect happens inside a transaction, and no two changes of a row outside of [`writer`] and the leases.
//! - What waits costs nothing: one instant in memory says when to look at the database next.

pub mod act;
pub mod asked;
mod check;
mod dispatch;
mod due;
pub mod fate;
pub mod follow;
mod hands;
mod look;
pub mod owner;
mod recover;
mod send;
mod upkeep;
pub mod words;
pub mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::clock::Clock;
use crate::entropy::{self, Entropy};
use crate::hits::admit::Gate;
use crate::hits::judging::Judging;
use crate::mailbox::registry::Mailboxes;
use crate::news::News;
use crate::store::scheduled::change::Applied;
use crate::store::scheduled::{Lease, Row};
use crate::store::{Store, StoreError};
use crate::watch::Watch;

use hands::Hands;
use owner::Owner;
use writer::{Changes, Decide, Desk, NotWritten, Writer};

/// A lease holds so long unless it is renewed.
pub const LEASE: Millis = 60_000;
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(15);
/// After the database refused.
const AGAIN: Duration = Duration::from_secs(1);
/// How long sends that are under way may take when the backend stops.
const LAST_SENDS: Duration = Duration::from_secs(25);

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
    /// Where pixels and links point to.
    pub tracking_url: String,
}

/// The engine, and the one place where scheduled mails are changed.
pub struct Jobs {
    parts: Parts,
    owner: Owner,
    writer: Writer,
    hands: Hands,
    wake: Notify,
    stopping: watch::Sender<bool>,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").field("owner", &self.owner.id()).finish_non_exhaustive()
    }
}

impl Jobs {
    /// An engine whose lock file lies in `dir`. The second value is for [`run`].
    pub fn new(parts: Parts, dir: &Path) -> Result<(Arc<Self>, Changes), StoreError> {
        let failed = |error: std::io::Error| StoreError::Failed(format!("the engine's lock file cannot be made: {error}"));
        let owner = Owner::new(dir, || entropy::uuid(parts.entropy.as_ref())).map_err(failed)?;
        let (writer, changes) = writer::channel();
        let jobs =
            Self { parts, owner, writer, hands: Hands::default(), wake: Notify::new(), stopping: watch::Sender::new(false) };
        Ok((Arc::new(jobs), changes))
    }

    /// Something may be due earlier than was known: look.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Changes a row as `decide` says, on disk when this returns. `None`: it wants none of it, or there is no such row.
    pub async fn change(
        &self,
        id: Uuid,
        decide: impl Fn(Row) -> Option<crate::store::scheduled::change::Next> + Send + Sync + 'static,
    ) -> Result<Option<Applied>, NotWritten> {
        let decide: Decide = Arc::new(decide);
        self.writer.change(id, decide).await
    }

    /// The same for what happened and must be written: tried until it is, or the backend stops. Only for whoever holds the lease.
    async fn settle(
        &self,
        id: Uuid,
        lease: Lease,
        decide: impl Fn(Row) -> Option<crate::store::scheduled::change::Next> + Send + Sync + 'static,
    ) -> Option<Applied> {
        let decide: Decide = Arc::new(move |row: Row| if row.lease == Some(lease) { decide(row) } else { None });
        self.insist(id, &decide).await
    }

    /// Tries until it is written, or the backend stops.
    async fn insist(&self, id: Uuid, decide: &Decide) -> Option<Applied> {
        loop {
            match self.writer.change(id, Arc::clone(decide)).await {
                Ok(applied) => return applied,
                Err(error) => {
                    tracing::error!(%error, scheduled = %id, "what became of a scheduled mail cannot be written yet");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

/// Runs the engine until `stop`: then no new leases are taken, those that wait are given back, and sends that are under way get
/// [`LAST_SENDS`].
pub async fn run(jobs: Arc<Jobs>, changes: Changes, stop: watch::Receiver<bool>) {
    let (writer_stop, writer_stopping) = watch::channel(false);
    let Parts { store, clock, news, judging, watch, .. } = jobs.parts.clone();
    let writer = tokio::spawn(writer::run(Desk { store, clock, news, judging, watch }, changes, writer_stopping));
    let beside: [JoinHandle<()>; 2] =
        [tokio::spawn(renew(Arc::clone(&jobs), stop.clone())), tokio::spawn(upkeep::run(Arc::clone(&jobs), stop.clone()))];
    dispatch::run(&jobs, stop).await;
    for task in beside {
        task.abort();
    }
    writer_stop.send_replace(true);
    if writer.await.is_err() {
        tracing::error!("the writer of scheduled mails did not end as it should");
    }
}

/// Renews leases, also of sends that are under way when the backend stops: the task is ended by [`run`].
async fn renew(jobs: Arc<Jobs>, _stop: watch::Receiver<bool>) {
    loop {
        tokio::time::sleep(RENEW).await;
        if jobs.hands.is_empty() {
            continue;
        }
        let until = jobs.now().saturating_add(LEASE);
        if let Err(error) = jobs.parts.store.renew_leases(jobs.owner.id(), until).await {
            tracing::warn!(%error, "leases of scheduled mails could not be renewed yet");
        }
    }
}
