//! Connecting a mailbox: with Google, or with an app password. Steps and refusals stand below the form.
//!
//! What must hold: the password stands in its field alone; it is emptied when it was used and when the form is closed, and no
//! browser is asked to remember it.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{ConnectImap, Connecting, MailServer, MailServers, MailTls};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::Section;
use super::steps::steps;
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Flag, Icon, Scope, Tag, el, icon, window};
use crate::pages::text::{Value, rich, t};
use crate::pages::widgets::{button, fault_words};

/// What Google is asked for, as it names it.
const RIGHTS: [&str; 1] = ["https://www.googleapis.com/auth/gmail.modify"];

/// A right in plain words; its own name where it is none of those that are known.
pub(super) fn right(name: &str) -> El {
    let key = match name {
        "https://www.googleapis.com/auth/gmail.compose" => "right_compose",
        "https://www.googleapis.com/auth/gmail.readonly" => "right_readonly",
        "https://www.googleapis.com/auth/gmail.modify" => "right_modify",
        "https://mail.google.com/" => "right_full",
        _ => return el(Tag::Li).class("ww-any").children(rich("right_other", &[Value::Foreign(name.to_owned())])),
    };
    el(Tag::Li).children(rich(key, &[]))
}

/// Whether a grant of Google's lets reminders put notes: those of the time before them do not.
pub(super) fn may_put_notes(rights: &[String]) -> bool {
    rights.iter().any(|right| RIGHTS.contains(&right.as_str()) || right == "https://mail.google.com/")
}

/// A server's fields.
struct Server {
    host: El,
    port: El,
    tls: El,
    implicit: u16,
    starttls: u16,
}

/// The two ways to connect.
pub(super) struct Connect {
    section: Weak<Section>,
    root: El,
    google: El,
    google_none: El,
    google_fault: El,
    toggle: El,
    form: El,
    address: El,
    password: El,
    user: El,
    imap: Server,
    smtp: Server,
    submit: El,
    result: El,
    busy: Cell<bool>,
    scope: Scope,
}

fn input(id: &str, kind: &str) -> El {
    el(Tag::Input)
        .class("ww-input")
        .set(Attr::Type, kind)
        .set(Attr::Id, id)
        .set(Attr::Name, id)
        .set(Attr::Autocomplete, "off")
        .set(Attr::Spellcheck, "false")
}

fn field(input: &El, label: &str, hint: Option<&str>) -> El {
    let id = input.get(Attr::Id).unwrap_or_default();
    let root = el(Tag::Div)
        .class("ww-field")
        .child(&el(Tag::Label).class("ww-label").set(Attr::For, &id).text(&t(label)))
        .child(input);
    match hint {
        Some(hint) => {
            let hint_id = format!("{id}-hint");
            input.put(Attr::AriaDescribedby, &hint_id);
            root.child(&el(Tag::P).class("ww-hint").set(Attr::Id, &hint_id).children(rich(hint, &[])))
        }
        None => root,
    }
}

impl Server {
    fn new(name: &str, implicit: u16, starttls: u16) -> Self {
        let tls = el(Tag::Select)
            .class("ww-select")
            .set(Attr::Id, &format!("{name}-tls"))
            .child(&el(Tag::Option).set(Attr::Value, "implicit").text(&t("tls_implicit")))
            .child(&el(Tag::Option).set(Attr::Value, "start_tls").text(&t("tls_start")));
        let port = input(&format!("{name}-port"), "text").class("ww-input ww-number").set(Attr::InputMode, "numeric");
        port.put(Attr::Placeholder, &implicit.to_string());
        Self { host: input(&format!("{name}-host"), "text"), port, tls, implicit, starttls }
    }

    fn element(&self, title: &str) -> El {
        let fields = el(Tag::Div)
            .class("ww-server")
            .child(&field(&self.host, "server_host", None))
            .child(&field(&self.port, "server_port", None))
            .child(&field(&self.tls, "server_tls", None));
        el(Tag::Fieldset).child(&el(Tag::Legend).class("ww-label").text(&t(title))).child(&fields)
    }

    fn usual_port(&self) -> u16 {
        if self.tls.value() == "start_tls" { self.starttls } else { self.implicit }
    }

    /// Shows a server that is known.
    fn fill(&self, known: Option<&MailServer>) {
        let tls = if known.is_some_and(|server| server.tls == MailTls::StartTls) { "start_tls" } else { "implicit" };
        self.tls.set_value(tls);
        self.port.put(Attr::Placeholder, &self.usual_port().to_string());
        self.host.set_value(known.map_or("", |server| &server.host));
        self.port.set_value(&known.map(|server| server.port.to_string()).unwrap_or_default());
    }

    /// What was typed: nothing, or a server. `Err`: a port that is none.
    fn read(&self) -> Result<Option<MailServer>, ()> {
        let (host, port) = (self.host.value().trim().to_owned(), self.port.value().trim().to_owned());
        if host.is_empty() {
            return Ok(None);
        }
        let port = if port.is_empty() { self.usual_port() } else { port.parse().map_err(drop)? };
        let tls = if self.tls.value() == "start_tls" { MailTls::StartTls } else { MailTls::Implicit };
        Ok(Some(MailServer { host, port, tls }))
    }
}

impl Connect {
    /// The ways, as yet without knowing which of them the server has.
    pub(super) fn new(section: &Weak<Section>) -> Rc<Self> {
        let google = button("ww-btn ww-btn-main", &t("mailbox_google"));
        let google_none = el(Tag::P).class("ww-s ww-2").text(&t("fault_no_google_client"));
        let google_fault = el(Tag::P).class("ww-err").set(Attr::Role, "alert");
        google_fault.show(false);
        let toggle = button("ww-btn", &t("mailbox_password_way")).set(Attr::AriaExpanded, "false");
        let (imap, smtp) = (Server::new("imap", 993, 143), Server::new("smtp", 465, 587));
        let (address, user) = (input("mail-address", "email"), input("mail-user", "text"));
        // `off` is not heeded for passwords; this is, and asks nobody to fill one in.
        let password = input("mail-password", "password").set(Attr::Autocomplete, "new-password");
        let submit = el(Tag::Button).set(Attr::Type, "submit").class("ww-btn ww-btn-main").text(&t("mailbox_try"));
        let result = el(Tag::Div);
        let more = el(Tag::Details)
            .class("ww-fold")
            .child(&el(Tag::Summary).child(&icon(Icon::RIGHT)).text(&t("mailbox_more")))
            .child(
                &el(Tag::Div)
                    .class("ww-stack ww-in-fold")
                    .child(&el(Tag::P).class("ww-hint").text(&t("mailbox_more_says")))
                    .child(&field(&user, "mailbox_user", Some("mailbox_user_hint")))
                    .child(&imap.element("server_imap"))
                    .child(&smtp.element("server_smtp")),
            );
        let form = el(Tag::Form)
            .class("ww-stack")
            .flag(Flag::NoValidate, true)
            .child(&field(&address, "mailbox_address", None))
            .child(&field(&password, "mailbox_password", Some("mailbox_password_hint")))
            .child(&more)
            .child(&el(Tag::Div).class("ww-row-btns").child(&submit))
            .child(&result);
        form.show(false);
        let rights = el(Tag::Ul).class("points").children(RIGHTS.map(right));
        let root = el(Tag::Div)
            .class("ww-card box")
            .child(&el(Tag::H3).class("ww-b").text(&t("mailbox_connect")))
            .child(&el(Tag::P).class("ww-s ww-2").text(&t("mailbox_google_says")))
            .child(&rights)
            .child(&el(Tag::Div).class("ww-row-btns").child(&google).child(&google_none))
            .child(&google_fault)
            .child(&el(Tag::P).class("ww-s ww-2 ww-rule ww-above").text(&t("mailbox_password_says")))
            .child(&el(Tag::Div).class("ww-row-btns").child(&toggle))
            .child(&form);
        let connect = Rc::new(Self {
            section: section.clone(),
            root,
            google,
            google_none,
            google_fault,
            toggle,
            form,
            address,
            password,
            user,
            imap,
            smtp,
            submit,
            result,
            busy: Cell::new(false),
            scope: Scope::default(),
        });
        connect.listen();
        connect
    }

    fn listen(self: &Rc<Self>) {
        let with = |act: fn(&Rc<Self>)| {
            let weak = Rc::downgrade(self);
            move |event: &web_sys::Event| {
                if event.type_() == "submit" {
                    event.prevent_default();
                }
                if let Some(connect) = weak.upgrade() {
                    act(&connect);
                }
            }
        };
        self.scope.listen(self.google.node(), "click", with(Self::google));
        self.scope.listen(self.toggle.node(), "click", with(|connect| connect.show_form(connect.form.is_hidden())));
        self.scope.listen(self.form.node(), "submit", with(Self::submit));
        // A page that is left keeps no password, not even to come back to.
        self.scope.listen(&window(), "pagehide", with(|connect| connect.password.set_value("")));
        for server in [&self.imap, &self.smtp] {
            let (port, tls, implicit, starttls) = (server.port.clone(), server.tls.clone(), server.implicit, server.starttls);
            self.scope.listen(server.tls.node(), "change", move |_| {
                let usual = if tls.value() == "start_tls" { starttls } else { implicit };
                port.put(Attr::Placeholder, &usual.to_string());
            });
        }
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Which ways there are. `first`: no mailbox is connected.
    pub(super) fn offer(&self, google: bool, first: bool) {
        self.google.show(google);
        self.google_none.show(!google);
        self.google.toggle("ww-btn-main", first);
        self.toggle.toggle("ww-btn-main", first && !google);
    }

    /// Opens Google's page in a tab.
    pub(super) fn google(self: &Rc<Self>) {
        self.google_fault.show(false);
        let this = Rc::clone(self);
        spawn_local(async move {
            // The tab comes back by itself; the mailbox then tells by an event, and by the focus.
            if let Err(fault) = ask_later(&LaterToWorker::ConnectGmail).await {
                this.google_fault.fill([el(Tag::Span).text(&fault_words(&fault))]);
                this.google_fault.show(true);
            }
        });
    }

    /// Opens the form for an address whose password is wrong by now, with the servers that it was connected by.
    pub(super) fn open(self: &Rc<Self>, address: &str, servers: Option<&MailServers>) {
        self.show_form(true);
        self.address.set_value(address);
        self.user.set_value(servers.map_or("", |servers| &servers.user));
        self.imap.fill(servers.map(|servers| &servers.imap));
        self.smtp.fill(servers.map(|servers| &servers.smtp));
        self.password.focus();
    }

    fn show_form(self: &Rc<Self>, on: bool) {
        self.form.show(on);
        self.toggle.put(Attr::AriaExpanded, if on { "true" } else { "false" });
        if on {
            self.address.focus();
        } else {
            self.password.set_value("");
            self.result.clear();
        }
    }

    fn submit(self: &Rc<Self>) {
        if self.busy.get() {
            return;
        }
        for field in [&self.address, &self.password, &self.imap.port, &self.smtp.port] {
            field.drop_attr(Attr::AriaInvalid);
        }
        let (address, password) = (self.address.value().trim().to_owned(), self.password.value());
        let is_address = address.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
        if !is_address {
            return self.wrong(&self.address, "mailbox_address_missing");
        }
        if password.is_empty() {
            return self.wrong(&self.password, "mailbox_password_missing");
        }
        let Ok(imap) = self.imap.read() else { return self.wrong(&self.imap.port, "server_port_wrong") };
        let Ok(smtp) = self.smtp.read() else { return self.wrong(&self.smtp.port, "server_port_wrong") };
        let user = Some(self.user.value().trim().to_owned()).filter(|user| !user.is_empty());
        let connect = Box::new(ConnectImap { address, password, user, imap, smtp });
        self.work(true);
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::ConnectImap { connect }).await;
            this.work(false);
            match answer {
                Ok(LaterAnswer::Connecting { connecting }) => this.came(&connecting),
                Ok(_) => this.refused(&Fault::Internal { detail: "connect".to_owned() }),
                Err(fault) => this.refused(&fault),
            }
        });
    }

    fn wrong(&self, field: &El, key: &str) {
        field.put(Attr::AriaInvalid, "true");
        self.say(&t(key));
        field.focus();
    }

    fn say(&self, words: &str) {
        let words = el(Tag::Span).text(words);
        self.result.fill([el(Tag::P).class("ww-err").set(Attr::Role, "alert").child(&icon(Icon::FAILED)).child(&words)]);
    }

    fn refused(&self, fault: &Fault) {
        self.say(&fault_words(fault));
    }

    fn came(&self, connecting: &Connecting) {
        self.result.fill([steps(&connecting.steps, &t("mailbox_connected"))]);
        if connecting.mailbox.is_none() {
            // What stays in the field can be corrected; it is nowhere else.
            return;
        }
        for field in [&self.password, &self.address, &self.user] {
            field.set_value("");
        }
        self.imap.fill(None);
        self.smtp.fill(None);
        if let Some(section) = self.section.upgrade() {
            section.load();
        }
    }

    /// The button says what goes on, and is not pressed twice.
    fn work(&self, on: bool) {
        self.busy.set(on);
        self.submit.fill_text(&t(if on { "mailbox_trying" } else { "mailbox_try" }));
        self.submit.put(Attr::AriaDisabled, if on { "true" } else { "false" });
        if on {
            self.result.clear();
        }
    }
}
