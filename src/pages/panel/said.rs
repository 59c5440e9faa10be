//! The line under the field: what was understood, or why nothing was, with what can be pressed instead.

use std::rc::Rc;

use waxwing_domain::civil::{Civil, Date};
use waxwing_domain::schedule::{self, NoDue};
use waxwing_domain::when::{Order, Reading, Refusal};
use waxwing_protocol::Millis;
use waxwing_protocol::api::When;
use web_sys::Node;

use super::Panel;
use super::form::Form;
use super::sense::{Clear, Pick, Sense};
use super::suggest::MORNING;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon_with};
use crate::pages::text::{Value, clock_of, hour, long_day, place, rich, short_day, t, t_with, weekday};

/// Shows what the panel understood of a phrase that is meant in a zone.
pub(super) fn show(panel: &Rc<Panel>, form: &Form, phrase: &str, zone: &str) {
    // What could be pressed before goes with its listeners.
    let scope = Scope::default();
    let sense = panel.sense.borrow().clone();
    let bad = matches!(sense, Sense::Refused(_) | Sense::NoDue(_));
    form.field.put(Attr::AriaInvalid, if bad { "true" } else { "false" });
    match &sense {
        Sense::Nothing => form.said.fill([el(Tag::Span).class("ww-3").text(&t("panel_hint"))]),
        Sense::Clear(clear) => {
            let mut lines = vec![el(Tag::Span).children(when_words(panel, clear.due.at, zone_of(&clear.schedule.when)))];
            lines.extend(more(panel, clear).into_iter().map(|words| el(Tag::Span).class("ww-3").children(words)));
            fill(&form.said, Icon::CHECK, "t-ok", lines);
        }
        Sense::NoDue(none) => {
            let key = if *none == NoDue::Past { "panel_over" } else { "panel_never" };
            fill(&form.said, Icon::INFO, "t-warn", vec![el(Tag::Span).text(&t(key))]);
        }
        Sense::Refused(refusal) => {
            let (words, ways) = refused(panel, &scope, refusal, phrase, zone);
            let mut lines = vec![el(Tag::Span).children(words)];
            if !ways.is_empty() {
                lines.push(el(Tag::Span).class("ww-row-btns").children(ways));
            }
            fill(&form.said, Icon::INFO, "t-warn", lines);
        }
    }
    *form.said_scope.borrow_mut() = scope;
}

fn fill(said: &El, which: Icon, class: &str, lines: Vec<El>) {
    said.clear();
    said.add(icon_with(which, class).as_ref());
    for line in lines {
        said.add(line.as_ref());
    }
}

fn zone_of(when: &When) -> &str {
    schedule::zone_name(when)
}

/// `Tue 24 Nov 09:00 your time, 17:00 in Tokyo`: where the recipient is, or where it was said to be.
fn when_words(panel: &Panel, at: Millis, zone: &str) -> Vec<Node> {
    let here = panel.moment(at, &panel.home);
    let theirs = panel.theirs.borrow().clone();
    let other = theirs.or_else(|| (zone != panel.home).then(|| zone.to_owned()));
    let (home, there) = (panel.wall(at, &panel.home), other.as_deref().and_then(|other| panel.wall(at, other)));
    match (home, there, other) {
        (Some(home), Some(there), Some(other)) if home != there => {
            let shown = if home.date == there.date { clock_of(there) } else { panel.moment(at, &other) };
            rich("panel_said_there", &[Value::Own(here), Value::Own(shown), Value::Foreign(place(&other))])
        }
        _ => rich("panel_said", &[Value::Own(here)]),
    }
}

/// What else there is to say: that it goes again, that it waits for hours of days, that a holiday moved it.
fn more(panel: &Panel, clear: &Clear) -> Vec<Vec<Node>> {
    let mut lines = Vec::new();
    if clear.due.moved {
        lines.push(rich("panel_moved", &[]));
    }
    match &clear.schedule.when {
        When::Repeat { zone, .. } => {
            let next = |after| schedule::next(&clear.schedule, after, &panel.zones).ok().flatten();
            let second = next(clear.due.at);
            let third = second.and_then(|second| next(second.at));
            let said = |at: Millis| Value::Own(panel.moment(at, zone));
            lines.push(match (second, third) {
                (Some(second), Some(third)) => rich("panel_again", &[said(second.at), said(third.at)]),
                (Some(second), None) => rich("panel_again_last", &[said(second.at)]),
                (None, _) => rich("panel_once", &[]),
            });
        }
        When::Within { days, from, to, .. } => {
            let all = waxwing_domain::civil::Weekday::ALL;
            let named = all.into_iter().filter(|day| days.iter().any(|code| code == day.code()));
            let days = named.map(|day| weekday(day, true)).collect::<Vec<_>>().join(", ");
            lines.push(rich("panel_within", &[Value::Own(hour(from)), Value::Own(hour(to)), Value::Own(days)]));
        }
        When::At { .. } | When::Instant { .. } => {}
    }
    lines
}

/// Why a phrase is refused, and what can be pressed instead.
fn refused(panel: &Rc<Panel>, scope: &Scope, refusal: &Refusal, phrase: &str, zone: &str) -> (Vec<Node>, Vec<El>) {
    let today = panel.clocks().wall_now(zone).map(|now| now.date);
    match refusal {
        Refusal::NotUnderstood { word, suggestion } => {
            let ways = suggestion.and_then(|known| instead(panel, scope, phrase, word, known, zone));
            (rich("refuse_not_understood", &[Value::Foreign(word.clone())]), ways.into_iter().collect())
        }
        Refusal::TwoReadings { one, other } => {
            let ways = [*one, *other].map(|reading| way(panel, scope, reading, phrase, zone, today));
            (rich("refuse_two", &[]), ways.into_iter().collect())
        }
        Refusal::Past(reading) => (rich("refuse_past", &[Value::Own(reading_words(*reading, today))]), Vec::new()),
        Refusal::OtherWeekday(date) => {
            let day = weekday(date.weekday(), false);
            let date = today.map_or_else(String::new, |today| short_day(*date, today));
            (rich("refuse_weekday", &[Value::Own(date), Value::Own(day)]), Vec::new())
        }
        Refusal::UnknownZone(name) => (rich("refuse_zone", &[Value::Foreign(name.clone())]), Vec::new()),
        Refusal::Empty | Refusal::Incomplete => (rich("refuse_incomplete", &[]), Vec::new()),
        Refusal::TooLong => (rich("refuse_too_long", &[]), Vec::new()),
        Refusal::Twice => (rich("refuse_twice", &[]), Vec::new()),
        Refusal::NoSuchDate => (rich("refuse_no_date", &[]), Vec::new()),
        Refusal::NoSuchTime => (rich("refuse_no_time", &[]), Vec::new()),
        Refusal::TooFar => (rich("refuse_too_far", &[]), Vec::new()),
    }
}

/// The phrase with the nearest known word in the place of the one that is not: what it then means, to be pressed.
fn instead(panel: &Rc<Panel>, scope: &Scope, phrase: &str, word: &str, known: &str, zone: &str) -> Option<El> {
    let phrase = phrase.replacen(word, known, 1);
    let meaning = panel.clocks().read(&phrase, zone).ok()?;
    let at = meaning.first().instant.saturating_mul(1_000);
    let words = t_with("refuse_instead", &[&panel.moment(at, &panel.home)]);
    Some(panel.act_in(scope, "ww-link ww-s", &words, move |panel| {
        if let Some(form) = panel.shown() {
            form.field.set_value(&phrase);
            *panel.pick.borrow_mut() = None;
            panel.update();
            form.field.focus();
        }
    }))
}

/// One of two readings, to be pressed.
fn way(panel: &Rc<Panel>, scope: &Scope, reading: Reading, phrase: &str, zone: &str, today: Option<Date>) -> El {
    let wall = wall_of(panel, reading, phrase, zone);
    let pick = Pick { wall, zone: zone.to_owned() };
    panel.act_in(scope, "ww-btn", &reading_words(reading, today), move |panel| {
        panel.choose(pick.clone());
        if let Some(form) = panel.shown() {
            form.field.focus();
        }
    })
}

/// The wall time of a reading: with the time of day that the phrase says, found by reading it in every order of dates.
fn wall_of(panel: &Panel, reading: Reading, phrase: &str, zone: &str) -> Civil {
    let said = [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay].into_iter().find_map(|order| {
        let mut clocks = panel.clocks();
        clocks.order = Some(order);
        let wall = clocks.read(phrase, zone).ok()?.first().wall;
        (wall.date == reading.date).then_some(wall.time)
    });
    Civil { date: reading.date, time: reading.time.or(said).unwrap_or(MORNING) }
}

/// `Tuesday 24 November`, with its time where that is what differs.
fn reading_words(reading: Reading, today: Option<Date>) -> String {
    let same_year = today.is_none_or(|today| today.year() == reading.date.year());
    let day = match today {
        Some(today) if !same_year => short_day(reading.date, today),
        _ => long_day(reading.date),
    };
    match reading.time {
        Some(time) => t_with("when_day", &[&day, &clock_of(Civil { date: reading.date, time })]),
        None => day,
    }
}
