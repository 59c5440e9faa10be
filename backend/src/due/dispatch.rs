//! Takes what is due and hands it out.
//!
//! What must hold: what waits costs nothing. One instant in memory says when the database has to be asked; the clock is read
//! every second at least, so that a step of it is noticed; a look at the database every half minute finds what another process
//! wrote.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::hands::InHand;
use super::{AGAIN, Batch, Kind, LEASE, Taken, recover};
use crate::app::told_to_stop;
use crate::store;
use crate::store::leases::Taking;

/// The clock is read so often.
const TICK: Duration = Duration::from_secs(1);
/// The database is asked so often, whatever is known: in ticks.
const LOOK_EVERY: u32 = 30;
/// The most rows of one transaction.
const BATCH: usize = 200;

/// What is being worked on: whose task, which row, of which mailbox.
struct Tasks<K: Kind> {
    set: JoinSet<()>,
    of: HashMap<Id, (K::Key, Option<Uuid>)>,
}

/// Until `stop`; then what is taken is given back, and what is under way ends.
pub(super) async fn run<K: Kind>(kind: &Arc<K>, mut stop: watch::Receiver<bool>) {
    let engine = kind.engine();
    let mut tasks = Tasks { set: JoinSet::new(), of: HashMap::new() };
    let (mut known, mut ticks): (Known, u32) = (Known::default(), 0);
    while !*stop.borrow() {
        if known.look || ticks >= LOOK_EVERY || known.next.is_some_and(|next| next <= kind.now()) {
            ticks = 0;
            known = match round(kind, &mut tasks).await {
                Ok(known) => known,
                Err(error) => {
                    tracing::warn!(%error, "{} could not be taken yet", K::WHAT);
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        () = told_to_stop(&mut stop) => break,
                    }
                    Known::default()
                }
            };
            continue;
        }
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            () = engine.wake.notified() => known.look = true,
            Some(done) = tasks.set.join_next_with_id(), if !tasks.set.is_empty() => {
                // Its row may be due again, and was leased when this was last looked for.
                known.look |= ended(kind, &mut tasks.of, done).await && (known.more || tasks.set.is_empty());
            }
            () = tokio::time::sleep(wait(known.next, kind.now())) => {
                ticks += 1;
                known.look |= known.more;
            }
        }
    }
    finish(kind, tasks).await;
}

/// What is known of the rows.
#[derive(Debug)]
struct Known {
    /// When something is due next.
    next: Option<Millis>,
    /// More is due than could be taken.
    more: bool,
    /// Look now.
    look: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { next: None, more: false, look: true }
    }
}

fn wait(next: Option<Millis>, now: Millis) -> Duration {
    let until = next.map_or(u64::MAX, |next| u64::try_from(next.saturating_sub(now)).unwrap_or(0));
    TICK.min(Duration::from_millis(until.max(1)))
}

/// Takes as much as there is room for.
async fn round<K: Kind>(kind: &Arc<K>, tasks: &mut Tasks<K>) -> store::Result<Known> {
    let engine = kind.engine();
    let room = engine.hands.room();
    if room == 0 {
        return Ok(Known { next: None, more: true, look: false });
    }
    let (now, busy) = (kind.now(), engine.hands.busy());
    // Most looks find nothing: they do not write.
    let next = kind.store().next_unleased(K::LEASES).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Known { next, more: false, look: false });
    }
    let limit = i64::try_from(room.min(BATCH)).unwrap_or(i64::MAX);
    let (owner, until) = (engine.owner.id(), now.saturating_add(LEASE));
    let Batch { taken, full, moved } = kind.take(&Taking { owner, now, until, limit, busy: &busy }).await?;
    let none = taken.is_empty() && !moved;
    for Taken { work, key, due, mailbox, imap, size } in taken {
        let hand = engine.hands.take(mailbox, imap, size);
        let task = tasks.set.spawn(in_turn(Arc::clone(kind), work, due, hand));
        tasks.of.insert(task.id(), (key, mailbox));
    }
    let next = kind.store().next_unleased(K::LEASES).await?;
    // What is due and was not taken is of busy mailboxes: they say when they have room again.
    let next = if none { next.filter(|next| *next > now) } else { next };
    Ok(Known { next, more: full || none || !busy.is_empty(), look: false })
}

/// One row, when its turn comes.
async fn in_turn<K: Kind>(kind: Arc<K>, work: K::Work, due: Option<Millis>, hand: InHand) {
    match hand.turn().await {
        None => kind.give_back(work).await,
        Some(_turn) => {
            if let Some(due) = due {
                kind.engine().lateness.note(due, kind.now());
            }
            K::work(kind, work).await;
        }
    }
}

/// A row is done with; whether there is room for a good number of others.
async fn ended<K: Kind>(
    kind: &Arc<K>,
    of: &mut HashMap<Id, (K::Key, Option<Uuid>)>,
    done: Result<(Id, ()), JoinError>,
) -> bool {
    let id = match &done {
        Ok((id, ())) => *id,
        Err(error) => error.id(),
    };
    let Some((key, mailbox)) = of.remove(&id) else { return true };
    if done.is_err() {
        tracing::error!(row = %K::id(key), "the task of one of the {} ended as it should not; it is recovered", K::WHAT);
        recover::one(kind, key, kind.engine().owner.id(), true).await;
    }
    kind.engine().hands.has_room_again(mailbox)
}

/// Nothing new is begun; what is under way is waited for.
async fn finish<K: Kind>(kind: &Arc<K>, mut tasks: Tasks<K>) {
    kind.engine().stopping.send_replace(true);
    kind.engine().hands.close();
    let all = async {
        while let Some(done) = tasks.set.join_next_with_id().await {
            ended(kind, &mut tasks.of, done).await;
        }
    };
    if timeout(K::LAST_CALLS, all).await.is_err() {
        tracing::warn!(rows = tasks.set.len(), "{} are still under way; the next start looks what became of them", K::WHAT);
        tasks.set.shutdown().await;
    }
}
