//! What came in for a mail that is waited for, written down with what follows from it.
//!
//! What must hold: told twice, it changes nothing; the row, the reminders, the tracked message's own lists and all events are one
//! transaction.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Answered, Bounced, Event, HitKind, NewsKind, ReminderSettings, WaitingNews};

use super::change::{change, mark_message};
use super::{Row, State, find};
use crate::account_id::AccountId;
use crate::store::reminders::answers::{self, Touched};
use crate::store::{Result, Work, events, rows};

/// Ids of notices that are remembered of one mail.
const MOST_TAKEN: usize = 60;
/// Ids of mails that are no answers.
const MOST_REFUSED: usize = 100;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The number of the newest event.
    pub event: Option<i64>,
    /// Reminders have something to do at once.
    pub ring: bool,
}

impl Done {
    fn of(event: i64, touched: Touched) -> Self {
        Self { event: Some(touched.event.map_or(event, |other| other.max(event))), ring: touched.ring || touched.changed }
    }
}

/// Whether one of these ids was taken, or refused, before.
pub fn is_known(row: &Row, ids: &[String]) -> bool {
    ids.iter().any(|id| row.taken.contains(id) || row.refused.contains(id) || row.answered_by.contains(id))
}

/// A person answered. `ids`: those of the mail that answers. `None`: it does not wait, or its user said that this is no answer.
pub async fn answered(
    tx: &mut Work,
    (account, id): (AccountId, Uuid),
    answered: &Answered,
    ids: &[String],
    now: Millis,
) -> Result<Option<Done>> {
    let Some(mut row) = find(tx, account, id).await? else { return Ok(None) };
    if row.state != State::Waiting || is_known(&row, ids) {
        return Ok(None);
    }
    row.state = State::Answered;
    row.answered = Some(answered.clone());
    row.answered_by = ids.to_vec();
    row.away_until = None;
    let tell = !row.tracked;
    mark_message(tx, &row, Some(answered.at)).await?;
    let (row, mut event) = change(tx, row, WaitingNews::Answered, tell, now).await?;
    if let Some(told) = tell_message(tx, &row, Some(answered.at), now).await? {
        event = event.max(told);
    }
    let touched = answers::on_answered(tx, account, id, now).await?;
    Ok(Some(Done::of(event, touched)))
}

/// It did not arrive, at some or at all of its recipients. `final_for_all`: nobody has it, and nobody will.
pub async fn bounced(
    tx: &mut Work,
    (account, id): (AccountId, Uuid),
    bounced: &Bounced,
    final_for_all: bool,
    ids: &[String],
    now: Millis,
) -> Result<Option<Done>> {
    let Some(mut row) = find(tx, account, id).await? else { return Ok(None) };
    if row.state != State::Waiting || is_known(&row, ids) {
        return Ok(None);
    }
    take(&mut row, ids);
    row.bounced = Some(bounced.clone());
    row.dismissed = false;
    let (_, event) = change(tx, row, WaitingNews::Bounced, true, now).await?;
    let touched = answers::on_bounced(tx, account, id, final_for_all, now).await?;
    Ok(Some(Done::of(event, touched)))
}

/// An automatic reply says until when its writer is away.
pub async fn away(
    tx: &mut Work,
    (account, id): (AccountId, Uuid),
    until: Millis,
    settings: &ReminderSettings,
    ids: &[String],
    now: Millis,
) -> Result<Option<Done>> {
    let Some(mut row) = find(tx, account, id).await? else { return Ok(None) };
    if row.state != State::Waiting || is_known(&row, ids) {
        return Ok(None);
    }
    take(&mut row, ids);
    // Several may be away: the last one counts.
    let until = row.away_until.map_or(until, |known| known.max(until));
    row.away_until = Some(until);
    let touched = answers::on_away(tx, account, id, until, settings, now).await?;
    let (_, event) = change(tx, row, WaitingNews::Away, touched.tell, now).await?;
    Ok(Some(Done::of(event, touched)))
}

/// Its user says that what answered is no answer: it is waited for again, and that mail is never taken again. What came since is
/// looked through anew. Reminders are the caller's. `None`: it is not answered.
pub async fn not_an_answer(tx: &mut Work, account: AccountId, id: Uuid, now: Millis) -> Result<Option<(Row, i64)>> {
    let Some(mut row) = find(tx, account, id).await? else { return Ok(None) };
    if row.state != State::Answered {
        return Ok(None);
    }
    row.state = State::Waiting;
    row.answered = None;
    let ids = std::mem::take(&mut row.answered_by);
    row.refused.extend(ids);
    let more = row.refused.len().saturating_sub(MOST_REFUSED);
    row.refused.drain(..more);
    row.until = row.until.max(now.saturating_add(super::WAIT));
    row.looked = false;
    row.find_at = row.mailbox.map(|_| now);
    mark_message(tx, &row, None).await?;
    let (row, mut event) = change(tx, row, WaitingNews::Changed, false, now).await?;
    if let Some(told) = tell_message(tx, &row, None, now).await? {
        event = event.max(told);
    }
    Ok(Some((row, event)))
}

/// Its user says that it arrived, whatever a notice said: that is forgotten, and the same notice is not taken again. Reminders are
/// the caller's. `None`: no notice is known.
pub async fn arrived(tx: &mut Work, account: AccountId, id: Uuid, now: Millis) -> Result<Option<(Row, i64)>> {
    let Some(mut row) = find(tx, account, id).await? else { return Ok(None) };
    if row.bounced.take().is_none() {
        return Ok(None);
    }
    row.dismissed = false;
    Ok(Some(change(tx, row, WaitingNews::Over, false, now).await?))
}

fn take(row: &mut Row, ids: &[String]) {
    row.taken.extend(ids.iter().cloned());
    let more = row.taken.len().saturating_sub(MOST_TAKEN);
    row.taken.drain(..more);
}

/// Tells what came of the tracked message, and that it was answered, unless it is muted.
async fn tell_message(tx: &mut Work, row: &Row, answered_at: Option<Millis>, now: Millis) -> Result<Option<i64>> {
    if !row.tracked {
        return Ok(None);
    }
    let Some((activity, muted)) = rows::activity_of(tx, row.account, row.id).await? else { return Ok(None) };
    let (hit, at) = newest_hit(&activity);
    let at = answered_at.or(at).unwrap_or(now);
    let event = Event::Activity { message: row.id, hit, at, activity: activity.clone() };
    let mut newest = events::add(tx, row.account, now, &event).await?;
    if let Some(at) = answered_at.filter(|_| !muted) {
        let event = Event::News { message: row.id, what: NewsKind::Answer, at, first: None, link: None, activity };
        newest = events::add(tx, row.account, now, &event).await?;
    }
    Ok(Some(newest))
}

/// An event of what came of a message names the newest hit: of its kind is the event, whose place it takes.
fn newest_hit(activity: &Activity) -> (HitKind, Option<Millis>) {
    match (activity.last_open_at, activity.last_click_at) {
        (open, Some(click)) if open.is_none_or(|open| open <= click) => (HitKind::Click, Some(click)),
        (open, _) => (HitKind::Open, open),
    }
}
