//! What becomes of a scheduled mail, as pure functions from its row to the next one with its line of the flight recorder.
//!
//! What must hold: whoever has no lease any more changes nothing; what may be out is never sent again from here.

use waxwing_domain::schedule::{self, Due, NoDue};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{GmailIds, ScheduledState, When, Why};

use super::words;
use crate::mailbox::{DraftRef, MailboxError, SentRef};
use crate::store::scheduled::change::{Left, Next};
use crate::store::scheduled::flight::Line;
use crate::store::scheduled::{Intent, Row};
use crate::zones::Iana;

/// Pauses before the next try, in milliseconds; the last one again and again.
const RETRIES: [Millis; 5] = [30_000, 120_000, 600_000, 1_800_000, 3_600_000];
/// Tries without effect after which a mail has failed: a day of them.
const MOST_TRIES: u32 = 27;
/// A mail whose answer was lost is looked for so long, when its mailbox cannot be looked into. No server is waited for longer.
const DAY: Millis = 24 * 60 * 60 * 1_000;
/// Pauses before each look for a mail whose answer was lost.
const LOOKS: [Millis; 5] = [2_000, 5_000, 15_000, 60_000, 300_000];
/// "It was not sent" is not believed earlier: a request may still be on its way when its answer is lost. However long everything
/// before its last byte took.
const NOT_SENT_AFTER: Millis = 15_000;
/// An engine that is not known to be dead may wait for its answer so long: calls to an API give up four minutes after the last
/// byte of a large mail was let go. Looks go on for longer.
const STILL_WAITING: Millis = 270_000;
/// Pauses when a mailbox cannot be looked into are not longer.
const LOOK_AGAIN_WITHIN: Millis = 600_000;

/// The pause before try number `attempts` + 1.
pub fn pause(attempts: u32) -> Millis {
    let last = RETRIES.len() - 1;
    RETRIES[usize::try_from(attempts).unwrap_or(last).min(last)]
}

/// Waits for its sender.
pub fn held(mut row: Row, why: Why, said: Option<String>) -> Next {
    row.state = ScheduledState::Held;
    row.why = Some(why);
    row.said = said;
    row.due_at = None;
    row.done_at = None;
    row.release();
    Next::new(row).line(words::held(why)).tell()
}

/// Is not wanted any more.
pub fn cancelled(mut row: Row, why: Why, now: Millis) -> Next {
    row.state = ScheduledState::Cancelled;
    row.why = Some(why);
    row.said = None;
    row.due_at = None;
    row.done_at = Some(now);
    row.release();
    let mut next = Next::new(row).line(words::cancelled(why));
    // Anybody can write under a recipient's name: a mail that does not go because of that does not go silently.
    next.tell = why == Why::Answered;
    next
}

/// Is not sent, and not tried again.
pub fn failed(mut row: Row, error: &MailboxError, line: Line) -> Next {
    row.state = ScheduledState::Failed;
    row.why = Some(Why::Trouble { trouble: error.trouble });
    row.said.clone_from(&error.said);
    row.due_at = None;
    row.dismissed = false;
    row.intent = None;
    row.release();
    Next::new(row).line(line).tell()
}

/// Waits again, until an instant.
pub fn waits(mut row: Row, due_at: Millis) -> Row {
    row.state = ScheduledState::Scheduled;
    row.due_at = Some(due_at);
    row.done_at = None;
    row.intent = None;
    row.release();
    row
}

/// What comes of an error before which certainly nothing left.
pub fn not_sent(mut row: Row, error: &MailboxError, now: Millis) -> Next {
    if error.needs_sign_in() {
        row.intent = None;
        return held(row, Why::SignIn, error.said.clone());
    }
    if !error.may_pass() {
        return failed(row, error, words::failed(error));
    }
    if row.attempts >= MOST_TRIES {
        return failed(row, error, words::gave_up(error));
    }
    let at = now.saturating_add(pause(row.attempts).max(server_wants(error)));
    // A window that is over by then is left to the next try to find out.
    let at = schedule::in_window(&row.schedule, at, &Iana).ok().filter(|_| in_a_window(&row)).unwrap_or(at);
    row.attempts = row.attempts.saturating_add(1);
    row.why = Some(Why::Trouble { trouble: error.trouble });
    row.said.clone_from(&error.said);
    Next::new(waits(row, at)).line(words::retry(at, error))
}

/// The pause that a server asked for; not longer than a day, whatever it says.
fn server_wants(error: &MailboxError) -> Millis {
    Millis::from(error.retry_after.unwrap_or(0)).saturating_mul(1_000).min(DAY)
}

fn in_a_window(row: &Row) -> bool {
    matches!(row.schedule.when, When::Within { .. })
}

/// The answer was lost: it is looked for.
pub fn unclear(row: Row, line: Line, now: Millis) -> Next {
    lost(row, line, now, now)
}

fn lost(mut row: Row, line: Line, now: Millis, lost_at: Millis) -> Next {
    if let Some(intent) = &mut row.intent {
        intent.lost_at = Some(lost_at);
    }
    row.state = ScheduledState::Unclear;
    row.why = None;
    row.said = None;
    row.attempts = 0;
    row.due_at = Some(now.saturating_add(LOOKS[0]));
    row.release();
    Next::new(row).line(line)
}

/// A look found nothing, or is too early to be believed.
pub fn not_found(mut row: Row, mut intent: Intent, now: Millis) -> Next {
    intent.looks = intent.looks.saturating_add(1);
    let pause = usize::try_from(intent.looks).ok().and_then(|looks| LOOKS.get(looks)).copied();
    row.intent = Some(intent);
    let Some(pause) = pause else { return held(row, Why::Unclear, None) };
    let at = now.saturating_add(pause);
    row.due_at = Some(at);
    row.release();
    Next::new(row).line(words::looked(at)).silent()
}

/// A mailbox could not be looked into.
pub fn cannot_look(mut row: Row, intent: &Intent, error: &MailboxError, now: Millis) -> Next {
    if now.saturating_sub(intent.trace.at) > DAY {
        return held(row, Why::Unclear, error.said.clone());
    }
    let at = now.saturating_add(pause(row.attempts).min(LOOK_AGAIN_WITHIN).max(server_wants(error)));
    row.attempts = row.attempts.saturating_add(1);
    row.due_at = Some(at);
    row.release();
    Next::new(row).line(words::cannot_look(at, error)).silent()
}

/// A look showed that it was not sent.
pub fn was_not_sent(mut row: Row, intent: Intent, draft: DraftRef, now: Millis) -> Next {
    if intent.lost_for(now) < NOT_SENT_AFTER {
        return not_found(row, intent, now);
    }
    // The first time at once; a server that loses answers again and again is not pressed.
    let at = if row.attempts == 0 { now } else { now.saturating_add(pause(row.attempts)) };
    row.attempts = row.attempts.saturating_add(1);
    // What repeats leaves its draft where it is: what was found is a copy of it.
    if intent.trace.draft.is_some() {
        row.draft = draft;
    }
    row.why = None;
    Next::new(waits(row, at)).line(words::still_draft())
}

/// It was sent, at `at`. What repeats waits for its next time.
pub fn sent(mut row: Row, intent: Intent, sent: &SentRef, line: Line, at: Millis, now: Millis) -> Next {
    let gmail = GmailIds {
        draft: row.gmail.draft.clone(),
        thread: row.gmail.thread.clone(),
        legacy_thread: sent.thread.clone().or_else(|| intent.trace.thread.clone()),
        legacy_message: sent.message.clone(),
        rfc_id: sent.rfc_id.clone().or_else(|| Some(intent.trace.rfc_id.clone())),
    };
    let late = row.asked_at.is_some_and(|asked| schedule::is_late(&row.schedule.late, asked, at));
    row.times = row.times.saturating_add(1);
    row.sent_at = Some(at);
    row.message = intent.message.or(row.message);
    let left = Left { at, intent, gmail: gmail.clone() };
    row.attempts = 0;
    row.said = None;
    row.why = None;
    row.intent = None;
    let mut next = if repeats(&row) {
        goes_on(row, now)
    } else {
        row.gmail = gmail;
        Next::new(rests(row, now))
    };
    next.flight.insert(0, line);
    next.left = Some(left);
    next.tell |= late;
    next
}

/// Whether it comes again and again.
pub fn repeats(row: &Row) -> bool {
    matches!(row.schedule.when, When::Repeat { .. })
}

fn rests(mut row: Row, now: Millis) -> Row {
    row.state = ScheduledState::Sent;
    row.due_at = None;
    row.done_at = Some(now);
    row.release();
    row
}

/// A recurrence goes on with the time after the one that it was due at.
pub fn goes_on(mut row: Row, now: Millis) -> Next {
    let after = row.asked_at.unwrap_or(now);
    match schedule::next(&row.schedule, after, &Iana) {
        Ok(Some(due)) => {
            row.asked_at = Some(due.at);
            row.attempts = 0;
            row.said = None;
            row.why = due.moved.then_some(Why::Holiday);
            let line = words::scheduled(due.at, &row.schedule, due.moved);
            Next::new(waits(row, due.at)).line(line)
        }
        Ok(None) | Err(NoDue::Never | NoDue::Past) if row.times > 0 => Next::new(rests(row, now)),
        Ok(None) | Err(NoDue::Never | NoDue::Past) => cancelled(row, Why::Cancelled, now),
        // The rule was read when it was written: what has changed is the zone.
        Err(NoDue::ZoneUnknown | NoDue::BadRule | NoDue::BadTime | NoDue::BadHoliday) => held(row, Why::ZoneUnknown, None),
    }
}

/// What to do with a mail whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timely {
    /// Send it.
    Go,
    /// Its window is over: it goes on to the next one.
    Wait(Millis),
    /// It is late, and its sender wants to be asked.
    Late,
}

/// Whether a mail may go now. For what repeats also to which of the times that were missed it comes, when it is not the one that
/// it was due at.
pub fn timely(row: &Row, now: Millis) -> (Timely, Option<Due>) {
    let asked = row.asked_at.unwrap_or(now);
    if in_a_window(row) {
        return match schedule::in_window(&row.schedule, now, &Iana) {
            Ok(at) if at > now => (Timely::Wait(at), None),
            _ => (Timely::Go, None),
        };
    }
    let newest = if repeats(row) { newest(row, asked, now) } else { None };
    let asked = newest.map_or(asked, |due| due.at);
    let send = row.schedule.late.then == waxwing_protocol::api::LateThen::Send;
    let late = schedule::is_late(&row.schedule.late, asked, now) && !send;
    (if late { Timely::Late } else { Timely::Go }, newest)
}

/// The newest time of a recurrence that is not after `now`, when it is a later one than `asked`.
fn newest(row: &Row, asked: Millis, now: Millis) -> Option<Due> {
    let after = |at| schedule::next(&row.schedule, at, &Iana).ok().flatten().filter(|due| due.at <= now);
    let mut best = after(asked)?;
    // Between the two, by halves: rules that come every minute may have been missed for a year.
    let (mut low, mut high) = (best.at, now);
    while low < high {
        let middle = low + (high - low) / 2;
        match after(middle) {
            Some(due) => {
                best = due;
                low = due.at;
            }
            None => high = middle,
        }
        if high - low <= 1_000 {
            break;
        }
    }
    Some(best)
}

/// What becomes of a row whose owner is dead, and whether it may be out. `dead`: that is certain, and not only that it has not
/// renewed its lease.
pub fn recovered(mut row: Row, dead: bool, now: Millis) -> Option<Next> {
    let due = row.due_at.unwrap_or(now);
    match row.state {
        ScheduledState::Leased => Some(Next::new(waits(row, due)).line(words::nothing_left())),
        ScheduledState::Sending if !row.intent.as_ref().is_some_and(|intent| intent.committing) => {
            Some(Next::new(waits(row, due)).line(words::nothing_left()))
        }
        ScheduledState::Sending => {
            let lost_at = if dead { now } else { now.saturating_add(STILL_WAITING) };
            Some(lost(row, words::cut_off(), now, lost_at))
        }
        ScheduledState::Unclear => {
            row.due_at = Some(now);
            row.release();
            Some(Next::new(row).silent())
        }
        ScheduledState::Scheduled
        | ScheduledState::Sent
        | ScheduledState::Failed
        | ScheduledState::Held
        | ScheduledState::Cancelled => None,
    }
}
