//! The mails, newest first: search, filters, endless scroll, live news.
//!
//! What must hold:
//! - The list never jumps under the pointer: a line that is known changes in place, new ones are announced by a line on top.
//! - An answer to a question that was asked before the latest one is passed over.
//! - Ten thousand lines stay smooth: lines off the screen are not laid out (`content-visibility`), and each is made once.

mod again;
mod data;
mod draw;
mod input;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, StateFilter};
use waxwing_protocol::page::{Answer, Fault, FromWorker, List as Page, Status, ToWorker};
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use super::frame::{bar, tabs};
use super::{PATIENCE, Popup, Route};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon, window};
use crate::pages::now;
use crate::pages::text::{t, t_with};
use crate::told::Known;
use data::{Lines, focused_line};

/// The name in `localStorage` of when the list was last looked at.
const SEEN_AT: &str = "seen_at";

/// For how many days a mail must have been unopened, at the choice of the user.
const AGES: [u16; 4] = [0, 3, 7, 14];
/// The choice until another is made.
const OLDER: u16 = 3;

/// What the observer of the list's end calls.
type Seen = Closure<dyn FnMut(Vec<JsValue>)>;

/// The list.
pub(super) struct List {
    this: Weak<List>,
    popup: Weak<Popup>,
    root: El,
    search: El,
    chips: Vec<(Option<StateFilter>, El)>,
    /// For how long a mail must have been unopened: the choices, and the row they stand in.
    ages: Vec<(u16, El)>,
    age_row: El,
    /// Notices about the machinery.
    notes: El,
    /// Mails that were opened again.
    again: El,
    /// "2 new".
    news: El,
    /// The groups of lines.
    groups: El,
    /// What stands after the lines: still bars, an empty state, an error, the words at the end.
    tail: El,
    /// Says to screen readers what a search found.
    spoken: El,
    lines: RefCell<Lines>,
    filter: Cell<Option<StateFilter>>,
    /// Days that a mail must be old to be listed as unopened; 0 for none.
    older_than: Cell<u16>,
    query: RefCell<String>,
    next: RefCell<Option<String>>,
    loading: Cell<bool>,
    /// It is being looked for what is new.
    looking: Cell<bool>,
    /// Something came that what is under way may not show.
    look_again: Cell<bool>,
    turn: Cell<u32>,
    copy_of: Cell<Option<Millis>>,
    /// News that are not in the list yet.
    pending: RefCell<HashSet<Uuid>>,
    /// When the list was looked at before this time: what happened since is new.
    seen_before: Millis,
    left: Cell<Option<(f64, Uuid)>>,
    timer: RefCell<Option<Timeout>>,
    patience: RefCell<Option<Timeout>>,
    scope: Scope,
    near_end: RefCell<Option<(IntersectionObserver, Seen)>>,
}

impl Drop for List {
    fn drop(&mut self) {
        // Before its closure goes, or the browser would still call it.
        if let Some((observer, _)) = self.near_end.get_mut() {
            observer.disconnect();
        }
    }
}

impl List {
    /// A list that loads its first page.
    pub(super) fn new(popup: &Rc<Popup>) -> Rc<Self> {
        let scope = Scope::default();
        let search = el(Tag::Input)
            .class("ww-input")
            .set(Attr::Type, "search")
            .set(Attr::Placeholder, &t("search"))
            .set(Attr::AriaLabel, &t("search_name"))
            .set(Attr::Autocomplete, "off")
            .set(Attr::Spellcheck, "false");
        let filters = [
            (None, "filter_all"),
            (Some(StateFilter::Opened), "filter_opened"),
            (Some(StateFilter::Unopened), "filter_unopened"),
            (Some(StateFilter::Clicked), "filter_clicked"),
            (Some(StateFilter::Machines), "filter_machines"),
        ];
        let chips: Vec<_> = filters
            .map(|(filter, key)| {
                let chip = el(Tag::Button).set(Attr::Type, "button").class("ww-chip").text(&t(key));
                chip.put(Attr::AriaPressed, if filter.is_none() { "true" } else { "false" });
                (filter, chip)
            })
            .into();
        let (ages, age_row) = ages();
        let (notes, news, groups) = (el(Tag::Div), el(Tag::Div).set(Attr::Role, "status"), el(Tag::Div));
        let again = el(Tag::Div);
        let (tail, spoken) = (el(Tag::Div).class("tail"), el(Tag::P).class("ww-sr").set(Attr::Role, "status"));
        let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::List)).child(
            &el(Tag::Main)
                .class("screen-main")
                .child(
                    &el(Tag::Form).class("ww-search").set(Attr::Role, "search").child(&icon(Icon::SEARCH)).child(&search).on(
                        &scope,
                        "submit",
                        web_sys::Event::prevent_default,
                    ),
                )
                .child(
                    &el(Tag::Div)
                        .class("ww-chips")
                        .set(Attr::Role, "group")
                        .set(Attr::AriaLabel, &t("show"))
                        .children(chips.iter().map(|(_, chip)| chip)),
                )
                .child(&age_row)
                .child(&notes)
                .child(&again)
                .child(&news)
                .child(&spoken)
                .child(&groups)
                .child(&tail),
        );
        let list = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            popup: Rc::downgrade(popup),
            root,
            search,
            chips,
            ages,
            age_row,
            notes,
            again,
            news,
            groups,
            tail,
            spoken,
            lines: RefCell::default(),
            filter: Cell::new(None),
            older_than: Cell::new(OLDER),
            query: RefCell::default(),
            next: RefCell::default(),
            loading: Cell::new(false),
            looking: Cell::new(false),
            look_again: Cell::new(false),
            turn: Cell::new(0),
            copy_of: Cell::new(None),
            pending: RefCell::default(),
            seen_before: seen_before(now()),
            left: Cell::new(None),
            timer: RefCell::default(),
            patience: RefCell::default(),
            scope,
            near_end: RefCell::default(),
        });
        list.listen();
        list.show_ages();
        if let Some(status) = popup.status() {
            list.status(&status);
        }
        list.load();
        list.look_for_again();
        list
    }

    fn this(&self) -> Weak<Self> {
        self.this.clone()
    }

    /// The list's element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// The list is on the screen again.
    pub(super) fn enter(self: &Rc<Self>) {
        self.root.show(true);
        if let Some((scroll, focus)) = self.left.take() {
            window().scroll_to_with_x_and_y(0.0, scroll);
            if !self.lines.borrow().focus(focus) {
                self.search.focus();
            }
        }
        spawn_local(async {
            // The badge is a courtesy; when the worker cannot be told it stays until the next time.
            let _ = ask(&ToWorker::Seen).await;
        });
    }

    /// Another screen comes before the list.
    pub(super) fn leave(&self) {
        if self.root.is_hidden() {
            return;
        }
        let scroll = window().scroll_y().unwrap_or_default();
        let focus = focused_line().unwrap_or_default();
        self.left.set(Some((scroll, focus)));
        self.root.show(false);
    }

    /// Takes a mail out that is about to be deleted; the focus goes to its neighbour.
    pub(super) fn hide(&self, id: Uuid) {
        let next = self.lines.borrow_mut().hide(id);
        if let Some(next) = next {
            self.lines.borrow().focus(next);
        }
        self.after_lines();
    }

    /// Brings it back.
    pub(super) fn unhide(&self, id: Uuid) {
        self.lines.borrow_mut().unhide(id);
        self.lines.borrow().focus(id);
        self.after_lines();
    }

    /// Whether the backend knows a mail, as far as the list says.
    pub(super) fn known(&self, id: Uuid) -> Known {
        self.lines.borrow().known(id)
    }

    /// A new status.
    pub(super) fn status(&self, status: &Status) {
        self.notes.fill(super::notes::notes(status, self.copy_of.get(), now(), &self.scope, &self.popup));
    }

    /// News.
    pub(super) fn hear(self: &Rc<Self>, news: &FromWorker) {
        match news {
            FromWorker::News { event: Event::Activity { message, activity, .. } | Event::News { message, activity, .. } } => {
                let told = self.lines.borrow_mut().active(*message, activity, now());
                if !told {
                    self.look_for_new();
                }
                if activity.again_at.is_some() {
                    self.look_for_again();
                }
            }
            FromWorker::News { event: Event::Deleted { message } } => {
                self.lines.borrow_mut().take_out(*message);
                self.after_lines();
                self.look_for_again();
            }
            FromWorker::News {
                event: Event::Account | Event::Consent | Event::Scheduled { .. } | Event::Waiting { .. } | Event::Mailbox { .. },
            } => {}
            FromWorker::News { .. } | FromWorker::StatusChanged => self.look_for_new(),
        }
    }

    fn question(&self, before: Option<String>) -> ToWorker {
        let state = self.filter.get();
        let older_than_days = Some(self.older_than.get()).filter(|days| state == Some(StateFilter::Unopened) && *days > 0);
        ToWorker::List { query: self.query.borrow().clone(), state, older_than_days, before }
    }

    /// Asks for the first page and shows it in the place of all that is there.
    pub(super) fn load(self: &Rc<Self>) {
        let turn = self.begin();
        self.pending.borrow_mut().clear();
        self.news.clear();
        self.show_again();
        let weak = Rc::downgrade(self);
        *self.patience.borrow_mut() = Some(Timeout::new(PATIENCE, move || {
            if let Some(list) = weak.upgrade() {
                list.show_ghosts();
            }
        }));
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&this.question(None)).await;
            if this.turn.get() != turn {
                return;
            }
            this.patience.borrow_mut().take();
            this.end();
            match page(answer) {
                Ok(page) => this.show_first(page),
                Err(fault) => this.show_fault(&fault),
            }
            this.look_if_asked();
        });
    }

    /// Asks for the next page, if there is one.
    fn load_more(self: &Rc<Self>) {
        let Some(before) = self.next.borrow().clone().filter(|_| !self.loading.get()) else { return };
        let turn = self.begin();
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&this.question(Some(before))).await;
            if this.turn.get() != turn {
                return;
            }
            this.end();
            match page(answer) {
                Ok(page) => this.show_more(page),
                Err(fault) => this.show_fault(&fault),
            }
            this.look_if_asked();
        });
    }

    /// Asks for the first page again: what is known changes in place, what is not waits behind a line on top.
    fn look_for_new(self: &Rc<Self>) {
        if self.loading.get() || self.looking.get() {
            // What is under way may have been read before it. One look at a time, so that no older answer comes after a newer.
            self.look_again.set(true);
            return;
        }
        self.looking.set(true);
        let (turn, this) = (self.turn.get(), Rc::clone(self));
        spawn_local(async move {
            let answer = ask(&this.question(None)).await;
            this.looking.set(false);
            if let (true, Ok(page)) = (this.turn.get() == turn, page(answer)) {
                this.take_news(page);
            }
            this.look_if_asked();
        });
    }

    /// Looks once more, if something came meanwhile.
    fn look_if_asked(self: &Rc<Self>) {
        if !self.loading.get() && self.look_again.take() {
            self.look_for_new();
        }
    }

    /// Asks which mails were opened again. Without an answer what is shown stays.
    fn look_for_again(self: &Rc<Self>) {
        let this = Rc::clone(self);
        spawn_local(async move {
            if let Ok(Answer::Messages { messages }) = ask(&ToWorker::Again).await {
                this.again.fill(again::again(&messages, now()));
                this.show_again();
            }
        });
    }

    /// The hot list stands above the whole list only: a search or a filter asks for something else.
    fn show_again(&self) {
        self.again.show(self.filter.get().is_none() && self.query.borrow().is_empty());
    }

    fn begin(&self) -> u32 {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        self.loading.set(true);
        self.groups.put(Attr::AriaBusy, "true");
        turn
    }

    fn end(&self) {
        self.loading.set(false);
        self.groups.drop_attr(Attr::AriaBusy);
    }

    /// Loads on when the end of the list comes near.
    fn watch_end(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let near = Closure::new(move |entries: Vec<JsValue>| {
            let seen = entries.iter().any(|entry| {
                entry.dyn_ref::<IntersectionObserverEntry>().is_some_and(IntersectionObserverEntry::is_intersecting)
            });
            if let Some(list) = weak.upgrade().filter(|_| seen) {
                list.load_more();
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin("800px");
        // Without the observer the list ends with its first page, and the words at its end do not claim otherwise.
        if let Ok(observer) = IntersectionObserver::new_with_options(near.as_ref().unchecked_ref(), &options) {
            observer.observe(self.tail.node());
            *self.near_end.borrow_mut() = Some((observer, near));
        }
    }

    /// After a page was added the end may still be in sight, and an observer only tells of changes.
    fn watch_end_again(&self) {
        if let Some((observer, _)) = &*self.near_end.borrow() {
            observer.unobserve(self.tail.node());
            observer.observe(self.tail.node());
        }
    }
}

/// The choices of days, and the row they stand in, which is hidden at first.
fn ages() -> (Vec<(u16, El)>, El) {
    let ages = AGES.map(|days| {
        let words = if days == 0 { t("older_any") } else { t_with("older_days", &[&days.to_string()]) };
        (days, el(Tag::Button).set(Attr::Type, "button").class("ww-chip").text(&words))
    });
    let title = t("older_title");
    let row = el(Tag::Div)
        .class("ww-chips ww-ages")
        .set(Attr::Role, "group")
        .set(Attr::AriaLabel, &title)
        .child(&el(Tag::Span).class("ww-xs ww-3").text(&title))
        .children(ages.iter().map(|(_, chip)| chip));
    row.show(false);
    (ages.into(), row)
}

fn page(answer: Result<Answer, Fault>) -> Result<Page, Fault> {
    match answer {
        Ok(Answer::List(page)) => Ok(page),
        Ok(_) => Err(Fault::Internal { detail: "list".to_owned() }),
        Err(fault) => Err(fault),
    }
}

/// When the list was last looked at; now, if never. Looking at it now is remembered for the next time.
fn seen_before(now: Millis) -> Millis {
    let Ok(Some(storage)) = window().local_storage() else { return now };
    let before = storage.get_item(SEEN_AT).ok().flatten().and_then(|text| text.parse().ok());
    // What cannot be remembered is only a dot.
    let _ = storage.set_item(SEEN_AT, &now.to_string());
    before.unwrap_or(now)
}
