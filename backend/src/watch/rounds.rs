//! Which mailbox is looked at when: woken by it where it can wake us, and every so often otherwise.
//!
//! What must hold: one task for all; looks at different mailboxes are spread over time and bounded in number at once; a wait ends
//! with its mailbox's connection, and all of them with the backend.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::AccessReason;

use super::{NotNow, Outcome, Watch, lock, report};
use crate::app::told_to_stop;
use crate::mailbox::Purpose;
use crate::mailbox::gmail::push::{self, Push};
use crate::mailbox::watching::{Mark, Woken};
use crate::store;
use crate::store::waiting::ways::Way;

/// A mailbox that cannot wake us is looked at so often.
const EVERY: Millis = 45_000;
/// One that can, too: a wait may have been lost without a word.
const EVERY_WOKEN: Millis = 5 * 60_000;
/// One that cannot be watched at all is tried again.
const EVERY_REFUSED: Millis = 60 * 60_000;
/// The longest pause after trouble.
const LONGEST: Millis = 15 * 60_000;
/// The clock is read so often.
const TICK: Duration = Duration::from_secs(1);
/// Which mailboxes there are is read so often, whatever is told: in ticks.
const LIST_EVERY: u32 = 30;
/// Looks at once.
const MOST_AT_ONCE: usize = 24;
/// With more mailboxes than that the first looks are spread.
const FEW: usize = 20;
/// A wait begins so long after a look: whatever wakes us time and again wakes us once a moment.
const MOMENT: Duration = Duration::from_millis(500);
/// What cannot wake us says so sooner.
const HOLDS: Duration = Duration::from_secs(5);
/// What is looked for in vain has its pauses; whatever is still due is looked for a moment later.
const SOON: Millis = 1_000;
/// After a wait that failed.
const AGAIN: Millis = 2_000;
/// How long looks that are under way may take when the backend stops.
const LAST_LOOKS: Duration = Duration::from_secs(5);

/// A mailbox's turn.
#[derive(Debug)]
struct Turn {
    next_at: Millis,
    /// When it was looked at last.
    looked_at: Millis,
    failures: u8,
    looking: bool,
    idle: Idle,
    /// It could wake us, and something that is not its fault keeps it from that.
    is_kept: bool,
}

/// Whether a mailbox wakes us.
#[derive(Debug)]
enum Idle {
    /// Not now; not before this instant.
    Off(Millis),
    /// It does; once the wait has held for a moment that is sure.
    On(AbortHandle, Arc<AtomicBool>),
    /// It cannot.
    Never,
}

impl Turn {
    fn new(next_at: Millis) -> Self {
        Self { next_at, looked_at: 0, failures: 0, looking: false, idle: Idle::Off(0), is_kept: false }
    }

    fn set_back(&mut self, by: Millis, now: Millis) {
        // While it is looked at nothing is planned.
        if self.next_at < Millis::MAX {
            self.next_at = self.next_at.saturating_sub(by);
        }
        self.looked_at = self.looked_at.min(now);
        if let Idle::Off(from) = &mut self.idle {
            *from = from.saturating_sub(by);
        }
    }

    fn end_wait(&mut self) {
        if let Idle::On(wait, _) = std::mem::replace(&mut self.idle, Idle::Off(0)) {
            wait.abort();
        }
    }
}

/// What tasks come back with.
enum Ended {
    Look(Uuid, Outcome),
    Wait(Uuid, Result<Woken, ()>),
}

/// Watches until `stop`.
pub async fn run(watch: Arc<Watch>, mut stop: watch::Receiver<bool>) {
    let google = Arc::clone(&watch.parts.mailboxes.options().google);
    let (clock, pulling) = (Arc::clone(&watch.parts.clock), stop.clone());
    let pulling = tokio::spawn(async move { push::run(&google, clock.as_ref(), pulling).await });
    let mut rounds =
        Rounds { watch, turns: HashMap::new(), tasks: JoinSet::new(), looks: 0, ways: HashMap::new(), clock: Millis::MIN };
    let mut back = rounds.watch.parts.mailboxes.back();
    rounds.watch.adopt().await;
    let mut ticks = LIST_EVERY;
    while !*stop.borrow() {
        if ticks >= LIST_EVERY {
            ticks = 0;
            if let Err(error) = rounds.list().await {
                tracing::warn!(%error, "which mailboxes are to be watched could not be read yet");
            }
            if let Err(error) = rounds.write_ways().await {
                tracing::warn!(%error, "how mailboxes are watched could not be written down yet");
            }
        }
        rounds.begin();
        let (watch, pause) = (Arc::clone(&rounds.watch), rounds.pause());
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            () = watch.wake.notified() => ticks = LIST_EVERY,
            changed = back.changed() => {
                ticks = LIST_EVERY;
                rounds.forgive();
                if changed.is_err() {
                    break;
                }
            }
            Some(done) = rounds.tasks.join_next(), if !rounds.tasks.is_empty() => {
                // A wait that was ended is no error.
                if let Ok(ended) = done {
                    rounds.ended(ended);
                }
            }
            () = sleep(pause) => ticks += 1,
        }
    }
    rounds.finish().await;
    // It was told to stop, too, or nobody is left who could: it holds nothing that has to be kept.
    pulling.abort();
}

struct Rounds {
    watch: Arc<Watch>,
    turns: HashMap<Uuid, Turn>,
    tasks: JoinSet<Ended>,
    looks: usize,
    /// How each is watched, as it was written down.
    ways: HashMap<Uuid, Way>,
    /// What the clock said last.
    clock: Millis,
}

impl Rounds {
    /// Which mailboxes there are, and when they are due.
    async fn list(&mut self) -> store::Result<()> {
        let soon = std::mem::take(&mut *lock(&self.watch.soon));
        let (store, closed) = (&self.watch.parts.store, &self.watch.parts.gate.closed);
        let all = store.mailboxes_to_watch().await?.into_iter();
        let mailboxes: HashSet<Uuid> = all.filter(|(_, account)| !closed.contains(*account)).map(|(id, _)| id).collect();
        let now = self.watch.now();
        let gone: Vec<Uuid> = self.turns.keys().copied().filter(|id| !mailboxes.contains(id)).collect();
        for id in gone {
            if let Some(mut turn) = self.turns.remove(&id) {
                turn.end_wait();
            }
            self.ways.remove(&id);
            self.watch.forget(id);
        }
        let is_first = self.turns.is_empty() && mailboxes.len() > FEW;
        for id in mailboxes {
            let first_at = if is_first { now.saturating_add(spread(id)) } else { now };
            let turn = self.turns.entry(id).or_insert_with(|| Turn::new(first_at));
            if soon.contains(&id) {
                turn.next_at = turn.next_at.min(now);
                // Connected anew, perhaps: what it could and waited with is the old one's.
                if matches!(turn.idle, Idle::Never) {
                    turn.idle = Idle::Off(0);
                }
            }
        }
        for (id, find_at) in store.waiting_to_find().await? {
            if let Some(turn) = self.turns.get_mut(&id).filter(|turn| turn.failures == 0) {
                turn.next_at = turn.next_at.min(find_at);
            }
        }
        Ok(())
    }

    /// Writes down how mailboxes are watched, where that is another way than before.
    async fn write_ways(&mut self) -> store::Result<()> {
        let trouble = self.watch.parts.mailboxes.options().google.push.as_ref().and_then(Push::trouble);
        let trouble = trouble.map(|trouble| trouble.to_string());
        let mut new = Vec::new();
        for (&id, turn) in &self.turns {
            let woken = match turn.idle {
                Idle::On(_, ref holds) if holds.load(Ordering::Relaxed) => true,
                // Between two waits, or nobody knows yet.
                Idle::On(..) | Idle::Off(0) => continue,
                Idle::Never | Idle::Off(_) => false,
            };
            let way = Way { woken, trouble: trouble.clone().filter(|_| turn.is_kept && !woken) };
            if self.ways.get(&id) != Some(&way) {
                new.push((id, way));
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        self.watch.parts.store.set_watch_ways(&new, self.watch.now()).await?;
        self.ways.extend(new);
        Ok(())
    }

    /// A clock that was set back takes all that is planned along: what was due in a minute is due in a minute.
    fn follow_the_clock(&mut self) {
        let now = self.watch.now();
        let back = self.clock.saturating_sub(now);
        if self.clock > now {
            for turn in self.turns.values_mut() {
                turn.set_back(back, now);
            }
        }
        self.clock = now;
    }

    /// Looks at those that are due.
    fn begin(&mut self) {
        self.follow_the_clock();
        let now = self.watch.now();
        for (&id, turn) in &mut self.turns {
            if self.looks >= MOST_AT_ONCE {
                break;
            }
            if turn.looking || turn.next_at > now {
                continue;
            }
            turn.looking = true;
            // What is asked for from now on is another look.
            turn.next_at = Millis::MAX;
            self.looks += 1;
            let watch = Arc::clone(&self.watch);
            self.tasks.spawn(async move { Ended::Look(id, watch.look(id).await) });
        }
    }

    /// How long nothing is due.
    fn pause(&self) -> Duration {
        let now = self.watch.now();
        // Those beyond the most at once begin when others end.
        let due = self.turns.values().filter(|turn| !turn.looking && turn.next_at > now).map(|turn| turn.next_at).min();
        let until = due.map_or(u64::MAX, |due| u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        TICK.min(Duration::from_millis(until.max(1)))
    }

    /// A mailbox may work again.
    fn forgive(&mut self) {
        let now = self.watch.now();
        for turn in self.turns.values_mut().filter(|turn| turn.failures > 0) {
            turn.failures = 0;
            turn.next_at = now;
        }
    }

    fn ended(&mut self, ended: Ended) {
        let now = self.watch.now();
        match ended {
            Ended::Look(id, outcome) => {
                self.looks = self.looks.saturating_sub(1);
                let Some(turn) = self.turns.get_mut(&id) else { return };
                turn.looking = false;
                turn.looked_at = now;
                match outcome.result {
                    Ok(looked) => {
                        turn.failures = 0;
                        if let (Some(mark), Idle::Off(from)) = (looked.mark, &turn.idle)
                            && *from <= now
                        {
                            let holds = Arc::new(AtomicBool::new(false));
                            let wait = self.tasks.spawn(wait(Arc::clone(&self.watch), id, mark, Arc::clone(&holds)));
                            turn.idle = Idle::On(wait, holds);
                            turn.is_kept = false;
                        }
                        let every = if matches!(turn.idle, Idle::On(..)) { EVERY_WOKEN } else { EVERY };
                        let soon = now.saturating_add(SOON);
                        let next_at = looked.find_at.map_or(Millis::MAX, |at| at.max(soon));
                        let next_at = if looked.more { soon } else { next_at };
                        turn.next_at = turn.next_at.min(now.saturating_add(every)).min(next_at);
                    }
                    Err(error) => {
                        turn.end_wait();
                        turn.failures = turn.failures.saturating_add(1);
                        let asked = outcome.retry_after.map_or(0, |seconds| Millis::from(seconds).saturating_mul(1_000));
                        turn.next_at = now.saturating_add(pause_after(&error, turn.failures).max(asked.min(LONGEST)));
                    }
                }
            }
            Ended::Wait(id, woken) => {
                let Some(turn) = self.turns.get_mut(&id) else { return };
                match woken {
                    Ok(Woken::News) => {
                        turn.idle = Idle::Off(0);
                        turn.next_at = now;
                    }
                    Ok(Woken::Later) => {
                        turn.is_kept = true;
                        turn.idle = Idle::Off(now.saturating_add(EVERY));
                        turn.next_at = turn.next_at.min(turn.looked_at.saturating_add(EVERY));
                    }
                    Ok(Woken::Never) => {
                        turn.idle = Idle::Never;
                        turn.next_at = turn.next_at.min(turn.looked_at.saturating_add(EVERY));
                    }
                    Err(()) => {
                        turn.idle = Idle::Off(now.saturating_add(EVERY));
                        turn.next_at = turn.next_at.min(now.saturating_add(AGAIN));
                    }
                }
            }
        }
    }

    /// Waits end at once; a look that is under way may come to its end.
    async fn finish(mut self) {
        for turn in self.turns.values_mut() {
            turn.end_wait();
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(LAST_LOOKS, all).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Waits until a mailbox wakes us.
async fn wait(watch: Arc<Watch>, id: Uuid, mark: Mark, holds: Arc<AtomicBool>) -> Ended {
    sleep(MOMENT).await;
    let Ok(mailbox) = watch.parts.mailboxes.get(id).await else { return Ended::Wait(id, Err(())) };
    let purpose = Purpose { reason: AccessReason::Watching, scheduled: None, waiting: None };
    let ledger = watch.parts.mailboxes.ledger(id, purpose);
    let mut waiting = mailbox.wait_for_news(&mark, &ledger);
    let woken = tokio::select! {
        woken = &mut waiting => woken,
        () = sleep(HOLDS) => {
            holds.store(true, Ordering::Relaxed);
            waiting.await
        }
    };
    if let Err(error) = &woken {
        report(&watch.parts, id, Some(error)).await;
    }
    Ended::Wait(id, woken.map_err(drop))
}

/// Failures in a row cost more and more time.
fn pause_after(error: &NotNow, failures: u8) -> Millis {
    match error {
        // The list has it again when it was signed in to or connected.
        NotNow::Gone | NotNow::SignIn(_) => LONGEST,
        NotNow::Mailbox(waxwing_protocol::api::Trouble::NotOffered) => EVERY_REFUSED,
        NotNow::Mailbox(_) | NotNow::Store(_) => {
            EVERY.saturating_mul(1 << u32::from(failures.saturating_sub(1)).min(10)).min(LONGEST)
        }
    }
}

/// When a mailbox has its first turn, where there are many.
fn spread(id: Uuid) -> Millis {
    Millis::try_from(id.as_u128() % 45_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::Trouble;

    use super::*;

    #[test]
    fn trouble_costs_more_and_more_time() {
        let error = NotNow::Mailbox(Trouble::Unreachable);
        let pauses: Vec<Millis> = [1, 2, 3, 6, u8::MAX].into_iter().map(|failures| pause_after(&error, failures)).collect();
        assert_eq!(pauses, [EVERY, 2 * EVERY, 4 * EVERY, LONGEST, LONGEST]);
        assert!((0..1_000).all(|n| (0..EVERY).contains(&spread(Uuid::from_u64_pair(n, n * 7)))));
    }
}
