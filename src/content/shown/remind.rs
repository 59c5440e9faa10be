//! The reminder of an open conversation, above its messages: why it is back and what happened, or when it comes back.
//!
//! What must hold: the words come ready from the worker and are text; it is about the conversation that is shown, and gone with it.

use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use waxwing_protocol::api::GmailIds;
use web_sys::HtmlElement;

use super::icons::Icon;
use super::place::{Place, add, make, set, speak};
use super::read::OwnMail;
use super::when::words;
use crate::content::app::App;
use crate::content::later::{Mail, Reminder};
use crate::gmail::account;
use crate::gmail::conversation::Shown;
use crate::gmail::rows::ThreadId;

/// A strip above a conversation; gone when dropped.
pub(super) struct Strip {
    reminder: Reminder,
    above: Shown,
    place: Place,
    _pressed: EventListener,
}

impl Strip {
    fn is_right(&self, reminder: &Reminder, above: &Shown) -> bool {
        self.reminder == *reminder && self.above == *above && self.place.host.is_connected()
    }

    /// Takes over whether Gmail is light or dark.
    pub(super) fn dress(&self, dark: bool) {
        self.place.take_theme(dark);
    }
}

impl App {
    /// Shows the reminder of the conversation that is shown, above its first message.
    pub(super) fn look_at_reminder(self: &Rc<Self>, thread: Option<ThreadId>, first: Option<&Shown>, own: &[Rc<OwnMail>]) {
        let reminder = thread.and_then(|thread| self.reminder_in(thread));
        let (Some(reminder), Some(above)) = (reminder, first) else {
            self.shown.strip.take();
            return;
        };
        if self.shown.strip.borrow().as_ref().is_some_and(|strip| strip.is_right(&reminder, above)) {
            return;
        }
        let strip = self.strip(reminder, above, own);
        // The old one leaves the page after the borrow has ended.
        drop(self.shown.strip.replace(strip));
    }

    fn strip(self: &Rc<Self>, reminder: Reminder, above: &Shown, own: &[Rc<OwnMail>]) -> Option<Strip> {
        let document = &self.document;
        let place = Place::new(document, &self.shown.sheet, "ww-host-back", "section", "ww-line ww-back")?;
        speak(&place.inside);
        set(&place.inside, "aria-label", &words("app_name", &[]));
        let button = make(document, "button", "ww-fold")?;
        set(&button, "type", "button");
        set(&button, "aria-haspopup", "dialog");
        Icon::Bell.fill(&add(document, &button, "b", "", "")?);
        add(document, &button, "span", "", &reminder.say)?;
        add(document, &button, "u", "ww-link", &words("remind_change", &[]))?;
        place.inside.append_child(&button).ok()?;
        place.take_theme(self.shown.is_dark());
        above.outside().before_with_node_1(&place.host).ok()?;
        let tracked = own.iter().find(|mail| mail.id == reminder.id);
        let mail = tracked.map_or_else(
            || Mail {
                id: reminder.id,
                tracked: false,
                sender: account::address(document).unwrap_or_default(),
                sent_at: 0,
                gmail: GmailIds { legacy_thread: Some(reminder.thread.to_string()), ..GmailIds::default() },
            },
            |own| own.reminded(),
        );
        let app = Rc::downgrade(self);
        let button: HtmlElement = button.dyn_into().ok()?;
        let face = button.clone();
        let pressed = EventListener::new(&button, "click", move |event| {
            event.stop_propagation();
            if let Some(app) = app.upgrade() {
                app.toggle_reminder(&mail, face.clone());
            }
        });
        Some(Strip { reminder, above: above.clone(), place, _pressed: pressed })
    }
}

impl OwnMail {
    /// What a reminder needs to know of it.
    pub(super) fn reminded(&self) -> Mail {
        Mail {
            id: self.id,
            tracked: true,
            sender: self.sender.clone(),
            sent_at: self.sent_at,
            gmail: GmailIds {
                draft: self.permanent.clone(),
                legacy_thread: self.thread.map(|thread| thread.to_string()),
                legacy_message: self.legacy.clone(),
                ..GmailIds::default()
            },
        }
    }
}
