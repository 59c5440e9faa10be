//! Judging messages anew, each from all of its hits: when they settle, when the owner corrects, when knowledge is newer.
//!
//! What must hold:
//! - Totals are exactly those that folding all hits in their order gives, with what the owner said applied.
//! - A hit whose address was shortened keeps its verdict: there is not enough left to judge it by, or those beside it.
//! - A settled hit that the owner may want to know of is told once: it settles in the transaction that tells it.
//! - Nothing that changed meanwhile is written over: new hits are folded in before the totals are written, any other change
//!   begins the message anew, and a message that was deleted stays deleted.
//! - Memory is bounded, whatever a message has: hits are read some thousands at a time. A burst over the border between two
//!   of these pieces is seen as two.
//!
//! Reading happens outside of write transactions, which stay short.

use std::collections::{BTreeSet, HashMap};

use waxwing_domain::rollup::{Class, Counted, RollUp};
use waxwing_domain::verdict::{is_settled, settles_at};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, Event, HitKind, NewsKind};

use super::around::{Around, class, fold_hit};
use super::judging::{CONTEXT, Judging, pace};
use super::knowledge::Knowledge;
use crate::store::judged::{self, Change, Filed, Guard, Said, Standing, domain_kind};
use crate::store::rollup::{self, JournalHit, Key, Totals};
use crate::store::rows::answered_on_the_wire;
use crate::store::{Result, Work, events, rules};

/// The most hits that are read at once.
const PIECE: i64 = 4_000;
/// The most messages that are judged together.
const MESSAGES: usize = 400;
/// The most hits of one message that settle at once, so that the transaction stays short; others follow. As many of people
/// besides: a flood of machines must not keep a person's click waiting.
const SETTLE: usize = 10_000;
/// So many changed hits are written before the totals, so that memory stays bounded.
const CHANGES: usize = 4_000;
/// So often a message that changes while it is judged is begun anew; then it stays due.
const TRIES: usize = 5;

impl Judging {
    /// Judges these messages anew. What has no hits, or was deleted, is passed over.
    pub async fn judge(&self, keys: &[Key]) -> Result<()> {
        for keys in keys.chunks(MESSAGES) {
            let mut keys = keys.to_vec();
            for _ in 0..TRIES {
                if keys.is_empty() {
                    break;
                }
                keys = self.judge_once(&keys).await?;
            }
            if !keys.is_empty() {
                tracing::debug!(messages = keys.len(), "messages changed while they were judged, and wait");
            }
        }
        Ok(())
    }

    /// Judges messages in groups of few hits; gives those that changed meanwhile.
    async fn judge_once(&self, keys: &[Key]) -> Result<Vec<Key>> {
        let mut again = Vec::new();
        let mut group: Vec<Standing> = Vec::new();
        let mut hits = 0;
        for standing in self.store.standings(keys).await? {
            let more = standing.activity.hits();
            if !group.is_empty() && hits + more > PIECE.unsigned_abs() {
                again.extend(self.judge_group(std::mem::take(&mut group)).await?);
                hits = 0;
            }
            hits += more;
            group.push(standing);
        }
        if !group.is_empty() {
            again.extend(self.judge_group(group).await?);
        }
        Ok(again)
    }

    async fn judge_group(&self, group: Vec<Standing>) -> Result<Vec<Key>> {
        let keys: Vec<Key> = group.iter().map(|standing| standing.key).collect();
        let (knowledge, now) = (self.knowledge.current(), self.clock.now());
        let around = Around::read(&self.store, &keys).await?;
        let mut cases: Vec<Case> =
            group.into_iter().map(|standing| Case::new(around.is_registered(standing.key), standing)).collect();
        if let [case] = cases.as_mut_slice() {
            loop {
                let hits = self.store.filed_after(case.key(), case.last, PIECE).await?;
                let whole = i64::try_from(hits.len()).is_ok_and(|hits| hits < PIECE);
                case.judge(hits, &around, &knowledge, now);
                if whole {
                    break;
                }
                if case.changes.len() >= CHANGES && !self.write_changes(case).await? {
                    return Ok(vec![case.key()]);
                }
            }
        } else {
            let mut hits = by_message(self.store.filed(&cases.iter().map(|case| (case.key(), 0)).collect::<Vec<_>>()).await?);
            for case in &mut cases {
                case.judge(hits.remove(&case.key()).unwrap_or_default(), &around, &knowledge, now);
            }
        }
        self.write(cases, &around, &knowledge, now).await
    }

    /// Writes the verdicts that a long message has so far; false when it changed meanwhile. Until the totals are written too,
    /// it stays due, or judged by older knowledge.
    async fn write_changes(&self, case: &mut Case) -> Result<bool> {
        let key = case.key();
        let mut tx = self.store.write().await?;
        let guards = judged::read_guards(&mut tx, &[key]).await?;
        if guards.get(&key).is_none_or(|guard| guard.version != case.standing.version) {
            tx.cancel().await?;
            return Ok(false);
        }
        let changes: Vec<_> = case.changes.iter().map(|change| (key, change)).collect();
        if !rules::are_in_force(&mut tx, &rules_of(&changes)).await? {
            tx.cancel().await?;
            return Ok(false);
        }
        judged::write_verdicts(&mut tx, &changes).await?;
        tx.commit().await?;
        case.changes.clear();
        Ok(true)
    }

    /// Writes what came of it; gives the messages that changed meanwhile.
    async fn write(&self, mut cases: Vec<Case>, around: &Around, knowledge: &Knowledge, now: Millis) -> Result<Vec<Key>> {
        let mut folding = self.fold().await?;
        // What came in since the hits were read. Nothing more comes while this is held.
        let lasts: Vec<_> = cases.iter().map(|case| (case.key(), case.last)).collect();
        let mut tail = by_message(self.store.filed(&lasts).await?);
        for case in &mut cases {
            case.add(tail.remove(&case.key()).unwrap_or_default(), around);
        }

        let mut tx = folding.write(&self.store).await?;
        let keys: Vec<Key> = cases.iter().map(Case::key).collect();
        let guards = judged::read_guards(&mut tx, &keys).await?;
        let stands = |case: &Case| guards.get(&case.key()).is_some_and(|guard| guard.version == case.standing.version);
        let gone = |key: &Key| !guards.contains_key(key) || self.gate.stopped.contains(key.1, key.0);
        let (cases, others): (Vec<Case>, Vec<Case>) = cases.into_iter().filter(|case| !gone(&case.key())).partition(stands);
        let changes: Vec<_> = cases.iter().flat_map(|case| case.changes.iter().map(|change| (case.key(), change))).collect();
        if !rules::are_in_force(&mut tx, &rules_of(&changes)).await? {
            tx.cancel().await?;
            return Ok(keys);
        }
        judged::write_verdicts(&mut tx, &changes).await?;
        let settled: Vec<_> = cases.iter().flat_map(|case| case.settled.iter().map(|hit| (case.key(), *hit))).collect();
        judged::settle(&mut tx, &settled).await?;
        let totals: Vec<_> = cases
            .iter()
            .map(|case| Totals { key: case.key(), roll_up: &case.roll_up, due_at: case.due_at(now), judged: knowledge.number })
            .collect();
        rollup::renew_totals(&mut tx, &totals).await?;
        let mut newest = HashMap::new();
        for case in &cases {
            if let Some(Guard { muted: Some(muted), answered_at, .. }) = guards.get(&case.key())
                && let Some(event) = case.tell(&mut tx, *muted, *answered_at, now).await?
            {
                newest.insert(case.key().1, event);
            }
        }
        tx.commit().await?;
        for (account, event) in newest {
            self.news.publish(account, event);
        }
        if cases.iter().any(|case| case.due_at(now).is_some()) {
            self.wake();
        }
        Ok(others.iter().map(Case::key).collect())
    }
}

fn by_message(hits: Vec<Filed>) -> HashMap<Key, Vec<Filed>> {
    let mut found: HashMap<Key, Vec<Filed>> = HashMap::new();
    for filed in hits {
        found.entry(filed.hit.key).or_default().push(filed);
    }
    found
}

/// The owner's rules by which verdicts change.
fn rules_of(changes: &[(Key, &Change)]) -> BTreeSet<i64> {
    changes.iter().filter_map(|(_, change)| change.rule).collect()
}

/// As what a hit is told; `None` when nobody wants to know.
const fn news_kind(class: Class, kind: HitKind) -> Option<NewsKind> {
    match (class, kind) {
        (Class::Person, HitKind::Open) => Some(NewsKind::Open),
        (Class::Person, HitKind::Click) => Some(NewsKind::Click),
        (Class::Unknown, _) => Some(NewsKind::Unknown),
        (Class::Scanner | Class::Prefetch | Class::Apple | Class::Own, _) => None,
    }
}

/// A hit that is to be told.
struct Tell {
    what: NewsKind,
    at: Millis,
    link: Option<String>,
}

/// One message that is judged.
struct Case {
    standing: Standing,
    registered: bool,
    roll_up: RollUp,
    /// The last hit that was folded.
    last: i64,
    /// When the last one came whose address was shortened.
    shortened_at: Option<Millis>,
    newest: Option<(HitKind, Millis)>,
    changes: Vec<Change>,
    /// The hits that settle now.
    settled: Vec<i64>,
    /// When the next one settles.
    settles_at: Option<Millis>,
    /// There is more to do, at once.
    unfinished: bool,
    /// The newest hit of each kind that is to be told.
    tell: Vec<Tell>,
    /// Of what there are hits that settled before, and count still: whatever is told now is not the first.
    stands: Vec<NewsKind>,
}

impl Case {
    fn new(registered: bool, standing: Standing) -> Self {
        Self {
            standing,
            registered,
            roll_up: RollUp::default(),
            last: 0,
            shortened_at: None,
            newest: None,
            changes: Vec::new(),
            settled: Vec::new(),
            settles_at: None,
            unfinished: false,
            tell: Vec::new(),
            stands: Vec::new(),
        }
    }

    fn key(&self) -> Key {
        self.standing.key
    }

    /// Judges the next hits and folds them in.
    fn judge(&mut self, hits: Vec<Filed>, around: &Around, knowledge: &Knowledge, now: Millis) {
        let keeps: Vec<bool> = hits.iter().map(|filed| self.keeps(filed)).collect();
        let judged = hits.iter().zip(&keeps).filter(|(_, keeps)| !**keeps).map(|(filed, _)| &filed.hit);
        let judged: Vec<&JournalHit> = judged.collect();
        let said: Vec<Said> = around.judge(self.key(), &judged, knowledge, now).iter().map(Said::from).collect();
        let mut said = said.into_iter();
        for (filed, keeps) in hits.into_iter().zip(keeps) {
            let new = if keeps { filed.said.clone() } else { said.next() };
            let Some(new) = new else { continue };
            let rule = around.rule(self.key(), &filed.hit).map(|rule| (rule.id, rule.claim));
            self.take(&filed, new, rule, now);
        }
    }

    /// Whether a hit keeps its verdict: its address was shortened, or that of one right before it, beside which it was judged.
    fn keeps(&mut self, filed: &Filed) -> bool {
        let at = filed.hit.at;
        let shortened = filed.hit.address.contains('/');
        if shortened {
            self.shortened_at = Some(at);
        }
        let beside = self.shortened_at.is_some_and(|before| at.abs_diff(before) <= CONTEXT.unsigned_abs());
        filed.said.is_some() && (shortened || filed.settled && beside)
    }

    fn take(&mut self, filed: &Filed, said: Said, rule: Option<(i64, Claim)>, now: Millis) {
        let hit = &filed.hit;
        let class = class(hit.kind, &said, filed.claim.or(rule.map(|rule| rule.1)));
        let settled = self.settles(filed, class, now);
        // The owner's word on this very hit waits for nothing.
        let counted = self.roll_up.apply(&fold_hit(hit, class, settled || filed.claim.is_some()));
        let repeat = counted == Counted::Repeat;
        if settled
            && !repeat
            && let Some(what) = news_kind(class, hit.kind)
        {
            if filed.settled || filed.claim.is_some() {
                self.stand(what);
            } else {
                self.note(what, hit);
            }
        }
        let rule = rule.map(|rule| rule.0);
        if filed.said.as_ref() != Some(&said) || filed.repeat != repeat || filed.rule != rule {
            self.changes.push(Change { hit: hit.id, said, repeat, rule });
        }
        self.pass(hit);
    }

    /// Whether a hit counts as settled from now on. Hits of messages that are not registered wait for that: nobody could be
    /// told of them.
    fn settles(&mut self, filed: &Filed, class: Class, now: Millis) -> bool {
        if filed.settled || !self.registered {
            return filed.settled;
        }
        let (kind, at) = (domain_kind(filed.hit.kind), filed.hit.at);
        if !is_settled(kind, at, now) {
            let then = settles_at(kind, at.min(now));
            self.settles_at = Some(self.settles_at.map_or(then, |earlier| earlier.min(then)));
            return false;
        }
        if self.settled.len() >= if class == Class::Person { 2 * SETTLE } else { SETTLE } {
            self.unfinished = true;
            return false;
        }
        self.settled.push(filed.hit.id);
        true
    }

    /// Adds hits that came in while the others were judged. They keep what the roll-up said of them, beside the hits before
    /// them; all are judged together once more.
    fn add(&mut self, hits: Vec<Filed>, around: &Around) {
        for filed in hits {
            let Some(said) = &filed.said else { continue };
            let rule = around.rule(self.key(), &filed.hit).map(|rule| rule.claim);
            let class = class(filed.hit.kind, said, filed.claim.or(rule));
            self.roll_up.apply(&fold_hit(&filed.hit, class, filed.settled || filed.claim.is_some()));
            self.unfinished = true;
            self.pass(&filed.hit);
        }
    }

    fn pass(&mut self, hit: &JournalHit) {
        self.last = hit.id;
        self.newest = Some((hit.kind, hit.at));
    }

    /// Remembers a hit to be told; the newest of a kind stands for the others.
    fn note(&mut self, what: NewsKind, hit: &JournalHit) {
        self.tell.retain(|earlier| earlier.what != what);
        self.tell.push(Tell { what, at: hit.at, link: hit.link.clone() });
    }

    fn stand(&mut self, what: NewsKind) {
        if !self.stands.contains(&what) {
            self.stands.push(what);
        }
    }

    fn due_at(&self, now: Millis) -> Option<Millis> {
        if !self.registered {
            return None;
        }
        let soon = now.saturating_add(pace(&self.roll_up.activity));
        let then = if self.unfinished { Some(soon) } else { self.settles_at };
        then.map(|then| then.max(soon))
    }

    /// Writes the events, and what lists filter by; gives the newest event.
    async fn tell(&self, tx: &mut Work, muted: bool, answered_at: Option<Millis>, now: Millis) -> Result<Option<i64>> {
        let (message, account) = self.key();
        let mut newest = None;
        if self.roll_up.activity != self.standing.activity {
            rollup::set_state(tx, self.key(), &self.roll_up.activity).await?;
        }
        let activity = answered_on_the_wire(self.roll_up.activity.clone(), answered_at);
        if let Some((hit, at)) = self.newest
            && activity != answered_on_the_wire(self.standing.activity.clone(), answered_at)
        {
            let event = Event::Activity { message, hit, at, activity: activity.clone() };
            newest = Some(events::add(tx, account, now, &event).await?);
        }
        for tell in self.tell.iter().filter(|_| !muted) {
            let told = &self.standing.told;
            let first = match tell.what {
                NewsKind::Open => told.open,
                NewsKind::Click => told.click,
                NewsKind::Unknown => told.unknown,
                NewsKind::Answer => continue,
            };
            // Of what was told before nothing may be left: it was the sender, as the owner said since, or a machine.
            let first = first.filter(|_| self.stands.contains(&tell.what));
            let event = Event::News {
                message,
                what: tell.what,
                at: tell.at,
                first,
                link: tell.link.clone(),
                activity: activity.clone(),
            };
            let number = events::add(tx, account, now, &event).await?;
            if first.is_none() {
                judged::remember_news(tx, self.key(), tell.what, number).await?;
            }
            newest = Some(number);
        }
        Ok(newest)
    }
}
