//! Sending what waits in the outbox: one flush at a time, for as long as the backend takes it.
//!
//! What must hold:
//! - An entry goes only after the backend's own answer, whatever ends the worker before.
//! - When the backend is away, everything waits; when it chokes on one message, only that one does.
//! - A waiting outbox always has an alarm set.

use std::rc::Rc;

use waxwing_protocol::api::problem;
use waxwing_protocol::page::{Connection, OutboxTask, Pause, key};
use waxwing_protocol::{Millis, capability};

use super::Worker;
use super::backoff::{delay, is_due};
use super::client::{CallError, Client};
use super::link::has;
use super::plan::{Batch, Plan, plan};
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::alarms::Alarms;
use crate::chrome::storage::Storage;
use crate::chrome::system::{Clock, Random};

/// The alarm that wakes the worker for its outbox.
pub(super) const ALARM: &str = "outbox";
/// When the storage itself fails.
const AFTER_STORAGE_FAILED: Millis = 60_000;
/// The status that stands for a backend that does not know what it would be asked (501 Not Implemented).
const CANNOT: u16 = 501;

/// Waits up to this many milliseconds are made in the worker, beside the alarm.
const SHORT: u32 = 25_000;

/// What the answer to a batch means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The backend has it, or will never want it.
    Done,
    /// Refused for good.
    Park(u16),
    /// This one waits.
    Hold(Option<u32>),
    /// Everything waits.
    HoldAll(Option<u32>),
    /// The device was revoked: everything is kept until it is paired again.
    Revoked,
}

/// How a flush goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// With the next one.
    Go,
    /// Without this message, until an instant.
    Without(Millis),
    /// Not before an instant.
    Stop(Millis),
}

fn judge(task: &OutboxTask, answer: Result<(), &CallError>) -> Verdict {
    let (name, status, retry_after) = match answer {
        Ok(()) => return Verdict::Done,
        // A firewall or a proxy before the backend minds what is in this one, or its length; the next one may pass.
        Err(CallError::Foreign { status: 400 | 403 | 406 | 413 }) => return Verdict::Hold(None),
        Err(CallError::Http(_) | CallError::Foreign { .. } | CallError::Mailbox { .. }) => return Verdict::HoldAll(None),
        Err(CallError::Problem { name, status, retry_after }) => (name.as_str(), *status, *retry_after),
    };
    match (name, status) {
        (problem::UNAUTHORIZED, _) => Verdict::Revoked,
        (problem::GONE, _) => Verdict::Done,
        (problem::RATE_LIMITED | problem::UNAVAILABLE, _) | (_, 429 | 503) => Verdict::HoldAll(retry_after),
        (_, 408 | 425 | 500..) => Verdict::Hold(retry_after),
        // Nothing of ours is there to delete.
        (_, 400..500) if matches!(task, OutboxTask::Delete { .. }) => Verdict::Done,
        _ => Verdict::Park(status),
    }
}

impl<P: Platform> Worker<P> {
    /// Starts a flush beside.
    pub(super) fn kick(self: &Rc<Self>) {
        let worker = Rc::clone(self);
        self.platform.spawn(async move { worker.flush().await });
    }

    /// Lets the outbox try at once, unless the backend asked it to wait.
    pub(super) async fn hurry(self: &Rc<Self>) {
        let store = self.platform.local();
        if let Ok(Some(Pause { asked: false, .. })) = store.get(key::OUTBOX_PAUSE).await {
            // If it fails, the outbox goes on when its time has come.
            let _ = store.unset(key::OUTBOX_PAUSE).await;
        }
        self.kick();
    }

    /// Sends what may be sent. When one is under way already, that one looks once more before it ends.
    pub(super) async fn flush(self: &Rc<Self>) {
        if self.flushing.replace(true) {
            self.flush_again.set(true);
            return;
        }
        loop {
            self.flush_again.set(false);
            let next = match self.flush_all().await {
                Ok(next) => next,
                Err(_) => Some(self.platform.system().now() + AFTER_STORAGE_FAILED),
            };
            self.wake_at(next).await;
            if !self.flush_again.get() {
                break;
            }
        }
        self.flushing.set(false);
    }

    /// Has the outbox looked at again then.
    async fn wake_at(self: &Rc<Self>, next: Option<Millis>) {
        let alarms = self.platform.alarms();
        // Without the alarm the tick still comes, a minute later at most.
        let _ = match next {
            Some(at) => alarms.at(ALARM, at).await,
            None => alarms.clear(ALARM).await,
        };
        let wait = next.map(|at| at - self.platform.system().now()).and_then(|wait| u32::try_from(wait).ok());
        if self.flush_at.replace(next) == next {
            return;
        }
        // Alarms are 30 s apart at least; until then the worker lives anyway.
        if let Some(wait) = wait.filter(|wait| *wait <= SHORT) {
            let worker = Rc::clone(self);
            self.platform.spawn(async move {
                worker.platform.system().sleep(wait).await;
                if worker.flush_at.get() == next {
                    worker.flush().await;
                }
            });
        }
    }

    /// Gives the instant to go on at, if anything waits.
    async fn flush_all(self: &Rc<Self>) -> Result<Option<Millis>, ApiError> {
        // Read once: thousands may wait. What is added meanwhile asks for another round.
        let mut waiting = self.outbox().waiting().await?;
        let (mut changed, mut soonest) = (false, None);
        let next = loop {
            let Some(connection) = self.usable().await? else { break None };
            let now = self.platform.system().now();
            let pause: Pause = self.platform.local().get(key::OUTBOX_PAUSE).await?.unwrap_or_default();
            match plan(&waiting, &connection.account, now) {
                Plan::Idle => break None,
                Plan::Wait(until) => break Some(until),
                Plan::Send(_) if !is_due(pause.until, now) => break Some(pause.until),
                Plan::Send(batch) => {
                    waiting.retain(|kept| !batch.names.contains(&kept.name));
                    if self.platform.local().read(&batch.names).await?.is_empty() {
                        // Undone meanwhile.
                        continue;
                    }
                    changed = true;
                    match self.send(&connection, &batch, pause).await? {
                        Next::Go => {}
                        Next::Without(later) => {
                            // Those that belong to the same message wait with it.
                            let id = batch.id();
                            waiting.retain(|kept| kept.id != id);
                            soonest = Some(soonest.map_or(later, |soonest: Millis| soonest.min(later)));
                        }
                        Next::Stop(at) => break Some(at),
                    }
                }
            }
        };
        if changed {
            self.status_changed();
        }
        Ok(next.into_iter().chain(soonest).min())
    }

    /// Sends one batch and does what the answer says.
    async fn send(self: &Rc<Self>, connection: &Connection, batch: &Batch, pause: Pause) -> Result<Next, ApiError> {
        let client = Client::new(self.platform.http(), connection);
        let answer = match &batch.task {
            OutboxTask::Put { id, message } => client.put_message(*id, message).await,
            OutboxTask::Delete { id } => self.delete_at(connection, &client, *id).await,
            // It was set with a backend that could, and is of no use to this one: kept, and tried again when it can.
            OutboxTask::Remind { .. } if !has(connection, capability::REMINDERS) => {
                self.outbox().park(&batch.names, CANNOT, self.platform.system().now()).await?;
                return Ok(Next::Go);
            }
            OutboxTask::Remind { id, put } => self.set_reminder(&client, *id, put).await,
        };
        let system = self.platform.system();
        let (now, outbox, store) = (system.now(), self.outbox(), self.platform.local());
        let verdict = judge(&batch.task, answer.as_ref().copied());
        let wait = |attempts, retry_after| now + delay(attempts, system.fraction(), retry_after);
        let next = match verdict {
            Verdict::Done => {
                outbox.acknowledge(&batch.names).await?;
                if let OutboxTask::Put { message, .. } = &batch.task {
                    self.tick_of(&message.gmail);
                }
                Next::Go
            }
            Verdict::Park(status) => {
                outbox.park(&batch.names, status, now).await?;
                Next::Go
            }
            Verdict::Hold(retry_after) => {
                let attempts = batch.attempts.saturating_add(1);
                let until = wait(attempts, retry_after);
                outbox.postpone(&batch.names, attempts, until).await?;
                Next::Without(until)
            }
            Verdict::HoldAll(retry_after) => {
                let attempts = pause.attempts.saturating_add(1);
                let until = wait(attempts, retry_after);
                store.set(key::OUTBOX_PAUSE, &Pause { until, attempts, asked: retry_after.is_some() }).await?;
                Next::Stop(until)
            }
            // Should the note of it fail, nothing is asked in a circle.
            Verdict::Revoked => Next::Stop(now + AFTER_STORAGE_FAILED),
        };
        if !matches!(verdict, Verdict::HoldAll(_)) && pause != Pause::default() {
            store.unset(key::OUTBOX_PAUSE).await?;
        }
        self.note(connection, answer.as_ref().copied()).await;
        Ok(next)
    }
}
