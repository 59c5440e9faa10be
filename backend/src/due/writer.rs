//! Group commit: changes of rows wait in one queue, one task applies all that wait in one transaction, and only then are they
//! answered. A commit costs milliseconds, a mail that is sent takes four of them, and a reminder that comes three.
//!
//! What must hold: a change that was answered is on disk. A change that cannot be written keeps none of the others from it. What
//! the changes tell is told after the commit, never before.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::{Decide, Kind};
use crate::app::told_to_stop;
use crate::store;

/// Changes that may wait.
const QUEUE: usize = 4_096;
/// The most that one transaction takes.
const BATCH: usize = 256;

/// The change is not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this could not be written: {0}")]
pub struct NotWritten(pub String);

type Answer<K> = Result<Option<<K as Kind>::Applied>, NotWritten>;

struct Waiting<K: Kind> {
    key: K::Key,
    decide: Decide<K>,
    answer: oneshot::Sender<Answer<K>>,
}

/// Where changes are handed in.
pub(super) struct Writer<K: Kind>(mpsc::Sender<Waiting<K>>);

/// What waits to be written, for [`super::run`].
pub struct Changes<K: Kind>(mpsc::Receiver<Waiting<K>>);

impl<K: Kind> std::fmt::Debug for Changes<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes").field("of", &K::WHAT).field("waiting", &self.0.len()).finish()
    }
}

/// A writer and what it fills.
pub(super) fn channel<K: Kind>() -> (Writer<K>, Changes<K>) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    (Writer(queue), Changes(waiting))
}

impl<K: Kind> Writer<K> {
    /// Changes a row; `None` when `decide` wanted none of it.
    pub(super) async fn change(&self, key: K::Key, decide: Decide<K>) -> Answer<K> {
        let (answer, done) = oneshot::channel();
        let stopped = || NotWritten("the backend stops".to_owned());
        self.0.send(Waiting { key, decide, answer }).await.map_err(|_| stopped())?;
        done.await.map_err(|_| stopped())?
    }
}

/// Writes until `stop` says so and everything handed in before is written.
pub(super) async fn run<K: Kind>(kind: Arc<K>, Changes(mut waiting): Changes<K>, mut stop: watch::Receiver<bool>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            count = waiting.recv_many(&mut batch, BATCH) => if count == 0 { return },
            () = told_to_stop(&mut stop) => {
                waiting.close();
                if waiting.recv_many(&mut batch, BATCH).await == 0 { return }
            }
        }
        match write(kind.as_ref(), &batch).await {
            Ok(done) => {
                for (one, applied) in batch.drain(..).zip(done) {
                    // Whoever asked may be gone.
                    let _ = one.answer.send(Ok(applied));
                }
            }
            Err(error) if batch.len() == 1 => {
                tracing::error!(%error, "a change of {} could not be written", K::WHAT);
                for one in batch.drain(..) {
                    let _ = one.answer.send(Err(NotWritten(error.to_string())));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "changes of {} could not be written together; one by one then", K::WHAT);
                for one in batch.drain(..) {
                    let done = write(kind.as_ref(), std::slice::from_ref(&one)).await;
                    let done = done.map(|mut applied| applied.pop().flatten()).map_err(|error| NotWritten(error.to_string()));
                    let _ = one.answer.send(done);
                }
            }
        }
    }
}

async fn write<K: Kind>(kind: &K, batch: &[Waiting<K>]) -> store::Result<Vec<Option<K::Applied>>> {
    let now = kind.now();
    let mut tx = kind.store().write().await?;
    let mut done = Vec::with_capacity(batch.len());
    for one in batch {
        done.push(K::apply(&mut tx, one.key, now, one.decide.as_ref()).await?);
    }
    tx.commit().await?;
    for applied in done.iter().flatten() {
        kind.tell(applied);
    }
    Ok(done)
}
