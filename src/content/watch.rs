//! Hears that the page changed, and looks at it some moments later: once for many changes.
//!
//! What must hold: Gmail changes thousands of nodes at a time; the observer itself only sets two flags. What must not be seen
//! wrong, even for a moment, is looked at once before the next frame.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{MutationObserver, MutationObserverInit};

use super::app::App;
use super::shell;
use crate::gmail::rows;

/// Milliseconds from the first change to the look. Long enough to gather a burst, short enough that a compose has its switch
/// before a person has moved to it.
const GATHER: u32 = 50;

/// An observer that ends with its value.
struct Watcher {
    observer: MutationObserver,
    // Called by the observer as long as it is connected.
    _hear: Closure<dyn FnMut()>,
    _before_frame: Closure<dyn FnMut()>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Watches the page for as long as the app lives.
pub fn start(app: &Rc<App>) -> Result<(), JsValue> {
    let before_frame = {
        let app = Rc::downgrade(app);
        Closure::<dyn FnMut()>::new(move || {
            if let Some(app) = app.upgrade() {
                app.frame_waits.set(false);
                if !app.stopped.get() {
                    app.check_shown();
                }
            }
        })
    };
    let hear = {
        let app = Rc::downgrade(app);
        let frame: Function = before_frame.as_ref().unchecked_ref::<Function>().clone();
        Closure::<dyn FnMut()>::new(move || {
            if let Some(app) = app.upgrade() {
                look_soon(&app);
                if app.shown.has_ticks() && !app.frame_waits.replace(true) {
                    // Where no frame comes nothing is seen either.
                    let _ = app.window.request_animation_frame(&frame);
                }
            }
        })
    };
    let observer = MutationObserver::new(hear.as_ref().unchecked_ref())?;
    let what = MutationObserverInit::new();
    what.set_child_list(true);
    what.set_subtree(true);
    what.set_attributes(true);
    let names: js_sys::Array = rows::WATCHED.into_iter().map(JsValue::from).collect();
    what.set_attribute_filter(&names);
    observer.observe_with_options(&app.document, &what)?;
    app.kept.borrow_mut().push(Box::new(Watcher { observer, _hear: hear, _before_frame: before_frame }));
    Ok(())
}

/// Looks at the page in a moment.
pub fn look_soon(app: &Rc<App>) {
    if app.scan_waits.replace(true) {
        return;
    }
    let app = Rc::downgrade(app);
    shell::later(GATHER, move || {
        if let Some(app) = app.upgrade() {
            app.scan_waits.set(false);
            app.scan();
        }
    });
}
