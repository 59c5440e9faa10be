//! What a person does with the list: types, filters, clicks, walks with the arrow keys.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::StateFilter;
use waxwing_protocol::page::ToWorker;
use web_sys::KeyboardEvent;

use super::List;
use crate::chrome::runtime::ask;
use crate::pages::dom::Attr;
use crate::pages::popup::Route;
use crate::pages::text::{t, t_with};

/// How long typing must rest before the search is asked for, in milliseconds.
const REST: u32 = 200;

impl List {
    pub(super) fn listen(self: &Rc<Self>) {
        for (filter, chip) in &self.chips {
            let (weak, filter) = (Rc::downgrade(self), *filter);
            self.scope.listen(chip.node(), "click", move |_| {
                if let Some(list) = weak.upgrade() {
                    list.set_filter(filter);
                }
            });
        }
        for (days, chip) in &self.ages {
            let (weak, days) = (Rc::downgrade(self), *days);
            self.scope.listen(chip.node(), "click", move |_| {
                if let Some(list) = weak.upgrade() {
                    list.set_age(days);
                }
            });
        }
        let weak = Rc::downgrade(self);
        self.scope.listen(self.search.node(), "input", move |_| {
            if let Some(list) = weak.upgrade() {
                list.typed();
            }
        });
        let weak = Rc::downgrade(self);
        self.scope.listen(self.root.node(), "keydown", move |event| {
            if let (Some(list), Some(key)) = (weak.upgrade(), event.dyn_ref::<KeyboardEvent>()) {
                list.key(key);
            }
        });
        for holder in [&self.groups, &self.again] {
            let weak = Rc::downgrade(self);
            self.scope.listen(holder.node(), "click", move |event| {
                if let Some(list) = weak.upgrade() {
                    list.click(event);
                }
            });
        }
        self.watch_end();
    }

    fn typed(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = Some(Timeout::new(REST, move || {
            if let Some(list) = weak.upgrade() {
                let query = list.search.value().trim().to_owned();
                if *list.query.borrow() != query {
                    *list.query.borrow_mut() = query;
                    list.load();
                }
            }
        }));
    }

    pub(super) fn set_filter(self: &Rc<Self>, filter: Option<StateFilter>) {
        for (of, chip) in &self.chips {
            chip.put(Attr::AriaPressed, if *of == filter { "true" } else { "false" });
        }
        if self.filter.replace(filter) != filter {
            self.show_ages();
            self.load();
        }
    }

    fn set_age(self: &Rc<Self>, days: u16) {
        if self.older_than.replace(days) != days {
            self.show_ages();
            self.load();
        }
    }

    /// The choice of days stands below the filter that it belongs to, whose name says what was chosen.
    pub(super) fn show_ages(&self) {
        let chosen = self.older_than.get();
        for (days, chip) in &self.ages {
            chip.put(Attr::AriaPressed, if *days == chosen { "true" } else { "false" });
        }
        self.age_row.show(self.filter.get() == Some(StateFilter::Unopened));
        let words = if chosen == 0 { t("filter_unopened") } else { t_with("filter_unopened_days", &[&chosen.to_string()]) };
        for (_, chip) in self.chips.iter().filter(|(of, _)| *of == Some(StateFilter::Unopened)) {
            chip.fill_text(&words);
        }
    }

    /// Empties the search field and shows everything.
    pub(super) fn clear_search(self: &Rc<Self>) {
        self.search.set_value("");
        self.query.borrow_mut().clear();
        self.load();
    }

    fn click(self: &Rc<Self>, event: &web_sys::Event) {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(hit) = target.and_then(|target| target.closest("[data-id]").ok().flatten()) else { return };
        let Some(id) = hit.get_attribute("data-id").and_then(|id| Uuid::try_parse(&id).ok()) else { return };
        if hit.tag_name() == "BUTTON" {
            self.dismiss(id);
            return;
        }
        let plain = event
            .dyn_ref::<web_sys::MouseEvent>()
            .is_none_or(|mouse| mouse.button() == 0 && !(mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key()));
        if let Some(popup) = self.popup.upgrade().filter(|_| plain) {
            event.prevent_default();
            popup.go(Route::Mail(id));
        }
    }

    /// Arrow keys walk through the lines; from the search field, Down enters the list and Escape empties the field.
    fn key(self: &Rc<Self>, key: &KeyboardEvent) {
        let in_search = self.search.has_focus();
        match key.key().as_str() {
            "Escape" if in_search && !self.search.value().is_empty() => {
                key.prevent_default();
                key.stop_propagation();
                self.clear_search();
            }
            "ArrowDown" if in_search && self.lines.borrow().focus_first() => key.prevent_default(),
            step @ ("ArrowDown" | "ArrowUp" | "Home" | "End") if !in_search => {
                let lines = self.lines.borrow();
                let moved = match step {
                    "ArrowDown" => lines.focus_step(1),
                    "ArrowUp" => lines.focus_step(-1),
                    "Home" => lines.focus_first(),
                    _ => lines.focus_last(),
                };
                if moved {
                    key.prevent_default();
                }
            }
            _ => {}
        }
    }

    fn dismiss(self: &Rc<Self>, id: Uuid) {
        self.lines.borrow_mut().take_out(id);
        self.after_lines();
        let this = Rc::clone(self);
        spawn_local(async move {
            if let Err(fault) = ask(&ToWorker::DismissNotTracked { id }).await {
                if let Some(popup) = this.popup.upgrade() {
                    popup.complain(&fault);
                }
                this.load();
            }
        });
    }
}
