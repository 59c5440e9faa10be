//! What is said of a mail whose answer is waited for: why it is back, when its reminder comes, who answered, what went wrong.
//!
//! What must hold:
//! - The popup, the notifications and Gmail's tabs say the same, from here.
//! - Where nobody could look for an answer, nothing says that there is none.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Answered, AnsweredHow, Bounced, Condition, Reminder, ReminderState, WaitingMail, WhyReminder};

use super::trouble_key;

/// A value of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot<'a> {
    /// An instant, as day and time.
    At(Millis),
    /// A day: noon UTC of it.
    Day(Millis),
    /// Foreign text: an address.
    Foreign(&'a str),
    /// Other words.
    Words(&'static str),
}

/// A sentence, or a clause of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// The key of the words; with a count, `<key>_one` or `<key>_other` after the language's rule.
    pub key: &'static str,
    /// The number that the words are for: their `$1`, the values follow it.
    pub count: Option<u32>,
    /// The values.
    pub values: Vec<Slot<'a>>,
}

impl<'a> Said<'a> {
    fn new(key: &'static str, values: Vec<Slot<'a>>) -> Self {
        Self { key, count: None, values }
    }
}

/// Whether a reminder brought a mail back and its user is not done with it.
pub fn is_back(mail: &WaitingMail) -> bool {
    mail.reminder.as_ref().is_some_and(|reminder| reminder.state == ReminderState::Back)
}

/// The reminder of a mail, while it waits or is coming back.
pub fn reminder_on(mail: &WaitingMail) -> Option<&Reminder> {
    let is_on = |reminder: &&Reminder| matches!(reminder.state, ReminderState::Waiting | ReminderState::Returning);
    mail.reminder.as_ref().filter(is_on)
}

/// Why a mail is back: sentences.
pub fn back(reminder: &Reminder) -> Vec<Said<'static>> {
    // The time that was asked for, not the one after an absence.
    let asked = reminder.moved_from.or(reminder.came_at).or(reminder.due_at);
    let asked = |key, bare| match asked {
        Some(at) => Said::new(key, vec![Slot::At(at)]),
        None => Said::new(bare, Vec::new()),
    };
    let due = asked("remind_back_due", "remind_back_due_bare");
    match reminder.why {
        Some(WhyReminder::NoAnswer) => vec![asked("remind_why_no_answer", "remind_back_no_answer_bare")],
        Some(WhyReminder::NotOpened) => vec![asked("remind_why_not_opened", "remind_back_not_opened_bare")],
        Some(WhyReminder::Asked) => vec![asked("remind_why_asked", "remind_back_due_bare")],
        Some(WhyReminder::NotFound) => vec![due, Said::new("remind_why_not_found", Vec::new())],
        Some(WhyReminder::Deleted) => vec![due, Said::new("remind_why_deleted", Vec::new())],
        Some(WhyReminder::Trouble { trouble }) => {
            vec![due, Said::new("remind_back_trouble", vec![Slot::Words(trouble_key(trouble))])]
        }
        Some(WhyReminder::NoMailbox) => vec![due, Said::new("remind_back_no_mailbox", Vec::new())],
        Some(WhyReminder::Away { .. } | WhyReminder::Bounced | WhyReminder::Opened | WhyReminder::Switched) | None => vec![due],
    }
}

/// That somebody is away, and what became of the reminder: sentences. Empty when nobody said so.
pub fn away(mail: &WaitingMail) -> Vec<Said<'static>> {
    let moved = moved(mail);
    let told = reminder_on(mail).and_then(|reminder| match reminder.why {
        Some(WhyReminder::Away { until }) => Some(until),
        _ => None,
    });
    let Some(until) = told.or(mail.away_until) else { return Vec::new() };
    let mut said = vec![Said::new("remind_why_away", vec![Slot::Day(until)])];
    said.extend(moved.map(|to| Said::new("remind_moved", vec![Slot::At(to)])));
    said
}

/// The time that a reminder was moved to because of an absence.
pub fn moved(mail: &WaitingMail) -> Option<Millis> {
    reminder_on(mail).filter(|reminder| reminder.moved_from.is_some())?.due_at
}

/// When the reminder of a mail that is waited for comes: a clause behind what is known of the mail.
pub fn coming(mail: &WaitingMail) -> Said<'static> {
    let Some(reminder) = &mail.reminder else { return Said::new("remind_none", Vec::new()) };
    match (reminder.state, reminder.due_at) {
        (ReminderState::Returning, _) => return Said::new("remind_returning", Vec::new()),
        (ReminderState::Waiting, Some(_)) => {}
        (_, _) => {
            let key = match reminder.why {
                Some(WhyReminder::Bounced) => "remind_why_bounced",
                Some(WhyReminder::Opened) => "remind_why_opened",
                Some(WhyReminder::Switched) => "remind_why_switched",
                _ => "remind_none",
            };
            return Said::new(key, Vec::new());
        }
    }
    let at = vec![Slot::At(reminder.due_at.unwrap_or_default())];
    match (reminder.why, reminder.wish.every_days) {
        (Some(WhyReminder::Trouble { trouble }), _) => {
            Said::new("remind_why_trouble", vec![Slot::Words(trouble_key(trouble)), at[0]])
        }
        (Some(WhyReminder::NoMailbox), _) => Said::new("remind_why_no_mailbox", at),
        (_, Some(1)) => Said::new("remind_daily", at),
        (_, Some(7)) => Said::new("remind_weekly", at),
        (_, Some(days)) => Said { key: "remind_every", count: Some(days.into()), values: at },
        (_, None) => Said::new(
            match reminder.wish.condition {
                Condition::NoAnswer => "remind_at",
                Condition::NotOpened => "remind_at_not_opened",
                Condition::Always => "remind_at_always",
            },
            at,
        ),
    }
}

/// The same as a sentence of its own: for a conversation, where nothing stands before it.
pub fn coming_alone(reminder: &Reminder) -> Said<'static> {
    let Some(at) = reminder.due_at else { return coming_now() };
    let at = vec![Slot::At(at)];
    match (reminder.wish.every_days, reminder.wish.condition) {
        (Some(_), _) => Said::new("remind_line_repeated", at),
        (None, Condition::NoAnswer) => Said::new("remind_line_no_answer", at),
        (None, Condition::NotOpened) => Said::new("remind_line_not_opened", at),
        (None, Condition::Always) => Said::new("remind_line_always", at),
    }
}

/// That it is on its way: its time is over, and its note is being put.
pub fn coming_now() -> Said<'static> {
    Said::new("remind_line_returning", Vec::new())
}

/// That it did not arrive: sentences.
pub fn bounced<'a>(bounced: &'a Bounced, mail: &'a WaitingMail) -> Vec<Said<'a>> {
    let why = bounced.status.as_deref().and_then(bounce_key);
    let mut said = vec![match (bounced.soft, why) {
        (true, Some(why)) => Said::new("waiting_bounced_soft_why", vec![Slot::Words(why)]),
        (true, None) => Said::new("waiting_bounced_soft", Vec::new()),
        (false, Some(why)) => Said::new("waiting_bounced_why", vec![Slot::Words(why)]),
        (false, None) => Said::new("waiting_bounced", Vec::new()),
    }];
    // Of one recipient the line has the name already.
    if mail.content.recipients.len() > 1
        && let Some(address) = bounced.failed.first()
    {
        said.push(match bounced.failed.len() {
            1 => Said::new("waiting_bounced_at", vec![Slot::Foreign(address)]),
            _ => Said {
                key: "waiting_bounced_at_more",
                count: Some(u32::try_from(bounced.failed.len() - 1).unwrap_or(u32::MAX)),
                values: vec![Slot::Foreign(address)],
            },
        });
    }
    let off = mail.reminder.as_ref().is_some_and(|reminder| reminder.why == Some(WhyReminder::Bounced));
    said.extend(off.then(|| Said::new("waiting_reminder_off", Vec::new())));
    said
}

/// What a code of RFC 3463 says is wrong: a clause. The first number says whether it may pass, the others what it is.
fn bounce_key(status: &str) -> Option<&'static str> {
    let mut parts = status.split('.').skip(1);
    let (subject, detail) = (parts.next()?, parts.next()?);
    Some(match (subject, detail) {
        ("1", "8" | "7") | ("7", _) => "bounce_refused",
        ("1", _) | ("2", "1") => "bounce_address",
        ("2", "2") => "bounce_full",
        ("2", "3") | ("3", "4") => "bounce_large",
        ("4", _) => "bounce_server",
        _ => return None,
    })
}

/// Who answered, and how that is known: sentences.
pub fn answered<'a>(answered: &'a Answered, mail: &WaitingMail) -> Vec<Said<'a>> {
    let key = match answered.how {
        AnsweredHow::Thread => "answered_thread",
        AnsweredHow::Address => "answered_address",
        AnsweredHow::Alias => "answered_alias",
        AnsweredHow::Company => "answered_company",
    };
    let mut said = vec![Said::new(key, vec![Slot::Foreign(&answered.from)])];
    let off = mail.reminder.as_ref().is_some_and(|reminder| reminder.state == ReminderState::Answered);
    said.extend(off.then(|| Said::new("waiting_reminder_off", Vec::new())));
    said
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use waxwing_protocol::api::WaitingMail;

    use super::{away, back, bounce_key, bounced, coming, moved, reminder_on};

    fn mail(reminder: &Value, more: &[(&str, Value)]) -> WaitingMail {
        let mut mail =
            json!({"id": uuid::Uuid::nil(), "sent_at": 1, "content": {"subject": "", "recipients": [], "links": []}});
        if !reminder.is_null() {
            mail["reminder"] = reminder.clone();
        }
        for (name, value) in more {
            mail[*name] = value.clone();
        }
        serde_json::from_value(mail).expect("a mail")
    }

    fn reminder(state: &str, why: Value, more: &[(&str, Value)]) -> Value {
        let mut reminder = json!({
            "id": uuid::Uuid::nil(), "state": state, "due_at": 100,
            "wish": {"when": {"kind": "instant", "at": 100, "zone": "UTC"}, "condition": "no_answer"},
        });
        if !why.is_null() {
            reminder["why"] = if why.is_string() { json!({"why": why}) } else { why };
        }
        for (name, value) in more {
            reminder[*name] = value.clone();
        }
        reminder
    }

    #[test]
    fn only_what_was_looked_at_says_that_nobody_answered() {
        for (why, expected) in [
            (json!("no_answer"), vec!["remind_why_no_answer"]),
            (json!("not_opened"), vec!["remind_why_not_opened"]),
            (json!("asked"), vec!["remind_why_asked"]),
            (json!("not_found"), vec!["remind_back_due", "remind_why_not_found"]),
            (json!("deleted"), vec!["remind_back_due", "remind_why_deleted"]),
            (json!("no_mailbox"), vec!["remind_back_due", "remind_back_no_mailbox"]),
            (json!({"why": "trouble", "trouble": "busy"}), vec!["remind_back_due", "remind_back_trouble"]),
            (Value::Null, vec!["remind_back_due"]),
        ] {
            let mail = mail(&reminder("back", why.clone(), &[]), &[]);
            let said = back(mail.reminder.as_ref().expect("one"));
            assert_eq!(said.iter().map(|said| said.key).collect::<Vec<_>>(), expected, "{why}");
            assert!(reminder_on(&mail).is_none());
        }
    }

    #[test]
    fn a_reminder_that_waits_says_when_and_on_which_condition() {
        let wish = |more: Value| {
            let mut wish = json!({"when": {"kind": "instant", "at": 100, "zone": "UTC"}});
            wish.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            ("wish", wish)
        };
        for (reminder, key, count) in [
            (Value::Null, "remind_none", None),
            (reminder("waiting", Value::Null, &[]), "remind_at", None),
            (reminder("waiting", Value::Null, &[wish(json!({"condition": "not_opened"}))]), "remind_at_not_opened", None),
            (reminder("waiting", Value::Null, &[wish(json!({"condition": "always"}))]), "remind_at_always", None),
            (reminder("waiting", Value::Null, &[wish(json!({"every_days": 1}))]), "remind_daily", None),
            (reminder("waiting", Value::Null, &[wish(json!({"every_days": 7}))]), "remind_weekly", None),
            (reminder("waiting", Value::Null, &[wish(json!({"every_days": 3}))]), "remind_every", Some(3)),
            (reminder("waiting", json!("no_mailbox"), &[]), "remind_why_no_mailbox", None),
            (reminder("waiting", json!({"why": "trouble", "trouble": "busy"}), &[]), "remind_why_trouble", None),
            (reminder("waiting", Value::Null, &[("due_at", Value::Null)]), "remind_none", None),
            (reminder("returning", Value::Null, &[]), "remind_returning", None),
            (reminder("off", json!("opened"), &[]), "remind_why_opened", None),
            (reminder("off", json!("bounced"), &[]), "remind_why_bounced", None),
            (reminder("off", json!("switched"), &[]), "remind_why_switched", None),
            (reminder("done", json!("no_answer"), &[]), "remind_none", None),
        ] {
            let mail = mail(&reminder, &[]);
            let said = coming(&mail);
            assert_eq!((said.key, said.count), (key, count), "{reminder}");
        }
    }

    #[test]
    fn an_absence_is_said_with_what_became_of_the_reminder() {
        let why = json!({"why": "away", "until": 50});
        let moving = mail(&reminder("waiting", why.clone(), &[("moved_from", json!(60))]), &[("away_until", json!(50))]);
        assert_eq!(away(&moving).iter().map(|said| said.key).collect::<Vec<_>>(), ["remind_why_away", "remind_moved"]);
        assert_eq!(moved(&moving), Some(100));
        // Nothing had to move, or there is no reminder.
        for still in [reminder("waiting", Value::Null, &[]), Value::Null] {
            let mail = mail(&still, &[("away_until", json!(50))]);
            assert_eq!(away(&mail).iter().map(|said| said.key).collect::<Vec<_>>(), ["remind_why_away"], "{still}");
            assert_eq!(moved(&mail), None);
        }
        assert!(away(&mail(&reminder("waiting", Value::Null, &[]), &[])).is_empty());
    }

    #[test]
    fn codes_of_bounces_say_what_is_wrong_and_strange_ones_nothing() {
        for (status, expected) in [
            ("5.1.1", Some("bounce_address")),
            ("5.1.10", Some("bounce_address")),
            ("5.2.1", Some("bounce_address")),
            ("4.2.2", Some("bounce_full")),
            ("5.3.4", Some("bounce_large")),
            ("5.7.26", Some("bounce_refused")),
            ("4.4.1", Some("bounce_server")),
            ("5.0.0", None),
            ("5", None),
            ("", None),
            ("..", None),
            ("<b>.<i>.x", None),
        ] {
            assert_eq!(bounce_key(status), expected, "{status}");
        }
        let fails = json!({"at": 1, "soft": false, "failed": ["a@x.example", "b@x.example", "c@x.example"]});
        let person = |address: &str| json!({"kind": "to", "address": address});
        let content = json!({"subject": "", "recipients": [person("a@x.example"), person("d@x.example")], "links": []});
        let mail = mail(&Value::Null, &[("bounced", fails), ("content", content)]);
        let said = bounced(mail.bounced.as_ref().expect("it did"), &mail);
        assert_eq!(
            said.iter().map(|said| (said.key, said.count)).collect::<Vec<_>>(),
            [("waiting_bounced", None), ("waiting_bounced_at_more", Some(2))]
        );
    }
}
