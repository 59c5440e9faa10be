//! Points of a fake mailbox's calls at which a test has its backend killed.

use std::future::pending;
use std::sync::Mutex;

use tokio::sync::Notify;

/// At which point the next one is killed, and that it has got there.
#[derive(Debug)]
pub(crate) struct Death<W> {
    at: Mutex<Option<W>>,
    come: Notify,
}

impl<W> Default for Death<W> {
    fn default() -> Self {
        Self { at: Mutex::default(), come: Notify::new() }
    }
}

impl<W: PartialEq> Death<W> {
    /// Kills the backend at the next such moment.
    pub(crate) fn order(&self, at: W) {
        *self.at.lock().unwrap() = Some(at);
    }

    /// Whoever is killed here never goes on.
    pub(crate) async fn may_come(&self, here: W) {
        let now = self.at.lock().unwrap().take_if(|at| *at == here).is_some();
        if now {
            self.come.notify_one();
            pending::<()>().await;
        }
    }

    /// The moment has come: the test kills it.
    pub(crate) async fn comes(&self) {
        self.come.notified().await;
    }
}
