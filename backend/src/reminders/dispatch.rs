//! Takes what is due and hands it out.
//!
//! What must hold: what waits costs nothing. One instant in memory says when the database has to be asked; the clock is read every
//! second at least, so that a step of it is noticed; a look at the database every half minute finds what another process wrote.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::turns::InHand;
use super::{AGAIN, Key, LAST_CALLS, LEASE, Reminders, come, recover, take};
use crate::app::told_to_stop;
use crate::store;
use crate::store::reminders::NoteState;
use crate::store::reminders::lease::{Taken, Taking};

/// The clock is read so often.
const TICK: Duration = Duration::from_secs(1);
/// The database is asked so often, whatever is known: in ticks.
const LOOK_EVERY: u32 = 30;
/// The most rows of one transaction.
const BATCH: usize = 200;

/// What is being worked on: whose task, which reminder, of which mailbox.
type Tasks = HashMap<Id, (Key, Uuid)>;

/// Until `stop`; then calls that are under way end, and what was not begun is given back.
pub(super) async fn run(reminders: &Arc<Reminders>, mut stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    let mut of = Tasks::new();
    let mut applied = reminders.parts.watch.applied();
    let (mut known, mut ticks): (Known, u32) = (Known::default(), 0);
    while !*stop.borrow() {
        if known.look || ticks >= LOOK_EVERY || known.next.is_some_and(|next| next <= reminders.now()) {
            ticks = 0;
            known = match round(reminders, &mut tasks, &mut of).await {
                Ok(known) => known,
                Err(error) => {
                    tracing::warn!(%error, "reminders could not be taken yet");
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
            () = reminders.wake.notified() => known.look = true,
            // What came in has given reminders something to do.
            Ok(()) = applied.changed() => known.look = true,
            Some(done) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                known.look |= ended(reminders, &mut of, done).await && known.more;
            }
            () = tokio::time::sleep(wait(known.next, reminders.now())) => {
                ticks += 1;
                known.look |= known.more;
            }
        }
    }
    finish(reminders, tasks, of).await;
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
async fn round(reminders: &Arc<Reminders>, tasks: &mut JoinSet<()>, of: &mut Tasks) -> store::Result<Known> {
    let room = reminders.turns.room();
    if room == 0 {
        return Ok(Known { next: None, more: true, look: false });
    }
    let store = &reminders.parts.store;
    let (now, busy) = (reminders.now(), reminders.turns.busy());
    // Most looks find nothing: they do not write.
    let next = store.next_reminder().await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Known { next, more: false, look: false });
    }
    let limit = i64::try_from(room.min(BATCH)).unwrap_or(i64::MAX);
    let until = now.saturating_add(LEASE);
    let taken = store.take_due_reminders(&Taking { owner: reminders.owner.id(), now, until, limit, busy: &busy }).await?;
    let (none, full) = (taken.is_empty(), taken.len() == room.min(BATCH));
    for taken in taken {
        let ids = ((taken.row.account, taken.row.id), taken.mailbox.unwrap_or_default());
        let hand = InHand::take(reminders, taken.mailbox, taken.imap);
        of.insert(tasks.spawn(work(Arc::clone(reminders), taken, hand)).id(), ids);
    }
    let next = store.next_reminder().await?;
    // What is due and was not taken is of busy mailboxes: they say when they have room again.
    let next = if none { next.filter(|next| *next > now) } else { next };
    Ok(Known { next, more: full || none || !busy.is_empty(), look: false })
}

/// One reminder, when its turn comes.
async fn work(reminders: Arc<Reminders>, taken: Taken, hand: InHand) {
    let turn = hand.turn().await;
    match (turn, taken.row.note_state) {
        (None, _) => recover::give_back(&reminders, &taken.row).await,
        (Some(_turn), NoteState::Taking) => take::run(&reminders, taken).await,
        (Some(_turn), _) => come::run(&reminders, taken).await,
    }
}

/// A reminder is done with; whether there is room for a good number of others.
async fn ended(reminders: &Arc<Reminders>, of: &mut Tasks, done: Result<(Id, ()), JoinError>) -> bool {
    let id = match &done {
        Ok((id, ())) => *id,
        Err(error) => error.id(),
    };
    let Some((key, mailbox)) = of.remove(&id) else { return true };
    if done.is_err() {
        tracing::error!(reminder = %key.1, "a reminder's task ended as it should not; it is recovered");
        recover::one(reminders, key, reminders.owner.id()).await;
    }
    reminders.turns.has_room_again(mailbox)
}

/// Nothing new is begun; what is under way is waited for.
async fn finish(reminders: &Arc<Reminders>, mut tasks: JoinSet<()>, mut of: Tasks) {
    reminders.stopping.send_replace(true);
    reminders.turns.close();
    let all = async {
        while let Some(done) = tasks.join_next_with_id().await {
            ended(reminders, &mut of, done).await;
        }
    };
    if timeout(LAST_CALLS, all).await.is_err() {
        tracing::warn!(reminders = tasks.len(), "reminders are still being brought back; the next start goes on with them");
        tasks.shutdown().await;
    }
}
