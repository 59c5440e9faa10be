//! The journal: hits wait in one queue, one task writes all that wait in one transaction, and only then are they answered.
//!
//! What must hold: [`Journal::record`] returns `Ok` only when the hit is on disk. What could not be written is said so; it is
//! never dropped in silence. The queue is bounded: when the disk is slow, requests wait instead of filling memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::admit::Gate;
use crate::app::told_to_stop;
use crate::store::hits::{self, NewHit};
use crate::store::{self, Store};

/// How many hits may wait.
const QUEUE: usize = 8_192;
/// The most that one transaction takes.
const BATCH: usize = 1_024;
/// How long a hit waits for the disk before its request is told to come again.
const PATIENCE: Duration = Duration::from_secs(12);

/// The hit is not on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hit could not be stored")]
pub struct NotStored;

struct Waiting {
    hit: NewHit,
    answer: oneshot::Sender<Result<(), NotStored>>,
}

/// Where hits are handed in.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: mpsc::Sender<Waiting>,
}

impl Journal {
    /// Starts the writer. It ends when `stop` says so and everything handed in before is written; `written` is told of each
    /// commit.
    pub fn start(
        store: Arc<Store>,
        gate: Arc<Gate>,
        written: Arc<Notify>,
        stop: watch::Receiver<bool>,
    ) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(write(store, gate, written, waiting, stop));
        (Self { queue }, writer)
    }

    /// Returns when the hit is on disk, or will not be.
    pub async fn record(&self, hit: NewHit) -> Result<(), NotStored> {
        let (answer, stored) = oneshot::channel();
        let handed_in_and_stored = async {
            self.queue.send(Waiting { hit, answer }).await.map_err(|_| NotStored)?;
            stored.await.map_err(|_| NotStored)?
        };
        timeout(PATIENCE, handed_in_and_stored).await.map_err(|_| NotStored)?
    }
}

async fn write(
    store: Arc<Store>,
    gate: Arc<Gate>,
    written: Arc<Notify>,
    mut waiting: mpsc::Receiver<Waiting>,
    mut stop: watch::Receiver<bool>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            count = waiting.recv_many(&mut batch, BATCH) => if count == 0 { return },
            () = told_to_stop(&mut stop) => {
                // No more are taken; those that wait are written, until the queue is empty.
                waiting.close();
                if waiting.recv_many(&mut batch, BATCH).await == 0 { return }
            }
        }
        let result = commit(&store, &gate, &batch).await;
        if let Err(error) = &result {
            tracing::error!(%error, hits = batch.len(), "hits could not be stored and were refused");
        }
        let answer = result.map_err(|_| NotStored);
        for one in batch.drain(..) {
            // Whoever asked may be gone.
            let _ = one.answer.send(answer);
        }
        if answer.is_ok() {
            written.notify_one();
        }
    }
}

async fn commit(store: &Store, gate: &Gate, batch: &[Waiting]) -> store::Result<()> {
    let mut tx = store.write().await?;
    // Asked again while no other write can happen: a message deleted since it was admitted stays empty.
    let hits = batch.iter().map(|one| &one.hit).filter(|hit| !gate.stopped.contains(hit.account, hit.message));
    hits::append(&mut tx, hits).await?;
    tx.commit().await
}
