//! The panel's frame over Gmail: where it stands, how large it is, and whose it is.
//!
//! What must hold: it is inside of the window whole, beside the button that opened it, and to be seen once it says how high it is, so
//! that nothing moves below a pointer; Gmail's page sees neither what is typed
//! nor what is shown, since the frame is of another origin and behind a closed shadow root.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, ShadowRootInit, ShadowRootMode, Window};

use super::facts::{self, Mail};

use crate::chrome::runtime::{self, TabListener};
use crate::content::app::{App, Mount};
use crate::content::controls::is_dark_around;
use crate::content::shell;
use crate::content::shown::place::{make, set};
use crate::content::shown::when::words;
use crate::content::tell::Tell;

/// Its width, in CSS pixels.
const WIDTH: i32 = 360;
/// What it is high until it says so itself.
const FIRST_HEIGHT: i32 = 520;
/// Below this it stands over its button rather than being lower.
const LOWEST: i32 = 320;
/// Between it and the edges of the window, and its button.
const GAP: i32 = 8;

/// A panel that is open; gone when dropped.
pub(super) struct Open {
    pub(super) key: Uuid,
    /// The compose that it is for; none, of a mail in an open conversation.
    mount: Option<Weak<Mount>>,
    /// It is for a reminder.
    bell: bool,
    /// What opened it.
    button: HtmlElement,
    window: Window,
    host: HtmlElement,
    frame: HtmlElement,
    /// 0 until it is known.
    height: Cell<i32>,
    _hears: TabListener,
    _loaded: EventListener,
}

impl Open {
    /// Opens the panel for sending a compose later, or for its reminder.
    pub(super) fn place(app: &Rc<App>, mount: &Rc<Mount>, bell: bool) -> Option<Self> {
        let button = mount.control.borrow().as_ref()?.later(bell)?.press().button().clone();
        let dark = is_dark_around(&app.window, &mount.compose.root);
        let wish = app.wish_of(mount);
        let wish = wish.as_ref().map(|wish| wish.json.as_str());
        let facts = facts::of_compose(app, mount, dark);
        let key = shell::new_id();
        Self::put(app, key, Some(Rc::downgrade(mount)), bell, button, dark, facts::opening(key, &facts, wish, bell, None)?)
    }

    /// Opens the panel for the reminder of a mail in an open conversation.
    pub(super) fn place_for(app: &Rc<App>, mail: Mail, button: HtmlElement) -> Option<Self> {
        let dark = app.shown.is_dark();
        let facts = facts::of_mail(app, mail, dark);
        let key = shell::new_id();
        Self::put(app, key, None, true, button, dark, facts::opening(key, &facts, None, true, Some(mail.id))?)
    }

    // Once, not in each that calls it.
    #[inline(never)]
    fn put(
        app: &Rc<App>,
        key: Uuid,
        mount: Option<Weak<Mount>>,
        bell: bool,
        button: HtmlElement,
        dark: bool,
        opening: String,
    ) -> Option<Self> {
        // The address is asked for first: in a tab whose extension was updated there is none, and nothing is shown.
        let address = runtime::url(&["panel.html#", &key.to_string()].concat()).ok()?;
        let host: HtmlElement = make(&app.document, "div", "ww-host-panel")?.dyn_into().ok()?;
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Closed)).ok()?;
        app.later.sheet.give(&root)?;
        host.set_attribute("data-theme", if dark { "dark" } else { "light" }).ok()?;
        let frame: HtmlElement = make(&app.document, "iframe", "ww-frame")?.dyn_into().ok()?;
        frame.set_attribute("title", &words(if bell { "compose_remind" } else { "compose_later" }, &[])).ok()?;
        frame.set_attribute("src", &address).ok()?;
        let weak = Rc::downgrade(app);
        let hears = TabListener::new(move |message| {
            if let Some(app) = weak.upgrade() {
                app.heard_of_panel(&message);
            }
        });
        let hears = hears.ok()?;
        spawn_local(async move { drop(runtime::send_text(&opening).await) });
        root.append_child(&frame).ok()?;
        app.document.body()?.append_child(&host).ok()?;
        let focused = frame.clone();
        let loaded = EventListener::new(&frame, "load", move |_| drop(focused.focus()));
        let open = Self {
            key,
            mount,
            bell,
            button,
            window: app.window.clone(),
            host,
            frame,
            height: Cell::new(0),
            _hears: hears,
            _loaded: loaded,
        };
        open.follow();
        // Also before it is loaded: what is typed meanwhile is for it.
        drop(open.frame.focus());
        Some(open)
    }

    /// The compose, while it is there.
    pub(super) fn mount(&self) -> Option<Rc<Mount>> {
        self.mount.as_ref()?.upgrade()
    }

    /// Whether it is this compose's, for that.
    pub(super) fn is_of(&self, mount: &Mount, bell: bool) -> bool {
        self.bell == bell && self.mount.as_ref().is_some_and(|of| std::ptr::eq(of.as_ptr(), mount))
    }

    /// What opened it.
    pub(super) fn button(&self) -> &HtmlElement {
        &self.button
    }

    /// It needs this much room.
    pub(super) fn resize(&self, height: i32) {
        self.height.set(height);
        self.follow();
    }

    /// Goes where its button is; false when the compose or the button is gone.
    pub(super) fn follow(&self) -> bool {
        let is_there = self.mount.is_none() || self.mount().is_some_and(|mount| mount.compose.is_open());
        if !is_there || !self.button.is_connected() {
            return false;
        }
        let length = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).map_or(0, pixels);
        let (width, height) = (length(self.window.inner_width()), length(self.window.inner_height()));
        let at = self.button.get_bounding_client_rect();
        let is_known = self.height.get() > 0;
        let place = placed(
            Box4 { left: pixels(at.left()), top: pixels(at.top()), right: pixels(at.right()), bottom: pixels(at.bottom()) },
            if is_known { self.height.get() } else { FIRST_HEIGHT },
            (width, height),
        );
        // Not hidden: what cannot be seen can have the focus, what is hidden cannot.
        let seen = if is_known { "" } else { ";opacity:0;pointer-events:none" };
        let Placed { left, top, width, height } = place;
        set(&self.host, "style", &format!("left:{left}px;top:{top}px;width:{width}px;height:{height}px{seen}"));
        true
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.host.remove();
        let key = self.key;
        spawn_local(async move { drop(runtime::send(&Tell::ClosePanel { key }).await) });
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of f64 to i32 keeps to the bounds of i32")]
const fn pixels(length: f64) -> i32 {
    length as i32
}

/// The edges of something in the window.
#[derive(Debug, Clone, Copy)]
struct Box4 {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// Where a panel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Placed {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

/// Above its clock where there is room, else below, else over it; always inside of the window.
fn placed(clock: Box4, wanted: i32, (width, height): (i32, i32)) -> Placed {
    let own_width = WIDTH.min(width - 2 * GAP).max(0);
    let room = (height - 2 * GAP).max(0);
    let (above, below) = (clock.top - 2 * GAP, height - clock.bottom - 2 * GAP);
    let wanted = wanted.min(room);
    let enough = wanted.min(LOWEST);
    let (top, own_height) = if above >= enough {
        let own = wanted.min(above);
        (clock.top - GAP - own, own)
    } else if below >= enough {
        (clock.bottom + GAP, wanted.min(below))
    } else {
        (clock.top - GAP - wanted, wanted)
    };
    let top = top.min(height - GAP - own_height).max(GAP);
    // Its left edge a little before the clock, as far as the window goes.
    let middle = i32::midpoint(clock.left, clock.right);
    let left = (middle - WIDTH / 3).min(width - GAP - own_width).max(GAP);
    Placed { left, top, width: own_width, height: own_height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_inside_of_the_window_beside_its_clock() {
        let clock = |left, top| Box4 { left, top, right: left + 32, bottom: top + 32 };
        for (clock, wanted, window, expected) in [
            // Docked, at the lower right.
            (clock(900, 660), 560, (1280, 720), Placed { left: 796, top: 92, width: 360, height: 560 }),
            // Not as high as it wants to be.
            (clock(900, 460), 560, (1280, 520), Placed { left: 796, top: 8, width: 360, height: 444 }),
            // An answer at the top of the window: below.
            (clock(300, 100), 400, (1280, 720), Placed { left: 196, top: 140, width: 360, height: 400 }),
            // At the edges.
            (clock(1240, 660), 300, (1280, 720), Placed { left: 912, top: 352, width: 360, height: 300 }),
            (clock(0, 660), 300, (1280, 720), Placed { left: 8, top: 352, width: 360, height: 300 }),
            // A small window: over its clock.
            (clock(100, 200), 560, (340, 400), Placed { left: 8, top: 8, width: 324, height: 384 }),
            (clock(100, 2000), 560, (1280, 720), Placed { left: 8, top: 152, width: 360, height: 560 }),
        ] {
            let place = placed(clock, wanted, window);
            assert_eq!(place, expected, "{clock:?} {wanted} {window:?}");
            assert!(place.left >= 0 && place.top >= 0);
            assert!(place.left + place.width <= window.0 && place.top + place.height <= window.1);
        }
    }
}
