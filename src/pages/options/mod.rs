//! The options page: server, devices, default, notifications, what was said of hits, data, and what there is to know.
//!
//! What must hold:
//! - Each section shows one answer of the worker and asks for nothing that another one has.
//! - What cannot be undone afterwards (disconnect, revoke, clear) can be taken back for a while.

mod consent;
mod corrections;
mod data;
mod devices;
mod help;
mod known;
mod mailboxes;
mod notify;
mod reminders;
mod server;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::Event;
use waxwing_protocol::page::{Answer, Fault, FromWorker, Policy, Status, ToWorker, key};

use super::dom::{Attr, El, Href, Icon, Scope, Tag, body, document, el, icon_with, window};
use super::hear_worker;
use super::say::host_of;
use super::text::{t, t_with};
use super::widgets::{UndoLine, choices, fault_words};
use crate::chrome::runtime::{WorkerListener, ask};
use crate::chrome::storage::ChangeListener;
use notify::Notify;

/// The page.
pub(super) struct Options {
    scope: Scope,
    toast: UndoLine,
    where_to: El,
    server: El,
    devices: El,
    policy: El,
    consent: Rc<consent::Section>,
    notify: Notify,
    reminders: Rc<reminders::Reminders>,
    mailboxes: Rc<mailboxes::Section>,
    corrections: El,
    /// Rules that are about to be taken back, unless that is taken back.
    dropping: RefCell<Vec<i64>>,
    data: El,
    status: RefCell<Option<Rc<Status>>>,
    asked: Cell<u32>,
    heard: RefCell<Option<(Option<WorkerListener>, Option<ChangeListener>)>>,
}

/// Builds the page and asks for what it shows.
pub(super) fn start() {
    document().set_title(&t_with("options_title", &[&t("app_name")]));
    let page = Rc::new_cyclic(|weak: &Weak<Options>| {
        let scope = Scope::default();
        let stack = || el(Tag::Div).class("ww-stack");
        Options {
            toast: UndoLine::new(),
            where_to: el(Tag::Span).class("ww-3 ww-s ww-cut grow"),
            server: stack(),
            devices: stack(),
            policy: stack(),
            consent: consent::Section::new(weak),
            notify: Notify::new(weak, &scope),
            reminders: reminders::Reminders::new(weak),
            mailboxes: mailboxes::Section::new(weak),
            corrections: stack(),
            dropping: RefCell::default(),
            data: stack(),
            status: RefCell::default(),
            asked: Cell::new(0),
            heard: RefCell::default(),
            scope,
        }
    });
    let top = el(Tag::Header).class("top").child(
        &el(Tag::Div)
            .child(&icon_with(Icon::SEAL, "ww-i-logo"))
            .child(&el(Tag::H1).class("ww-b").text(&t("options_heading")))
            .child(&page.where_to),
    );
    let sections = [
        ("server", "options_server", page.server.clone()),
        ("mailboxes", "options_mailboxes", page.mailboxes.element().clone()),
        ("devices", "options_devices", page.devices.clone()),
        ("default", "policy_short_title", page.policy.clone()),
        ("consent", "options_consent", page.consent.element().clone()),
        ("notifications", "options_notify", page.notify.element().clone()),
        ("reminders", "options_reminders", page.reminders.element().clone()),
        ("said", "options_said", page.corrections.clone()),
        ("data", "options_data", page.data.clone()),
        ("own-server", "help_server", help::own_server()),
        ("known", "help_known", known::known()),
        ("about", "options_about", help::about()),
    ];
    let nav = sections.iter().fold(el(Tag::Nav).set(Attr::AriaLabel, &t("sections")), |nav, (id, title, _)| {
        nav.child(&el(Tag::A).href(&Href::Section(id)).text(&t(title)))
    });
    let column = sections.into_iter().fold(el(Tag::Div).class("col"), |column, (id, title, inside)| {
        column.child(
            &el(Tag::Section)
                .set(Attr::Id, id)
                .set(Attr::AriaLabelledby, &format!("{id}-title"))
                .child(&el(Tag::H2).set(Attr::Id, &format!("{id}-title")).text(&t(title)))
                .child(&inside),
        )
    });
    body().add(top.as_ref());
    body().add(el(Tag::Main).class("acct").child(&nav).child(&column).as_ref());
    body().add(page.toast.element().as_ref());
    page.listen();
    page.refresh();
    // The section in the address is only here now.
    if let Some(section) =
        window().location().hash().ok().and_then(|hash| document().get_element_by_id(hash.strip_prefix('#')?))
    {
        section.scroll_into_view();
    }
    // The page lives as long as its window.
    std::mem::forget(page);
}

impl Options {
    fn listen(self: &Rc<Self>) {
        let worker = hear_worker(self, |page, news| match news {
            FromWorker::StatusChanged => page.refresh(),
            FromWorker::News { event: Event::Mailbox { .. } | Event::Reset } => {
                page.mailboxes.show(page.status.borrow().as_ref().is_some_and(|status| status.connected.is_some()));
            }
            FromWorker::News { event: Event::Consent | Event::Refused { .. } } => {
                page.consent.show(page.status.borrow().as_ref().is_some_and(|status| status.connected.is_some()));
            }
            FromWorker::News { .. } => {}
        });
        // The outbox is not listened to: the worker tells when it changed.
        let weak = Rc::downgrade(self);
        let storage = ChangeListener::new(move |name, _| {
            if let Some(page) = weak.upgrade().filter(|_| name == key::NOT_TRACKED) {
                page.refresh();
            }
        });
        *self.heard.borrow_mut() = Some((worker, storage.ok()));
    }

    /// Asks for everything again.
    pub(super) fn refresh(self: &Rc<Self>) {
        let turn = self.asked.get().wrapping_add(1);
        self.asked.set(turn);
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&ToWorker::Status).await;
            if this.asked.get() != turn {
                return;
            }
            match answer {
                Ok(Answer::Status(status)) => this.show(&Rc::new(status)),
                Ok(_) => this.fail(&Fault::Internal { detail: "status".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn show(self: &Rc<Self>, status: &Rc<Status>) {
        let before = self.status.replace(Some(Rc::clone(status)));
        let connected = status.connected.as_ref();
        self.where_to.fill([el(Tag::Bdi).text(connected.map_or("", |connected| host_of(&connected.server)))]);
        self.server.fill(server::section(self, status));
        if before
            .as_ref()
            .is_none_or(|before| before.policy != status.policy || before.connected.is_some() != connected.is_some())
        {
            self.show_policy(status.policy);
        }
        self.consent.show(connected.is_some());
        self.notify.show(status.notify);
        self.mailboxes.show(connected.is_some());
        self.reminders.show(connected.is_some());
        devices::show(self, &self.devices, connected.is_some());
        corrections::show(self, connected.is_some());
        data::show(self, &self.data, status.waiting);
    }

    fn show_policy(self: &Rc<Self>, current: Option<Policy>) {
        let weak = Rc::downgrade(self);
        let (group, _) = choices(&self.scope, false, current, move |policy| {
            let weak = weak.clone();
            spawn_local(async move {
                let done = ask(&ToWorker::SetPolicy { policy, line: None }).await;
                let Some(page) = weak.upgrade() else { return };
                match done {
                    Ok(_) => page.toast.say([document().create_text_node(&t("policy_saved")).into()]),
                    Err(fault) => {
                        page.complain(&fault);
                        page.show_policy(current);
                    }
                }
            });
        });
        let hint = el(Tag::P).class("ww-hint");
        let unset = current.is_none().then(|| el(Tag::P).class("ww-s").text(&t("first_says")));
        self.policy.fill(unset.into_iter().chain([group, hint.text(&t("policy_law"))]));
    }

    fn fail(&self, fault: &Fault) {
        if self.status.borrow().is_none() {
            self.server.fill([el(Tag::P).class("ww-err").set(Attr::Role, "alert").text(&fault_words(fault))]);
        }
    }

    /// Says what went wrong with something that was asked for.
    pub(super) fn complain(&self, fault: &Fault) {
        self.toast.say([document().create_text_node(&t_with("not_done", &[&fault_words(fault)])).into()]);
    }
}
