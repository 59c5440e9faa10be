//! A button of the group beside Send, with its tooltip: what it hears is the same for all of them.
//!
//! What must hold: Gmail takes no key of ours for a shortcut, and Escape closes a tooltip before anything else; what is heard ends
//! with the button and holds neither the app nor the compose.

use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlElement, KeyboardEvent};

use super::tip::{Tip, Words};
use crate::content::shown::place::set;

/// What a button hears.
const HEARS: [&str; 6] = ["click", "pointerenter", "focus", "pointerleave", "blur", "keydown"];

/// What happened to a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happens {
    /// It was pressed.
    Pressed,
    /// The pointer or the focus came: its tooltip is about to open.
    Looked,
}

/// A button; gone with the group that it stands in.
pub(in crate::content) struct Press {
    document: Document,
    button: HtmlElement,
    tip: Tip,
}

impl Press {
    /// Puts a button at the end of the group. `tip` names its tooltip. Gives it with its listeners, which call `act`.
    pub(super) fn place(
        document: &Document,
        group: &Element,
        tip: &str,
        act: &Rc<dyn Fn(Happens)>,
    ) -> Option<(Rc<Self>, Vec<EventListener>)> {
        let button: HtmlElement = document.create_element("button").ok()?.dyn_into().ok()?;
        for (name, value) in [("class", "ww-c"), ("type", "button"), ("aria-describedby", tip)] {
            set(&button, name, value);
        }
        let tip = Tip::new(document, tip)?;
        group.append_child(&button).ok()?;
        group.append_child(tip.element()).ok()?;
        let this = Rc::new(Self { document: document.clone(), button, tip });
        let listeners = HEARS.map(|name| {
            let (weak, act) = (Rc::downgrade(&this), Rc::clone(act));
            EventListener::new(&this.button, name, move |event| {
                if let Some(this) = weak.upgrade() {
                    this.hear(event, &*act);
                }
            })
        });
        Some((this, listeners.into()))
    }

    /// The button itself.
    pub(in crate::content) fn button(&self) -> &HtmlElement {
        &self.button
    }

    /// Its tooltip says this.
    pub(super) fn say(&self, words: &Words) {
        self.tip.say(&self.document, words);
    }

    /// Whether its tooltip is to be seen.
    pub(super) fn is_told(&self) -> bool {
        self.tip.is_open()
    }

    fn hear(&self, event: &Event, act: &dyn Fn(Happens)) {
        match event.type_().as_str() {
            "click" => act(Happens::Pressed),
            "keydown" => self.key(event),
            "pointerleave" | "blur" => self.tip.close(),
            _ => {
                act(Happens::Looked);
                let width = self.document.document_element().map(|page| page.client_width());
                self.tip.open(&self.button, width.unwrap_or(i32::MAX));
            }
        }
        // Nothing stands over a panel that is open.
        if self.button.get_attribute("aria-expanded").as_deref() == Some("true") {
            self.tip.close();
        }
    }

    fn key(&self, event: &Event) {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
        match key.key().as_str() {
            // Escape closes the tooltip first, and only then, pressed again, what Gmail closes.
            "Escape" if self.tip.is_open() => {
                event.stop_propagation();
                self.tip.close();
            }
            // These press the button; Gmail must not take them for its shortcuts.
            "Enter" | " " if !key.ctrl_key() && !key.meta_key() => event.stop_propagation(),
            _ => {}
        }
    }
}
