//! The messages whose hits are answered and stored nowhere, in memory, so that the hot path asks no database: deleted ones, those
//! that a recipient refused, of the kinds that were refused, and those whose tracking has ended.
//!
//! What must hold: what is deleted or refused stops in the moment in which that is written. Tracking ends at its instant and not
//! when somebody looks: what ends soon is read ahead ([`StoppedSet::ends_known_until`]), and who asks for a later instant is told that
//! this is not known. A message whose tracking has ended costs eight bytes and a place, however many of them there are.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{HitKind, Kinds};

use crate::account_id::AccountId;
use crate::store::{Result, Store};

/// A message is the pair of account and id.
type Key = (AccountId, Uuid);

/// What stops a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stop {
    /// It was deleted.
    pub deleted: bool,
    /// What its recipients refused.
    pub refused: Kinds,
}

impl Stop {
    fn stops(self, kind: HitKind) -> bool {
        self.deleted
            || match kind {
                HitKind::Open => self.refused.opens,
                HitKind::Click => self.refused.clicks,
            }
    }
}

#[derive(Debug, Default)]
struct Stops {
    known: HashMap<Key, Stop>,
    /// Tracking of these ends, or ended, then.
    ending: HashMap<Key, Millis>,
    /// Tracking of these has ended: their digests, by a key of this process.
    ended: HashSet<u64>,
}

/// A set of messages.
#[derive(Debug)]
pub struct StoppedSet {
    of: RwLock<Stops>,
    digests: RandomState,
    known_until: AtomicI64,
    read_until: AtomicI64,
}

impl Default for StoppedSet {
    fn default() -> Self {
        Self {
            of: RwLock::default(),
            digests: RandomState::new(),
            known_until: AtomicI64::new(Millis::MIN),
            read_until: AtomicI64::new(Millis::MIN),
        }
    }
}

impl StoppedSet {
    /// The set of these.
    pub fn new(messages: impl IntoIterator<Item = (Key, Stop)>) -> Self {
        let set = Self::default();
        set.write().known.extend(messages);
        set
    }

    /// The deleted and refused messages of a database.
    pub async fn load(store: &Store) -> Result<Self> {
        Ok(Self::new(store.stops().await?))
    }

    /// True when this message was deleted.
    pub fn contains(&self, account: AccountId, message: Uuid) -> bool {
        self.read().known.get(&(account, message)).is_some_and(|stop| stop.deleted)
    }

    /// True when hits of this kind are not stored: it was deleted, or this was refused.
    pub fn stops(&self, account: AccountId, message: Uuid, kind: HitKind) -> bool {
        self.read().known.get(&(account, message)).is_some_and(|stop| stop.stops(kind))
    }

    /// The same, and whether its tracking has ended: what is asked of a hit that comes in now.
    pub fn stops_now(&self, account: AccountId, message: Uuid, kind: HitKind, now: Millis) -> bool {
        let key = (account, message);
        let of = self.read();
        of.known.get(&key).is_some_and(|stop| stop.stops(kind))
            || (!of.ending.is_empty() && of.ending.get(&key).is_some_and(|until| *until <= now))
            || (!of.ended.is_empty() && of.ended.contains(&self.digests.hash_one(key)))
    }

    /// Stops a message that is deleted.
    pub fn insert(&self, account: AccountId, message: Uuid) {
        self.write().known.entry((account, message)).or_default().deleted = true;
    }

    /// The deletion did not reach the disk.
    pub fn remove(&self, account: AccountId, message: Uuid) {
        self.change(account, message, |stop| stop.deleted = false);
    }

    /// This is refused of a message, and nothing else.
    pub fn refuse(&self, account: AccountId, message: Uuid, refused: Kinds) {
        self.change(account, message, |stop| stop.refused = refused);
    }

    /// What is refused of a message.
    pub fn refused(&self, account: AccountId, message: Uuid) -> Kinds {
        self.read().known.get(&(account, message)).copied().unwrap_or_default().refused
    }

    /// Until when it is known whose tracking ends.
    pub fn ends_known_until(&self) -> Millis {
        self.known_until.load(Ordering::Acquire)
    }

    /// Up to where that was read.
    pub fn ends_read_until(&self) -> Millis {
        self.read_until.load(Ordering::Acquire)
    }

    /// It could not be read: what is known has to do until then.
    pub fn go_on_until(&self, until: Millis) {
        self.known_until.fetch_max(until, Ordering::Release);
    }

    /// Tracking of these ends then; all that end up to `until` are known now. `now`: what ended before needs no instant any more.
    pub fn end(&self, messages: impl IntoIterator<Item = (Key, Millis)>, until: Millis, now: Millis) {
        let mut of = self.write();
        let Stops { ending, ended, .. } = &mut *of;
        ending.extend(messages);
        ending.retain(|key, at| {
            let over = *at <= now;
            if over {
                ended.insert(self.digests.hash_one(key));
            }
            !over
        });
        self.read_until.fetch_max(until, Ordering::Release);
        self.known_until.fetch_max(until, Ordering::Release);
    }

    fn change(&self, account: AccountId, message: Uuid, change: impl FnOnce(&mut Stop)) {
        let mut of = self.write();
        let stop = of.known.entry((account, message)).or_default();
        change(stop);
        if *stop == Stop::default() {
            of.known.remove(&(account, message));
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Stops> {
        self.of.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Stops> {
        self.of.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENS: Kinds = Kinds { opens: true, clicks: false };

    #[test]
    fn kinds_stop_apart_and_come_back() {
        let (account, message) = (AccountId::parse("abcdef").unwrap(), Uuid::from_u128(1));
        let set = StoppedSet::default();
        let stops = |set: &StoppedSet| [HitKind::Open, HitKind::Click].map(|kind| set.stops_now(account, message, kind, 0));
        assert_eq!(stops(&set), [false, false]);
        set.refuse(account, message, OPENS);
        assert_eq!(stops(&set), [true, false]);
        assert!(!set.contains(account, message), "refused is not deleted");
        set.insert(account, message);
        assert_eq!(stops(&set), [true, true]);
        set.remove(account, message);
        assert_eq!(stops(&set), [true, false]);
        set.refuse(account, message, Kinds::NONE);
        assert_eq!(stops(&set), [false, false]);
        assert!(set.read().known.is_empty(), "nothing is kept of what is not stopped");
        let other = AccountId::parse("ghijkl").unwrap();
        set.refuse(other, message, Kinds::ALL);
        assert_eq!(stops(&set), [false, false], "another account's");
    }

    #[test]
    fn tracking_ends_at_its_instant() {
        let account = AccountId::parse("abcdef").unwrap();
        let set = StoppedSet::default();
        assert_eq!(set.ends_known_until(), Millis::MIN);
        let key = |n: u128| (account, Uuid::from_u128(n));
        set.end([(key(1), 50), (key(2), 100), (key(3), 150)], 200, 60);
        assert_eq!(set.ends_known_until(), 200);
        let over = |n: u128, now| set.stops_now(account, Uuid::from_u128(n), HitKind::Open, now);
        for (n, now, want) in [(1, 60, true), (2, 99, false), (2, 100, true), (3, 149, false), (3, 150, true), (4, 900, false)]
        {
            assert_eq!(over(n, now), want, "{n} {now}");
        }
        set.end([], 300, 160);
        assert!(set.read().ending.is_empty() && over(3, 160) && over(1, 0));
        assert!(!set.stops(account, Uuid::from_u128(1), HitKind::Open), "what came in before is still moved");
        set.end([], 250, 160);
        assert_eq!(set.ends_known_until(), 300, "it never goes back");
    }
}
