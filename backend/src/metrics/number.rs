//! Numbers that many threads move and one reads: counters, levels and histograms, all plain atomics.
//!
//! What must hold: moving one is an atomic addition or two, without a lock, an allocation or a clock.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn inc(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many by now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Goes up and down.
#[derive(Debug, Default)]
pub struct Level(AtomicI64);

impl Level {
    /// It is this now.
    pub fn set(&self, now: i64) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// So many more, or fewer.
    pub fn add(&self, more: i64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// One more, for as long as what is returned is kept.
    #[must_use]
    pub fn hold(&self) -> Held<'_> {
        self.add(1);
        Held(self)
    }

    /// How many now.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counted in a [`Level`] until it is dropped.
#[derive(Debug)]
pub struct Held<'a>(&'a Level);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

/// What a histogram's whole numbers are, and how they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds, shown as seconds.
    Micros,
    /// Milliseconds, shown as seconds.
    Millis,
    /// Things, shown as they are.
    Things,
}

impl Unit {
    /// Decimal places between a whole number and what is shown.
    pub(super) fn places(self) -> u32 {
        match self {
            Self::Micros => 6,
            Self::Millis => 3,
            Self::Things => 0,
        }
    }
}

/// How values are spread. Each is counted once, under the lowest bound that it does not pass.
#[derive(Debug)]
pub struct Histogram {
    unit: Unit,
    bounds: &'static [u64],
    /// One a bound, and one for what passes all of them.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one; `bounds` rise, in whole numbers of `unit`.
    pub fn new(unit: Unit, bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { unit, bounds, counts, sum: AtomicU64::new(0) }
    }

    /// One more value.
    pub fn observe(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// One more duration, in a histogram of time.
    pub fn observe_duration(&self, duration: Duration) {
        let value = match self.unit {
            Unit::Micros => duration.as_micros(),
            Unit::Millis => duration.as_millis(),
            Unit::Things => return,
        };
        self.observe(u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// What it holds.
    pub fn read(&self) -> Spread {
        let mut total = 0;
        let below = self
            .counts
            .iter()
            .map(|count| {
                total += count.load(Ordering::Relaxed);
                total
            })
            .collect();
        Spread { unit: self.unit, bounds: self.bounds, below, sum: self.sum.load(Ordering::Relaxed) }
    }
}

/// A histogram as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// What the numbers are.
    pub unit: Unit,
    /// The bounds, rising.
    pub bounds: &'static [u64],
    /// How many values pass no bound up to this one; the last one counts all.
    pub below: Vec<u64>,
    /// All values together.
    pub sum: u64,
}

impl Spread {
    /// How many values.
    pub fn count(&self) -> u64 {
        self.below.last().copied().unwrap_or(0)
    }
}

/// Measures how long something takes: the one place where the backend reads a clock that is no parameter. Nothing is decided by it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// From now on.
    #[expect(clippy::disallowed_methods, reason = "a measurement of this process's own speed, which decides nothing")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Since it was started.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_under_the_lowest_bound_that_they_do_not_pass() {
        let histogram = Histogram::new(Unit::Millis, &[1, 10, 100]);
        for value in [0, 1, 2, 10, 11, 100, 101, 5_000] {
            histogram.observe(value);
        }
        let read = histogram.read();
        assert_eq!((read.below.clone(), read.sum, read.count()), (vec![2, 4, 6, 8], 5_225, 8));
        histogram.observe_duration(Duration::from_micros(1_999));
        assert_eq!(histogram.read().below[0], 3, "a millisecond and a bit is one");
        let things = Histogram::new(Unit::Things, &[1]);
        things.observe_duration(Duration::from_secs(1));
        assert_eq!(things.read().count(), 0, "things take no time");
    }

    #[test]
    fn what_is_held_is_counted_until_it_is_let_go() {
        let level = Level::default();
        let (a, b) = (level.hold(), level.hold());
        assert_eq!(level.get(), 2);
        drop(a);
        assert_eq!(level.get(), 1);
        drop(b);
        assert_eq!(level.get(), 0);
    }
}
