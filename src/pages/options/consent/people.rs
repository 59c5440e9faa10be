//! What is known of people: who agreed or refused, how that is known, and what the user says of somebody.
//!
//! What must hold: what a recipient refused stays refused, and the page says so instead of seeming to change it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentProof, ConsentSource, ConsentState, Kinds, PersonDetail, PutPeople, PutPerson};
use waxwing_protocol::page::{Answer, Fault, ToWorker};

use super::super::Options;
use super::{field, named, select, wrong};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon_with};
use crate::pages::now;
use crate::pages::text::{day, t, t_with};
use crate::pages::widgets::{button, fault_words, fold, ghosts};

/// How long nothing is typed before it is asked, in milliseconds.
const PATIENCE: u32 = 250;
/// What may be said of somebody: the value, its words, to which kinds, what.
const SAID: [(&str, &str, Kinds, ConsentState); 4] = [
    ("agreed", "said_agreed", Kinds::ALL, ConsentState::Agreed),
    ("opens", "said_agreed_opens", Kinds { opens: true, clicks: false }, ConsentState::Agreed),
    ("clicks", "said_agreed_clicks", Kinds { opens: false, clicks: true }, ConsentState::Agreed),
    ("refused", "said_refused", Kinds::ALL, ConsentState::Refused),
];

pub(super) struct People {
    this: Weak<People>,
    page: Weak<Options>,
    root: El,
    search: El,
    list: El,
    more: El,
    address: El,
    what: El,
    note: El,
    error: El,
    said: El,
    next: RefCell<Option<String>>,
    waits: RefCell<Option<Timeout>>,
    turn: Cell<u32>,
    inside: RefCell<Vec<Scope>>,
    #[expect(dead_code, reason = "holds the listeners as long as the section is there")]
    scope: Scope,
}

impl People {
    pub(super) fn new(page: &Weak<Options>) -> Rc<Self> {
        let scope = Scope::default();
        let search = field("people-search").set(Attr::Type, "search");
        let (address, note) = (field("person-address"), field("person-note"));
        let address = address.set(Attr::AriaDescribedby, "person-wrong");
        let what = select("person-what", SAID.map(|(value, words, ..)| (value, words)));
        let (write, more) = (button("ww-btn", &t("person_write")), button("ww-btn", &t("person_more")));
        let error = el(Tag::P).class("ww-err").set(Attr::Id, "person-wrong").set(Attr::Role, "alert");
        let said = el(Tag::P).class("ww-s ww-2").set(Attr::Role, "status");
        let list = el(Tag::Ul).class("card-list");
        error.show(false);
        more.show(false);
        let root = el(Tag::Div)
            .class("ww-stack ww-stack-2")
            .child(&el(Tag::H3).class("ww-b").text(&t("people_title")))
            .child(&el(Tag::P).class("ww-s ww-2").text(&t("people_say")))
            .child(&named("people_search", "people-search", &search))
            .child(&list)
            .child(&el(Tag::Div).class("ww-row-btns").child(&more))
            .child(
                &el(Tag::Div)
                    .class("ww-row-btns ww-hours")
                    .child(&named("person_address", "person-address", &address))
                    .child(&named("person_what", "person-what", &what))
                    .child(&named("person_note", "person-note", &note))
                    .child(&write),
            )
            .child(&el(Tag::P).class("ww-hint").text(&t("person_hint")))
            .child(&error)
            .child(&said);
        let this = Rc::new_cyclic(|this: &Weak<Self>| Self {
            this: this.clone(),
            page: page.clone(),
            root,
            search,
            list,
            more,
            address,
            what,
            note,
            error,
            said,
            next: RefCell::default(),
            waits: RefCell::default(),
            turn: Cell::new(0),
            inside: RefCell::default(),
            scope: scope.clone(),
        });
        let hear = |element: &El, event: &'static str, act: fn(&Rc<Self>)| {
            let weak = Rc::downgrade(&this);
            scope.listen(element.node(), event, move |_| {
                if let Some(this) = weak.upgrade() {
                    act(&this);
                }
            });
        };
        hear(&this.search, "input", |this| {
            let weak = this.this.clone();
            let wait = Timeout::new(PATIENCE, move || {
                if let Some(this) = weak.upgrade() {
                    this.load();
                }
            });
            this.waits.replace(Some(wait));
        });
        hear(&this.more, "click", |this| this.ask(this.next.borrow().clone()));
        hear(&write, "click", Self::write);
        this
    }

    pub(super) const fn element(&self) -> &El {
        &self.root
    }

    /// Asks for the first page.
    pub(super) fn load(&self) {
        if !self.list.has_shown_child() {
            self.list.fill([el(Tag::Li).child(&ghosts(1))]);
        }
        self.ask(None);
    }

    fn ask(&self, before: Option<String>) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let Some(this) = self.this.upgrade() else { return };
        let query = self.search.value().trim().to_owned();
        spawn_local(async move {
            let first = before.is_none();
            let answer = ask(&ToWorker::People { query: query.clone(), before }).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok(Answer::People { page }) => {
                    this.draw(&page.people, first, query.is_empty());
                    this.more.show(page.next.is_some());
                    this.next.replace(page.next);
                }
                Ok(_) => this.fail(&Fault::Internal { detail: "people".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn fail(&self, fault: &Fault) {
        self.list.fill([alone(&fault_words(fault))]);
        self.more.show(false);
    }

    fn draw(self: &Rc<Self>, people: &[PersonDetail], first: bool, all: bool) {
        let (scope, now) = (Scope::default(), now());
        let items = people.iter().map(|person| item(self, &scope, person, now));
        if !first {
            items.for_each(|item| self.list.add(item.as_ref()));
            self.inside.borrow_mut().push(scope);
            return;
        }
        if people.is_empty() {
            self.list.fill([alone(&t(if all { "people_none" } else { "people_not_found" }))]);
        } else {
            self.list.fill(items.collect::<Vec<_>>());
        }
        self.inside.replace(vec![scope]);
    }

    /// Writes down what the user says of somebody.
    fn write(self: &Rc<Self>) {
        let (address, note, what) = (self.address.value().trim().to_owned(), self.note.value(), self.what.value());
        let Some((.., kinds, state)) = SAID.into_iter().find(|(value, ..)| *value == what) else { return };
        let known = waxwing_domain::consent::exact(&address).is_some();
        let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
        let missing = state == ConsentState::Agreed && note.is_none();
        let error = if known { missing.then(|| t("person_note_missing")) } else { Some(t("person_address_wrong")) };
        wrong(&self.error, error.as_deref());
        if error.is_none() {
            self.say(PutPerson { address, opens: kinds.opens.then_some(state), clicks: kinds.clicks.then_some(state), note });
        }
    }

    fn say(self: &Rc<Self>, person: PutPerson) {
        let this = Rc::clone(self);
        spawn_local(async move {
            let put = PutPeople { people: vec![person], import: false };
            match ask(&ToWorker::SetPeople { put }).await {
                Ok(Answer::PeopleChanged { changed }) => {
                    this.said.fill_text(&match changed.kept.first() {
                        Some(address) => t_with("person_kept", &[address]),
                        None => t("person_written"),
                    });
                    this.address.set_value("");
                    this.note.set_value("");
                    this.ask(None);
                }
                Ok(_) => {}
                Err(fault) => {
                    if let Some(page) = this.page.upgrade() {
                        page.complain(&fault);
                    }
                }
            }
        });
    }
}

fn alone(words: &str) -> El {
    el(Tag::Li).child(&icon_with(Icon::INFO, "")).child(&el(Tag::P).class("ww-s ww-2").text(words)).child(&el(Tag::Span))
}

const fn state_key(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Unknown => "state_unknown",
        ConsentState::Agreed => "state_agreed",
        ConsentState::Refused => "state_refused",
    }
}

fn source_words(source: ConsentSource) -> String {
    t(match source {
        ConsentSource::Page => "source_page",
        ConsentSource::Mail => "source_mail",
        ConsentSource::User => "source_user",
        ConsentSource::Import => "source_import",
    })
}

fn item(people: &Rc<People>, scope: &Scope, detail: &PersonDetail, now: Millis) -> El {
    let person = &detail.person;
    let stands = t_with("person_stands", &[&t(state_key(person.opens)), &t(state_key(person.clicks))]);
    let refused = [person.opens, person.clicks].contains(&ConsentState::Refused);
    let (which, class) = if refused { (Icon::OFF, "s-off") } else { (Icon::CHECK, "t-ok") };
    let since = t_with("person_since", &[&day(person.at, now)]);
    let body = el(Tag::Div)
        .child(&el(Tag::B).class("ww-b ww-any").foreign(&person.address))
        .child(&el(Tag::P).class("ww-s ww-2").text(&stands))
        .child(&el(Tag::P).class("ww-s ww-3").text(&since));
    let proof = detail.proof.iter().map(|proof| said(proof, now));
    let body = if detail.proof.is_empty() { body } else { body.child(&fold(&t("person_proof"), proof)) };
    let line = el(Tag::Li).child(&icon_with(which, class)).child(&body);
    // What the recipient said is the recipient's to take back.
    let by_user = |state: ConsentState, source: Option<ConsentSource>| {
        state != ConsentState::Unknown && source.is_none_or(|source| !source.is_own() || state == ConsentState::Agreed)
    };
    let (opens, clicks) = (by_user(person.opens, person.opens_source), by_user(person.clicks, person.clicks_source));
    if !opens && !clicks {
        return line.child(&el(Tag::Span));
    }
    let unknown = |is: bool| is.then_some(ConsentState::Unknown);
    let put = PutPerson { address: person.address.clone(), opens: unknown(opens), clicks: unknown(clicks), note: None };
    let weak = Rc::downgrade(people);
    let name = t_with("person_drop_name", &[&person.address]);
    line.child(&button("ww-btn", &t("person_drop")).set(Attr::AriaLabel, &name).on(scope, "click", move |_| {
        if let Some(people) = weak.upgrade() {
            people.say(put.clone());
        }
    }))
}

/// One thing that was said, with how it is known and the text that was shown.
fn said(proof: &ConsentProof, now: Millis) -> El {
    let kinds = t(match proof.kinds {
        Kinds { opens: true, clicks: true } => "kinds_both",
        Kinds { opens: true, .. } => "kinds_opens",
        _ => "kinds_clicks",
    });
    let words = t_with("proof_line", &[&day(proof.at, now), &kinds, &t(state_key(proof.state)), &source_words(proof.source)]);
    let entry = el(Tag::P).class("ww-s ww-2").text(&words);
    [&proof.note, &proof.shown]
        .into_iter()
        .flatten()
        .fold(entry, |entry, text| entry.child(&el(Tag::Span).class("ww-quote").foreign(text)))
}
