//! Group commit for scheduled mails: changes wait in one queue, one task applies all that wait in one transaction, and only then
//! are they answered. A commit costs milliseconds, and a mail takes four of them.
//!
//! What must hold: a change that was answered is on disk. A change that cannot be written keeps none of the others from it. What
//! the changes tell is published after the commit, never before.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::hits::judging::Judging;
use crate::news::News;
use crate::store::scheduled::Row;
use crate::store::scheduled::change::{self, Applied, Next};
use crate::store::{self, Store};
use crate::watch::Watch;

/// Changes that may wait.
const QUEUE: usize = 4_096;
/// The most that one transaction takes.
const BATCH: usize = 256;

/// What a row becomes; asked again when the transaction has to be.
pub type Decide = Arc<dyn Fn(Row) -> Option<Next> + Send + Sync>;

/// The change is not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scheduled mail could not be written: {0}")]
pub struct NotWritten(pub String);

struct Waiting {
    id: Uuid,
    decide: Decide,
    answer: oneshot::Sender<Result<Option<Applied>, NotWritten>>,
}

/// Where changes are handed in.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

/// What waits to be written, for [`run`].
#[derive(Debug)]
pub struct Changes(mpsc::Receiver<Waiting>);

/// A writer and what it fills.
pub(super) fn channel() -> (Writer, Changes) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    (Writer { queue }, Changes(waiting))
}

impl Writer {
    /// Changes a row; `None` when `decide` wanted none of it.
    pub(super) async fn change(&self, id: Uuid, decide: Decide) -> Result<Option<Applied>, NotWritten> {
        let (answer, done) = oneshot::channel();
        let stopped = || NotWritten("the backend stops".to_owned());
        self.queue.send(Waiting { id, decide, answer }).await.map_err(|_| stopped())?;
        done.await.map_err(|_| stopped())?
    }
}

/// What changes are written with.
pub(super) struct Desk {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) news: Arc<News>,
    pub(super) judging: Arc<Judging>,
    pub(super) watch: Arc<Watch>,
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
        match desk.write(&batch).await {
            Ok(done) => {
                desk.tell(&done);
                for (one, applied) in batch.drain(..).zip(done) {
                    // Whoever asked may be gone.
                    let _ = one.answer.send(Ok(applied));
                }
            }
            Err(error) if batch.len() == 1 => {
                tracing::error!(%error, "a scheduled mail could not be written");
                for one in batch.drain(..) {
                    let _ = one.answer.send(Err(NotWritten(error.to_string())));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "scheduled mails could not be written together; one by one then");
                for one in batch.drain(..) {
                    let done = desk.write(std::slice::from_ref(&one)).await;
                    let done = done.map_err(|error| NotWritten(error.to_string()));
                    if let Ok(applied) = &done {
                        desk.tell(applied);
                    }
                    let _ = one.answer.send(done.map(|mut applied| applied.pop().flatten()));
                }
            }
        }
    }
}

impl Desk {
    async fn write(&self, batch: &[Waiting]) -> store::Result<Vec<Option<Applied>>> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let mut done = Vec::with_capacity(batch.len());
        for one in batch {
            done.push(change::apply(&mut tx, one.id, now, one.decide.as_ref()).await?);
        }
        tx.commit().await?;
        Ok(done)
    }

    fn tell(&self, done: &[Option<Applied>]) {
        for (account, event) in done.iter().flatten().filter_map(Applied::news) {
            self.news.publish(account, event);
        }
        if done.iter().flatten().any(|applied| applied.registered) {
            self.judging.wake();
            self.watch.wake();
        }
    }
}
