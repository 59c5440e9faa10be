//! Hits straight to PostgreSQL: some connections of their own, each of which takes all that waits, stores it with one statement, and
//! only then has it answered. What the server does not take in time goes into the log instead ([`super::log`]).
//!
//! What must hold:
//! - Nobody waits longer than [`PATIENCE`] for room here, and each statement is given up after as long. What waits when no connection
//!   works any more is handed back at once. So a server that goes away keeps a hit for a few times [`PATIENCE`]: one for room, one for
//!   each round of statements before it, of which [`QUEUE`] makes two, and one for its own. Then it goes into the log; none is dropped.
//! - What waits here is bounded by [`ROOM`], in bytes: beyond that requests wait with what they hold anyway.
//! - A hit of which nobody knows whether the server has it is handed back with the batch that it was in, so that it is counted once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::app::told_to_stop;
use crate::entropy::{self, Entropy};
use crate::metrics::hits::Writing;
use crate::metrics::number::Stopwatch;
use crate::store::Store;
use crate::store::hit_writers::{HitWriter, Lost};
use crate::store::hits::NewHit;

use super::log::drain::Parts;
use super::log::record::Hit;

/// Connections.
const WRITERS: usize = 4;
/// The most that one statement takes.
const BATCH: usize = 1_024;
/// Hits that may wait,
const QUEUE: usize = 8_192;
/// and how much they may hold together, in units of [`UNIT`] bytes: 16 MiB.
const ROOM: u32 = 64 * 1024;
const UNIT: usize = 256;
/// A server that takes longer than this for a statement is away.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked whether it is back.
const AGAIN: Duration = Duration::from_millis(500);

/// The server did not take the hit. With the id of a batch: perhaps it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Away(pub(super) Option<Uuid>);

#[derive(Debug)]
struct Waiting {
    hit: NewHit,
    answer: oneshot::Sender<Result<(), Away>>,
}

/// Where hits are handed in.
#[derive(Debug, Clone)]
pub(super) struct Direct {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    /// Connections that work.
    up: Arc<AtomicUsize>,
}

/// What a writer works with.
#[derive(Clone)]
struct Desk {
    store: Arc<Store>,
    entropy: Arc<dyn Entropy>,
    parts: Parts,
    numbers: Arc<Writing>,
    waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    up: Arc<AtomicUsize>,
}

impl Direct {
    /// Starts the writers. They end when `stop` says so and everything handed in before is stored or handed back.
    pub(super) fn start(
        parts: &Parts,
        entropy: &Arc<dyn Entropy>,
        numbers: &Arc<Writing>,
        stop: &watch::Receiver<bool>,
    ) -> (Self, Vec<JoinHandle<()>>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let desk = Desk {
            store: Arc::clone(&parts.store),
            entropy: Arc::clone(entropy),
            parts: parts.clone(),
            numbers: Arc::clone(numbers),
            waiting: Arc::new(Mutex::new(waiting)),
            up: Arc::default(),
        };
        let up = Arc::clone(&desk.up);
        let writers = (0..WRITERS).map(|_| tokio::spawn(desk.clone().write(stop.clone()))).collect();
        (Self { queue, room: Arc::new(Semaphore::new(ROOM as usize)), up }, writers)
    }

    /// Returns when the server has the hit on its disk, or does not take it.
    pub(super) async fn record(&self, hit: &Hit<'_>) -> Result<(), Away> {
        if self.up.load(Ordering::Relaxed) == 0 {
            return Err(Away(None));
        }
        // Held until it is answered. Copied only then: what waits for room holds nothing of its own.
        let Ok(Ok(_room)) = timeout(PATIENCE, self.room.acquire_many(units(hit))).await else { return Err(Away(None)) };
        let (answer, stored) = oneshot::channel();
        let waiting = Waiting { hit: NewHit::from(hit), answer };
        let Ok(Ok(())) = timeout(PATIENCE, self.queue.send(waiting)).await else { return Err(Away(None)) };
        // A writer that ends without a word has not begun with it.
        stored.await.unwrap_or(Err(Away(None)))
    }
}

/// How much of [`ROOM`] a hit takes.
fn units(hit: &Hit<'_>) -> u32 {
    let texts: usize = [hit.link, hit.agent, hit.headers].into_iter().flatten().map(str::len).sum();
    u32::try_from((size_of::<Waiting>() + texts).div_ceil(UNIT)).unwrap_or(ROOM).min(ROOM)
}

impl Desk {
    async fn write(self, mut stop: watch::Receiver<bool>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut writer: Option<HitWriter> = None;
        loop {
            let Some(open) = &mut writer else {
                writer = self.connect().await;
                if writer.is_none() && self.nothing_works(&mut stop).await {
                    return;
                }
                continue;
            };
            if self.take(&mut batch, &mut stop).await == 0 {
                break;
            }
            if !self.store(open, &mut batch).await {
                writer = None;
                self.up.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.up.fetch_sub(1, Ordering::Relaxed);
        if let Some(open) = writer {
            // Otherwise it is forgotten with time.
            let _ = timeout(PATIENCE, open.close()).await;
        }
    }

    /// A batch; 0: nothing comes any more.
    async fn take(&self, batch: &mut Vec<Waiting>, stop: &mut watch::Receiver<bool>) -> usize {
        let mut waiting = self.waiting.lock().await;
        tokio::select! {
            biased;
            count = waiting.recv_many(batch, BATCH) => count,
            () = told_to_stop(stop) => {
                waiting.close();
                waiting.recv_many(batch, BATCH).await
            }
        }
    }

    /// Stores a batch; whether the connection is good for another one.
    async fn store(&self, writer: &mut HitWriter, batch: &mut Vec<Waiting>) -> bool {
        let id = writer.next().to_uuid();
        let watch = Stopwatch::start();
        let hits: Vec<_> = batch.iter().map(|one| &one.hit).collect();
        let result = match timeout(PATIENCE, writer.append(&hits)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Lost::Not(error))) => {
                tracing::warn!(%error, hits = batch.len(), "hits go into the log: the database did not take them");
                Err(Away(None))
            }
            Ok(Err(Lost::Unknown(_))) | Err(_) => {
                tracing::warn!(hits = batch.len(), "hits go into the log: the database did not say whether it has them");
                Err(Away(Some(id)))
            }
        };
        self.numbers.commit.observe_duration(watch.elapsed());
        self.numbers.batch.observe(batch.len() as u64);
        if result.is_ok() {
            self.parts.moved.notify_one();
        } else {
            self.numbers.failed.inc();
        }
        for one in batch.drain(..) {
            // Whoever asked may be gone.
            let _ = one.answer.send(result);
        }
        result.is_ok()
    }

    async fn connect(&self) -> Option<HitWriter> {
        // Drawn once for each connection: nobody else's has it.
        let id = i64::from_le_bytes(entropy::bytes(self.entropy.as_ref()).ok()?);
        match timeout(PATIENCE, HitWriter::open(&self.store, id)).await {
            Ok(Ok(writer)) => {
                self.up.fetch_add(1, Ordering::Relaxed);
                Some(writer)
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "the database takes no hits yet");
                None
            }
            Err(_) => None,
        }
    }

    /// Hands back what waits, where no other connection takes it; true when that was the last of it.
    async fn nothing_works(&self, stop: &mut watch::Receiver<bool>) -> bool {
        if self.up.load(Ordering::Relaxed) == 0
            && let Ok(mut waiting) = self.waiting.try_lock()
        {
            if *stop.borrow() {
                waiting.close();
            }
            while let Ok(one) = waiting.try_recv() {
                let _ = one.answer.send(Err(Away(None)));
            }
        }
        if *stop.borrow() {
            return true;
        }
        tokio::select! {
            () = sleep(AGAIN) => {}
            () = told_to_stop(stop) => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::HitKind;

    use super::*;
    use crate::account_id::AccountId;

    fn hit(headers: &str) -> Hit<'_> {
        Hit {
            at: 1,
            account: AccountId::parse("abc123").unwrap(),
            message: Uuid::from_u128(1),
            kind: HitKind::Open,
            address: "203.0.113.7".parse().unwrap(),
            link: None,
            agent: None,
            headers: Some(headers),
            batch: None,
        }
    }

    /// Nobody takes what is handed in.
    fn stuck() -> (Direct, mpsc::Receiver<Waiting>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let room = Arc::new(Semaphore::new(ROOM as usize));
        (Direct { queue, room, up: Arc::new(AtomicUsize::new(1)) }, waiting)
    }

    #[tokio::test]
    async fn what_waits_is_bounded_and_nothing_is_lost() {
        let large = "x".repeat(64 * 1024);
        for headers in ["{}", large.as_str()] {
            let (direct, mut waiting) = stuck();
            let fit = QUEUE.min((ROOM / units(&hit(headers))) as usize);
            let all = fit + 5;
            let handed_in: Vec<_> = (0..all)
                .map(|_| {
                    let (direct, headers) = (direct.clone(), headers.to_owned());
                    tokio::spawn(async move { direct.record(&hit(&headers)).await })
                })
                .collect();
            while waiting.len() < fit {
                tokio::task::yield_now().await;
            }
            assert_eq!(waiting.len(), fit, "the others wait outside");
            // What came in is stored, and makes room for the others.
            let mut stored = 0;
            let answering = async {
                while let Some(one) = waiting.recv().await {
                    stored += 1;
                    one.answer.send(Ok(())).unwrap();
                }
            };
            let room = Arc::clone(&direct.room);
            drop(direct);
            let ending = async {
                let mut known = 0;
                for one in handed_in {
                    match one.await.unwrap() {
                        Ok(()) => known += 1,
                        // This machine is slow: it goes into the log.
                        Err(away) => assert_eq!(away, Away(None)),
                    }
                }
                known
            };
            let (known, ()) = tokio::join!(ending, answering);
            assert!(known == stored && stored >= fit, "{known} {stored}");
            assert_eq!(room.available_permits(), ROOM as usize);
        }
    }
}
