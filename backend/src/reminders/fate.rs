//! What becomes of a reminder, as pure functions from its row to the next one.
//!
//! What must hold: whoever works on a row writes only while it still returns; what its user, or an answer, did meanwhile stays, and
//! a note that was put for nothing goes away again.

use waxwing_domain::civil::Civil;
use waxwing_domain::schedule::zone_name;
use waxwing_domain::when::zone::Zones as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ReminderState, Trouble, WaitingNews, WhyReminder, Wish};

use crate::mailbox::MailboxError;
use crate::mailbox::watching::NoteRef;
use crate::store::reminders::change::{MailBecomes, Next};
use crate::store::reminders::{NoteState, ON_ITS_WAY, Row};
use crate::zones::Iana;

/// Pauses before the next try, in milliseconds: an hour of them.
const RETRIES: [Millis; 7] = [30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 1_800_000];
/// Pauses before a note is taken away again are not longer.
const TAKE_WITHIN: Millis = 6 * 60 * 60 * 1_000;
/// Tries to take a note away before it is left: weeks of them.
const MOST_TAKES: u32 = 100;
/// While an account is not used it is asked so often whether it is again.
const NOT_USED: Millis = 15 * 60_000;
const DAY: Millis = 24 * 60 * 60 * 1_000;

/// Works on it no more, whatever became of it.
pub fn released(mut row: Row) -> Next {
    row.release();
    Next::silent(row)
}

/// The time after the one at which it came, for what comes again: the same time of day, in the zone that was asked for.
pub fn next_time(row: &Row, now: Millis) -> Option<Millis> {
    let every = i64::from(row.wish.every_days?).max(1);
    let asked = row.asked_at.unwrap_or(now);
    let zone = Iana.find(zone_name(&row.wish.when)).or_else(|| Iana.find("UTC"))?;
    let civil = zone.civil_at(asked.div_euclid(1_000))?;
    // Times that were missed are passed over.
    let missed = now.saturating_sub(asked).max(0) / (every * DAY);
    (missed..missed.saturating_add(4))
        .filter_map(|times| civil.date.plus_days(every.saturating_mul(times.max(1))))
        .filter_map(|date| zone.resolve(Civil { date, ..civil }).instant().checked_mul(1_000))
        .find(|at| *at > now)
}

fn comes_again(row: &mut Row, now: Millis) {
    row.asked_at = next_time(row, now);
    row.due_at = row.asked_at;
}

/// The note that is about to be put; `None`: it does not return any more.
pub fn putting(mut row: Row, note: NoteRef) -> Option<Next> {
    if row.state != ReminderState::Returning {
        return None;
    }
    row.note = Some(note);
    row.note_state = NoteState::Putting;
    Some(Next::silent(row))
}

/// The old note is gone, before a new one is put.
pub fn cleared(mut row: Row) -> Option<Next> {
    if row.state != ReminderState::Returning {
        return None;
    }
    row.note = None;
    row.note_state = NoteState::None;
    Some(Next::silent(row))
}

/// The conversation is back. `note`: where its note lies.
pub fn back(mut row: Row, why: WhyReminder, note: NoteRef, now: Millis) -> Next {
    if row.state != ReminderState::Returning {
        return put_for_nothing(row, note, now);
    }
    row.note = Some(note);
    row.note_state = NoteState::There;
    told(row, why, now)
}

/// Meanwhile it was answered, or its user said something else: the note goes again.
fn put_for_nothing(mut row: Row, note: NoteRef, now: Millis) -> Next {
    row.note = Some(note);
    row.note_state = NoteState::Taking;
    row.due_at = Some(now);
    released(row)
}

/// Its user is told, with a note or without.
fn told(mut row: Row, why: WhyReminder, now: Millis) -> Next {
    row.state = ReminderState::Back;
    row.why = Some(why);
    row.came_at = Some(now);
    row.moved_from = None;
    row.times = row.times.saturating_add(1);
    row.attempts = 0;
    comes_again(&mut row, now);
    // A conversation that was thrown away comes once.
    if why == WhyReminder::Deleted {
        row.asked_at = None;
        row.due_at = None;
    }
    row.release();
    Next::new(row, WaitingNews::Back).tell()
}

/// Told by notification only. A note that may be there stays known, so that it goes when it is over.
pub fn told_only(mut row: Row, why: WhyReminder, now: Millis) -> Next {
    if row.state != ReminderState::Returning {
        return given_back(row, now);
    }
    if row.note_state == NoteState::Putting {
        row.note_state = NoteState::There;
    }
    told(row, why, now)
}

/// It is off, and nobody is told: answered, or opened.
pub fn off(mut row: Row, state: ReminderState, why: Option<WhyReminder>, now: Millis) -> Next {
    if row.state != ReminderState::Returning {
        return given_back(row, now);
    }
    let was_back = row.note_state == NoteState::There;
    row.state = state;
    row.why = why;
    row.without_note(now, None);
    row.release();
    Next::new(row, if was_back { WaitingNews::Over } else { WaitingNews::Changed })
}

/// The mailbox cannot be used now: again later, and after an hour its user is told all the same.
pub fn later(mut row: Row, error: &MailboxError, now: Millis) -> Next {
    if row.state != ReminderState::Returning {
        return given_back(row, now);
    }
    let tries = usize::try_from(row.attempts).unwrap_or(usize::MAX);
    let pause = RETRIES.get(tries).copied().filter(|_| error.may_pass());
    // A grant from before there were notes can do all else: that it lacks a right is what is told.
    if error.needs_sign_in() && error.trouble != Trouble::RightMissing {
        return told_only(row, WhyReminder::NoMailbox, now);
    }
    let Some(pause) = pause else { return told_only(row, WhyReminder::Trouble { trouble: error.trouble }, now) };
    let wants = Millis::from(error.retry_after.unwrap_or(0)).saturating_mul(1_000).min(RETRIES[RETRIES.len() - 1]);
    let first = row.attempts == 0;
    row.attempts = row.attempts.saturating_add(1);
    row.due_at = Some(now.saturating_add(pause.max(wants)));
    // One that comes again stays there, with the note that it has.
    row.state = if row.note_state == NoteState::There { ReminderState::Back } else { ReminderState::Waiting };
    if row.state == ReminderState::Waiting {
        row.why = Some(WhyReminder::Trouble { trouble: error.trouble });
    }
    row.release();
    if first { Next::new(row, WaitingNews::Changed) } else { Next::silent(row) }
}

/// Its user is done with it, or switched it off.
pub fn ended(mut row: Row, state: ReminderState, now: Millis) -> Next {
    let was_back = row.state == ReminderState::Back || row.note_state == NoteState::There;
    row.state = state;
    row.why = (state == ReminderState::Off).then_some(WhyReminder::Switched);
    row.without_note(now, None);
    Next::new(row, if was_back { WaitingNews::Over } else { WaitingNews::Changed })
}

/// Its user wants it later, from where it waits or is back.
pub fn snoozed(row: Row, wish: Wish, at: Millis, now: Millis) -> Next {
    let was_back = row.state == ReminderState::Back || row.note_state == NoteState::There;
    let mut next = set_again(row, wish, at, now);
    next.news = Some((if was_back { WaitingNews::Over } else { WaitingNews::Changed }, false));
    next
}

/// It comes at another time, or on another condition, wherever it stood.
pub fn set_again(mut row: Row, wish: Wish, at: Millis, now: Millis) -> Next {
    row.state = ReminderState::Waiting;
    row.why = None;
    row.wish = wish;
    row.by_default = false;
    row.asked_at = Some(at);
    row.moved_from = None;
    row.without_note(now, Some(at));
    Next::new(row, WaitingNews::Changed).mail(MailBecomes::Waited)
}

/// Nobody is away: it comes when it would have come.
pub fn not_away(mut row: Row, now: Millis) -> Next {
    row.asked_at = row.moved_from.take().or(row.asked_at);
    row.why = None;
    row.state = ReminderState::Waiting;
    let at = row.asked_at;
    row.without_note(now, at);
    Next::new(row, WaitingNews::Changed)
}

/// It was answered, and that was no answer: it goes on as before. One that was back comes back at once.
pub fn goes_on(mut row: Row, now: Millis) -> Next {
    row.state = ReminderState::Waiting;
    row.why = None;
    let at = row.asked_at.unwrap_or(now);
    row.asked_at = Some(at);
    row.without_note(now, Some(at));
    Next::new(row, WaitingNews::Changed)
}

/// The note is gone, or never was there.
pub fn note_gone(mut row: Row) -> Next {
    row.note = None;
    row.note_state = NoteState::None;
    row.attempts = 0;
    row.due_at = row.asked_at.filter(|_| row.is_on());
    released(row)
}

/// The same while it is back, or waits for its next try: it stands where it stood.
pub fn left(mut row: Row) -> Next {
    if row.note_state == NoteState::Taking {
        return note_gone(row);
    }
    row.note = None;
    row.note_state = NoteState::None;
    released(row)
}

/// The note could not be taken away. A mailbox that its owner has to sign in to is waited for, however long that takes.
pub fn note_stays(mut row: Row, error: &MailboxError, now: Millis) -> Next {
    let signed_out = error.needs_sign_in();
    let tries = usize::try_from(row.attempts).unwrap_or(usize::MAX);
    let pause = RETRIES.get(tries).copied().filter(|_| !signed_out).unwrap_or(TAKE_WITHIN);
    let wants = Millis::from(error.retry_after.unwrap_or(0)).saturating_mul(1_000).min(TAKE_WITHIN);
    row.attempts = row.attempts.saturating_add(u32::from(!signed_out));
    let at = now.saturating_add(pause.max(wants));
    if row.attempts >= MOST_TAKES {
        return note_gone(row);
    }
    row.due_at = Some(at);
    // It is due again itself by then: with the note that it has.
    if row.state == ReminderState::Waiting && row.asked_at.is_some_and(|asked| asked <= at) {
        row.note_state = NoteState::There;
        row.due_at = row.asked_at.max(Some(now.saturating_add(RETRIES[0])));
        row.attempts = 0;
    }
    released(row)
}

/// Its account is not used: nothing is done in its mailbox until it is again.
pub fn put_off(row: Row, now: Millis) -> Next {
    let mut next = given_back(row, now);
    next.row.due_at = Some(now.saturating_add(NOT_USED));
    next
}

/// What becomes of a row whose owner is dead.
pub fn recovered(mut row: Row, now: Millis) -> Next {
    if row.note_state == NoteState::Putting {
        row.due_at = Some(now.saturating_add(ON_ITS_WAY));
        return released(row);
    }
    given_back(row, now)
}

/// Nothing was done with it, or nobody knows what became of it.
pub fn given_back(mut row: Row, now: Millis) -> Next {
    if row.state == ReminderState::Returning {
        row.due_at = row.due_at.or(Some(now));
    }
    // Putting has become taking meanwhile: what is on its way has to arrive before it can be found.
    if row.note_state == NoteState::Taking && row.is_on_its_way() {
        row.due_at = Some(now.saturating_add(ON_ITS_WAY));
    }
    released(row)
}
