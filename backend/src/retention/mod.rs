//! How long things are kept, and what takes them away when that is over.
//!
//! [`rules`] is the one list: what, for how many days, how what is too old is found. The job, `waxwing purge` and the table in
//! docs/PRIVACY.md follow from it.
//!
//! What must hold: nothing is kept longer than its rule says, whatever the operator set; nothing goes on the word of a clock that was
//! just set ([`Clock`]); each transaction takes a bounded number of rows, so that hits are written between two of them.

pub mod periods;
pub mod rules;
pub(crate) mod set_aside;

use std::path::Path;

use waxwing_protocol::Millis;

use crate::hits::shorten;
use crate::store::sql::AssertSqlSafe;
use crate::store::{Result, Store, StoreError, sql};
use periods::Periods;
use rules::{How, RULES, Rows, Rule};

/// Rows of one transaction.
pub const BATCH: i64 = 1_000;
/// Transactions of one rule in one round: the rest is the next one's.
const BATCHES: usize = 50;
/// Rounds that the clock must have gone steadily before it is believed: ten minutes.
const STEADY: u32 = 10;
/// The most that a clock goes from one round to the next, in milliseconds.
const STEP: Millis = 10 * 60 * 1_000;
/// A day in milliseconds.
pub const DAY: Millis = 24 * 60 * 60 * 1_000;

/// Whether the clock can be believed: it went on as a clock does, for long enough.
#[derive(Debug, Default)]
pub struct Clock {
    before: Option<Millis>,
    steady: u32,
}

impl Clock {
    /// Told of each round, about a minute after the last; whether what is old by it may go.
    pub fn believes(&mut self, now: Millis) -> bool {
        let step = self.before.map(|before| now.saturating_sub(before));
        self.steady = match step {
            Some(0..=STEP) => self.steady.saturating_add(1),
            _ => 0,
        };
        self.before = Some(now);
        self.steady >= STEADY
    }
}

/// What a rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Went {
    /// Which.
    pub rule: &'static Rule,
    /// Rows, hits or files.
    pub count: u64,
}

/// Takes away what is too old at `now`, by every rule, as much as one round may. What fails is told at the end, after the others.
pub async fn purge(store: &Store, data_dir: &Path, periods: &Periods, now: Millis) -> Result<Vec<Went>> {
    let mut failed = None;
    let mut went = Vec::with_capacity(RULES.len());
    for rule in RULES {
        match purge_by(store, data_dir, rule, now.saturating_sub(periods.of(rule)), now).await {
            Ok(count) => went.push(Went { rule, count }),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(went), Err)
}

async fn purge_by(store: &Store, data_dir: &Path, rule: &Rule, before: Millis, now: Millis) -> Result<u64> {
    match rule.how {
        How::Rows(all) => {
            let mut gone = 0;
            for rows in all.iter().filter(|rows| rows.only.is_none_or(|only| only == store.kind())) {
                gone += purge_rows(store, rows, old_before(store, rows, before, now).await?).await?;
            }
            Ok(gone)
        }
        How::Addresses => {
            let whole_for = now.saturating_sub(before);
            let hits = shorten::shorten_after(store, now, whole_for, true, BATCHES).await?;
            Ok(hits as u64)
        }
        How::Events => store.prune_events_before(before).await,
        How::Unregistered => store.forget_unregistered(before, now, BATCHES).await,
        How::Own => store.prune_own(before).await,
        How::Waiting => store.forget_waiting(before, now).await,
        How::SetAside => Ok(set_aside::purge(data_dir, before).map_err(|error| failed(&error))?),
    }
}

/// Rows before this instant go: by the clock of the server too, where that wrote them.
async fn old_before(store: &Store, rows: &Rows, before: Millis, now: Millis) -> Result<Millis> {
    let server = if rows.of_server { store.server_clock().await? } else { None };
    Ok(server.map_or(before, |server| before.min(server.saturating_sub(now.saturating_sub(before)))))
}

async fn purge_rows(store: &Store, rows: &Rows, before: Millis) -> Result<u64> {
    let Rows { table, key, old, .. } = rows;
    let mut gone = 0;
    for _ in 0..BATCHES {
        // Whether there is anything is asked beside the writers.
        let any: bool = sql::query_scalar(AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {old})")))
            .bind(before)
            .fetch_one(store.read())
            .await?;
        if !any {
            break;
        }
        let mut tx = store.write().await?;
        let delete = format!("DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {old} LIMIT $2)");
        let done = sql::query(AssertSqlSafe(delete)).bind(before).bind(BATCH).execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        gone += done;
        // The hits that wait for the disk go first.
        tokio::task::yield_now().await;
        if done == 0 {
            break;
        }
    }
    Ok(gone)
}

/// What would go at `now`, and changes nothing.
pub async fn preview(store: &Store, data_dir: &Path, periods: &Periods, now: Millis) -> Result<Vec<Went>> {
    let mut would = Vec::with_capacity(RULES.len());
    for rule in RULES {
        let before = now.saturating_sub(periods.of(rule));
        let count = if rule.how == How::SetAside {
            set_aside::old(data_dir, before).map_err(|error| failed(&error))?.len() as u64
        } else {
            let mut count = 0;
            for rows in rule.counted().iter().filter(|rows| rows.only.is_none_or(|only| only == store.kind())) {
                let Rows { table, old, .. } = rows;
                let before = old_before(store, rows, before, now).await?;
                count += sql::query_scalar::<u64>(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table} WHERE {old}")))
                    .bind(before)
                    .fetch_one(store.read())
                    .await?;
            }
            count
        };
        would.push(Went { rule, count });
    }
    Ok(would)
}

fn failed(error: &std::io::Error) -> StoreError {
    StoreError::Failed(format!("files that were set aside: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_334_400_000;
    const MINUTE: Millis = 60_000;

    fn after(steps: &[Millis]) -> bool {
        let (mut clock, mut now, mut believed) = (Clock::default(), NOW, false);
        for step in steps {
            now += step;
            believed = clock.believes(now);
        }
        believed
    }

    #[test]
    fn a_clock_that_was_set_is_not_believed_at_once() {
        assert!(!after(&[]));
        assert!(!after(&[MINUTE; 10]), "the first tells nothing");
        assert!(after(&[MINUTE; 11]));
        assert!(after(&[0; 11]));
        for jump in [40 * DAY, -MINUTE, -1, 11 * MINUTE] {
            let mut steps = vec![MINUTE; 20];
            steps.push(jump);
            assert!(!after(&steps), "{jump}");
            steps.extend([MINUTE; 9]);
            assert!(!after(&steps), "{jump}");
            steps.push(MINUTE);
            assert!(after(&steps), "{jump}");
        }
    }
}
