//! Judges messages when they are due: their hits settle, or something that verdicts rest on has changed.
//!
//! What must hold: what is due stands in the database, so that a crash or a stop puts nothing off for good; a message that
//! cannot be judged keeps no other from it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use waxwing_protocol::Millis;

use super::judging::Judging;
use crate::app::told_to_stop;
use crate::store::rollup::Key;
use crate::store::{Result, StoreError, judged};

/// The most messages that are looked up at once.
const BATCH: i64 = 200;
/// The clock may be set: the time is looked at again at least this often.
const LOOK: Duration = Duration::from_mins(1);
/// Between two batches, so that a crowd of changes is judged together.
const PAUSE: Duration = Duration::from_millis(20);
/// After the database refused.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// A message that cannot be judged is tried again after this long, in milliseconds.
const AFTER_DAMAGE: Millis = 60 * 60 * 1000;

/// Judges what is due, until `stop`. What is due then is judged after the next start.
pub async fn run(judging: Arc<Judging>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let pause = match all(&judging, &stop).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "hits could not be judged yet");
                PAUSE_AFTER_FAILURE
            }
        };
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            () = tokio::time::sleep(pause) => {}
            () = judging.due.notified() => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Judges all that is due; gives how long until something else is.
async fn all(judging: &Judging, stop: &watch::Receiver<bool>) -> Result<Duration> {
    while !*stop.borrow() {
        let now = judging.clock.now();
        let due = judging.store.due(now, BATCH).await?;
        if due.is_empty() {
            let next = judging.store.next_due().await?;
            let wait = next.map_or(LOOK, |next| Duration::from_millis(next.saturating_sub(now).max(1).unsigned_abs()));
            return Ok(wait.min(LOOK));
        }
        judge(judging, &due, now).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(LOOK)
}

/// Judges them together, or one by one when one of them is damaged.
async fn judge(judging: &Judging, keys: &[Key], now: Millis) -> Result<()> {
    match judging.judge(keys).await {
        Err(StoreError::Failed(_) | StoreError::Value(_)) => {}
        done => return done,
    }
    for key in keys {
        match judging.judge(&[*key]).await {
            Err(StoreError::Failed(why) | StoreError::Value(why)) => {
                tracing::error!(%why, message = %key.0, "a message cannot be judged; tried again in an hour");
                let mut tx = judging.store.write().await?;
                judged::put_off(&mut tx, *key, Some(now.saturating_add(AFTER_DAMAGE))).await?;
                tx.commit().await?;
            }
            done => done?,
        }
    }
    Ok(())
}
