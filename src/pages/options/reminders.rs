//! Reminders that are set without being asked for, and what counts as an answer: each choice counts at once.
//!
//! What must hold: a choice is saved as the whole of what the controls show, with what has no control as it is stored; days and
//! times that are none are not saved, and it is said why.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Condition, DefaultOf, DefaultReminder, ReminderSettings};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::Options;
use super::notify::{checkbox, minutes, row, time_of};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::text::t;
use crate::pages::widgets::{HolidayChoice, fault_words, ghosts};

/// Of which mails: the value of the choice, its words, what it means.
const OF: [(&str, &str, Option<DefaultOf>); 4] = [
    ("none", "reminders_of_none", None),
    ("all", "reminders_of_all", Some(DefaultOf::All)),
    ("new", "reminders_of_new", Some(DefaultOf::New)),
    ("replies", "reminders_of_replies", Some(DefaultOf::Replies)),
];
/// On which condition.
const CONDITIONS: [(&str, &str, Condition); 3] = [
    ("no_answer", "reminders_if_no_answer", Condition::NoAnswer),
    ("not_opened", "reminders_if_not_opened", Condition::NotOpened),
    ("always", "reminders_if_always", Condition::Always),
];
/// What the default is until somebody says otherwise.
const DAYS: u16 = 3;
const MORNING: u16 = 9 * 60;
/// Days that a reminder may wait.
const MOST_DAYS: u16 = 90;

/// The section.
pub(super) struct Reminders {
    page: Weak<Options>,
    root: El,
    say: El,
    controls: El,
    of: El,
    days: El,
    time: El,
    condition: El,
    details: El,
    company: El,
    holidays: HolidayChoice,
    wrong: El,
    saved: El,
    /// What is stored, once it is known.
    stored: RefCell<Option<ReminderSettings>>,
    turn: Cell<u32>,
    #[expect(dead_code, reason = "holds the listeners as long as the section is there")]
    scope: Scope,
}

/// A choice among these: values and the keys of their words.
pub(super) fn select(id: &str, choices: impl IntoIterator<Item = (&'static str, &'static str)>) -> El {
    let choices = choices.into_iter().map(|(value, words)| el(Tag::Option).set(Attr::Value, value).text(&t(words)));
    el(Tag::Select).class("ww-select").set(Attr::Id, id).children(choices)
}

/// A control with its name before it.
pub(super) fn named(words: &str, id: &str, field: &El) -> El {
    let label = el(Tag::Label).class("ww-label").set(Attr::For, id).text(&t(words));
    el(Tag::Span).class("ww-hour").child(&label).child(field)
}

impl Reminders {
    /// The controls, hidden until it is known what is stored.
    pub(super) fn new(page: &Weak<Options>) -> Rc<Self> {
        let scope = Scope::default();
        let of = select("reminders-of", OF.map(|(value, words, _)| (value, words)));
        let condition = select("reminders-if", CONDITIONS.map(|(value, words, _)| (value, words)));
        let days = el(Tag::Input)
            .class("ww-input ww-number")
            .set(Attr::Type, "number")
            .set(Attr::Id, "reminders-days")
            .set(Attr::Min, "1")
            .set(Attr::Max, "90")
            .set(Attr::AriaDescribedby, "reminders-wrong");
        let time = el(Tag::Input)
            .class("ww-input")
            .set(Attr::Type, "time")
            .set(Attr::Id, "reminders-time")
            .set(Attr::AriaDescribedby, "reminders-wrong");
        let company = checkbox("reminders_company");
        let holidays = HolidayChoice::new("ww-select", "reminders-holidays");
        let details = el(Tag::Div)
            .class("ww-row-btns ww-hours")
            .child(&named("reminders_days", "reminders-days", &days))
            .child(&named("reminders_time", "reminders-time", &time))
            .child(&named("reminders_if", "reminders-if", &condition));
        let wrong = el(Tag::P).class("ww-err").set(Attr::Id, "reminders-wrong").set(Attr::Role, "alert");
        let saved = el(Tag::P).class("ww-s ww-2 ww-saved").set(Attr::Role, "status");
        let controls = el(Tag::Div)
            .class("ww-card box")
            .child(
                &el(Tag::Div)
                    .class("ww-stack ww-stack-2")
                    .child(&el(Tag::Label).class("ww-label").set(Attr::For, "reminders-of").text(&t("reminders_of")))
                    .child(&of)
                    .child(&details)
                    .child(&wrong),
            )
            .child(&row(&company, "reminders_company", "reminders_company_says"))
            .child(&named("reminders_holidays", "reminders-holidays", holidays.element()))
            .child(&saved)
            .child(&el(Tag::P).class("ww-hint").text(&t("reminders_hint")));
        let say = el(Tag::P).class("ww-s ww-2");
        let root = el(Tag::Div).class("ww-stack").child(&say).child(&controls);
        controls.show(false);
        wrong.show(false);
        let this = Rc::new(Self {
            page: page.clone(),
            root,
            say,
            controls,
            of,
            days,
            time,
            condition,
            details,
            company,
            holidays,
            wrong,
            saved,
            stored: RefCell::default(),
            turn: Cell::new(0),
            scope: scope.clone(),
        });
        for control in [&this.of, &this.days, &this.time, &this.condition, &this.company, this.holidays.element()] {
            let weak = Rc::downgrade(&this);
            scope.listen(control.node(), "change", move |_| {
                if let Some(this) = weak.upgrade() {
                    this.save();
                }
            });
        }
        this
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Shows what is stored, or that there is no server to ask.
    pub(super) fn show(self: &Rc<Self>, connected: bool) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        if !connected {
            self.stored.take();
            return self.instead(&t("mailbox_unasked"));
        }
        if self.stored.borrow().is_none() && self.say.node().first_child().is_none() {
            self.say.fill([ghosts(1)]);
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::ReminderSettings).await;
            if this.turn.get() == turn {
                match answer {
                    Ok(LaterAnswer::ReminderSettings { settings }) => this.fill(settings),
                    Ok(_) => this.fail(&Fault::Internal { detail: "reminders".to_owned() }),
                    Err(fault) => this.fail(&fault),
                }
            }
        });
    }

    fn instead(&self, words: &str) {
        self.controls.show(false);
        self.say.show(true);
        self.say.fill([el(Tag::Span).set(Attr::Role, "status").text(words)]);
    }

    /// What is shown stays, where it is known what is stored.
    fn fail(&self, fault: &Fault) {
        if self.stored.borrow().is_none() {
            self.instead(&fault_words(fault));
        }
    }

    /// Shows settings. What the person is just changing is left alone.
    fn fill(&self, settings: ReminderSettings) {
        self.say.show(false);
        self.controls.show(true);
        if self.stored.borrow().as_ref() == Some(&settings) {
            return;
        }
        let default = settings.default.clone();
        let of = OF.iter().find(|(_, _, of)| *of == default.as_ref().map(|default| default.of)).map_or("none", |it| it.0);
        self.of.set_value(of);
        self.details.show(default.is_some());
        let (days, time, condition) = default
            .map_or((DAYS, time_of(MORNING), Condition::default()), |default| (default.days, default.time, default.condition));
        self.days.set_value(&days.to_string());
        self.time.set_value(&time);
        let condition = CONDITIONS.iter().find(|(_, _, known)| *known == condition).map_or("no_answer", |it| it.0);
        self.condition.set_value(condition);
        self.company.set_checked(settings.company);
        self.holidays.fill(&settings.holidays);
        self.complain(None);
        *self.stored.borrow_mut() = Some(settings);
    }

    /// What the controls show, or why that cannot be.
    fn read(&self) -> Result<ReminderSettings, &'static str> {
        let mut settings = self.stored.borrow().clone().unwrap_or_default();
        settings.company = self.company.is_checked();
        settings.holidays = self.holidays.read();
        let of = OF.iter().find(|(value, ..)| *value == self.of.value()).and_then(|(_, _, of)| *of);
        settings.default = match of {
            None => None,
            Some(of) => {
                let days = self.days.value().parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
                let time = minutes(&self.time.value()).map(time_of);
                let condition = CONDITIONS.iter().find(|(value, ..)| *value == self.condition.value());
                Some(DefaultReminder {
                    of,
                    days: days.ok_or("reminders_days_wrong")?,
                    time: time.ok_or("reminders_time_wrong")?,
                    condition: condition.map(|(_, _, condition)| *condition).unwrap_or_default(),
                })
            }
        };
        Ok(settings)
    }

    fn save(self: &Rc<Self>) {
        self.saved.clear();
        self.details.show(self.of.value() != "none");
        let settings = match self.read() {
            Ok(settings) => settings,
            Err(key) => return self.complain(Some(key)),
        };
        self.complain(None);
        // Of several countries one is shown: without it, the next.
        self.holidays.fill(&settings.holidays);
        let before = self.stored.replace(Some(settings.clone()));
        let this = Rc::clone(self);
        spawn_local(async move {
            let done = ask_later(&LaterToWorker::SetReminderSettings { settings: settings.clone() }).await;
            // A later choice speaks for itself.
            if this.stored.borrow().as_ref() != Some(&settings) {
                return;
            }
            match done {
                Ok(LaterAnswer::ReminderSettings { settings }) => {
                    this.fill(settings);
                    this.saved
                        .fill([el(Tag::Span).class("t-ok").child(&icon(Icon::CHECK)), el(Tag::Span).text(&t("notify_saved"))]);
                }
                Ok(_) => {}
                Err(fault) => {
                    this.stored.take();
                    this.fill(before.unwrap_or_default());
                    if let Some(page) = this.page.upgrade() {
                        page.complain(&fault);
                    }
                }
            }
        });
    }

    fn complain(&self, key: Option<&str>) {
        self.wrong.show(key.is_some());
        self.wrong.fill_text(&key.map(t).unwrap_or_default());
        for (field, own) in [(&self.days, "reminders_days_wrong"), (&self.time, "reminders_time_wrong")] {
            if key == Some(own) {
                field.put(Attr::AriaInvalid, "true");
            } else {
                field.drop_attr(Attr::AriaInvalid);
            }
        }
    }
}
