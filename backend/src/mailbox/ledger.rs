//! Writes accesses to mailboxes down, in batches, beside what is being done: a send never waits for its ledger.
//!
//! What must hold: an entry that was taken is written, also when the backend stops; one that cannot be taken (tens of thousands
//! wait: the disk is full) is counted and logged, and fails nothing. Questions for news, of which there are thousands a day, are
//! added up for some seconds and then to the day's entry: a watched mailbox costs a line a day, and a thousand of them a transaction
//! now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use waxwing_protocol::api::AccessAction;

use super::{Ledger, Purpose};
use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::store::Store;
use crate::store::mailboxes::{Asked, NewAccess};

/// Entries that may wait for the disk.
const ROOM: usize = 50_000;
/// Entries of one transaction.
const BATCH: usize = 1_000;
/// After a failed write.
const AGAIN: Duration = Duration::from_secs(1);
/// Entries are gathered for so long: a burst of sends is a handful of transactions.
const GATHER: Duration = Duration::from_millis(50);

/// Questions for news are added up for so long.
const ADD_UP: Duration = Duration::from_secs(10);

/// Where entries are put.
#[derive(Debug, Clone)]
pub struct Writer(mpsc::Sender<Entry>);

/// What waits to be written, for [`run`].
#[derive(Debug)]
pub struct Waiting(mpsc::Receiver<Entry>);

#[derive(Debug)]
enum Entry {
    Access(NewAccess),
    /// Somebody wants to know when all before it is written.
    Written(oneshot::Sender<()>),
}

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

    /// Done when all that was taken before is written; or at once, when nothing is written any more.
    pub async fn written(&self) {
        let (sender, written) = oneshot::channel();
        if self.0.send(Entry::Written(sender)).await.is_ok() {
            // Whoever stops writes all the same.
            let _ = written.await;
        }
    }
}

impl Ledger for LedgerOf {
    fn write(&self, action: AccessAction, ok: bool) {
        let Purpose { reason, scheduled, waiting } = self.purpose;
        let entry = NewAccess { mailbox: self.mailbox, at: self.clock.now(), action, reason, scheduled, waiting, ok };
        if self.writer.0.try_send(Entry::Access(entry)).is_err() {
            tracing::error!(mailbox = %self.mailbox, ?action, ?reason, "an access could not be written into the ledger");
        }
    }
}

/// Writes until `stop`, and then what is left.
pub async fn run(store: Arc<Store>, Waiting(mut waiting): Waiting, mut stop: watch::Receiver<bool>) {
    let mut desk = Desk { store, batch: Vec::new(), asked: Vec::new(), due: false, written: Vec::new() };
    let mut added_up = interval(ADD_UP);
    added_up.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut taken = Vec::new();
    'writing: loop {
        tokio::select! {
            count = waiting.recv_many(&mut taken, BATCH) => if count == 0 { break },
            _ = added_up.tick(), if !desk.asked.is_empty() => desk.due = true,
            () = told_to_stop(&mut stop) => break,
        }
        if takes_more(&taken) {
            // A burst comes together; whoever stops does not wait for it.
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = told_to_stop(&mut stop) => {}
            }
            while taken.len() < BATCH
                && let Ok(entry) = waiting.try_recv()
            {
                taken.push(entry);
            }
        }
        desk.take(&mut taken);
        while let Err(error) = desk.write(false).await {
            tracing::warn!(%error, entries = desk.batch.len(), "the ledger of mailboxes could not be written yet");
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = told_to_stop(&mut stop) => break 'writing,
            }
        }
    }
    waiting.close();
    loop {
        desk.take(&mut taken);
        if let Err(error) = desk.write(true).await {
            tracing::error!(%error, entries = desk.batch.len(), "the ledger of mailboxes could not be written");
            desk.batch.clear();
        }
        if waiting.recv_many(&mut taken, BATCH).await == 0 {
            break;
        }
    }
}

/// Whether others are waited for: not for a question alone, which has time anyway.
fn takes_more(taken: &[Entry]) -> bool {
    taken.iter().any(|entry| matches!(entry, Entry::Access(access) if !Asked::is_one(access)))
}

/// What is written next.
struct Desk {
    store: Arc<Store>,
    batch: Vec<NewAccess>,
    asked: Vec<Asked>,
    /// They were added up for long enough.
    due: bool,
    written: Vec<oneshot::Sender<()>>,
}

impl Desk {
    fn take(&mut self, taken: &mut Vec<Entry>) {
        for entry in taken.drain(..) {
            match entry {
                Entry::Access(access) if Asked::is_one(&access) => {
                    if !self.asked.iter_mut().any(|asked| asked.add(&access)) {
                        self.asked.push(Asked::new(access));
                    }
                }
                Entry::Access(access) => self.batch.push(access),
                Entry::Written(written) => self.written.push(written),
            }
        }
    }

    /// Writes what is due; `all`: and what has time.
    async fn write(&mut self, all: bool) -> crate::store::Result<()> {
        let is_due = all || self.due || !self.written.is_empty();
        let asked = if is_due { &self.asked[..] } else { &[] };
        if !self.batch.is_empty() || !asked.is_empty() {
            self.store.add_access(&self.batch, asked).await?;
        }
        self.batch.clear();
        if is_due {
            self.asked.clear();
            self.due = false;
        }
        for written in self.written.drain(..) {
            // Whoever asked may be gone.
            let _ = written.send(());
        }
        Ok(())
    }
}
