//! The writer: a thread that owns the segment that is written to, and takes all that waits, writes it, syncs it, and says so.
//!
//! A hit that comes alone is written at once. While one write is under way others gather, and the next takes all of them: the
//! busier it is, the more hits share a sync. In a crowd the writer waits a moment before it takes the next: that costs nobody more
//! than a sync or two, and leaves the processor to the requests.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::batch::Batch;
use super::prepare::Order;
use super::segment::{Head, Prepared, START, Segment};
use super::{Kept, LARGE, PENDING, SMALL, Shared, record};
use crate::metrics::number::Stopwatch;

/// So many hits in one write are a crowd,
const CROWD: u32 = 8;
/// and the next write waits for so long: of 200 to 1,200 µs what served most, on a disk that syncs in 0.15 ms and beside a load that has a
/// processor for itself.
const GATHER: Duration = Duration::from_micros(600);
/// A buffer that grew beyond this in a burst is given back.
const KEEP: usize = PENDING / 4;

/// See the module.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// `None` after a failure, until another segment is ready.
    segment: Option<Open>,
    /// The number of the last record on disk.
    last: u64,
    /// Hits that were refused since the last that was stored.
    refused: u64,
    /// A new segment is wanted, and none was ready.
    renew: bool,
}

/// The segment that is written to.
#[derive(Debug)]
struct Open {
    file: File,
    path: PathBuf,
    head: Head,
    /// What is on disk ends here.
    end: u64,
    /// Up to here it was made ready.
    size: u64,
}

/// What the writer is asked to do.
enum Task {
    Write { bytes: Vec<u8>, batch: Arc<Batch>, count: u32 },
    Renew,
    End,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, first: Prepared) -> Self {
        let mut writer = Self { shared, segment: None, last: 0, refused: 0, renew: false };
        writer.begin(first);
        writer
    }

    /// Until the log is stopped.
    pub(super) fn run(mut self) {
        let mut spare = Vec::new();
        loop {
            match self.wait(&mut spare) {
                Task::Write { mut bytes, batch, count } => {
                    let stored = self.store(&mut bytes, count);
                    self.shared.pending().writing = None;
                    batch.end(stored);
                    self.shared.numbers.waiting.add(-i64::from(count));
                    bytes.clear();
                    bytes.shrink_to(KEEP);
                    spare = bytes;
                    if count >= CROWD {
                        std::thread::sleep(GATHER);
                    }
                }
                Task::Renew => self.renew(),
                Task::End => break,
            }
        }
        self.seal();
        self.shared.order(Order::Stop);
        self.shared.written.notify_one();
    }

    /// The next thing to do, as soon as there is one. `spare` takes the place of the bytes that are handed out.
    fn wait(&mut self, spare: &mut Vec<u8>) -> Task {
        let mut pending = self.shared.pending();
        loop {
            if pending.count > 0 {
                let (bytes, batch, count) = pending.take();
                pending.bytes = std::mem::take(spare);
                pending.writing = Some((Arc::clone(&batch), pending.since));
                let full = std::mem::take(&mut pending.full);
                drop(pending);
                full.into_iter().for_each(Waker::wake);
                return Task::Write { bytes, batch, count };
            }
            if pending.stop {
                return Task::End;
            }
            if std::mem::take(&mut pending.renew) {
                return Task::Renew;
            }
            pending.idle = true;
            pending = self.shared.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
            pending.idle = false;
        }
    }

    /// Has these records on disk, or says that they are not.
    fn store(&mut self, bytes: &mut [u8], count: u32) -> bool {
        let watch = Stopwatch::start();
        let result = self.write(bytes);
        let numbers = &self.shared.numbers;
        match result {
            Ok(()) => {
                self.last += u64::from(count);
                numbers.commit.observe_duration(watch.elapsed());
                numbers.batch.observe(u64::from(count));
                numbers.backlog.add(i64::from(count));
                if self.refused > 0 {
                    tracing::info!(refused = self.refused, "hits are stored again");
                    self.refused = 0;
                }
                true
            }
            Err(error) => {
                // Once, and not for each write of a disk that stays full.
                if self.refused == 0 {
                    tracing::error!(%error, hits = count, "hits could not be stored and were refused; so are those that follow");
                }
                self.refused += u64::from(count);
                numbers.failed.inc();
                self.give_up(bytes.len() as u64);
                false
            }
        }
    }

    fn write(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        let crowded = self.segment.as_ref().is_none_or(|open| open.end + length > open.size);
        if self.renew && !crowded {
            self.renew();
        }
        if crowded && let Some(prepared) = self.shared.next_ready() {
            if self.segment.is_some() {
                let size = self.shared.size.load(Ordering::Relaxed);
                self.shared.size.store((size * 4).min(LARGE), Ordering::Relaxed);
            }
            self.begin(prepared);
        }
        // Where none is ready in time this one grows: slower, but as safe.
        let Some(open) = &mut self.segment else { return Err(io::Error::other("no segment is ready to be written to")) };
        record::number(bytes, self.last + 1, open.head.salt());
        open.file.write_all(bytes)?;
        open.file.sync_data()?;
        open.end += length;
        self.shared.stored(open.head.number, open.end, length);
        Ok(())
    }

    /// After a failure: the segment is never written to again. A failed sync may have dropped what it should have written, and
    /// the next one would know nothing of that; and what follows is numbered as what failed was, which makes that not count.
    fn give_up(&mut self, length: u64) {
        if let Some(open) = &mut self.segment {
            // As far as the disk still does anything: nothing of what failed stays, neither its first record nor those behind it,
            // some of which may be whole. Overwritten first, since blocks that are given back keep what stood in them.
            let written = open.file.metadata().map_or(open.end, |file| file.len()).saturating_sub(open.end).min(length);
            let zeros = vec![0; usize::try_from(written).unwrap_or(0)];
            let _ = open.file.seek(SeekFrom::Start(open.end)).and_then(|_| open.file.write_all(&zeros));
            let _ = open.file.set_len(open.end);
            let _ = open.file.sync_all();
        }
        self.seal();
    }

    /// Begins a new segment where something stands in this one.
    fn renew(&mut self) {
        if self.segment.as_ref().is_some_and(|open| open.end == START) {
            return;
        }
        let prepared = self.shared.next_ready();
        self.renew = prepared.is_none();
        if let Some(prepared) = prepared {
            self.shared.size.store(SMALL, Ordering::Relaxed);
            self.begin(prepared);
        }
    }

    fn begin(&mut self, prepared: Prepared) {
        self.seal();
        let Prepared { file, path, head, size } = prepared;
        let segment = Segment { path: path.clone(), number: head.number, head: Some(head) };
        let kept = Kept { segment, end: START, moved: START, until: u64::MAX, sealed: false, first: self.last + 1 };
        self.shared.kept().push_back(kept);
        self.segment = Some(Open { file, path, head, end: START, size });
        self.shared.order(Order::Next);
    }

    fn seal(&mut self) {
        let Some(open) = self.segment.take() else { return };
        tracing::trace!(segment = open.head.number, path = %open.path.display(), bytes = open.end, "a segment of hits is full");
        if let Some(kept) = self.shared.kept().iter_mut().find(|kept| kept.segment.number == open.head.number) {
            kept.sealed = true;
        }
        self.shared.written.notify_one();
    }
}

impl Shared {
    fn next_ready(&self) -> Option<Prepared> {
        self.ready().pop_front()
    }

    /// More is on disk.
    fn stored(&self, segment: u64, end: u64, bytes: u64) {
        if let Some(kept) = self.kept().iter_mut().rev().find(|kept| kept.segment.number == segment) {
            kept.end = end;
        }
        let backlog = self.backlog.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.numbers.backlog_bytes.set(i64::try_from(backlog).unwrap_or(i64::MAX));
        self.written.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;

    use super::super::tests::{LOG, hit, prepare};
    use super::super::{AtomicU64, Condvar, Hit, Mutex, Notify, mpsc, read};
    use super::*;

    /// A writer on a segment of this folder, and another segment that is ready.
    fn writer(folder: &Path) -> Writer {
        let (orders, _) = mpsc::channel();
        let shared = Shared {
            folder: folder.to_owned(),
            log: LOG,
            pending: Mutex::default(),
            wake: Condvar::new(),
            kept: Mutex::default(),
            ready: Mutex::new([prepare(folder, 2)].into()),
            size: AtomicU64::new(SMALL),
            backlog: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            orders,
            written: Notify::new(),
            progress: Notify::new(),
            numbers: Arc::default(),
        };
        Writer::new(Arc::new(shared), prepare(folder, 1))
    }

    fn records(hits: std::ops::Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for n in hits {
            assert!(record::append(&mut bytes, &Hit::from(&hit(n))));
        }
        bytes
    }

    fn found(folder: &Path) -> (Vec<i64>, u64) {
        let mut found = Vec::new();
        let held = read::hold(folder).unwrap().unwrap();
        let survey = held.rest(&HashMap::new(), |hit| found.push(hit.at)).unwrap();
        (found, survey.missing)
    }

    /// The records got to the disk, whole or in part, and the sync failed: their requests were refused, so they are hits of nobody,
    /// whether others follow or the backend ends there.
    #[test]
    fn what_was_refused_leaves_nothing_on_the_disk() {
        for (kept, goes_on) in [(1.0, true), (1.0, false), (0.5, true), (0.5, false), (0.0, false)] {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = writer(dir.path());
            assert!(writer.store(&mut records(1..6), 5));

            let mut refused = records(6..11);
            let open = writer.segment.as_mut().unwrap();
            record::number(&mut refused, writer.last + 1, open.head.salt());
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few bytes"
            )]
            let written = (refused.len() as f64 * kept) as usize;
            open.file.write_all(&refused[..written]).unwrap();
            writer.give_up(refused.len() as u64);

            let mut expected: Vec<i64> = (1..6).collect();
            if goes_on {
                assert!(writer.store(&mut records(11..13), 2), "into the next segment");
                expected.extend([11, 12]);
            }
            assert_eq!(found(dir.path()), (expected, 0), "{kept} of it was written, goes on: {goes_on}");
        }
    }
}
