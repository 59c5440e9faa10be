//! The popup: connect, first choice, the mails, one mail, what waits, what goes later, the last 30 days, the default.
//!
//! What must hold:
//! - One screen at a time; the list stays alive behind the others, so that coming back finds it where it was, with the focus.
//! - What is shown follows the worker: it says when something changed, and the popup asks.
//! - Until a default was chosen the popup says that nothing is tracked, and shows nothing else.

mod connect;
mod default;
mod detail;
mod first;
mod foot;
mod frame;
mod list;
mod notes;
mod row;
pub(in crate::pages) mod scheduled;
mod section;
mod stats;
mod time;
mod timeline;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Answer, Fault, FromWorker, Link, Status, ToWorker};
use web_sys::KeyboardEvent;

use super::dom::{El, Icon, Scope, Tag, body, document, el, window};
use super::hear_worker;
use super::text::{Value, rich, t, t_with};
use super::widgets::{UndoLine, button, empty, fault_words, ghosts};
use crate::chrome::runtime::{WorkerListener, ask};
use crate::told::Known;
use foot::Foot;
use list::List;

/// How long nothing is shown while something loads, in milliseconds.
pub(super) const PATIENCE: u32 = 300;

/// Where the popup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Nothing is known yet.
    Starting,
    /// Pair; `again` when the backend refuses this browser.
    Connect {
        /// Paired before.
        again: bool,
    },
    /// The first choice of the default.
    First,
    /// The mails.
    List,
    /// One mail.
    Mail(Uuid),
    /// Mails whose answer is waited for.
    Waiting,
    /// Mails that go out later.
    Scheduled,
    /// Those of them that are over.
    History,
    /// The last 30 days.
    Stats,
    /// The default.
    Default,
}

impl Route {
    fn from_hash(hash: &str) -> Self {
        match hash {
            "#waiting" => Self::Waiting,
            "#scheduled" => Self::Scheduled,
            "#scheduled/all" => Self::History,
            "#stats" => Self::Stats,
            "#default" => Self::Default,
            _ => match hash.strip_prefix("#mail/").and_then(|id| Uuid::try_parse(id).ok()) {
                Some(id) => Self::Mail(id),
                None => Self::List,
            },
        }
    }

    fn address(self) -> String {
        match self {
            Self::Mail(id) => format!("#mail/{id}"),
            Self::Waiting => "#waiting".to_owned(),
            Self::Scheduled => "#scheduled".to_owned(),
            Self::History => "#scheduled/all".to_owned(),
            Self::Stats => "#stats".to_owned(),
            Self::Default => "#default".to_owned(),
            _ => "popup.html".to_owned(),
        }
    }

    /// Screens that only a paired browser with a default has.
    const fn is_inside(self) -> bool {
        matches!(
            self,
            Self::List | Self::Mail(_) | Self::Waiting | Self::Scheduled | Self::History | Self::Stats | Self::Default
        )
    }
}

/// What stands on the screen besides the list.
pub(super) struct Screen {
    /// Everything of it.
    pub(super) root: El,
    /// What takes the focus when it appears.
    pub(super) focus: Option<El>,
    /// Its listeners.
    #[expect(dead_code, reason = "holds the listeners as long as the screen is there")]
    pub(super) scope: Scope,
    /// Called for news.
    pub(super) hear: Option<Hear>,
}

/// What takes news.
pub(super) type Hear = Box<dyn Fn(&FromWorker)>;

/// The popup.
pub(super) struct Popup {
    stage: El,
    foot: Foot,
    toast: UndoLine,
    route: Cell<Route>,
    screen: RefCell<Option<Screen>>,
    list: RefCell<Option<Rc<List>>>,
    status: RefCell<Option<Rc<Status>>>,
    /// The reading of the status that was asked last; older answers are passed over.
    asked: Cell<u32>,
    scope: Scope,
    worker: RefCell<Option<WorkerListener>>,
}

/// Builds the popup and asks for its state.
pub(super) fn start() {
    let popup = Rc::new_cyclic(|weak: &Weak<Popup>| {
        let scope = Scope::default();
        Popup {
            stage: el(Tag::Div).class("stage"),
            foot: Foot::new(&scope, weak),
            toast: UndoLine::new(),
            route: Cell::new(Route::Starting),
            screen: RefCell::default(),
            list: RefCell::default(),
            status: RefCell::default(),
            asked: Cell::new(0),
            scope,
            worker: RefCell::default(),
        }
    });
    body().add(popup.stage.as_ref());
    body().add(popup.toast.element().as_ref());
    body().add(popup.foot.element().as_ref());

    *popup.worker.borrow_mut() = hear_worker(&popup, Popup::hear);
    let weak = Rc::downgrade(&popup);
    popup.scope.listen(&document(), "keydown", move |event| {
        if let (Some(popup), Some(key)) = (weak.upgrade(), event.dyn_ref::<KeyboardEvent>()) {
            popup.key(key);
        }
    });
    let weak = Rc::downgrade(&popup);
    popup.scope.listen(&window(), "hashchange", move |_| {
        if let Some(popup) = weak.upgrade().filter(|popup| popup.route.get().is_inside()) {
            popup.go(Route::from_hash(&hash()));
        }
    });
    popup.start_slowly();
    popup.ask_status();
    // The popup lives as long as its window.
    std::mem::forget(popup);
}

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

impl Popup {
    /// Shows still bars when the worker takes its time to start.
    fn start_slowly(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        Timeout::new(PATIENCE, move || {
            // A failure that came first stays, with its way to try again.
            let waits = |popup: &Rc<Popup>| popup.route.get() == Route::Starting && !popup.stage.has_shown_child();
            if let Some(popup) = weak.upgrade().filter(waits) {
                popup.stage.fill([ghosts(5)]);
            }
        })
        .forget();
    }

    /// Asks the worker how things are.
    pub(super) fn ask_status(self: &Rc<Self>) {
        let turn = self.asked.get().wrapping_add(1);
        self.asked.set(turn);
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&ToWorker::Status).await;
            if this.asked.get() != turn {
                return;
            }
            match answer {
                Ok(Answer::Status(status)) => this.apply(&Rc::new(status)),
                Ok(_) => this.cannot_start(&Fault::Internal { detail: "status".to_owned() }),
                Err(fault) => this.cannot_start(&fault),
            }
        });
    }

    fn cannot_start(self: &Rc<Self>, fault: &Fault) {
        // Later failures leave standing what is shown: the next change asks again.
        if self.route.get() != Route::Starting {
            return;
        }
        let weak = Rc::downgrade(self);
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(popup) = weak.upgrade() {
                popup.ask_status();
            }
        });
        let title = rich("start_failed", &[]);
        self.stage.fill([empty(Some(Icon::FAILED), title, &fault_words(fault), &[again])]);
    }

    fn apply(self: &Rc<Self>, status: &Rc<Status>) {
        *self.status.borrow_mut() = Some(Rc::clone(status));
        let inside = status.connected.is_some() && status.policy.is_some();
        match (self.route.get(), &status.connected, status.policy) {
            (Route::Connect { again: true }, Some(_), _) if matches!(status.link, Some(Link::Revoked { .. })) => {}
            (Route::Connect { again: false }, None, _) | (Route::First, Some(_), None) => {}
            (_, None, _) => self.go(Route::Connect { again: false }),
            (_, Some(_), None) => self.go(Route::First),
            (Route::Starting, ..) => self.go(Route::from_hash(&hash())),
            (route, ..) if !route.is_inside() => self.go(Route::List),
            _ => {}
        }
        self.foot.show(status, inside);
        frame::count_tabs(&self.stage, status);
        if let Some(list) = self.list.borrow().as_ref() {
            list.status(status);
        }
    }

    fn hear(self: &Rc<Self>, news: &FromWorker) {
        if matches!(news, FromWorker::StatusChanged) {
            self.ask_status();
        }
        if let Some(list) = self.list.borrow().as_ref() {
            list.hear(news);
        }
        if let Some(hear) = self.screen.borrow().as_ref().and_then(|screen| screen.hear.as_ref()) {
            hear(news);
        }
    }

    fn key(self: &Rc<Self>, key: &KeyboardEvent) {
        if key.key() != "Escape" || key.default_prevented() {
            return;
        }
        match self.route.get() {
            Route::History => {
                key.prevent_default();
                self.go(Route::Scheduled);
            }
            Route::Mail(_)
            | Route::Waiting
            | Route::Scheduled
            | Route::Stats
            | Route::Default
            | Route::Connect { again: true } => {
                // The browser would close the popup.
                key.prevent_default();
                self.go(Route::List);
            }
            _ => {}
        }
    }

    /// Puts a screen's own control into the foot; it goes with the screen.
    pub(super) fn foot_slot(&self, control: Option<&El>) {
        self.foot.put(control);
    }

    /// The line that takes back.
    pub(super) fn toast(&self) -> &UndoLine {
        &self.toast
    }

    /// The last known status.
    pub(super) fn status(&self) -> Option<Rc<Status>> {
        self.status.borrow().clone()
    }

    /// Whether the backend knows a mail. A mail that was not looked at through the list is taken as known.
    pub(super) fn known(&self, id: Uuid) -> Known {
        self.list.borrow().as_ref().map(|list| list.known(id)).unwrap_or_default()
    }

    /// Goes somewhere.
    pub(super) fn go(self: &Rc<Self>, route: Route) {
        let from = self.route.replace(route);
        if from == route {
            return;
        }
        if route.is_inside() {
            // Only so that a reload finds the same screen; where it is refused nothing is lost.
            let history = window().history();
            let _ = history.map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&route.address())));
        }
        let left = self.screen.borrow_mut().take();
        if let Some(left) = left {
            left.root.remove();
        }
        self.foot.put(None);
        if matches!(from, Route::Starting) || !route.is_inside() {
            self.stage.clear();
            self.list.borrow_mut().take();
        }
        let screen = match route {
            Route::Connect { again } => Some(connect::screen(self, again)),
            Route::First => Some(first::screen(self)),
            Route::Starting | Route::List => None,
            Route::Mail(id) => Some(detail::screen(self, id)),
            Route::Waiting => Some(waiting::screen(self)),
            Route::Scheduled => Some(scheduled::screen(self)),
            Route::History => Some(scheduled::history(self)),
            Route::Stats => Some(stats::screen(self)),
            Route::Default => Some(default::screen(self)),
        };
        if route == Route::List {
            let known = self.list.borrow().clone();
            let list = known.unwrap_or_else(|| {
                let list = List::new(self);
                self.stage.add(list.element().as_ref());
                list
            });
            *self.list.borrow_mut() = Some(Rc::clone(&list));
            list.enter();
        } else if let Some(list) = self.list.borrow().as_ref() {
            list.leave();
        }
        if let Some(screen) = screen {
            self.stage.add(screen.root.as_ref());
            if let Some(focus) = screen.focus.as_ref().filter(|_| from != Route::Starting || !route.is_inside()) {
                focus.focus();
            }
            window().scroll_to_with_x_and_y(0.0, 0.0);
            *self.screen.borrow_mut() = Some(screen);
        }
        if let Some(status) = self.status() {
            self.foot.show(&status, route.is_inside());
        }
    }

    /// Deletes a mail's records, after a while in which it can be taken back.
    pub(super) fn delete(self: &Rc<Self>, id: Uuid, subject: &str) {
        self.go(Route::List);
        let list = self.list.borrow().clone();
        if let Some(list) = &list {
            list.hide(id);
        }
        let named = if subject.is_empty() { t("no_subject") } else { subject.to_owned() };
        let (committed, undone) = (Rc::downgrade(self), list.clone());
        self.toast.offer(
            rich("mail_deleted", &[Value::Foreign(named)]),
            move || {
                spawn_local(async move {
                    let Err(fault) = ask(&ToWorker::Delete { id }).await else { return };
                    if let Some(popup) = committed.upgrade() {
                        if let Some(list) = list {
                            list.unhide(id);
                        }
                        popup.toast.say(rich("mail_not_deleted", &[Value::Own(fault_words(&fault))]));
                    }
                });
            },
            move || {
                if let Some(list) = undone {
                    list.unhide(id);
                }
            },
        );
    }

    /// Says what went wrong with something that was asked for in passing.
    pub(super) fn complain(&self, fault: &Fault) {
        self.toast.say([document().create_text_node(&t_with("not_done", &[&fault_words(fault)])).into()]);
    }
}
