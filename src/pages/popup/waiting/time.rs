//! The field for when a mail comes back, with what else can be done with its reminder.

use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{ReminderState, WaitingAction, When};
use waxwing_protocol::page::Fault;

use super::super::section::Listed as _;
use super::super::time::{Clear, Purpose, Stays, TimeField};
use super::card::Card;
use super::desk::Desk;
use crate::pages::dom::{Attr, El};
use crate::pages::text::t;
use crate::pages::widgets::{button, fault_words};

/// What can be pressed: words, and so many days from today.
const CHIPS: &[(&str, i64)] = &[("remind_tomorrow", 1), ("waiting_in_3_days", 3), ("waiting_in_a_week", 7)];

/// The field of a card.
pub(super) fn time_field(desk: &Rc<Desk>, card: &Rc<Card>) -> Rc<TimeField> {
    let (to, closing) = (Rc::downgrade(card), Rc::downgrade(card));
    let back = card.mail().and_then(|mail| mail.reminder).map(|reminder| reminder.state);
    let field = {
        let desk = Rc::downgrade(desk);
        TimeField::new(Purpose {
            id: card.id(),
            submit: "waiting_set",
            submit_at: "waiting_set_at",
            leave: "sched_leave",
            chips: CHIPS,
            stays: Box::new(Stays::default),
            send: Box::new(move |clear| send(&to, &desk, clear)),
            close: Box::new(move || {
                if let Some(card) = closing.upgrade() {
                    card.toggle_field();
                }
            }),
        })
    };
    match back {
        Some(ReminderState::Back) => {}
        Some(ReminderState::Waiting) => field.offer([
            way(desk, card, &field, "off", "waiting_off", |desk, card| desk.switch_off(card)),
            stop(desk, card, &field),
        ]),
        _ => field.offer([stop(desk, card, &field)]),
    }
    field
}

/// Nothing more is waited for.
fn stop(desk: &Rc<Desk>, card: &Rc<Card>, field: &Rc<TimeField>) -> El {
    way(desk, card, field, "stop", "waiting_stop", |desk, card| {
        desk.after_a_while(card, WaitingAction::Done, "waiting_said_done");
    })
}

fn way(
    desk: &Rc<Desk>,
    card: &Rc<Card>,
    field: &Rc<TimeField>,
    act: &str,
    words: &str,
    run: impl Fn(&Rc<Desk>, &Rc<Card>) + 'static,
) -> El {
    let (desk, card) = (Rc::downgrade(desk), Rc::downgrade(card));
    button("ww-link ww-s", &t(words)).set(Attr::DataAct, act).on(field.scope(), "click", move |_| {
        if let (Some(desk), Some(card)) = (desk.upgrade(), card.upgrade()) {
            card.toggle_field();
            run(&desk, &card);
        }
    })
}

fn send(card: &Weak<Card>, desk: &Weak<Desk>, clear: Clear) {
    let (Some(card), Some(desk)) = (card.upgrade(), desk.upgrade()) else { return };
    let (when, phrase) = (clear.schedule.when, clear.schedule.phrase);
    // How often it comes again is a choice of the panel in Gmail.
    if !matches!(when, When::At { .. } | When::Instant { .. }) {
        return card.time_failed(&t("waiting_one_time"));
    }
    let Some(mail) = card.mail() else { return };
    spawn_local(async move {
        match desk.remind(&mail, when, phrase).await {
            Ok(mail) => {
                desk.say_when(&mail);
                card.toggle_field();
                card.set(mail);
                desk.reload();
            }
            Err(fault @ (Fault::Conflict | Fault::NotFound)) => {
                card.time_failed(&fault_words(&fault));
                desk.refused(&card, &fault);
            }
            Err(fault) => card.time_failed(&fault_words(&fault)),
        }
    });
}
