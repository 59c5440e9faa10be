//! The conditions: not if somebody writes first, in the recipient's zone, how late is too late, how often, not on holidays.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_domain::civil::Date;
use waxwing_domain::recur::{End, Rule};
use waxwing_protocol::api::{Late, LateThen, Schedule, When};
use web_sys::KeyboardEvent;

use super::Panel;
use super::places::zone_of;
use super::sense::{Clear, Ends, Every};
use crate::chrome::zones::zone_names;
use crate::pages::dom::{Attr, El, Flag, Icon, Tag, el, icon};
use crate::pages::say::names;
use crate::pages::text::{Value, place, rich, rich_count, t};
use crate::pages::widgets::HolidayChoice;

/// Minutes that may be asked for.
const LATE: std::ops::RangeInclusive<u32> = 1..=10_080;
/// Letters of a name in a sentence.
const LONGEST_NAME: usize = 40;
/// How often at most, when a number is asked for.
const MOST_TIMES: u32 = 1_000;

/// The fold with the conditions.
pub(super) struct Conditions {
    fold: El,
    unless: El,
    in_theirs: El,
    zone_row: El,
    place: El,
    typed: El,
    late: El,
    minutes: El,
    then: El,
    repeat: El,
    every: El,
    rule_row: El,
    ends: El,
    times: El,
    until: El,
    holidays: HolidayChoice,
}

/// What was chosen.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) unless_answered: bool,
    pub(super) in_theirs: bool,
    pub(super) late: Late,
    pub(super) every: Option<Every>,
    pub(super) ends: Ends,
    pub(super) holidays: Vec<String>,
}

fn checkbox(id: &str) -> El {
    el(Tag::Input).set(Attr::Type, "checkbox").set(Attr::Id, id)
}

fn select(id: &str, label: &str, options: impl IntoIterator<Item = (String, String)>) -> El {
    let options = options.into_iter().map(|(value, words)| el(Tag::Option).set(Attr::Value, &value).text(&words));
    el(Tag::Select).class("ww-select ww-tiny").set(Attr::Id, id).set(Attr::AriaLabel, &t(label)).children(options)
}

fn number(id: &str, label: &str, value: u32, most: u32) -> El {
    let field = el(Tag::Input)
        .class("ww-input ww-tiny ww-count-in")
        .set(Attr::Type, "number")
        .set(Attr::Id, id)
        .set(Attr::AriaLabel, &t(label))
        .set(Attr::Min, "1")
        .set(Attr::Max, &most.to_string());
    field.set_value(&value.to_string());
    field
}

impl Conditions {
    pub(super) fn new(panel: &Rc<Panel>) -> Self {
        let of = |key: &str, values: &[(&str, &str)]| {
            values.iter().map(|(value, words)| ((*value).to_owned(), t(&format!("{key}{words}")))).collect::<Vec<_>>()
        };
        let every = Every::ALL.map(|every| (every.name().to_owned(), t(&format!("repeat_{}", every.name()))));
        let ends = of("repeat_ends_", &[("never", "never"), ("times", "times"), ("on", "on"), ("answered", "answered")]);
        let this = Self {
            fold: el(Tag::Details).class("ww-fold").flag(Flag::Open, true),
            unless: checkbox("unless"),
            in_theirs: checkbox("theirs"),
            zone_row: el(Tag::Div).class("ww-zone-row"),
            place: el(Tag::Span).class("ww-3"),
            typed: el(Tag::Input)
                .class("ww-input ww-tiny")
                .set(Attr::Type, "text")
                .set(Attr::AriaLabel, &t("condition_zone_where"))
                .set(Attr::Placeholder, &t("condition_zone_hint"))
                .set(Attr::Autocomplete, "off")
                .set(Attr::Spellcheck, "false"),
            late: checkbox("late"),
            minutes: number("minutes", "condition_late_minutes", Late::default().minutes, *LATE.end()),
            then: select("then", "condition_late_then", of("condition_late_", &[("hold", "hold"), ("ask", "ask")])),
            repeat: checkbox("repeat"),
            every: select("every", "condition_repeat", every),
            rule_row: el(Tag::Div).class("ww-rule-row"),
            ends: select("ends", "repeat_ends", ends),
            times: number("times", "repeat_times", 10, MOST_TIMES),
            until: el(Tag::Input).class("ww-input ww-tiny").set(Attr::Type, "date").set(Attr::AriaLabel, &t("repeat_until")),
            holidays: HolidayChoice::new("ww-select ww-tiny", "holidays"),
        };
        this.late.set_checked(true);
        this.build(panel);
        this
    }

    pub(super) fn element(&self) -> &El {
        &self.fold
    }

    fn build(&self, panel: &Rc<Panel>) {
        let row = |check: &El, words: Vec<web_sys::Node>| {
            el(Tag::Label).class("ww-check").child(check).child(&el(Tag::Span).children(words))
        };
        let mut rows = Vec::new();
        if let Some(recipient) = panel.recipient() {
            let others = panel.facts.draft.recipients.len().saturating_sub(1);
            let name = Value::Foreign(first_name(
                names(std::slice::from_ref(recipient), 1).first.first().copied().unwrap_or_default(),
            ));
            let words = match u32::try_from(others) {
                Ok(others @ 1..) => rich_count("condition_unless_some", others, std::slice::from_ref(&name)),
                _ => rich("condition_unless", std::slice::from_ref(&name)),
            };
            rows.push(row(&self.unless, words));
            let zone = el(Tag::Label).class("ww-check").child(&self.in_theirs).child(
                &el(Tag::Span).children(rich("condition_zone", std::slice::from_ref(&name))).text(" ").child(&self.place),
            );
            rows.push(el(Tag::Div).class("ww-zone").child(&zone).child(&self.zone_row));
        }
        let late = el(Tag::Div).class("ww-check ww-mid").child(&self.late).child(
            &el(Tag::Span)
                .class("ww-late")
                .child(&el(Tag::Label).set(Attr::For, "late").text(&t("condition_late_more")))
                .child(&self.minutes)
                .child(&el(Tag::Label).set(Attr::For, "late").text(&t("condition_late_by")))
                .child(&self.then),
        );
        rows.push(late);
        let repeat = el(Tag::Div).class("ww-check").child(&self.repeat).child(
            &el(Tag::Span).child(&el(Tag::Label).set(Attr::For, "repeat").text(&t("condition_repeat"))).child(&self.rule_row),
        );
        rows.push(repeat);
        let holidays = el(Tag::Div)
            .class("ww-check ww-mid")
            .child(&el(Tag::Label).set(Attr::For, "holidays").text(&t("condition_holidays")))
            .child(self.holidays.element());
        rows.push(holidays);
        self.fold.fill([
            el(Tag::Summary).child(&icon(Icon::RIGHT)).text(&t("panel_conditions")),
            el(Tag::Div).class("ww-stack ww-stack-2 ww-in-fold").children(rows),
        ]);
        self.rule_row.fill([&self.every, &self.ends, &self.times, &self.until]);
        self.show_rule(None);
        self.ask_place(panel, false);
        let entered = Rc::clone(panel);
        panel.scope.listen(self.typed.node(), "keydown", move |event| {
            if event.dyn_ref::<KeyboardEvent>().is_some_and(|key| key.key() == "Enter" && !key.is_composing()) {
                // Not the whole form.
                event.prevent_default();
                entered.place_typed();
            }
        });
        let holidays = self.holidays.element();
        for control in [&self.unless, &self.in_theirs, &self.late, &self.then, &self.repeat, &self.every, &self.ends, holidays]
        {
            let changed = Rc::clone(panel);
            let is_zone = control.get(Attr::Id).as_deref() == Some("theirs");
            panel.scope.listen(control.node(), "change", move |_| changed.conditions_changed(is_zone));
        }
        for control in [&self.minutes, &self.times, &self.until] {
            let changed = Rc::clone(panel);
            panel.scope.listen(control.node(), "input", move |_| changed.conditions_changed(false));
        }
    }

    /// What was chosen. What is no number, or none that may be asked for, is the nearest that may.
    pub(super) fn read(&self) -> Read {
        let minutes = self.minutes.value().trim().parse::<u32>().unwrap_or(Late::default().minutes);
        let then = match (self.late.is_checked(), self.then.value().as_str()) {
            (false, _) => LateThen::Send,
            (true, "ask") => LateThen::Ask,
            (true, _) => LateThen::Hold,
        };
        let every = Every::ALL.into_iter().find(|every| every.name() == self.every.value());
        let ends = match self.ends.value().as_str() {
            "times" => Ends::After(self.times.value().trim().parse().unwrap_or(1).clamp(1, MOST_TIMES)),
            "on" => Date::parse(&self.until.value()).map_or(Ends::Never, Ends::On),
            "answered" => Ends::Answered,
            _ => Ends::Never,
        };
        let repeats = self.repeat.is_checked();
        Read {
            unless_answered: self.unless.is_checked(),
            in_theirs: self.in_theirs.is_checked(),
            late: Late { minutes: minutes.clamp(*LATE.start(), *LATE.end()), then },
            every: every.filter(|_| repeats && !self.every.is_hidden()),
            ends,
            holidays: self.holidays.read(),
        }
    }

    /// Shows what was asked for before.
    pub(super) fn fill(&self, panel: &Rc<Panel>, schedule: &Schedule) {
        self.unless.set_checked(schedule.unless_answered);
        self.late.set_checked(schedule.late.then != LateThen::Send);
        self.then.set_value(if schedule.late.then == LateThen::Ask { "ask" } else { "hold" });
        self.minutes.set_value(&schedule.late.minutes.to_string());
        self.holidays.fill(&schedule.holidays);
        if let When::Repeat { rule, until_answered, .. } = &schedule.when {
            match rule.parse::<Rule>().map(|rule| rule.end) {
                _ if *until_answered => self.ends.set_value("answered"),
                Ok(End::Count(times)) => {
                    self.ends.set_value("times");
                    self.times.set_value(&times.to_string());
                }
                Ok(End::Wall(wall)) => {
                    self.ends.set_value("on");
                    self.until.set_value(&wall.date.to_string());
                }
                _ => {}
            }
        }
        self.show_place(panel);
    }

    /// Shows as much of the rule as there is to choose: a phrase that says how often needs only an end.
    pub(super) fn show_rule(&self, clear: Option<&Clear>) {
        let typed = clear.is_some_and(|clear| clear.typed_rule);
        let within = clear.is_some_and(|clear| matches!(clear.schedule.when, When::Within { .. }));
        if typed {
            self.repeat.set_checked(true);
        }
        let on = self.repeat.is_checked() && !within;
        self.rule_row.show(on);
        self.every.show(!typed);
        let ends = self.ends.value();
        self.times.show(ends == "times");
        self.until.show(ends == "on");
    }

    /// Shows where the recipient is, or asks.
    pub(super) fn show_place(&self, panel: &Rc<Panel>) {
        let known = panel.theirs.borrow().clone();
        if let Some(zone) = &known {
            let change = panel.act("ww-link ww-s", &t("condition_zone_change"), |panel| {
                if let Some(form) = panel.shown() {
                    form.conditions.ask_place(panel, true);
                    form.conditions.typed.focus();
                }
            });
            self.place.fill(rich("condition_zone_known", &[Value::Foreign(place(zone))]));
            self.zone_row.fill([change]);
            self.zone_row.show(true);
        } else {
            self.place.clear();
            self.in_theirs.set_checked(false);
            self.ask_place(panel, false);
        }
        if let Some(form) = panel.shown() {
            form.options.fill(panel);
        }
    }

    /// Asks where the recipient is: `now`, or once the box is ticked.
    fn ask_place(&self, panel: &Rc<Panel>, now: bool) {
        let set = panel.act("ww-btn", &t("condition_zone_set"), Panel::place_typed);
        let asking = el(Tag::Div).class("ww-zone-ask").child(&self.typed).child(&set);
        let unknown = el(Tag::P).class("ww-hint").set(Attr::Role, "status");
        self.zone_row.fill([asking, unknown]);
        self.typed.set_value("");
        self.zone_row.show(now || self.in_theirs.is_checked());
    }
}

impl Panel {
    fn conditions_changed(self: &Rc<Self>, zone: bool) {
        let Some(form) = self.shown() else { return };
        let conditions = &form.conditions;
        let on = conditions.in_theirs.is_checked();
        if zone && self.theirs.borrow().is_none() {
            conditions.ask_place(self, on);
            if on {
                conditions.typed.focus();
            }
        } else if zone {
            let zone = if on { self.theirs.borrow().clone() } else { None };
            if let Some(pick) = &mut *self.pick.borrow_mut() {
                // The same time on other clocks.
                pick.zone = zone.unwrap_or_else(|| self.home.clone());
            }
        }
        self.update();
    }

    /// Where the recipient is was typed.
    fn place_typed(self: &Rc<Self>) {
        let Some(form) = self.shown() else { return };
        let typed = form.conditions.typed.value();
        let zone = zone_of(&typed, &zone_names(), &self.clocks());
        if let Some(zone) = zone {
            form.conditions.in_theirs.set_checked(true);
            self.keep_theirs(&zone);
            form.field.focus();
            return;
        }
        let said = form.conditions.zone_row.find(Attr::Role, "status");
        if let Some(said) = said.filter(|_| !typed.trim().is_empty()) {
            said.fill(rich("condition_zone_unknown", &[Value::Foreign(typed)]));
        }
        form.conditions.typed.focus();
        self.tell_size();
    }
}

/// What somebody is called in a sentence: the first word of a name, or the whole address; cut where it is longer than names are.
fn first_name(name: &str) -> String {
    let called = if name.contains('@') { name } else { name.split_whitespace().next().unwrap_or(name) };
    match called.char_indices().nth(LONGEST_NAME) {
        Some((at, _)) => [&called[..at], "…"].concat(),
        None => called.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::first_name;

    #[test]
    fn names_in_sentences_are_short() {
        for (name, called) in [
            ("Kenji Sato", "Kenji"),
            ("kenji@sato.example", "kenji@sato.example"),
            ("Ana  Ruiz <ana@x.example>", "Ana  Ruiz <ana@x.example>"),
            ("", ""),
        ] {
            assert_eq!(first_name(name), called);
        }
        assert_eq!(first_name(&"é".repeat(500)).chars().count(), 41);
    }
}
