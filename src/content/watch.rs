//! Hears that the page changed, and looks at it some moments later: once for many changes.
//!
//! What must hold: Gmail changes thousands of nodes at a time; the observer itself only sets a flag.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{MutationObserver, MutationObserverInit};

use super::app::App;
use super::shell;

/// Milliseconds from the first change to the look. Long enough to gather a burst, short enough that a compose has its switch
/// before a person has moved to it.
const GATHER: u32 = 50;

/// An observer that ends with its value.
struct Watcher {
    observer: MutationObserver,
    // Called by the observer as long as it is connected.
    _hear: Closure<dyn FnMut()>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Watches the page for as long as the app lives.
pub fn start(app: &Rc<App>) -> Result<(), JsValue> {
    let hear = {
        let app = Rc::downgrade(app);
        Closure::<dyn FnMut()>::new(move || {
            if let Some(app) = app.upgrade() {
                look_soon(&app);
            }
        })
    };
    let observer = MutationObserver::new(hear.as_ref().unchecked_ref())?;
    let what = MutationObserverInit::new();
    what.set_child_list(true);
    what.set_subtree(true);
    observer.observe_with_options(&app.document, &what)?;
    app.kept.borrow_mut().push(Box::new(Watcher { observer, _hear: hear }));
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
