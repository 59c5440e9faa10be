//! Quiet hours. Pure: the clock's reading and the zone's offsets are handed in.

use waxwing_protocol::Millis;
use waxwing_protocol::page::QuietHours;

const MINUTE: Millis = 60_000;
const DAY: i64 = 24 * 60;

/// Whether the hours are of the form: minutes of a day.
pub(super) fn are_valid(hours: QuietHours) -> bool {
    [hours.from, hours.to].into_iter().all(|minute| i64::from(minute) < DAY)
}

/// When the quiet that reigns now ends; `None` when none does. `offset` is how many minutes the browser's clock is ahead of
/// UTC at an instant.
///
/// Where clocks change meanwhile the end is the one by the new time; never in the past, so that whoever waits for it gets on.
pub(super) fn ends_at(hours: QuietHours, now: Millis, offset: impl Fn(Millis) -> i32) -> Option<Millis> {
    let (from, to) = (i64::from(hours.from), i64::from(hours.to));
    let minute = (now.div_euclid(MINUTE) + i64::from(offset(now))).rem_euclid(DAY);
    let is_quiet = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    if !is_quiet {
        return None;
    }
    let end = (now.div_euclid(MINUTE) + (to - minute).rem_euclid(DAY)) * MINUTE;
    let moved = i64::from(offset(end)) - i64::from(offset(now));
    Some((end - moved * MINUTE).max(now + MINUTE))
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::Millis;
    use waxwing_protocol::page::QuietHours;

    use super::{MINUTE, are_valid, ends_at};

    /// Midnight UTC of some day.
    const MIDNIGHT: Millis = 20_000 * 24 * 60 * MINUTE;

    fn at(hour: i64, minute: i64) -> Millis {
        MIDNIGHT + (hour * 60 + minute) * MINUTE
    }

    #[test]
    fn quiet_ends_when_it_should() {
        let (night, noon, none) = ((22 * 60, 7 * 60), (12 * 60, 13 * 60), (60, 60));
        for ((from, to), zone, now, end) in [
            (night, 0, at(23, 30) + 59_999, Some(at(31, 0))),
            (night, 0, at(22, 0), Some(at(31, 0))),
            (night, 0, at(21, 59) + 59_999, None),
            (night, 0, at(6, 59), Some(at(7, 0))),
            (night, 0, at(7, 0), None),
            (night, 0, at(0, 0), Some(at(7, 0))),
            // One hour ahead of UTC, half an hour more, and behind it over the date line of the day.
            (night, 60, at(21, 0), Some(at(30, 0))),
            (night, 330, at(16, 30), Some(at(25, 30))),
            (night, -600, at(8, 0), Some(at(17, 0))),
            (noon, 0, at(12, 0), Some(at(13, 0))),
            (noon, 0, at(12, 59), Some(at(13, 0))),
            (noon, 0, at(13, 0), None),
            (none, 0, at(1, 0), None),
            // Before 1970 too.
            (night, 0, at(23, 0) - 2 * MIDNIGHT, Some(at(31, 0) - 2 * MIDNIGHT)),
        ] {
            assert_eq!(ends_at(QuietHours { from, to }, now, |_| zone), end, "{from} {to} {zone} {now}");
        }
    }

    #[test]
    fn clocks_that_change_move_the_end_with_them() {
        let night = QuietHours { from: 22 * 60, to: 7 * 60 };
        // At 02:00 the clock is put to 03:00, or back to 01:00.
        let forth = |instant: Millis| if instant < at(26, 0) { 0 } else { 60 };
        let back = |instant: Millis| if instant < at(26, 0) { 0 } else { -60 };
        assert_eq!(ends_at(night, at(23, 0), forth), Some(at(30, 0)));
        assert_eq!(ends_at(night, at(23, 0), back), Some(at(32, 0)));
        // The change swallows what is left.
        let short = QuietHours { from: 60, to: 2 * 60 + 30 };
        let now = at(25, 59);
        assert_eq!(ends_at(short, now, forth), Some(now + MINUTE));
    }

    #[test]
    fn minutes_are_those_of_a_day() {
        for (from, to, valid) in [(0, 1439, true), (1439, 0, true), (1440, 0, false), (0, u16::MAX, false)] {
            assert_eq!(are_valid(QuietHours { from, to }), valid, "{from} {to}");
        }
    }
}
