//! One mail: what came of it, to whom it went, and how that is known.
//!
//! What must hold: what changed is drawn anew and the rest stays, so that folds, focus and place on the page survive news.

mod correct;
mod links;
mod summary;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Event, Message, MessageDetail};
use waxwing_protocol::page::{Answer, Fault, FromWorker, Link, ToWorker};

use super::frame::back_bar;
use super::timeline::Timeline;
use super::{PATIENCE, Popup, Route, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Flag, Href, Icon, Scope, Tag, el, icon};
use crate::pages::now;
use crate::pages::say::{GmailThread, is_judged, sender_among};
use crate::pages::text::{Value, rich, short_moment, t};
use crate::pages::widgets::{Weight, button, empty, fault_words, fold, ghosts, icon_button, note};

/// How often a check that runs is looked at, in milliseconds.
const LOOK: i64 = 5_000;
/// How long after the end of a check the backend is asked what it was, in milliseconds.
const SETTLED: i64 = 1_000;

struct Detail {
    this: Weak<Detail>,
    popup: Weak<Popup>,
    id: Uuid,
    title: El,
    bar: El,
    main: El,
    parts: Parts,
    timeline: Timeline,
    mute: El,
    turn: Cell<u32>,
    drawn: RefCell<Option<MessageDetail>>,
    clock: RefCell<Option<Timeout>>,
    scope: Scope,
}

/// The parts of the page, each of which is drawn anew by itself.
struct Parts {
    summary: El,
    facts: El,
    notes: El,
    links: El,
}

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>, id: Uuid) -> Screen {
    let scope = Scope::default();
    let title = el(Tag::H1).class("ww-cut");
    let (bar, back) = back_bar(popup, &scope, &title, Route::List);
    let main = el(Tag::Main).class("screen-main");
    let root = el(Tag::Div).class("screen").child(&bar).child(&main);
    let detail = Rc::new_cyclic(|this: &Weak<Detail>| Detail {
        this: this.clone(),
        popup: Rc::downgrade(popup),
        id,
        title,
        bar,
        main,
        parts: Parts { summary: el(Tag::Div), facts: el(Tag::Div), notes: el(Tag::Div), links: el(Tag::Div) },
        timeline: Timeline::new(correct::hand(this.clone())),
        mute: button("ww-link", ""),
        turn: Cell::new(0),
        drawn: RefCell::default(),
        clock: RefCell::default(),
        scope: scope.clone(),
    });
    let weak = Rc::downgrade(&detail);
    scope.listen(detail.mute.node(), "click", move |_| {
        if let Some(detail) = weak.upgrade() {
            detail.mute();
        }
    });
    let (weak, waiting) = (Rc::downgrade(&detail), el(Tag::Div));
    detail.main.add(waiting.as_ref());
    Timeout::new(PATIENCE, move || {
        if weak.upgrade().is_some_and(|detail| detail.drawn.borrow().is_none()) {
            waiting.fill([ghosts(4)]);
        }
    })
    .forget();
    detail.load();
    let hear = move |news: &FromWorker| {
        let mine = match news {
            FromWorker::News {
                event: Event::Activity { message, .. } | Event::News { message, .. } | Event::Message { message },
            } => *message == detail.id,
            FromWorker::News { event: Event::Refused { message, .. } } => message.is_none_or(|message| message == detail.id),
            FromWorker::News { event: Event::Reset } => true,
            FromWorker::News {
                event:
                    Event::Deleted { .. }
                    | Event::Scheduled { .. }
                    | Event::Waiting { .. }
                    | Event::Mailbox { .. }
                    | Event::Consent
                    | Event::Account,
            } => false,
            // Perhaps the backend is there again.
            FromWorker::StatusChanged => detail.drawn.borrow().is_none(),
        };
        if mine {
            detail.load();
        }
    };
    Screen { root, focus: Some(back), scope, hear: Some(Box::new(hear)) }
}

impl Detail {
    fn load(&self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let answer = ask(&ToWorker::Detail { id: this.id }).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok(Answer::Detail { detail }) => this.draw(detail),
                Ok(_) => this.fail(&Fault::Internal { detail: "detail".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn fail(&self, fault: &Fault) {
        if self.drawn.borrow().is_some() {
            // What was shown is still true as of then, and the foot says how the connection is.
            self.watch();
            return;
        }
        let weak = self.this.clone();
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(detail) = weak.upgrade() {
                detail.load();
            }
        });
        let gone = matches!(fault, Fault::NotFound);
        self.title.fill_text(&t("detail_title"));
        let actions = if gone { vec![] } else { vec![again] };
        let which = if gone { Icon::TRASH } else { Icon::NOLINK };
        let title = if gone { "detail_gone" } else { "detail_failed" };
        let words = if gone { String::new() } else { fault_words(fault) };
        self.main.fill([empty(Some(which), rich(title, &[]), &words, &actions)]);
    }

    /// Shows an answer of the worker.
    fn draw(&self, detail: MessageDetail) {
        let before = self.drawn.replace(Some(detail));
        let drawn = self.drawn.borrow();
        let (Some(detail), Some(popup)) = (drawn.as_ref(), self.popup.upgrade()) else { return };
        let now = now();
        let message = &detail.message;
        if before.is_none() {
            self.bar_actions(message);
            let head = el(Tag::Section).class("ww-pad ww-stack").child(&self.parts.summary).child(&self.parts.facts);
            let says = el(Tag::P).class("ww-s ww-2").text(&t("cannot_show_says"));
            let cannot =
                el(Tag::Section).class("ww-pad ww-rule").child(&fold(&t("cannot_show"), [says]).flag(Flag::Open, true));
            let [lines, spoken] = self.timeline.elements();
            self.main.fill([&head, &self.parts.notes, lines, spoken, &self.parts.links, &cannot]);
            popup.foot_slot(Some(&self.mute));
        }
        self.parts.summary.fill([summary::summary(message, popup.known(self.id), is_judged(detail), now)]);
        let same_facts =
            before.as_ref().is_some_and(|before| (&before.message.content, &before.trust) == (&message.content, &detail.trust));
        if !same_facts {
            self.parts.facts.fill([summary::facts(detail, now)]);
        }
        self.parts.notes.fill(notes(&popup, detail));
        self.mute.fill_text(&t(if message.muted { "unmute" } else { "mute" }));
        self.timeline.draw(detail, now);
        self.parts.links.fill(links::links(detail, now));
        if before.is_none() {
            self.long_subject(message);
        }
        drop(drawn);
        self.watch();
    }

    /// Draws what depends on the clock or on what a person did.
    fn redraw(&self) {
        if let Some(detail) = self.drawn.borrow().as_ref() {
            let now = now();
            self.timeline.draw(detail, now);
            self.parts.links.fill(links::links(detail, now));
        }
        self.watch();
    }

    /// While a check runs it is looked at now and then; when it is over the backend is asked what it was.
    fn watch(&self) {
        let Some(until) = self.timeline.until() else {
            self.clock.take();
            return;
        };
        let left = until.saturating_sub(now()).max(0);
        let wait = if left > LOOK { LOOK } else { left + SETTLED };
        let weak = self.this.clone();
        let timer = Timeout::new(u32::try_from(wait).unwrap_or(5_000), move || {
            let Some(detail) = weak.upgrade() else { return };
            detail.redraw();
            if left <= LOOK {
                detail.load();
            }
        });
        *self.clock.borrow_mut() = Some(timer);
    }

    /// No more news of this mail, or news again. The button says which of the two it would do.
    fn mute(&self) {
        let Some(muted) = self.drawn.borrow().as_ref().map(|detail| !detail.message.muted) else { return };
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            match ask(&ToWorker::Mute { id: this.id, muted }).await {
                Ok(_) => {
                    let changed = this.drawn.borrow().clone().map(|mut detail| {
                        detail.message.muted = muted;
                        detail
                    });
                    if let Some(detail) = changed {
                        this.draw(detail);
                    }
                }
                Err(fault) => {
                    if let Some(popup) = this.popup.upgrade() {
                        popup.complain(&fault);
                    }
                }
            }
        });
    }

    fn bar_actions(&self, message: &Message) {
        let subject = message.content.subject.trim().to_owned();
        if subject.is_empty() {
            self.title.fill_text(&t("no_subject"));
        } else {
            self.title.fill([el(Tag::Bdi).text(&subject)]);
        }
        if let Some(thread) = GmailThread::new(&message.sender, &message.gmail) {
            let name = t("open_in_gmail");
            let open = el(Tag::A)
                .class("ww-icon")
                .href(&Href::Gmail(thread))
                .set(Attr::AriaLabel, &name)
                .set(Attr::Title, &name)
                .child(&icon(Icon::EXTERNAL));
            self.bar.add(open.as_ref());
        }
        let (weak, id) = (self.popup.clone(), self.id);
        let delete = icon_button(Icon::TRASH, &t("mail_delete")).on(&self.scope, "click", move |_| {
            if let Some(popup) = weak.upgrade() {
                popup.delete(id, &subject);
            }
        });
        self.bar.add(delete.as_ref());
    }

    /// The whole subject, when the bar could not hold it.
    fn long_subject(&self, message: &Message) {
        let title = self.title.node();
        if title.scroll_width() <= title.client_width() {
            return;
        }
        let whole = el(Tag::P).class("ww-whole-subject").foreign(message.content.subject.trim());
        if let Some(first) = self.main.node().first_element_child() {
            // Fails only when `first` is no child.
            let _ = first.insert_before(whole.as_ref(), first.first_child().as_ref());
        }
    }
}

/// What must be known beside it.
fn notes(popup: &Popup, detail: &MessageDetail) -> Vec<El> {
    let message = &detail.message;
    let mut notes = Vec::new();
    if let Some(Link::Down { since, .. }) = popup.status().and_then(|status| status.link.clone()) {
        let from = Value::Own(short_moment(since, now()));
        notes.push(note(Weight::Info, Icon::NOLINK, rich("note_as_of", &[from]), &[]));
    }
    if !detail.hits.is_empty() && !is_judged(detail) {
        notes.push(note(Weight::Info, Icon::INFO, rich("no_verdicts", &[]), &[]));
    }
    if message.muted {
        notes.push(note(Weight::Info, Icon::QUIET, rich("mute_says", &[]), &[]));
    }
    if sender_among(&message.sender, &message.content.recipients) {
        notes.push(note(Weight::Info, Icon::SELF, rich("note_self_among", &[]), &[]));
    }
    notes
}
