//! The reminder of a mail that went out later: set in the transaction that says that it went.
//!
//! What must hold: one for each time that it went, whoever finds out that it did. A time that is over when the mail goes (it was held, or
//! it goes again and again) is no reason to remind at once, nor never: then the reminder comes as long after the mail as it was asked
//! for, and a day after it where that is not known.

use uuid::Uuid;
use waxwing_domain::schedule::{self, zone_name};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, Schedule, When, Wish};

use super::super::waiting::put::{self, NewWaiting};
use super::super::{Result, Work};
use super::change;
use super::insert::{self, NewReminder};
use crate::account_id::AccountId;
use crate::zones::Iana;

const DAY: Millis = 24 * 60 * 60 * 1_000;
/// A reminder comes no sooner after its mail.
const LEAST: Millis = 60_000;

/// A scheduled mail that went.
#[derive(Debug, Clone)]
pub struct WentLater<'a> {
    /// Whose.
    pub account: AccountId,
    /// From which mailbox.
    pub mailbox: Uuid,
    /// The tracked message, when it is one.
    pub message: Option<Uuid>,
    /// The id of the send: another one each time that it goes.
    pub trace: Uuid,
    /// The address that sent it.
    pub sender: String,
    /// When it went.
    pub at: Millis,
    /// When it was to go.
    pub asked_at: Millis,
    /// When it was scheduled.
    pub created_at: Millis,
    /// Gmail's ids.
    pub gmail: GmailIds,
    /// Subject and recipients.
    pub content: Content,
    /// What was asked for.
    pub schedule: &'a Schedule,
}

/// Sets the reminder that was asked for, and gives the number of its event.
pub async fn after_sent(tx: &mut Work, went: &WentLater<'_>, now: Millis) -> Result<Option<i64>> {
    let Some(wish) = &went.schedule.remind else { return Ok(None) };
    if let Some(message) = went.message
        && insert::is_deleted(tx, went.account, message).await?
    {
        return Ok(None);
    }
    let Some((wish, at)) = moved(wish, went) else { return Ok(None) };
    if change::find(tx, went.account, went.trace).await?.is_some() {
        return Ok(None);
    }
    let waiting = went.message.unwrap_or(went.trace);
    let new = NewWaiting {
        id: waiting,
        account: went.account,
        mailbox: Some(went.mailbox),
        home: None,
        tracked: insert::is_registered(tx, went.account, waiting).await?,
        sender: went.sender.clone(),
        sent_at: went.at,
        gmail: went.gmail.clone(),
        content: went.content.clone(),
    };
    put::put(tx, &new, now).await?;
    let new = NewReminder { id: went.trace, account: went.account, waiting, wish, at, by_default: false };
    insert::insert(tx, &new, now).await.map(Some)
}

/// The wish, at a time after the mail.
fn moved(wish: &Wish, went: &WentLater<'_>) -> Option<(Wish, Millis)> {
    // What goes again and again was asked for before its first time.
    let base = match went.schedule.when {
        When::Repeat { .. } => schedule::first(went.schedule, went.created_at, &Iana).map_or(went.asked_at, |first| first.at),
        When::At { .. } | When::Instant { .. } | When::Within { .. } => went.asked_at,
    };
    as_long_after(wish, went.schedule, base, went.at)
}

/// The wish that goes with a mail that was to go at `base`, for one that goes at `at`: as it is where that is before its time, and as
/// long after the mail where it is not.
pub(crate) fn as_long_after(wish: &Wish, of: &Schedule, base: Millis, at: Millis) -> Option<(Wish, Millis)> {
    let plan = Schedule { when: wish.when.clone(), holidays: Vec::new(), remind: None, ..of.clone() };
    let asked = schedule::resolve(&plan, at, &Iana).ok()?.at;
    if asked >= at.saturating_add(LEAST) {
        return Some((wish.clone(), asked));
    }
    let after = Some(asked.saturating_sub(base)).filter(|after| *after >= LEAST).unwrap_or(DAY);
    Some(at_instant(wish, at.saturating_add(after)))
}

/// The same wish a day after its mail went.
pub(crate) fn a_day_after(wish: &Wish, went_at: Millis) -> (Wish, Millis) {
    at_instant(wish, went_at.saturating_add(DAY))
}

fn at_instant(wish: &Wish, at: Millis) -> (Wish, Millis) {
    let when = When::Instant { at, zone: zone_name(&wish.when).to_owned() };
    (Wish { when, phrase: None, ..wish.clone() }, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_protocol::api::{Condition, Late};

    const HOUR: Millis = 60 * LEAST;

    fn at(when: When, remind: Millis, asked_at: Millis, went_at: Millis) -> Option<Millis> {
        let wish = Wish {
            when: When::Instant { at: remind, zone: "UTC".to_owned() },
            phrase: None,
            condition: Condition::NoAnswer,
            every_days: None,
        };
        let schedule = Schedule {
            when,
            phrase: None,
            unless_answered: false,
            late: Late::default(),
            holidays: Vec::new(),
            remind: Some(wish.clone()),
        };
        let went = WentLater {
            account: AccountId::parse("aaaaaa").unwrap(),
            mailbox: Uuid::nil(),
            message: None,
            trace: Uuid::nil(),
            sender: String::new(),
            at: went_at,
            asked_at,
            created_at: 0,
            gmail: GmailIds::default(),
            content: Content::default(),
            schedule: &schedule,
        };
        moved(&wish, &went).map(|(_, at)| at)
    }

    #[test]
    fn a_reminder_comes_after_its_mail() {
        let once = || When::Instant { at: HOUR, zone: "UTC".to_owned() };
        // In time; held until after the reminder; asked for before the mail.
        assert_eq!(at(once(), 3 * HOUR, HOUR, HOUR), Some(3 * HOUR));
        assert_eq!(at(once(), 3 * HOUR, HOUR, 10 * HOUR), Some(12 * HOUR));
        assert_eq!(at(once(), 3 * HOUR, 5 * HOUR, 5 * HOUR), Some(5 * HOUR + DAY));
    }

    #[test]
    fn what_goes_again_is_reminded_of_as_long_after_each_time() {
        let daily = When::Repeat {
            rule: "FREQ=DAILY".to_owned(),
            start: "1970-01-01T01:00:00".to_owned(),
            zone: "UTC".to_owned(),
            skip: Vec::new(),
            until_answered: false,
        };
        assert_eq!(at(daily.clone(), 3 * HOUR, HOUR, HOUR), Some(3 * HOUR));
        assert_eq!(at(daily, 3 * HOUR, HOUR + 2 * DAY, HOUR + 2 * DAY), Some(3 * HOUR + 2 * DAY));
    }
}
