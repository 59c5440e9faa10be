//! A connection of a mailbox: kept between uses, closed when nobody needed it for some minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::super::wire::WireError;
use super::super::{MailboxError, Result};
use super::connection::Command;
use super::session::Session;

/// A kept connection that does not answer so long is taken for dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Where it is kept.
#[derive(Debug, Default)]
pub(super) struct Slot {
    session: Mutex<Option<Session>>,
    /// Grows with each use.
    uses: AtomicU64,
    /// Somebody waits to close it.
    minded: AtomicBool,
}

impl Slot {
    /// Waits for one's turn.
    pub(super) async fn hold(self: &Arc<Self>, idle: Duration) -> Held<'_> {
        Held { session: self.session.lock().await, slot: self, idle }
    }

    /// The same without waiting. `None`: it is in use.
    pub(super) fn try_hold(self: &Arc<Self>, idle: Duration) -> Option<Held<'_>> {
        Some(Held { session: self.session.try_lock().ok()?, slot: self, idle })
    }

    /// Closes it once it was left alone for so long.
    async fn mind(self: Arc<Self>, idle: Duration) {
        loop {
            let before = self.uses.load(Ordering::SeqCst);
            tokio::time::sleep(idle).await;
            // In use, perhaps for hours: a turn that is waited for here would be taken from who wants to use it.
            let Ok(mut session) = self.session.try_lock() else { continue };
            if session.is_none() || self.uses.load(Ordering::SeqCst) == before {
                let left = session.take();
                // While the lock is held: whoever uses it next starts another.
                self.minded.store(false, Ordering::SeqCst);
                drop(session);
                if let Some(left) = left {
                    left.log_out().await;
                }
                return;
            }
        }
    }
}

/// The connection while it is used.
#[derive(Debug)]
pub(super) struct Held<'s> {
    session: MutexGuard<'s, Option<Session>>,
    slot: &'s Arc<Slot>,
    idle: Duration,
}

impl Held<'_> {
    /// Whether there is one, and it answers.
    pub(super) async fn lives(&mut self, limit: Duration) -> bool {
        let Some(session) = self.session.as_mut() else { return false };
        let asked = tokio::time::timeout(limit.min(SIGN_OF_LIFE), session.run(Command::new("NOOP"))).await;
        let lives = matches!(asked, Ok(Ok(_)));
        if !lives {
            *self.session = None;
        }
        lives
    }

    /// A new one.
    pub(super) fn put(&mut self, session: Session) {
        *self.session = Some(session);
    }

    /// It.
    pub(super) fn get(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(|| MailboxError::from(WireError::Closed))
    }
}

impl Drop for Held<'_> {
    // Still under the lock, which goes after this.
    fn drop(&mut self) {
        if self.session.as_ref().is_some_and(Session::is_broken) {
            *self.session = None;
        }
        self.slot.uses.fetch_add(1, Ordering::SeqCst);
        // Without a runtime everything is going down anyway.
        if self.session.is_some()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !self.slot.minded.swap(true, Ordering::SeqCst)
        {
            runtime.spawn(Arc::clone(self.slot).mind(self.idle));
        }
    }
}
