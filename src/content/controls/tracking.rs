//! The switch for tracking: in the toolbar of every compose, beside Send.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, KeyboardEvent};

use super::host::Host;
use super::icons::Icon;
use super::later::Later;
use super::tip::{Tip, Words};
use super::words::{self, look};
use crate::chrome::i18n;
use crate::content::app::{App, Mount};
use crate::content::decide::Standing;
use crate::gmail::compose::{Body, Compose};

/// What the switch shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Where the compose stands.
    pub standing: Standing,
    /// The writer is the only recipient.
    pub only_self: bool,
}

/// The switch, and the clock beside it; gone from the page when dropped.
pub struct Control {
    inside: Rc<Inside>,
    later: Option<Later>,
    _listeners: Vec<EventListener>,
}

struct Inside {
    host: Host,
    document: Document,
    compose: Compose,
    button: Element,
    tip: Tip,
    /// Says to a screen reader what changed.
    status: Element,
    shown: Cell<Option<View>>,
    icon: Cell<Option<Icon>>,
    said: RefCell<Words>,
}

impl Control {
    /// Puts the switch into a compose.
    pub fn place(app: &Rc<App>, mount: &Rc<Mount>) -> Option<Self> {
        let document = app.document.clone();
        let host = Host::place(&document, &mount.compose)?;
        let group = document.create_element("div").ok()?;
        group.set_class_name("ww-cs");
        group.set_attribute("role", "group").ok()?;
        group.set_attribute("aria-label", &i18n::message(words::GROUP, &[])).ok()?;
        let button = document.create_element("button").ok()?;
        button.set_class_name("ww-c");
        button.set_attribute("type", "button").ok()?;
        button.set_attribute("aria-describedby", "tip").ok()?;
        let tip = Tip::new(&document, "tip")?;
        let status = document.create_element("span").ok()?;
        status.set_class_name("ww-sr");
        status.set_attribute("role", "status").ok()?;
        for child in [&button, tip.element(), &status] {
            group.append_child(child).ok()?;
        }
        host.root.append_child(&group).ok()?;
        let later = Later::place(app, mount, &group);

        let inside = Rc::new(Inside {
            host,
            document,
            compose: mount.compose.clone(),
            button,
            tip,
            status,
            shown: Cell::new(None),
            icon: Cell::new(None),
            said: RefCell::default(),
        });
        // Once for each compose, when it opens; again with each tip, since the theme may change under an open compose.
        if let Some(window) = inside.document.default_view() {
            inside.host.take_theme(&window);
        }
        let listeners = listen(app, mount, &inside);
        Some(Self { inside, later, _listeners: listeners })
    }

    /// Whether Gmail has left it where it was put.
    pub fn is_in_place(&self) -> bool {
        self.inside.host.is_in_place()
    }

    /// Shows how the compose stands.
    pub fn show(&self, view: &View) {
        self.inside.show(*view);
    }

    /// The clock beside the switch.
    pub(in crate::content) fn later(&self) -> Option<&Later> {
        self.later.as_ref()
    }
}

/// What the switch hears. The listeners end with the control; they hold neither the app nor the compose.
fn listen(app: &Rc<App>, mount: &Rc<Mount>, inside: &Rc<Inside>) -> Vec<EventListener> {
    let button = &inside.button;
    let press = {
        let (app, mount) = (Rc::downgrade(app), Rc::downgrade(mount));
        EventListener::new(button, "click", move |_| {
            if let (Some(app), Some(mount)) = (app.upgrade(), mount.upgrade()) {
                app.pressed(&mount);
            }
        })
    };
    let opening = ["pointerenter", "focus"].map(|event| {
        let (app, mount, inside) = (Rc::downgrade(app), Rc::downgrade(mount), Rc::downgrade(inside));
        EventListener::new(button, event, move |_| {
            if let (Some(app), Some(mount), Some(inside)) = (app.upgrade(), mount.upgrade(), inside.upgrade()) {
                // What cannot be watched cheaply is looked at now.
                app.refresh(&mount);
                inside.open_tip(&app.window);
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
                // These press the switch; Gmail must not take them for its shortcuts.
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

impl Inside {
    fn show(&self, view: View) {
        let before = self.shown.replace(Some(view));
        if before == Some(view) && !self.tip.is_open() {
            return;
        }
        let look = look(view.standing);
        if self.icon.replace(Some(look.icon)) != Some(look.icon) {
            look.icon.fill(&self.button);
        }
        let pressed = view.standing == Standing::Tracked;
        let is_dead = view.standing.pressed().is_none();
        for (name, value) in [
            ("aria-label", i18n::message(look.label, &[])),
            ("aria-pressed", pressed.to_string()),
            ("aria-disabled", is_dead.to_string()),
            ("class", if look.icon == Icon::Failed { "ww-c is-off" } else { "ww-c" }.to_owned()),
        ] {
            if self.button.get_attribute(name).as_deref() != Some(&value) {
                drop(self.button.set_attribute(name, &value));
            }
        }
        self.say(view);
        // The first look is no news; what changes afterwards is.
        if let Some(before) = before.filter(|before| *before != view) {
            let words = self.said.borrow();
            let news = if view.only_self && !before.only_self { words.lines.last() } else { Some(&words.title) };
            self.status.set_text_content(news.map(String::as_str));
        }
    }

    /// Fills the tooltip.
    fn say(&self, view: View) {
        let look = look(view.standing);
        let mut lines: Vec<&str> = look.lines.to_vec();
        if pressed_or_could_be(view.standing) && self.has_loose_links() {
            lines.push(words::LOOSE_LINKS);
        }
        if view.only_self {
            lines.push(words::ONLY_SELF);
        }
        let words = Words {
            title: i18n::message(look.title, &[]),
            lines: lines.into_iter().map(|line| i18n::message(line, &[])).collect(),
            hint: look.hint.map(|hint| i18n::message(hint, &[])),
        };
        if *self.said.borrow() != words {
            self.tip.say(&self.document, &words);
            *self.said.borrow_mut() = words;
        }
    }

    fn open_tip(&self, window: &web_sys::Window) {
        self.host.take_theme(window);
        if let Some(view) = self.shown.get() {
            self.say(view);
        }
        let width = window.document().and_then(|document| document.document_element()).map(|page| page.client_width());
        self.tip.open(&self.button, width.unwrap_or(i32::MAX));
    }

    fn has_loose_links(&self) -> bool {
        match self.compose.body() {
            Body::Html(body) => loose_links(&body),
            Body::Plain | Body::Missing => false,
        }
    }
}

const fn pressed_or_could_be(standing: Standing) -> bool {
    standing.pressed().is_some()
}

/// Whether there are addresses in the text that are no links: these stay as they are.
fn loose_links(body: &Element) -> bool {
    let mut found = false;
    let mut waiting = vec![body.first_child()];
    while let Some(next) = waiting.pop() {
        let Some(node) = next else { continue };
        waiting.push(node.next_sibling());
        match node.dyn_ref::<Element>() {
            // A link is followed; a quote is not ours.
            Some(element) if matches!(element.local_name().as_str(), "a" | "blockquote") => {}
            Some(element) => waiting.push(element.first_child()),
            None => {
                let text = node.node_value().unwrap_or_default();
                found |= text.contains("http://") || text.contains("https://");
            }
        }
    }
    found
}
