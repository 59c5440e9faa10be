//! What is done beside the times: mails whose mailbox works again, edits of drafts, zones whose rules changed, and what is too old.
//!
//! What must hold: each may fail by itself, is told, and is tried again at the next round.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use waxwing_domain::schedule::{self, NoDue};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{LateThen, ScheduledState, Why};

use super::follow::Following;
use super::{Jobs, fate, words};
use crate::store;
use crate::store::scheduled::Row;
use crate::store::scheduled::change::Next;
use crate::zones::Iana;

/// How often is looked around.
const EVERY: Duration = Duration::from_secs(10);
/// How often drafts are looked at.
const FOLLOW_EVERY: Duration = Duration::from_secs(30);
/// How often is looked whether a day is over.
const DAILY_LOOK: Duration = Duration::from_mins(10);
/// Where another backend does it, or nobody yet, is looked so often whether it has become this one's.
const TO_BE_HELD: Duration = Duration::from_secs(1);
/// How often zones are resolved anew and what is old goes, in milliseconds.
const DAILY: Millis = 24 * 60 * 60 * 1_000;
/// Rows that are read at once.
const BATCH: i64 = 500;
/// Between two batches of rows whose zones are resolved anew: nothing hurries.
const PAUSE: Duration = Duration::from_millis(50);

/// For as long as the engine runs. The three keep each other from nothing: a mailbox that hangs must not keep mails of another.
pub(super) async fn run(jobs: Arc<Jobs>) {
    tokio::join!(looking_around(&jobs), following(&jobs), day_by_day(&jobs));
}

/// Mails whose mailbox works again.
async fn looking_around(jobs: &Arc<Jobs>) {
    let mut back = jobs.parts.mailboxes.back();
    loop {
        if jobs.parts.upkeep.is_held()
            && let Err(error) = release(jobs).await
        {
            tracing::warn!(%error, "mails that were held for their mailbox could not be looked at yet");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = back.changed() => {}
        }
    }
}

async fn following(jobs: &Arc<Jobs>) {
    let mut following = Following::default();
    loop {
        // Drafts are looked at by one backend for all.
        if jobs.parts.upkeep.is_held() {
            following.round(jobs).await;
        }
        tokio::time::sleep(FOLLOW_EVERY).await;
    }
}

/// By the clock that mails go by, which may be set: looked at often, done once a day.
async fn day_by_day(jobs: &Arc<Jobs>) {
    let mut done_at: Option<Millis> = None;
    loop {
        let now = jobs.now();
        // Zones are the business of one backend.
        let is_held = jobs.parts.upkeep.is_held();
        if is_held && done_at.is_none_or(|at| now.saturating_sub(at).saturating_abs() >= DAILY) {
            done_at = Some(now);
            daily(jobs).await;
        }
        // Another backend that ends may leave it to this one at any time.
        tokio::time::sleep(if is_held { DAILY_LOOK } else { TO_BE_HELD }).await;
    }
}

/// Zones and what is too old.
async fn daily(jobs: &Arc<Jobs>) {
    if let Err(error) = resolve_anew(jobs).await {
        tracing::warn!(%error, "zones of scheduled mails could not be looked at yet");
    }
    match jobs.parts.store.tidy_scheduled(jobs.now()).await {
        Ok(0) => {}
        Ok(gone) => tracing::debug!(gone, "old lines of the flight recorder were taken away"),
        Err(error) => tracing::warn!(%error, "old lines of the flight recorder could not be taken away yet"),
    }
}

/// Mails that were held because their mailbox did not work go on by the rule of their sender, now that it does.
async fn release(jobs: &Arc<Jobs>) -> store::Result<()> {
    loop {
        let rows = jobs.parts.store.held_for_mailbox(BATCH).await?;
        let mut released = 0;
        for row in &rows {
            let now = jobs.now();
            released += usize::from(matches!(jobs.engine.change(row.id, move |row| goes_on(row, now)).await, Ok(Some(_))));
        }
        if released == 0 {
            return Ok(());
        }
        jobs.wake();
    }
}

fn goes_on(mut row: Row, now: Millis) -> Option<Next> {
    if row.state != ScheduledState::Held || !matches!(row.why, Some(Why::SignIn | Why::NoMailbox)) {
        return None;
    }
    let asked = row.asked_at.unwrap_or(now);
    // What comes again, and what has a window, is judged when it is taken.
    let once = !fate::repeats(&row) && schedule::is_overdue(&row.schedule, asked, now, &Iana);
    if once && row.schedule.late.then != LateThen::Send {
        return Some(fate::held(row, Why::Late, None));
    }
    row.why = None;
    row.said = None;
    row.attempts = 0;
    let due = asked.max(now);
    Some(Next::new(fate::waits(row, due)).line(words::mailbox_back()))
}

/// The same wall times by the rules of zones as they are today.
async fn resolve_anew(jobs: &Arc<Jobs>) -> store::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let rows = jobs.parts.store.waiting_after(after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let now = jobs.now();
        for row in &rows {
            if anew(row.clone(), now).is_some() {
                let changed = jobs.engine.change(row.id, move |row| anew(row, now)).await;
                if matches!(changed, Ok(Some(_))) {
                    jobs.wake();
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a waiting row becomes when the rules of its zone are others; `None` when nothing changes.
fn anew(mut row: Row, now: Millis) -> Option<Next> {
    let asked = row.asked_at?;
    // What was moved on, or is tried again, is not at its wall time any more.
    let at_its_time = row.due_at == Some(asked) && matches!(row.why, None | Some(Why::Holiday));
    if row.state != ScheduledState::Scheduled || !at_its_time || asked <= now {
        return None;
    }
    match schedule::resolve(&row.schedule, asked, &Iana) {
        Ok(due) if due.at == asked => None,
        Ok(due) => {
            row.asked_at = Some(due.at);
            row.due_at = Some(due.at);
            row.why = due.moved.then_some(Why::Holiday);
            let line = words::zone_changed(due.at, &row.schedule);
            Some(Next::new(row).line(line))
        }
        Err(NoDue::ZoneUnknown) => Some(fate::held(row, Why::ZoneUnknown, None)),
        // It was read when it was written: what fails now is left to its time.
        Err(NoDue::Past | NoDue::Never | NoDue::BadRule | NoDue::BadTime | NoDue::BadHoliday) => None,
    }
}
