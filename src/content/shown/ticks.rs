//! Ticks: in a list of conversations an icon before the subject of each that holds own tracked mails.
//!
//! What must hold:
//! - A tick is about the conversation that its row names at this moment. Before the page is painted every tick is compared with
//!   its row ([`App::check_ticks`]), and one that is no longer right is gone.
//! - A conversation without own tracked mails shows nothing.
//! - Looking costs no layout: attributes are read, and only what is new or changed is written.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use waxwing_protocol::Millis;
use web_sys::{Document, Element, Event, HtmlElement, KeyboardEvent, Node, ShadowRootInit, ShadowRootMode};

use super::icons::{self, Icon};
use super::known::Mails;
use super::place::{Place, dress, make, set, speak};
use super::say;
use crate::content::app::App;
use crate::content::controls::{Tip, Words};
use crate::content::shell;
use crate::gmail::rows::{self, Row, ThreadId};
use crate::told::{self, State};

/// The class of the elements that hold ticks. The boot script listens to what happens to them.
const HOST: &str = "ww-host-tick";

/// A tick in a row; gone when dropped.
#[derive(Debug)]
pub(super) struct Tick {
    row: Row,
    thread: ThreadId,
    mails: Mails,
    /// The element that holds the shadow root.
    host: Element,
    /// The image in it.
    face: Element,
}

impl Drop for Tick {
    fn drop(&mut self) {
        self.host.remove();
    }
}

/// What ticks are copied from: a hundred are faster copied than made.
#[derive(Debug, Default)]
pub(super) struct Moulds {
    hosts: Vec<(bool, Node)>,
    faces: Vec<(Icon, Node)>,
    root: Option<ShadowRootInit>,
}

impl Moulds {
    fn root(&mut self) -> &ShadowRootInit {
        self.root.get_or_insert_with(|| ShadowRootInit::new(ShadowRootMode::Open))
    }

    fn host(&mut self, document: &Document, dark: bool) -> Option<Element> {
        let at = self.hosts.iter().position(|(of, _)| *of == dark);
        let at = if let Some(at) = at {
            at
        } else {
            let host = make(document, "span", HOST)?;
            dress(&host, dark);
            self.hosts.push((dark, host.into()));
            self.hosts.len() - 1
        };
        self.hosts[at].1.clone_node().ok()?.dyn_into().ok()
    }

    fn face(&mut self, document: &Document, icon: Icon, class: &str) -> Option<Element> {
        let at = self.faces.iter().position(|(of, _)| *of == icon);
        let at = if let Some(at) = at {
            at
        } else {
            let face = make(document, "span", &["ww-tick ", class].concat())?;
            face.set_attribute("role", "img").ok()?;
            face.set_attribute("tabindex", "-1").ok()?;
            icon.fill(&face);
            self.faces.push((icon, face.into()));
            self.faces.len() - 1
        };
        self.faces[at].1.clone_node_with_deep(true).ok()?.dyn_into().ok()
    }
}

/// The tooltip of all ticks.
#[derive(Debug)]
pub(super) struct Balloon {
    place: Place,
    tip: Tip,
}

impl Tick {
    /// Whether it still stands before the subject of its row, and that row is about the same conversation.
    fn is_right(&self) -> bool {
        self.row.thread() == Some(self.thread)
            && self.row.subject().is_some_and(|subject| subject.previous_element_sibling().as_ref() == Some(&self.host))
    }

    fn show(&self, now: Millis) {
        let Some(newest) = self.mails.last() else { return };
        let (icon, class) = icons::of_mail(told::state(newest.told()));
        let face = &self.face;
        face.set_class_name(&["ww-tick ", class].concat());
        drop(face.set_attribute("aria-label", &say::plain(&say::sentence(newest, now))));
        icon.fill(face);
    }
}

impl App {
    /// Makes what ticks are copied from and how times are written, once, while the worker is asked for what they show.
    pub(super) fn prepare_ticks(&self) {
        let mut moulds = self.shown.moulds.borrow_mut();
        if moulds.root.is_some() {
            return;
        }
        moulds.root();
        for state in [State::Sealed, State::Opened, State::Clicked, State::Machines, State::Hidden] {
            let (icon, class) = icons::of_mail(state);
            moulds.face(&self.document, icon, class);
        }
        // Thrown away: what makes it stays.
        if let Some(host) = moulds.host(&self.document, self.shown.dark.get())
            && let Ok(root) = host.attach_shadow(moulds.root())
        {
            self.shown.sheet.give(&root);
        }
        say::moment(shell::now(), shell::now());
    }

    /// Looks at the rows that are shown: gives each the tick it should have, and asks for what is not known yet.
    pub(super) fn look_at_rows(self: &Rc<Self>) -> Vec<ThreadId> {
        let mut before = self.shown.ticks.take();
        let mut after = Vec::with_capacity(before.len());
        let mut threads = Vec::new();
        let mut next = 0;
        let now = shell::now();
        for row in rows::shown(&self.document) {
            // Rows mostly keep their order: the one after the last is the likely one.
            let at = (next..before.len()).chain(0..next.min(before.len())).find(|&at| before[at].row == row);
            let old = at.map(|at| before.remove(at));
            next = at.unwrap_or(next);
            let Some(thread) = row.thread() else { continue };
            threads.push(thread);
            let mails = self.shown.threads.borrow().get(thread.number()).filter(|mails| !mails.is_empty()).cloned();
            let Some(mails) = mails else { continue };
            after.extend(self.tick(row, thread, mails, old, now));
        }
        // What is left stands in no row that is shown.
        drop(before);
        keep_tab_stop(&mut self.shown.stop.borrow_mut(), &after);
        self.shown.ticks.replace(after);
        threads
    }

    fn tick(&self, row: Row, thread: ThreadId, mails: Mails, old: Option<Tick>, now: Millis) -> Option<Tick> {
        if let Some(old) = old
            && old.thread == thread
            && old.is_right()
        {
            if Rc::ptr_eq(&old.mails, &mails) {
                return Some(old);
            }
            let mut tick = old;
            tick.mails = mails;
            tick.show(now);
            self.close_balloon();
            return Some(tick);
        }
        let subject = row.subject()?;
        let newest = mails.last()?;
        let (icon, class) = icons::of_mail(told::state(newest.told()));
        let (host, face, root) = {
            let mut moulds = self.shown.moulds.borrow_mut();
            let host = moulds.host(&self.document, self.shown.dark.get())?;
            let face = moulds.face(&self.document, icon, class)?;
            let root = host.attach_shadow(moulds.root()).ok()?;
            (host, face, root)
        };
        face.set_attribute("aria-label", &say::plain(&say::sentence(newest, now))).ok()?;
        self.shown.sheet.give(&root)?;
        root.append_child(&face).ok()?;
        subject.before_with_node_1(&host).ok()?;
        Some(Tick { row, thread, mails, host, face })
    }

    /// Before a frame is painted: what is not right any more is not seen.
    pub(super) fn check_ticks(&self) {
        let ticks = self.shown.ticks.take();
        let (right, wrong): (Vec<Tick>, Vec<Tick>) = ticks.into_iter().partition(Tick::is_right);
        self.shown.ticks.replace(right);
        if !wrong.is_empty() {
            self.close_balloon();
        }
    }

    /// Something happened to a tick, which is seen from outside as what holds it.
    pub(crate) fn tick_heard(self: &Rc<Self>, event: &Event) {
        let Some(host) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let ticks = self.shown.ticks.borrow();
        let Some(face) = ticks.iter().find(|tick| tick.host == host).map(|tick| tick.face.clone()) else { return };
        drop(ticks);
        match event.type_().as_str() {
            "pointerover" | "focusin" => self.open_balloon(&face),
            "keydown" => {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                match key.key().as_str() {
                    // Escape closes the tooltip first, and only then, pressed again, what Gmail closes.
                    "Escape" if self.shown.balloon.borrow().as_ref().is_some_and(|balloon| balloon.tip.is_open()) => {
                        event.stop_propagation();
                        self.close_balloon();
                    }
                    "ArrowDown" => self.step(event, &face, 1),
                    "ArrowUp" => self.step(event, &face, -1),
                    _ => {}
                }
            }
            _ => self.close_balloon(),
        }
    }

    fn step(&self, event: &Event, face: &Element, by: isize) {
        event.stop_propagation();
        event.prevent_default();
        let next = {
            let ticks = self.shown.ticks.borrow();
            let at = ticks.iter().position(|tick| tick.face == *face);
            let next = at.and_then(|at| at.checked_add_signed(by)).and_then(|at| ticks.get(at));
            next.map(|tick| tick.face.clone())
        };
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            set(face, "tabindex", "-1");
            set(&next, "tabindex", "0");
            self.shown.stop.replace(Some(next.clone().into()));
            // Nothing is borrowed here: it makes the page run.
            let _ = next.focus();
        }
    }

    fn open_balloon(&self, face: &Element) {
        let mails = self.shown.ticks.borrow().iter().find(|tick| tick.face == *face).map(|tick| Rc::clone(&tick.mails));
        let Some(mails) = mails else { return };
        let Some(newest) = mails.last() else { return };
        let now = shell::now();
        let title = say::plain(&say::sentence(newest, now));
        let mut lines = say::more(newest, now, mails.len());
        set(face, "aria-label", &title);
        // A tooltip in another shadow root cannot be pointed at: the same is said here.
        let mut description = String::new();
        for line in &lines {
            description.push_str(line);
            description.push(' ');
        }
        set(face, "aria-description", description.trim_end());
        let hint = lines.pop();
        let mut balloon = self.shown.balloon.borrow_mut();
        if balloon.as_ref().is_none_or(|balloon| !balloon.place.host.is_connected()) {
            *balloon = Balloon::new(self);
        }
        if let Some(balloon) = &*balloon {
            balloon.tip.close();
            balloon.place.take_theme(self.shown.dark.get());
            balloon.tip.say(&self.document, &Words { title, lines, hint });
            let width = self.document.document_element().map(|page| page.client_width());
            balloon.tip.open(face, width.unwrap_or(i32::MAX));
        }
    }

    pub(super) fn close_balloon(&self) {
        if let Some(balloon) = &*self.shown.balloon.borrow() {
            balloon.tip.close();
        }
    }

    /// Where ticks stand, to learn whether Gmail is light or dark there.
    pub(super) fn some_tick(&self) -> Option<Element> {
        self.shown.ticks.borrow().first().map(|tick| tick.host.clone())
    }

    pub(super) fn dress_ticks(&self, dark: bool) {
        self.shown.ticks.borrow().iter().for_each(|tick| dress(&tick.host, dark));
    }
}

impl Balloon {
    fn new(app: &App) -> Option<Self> {
        let place = Place::new(&app.document, &app.shown.sheet, "ww-host-tip", "div", "")?;
        speak(&place.inside);
        let tip = Tip::new(&app.document, "tip")?;
        place.inside.append_child(tip.element()).ok()?;
        app.document.body()?.append_child(&place.host).ok()?;
        Some(Self { place, tip })
    }
}

/// All ticks are one stop of the Tab key, arrows lead from one to the next: a list has a hundred rows.
fn keep_tab_stop(stop: &mut Option<Element>, ticks: &[Tick]) {
    if !ticks.iter().any(|tick| Some(&tick.face) == stop.as_ref()) {
        *stop = ticks.first().map(|tick| tick.face.clone());
        if let Some(face) = stop {
            set(face, "tabindex", "0");
        }
    }
}
