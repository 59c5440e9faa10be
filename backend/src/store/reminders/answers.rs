//! What becomes of the reminders of a mail when somebody answers, when it does not arrive, and when its recipient is away: in the
//! unit of work that writes that down.
//!
//! What must hold: a reminder that was asked for in any case comes in any case. An absence never makes one come earlier than was
//! asked for, and moves it by no more than [`FURTHEST`], however many are told: anybody can write in somebody's name. A lease stays with whoever holds it: it finds what happened when it writes.

use uuid::Uuid;
use waxwing_domain::civil::{Civil, Date, Time};
use waxwing_domain::holidays::Holidays;
use waxwing_domain::mailkind::away::working_day_after;
use waxwing_domain::when::zone::Zones as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Condition, ReminderSettings, ReminderState, WaitingNews, When, WhyReminder, Wish};

use super::super::{Result, Work};
use super::{NoteState, Row, change};
use crate::account_id::AccountId;
use crate::zones::Iana;

const DAY: Millis = 24 * 60 * 60 * 1_000;
/// Absences move a reminder no further than this beyond the time that its user asked for.
pub const FURTHEST: Millis = 60 * DAY;
/// Its user is told when it is moved by more than this.
const FAR: Millis = 14 * DAY;
/// When a working day begins, where the wish names no time of day.
const MORNING: &str = "09:00";

/// What became of reminders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// The number of the newest event that was written for them.
    pub event: Option<i64>,
    /// A reminder changed.
    pub changed: bool,
    /// Its user is to be told.
    pub tell: bool,
    /// There is something to do at once: ring for the engine when it is committed.
    pub ring: bool,
}

/// A person answered: what was asked for only if nobody does is off, and its note goes away.
pub async fn on_answered(tx: &mut Work, account: AccountId, waiting: Uuid, now: Millis) -> Result<Touched> {
    let end = |row: &mut Row| {
        row.state = ReminderState::Answered;
        row.why = None;
    };
    over(tx, account, waiting, now, end).await
}

/// It did not arrive. `hard`: and will not.
pub async fn on_bounced(tx: &mut Work, account: AccountId, waiting: Uuid, hard: bool, now: Millis) -> Result<Touched> {
    if !hard {
        return Ok(Touched::default());
    }
    let end = |row: &mut Row| {
        row.state = ReminderState::Off;
        row.why = Some(WhyReminder::Bounced);
    };
    over(tx, account, waiting, now, end).await
}

async fn over(
    tx: &mut Work,
    account: AccountId,
    waiting: Uuid,
    now: Millis,
    end: impl Fn(&mut Row) + Send + Sync,
) -> Result<Touched> {
    let mut touched = Touched::default();
    for mut row in change::of_mail(tx, account, waiting).await? {
        if !row.is_on() || row.wish.condition == Condition::Always {
            continue;
        }
        let was_back = row.state == ReminderState::Back || row.note_state == NoteState::There;
        end(&mut row);
        row.without_note(now, None);
        let version = row.version;
        row.version += 1;
        change::update(tx, account, row.id, version, &row).await?;
        if was_back {
            touched.event = Some(change::tell_of(tx, account, waiting, WaitingNews::Over, false, now).await?);
        }
        touched.changed = true;
        touched.ring |= row.due_at.is_some();
    }
    Ok(touched)
}

/// An automatic reply says until when its writer is away (noon UTC of the last day): what would come before the working day after
/// it comes then, at its own time of day.
pub async fn on_away(
    tx: &mut Work,
    account: AccountId,
    waiting: Uuid,
    until: Millis,
    settings: &ReminderSettings,
    now: Millis,
) -> Result<Touched> {
    let mut touched = Touched::default();
    for mut row in change::of_mail(tx, account, waiting).await? {
        let comes = matches!(row.state, ReminderState::Waiting | ReminderState::Returning);
        if !comes || row.wish.condition == Condition::Always || row.note_state == NoteState::Putting {
            continue;
        }
        let Some(at) = moved_to(&row.wish, until, settings) else { continue };
        let asked = row.asked_at.unwrap_or(now);
        let first = row.moved_from.unwrap_or(asked);
        let at = at.min(first.saturating_add(FURTHEST));
        if at <= asked.max(now) {
            continue;
        }
        touched.tell |= at.saturating_sub(first) > FAR;
        row.moved_from = Some(first);
        row.asked_at = Some(at);
        row.state = ReminderState::Waiting;
        row.why = Some(WhyReminder::Away { until });
        row.attempts = 0;
        // A note that is to go first keeps its turn.
        if row.note_state != NoteState::Taking {
            row.due_at = Some(at);
        }
        let version = row.version;
        row.version += 1;
        change::update(tx, account, row.id, version, &row).await?;
        touched.changed = true;
    }
    Ok(touched)
}

/// The working day after a day, at the time of day that was asked for.
pub(super) fn moved_to(wish: &Wish, until: Millis, settings: &ReminderSettings) -> Option<Millis> {
    let last = Date::from_days(until.div_euclid(DAY))?;
    let holidays = Holidays::read(&settings.holidays).unwrap_or_default();
    let date = working_day_after(last, |day| holidays.has(day))?;
    let (own, named) = match &wish.when {
        When::At { wall, zone } => (Civil::parse(wall).map(|(civil, _)| civil.time), Some(zone.as_str())),
        When::Instant { zone, .. } => (None, Some(zone.as_str())),
        When::Within { .. } | When::Repeat { .. } => (None, None),
    };
    let time = own.or_else(|| Time::parse(MORNING))?;
    let zone = settings.zone.as_deref().and_then(|name| Iana.find(name)).or_else(|| Iana.find(named.unwrap_or("UTC")))?;
    zone.resolve(Civil { date, time }).instant().checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-04T12:00:00Z, a Friday.
    const FRIDAY: Millis = 1_796_385_600_000;

    fn wish(when: When) -> Wish {
        Wish { when, phrase: None, condition: Condition::NoAnswer, every_days: None }
    }

    #[test]
    fn absences_end_on_a_working_day() {
        let at = wish(When::At { wall: "2026-12-01T14:30:00".to_owned(), zone: "Europe/Berlin".to_owned() });
        let instant = wish(When::Instant { at: 0, zone: "America/New_York".to_owned() });
        let mut settings = ReminderSettings::default();
        // Monday the 7th, 14:30 in Berlin; 09:00 in New York.
        assert_eq!(moved_to(&at, FRIDAY, &settings), Some(1_796_650_200_000));
        assert_eq!(moved_to(&instant, FRIDAY, &settings), Some(1_796_652_000_000));
        // The zone that was chosen counts, and so do days off.
        settings.zone = Some("Europe/Oslo".to_owned());
        settings.holidays = vec!["2026-12-07".to_owned(), "no day".to_owned()];
        assert_eq!(moved_to(&instant, FRIDAY, &settings), Some(1_796_630_400_000), "a list that is damaged holds no day");
        settings.holidays.pop();
        assert_eq!(moved_to(&instant, FRIDAY, &settings), Some(1_796_630_400_000 + DAY));
        for until in [i64::MAX, i64::MIN] {
            assert_eq!(moved_to(&at, until, &settings), None);
        }
    }
}
