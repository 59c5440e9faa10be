//! The switch for tracking: in the toolbar of every compose, beside Send.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use waxwing_protocol::api::Kinds;
use web_sys::Element;

use super::host::Host;
use super::icons::Icon;
use super::later::Later;
use super::press::{Happens, Press};
use super::tip::Words;
use super::words::{self, look};
use crate::chrome::i18n;
use crate::content::app::{App, Mount};
use crate::content::decide::Standing;
use crate::content::shown::place::{make, set};
use crate::gmail::compose::{Body, Compose};

/// What the switch shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where the compose stands.
    pub standing: Standing,
    /// The writer is the only recipient.
    pub only_self: bool,
    /// What of it will be tracked.
    pub kinds: Kinds,
    /// The recipient because of whom it goes untracked, or without one kind.
    pub who: Option<String>,
}

/// The switch, with the clock and the bell beside it; gone from the page when dropped.
pub struct Control {
    inside: Rc<Inside>,
    /// The clock and the bell.
    later: [Option<Later>; 2],
    _listeners: Vec<EventListener>,
}

struct Inside {
    host: Host,
    compose: Compose,
    press: Rc<Press>,
    /// Says to a screen reader what changed.
    status: Element,
    shown: RefCell<Option<View>>,
    icon: Cell<Option<Icon>>,
    said: RefCell<Words>,
}

impl Control {
    /// Puts the switch into a compose.
    pub fn place(app: &Rc<App>, mount: &Rc<Mount>) -> Option<Self> {
        let document = &app.document;
        let host = Host::place(document, &mount.compose)?;
        let group = make(document, "div", "ww-cs")?;
        set(&group, "role", "group");
        set(&group, "aria-label", &i18n::message(words::GROUP, &[]));
        let status = make(document, "span", "ww-sr")?;
        set(&status, "role", "status");
        host.root.append_child(&group).ok()?;
        let (weak, of) = (Rc::downgrade(app), Rc::downgrade(mount));
        let act: Rc<dyn Fn(Happens)> = Rc::new(move |what| {
            let (Some(app), Some(mount)) = (weak.upgrade(), of.upgrade()) else { return };
            if what == Happens::Pressed {
                app.pressed(&mount);
            } else {
                // What cannot be watched cheaply is looked at now.
                app.refresh(&mount);
                if let Some(control) = &*mount.control.borrow() {
                    control.inside.look(&app.window);
                }
            }
        });
        let (press, listeners) = Press::place(document, &group, "tip", &act)?;
        group.append_child(&status).ok()?;
        let later = [false, true].map(|bell| Later::place(app, mount, &group, bell));

        let inside = Rc::new(Inside {
            host,
            compose: mount.compose.clone(),
            press,
            status,
            shown: RefCell::default(),
            icon: Cell::new(None),
            said: RefCell::default(),
        });
        // Once for each compose, when it opens; again with each tip, since the theme may change under an open compose.
        inside.host.take_theme(&app.window);
        Some(Self { inside, later, _listeners: listeners })
    }

    /// Whether Gmail has left it where it was put.
    pub fn is_in_place(&self) -> bool {
        self.inside.host.is_in_place()
    }

    /// Shows how the compose stands.
    pub fn show(&self, view: &View) {
        self.inside.show(view);
    }

    /// The clock, or the bell, beside the switch.
    pub(in crate::content) fn later(&self, bell: bool) -> Option<&Later> {
        self.later[usize::from(bell)].as_ref()
    }
}

impl Inside {
    fn show(&self, view: &View) {
        let before = self.shown.replace(Some(view.clone()));
        if before.as_ref() == Some(view) && !self.press.is_told() {
            return;
        }
        let look = look(view.standing);
        if self.icon.replace(Some(look.icon)) != Some(look.icon) {
            look.icon.fill(self.press.button());
        }
        let pressed = view.standing == Standing::Tracked;
        let is_dead = view.standing.pressed().is_none();
        for (name, value) in [
            ("aria-label", i18n::message(look.label, &[])),
            ("aria-pressed", pressed.to_string()),
            ("aria-disabled", is_dead.to_string()),
            ("class", if look.icon == Icon::Failed { "ww-c is-off" } else { "ww-c" }.to_owned()),
        ] {
            set(self.press.button(), name, &value);
        }
        self.say(view);
        // The first look is no news; what changes afterwards is.
        if let Some(before) = before.filter(|before| before != view) {
            let words = self.said.borrow();
            let news = if view.only_self && !before.only_self { words.lines.last() } else { Some(&words.title) };
            self.status.set_text_content(news.map(String::as_str));
        }
    }

    /// Fills the tooltip.
    fn say(&self, view: &View) {
        let look = look(view.standing);
        let mut lines: Vec<&str> = look.lines.to_vec();
        if pressed_or_could_be(view.standing) && self.has_loose_links() {
            lines.push(words::LOOSE_LINKS);
        }
        if view.only_self {
            lines.push(words::ONLY_SELF);
        }
        let key = match view.standing {
            Standing::Tracked if view.kinds.opens => words::ONLY_OPENS,
            Standing::Tracked => words::ONLY_CLICKS,
            Standing::Refused => words::REFUSED,
            _ => words::NOT_AGREED,
        };
        let who = view.who.as_ref().map(|who| i18n::message(key, &[who]));
        let words = Words {
            title: i18n::message(look.title, &[]),
            lines: who.into_iter().chain(lines.into_iter().map(|line| i18n::message(line, &[]))).collect(),
            hint: look.hint.map(|hint| i18n::message(hint, &[])),
        };
        if *self.said.borrow() != words {
            self.press.say(&words);
            *self.said.borrow_mut() = words;
        }
    }

    /// What the tooltip is to say when it opens.
    fn look(&self, window: &web_sys::Window) {
        self.host.take_theme(window);
        let shown = self.shown.borrow().clone();
        if let Some(view) = shown {
            self.say(&view);
        }
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
