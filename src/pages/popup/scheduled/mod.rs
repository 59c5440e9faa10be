//! Mails that go out later: what needs the user, what waits, what went.
//!
//! What must hold:
//! - What needs the user stands on top, with the server's words and the ways out.
//! - A card stays the same element as long as its mail is there, so that folds, typing and focus survive news.
//! - When the backend is away, what is shown is from then and says so.

mod card;
mod change;
mod desk;
mod empty;
mod flight;
mod history;
mod words;

pub(super) use empty::connection_note;
pub(super) use words::text;
pub(in crate::pages) use words::{said, trouble};

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, Scheduled, ScheduledList, ScheduledPage};
use waxwing_protocol::page::{Fault, FromWorker, LaterAnswer, LaterToWorker};

use super::frame::{bar, tabs};
use super::section::{Listed, Section};
use super::{PATIENCE, Popup, Route, Screen};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{El, Scope, Tag, el};
use crate::pages::now;
use crate::pages::say::needs_you;
use crate::pages::text::t;
use crate::pages::widgets::{button, ghosts};
use card::Card;
use desk::Desk;
pub(super) use history::screen as history;

/// So many of those that are over are shown before "All history".
const LAST: usize = 3;
/// Milliseconds that news are waited for: a mail on its way out brings several.
const GATHER: u32 = 300;

/// A page of a list.
async fn ask_page(list: ScheduledList, before: Option<String>) -> Result<(ScheduledPage, Option<Millis>), Fault> {
    match ask_later(&LaterToWorker::List { list, before }).await? {
        LaterAnswer::Page { page, from_cache_of } => Ok((page, from_cache_of)),
        _ => Err(Fault::Internal { detail: "list".to_owned() }),
    }
}

/// What was loaded.
#[derive(Default)]
struct Loaded {
    mails: Vec<Scheduled>,
    next: Option<String>,
    waiting: u32,
    from_cache_of: Option<Millis>,
}

struct Tab {
    this: Weak<Tab>,
    popup: Rc<Popup>,
    desk: Rc<Desk>,
    notes: El,
    needs: Section,
    waiting: Section,
    sent: Section,
    more: El,
    tail: El,
    cards: RefCell<HashMap<Uuid, Rc<Card>>>,
    loaded: RefCell<Option<Loaded>>,
    done: RefCell<Option<Vec<Scheduled>>>,
    /// How many pages of what waits are shown.
    pages: Cell<u32>,
    turn: Cell<u32>,
    /// What is over is being asked for: a mail that is in neither list may be in it.
    halfway: Cell<bool>,
    gathering: RefCell<Option<Timeout>>,
    patience: RefCell<Option<Timeout>>,
    scope: Scope,
}

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let weak = Rc::downgrade(popup);
    let all = el(Tag::A).href(&crate::pages::dom::Href::Own("#scheduled/all")).text(&t("sched_history"));
    scope.listen(all.node(), "click", move |event| {
        event.prevent_default();
        if let Some(popup) = weak.upgrade() {
            popup.go(Route::History);
        }
    });
    let tab = Rc::new_cyclic(|this: &Weak<Tab>| Tab {
        this: this.clone(),
        popup: Rc::clone(popup),
        desk: Desk::new(popup, false),
        notes: el(Tag::Div),
        needs: Section::new("sched_needs", "ww-pad ww-stack ww-notop ww-needs", None),
        waiting: Section::new("sched_waiting", "ww-list", None),
        sent: Section::new("sched_sent_head", "ww-list", Some(&all)),
        more: button("ww-btn ww-next", &t("sched_more_pages")),
        tail: el(Tag::Div).class("tail"),
        cards: RefCell::default(),
        loaded: RefCell::default(),
        done: RefCell::default(),
        pages: Cell::new(1),
        turn: Cell::new(0),
        halfway: Cell::new(false),
        gathering: RefCell::default(),
        patience: RefCell::default(),
        scope: scope.clone(),
    });
    tab.more.show(false);
    let main = el(Tag::Main)
        .class("screen-main")
        .child(&tab.notes)
        .child(&tab.needs.root)
        .child(&tab.waiting.root.clone().child(&tab.more))
        .child(&tab.sent.root)
        .child(&tab.tail);
    let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::Scheduled)).child(&main);
    tab.start();
    let hear = move |news: &FromWorker| tab.hear(news);
    Screen { root, focus: None, scope, hear: Some(Box::new(hear)) }
}

impl Tab {
    fn start(&self) {
        let (reload, arrange, more, patience) = (self.this.clone(), self.this.clone(), self.this.clone(), self.this.clone());
        let with = |weak: Weak<Tab>, act: fn(&Tab)| {
            move || {
                if let Some(tab) = weak.upgrade() {
                    act(&tab);
                }
            }
        };
        self.desk.serve(with(reload, Tab::load), with(arrange, Tab::arrange));
        let page = with(more, |tab| {
            tab.pages.set(tab.pages.get().saturating_add(1));
            tab.load();
        });
        self.scope.listen(self.more.node(), "click", move |_| page());
        let ghost = with(patience, |tab| {
            if tab.loaded.borrow().is_none() && tab.tail.node().child_element_count() == 0 {
                tab.tail.fill([ghosts(3)]);
            }
        });
        *self.patience.borrow_mut() = Some(Timeout::new(PATIENCE, ghost));
        self.load();
        self.ask_mailboxes();
    }

    fn hear(&self, news: &FromWorker) {
        match news {
            FromWorker::News { event: Event::Scheduled { .. } | Event::Reset } => self.gather(),
            FromWorker::News { event: Event::Mailbox { .. } } => self.ask_mailboxes(),
            FromWorker::News { .. } => {}
            FromWorker::StatusChanged => {
                // Perhaps the backend is there again.
                let old = self.loaded.borrow().as_ref().is_none_or(|loaded| loaded.from_cache_of.is_some());
                if old {
                    self.gather();
                    self.ask_mailboxes();
                }
            }
        }
    }

    /// Loads in a moment: of a row of news only the first leads to a question.
    fn gather(&self) {
        if self.gathering.borrow().is_some() {
            return;
        }
        let weak = self.this.clone();
        *self.gathering.borrow_mut() = Some(Timeout::new(GATHER, move || {
            if let Some(tab) = weak.upgrade() {
                tab.gathering.take();
                tab.load();
            }
        }));
    }

    /// Asks for what waits, as many pages as were shown, and for the last that are over.
    fn load(&self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let mut loaded = Loaded::default();
            for page in 0..this.pages.get() {
                let before = loaded.next.take();
                if page > 0 && before.is_none() {
                    break;
                }
                let answer = ask_page(ScheduledList::Waiting, before).await;
                if this.turn.get() != turn {
                    return;
                }
                match answer {
                    Ok((page, from_cache_of)) => {
                        loaded.mails.extend(page.scheduled);
                        loaded = Loaded { next: page.next, waiting: page.waiting, from_cache_of, ..loaded };
                    }
                    Err(fault) => return this.fail(&fault),
                }
            }
            *this.loaded.borrow_mut() = Some(loaded);
            this.halfway.set(true);
            this.arrange();
            // Without an answer what was shown stays.
            if let Ok((page, _)) = ask_page(ScheduledList::Done, None).await
                && this.turn.get() == turn
            {
                *this.done.borrow_mut() = Some(page.scheduled);
                this.halfway.set(false);
                this.arrange();
            }
        });
    }

    fn ask_mailboxes(&self) {
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            // Without an answer nothing is said of them.
            if let Ok(LaterAnswer::Mailboxes { mailboxes }) = ask_later(&LaterToWorker::Mailboxes).await
                && this.desk.set_mailboxes(mailboxes)
            {
                for card in this.cards.borrow().values() {
                    card.draw();
                }
                this.arrange();
            }
        });
    }

    fn fail(&self, fault: &Fault) {
        self.patience.take();
        if self.loaded.borrow().is_none() {
            let weak = self.this.clone();
            let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
                if let Some(tab) = weak.upgrade() {
                    tab.load();
                }
            });
            self.tail.fill([empty::failed(fault, &again)]);
        } else if let Some(toast) = self.desk.toast() {
            toast.say([words::text(&crate::pages::widgets::fault_words(fault))]);
        }
    }

    /// Shows what was loaded.
    fn arrange(&self) {
        let loaded = self.loaded.borrow();
        let Some(loaded) = loaded.as_ref() else { return };
        self.patience.take();
        let done = self.done.borrow();
        let over = done.iter().flatten().take(LAST).cloned();
        let mut cards = self.cards.borrow_mut();
        let mut card = |mail: Scheduled, open: bool| {
            let id = mail.id;
            let known = cards.get(&id).cloned();
            let card = known.unwrap_or_else(|| Card::new(&self.desk, mail.clone(), open));
            card.set(mail);
            cards.insert(id, Rc::clone(&card));
            card
        };
        let seen = |mail: &&Scheduled| !self.desk.is_hidden(mail.id);
        let (mut needs, mut waiting) = (Vec::new(), Vec::new());
        let first = !self.waiting.root.is_hidden();
        for mail in loaded.mails.iter().filter(seen) {
            if needs_you(mail) {
                needs.push(card(mail.clone(), false));
            } else {
                let open = !first && waiting.is_empty();
                waiting.push(card(mail.clone(), open));
            }
        }
        // They have no time any more by which the backend could order them.
        needs.sort_by_key(|card| std::cmp::Reverse(card.mail().created_at));
        let shown: Vec<Uuid> = loaded.mails.iter().map(|mail| mail.id).collect();
        let over: Vec<_> = over
            .filter(|mail| !shown.contains(&mail.id) && !self.desk.is_hidden(mail.id))
            .map(|mail| card(mail, false))
            .collect();
        let kept: Vec<Uuid> = needs.iter().chain(&waiting).chain(&over).map(|card| card.id()).collect();
        // One that goes from list to list stays the same, open or not.
        cards.retain(|id, _| self.halfway.get() || kept.contains(id) || self.desk.is_hidden(*id));
        drop(cards);
        self.needs.show(&needs, None);
        self.waiting.show(&waiting, Some(loaded.waiting));
        self.sent.show(&over, None);
        self.more.show(loaded.next.is_some());
        let nothing = needs.is_empty() && waiting.is_empty() && over.is_empty() && done.is_some();
        let connection = empty::connection_note(&self.popup, loaded.from_cache_of, now());
        let mailboxes = empty::mailbox_notes(&self.desk, now(), !nothing && loaded.from_cache_of.is_none(), &self.scope);
        self.notes.fill(connection.into_iter().chain(mailboxes));
        if nothing && !loaded.mails.iter().any(|mail| self.desk.is_hidden(mail.id)) {
            self.tail.fill([empty::empty_view(&self.desk, &self.scope)]);
        } else {
            self.tail.clear();
        }
    }
}
