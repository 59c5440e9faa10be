//! The ledger of a mailbox: every access to it, by day, with its reason.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Access, AccessPage, ScheduledList};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::now;
use crate::pages::text::{clock, clock_s, day, iso, local_day, number, t, t_with};
use crate::pages::widgets::{button, fault_words, ghosts};
use crate::told::{access_key, access_why_key};

/// A fold with the ledger of one mailbox in it.
pub(super) struct Ledger {
    mailbox: Uuid,
    days: El,
    more: El,
    tail: El,
    /// The day that the last table is of, and its rows.
    last: RefCell<Option<(i64, El)>>,
    next: Cell<Option<i64>>,
    /// Subjects of scheduled mails, as far as they were asked for.
    names: RefCell<HashMap<Uuid, String>>,
    busy: Cell<bool>,
    scope: Scope,
}

impl Ledger {
    /// The closed fold; what is in it is asked for when it is opened.
    pub(super) fn fold(mailbox: Uuid) -> El {
        let ledger = Rc::new(Self {
            mailbox,
            days: el(Tag::Div).class("ww-stack"),
            more: button("ww-btn", &t("sched_more_pages")),
            tail: el(Tag::Div),
            last: RefCell::default(),
            next: Cell::new(None),
            names: RefCell::default(),
            busy: Cell::new(false),
            scope: Scope::default(),
        });
        ledger.more.show(false);
        let summary = el(Tag::Summary).child(&icon(Icon::RIGHT)).text(&t("ledger"));
        let says = el(Tag::P).class("ww-hint").text(&t("ledger_says"));
        let inside =
            el(Tag::Div).class("ww-stack ww-in-fold").child(&says).child(&ledger.days).child(&ledger.tail).child(&ledger.more);
        let root = el(Tag::Details).class("ww-fold").child(&summary).child(&inside);
        let (fold, opened) = (root.clone(), Rc::clone(&ledger));
        let scope = ledger.scope.clone();
        scope.listen(root.node(), "toggle", move |_| {
            // The listener holds the ledger as long as its fold is there.
            if fold.node().has_attribute("open") {
                opened.open();
            }
        });
        let weak = Rc::downgrade(&ledger);
        scope.listen(ledger.more.node(), "click", move |_| {
            if let Some(ledger) = weak.upgrade() {
                ledger.load();
            }
        });
        root
    }

    /// Asks anew: what was done since is on top.
    fn open(self: &Rc<Self>) {
        self.days.clear();
        self.last.take();
        self.next.set(None);
        self.more.show(false);
        let this = Rc::clone(self);
        spawn_local(async move {
            this.learn_names().await;
            this.load();
        });
    }

    /// Asks for a page.
    fn load(self: &Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        self.tail.fill([ghosts(2)]);
        let this = Rc::clone(self);
        spawn_local(async move {
            let question = LaterToWorker::Access { id: this.mailbox, before: this.next.get() };
            let answer = ask_later(&question).await;
            this.busy.set(false);
            this.tail.clear();
            match answer {
                Ok(LaterAnswer::Access { page }) => this.add(page),
                Ok(_) => this.fail(&Fault::Internal { detail: "access".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    /// What the mails are called that are on the first pages of both lists.
    async fn learn_names(&self) {
        for list in [ScheduledList::Waiting, ScheduledList::Done] {
            // A mail that is not found there is named by its number.
            if let Ok(LaterAnswer::Page { page, .. }) = ask_later(&LaterToWorker::List { list, before: None }).await {
                let subjects = page.scheduled.into_iter().map(|mail| (mail.id, mail.content.subject));
                self.names.borrow_mut().extend(subjects);
            }
        }
    }

    fn fail(&self, fault: &Fault) {
        self.tail.fill([el(Tag::P).class("ww-err").set(Attr::Role, "alert").text(&fault_words(fault))]);
    }

    fn add(&self, page: AccessPage) {
        let now = now();
        let none = page.entries.is_empty() && self.last.borrow().is_none();
        for entry in page.entries {
            self.rows(entry.at, now).add(self.row(&entry).as_ref());
        }
        if none {
            self.tail.fill([el(Tag::P).class("ww-s ww-2").text(&t("ledger_none"))]);
        }
        self.more.show(page.next.is_some());
        self.next.set(page.next);
    }

    /// The rows of the table of that day, which is made when it is the first of it.
    fn rows(&self, at: Millis, now: Millis) -> El {
        let number = local_day(at);
        if let Some((_, rows)) = self.last.borrow().as_ref().filter(|(last, _)| *last == number) {
            return rows.clone();
        }
        let head = ["ledger_time", "ledger_what", "ledger_why", "ledger_mail"];
        let head = el(Tag::Tr).children(head.map(|key| el(Tag::Th).set(Attr::Scope, "col").text(&t(key))));
        let rows = el(Tag::Tbody);
        let title = day(at, now);
        let table = el(Tag::Table)
            .class("ww-table ww-tight ww-ledger")
            .set(Attr::AriaLabel, &title)
            .child(&el(Tag::Thead).child(&head))
            .child(&rows);
        self.days
            .add(el(Tag::Div).class("ww-scroll").child(&el(Tag::H3).class("ww-label").text(&title)).child(&table).as_ref());
        *self.last.borrow_mut() = Some((number, rows.clone()));
        rows
    }

    fn row(&self, entry: &Access) -> El {
        let what = el(Tag::Td).text(&t(access_key(entry.action)));
        let what = if entry.ok { what } else { what.text(" ").child(&el(Tag::Span).class("t-bad").text(&t("ledger_failed"))) };
        // What is asked all day is one line.
        let what = match entry.last_at.filter(|_| entry.times > 1) {
            None => what,
            Some(last) => {
                let times = t_with("ledger_times", &[&number(entry.times), &clock(last)]);
                what.child(&el(Tag::Div).class("ww-s ww-2").text(&times))
            }
        };
        let mail = el(Tag::Td).class("ww-any");
        let mail = match entry.scheduled {
            None => mail.text("–"),
            Some(id) => match self.names.borrow().get(&id).map(|subject| subject.trim()) {
                Some("") => mail.text(&t("no_subject")),
                Some(subject) => mail.foreign(&subject.chars().take(120).collect::<String>()),
                None => mail.child(&el(Tag::Code).text(&id.to_string().chars().take(8).collect::<String>())),
            },
        };
        let time = el(Tag::Time).set(Attr::DateTime, &iso(entry.at)).text(&clock_s(entry.at));
        el(Tag::Tr)
            .child(&el(Tag::Td).child(&time))
            .child(&what)
            .child(&el(Tag::Td).text(&t(access_why_key(entry.reason))))
            .child(&mail)
    }
}
