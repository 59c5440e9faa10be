//! Words, numbers and times for people.
//!
//! What must hold:
//! - Words come from `_locales` by key; a message may mark `*strong*` and `` `code` `` runs and has `$1`… for its values.
//! - Values never become part of a message before it is taken apart: a foreign value can neither mark nor break anything.
//! - Dates, times and numbers are `Intl`'s, in the language of the words, with the browser's own choice of region and clock.

mod civil;
mod intl;
mod markup;
mod zones;

pub(crate) use civil::{clock_of, country, long_day, long_month, sample_date, short_day, short_weekday};
pub(crate) use intl::{clock, clock_s, day, day_of, day_of_long, iso, iso_day, local_day, locale, number, week_start};
pub(crate) use zones::{hour, moment_in, place, there, wall, weekday};

use waxwing_domain::relative::{Group, Unit, group, relative};
use waxwing_protocol::Millis;
use web_sys::Node;

use super::dom::{El, Tag, document, el};
use crate::chrome::i18n::message;

/// A value for a message.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Ours: a number, a time, a word.
    Own(String),
    /// Foreign: a name, an address, a subject. Shown as it is, isolated from the direction around it.
    Foreign(String),
    /// An element, such as a link inside of a sentence.
    Element(El),
}

/// The words for a key.
pub(crate) fn t(key: &str) -> String {
    message(key, &[])
}

/// The words for a key with values that are ours.
pub(crate) fn t_with(key: &str, values: &[&str]) -> String {
    message(key, values)
}

/// The words for a number of things: `<key>_one` or `<key>_other`, after the language's own rule; the number is `$1`, the
/// values follow it.
pub(crate) fn count(key: &str, n: u32, values: &[&str]) -> String {
    let shown = number(n);
    let values: Vec<&str> = std::iter::once(shown.as_str()).chain(values.iter().copied()).collect();
    message(&intl::plural_key(key, n), &values)
}

/// A message taken apart into nodes, with its marks and values.
pub(crate) fn rich(key: &str, values: &[Value]) -> Vec<Node> {
    let holes: Vec<String> = (0..values.len()).map(markup::hole).collect();
    let holes: Vec<&str> = holes.iter().map(String::as_str).collect();
    nodes(&message(key, &holes), values)
}

/// Like [`rich`] for a number of things; the number is the first value.
pub(crate) fn rich_count(key: &str, n: u32, values: &[Value]) -> Vec<Node> {
    let mut all = vec![Value::Own(number(n))];
    all.extend_from_slice(values);
    rich(&intl::plural_key(key, n), &all)
}

fn nodes(words: &str, values: &[Value]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for run in markup::runs(words) {
        let node = match run.what {
            markup::What::Text(text) => document().create_text_node(text).into(),
            markup::What::Value(index) => match values.get(index) {
                Some(Value::Own(text)) => document().create_text_node(text).into(),
                Some(Value::Foreign(text)) => el(Tag::Bdi).text(text).node().clone().into(),
                Some(Value::Element(element)) => element.node().clone().into(),
                None => continue,
            },
        };
        nodes.push(match run.style {
            markup::Style::Plain => node,
            markup::Style::Strong => el(Tag::B).class("ww-b").child(&node).node().clone().into(),
            markup::Style::Code => el(Tag::Code).child(&node).node().clone().into(),
        });
    }
    nodes
}

/// A day and time within a sentence: `today 11:20`, `yesterday 09:00`, `Fri 20 Nov 16:31`.
pub(crate) fn moment(at: Millis, now: Millis) -> String {
    match local_day(now) - local_day(at) {
        0 => t_with("when_today", &[&clock(at)]),
        1 => t_with("when_yesterday", &[&clock(at)]),
        _ => t_with("when_day", &[&day(at, now), &clock(at)]),
    }
}

/// The same where today goes without saying: `11:20`, else as [`moment`].
pub(crate) fn short_moment(at: Millis, now: Millis) -> String {
    if local_day(now) == local_day(at) { clock(at) } else { moment(at, now) }
}

/// The heading of a group of days.
pub(crate) fn group_title(group: Group, at: Millis) -> String {
    match group {
        Group::Today => t("group_today"),
        Group::Yesterday => t("group_yesterday"),
        Group::ThisWeek => t("group_this_week"),
        Group::LastWeek => t("group_last_week"),
        Group::Month { .. } => intl::month(at),
    }
}

/// How long ago that was, in words: `4 days`. `None` for less than a minute, or for what lies ahead.
pub(crate) fn age(at: Millis, now: Millis) -> Option<String> {
    let ago = relative(intl::local(at), intl::local(now));
    let count = ago.count.checked_neg().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0)?;
    (ago.unit != Unit::Now).then(|| intl::span(count, ago.unit.name()))
}

/// A length of time in whole days, at least one: `9 days`.
pub(crate) fn days(length: Millis) -> String {
    const DAY: Millis = 86_400_000;
    intl::span(u32::try_from(length / DAY).unwrap_or(1).max(1), Unit::Day.name())
}

/// The shortest length of time in whole minutes, hours or days that this one is no longer than: `3 hours`.
pub(crate) fn within(length: Millis) -> String {
    const MINUTE: Millis = 60_000;
    const HOUR: Millis = 60 * MINUTE;
    let (unit, in_words) = if length <= 59 * MINUTE {
        (MINUTE, Unit::Minute)
    } else if length <= 47 * HOUR {
        (HOUR, Unit::Hour)
    } else {
        (24 * HOUR, Unit::Day)
    };
    let count = length.saturating_add(unit - 1) / unit;
    intl::span(u32::try_from(count.max(1)).unwrap_or(u32::MAX), in_words.name())
}

/// The group of the list that a mail of this time belongs to.
pub(crate) fn group_of(at: Millis, now: Millis) -> Group {
    group(local_day(at), local_day(now), intl::week_start())
}
