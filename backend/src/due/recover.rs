//! Leases of engines that are dead, or that have not renewed them in time.
//!
//! What must hold: nothing is done from here but that rows are given back, each as its kind says. Each row is looked at again while
//! no other write of it can happen: who has taken it meanwhile keeps it.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::Kind;
use super::owner::Life;
use crate::store;

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Recovers what the dead held.
pub(super) async fn dead<K: Kind>(kind: &Arc<K>) {
    match recover(kind).await {
        Ok(0) => {}
        Ok(rows) => {
            tracing::info!(rows, "{} of a backend that stopped in the middle were recovered", K::WHAT);
            kind.engine().wake();
        }
        Err(error) => tracing::warn!(%error, "{} could not be recovered yet", K::WHAT),
    }
}

async fn recover<K: Kind>(kind: &Arc<K>) -> store::Result<usize> {
    let (store, me) = (kind.store(), &kind.engine().owner);
    let mut rows = 0;
    for (owner, until) in store.lease_owners(K::LEASES).await? {
        let now = kind.now();
        let life = me.life(owner);
        let before = match life {
            _ if owner == me.id() => continue,
            Life::Dead => Millis::MAX,
            // Whoever hangs loses its leases too, and finds out before it does anything more.
            Life::Alive | Life::Unknown if until < now => now,
            Life::Alive | Life::Unknown => continue,
        };
        loop {
            let mut recovered = 0;
            for (account, id) in store.leased_by(K::LEASES, owner, before, BATCH).await? {
                recovered += usize::from(one(kind, K::key(account, id), owner, life == Life::Dead).await);
            }
            rows += recovered;
            if recovered == 0 {
                break;
            }
        }
    }
    for owner in me.dead() {
        // Engines of all kinds have their files here: without one nobody would know that it is dead.
        if !store.holds_leases(owner).await? {
            me.bury(owner);
        }
    }
    Ok(rows)
}

/// Recovers one row that `owner` held. `dead`: it does certainly not work on it any more.
pub(super) async fn one<K: Kind>(kind: &Arc<K>, key: K::Key, owner: Uuid, dead: bool) -> bool {
    let now = kind.now();
    let decide = move |row: K::Row| {
        let held = K::lease(&row).is_some_and(|lease| lease.owner == owner);
        if held { K::recovered(row, dead, now) } else { None }
    };
    match kind.engine().change(key, decide).await {
        Ok(applied) => applied.is_some(),
        Err(error) => {
            tracing::warn!(%error, row = %K::id(key), "one of the {} could not be recovered yet", K::WHAT);
            false
        }
    }
}
