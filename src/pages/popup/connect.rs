//! Pairing with a backend: an address, a code, what is to be tracked, a button. Each refusal stands beside the field it
//! speaks of. The choice may be left open here: nothing is tracked until it is made, and the next screen asks for it.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Fault, Policy, ToWorker};

use super::{Popup, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Flag, Href, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::say::{Place, only_here, place};
use crate::pages::text::{Value, rich, t};
use crate::pages::widgets::{LineSwitch, Weight, choices, fault_words, note};

/// A field with its label, its hint and the place for what is wrong with it.
#[derive(Clone)]
struct Field {
    root: El,
    input: El,
    hint: El,
    error: El,
}

impl Field {
    fn new(id: &str, label: &str, hint: El) -> Self {
        let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
        hint.put(Attr::Id, &hint_id);
        let error = el(Tag::P).class("ww-err").set(Attr::Id, &error_id).set(Attr::Role, "alert").flag(Flag::Hidden, true);
        let input = el(Tag::Input)
            .class("ww-input")
            .set(Attr::Type, "text")
            .set(Attr::Id, id)
            .set(Attr::Name, id)
            .set(Attr::Autocomplete, "off")
            .set(Attr::Spellcheck, "false")
            .set(Attr::AriaDescribedby, &format!("{error_id} {hint_id}"));
        let root = el(Tag::Div)
            .class("ww-field")
            .child(&el(Tag::Label).class("ww-label").set(Attr::For, id).text(label))
            .child(&input)
            .child(&error)
            .child(&hint);
        Self { root, input, hint, error }
    }

    fn wrong(&self, words: Option<&str>) {
        self.error.clear();
        if let Some(words) = words {
            self.error.add(&icon(Icon::FAILED));
            self.error.add(el(Tag::Span).text(words).as_ref());
            self.input.put(Attr::AriaInvalid, "true");
        } else {
            self.input.drop_attr(Attr::AriaInvalid);
        }
        self.error.show(words.is_some());
        self.hint.show(words.is_none());
    }
}

struct Form {
    server: Field,
    code: Field,
    error: El,
    here: El,
    button: El,
    /// The default, when it was chosen here.
    policy: Cell<Option<Policy>>,
    line: LineSwitch,
    busy: Cell<bool>,
}

/// The screen; `again` when the backend refuses this browser, whose address is then known.
pub(super) fn screen(popup: &Rc<Popup>, again: bool) -> Screen {
    let scope = Scope::default();
    let server = Field::new("server", &t("connect_server"), el(Tag::P).class("ww-hint").text(&t("connect_server_hint")));
    server.input.put(Attr::InputMode, "url");
    server.input.put(Attr::Placeholder, "https://waxwing.example.org");
    let code = Field::new("code", &t("connect_code"), el(Tag::P).class("ww-hint").children(rich("connect_code_hint", &[])));
    code.input.node().set_class_name("ww-input ww-mono ww-code");
    code.input.put(Attr::Placeholder, "7KQ2M-9XWTA");
    let known = popup.status().and_then(|status| status.connected.as_ref().map(|connected| connected.server.clone()));
    if let Some(known) = &known {
        server.input.set_value(known);
    }
    let here = note(Weight::Warn, Icon::INFO, rich("connect_only_here", &[]), &[]);
    here.toggle("ww-note-box", true);
    here.show(false);
    let form = Rc::new(Form {
        server,
        code,
        error: el(Tag::P).class("ww-err").set(Attr::Role, "alert").flag(Flag::Hidden, true),
        here,
        button: el(Tag::Button)
            .set(Attr::Type, "submit")
            .class("ww-btn ww-btn-main ww-btn-wide ww-btn-big")
            .text(&t("connect_button")),
        policy: Cell::new(None),
        line: LineSwitch::new(),
        busy: Cell::new(false),
    });
    form.look_at_address();

    for field in [&form.server, &form.code] {
        let (form, touched) = (Rc::downgrade(&form), field.clone());
        scope.listen(field.input.node(), "input", move |_| {
            touched.wrong(None);
            if let Some(form) = form.upgrade() {
                form.error.show(false);
                form.look_at_address();
            }
        });
    }
    let mut shown = el(Tag::Form)
        .class("ww-stack ww-stack-4")
        .flag(Flag::NoValidate, true)
        .child(&form.server.root)
        .child(&form.here)
        .child(&form.code.root);
    if popup.status().and_then(|status| status.policy).is_none() {
        let weak = Rc::downgrade(&form);
        let (group, _) = choices(&scope, true, None, move |policy| {
            if let Some(form) = weak.upgrade() {
                form.policy.set(Some(policy));
            }
        });
        let hint = format!("{} {}", t("policy_law"), t("first_says"));
        shown = shown.child(&group.child(&form.line.root).child(&el(Tag::P).class("ww-hint").text(&hint)));
    }
    let (sent, weak) = (Rc::clone(&form), Rc::downgrade(popup));
    let shown = shown.child(&form.error).child(&form.button).child(&help()).on(&scope, "submit", move |event| {
        event.prevent_default();
        if let Some(popup) = weak.upgrade() {
            sent.submit(&popup);
        }
    });
    let (title, says) = if again { ("connect_again_title", "connect_again_says") } else { ("connect_title", "connect_says") };
    let root = el(Tag::Div)
        .class("screen")
        .child(
            &el(Tag::Header)
                .class("ww-pad ww-hello")
                .child(&icon_with(Icon::SEAL, "ww-i-hello"))
                .child(&el(Tag::H1).text(&t(title)))
                .child(&el(Tag::P).class("ww-s ww-2").text(&t(says))),
        )
        .child(&el(Tag::Main).class("ww-pad").child(&shown));
    let focus = if known.is_some() { form.code.input.clone() } else { form.server.input.clone() };
    Screen { root, focus: Some(focus), scope, hear: None }
}

fn help() -> El {
    let how = el(Tag::A).href(&Href::Own("options.html#own-server")).in_tab().text(&t("connect_help_server"));
    let known = el(Tag::A).href(&Href::Own("options.html#known")).in_tab().text(&t("help_known"));
    el(Tag::P).class("ww-s ww-2 ww-help").children(rich("connect_help", &[Value::Element(how), Value::Element(known)]))
}

impl Form {
    fn look_at_address(&self) {
        self.here.show(only_here(&self.server.input.value()));
    }

    fn submit(self: &Rc<Self>, popup: &Rc<Popup>) {
        if self.busy.get() {
            return;
        }
        let (server, code) = (self.server.input.value().trim().to_owned(), self.code.input.value().trim().to_owned());
        self.server.wrong(server.is_empty().then(|| t("connect_server_missing")).as_deref());
        self.code.wrong(code.is_empty().then(|| t("connect_code_missing")).as_deref());
        self.error.show(false);
        if server.is_empty() {
            self.server.input.focus();
            return;
        }
        if code.is_empty() {
            self.code.input.focus();
            return;
        }
        self.work(true);
        let (this, popup) = (Rc::clone(self), Rc::clone(popup));
        spawn_local(async move {
            let done = ask(&ToWorker::Connect { server, code }).await;
            match done {
                Ok(_) => {
                    if let Some(policy) = this.policy.get() {
                        // When this fails nothing is chosen, and the next screen asks.
                        let line = Some(this.line.choice());
                        drop(ask(&ToWorker::SetPolicy { policy, line }).await);
                    }
                    this.work(false);
                    popup.ask_status();
                }
                Err(fault) => {
                    this.work(false);
                    this.refuse(&fault);
                }
            }
        });
    }

    /// The button says what goes on; its size stays, and it is not pressed twice.
    fn work(&self, on: bool) {
        self.busy.set(on);
        self.button.fill_text(&t(if on { "connect_busy" } else { "connect_button" }));
        if on {
            self.button.put(Attr::AriaDisabled, "true");
        } else {
            self.button.drop_attr(Attr::AriaDisabled);
        }
    }

    fn refuse(&self, fault: &Fault) {
        let words = fault_words(fault);
        match place(fault) {
            Place::Server => {
                self.server.wrong(Some(&words));
                self.server.input.focus();
            }
            Place::Code => {
                self.code.wrong(Some(&words));
                self.code.input.focus();
            }
            Place::Form => {
                self.error.clear();
                self.error.add(&icon(Icon::FAILED));
                self.error.add(el(Tag::Span).text(&words).as_ref());
                self.error.show(true);
            }
        }
    }
}
