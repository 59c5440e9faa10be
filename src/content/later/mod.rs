//! Sending later, as far as it happens in Gmail's tab: the panel's frame ([`panel`]), the toast after it ([`toast`]), and the times of
//! scheduled drafts in lists ([`chips`]). What can be chosen and said stands in the panel, which is a page of the extension.
//!
//! What must hold:
//! - At most one panel is open, for one compose, and it goes with it.
//! - A compose is left only after the backend has said that the mail is scheduled.

mod chips;
mod panel;
mod read;
mod toast;

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};
use waxwing_protocol::page::key;

use self::chips::Chip;
use self::panel::Open;
use self::read::{Brief, End};
use self::toast::Toast;
use super::app::{App, Mount};
use super::controls::Clock;
use super::shell;
use super::shown::place::Sheet;
use super::shown::when::{moment, words};
use crate::chrome::storage::{Area, Storage as _};
use crate::gmail::leave;

/// Gmail's menu may take a moment to open: milliseconds from one look to the next.
const MENU_LOOKS: [u32; 4] = [0, 50, 150, 400];

/// What is known and shown.
#[derive(Default)]
pub struct Later {
    waiting: RefCell<Vec<Brief>>,
    open: RefCell<Option<Open>>,
    toast: RefCell<Option<Toast>>,
    chips: RefCell<Vec<Chip>>,
    sheet: Sheet,
}

impl Later {
    /// Takes everything out of the page.
    pub fn clear(&self) {
        self.open.take();
        self.toast.take();
        self.chips.take();
    }
}

impl App {
    /// Reads what is scheduled, once.
    pub async fn load_later(self: &Rc<Self>) {
        // What cannot be read is heard of when it changes.
        let values = Area::Local.read(&[key::SCHEDULED.to_owned()]).await.unwrap_or_default();
        self.heard_of_later(key::SCHEDULED, values.get(key::SCHEDULED));
    }

    /// A value in the storage changed; true when it says what is scheduled.
    pub fn heard_of_later(self: &Rc<Self>, name: &str, value: Option<&Value>) -> bool {
        if name != key::SCHEDULED {
            return false;
        }
        *self.later.waiting.borrow_mut() = read::briefs(value);
        self.shown.is_dirty.set(true);
        for mount in self.all_mounts() {
            self.show_clock(&mount);
        }
        true
    }

    /// Brings the clock of a compose up to date.
    pub fn show_clock(&self, mount: &Mount) {
        let draft = mount.compose.draft();
        let goes = draft.and_then(|draft| {
            let waiting = self.later.waiting.borrow();
            waiting.iter().find(|brief| brief.draft.as_ref() == Some(&draft)).map(goes)
        });
        let open = self.later.open.borrow().as_ref().is_some_and(|open| open.is_of(mount));
        if let Some(later) = mount.control.borrow().as_ref().and_then(|control| control.later()) {
            later.show(Clock { goes, open });
        }
    }

    /// The clock was pressed.
    pub fn toggle_panel(self: &Rc<Self>, mount: &Rc<Mount>) {
        let open = self.later.open.borrow().as_ref().is_some_and(|open| open.is_of(mount));
        self.close_panel(open);
        if !open {
            *self.later.open.borrow_mut() = Open::place(self, mount);
            self.show_clock(mount);
        }
    }

    /// Takes the panel away, if one is open. `focus`: its clock gets the focus back.
    fn close_panel(self: &Rc<Self>, focus: bool) {
        let Some(open) = self.later.open.take() else { return };
        let mount = open.mount();
        drop(open);
        let Some(mount) = mount else { return };
        self.show_clock(&mount);
        if focus && let Some(later) = mount.control.borrow().as_ref().and_then(|control| control.later()) {
            // What cannot take the focus leaves it where it is.
            let _ = later.button().focus();
        }
    }

    /// The page changed: the panel follows its compose, and goes with it.
    pub fn look_at_panel(self: &Rc<Self>) {
        let stays = self.later.open.borrow().as_ref().is_none_or(Open::follow);
        if !stays {
            self.close_panel(false);
        }
    }

    /// The worker says something of this tab's panel.
    fn heard_of_panel(self: &Rc<Self>, message: &Map<String, Value>) {
        let Some(news) = read::news(message) else { return };
        let is_ours = self.later.open.borrow().as_ref().is_some_and(|open| open.key == news.key);
        if !is_ours {
            return;
        }
        match news.what {
            read::What::Size(height) => {
                if let Some(open) = &*self.later.open.borrow() {
                    open.resize(height);
                }
            }
            read::What::Ends(end) => self.panel_ended(end),
        }
    }

    fn panel_ended(self: &Rc<Self>, end: End) {
        let mount = self.later.open.borrow().as_ref().and_then(Open::mount);
        self.close_panel(matches!(end, End::Closed));
        let Some(mount) = mount else { return };
        match end {
            End::Closed => {}
            End::Scheduled { id, say } => {
                let alone = self.is_alone();
                if !alone {
                    leave::leave(&self.window, &mount.compose);
                }
                self.later.toast.take();
                let toast = Toast::place(self, id, &say, alone.then(|| mount.compose.clone()));
                self.later.toast.replace(toast);
            }
            End::HandOver => {
                if leave::open_menu(&mount.compose) {
                    self.choose_schedule(0);
                }
            }
        }
    }

    /// Chooses Gmail's own "Schedule send" once its menu is open.
    fn choose_schedule(self: &Rc<Self>, look: usize) {
        let Some(wait) = MENU_LOOKS.get(look) else { return };
        let app = Rc::downgrade(self);
        shell::later(*wait, move || {
            if let Some(app) = app.upgrade().filter(|app| !app.stopped.get())
                && !leave::schedule(&app.document)
            {
                app.choose_schedule(look + 1);
            }
        });
    }

    fn is_alone(&self) -> bool {
        let location = self.window.location();
        leave::is_alone(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default())
    }
}

/// The words for when a mail goes, or that it waits for its writer.
fn goes(brief: &Brief) -> String {
    match brief.due.filter(|_| !brief.needs) {
        Some(due) => words("compose_later_at", &[&moment(due, shell::now())]),
        None => words("compose_later_waits", &[]),
    }
}
