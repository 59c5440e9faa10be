//! The service worker: the only context that talks to the backend.
//!
//! What must hold:
//! - The browser may end the worker at any await. Whatever counts is in the storage before anything is said or sent, and
//!   every step can be done again.
//! - Nothing is decided by what is in memory alone: a new worker on the same storage goes on where the old one stopped.
//! - Logic stands on [`platform::Platform`] and runs natively on a fake of it; [`entry`] is the shell.
//! - No secret, address or subject reaches a log or an error text.

mod address;
mod answer;
mod backoff;
mod client;
mod connect;
mod consent;
pub mod entry;
mod flush;
mod gate;
mod health;
mod kept;
mod later;
mod link;
mod list;
mod needs;
mod news;
mod not_tracked;
mod notice;
mod notify;
mod outbox;
mod plan;
pub mod platform;
mod quiet;
mod raw;
mod remind;
mod rules;
mod sender;
mod since;
mod sse;
mod stream;
mod ticks;
mod verdicts;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::page::Fault;

use crate::chrome::ApiError;
use gate::{Gate, Stop};
use news::Recent;
use outbox::{Outbox, Owners};
use platform::Platform;
use since::Since;
use ticks::Ticks;
use verdicts::OwnViews;

/// The service worker's logic.
#[derive(Debug)]
pub struct Worker<P> {
    platform: P,
    outbox_gate: Gate,
    owners: Owners,
    link_gate: Gate,
    /// The token of the paired device, once it was read.
    token: RefCell<Option<(Uuid, String)>>,
    list_gate: Gate,
    consent_gate: Gate,
    not_tracked_gate: Gate,
    notice_gate: Gate,
    flushing: Cell<bool>,
    flush_again: Cell<bool>,
    /// The instant that the outbox waits for.
    flush_at: Cell<Option<Millis>>,
    stream: RefCell<Option<Rc<Stop>>>,
    /// When the stream last said anything, while it is open.
    heard_at: Cell<Option<Millis>>,
    /// What the tick's alarm was last set to.
    tick_minutes: Cell<f64>,
    /// The list is about to be loaded anew.
    refreshing: Cell<bool>,
    /// It was missed what has grown in it.
    refresh_missed: Cell<bool>,
    /// What is scheduled is about to be asked for.
    refreshing_scheduled: Cell<bool>,
    /// What is about to be asked for of mails whose answer is waited for.
    asking: RefCell<remind::Asking>,
    /// What waits is about to be told.
    telling: Cell<bool>,
    /// With a backend without verdicts, so that repeats are not taken for news.
    recent: RefCell<Recent>,
    /// What the stream told while pages are asked for.
    since: RefCell<Since>,
    ticks: RefCell<Ticks>,
    own_views: RefCell<OwnViews>,
}

impl<P: Platform> Worker<P> {
    /// A worker that has not begun: [`Worker::resume`] lets it.
    pub fn new(platform: P) -> Rc<Self> {
        Rc::new(Self {
            platform,
            outbox_gate: Gate::default(),
            owners: Owners::default(),
            link_gate: Gate::default(),
            token: RefCell::default(),
            list_gate: Gate::default(),
            consent_gate: Gate::default(),
            not_tracked_gate: Gate::default(),
            notice_gate: Gate::default(),
            flushing: Cell::default(),
            flush_again: Cell::default(),
            flush_at: Cell::default(),
            stream: RefCell::default(),
            heard_at: Cell::default(),
            tick_minutes: Cell::default(),
            refreshing: Cell::default(),
            refresh_missed: Cell::default(),
            refreshing_scheduled: Cell::default(),
            asking: RefCell::default(),
            telling: Cell::default(),
            recent: RefCell::default(),
            since: RefCell::default(),
            ticks: RefCell::default(),
            own_views: RefCell::default(),
        })
    }

    /// An alarm went off.
    pub async fn on_alarm(self: &Rc<Self>, name: &str) {
        match name {
            // A storage that fails now is asked again at the next tick.
            stream::TICK => drop(self.tick().await),
            flush::ALARM => self.flush().await,
            notify::ALARM => self.tell_held().await,
            _ => {}
        }
    }

    /// The extension was installed or updated: what the backend refused of an older version gets another chance.
    pub async fn on_installed(self: &Rc<Self>) {
        // If it fails it stays where it is, and shown.
        let _ = self.outbox().unpark().await;
        self.kick();
    }

    /// Names in the storage changed. Content scripts write what was sent into the outbox themselves.
    pub fn on_stored(self: &Rc<Self>, names: Vec<String>) {
        if names.into_iter().any(|name| name.starts_with(waxwing_protocol::page::key::OUTBOX)) {
            self.kick();
        }
    }

    /// How many entries wait and how many were refused, of one account or of all.
    async fn count_kept(&self, account: Option<&str>) -> Result<(u32, u32), ApiError> {
        self.owners.count(self.platform.local(), account).await
    }

    fn outbox(&self) -> Outbox<'_, P::Store> {
        Outbox::new(self.platform.local(), &self.outbox_gate)
    }
}

/// A failure of the browser or of ours, as the fault that is told.
fn internal<E: Into<Failure>>(error: E) -> Fault {
    match error.into() {
        Failure::Full => Fault::StorageFull,
        Failure::Other(detail) => Fault::Internal { detail },
    }
}

enum Failure {
    Full,
    Other(String),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        if error == ApiError::QuotaExceeded { Self::Full } else { Self::Other(error.to_string()) }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        // Where, not what: the text could be a mail's.
        Self::Other(format!("{:?} error at {}:{}", error.classify(), error.line(), error.column()))
    }
}
