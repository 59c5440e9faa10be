//! Listeners that live as long as the view they belong to.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use web_sys::{Event, EventTarget};

/// Holds listeners; when its last clone goes, they are removed.
#[derive(Clone, Default)]
pub(crate) struct Scope(Rc<RefCell<Vec<EventListener>>>);

impl Scope {
    /// Listens on a target. The listener may prevent the default.
    pub(crate) fn listen(&self, target: &EventTarget, event: &'static str, heard: impl FnMut(&Event) + 'static) {
        let listener = EventListener::new_with_options(target, event, EventListenerOptions::enable_prevent_default(), heard);
        self.0.borrow_mut().push(listener);
    }
}
