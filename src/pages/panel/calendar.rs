//! The calendar: a grid of days with one stop for Tab, gone through with the arrow keys.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_domain::civil::{Civil, Date, Weekday};
use web_sys::KeyboardEvent;

use super::month::{moved, weeks};
use super::sense::Pick;
use super::suggest::{MORNING, What, suggestions};
use super::{Panel, frame};
use crate::pages::dom::{Attr, El, Flag, Icon, Scope, Tag, el, icon};
use crate::pages::text::{long_day, long_month, t, t_with, weekday};
use crate::pages::widgets::icon_button;

/// The calendar.
pub(super) struct Calendar {
    fold: El,
    inside: El,
    /// The day at which Tab stops; its month is shown.
    cursor: Cell<Option<Date>>,
    chosen: Cell<Option<Date>>,
    scope: RefCell<Scope>,
}

impl Calendar {
    pub(super) fn new(panel: &Rc<Panel>) -> Self {
        let inside = el(Tag::Div);
        let fold = el(Tag::Details)
            .class("ww-fold")
            .flag(Flag::Open, true)
            .child(&el(Tag::Summary).child(&icon(Icon::RIGHT)).text(&t("panel_calendar")))
            .child(&inside);
        let today = panel.clocks().wall_now(&panel.home).map(|now| now.date);
        Self { fold, inside, cursor: Cell::new(today), chosen: Cell::new(None), scope: RefCell::default() }
    }

    pub(super) fn element(&self) -> &El {
        &self.fold
    }

    /// Shows the day that was asked for.
    pub(super) fn mark(&self, panel: &Rc<Panel>, wall: Option<Civil>) {
        let day = wall.map(|wall| wall.date);
        self.chosen.set(day);
        if let Some(day) = day {
            self.cursor.set(Some(day));
        }
        self.draw(panel, false);
    }

    /// Draws the month of the cursor. `focus`: the day at the cursor takes the focus.
    fn draw(&self, panel: &Rc<Panel>, focus: bool) {
        let Some(today) = panel.clocks().wall_now(&panel.home).map(|now| now.date) else { return };
        let cursor = self.cursor.get().unwrap_or(today).max(today);
        let scope = Scope::default();
        let month = long_month(cursor);
        let step = |which: Icon, name: &str, months: i64| {
            let panel = Rc::clone(panel);
            icon_button(which, &t(name)).class("ww-icon ww-mini").on(&scope, "click", move |_| {
                if let Some(form) = panel.shown() {
                    let to = cursor.plus_months(months).unwrap_or(cursor).max(today);
                    form.calendar.go(&panel, to, false);
                }
            })
        };
        let top = el(Tag::Div)
            .class("cal-top")
            .child(&step(Icon::LEFT, "panel_month_before", -1))
            .child(&el(Tag::Span).class("ww-3 ww-xs").set(Attr::Role, "status").text(&month))
            .child(&step(Icon::RIGHT, "panel_month_after", 1));
        let all = weeks(cursor, panel.first_weekday);
        let head: Vec<Weekday> = all.first().map(|week| week.map(Date::weekday).to_vec()).unwrap_or_default();
        let head = el(Tag::Thead).child(&el(Tag::Tr).children(head.iter().map(|day| {
            el(Tag::Th).set(Attr::Scope, "col").set(Attr::AriaLabel, &weekday(*day, false)).text(&two(&weekday(*day, true)))
        })));
        let mut at_cursor = None;
        let rows: Vec<El> = all
            .into_iter()
            .filter(|week| week[6] >= today)
            .map(|week| {
                el(Tag::Tr).children(week.map(|day| {
                    let cell = self.cell(panel, &scope, day, today);
                    if day == cursor {
                        at_cursor = Some(cell.1.clone());
                    }
                    cell.1.put(Attr::TabIndex, if day == cursor { "0" } else { "-1" });
                    cell.0
                }))
            })
            .collect();
        let table = el(Tag::Table)
            .class("ww-cal")
            .set(Attr::Role, "grid")
            .set(Attr::AriaLabel, &month)
            .child(&head)
            .child(&el(Tag::Tbody).children(rows));
        self.inside.fill([top, table]);
        *self.scope.borrow_mut() = scope;
        if let Some(day) = at_cursor.filter(|_| focus) {
            day.focus_still();
        }
    }

    fn cell(&self, panel: &Rc<Panel>, scope: &Scope, day: Date, today: Date) -> (El, El) {
        let name = if day == today { t_with("panel_today", &[&long_day(day)]) } else { long_day(day) };
        let chosen = self.chosen.get() == Some(day);
        let over = day < today;
        let press = Rc::clone(panel);
        let keys = Rc::clone(panel);
        let button = el(Tag::Button)
            .set(Attr::Type, "button")
            .set(Attr::AriaLabel, &name)
            .set(Attr::AriaDisabled, if over { "true" } else { "false" })
            .text(&day.day().to_string())
            .on(scope, "click", move |_| {
                if !over {
                    pick(&press, day);
                }
            })
            .on(scope, "keydown", move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                let to = moved(day, &key.key(), key.shift_key(), keys.first_weekday, today);
                if let (Some(to), Some(form)) = (to, keys.shown()) {
                    event.prevent_default();
                    form.calendar.go(&keys, to, true);
                }
            });
        let class = match (day == today, over) {
            (true, _) => "is-today",
            (false, true) => "is-past",
            (false, false) => "",
        };
        let cell = el(Tag::Td).class(class).child(&button);
        (if chosen { cell.set(Attr::AriaSelected, "true") } else { cell }, button)
    }

    fn go(&self, panel: &Rc<Panel>, to: Date, focus: bool) {
        self.cursor.set(Some(to));
        self.draw(panel, focus);
        frame::tell_size(panel.key);
    }
}

/// A day was picked: at the time of day that stands there, or in the morning; today, when there is time for it.
fn pick(panel: &Rc<Panel>, day: Date) {
    let read = panel.shown().map(|form| form.conditions.read());
    let theirs = panel.theirs.borrow().clone().filter(|_| read.is_some_and(|read| read.in_theirs));
    let zone = theirs.unwrap_or_else(|| panel.home.clone());
    let clocks = panel.clocks();
    let due = match &*panel.sense.borrow() {
        super::sense::Sense::Clear(clear) => panel.wall(clear.due.at, &zone).map(|wall| wall.time),
        _ => None,
    };
    let now = clocks.wall_now(&zone);
    let mut wall = Civil { date: day, time: due.unwrap_or(MORNING) };
    if let Some(now) = now.filter(|now| wall <= *now) {
        let later = suggestions(now, None).into_iter().find(|it| matches!(it.what, What::LaterToday | What::ThisMorning));
        wall = later.map_or(wall, |later| later.wall);
    }
    panel.choose(Pick { wall, zone });
    // Drawn anew: the day keeps the focus.
    if let Some(form) = panel.shown() {
        form.calendar.go(panel, day, true);
    }
}

/// The first two letters of a day's short name.
fn two(name: &str) -> String {
    name.chars().take(2).collect()
}
