//! Work that one backend does for all: whoever holds its lease. Another one takes it some seconds after the holder is gone.
//!
//! What must hold: the leases' clock is the server's. A backend that cannot renew (it froze, or does not reach the server) goes on
//! believing that it holds them for a while, which is why each transaction of that work asks again
//! ([`Fence`](crate::store::nodes::Fence)).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use waxwing_protocol::Millis;

use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::store::nodes::Fence;
use crate::store::{Result, Store, StoreError, sql};

/// A lease holds so long unless it is renewed.
const LENGTH: Millis = 6_000;
/// How often they are renewed, and looked for.
const BEAT: Duration = Duration::from_millis(1_500);
/// A server that does not answer for so long is asked anew.
const PATIENCE: Duration = Duration::from_secs(5);
/// Leases of mails and reminders go by the backends' clocks: further apart than this they take each other's.
const CLOCKS: u64 = 10_000;

/// The right to do some work alone.
#[derive(Debug)]
pub struct Alone {
    /// `None`: there is nobody else.
    fence: Option<Arc<Fence>>,
    held: watch::Sender<bool>,
}

impl Alone {
    fn new(kind: sql::Kind, name: &'static str) -> Arc<Self> {
        let fence = kind.pick(None, Some(name)).map(|name| Arc::new(Fence::new(name)));
        let held = watch::Sender::new(fence.is_none());
        Arc::new(Self { fence, held })
    }

    /// Whether this backend is the one, as far as it knows.
    pub fn is_held(&self) -> bool {
        *self.held.borrow()
    }

    /// The database for that work: whoever lost the right cannot write there.
    pub fn store(&self, store: &Arc<Store>) -> Arc<Store> {
        match &self.fence {
            Some(fence) => Arc::new(store.fenced(Arc::clone(fence))),
            None => Arc::clone(store),
        }
    }

    fn now_held(&self, number: i64) {
        if let Some(fence) = &self.fence {
            let before = fence.number();
            fence.set(number);
            if (before == 0) != (number == 0) {
                tracing::info!(
                    work = fence.name(),
                    "{}",
                    if number == 0 { "another backend does this now" } else { "this backend does this now" }
                );
            }
        }
        self.held.send_if_modified(|held| std::mem::replace(held, number != 0) != (number != 0));
    }
}

/// All rights.
#[derive(Debug)]
pub struct Leases {
    /// Rolls hits up and judges them.
    pub roll_up: Arc<Alone>,
    /// Watches mailboxes.
    pub watching: Arc<Alone>,
    /// Takes away what has expired, and looks after mails that wait.
    pub upkeep: Arc<Alone>,
}

impl Leases {
    /// None is held yet, where there may be other backends; all of them are where there are not.
    #[must_use]
    pub fn new(kind: sql::Kind) -> Self {
        Self {
            roll_up: Alone::new(kind, "roll-up"),
            watching: Alone::new(kind, "watching"),
            upkeep: Alone::new(kind, "upkeep"),
        }
    }

    fn fences(&self) -> impl Iterator<Item = (&Alone, &Arc<Fence>)> {
        [&self.roll_up, &self.watching, &self.upkeep].into_iter().filter_map(|alone| Some((&**alone, alone.fence.as_ref()?)))
    }

    /// Renews what is held, and takes what nobody holds, until `stop`; then gives all of it back. Stop it after the work.
    pub async fn keep(&self, store: &Store, clock: &dyn Clock, mut stop: watch::Receiver<bool>) {
        if store.kind() == sql::Kind::Sqlite {
            return;
        }
        let mut clocks = Clocks::default();
        loop {
            match timeout(PATIENCE, self.beat(store)).await {
                Ok(Ok(server)) => clocks.compare(server, clock.now()),
                Ok(Err(error)) => tracing::debug!(%error, "leases could not be renewed yet"),
                Err(_) => tracing::debug!("leases could not be renewed yet: the server does not answer"),
            }
            tokio::select! {
                () = sleep(BEAT) => {}
                () = told_to_stop(&mut stop) => break,
            }
        }
        // What cannot be given back runs out.
        let _ = timeout(PATIENCE, self.give_back(store)).await;
    }

    /// Once around; gives the server's clock.
    async fn beat(&self, store: &Store) -> Result<Millis> {
        let (leases, now) = store.leases().await?;
        for (alone, fence) in self.fences() {
            let there = leases.iter().find(|lease| lease.name == fence.name());
            let before = there.map_or(0, |lease| lease.number);
            let mine = fence.number();
            if mine != 0 && (before != mine || !store.renew_lease(fence.name(), mine, LENGTH).await?) {
                alone.now_held(0);
            } else if mine == 0
                && there.is_none_or(|lease| lease.over)
                && let Some(number) = take(store, fence.name(), before).await?
            {
                alone.now_held(number);
            }
        }
        Ok(now)
    }

    async fn give_back(&self, store: &Store) -> Result<()> {
        for (alone, fence) in self.fences() {
            let number = fence.number();
            alone.now_held(0);
            if number != 0 {
                store.give_lease_back(fence.name(), number).await?;
            }
        }
        Ok(())
    }
}

/// Its holder may be in the middle of a transaction, frozen: then it is waited for no longer than for any lock, and tried again.
async fn take(store: &Store, name: &str, before: i64) -> Result<Option<i64>> {
    match store.take_lease(name, before, LENGTH).await {
        Err(StoreError::Unavailable(error)) => {
            tracing::debug!(error, work = name, "a lease that ran out could not be taken yet");
            Ok(None)
        }
        taken => taken,
    }
}

/// Runs `work` whenever this backend is the one to do it, until `stop`. `work` ends when what it is given says so.
pub async fn alone<F: Future<Output = ()>>(
    alone: &Alone,
    mut stop: watch::Receiver<bool>,
    work: impl Fn(watch::Receiver<bool>) -> F,
) {
    let mut held = alone.held.subscribe();
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            there = held.wait_for(|held| *held) => if there.is_err() { return },
        }
        let (end, ending) = watch::channel(false);
        let mut working = std::pin::pin!(work(ending));
        let stopped = tokio::select! {
            () = &mut working => return,
            () = told_to_stop(&mut stop) => true,
            _ = held.wait_for(|held| !*held) => false,
        };
        end.send_replace(true);
        working.await;
        if stopped {
            return;
        }
    }
}

/// [`alone`], as a task of its own.
pub fn spawn<F: Future<Output = ()> + Send>(
    right: &Arc<Alone>,
    stop: &watch::Receiver<bool>,
    work: impl Fn(watch::Receiver<bool>) -> F + Send + Sync + 'static,
) -> JoinHandle<()> {
    let (right, stop) = (Arc::clone(right), stop.clone());
    tokio::spawn(async move { alone(&right, stop, work).await })
}

/// Tells the operator of a clock that is off, once.
#[derive(Debug, Default)]
struct Clocks {
    told: bool,
}

impl Clocks {
    fn compare(&mut self, server: Millis, mine: Millis) {
        let off = server.abs_diff(mine) > CLOCKS;
        if off && !self.told {
            tracing::warn!(
                server_is_ahead_by_ms = server.saturating_sub(mine),
                "the clock of this machine and that of the database's are far apart: set them by NTP, or backends take each other's work"
            );
        }
        self.told = off;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_begins_with_the_lease_and_ends_with_it() {
        let lease = Alone::new(sql::Kind::Postgres, "x");
        let (runs, (stop, stopping)) = (Arc::new(std::sync::Mutex::new(Vec::new())), watch::channel(false));
        let (seen, right) = (Arc::clone(&runs), Arc::clone(&lease));
        let (steps, mut stepped) = tokio::sync::mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            alone(&right, stopping, |mut end| {
                let (seen, steps) = (Arc::clone(&seen), steps.clone());
                async move {
                    seen.lock().unwrap().push("begins");
                    steps.send(()).unwrap();
                    told_to_stop(&mut end).await;
                    seen.lock().unwrap().push("ends");
                    steps.send(()).unwrap();
                }
            })
            .await;
        });
        assert!(!lease.is_held());
        for number in [1, 0, 3] {
            lease.now_held(number);
            stepped.recv().await.unwrap();
        }
        stop.send_replace(true);
        task.await.unwrap();
        assert_eq!(*runs.lock().unwrap(), ["begins", "ends", "begins", "ends"]);
    }

    #[test]
    fn where_there_is_nobody_else_everything_is_held() {
        let leases = Leases::new(sql::Kind::Sqlite);
        assert!(leases.roll_up.is_held() && leases.watching.is_held() && leases.upkeep.is_held());
        assert_eq!(leases.fences().count(), 0);
        let shared = Leases::new(sql::Kind::Postgres);
        assert!(!shared.roll_up.is_held());
        assert_eq!(shared.fences().count(), 3);
    }
}
