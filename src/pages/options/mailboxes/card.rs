//! One mailbox: how it is, what it may do, how many mails a day, its ledger, and the way out.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Mailbox, MailboxKind, MailboxSettings, MailboxState};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::Section;
use super::ledger::Ledger;
use super::steps::steps;
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::now;
use crate::pages::popup::scheduled::trouble;
use crate::pages::text::{Value, day, number, rich, short_moment, t, t_with};
use crate::pages::widgets::{button, fault_words};

/// No mailbox sends more mails a day.
const MOST: u32 = 2000;

/// A mailbox.
pub(super) struct Card {
    this: Weak<Card>,
    section: Weak<Section>,
    mailbox: RefCell<Mailbox>,
    root: El,
    head: El,
    facts: El,
    limit: El,
    limit_says: El,
    tried: El,
    busy: Cell<bool>,
    /// Listeners of what is drawn anew.
    drawn: RefCell<Scope>,
    scope: Scope,
}

impl Card {
    /// The card of a mailbox.
    pub(super) fn new(section: &Rc<Section>, mailbox: Mailbox) -> Rc<Self> {
        let scope = Scope::default();
        let (id, address) = (mailbox.id, mailbox.address.clone());
        let (limit_id, says_id) = (format!("limit-{id}"), format!("limit-says-{id}"));
        let limit = el(Tag::Input)
            .class("ww-input ww-number")
            .set(Attr::Type, "number")
            .set(Attr::InputMode, "numeric")
            .set(Attr::Id, &limit_id)
            .set(Attr::AriaDescribedby, &says_id);
        let limit_says = el(Tag::P).class("ww-hint").set(Attr::Id, &says_id);
        let label = el(Tag::Label).class("ww-label").set(Attr::For, &limit_id).text(&t("mailbox_limit"));
        let field = el(Tag::Div).class("ww-field").child(&label).child(&limit).child(&limit_says);
        let test = button("ww-btn", &t("mailbox_test")).set(Attr::AriaLabel, &t_with("mailbox_test_name", &[&address]));
        let leave =
            button("ww-btn ww-btn-danger", &t("disconnect")).set(Attr::AriaLabel, &t_with("mailbox_drop_name", &[&address]));
        let (head, facts, tried) = (el(Tag::Div).class("box-top"), el(Tag::Div), el(Tag::Div));
        let ledger = Ledger::fold(id);
        let root = el(Tag::Div)
            .class("ww-card box")
            .set(Attr::DataId, &id.to_string())
            .child(&head)
            .child(&facts)
            .child(&field)
            .child(&el(Tag::Div).class("ww-row-btns").child(&test).child(&leave))
            .child(&tried)
            .child(&el(Tag::P).class("ww-hint").text(&t(match mailbox.kind {
                MailboxKind::Gmail => "mailbox_drop_says_gmail",
                MailboxKind::Imap => "mailbox_drop_says_imap",
            })))
            .child(&ledger);
        let card = Rc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            section: Rc::downgrade(section),
            mailbox: RefCell::new(mailbox),
            root,
            head,
            facts,
            limit,
            limit_says,
            tried,
            busy: Cell::new(false),
            drawn: RefCell::default(),
            scope,
        });
        let listen = |target: &El, event: &'static str, act: fn(&Card)| {
            let weak = Rc::downgrade(&card);
            card.scope.listen(target.node(), event, move |_| {
                if let Some(card) = weak.upgrade() {
                    act(&card);
                }
            });
        };
        listen(&card.limit, "change", Card::set_limit);
        listen(&test, "click", Card::test);
        listen(&leave, "click", Card::leave);
        card.draw();
        card.fill_limit(false);
        card
    }

    /// Its element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Its mailbox's id.
    pub(super) fn id(&self) -> Uuid {
        self.mailbox.borrow().id
    }

    /// Shows how it is now. What is being typed stays.
    pub(super) fn set(&self, mailbox: Mailbox) {
        if *self.mailbox.borrow() == mailbox {
            return;
        }
        *self.mailbox.borrow_mut() = mailbox;
        self.draw();
        if !self.limit.has_focus() {
            self.fill_limit(false);
        }
    }

    fn draw(&self) {
        let scope = Scope::default();
        let mailbox = self.mailbox.borrow();
        let now = now();
        let kind = t(match mailbox.kind {
            MailboxKind::Gmail => "mailbox_kind_gmail",
            MailboxKind::Imap => "mailbox_kind_imap",
        });
        let (class, sign, words) = match &mailbox.state {
            MailboxState::Ok => ("t-ok", Icon::CHECK, t("mailbox_ok")),
            MailboxState::SignIn { since, trouble: which } => {
                ("t-warn", Icon::LOCK, t_with("mailbox_sign_in", &[&short_moment(*since, now), &trouble(*which)]))
            }
            MailboxState::Away { since, trouble: which } => {
                ("t-warn", Icon::NOLINK, t_with("mailbox_away", &[&short_moment(*since, now), &trouble(*which)]))
            }
        };
        let sign_in = matches!(mailbox.state, MailboxState::SignIn { .. }).then(|| self.sign_in(&scope, mailbox.kind));
        self.head.fill([
            el(Tag::Span).class(class).child(&icon_with(sign, "ww-i-lg")),
            el(Tag::Div)
                .child(&el(Tag::H3).class("ww-b ww-any").foreign(&mailbox.address))
                .child(&el(Tag::P).class("ww-s ww-2").text(&words))
                .child(
                    &el(Tag::P).class("ww-s ww-3").text(&t_with("mailbox_since", &[&kind, &day(mailbox.connected_at, now)])),
                ),
            sign_in.unwrap_or_else(|| el(Tag::Span)),
        ]);
        let rights = el(Tag::Ul).class("points");
        let rights = match mailbox.kind {
            MailboxKind::Imap => rights.child(&el(Tag::Li).text(&t("right_password"))),
            MailboxKind::Gmail => rights.children(mailbox.rights.iter().map(|right| super::connect::right(right))),
        };
        let lacks_notes = mailbox.kind == MailboxKind::Gmail && !super::connect::may_put_notes(&mailbox.rights);
        let hint = lacks_notes.then(|| el(Tag::P).class("ww-s ww-2").text(&t("mailbox_no_notes")));
        let title = el(Tag::P).class("ww-label").text(&t("mailbox_rights"));
        let facts = el(Tag::Div).class("ww-stack ww-stack-2").child(&title).child(&rights);
        self.facts.fill([facts.children(hint)]);
        drop(mailbox);
        *self.drawn.borrow_mut() = scope;
    }

    fn sign_in(&self, scope: &Scope, kind: MailboxKind) -> El {
        let weak = self.section.clone();
        let (address, servers) = (self.mailbox.borrow().address.clone(), self.mailbox.borrow().servers.clone());
        button("ww-btn ww-btn-main", &t("sched_sign_in")).on(scope, "click", move |_| {
            let Some(section) = weak.upgrade() else { return };
            match kind {
                MailboxKind::Gmail => section.connect.google(),
                MailboxKind::Imap => section.connect.open(&address, servers.as_ref()),
            }
        })
    }

    fn fill_limit(&self, saved: bool) {
        let mailbox = self.mailbox.borrow();
        self.limit.set_value(&mailbox.daily_limit.to_string());
        self.limit.drop_attr(Attr::AriaInvalid);
        let sent = t_with("mailbox_sent_today", &[&number(mailbox.sent_today)]);
        let saved = saved.then(|| t("notify_saved"));
        let google = (mailbox.kind == MailboxKind::Gmail).then(|| t("mailbox_limit_google"));
        let words: Vec<String> = saved.into_iter().chain([t("mailbox_limit_says")]).chain(google).chain([sent]).collect();
        self.limit_says.fill_text(&words.join(" "));
    }

    fn set_limit(&self) {
        let wanted: Option<u32> = self.limit.value().trim().parse().ok().filter(|limit| (1..=MOST).contains(limit));
        let Some(daily_limit) = wanted else {
            self.limit.put(Attr::AriaInvalid, "true");
            self.limit_says.fill_text(&t_with("mailbox_limit_wrong", &[&number(MOST)]));
            return;
        };
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let settings = MailboxSettings { daily_limit };
            match ask_later(&LaterToWorker::SetMailbox { id: this.id(), settings }).await {
                Ok(_) => {
                    this.mailbox.borrow_mut().daily_limit = daily_limit;
                    this.fill_limit(true);
                }
                Err(fault) => {
                    this.fill_limit(false);
                    this.complain(&fault);
                }
            }
        });
    }

    fn test(&self) {
        if self.busy.replace(true) {
            return;
        }
        self.tried.fill([el(Tag::P).class("ww-s ww-2").set(Attr::Role, "status").text(&t("mailbox_testing"))]);
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::TestMailbox { id: this.id() }).await;
            this.busy.set(false);
            match answer {
                Ok(LaterAnswer::Connecting { connecting }) => {
                    this.tried.fill([steps(&connecting.steps, &t("mailbox_test_fine"))]);
                    if let Some(mailbox) = connecting.mailbox {
                        this.set(mailbox);
                    }
                }
                Ok(_) => this.tell(&Fault::Internal { detail: "test".to_owned() }),
                Err(fault) => this.tell(&fault),
            }
            if let Some(section) = this.section.upgrade() {
                section.load();
            }
        });
    }

    fn tell(&self, fault: &Fault) {
        let words = el(Tag::Span).text(&fault_words(fault));
        self.tried.fill([el(Tag::P).class("ww-err").set(Attr::Role, "alert").child(&icon(Icon::FAILED)).child(&words)]);
    }

    fn complain(&self, fault: &Fault) {
        if let Some(page) = self.section.upgrade().and_then(|section| section.page()) {
            page.complain(fault);
        }
    }

    /// Disconnects it, unless that is taken back.
    fn leave(&self) {
        let Some(section) = self.section.upgrade() else { return };
        let Some(page) = section.page() else { return };
        let id = self.id();
        section.dropping.borrow_mut().push(id);
        self.root.show(false);
        let done = |weak: Weak<Section>, root: El| {
            move || {
                if let Some(section) = weak.upgrade() {
                    section.dropping.borrow_mut().retain(|dropped| *dropped != id);
                    root.show(true);
                    section.load();
                }
            }
        };
        let undone = done(Rc::downgrade(&section), self.root.clone());
        let (after, complains) = (done(Rc::downgrade(&section), self.root.clone()), self.this.clone());
        page.toast.offer(
            rich("mailbox_dropped", &[Value::Foreign(self.mailbox.borrow().address.clone())]),
            move || {
                spawn_local(async move {
                    let dropped = ask_later(&LaterToWorker::DropMailbox { id }).await;
                    // Gone by another way is gone.
                    if let (Err(fault), Some(card)) = (&dropped, complains.upgrade())
                        && *fault != Fault::NotFound
                    {
                        card.complain(fault);
                    }
                    after();
                });
            },
            undone,
        );
    }
}
