//! What is said of a mail, put into words here: for Gmail's tabs, which only show them, and for notifications.
//!
//! What must hold: what is foreign (addresses, links) is short and cannot turn the direction of the words around it. Ages are
//! left out: these words stand for a while.

use waxwing_domain::address::display_target;
use waxwing_domain::relative::Local;
use waxwing_domain::shown::short_text;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ReminderState, WaitingMail};

use super::super::platform::Platform;
use crate::chrome::system::Clock;
use crate::told::{self, Hole, Known, Mail, Said, Slot};

/// Characters of an address or a link.
const SHORT: usize = 60;
/// In milliseconds.
const MINUTE: Millis = 60_000;

/// The user's language and clock, on a platform.
#[derive(Debug)]
pub(super) struct Words<'a, P> {
    platform: &'a P,
    now: Millis,
}

impl<'a, P: Platform> Words<'a, P> {
    /// As it is now.
    pub(super) fn new(platform: &'a P) -> Self {
        Self { platform, now: platform.system().now() }
    }

    /// Sentences, one behind the other.
    pub(super) fn say(&self, said: &[Said<'_>]) -> String {
        said.iter().map(|part| self.part(part)).collect::<Vec<_>>().join(" ")
    }

    fn part(&self, said: &Said<'_>) -> String {
        let values = said.values.iter().map(|slot| match slot {
            Slot::At(at) => self.moment(*at),
            // The day is one of no zone.
            Slot::Day(noon) => {
                let offset = self.platform.system().offset(*noon);
                self.platform.system().written_day(noon - Millis::from(offset) * MINUTE).0
            }
            Slot::Foreign(text) => isolated(&short_text(text, SHORT)),
            Slot::Words(key) => self.platform.words(key, &[]),
        });
        self.words(said.key, said.count, values.collect())
    }

    /// What is known of a tracked mail's opens, as the list says it; `None` of one that is not tracked.
    pub(super) fn known(&self, mail: &WaitingMail) -> Option<String> {
        let activity = mail.activity.as_ref()?;
        let people = u32::try_from(mail.content.recipients.len()).unwrap_or(u32::MAX);
        let tracking = mail.tracking.unwrap_or_default();
        // As old as now: without its age.
        let told = Mail { activity, known: Known::Yes, scheduled: false, to_self: false, people, sent_at: self.now, tracking };
        let parts = told::sentence(told, self.now).into_iter().map(|part| {
            let values = part.values.iter().map(|hole| match hole {
                Hole::At(at) => self.moment(*at),
                Hole::Age(_) => String::new(),
                Hole::Link(target) => isolated(&short_text(&display_target(target), SHORT)),
            });
            self.words(part.key, part.count, values.collect())
        });
        Some(parts.collect::<String>().replace('*', ""))
    }

    /// The line of a conversation whose reminder waits or is back: why now and what happened, or when it comes.
    pub(super) fn line(&self, mail: &WaitingMail) -> Option<String> {
        let reminder = mail.reminder.as_ref()?;
        let said = match reminder.state {
            ReminderState::Back => {
                let known = self.known(mail).map(|known| format!(" {known}."));
                self.say(&told::back(reminder)) + &known.unwrap_or_default()
            }
            ReminderState::Waiting if told::moved(mail).is_some() => self.say(&told::away(mail)) + ".",
            ReminderState::Waiting => self.say(&[told::coming_alone(reminder)]),
            ReminderState::Returning => self.say(&[told::coming_now()]),
            ReminderState::Done | ReminderState::Answered | ReminderState::Off => return None,
        };
        Some(said.replace('*', ""))
    }

    /// `today 11:20`, `Thu 26 Nov 09:00`.
    fn moment(&self, at: Millis) -> String {
        let system = self.platform.system();
        let day = |at: Millis| Local { at, offset: system.offset(at) }.day();
        let (date, clock) = system.written_day(at);
        match day(self.now) - day(at) {
            0 => self.platform.words("when_today", &[&clock]),
            1 => self.platform.words("when_yesterday", &[&clock]),
            _ => self.platform.words("when_day", &[&date, &clock]),
        }
    }

    fn words(&self, key: &str, count: Option<u32>, values: Vec<String>) -> String {
        let mut all: Vec<String> = count.map(|count| count.to_string()).into_iter().collect();
        all.extend(values);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        match count {
            // In the languages that there are words in one thing is one and all else is more.
            Some(1) => self.platform.words(&format!("{key}_one"), &all),
            Some(_) => self.platform.words(&format!("{key}_other"), &all),
            None => self.platform.words(key, &all),
        }
    }
}

/// Text that brings its own direction of writing (U+2068 first strong isolate, U+2069 its end).
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}
