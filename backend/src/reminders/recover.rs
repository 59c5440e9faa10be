//! Leases of engines that are dead, or that have not renewed them in time.
//!
//! What must hold: a note that may have been put is put again under the same id, and not before what was on its way has had time to
//! arrive.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::{Key, Reminders, fate};
use crate::jobs::owner::Life;
use crate::store;
use crate::store::reminders::Row;

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Recovers what the dead held.
pub(super) async fn dead(reminders: &Arc<Reminders>) {
    match recover(reminders).await {
        Ok(0) => {}
        Ok(count) => {
            tracing::info!(reminders = count, "reminders of a backend that stopped in the middle were recovered");
            reminders.wake();
        }
        Err(error) => tracing::warn!(%error, "reminders could not be recovered yet"),
    }
}

async fn recover(reminders: &Arc<Reminders>) -> store::Result<usize> {
    let store = &reminders.parts.store;
    let mut count = 0;
    for (owner, until) in store.reminder_owners().await? {
        let now = reminders.now();
        let before = match reminders.owner.life(owner) {
            _ if owner == reminders.owner.id() => continue,
            Life::Dead => Millis::MAX,
            // Whoever hangs loses its leases too.
            Life::Alive | Life::Unknown if until < now => now,
            Life::Alive | Life::Unknown => continue,
        };
        loop {
            let mut recovered = 0;
            for row in &store.reminders_of(owner, before, BATCH).await? {
                recovered += usize::from(one(reminders, (row.account, row.id), owner).await);
            }
            count += recovered;
            if recovered == 0 {
                break;
            }
        }
    }
    for owner in reminders.owner.dead() {
        // The other engine's leases are looked after by itself.
        let left = store.reminders_of(owner, Millis::MAX, 1).await?.len() + store.leased_by(owner, Millis::MAX, 1).await?.len();
        if left == 0 {
            reminders.owner.bury(owner);
        }
    }
    Ok(count)
}

/// Recovers one row that `owner` held.
pub(super) async fn one(reminders: &Arc<Reminders>, key: Key, owner: Uuid) -> bool {
    let now = reminders.now();
    let decide = move |row: Row| {
        let held = row.lease.is_some_and(|lease| lease.owner == owner);
        held.then(|| fate::recovered(row, now))
    };
    match reminders.change(key, decide).await {
        Ok(applied) => applied.is_some(),
        Err(error) => {
            tracing::warn!(%error, reminder = %key.1, "a reminder could not be recovered yet");
            false
        }
    }
}

/// Gives a row back that nothing was done with: the backend stops.
pub(super) async fn give_back(reminders: &Reminders, row: &Row) {
    let Some(lease) = row.lease else { return };
    let now = reminders.now();
    reminders.settle((row.account, row.id), lease, move |row| Some(fate::given_back(row, now))).await;
}
