//! The suggestions: a list below the field, gone through with the arrow keys.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_protocol::Millis;
use web_sys::KeyboardEvent;

use super::Panel;
use super::sense::Pick;
use super::suggest::{Suggestion, What, suggestions};
use crate::pages::dom::{Attr, El, Scope, Tag, el};
use crate::pages::text::{clock_of, place, short_day, short_weekday, t, t_with};

/// The list.
pub(super) struct Options {
    list: El,
    shown: RefCell<Shown>,
}

#[derive(Default)]
struct Shown {
    options: Vec<(El, Millis)>,
    // Goes with its options.
    _scope: Scope,
}

impl Options {
    pub(super) fn new() -> Self {
        let list = el(Tag::Div).class("ww-opts").set(Attr::Role, "listbox").set(Attr::AriaLabel, &t("panel_suggestions"));
        Self { list, shown: RefCell::default() }
    }

    pub(super) fn element(&self) -> &El {
        &self.list
    }

    /// Fills the list by what time it is, here and where the recipient is.
    pub(super) fn fill(&self, panel: &Rc<Panel>) {
        let clocks = panel.clocks();
        let theirs = panel.theirs.borrow().clone().filter(|theirs| *theirs != panel.home);
        let Some(here) = clocks.wall_now(&panel.home) else { return };
        let there = theirs.as_deref().and_then(|theirs| clocks.wall_now(theirs));
        let scope = Scope::default();
        let mut options = Vec::new();
        for suggestion in suggestions(here, there) {
            let elsewhere = theirs.as_ref().filter(|_| suggestion.what == What::There);
            let zone = elsewhere.unwrap_or(&panel.home);
            let at = clocks.instant(suggestion.wall, zone);
            let pick = Pick { wall: suggestion.wall, zone: zone.clone() };
            let (name, time) = words(panel, suggestion, at, elsewhere);
            let option = el(Tag::Button)
                .set(Attr::Type, "button")
                .class("ww-opt")
                .set(Attr::Role, "option")
                .set(Attr::AriaSelected, "false")
                .set(Attr::TabIndex, "-1")
                .child(&el(Tag::Span).text(&name))
                .child(&el(Tag::Span).text(&time));
            let chosen = Rc::clone(panel);
            // A click by a key has no place: the next Enter then sends.
            let option = option.on(&scope, "click", move |event| {
                chosen.choose(pick.clone());
                let by_key = event.dyn_ref::<web_sys::MouseEvent>().is_some_and(|click| click.detail() == 0);
                if let Some(form) = chosen.shown().filter(|_| by_key) {
                    form.submit.focus();
                }
            });
            let (at_keys, number) = (Rc::clone(panel), options.len());
            let option = option.on(&scope, "keydown", move |event| {
                if let Some(key) = event.dyn_ref::<KeyboardEvent>()
                    && at_keys.shown().is_some_and(|form| form.options.step(number, &key.key(), &form.field))
                {
                    event.prevent_default();
                }
            });
            options.push((option, at));
        }
        self.list.fill(options.iter().map(|(option, _)| option));
        *self.shown.borrow_mut() = Shown { options, _scope: scope };
    }

    /// Marks the suggestion that is what was asked for.
    pub(super) fn mark(&self, _panel: &Panel, due: Option<Millis>) {
        for (option, at) in &self.shown.borrow().options {
            option.put(Attr::AriaSelected, if Some(*at) == due { "true" } else { "false" });
        }
    }

    pub(super) fn focus_first(&self) {
        if let Some((first, _)) = self.shown.borrow().options.first() {
            first.focus();
        }
    }

    /// Where a key leads from an option; false for keys that lead nowhere.
    fn step(&self, from: usize, key: &str, field: &El) -> bool {
        let shown = self.shown.borrow();
        let to = match key {
            "ArrowUp" if from == 0 => {
                field.focus();
                return true;
            }
            "ArrowUp" => from - 1,
            "ArrowDown" => (from + 1).min(shown.options.len().saturating_sub(1)),
            "Home" => 0,
            "End" => shown.options.len().saturating_sub(1),
            _ => return false,
        };
        if let Some((option, _)) = shown.options.get(to) {
            option.focus();
        }
        true
    }
}

/// Name and time of a suggestion.
fn words(panel: &Panel, suggestion: Suggestion, at: Millis, elsewhere: Option<&String>) -> (String, String) {
    let wall = suggestion.wall;
    let short = t_with("when_day", &[&short_weekday(wall.date), &clock_of(wall)]);
    match suggestion.what {
        What::LaterToday => (t("suggest_later_today"), clock_of(wall)),
        What::ThisMorning => (t("suggest_this_morning"), clock_of(wall)),
        What::Tomorrow => (t("suggest_tomorrow"), short),
        What::Monday => {
            let day = t_with("when_day", &[&short_day(wall.date, wall.date), &clock_of(wall)]);
            (t("suggest_monday"), day)
        }
        What::There => {
            let city = elsewhere.map(|zone| place(zone)).unwrap_or_default();
            let here = panel.wall(at, &panel.home).unwrap_or(wall);
            let here = t_with("when_day", &[&short_weekday(here.date), &clock_of(here)]);
            (t_with("suggest_there", &[&city]), t_with("suggest_there_time", &[&here, &clock_of(wall)]))
        }
    }
}
