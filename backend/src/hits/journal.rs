//! The journal: where hits are handed in, and on disk before they are answered: in the log on SQLite, which moves them into the
//! database behind the answers, and on PostgreSQL in the database itself, or in the log for as long as that is away.
//!
//! What must hold: [`Journal::record`] returns `Ok` only when the hit is on disk. What could not be written is said so; it is
//! never dropped in silence. When the disk is slow, or too much waits for the database, requests wait instead of filling memory.

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::direct::{Away, Direct};
use super::log::drain::{self, Parts};
use super::log::record::Hit;
use super::log::{self, Log, Waiting};
use crate::entropy::{self, Entropy};
use crate::metrics::hits::Writing;
use crate::store::sql::Kind;
use crate::store::{self, StoreError};

pub use super::log::NotStored;

/// Where hits are handed in.
#[derive(Debug, Clone)]
pub struct Journal {
    log: Log,
    /// On PostgreSQL: the database itself. What it does not take goes into the log.
    direct: Option<Direct>,
}

impl Journal {
    /// Begins a log in a data folder, and moves what it gets, and what earlier ones left, into the table of hits. The task
    /// ends when `stop` says so, everything handed in before is written, and, as far as the database takes it, moved.
    pub fn start(
        data_dir: &Path,
        parts: Parts,
        entropy: &Arc<dyn Entropy>,
        numbers: &Arc<Writing>,
        stop: watch::Receiver<bool>,
    ) -> store::Result<(Self, JoinHandle<()>)> {
        let folder = data_dir.join(log::FOLDER);
        let id = entropy::uuid(entropy.as_ref()).map_err(|error| StoreError::Failed(error.to_string()))?;
        let (log, threads) = Log::open(&folder, id, Arc::clone(numbers))
            .map_err(|error| StoreError::Log { folder: folder.clone(), why: error.to_string() })?;
        if parts.store.kind() == Kind::Sqlite {
            let drain = drain::start(&log, threads, parts, stop);
            return Ok((Self { log, direct: None }, drain));
        }
        let (direct, writers) = Direct::start(&parts, entropy, numbers, &stop);
        let (end, ending) = watch::channel(false);
        let drain = drain::start(&log, threads, parts, ending);
        let both = tokio::spawn(async move {
            // What the database does not take at the end goes into the log: that ends after it.
            join_all(writers).await;
            end.send_replace(true);
            if drain.await.is_err() {
                tracing::error!("what moves hits into the database did not end as it should");
            }
        });
        Ok((Self { log, direct: Some(direct) }, both))
    }

    /// Returns when the hit is on disk, or will not be.
    pub async fn record(&self, hit: Hit<'_>) -> Result<(), NotStored> {
        let Some(direct) = &self.direct else { return self.log.record(hit).await };
        match direct.record(&hit).await {
            Ok(()) => Ok(()),
            Err(Away(batch)) => self.log.record(Hit { batch, ..hit }).await,
        }
    }

    /// Whether all hits go into the log first, so that [`Journal::poll_record`] may be used.
    pub fn is_log_first(&self) -> bool {
        self.direct.is_none()
    }

    /// The same for the log, to be polled with the same `waiting`. Once the hit is handed in, [`Waiting::poll`] is enough.
    pub fn poll_record(&self, cx: &Context<'_>, hit: &Hit<'_>, waiting: &mut Waiting) -> Poll<Result<(), NotStored>> {
        self.log.poll_record(cx, hit, waiting)
    }

    /// Returns when every hit that was answered by now is in the table.
    pub async fn drained(&self) {
        self.log.drained().await;
    }

    /// Has what is in the table taken out of the log soon: something of it was erased.
    pub fn forget(&self) {
        self.log.renew();
    }
}
