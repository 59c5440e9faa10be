//! Mails whose answer is waited for: what came back or did not arrive, what waits, what was answered.
//!
//! What must hold:
//! - What needs the user stands on top.
//! - A card stays the same element as long as its mail is there, so that typing and focus survive news.
//! - When the backend is away, what is shown is from then and says so.

mod card;
mod desk;
mod empty;
mod time;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Event, WaitingList, WaitingMail, WaitingOrder, WaitingPage};
use waxwing_protocol::page::{Fault, FromWorker, LaterAnswer, LaterToWorker, RefusedReminder};

use super::frame::{bar, tabs};
use super::scheduled::{connection_note, text};
use super::section::Section;
use super::{PATIENCE, Popup, Route, Screen};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Scope, Tag, el};
use crate::pages::now;
use crate::pages::text::t;
use crate::pages::widgets::{button, fault_words, ghosts};
use card::{Card, Of, Stands};
use desk::Desk;

/// So many of those that were answered are shown before "Show more".
const LAST: usize = 3;
/// Milliseconds that news are waited for.
const GATHER: u32 = 300;

/// A page of a list.
struct Asked {
    page: WaitingPage,
    from_cache_of: Option<Millis>,
    refused: Vec<RefusedReminder>,
}

async fn ask_page(list: WaitingList, order: WaitingOrder, before: Option<String>) -> Result<Asked, Fault> {
    match ask_later(&LaterToWorker::Waiting { list, order, before }).await? {
        LaterAnswer::Waiting { page, from_cache_of, refused } => Ok(Asked { page, from_cache_of, refused }),
        _ => Err(Fault::Internal { detail: "waiting".to_owned() }),
    }
}

/// What was loaded.
#[derive(Default)]
struct Loaded {
    refused: Vec<RefusedReminder>,
    back: Vec<WaitingMail>,
    waiting: Vec<WaitingMail>,
    next: Option<String>,
    count: u32,
    from_cache_of: Option<Millis>,
}

struct Tab {
    this: Weak<Tab>,
    popup: Rc<Popup>,
    desk: Rc<Desk>,
    notes: El,
    back: Section,
    waiting: Section,
    answered: Section,
    /// The order of what waits, and what changes it.
    order: Cell<WaitingOrder>,
    turn_order: El,
    more: El,
    more_answered: El,
    tail: El,
    cards: RefCell<HashMap<Uuid, Rc<Card>>>,
    loaded: RefCell<Option<Loaded>>,
    done: RefCell<Option<Vec<WaitingMail>>>,
    /// How many pages of what waits are shown.
    pages: Cell<u32>,
    /// All that were answered last are shown, not only a few.
    all_answered: Cell<bool>,
    turn: Cell<u32>,
    gathering: RefCell<Option<Timeout>>,
    patience: RefCell<Option<Timeout>>,
    scope: Scope,
}

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let turn_order = button("ww-link", &t("waiting_longest")).set(Attr::DataAct, "order");
    let tab = Rc::new_cyclic(|this: &Weak<Tab>| Tab {
        this: this.clone(),
        popup: Rc::clone(popup),
        desk: Desk::new(popup),
        notes: el(Tag::Div),
        back: Section::new("waiting_back", "ww-list", None),
        waiting: Section::new("waiting_for", "ww-list", Some(&turn_order)),
        answered: Section::new("waiting_answered", "ww-list", None),
        order: Cell::default(),
        turn_order,
        more: button("ww-btn ww-next", &t("sched_more_pages")),
        more_answered: button("ww-btn ww-next", &t("sched_more_pages")),
        tail: el(Tag::Div).class("tail"),
        cards: RefCell::default(),
        loaded: RefCell::default(),
        done: RefCell::default(),
        pages: Cell::new(1),
        all_answered: Cell::new(false),
        turn: Cell::new(0),
        gathering: RefCell::default(),
        patience: RefCell::default(),
        scope: scope.clone(),
    });
    tab.more.show(false);
    tab.more_answered.show(false);
    let main = el(Tag::Main)
        .class("screen-main")
        .child(&tab.notes)
        .child(&tab.back.root)
        .child(&tab.waiting.root.clone().child(&tab.more))
        .child(&tab.answered.root.clone().child(&tab.more_answered))
        .child(&tab.tail);
    let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::Waiting)).child(&main);
    tab.start();
    let hear = move |news: &FromWorker| tab.hear(news);
    Screen { root, focus: None, scope, hear: Some(Box::new(hear)) }
}

impl Tab {
    /// Something that is called later, as long as the tab is there.
    fn later(&self, act: fn(&Self)) -> impl Fn() + 'static {
        let weak = self.this.clone();
        move || {
            if let Some(tab) = weak.upgrade() {
                act(&tab);
            }
        }
    }

    fn start(&self) {
        self.desk.serve(self.later(Self::load), self.later(Self::arrange));
        let (page, all, around) = (self.later(Self::next_page), self.later(Self::show_answered), self.later(Self::turn_around));
        self.scope.listen(self.more.node(), "click", move |_| page());
        self.scope.listen(self.more_answered.node(), "click", move |_| all());
        self.scope.listen(self.turn_order.node(), "click", move |_| around());
        let ghost = self.later(|tab| {
            if tab.loaded.borrow().is_none() && tab.tail.node().child_element_count() == 0 {
                tab.tail.fill([ghosts(3)]);
            }
        });
        *self.patience.borrow_mut() = Some(Timeout::new(PATIENCE, ghost));
        self.load();
        self.ask_mailboxes();
    }

    fn next_page(&self) {
        self.pages.set(self.pages.get().saturating_add(1));
        self.load();
    }

    fn show_answered(&self) {
        self.all_answered.set(true);
        self.arrange();
    }

    /// The other order of what waits.
    fn turn_around(&self) {
        let (order, words) = match self.order.get() {
            WaitingOrder::Oldest => (WaitingOrder::Newest, "waiting_newest"),
            WaitingOrder::Newest => (WaitingOrder::Oldest, "waiting_longest"),
        };
        self.order.set(order);
        self.turn_order.fill_text(&t(words));
        self.pages.set(1);
        self.load();
    }

    fn hear(&self, news: &FromWorker) {
        match news {
            FromWorker::News { event: Event::Waiting { .. } | Event::News { .. } | Event::Deleted { .. } | Event::Reset } => {
                self.gather();
            }
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
        let load = self.later(|tab| {
            tab.gathering.take();
            tab.load();
        });
        *self.gathering.borrow_mut() = Some(Timeout::new(GATHER, load));
    }

    /// Asks for what needs the user, what waits (as many pages as were shown) and what was answered last.
    fn load(&self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let loaded = this.ask(turn).await;
            if this.turn.get() != turn {
                return;
            }
            match loaded {
                Ok(loaded) => *this.loaded.borrow_mut() = Some(loaded),
                Err(fault) => return this.fail(&fault),
            }
            this.arrange();
            // Without an answer what was shown stays.
            let answered = ask_page(WaitingList::Answered, WaitingOrder::Newest, None).await;
            if this.turn.get() == turn {
                match answered {
                    Ok(asked) => *this.done.borrow_mut() = Some(asked.page.mails),
                    Err(_) => drop(this.done.borrow_mut().get_or_insert_default()),
                }
                this.arrange();
            }
        });
    }

    async fn ask(&self, turn: u32) -> Result<Loaded, Fault> {
        let order = self.order.get();
        let back = ask_page(WaitingList::Back, WaitingOrder::Newest, None).await?;
        let mut loaded = Loaded { refused: back.refused, back: back.page.mails, ..Loaded::default() };
        for page in 0..self.pages.get() {
            let before = loaded.next.take();
            if self.turn.get() != turn || (page > 0 && before.is_none()) {
                break;
            }
            let asked = ask_page(WaitingList::Waiting, order, before).await?;
            loaded.waiting.extend(asked.page.mails);
            loaded.next = asked.page.next;
            loaded.count = asked.page.waiting;
            loaded.from_cache_of = asked.from_cache_of;
        }
        Ok(loaded)
    }

    fn ask_mailboxes(&self) {
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            // Without an answer nothing is said of them.
            if let Ok(LaterAnswer::Mailboxes { mailboxes }) = ask_later(&LaterToWorker::Mailboxes).await {
                this.desk.set_mailboxes(mailboxes);
                this.arrange();
            }
        });
    }

    fn fail(&self, fault: &Fault) {
        self.patience.take();
        if self.loaded.borrow().is_none() {
            let load = self.later(Self::load);
            let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| load());
            self.tail.fill([empty::failed(fault, &again)]);
        } else if let Some(toast) = self.desk.toast() {
            toast.say([text(&fault_words(fault))]);
        }
    }

    /// Shows what was loaded.
    fn arrange(&self) {
        let loaded = self.loaded.borrow();
        let Some(loaded) = loaded.as_ref() else { return };
        self.patience.take();
        let done = self.done.borrow();
        let mut cards = self.cards.borrow_mut();
        let mut shown: Vec<Uuid> = Vec::new();
        let mut card = |of: Of, id: Uuid| {
            if shown.contains(&id) || self.desk.is_hidden(id) {
                return None;
            }
            shown.push(id);
            let card = cards.entry(id).or_insert_with(|| Card::new(&self.desk, of.clone()));
            card.show(of);
            Some(Rc::clone(card))
        };
        let mail = |mail: &WaitingMail, stands: Stands| (Of::Mail(Box::new(mail.clone()), stands), mail.id);
        let refused = loaded.refused.iter().map(|refused| (Of::Refused(Box::new(refused.clone())), refused.id));
        let back = loaded.back.iter().map(|it| mail(it, Stands::Back));
        let back: Vec<_> = refused.chain(back).filter_map(|(of, id)| card(of, id)).collect();
        let waiting: Vec<_> =
            loaded.waiting.iter().map(|it| mail(it, Stands::Waiting)).filter_map(|(of, id)| card(of, id)).collect();
        let most = if self.all_answered.get() { usize::MAX } else { LAST };
        let answered: Vec<_> =
            done.iter().flatten().take(most).map(|it| mail(it, Stands::Answered)).filter_map(|(of, id)| card(of, id)).collect();
        cards.retain(|id, _| shown.contains(id) || self.desk.is_hidden(*id));
        drop(cards);
        self.back.show(&back, None);
        self.waiting.show(&waiting, Some(loaded.count));
        self.answered.show(&answered, None);
        self.more.show(loaded.next.is_some());
        self.more_answered.show(done.as_ref().is_some_and(|done| done.len() > most));
        let nothing = back.is_empty() && waiting.is_empty() && answered.is_empty() && done.is_some();
        let hidden = loaded.back.iter().chain(&loaded.waiting).any(|mail| self.desk.is_hidden(mail.id));
        let mailboxes = self.desk.mailboxes();
        let connection = connection_note(&self.popup, loaded.from_cache_of, now());
        let none_too = !nothing && loaded.from_cache_of.is_none();
        self.notes.fill(connection.into_iter().chain(empty::mailbox_notes(mailboxes.as_ref(), none_too)));
        if nothing && !hidden {
            self.tail.fill([empty::empty_view(mailboxes.as_ref())]);
        } else {
            self.tail.clear();
        }
    }
}
