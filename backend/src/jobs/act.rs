//! What the sender wants of a mail: schedule it, give it another time, cancel it, send it now, and the rest.
//!
//! What must hold: each is one change of a row that is as expected at that moment; an action that does not fit changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;
use waxwing_domain::schedule::{self, Due};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Schedule, Scheduled, ScheduledAction, ScheduledState, When, Why};

use super::{Jobs, fate, words};
use crate::account_id::AccountId;
use crate::due::NotWritten;
use crate::mailbox::SentRef;
use crate::store::reminders::sent;
use crate::store::scheduled::change::{self, Next};
use crate::store::scheduled::insert::{Inserted, NewScheduled};
use crate::store::scheduled::{Row, upkeep};
use crate::store::{self, Store, StoreError, Work};

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The account has no such mail.
    #[error("there is no such scheduled mail")]
    Unknown,
    /// It does not fit where the mail stands.
    #[error("this does not go with where the mail stands: {0:?}")]
    Conflict(ScheduledState),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotWritten> for ActError {
    fn from(error: NotWritten) -> Self {
        Self::Store(StoreError::Unavailable(error.0))
    }
}

impl Jobs {
    /// Puts a mail in. The draft has been found, and `new.due_at` follows from its schedule.
    pub async fn schedule(&self, new: &NewScheduled) -> store::Result<Inserted> {
        let line = words::scheduled(new.due_at, &new.schedule, new.why == Some(Why::Holiday));
        let inserted = self.parts.store.insert_scheduled(new, &line, self.now()).await?;
        if let Inserted::New(event) = inserted {
            self.parts.news.publish(new.account, event);
            self.wake();
        }
        Ok(inserted)
    }

    /// Gives a mail another time, or other conditions: from scheduled, held (but not from "perhaps already sent"), failed and
    /// cancelled. The same again changes nothing.
    pub async fn reschedule(
        &self,
        account: AccountId,
        id: Uuid,
        schedule: &Schedule,
        track: bool,
        due: Due,
    ) -> Result<Scheduled, ActError> {
        let schedule = schedule.clone();
        self.act_on(account, id, move |row, _| rescheduled(row, &schedule, track, due)).await
    }

    /// Does what its sender wants.
    pub async fn act(&self, account: AccountId, id: Uuid, action: ScheduledAction) -> Result<Scheduled, ActError> {
        self.act_on(account, id, move |row, now| acted(row, action, now)).await
    }

    async fn act_on(
        &self,
        account: AccountId,
        id: Uuid,
        decide: impl Fn(Row, Millis) -> Fit + Send + Sync + 'static,
    ) -> Result<Scheduled, ActError> {
        let now = self.now();
        let same = Arc::new(AtomicBool::new(false));
        let changed = {
            let same = Arc::clone(&same);
            self.engine
                .change(id, move |row| {
                    if row.account != account {
                        return None;
                    }
                    let fit = decide(row, now);
                    same.store(matches!(fit, Fit::Same), Ordering::SeqCst);
                    match fit {
                        Fit::Change(next) => Some(*next),
                        Fit::Same | Fit::Conflict => None,
                    }
                })
                .await?
        };
        let (row, content) = self.parts.store.scheduled(account, id).await?.ok_or(ActError::Unknown)?;
        if changed.is_none() && !same.load(Ordering::SeqCst) {
            return Err(ActError::Conflict(row.state));
        }
        self.wake();
        Ok(row.on_the_wire(content))
    }
}

/// Whether an action fits.
enum Fit {
    /// It changes the row.
    Change(Box<Next>),
    /// It is so already.
    Same,
    /// It does not go with where the mail stands.
    Conflict,
}

impl From<Next> for Fit {
    fn from(next: Next) -> Self {
        Self::Change(Box::new(next))
    }
}

/// It may already be out, and nobody knows.
fn perhaps_sent(row: &Row) -> bool {
    row.state == ScheduledState::Unclear || (row.state == ScheduledState::Held && row.why == Some(Why::Unclear))
}

fn rescheduled(mut row: Row, schedule: &Schedule, track: bool, due: Due) -> Fit {
    match row.state {
        ScheduledState::Scheduled if row.schedule == *schedule && row.track == track => return Fit::Same,
        ScheduledState::Held if perhaps_sent(&row) => return Fit::Conflict,
        ScheduledState::Scheduled | ScheduledState::Held | ScheduledState::Failed | ScheduledState::Cancelled => {}
        ScheduledState::Leased | ScheduledState::Sending | ScheduledState::Sent | ScheduledState::Unclear => {
            return Fit::Conflict;
        }
    }
    // What was cancelled waited for nothing that could be moved.
    let say = if row.state == ScheduledState::Cancelled { words::scheduled } else { words::rescheduled };
    let line = say(due.at, schedule, due.moved);
    row.schedule = schedule.clone();
    row.track = track;
    row.asked_at = Some(due.at);
    row.why = due.moved.then_some(Why::Holiday);
    row.said = None;
    row.attempts = 0;
    row.dismissed = false;
    Next::new(fate::waits(row, due.at)).line(line).into()
}

fn acted(mut row: Row, action: ScheduledAction, now: Millis) -> Fit {
    let state = row.state;
    if let ScheduledAction::SendNow { seen: Some(seen) } | ScheduledAction::Skip { seen: Some(seen) } = action
        && !row.is_as(seen)
    {
        return Fit::Conflict;
    }
    match action {
        ScheduledAction::Cancel => match state {
            ScheduledState::Scheduled | ScheduledState::Leased | ScheduledState::Held | ScheduledState::Failed => {
                fate::cancelled(row, Why::Cancelled, now).into()
            }
            ScheduledState::Cancelled => Fit::Same,
            ScheduledState::Sending | ScheduledState::Sent | ScheduledState::Unclear => Fit::Conflict,
        },
        ScheduledAction::SendNow { .. } => match state {
            ScheduledState::Scheduled | ScheduledState::Held if !perhaps_sent(&row) => {
                Next::new(at_once(row, now)).line(words::now()).into()
            }
            _ => Fit::Conflict,
        },
        ScheduledAction::WasSent => match row.intent.clone() {
            Some(intent) if perhaps_sent(&row) => {
                let at = intent.trace.at;
                let mut next = fate::sent(row, intent, &SentRef::default(), words::said_sent(), at, now);
                next.tell = false;
                if next.row.state == ScheduledState::Sent {
                    next.row.why = Some(Why::SaidSent);
                }
                next.into()
            }
            _ => Fit::Conflict,
        },
        ScheduledAction::SendAgain if state == ScheduledState::Held && perhaps_sent(&row) => {
            Next::new(at_once(row, now)).line(words::again()).into()
        }
        ScheduledAction::Skip { .. }
            if fate::repeats(&row)
                && matches!(state, ScheduledState::Scheduled | ScheduledState::Held)
                && !perhaps_sent(&row) =>
        {
            let left_out = row.asked_at.unwrap_or(now);
            let mut next = fate::goes_on(row, now);
            next.flight.insert(0, words::left_out(left_out));
            next.tell = false;
            next.into()
        }
        ScheduledAction::Dismiss if state == ScheduledState::Failed && !row.dismissed => {
            row.dismissed = true;
            row.done_at = Some(now);
            Next::new(row).line(words::dismissed()).into()
        }
        ScheduledAction::Dismiss if state == ScheduledState::Failed => Fit::Same,
        ScheduledAction::SendAgain | ScheduledAction::Skip { .. } | ScheduledAction::Dismiss => Fit::Conflict,
    }
}

/// Due now, whatever was asked for before; what repeats goes on with its rule afterwards.
fn at_once(mut row: Row, now: Millis) -> Row {
    if !fate::repeats(&row) {
        // When it was to go is known here for the last time.
        let (wish, base) = (row.schedule.remind.take(), row.asked_at.unwrap_or(now));
        row.schedule.remind = wish.and_then(|wish| sent::as_long_after(&wish, &row.schedule, base, now)).map(|(wish, _)| wish);
        let zone = schedule::zone_name(&row.schedule.when).to_owned();
        row.schedule.when = When::Instant { at: now, zone };
        row.schedule.phrase = None;
    }
    row.asked_at = Some(now);
    row.why = None;
    row.said = None;
    row.attempts = 0;
    fate::waits(row, now)
}

/// A mailbox is disconnected: what waits in it is held, and so is what is in work and has not come to its commit, which is
/// refused from now on; what is unclear in it cannot be looked for. In the unit of work that disconnects it. Gives the newest
/// event.
pub async fn mailbox_gone(tx: &mut Work, mailbox: Uuid, now: Millis) -> store::Result<Option<i64>> {
    let mut newest = None;
    for id in upkeep::live_in(tx, mailbox).await? {
        let held = change::apply(tx, id, now, &|mut row| {
            if row.state == ScheduledState::Sending {
                // What may be out is left to whoever waits for its answer.
                if row.intent.as_ref().is_none_or(|intent| intent.committing) {
                    return None;
                }
                row.intent = None;
            }
            let why = if perhaps_sent(&row) { Why::Unclear } else { Why::NoMailbox };
            Some(fate::held(row, why, None))
        });
        newest = held.await?.and_then(|applied| applied.event).max(newest);
    }
    Ok(newest)
}

/// The database is a copy of then: what was due since may have left, and nothing in it knows. All of it is held until its sender says
/// what came of it. What was on its way already is looked for in its mailbox, as after any stop. Gives how many were held.
pub async fn hold_what_may_have_left(store: &Store, now: Millis) -> store::Result<usize> {
    let mut tx = store.write().await?;
    let mut count = 0;
    for id in upkeep::due_by(&mut tx, now).await? {
        let held = change::apply(&mut tx, id, now, &|mut row| {
            if row.intent.as_ref().is_some_and(|intent| intent.committing) {
                return None;
            }
            row.intent = None;
            Some(fate::held(row, Why::Unclear, None))
        });
        count += usize::from(held.await?.is_some());
    }
    tx.commit().await?;
    Ok(count)
}
