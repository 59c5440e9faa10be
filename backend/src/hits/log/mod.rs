//! The log of hits: files that are only appended to, where a hit is on disk before it is answered.
//!
//! ```text
//! requests ─ hand in ─► pending ─ writer: one write, one sync ─► segment ─ drain ─► table `hits`
//!                                                                  ▲                  │ all of it is there
//!                                            preparer: zeros ──────┴──────────────────┘ used again, or gone
//! ```
//!
//! Why not into the database at once: syncing a few bytes of a file that is ready for them takes a tenth of a millisecond, a
//! commit of SQLite some. The database gets the hits behind the answers, in large transactions ([`drain`]), and the log holds
//! what it cannot take just now.
//!
//! What must hold:
//! - A hit is said to be stored when its bytes were synced, and not before. A write that failed is said of exactly its hits, and
//!   they never count later.
//! - Each hit is moved into the database exactly once, whenever the process dies: the number of the last one is written in the
//!   transaction that moves it. Numbers belong to a log, and each start of a backend begins a log of its own.
//! - Bytes that were moved go away: a segment that is drained is overwritten with zeros, soon.
//! - One process writes into a folder at a time (`lock`). Whoever reads the folder from another process holds `reading`, and
//!   nothing is overwritten or removed meanwhile; hits are written all the same.
//! - Memory is bounded: what waits for the disk by [`PENDING`], and what waits for the database, on disk, by [`BACKLOG`]; beyond
//!   that requests wait.

pub mod aside;
mod batch;
pub mod drain;
mod folder;
mod prepare;
pub mod read;
pub mod record;
pub mod segment;
#[cfg(test)]
mod tests;
mod writer;

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::metrics::hits::Writing;
use batch::Batch;
use folder::Locked;
use prepare::Order;
use record::Hit;
use segment::{Prepared, Reader, Segment};

/// The name of the folder in the data folder.
pub const FOLDER: &str = "hits";

/// The most bytes that wait to be written.
const PENDING: usize = 4 * 1024 * 1024;
/// The most hits that wait to be written.
const MOST: u32 = 16_384;
/// The most bytes on disk that wait for the database.
const BACKLOG: u64 = 1024 * 1024 * 1024;
/// The size of a segment: of the first one, and of those after many.
const SMALL: u64 = 1024 * 1024;
const LARGE: u64 = 16 * 1024 * 1024;
/// How long a hit waits before its request is told to come again, in calls of [`Log::tick`].
const PATIENCE: u64 = 12;

/// The hit is not on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hit could not be stored")]
pub struct NotStored;

/// What waits to be written.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    count: u32,
    batch: Arc<Batch>,
    /// Since when, in ticks.
    since: u64,
    /// What is being written now, and since when.
    writing: Option<(Arc<Batch>, u64)>,
    /// Those who found no room.
    full: Vec<Waker>,
    /// The writer sleeps.
    idle: bool,
    /// A new segment is begun though there is room in this one.
    renew: bool,
    stop: bool,
}

/// A segment that is not drained yet.
#[derive(Debug, Clone)]
struct Kept {
    segment: Segment,
    /// Bytes that are on disk end here.
    end: u64,
    /// What is moved into the database ends here.
    moved: u64,
    /// Records from this number on were given up, and written again elsewhere.
    until: u64,
    /// Nothing more is written into it.
    sealed: bool,
    /// The number of its first record, where it was looked for.
    first: u64,
}

impl Kept {
    /// Which log it belongs to. One without a head is not kept.
    fn log(&self) -> Uuid {
        self.segment.head.map_or_else(Uuid::nil, |head| head.log)
    }

    /// Reads it from its beginning.
    fn open(&self) -> io::Result<Reader> {
        let head = self.segment.head.ok_or_else(|| io::Error::other("a segment has no head"))?;
        Reader::open(&self.segment.path, &head)
    }
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    log: Uuid,
    pending: Mutex<Pending>,
    wake: Condvar,
    kept: Mutex<VecDeque<Kept>>,
    ready: Mutex<VecDeque<Prepared>>,
    /// The size of the next segment.
    size: AtomicU64,
    /// Bytes on disk that the database does not have.
    backlog: AtomicU64,
    /// How often [`Log::tick`] was called.
    ticks: AtomicU64,
    orders: mpsc::Sender<Order>,
    /// There is more to move.
    written: Notify,
    /// More was moved.
    progress: Notify,
    numbers: Arc<Writing>,
}

/// A request that waits for its hit to be on disk.
#[derive(Debug, Default)]
pub struct Waiting {
    /// `None`: there was no room for it yet.
    batch: Option<Arc<Batch>>,
    /// Since when, in ticks.
    since: Option<u64>,
}

impl Waiting {
    /// Whether the hit is among those that are written.
    pub fn is_handed_in(&self) -> bool {
        self.batch.is_some()
    }

    /// What became of it, once that is known.
    pub fn poll(&self, cx: &Context<'_>) -> Poll<Result<(), NotStored>> {
        self.batch.as_ref().map_or(Poll::Pending, |batch| batch.poll(cx))
    }
}

/// The log that this process writes.
#[derive(Debug, Clone)]
pub struct Log(Arc<Shared>);

/// Its threads; they end after [`Log::stop`].
#[derive(Debug)]
pub struct Threads {
    writer: JoinHandle<()>,
    preparer: JoinHandle<()>,
    locked: Locked,
}

impl Threads {
    /// Waits for the writer: then everything handed in is written, or refused.
    fn join_writer(self) -> Preparer {
        if self.writer.join().is_err() {
            tracing::error!("the writer of hits did not end as it should");
        }
        Preparer { preparer: self.preparer, locked: self.locked }
    }
}

/// What is left of the threads when the writer has ended.
#[derive(Debug)]
struct Preparer {
    preparer: JoinHandle<()>,
    locked: Locked,
}

impl Preparer {
    /// Waits for it: then what is drained is gone.
    fn join(self) {
        if self.preparer.join().is_err() {
            tracing::error!("what keeps segments of hits ready did not end as it should");
        }
        // From here on another backend may have the folder.
        drop(self.locked);
    }
}

impl Log {
    /// Opens the folder, which is made when it is missing, and begins a log in it. What earlier logs left is drained with it.
    pub fn open(folder: &Path, log: Uuid, numbers: Arc<Writing>) -> io::Result<(Self, Threads)> {
        let locked = folder::lock(folder)?;
        let left = folder::recover(folder)?;
        let first = left.iter().map(|kept| kept.segment.number).max().unwrap_or(0) + 1;
        let backlog = left.iter().map(|kept| kept.end - kept.moved).sum();
        numbers.room.set(i64::from(MOST));
        let (orders, receiver) = mpsc::channel();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            log,
            pending: Mutex::default(),
            wake: Condvar::new(),
            kept: Mutex::new(left.into()),
            ready: Mutex::default(),
            size: AtomicU64::new(SMALL),
            backlog: AtomicU64::new(backlog),
            ticks: AtomicU64::new(0),
            orders,
            written: Notify::new(),
            progress: Notify::new(),
            numbers,
        });
        let mut preparer = prepare::Preparer::new(Arc::clone(&shared), receiver, first);
        let writer = writer::Writer::new(Arc::clone(&shared), preparer.first()?);
        let writer = std::thread::Builder::new().name("hits".to_owned()).spawn(move || writer.run())?;
        let preparer = std::thread::Builder::new().name("hits-segments".to_owned()).spawn(move || preparer.run())?;
        Ok((Self(shared), Threads { writer, preparer, locked }))
    }

    /// Returns when the hit is on disk, or will not be.
    pub async fn record(&self, hit: Hit<'_>) -> Result<(), NotStored> {
        let mut waiting = Waiting::default();
        poll_fn(|cx| self.poll_record(cx, &hit, &mut waiting)).await
    }

    /// The same, to be polled with the same `waiting`. Once the hit is handed in, [`Waiting::poll`] is enough.
    pub fn poll_record(&self, cx: &Context<'_>, hit: &Hit<'_>, waiting: &mut Waiting) -> Poll<Result<(), NotStored>> {
        if waiting.batch.is_none() {
            let now = self.0.ticks.load(Relaxed);
            let since = *waiting.since.get_or_insert(now);
            waiting.batch = match self.0.hand_in(cx, hit) {
                Err(NotStored) => return Poll::Ready(Err(NotStored)),
                Ok(None) if now.saturating_sub(since) >= PATIENCE => return Poll::Ready(Err(NotStored)),
                Ok(batch) => batch,
            };
        }
        waiting.poll(cx)
    }

    /// Time passes: call it once a second. Whoever waits for too long is told so, also when the disk hangs.
    pub fn tick(&self) {
        self.0.tick();
    }

    /// Begins a new segment though there is room in this one, so that what is drained can go.
    pub fn renew(&self) {
        self.0.renew();
    }

    /// Returns when everything that is on disk now is in the database.
    pub async fn drained(&self) {
        let Some((segment, end)) = self.0.kept().back().map(|kept| (kept.segment.number, kept.end)) else { return };
        let behind = |kept: &Kept| match kept.segment.number.cmp(&segment) {
            Ordering::Less => kept.moved < kept.end || !kept.sealed,
            Ordering::Equal => kept.moved < end,
            Ordering::Greater => false,
        };
        loop {
            let mut progress = pin!(self.0.progress.notified());
            progress.as_mut().enable();
            if !self.0.kept().iter().any(behind) {
                return;
            }
            progress.await;
        }
    }

    /// Takes no more; what waits is written, then the writer ends.
    pub fn stop(&self) {
        let mut pending = self.0.pending();
        pending.stop = true;
        let full = std::mem::take(&mut pending.full);
        self.0.wake.notify_one();
        drop(pending);
        full.into_iter().for_each(Waker::wake);
    }

    /// Bytes on disk that the database does not have.
    pub fn backlog(&self) -> u64 {
        self.0.backlog.load(Relaxed)
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<Prepared>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, order: Order) {
        // It ends after everybody who orders.
        let _ = self.orders.send(order);
    }

    /// Puts the hit to those that are written next. `None`: there is no room now, and the task is woken when there may be.
    fn hand_in(&self, cx: &Context<'_>, hit: &Hit<'_>) -> Result<Option<Arc<Batch>>, NotStored> {
        let mut pending = self.pending();
        if pending.stop {
            return Err(NotStored);
        }
        if pending.bytes.len() >= PENDING || pending.count >= MOST || self.backlog.load(Relaxed) >= BACKLOG {
            pending.full.push(cx.waker().clone());
            return Ok(None);
        }
        if !record::append(&mut pending.bytes, hit) {
            return Err(NotStored);
        }
        self.numbers.waiting.add(1);
        if pending.count == 0 {
            pending.since = self.ticks.load(Relaxed);
        }
        pending.count += 1;
        let batch = Arc::clone(&pending.batch);
        let idle = std::mem::take(&mut pending.idle);
        drop(pending);
        if idle {
            self.wake.notify_one();
        }
        Ok(Some(batch))
    }

    fn tick(&self) {
        let now = self.ticks.fetch_add(1, Relaxed) + 1;
        let late = |since: u64| now.saturating_sub(since) >= PATIENCE;
        let mut pending = self.pending();
        // Whether what is being written gets to the disk is not known: its requests come again.
        let begun = pending.writing.as_ref().filter(|(_, since)| late(*since)).map(|(batch, _)| Arc::clone(batch));
        let unbegun = (pending.count > 0 && late(pending.since)).then(|| pending.take());
        let full = std::mem::take(&mut pending.full);
        drop(pending);
        if let Some((_, batch, count)) = unbegun {
            self.numbers.waiting.add(-i64::from(count));
            batch.end(false);
        }
        if let Some(batch) = begun {
            batch.end(false);
        }
        // They look at their patience themselves.
        full.into_iter().for_each(Waker::wake);
    }

    /// Begins a new segment though there is room in this one.
    fn renew(&self) {
        self.pending().renew = true;
        self.wake.notify_one();
    }

    /// What of a segment ends here is in the database.
    fn moved_to(&self, segment: u64, end: u64) {
        let mut kept = self.kept();
        let Some(kept) = kept.iter_mut().find(|kept| kept.segment.number == segment) else { return };
        let more = end.saturating_sub(kept.moved);
        kept.moved += more;
        self.moved(more);
    }

    /// So many bytes more are in the database.
    fn moved(&self, bytes: u64) {
        let backlog = self.backlog.fetch_sub(bytes, Relaxed).saturating_sub(bytes);
        self.numbers.backlog_bytes.set(i64::try_from(backlog).unwrap_or(i64::MAX));
        self.progress.notify_waiters();
        let full = std::mem::take(&mut self.pending().full);
        full.into_iter().for_each(Waker::wake);
    }
}

impl Pending {
    /// All that waits: bytes and batch.
    fn take(&mut self) -> (Vec<u8>, Arc<Batch>, u32) {
        let count = std::mem::take(&mut self.count);
        (std::mem::take(&mut self.bytes), std::mem::take(&mut self.batch), count)
    }
}
