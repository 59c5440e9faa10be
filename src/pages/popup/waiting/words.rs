//! The sentences about a mail whose answer is waited for.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Message, WaitingMail};
use web_sys::Node;

use super::super::row::{says, sign};
use super::super::scheduled::text;
use crate::pages::dom::{El, Icon, Tag, el};
use crate::pages::say::{mail as said_of, names, shown_short};
use crate::pages::text::{Value, day_of_long, iso, moment, rich, rich_count, t};
use crate::told::{self, Known, Said, Slot};

/// A line shows far less than this.
const MOST: usize = 300;
/// A name within a button.
const NAME: usize = 24;

/// Sentences, one behind the other.
pub(super) fn say(said: &[Said<'_>], now: Millis) -> Vec<Node> {
    let mut nodes = Vec::new();
    for part in said {
        if !nodes.is_empty() {
            nodes.push(text(" "));
        }
        let values: Vec<Value> = part.values.iter().map(|slot| value(*slot, now)).collect();
        nodes.extend(match part.count {
            Some(n) => rich_count(part.key, n, &values),
            None => rich(part.key, &values),
        });
    }
    nodes
}

fn value(slot: Slot<'_>, now: Millis) -> Value {
    match slot {
        Slot::At(at) => Value::Own(moment(at, now)),
        // A day of no zone: by its date, not by its instant.
        Slot::Day(noon) => Value::Own(day_of_long(iso(noon).split('T').next().unwrap_or_default(), now)),
        Slot::Foreign(address) => Value::Foreign(shown_short(address).into_owned()),
        Slot::Words(key) => Value::Own(t(key)),
    }
}

/// What is known of a mail's opens, as the list says it, and its icon. Without the age of the mail, which stands beside it.
pub(super) fn known(mail: &WaitingMail, now: Millis) -> Option<(Vec<Node>, (Icon, &'static str))> {
    let activity = mail.activity.clone()?;
    let message = Message {
        id: mail.id,
        sent_at: now,
        scheduled: false,
        sender: mail.sender.clone(),
        gmail: mail.gmail.clone(),
        content: mail.content.clone(),
        activity,
        tracking: mail.tracking.unwrap_or_default(),
        ..Message::default()
    };
    let sign = sign(told::state(said_of(&message, Known::Yes)));
    Some((says(&message, Known::Yes, now), sign))
}

/// Whom it went to: the first by name, and how many more.
pub(super) fn people(content: &Content) -> Vec<Node> {
    let names = names(&content.recipients, 1);
    let more = u32::try_from(names.more).unwrap_or(u32::MAX);
    match (names.first.first(), more) {
        (None, _) => vec![text(&t("no_recipients"))],
        (Some(name), 0) => vec![el(Tag::Bdi).text(&cut(name, MOST)).node().clone().into()],
        (Some(name), more) => rich_count("sched_people", more, &[Value::Foreign(cut(name, MOST))]),
    }
}

/// The name of the only recipient, short enough for a button.
pub(super) fn name(content: &Content) -> Option<String> {
    let names = names(&content.recipients, 1);
    let name = names.first.first().filter(|_| names.more == 0)?;
    (name.chars().count() <= NAME).then(|| (*name).to_string())
}

/// The subject, cut; the words for none where there is none.
pub(super) fn subject(content: &Content) -> Value {
    let subject = content.subject.trim();
    if subject.is_empty() { Value::Own(t("no_subject")) } else { Value::Foreign(cut(subject, MOST)) }
}

/// The line of the subject.
pub(super) fn subject_line(content: &Content) -> El {
    match subject(content) {
        Value::Foreign(subject) => el(Tag::Bdi).text(&subject),
        _ => el(Tag::Span).class("ww-none").text(&t("no_subject")),
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
