//! What a tab holds while the content script runs.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::page::TabHealth;
use web_sys::{Document, Node, Window};

use super::controls::Control;
use super::later::Later;
use super::ledger::{Ledger, Wish};
use super::settings::Settings;
use super::shown::Shown;
use super::watch::Watcher;
use crate::gmail::compose::Compose;
use crate::gmail::health::Findings;

/// See the module.
pub struct App {
    /// The page.
    pub window: Window,
    /// The page's document.
    pub document: Document,
    /// What the gate goes by.
    pub settings: RefCell<Settings>,
    /// What is known of mails.
    pub ledger: RefCell<Ledger>,
    /// The composes in the page.
    pub mounts: RefCell<Vec<Rc<Mount>>>,
    /// What the user chose for a draft, so that it outlives its compose (a draft that moves to full screen, or is reopened).
    pub choices: RefCell<Vec<(String, bool)>>,
    /// The compose whose "Schedule send" dialog was opened.
    pub scheduling: RefCell<Option<Compose>>,
    /// The compose that was used last.
    pub last: RefCell<Option<Compose>>,
    /// The thread whose Undo was pressed, and when.
    pub undoing: RefCell<Option<(String, waxwing_protocol::Millis)>>,
    /// What the self-test found.
    pub findings: RefCell<Findings>,
    /// What the worker was told last.
    pub told: RefCell<Option<TabHealth>>,
    /// What is shown of own mails.
    pub shown: Shown,
    /// What is known and shown of mails that go out later.
    pub later: Later,
    /// A scan is on its way.
    pub scan_waits: Cell<bool>,
    /// Hears of changes anywhere in the page.
    pub page_watcher: RefCell<Option<Watcher>>,
    /// Milliseconds from the next change to the look at it.
    pub gather: Cell<u32>,
    /// A look before the next frame is on its way.
    pub frame_waits: Cell<bool>,
    /// Nothing more is done in this tab.
    pub stopped: Cell<bool>,
    /// Observers, listeners and timers that live as long as the app.
    pub kept: RefCell<Vec<Box<dyn Any>>>,
    /// Shows a note to the user, once: given the key of its words.
    pub notice: js_sys::Function,
}

/// How far a compose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being written; no marks are in it.
    Writing,
    /// It was marked in an event that should send it.
    Sending(Uuid),
    /// It was marked and is gone from sight, or was seen to be sent.
    Away {
        /// The mark.
        id: Uuid,
        /// It was seen closed: should it be open again, it came back.
        closed: bool,
    },
}

/// A compose in the page.
pub struct Mount {
    /// The compose.
    pub compose: Compose,
    /// How far it is.
    pub state: Cell<State>,
    /// What the user chose for this mail.
    pub choice: Cell<Option<bool>>,
    /// The reminder that was chosen for it, until its draft is known, which then has it.
    pub wish: RefCell<Option<Rc<Wish>>>,
    /// Its draft was looked up: what the user chose before, whether it was sent before.
    pub known: Cell<bool>,
    /// Its switch.
    pub control: RefCell<Option<Control>>,
}

impl App {
    /// The compose that holds a node, from those that are known if possible.
    pub fn compose_at(&self, node: &Node) -> Option<Compose> {
        let known =
            self.mounts.borrow().iter().map(|mount| mount.compose.clone()).find(|compose| compose.root.contains(Some(node)));
        known.or_else(|| Compose::around(&self.document, node))
    }

    /// The account's public id, when a backend is paired.
    pub fn account(&self) -> Option<String> {
        self.settings.borrow().mint.as_ref().map(|mint| mint.account.clone())
    }

    /// All mounts, so that nothing is borrowed while they are gone through.
    pub fn all_mounts(&self) -> Vec<Rc<Mount>> {
        self.mounts.borrow().clone()
    }

    /// Tells the user something that concerns the whole tab. The words are kept by the boot script.
    pub fn notice(&self, key: &str) {
        // A note that cannot be shown must not stop anything.
        let _ = self.notice.call1(&wasm_bindgen::JsValue::NULL, &key.into());
    }

    /// Leaves the page as if it had never been here. What is being written stays as it is, without marks.
    pub fn stop(&self) {
        if self.stopped.replace(true) {
            return;
        }
        for mount in self.all_mounts() {
            if matches!(mount.state.get(), State::Sending(_)) {
                self.withdraw(&mount);
            }
        }
        // Dropping a mount removes its switch, dropping what was kept ends observers and listeners.
        self.mounts.take();
        self.shown.clear();
        self.later.clear();
        self.page_watcher.take();
        self.kept.take();
    }
}
