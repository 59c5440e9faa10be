//! Rate limits of pairing, of connecting mailboxes and of the API. Pixels and links have none: a reader is never turned away.
//!
//! Token buckets, by the clock that the backend is given; a clock that moves back refills nothing and takes nothing away.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::problem::ApiError;
use crate::account_id::AccountId;

/// More callers than this are not remembered one by one: those that are full again are forgotten first.
const MAX_TRACKED: usize = 20_000;
/// How often all callers are looked through at most, in milliseconds.
const SWEEP_EVERY: u64 = 1_000;

/// A bucket's size, and how long it takes to gain one.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    refill_ms: u32,
}

/// Wrong codes from one network: ten at once, then one in half a minute.
const PAIR_ONE: Rate = Rate { burst: 10, refill_ms: 30_000 };
/// Wrong codes from everywhere: a code has 50 bits and lives 15 minutes, so this is far from a risk.
const PAIR_ALL: Rate = Rate { burst: 200, refill_ms: 1_000 };
/// Calls of one device: an outbox of days goes through, a runaway does not.
const DEVICE: Rate = Rate { burst: 600, refill_ms: 25 };

/// Bytes of a body that count as another call. A mail to hundreds of people has fewer.
const ONE_CALL: u64 = 32 * 1024;
/// What one call counts as, at most: the largest that is taken, or one that does not say how large it is.
const MOST_CALLS: u32 = 128;

/// Tries of one account to connect a mailbox: ten at once, then one in half a minute. Nobody guesses passwords through us.
const CONNECT: Rate = Rate { burst: 10, refill_ms: 30_000 };

/// Choices of whoever holds a mail, by its link: thirty at once, then one a minute.
const CHOICE: Rate = Rate { burst: 30, refill_ms: 60_000 };

/// Choices for mails of an account that were never registered, as by whoever makes up links with its key: each of them is a row. A mail whose
/// registration is still on its way is refused once or twice.
const UNKNOWN_CHOICE: Rate = Rate { burst: 60, refill_ms: 60_000 };

/// Sign-ins at the provider that one network begins: each of them is a row.
const SIGN_IN: Rate = Rate { burst: 20, refill_ms: 10_000 };

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Millis,
}

impl Bucket {
    fn refill(&mut self, rate: Rate, now: Millis) {
        let passed = u32::try_from(now.saturating_sub(self.at).max(0)).unwrap_or(u32::MAX);
        self.left = (self.left + f64::from(passed) / f64::from(rate.refill_ms)).min(f64::from(rate.burst));
        self.at = now;
    }
}

#[derive(Debug)]
struct Buckets<K> {
    rate: Rate,
    of: Mutex<Tracked<K>>,
}

#[derive(Debug)]
struct Tracked<K> {
    buckets: HashMap<K, Bucket>,
    swept: Option<Millis>,
}

impl<K: Hash + Eq + Copy> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, of: Mutex::new(Tracked { buckets: HashMap::new(), swept: None }) }
    }

    /// Takes one, or says how many seconds until there is one.
    fn take(&self, key: K, now: Millis) -> Result<(), ApiError> {
        self.take_many(key, 1, now)
    }

    /// Takes so many where there is one, the rest of them as a debt; or says how many seconds until there is one.
    fn take_many(&self, key: K, count: u32, now: Millis) -> Result<(), ApiError> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let due = of.swept.is_none_or(|swept| now.abs_diff(swept) >= SWEEP_EVERY);
        if due && of.buckets.len() >= MAX_TRACKED {
            let rate = self.rate;
            of.swept = Some(now);
            of.buckets.retain(|_, bucket| {
                bucket.refill(rate, now);
                bucket.left < f64::from(rate.burst)
            });
        }
        let bucket = of.buckets.entry(key).or_insert(Bucket { left: f64::from(self.rate.burst), at: now });
        bucket.refill(self.rate, now);
        if bucket.left >= 1.0 {
            bucket.left -= f64::from(count);
            return Ok(());
        }
        let wait_ms = (1.0 - bucket.left) * f64::from(self.rate.refill_ms);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some refills at most: a small positive number"
        )]
        let retry_after = (wait_ms / 1000.0).ceil().max(1.0) as u32;
        Err(ApiError::RateLimited { retry_after })
    }

    /// Nothing was taken of it, or all of that came back.
    fn is_full(&self, key: &K, now: Millis) -> bool {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.buckets.get_mut(key).is_none_or(|bucket| {
            bucket.refill(self.rate, now);
            bucket.left >= f64::from(self.rate.burst)
        })
    }

    fn give_back(&self, key: &K) {
        if let Some(bucket) = self.of.lock().unwrap_or_else(PoisonError::into_inner).buckets.get_mut(key) {
            bucket.left = (bucket.left + 1.0).min(f64::from(self.rate.burst));
        }
    }
}

/// All limits of a backend.
#[derive(Debug)]
pub struct Limits {
    pair_one: Buckets<IpAddr>,
    pair_all: Buckets<()>,
    device: Buckets<Uuid>,
    connect: Buckets<AccountId>,
    sign_in: Buckets<IpAddr>,
    choice: Buckets<(AccountId, Uuid)>,
    unknown_choice: Buckets<AccountId>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pair_one: Buckets::new(PAIR_ONE),
            pair_all: Buckets::new(PAIR_ALL),
            device: Buckets::new(DEVICE),
            connect: Buckets::new(CONNECT),
            sign_in: Buckets::new(SIGN_IN),
            choice: Buckets::new(CHOICE),
            unknown_choice: Buckets::new(UNKNOWN_CHOICE),
        }
    }
}

impl Limits {
    /// Before a code is looked at. A network that typed no wrong one is never kept waiting by others, however many they are: at 50 bits
    /// a code a network is as good as none.
    pub fn before_pairing(&self, address: IpAddr, now: Millis) -> Result<(), ApiError> {
        let network = network(address);
        let was_full = self.pair_one.is_full(&network, now);
        self.pair_one.take(network, now)?;
        match self.pair_all.take((), now) {
            Err(_) if was_full => Ok(()),
            taken => taken,
        }
    }

    /// The code was good: only wrong ones count.
    pub fn after_pairing(&self, address: IpAddr) {
        self.pair_one.give_back(&network(address));
        self.pair_all.give_back(&());
    }

    /// Before somebody is sent to the provider.
    pub fn before_sign_in(&self, address: IpAddr, now: Millis) -> Result<(), ApiError> {
        self.sign_in.take(network(address), now)
    }

    /// Before a mailbox is connected or tested.
    pub fn before_connecting(&self, account: AccountId, now: Millis) -> Result<(), ApiError> {
        self.connect.take(account, now)
    }

    /// It worked: only failures count.
    pub fn after_connecting(&self, account: AccountId) {
        self.connect.give_back(&account);
    }

    /// Before a recipient's choice for a mail of an account is stored. Another account may have a mail of the same id.
    pub fn before_choice(&self, account: AccountId, message: Uuid, is_registered: bool, now: Millis) -> Result<(), ApiError> {
        self.choice.take((account, message), now)?;
        if is_registered { Ok(()) } else { self.unknown_choice.take(account, now) }
    }

    /// Before a call of a device, with a body of so many bytes. A large one counts as many calls: what it says is written by the only
    /// writer, and others wait for that.
    pub fn before_call(&self, device: Uuid, bytes: u64, now: Millis) -> Result<(), ApiError> {
        let count = u32::try_from(bytes / ONE_CALL).unwrap_or(u32::MAX).min(MOST_CALLS);
        self.device.take_many(device, 1 + count, now)
    }
}

/// One subscriber commonly has a whole /64: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_from_everywhere_keep_nobody_out_who_typed_none() {
        let limits = Limits::default();
        let from = |n: u32| IpAddr::from((0x0a00_0000 + n).to_be_bytes());
        for n in 0..PAIR_ALL.burst {
            limits.before_pairing(from(n), 0).unwrap();
        }
        assert!(limits.before_pairing(from(0), 0).is_err(), "it typed a wrong one");
        let clean = from(PAIR_ALL.burst);
        limits.before_pairing(clean, 0).unwrap();
        assert!(limits.before_pairing(clean, 0).is_err(), "now it did, too");
    }

    #[test]
    fn wrong_codes_lock_a_network_out_and_time_lets_it_in_again() {
        let limits = Limits::default();
        let (here, near, there) =
            ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap(), "2001:db8:1::1".parse().unwrap());
        for _ in 0..PAIR_ONE.burst {
            limits.before_pairing(here, 0).unwrap();
        }
        assert_eq!(limits.before_pairing(near, 0), Err(ApiError::RateLimited { retry_after: 30 }));
        assert_eq!(limits.before_pairing(here, 29_000), Err(ApiError::RateLimited { retry_after: 1 }));
        limits.before_pairing(there, 29_000).unwrap();
        limits.before_pairing(here, 30_000).unwrap();
    }

    #[test]
    fn good_codes_do_not_count() {
        let limits = Limits::default();
        let here = "192.0.2.1".parse().unwrap();
        for _ in 0..1_000 {
            limits.before_pairing(here, 0).unwrap();
            limits.after_pairing(here);
        }
    }

    #[test]
    fn many_callers_are_looked_through_once_a_second() {
        let buckets = Buckets::new(DEVICE);
        let fill = |now| {
            for key in 0..MAX_TRACKED {
                buckets.take(key, now).unwrap();
            }
        };
        let tracked = || buckets.of.lock().unwrap().buckets.len();
        fill(0);
        buckets.take(MAX_TRACKED, 25).unwrap();
        assert_eq!(tracked(), 1, "all others were full again");
        fill(25);
        buckets.take(MAX_TRACKED + 1, 50).unwrap();
        assert_eq!(tracked(), MAX_TRACKED + 2, "not again within the second");
        buckets.take(MAX_TRACKED + 1, 1_025).unwrap();
        assert_eq!(tracked(), 1);
        // A clock that moved back does not stop it.
        fill(1_025);
        buckets.take(MAX_TRACKED, -60_000).unwrap();
        buckets.take(MAX_TRACKED, 2_025).unwrap();
        assert_eq!(tracked(), 1);
    }

    #[test]
    fn a_clock_that_moves_back_takes_nothing_away() {
        let limits = Limits::default();
        let device = Uuid::from_u128(1);
        limits.before_call(device, 0, 1_000_000).unwrap();
        for _ in 1..DEVICE.burst {
            limits.before_call(device, 0, 0).unwrap();
        }
        assert!(limits.before_call(device, 0, 0).is_err());
        limits.before_call(device, 0, 25).unwrap();
    }
    #[test]
    fn large_calls_count_as_many() {
        let limits = Limits::default();
        let (device, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let large = 4 * 1024 * 1024;
        // 129 each of 600: the fifth is taken as a debt, which has to come back before the next.
        for _ in 0..5 {
            limits.before_call(device, large, 0).unwrap();
        }
        assert_eq!(limits.before_call(device, 0, 0), Err(ApiError::RateLimited { retry_after: 2 }));
        assert!(limits.before_call(device, 0, 1_100).is_err());
        limits.before_call(device, 0, 1_150).unwrap();
        limits.before_call(other, large, 0).unwrap();
        // Without end is as many as the largest.
        limits.before_call(other, u64::MAX, 0).unwrap();
        for _ in 0..600 - 2 * 129 {
            limits.before_call(other, ONE_CALL - 1, 0).unwrap();
        }
        assert!(limits.before_call(other, 0, 0).is_err());
    }
}
