//! Counts quota units of one Gmail user and waits rather than run into Google's limit.
//!
//! A token bucket: a sixth of a minute's units at once, the rest spread evenly, so that no minute takes more than Google
//! allows. Who would have to wait long is turned away with the time to come back, so that nothing piles up in memory and no
//! lease runs out while it waits. Watching spends what is left over: half of the bucket is never its, so that mails that are due
//! find enough in it however much comes in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

use super::super::MailboxError;
use crate::clock::Clock;

/// Nobody is kept waiting longer than this, in milliseconds.
const LONGEST_WAIT: f64 = 10_000.0;
/// The same in seconds.
const LONGEST_WAIT_SECS: Millis = 10;

/// Units of Google's methods, since 1 May 2026.
pub(super) mod units {
    pub(in super::super) const READ: u32 = 5;
    pub(in super::super) const PROFILE: u32 = 1;
    pub(in super::super) const CREATE_DRAFT: u32 = 10;
    pub(in super::super) const DELETE_DRAFT: u32 = 10;
    pub(in super::super) const SEND: u32 = 100;
    pub(in super::super) const THREAD: u32 = 10;
    pub(in super::super) const HISTORY: u32 = 2;
    pub(in super::super) const INSERT: u32 = 25;
    pub(in super::super) const CHANGE: u32 = 5;
    pub(in super::super) const LABELS: u32 = 1;
    pub(in super::super) const WATCH: u32 = 100;
    pub(in super::super) const STOP: u32 = 50;
}

/// What a call costs, and whether it makes way for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    units: u32,
    makes_way: bool,
}

impl Cost {
    /// Of a call that nobody waits for.
    pub(super) const fn making_way(units: u32) -> Self {
        Self { units, makes_way: true }
    }
}

impl From<u32> for Cost {
    fn from(units: u32) -> Self {
        Self { units, makes_way: false }
    }
}

#[derive(Debug)]
struct Bucket {
    /// Below zero: so much is promised to those who wait.
    left: f64,
    at: Millis,
    /// Google said: not before.
    closed_until: Millis,
}

/// Counts the units of one user.
pub(super) struct Pacer {
    clock: Arc<dyn Clock>,
    /// In a minute; 0 counts nothing.
    per_minute: u32,
    bucket: Mutex<Bucket>,
}

impl Pacer {
    pub(super) fn new(clock: Arc<dyn Clock>, per_minute: u32) -> Self {
        let at = clock.now();
        let bucket = Bucket { left: f64::from(per_minute) / 6.0, at, closed_until: Millis::MIN };
        Self { clock, per_minute, bucket: Mutex::new(bucket) }
    }

    /// Waits until that may be spent, or says when to come back.
    pub(super) async fn take(&self, cost: impl Into<Cost>) -> Result<(), MailboxError> {
        let Cost { units, makes_way } = cost.into();
        if !makes_way {
            let wait = self.reserve(units)?;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            return Ok(());
        }
        let mut waited = Duration::ZERO;
        loop {
            let wait = self.spare(units)?;
            if wait.is_zero() {
                return Ok(());
            }
            waited += wait;
            if waited.as_secs_f64() * 1_000.0 > LONGEST_WAIT {
                return Err(later(LONGEST_WAIT_SECS * 1_000));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Google asked to be left alone for so many seconds.
    pub(super) fn close_for(&self, seconds: u32) {
        let until = self.clock.now().saturating_add(Millis::from(seconds) * 1_000);
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.closed_until = bucket.closed_until.max(until);
    }

    fn reserve(&self, units: u32) -> Result<Duration, MailboxError> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, per_ms)) = self.refill(&mut bucket)? else { return Ok(Duration::ZERO) };
        let after = bucket.left - f64::from(units);
        let wait_ms = (-after / per_ms).max(0.0);
        if wait_ms > LONGEST_WAIT {
            #[expect(clippy::cast_possible_truncation, reason = "units of one user in milliseconds are far below 2^53")]
            return Err(later(wait_ms as Millis));
        }
        bucket.left = after;
        Ok(Duration::from_secs_f64(wait_ms / 1_000.0))
    }

    /// Takes units that leave half of the bucket to others, or says after how long there may be so many; nothing is promised.
    fn spare(&self, units: u32) -> Result<Duration, MailboxError> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((burst, per_ms)) = self.refill(&mut bucket)? else { return Ok(Duration::ZERO) };
        // One that takes more than half of a small bucket must come through some time.
        let keep = (burst / 2.0).min(burst - f64::from(units)).max(0.0);
        let after = bucket.left - f64::from(units);
        if after >= keep {
            bucket.left = after;
            return Ok(Duration::ZERO);
        }
        // Never so short that it is asked without end.
        Ok(Duration::from_secs_f64(((keep - after) / per_ms).clamp(1.0, LONGEST_WAIT + 1.0) / 1_000.0))
    }

    /// What came into the bucket since it was looked at last: what it holds at most, and gets in a millisecond. `None`: nothing is
    /// counted.
    fn refill(&self, bucket: &mut Bucket) -> Result<Option<(f64, f64)>, MailboxError> {
        let now = self.clock.now();
        // A clock that was moved back must not keep it closed for longer than Google ever asks.
        let closed = (bucket.closed_until.saturating_sub(now)).min(24 * 60 * 60 * 1_000);
        if closed > 0 {
            return Err(later(closed));
        }
        if self.per_minute == 0 {
            return Ok(None);
        }
        let (burst, per_ms) = (f64::from(self.per_minute) / 6.0, f64::from(self.per_minute) * 5.0 / 6.0 / 60_000.0);
        let passed = u32::try_from(now.saturating_sub(bucket.at).max(0)).unwrap_or(u32::MAX);
        bucket.left = (bucket.left + f64::from(passed) * per_ms).min(burst);
        bucket.at = now;
        Ok(Some((burst, per_ms)))
    }
}

fn later(wait_ms: Millis) -> MailboxError {
    let seconds = u32::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(u32::MAX);
    MailboxError { retry_after: Some(seconds), ..MailboxError::new(Trouble::RateLimited) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Millis {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn pacer(per_minute: u32) -> (Arc<Hand>, Pacer) {
        let clock = Arc::new(Hand::default());
        (Arc::clone(&clock), Pacer::new(clock, per_minute))
    }

    #[test]
    fn no_minute_takes_more_than_allowed() {
        let (clock, pacer) = pacer(6_000);
        let mut spent = 0;
        for ms in 0..60_000 {
            clock.0.store(ms, Ordering::SeqCst);
            // It is spent when the wait is over.
            if let Ok(wait) = pacer.reserve(100)
                && wait.as_millis() < u128::try_from(60_000 - ms).unwrap()
            {
                spent += 100;
            }
        }
        assert!((5_800..=6_000).contains(&spent), "{spent}");
    }

    #[test]
    fn a_short_wait_is_waited_a_long_one_is_told() {
        let (_, pacer) = pacer(6_000);
        for _ in 0..10 {
            assert_eq!(pacer.reserve(100).unwrap(), Duration::ZERO);
        }
        let waits: Vec<_> = (0..20).map_while(|_| pacer.reserve(100).ok()).collect();
        assert_eq!(waits.len(), 8, "a send each 1.2 s, and nobody waits longer than ten");
        assert!(waits.is_sorted() && waits[0] == Duration::from_millis(1_200));
        let error = pacer.reserve(100).unwrap_err();
        assert_eq!((error.trouble, error.retry_after), (Trouble::RateLimited, Some(11)));
        // Turned away, it took nothing: a small one still fits.
        assert!(pacer.reserve(5).is_ok());
    }

    #[test]
    fn watching_leaves_half_of_the_bucket_to_sends() {
        let (clock, pacer) = pacer(6_000);
        let watched = (0..1_000).take_while(|_| pacer.spare(5).unwrap().is_zero()).count();
        assert_eq!(watched, 100, "500 of 1,000 units");
        // Mails that are due find the other half, and watching waits until they had theirs.
        assert!((0..5).all(|_| pacer.reserve(100).unwrap().is_zero()));
        assert!(pacer.spare(5).unwrap() > Duration::from_secs(6));
        clock.0.store(3_000, Ordering::SeqCst);
        assert!(!pacer.spare(5).unwrap().is_zero(), "250 came back");
        clock.0.store(6_100, Ordering::SeqCst);
        assert!(pacer.spare(5).unwrap().is_zero());
        // A small bucket lets a large call through when it is full.
        let (clock, pacer) = self::pacer(60);
        assert!(pacer.spare(10).unwrap().is_zero());
        assert!(!pacer.spare(10).unwrap().is_zero());
        clock.0.store(60_000, Ordering::SeqCst);
        assert!(pacer.spare(10).unwrap().is_zero());
    }

    #[tokio::test]
    async fn watching_does_not_wait_for_ever() {
        // Ten seconds would not do.
        let (_, pacer) = pacer(6);
        pacer.take(Cost::making_way(1)).await.unwrap();
        let error = pacer.take(Cost::making_way(1)).await.unwrap_err();
        assert_eq!((error.trouble, error.retry_after), (Trouble::RateLimited, Some(11)));
    }

    #[test]
    fn what_google_asks_for_is_obeyed_and_a_clock_moved_back_does_not_lock_it_for_ever() {
        let (clock, pacer) = pacer(0);
        clock.0.store(1_000_000_000, Ordering::SeqCst);
        pacer.close_for(30);
        assert_eq!(pacer.reserve(1).unwrap_err().retry_after, Some(31));
        pacer.close_for(5);
        clock.0.fetch_add(29_999, Ordering::SeqCst);
        assert_eq!(pacer.reserve(1).unwrap_err().retry_after, Some(1));
        clock.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(pacer.reserve(1_000_000).unwrap(), Duration::ZERO, "without a quota nothing is counted");
        clock.0.store(-1_000_000_000_000, Ordering::SeqCst);
        assert!(pacer.reserve(1).unwrap_err().retry_after.unwrap() <= 24 * 60 * 60 + 1);
    }
}
