//! From the journal to verdicts, opens and clicks: in batches, behind the requests.
//!
//! What must hold: each hit is counted once, also over a crash (the position in the journal moves in the transaction that
//! stores the counts); nothing is counted for a message that was deleted; registered or not makes no difference to counting,
//! so hits that came before the registration count as soon as it is there. What is read is read outside of the write
//! transaction, which stays short: hits wait behind it.
//!
//! A verdict is given at once, beside the message's hits of the last minute. It is not the last word: when the hits settle
//! ([`super::settle`]) the message is judged as a whole, and at once when a new hit shows older ones in another light.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use waxwing_domain::rollup::{Counted, RollUp};
use waxwing_domain::verdict::settles_at;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, HitKind, Label};

use super::around::{Around, class, fold_hit};
use super::judging::{CONTEXT, Judging, pace};
use super::knowledge::Knowledge;
use crate::account_id::AccountId;
use crate::app::told_to_stop;
use crate::store::judged::{Filed, Said, domain_kind};
use crate::store::rollup::{self, JournalHit, Key, NewFiled, Totals, Unrolled};
use crate::store::rows::answered_on_the_wire;
use crate::store::sql::Kind;
use crate::store::{Result, Work, events, stopped};

/// The most hits of a batch.
const BATCH: i64 = 500;
/// Between two batches, so that the writer of hits is not held up by us and a burst becomes one piece of news.
const PAUSE: Duration = Duration::from_millis(50);
/// So many pixels that are let in during one batch and its pause are a crowd: answering them goes first,
const CROWD: u64 = 500;
/// and the next batch waits for so long.
const STAND_BACK: Duration = Duration::from_secs(1);
/// The most batches after the backend was told to stop.
const LAST: u32 = 20;
/// After the database refused.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Where others write hits too, it looks for them so often without being told.
const LOOK: Duration = Duration::from_secs(1);
/// New hits show only those of so long before in another light, in milliseconds: a burst's. Of older ones the context is
/// not whole.
const RELABELS: Millis = 10_000;
/// The most of them for one message, and the least that there is room for.
const MAX_CONTEXT: usize = 1_000;
const MIN_CONTEXT: usize = 16;
/// For all messages of a batch together, as far as that leaves room for each.
const CONTEXTS: usize = 8_000;

/// Rolls up whenever hits were written, until `stop`; then once more to the end.
pub async fn run(judging: Arc<Judging>, written: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    loop {
        // First thing after the start too: a crash may have left hits behind.
        let pause = match all(&judging, &written, &stop).await {
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
                    told(&judging, &written).await;
                }
            } => {}
        }
    }
}

/// Hits came in. On PostgreSQL those of other backends may be told late, or become visible after they were told.
async fn told(judging: &Judging, written: &Notify) {
    match judging.store.kind() {
        Kind::Sqlite => written.notified().await,
        Kind::Postgres => {
            let _ = timeout(LOOK, written.notified()).await;
        }
    }
}

/// Rolls up all there is; when the backend stops, some of it: the rest is where it was at the next start.
async fn all(judging: &Judging, written: &Notify, stop: &watch::Receiver<bool>) -> Result<()> {
    let mut left = LAST;
    while left > 0 {
        left -= u32::from(*stop.borrow());
        let before = judging.gate.admitted();
        let batch = batch(judging, judging.clock.now()).await?;
        if batch.due {
            judging.wake();
        }
        for (account, event) in &batch.news {
            judging.news.publish(*account, *event);
        }
        if i64::try_from(batch.hits).is_ok_and(|hits| hits < BATCH) {
            return Ok(());
        }
        // More are there, and more come in: those who wait for the disk go first. What is left over is caught up with when it
        // is quiet again.
        if written.notified().now_or_never().is_some() {
            tokio::time::sleep(PAUSE).await;
        }
        if judging.gate.admitted() - before >= CROWD {
            tokio::time::sleep(STAND_BACK).await;
        }
    }
    Ok(())
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Batch {
    /// How many hits it had.
    pub hits: usize,
    /// The newest event of each account.
    pub news: HashMap<AccountId, i64>,
    /// A message of it has to be judged again at some time.
    pub due: bool,
}

/// One message's part of a batch.
struct Part {
    key: Key,
    roll_up: RollUp,
    filed: Vec<NewFiled>,
    /// What was said of its hits, for the numbers.
    said: Vec<(HitKind, Label)>,
    /// The newest hit of each kind, for the news.
    newest: [Option<Millis>; 2],
    /// The first of these hits to settle does so then.
    settles_at: Millis,
    /// It was registered when it was judged.
    registered: bool,
    /// By the new hits older ones are judged differently.
    relabels: bool,
}

/// Rolls up the next hits of the journal.
pub async fn batch(judging: &Judging, now: Millis) -> Result<Batch> {
    let store = &judging.store;
    let Unrolled { hits, server } = store.unrolled(BATCH).await?;
    let Some(last) = hits.last().map(|hit| hit.id) else { return Ok(Batch::default()) };
    // From reading the totals to writing them nobody else does.
    let mut folding = judging.fold().await?;
    let knowledge = judging.knowledge.current();
    let parts = judge(judging, &hits, &knowledge, now).await?;

    let mut tx = folding.write(store).await?;
    // Asked while no other write can happen: what was deleted since it was read is not written again.
    let (gone, parts): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| judging.gate.stopped.contains(part.key.1, part.key.0));
    let parts = deleted_elsewhere(&mut tx, gone, parts).await?;
    let keys: Vec<Key> = parts.iter().map(|part| part.key).collect();
    let registered = rollup::registered(&mut tx, &keys).await?;
    let filed: Vec<_> = parts.iter().flat_map(|part| part.filed.iter().map(|hit| (part.key, hit))).collect();
    let totals: Vec<_> = parts
        .iter()
        .map(|part| Totals {
            key: part.key,
            roll_up: &part.roll_up,
            due_at: registered.contains_key(&part.key).then(|| part.due_at(now)),
            judged: knowledge.number,
        })
        .collect();
    rollup::file_hits(&mut tx, &filed).await?;
    rollup::add_totals(&mut tx, &totals).await?;
    let mut news = HashMap::new();
    for part in &parts {
        let Some(answered_at) = registered.get(&part.key) else { continue };
        rollup::set_state(&mut tx, part.key, &part.roll_up.activity).await?;
        for event in part.events(*answered_at) {
            let id = events::add(&mut tx, part.key.1, now, &event).await?;
            news.insert(part.key.1, id);
        }
    }
    server.check(&mut tx).await?;
    rollup::move_on(&mut tx, last).await?;
    tx.commit().await?;
    for (kind, label) in parts.iter().flat_map(|part| &part.said) {
        judging.verdicts.of(*kind, *label).inc();
    }
    Ok(Batch { hits: hits.len(), news, due: !registered.is_empty() })
}

/// Other backends delete messages too, while hits of them come in here: what got past them is erased, and not counted.
async fn deleted_elsewhere(tx: &mut Work, mut gone: Vec<Part>, parts: Vec<Part>) -> Result<Vec<Part>> {
    if tx.kind() == Kind::Sqlite {
        return Ok(parts);
    }
    let keys: Vec<Key> = parts.iter().map(|part| part.key).collect();
    let stopped = stopped::among(tx, &keys).await?;
    let (more, parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| stopped.contains(&part.key));
    gone.extend(more);
    let hits: Vec<i64> = gone.iter().flat_map(|part| part.filed.iter().map(|filed| filed.hit)).collect();
    stopped::erase(tx, &hits).await?;
    Ok(parts)
}

/// Judges hits beside those that were there before, and folds them into what their messages had. Messages keep the order of
/// their first hit.
async fn judge(judging: &Judging, hits: &[JournalHit], knowledge: &Knowledge, now: Millis) -> Result<Vec<Part>> {
    let mut order = Vec::new();
    let mut by_key: HashMap<Key, Vec<&JournalHit>> = HashMap::new();
    for hit in hits {
        let list = by_key.entry(hit.key).or_default();
        if list.is_empty() {
            order.push(hit.key);
        }
        list.push(hit);
    }
    let store = &judging.store;
    let mut known = store.roll_ups(&order).await?;
    let around = Around::read(store, &order).await?;
    // What had no hits has none to be judged beside; what is not registered is judged as a whole when it is.
    let beside: Vec<Key> = known.keys().copied().filter(|key| around.is_registered(*key)).collect();
    let mut before: HashMap<Key, Vec<Filed>> = HashMap::new();
    if let Some(oldest) = hits.iter().map(|hit| hit.at).min().filter(|_| !beside.is_empty()) {
        let each = (CONTEXTS / beside.len()).clamp(MIN_CONTEXT, MAX_CONTEXT);
        for filed in store.recent(&beside, oldest.saturating_sub(CONTEXT), each).await? {
            before.entry(filed.hit.key).or_default().push(filed);
        }
    }
    let parts = order.into_iter().map(|key| {
        let before = before.remove(&key).unwrap_or_default();
        let new = by_key.remove(&key).unwrap_or_default();
        Part::new(key, known.remove(&key).unwrap_or_default(), &before, &new, &around, knowledge, now)
    });
    Ok(parts.collect())
}

impl Part {
    fn new(
        key: Key,
        roll_up: RollUp,
        before: &[Filed],
        new: &[&JournalHit],
        around: &Around,
        knowledge: &Knowledge,
        now: Millis,
    ) -> Self {
        let together: Vec<&JournalHit> = before.iter().map(|filed| &filed.hit).chain(new.iter().copied()).collect();
        let said: Vec<Said> = around.judge(key, &together, knowledge, now).iter().map(Said::from).collect();
        let (of_before, of_new) = said.split_at(before.len());
        let from = new.iter().map(|hit| hit.at).min().unwrap_or(now).saturating_sub(RELABELS);
        let mut part = Self {
            key,
            roll_up,
            filed: Vec::with_capacity(new.len()),
            said: Vec::with_capacity(new.len()),
            newest: [None, None],
            settles_at: Millis::MAX,
            registered: around.is_registered(key),
            relabels: before
                .iter()
                .zip(of_before)
                .any(|(filed, said)| filed.hit.at >= from && filed.said.as_ref() != Some(said)),
        };
        for (hit, said) in new.iter().zip(of_new) {
            part.apply(hit, said, around, now);
        }
        part
    }

    fn apply(&mut self, hit: &JournalHit, said: &Said, around: &Around, now: Millis) {
        let rule = around.rule(self.key, hit);
        let class = class(hit.kind, said, rule.map(|rule| rule.claim));
        // Settled when the message is judged as a whole, be it at once: that is when it is told.
        let counted = self.roll_up.apply(&fold_hit(hit, class, false));
        self.filed.push(NewFiled {
            hit: hit.id,
            said: said.clone(),
            repeat: counted == Counted::Repeat,
            rule: rule.map(|rule| rule.id),
        });
        self.said.push((hit.kind, said.label));
        self.newest[usize::from(hit.kind == HitKind::Click)] = Some(hit.at);
        // A clock that was set back since keeps nobody waiting.
        self.settles_at = self.settles_at.min(settles_at(domain_kind(hit.kind), hit.at.min(now)));
    }

    /// When the message has to be judged as a whole.
    fn due_at(&self, now: Millis) -> Millis {
        let soon = now.saturating_add(pace(&self.roll_up.activity));
        // Registered since it was read: judged without knowing when it was sent.
        if self.relabels || !self.registered { soon } else { self.settles_at.max(soon) }
    }

    fn events(&self, answered_at: Option<Millis>) -> impl Iterator<Item = Event> {
        let message = self.key.0;
        [HitKind::Open, HitKind::Click].into_iter().zip(self.newest).filter_map(move |(hit, at)| {
            let activity = answered_on_the_wire(self.roll_up.activity.clone(), answered_at);
            Some(Event::Activity { message, hit, at: at?, activity })
        })
    }
}
