//! When a verdict has stood long enough: no other hit of a burst, and no signal of the sender's own view, comes any more.

use super::Kind;

/// For this long a click may still turn out to be one of many: 30 s, in milliseconds.
pub const PROVISIONAL_MS: i64 = 30_000;

/// For this long an open may still turn out to be the sender's own view, whose signal comes within five seconds: 10 s.
pub const OPEN_SETTLES_MS: i64 = 10_000;

/// A clock that is set goes back by less than this; what came from further ahead is as settled as it will be.
const CLOCK_STEP_MS: i64 = 60_000;

/// When a hit settles; all in milliseconds since 1970.
pub fn settles_at(kind: Kind, at_ms: i64) -> i64 {
    at_ms.saturating_add(match kind {
        Kind::Open => OPEN_SETTLES_MS,
        Kind::Click => PROVISIONAL_MS,
    })
}

/// Whether a hit's time to settle has come.
pub fn is_settled(kind: Kind, at_ms: i64, now_ms: i64) -> bool {
    settles_at(kind, at_ms) <= now_ms || at_ms > now_ms.saturating_add(CLOCK_STEP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_settle() {
        for (kind, at, now, expected) in [
            (Kind::Open, 0, 9_999, false),
            (Kind::Open, 0, 10_000, true),
            (Kind::Click, 0, 29_999, false),
            (Kind::Click, 0, 30_000, true),
            // The clock was set back a little, and a lot.
            (Kind::Open, 60_000, 0, false),
            (Kind::Open, 60_001, 0, true),
            (Kind::Click, i64::MAX, i64::MIN, true),
            (Kind::Click, i64::MIN, i64::MAX, true),
            (Kind::Open, i64::MAX, i64::MAX, true),
        ] {
            assert_eq!(is_settled(kind, at, now), expected, "{kind:?} {at} {now}");
        }
    }
}
