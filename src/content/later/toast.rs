//! "Scheduled for …", with Undo: where Gmail shows its own, for as long, and longer while the pointer or the focus is on it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::chrome::{object_from_js, runtime};
use crate::content::app::App;
use crate::content::shown::place::{Place, make};
use crate::content::shown::when::words;
use crate::content::tell::Tell;
use crate::gmail::compose::Compose;
use crate::gmail::leave;

/// How long it stands, in milliseconds.
const STANDS: u32 = 8_000;
/// A text is said by screen readers when it comes into a region that is there already.
const SAID_AFTER: u32 = 60;

/// A toast; gone when dropped.
pub(super) struct Toast {
    inside: Rc<Inside>,
    _listeners: Vec<EventListener>,
}

struct Inside {
    place: Place,
    text: Element,
    button: Element,
    timer: RefCell<Option<Timeout>>,
    /// A compose in a window of its own is left when the toast goes, not before.
    alone: RefCell<Option<Compose>>,
}

impl Toast {
    /// Shows that a mail is scheduled. `alone`: its compose, when that has a window of its own.
    pub(super) fn place(app: &Rc<App>, id: Uuid, say: &str, alone: Option<Compose>) -> Option<Self> {
        let document = &app.document;
        let place = Place::new(document, &app.later.sheet, "ww-host-toast", "div", "ww-toast")?;
        place.inside.set_attribute("role", "status").ok()?;
        let text = make(document, "span", "")?;
        let button = make(document, "button", "")?;
        button.set_attribute("type", "button").ok()?;
        button.set_text_content(Some(&words("undo", &[])));
        place.inside.append_child(&text).ok()?;
        place.inside.append_child(&button).ok()?;
        document.body()?.append_child(&place.host).ok()?;
        let inside = Rc::new(Inside { place, text, button, timer: RefCell::default(), alone: RefCell::new(alone) });
        let (said, say) = (Rc::downgrade(&inside), say.to_owned());
        crate::content::shell::later(SAID_AFTER, move || {
            if let Some(inside) = said.upgrade() {
                inside.text.set_text_content(Some(&say));
            }
        });
        let undo = {
            let (app, weak) = (Rc::downgrade(app), Rc::downgrade(&inside));
            EventListener::new(&inside.button, "click", move |_| {
                if let (Some(app), Some(inside)) = (app.upgrade(), weak.upgrade()) {
                    take_back(&app, &inside, id);
                }
            })
        };
        let mut listeners = vec![undo];
        for (event, runs) in [("pointerenter", false), ("focusin", false), ("pointerleave", true), ("focusout", true)] {
            let (app, weak) = (Rc::downgrade(app), Rc::downgrade(&inside));
            listeners.push(EventListener::new(&inside.place.host, event, move |_| {
                let (Some(app), Some(inside)) = (app.upgrade(), weak.upgrade()) else { return };
                inside.timer.take();
                if runs {
                    inside.run(&app);
                }
            }));
        }
        inside.run(app);
        Some(Self { inside, _listeners: listeners })
    }
}

impl Inside {
    /// From now on it stands so long.
    fn run(&self, app: &Rc<App>) {
        let app = Rc::downgrade(app);
        let timer = Timeout::new(STANDS, move || {
            let Some(app) = app.upgrade() else { return };
            let gone = app.later.toast.take();
            let alone = gone.as_ref().and_then(|toast| toast.inside.alone.take());
            if let Some(compose) = alone {
                leave::leave(&app.window, &compose);
            }
        });
        self.timer.replace(Some(timer));
    }
}

/// Undo: the mail is not scheduled any more, its draft stays.
fn take_back(app: &Rc<App>, inside: &Rc<Inside>, id: Uuid) {
    inside.button.remove();
    // It stays open: there is something to write again.
    inside.alone.take();
    let (app, weak) = (Rc::downgrade(app), Rc::downgrade(inside));
    spawn_local(async move {
        let answer = runtime::send(&Tell::Unschedule { id }).await;
        let done = answer.ok().and_then(|reply| object_from_js(&reply)).is_some_and(|reply| reply.contains_key("ok"));
        if let (Some(app), Some(inside)) = (app.upgrade(), weak.upgrade()) {
            inside.text.set_text_content(Some(&words(if done { "later_undone" } else { "later_undo_failed" }, &[])));
            inside.run(&app);
        }
    });
}
