//! Leases of engines that are dead, or that have not renewed them in time.
//!
//! What must hold: what had not come to its commit waits again, what had is looked for; nothing is sent from here. Each row is
//! looked at again while no other write can happen: who has taken it meanwhile keeps it.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::ScheduledState;

use super::owner::Life;
use super::{Jobs, fate, words};
use crate::store;
use crate::store::scheduled::Row;
use crate::store::scheduled::change::Next;

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Recovers what the dead held.
pub(super) async fn dead(jobs: &Arc<Jobs>) {
    match recover(jobs).await {
        Ok(0) => {}
        Ok(mails) => {
            tracing::info!(mails, "scheduled mails of a backend that stopped in the middle were recovered");
            jobs.wake();
        }
        Err(error) => tracing::warn!(%error, "scheduled mails could not be recovered yet"),
    }
}

async fn recover(jobs: &Arc<Jobs>) -> store::Result<usize> {
    let mut mails = 0;
    for (owner, until) in jobs.parts.store.lease_owners().await? {
        let now = jobs.now();
        let life = jobs.owner.life(owner);
        let before = match life {
            _ if owner == jobs.owner.id() => continue,
            Life::Dead => Millis::MAX,
            // Whoever hangs loses its leases too, and finds out before anything leaves.
            Life::Alive | Life::Unknown if until < now => now,
            Life::Alive | Life::Unknown => continue,
        };
        loop {
            let rows = jobs.parts.store.leased_by(owner, before, BATCH).await?;
            let mut recovered = 0;
            for row in &rows {
                recovered += usize::from(one(jobs, row.id, owner, life == Life::Dead).await);
            }
            mails += recovered;
            if recovered == 0 {
                break;
            }
        }
    }
    for owner in jobs.owner.dead() {
        // The engine of reminders has its files here, too: without one nobody would know that it is dead.
        let store = &jobs.parts.store;
        let left = store.leased_by(owner, Millis::MAX, 1).await?.len() + store.reminders_of(owner, Millis::MAX, 1).await?.len();
        if left == 0 {
            jobs.owner.bury(owner);
        }
    }
    Ok(mails)
}

/// Recovers one row that `owner` held. `dead`: it does certainly not work on it any more.
pub(super) async fn one(jobs: &Arc<Jobs>, id: Uuid, owner: Uuid, dead: bool) -> bool {
    let now = jobs.now();
    let done = jobs
        .change(id, move |row| {
            let held = row.lease.is_some_and(|lease| lease.owner == owner);
            if held { fate::recovered(row, dead, now) } else { None }
        })
        .await;
    match done {
        Ok(applied) => applied.is_some(),
        Err(error) => {
            tracing::warn!(%error, scheduled = %id, "a scheduled mail could not be recovered yet");
            false
        }
    }
}

/// Gives a row back that nothing was done with: the backend stops.
pub(super) async fn give_back(jobs: &Jobs, row: &Row) {
    let Some(lease) = row.lease else { return };
    let due = row.due_at.unwrap_or_else(|| jobs.now());
    jobs.settle(row.id, lease, move |mut row| match row.state {
        ScheduledState::Leased => Some(Next::new(fate::waits(row, due)).line(words::nothing_left())),
        ScheduledState::Unclear => {
            row.due_at = Some(due);
            row.release();
            Some(Next::new(row).silent())
        }
        _ => None,
    })
    .await;
}
