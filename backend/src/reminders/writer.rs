//! Group commit for reminders: changes wait in one queue, one task applies all that wait in one transaction, and only then are they
//! answered. A commit costs milliseconds, and a reminder that comes takes three of them.
//!
//! What must hold: a change that was answered is on disk. A change that cannot be written keeps none of the others from it. What the
//! changes tell is published after the commit, never before.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::Key;
use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::news::News;
use crate::store::reminders::Row;
use crate::store::reminders::change::{self, Applied, Next};
use crate::store::{self, Store};

/// Changes that may wait.
const QUEUE: usize = 2_048;
/// The most that one transaction takes.
const BATCH: usize = 256;

/// What a row becomes; asked again when the transaction has to be.
pub(super) type Decide = Arc<dyn Fn(Row) -> Option<Next> + Send + Sync>;

/// The change is not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a reminder could not be written: {0}")]
pub(super) struct NotWritten(String);

struct Waiting {
    key: Key,
    decide: Decide,
    answer: oneshot::Sender<Result<Option<Applied>, NotWritten>>,
}

/// Where changes are handed in.
#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::Sender<Waiting>);

/// What waits to be written, for [`run`].
#[derive(Debug)]
pub struct Changes(mpsc::Receiver<Waiting>);

/// A writer and what it fills.
pub(super) fn channel() -> (Writer, Changes) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    (Writer(queue), Changes(waiting))
}

impl Writer {
    /// Changes a row; `None` when `decide` wanted none of it.
    pub(super) async fn change(&self, key: Key, decide: Decide) -> Result<Option<Applied>, NotWritten> {
        let (answer, done) = oneshot::channel();
        let stopped = || NotWritten("the backend stops".to_owned());
        self.0.send(Waiting { key, decide, answer }).await.map_err(|_| stopped())?;
        done.await.map_err(|_| stopped())?
    }
}

/// What changes are written with.
pub(super) struct Desk {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) news: Arc<News>,
}

/// Writes until `stop` says so and everything handed in before is written.
pub(super) async fn run(desk: Desk, Changes(mut waiting): Changes, mut stop: watch::Receiver<bool>) {
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
        let many = batch.len() > 1;
        match desk.write(&batch).await {
            Ok(done) => {
                for (one, applied) in batch.drain(..).zip(done) {
                    // Whoever asked may be gone.
                    let _ = one.answer.send(Ok(applied));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "reminders could not be written");
                for one in batch.drain(..) {
                    let done = if many { desk.write(std::slice::from_ref(&one)).await } else { Err(again(&error)) };
                    let done = done.map(|mut applied| applied.pop().flatten()).map_err(|error| NotWritten(error.to_string()));
                    let _ = one.answer.send(done);
                }
            }
        }
    }
}

fn again(error: &store::StoreError) -> store::StoreError {
    store::StoreError::Unavailable(error.to_string())
}

impl Desk {
    async fn write(&self, batch: &[Waiting]) -> store::Result<Vec<Option<Applied>>> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let mut done = Vec::with_capacity(batch.len());
        for Waiting { key: (account, id), decide, .. } in batch {
            done.push(change::apply(&mut tx, *account, *id, now, decide.as_ref()).await?);
        }
        tx.commit().await?;
        for (Waiting { key: (account, _), .. }, applied) in batch.iter().zip(&done) {
            if let Some(event) = applied.as_ref().and_then(|applied| applied.event) {
                self.news.publish(*account, event);
            }
        }
        Ok(done)
    }
}
