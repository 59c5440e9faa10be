//! The totals of a span of days: what was answered, clicked and opened, as a chart and as tables, and what opens mean by
//! recipient.
//!
//! What must hold:
//! - Replies stand first, then clicks, then opens, and opens as a range from certain to possible: no number without its doubt.
//! - What is shown belongs to the span that is chosen: an answer that comes after another choice is passed over.
//! - News of many hits at once ask for the totals once.

mod domains;
mod draw;
mod export;
mod folds;
mod span;
mod table;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, Stats};
use waxwing_protocol::page::{Answer, Fault, FromWorker, Link, ToWorker};
use web_sys::Node;

use super::frame::{bar, tabs};
use super::{PATIENCE, Popup, Route, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, document, el, icon};
use crate::pages::now;
use crate::pages::text::{count, moment, rich, short_moment, t, t_with};
use crate::pages::widgets::{Weight, button, empty, fault_words, ghosts, note};
use span::{Chooser, Span};

/// How long news are gathered before the totals are asked for again, in milliseconds.
const GATHER: u32 = 1_000;

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let main = el(Tag::Main).class("screen-main");
    let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::Stats)).child(&main);
    let view = Rc::new_cyclic(|weak: &Weak<View>| {
        let chosen = weak.clone();
        let chooser = Chooser::new(&scope, move || {
            if let Some(view) = chosen.upgrade() {
                view.choose();
            }
        });
        let saved = weak.clone();
        let csv = el(Tag::Button)
            .set(Attr::Type, "button")
            .class("ww-btn ww-btn-quiet")
            .set(Attr::AriaLabel, &t("stats_csv"))
            .set(Attr::Title, &t("stats_csv"))
            .child(&icon(Icon::DOWNLOAD))
            .text(&t("stats_csv_short"))
            .on(&scope, "click", move |_| {
                if let Some(view) = saved.upgrade() {
                    view.save();
                }
            });
        csv.show(false);
        let body = el(Tag::Div).class("screen-main");
        let note = el(Tag::Div);
        let said = el(Tag::P).class("ww-sr").set(Attr::Role, "status");
        let choice = el(Tag::Div).class("ww-pad ww-bar-row").child(chooser.element()).child(&csv);
        for part in [&said, &note, &choice, &body] {
            main.add(part.as_ref());
        }
        View {
            popup: Rc::downgrade(popup),
            note,
            said,
            body,
            csv,
            chooser,
            shown: RefCell::default(),
            asked: Cell::new(0),
            gathering: Cell::new(false),
            scope: scope.clone(),
        }
    });
    view.load();
    let hear = move |news: &FromWorker| match news {
        FromWorker::News { event: Event::Activity { .. } | Event::Message { .. } | Event::Deleted { .. } | Event::Reset } => {
            view.gather();
        }
        // The connection may be back, or gone.
        FromWorker::StatusChanged => view.gather(),
        FromWorker::News { .. } => {}
    };
    Screen { root, focus: None, scope, hear: Some(Box::new(hear)) }
}

struct View {
    popup: Weak<Popup>,
    /// Why what is shown may be old.
    note: El,
    /// For screen readers: what another choice brought.
    said: El,
    body: El,
    csv: El,
    chooser: Chooser,
    shown: RefCell<Option<Shown>>,
    /// The number of the last question; older answers are passed over.
    asked: Cell<u32>,
    gathering: Cell<bool>,
    scope: Scope,
}

/// What stands on the screen.
struct Shown {
    span: Span,
    stats: Stats,
    at: Millis,
}

impl View {
    fn choose(self: &Rc<Self>) {
        self.shown.take();
        self.csv.show(false);
        self.load();
    }

    fn gather(self: &Rc<Self>) {
        if self.gathering.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        Timeout::new(GATHER, move || {
            if let Some(view) = weak.upgrade() {
                view.gathering.set(false);
                view.load();
            }
        })
        .forget();
    }

    fn load(self: &Rc<Self>) {
        let turn = self.asked.get().wrapping_add(1);
        self.asked.set(turn);
        let span = self.chooser.span();
        self.body.put(Attr::AriaBusy, "true");
        if self.shown.borrow().is_none() {
            self.start_slowly(turn);
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&ToWorker::Stats { days: span.days, by: span.by }).await;
            if this.asked.get() != turn {
                return;
            }
            this.body.drop_attr(Attr::AriaBusy);
            match answer {
                Ok(Answer::Stats { stats }) => this.show(span, stats),
                Ok(_) => this.fail(&Fault::Internal { detail: "stats".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    /// Still bars when the answer takes its time; until then what was there stays.
    fn start_slowly(self: &Rc<Self>, turn: u32) {
        let weak = Rc::downgrade(self);
        Timeout::new(PATIENCE, move || {
            let waits = |view: &Rc<View>| view.asked.get() == turn && view.shown.borrow().is_none();
            if let Some(view) = weak.upgrade().filter(waits).filter(|view| view.body.node().has_attribute("aria-busy")) {
                view.body.fill([ghosts(3)]);
            }
        })
        .forget();
    }

    fn show(&self, span: Span, stats: Stats) {
        let at = now();
        self.note.fill(self.offline_note(at));
        let before = self.shown.replace(None);
        // What did not change stays as it is.
        if before.as_ref().is_none_or(|shown| shown.stats != stats || shown.span != span) {
            let folds = folds::note(&self.body);
            self.body.fill(draw::draw(span, &stats, at));
            folds::put_back(&self.body, &folds);
        }
        if before.is_none() {
            self.said.fill_text(&format!("{}. {}", span.words(), count("stats_sent_said", stats.sent, &[])));
        }
        self.csv.show(stats.sent > 0);
        *self.shown.borrow_mut() = Some(Shown { span, stats, at });
    }

    /// Said above totals that the worker kept from before.
    fn offline_note(&self, now: Millis) -> Option<El> {
        let status = self.popup.upgrade()?.status()?;
        let Some(Link::Down { since, .. }) = status.link else { return None };
        let words = t_with("stats_offline", &[&short_moment(since, now)]);
        Some(note(Weight::Info, Icon::NOLINK, text(&words), &[]))
    }

    fn fail(self: &Rc<Self>, fault: &Fault) {
        let weak = Rc::downgrade(self);
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(view) = weak.upgrade() {
                view.load();
            }
        });
        if let Some(shown) = self.shown.borrow().as_ref() {
            // What is there is still worth showing, with its age.
            let words = format!("{} {}", t_with("stats_old", &[&moment(shown.at, now())]), fault_words(fault));
            self.note.fill([note(Weight::Warn, Icon::NOLINK, text(&words), &[again])]);
            return;
        }
        self.note.clear();
        self.body.fill([empty(Some(Icon::NOLINK), rich("stats_failed", &[]), &fault_words(fault), &[again])]);
    }

    fn save(&self) {
        let done = self.shown.borrow().as_ref().is_none_or(|shown| export::save(shown.span, &shown.stats, now()));
        if let Some(popup) = self.popup.upgrade().filter(|_| !done) {
            popup.complain(&Fault::Internal { detail: "download".to_owned() });
        }
    }
}

fn text(words: &str) -> [Node; 1] {
    [document().create_text_node(words).into()]
}
