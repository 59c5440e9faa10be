//! The drain: moves what is in the log into the table of hits, in its order, in batches, each hit exactly once.
//!
//! When it is quiet a hit is moved at once: a click is news within the second. Under load batches are large and there are pauses
//! between them, since answers go first; the more there is behind, the shorter they are.
//!
//! What must hold: a message that was deleted since its hit came in gets none; what damaged bytes hide is told and set aside, and
//! keeps nothing else from being moved; a hit that the database refuses for what it is keeps no other from it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::prepare::Order;
use super::read::{self, Gap};
use super::record::Record;
use super::segment::{self, Reader};
use super::{Kept, Log, Shared, Threads, aside};
use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::hits::admit::Gate;
use crate::store::hit_writers::{self, BatchId};
use crate::store::{self, Store, StoreError, hits, log};

/// The most hits that one transaction takes.
const BATCH: usize = 2_000;
/// Between two batches while more hits come in, so that answers go first.
const PAUSE: Duration = Duration::from_millis(500);
/// With so many bytes behind there is no pause any more.
const HURRY: u64 = 256 * 1024 * 1024;
/// So many pixels that are let in during a batch are a crowd.
const CROWD: u64 = 300;
/// So many hits one after the other may be refused for what they are.
const REFUSED: usize = 3;
/// After the database refused.
const AGAIN: Duration = Duration::from_millis(500);
/// After so long without a hit, what is drained goes.
const QUIET: Duration = Duration::from_secs(30);
/// How long stopping waits for the database.
const LAST: Duration = Duration::from_secs(10);
/// [`Log::tick`] is called so often.
const TICK: Duration = Duration::from_secs(1);

/// What the drain works with.
#[derive(Clone)]
pub struct Parts {
    /// Where hits go.
    pub store: Arc<Store>,
    /// Knows the messages that were deleted.
    pub gate: Arc<Gate>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Told when hits were moved.
    pub moved: Arc<Notify>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// See the module.
#[derive(Debug)]
struct Drain {
    shared: Arc<Shared>,
    parts: Parts,
    /// The segment that is read, by its number.
    reader: Option<(u64, Reader)>,
    /// What was read and is not in the database yet.
    held: Option<Held>,
    /// The number of the last record that was read, of each log that there is.
    last: HashMap<Uuid, u64>,
    /// It was said that the database does not take hits.
    said: bool,
    /// So many hits were refused for what they are since the database took one.
    refused: usize,
}

/// Records of one segment.
#[derive(Debug, Default)]
struct Held {
    log: Uuid,
    records: Vec<Record>,
    /// The number of the last of them.
    last: u64,
    segment: u64,
    /// They end here.
    end: u64,
}

/// What a step came to.
enum Step {
    Moved,
    /// All that is on disk is in the database.
    Nothing,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the log of hits cannot be read: {0}")]
    Log(#[from] io::Error),
}

/// Starts the drain. It ends when `stop` says so, everything handed in before is written, and, as far as the database takes it,
/// moved.
pub fn start(log: &Log, threads: Threads, parts: Parts, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let shared = Arc::clone(&log.0);
    let drain = Drain { shared, parts, reader: None, held: None, last: HashMap::new(), said: false, refused: 0 };
    tokio::spawn(drain.run(log.clone(), threads, stop))
}

impl Drain {
    async fn run(mut self, log: Log, threads: Threads, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.drain(&mut stop) => {}
            () = ticking(&log) => {}
        }
        log.stop();
        let Ok(Ok(preparer)) = timeout(LAST, spawn_blocking(|| threads.join_writer())).await else {
            // What is not on disk was not answered.
            tracing::warn!("the disk takes no hits: stopping without waiting for it");
            return;
        };
        // Given up in the middle of a transaction nothing of it happened, and nothing is released any more.
        if timeout(LAST, self.finish()).await.is_err() {
            tracing::warn!("the database takes no hits: what is in the log is moved after the next start");
        }
        self.shared.order(Order::End);
        if spawn_blocking(|| preparer.join()).await.is_ok() {
            self.forget().await;
        }
    }

    /// For as long as the backend runs. Never dropped in the middle of a step: what it holds would be passed over.
    async fn drain(&mut self, stop: &mut watch::Receiver<bool>) {
        while !*stop.borrow() {
            let before = self.parts.gate.admitted();
            match self.step().await {
                Ok(Step::Moved) => {
                    let came = self.parts.gate.admitted() - before;
                    if came >= CROWD {
                        sleep(self.pause()).await;
                    }
                }
                Ok(Step::Nothing) => tokio::select! {
                    () = self.rest() => {}
                    () = told_to_stop(stop) => {}
                },
                Err(error) => {
                    self.complain(&error);
                    tokio::select! {
                        () = sleep(AGAIN) => {}
                        () = told_to_stop(stop) => {}
                    }
                }
            }
        }
    }

    /// Until there is more to do. When there is nothing for long, what is drained goes.
    async fn rest(&self) {
        if timeout(QUIET, self.shared.written.notified()).await.is_ok() {
            return;
        }
        self.shared.renew();
        self.shared.written.notified().await;
    }

    async fn finish(&mut self) {
        loop {
            match self.step().await {
                Ok(Step::Moved) => {}
                Ok(Step::Nothing) => return,
                Err(error) => {
                    self.complain(&error);
                    sleep(AGAIN).await;
                }
            }
        }
    }

    fn pause(&self) -> Duration {
        let behind = self.shared.backlog.load(std::sync::atomic::Ordering::Relaxed).min(HURRY);
        let share = u32::try_from((HURRY - behind) / (HURRY / 100)).unwrap_or(0);
        PAUSE * share / 100
    }

    fn complain(&mut self, error: &Trouble) {
        self.shared.numbers.drain_failed.inc();
        // It may stay so for hours.
        if !std::mem::replace(&mut self.said, true) {
            tracing::error!(%error, "hits stay in the log for now: they are on disk, and are moved when that is over");
        }
    }

    /// Moves the next records, or finds that there are none.
    async fn step(&mut self) -> Result<Step, Trouble> {
        if self.held.is_none() && !self.read().await? {
            return Ok(Step::Nothing);
        }
        let Some(held) = self.held.take() else { return Ok(Step::Moved) };
        match self.store(&held).await {
            Ok(()) => self.refused = 0,
            // It would refuse them again and again: one by one, then.
            Err(StoreError::Value(error)) => self.one_by_one(held, &error).await?,
            Err(error) => {
                self.held = Some(held);
                return Err(error.into());
            }
        }
        if std::mem::take(&mut self.said) {
            tracing::info!("the database takes hits again");
        }
        self.parts.moved.notify_one();
        Ok(Step::Moved)
    }

    /// Reads the next records. False: there are none.
    async fn read(&mut self) -> Result<bool, Trouble> {
        loop {
            let Some(kept) = self.shared.kept().front().cloned() else { return Ok(false) };
            let number = kept.segment.number;
            let reader = match self.reader.take() {
                Some((open, reader)) if open == number => reader,
                _ => kept.open()?,
            };
            let log = kept.log();
            let (last, until, end) = (self.last.get(&log).copied(), kept.until, kept.end);
            let (reader, part) =
                spawn_blocking(move || read::part(reader, BATCH, last, until, end)).await.map_err(io::Error::other)?;
            let end = reader.offset();
            // What cannot be read now is read again from the beginning of the segment: what was moved is known by its number.
            let part = part?;
            for gap in &part.gaps {
                self.tell(&kept, gap).await?;
            }
            self.reader = Some((number, reader));
            if let Some(last) = part.records.last().map(|record| record.number) {
                self.last.insert(log, last);
                self.held = Some(Held { log, records: part.records, last, segment: number, end });
                return Ok(true);
            }
            if !kept.sealed {
                return Ok(false);
            }
            self.release(&kept);
        }
    }

    async fn store(&self, held: &Held) -> store::Result<()> {
        let Parts { store, gate, clock, .. } = &self.parts;
        let mut tx = store.write().await?;
        let before = log::position(&mut tx, held.log).await?;
        let known = u64::try_from(before).unwrap_or(0);
        let given: Vec<BatchId> = held.records.iter().filter_map(|record| record.batch.map(BatchId::from_uuid)).collect();
        let there = hit_writers::committed(&mut tx, &given).await?;
        // Asked while no other write can happen: a message deleted since the hit came in stays empty.
        let new = |record: &&Record| {
            record.number > known
                && !gate.closed.is_gone(record.hit.account)
                && !gate.stopped.stops(record.hit.account, record.hit.message, record.hit.kind)
                && !record.batch.is_some_and(|batch| there.contains(&BatchId::from_uuid(batch)))
        };
        hits::append(&mut tx, held.records.iter().filter(new).map(|record| &record.hit)).await?;
        if held.last > known {
            let last =
                i64::try_from(held.last).map_err(|_| StoreError::Failed("a number in the log is too high".to_owned()))?;
            log::move_on(&mut tx, held.log, before, last, clock.now()).await?;
        }
        tx.commit().await?;
        let moved = held.records.len() as u64;
        self.shared.numbers.drained.add(moved);
        self.shared.numbers.backlog.add(-i64::try_from(moved).unwrap_or(0));
        self.shared.moved_to(held.segment, held.end);
        Ok(())
    }

    /// A hit of these is none that the database can hold. Each is moved by itself; one that is refused is set aside.
    async fn one_by_one(&mut self, held: Held, error: &str) -> Result<(), Trouble> {
        let Held { log, records, segment, end, .. } = held;
        let mut left = records.into_iter();
        while let Some(record) = left.next() {
            let one = Held { log, last: record.number, records: vec![record], segment, end: 0 };
            let result = match self.store(&one).await {
                Ok(()) => {
                    self.refused = 0;
                    Ok(())
                }
                // A few are hits that are wrong; more, with none between them that is taken, are a database that is.
                Err(StoreError::Value(_)) if self.refused < REFUSED => {
                    self.refused += 1;
                    self.leave_out(&one, error).await
                }
                other => other.map_err(Trouble::from),
            };
            if let Err(error) = result {
                let records: Vec<_> = one.records.into_iter().chain(left).collect();
                let last = records.last().map_or(one.last, |record| record.number);
                self.held = Some(Held { log, records, last, segment, end });
                return Err(error);
            }
        }
        self.shared.moved_to(segment, end);
        Ok(())
    }

    async fn leave_out(&self, one: &Held, error: &str) -> Result<(), Trouble> {
        for record in &one.records {
            let file = aside::hit(&self.shared.folder, one.log, record)?;
            let bytes = std::fs::metadata(&file)?.len();
            self.shared.numbers.set_aside.add(bytes);
            tracing::error!(error, file = %file.display(), "the database refuses a hit for what it is; it was set aside");
        }
        self.store(&Held { log: one.log, records: Vec::new(), ..*one }).await?;
        Ok(())
    }

    /// Says what is missing, and sets the bytes aside that stand there instead.
    async fn tell(&self, kept: &Kept, gap: &Gap) -> Result<(), Trouble> {
        let log = kept.log();
        let before = if let Some(last) = self.last.get(&log) {
            *last
        } else {
            // The first that is read of this log: what was before it was moved by an earlier start.
            let mut tx = self.parts.store.snapshot().await?;
            let last = log::position(&mut tx, log).await?;
            tx.cancel().await?;
            u64::try_from(last).unwrap_or(0)
        };
        let bytes = gap.to - gap.from;
        let Some(missing) = gap.missing(before) else {
            if bytes > 0 {
                tracing::info!(bytes, "hits that were being written when the backend was cut off, and were never answered");
            }
            return Ok(());
        };
        let aside = (bytes > 0).then(|| aside::bytes(&self.shared.folder, log, &kept.segment.path, gap.from, gap.to));
        let aside = aside.transpose()?.unwrap_or_default();
        self.shared.numbers.set_aside.add(bytes);
        tracing::error!(missing, file = %aside.display(), "the log of hits is damaged; what cannot be read was set aside");
        Ok(())
    }

    /// All of it is in the database: it may go.
    fn release(&mut self, kept: &Kept) {
        self.reader = None;
        self.shared.kept().pop_front();
        self.shared.moved(kept.end.saturating_sub(kept.moved));
        self.shared.order(Order::Drained(kept.segment.path.clone(), kept.end));
    }

    /// Nobody asks for the positions of logs again whose files are gone.
    async fn forget(&self) {
        let Ok(left) = segment::list(&self.shared.folder) else { return };
        let is_left = |log: &Uuid| left.iter().any(|segment| segment.head.is_none_or(|head| head.log == *log));
        for log in self.last.keys().filter(|log| !is_left(log)) {
            if let Err(error) = self.parts.store.forget_log(*log).await {
                tracing::debug!(%error, "the position of a log of hits stays a while longer");
            }
        }
    }
}

/// Never ends.
async fn ticking(log: &Log) {
    loop {
        sleep(TICK).await;
        log.tick();
    }
}
