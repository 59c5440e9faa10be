//! The field for another time of a mail. The conditions of the mail stay as they are.

use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Scheduled, When};
use waxwing_protocol::page::Fault;

use super::super::section::Listed;
use super::super::time::{Clear, Purpose, Stays, TimeField};
use super::card::Card;
use super::desk::Desk;
use super::words::subject;
use crate::pages::now;
use crate::pages::text::{Value, moment, rich};

/// The field for a card.
pub(super) fn change(desk: &Rc<Desk>, card: &Rc<Card>) -> Rc<TimeField> {
    let (of, to, closing) = (Rc::downgrade(card), Rc::downgrade(card), Rc::downgrade(card));
    let desk = Rc::downgrade(desk);
    TimeField::new(Purpose {
        id: card.id(),
        submit: "sched_change",
        submit_at: "panel_send",
        leave: "sched_leave",
        chips: &[],
        stays: Box::new(move || {
            let schedule = of.upgrade().map(|card| card.mail().schedule);
            schedule.map_or_else(Stays::default, |schedule| Stays {
                unless_answered: schedule.unless_answered,
                late: schedule.late,
                repeats: matches!(schedule.when, When::Repeat { .. }),
                holidays: schedule.holidays,
            })
        }),
        send: Box::new(move |clear| send(&to, &desk, clear)),
        close: Box::new(move || {
            if let Some(card) = closing.upgrade() {
                card.toggle_change();
            }
        }),
    })
}

fn send(card: &Weak<Card>, desk: &Weak<Desk>, clear: Clear) {
    let (Some(card), Some(desk)) = (card.upgrade(), desk.upgrade()) else { return };
    spawn_local(async move {
        match desk.put(&card.mail(), clear.schedule).await {
            Ok(scheduled) => {
                say(&desk, &scheduled);
                card.toggle_change();
                card.set(scheduled);
                desk.reload();
            }
            Err(Fault::Conflict | Fault::NotFound) => {
                card.change_failed(&Fault::Conflict);
                desk.refused(&card, &Fault::Conflict);
            }
            Err(fault) => card.change_failed(&fault),
        }
    });
}

/// Says when it goes now.
fn say(desk: &Desk, mail: &Scheduled) {
    if let (Some(toast), Some(at)) = (desk.toast(), mail.due_at) {
        toast.say(rich("sched_changed", &[Value::Own(moment(at, now())), subject(mail)]));
    }
}
