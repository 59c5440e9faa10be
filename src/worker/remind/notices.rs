//! Notifications of mails whose answer is waited for: back, not delivered, answered.
//!
//! What must hold: they say what is known and no more; where nobody could look for an answer they do not say that there is none.
//! Text of mails and servers is foreign: plain and short.

use uuid::Uuid;
use waxwing_protocol::api::{ReminderState, WaitingMail, WaitingNews, WhyReminder};

use super::super::Worker;
use super::super::notice::{Say, people, subject_of};
use super::super::platform::Platform;
use super::words::Words;
use crate::chrome::notifications::Notice;
use crate::told;

/// What the ids of these notifications begin with.
const WAITING: &str = "waiting:";

/// A mail, and what is said of it below its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::worker) struct Noticed {
    mail: WaitingMail,
    says: Vec<String>,
}

/// Whether this is told by a notification, where the backend says that it is to be told at all: of an absence, when it moved a
/// reminder far.
pub(in crate::worker) const fn is_told(what: WaitingNews) -> bool {
    matches!(what, WaitingNews::Back | WaitingNews::Bounced | WaitingNews::Answered | WaitingNews::Away)
}

/// The id of the notification of a mail.
pub(in crate::worker) fn notice_id(mail: Uuid) -> String {
    format!("{WAITING}{mail}")
}

/// The mail that a notification is of; `None` for other notifications.
pub(in crate::worker) fn waiting_of(notice: &str) -> Option<Uuid> {
    notice.strip_prefix(WAITING)?.parse().ok()
}

/// Whether what is to be told of a mail still holds by what is known now.
fn holds(what: WaitingNews, mail: &WaitingMail) -> bool {
    match what {
        WaitingNews::Back => mail.reminder.as_ref().is_some_and(|reminder| match reminder.state {
            ReminderState::Returning | ReminderState::Back => true,
            // Told, without a note in the mailbox.
            ReminderState::Done => is_only_told(reminder.why),
            // One that comes again and again, and was told just now.
            ReminderState::Waiting => reminder.times > 0 && is_only_told(reminder.why),
            ReminderState::Answered | ReminderState::Off => false,
        }),
        WaitingNews::Bounced => mail.bounced.is_some(),
        WaitingNews::Answered => mail.answered.is_some(),
        WaitingNews::Away => told::moved(mail).is_some(),
        WaitingNews::Changed | WaitingNews::Over => false,
    }
}

const fn is_only_told(why: Option<WhyReminder>) -> bool {
    matches!(why, Some(WhyReminder::NotFound | WhyReminder::Deleted | WhyReminder::NoMailbox | WhyReminder::Trouble { .. }))
}

impl<P: Platform> Worker<P> {
    /// What to say of a mail; `None` when what was to be told does not hold any more.
    pub(in crate::worker) fn noticed(&self, what: WaitingNews, mail: WaitingMail) -> Option<Noticed> {
        if !holds(what, &mail) {
            return None;
        }
        let words = Words::new(&self.platform);
        let says = match what {
            WaitingNews::Back => {
                let why = mail.reminder.as_ref().map(|reminder| words.say(&told::back(reminder)));
                let known = words.known(&mail).map(|known| format!("{known}."));
                vec![why.into_iter().chain(known).collect::<Vec<_>>().join(" ")]
            }
            WaitingNews::Bounced => mail.bounced.iter().map(|it| words.say(&told::bounced(it, &mail))).collect(),
            WaitingNews::Answered => mail.answered.iter().map(|it| words.say(&told::answered(it, &mail))).collect(),
            WaitingNews::Away => vec![words.say(&told::away(&mail))],
            WaitingNews::Changed | WaitingNews::Over => Vec::new(),
        };
        let says = says.into_iter().map(|line| line.replace('*', "")).collect();
        Some(Noticed { mail, says })
    }
}

/// The name of a mail in a digest.
pub(in crate::worker) fn name_of(noticed: &Noticed, say: &Say<'_>) -> String {
    subject_of(&noticed.mail.content.subject, say)
}

/// The notification of a mail; without it, of some mail.
pub(in crate::worker) fn notice(id: Uuid, what: WaitingNews, noticed: Option<&Noticed>, say: &Say<'_>) -> Notice {
    let words = |key: &str| (say.words)(key, &[]);
    let subject = noticed.map_or_else(|| words("notice_some_mail"), |noticed| name_of(noticed, say));
    let why = noticed.and_then(|noticed| noticed.mail.reminder.as_ref()?.why);
    let title = match (what, why) {
        (WaitingNews::Bounced, _) => "remind_notice_bounced",
        (WaitingNews::Answered, _) => "notice_answer",
        (WaitingNews::Away, _) => "remind_notice_away",
        (_, Some(WhyReminder::NoAnswer)) => "remind_notice_no_answer",
        (_, Some(WhyReminder::NotOpened)) => "remind_notice_not_opened",
        // It was asked for in any case, or nobody could look.
        _ => "remind_notice_due",
    };
    let mut lines = Vec::new();
    match noticed {
        Some(Noticed { mail, says }) => {
            let recipients = &mail.content.recipients;
            if !recipients.is_empty() {
                lines.push((say.words)("remind_notice_to", &[&people(recipients, say)]));
            }
            lines.extend(says.iter().cloned());
        }
        None => lines.push(words("notice_look")),
    }
    // Without a mail nobody could be asked now, so nothing could be done with it either.
    let buttons = if what == WaitingNews::Back && noticed.is_some() {
        vec![words("remind_tomorrow"), words("remind_done")]
    } else {
        Vec::new()
    };
    Notice { id: notice_id(id), title: (say.words)(title, &[&subject]), text: lines.join("\n"), at: None, buttons }
}
