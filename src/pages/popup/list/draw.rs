//! What the list shows for an answer.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Message, StateFilter};
use waxwing_protocol::page::{Fault, List as Page, Policy};

use super::List;
use crate::pages::dom::{El, Href, Icon, Tag, document, el, window};
use crate::pages::now;
use crate::pages::popup::notes;
use crate::pages::popup::row::Line;
use crate::pages::text::{Value, count, rich, t, t_with};
use crate::pages::widgets::{button, empty, fault_words, ghosts};
use crate::told::Known;

impl List {
    pub(super) fn show_ghosts(&self) {
        self.lines.borrow_mut().clear();
        self.groups.clear();
        self.tail.fill([ghosts(5)]);
    }

    /// The first page, in the place of all that was there.
    pub(super) fn show_first(self: &Rc<Self>, page: Page) {
        self.lines.borrow_mut().clear();
        self.groups.clear();
        let copy_before = self.copy_of.replace(page.from_cache_of);
        self.add(page);
        if copy_before != self.copy_of.get()
            && let Some(status) = self.popup.upgrade().and_then(|popup| popup.status())
        {
            self.status(&status);
        }
        let searching = !self.query.borrow().is_empty() || self.filter.get().is_some();
        let found = u32::try_from(self.lines.borrow().seen()).unwrap_or(u32::MAX);
        let more = self.next.borrow().is_some();
        let words = if more { "found_at_least" } else { "found" };
        self.spoken.fill_text(&if searching { count(words, found, &[]) } else { String::new() });
    }

    /// The next page, after what is there.
    pub(super) fn show_more(self: &Rc<Self>, page: Page) {
        self.add(page);
    }

    fn add(self: &Rc<Self>, page: Page) {
        let now = now();
        self.next.borrow_mut().clone_from(&page.next);
        for line in self.lines_of(page) {
            self.lines.borrow_mut().push(line, &self.groups, now);
        }
        self.after_lines();
        self.watch_end_again();
    }

    /// Both kinds of mails of a page, newest first.
    fn lines_of(&self, page: Page) -> Vec<Line> {
        let mut lines: Vec<Line> = page
            .messages
            .into_iter()
            .map(|message| {
                let known = if page.refused.contains(&message.id) {
                    Known::Refused
                } else if page.waiting.contains(&message.id) {
                    Known::Waiting
                } else {
                    Known::Yes
                };
                let fresh = self.is_fresh(&message);
                Line::Mail { message: Box::new(message), known, fresh }
            })
            .collect();
        if self.filter.get().is_none() {
            lines.extend(page.not_tracked.into_iter().map(|mail| Line::NotTracked(Box::new(mail))));
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.sent_at()));
        lines
    }

    fn is_fresh(&self, message: &Message) -> bool {
        let last: Option<Millis> = message.activity.last_open_at.max(message.activity.last_click_at);
        last.is_some_and(|last| last > self.seen_before) || self.lines.borrow().is_fresh(message.id)
    }

    /// The first page again: known lines change in place, unknown ones wait behind a line on top.
    pub(super) fn take_news(self: &Rc<Self>, page: Page) {
        let now = now();
        let nothing_yet = self.lines.borrow().none_seen();
        let lines = self.lines_of(page.clone());
        if nothing_yet && !lines.is_empty() {
            self.show_first(page);
            return;
        }
        self.copy_of.set(page.from_cache_of);
        let mut pending: Vec<Uuid> = Vec::new();
        for line in lines {
            let known = self.lines.borrow().knows(line.id());
            if known {
                self.lines.borrow_mut().change(line, now);
            } else {
                pending.push(line.id());
            }
        }
        self.pending.borrow_mut().extend(pending);
        let fresh = u32::try_from(self.pending.borrow().len()).unwrap_or(u32::MAX);
        if fresh == 0 {
            self.news.clear();
            return;
        }
        let weak = Rc::downgrade(self);
        let bring: Rc<dyn Fn()> = Rc::new(move || {
            if let Some(list) = weak.upgrade() {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                list.load();
            }
        });
        self.news.fill([notes::news(fresh, &self.scope, &bring)]);
    }

    /// What stands after the lines.
    pub(super) fn after_lines(&self) {
        if self.lines.borrow().none_seen() {
            if self.next.borrow().is_none() {
                self.tail.fill([self.nothing()]);
            }
            return;
        }
        if self.next.borrow().is_some() {
            self.tail.fill([ghosts(2)]);
            return;
        }
        let known = el(Tag::A).href(&Href::Own("options.html#known")).in_tab().text(&t("help_known"));
        self.tail.fill([el(Tag::P).class("ww-pad ww-xs ww-3 ww-end").children(rich("list_end", &[Value::Element(known)]))]);
    }

    fn nothing(&self) -> El {
        let query = self.query.borrow().clone();
        let weak = self.this();
        if !query.is_empty() {
            let action = button("ww-btn", &t("show_all")).on(&self.scope, "click", move |_| {
                if let Some(list) = weak.upgrade() {
                    list.set_filter(None);
                    list.clear_search();
                }
            });
            let key = if self.filter.get().is_some() { "found_none_filtered" } else { "found_none" };
            return empty(None, rich(key, &[Value::Foreign(query)]), "", &[action]);
        }
        if let Some(filter) = self.filter.get() {
            let days = self.older_than.get();
            let title = match filter {
                StateFilter::Opened => t("none_opened"),
                StateFilter::Unopened if days > 0 => t_with("none_unopened_days", &[&days.to_string()]),
                StateFilter::Unopened => t("none_unopened"),
                StateFilter::Clicked => t("none_clicked"),
                StateFilter::Machines => t("none_machines"),
            };
            let action = button("ww-btn", &t("show_all")).on(&self.scope, "click", move |_| {
                if let Some(list) = weak.upgrade() {
                    list.set_filter(None);
                }
            });
            return empty(None, vec![document().create_text_node(&title).into()], "", &[action]);
        }
        let policy = self.popup.upgrade().and_then(|popup| popup.status()).and_then(|status| status.policy);
        let says = if policy == Some(Policy::Every) { "empty_says_every" } else { "empty_says_ask" };
        let known = el(Tag::A).href(&Href::Own("options.html#known")).in_tab().text(&t("help_known"));
        empty(Some(Icon::SEALED), rich("empty_title", &[]), &t(says), &[known])
    }

    /// Nothing came: said in the place of what is missing, with a way to try again.
    pub(super) fn show_fault(&self, fault: &Fault) {
        let weak = self.this();
        let first = self.lines.borrow().none_seen();
        let action = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(list) = weak.upgrade() {
                if first { list.load() } else { list.load_more() }
            }
        });
        self.tail.fill([empty(Some(Icon::NOLINK), rich("list_failed", &[]), &fault_words(fault), &[action])]);
    }
}
