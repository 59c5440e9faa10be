//! Judging again, in the background, what was judged by older knowledge: after newer lists or rules, after a correction that
//! covers hits like one, and after an upgrade from a version without verdicts.
//!
//! What must hold:
//! - Where it stands is in the database, in each message's `activity.judged`: however often it is cut short, it goes on.
//! - Hits never wait for it: its transactions are short, and it rests between them.
//! - A message that cannot be judged holds up no other.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};

use super::judging::Judging;
use crate::app::told_to_stop;
use crate::store::knowledge::Outdated;
use crate::store::{Result, Store, StoreError};

/// Messages of a batch.
const BATCH: i64 = 100;
/// Between two batches.
const REST: Duration = Duration::from_millis(2);
/// Messages that one transaction marks.
const MARK: i64 = 2_000;
/// How often it looks without being told, and how soon it tries again what failed.
const AGAIN: Duration = Duration::from_mins(1);
/// How often it tries to free a rule that was taken back from its last hits, before it rests.
const TRIES: u32 = 3;
/// How often a long run says how far it is, in milliseconds.
const REPORT: u64 = 10_000;
/// A run of fewer messages is nothing to tell the operator.
const LONG: u64 = 1_000;

/// Wakes the re-scoring.
#[derive(Debug, Default)]
pub struct Rescoring(Notify);

impl Rescoring {
    /// Has it look for what is to be judged again: call it after a commit that added a rule or took one back, or when there is
    /// newer knowledge.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// Judges again whenever there is reason to, until `stop`.
pub async fn run(judging: Arc<Judging>, rescoring: Arc<Rescoring>, mut stop: watch::Receiver<bool>) {
    loop {
        // First thing after the start too: it may have been cut short.
        if let Err(error) = all(&judging, &rescoring, &stop).await {
            tracing::warn!(%error, "hits could not be judged again yet");
        }
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            () = rescoring.0.notified() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

/// Judges all that is to be judged again, the messages of new rules first.
async fn all(judging: &Judging, rescoring: &Rescoring, stop: &watch::Receiver<bool>) -> Result<()> {
    let store = &judging.store;
    let mut tries = TRIES;
    loop {
        mark_rules(store, stop).await?;
        if judge_outdated(judging, rescoring, stop).await? == Ended::Early {
            if *stop.borrow() {
                return Ok(());
            }
            continue;
        }
        let mut left = false;
        for rule in store.removed_rules().await? {
            if !store.forget_rule(rule).await? {
                // A judgement that was being made while it was taken back.
                left |= mark_under(store, rule, stop).await?;
            }
        }
        tries -= 1;
        if !left || tries == 0 || *stop.borrow() {
            return Ok(());
        }
    }
}

/// Marks the messages that new rules, or rules that were taken back, may change.
async fn mark_rules(store: &Store, stop: &watch::Receiver<bool>) -> Result<()> {
    for rule in store.unmarked_rules().await? {
        if rule.removed {
            mark_under(store, rule.id, stop).await?;
        } else {
            let mut behind = None;
            loop {
                behind = store.mark_domain(rule.account, &rule.domain, behind, MARK).await?;
                if behind.is_none() {
                    break;
                }
                if *stop.borrow() {
                    return Ok(());
                }
                tokio::time::sleep(REST).await;
            }
        }
        if *stop.borrow() {
            return Ok(());
        }
        store.rule_marked(&rule).await?;
    }
    Ok(())
}

/// Marks the messages that have hits under a rule; true when there were any.
async fn mark_under(store: &Store, rule: i64, stop: &watch::Receiver<bool>) -> Result<bool> {
    let mut behind = None;
    loop {
        let next = store.mark_under(rule, behind, MARK).await?;
        if next.is_none() || *stop.borrow() {
            return Ok(behind.is_some());
        }
        behind = next;
        tokio::time::sleep(REST).await;
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Everything was judged, or cannot be.
    Whole,
    /// There is something new to mark, or it is time to stop.
    Early,
}

async fn judge_outdated(judging: &Judging, rescoring: &Rescoring, stop: &watch::Receiver<bool>) -> Result<Ended> {
    let mut behind = None;
    let mut run: Option<Run> = None;
    loop {
        let batch = judging.store.outdated(limit(judging), behind, BATCH).await?;
        let Some(last) = batch.last().copied() else {
            if let Some(run) = run {
                run.end();
            }
            return Ok(Ended::Whole);
        };
        if run.is_none() {
            run = Some(Run::start(judging).await?);
        }
        judge(judging, &batch).await?;
        behind = Some(last);
        if let Some(run) = &mut run {
            run.went(batch.len(), judging);
        }
        if *stop.borrow() || rescoring.0.notified().now_or_never().is_some() {
            return Ok(Ended::Early);
        }
        tokio::time::sleep(REST).await;
    }
}

/// Messages that were judged by less than this are judged again. While the stored lists cannot be read that are only those
/// that must be in any case.
fn limit(judging: &Judging) -> i64 {
    let knowledge = judging.knowledge.current();
    if knowledge.whole { knowledge.number } else { 1 }
}

async fn judge(judging: &Judging, batch: &[Outdated]) -> Result<()> {
    let keys: Vec<_> = batch.iter().map(|outdated| outdated.key).collect();
    match judging.judge(&keys).await {
        Err(StoreError::Failed(_) | StoreError::Value(_)) => {}
        done => return done,
    }
    for key in keys {
        match judging.judge(&[key]).await {
            Err(StoreError::Failed(error) | StoreError::Value(error)) => {
                tracing::warn!(message = %key.0, error, "a message cannot be judged");
            }
            done => done?,
        }
    }
    Ok(())
}

/// Tells the operator of a long run.
struct Run {
    done: u64,
    total: u64,
    told_at: i64,
}

impl Run {
    async fn start(judging: &Judging) -> Result<Self> {
        let total = judging.store.count_outdated(limit(judging)).await?;
        if total >= LONG {
            tracing::info!(messages = total, "hits are judged again by newer rules or lists, in the background");
        }
        Ok(Self { done: 0, total, told_at: judging.clock.now() })
    }

    fn went(&mut self, messages: usize, judging: &Judging) {
        self.done += u64::try_from(messages).unwrap_or_default();
        let now = judging.clock.now();
        if now.abs_diff(self.told_at) >= REPORT {
            self.told_at = now;
            tracing::info!(done = self.done, of = self.total, "judging again");
        }
    }

    fn end(self) {
        if self.total >= LONG {
            tracing::info!(messages = self.done, "hits are judged again");
        } else {
            tracing::debug!(messages = self.done, "hits are judged again");
        }
    }
}
