//! The field for another time of a mail: what is typed is shown as it is understood, and Enter asks for it.
//!
//! What must hold: it reads what the panel in Gmail reads, by the same code; the conditions of the mail stay as they are.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::civil::Weekday;
use waxwing_domain::schedule::NoDue;
use waxwing_domain::when::{Order, words::Language};
use waxwing_protocol::api::{Schedule, Scheduled, When};
use web_sys::{KeyboardEvent, Node};

use super::card::Card;
use super::desk::Desk;
use super::words::{subject, text};
use crate::chrome::i18n::language;
use crate::chrome::system::{Clock as _, System};
use crate::chrome::zones::BrowserZones;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::now;
use crate::pages::panel::sense::{Asked, Clear, Clocks, Ends, Pick, Sense, languages, order_of, sense};
use crate::pages::panel::ways::{Instead, Refused, Way};
use crate::pages::text::{Value, moment, rich, sample_date, t, t_with, week_start};
use crate::pages::widgets::{button, fault_words};
use waxwing_protocol::page::Fault;

/// The field with what belongs to it.
pub(super) struct Change {
    card: Weak<Card>,
    desk: Weak<Desk>,
    root: El,
    field: El,
    said: El,
    submit: El,
    zones: BrowserZones,
    home: String,
    order: Option<Order>,
    languages: Vec<&'static Language>,
    first_weekday: Weekday,
    /// The time that was pressed instead of typed.
    pick: RefCell<Option<Pick>>,
    sense: RefCell<Sense>,
    /// Listeners of what is said.
    said_scope: RefCell<Scope>,
    busy: Cell<bool>,
    #[expect(dead_code, reason = "holds the listeners as long as the field is there")]
    scope: Scope,
}

impl Change {
    /// The field for a card.
    pub(super) fn new(desk: &Rc<Desk>, card: &Rc<Card>) -> Rc<Self> {
        let scope = Scope::default();
        let id = card.id();
        let (field_id, said_id) = (name("when", id), name("said", id));
        let field = el(Tag::Input)
            .class("ww-input")
            .set(Attr::Type, "text")
            .set(Attr::Id, &field_id)
            .set(Attr::DataAct, "when")
            .set(Attr::Placeholder, &t("panel_placeholder"))
            .set(Attr::AriaDescribedby, &said_id)
            .set(Attr::Autocomplete, "off")
            .set(Attr::Spellcheck, "false");
        let said = el(Tag::Div).class("ww-said").set(Attr::Id, &said_id).set(Attr::Role, "status");
        let submit = el(Tag::Button)
            .set(Attr::Type, "submit")
            .class("ww-btn ww-btn-main")
            .set(Attr::DataAct, "submit")
            .text(&t("sched_change"));
        let leave = button("ww-link ww-s", &t("sched_leave"));
        let root = el(Tag::Form)
            .class("ww-mail-more ww-whole ww-change ww-stack ww-stack-2")
            .child(&el(Tag::Label).class("ww-label").set(Attr::For, &field_id).text(&t("panel_when")))
            .child(&field)
            .child(&said)
            .child(&el(Tag::Div).class("ww-row-btns").child(&submit).child(&leave));
        let change = Rc::new(Self {
            card: Rc::downgrade(card),
            desk: Rc::downgrade(desk),
            root,
            field,
            said,
            submit,
            zones: BrowserZones::default(),
            home: System.zone(),
            order: order_of(&sample_date()),
            languages: languages(&language()),
            // Sunday is 0 there.
            first_weekday: Weekday::from_index((i64::from(week_start()) + 6) % 7),
            pick: RefCell::default(),
            sense: RefCell::new(Sense::Nothing),
            said_scope: RefCell::default(),
            busy: Cell::new(false),
            scope: scope.clone(),
        });
        change.listen(&scope, &leave);
        change.read();
        change
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Gives the field the focus.
    pub(super) fn focus(&self) {
        self.field.focus();
    }

    fn listen(self: &Rc<Self>, scope: &Scope, leave: &El) {
        let with = |act: fn(&Rc<Self>)| {
            let weak = Rc::downgrade(self);
            move || {
                if let Some(change) = weak.upgrade() {
                    act(&change);
                }
            }
        };
        let (typed, send) = (with(Self::typed), with(Self::send));
        let (close, closed) = (with(Self::close), with(Self::close));
        scope.listen(self.field.node(), "input", move |_| typed());
        scope.listen(leave.node(), "click", move |_| close());
        scope.listen(self.root.node(), "submit", move |event| {
            event.prevent_default();
            send();
        });
        scope.listen(self.root.node(), "keydown", move |event| {
            if event.dyn_ref::<KeyboardEvent>().is_some_and(|key| key.key() == "Escape" && !key.is_composing()) {
                // It closes the field, not the popup.
                event.prevent_default();
                closed();
            }
        });
    }

    fn close(self: &Rc<Self>) {
        if let Some(card) = self.card.upgrade() {
            card.toggle_change();
        }
    }

    fn clocks(&self) -> Clocks<'_> {
        Clocks {
            now: now(),
            zones: &self.zones,
            order: self.order,
            languages: &self.languages,
            first_weekday: self.first_weekday,
        }
    }

    /// What was typed counts, not what was pressed before.
    fn typed(self: &Rc<Self>) {
        self.pick.take();
        self.read();
    }

    /// Reads what stands there and says what it means.
    fn read(self: &Rc<Self>) {
        let Some(card) = self.card.upgrade() else { return };
        let Schedule { unless_answered, late, holidays, when, .. } = card.mail().schedule;
        let phrase = self.field.value();
        let pick = self.pick.borrow().clone();
        let asked = Asked {
            phrase: &phrase,
            pick: pick.as_ref(),
            zone: &self.home,
            every: None,
            ends: Ends::Never,
            unless_answered,
            late,
            holidays: &holidays,
        };
        let understood = sense(&asked, &self.clocks());
        self.show(&understood, matches!(when, When::Repeat { .. }));
        *self.sense.borrow_mut() = understood;
    }

    fn show(self: &Rc<Self>, understood: &Sense, repeats: bool) {
        // What could be pressed before goes with its listeners.
        let scope = Scope::default();
        let mut ways = Vec::new();
        let bad = matches!(understood, Sense::Refused(_) | Sense::NoDue(_));
        self.field.put(Attr::AriaInvalid, if bad { "true" } else { "false" });
        self.submit.put(Attr::AriaDisabled, if matches!(understood, Sense::Clear(_)) { "false" } else { "true" });
        self.submit.fill_text(&t("sched_change"));
        let (sign, words) = match understood {
            Sense::Nothing => {
                self.said.fill([el(Tag::Span).class("ww-3").text(&t("panel_hint"))]);
                self.said_scope.take();
                return;
            }
            Sense::Clear(clear) => {
                self.submit.fill_text(&t_with("panel_send", &[&moment(clear.due.at, now())]));
                (icon_with(Icon::CHECK, "t-ok"), clear_words(clear, repeats))
            }
            Sense::NoDue(none) => {
                let key = if *none == NoDue::Past { "panel_over" } else { "panel_never" };
                (icon_with(Icon::INFO, "t-warn"), rich(key, &[]))
            }
            Sense::Refused(refusal) => {
                let phrase = self.field.value();
                let moment = |at| moment(at, now());
                let refused = Refused { phrase: &phrase, zone: &self.home, clocks: self.clocks(), moment: &moment };
                let (words, offered) = refused.words(refusal);
                ways = offered;
                (icon_with(Icon::INFO, "t-warn"), words)
            }
        };
        self.said.clear();
        self.said.add(&sign);
        self.said.add(el(Tag::Span).children(words).as_ref());
        if !ways.is_empty() {
            let ways = ways.into_iter().map(|way| self.press(&scope, way));
            self.said.add(el(Tag::Span).class("ww-row-btns").children(ways).as_ref());
        }
        *self.said_scope.borrow_mut() = scope;
    }

    /// What can be pressed instead of what was typed.
    fn press(self: &Rc<Self>, scope: &Scope, way: Way) -> El {
        let weak = Rc::downgrade(self);
        let class = way.class();
        button(class, &way.words).on(scope, "click", move |_| {
            let Some(change) = weak.upgrade() else { return };
            match &way.instead {
                Instead::Phrase(phrase) => {
                    change.field.set_value(phrase);
                    change.pick.take();
                }
                Instead::Pick(pick) => {
                    let at = change.clocks().instant(pick.wall, &pick.zone);
                    change.field.set_value(&moment(at, now()));
                    *change.pick.borrow_mut() = Some(pick.clone());
                }
            }
            change.read();
            change.field.focus();
        })
    }

    fn send(self: &Rc<Self>) {
        let sense = self.sense.borrow().clone();
        let (Some(card), Some(desk), Sense::Clear(clear)) = (self.card.upgrade(), self.desk.upgrade(), sense) else { return };
        if self.busy.replace(true) {
            return;
        }
        let (this, mail) = (Rc::clone(self), card.mail());
        spawn_local(async move {
            let done = desk.put(&mail, clear.schedule).await;
            this.busy.set(false);
            match done {
                Ok(scheduled) => {
                    say(&desk, &scheduled);
                    card.toggle_change();
                    card.set(scheduled);
                    desk.reload();
                }
                Err(Fault::Conflict | Fault::NotFound) => desk.refused(&card, &Fault::Conflict),
                Err(fault) => this.complain(&fault),
            }
        });
    }

    fn complain(&self, fault: &Fault) {
        self.said.clear();
        self.said.add(&icon(Icon::FAILED));
        self.said.add(el(Tag::Span).set(Attr::Role, "alert").text(&fault_words(fault)).as_ref());
    }
}

/// Says when it goes now.
fn say(desk: &Desk, mail: &Scheduled) {
    if let (Some(toast), Some(at)) = (desk.toast(), mail.due_at) {
        toast.say(rich("sched_changed", &[Value::Own(moment(at, now())), subject(mail)]));
    }
}

/// An id that is on the page once.
fn name(what: &str, id: Uuid) -> String {
    format!("{what}-{id}")
}

fn clear_words(clear: &Clear, repeats: bool) -> Vec<Node> {
    let mut words = rich("panel_said", &[Value::Own(moment(clear.due.at, now()))]);
    if clear.due.moved {
        words.push(text(&format!(" {}", t("panel_moved"))));
    }
    if repeats && !clear.typed_rule {
        words.push(text(&format!(" {}", t("sched_once_now"))));
    }
    words
}
