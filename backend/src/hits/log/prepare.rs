//! Keeps segments ready, so that the writer never waits for one, and takes away what is drained.
//!
//! A thread of its own: zeros take the disk a while. A drained segment is overwritten at once, or as soon as nobody reads the folder
//! any more; it is used again where one is wanted.
//!
//! What must hold: whoever reads the folder, however long, keeps the writer from no segment.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::Shared;
use super::folder::Reading;
use super::segment::{self, Head, Prepared};

/// So many are kept ready.
const READY: usize = 2;
/// How soon it is tried again to make one, when the disk is full, and to take one away, when somebody reads.
const AGAIN: Duration = Duration::from_millis(250);
/// How often that is tried at the end. What stays then goes after the next start.
const LAST: u32 = 8;

/// What the preparer is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    /// One that was ready was taken.
    Next,
    /// This segment is drained; bytes were written up to here.
    Drained(PathBuf, u64),
    /// The writer has ended.
    Stop,
    /// Nothing is drained any more.
    End,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Preparer {
    shared: Arc<Shared>,
    orders: Receiver<Order>,
    number: u64,
    drained: VecDeque<(PathBuf, u64)>,
    failed: bool,
}

impl Preparer {
    pub(super) fn new(shared: Arc<Shared>, orders: Receiver<Order>, first: u64) -> Self {
        Self { shared, orders, number: first, drained: VecDeque::new(), failed: false }
    }

    /// The first segment: without it there is no log.
    pub(super) fn first(&mut self) -> io::Result<Prepared> {
        self.prepare(None)
    }

    /// Until nothing more is ordered.
    pub(super) fn run(mut self) {
        let mut stopped = false;
        loop {
            let again = (self.failed || !self.drained.is_empty()).then_some(AGAIN);
            match again.map_or_else(|| self.orders.recv().map_err(Into::into), |again| self.orders.recv_timeout(again)) {
                Ok(Order::Next) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::Drained(path, written)) => self.drained.push_back((path, written)),
                Ok(Order::Stop) => {
                    stopped = true;
                    let unused = std::mem::take(&mut *self.shared.ready());
                    for prepared in unused {
                        let Prepared { file, path, .. } = prepared;
                        drop(file);
                        self.said(segment::wipe(&path, segment::START));
                    }
                }
                Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => break,
            }
            if stopped { self.tidy() } else { self.provide() }
        }
        for _ in 0..LAST {
            self.tidy();
            if self.drained.is_empty() {
                return;
            }
            std::thread::sleep(AGAIN);
        }
        tracing::warn!("somebody reads the log of hits: what is drained of it is taken away after the next start");
    }

    /// Has enough segments ready, and nothing drained lying about.
    fn provide(&mut self) {
        self.failed = false;
        while self.shared.ready().len() < READY {
            let alone = self.alone();
            // Only one is made of nothing: the second comes back from the drain.
            let old = alone.as_ref().and_then(|_| self.drained.pop_front());
            if old.is_none() && !self.shared.ready().is_empty() {
                break;
            }
            match self.prepare(old.as_ref()) {
                Ok(prepared) => self.shared.ready().push_back(prepared),
                Err(error) => {
                    self.said(Err(error));
                    self.failed = true;
                    return;
                }
            }
        }
        self.tidy();
    }

    /// Takes away what is drained, unless somebody reads.
    fn tidy(&mut self) {
        while let Some(_alone) = self.alone() {
            let Some((path, written)) = self.drained.pop_front() else { return };
            self.said(segment::wipe(&path, written));
        }
    }

    /// To overwrite what is drained. `None`: there is nothing, or not now.
    fn alone(&self) -> Option<Reading> {
        if self.drained.is_empty() {
            return None;
        }
        let alone = Reading::alone(&self.shared.folder);
        alone.inspect_err(|error| tracing::debug!(%error, "what is drained stays for now")).ok().flatten()
    }

    /// Makes one, of an old one where there is one and nobody reads.
    fn prepare(&mut self, old: Option<&(PathBuf, u64)>) -> io::Result<Prepared> {
        let head = Head { log: self.shared.log, number: self.number };
        let size = self.shared.size.load(Ordering::Relaxed);
        self.number += 1;
        segment::prepare(&self.shared.folder, head, size, old.map(|(path, written)| (path.as_path(), *written)))
    }

    fn said(&self, result: io::Result<()>) {
        if let Err(error) = result
            && !self.failed
        {
            tracing::warn!(%error, "a segment of the log of hits could not be made ready or taken away");
        }
    }
}
