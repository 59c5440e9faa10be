//! News from the backend: a stream while it holds, questions by alarm when it does not.
//!
//! What must hold:
//! - There is one stream at most, for the connection as it is now.
//! - Each chunk touches an extension interface, or Chromium ends the worker after 30 s (measured).
//! - The tick's alarm is set while a backend is paired: it revives an ended worker, the stream and the outbox.

use std::rc::Rc;

use waxwing_protocol::page::{Connection, Pause, key};
use waxwing_protocol::{Millis, capability};

use super::Worker;
use super::backoff::{delay, is_due};
use super::client::{CallError, Client};
use super::gate::Stop;
use super::link::has;
use super::platform::Platform;
use super::sse::SseParser;
use crate::chrome::ApiError;
use crate::chrome::alarms::Alarms;
use crate::chrome::http::Chunks;
use crate::chrome::storage::Storage;
use crate::chrome::system::{Clock, Random};

/// The alarm that comes again and again.
pub(super) const TICK: &str = "tick";
/// Minutes between ticks while the stream holds.
const CALM: f64 = 1.0;
/// Minutes between ticks while it does not. Chromium allows no less.
const KEEN: f64 = 0.5;
/// A stream that held this long was a good one.
const GOOD: Millis = 20_000;
/// The wait before a good stream is opened again, in milliseconds, unless the backend said another.
const REOPEN: u32 = 1_000;
/// The longest wait of that kind: beyond it the alarms take over.
const REOPEN_LONGEST: u32 = 20_000;
/// The longest pause between two attempts of a stream, in milliseconds.
const PAUSE_LONGEST: Millis = 5 * 60_000;
/// In the session's storage: the [`Pause`] of the stream.
const STREAM_PAUSE: &str = "stream_pause";

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It had held; open it again after so many milliseconds.
    Reopen(u32),
    /// It did not come to be, or broke at once.
    Failed,
}

fn has_stream(connection: &Connection) -> bool {
    has(connection, capability::EVENTS)
}

impl<P: Platform> Worker<P> {
    /// Opens the stream beside, unless one is there.
    pub(super) fn start_stream(self: &Rc<Self>) {
        if self.stream.borrow().is_some() {
            return;
        }
        let stop = Rc::new(Stop::default());
        *self.stream.borrow_mut() = Some(Rc::clone(&stop));
        let worker = Rc::clone(self);
        self.platform.spawn(async move {
            stop.unless(worker.keep_stream()).await;
            let mut current = worker.stream.borrow_mut();
            if current.as_ref().is_some_and(|current| Rc::ptr_eq(current, &stop)) {
                *current = None;
            }
        });
    }

    /// Ends the stream.
    pub(super) fn end_stream(&self) {
        if let Some(stop) = self.stream.borrow_mut().take() {
            stop.stop();
        }
        self.heard_at.set(None);
    }

    /// The tick: whatever had ended goes on.
    pub(super) async fn tick(self: &Rc<Self>) -> Result<(), ApiError> {
        self.kick();
        // Should the alarm at the end of the quiet hours be lost, this one tells.
        self.tell_held().await;
        let Some(connection) = self.usable().await? else { return Ok(()) };
        self.refresh_waiting_daily(&connection);
        let now = self.platform.system().now();
        let session = self.platform.session();
        let pause: Pause = session.get(STREAM_PAUSE).await?.unwrap_or_default();
        if !is_due(pause.until, now) {
            return Ok(());
        }
        let streams = has_stream(&connection);
        if streams {
            self.start_stream();
        }
        // A stream that is open and says nothing (something on the way holds it back) or that is not to be had.
        let silent = self.heard_at.get().is_none_or(|at| now - at > i64::from(super::client::STREAM_TIMEOUT));
        if !streams || (silent && pause.attempts > 0) {
            self.refresh_list(&connection, true).await?;
        }
        Ok(())
    }

    /// Sets how often the tick comes.
    pub(super) async fn set_tick(&self, minutes: f64) {
        if self.tick_minutes.replace(minutes).to_bits() != minutes.to_bits() {
            // Without it the next event of any kind still starts everything.
            let _ = self.platform.alarms().every(TICK, minutes).await;
        }
    }

    /// Sets the tick when a backend is paired, or ends it.
    pub(super) async fn arm(&self, paired: bool) {
        if paired {
            self.set_tick(CALM).await;
        } else {
            self.tick_minutes.set(0.0);
            // One tick too many does nothing.
            let _ = self.platform.alarms().clear(TICK).await;
        }
    }

    /// Keeps a stream open for as long as that works.
    async fn keep_stream(self: &Rc<Self>) {
        let session = self.platform.session();
        loop {
            let Ok(Some(connection)) = self.usable().await else { return };
            if !has_stream(&connection) {
                return;
            }
            match self.follow(&connection).await {
                End::Reopen(wait) => {
                    // If it cannot be written the next attempt is made later than it could be.
                    let _ = session.unset(STREAM_PAUSE).await;
                    self.platform.system().sleep(wait).await;
                }
                End::Failed => {
                    let pause: Pause = session.get(STREAM_PAUSE).await.ok().flatten().unwrap_or_default();
                    let attempts = pause.attempts.saturating_add(1);
                    let system = self.platform.system();
                    let until = system.now() + delay(attempts, system.fraction(), None).min(PAUSE_LONGEST);
                    let _ = session.set(STREAM_PAUSE, &Pause { until, attempts, asked: false }).await;
                    self.set_tick(KEEN).await;
                    return;
                }
            }
        }
    }

    /// Opens one stream and takes what it tells until it ends.
    async fn follow(self: &Rc<Self>, connection: &Connection) -> End {
        let Ok(last) = self.platform.local().get::<String>(key::LAST_EVENT).await else { return End::Failed };
        let fresh = last.is_none();
        let opened = self.call(connection, async |client: Client<'_, P::Http>| client.events(last).await).await;
        let Ok(mut chunks) = opened else { return End::Failed };
        let system = self.platform.system();
        let start = system.now();
        self.kick();
        if self.catch_up(connection, fresh).await.is_err() {
            return End::Failed;
        }
        let mut parser = SseParser::default();
        let mut number = String::new();
        while let Ok(Some(chunk)) = chunks.next().await {
            self.platform.touch().await;
            if self.heard_at.replace(Some(system.now())).is_none() {
                self.set_tick(CALM).await;
            }
            let Ok(events) = parser.feed(&chunk) else { break };
            let taken = if !events.is_empty() {
                self.take_news(connection, events).await
            } else if parser.last_id() != number {
                // The opening says where the stream begins, so that nothing is missed when it breaks before the first event.
                self.platform.local().set(key::LAST_EVENT, parser.last_id()).await
            } else {
                Ok(())
            };
            if taken.is_err() {
                break;
            }
            parser.last_id().clone_into(&mut number);
        }
        // One that was held back on the way is no good one, however long it was open.
        let heard = self.heard_at.take().is_some();
        if !heard || system.now() - start < GOOD {
            End::Failed
        } else {
            End::Reopen(parser.retry().unwrap_or(REOPEN).clamp(REOPEN, REOPEN_LONGEST))
        }
    }

    /// What a stream does not tell: the account may have moved on, and without a number to go on from, everything.
    async fn catch_up(self: &Rc<Self>, connection: &Connection, fresh: bool) -> Result<(), CallError> {
        self.refresh_account(connection).await?;
        // As last heard until it can be asked for.
        let _ = self.refresh_scheduled(connection).await;
        let _ = self.refresh_waiting(connection).await;
        let _ = self.refresh_consent(connection).await;
        let _ = self.tell_here(connection).await;
        if fresh {
            // The stream tells what is new from here on; that the list is old is seen when it is asked for.
            let _ = self.refresh_list(connection, false).await;
        }
        Ok(())
    }
}
