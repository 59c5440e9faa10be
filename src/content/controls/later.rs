//! The clock and the bell: beside the switch for tracking, in the same group. Each opens its panel, for sending later and for a
//! reminder, and shows what was chosen there for this draft.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::{Document, Element};

use super::icons::Icon;
use super::press::{Happens, Press};
use super::tip::Words;
use crate::content::app::{App, Mount};
use crate::content::shown::place::set;
use crate::content::shown::when::words;

/// What a clock or a bell shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::content) struct Chosen {
    /// Words for what was chosen: when the draft goes, or that it waits for its writer; when the reminder comes. None while nothing is.
    pub(in crate::content) says: Option<String>,
    /// Its panel is open.
    pub(in crate::content) open: bool,
}

/// A clock or a bell; it goes with the group that it stands in.
pub(in crate::content) struct Later {
    press: Rc<Press>,
    /// Keys of `_locales`: what it is called, and what it does while nothing and once something is chosen.
    keys: [&'static str; 3],
    shown: RefCell<Option<Chosen>>,
    _listeners: Vec<EventListener>,
}

impl Later {
    /// Puts the clock, or the bell, at the end of the group.
    pub(super) fn place(app: &Rc<App>, mount: &Rc<Mount>, group: &Element, bell: bool) -> Option<Self> {
        let document: &Document = &app.document;
        let (icon, tip, keys) = if bell {
            (Icon::Bell, "remind-tip", ["compose_remind", "compose_remind_hint", "compose_remind_change"])
        } else {
            (Icon::Clock, "later-tip", ["compose_later", "compose_later_hint", "compose_later_change"])
        };
        let (app, mount) = (Rc::downgrade(app), Rc::downgrade(mount));
        let act: Rc<dyn Fn(Happens)> = Rc::new(move |what| {
            if let (Happens::Pressed, Some(app), Some(mount)) = (what, app.upgrade(), mount.upgrade()) {
                app.toggle_panel(&mount, bell);
            }
        });
        let (press, listeners) = Press::place(document, group, tip, &act)?;
        set(press.button(), "aria-haspopup", "dialog");
        icon.fill(press.button());
        let this = Self { press, keys, shown: RefCell::default(), _listeners: listeners };
        this.show(Chosen::default());
        Some(this)
    }

    /// The button, for what is placed beside it.
    pub(in crate::content) fn press(&self) -> &Press {
        &self.press
    }

    /// Shows what was chosen for the draft.
    pub(in crate::content) fn show(&self, chosen: Chosen) {
        if self.shown.borrow().as_ref() == Some(&chosen) {
            return;
        }
        let [title, hint, change] = self.keys;
        let title = words(title, &[]);
        let name = match &chosen.says {
            Some(says) => [&title, ". ", says].concat(),
            None => title.clone(),
        };
        let flag = |on| if on { "true" } else { "false" };
        let is_chosen = chosen.says.is_some();
        for (attribute, value) in
            [("aria-label", name.as_str()), ("aria-expanded", flag(chosen.open)), ("aria-pressed", flag(is_chosen))]
        {
            set(self.press.button(), attribute, value);
        }
        let hint = words(if is_chosen { change } else { hint }, &[]);
        self.press.say(&Words { title, lines: chosen.says.iter().cloned().collect(), hint: Some(hint) });
        *self.shown.borrow_mut() = Some(chosen);
    }
}
