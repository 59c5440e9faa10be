//! Reminders that are set without being asked for.
//!
//! What must hold: one a mail, whatever is told twice; never beside one that was set by hand, and never anew where its user has
//! switched it off.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use waxwing_domain::civil::{Civil, Time};
use waxwing_domain::when::zone::Zones as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, DefaultOf, DefaultReminder, ReminderSettings, ReminderState, When, Wish};

use super::super::sql;
use super::super::{Result, Work};
use super::insert::{NewReminder, insert};
use super::{NoteState, change, read, settings};
use crate::account_id::AccountId;
use crate::zones::Iana;

/// What fell due longer ago was sent before anybody thought of reminders: its mailbox was connected just now, or a device was
/// away for long.
const TOO_LATE: Millis = 24 * 60 * 60 * 1_000;
/// Before the subject of an answer.
const ANSWERS: &[&str] = &["re:", "aw:", "antw:", "sv:", "vs:", "ref:", "rif:", "res:", "odp:"];

/// Sets the reminder of a tracked mail that its account's settings ask for, when the mail is registered, and looks again when it
/// was found in its mailbox. `answers`: whether it answers in a conversation; `None`: not known yet, its subject says. Gives the
/// number of the event.
pub async fn by_default(
    tx: &mut Work,
    account: AccountId,
    waiting: Uuid,
    answers: Option<bool>,
    now: Millis,
) -> Result<Option<i64>> {
    let settings = settings::of(tx, account).await?;
    let Some(default) = &settings.default else { return Ok(None) };
    let found = sql::query(
        "SELECT w.sent_at, c.body FROM waiting w LEFT JOIN waiting_contents c ON c.account = w.account AND c.waiting = w.id \
         WHERE w.account = $1 AND w.id = $2 AND w.tracked = 1 AND w.state = 0",
    )
    .bind(account.as_str())
    .bind(waiting)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let (sent_at, body): (Millis, Option<&str>) = (found.try_get(0)?, found.try_get(1)?);
    let content: Content = body.map(read).transpose()?.unwrap_or_default();
    let wanted = is_of(default.of, answers.unwrap_or_else(|| looks_like_an_answer(&content.subject)));
    let id = id_of(account, waiting);
    let known = change::of_mail(tx, account, waiting).await?;
    if let Some(mut row) = known.iter().find(|row| row.id == id).cloned() {
        // The subject said otherwise than the conversation does.
        let untouched = row.state == ReminderState::Waiting && row.by_default && row.note_state == NoteState::None;
        if wanted || !untouched || answers.is_none() {
            return Ok(None);
        }
        row.state = ReminderState::Off;
        row.due_at = None;
        let version = row.version;
        row.version += 1;
        change::update(tx, account, id, version, &row).await?;
        let what = waxwing_protocol::api::WaitingNews::Changed;
        return change::tell_of(tx, account, waiting, what, false, now).await.map(Some);
    }
    if !wanted || !known.is_empty() {
        return Ok(None);
    }
    let Some((wish, at)) = wish(default, &settings, sent_at) else { return Ok(None) };
    if at < now.saturating_sub(TOO_LATE) {
        return Ok(None);
    }
    insert(tx, &NewReminder { id, account, waiting, wish, at, by_default: true }, now).await.map(Some)
}

fn is_of(of: DefaultOf, answers: bool) -> bool {
    match of {
        DefaultOf::All => true,
        DefaultOf::New => !answers,
        DefaultOf::Replies => answers,
    }
}

fn looks_like_an_answer(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    ANSWERS.iter().any(|beginning| subject.starts_with(beginning))
}

/// Days after it was sent, at a time of day, in the zone of the settings.
fn wish(default: &DefaultReminder, settings: &ReminderSettings, sent_at: Millis) -> Option<(Wish, Millis)> {
    let name = settings.zone.as_deref().unwrap_or("UTC");
    let zone = Iana.find(name)?;
    let date = zone.civil_at(sent_at.div_euclid(1_000))?.date.plus_days(i64::from(default.days))?;
    let civil = Civil { date, time: Time::parse(&default.time)? };
    let at = zone.resolve(civil).instant().checked_mul(1_000)?;
    let when = When::At { wall: civil.to_string(), zone: name.to_owned() };
    Some((Wish { when, phrase: None, condition: default.condition, every_days: None }, at))
}

/// The id of the reminder that is set by default: the same for the same mail, so that it is set once.
pub(super) fn id_of(account: AccountId, waiting: Uuid) -> Uuid {
    let mut digest = Sha256::new();
    digest.update(b"waxwing default reminder");
    digest.update(account.as_str().as_bytes());
    digest.update(waiting.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_protocol::api::Condition;

    #[test]
    fn answers_are_told_by_their_subject() {
        for (subject, answers) in
            [("Re: Hello", true), (" AW: Hallo", true), ("Hello", false), ("Regarding: x", false), ("", false)]
        {
            assert_eq!(looks_like_an_answer(subject), answers, "{subject}");
        }
        assert!(is_of(DefaultOf::All, true) && is_of(DefaultOf::All, false));
        assert!(is_of(DefaultOf::New, false) && !is_of(DefaultOf::New, true));
        assert!(is_of(DefaultOf::Replies, true) && !is_of(DefaultOf::Replies, false));
    }

    #[test]
    fn days_are_counted_in_the_zone_of_the_settings() {
        let default = DefaultReminder { of: DefaultOf::All, days: 3, time: "09:00".to_owned(), condition: Condition::NoAnswer };
        let mut settings = ReminderSettings { zone: Some("Pacific/Auckland".to_owned()), ..ReminderSettings::default() };
        // 2026-11-22T20:00Z is the 23rd at 09:00 in Auckland.
        let sent_at = 1_795_377_600_000;
        let (wish_there, at) = wish(&default, &settings, sent_at).unwrap();
        let wall = "2026-11-26T09:00:00".to_owned();
        assert_eq!(wish_there.when, When::At { wall, zone: "Pacific/Auckland".to_owned() });
        assert_eq!(at, sent_at + 3 * 24 * 60 * 60 * 1_000);
        settings.zone = Some("Nowhere/At-all".to_owned());
        assert_eq!(wish(&default, &settings, sent_at), None);
    }

    #[test]
    fn the_id_is_the_mails() {
        let (a, b) = (AccountId::parse("aaaaaa").unwrap(), AccountId::parse("bbbbbb").unwrap());
        let mail = Uuid::from_u128(7);
        assert_eq!(id_of(a, mail), id_of(a, mail));
        assert_ne!(id_of(a, mail), id_of(b, mail));
        assert_ne!(id_of(a, mail), id_of(a, Uuid::from_u128(8)));
    }
}
