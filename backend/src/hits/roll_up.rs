//! From the journal to opens, clicks and news: in batches, behind the requests.
//!
//! What must hold: each hit is counted once, also over a crash (the position in the journal moves in the transaction that
//! stores the counts); nothing is counted for a message that was deleted; registered or not makes no difference to counting,
//! so hits that came before the registration count as soon as it is there. What is read is read outside of the write
//! transaction, which stays short: hits wait behind it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};
use waxwing_domain::rollup::{Activity, Class, Counted, Hit, Kind, RollUp};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, HitKind};

use super::admit::Gate;
use crate::account_id::AccountId;
use crate::app::told_to_stop;
use crate::clock::Clock;
use crate::news::News;
use crate::store::messages::on_the_wire;
use crate::store::rollup::{self, JournalHit, Key};
use crate::store::{Result, Store, events};

/// The most hits of a batch.
const BATCH: i64 = 500;
/// Between two batches, so that the writer of hits is not held up by us and a burst becomes one piece of news.
const PAUSE: Duration = Duration::from_millis(50);
/// After the database refused.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Rolls up whenever hits were written, until `stop`; then once more to the end.
pub async fn run(
    store: Arc<Store>,
    gate: Arc<Gate>,
    clock: Arc<dyn Clock>,
    news: Arc<News>,
    written: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        // First thing after the start too: a crash may have left hits behind.
        let pause = match all(&store, &gate, clock.as_ref(), &news, &written).await {
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "hits could not be rolled up yet");
                PAUSE_AFTER_FAILURE
            }
        };
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = told_to_stop(&mut stop) => {}
            () = async {
                tokio::time::sleep(pause).await;
                // After a failure nobody may tell us again.
                if pause == PAUSE {
                    written.notified().await;
                }
            } => {}
        }
    }
}

/// Rolls up all there is.
async fn all(store: &Store, gate: &Gate, clock: &dyn Clock, news: &News, written: &Notify) -> Result<()> {
    loop {
        let batch = batch(store, gate, clock.now()).await?;
        for (account, event) in &batch.news {
            news.publish(*account, *event);
        }
        if i64::try_from(batch.hits).is_ok_and(|hits| hits < BATCH) {
            return Ok(());
        }
        // More are there, and more come in: those who wait for the disk go first. What is left over is caught up with when it
        // is quiet again.
        if written.notified().now_or_never().is_some() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Batch {
    /// How many hits it had.
    pub hits: usize,
    /// The newest event of each account.
    pub news: HashMap<AccountId, i64>,
}

/// One message's part of a batch.
struct Part {
    roll_up: RollUp,
    filed: Vec<(i64, bool)>,
    /// The newest hit of each kind, for the news.
    newest: [Option<Millis>; 2],
}

/// Rolls up the next hits of the journal.
pub async fn batch(store: &Store, gate: &Gate, now: Millis) -> Result<Batch> {
    let hits = store.unrolled(BATCH).await?;
    let Some(last) = hits.last().map(|hit| hit.id) else { return Ok(Batch::default()) };
    let parts = fold(store, &hits).await?;

    let mut tx = store.write().await?;
    // Asked while no other write can happen: what was deleted since it was read is not written again.
    let parts: Vec<_> =
        parts.into_iter().filter(|((message, account), _)| !gate.stopped.contains(*account, *message)).collect();
    let keys: Vec<Key> = parts.iter().map(|(key, _)| *key).collect();
    let filed: Vec<_> =
        parts.iter().flat_map(|(key, part)| part.filed.iter().map(|(hit, repeat)| (*key, *hit, *repeat))).collect();
    let roll_ups: Vec<_> = parts.iter().map(|(key, part)| (*key, &part.roll_up)).collect();
    rollup::file_hits(&mut tx, &filed).await?;
    rollup::write_roll_ups(&mut tx, &roll_ups).await?;
    let registered = rollup::registered(&mut tx, &keys).await?;
    let mut news = HashMap::new();
    for (key, part) in parts.iter().filter(|(key, _)| registered.contains(key)) {
        rollup::raise_state(&mut tx, *key, part.state()).await?;
        for event in part.events(key.0) {
            let id = events::add(&mut tx, key.1, now, &event).await?;
            news.insert(key.1, id);
        }
    }
    rollup::move_on(&mut tx, last).await?;
    tx.commit().await?;
    Ok(Batch { hits: hits.len(), news })
}

/// Folds hits into what their messages had before. Messages keep the order of their first hit.
async fn fold(store: &Store, hits: &[JournalHit]) -> Result<Vec<(Key, Part)>> {
    let mut order = Vec::new();
    let mut by_key: HashMap<Key, Vec<&JournalHit>> = HashMap::new();
    for hit in hits {
        let list = by_key.entry(hit.key).or_default();
        if list.is_empty() {
            order.push(hit.key);
        }
        list.push(hit);
    }
    let mut known = store.roll_ups(&order).await?;
    let parts = order.into_iter().map(|key| {
        let mut part = Part { roll_up: known.remove(&key).unwrap_or_default(), filed: Vec::new(), newest: [None, None] };
        for hit in by_key.remove(&key).unwrap_or_default() {
            part.apply(hit);
        }
        (key, part)
    });
    Ok(parts.collect())
}

impl Part {
    fn apply(&mut self, hit: &JournalHit) {
        let kind = match hit.kind {
            HitKind::Open => Kind::Open,
            HitKind::Click => Kind::Click,
        };
        let counted = self.roll_up.apply(&Hit {
            at: hit.at,
            kind,
            agent: hit.agent.as_deref().unwrap_or_default(),
            address: &hit.address,
            link: hit.link.as_deref(),
            class: Class::Person,
            settled: true,
        });
        self.filed.push((hit.id, counted == Counted::Repeat));
        self.newest[usize::from(hit.kind == HitKind::Click)] = Some(hit.at);
    }

    /// What lists filter by.
    fn state(&self) -> i64 {
        match self.roll_up.activity {
            Activity { clicks: 1.., .. } => 5,
            Activity { opens: 1.., .. } => 4,
            _ => 0,
        }
    }

    fn events(&self, message: uuid::Uuid) -> impl Iterator<Item = Event> {
        [HitKind::Open, HitKind::Click].into_iter().zip(self.newest).filter_map(move |(hit, at)| {
            Some(Event::Activity { message, hit, at: at?, activity: on_the_wire(self.roll_up.activity.clone()) })
        })
    }
}
