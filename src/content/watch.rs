//! Hears that the page changed, and looks at it some moments later: once for many changes.
//!
//! What must hold: Gmail changes thousands of nodes at a time; the observers themselves only set flags. What must not be seen
//! wrong, even for a moment, is looked at once before the next frame, and only when the view that it stands in has changed.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Element, MutationObserver, MutationObserverInit, Node};

use super::app::App;
use super::shell;
use crate::gmail::rows;

/// Milliseconds from the first change to the look. Long enough to gather a burst, short enough that a compose has its switch
/// before a person has moved to it.
pub const GATHER: u32 = 50;
/// The same while the page changes and nothing of it concerns us. Still before Gmail saves a draft that has just come back
/// (190 ms), so that marks are out of it by then.
pub const GATHER_IDLY: u32 = 150;

/// An observer that ends with its value.
pub struct Watcher {
    observer: MutationObserver,
    node: Node,
    what: MutationObserverInit,
    // Called by the observer as long as it is connected.
    _hear: Closure<dyn FnMut()>,
}

impl Watcher {
    /// Calls `hear` after changes of the nodes below `node`, and of these attributes of theirs.
    fn new(node: &Node, attributes: &[&str], hear: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let hear = Closure::<dyn FnMut()>::new(hear);
        let observer = MutationObserver::new(hear.as_ref().unchecked_ref())?;
        let what = MutationObserverInit::new();
        what.set_child_list(true);
        what.set_subtree(true);
        what.set_attributes(true);
        let names: js_sys::Array = attributes.iter().copied().map(JsValue::from).collect();
        what.set_attribute_filter(&names);
        observer.observe_with_options(node, &what)?;
        Ok(Self { observer, node: node.clone(), what, _hear: hear })
    }

    /// Hears nothing until [`Self::go_on`]: what changes meanwhile is not even noted.
    fn pause(&self) {
        self.observer.disconnect();
    }

    fn go_on(&self) {
        // It did so before.
        let _ = self.observer.observe_with_options(&self.node, &self.what);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Watches the page for as long as the app lives.
pub fn start(app: &Rc<App>) -> Result<(), JsValue> {
    let weak = Rc::downgrade(app);
    // A role may make another view the one that is shown.
    let watcher = Watcher::new(&app.document, &["role"], move || {
        if let Some(app) = weak.upgrade() {
            // The look that now comes sees whatever else changes until then.
            if let Some(watcher) = &*app.page_watcher.borrow() {
                watcher.pause();
            }
            look_soon(&app);
        }
    })?;
    app.page_watcher.replace(Some(watcher));
    Ok(())
}

/// Watches the view that is shown: `dirty` is set when it has changed, and `before_frame` is called before that is seen.
pub fn view(app: &Rc<App>, view: &Element, before_frame: &Function) -> Option<Watcher> {
    let (weak, before_frame) = (Rc::downgrade(app), before_frame.clone());
    let watcher = Watcher::new(view, &rows::WATCHED, move || {
        let Some(app) = weak.upgrade() else { return };
        app.shown.is_dirty.set(true);
        look_soon(&app);
        if (app.shown.has_ticks() || app.later.has_chips()) && !app.frame_waits.replace(true) {
            // Where no frame comes nothing is seen either.
            let _ = app.window.request_animation_frame(&before_frame);
        }
    });
    watcher.ok()
}

/// Looks at the page in a moment.
pub fn look_soon(app: &Rc<App>) {
    if app.scan_waits.replace(true) {
        return;
    }
    let gather = app.gather.get();
    let app = Rc::downgrade(app);
    shell::later(gather, move || {
        if let Some(app) = app.upgrade() {
            app.scan_waits.set(false);
            if let Some(watcher) = &*app.page_watcher.borrow() {
                watcher.go_on();
            }
            app.scan();
        }
    });
}
