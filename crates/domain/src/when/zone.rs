//! Zones: from an instant to what clocks show there, and back.
//!
//! The domain holds no rules of zones; a shell hands them in (the backend's from the IANA database, the browser's from
//! `Intl`). What must hold: a wall time in a gap or an overlap is resolved as RFC 5545, 3.3.5 says, everywhere the same.

use crate::civil::Civil;

/// Seconds around a wall time in which a change of the offset is looked for. No zone changes twice within them.
const AROUND: i64 = 86_400;

/// A place's clocks.
pub trait Zone {
    /// Seconds east of UTC at an instant (seconds since 1970 UTC).
    fn offset_at(&self, instant: i64) -> i32;

    /// The instants at which clocks there show `civil`.
    fn resolve(&self, civil: Civil) -> Resolved {
        let wall = civil.seconds();
        let (before, after) = (self.offset_at(wall - AROUND), self.offset_at(wall + AROUND));
        let (early, late) = (wall - i64::from(before), wall - i64::from(after));
        match (self.offset_at(early) == before, self.offset_at(late) == after) {
            (true, true) if early != late => Resolved::Fold { earlier: early.min(late), later: early.max(late) },
            (true, _) => Resolved::One(early),
            (false, true) => Resolved::One(late),
            (false, false) => Resolved::Gap { before: early, after: late },
        }
    }

    /// The instant a span later (or earlier): months and days as calendars count, then seconds as they pass. `None` outside
    /// the years 1 to 9999.
    fn later(&self, instant: i64, months: i64, days: i64, seconds: i64) -> Option<i64> {
        if months == 0 && days == 0 {
            return instant.checked_add(seconds);
        }
        let wall = self.civil_at(instant)?;
        let date = wall.date.plus_months(months)?.plus_days(days)?;
        self.resolve(Civil { date, ..wall }).instant().checked_add(seconds)
    }

    /// What clocks there show at an instant; `None` outside the years 1 to 9999.
    fn civil_at(&self, instant: i64) -> Option<Civil> {
        Civil::from_seconds(instant.checked_add(i64::from(self.offset_at(instant)))?)
    }
}

/// What a wall time stands for, in seconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// One instant.
    One(i64),
    /// Clocks jump over it.
    Gap {
        /// With the offset before the gap: clocks then show a later time.
        before: i64,
        /// With the offset after the gap: clocks then show an earlier time.
        after: i64,
    },
    /// Clocks show it twice.
    Fold {
        /// The first time.
        earlier: i64,
        /// The second time.
        later: i64,
    },
}

impl Resolved {
    /// The instant after RFC 5545, 3.3.5: the offset before a gap, the first of two.
    pub fn instant(self) -> i64 {
        match self {
            Self::One(instant) | Self::Gap { before: instant, .. } | Self::Fold { earlier: instant, .. } => instant,
        }
    }
}

/// A zone that never changes: seconds east of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed(pub i32);

impl Zone for Fixed {
    fn offset_at(&self, _: i64) -> i32 {
        self.0
    }
}

/// Where zones are found by name.
pub trait Zones {
    /// The zone of an IANA name, however its letters are cased.
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>>;
}

/// Knows no zone: phrases with places in them are refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoZones;

impl Zones for NoZones {
    fn find(&self, _: &str) -> Option<Box<dyn Zone + '_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One hour forward at 1,000,000, back at 2,000,000.
    struct Summer;

    impl Zone for Summer {
        fn offset_at(&self, instant: i64) -> i32 {
            if (1_000_000..2_000_000).contains(&instant) { 7200 } else { 3600 }
        }
    }

    #[test]
    fn gaps_and_folds() {
        let resolve = |seconds| Summer.resolve(Civil::from_seconds(seconds).unwrap());
        assert_eq!(resolve(500_000 + 3600), Resolved::One(500_000));
        assert_eq!(resolve(1_500_000 + 7200), Resolved::One(1_500_000));
        assert_eq!(resolve(1_003_600 - 1), Resolved::One(999_999));
        assert_eq!(resolve(1_003_600), Resolved::Gap { before: 1_000_000, after: 996_400 });
        assert_eq!(resolve(1_003_600).instant(), 1_000_000);
        assert_eq!(resolve(1_007_200), Resolved::One(1_000_000));
        assert_eq!(resolve(2_003_600), Resolved::Fold { earlier: 1_996_400, later: 2_000_000 });
        assert_eq!(resolve(2_003_600).instant(), 1_996_400);
        assert_eq!(resolve(2_007_200), Resolved::One(2_003_600));
    }
}
