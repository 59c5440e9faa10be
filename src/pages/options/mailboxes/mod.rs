//! Mailboxes that mails go out from later: which there are, how they are, what was done in them, and how to connect one.
//!
//! What must hold:
//! - A password is sent once and kept nowhere: the field is emptied when it was used, and when the form is closed.
//! - What Google is asked for stands there before anything is asked, right by right, each with its reason.
//! - What is being typed survives news: cards stay the same elements as long as their mailbox is there.

mod card;
mod connect;
mod ledger;
mod steps;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Mailbox, Mailboxes};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::Options;
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Scope, Tag, el, window};
use crate::pages::text::t;
use crate::pages::widgets::{fault_words, ghosts};
use card::Card;
use connect::Connect;

/// The section.
pub(super) struct Section {
    this: Weak<Section>,
    page: Weak<Options>,
    root: El,
    say: El,
    list: El,
    connect: Rc<Connect>,
    cards: RefCell<Vec<Rc<Card>>>,
    /// Ids of those that are about to be disconnected, unless that is taken back.
    dropping: RefCell<Vec<uuid::Uuid>>,
    turn: Cell<u32>,
    connected: Cell<bool>,
    scope: Scope,
}

impl Section {
    /// The section, as yet empty.
    pub(super) fn new(page: &Weak<Options>) -> Rc<Self> {
        let section = Rc::new_cyclic(|this| {
            let (say, list) = (el(Tag::P).class("ww-s ww-2"), el(Tag::Div).class("ww-stack"));
            let connect = Connect::new(this);
            let root = el(Tag::Div).class("ww-stack").child(&say).child(&list).child(connect.element());
            Self {
                this: this.clone(),
                page: page.clone(),
                root,
                say,
                list,
                connect,
                cards: RefCell::default(),
                dropping: RefCell::default(),
                turn: Cell::new(0),
                connected: Cell::new(false),
                scope: Scope::default(),
            }
        });
        // Whoever comes back from Google's page finds the mailbox here.
        let weak = Rc::downgrade(&section);
        section.scope.listen(&window(), "focus", move |_| {
            if let Some(section) = weak.upgrade().filter(|section| section.connected.get()) {
                section.load();
            }
        });
        section.connect.element().show(false);
        section
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Shows the mailboxes, or that there is no server to ask.
    pub(super) fn show(&self, connected: bool) {
        self.connected.set(connected);
        if connected {
            self.load();
            return;
        }
        self.turn.set(self.turn.get().wrapping_add(1));
        self.say.fill_text(&t("mailbox_unasked"));
        self.cards.borrow_mut().clear();
        self.list.clear();
        self.connect.element().show(false);
    }

    /// Asks for the mailboxes.
    pub(super) fn load(&self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        if self.say.node().first_child().is_none() {
            self.list.fill([ghosts(1)]);
        }
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::Mailboxes).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok(LaterAnswer::Mailboxes { mailboxes }) => this.fill(mailboxes),
                Ok(_) => this.fail(&Fault::Internal { detail: "mailboxes".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn fill(&self, mailboxes: Mailboxes) {
        let Mailboxes { mailboxes, google } = mailboxes;
        let gone = self.dropping.borrow().clone();
        let mailboxes: Vec<Mailbox> = mailboxes.into_iter().filter(|mailbox| !gone.contains(&mailbox.id)).collect();
        self.say.fill_text(&t(if mailboxes.is_empty() { "mailbox_none" } else { "mailbox_say" }));
        let before = self.cards.take();
        let Some(this) = self.this.upgrade() else { return };
        let same = before.iter().map(|card| card.id()).eq(mailboxes.iter().map(|mailbox| mailbox.id));
        let cards: Vec<Rc<Card>> = mailboxes
            .into_iter()
            .map(|mailbox| match before.iter().find(|card| card.id() == mailbox.id) {
                Some(card) => {
                    card.set(mailbox);
                    Rc::clone(card)
                }
                None => Card::new(&this, mailbox),
            })
            .collect();
        if !same || before.is_empty() {
            self.list.fill(cards.iter().map(|card| card.element()));
        }
        self.connect.offer(google, cards.is_empty());
        self.connect.element().show(true);
        *self.cards.borrow_mut() = cards;
    }

    fn fail(&self, fault: &Fault) {
        if self.cards.borrow().is_empty() {
            self.list.clear();
            self.say.clear();
            self.say.add(el(Tag::Span).set(Attr::Role, "status").text(&fault_words(fault)).as_ref());
            self.connect.element().show(false);
        }
    }

    /// Whom to tell what goes wrong in passing, and what takes back.
    fn page(&self) -> Option<Rc<Options>> {
        self.page.upgrade()
    }
}
