//! All scheduled mails that are over, newest first, each with its flight recorder.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Event, ScheduledList};
use waxwing_protocol::page::{Fault, FromWorker, LaterAnswer, LaterToWorker};

use super::super::frame::back_bar;
use super::super::section::Listed as _;
use super::super::{Popup, Route, Screen};
use super::card::Card;
use super::desk::Desk;
use super::{ask_page, empty};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{El, Icon, Scope, Tag, el};
use crate::pages::text::{rich, t};
use crate::pages::widgets::{button, empty as empty_words, ghosts};

struct History {
    this: Weak<History>,
    desk: Rc<Desk>,
    list: El,
    more: El,
    tail: El,
    cards: RefCell<Vec<Rc<Card>>>,
    next: RefCell<Option<String>>,
    turn: Cell<u32>,
    scope: Scope,
}

/// The screen.
pub(in crate::pages::popup) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let title = el(Tag::H1).class("ww-cut").text(&t("sched_history_title"));
    let (bar, back) = back_bar(popup, &scope, &title, Route::Scheduled);
    let history = Rc::new_cyclic(|this| History {
        this: Weak::clone(this),
        desk: Desk::new(popup, true),
        list: el(Tag::Ul).class("ww-list"),
        more: button("ww-btn ww-next", &t("sched_more_pages")),
        tail: el(Tag::Div).class("tail").child(&ghosts(3)),
        cards: RefCell::default(),
        next: RefCell::default(),
        turn: Cell::new(0),
        scope: scope.clone(),
    });
    history.more.show(false);
    let main = el(Tag::Main).class("screen-main").child(&history.list).child(&history.more).child(&history.tail);
    let weak = Rc::downgrade(&history);
    scope.listen(history.more.node(), "click", move |_| {
        if let Some(history) = weak.upgrade() {
            history.load(false);
        }
    });
    let weak = Rc::downgrade(&history);
    let reload = move || {
        if let Some(history) = weak.upgrade() {
            history.load(true);
        }
    };
    history.desk.serve(reload, || {});
    history.load(true);
    history.ask_mailboxes();
    let root = el(Tag::Div).class("screen").child(&bar).child(&main);
    let hear = move |news: &FromWorker| {
        if let FromWorker::News { event: Event::Scheduled { scheduled, .. } } = news {
            let known = history.cards.borrow().iter().any(|card| card.id() == *scheduled);
            // A new one is seen when this is opened again: the list does not jump.
            if known {
                history.load(true);
            }
        }
    };
    Screen { root, focus: Some(back), scope, hear: Some(Box::new(hear)) }
}

impl History {
    /// Asks for the first page, or for the next one.
    fn load(&self, first: bool) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let before = if first { None } else { self.next.borrow().clone() };
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let answer = ask_page(ScheduledList::Done, before).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok((page, _)) => {
                    if first {
                        this.cards.borrow_mut().clear();
                        this.list.clear();
                    }
                    for mail in page.scheduled {
                        let card = Card::new(&this.desk, mail, false);
                        this.list.add(card.element().as_ref());
                        this.cards.borrow_mut().push(card);
                    }
                    this.more.show(page.next.is_some());
                    *this.next.borrow_mut() = page.next;
                    this.tail.clear();
                    if this.cards.borrow().is_empty() {
                        let title = rich("sched_history_none", &[]);
                        this.tail.fill([empty_words(Some(Icon::CLOCK), title, "", &[])]);
                    }
                }
                Err(fault) => this.fail(&fault, first),
            }
        });
    }

    fn ask_mailboxes(&self) {
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            if let Ok(LaterAnswer::Mailboxes { mailboxes }) = ask_later(&LaterToWorker::Mailboxes).await
                && this.desk.set_mailboxes(mailboxes)
            {
                for card in this.cards.borrow().iter() {
                    card.draw();
                }
            }
        });
    }

    fn fail(&self, fault: &Fault, first: bool) {
        let weak = self.this.clone();
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(history) = weak.upgrade() {
                history.load(first);
            }
        });
        self.tail.fill([empty::failed(fault, &again)]);
    }
}
