//! The form: a field, what it is understood as, days to press, conditions, how often, and the buttons.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_domain::schedule::NoDue;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Condition, Late, ReminderState, When, Wish};
use waxwing_protocol::page::PanelEnd;
use web_sys::{Event, KeyboardEvent, Node};

use super::Remind;
use super::chips::{What, chips};
use crate::pages::dom::{Attr, El, Flag, Icon, Scope, Tag, el, icon_with};
use crate::pages::panel::frame;
use crate::pages::panel::sense::{Asked, Clear, Ends, Pick, Sense, sense};
use crate::pages::panel::ways::{Instead, Refused, Way};
use crate::pages::text::{Value, rich, t, weekday};
use crate::pages::widgets::{Weight, button, note};
use crate::told::{self, Slot};

/// Days between two reminders when nobody says another number, and at most.
const DAYS: (u16, u16) = (3, 90);
/// The conditions in their order, each with its name.
const CONDITIONS: [(Condition, &str); 3] =
    [(Condition::NoAnswer, "no-answer"), (Condition::NotOpened, "not-opened"), (Condition::Always, "always")];

/// The parts of the form that change.
pub(super) struct Form {
    /// What there is to say of the mail first.
    pub(super) top: El,
    pub(super) field: El,
    said: El,
    /// Listens to what can be pressed in it.
    said_scope: RefCell<Scope>,
    chips: Vec<(El, Millis)>,
    conditions: [El; 3],
    /// Beside the condition that a mail is not opened.
    not_opened: El,
    again: El,
    days: El,
    pub(super) problem: El,
    pub(super) off: El,
    pub(super) submit: El,
}

impl Remind {
    /// Builds the form and shows it.
    pub(super) fn show_form(self: &Rc<Self>) {
        let radio = |name: &str| el(Tag::Input).set(Attr::Type, "radio").set(Attr::Name, "if").set(Attr::Id, name);
        let conditions = CONDITIONS.map(|(_, name)| radio(name));
        let days = el(Tag::Input)
            .class("ww-input ww-tiny ww-count-in")
            .set(Attr::Type, "number")
            .set(Attr::AriaLabel, &t("remind_again_number"))
            .set(Attr::Min, "1")
            .set(Attr::Max, &DAYS.1.to_string());
        days.set_value(&DAYS.0.to_string());
        let form = Rc::new(Form {
            top: el(Tag::Div),
            field: el(Tag::Input)
                .class("ww-input")
                .set(Attr::Type, "text")
                .set(Attr::Id, "when")
                .set(Attr::AriaLabel, &t("panel_when"))
                .set(Attr::AriaDescribedby, "said")
                .set(Attr::Placeholder, &t("remind_placeholder"))
                .set(Attr::Autocomplete, "off")
                .set(Attr::Spellcheck, "false"),
            said: el(Tag::Div).class("ww-said").set(Attr::Id, "said").set(Attr::Role, "status"),
            said_scope: RefCell::default(),
            chips: self.chips(),
            conditions,
            not_opened: el(Tag::Span),
            again: el(Tag::Input).set(Attr::Type, "checkbox").set(Attr::Id, "again"),
            days,
            problem: el(Tag::P).class("ww-err").set(Attr::Role, "alert"),
            off: button("ww-btn", &t("remind_no")).set(Attr::DataAct, "off"),
            submit: el(Tag::Button).set(Attr::Type, "submit").class("ww-btn ww-btn-main").text(&t("compose_remind")),
        });
        let inside = el(Tag::Div)
            .class("ww-pad ww-stack ww-stack-2 ww-notop")
            .child(&form.top)
            .child(&form.field)
            .child(&form.said)
            .child(
                &el(Tag::Div)
                    .class("ww-chips ww-flush")
                    .set(Attr::Role, "group")
                    .set(Attr::AriaLabel, &t("panel_suggestions"))
                    .children(form.chips.iter().map(|(chip, _)| chip)),
            )
            .child(&form.conditions())
            .child(&form.repeat())
            .child(&el(Tag::P).class("ww-hint").text(&t("remind_fine")))
            .child(&form.problem);
        let foot = el(Tag::Div).class("ww-panel-end").child(&el(Tag::Span)).child(&form.off).child(&form.submit);
        let panel = Rc::clone(self);
        let end = move || panel.end(PanelEnd::Closed);
        let whole = frame::show(&self.scope, &t("compose_remind"), end, &inside, Some(&foot));
        self.listen(&form, &whole);
        form.problem.show(false);
        form.top.show(false);
        *self.form.borrow_mut() = Some(Rc::clone(&form));
        match &self.before {
            Some(before) => self.fill_with(before),
            None => form.choose(Condition::NoAnswer),
        }
        self.fill();
        form.field.focus();
    }

    fn chips(self: &Rc<Self>) -> Vec<(El, Millis)> {
        let clocks = self.clocks();
        let Some(now) = clocks.wall_now(&self.home) else { return Vec::new() };
        let chip = |(what, wall)| {
            let words = match what {
                What::Tomorrow => t("remind_tomorrow"),
                What::Day(day) => weekday(day, false),
                What::Week => t("remind_in_week"),
                What::Month => t("remind_in_month"),
            };
            let pick = Pick { wall, zone: self.home.clone() };
            let at = clocks.instant(wall, &self.home);
            let panel = Rc::clone(self);
            let chip = button("ww-chip", &words).set(Attr::AriaPressed, "false");
            (chip.on(&self.scope, "click", move |_| panel.choose(pick.clone())), at)
        };
        chips(now).into_iter().map(chip).collect()
    }

    fn listen(self: &Rc<Self>, form: &Rc<Form>, whole: &El) {
        let on = |target: &El, event: &'static str, act: fn(&Rc<Self>, &Event)| {
            let panel = Rc::clone(self);
            self.scope.listen(target.node(), event, move |event| act(&panel, event));
        };
        on(&form.field, "input", |panel, _| {
            *panel.pick.borrow_mut() = None;
            panel.update();
        });
        on(&form.field, "keydown", |panel, event| {
            let down = event.dyn_ref::<KeyboardEvent>().is_some_and(|key| key.key() == "ArrowDown" && !key.is_composing());
            if let Some(form) = panel.shown().filter(|_| down)
                && let Some((first, _)) = form.chips.first()
            {
                event.prevent_default();
                first.focus();
            }
        });
        // Whoever says how many days means that it is to come again.
        on(&form.days, "input", |panel, _| {
            if let Some(form) = panel.shown() {
                form.again.set_checked(true);
            }
        });
        on(&form.off, "click", |panel, _| panel.switch_off());
        on(whole, "submit", |panel, event| {
            event.prevent_default();
            panel.submit();
        });
    }

    /// The form, while it is shown.
    pub(super) fn shown(&self) -> Option<Rc<Form>> {
        self.form.borrow().clone()
    }

    /// Shows what is known of the mail: whether it is tracked, how its reminder stands.
    pub(super) fn fill(self: &Rc<Self>) {
        let Some(form) = self.shown() else { return };
        let tracked = self.facts.track;
        form.not_opened.fill_text(&t(match (tracked, &self.sent) {
            (true, _) => "remind_if_not_opened",
            (false, None) => "remind_if_off",
            (false, Some(_)) => "remind_if_untracked",
        }));
        form.not_opened.toggle("ww-3", !tracked);
        form.conditions[1].put_flag(Flag::Disabled, !tracked);
        if !tracked && form.conditions[1].is_checked() {
            form.choose(Condition::NoAnswer);
        }
        let known = self.known.borrow().clone();
        let back = known.as_ref().filter(|mail| told::is_back(mail)).and_then(|mail| mail.reminder.as_ref());
        let on = known.as_ref().and_then(told::reminder_on);
        form.off.fill_text(&t(if back.is_some() { "remind_done" } else { "remind_no" }));
        let say = match (&known, back) {
            (_, Some(reminder)) => Some(self.sentences(&told::back(reminder))),
            (Some(mail), None) if mail.answered.is_some() => Some(rich("remind_answered", &[])),
            _ => None,
        };
        if let Some(words) = say {
            form.top.fill([note(Weight::Info, Icon::BELL, words, &[])]);
            form.top.show(true);
        }
        let is_empty = form.field.value().trim().is_empty() && self.pick.borrow().is_none();
        match on {
            Some(reminder) if is_empty => self.fill_with(&reminder.wish.clone()),
            _ => self.update(),
        }
    }

    /// What was asked for before goes into the field: as a time, since a phrase may count from now and would mean another one today.
    fn fill_with(self: &Rc<Self>, wish: &Wish) {
        let Some(form) = self.shown() else { return };
        form.choose(wish.condition);
        if let Some(days) = wish.every_days {
            form.again.set_checked(true);
            form.days.set_value(&days.to_string());
        }
        let pick = match &wish.when {
            When::At { wall, zone } => {
                waxwing_domain::civil::Civil::parse(wall).map(|(wall, _)| Pick { wall, zone: zone.clone() })
            }
            When::Instant { at, .. } => self.wall(*at).map(|wall| Pick { wall, zone: self.home.clone() }),
            When::Repeat { .. } | When::Within { .. } => None,
        };
        match pick {
            Some(pick) => self.choose(pick),
            None => self.update(),
        }
    }

    /// A time was picked.
    fn choose(self: &Rc<Self>, pick: Pick) {
        let at = self.clocks().instant(pick.wall, &pick.zone);
        if let Some(form) = self.shown() {
            form.field.set_value(&self.moment(at));
        }
        *self.pick.borrow_mut() = Some(pick);
        self.update();
    }

    /// Reads everything anew and shows what it means.
    pub(super) fn update(self: &Rc<Self>) {
        let Some(form) = self.shown() else { return };
        let phrase = form.field.value();
        let understood = {
            let pick = self.pick.borrow();
            let asked = Asked {
                phrase: &phrase,
                pick: pick.as_ref(),
                zone: &self.home,
                every: None,
                ends: Ends::Never,
                unless_answered: false,
                late: Late::default(),
                holidays: &[],
            };
            sense(&asked, &self.clocks())
        };
        *self.sense.borrow_mut() = understood;
        self.say(&form, &phrase);
        let due = self.wish().map(|(_, due)| due);
        for (chip, at) in &form.chips {
            chip.put(Attr::AriaPressed, if due == Some(*at) { "true" } else { "false" });
        }
        form.submit.put(Attr::AriaDisabled, if due.is_some() { "false" } else { "true" });
        form.problem.show(false);
        self.tell_size();
    }

    /// The line under the field.
    fn say(self: &Rc<Self>, form: &Form, phrase: &str) {
        // What could be pressed before goes with its listeners.
        let scope = Scope::default();
        let sense = self.sense.borrow().clone();
        let line = |words: Vec<Node>| el(Tag::Span).children(words);
        let (mark, lines) = match &sense {
            Sense::Nothing => (None, vec![el(Tag::Span).class("ww-3").text(&t("remind_hint"))]),
            Sense::Clear(clear) if is_one_time(clear) => {
                (Some((Icon::CHECK, "t-ok")), vec![line(rich("panel_said", &[Value::Own(self.moment(clear.due.at))]))])
            }
            Sense::Clear(_) => (Some((Icon::INFO, "t-warn")), vec![line(rich("remind_one_time", &[]))]),
            Sense::NoDue(none) => {
                let key = if *none == NoDue::Past { "panel_over" } else { "panel_never" };
                (Some((Icon::INFO, "t-warn")), vec![line(rich(key, &[]))])
            }
            Sense::Refused(refusal) => {
                let moment = |at| self.moment(at);
                let (words, ways) = Refused { phrase, zone: &self.home, clocks: self.clocks(), moment: &moment }.words(refusal);
                let mut lines = vec![line(words)];
                if !ways.is_empty() {
                    let ways = ways.iter().map(|way| self.press(&scope, way));
                    lines.push(el(Tag::Span).class("ww-row-btns").children(ways));
                }
                (Some((Icon::INFO, "t-warn")), lines)
            }
        };
        let bad = mark.is_some_and(|(_, class)| class == "t-warn");
        form.field.put(Attr::AriaInvalid, if bad { "true" } else { "false" });
        form.said.clear();
        if let Some((which, class)) = mark {
            form.said.add(icon_with(which, class).as_ref());
        }
        for line in &lines {
            form.said.add(line.as_ref());
        }
        *form.said_scope.borrow_mut() = scope;
    }

    /// What can be pressed instead.
    fn press(self: &Rc<Self>, scope: &Scope, way: &Way) -> El {
        let (panel, instead) = (Rc::clone(self), way.instead.clone());
        button(way.class(), &way.words).on(scope, "click", move |_| {
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

    /// What is asked for, and when that is; `None` while it is not understood.
    pub(super) fn wish(&self) -> Option<(Wish, Millis)> {
        let form = self.shown()?;
        let sense = self.sense.borrow();
        let Sense::Clear(clear) = &*sense else { return None };
        let wish = Wish {
            when: clear.schedule.when.clone(),
            phrase: clear.schedule.phrase.clone(),
            condition: form.condition(),
            every_days: form.every_days(),
        };
        is_one_time(clear).then_some((wish, clear.due.at))
    }

    /// Sentences with their values.
    fn sentences(&self, said: &[told::Said<'_>]) -> Vec<Node> {
        let value = |slot: &Slot<'_>| match slot {
            Slot::At(at) | Slot::Day(at) => Value::Own(self.moment(*at)),
            Slot::Foreign(text) => Value::Foreign((*text).to_owned()),
            Slot::Words(key) => Value::Own(t(key)),
        };
        let mut nodes = Vec::new();
        for part in said {
            if !nodes.is_empty() {
                nodes.push(crate::pages::dom::document().create_text_node(" ").into());
            }
            nodes.extend(rich(part.key, &part.values.iter().map(value).collect::<Vec<_>>()));
        }
        nodes
    }

    /// Whether "no reminder" has something to take away, and what state that is in.
    pub(super) fn standing(&self) -> Option<ReminderState> {
        let known = self.known.borrow();
        let mail = known.as_ref()?;
        let state = mail.reminder.as_ref()?.state;
        (told::is_back(mail) || told::reminder_on(mail).is_some()).then_some(state)
    }
}

fn is_one_time(clear: &Clear) -> bool {
    matches!(clear.schedule.when, When::At { .. } | When::Instant { .. })
}

impl Form {
    fn conditions(&self) -> El {
        let row = |radio: &El, words: &El| el(Tag::Label).class("ww-check").child(radio).child(words);
        let [no_answer, not_opened, always] = &self.conditions;
        let answer = el(Tag::Span)
            .child(&el(Tag::Span).text(&t("remind_if_no_answer")))
            .child(crate::pages::dom::document().create_text_node(" ").as_ref() as &Node)
            .child(&el(Tag::Span).class("ww-3").text(&t("remind_if_no_answer_more")));
        el(Tag::Fieldset)
            .class("ww-stack ww-stack-2")
            .child(&el(Tag::Legend).class("ww-sr").text(&t("remind_if")))
            .child(&row(no_answer, &answer))
            .child(&row(not_opened, &self.not_opened))
            .child(&row(always, &el(Tag::Span).text(&t("remind_if_always"))))
    }

    fn repeat(&self) -> El {
        let label = |key: &str| el(Tag::Label).set(Attr::For, "again").text(&t(key));
        let words =
            el(Tag::Span).class("ww-late").child(&label("remind_again")).child(&self.days).child(&label("remind_again_days"));
        el(Tag::Div).class("ww-check ww-mid").child(&self.again).child(&words)
    }

    fn choose(&self, condition: Condition) {
        for (radio, (of, _)) in self.conditions.iter().zip(CONDITIONS) {
            radio.set_checked(of == condition);
        }
    }

    fn condition(&self) -> Condition {
        let chosen = self.conditions.iter().zip(CONDITIONS).find(|(radio, _)| radio.is_checked());
        chosen.map(|(_, (condition, _))| condition).unwrap_or_default()
    }

    /// What is no number, or none that may be asked for, is the nearest that may.
    fn every_days(&self) -> Option<u16> {
        let days = self.days.value().trim().parse::<u16>().unwrap_or(DAYS.0);
        self.again.is_checked().then_some(days.clamp(1, DAYS.1))
    }
}
