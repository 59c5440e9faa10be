//! The line under an own message: what came of it, and unfolded how that is known.
//!
//! What must hold: the hits are asked for only when somebody unfolds it; whatever is foreign is text; a new answer leaves the
//! focus where it was.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Claim, Label};
use web_sys::{Document, Element, Event, HtmlElement, KeyboardEvent};

use super::icons::{self, Icon};
use super::items::{Item, items};
use super::place::{Place, add, make, set, speak};
use super::read::{self, Detail, OwnMail};
use super::when::words;
use super::{ask, say};
use crate::content::app::App;
use crate::content::controls;
use crate::content::later::Mail;
use crate::content::shell;
use crate::content::tell::Tell;
use crate::told;

/// The attribute that says what a button of the line does: a verb, and for a hit its number.
const DOES: &str = "data-do";

/// The line folded. What is drawn is filled with texts afterwards: one piece of markup takes less room than the code to put it
/// together.
const LINE: &str = "<div class=\"ww-head\"><button class=\"ww-fold\" type=\"button\" data-do=\"fold\" aria-expanded=\"false\" aria-controls=\"in\"><b></b>\
    <span></span><b class=\"ww-turn\"></b></button>\
    <button class=\"ww-bell\" type=\"button\" data-do=\"remind\" aria-haspopup=\"dialog\" hidden></button></div><div class=\"ww-in\" id=\"in\" hidden></div>";
/// The unfolded line.
const LIST: &str = "<ol></ol><p class=\"ww-why ww-more\"></p><p class=\"ww-why ww-limits\"></p><div class=\"ww-end\">\
    <button class=\"ww-link\" type=\"button\" data-do=\"limits\"></button><button class=\"ww-link\" type=\"button\" data-do=\"mute\"></button></div>";
/// A hit in it.
const ITEM: &str = "<span></span><div><div class=\"ww-top\"><h3></h3><time></time></div><p class=\"ww-why\"></p><div class=\"ww-low\">\
    <span class=\"ww-conf\"><span><i></i><i></i><i></i></span><span></span></span><button class=\"ww-link\" type=\"button\"></button></div></div>";

/// A line in the page; gone when dropped.
pub(super) struct Line {
    /// What holds the message's text, at whose end the line stands.
    pub(super) text: Element,
    mail: RefCell<Rc<OwnMail>>,
    place: Place,
    document: Document,
    fold: Element,
    sentence: Element,
    icon: Element,
    inner: Element,
    bell: Element,
    detail: RefCell<Option<Detail>>,
    state: Cell<State>,
    limits: Cell<bool>,
    heard: RefCell<Vec<EventListener>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Folded,
    Loading,
    Open,
    Failed,
}

impl Line {
    /// Puts a line at the end of a message's text.
    pub(super) fn place(app: &Rc<App>, text: &Element, mail: &Rc<OwnMail>) -> Option<Rc<Self>> {
        let document = app.document.clone();
        let place = Place::new(&document, &app.shown.sheet, "ww-host-line", "section", "ww-line")?;
        speak(&place.inside);
        set(&place.inside, "aria-label", &words("app_name", &[]));
        place.inside.set_inner_html(LINE);
        let part = |css| place.inside.query_selector(css).ok().flatten();
        let (fold, icon, sentence, inner) = (part("button")?, part("b")?, part("span")?, part(".ww-in")?);
        let bell = part(".ww-bell")?;
        controls::Icon::Bell.fill(&bell);
        set(&bell, "aria-label", &words("compose_remind", &[]));
        Icon::Down.fill(&part(".ww-turn")?);
        text.append_child(&place.host).ok()?;
        let line = Rc::new(Self {
            text: text.clone(),
            mail: RefCell::new(Rc::clone(mail)),
            place,
            document,
            fold,
            sentence,
            icon,
            inner,
            bell,
            detail: RefCell::default(),
            state: Cell::new(State::Folded),
            limits: Cell::new(false),
            heard: RefCell::default(),
        });
        line.listen(app);
        line.say();
        Some(line)
    }

    /// Whether Gmail has left it where it was put.
    pub(super) fn is_in_place(&self) -> bool {
        self.place.host.parent_element().as_ref() == Some(&self.text)
    }

    /// Whether it is about this mail.
    pub(super) fn is_of(&self, mail: &OwnMail) -> bool {
        self.mail.borrow().id == mail.id
    }

    /// Shows what is known of the mail now.
    pub(super) fn update(self: &Rc<Self>, mail: &Rc<OwnMail>) {
        if Rc::ptr_eq(&self.mail.borrow(), mail) || **self.mail.borrow() == **mail {
            return;
        }
        *self.mail.borrow_mut() = Rc::clone(mail);
        self.say();
        if self.state.get() == State::Open {
            self.load();
        }
    }

    /// Takes over whether Gmail is light or dark.
    pub(super) fn dress(&self, dark: bool) {
        self.place.take_theme(dark);
    }

    /// The bell: whether it is to be seen here, and whether there is a reminder.
    pub(super) fn show_bell(&self, on: bool, app: &App) {
        set(&self.bell, "aria-pressed", if app.has_reminder(self.mail.borrow().id) { "true" } else { "false" });
        if on {
            drop(self.bell.remove_attribute("hidden"));
        } else {
            set(&self.bell, "hidden", "");
        }
    }

    fn say(&self) {
        let mail = self.mail.borrow();
        let (icon, class) = icons::of_mail(told::state(mail.told()));
        icon.fill(&self.icon);
        set(&self.icon, "class", class);
        let sentence = say::sentence(&mail, shell::now());
        self.sentence.set_text_content(None);
        // `*Opened* at least once`: every second run is said strongly.
        for (n, run) in sentence.split('*').enumerate().filter(|(_, run)| !run.is_empty()) {
            let strong = n % 2 == 1;
            let class = if strong { ["ww-b ", class].concat() } else { String::new() };
            drop(add(&self.document, &self.sentence, if strong { "b" } else { "span" }, &class, run));
        }
    }

    fn listen(self: &Rc<Self>, app: &Rc<App>) {
        let (line, app) = (Rc::downgrade(self), Rc::downgrade(app));
        let act: Rc<dyn Fn(&Event)> = Rc::new(move |event| {
            if let (Some(line), Some(app)) = (line.upgrade(), app.upgrade()) {
                line.pressed(&app, event);
            }
        });
        self.heard.borrow_mut().extend(presses(&self.place.inside, &act));
    }

    fn pressed(self: &Rc<Self>, app: &Rc<App>, event: &Event) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = target.and_then(|target| target.closest("button").ok().flatten());
        let Some(does) = button.as_ref().and_then(|button| button.get_attribute(DOES)) else { return };
        let (verb, hit) = does.split_once(' ').map_or((does.as_str(), None), |(verb, hit)| (verb, hit.parse::<i64>().ok()));
        match (verb, hit) {
            ("fold", _) if self.state.get() == State::Folded => self.load(),
            ("fold", _) => self.become_state(State::Folded),
            ("again", _) => self.load(),
            ("remind", _) => {
                if let Some(button) = button.and_then(|button| button.dyn_into().ok()) {
                    let mail = {
                        let own = self.mail.borrow();
                        Mail { id: own.id, tracked: true, thread: own.thread }
                    };
                    app.toggle_reminder(mail, button);
                }
            }
            ("limits", _) => {
                self.limits.set(!self.limits.get());
                self.draw();
            }
            ("mute", _) => {
                let (id, muted) = (self.mail.borrow().id, self.is_muted());
                self.change(app, Tell::Mute { id, muted: !muted });
            }
            ("me", Some(hit)) => self.change(app, Tell::Correct { hit, claim: Claim::Me, alike: false }),
            ("other", Some(hit)) => self.change(app, Tell::Correct { hit, claim: Claim::Person, alike: false }),
            ("undo", Some(hit)) => self.change(app, Tell::Uncorrect { hit }),
            _ => {}
        }
    }

    /// Asks for something that changes what is known, and then for what is known.
    fn change(self: &Rc<Self>, app: &Rc<App>, question: Tell) {
        let (line, app) = (Rc::clone(self), Rc::clone(app));
        spawn_local(async move {
            let done = ask::ask(&question).await.is_some_and(|reply| read::is_done(&reply));
            if done {
                let mail = Rc::clone(&line.mail.borrow());
                app.forget_answers(&mail);
                line.load();
            } else {
                line.become_state(State::Failed);
            }
        });
    }

    /// Asks for the hits. What is shown stays until they are there.
    fn load(self: &Rc<Self>) {
        if self.detail.borrow().is_none() {
            self.become_state(State::Loading);
        } else if self.state.get() != State::Open {
            self.become_state(State::Open);
        }
        let line = Rc::clone(self);
        spawn_local(async move {
            let id = line.mail.borrow().id;
            let detail = ask::ask(&Tell::Detail { id }).await.as_ref().and_then(read::detail);
            if line.state.get() == State::Folded {
                return;
            }
            let is_there = detail.is_some();
            if is_there {
                *line.detail.borrow_mut() = detail;
            }
            line.become_state(if is_there { State::Open } else { State::Failed });
        });
    }

    fn become_state(&self, state: State) {
        self.state.set(state);
        let open = state != State::Folded;
        set(&self.fold, "aria-expanded", if open { "true" } else { "false" });
        if open {
            self.draw();
            drop(self.inner.remove_attribute("hidden"));
        } else {
            drop(self.inner.set_attribute("hidden", ""));
        }
    }

    fn is_muted(&self) -> bool {
        self.detail.borrow().as_ref().map_or_else(|| self.mail.borrow().muted, |detail| detail.mail.muted)
    }

    /// Draws the inside anew, and gives the focus back to the button that had it.
    fn draw(&self) {
        let focused = self.inner.query_selector(":focus").ok().flatten().and_then(|button| button.get_attribute(DOES));
        self.inner.set_text_content(None);
        match self.state.get() {
            State::Folded => {}
            State::Loading => {
                let _ = self.note("loading", "status");
            }
            State::Failed => {
                let _ = self.note("line_failed", "alert");
                self.button(&self.inner, "again", "try_again");
            }
            State::Open => self.list(),
        }
        if let Some(does) = focused {
            let css = format!("[{DOES}=\"{does}\"]");
            let same = self.inner.query_selector(&css).ok().flatten();
            if let Some(button) = same.or_else(|| Some(self.fold.clone())).and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    }

    fn note(&self, key: &str, role: &str) -> Option<()> {
        add(&self.document, &self.inner, "p", "ww-why", &words(key, &[]))?.set_attribute("role", role).ok()
    }

    fn button(&self, parent: &Element, does: &str, key: &str) {
        if let Some(button) = add(&self.document, parent, "button", "ww-link", &words(key, &[])) {
            set(&button, "type", "button");
            set(&button, DOES, does);
        }
    }

    fn list(&self) {
        let detail = self.detail.borrow();
        let Some(detail) = detail.as_ref() else { return };
        let (items, left_out) = items(&detail.hits, shell::now());
        self.inner.set_inner_html(LIST);
        for item in &items {
            if let Some(row) = make(&self.document, "li", "") {
                fill_item(&row, item);
                put(&self.inner, "ol", |list| drop(list.append_child(&row)));
            }
        }
        let more = detail.more.saturating_add(left_out);
        let more = match (more, items.is_empty()) {
            (0, true) => words("line_nothing", &[]),
            (0, false) => String::new(),
            _ => super::when::count("hits_more", more, &[]),
        };
        text(&self.inner, ".ww-more", &more);
        let limits = self.limits.get();
        text(&self.inner, ".ww-limits", &if limits { words("cannot_show_says", &[]) } else { String::new() });
        text(&self.inner, "[data-do=limits]", &words("cannot_show", &[]));
        put(&self.inner, "[data-do=limits]", |button| set(button, "aria-expanded", if limits { "true" } else { "false" }));
        text(&self.inner, "[data-do=mute]", &words(if detail.mail.muted { "unmute" } else { "mute" }, &[]));
    }
}

/// Hears what is pressed inside of something of ours, and keeps it from Gmail.
pub(super) fn presses(inside: &Element, act: &Rc<dyn Fn(&Event)>) -> [EventListener; 2] {
    ["click", "keydown"].map(|name| {
        let act = Rc::clone(act);
        EventListener::new(inside, name, move |event| match event.dyn_ref::<KeyboardEvent>() {
            // These press a button; Gmail must not take them for its shortcuts.
            Some(key) if matches!(key.key().as_str(), "Enter" | " ") => event.stop_propagation(),
            Some(_) => {}
            None => {
                // Gmail folds messages by clicks on and around them.
                event.stop_propagation();
                act(event);
            }
        })
    })
}

fn fill_item(row: &Element, item: &Item<'_>) {
    row.set_inner_html(ITEM);
    let hit = item.hit;
    let (icon, class) = icons::of_hit(item.look, item.checking);
    for css in ["span", "h3"] {
        put(row, css, |part| part.set_class_name(class));
    }
    put(row, "span", |holder| icon.fill(holder));
    text(row, "h3", &say::title(item));
    text(row, "time", &say::at(hit, shell::now()));
    text(row, "p", &say::why(item));
    match say::confidence(hit) {
        Some((words, bars)) => {
            put(row, ".ww-conf > span", |drawn| drawn.set_class_name(bars));
            text(row, ".ww-conf > span + span", &words);
        }
        None => put(row, ".ww-conf", Element::remove),
    }
    if item.machines > 1 {
        put(row, "button", Element::remove);
        return;
    }
    let (verb, key) = match hit.label() {
        _ if hit.correction.is_some() => ("undo ", "undo"),
        Some(Label::Own) => ("other ", "not_me"),
        _ => ("me ", "was_me"),
    };
    text(row, "button", &words(key, &[]));
    put(row, "button", |button| set(button, DOES, &[verb, &hit.id.to_string()].concat()));
}

/// Does something with a part of what was drawn.
pub(super) fn put(around: &Element, css: &str, act: impl FnOnce(&Element)) {
    if let Ok(Some(part)) = around.query_selector(css) {
        act(&part);
    }
}

/// Writes a text into a part of what was drawn.
pub(super) fn text(around: &Element, css: &str, words: &str) {
    if let Ok(Some(part)) = around.query_selector(css) {
        part.set_text_content(Some(words));
    }
}
