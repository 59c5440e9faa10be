//! What the boot script calls. The boot script owns the listeners on the page, since they must be registered before the module
//! is there; it hands everything it hears to these functions.
//!
//! What must hold: nothing here throws. A trap of the module is caught by the boot script, which then stops for good.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::Event;

use super::app::App;
use super::later::Later;
use super::settings::Settings;
use super::shown::Shown;
use super::watch;
use crate::chrome::storage::ChangeListener;

/// How often it is looked whether the extension was updated under the tab, in milliseconds. Costs one property.
const ORPHAN_CHECK: u32 = 2_000;

thread_local! {
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

fn app() -> Option<Rc<App>> {
    APP.with_borrow(Clone::clone)
}

/// Starts the content script. `notice` shows a note to the user, given the key of its words.
#[wasm_bindgen]
pub fn content_start(notice: Function) {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    let app = Rc::new(App {
        window,
        document,
        settings: RefCell::default(),
        ledger: RefCell::default(),
        mounts: RefCell::default(),
        choices: RefCell::default(),
        scheduling: RefCell::default(),
        last: RefCell::default(),
        undoing: RefCell::default(),
        findings: RefCell::default(),
        told: RefCell::default(),
        shown: Shown::default(),
        later: Later::default(),
        scan_waits: false.into(),
        page_watcher: RefCell::default(),
        gather: watch::GATHER.into(),
        frame_waits: false.into(),
        stopped: false.into(),
        kept: RefCell::default(),
        notice,
    });
    APP.set(Some(Rc::clone(&app)));
    // Without the observer there would be no switches, but the gate finds composes by itself.
    let _ = watch::start(&app);
    watch_settings(&app);
    let weak = Rc::downgrade(&app);
    let check = Interval::new(ORPHAN_CHECK, move || {
        if let Some(app) = weak.upgrade()
            && !app.is_orphan()
        {
            app.examine_mails();
            app.dress();
            // The address of the account shows late.
            app.tell_health();
        }
    });
    app.kept.borrow_mut().push(Box::new(check));
}

/// Reads the settings, and again whenever they change.
fn watch_settings(app: &Rc<App>) {
    let weak = Rc::downgrade(app);
    let listener = ChangeListener::new(move |name, value| {
        let Some(app) = weak.upgrade() else { return };
        if app.settings.borrow_mut().set(name, value.as_ref()) {
            // Perhaps another backend or account: what is known is of the one before.
            app.shown.clear();
            app.look_soon();
            app.refresh_all();
        } else if app.heard_of_mails(name, value.as_ref()) || app.heard_of_later(name, value.as_ref()) {
            app.look_soon();
        }
    });
    if let Ok(listener) = listener {
        app.kept.borrow_mut().push(Box::new(listener));
    }
    let app = Rc::clone(app);
    wasm_bindgen_futures::spawn_local(async move {
        let settings = Settings::load().await;
        *app.settings.borrow_mut() = settings;
        app.load_later().await;
        if !app.stopped.get() {
            app.look_soon();
            app.tell_health();
        }
    });
}

/// A click or a key, in the capture phase of the window, before Gmail hears of it.
#[wasm_bindgen]
pub fn content_gesture(event: &Event) {
    if let Some(app) = app() {
        app.hear(event);
    }
}

/// The pointer, the focus or a key is at a tick, in the capture phase of the document.
#[wasm_bindgen]
pub fn content_tick(event: &Event) {
    if let Some(app) = app().filter(|app| !app.stopped.get()) {
        app.tick_heard(event);
    }
}

/// Something lost the focus, in the capture phase of the window.
#[wasm_bindgen]
pub fn content_blur() {
    if let Some(app) = app().filter(|app| !app.stopped.get()) {
        app.blurred();
    }
}

/// The window has another size, or something in it was scrolled.
#[wasm_bindgen]
pub fn content_moved() {
    if let Some(app) = app().filter(|app| !app.stopped.get()) {
        app.look_at_panel();
    }
}

/// A save or send request, as the observer passes it on.
#[wasm_bindgen]
pub fn content_request(detail: &str) {
    if let Some(app) = app().filter(|app| !app.stopped.get()) {
        app.on_request(detail);
    }
}

/// The response to one.
#[wasm_bindgen]
pub fn content_response(detail: &str) {
    if let Some(app) = app().filter(|app| !app.stopped.get()) {
        app.on_response(detail);
    }
}

/// Takes everything of ours out of the page.
#[wasm_bindgen]
pub fn content_stop() {
    if let Some(app) = APP.take() {
        app.stop();
    }
}
