//! The lines that the flight recorder may hold, all in one place: what the extension has sentences for.
//!
//! What must hold: no line is made anywhere else. `what` is one of the states, `edited`, `rescheduled`, `retrying`, `resumed` or
//! `skipped`; `say` is a key of `_locales`; `with` has instants in milliseconds, names of troubles and zones, numbers, and
//! foreign text under `said` and `addresses` alone.
//!
//! | what | say (`flight_say_…`) | with |
//! |---|---|---|
//! | scheduled, rescheduled | `for` | at, zone |
//! | scheduled, rescheduled | `for_holiday` (moved: it would be a holiday) | at, zone |
//! | rescheduled | `now` (its sender wants it now) | |
//! | rescheduled | `again` (its sender wants it sent again) | |
//! | rescheduled | `daily_limit` | at, limit |
//! | rescheduled | `window` (the window is over: the next one) | at, zone |
//! | rescheduled | `zone_changed` (rules of the zone changed) | at, zone |
//! | rescheduled | `mailbox_back` (the mailbox works again) | |
//! | edited | `new_text` | |
//! | leased | `due` | |
//! | sending | `tracked` (the pixel and so many links were put in; the intent is on disk) | links |
//! | sending | `untracked_<why>`, the names of [`NotTrackedWhy::say`]; the intent is on disk | |
//! | sending | `no_opens`, `no_clicks` (one of the recipients refused, or did not agree: this was left out) | |
//! | unclear | `no_answer` (it may be out; looking) | trouble, said |
//! | unclear | `cut_off` (the backend stopped while it was being sent; looking) | |
//! | unclear | `looked` (nothing found yet; looking again) | at |
//! | unclear | `cannot_look` (the mailbox cannot be looked into) | at, trouble, said |
//! | sent | `taken` (the server took it) | |
//! | sent | `found` (looked: it was sent, once) | |
//! | sent | `refused` (the server took it, but not for these) | addresses, said |
//! | sent | `said_sent` (its sender says that it was sent) | |
//! | resumed | `nothing_left` (the backend stopped before anything left) | |
//! | resumed | `still_draft` (looked: it was not sent, the draft is there) | |
//! | retrying | `retry` | at, trouble, said |
//! | failed | `trouble` | trouble, said |
//! | failed | `gave_up` (tried for a day) | trouble, said |
//! | failed | `rule_ended` (no time follows from what was asked for) | |
//! | held, cancelled | `why_<why>`, the names of the wire type `Why` | |
//! | skipped | `missed` (times since `at` were missed) | at |
//! | skipped | `left_out` (its sender left this time out) | at |
//! | failed | `dismissed` (its sender has looked at it) | |

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Kinds, Schedule, Trouble, Why};

use crate::mailbox::{MailboxError, SentRef};
use crate::outgoing::NotTrackedWhy;
use crate::store::scheduled::flight::Line;

/// Addresses that a line names; a mail may have thousands.
const NAMED: usize = 20;

/// It is scheduled.
pub fn scheduled(at: Millis, schedule: &Schedule, holiday: bool) -> Line {
    for_time("scheduled", at, schedule, holiday)
}

/// It goes at another time.
pub fn rescheduled(at: Millis, schedule: &Schedule, holiday: bool) -> Line {
    for_time("rescheduled", at, schedule, holiday)
}

fn for_time(what: &'static str, at: Millis, schedule: &Schedule, holiday: bool) -> Line {
    let say = if holiday { "flight_say_for_holiday" } else { "flight_say_for" };
    Line::new(what, say).with("at", at.to_string()).with("zone", zone(schedule))
}

fn zone(schedule: &Schedule) -> &str {
    waxwing_domain::schedule::zone_name(&schedule.when)
}

/// Its sender wants it now.
pub fn now() -> Line {
    Line::new("rescheduled", "flight_say_now")
}

/// Its sender wants it sent again.
pub fn again() -> Line {
    Line::new("rescheduled", "flight_say_again")
}

/// It is moved on because of the daily limit.
pub fn daily_limit(at: Millis, limit: i64) -> Line {
    Line::new("rescheduled", "flight_say_daily_limit").with("at", at.to_string()).with("limit", limit.to_string())
}

/// It is moved on to the next window.
pub fn window(at: Millis, schedule: &Schedule) -> Line {
    Line::new("rescheduled", "flight_say_window").with("at", at.to_string()).with("zone", zone(schedule))
}

/// The rules of its zone changed.
pub fn zone_changed(at: Millis, schedule: &Schedule) -> Line {
    Line::new("rescheduled", "flight_say_zone_changed").with("at", at.to_string()).with("zone", zone(schedule))
}

/// Its mailbox works again.
pub fn mailbox_back() -> Line {
    Line::new("rescheduled", "flight_say_mailbox_back")
}

/// Its draft was edited, and the new text is taken.
pub fn edited() -> Line {
    Line::new("edited", "flight_say_new_text")
}

/// Its time has come.
pub fn leased() -> Line {
    Line::new("leased", "flight_say_due")
}

/// It is about to be handed over, with a pixel and so many links.
pub fn tracked(links: usize) -> Line {
    Line::new("sending", "flight_say_tracked").with("links", links.to_string())
}

/// It is about to be handed over without a pixel.
pub fn untracked(why: NotTrackedWhy) -> Line {
    Line::new("sending", format!("flight_say_{}", why.say()))
}

/// What was left out of a mail that is tracked, since a recipient refused it or did not agree to it.
pub fn not_recorded(tracks: Kinds) -> Option<Line> {
    let say = match tracks {
        Kinds { opens: false, clicks: true } => "flight_say_no_opens",
        Kinds { opens: true, clicks: false } => "flight_say_no_clicks",
        _ => return None,
    };
    Some(Line::new("sending", say))
}

/// The answer was lost.
pub fn no_answer(error: &MailboxError) -> Line {
    trouble(Line::new("unclear", "flight_say_no_answer"), error)
}

/// The backend stopped in the middle of a send.
pub fn cut_off() -> Line {
    Line::new("unclear", "flight_say_cut_off")
}

/// Nothing was found; the next look is then.
pub fn looked(at: Millis) -> Line {
    Line::new("unclear", "flight_say_looked").with("at", at.to_string())
}

/// It could not be looked; the next look is then.
pub fn cannot_look(at: Millis, error: &MailboxError) -> Line {
    trouble(Line::new("unclear", "flight_say_cannot_look").with("at", at.to_string()), error)
}

/// The server has it.
pub fn taken(sent: &SentRef) -> Line {
    if sent.refused.is_empty() {
        return Line::new("sent", "flight_say_taken");
    }
    let addresses: Vec<&str> = sent.refused.iter().take(NAMED).map(|(address, _)| address.as_str()).collect();
    let line = Line::new("sent", "flight_say_refused").with("addresses", addresses.join(", "));
    match sent.refused.first() {
        Some((_, said)) if !said.is_empty() => line.with("said", said.as_str()),
        _ => line,
    }
}

/// It was looked for and found.
pub fn found() -> Line {
    Line::new("sent", "flight_say_found")
}

/// Its sender says that it was sent.
pub fn said_sent() -> Line {
    Line::new("sent", "flight_say_said_sent")
}

/// The backend stopped before anything left.
pub fn nothing_left() -> Line {
    Line::new("resumed", "flight_say_nothing_left")
}

/// It was looked for, and was not sent.
pub fn still_draft() -> Line {
    Line::new("resumed", "flight_say_still_draft")
}

/// It is tried again then.
pub fn retry(at: Millis, error: &MailboxError) -> Line {
    trouble(Line::new("retrying", "flight_say_retry").with("at", at.to_string()), error)
}

/// It is not tried again: the server's answer is final.
pub fn failed(error: &MailboxError) -> Line {
    trouble(Line::new("failed", "flight_say_trouble"), error)
}

/// It is not tried again: a day is long enough.
pub fn gave_up(error: &MailboxError) -> Line {
    trouble(Line::new("failed", "flight_say_gave_up"), error)
}

/// No time follows from what was asked for.
pub fn rule_ended() -> Line {
    Line::new("failed", "flight_say_rule_ended")
}

/// A failed one was looked at.
pub fn dismissed() -> Line {
    Line::new("failed", "flight_say_dismissed")
}

/// Times of a recurrence since then were missed.
pub fn missed(since: Millis) -> Line {
    Line::new("skipped", "flight_say_missed").with("at", since.to_string())
}

/// A time of a recurrence is left out.
pub fn left_out(at: Millis) -> Line {
    Line::new("skipped", "flight_say_left_out").with("at", at.to_string())
}

/// It is held.
pub fn held(why: Why) -> Line {
    Line::new("held", why_key(why))
}

/// It is not wanted any more.
pub fn cancelled(why: Why) -> Line {
    Line::new("cancelled", why_key(why))
}

fn why_key(why: Why) -> &'static str {
    match why {
        Why::Unclear => "flight_say_why_unclear",
        Why::DraftGone => "flight_say_why_draft_gone",
        Why::SentByHand => "flight_say_why_sent_by_hand",
        Why::NoRecipients => "flight_say_why_no_recipients",
        Why::Empty => "flight_say_why_empty",
        Why::Late => "flight_say_why_late",
        Why::SignIn => "flight_say_why_sign_in",
        Why::NoMailbox => "flight_say_why_no_mailbox",
        Why::ZoneUnknown => "flight_say_why_zone_unknown",
        Why::Unreadable => "flight_say_why_unreadable",
        Why::NotUsed => "flight_say_why_not_used",
        Why::Trouble { .. } => "flight_say_why_trouble",
        Why::DailyLimit => "flight_say_why_daily_limit",
        Why::Holiday => "flight_say_why_holiday",
        Why::Answered => "flight_say_why_answered",
        Why::Cancelled => "flight_say_why_cancelled",
        Why::SaidSent => "flight_say_why_said_sent",
    }
}

fn trouble(line: Line, error: &MailboxError) -> Line {
    let line = line.with("trouble", trouble_name(error.trouble));
    match &error.said {
        Some(said) => line.with("said", said.as_str()),
        None => line,
    }
}

/// The name of a trouble, as on the wire.
pub fn trouble_name(trouble: Trouble) -> String {
    match serde_json::to_value(trouble) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
