//! The line under the field: what was understood, or why nothing was, with what can be pressed instead.

use std::rc::Rc;

use waxwing_domain::schedule::{self, NoDue};
use waxwing_protocol::Millis;
use waxwing_protocol::api::When;
use web_sys::Node;

use super::Panel;
use super::form::Form;
use super::sense::{Clear, Sense};
use super::ways::{Instead, Refused, Way};
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon_with};
use crate::pages::text::{Value, clock_of, hour, place, rich, t, weekday};

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
            let moment = |at| panel.moment(at, &panel.home);
            let (words, ways) = Refused { phrase, zone, clocks: panel.clocks(), moment: &moment }.words(refusal);
            let mut lines = vec![el(Tag::Span).children(words)];
            if !ways.is_empty() {
                let ways = ways.iter().map(|way| press(panel, &scope, way));
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

/// What can be pressed instead.
fn press(panel: &Rc<Panel>, scope: &Scope, way: &Way) -> El {
    let instead = way.instead.clone();
    panel.act_in(scope, way.class(), &way.words, move |panel| {
        let Some(form) = panel.shown() else { return };
        match &instead {
            Instead::Phrase(phrase) => {
                form.field.set_value(phrase);
                *panel.pick.borrow_mut() = None;
                panel.update();
            }
            Instead::Pick(pick) => panel.choose(pick.clone()),
        }
        form.field.focus();
    })
}
