//! The reminder of an open conversation, above its messages: why it is back and what happened, or when it comes back.
//!
//! What must hold: the words come ready from the worker and are text; it is about the conversation that is shown, and gone with it.

use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};

use super::line::{presses, put, text};
use super::place::{Place, set, speak};
use super::read::OwnMail;
use super::when::words;
use crate::content::app::App;
use crate::content::controls::Icon;
use crate::content::later::{Mail, Reminder};
use crate::content::shell;
use crate::gmail::conversation::Shown;
use crate::gmail::rows::ThreadId;

/// What is filled with texts afterwards.
const STRIP: &str =
    "<button class=\"ww-fold\" type=\"button\" aria-haspopup=\"dialog\"><b></b><span></span><u class=\"ww-link\"></u></button>";

/// A strip above a conversation; gone when dropped.
pub(super) struct Strip {
    reminder: Reminder,
    above: Shown,
    place: Place,
    _pressed: [EventListener; 2],
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
        // When its time is over "comes back" is wrong: until it is known how it stands now nothing is said.
        let reminder = reminder.filter(|reminder| reminder.due.is_none_or(|due| shell::now() < due));
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
        let place = Place::new(&self.document, &self.shown.sheet, "ww-host-back", "section", "ww-line")?;
        speak(&place.inside);
        set(&place.inside, "aria-label", &words("app_name", &[]));
        place.inside.set_inner_html(STRIP);
        put(&place.inside, "b", |part| Icon::Bell.fill(part));
        text(&place.inside, "span", &reminder.say);
        text(&place.inside, "u", &words("remind_change", &[]));
        place.take_theme(self.shown.is_dark());
        if let Some(indent) = above.indent() {
            set(&place.host, "style", &format!("margin-inline-start:{indent}px"));
        }
        above.outside().before_with_node_1(&place.host).ok()?;
        let tracked = own.iter().any(|mail| mail.id == reminder.id);
        let mail = Mail { id: reminder.id, tracked, thread: Some(reminder.thread) };
        let app = Rc::downgrade(self);
        let button: HtmlElement = place.inside.first_element_child()?.dyn_into().ok()?;
        let act: Rc<dyn Fn(&Event)> = Rc::new(move |_| {
            if let Some(app) = app.upgrade() {
                app.toggle_reminder(mail, button.clone());
            }
        });
        let pressed = presses(&place.inside, &act);
        Some(Strip { reminder, above: above.clone(), place, _pressed: pressed })
    }
}
