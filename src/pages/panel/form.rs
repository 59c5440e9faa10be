//! The form: a field, what it is understood as, suggestions, a calendar, conditions, and the button that says when it goes.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_domain::civil::Civil;
use waxwing_protocol::Millis;
use waxwing_protocol::api::When;
use waxwing_protocol::page::PanelEnd;
use web_sys::KeyboardEvent;

use super::calendar::Calendar;
use super::conditions::Conditions;
use super::options::Options;
use super::sense::{Asked, Pick, Sense, sense};
use super::{Panel, frame, said};
use crate::pages::dom::{Attr, El, Scope, Tag, el};
use crate::pages::text::{clock_of, short_day, short_weekday, t, t_with};
use crate::pages::widgets::button;

/// Milliseconds of a day.
const DAY: Millis = 86_400_000;

/// The parts of the form that change.
pub(super) struct Form {
    pub(super) field: El,
    pub(super) said: El,
    /// Listens to what can be pressed in it.
    pub(super) said_scope: RefCell<Scope>,
    pub(super) options: Options,
    pub(super) calendar: Calendar,
    pub(super) conditions: Conditions,
    pub(super) problem: El,
    pub(super) submit: El,
}

impl Panel {
    /// Builds the form and shows it.
    pub(super) fn show_form(self: &Rc<Self>) {
        let form = Rc::new(Form {
            field: el(Tag::Input)
                .class("ww-input")
                .set(Attr::Type, "text")
                .set(Attr::Id, "when")
                .set(Attr::AriaLabel, &t("panel_when"))
                .set(Attr::AriaDescribedby, "said")
                .set(Attr::Placeholder, &t("panel_placeholder"))
                .set(Attr::Autocomplete, "off")
                .set(Attr::Spellcheck, "false"),
            said: el(Tag::Div).class("ww-said").set(Attr::Id, "said").set(Attr::Role, "status"),
            said_scope: RefCell::default(),
            options: Options::new(),
            calendar: Calendar::new(self),
            conditions: Conditions::new(self),
            problem: el(Tag::P).class("ww-err").set(Attr::Role, "alert"),
            submit: el(Tag::Button).set(Attr::Type, "submit").class("ww-btn ww-btn-main").text(&t("panel_send_later")),
        });
        let inside = el(Tag::Div).class("ww-pad ww-stack ww-stack-2 ww-notop");
        let inside = match self.scheduled_note() {
            Some(note) => inside.child(&note),
            None => inside,
        };
        let inside = inside
            .child(&form.field)
            .child(&form.said)
            .child(form.options.element())
            .child(form.calendar.element())
            .child(form.conditions.element())
            .child(&form.problem);
        let foot = el(Tag::Div)
            .class("ww-panel-end")
            .child(&el(Tag::Span).class("ww-xs ww-3").text(&t("panel_draft_stays")))
            .child(&form.submit);
        let panel = Rc::clone(self);
        let whole = frame::show(&self.scope, &t("panel_title"), move || panel.end(PanelEnd::Closed), &inside, Some(&foot));
        self.listen(&form, &whole);
        form.problem.show(false);
        *self.form.borrow_mut() = Some(Rc::clone(&form));
        self.fill_before(&form);
        form.options.fill(self);
        self.update();
        form.field.focus();
    }

    fn listen(self: &Rc<Self>, form: &Rc<Form>, whole: &El) {
        let panel = Rc::clone(self);
        self.scope.listen(form.field.node(), "input", move |_| {
            *panel.pick.borrow_mut() = None;
            panel.update();
        });
        let panel = Rc::clone(self);
        self.scope.listen(form.field.node(), "keydown", move |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
            if key.key() == "ArrowDown" && !key.is_composing() {
                event.prevent_default();
                if let Some(form) = panel.shown() {
                    form.options.focus_first();
                }
            }
        });
        let panel = Rc::clone(self);
        self.scope.listen(whole.node(), "submit", move |event| {
            event.prevent_default();
            panel.submit();
        });
        // Folds that open or close make the panel higher or lower.
        for fold in [form.calendar.element(), form.conditions.element()] {
            let panel = Rc::clone(self);
            self.scope.listen(fold.node(), "toggle", move |_| panel.tell_size());
        }
    }

    /// The form, while it is shown.
    pub(super) fn shown(&self) -> Option<Rc<Form>> {
        self.form.borrow().clone()
    }

    /// What was asked for before goes into the field.
    fn fill_before(self: &Rc<Self>, form: &Form) {
        let Some(scheduled) = &self.scheduled else { return };
        form.conditions.fill(self, &scheduled.schedule);
        let keeps = matches!(scheduled.schedule.when, When::Repeat { .. } | When::Within { .. });
        match (&scheduled.schedule.phrase, scheduled.due_at) {
            (Some(phrase), _) if keeps => form.field.set_value(phrase),
            // A phrase for one time may count from now, and would mean another one today.
            (_, Some(due)) if !keeps => {
                if let Some(wall) = self.wall(due, &self.home) {
                    self.choose(Pick { wall, zone: self.home.clone() });
                }
            }
            _ => {}
        }
    }

    /// A time was picked.
    pub(super) fn choose(self: &Rc<Self>, pick: Pick) {
        let at = self.clocks().instant(pick.wall, &pick.zone);
        if let Some(form) = self.shown() {
            form.field.set_value(&self.moment(at, &self.home));
        }
        *self.pick.borrow_mut() = Some(pick);
        self.update();
    }

    /// Reads everything anew and shows what it means.
    pub(super) fn update(self: &Rc<Self>) {
        let Some(form) = self.shown() else { return };
        let read = form.conditions.read();
        let theirs = self.theirs.borrow().clone().filter(|_| read.in_theirs);
        let zone = theirs.unwrap_or_else(|| self.home.clone());
        let phrase = form.field.value();
        let understood = {
            let pick = self.pick.borrow();
            let asked = Asked {
                phrase: &phrase,
                pick: pick.as_ref(),
                zone: &zone,
                every: read.every,
                ends: read.ends,
                unless_answered: read.unless_answered,
                late: read.late,
                holidays: &read.holidays,
            };
            sense(&asked, &self.clocks())
        };
        *self.sense.borrow_mut() = understood;
        said::show(self, &form, &phrase, &zone);
        let sense = self.sense.borrow();
        let clear = match &*sense {
            Sense::Clear(clear) => Some(&**clear),
            Sense::Nothing | Sense::Refused(_) | Sense::NoDue(_) => None,
        };
        let due = clear.map(|clear| clear.due.at);
        form.options.mark(self, due);
        form.calendar.mark(self, due.and_then(|due| self.wall(due, &self.home)));
        form.conditions.show_rule(clear);
        form.submit.put(Attr::AriaDisabled, if due.is_some() { "false" } else { "true" });
        match due {
            Some(due) => form.submit.fill_text(&t_with("panel_send", &[&self.short_moment(due)])),
            None => form.submit.fill_text(&t("panel_send_later")),
        }
        drop(sense);
        form.problem.show(false);
        self.tell_size();
    }

    /// What clocks in a zone show at an instant.
    pub(super) fn wall(&self, at: Millis, zone: &str) -> Option<Civil> {
        self.clocks().zone(zone).civil_at(at.div_euclid(1_000))
    }

    /// `Tue 24 Nov 09:00`.
    pub(super) fn moment(&self, at: Millis, zone: &str) -> String {
        let clocks = self.clocks();
        match (self.wall(at, zone), clocks.wall_now(zone)) {
            (Some(wall), Some(now)) => t_with("when_day", &[&short_day(wall.date, now.date), &clock_of(wall)]),
            _ => String::new(),
        }
    }

    /// The same for a button: `Tue 09:00` within a week.
    fn short_moment(&self, at: Millis) -> String {
        let clocks = self.clocks();
        match self.wall(at, &self.home) {
            Some(wall) if at - clocks.now < 6 * DAY => t_with("when_day", &[&short_weekday(wall.date), &clock_of(wall)]),
            _ => self.moment(at, &self.home),
        }
    }

    /// A button that does something for the form.
    pub(super) fn act(self: &Rc<Self>, class: &str, words: &str, act: impl Fn(&Rc<Self>) + 'static) -> El {
        self.act_in(&self.scope, class, words, act)
    }

    /// The same for one that goes with a scope.
    pub(super) fn act_in(self: &Rc<Self>, scope: &Scope, class: &str, words: &str, act: impl Fn(&Rc<Self>) + 'static) -> El {
        let panel = Rc::clone(self);
        button(class, words).on(scope, "click", move |_| act(&panel))
    }
}
