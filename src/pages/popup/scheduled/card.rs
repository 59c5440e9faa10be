//! One mail that goes out later, or went: a note when it needs its sender, a line otherwise, with what can be done with it.
//!
//! What must hold: what it shows is drawn anew in its place, so that the fold, what is being typed and the focus stay.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Mailbox, MailboxKind, Recipient, Scheduled, ScheduledState, When, Why};
use waxwing_protocol::page::Fault;
use web_sys::Node;

use super::super::section::Listed;
use super::super::time::TimeField;
use super::change::change;
use super::desk::Desk;
use super::flight::Flight;
use super::words::{asked, people, people_text, said, subject, text, title, trouble, when_line};
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, focused, icon, icon_with};
use crate::pages::now;
use crate::pages::say::{Deed, GmailPlace, deeds, ended, needs_you};
use crate::pages::text::{Value, iso, moment, rich, t, t_with};
use crate::pages::widgets::{button, fault_words, icon_button};
use crate::told::says_key;

/// One mail.
pub(super) struct Card {
    this: Weak<Card>,
    desk: Weak<Desk>,
    /// For the inside of a list.
    root: El,
    mail: RefCell<Scheduled>,
    /// What can be done is shown.
    open: Cell<bool>,
    /// What went wrong with what was asked for last.
    fault: RefCell<String>,
    flight: Rc<Flight>,
    change: RefCell<Option<Rc<TimeField>>>,
    /// Listeners of what is drawn.
    scope: RefCell<Scope>,
}

impl Listed for Card {
    fn id(&self) -> Uuid {
        self.mail.borrow().id
    }

    fn element(&self) -> &El {
        &self.root
    }
}

impl Card {
    /// The card of a mail.
    pub(super) fn new(desk: &Rc<Desk>, mail: Scheduled, open: bool) -> Rc<Self> {
        let card = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            desk: Rc::downgrade(desk),
            root: el(Tag::Li).set(Attr::DataId, &mail.id.to_string()),
            flight: Flight::new(mail.id),
            mail: RefCell::new(mail),
            open: Cell::new(open),
            fault: RefCell::default(),
            change: RefCell::default(),
            scope: RefCell::default(),
        });
        card.draw();
        card
    }

    /// The mail as it is shown.
    pub(super) fn mail(&self) -> Scheduled {
        self.mail.borrow().clone()
    }

    /// Shows how the mail stands now.
    pub(super) fn set(&self, mail: Scheduled) {
        if *self.mail.borrow() == mail {
            return;
        }
        if self.mail.borrow().state != mail.state {
            // What was being changed is not what it was.
            self.change.take();
        }
        *self.mail.borrow_mut() = mail;
        self.fault.take();
        self.draw();
        self.flight.moved();
    }

    /// Says in its place what went wrong.
    pub(super) fn complain(&self, words: String) {
        *self.fault.borrow_mut() = words;
        self.draw();
    }

    /// Draws it anew.
    pub(super) fn draw(&self) {
        let Some(desk) = self.desk.upgrade() else { return };
        let held = focused().filter(|element| self.root.node().contains(Some(element)));
        let held = held.and_then(|element| El::of(element).get(Attr::DataAct));
        self.scope.take();
        let mail = self.mail.borrow();
        let (now, mailbox) = (now(), desk.mailbox(mail.mailbox));
        let drawn = match mail.state {
            ScheduledState::Sent | ScheduledState::Cancelled => self.over(&mail, now),
            ScheduledState::Failed if desk.is_history() => self.over(&mail, now),
            _ if needs_you(&mail) => self.need(&mail, mailbox.as_ref(), now),
            _ => self.waiting(&mail, mailbox.as_ref(), now),
        };
        self.root.fill([drawn]);
        if let Some(again) = held.and_then(|act| self.root.find(Attr::DataAct, &act)) {
            again.focus_still();
        }
    }

    /// Gives the focus to what can be pressed first.
    pub(super) fn focus(&self) {
        self.root.focus_inside();
    }

    /// Opens or closes the field for another time.
    pub(super) fn toggle_change(&self) {
        let (Some(desk), Some(this)) = (self.desk.upgrade(), self.this.upgrade()) else { return };
        let before = self.change.take();
        if before.is_none() {
            *self.change.borrow_mut() = Some(change(&desk, &this));
        }
        self.draw();
        match self.change.borrow().as_ref() {
            Some(change) => change.focus(),
            None => drop(self.root.find(Attr::DataAct, "change").map(|button| button.focus_still())),
        }
    }

    /// Another time was refused: said where it was typed.
    pub(super) fn change_failed(&self, fault: &Fault) {
        if let Some(change) = self.change.borrow().as_ref() {
            change.failed(&fault_words(fault));
        }
    }

    /// What is held or failed, on top.
    fn need(&self, mail: &Scheduled, mailbox: Option<&Mailbox>, now: Millis) -> El {
        let failed = mail.state == ScheduledState::Failed;
        let (class, which) = if failed {
            ("ww-note ww-note-bad ww-note-box", Icon::FAILED)
        } else {
            ("ww-note ww-note-warn ww-note-box", Icon::HELD)
        };
        let to = el(Tag::Span).children(people(mail));
        let mut words: Vec<Node> = rich("sched_to", &[Value::Element(to), subject(mail)]);
        if let Some(server) = &mail.said {
            // A sentence of its own, whether the server ended it or not.
            let end = if server.trim_end().ends_with(['.', '!', '?', '\u{2026}']) { "" } else { "." };
            words.extend([text(" "), said(server).node().clone().into(), text(end)]);
        }
        if matches!(mail.why, Some(Why::Late)) && !matches!(mail.schedule.when, When::Within { .. } | When::Repeat { .. }) {
            words.push(text(" "));
            words.extend(rich("sched_meant_for", &[Value::Own(asked(&mail.schedule.when, now))]));
        }
        if let Some(key) = mail.why.and_then(says_key) {
            words.push(text(&format!(" {}", t(key))));
        }
        let buttons = self.buttons(mail, mailbox, true);
        el(Tag::Div)
            .class(class)
            .child(&icon(which))
            .child(&el(Tag::H3).text(&title(mail)))
            .child(&el(Tag::P).class("ww-2 ww-any").children(words))
            .child(&el(Tag::Div).class("ww-row-btns").children(buttons))
            .children(self.below())
    }

    /// What waits for its time.
    fn waiting(&self, mail: &Scheduled, mailbox: Option<&Mailbox>, now: Millis) -> El {
        let repeats = matches!(mail.schedule.when, When::Repeat { .. });
        let who = people_text(mail);
        let more = icon_button(Icon::MORE, &t_with("sched_more", &[&who])).set(Attr::DataAct, "more");
        more.toggle("ww-mini", true);
        more.put(Attr::AriaExpanded, if self.open.get() { "true" } else { "false" });
        let weak = self.this.clone();
        self.scope.borrow().listen(more.node(), "click", move |_| {
            if let Some(card) = weak.upgrade() {
                card.open.set(!card.open.get());
                card.draw();
            }
        });
        let line = el(Tag::Div)
            .class("ww-mail ww-still")
            .child(&icon(if repeats { Icon::REPEAT } else { Icon::CLOCK }))
            .child(&el(Tag::H3).class("ww-mail-who ww-cut").children(people(mail)))
            .child(&more)
            .child(&subject_line(mail))
            .child(&el(Tag::P).class("ww-mail-say ww-any").children(when_line(mail, mailbox, now)));
        if !self.open.get() && self.change.borrow().is_none() && self.fault.borrow().is_empty() {
            return line;
        }
        let buttons = self.buttons(mail, mailbox, false);
        let row = (!buttons.is_empty()).then(|| el(Tag::Div).class("ww-mail-more ww-row-btns").children(buttons));
        line.children(row).children(self.below())
    }

    /// What is over.
    fn over(&self, mail: &Scheduled, now: Millis) -> El {
        let end = ended(mail);
        let (which, class) = match (end.sent, mail.state) {
            (true, _) => (Icon::CHECK, "t-ok"),
            (false, ScheduledState::Failed) => (Icon::FAILED, "t-bad"),
            (false, _) => (Icon::CLOSE, "s-off"),
        };
        let says = match end.trouble {
            Some(which) => t_with(end.key, &[&trouble(which)]),
            None => t(self.lateness(mail).unwrap_or(end.key)),
        };
        let mut line = el(Tag::Div)
            .class("ww-mail ww-still")
            .child(&icon_with(which, class))
            .child(&el(Tag::H3).class("ww-mail-who ww-cut").children(people(mail)));
        if let Some(at) = mail.sent_at {
            line = line.child(&el(Tag::Time).class("ww-mail-when").set(Attr::DateTime, &iso(at)).text(&moment(at, now)));
        }
        let mut say = el(Tag::P).class("ww-mail-say").text(&says);
        if let Some(message) = mail.message.filter(|_| mail.state == ScheduledState::Sent) {
            say = say.text(" · ").child(&el(Tag::A).href(&Href::Mail(message)).text(&t("sched_came")));
        }
        line.child(&subject_line(mail)).child(&say).children(self.below())
    }

    /// Whether it went at its time, as far as that can be told here.
    fn lateness(&self, mail: &Scheduled) -> Option<&'static str> {
        /// Within this it is on time.
        const MINUTE: Millis = 60_000;
        let asked = self.desk.upgrade()?.due(mail)?;
        let sent = mail.sent_at.filter(|_| mail.state == ScheduledState::Sent && mail.why.is_none())?;
        let tracked = mail.message.is_some();
        match sent - asked {
            late if late > 10 * MINUTE => Some(if tracked { "sched_late_tracked" } else { "sched_late" }),
            late if late.abs() <= MINUTE => Some(if tracked { "sched_on_time_tracked" } else { "sched_on_time" }),
            _ => None,
        }
    }

    /// The field for another time, what went wrong, and the flight recorder.
    fn below(&self) -> Vec<El> {
        let mut parts = Vec::new();
        parts.extend(self.change.borrow().as_ref().map(|change| change.element().clone()));
        let fault = self.fault.borrow();
        if !fault.is_empty() {
            parts.push(
                el(Tag::P)
                    .class("ww-err ww-mail-more")
                    .set(Attr::Role, "alert")
                    .child(&icon(Icon::FAILED))
                    .child(&el(Tag::Span).text(&fault)),
            );
        }
        parts.push(self.flight.element().clone().class("ww-fold ww-mail-more ww-whole"));
        parts
    }

    /// What can be done. `boxed`: the first one is a button, the others are plain.
    fn buttons(&self, mail: &Scheduled, mailbox: Option<&Mailbox>, boxed: bool) -> Vec<El> {
        let mut shown: Vec<El> = Vec::new();
        for deed in deeds(mail) {
            let class = if boxed && shown.is_empty() { "ww-btn" } else { "ww-link ww-s" };
            shown.extend(self.button(deed, mail, mailbox, class));
        }
        shown
    }

    fn button(&self, deed: Deed, mail: &Scheduled, mailbox: Option<&Mailbox>, class: &str) -> Option<El> {
        let words = t(deed.key(mail.state));
        let link = |href: &Href| el(Tag::A).class(class).href(href).text(&words).set(Attr::DataAct, deed.name());
        // Only what lies in Gmail can be looked at there.
        let ids = &mail.gmail;
        let in_gmail = mailbox.filter(|mailbox| {
            mailbox.kind == MailboxKind::Gmail
                || ids.draft.is_some()
                || ids.legacy_thread.is_some()
                || ids.legacy_message.is_some()
        });
        match deed {
            Deed::Look => in_gmail.map(|mailbox| {
                let to = mail.content.recipients.first().map(|Recipient { address, .. }| address.as_str());
                link(&Href::Place(GmailPlace::sent(&mailbox.address, to, &mail.content.subject)))
            }),
            Deed::Correct | Deed::Draft => {
                in_gmail.map(|mailbox| link(&Href::Place(GmailPlace::draft(&mailbox.address, &mail.gmail))))
            }
            Deed::Write => in_gmail.map(|mailbox| link(&Href::Place(GmailPlace::compose(&mailbox.address)))),
            Deed::SignIn if mailbox.is_some_and(|mailbox| mailbox.kind == MailboxKind::Gmail) => {
                Some(self.act(deed, class, &words))
            }
            Deed::SignIn | Deed::Connect => Some(link(&Href::Own("options.html#mailboxes")).in_tab()),
            Deed::Change => {
                let expanded = if self.change.borrow().is_some() { "true" } else { "false" };
                Some(self.act(deed, class, &words).set(Attr::AriaExpanded, expanded))
            }
            Deed::Act(_) => Some(self.act(deed, class, &words)),
        }
    }

    fn act(&self, deed: Deed, class: &str, words: &str) -> El {
        let (card, desk) = (self.this.clone(), self.desk.clone());
        button(class, words).set(Attr::DataAct, deed.name()).on(&self.scope.borrow(), "click", move |_| {
            if let (Some(card), Some(desk)) = (card.upgrade(), desk.upgrade()) {
                desk.run(&card, deed);
            }
        })
    }
}

fn subject_line(mail: &Scheduled) -> El {
    let line = el(Tag::P).class("ww-mail-sub ww-cut");
    match subject(mail) {
        Value::Foreign(subject) => line.foreign(&subject),
        _ => line.class("ww-mail-sub ww-cut ww-none").text(&t("no_subject")),
    }
}
