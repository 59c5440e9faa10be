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
use waxwing_protocol::api::{MailboxKind, ScheduledState};

use super::hands::InHand;
use super::{AGAIN, Jobs, LAST_SENDS, LEASE, due, look, recover, words};
use crate::app::told_to_stop;
use crate::store;
use crate::store::scheduled::Row;
use crate::store::scheduled::lease::Taking;

/// The clock is read so often.
const TICK: Duration = Duration::from_secs(1);
/// The database is asked so often, whatever is known: in milliseconds of the clock, and in ticks.
const LOOK_EVERY: u32 = 30;
/// The most rows of one transaction.
const BATCH: usize = 200;

/// What is being worked on: whose task, which mail, of which mailbox.
type Tasks = HashMap<Id, (Uuid, Uuid)>;

/// Until `stop`; then what is taken is given back, and sends that are under way end.
pub(super) async fn run(jobs: &Arc<Jobs>, mut stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    let mut of = Tasks::new();
    recover::dead(jobs).await;
    let (mut known, mut ticks): (Known, u32) = (Known::default(), 0);
    while !*stop.borrow() {
        if known.look || ticks >= LOOK_EVERY || known.next.is_some_and(|next| next <= jobs.now()) {
            ticks = 0;
            known = match round(jobs, &mut tasks, &mut of).await {
                Ok(known) => known,
                Err(error) => {
                    tracing::warn!(%error, "scheduled mails could not be taken yet");
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        () = told_to_stop(&mut stop) => break,
                    }
                    Known { look: true, ..Known::default() }
                }
            };
            continue;
        }
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            () = jobs.wake.notified() => known.look = true,
            Some(done) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                known.look |= ended(jobs, &mut of, done).await && known.more;
            }
            () = tokio::time::sleep(wait(known.next, jobs.now())) => {
                ticks += 1;
                known.look |= known.more;
            }
        }
    }
    finish(jobs, tasks, of).await;
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
async fn round(jobs: &Arc<Jobs>, tasks: &mut JoinSet<()>, of: &mut Tasks) -> store::Result<Known> {
    let room = jobs.hands.room();
    if room == 0 {
        return Ok(Known { next: None, more: true, look: false });
    }
    let store = &jobs.parts.store;
    let (now, busy, line) = (jobs.now(), jobs.hands.busy(), words::leased());
    // Most looks find nothing: they do not write.
    let next = store.next_scheduled().await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Known { next, more: false, look: false });
    }
    let limit = i64::try_from(room.min(BATCH)).unwrap_or(i64::MAX);
    let taken = store
        .take_due(&Taking {
            owner: jobs.owner.id(),
            now,
            until: now.saturating_add(LEASE),
            limit,
            busy: &busy,
            line: &line,
            moved: words::daily_limit,
        })
        .await?;
    for (account, event) in &taken.moved {
        jobs.parts.news.publish(*account, *event);
    }
    let none = taken.rows.is_empty() && taken.moved.is_empty();
    for row in taken.rows {
        let imap = match store.mailbox(row.mailbox).await {
            Ok(mailbox) => mailbox.is_some_and(|mailbox| mailbox.kind == MailboxKind::Imap),
            Err(_) => true,
        };
        let ids = (row.id, row.mailbox);
        let hand = InHand::take(jobs, row.mailbox, imap, row.draft.size);
        of.insert(tasks.spawn(work(Arc::clone(jobs), row, hand)).id(), ids);
    }
    let (next, more) = (store.next_scheduled().await?, taken.more || !busy.is_empty());
    // What is due and was not taken is of busy mailboxes: they say when they have room again.
    let next = if none { next.filter(|next| *next > now) } else { next };
    Ok(Known { next, more: more || none, look: false })
}

/// One mail, when its turn comes.
async fn work(jobs: Arc<Jobs>, row: Row, hand: InHand) {
    let turn = hand.turn().await;
    match (turn, row.state) {
        (None, _) => recover::give_back(&jobs, &row).await,
        (Some(_turn), ScheduledState::Unclear) => look::run(&jobs, row).await,
        (Some(_turn), _) => due::run(&jobs, row).await,
    }
}

/// A mail is done; whether there is room for a good number of others.
async fn ended(jobs: &Arc<Jobs>, of: &mut Tasks, done: Result<(Id, ()), JoinError>) -> bool {
    let id = match &done {
        Ok((id, ())) => *id,
        Err(error) => error.id(),
    };
    let Some((mail, mailbox)) = of.remove(&id) else { return true };
    if done.is_err() {
        tracing::error!(scheduled = %mail, "a scheduled mail's task ended as it should not; it is recovered");
        recover::one(jobs, mail, jobs.owner.id(), true).await;
    }
    jobs.hands.has_room_again(mailbox)
}

/// Nothing new is begun; what may have left is waited for.
async fn finish(jobs: &Arc<Jobs>, mut tasks: JoinSet<()>, mut of: Tasks) {
    jobs.stopping.send_replace(true);
    jobs.hands.close();
    let all = async {
        while let Some(done) = tasks.join_next_with_id().await {
            ended(jobs, &mut of, done).await;
        }
    };
    if timeout(LAST_SENDS, all).await.is_err() {
        tracing::warn!(mails = tasks.len(), "scheduled mails are still being sent; the next start looks what became of them");
        tasks.shutdown().await;
    }
}
