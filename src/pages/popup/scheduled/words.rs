//! The sentences about a mail that goes out later.

use waxwing_domain::civil::Weekday;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Mailbox, Scheduled, ScheduledState, Trouble, When, Why};
use web_sys::Node;

use crate::pages::dom::{Attr, El, Tag, document, el};
use crate::pages::say::{Often, names, repeats};
use crate::pages::text::{Value, count, day_of, hour, iso, moment, place, rich, rich_count, t, t_with, there, wall, weekday};
use crate::told::{trouble_key, why_key};

/// A line shows far less than this.
const MOST: usize = 300;

/// The clause of a trouble.
pub(in crate::pages) fn trouble(trouble: Trouble) -> String {
    t(trouble_key(trouble))
}

/// The subject, cut; the words for none where there is none.
pub(super) fn subject(mail: &Scheduled) -> Value {
    let subject = mail.content.subject.trim();
    if subject.is_empty() { Value::Own(t("no_subject")) } else { Value::Foreign(cut(subject)) }
}

/// Whom it goes to: the first by name, and how many more.
pub(super) fn people(mail: &Scheduled) -> Vec<Node> {
    let names = names(&mail.content.recipients, 1);
    let more = u32::try_from(names.more).unwrap_or(u32::MAX);
    match (names.first.first(), more) {
        (None, _) => vec![text(&t("no_recipients"))],
        (Some(name), 0) => vec![el(Tag::Bdi).text(&cut(name)).node().clone().into()],
        (Some(name), more) => rich_count("sched_people", more, &[Value::Foreign(cut(name))]),
    }
}

/// The same as text, for the name of a control.
pub(super) fn people_text(mail: &Scheduled) -> String {
    let names = names(&mail.content.recipients, 1);
    let more = u32::try_from(names.more).unwrap_or(u32::MAX);
    match (names.first.first(), more) {
        (None, _) => t("no_recipients"),
        (Some(name), 0) => cut(name),
        (Some(name), more) => count("sched_people", more, &[&cut(name)]),
    }
}

/// The title of what stands on top: why it stands there.
pub(super) fn title(mail: &Scheduled) -> String {
    match mail.why {
        Some(Why::Trouble { trouble: which }) => t_with("later_why_trouble", &[&trouble(which)]),
        Some(why) => t(why_key(why)),
        None if mail.state == ScheduledState::Failed => t("sched_failed"),
        None => t("sched_held"),
    }
}

/// When it goes, and what is special about that.
pub(super) fn when_line(mail: &Scheduled, mailbox: Option<&Mailbox>, now: Millis) -> Vec<Node> {
    let time = match mail.due_at {
        Some(at) => el(Tag::Time).class("ww-b").set(Attr::DateTime, &iso(at)).text(&moment(at, now)),
        None => el(Tag::Span).class("ww-b").text(&asked(&mail.schedule.when, now)),
    };
    let mut line: Vec<Node> = vec![time.node().clone().into()];
    for part in specials(mail, mailbox) {
        line.push(text(" · "));
        line.extend(part);
    }
    line
}

/// What was asked for, without looking at whether it moved: `Tue 24 Nov 09:00`.
pub(super) fn asked(when: &When, now: Millis) -> String {
    match when {
        When::At { wall: at, .. } => wall(at),
        When::Instant { at, .. } => moment(*at, now),
        When::Within { from, to, .. } => t_with("sched_within", &[&hour(from), &hour(to)]),
        When::Repeat { start, .. } => wall(start),
    }
}

const fn zone(when: &When) -> &String {
    match when {
        When::At { zone, .. } | When::Instant { zone, .. } | When::Within { zone, .. } | When::Repeat { zone, .. } => zone,
    }
}

fn specials(mail: &Scheduled, mailbox: Option<&Mailbox>) -> Vec<Vec<Node>> {
    let mut parts: Vec<Vec<Node>> = Vec::new();
    let going = match mail.state {
        ScheduledState::Leased => Some("sched_leased"),
        ScheduledState::Sending => Some("sched_sending"),
        ScheduledState::Unclear => Some("sched_looking"),
        _ => None,
    };
    parts.extend(going.map(|key| rich(key, &[])));
    let schedule = &mail.schedule;
    let elsewhere = mail.due_at.and_then(|at| there(at, zone(&schedule.when)));
    parts.extend(elsewhere.map(|time| rich("sched_there", &[Value::Own(time), Value::Foreign(place(zone(&schedule.when)))])));
    if let When::Within { days, from, to, .. } = &schedule.when {
        let days = days_words(days);
        let hours = t_with("sched_within", &[&hour(from), &hour(to)]);
        parts.push(vec![text(&if days.is_empty() { hours } else { t_with("sched_within_days", &[&hours, &days]) })]);
    }
    if let When::Repeat { rule, until_answered, .. } = &schedule.when {
        parts.push(rule_words(rule));
        if *until_answered {
            parts.push(writes(mail, "sched_until_one", "sched_until_some"));
        }
    }
    if schedule.unless_answered {
        parts.push(writes(mail, "sched_unless_one", "sched_unless_some"));
    }
    match mail.why {
        Some(Why::DailyLimit) => parts.push(match mailbox {
            Some(mailbox) => rich("sched_limit", &[Value::Own(mailbox.daily_limit.to_string())]),
            None => rich("later_why_daily_limit", &[]),
        }),
        Some(Why::Holiday) => parts.push(rich("later_why_holiday", &[])),
        Some(Why::Trouble { trouble: which }) => parts.push(rich("sched_retried", &[Value::Own(trouble(which))])),
        _ => {}
    }
    if !schedule.holidays.is_empty() && mail.why != Some(Why::Holiday) {
        parts.push(rich("sched_holidays", &[]));
    }
    if mail.times > 0 {
        parts.push(rich_count("sched_times", mail.times, &[]));
    }
    parts
}

/// "unless Tomás writes first".
fn writes(mail: &Scheduled, one: &str, some: &str) -> Vec<Node> {
    match mail.content.recipients.as_slice() {
        [_] => rich(
            one,
            &[Value::Foreign(names(&mail.content.recipients, 1).first.first().map(|name| cut(name)).unwrap_or_default())],
        ),
        _ => rich(some, &[]),
    }
}

/// How often it comes again.
fn rule_words(rule: &str) -> Vec<Node> {
    let Some(said) = repeats(rule) else { return rich("rule_other", &[Value::Foreign(cut(rule))]) };
    let long = |day: Weekday| Value::Own(weekday(day, false));
    let every = |unit: &str, n: u16| rich_count(unit, n.into(), &[]);
    let mut words = match said.often {
        Often::Days(n) => every("rule_days", n),
        Often::Weekdays => rich("rule_weekdays", &[]),
        Often::Weeks(n, days) if days.is_empty() => every("rule_weeks", n),
        Often::Weeks(1, days) if days.len() == 1 => rich("rule_each", &[long(days[0])]),
        Often::Weeks(n, days) => {
            let days: Vec<String> = days.iter().map(|day| weekday(*day, true)).collect();
            rich_count("rule_weeks_on", n.into(), &[Value::Own(days.join(", "))])
        }
        Often::Months(n) => every("rule_months", n),
        Often::MonthDay(n, day) => rich_count("rule_months_on", n.into(), &[Value::Own(day.to_string())]),
        Often::LastDay(n) => rich_count("rule_months_last", n.into(), &[]),
        Often::Nth(n, number, day) => {
            let nth = t(match number {
                1 => "rule_first",
                2 => "rule_second",
                3 => "rule_third",
                4 => "rule_fourth",
                _ => "rule_last",
            });
            rich_count("rule_months_nth", n.into(), &[Value::Own(nth), long(day)])
        }
        Often::Years(n) => every("rule_years", n),
        Often::Other => rich("rule_other", &[Value::Foreign(cut(rule))]),
    };
    if let Some(times) = said.times {
        words.push(text(", "));
        words.extend(rich_count("rule_times", times, &[]));
    }
    if let Some(until) = said.until {
        words.push(text(", "));
        words.extend(rich("rule_until", &[Value::Own(day_of(&until))]));
    }
    words
}

/// Days of a window: nothing when all are.
fn days_words(codes: &[String]) -> String {
    let days: Vec<Weekday> = Weekday::ALL.into_iter().filter(|day| codes.iter().any(|code| code == day.code())).collect();
    match days.as_slice() {
        [] => String::new(),
        all if all.len() == 7 => String::new(),
        all if *all == Weekday::ALL[..5] => t("rule_weekdays"),
        some => some.iter().map(|day| weekday(*day, true)).collect::<Vec<_>>().join(", "),
    }
}

/// The server's own words, as what they are: foreign text in quotation marks.
pub(in crate::pages) fn said(words: &str) -> El {
    el(Tag::Span).class("ww-any").children(rich("sched_said", &[Value::Foreign(cut(words))]))
}

pub(in crate::pages::popup) fn text(words: &str) -> Node {
    document().create_text_node(words).into()
}

fn cut(text: &str) -> String {
    text.chars().take(MOST).collect()
}
