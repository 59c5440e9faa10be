//! Writes accesses to mailboxes down, in batches, beside what is being done: a send never waits for its ledger.
//!
//! What must hold: an entry that was taken is written, also when the backend stops; one that cannot be taken (tens of thousands
//! wait: the disk is full) is counted and logged, and fails nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;
use waxwing_protocol::api::AccessAction;

use super::{Ledger, Purpose};
use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::store::Store;
use crate::store::mailboxes::NewAccess;

/// Entries that may wait for the disk.
const ROOM: usize = 50_000;
/// Entries of one transaction.
const BATCH: usize = 1_000;
/// After a failed write.
const AGAIN: Duration = Duration::from_secs(1);
/// Entries are gathered for so long: a burst of sends is a handful of transactions.
const GATHER: Duration = Duration::from_millis(50);

/// Where entries are put.
#[derive(Debug, Clone)]
pub struct Writer(mpsc::Sender<NewAccess>);

/// What waits to be written, for [`run`].
#[derive(Debug)]
pub struct Waiting(mpsc::Receiver<NewAccess>);

/// A writer and what it fills.
pub fn channel() -> (Writer, Waiting) {
    let (sender, receiver) = mpsc::channel(ROOM);
    (Writer(sender), Waiting(receiver))
}

/// The ledger of one mailbox for one purpose.
pub struct LedgerOf {
    writer: Writer,
    clock: Arc<dyn Clock>,
    mailbox: Uuid,
    purpose: Purpose,
}

impl std::fmt::Debug for LedgerOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerOf").field("mailbox", &self.mailbox).finish_non_exhaustive()
    }
}

impl Writer {
    /// The ledger of a mailbox for a purpose.
    pub fn ledger(&self, clock: Arc<dyn Clock>, mailbox: Uuid, purpose: Purpose) -> LedgerOf {
        LedgerOf { writer: self.clone(), clock, mailbox, purpose }
    }
}

impl Ledger for LedgerOf {
    fn write(&self, action: AccessAction, ok: bool) {
        let Purpose { reason, scheduled, waiting } = self.purpose;
        let entry = NewAccess { mailbox: self.mailbox, at: self.clock.now(), action, reason, scheduled, waiting, ok };
        if self.writer.0.try_send(entry).is_err() {
            tracing::error!(mailbox = %self.mailbox, ?action, ?reason, "an access could not be written into the ledger");
        }
    }
}

/// Writes until `stop`, and then what is left.
pub async fn run(store: Arc<Store>, Waiting(mut waiting): Waiting, mut stop: watch::Receiver<bool>) {
    let mut batch = Vec::new();
    'writing: loop {
        tokio::select! {
            taken = waiting.recv_many(&mut batch, BATCH) => if taken == 0 { break },
            () = told_to_stop(&mut stop) => break,
        }
        // A burst comes together; whoever stops does not wait for it.
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = told_to_stop(&mut stop) => {}
        }
        while batch.len() < BATCH
            && let Ok(entry) = waiting.try_recv()
        {
            batch.push(entry);
        }
        while let Err(error) = store.add_access(&batch).await {
            tracing::warn!(%error, entries = batch.len(), "the ledger of mailboxes could not be written yet");
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = told_to_stop(&mut stop) => break 'writing,
            }
        }
        batch.clear();
    }
    waiting.close();
    while !batch.is_empty() || waiting.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = store.add_access(&batch).await {
            tracing::error!(%error, entries = batch.len(), "the ledger of mailboxes could not be written");
        }
        batch.clear();
    }
}
