//! What the user chose about recipients beside the default: the line in tracked mails, how long a mail is tracked, rules for domains and
//! countries; and what is known of people.
//!
//! What must hold: a choice is saved as the whole of what is stored with this one thing changed; what is not saved is not shown as if
//! it were, and it is said why.

mod line;
mod people;
mod rules;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::ConsentSettings;
use waxwing_protocol::page::{Answer, Fault, ToWorker};

use super::Options;
use super::reminders::{named, select};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::text::t;
use crate::pages::widgets::{fault_words, ghosts};

/// The section.
pub(super) struct Section {
    page: Weak<Options>,
    root: El,
    say: El,
    controls: El,
    line: line::Line,
    rules: rules::Rules,
    people: Rc<people::People>,
    saved: El,
    /// What is stored, once it is known.
    stored: RefCell<Option<ConsentSettings>>,
    turn: Cell<u32>,
    scope: Scope,
}

impl Section {
    /// The controls, hidden until it is known what is stored.
    pub(super) fn new(page: &Weak<Options>) -> Rc<Self> {
        let saved = el(Tag::P).class("ww-s ww-2 ww-saved").set(Attr::Role, "status");
        let (line, rules, people) = (line::Line::new(), rules::Rules::new(), people::People::new(page));
        let controls =
            el(Tag::Div).class("ww-stack").child(line.element()).child(rules.element()).child(&saved).child(people.element());
        let say = el(Tag::P).class("ww-s ww-2");
        let root = el(Tag::Div).class("ww-stack").child(&say).child(&controls);
        controls.show(false);
        let this = Rc::new(Self {
            page: page.clone(),
            root,
            say,
            controls,
            line,
            rules,
            people,
            saved,
            stored: RefCell::default(),
            turn: Cell::new(0),
            scope: Scope::default(),
        });
        this.line.listen(&this);
        this.rules.listen(&this);
        this
    }

    /// The element.
    pub(super) const fn element(&self) -> &El {
        &self.root
    }

    /// Asks what is stored, or says that there is nobody to ask.
    pub(super) fn show(self: &Rc<Self>, connected: bool) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        if !connected {
            self.stored.take();
            self.controls.show(false);
            self.say.show(true);
            self.say.fill_text(&t("consent_unasked"));
            return;
        }
        if self.stored.borrow().is_none() {
            self.say.fill([ghosts(2)]);
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            let answer = ask(&ToWorker::Consent).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok(Answer::Consent { settings }) => this.take(&settings),
                Ok(_) => this.fail(&Fault::Internal { detail: "consent".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
        self.people.load();
    }

    fn fail(&self, fault: &Fault) {
        if self.stored.borrow().is_none() {
            self.say.show(true);
            self.say.fill_text(&fault_words(fault));
        }
    }

    fn take(self: &Rc<Self>, settings: &ConsentSettings) {
        self.say.show(false);
        self.controls.show(true);
        if self.stored.replace(Some(settings.clone())).as_ref() != Some(settings) {
            self.line.show(settings);
            self.rules.show(self, settings);
        }
    }

    /// Saves what is stored with this change.
    fn change(self: &Rc<Self>, change: impl FnOnce(&mut ConsentSettings)) {
        let Some(before) = self.stored.borrow().clone() else { return };
        let mut settings = before.clone();
        change(&mut settings);
        let (this, turn) = (Rc::clone(self), self.turn.get().wrapping_add(1));
        self.turn.set(turn);
        self.saved.clear();
        spawn_local(async move {
            let done = ask(&ToWorker::SetConsent { settings: settings.clone() }).await;
            if this.turn.get() != turn {
                return;
            }
            match done {
                Ok(_) => {
                    this.take(&settings);
                    this.saved.clear();
                    this.saved.add(el(Tag::Span).class("t-ok").child(&icon(Icon::CHECK)).as_ref());
                    this.saved.add(el(Tag::Span).text(&t("policy_saved")).as_ref());
                }
                Err(fault) => {
                    // What stands there is what is stored.
                    this.line.show(&before);
                    this.rules.show(&this, &before);
                    if let Some(page) = this.page.upgrade() {
                        page.complain(&fault);
                    }
                }
            }
        });
    }
}

/// A field for a few words.
fn field(id: &str) -> El {
    el(Tag::Input)
        .class("ww-input")
        .set(Attr::Type, "text")
        .set(Attr::Id, id)
        .set(Attr::Autocomplete, "off")
        .set(Attr::Spellcheck, "false")
}

/// A place for what is wrong, and how to fill it.
fn wrong(place: &El, words: Option<&str>) {
    place.clear();
    if let Some(words) = words {
        place.add(&icon(Icon::FAILED));
        place.add(el(Tag::Span).text(words).as_ref());
    }
    place.show(words.is_some());
}
