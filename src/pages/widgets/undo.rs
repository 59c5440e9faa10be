//! "Undo" instead of "Are you sure?": what was asked for is carried out a little later, unless it is taken back.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, Node};

use super::button;
use crate::pages::dom::{Attr, El, Scope, Tag, document, el, window};
use crate::pages::text::t;

/// How long it can be taken back, in milliseconds. The clock stands while the pointer or the focus is on the line.
const GRACE: u32 = 6_000;

/// The line at the foot of a page.
#[derive(Clone)]
pub(crate) struct UndoLine(Rc<Inner>);

struct Inner {
    line: El,
    pending: RefCell<Option<Pending>>,
    timer: RefCell<Option<Timeout>>,
    scope: Scope,
}

struct Pending {
    commit: Box<dyn FnOnce()>,
    undo: Box<dyn FnOnce()>,
}

impl UndoLine {
    /// A line that shows nothing yet.
    pub(crate) fn new() -> Self {
        let line = el(Tag::Div).class("ww-toasts").set(Attr::Role, "status");
        let this =
            Self(Rc::new(Inner { line, pending: RefCell::default(), timer: RefCell::default(), scope: Scope::default() }));
        let weak = Rc::downgrade(&this.0);
        let with = move |act: fn(&UndoLine)| {
            let weak = weak.clone();
            move |_: &web_sys::Event| {
                if let Some(inner) = weak.upgrade() {
                    act(&UndoLine(inner));
                }
            }
        };
        let Inner { line, scope, .. } = &*this.0;
        scope.listen(line.node(), "pointerenter", with(Self::hold));
        scope.listen(line.node(), "focusin", with(Self::hold));
        scope.listen(line.node(), "pointerleave", with(Self::run));
        scope.listen(line.node(), "focusout", with(Self::run));
        // A page that closes takes nothing back.
        scope.listen(&window(), "pagehide", with(Self::commit));
        let take_back = with(Self::undo);
        scope.listen(&document(), "keydown", move |event| {
            let undo = event.dyn_ref::<KeyboardEvent>().is_some_and(|key| {
                (key.ctrl_key() || key.meta_key()) && !key.shift_key() && key.key().eq_ignore_ascii_case("z")
            });
            let in_field = crate::pages::dom::focused().is_some_and(|focused| focused.tag_name() == "INPUT");
            if undo && !in_field {
                take_back(event);
            }
        });
        this
    }

    /// The line's element.
    pub(crate) fn element(&self) -> &El {
        &self.0.line
    }

    /// Says what happens; `commit` is called when the time is over, or `undo` when it is taken back. What still waited
    /// from before is carried out.
    pub(crate) fn offer(
        &self,
        words: impl IntoIterator<Item = Node>,
        commit: impl FnOnce() + 'static,
        undo: impl FnOnce() + 'static,
    ) {
        self.commit();
        let weak = Rc::downgrade(&self.0);
        let button = button("", &t("undo")).on(&self.0.scope, "click", move |_| {
            if let Some(inner) = weak.upgrade() {
                UndoLine(inner).undo();
            }
        });
        *self.0.pending.borrow_mut() = Some(Pending { commit: Box::new(commit), undo: Box::new(undo) });
        self.0
            .line
            .fill([el(Tag::Div).class("ww-toast").child(&el(Tag::Span).class("ww-toast-says").children(words)).child(&button)]);
        self.run();
    }

    /// Says something that cannot be undone, for as long.
    pub(crate) fn say(&self, words: impl IntoIterator<Item = Node>) {
        self.commit();
        self.0.line.fill([el(Tag::Div).class("ww-toast").child(&el(Tag::Span).class("ww-toast-says").children(words))]);
        self.run();
    }

    fn hold(&self) {
        self.0.timer.borrow_mut().take();
    }

    fn run(&self) {
        let weak = Rc::downgrade(&self.0);
        let timer = Timeout::new(GRACE, move || {
            if let Some(inner) = weak.upgrade() {
                UndoLine(inner).commit();
            }
        });
        *self.0.timer.borrow_mut() = Some(timer);
    }

    fn commit(&self) {
        let pending = self.close();
        if let Some(pending) = pending {
            (pending.commit)();
        }
    }

    fn undo(&self) {
        let pending = self.close();
        if let Some(pending) = pending {
            (pending.undo)();
        }
    }

    fn close(&self) -> Option<Pending> {
        self.hold();
        self.0.line.clear();
        self.0.pending.borrow_mut().take()
    }
}
