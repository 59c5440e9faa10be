//! When to try again.

use waxwing_protocol::Millis;

/// The first wait, at most.
const FIRST: Millis = 10_000;
/// The longest wait of our own making: a quarter of an hour.
const LONGEST: Millis = 15 * 60_000;
/// The longest wait that a server can ask for: an hour. More would be a mistake or malice.
const LONGEST_ASKED: Millis = 60 * 60_000;

/// How long to wait after so many failed attempts (1 is the first): doubling from 5 to 10 s up to 7.5 to 15 minutes, spread by
/// `fraction` (0 to 1) so that browsers do not return all at once; never less than what the server asked for.
pub(super) fn delay(attempts: u32, fraction: f64, retry_after: Option<u32>) -> Millis {
    let ceiling = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(LONGEST);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most 900,000")]
    let spread = (ceiling as f64 / 2.0 * fraction.clamp(0.0, 1.0)) as Millis;
    let asked = retry_after.map_or(0, |seconds| Millis::from(seconds) * 1000);
    (ceiling / 2 + spread).max(asked.min(LONGEST_ASKED))
}

/// Whether an instant to wait for has come. One further away than any wait was made by a clock that was wrong since.
pub(super) fn is_due(at: Millis, now: Millis) -> bool {
    at <= now || at - now > LONGEST_ASKED
}

#[cfg(test)]
mod tests {
    use super::{delay, is_due};

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        for (attempts, low, high) in [
            (0, 5_000, 10_000),
            (1, 5_000, 10_000),
            (2, 10_000, 20_000),
            (5, 80_000, 160_000),
            (8, 450_000, 900_000),
            (u32::MAX, 450_000, 900_000),
        ] {
            assert_eq!(delay(attempts, 0.0, None), low, "{attempts}");
            assert_eq!(delay(attempts, 1.0, None), high, "{attempts}");
        }
    }

    #[test]
    fn a_server_may_ask_for_more_but_not_for_ever() {
        assert_eq!(delay(1, 0.0, Some(1)), 5_000);
        assert_eq!(delay(1, 0.0, Some(60)), 60_000);
        assert_eq!(delay(1, 0.0, Some(u32::MAX)), 3_600_000);
    }

    #[test]
    fn a_clock_that_moved_holds_nothing_up() {
        for (at, now, due) in [(0, 5, true), (5, 5, true), (6, 5, false), (3_600_005, 5, false), (3_600_006, 5, true)] {
            assert_eq!(is_due(at, now), due, "{at} {now}");
        }
    }
}
