//! What a tab shows of own mails: ticks in lists ([`ticks`]), a line under each own message ([`line`]), a reminder above its
//! conversation ([`remind`]); and what it tells of the user's own views.
//!
//! Whenever the page has changed [`App::look_at_mails`] looks at it once: it shows what is known ([`known`]) and asks the worker
//! for the rest ([`ask`]). The worker says by a name in the storage which conversations have news.
//!
//! What must hold:
//! - Nothing is shown for mails that are not own ones, tracked or with a reminder, and nothing of one conversation beside another.
//! - The page is Gmail's: all of ours is gone with its value, and nothing here makes the page lay itself out, but for a strip that is
//!   put there, which stands where Gmail's text does.
//! - An own view is told once for each time a message came on screen, by the picture that Gmail made for it.

mod ask;
mod icons;
mod items;
mod known;
mod line;
pub(in crate::content) mod place;
mod read;
mod remind;
mod say;
mod ticks;
pub(in crate::content) mod when;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use serde_json::Value;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::address::Own;
use waxwing_protocol::Millis;
use waxwing_protocol::page::key;
use web_sys::Element;

use self::known::{Mails, Shelf};
use self::line::Line;
use self::place::Sheet;
use self::read::OwnMail;
pub(in crate::content) use self::read::uuid;
use self::remind::Strip;
use self::ticks::{Balloon, Moulds, Tick};
use super::app::App;
use super::controls::is_dark_around;
use super::tell::Tell;
use super::watch::Watcher;
use super::{report, shell, watch};
use crate::gmail::rows::ThreadId;
use crate::gmail::{conversation, rows};

/// Own pixels that are looked at in one conversation. Anybody can write made-up ones into a mail, and each may be a call.
const MOST_PICTURES: usize = 50;
/// As many conversations go into one question.
const AT_ONCE: usize = 100;
/// When a question was not answered it is time to look again after so many milliseconds.
const AGAIN: u32 = 16_000;
/// So many times as long as the last look took nothing is looked at, however busy the page is.
const REST: Millis = 30;

/// What is shown, and what it is made from.
#[derive(Default)]
pub struct Shown {
    threads: RefCell<Shelf>,
    /// Mails that only their pixel names, since their ids are not known.
    alone: RefCell<Shelf>,
    ticks: RefCell<Vec<Tick>>,
    lines: RefCell<Vec<Rc<Line>>>,
    strip: RefCell<Option<Strip>>,
    balloon: RefCell<Option<Balloon>>,
    /// Pictures whose display was told.
    viewed: RefCell<Vec<(Element, Uuid)>>,
    sheet: Sheet,
    moulds: RefCell<Moulds>,
    /// The tick at which the Tab key stops.
    stop: RefCell<Option<Element>>,
    dark: Cell<bool>,
    /// The view that is watched.
    view: RefCell<Option<(Element, Watcher)>>,
    /// It has changed, or what is known has.
    pub is_dirty: Cell<bool>,
    /// Not to be looked at before this instant: looking is to take no more than a small part of the time.
    rest: Cell<Millis>,
    before_frame: RefCell<Option<Closure<dyn FnMut()>>>,
}

impl Shown {
    /// Whether there is anything that a change of the page could make wrong.
    pub fn has_ticks(&self) -> bool {
        !self.ticks.borrow().is_empty()
    }

    /// Whether Gmail was dark when it was last looked at.
    pub fn is_dark(&self) -> bool {
        self.dark.get()
    }

    /// Takes everything out of the page and forgets it.
    pub fn clear(&self) {
        self.ticks.take();
        self.lines.take();
        self.strip.take();
        self.balloon.take();
        self.view.take();
        self.stop.take();
        self.threads.borrow_mut().clear();
        self.alone.borrow_mut().clear();
    }
}

impl App {
    /// Whether the view that is shown has changed, or what is known.
    pub fn has_mails_to_look_at(self: &Rc<Self>) -> bool {
        self.account().is_none_or(|_| {
            self.watch_view();
            self.shown.is_dirty.get()
        })
    }

    /// Looks at the view that is shown, if it or what is known has changed: shows what is known, and asks for what is not.
    pub fn look_at_mails(self: &Rc<Self>) {
        let Some(account) = self.account() else {
            self.shown.clear();
            return;
        };
        if !self.has_mails_to_look_at() {
            return;
        }
        let begun = shell::now();
        if begun < self.shown.rest.get() {
            self.look_later(u32::try_from(self.shown.rest.get() - begun).unwrap_or(AGAIN));
            return;
        }
        self.shown.is_dirty.set(false);
        self.look_closely(&account);
        let ended = shell::now();
        self.shown.rest.set(ended + REST * (ended - begun));
    }

    /// Watches the view that is shown now.
    fn watch_view(self: &Rc<Self>) {
        if self.shown.view.borrow().as_ref().is_some_and(|(view, _)| rows::is_view(view)) {
            return;
        }
        let view = rows::view(&self.document);
        if self.shown.view.borrow().as_ref().map(|(view, _)| view) == view.as_ref() {
            return;
        }
        self.shown.is_dirty.set(true);
        let frame = {
            let mut frame = self.shown.before_frame.borrow_mut();
            let app = Rc::downgrade(self);
            let frame = frame.get_or_insert_with(|| {
                Closure::new(move || {
                    if let Some(app) = app.upgrade() {
                        app.frame_waits.set(false);
                        app.check_ticks();
                        app.check_drafts();
                    }
                })
            });
            frame.as_ref().unchecked_ref::<Function>().clone()
        };
        let watched = view.and_then(|view| watch::view(self, &view, &frame).map(|watcher| (view, watcher)));
        self.shown.view.replace(watched);
    }

    fn look_closely(self: &Rc<Self>, account: &str) {
        let mut threads = self.look_at_rows();
        self.look_at_drafts();
        let pictures = self.own_pictures(account);
        let (thread, alone) = self.look_at_messages(&pictures);
        self.tell_views(pictures);
        threads.extend(thread);
        let now = shell::now();
        threads.retain(|thread| self.shown.threads.borrow_mut().ask(thread.number(), now));
        for threads in threads.chunks(AT_ONCE) {
            self.ask_for(threads.to_vec());
            self.prepare_ticks();
        }
        for id in alone {
            if self.shown.alone.borrow_mut().ask(id.as_u128(), now) {
                self.ask_alone(id);
            }
        }
    }

    /// A value in the storage changed; true when it is about own mails.
    pub fn heard_of_mails(self: &Rc<Self>, name: &str, value: Option<&Value>) -> bool {
        if name == key::TICK_NEWS {
            let mut known = self.shown.threads.borrow_mut();
            let news = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for thread in news.iter().filter_map(|thread| ThreadId::parse(thread.as_str()?)) {
                known.changed(thread.number());
            }
            if news.is_empty() {
                known.all_changed();
            }
        } else if ask::is_of_outbox(name) {
            self.shown.threads.borrow_mut().all_changed();
        } else {
            return false;
        }
        self.shown.alone.borrow_mut().all_changed();
        self.shown.is_dirty.set(true);
        true
    }

    /// What is known of a mail may have changed, by something that was done here.
    fn forget_answers(self: &Rc<Self>, mail: &OwnMail) {
        if let Some(thread) = mail.thread {
            self.shown.threads.borrow_mut().changed(thread.number());
        }
        self.shown.alone.borrow_mut().changed(mail.id.as_u128());
        self.shown.is_dirty.set(true);
        self.look_soon();
    }

    fn ask_for(self: &Rc<Self>, threads: Vec<ThreadId>) {
        let app = Rc::clone(self);
        spawn_local(async move {
            let question = Tell::Ticks { threads: threads.iter().map(ToString::to_string).collect() };
            let reply = ask::ask(&question).await;
            let Some(mut mails) = reply.as_ref().and_then(read::mails) else {
                let now = shell::now();
                for thread in threads {
                    app.shown.threads.borrow_mut().failed(thread.number(), now);
                }
                app.shown.is_dirty.set(true);
                app.look_later(AGAIN);
                return;
            };
            if !mails.is_empty() {
                let not_there = ask::not_there().await;
                for mail in &mut mails {
                    mail.known = not_there.iter().find(|(id, _)| *id == mail.id).map_or(mail.known, |(_, known)| *known);
                }
            }
            let mut answers: Vec<Vec<OwnMail>> = threads.iter().map(|_| Vec::new()).collect();
            for mail in mails {
                if let Some(at) = threads.iter().position(|thread| mail.thread == Some(*thread)) {
                    answers[at].push(mail);
                }
            }
            for (thread, own) in threads.iter().zip(answers) {
                app.shown.threads.borrow_mut().answer(thread.number(), own);
            }
            app.look_now();
        });
    }

    fn ask_alone(self: &Rc<Self>, id: Uuid) {
        let app = Rc::clone(self);
        spawn_local(async move {
            let reply = ask::ask(&Tell::Detail { id }).await;
            match reply.as_ref().and_then(read::detail) {
                Some(detail) => app.shown.alone.borrow_mut().answer(id.as_u128(), vec![detail.mail]),
                None => app.shown.alone.borrow_mut().failed(id.as_u128(), shell::now()),
            }
            app.look_now();
        });
    }

    fn look_now(self: &Rc<Self>) {
        self.shown.is_dirty.set(true);
        self.shown.rest.set(0);
        if !self.stopped.get() {
            self.look_at_mails();
        }
    }

    fn look_later(self: &Rc<Self>, milliseconds: u32) {
        let app = Rc::downgrade(self);
        shell::later(milliseconds, move || {
            if let Some(app) = app.upgrade() {
                app.look_soon();
            }
        });
    }

    /// The pictures of this account's mails in the messages that are shown.
    fn own_pictures(&self, account: &str) -> Vec<(Element, Uuid)> {
        let pictures = conversation::pictures(&self.document, account).into_iter();
        let own = pictures.filter_map(|(picture, address)| match Own::find(&address)? {
            Own::Pixel { account: of, token } if of == account => Some((picture, token.message)),
            _ => None,
        });
        own.take(MOST_PICTURES).collect()
    }

    /// Tells the worker of pictures that were not there before: the sender has these messages on screen.
    fn tell_views(&self, pictures: Vec<(Element, Uuid)>) {
        let mut viewed = self.shown.viewed.borrow_mut();
        for picture in &pictures {
            if !viewed.contains(picture) {
                report::own_view(picture.1);
            }
        }
        // Those that are gone from sight may come back: as new displays.
        *viewed = pictures;
    }

    /// Gives each own message of the conversation that is shown its line. Gives back what there is to be asked.
    fn look_at_messages(self: &Rc<Self>, pictures: &[(Element, Uuid)]) -> (Option<ThreadId>, Vec<Uuid>) {
        let before = self.shown.lines.take();
        let messages = conversation::messages(&self.document);
        let first = messages.first().cloned();
        if first.is_none() {
            self.shown.strip.take();
            return (None, Vec::new());
        }
        let thread = conversation::shown(&self.document);
        let mails: Mails =
            thread.and_then(|thread| self.shown.threads.borrow().get(thread.number()).cloned()).unwrap_or_default();
        let mut after = Vec::new();
        let mut alone = Vec::new();
        for message in messages {
            let Some(text) = message.text() else { continue };
            let ids = message.ids();
            let is = |mine: &Option<String>, its: &Option<String>| mine.is_some() && mine == its;
            let by_id = mails.iter().find(|mail| is(&mail.permanent, &ids.permanent) || is(&mail.legacy, &ids.legacy));
            let mail = by_id.cloned().or_else(|| {
                // A quote may hold a pixel of ours too: the message is own only when its mail's sender sent it.
                let own = pictures.iter().find(|(picture, _)| message.holds(picture) && !conversation::is_quoted(picture));
                let id = own?.1;
                let known = mails.iter().find(|mail| mail.id == id).cloned();
                let mail = known.or_else(|| {
                    alone.push(id);
                    self.shown.alone.borrow().get(id.as_u128())?.first().cloned()
                })?;
                (message.sender().as_ref() == Some(&mail.sender)).then_some(mail)
            });
            let Some(mail) = mail else { continue };
            let old = before.iter().find(|line| line.text == text && line.is_of(&mail) && line.is_in_place());
            if let Some(line) = old {
                line.update(&mail);
                after.push(Rc::clone(line));
            } else if let Some(line) = Line::place(self, &text, &mail) {
                after.push(line);
            }
        }
        for (n, line) in after.iter().enumerate() {
            // That of the newest.
            line.show_bell(n + 1 == after.len(), self);
        }
        self.shown.lines.replace(after);
        self.look_at_reminder(thread, first.as_ref(), &mails);
        // Those that stand under no message any more go with their last owner.
        drop(before);
        self.dress();
        (thread, alone)
    }

    /// Takes over whether Gmail is light or dark where something of ours stands. Makes the browser compute styles: not for
    /// every change.
    pub fn dress(&self) {
        let line = self.shown.lines.borrow().first().map(|line| line.text.clone());
        let Some(around) = line.or_else(|| self.some_tick()) else { return };
        let dark = is_dark_around(&self.window, &around);
        self.shown.dark.set(dark);
        self.dress_ticks(dark);
        self.shown.lines.borrow().iter().for_each(|line| line.dress(dark));
        self.shown.strip.borrow().iter().for_each(|strip| strip.dress(dark));
    }

    /// Looks whether the parts of Gmail that this needs are found, in both ways; not for every change.
    pub fn examine_mails(&self) {
        let parts = rows::examine(&self.document).into_iter().chain(conversation::examine(&self.document));
        self.findings.borrow_mut().note(parts);
    }
}
