//! What clients send is cut to size and made storable before it is kept: nothing honest comes near these limits.

use waxwing_domain::address::MAX_CLICK_URL;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{GmailIds, PutMessage, PutReminder, PutScheduled, Recipient, When, Wish};

use super::problem::ApiError;

/// Characters of a subject that are kept.
pub const MAX_SUBJECT: usize = 10_000;
/// Characters of a device's name that are kept.
pub const MAX_DEVICE_NAME: usize = 80;
/// RFC 5321: 64 letters, `@`, 255; names as long are none.
const MAX_ADDRESS: usize = 320;
const MAX_LINK_TEXT: usize = 500;
const MAX_ID: usize = 1_000;
/// Gmail sends no mail to more; each costs a row or two while nobody else can write.
const MAX_RECIPIENTS: usize = 2_000;
/// Characters of a phrase that are kept: what is shown again, and means nothing by itself.
const MAX_PHRASE: usize = 200;
/// Characters of a rule, a wall time, a day or a zone's name: none is longer, and a cut one would mean another time.
const MAX_TERM: usize = 500;
/// Days of a window, holidays, and times of a rule that are left out.
const MAX_DAYS: usize = 7;
const MAX_HOLIDAYS: usize = 400;
const MAX_SKIPPED: usize = 1_000;
/// Minutes after which a mail may count as late: a week at most.
const LATE_MINUTES: std::ops::RangeInclusive<u32> = 1..=10_080;
/// 9999-12-31: the last day that dates are written with four digits.
const LAST_INSTANT: Millis = 253_402_300_799_999;

/// Cuts to `max` characters; NUL, which SQL texts end at, becomes U+FFFD.
pub fn text(text: &mut String, max: usize) {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
    }
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// A device's name in one line, "Browser" when there is none.
pub fn device_name(name: &str) -> String {
    let mut name = name.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).fold(
        String::new(),
        |mut line, word| {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        },
    );
    text(&mut name, MAX_DEVICE_NAME);
    if name.is_empty() { "Browser".to_owned() } else { name }
}

/// A registration. Fails for a time that is none.
pub fn message(message: &mut PutMessage) -> Result<(), ApiError> {
    if !(0..=LAST_INSTANT).contains(&message.sent_at) {
        return Err(ApiError::BadRequest("sent_at is not an instant between 1970 and 9999"));
    }
    text(&mut message.sender, MAX_ADDRESS);
    ids(&mut message.gmail);
    let content = &mut message.content;
    text(&mut content.subject, MAX_SUBJECT);
    people(&mut content.recipients);
    // All of them (the body's limit bounds them), each to the letter: once an epoch is over, links are followed only when they
    // stand here. What is longer than the address around it may be was never wrapped.
    content.links.retain(|link| link.target.len() <= MAX_CLICK_URL);
    for link in &mut content.links {
        text(&mut link.text, MAX_LINK_TEXT);
    }
    Ok(())
}

fn ids(ids: &mut GmailIds) {
    let GmailIds { draft, thread, legacy_thread, legacy_message, rfc_id } = ids;
    for id in [draft, thread, legacy_thread, legacy_message, rfc_id] {
        // An empty id says nothing, and must not take the place of a known one.
        *id = id.take().filter(|id| !id.is_empty());
        if let Some(id) = id {
            text(id, MAX_ID);
        }
    }
}

fn people(recipients: &mut Vec<Recipient>) {
    recipients.truncate(MAX_RECIPIENTS);
    for recipient in recipients {
        text(&mut recipient.address, MAX_ADDRESS);
        if let Some(name) = &mut recipient.name {
            text(name, MAX_ADDRESS);
        }
    }
}

/// A mail that is to go later. What says when is never cut, but refused: half of it would mean another time.
pub fn put_scheduled(put: &mut PutScheduled) -> Result<(), ApiError> {
    ids(&mut put.draft.gmail);
    text(&mut put.draft.subject, MAX_SUBJECT);
    people(&mut put.draft.recipients);
    let schedule = &mut put.schedule;
    if let Some(wish) = &mut schedule.remind {
        self::wish(wish)?;
    }
    if let Some(phrase) = &mut schedule.phrase {
        text(phrase, MAX_PHRASE);
    }
    if !LATE_MINUTES.contains(&schedule.late.minutes) {
        return Err(ApiError::BadRequest("late.minutes is a number from 1 to 10080"));
    }
    let terms: Vec<&String> = match &schedule.when {
        When::At { wall, zone } => vec![wall, zone],
        When::Instant { at, zone } => {
            if !(0..=LAST_INSTANT).contains(at) {
                return Err(ApiError::BadRequest("at is not an instant between 1970 and 9999"));
            }
            vec![zone]
        }
        When::Within { days, from, to, since, zone } => {
            if days.len() > MAX_DAYS {
                return Err(ApiError::BadRequest("a week has seven days"));
            }
            [from, to, zone].into_iter().chain(since).chain(days).collect()
        }
        When::Repeat { rule, start, zone, skip, until_answered: _ } => {
            if skip.len() > MAX_SKIPPED {
                return Err(ApiError::BadRequest("up to 1000 times are left out"));
            }
            [rule, start, zone].into_iter().chain(skip).collect()
        }
    };
    let fits = |term: &&String| term.len() <= MAX_TERM && !term.contains(char::is_control);
    if !terms.iter().copied().chain(&schedule.holidays).all(|term| fits(&term)) || schedule.holidays.len() > MAX_HOLIDAYS {
        return Err(ApiError::BadRequest("a time, a zone or a holiday is longer than any is, or there are too many"));
    }
    Ok(())
}

/// A reminder, and the mail that it is about.
pub fn put_reminder(put: &mut PutReminder) -> Result<(), ApiError> {
    let mail = &mut put.mail;
    if !(0..=LAST_INSTANT).contains(&mail.sent_at) {
        return Err(ApiError::BadRequest("sent_at is not an instant between 1970 and 9999"));
    }
    text(&mut mail.sender, MAX_ADDRESS);
    if let Some(account) = &mut mail.account {
        text(account, MAX_ADDRESS);
    }
    ids(&mut mail.gmail);
    text(&mut mail.content.subject, MAX_SUBJECT);
    people(&mut mail.content.recipients);
    mail.content.links.clear();
    wish(&mut put.wish)
}

/// When a reminder comes: never cut, but refused.
pub fn wish(wish: &mut Wish) -> Result<(), ApiError> {
    if let Some(phrase) = &mut wish.phrase {
        text(phrase, MAX_PHRASE);
    }
    let terms: [&str; 2] = match &wish.when {
        When::At { wall, zone } => [wall, zone],
        When::Instant { at, zone } => {
            if !(0..=LAST_INSTANT).contains(at) {
                return Err(ApiError::BadRequest("at is not an instant between 1970 and 9999"));
            }
            [zone, ""]
        }
        When::Within { .. } | When::Repeat { .. } => {
            return Err(ApiError::BadRequest("a reminder comes at a wall time or at an instant"));
        }
    };
    if terms.iter().any(|term| term.len() > MAX_TERM || term.contains(char::is_control)) {
        return Err(ApiError::BadRequest("a time or a zone is longer than any is"));
    }
    if wish.every_days.is_some_and(|days| !(1..=90).contains(&days)) {
        return Err(ApiError::BadRequest("every_days is a number from 1 to 90"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_characters() {
        for (before, max, after) in [("ab", 2, "ab"), ("abc", 2, "ab"), ("😀😀😀", 2, "😀😀"), ("a\0b", 9, "a\u{fffd}b")]
        {
            let mut cut = before.to_owned();
            text(&mut cut, max);
            assert_eq!(cut, after);
        }
    }

    #[test]
    fn device_names_are_one_line() {
        for (given, want) in [("", "Browser"), (" \n ", "Browser"), (" Chrome\n on\tLinux ", "Chrome on Linux")] {
            assert_eq!(device_name(given), want);
        }
        assert_eq!(device_name(&"é".repeat(100)).chars().count(), MAX_DEVICE_NAME);
    }
}
