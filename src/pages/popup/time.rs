//! A field for a time: what is typed is shown as it is understood, and Enter asks for it.
//!
//! What must hold: it reads what the panel in Gmail reads, by the same code. What is done with the time is for who owns the field.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use uuid::Uuid;
use wasm_bindgen::JsCast;
use waxwing_domain::civil::{Civil, Time, Weekday};
use waxwing_domain::schedule::NoDue;
use waxwing_domain::when::{Order, words::Language};
use waxwing_protocol::api::Late;
use web_sys::{KeyboardEvent, Node};

use super::scheduled::text;
use crate::chrome::i18n::language;
use crate::chrome::system::{Clock as _, System};
use crate::chrome::zones::BrowserZones;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::now;
pub(super) use crate::pages::panel::sense::Clear;
use crate::pages::panel::sense::{Asked, Clocks, Ends, Pick, Sense, languages, order_of, sense};
use crate::pages::panel::ways::{Instead, Refused, Way};
use crate::pages::text::{Value, moment, rich, sample_date, t, t_with, week_start};
use crate::pages::widgets::button;

/// When a chip's day begins.
const MORNING: Time = Time::hour_sharp(9);

/// What of a schedule stays as it is, whatever is typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Stays {
    pub(super) unless_answered: bool,
    pub(super) late: Late,
    pub(super) holidays: Vec<String>,
    /// It repeats: one time then takes the place of all.
    pub(super) repeats: bool,
}

/// What a field is for.
pub(super) struct Purpose {
    /// A name that no other field of the page has.
    pub(super) id: Uuid,
    /// The words of the button while no time is understood.
    pub(super) submit: &'static str,
    /// The same with the time in them.
    pub(super) submit_at: &'static str,
    /// The words of what leaves everything as it is.
    pub(super) leave: &'static str,
    /// What can be pressed instead of typing: words, and so many days from today in the morning.
    pub(super) chips: &'static [(&'static str, i64)],
    /// What stays as it is.
    pub(super) stays: Box<dyn Fn() -> Stays>,
    /// Called with the time, once until [`TimeField::failed`].
    pub(super) send: Box<dyn Fn(Clear)>,
    /// Called when the field is left.
    pub(super) close: Box<dyn Fn()>,
}

/// The field with what belongs to it.
pub(super) struct TimeField {
    purpose: Purpose,
    root: El,
    field: El,
    said: El,
    submit: El,
    foot: El,
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
    scope: Scope,
}

impl TimeField {
    /// A field.
    pub(super) fn new(purpose: Purpose) -> Rc<Self> {
        let scope = Scope::default();
        let id = purpose.id;
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
            .text(&t(purpose.submit));
        let leave = button("ww-link ww-s", &t(purpose.leave));
        let chips = purpose.chips.iter().map(|(key, days)| (button("ww-chip", &t(key)), *days)).collect::<Vec<_>>();
        let row = (!chips.is_empty()).then(|| el(Tag::Div).class("ww-chips").children(chips.iter().map(|(chip, _)| chip)));
        let foot = el(Tag::Div).class("ww-row-btns").child(&submit).child(&leave);
        let root = el(Tag::Form)
            .class("ww-mail-more ww-whole ww-change ww-stack ww-stack-2")
            .child(&el(Tag::Label).class("ww-label").set(Attr::For, &field_id).text(&t("panel_when")))
            .children(row)
            .child(&field)
            .child(&said)
            .child(&foot);
        let change = Rc::new(Self {
            purpose,
            root,
            field,
            said,
            submit,
            foot,
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
        for (chip, days) in chips {
            let weak = Rc::downgrade(&change);
            scope.listen(chip.node(), "click", move |_| {
                if let Some(change) = weak.upgrade() {
                    change.choose(days);
                }
            });
        }
        change.read();
        change
    }

    /// What lives as long as the field.
    pub(super) const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Further ways, behind the field's own.
    pub(super) fn offer(&self, ways: impl IntoIterator<Item = El>) {
        for way in ways {
            self.foot.add(way.as_ref());
        }
    }

    /// The morning of a day, as if it were typed.
    fn choose(self: &Rc<Self>, days: i64) {
        let clocks = self.clocks();
        let Some(wall) = clocks.zones.find(&self.home).and_then(|zone| {
            let here = Civil::from_seconds(now().div_euclid(1_000) + i64::from(zone.offset_at(now().div_euclid(1_000))))?;
            Some(Civil { date: here.date.plus_days(days)?, time: MORNING })
        }) else {
            return;
        };
        self.take(&Pick { wall, zone: self.home.clone() });
        self.read();
        self.submit.focus();
    }

    fn take(&self, pick: &Pick) {
        let at = self.clocks().instant(pick.wall, &pick.zone);
        self.field.set_value(&moment(at, now()));
        *self.pick.borrow_mut() = Some(pick.clone());
    }

    /// What was asked for did not work: says why, and can be asked for again.
    pub(super) fn failed(&self, words: &str) {
        self.busy.set(false);
        self.said.clear();
        self.said.add(&icon(Icon::FAILED));
        self.said.add(el(Tag::Span).set(Attr::Role, "alert").text(words).as_ref());
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
        (self.purpose.close)();
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
        let Stays { unless_answered, late, holidays, repeats } = (self.purpose.stays)();
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
        self.show(&understood, repeats);
        *self.sense.borrow_mut() = understood;
    }

    fn show(self: &Rc<Self>, understood: &Sense, repeats: bool) {
        // What could be pressed before goes with its listeners.
        let scope = Scope::default();
        let mut ways = Vec::new();
        let bad = matches!(understood, Sense::Refused(_) | Sense::NoDue(_));
        self.field.put(Attr::AriaInvalid, if bad { "true" } else { "false" });
        self.submit.put(Attr::AriaDisabled, if matches!(understood, Sense::Clear(_)) { "false" } else { "true" });
        self.submit.fill_text(&t(self.purpose.submit));
        let (sign, words) = match understood {
            Sense::Nothing => {
                self.said.fill([el(Tag::Span).class("ww-3").text(&t("panel_hint"))]);
                self.said_scope.take();
                return;
            }
            Sense::Clear(clear) => {
                self.submit.fill_text(&t_with(self.purpose.submit_at, &[&moment(clear.due.at, now())]));
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
                    change.take(pick);
                }
            }
            change.read();
            change.field.focus();
        })
    }

    fn send(self: &Rc<Self>) {
        let sense = self.sense.borrow().clone();
        let Sense::Clear(clear) = sense else { return };
        if !self.busy.replace(true) {
            (self.purpose.send)(*clear);
        }
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
