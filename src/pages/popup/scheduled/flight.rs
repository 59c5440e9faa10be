//! The flight recorder of a mail: a fold that asks for it when it is opened.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::civil::Weekday;
use waxwing_protocol::Millis;
use waxwing_protocol::api::FlightEntry;
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};
use web_sys::Node;

use super::words::{said, text, trouble};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::now;
use crate::pages::say::{Put, flight_sentence, what_key};
use crate::pages::text::{
    Value, clock, clock_s, day, day_of, iso, iso_day, local_day, moment, moment_in, number, rich, rich_count, t, t_with,
    weekday,
};
use crate::pages::widgets::{fault_words, ghosts};

/// The fold.
pub(super) struct Flight {
    this: Weak<Flight>,
    id: Uuid,
    root: El,
    inside: El,
    turn: Cell<u32>,
    #[expect(dead_code, reason = "holds the listener as long as the fold is there")]
    scope: Scope,
}

impl Flight {
    /// A closed fold for a mail.
    pub(super) fn new(id: Uuid) -> Rc<Self> {
        let scope = Scope::default();
        let inside = el(Tag::Div);
        let summary = el(Tag::Summary).set(Attr::DataAct, "flight").child(&icon(Icon::RIGHT)).text(&t("sched_details"));
        let root = el(Tag::Details).class("ww-fold ww-whole").child(&summary).child(&inside);
        let flight =
            Rc::new_cyclic(|this| Self { this: this.clone(), id, root, inside, turn: Cell::new(0), scope: scope.clone() });
        let weak = Rc::downgrade(&flight);
        scope.listen(flight.root.node(), "toggle", move |_| {
            if let Some(flight) = weak.upgrade().filter(|flight| flight.is_open()) {
                flight.load();
            }
        });
        flight
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// The mail has moved on: what is shown is asked for again.
    pub(super) fn moved(&self) {
        if self.is_open() {
            self.load();
        }
    }

    fn is_open(&self) -> bool {
        self.root.node().has_attribute("open")
    }

    fn load(&self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        if self.inside.node().child_element_count() == 0 {
            self.inside.fill([ghosts(2)]);
        }
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::Detail { id: this.id }).await;
            if this.turn.get() != turn {
                return;
            }
            match answer {
                Ok(LaterAnswer::Detail { detail }) => this.inside.fill([recorder(&detail.flight, now())]),
                Ok(_) => this.fail(&Fault::Internal { detail: "detail".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn fail(&self, fault: &Fault) {
        let words = t_with("not_done", &[&fault_words(fault)]);
        self.inside.fill([el(Tag::P).class("ww-err").set(Attr::Role, "alert").text(&words)]);
    }
}

fn recorder(flight: &[FlightEntry], now: Millis) -> El {
    el(Tag::Ol)
        .class("ww-rec")
        .set(Attr::TabIndex, "0")
        .set(Attr::AriaLabel, &t("sched_details"))
        .children(flight.iter().map(|entry| line(entry, now)))
}

fn line(entry: &FlightEntry, now: Millis) -> El {
    // What happened today to the second; before that the day says more than the seconds.
    let (then, today) = (local_day(entry.at), local_day(now));
    let shown = match today - then {
        0 => clock_s(entry.at),
        // The first day of 1970 was a Thursday.
        1..7 => t_with("when_day", &[&weekday(Weekday::from_index(then + 3), true), &clock(entry.at)]),
        _ => day_of(&iso_day(entry.at)),
    };
    let exact = t_with("when_day", &[&day(entry.at, now), &clock_s(entry.at)]);
    let time = el(Tag::Time).set(Attr::DateTime, &iso(entry.at)).set(Attr::Title, &exact).text(&shown);
    let what = el(Tag::B);
    let what = match what_key(&entry.what) {
        Some(key) => what.text(&t(key)),
        None => what.foreign(&entry.what.chars().take(40).collect::<String>()),
    };
    let mut words = entry.say.as_deref().map(|say| sentence(say, entry, now)).unwrap_or_default();
    if let Some(server) = entry.with.get("said") {
        words.extend([text(" "), said(server).node().clone().into()]);
    }
    el(Tag::Li).child(&time).child(&what).child(&el(Tag::Span).class("ww-any").children(words))
}

fn sentence(say: &str, entry: &FlightEntry, now: Millis) -> Vec<Node> {
    let Some(sentence) = flight_sentence(say, &entry.with) else { return Vec::new() };
    let mut counted = None;
    let mut values = Vec::new();
    for put in sentence.put {
        values.push(match put {
            Put::Count(n) => {
                counted = Some(n);
                continue;
            }
            Put::At(at, zone) => Value::Own(zone.and_then(|zone| moment_in(at, zone)).unwrap_or_else(|| moment(at, now))),
            Put::Number(n) => Value::Own(number(n)),
            Put::Trouble(which) => Value::Own(trouble(which)),
            Put::Text(text) => Value::Foreign(text.chars().take(300).collect()),
        });
    }
    match counted {
        Some(n) => rich_count(sentence.key, n, &values),
        None => rich(sentence.key, &values),
    }
}
