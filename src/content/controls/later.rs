//! The clock: beside the switch for tracking, in the same group. It opens the panel for sending later, and shows that a draft is
//! scheduled already.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, KeyboardEvent};

use super::icons::Icon;
use super::tip::{Tip, Words};
use crate::content::app::{App, Mount};
use crate::content::shown::when::words;

/// What the clock shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::content) struct Clock {
    /// Words for when the draft goes, or that it waits for its writer; none while it is not scheduled.
    pub(in crate::content) goes: Option<String>,
    /// Its panel is open.
    pub(in crate::content) open: bool,
}

/// The clock; it goes with the group that it stands in.
pub(in crate::content) struct Later {
    inside: Rc<Inside>,
    _listeners: Vec<EventListener>,
}

struct Inside {
    document: Document,
    button: HtmlElement,
    tip: Tip,
    shown: RefCell<Option<Clock>>,
}

impl Later {
    /// Puts the clock at the end of the group.
    pub(super) fn place(app: &Rc<App>, mount: &Rc<Mount>, group: &Element) -> Option<Self> {
        let document = app.document.clone();
        let button: HtmlElement = document.create_element("button").ok()?.dyn_into().ok()?;
        button.set_class_name("ww-c");
        button.set_attribute("type", "button").ok()?;
        button.set_attribute("aria-haspopup", "dialog").ok()?;
        button.set_attribute("aria-describedby", "later-tip").ok()?;
        Icon::Clock.fill(&button);
        let tip = Tip::new(&document, "later-tip")?;
        group.append_child(&button).ok()?;
        group.append_child(tip.element()).ok()?;
        let inside = Rc::new(Inside { document, button, tip, shown: RefCell::default() });
        let listeners = listen(app, mount, &inside);
        let this = Self { inside, _listeners: listeners };
        this.show(Clock::default());
        Some(this)
    }

    /// The button, for what is placed beside it.
    pub(in crate::content) fn button(&self) -> &HtmlElement {
        &self.inside.button
    }

    /// Shows how the draft stands.
    pub(in crate::content) fn show(&self, clock: Clock) {
        self.inside.show(clock);
    }
}

impl Inside {
    fn show(&self, clock: Clock) {
        if self.shown.borrow().as_ref() == Some(&clock) {
            return;
        }
        let title = words("compose_later", &[]);
        let name = match &clock.goes {
            Some(goes) => [&title, ". ", goes].concat(),
            None => title.clone(),
        };
        for (attribute, value) in [
            ("aria-label", name.as_str()),
            ("aria-expanded", if clock.open { "true" } else { "false" }),
            ("aria-pressed", if clock.goes.is_some() { "true" } else { "false" }),
        ] {
            drop(self.button.set_attribute(attribute, value));
        }
        let hint = words(if clock.goes.is_some() { "compose_later_change" } else { "compose_later_hint" }, &[]);
        self.tip.say(&self.document, &Words { title, lines: clock.goes.iter().cloned().collect(), hint: Some(hint) });
        *self.shown.borrow_mut() = Some(clock);
    }
}

fn listen(app: &Rc<App>, mount: &Rc<Mount>, inside: &Rc<Inside>) -> Vec<EventListener> {
    let button = &inside.button;
    let press = {
        let (app, mount, inside) = (Rc::downgrade(app), Rc::downgrade(mount), Rc::downgrade(inside));
        EventListener::new(button, "click", move |_| {
            if let (Some(app), Some(mount), Some(inside)) = (app.upgrade(), mount.upgrade(), inside.upgrade()) {
                inside.tip.close();
                app.toggle_panel(&mount);
            }
        })
    };
    let opening = ["pointerenter", "focus"].map(|event| {
        let (app, inside) = (Rc::downgrade(app), Rc::downgrade(inside));
        EventListener::new(button, event, move |_| {
            if let (Some(app), Some(inside)) = (app.upgrade(), inside.upgrade()) {
                let open = inside.shown.borrow().as_ref().is_some_and(|clock| clock.open);
                if !open {
                    let width = app.document.document_element().map(|page| page.client_width());
                    inside.tip.open(&inside.button, width.unwrap_or(i32::MAX));
                }
            }
        })
    });
    let closing = ["pointerleave", "blur"].map(|event| {
        let inside = Rc::downgrade(inside);
        EventListener::new(button, event, move |_| {
            if let Some(inside) = inside.upgrade() {
                inside.tip.close();
            }
        })
    });
    let keys = {
        let inside = Rc::downgrade(inside);
        EventListener::new(button, "keydown", move |event| {
            let (Some(inside), Some(event)) = (inside.upgrade(), event.dyn_ref::<KeyboardEvent>()) else { return };
            match event.key().as_str() {
                // Escape closes the tooltip first, and only then, pressed again, what Gmail closes.
                "Escape" if inside.tip.is_open() => {
                    event.stop_propagation();
                    inside.tip.close();
                }
                // These press the button; Gmail must not take them for its shortcuts.
                "Enter" | " " if !event.ctrl_key() && !event.meta_key() => event.stop_propagation(),
                _ => {}
            }
        })
    };
    let mut listeners = vec![press, keys];
    listeners.extend(opening);
    listeners.extend(closing);
    listeners
}
