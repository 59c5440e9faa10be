//! Work that falls due: rows with an instant at which somebody has to do something, done by whoever holds their lease.
//!
//! ```text
//! dispatch ─ takes what is due (a lease each) ─ hands ─ the kind's own work
//! recover    leases of the dead                 writer  what becomes of a row, many in one commit
//! owner      who holds leases                   renew   leases of whoever lives
//! ```
//!
//! There are two kinds: mails that go later ([`crate::jobs`]) and reminders ([`crate::reminders`]).
//!
//! What must hold:
//! - Whoever works on a row holds its lease, and each of its writes asks for that lease. A lost lease ends the work.
//! - No effect happens inside a transaction that takes a lease or writes what became of a row.
//! - What waits costs nothing: one instant in memory says when to look at the database next.

mod dispatch;
mod hands;
pub mod owner;
mod recover;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::account_id::AccountId;
use crate::entropy::{self, Entropy};
use crate::metrics::Lateness;
use crate::store::leases::{Lease, Leases, Taking};
use crate::store::{self, Store, StoreError, Work};

pub use hands::Limits;
pub use writer::{Changes, NotWritten};

use hands::Hands;
use owner::Owner;
use writer::Writer;

/// A lease holds so long unless it is renewed.
pub const LEASE: Millis = 60_000;
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(15);
/// How often is looked for leases of the dead.
const LOOK_AROUND: Duration = Duration::from_secs(10);
/// After the database refused.
const AGAIN: Duration = Duration::from_secs(1);

/// What a row becomes, decided while no other write of it can happen; asked again when the transaction has to be. `None`: nothing.
pub type Decide<K> = Arc<dyn Fn(<K as Kind>::Row) -> Option<<K as Kind>::Next> + Send + Sync>;

/// A row that was taken.
pub struct Taken<K: Kind> {
    /// What is done with it.
    pub work: K::Work,
    /// Which row it is.
    pub key: K::Key,
    /// When it was due.
    pub due: Option<Millis>,
    /// Whose turn it uses; rows without a mailbox count together.
    pub mailbox: Option<Uuid>,
    /// That is reached by IMAP.
    pub imap: bool,
    /// How many bytes it takes into memory.
    pub size: usize,
}

/// What one transaction took.
pub struct Batch<K: Kind> {
    /// The rows, by time.
    pub taken: Vec<Taken<K>>,
    /// As many as were asked for were found: more may be due.
    pub full: bool,
    /// Rows were changed although they were not taken.
    pub moved: bool,
}

/// A kind of work that falls due: where its rows stand, and what is done with them.
pub trait Kind: Send + Sync + Sized + 'static {
    /// What the rows are, for the log.
    const WHAT: &'static str;
    /// Where its leases stand.
    const LEASES: Leases;
    /// How much of it at once.
    const LIMITS: Limits;
    /// How long what is under way may take when the backend stops.
    const LAST_CALLS: Duration;

    /// Names a row.
    type Key: Copy + Send + Sync;
    /// A row.
    type Row: Send;
    /// What a row becomes.
    type Next: Send;
    /// What came of a change.
    type Applied: Send;
    /// A row that was taken, with what goes with it.
    type Work: Send;

    /// The engine.
    fn engine(&self) -> &Engine<Self>;
    /// The database.
    fn store(&self) -> &Store;
    /// Time.
    fn now(&self) -> Millis;

    /// A row by its account and its id.
    fn key(account: AccountId, id: Uuid) -> Self::Key;
    /// A row's id, for the log.
    fn id(key: Self::Key) -> Uuid;
    /// Who works on a row.
    fn lease(row: &Self::Row) -> Option<Lease>;
    /// Leases what is due.
    fn take(&self, taking: &Taking<'_>) -> impl Future<Output = store::Result<Batch<Self>>> + Send;
    /// Changes a row as `decide` says. `None`: there is no such row, or `decide` wants none of it.
    fn apply(
        tx: &mut Work,
        key: Self::Key,
        now: Millis,
        decide: &(dyn Fn(Self::Row) -> Option<Self::Next> + Send + Sync),
    ) -> impl Future<Output = store::Result<Option<Self::Applied>>> + Send;
    /// Tells whoever waits for it what came of a change. It is on disk.
    fn tell(&self, applied: &Self::Applied);

    /// Works on a row that was taken until it stands somewhere else.
    fn work(this: Arc<Self>, work: Self::Work) -> impl Future<Output = ()> + Send;
    /// Gives a row back that nothing was done with: the backend stops.
    fn give_back(&self, work: Self::Work) -> impl Future<Output = ()> + Send;
    /// What becomes of a row whose owner does not hold it any more. `dead`: it does certainly not work on it, either. `None`: it stays.
    fn recovered(row: Self::Row, dead: bool, now: Millis) -> Option<Self::Next>;
}

/// What a kind of work is run by, and the one place where its rows are changed.
pub struct Engine<K: Kind> {
    owner: Owner,
    hands: Arc<Hands>,
    writer: Writer<K>,
    wake: Notify,
    stopping: watch::Sender<bool>,
    /// How late work was begun.
    pub lateness: Lateness,
}

impl<K: Kind> fmt::Debug for Engine<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("of", &K::WHAT).field("owner", &self.owner.id()).finish_non_exhaustive()
    }
}

impl<K: Kind> Engine<K> {
    /// An engine whose lock file lies in `dir`. The second value is for [`run`].
    pub fn new(dir: &Path, entropy: &dyn Entropy) -> Result<(Self, Changes<K>), StoreError> {
        let failed = |error: std::io::Error| StoreError::Failed(format!("the engine's lock file cannot be made: {error}"));
        let owner = Owner::new(dir, || entropy::uuid(entropy)).map_err(failed)?;
        let (writer, changes) = writer::channel();
        let (wake, stopping) = (Notify::new(), watch::Sender::new(false));
        Ok((
            Self { owner, hands: Arc::new(Hands::new(&K::LIMITS)), writer, wake, stopping, lateness: Lateness::default() },
            changes,
        ))
    }

    /// Something may be due earlier than was known: look.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The backend stops: nothing is begun any more.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Changes a row as `decide` says, on disk when this returns. `None`: it wants none of it, or there is no such row.
    pub async fn change(
        &self,
        key: K::Key,
        decide: impl Fn(K::Row) -> Option<K::Next> + Send + Sync + 'static,
    ) -> Result<Option<K::Applied>, NotWritten> {
        self.writer.change(key, Arc::new(decide)).await
    }

    /// The same for what happened and must be written: tried until it is, or the backend stops. Only for whoever holds the lease.
    /// `None`: the lease is lost, or `decide` wants none of it.
    pub async fn settle(
        &self,
        key: K::Key,
        lease: Lease,
        decide: impl Fn(K::Row) -> Option<K::Next> + Send + Sync + 'static,
    ) -> Option<K::Applied> {
        let decide: Decide<K> = Arc::new(move |row| if K::lease(&row) == Some(lease) { decide(row) } else { None });
        self.insist(key, &decide).await
    }

    /// Tries until it is written, or the backend stops.
    pub async fn insist(&self, key: K::Key, decide: &Decide<K>) -> Option<K::Applied> {
        loop {
            match self.writer.change(key, Arc::clone(decide)).await {
                Ok(applied) => return applied,
                Err(error) => {
                    tracing::error!(%error, row = %K::id(key), "what became of {} cannot be written yet", K::WHAT);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

/// Runs an engine until `stop`: then no new leases are taken, those that wait are given back, and what is under way gets
/// [`Kind::LAST_CALLS`]. `beside` goes on for as long.
pub async fn run<K: Kind>(
    kind: Arc<K>,
    changes: Changes<K>,
    beside: impl Future<Output = ()> + Send + 'static,
    stop: watch::Receiver<bool>,
) {
    let (writer_stop, writer_stopping) = watch::channel(false);
    let writer = tokio::spawn(writer::run(Arc::clone(&kind), changes, writer_stopping));
    let beside = [tokio::spawn(renew(Arc::clone(&kind))), tokio::spawn(look_around(Arc::clone(&kind))), tokio::spawn(beside)];
    dispatch::run(&kind, stop).await;
    for task in beside {
        task.abort();
    }
    writer_stop.send_replace(true);
    if writer.await.is_err() {
        tracing::error!("the writer of {} did not end as it should", K::WHAT);
    }
}

/// Leases of the dead. The first time at once; what a dying backend was just writing is on disk by the second.
async fn look_around<K: Kind>(kind: Arc<K>) {
    loop {
        recover::dead(&kind).await;
        tokio::time::sleep(LOOK_AROUND).await;
    }
}

/// Renews leases, also of what is under way when the backend stops: the task is ended by [`run`].
async fn renew<K: Kind>(kind: Arc<K>) {
    let engine = kind.engine();
    loop {
        tokio::time::sleep(RENEW).await;
        if engine.hands.is_empty() {
            continue;
        }
        let until = kind.now().saturating_add(LEASE);
        if let Err(error) = kind.store().renew_leases(K::LEASES, engine.owner.id(), until).await {
            tracing::warn!(%error, "leases of {} could not be renewed yet", K::WHAT);
        }
    }
}
