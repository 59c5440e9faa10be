//! Sending later and reminders, as far as they happen in Gmail's tab: the panel's frame ([`panel`]) and what it is told ([`facts`]), the
//! toast after it ([`toast`]), the times of scheduled drafts in lists ([`chips`]), and what was chosen for drafts that are being
//! written. What can be chosen and said stands in the panel, which is a page of the extension.
//!
//! What must hold:
//! - At most one panel is open, for one compose, and it goes with it.
//! - A compose is left only after the backend has said that the mail is scheduled.
//! - A reminder that was chosen stays with its draft as long as this tab lives, in whatever compose it is opened.

mod chips;
mod facts;
mod panel;
mod read;
mod toast;

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};
use uuid::Uuid;
use waxwing_protocol::page::key;
use web_sys::HtmlElement;

use self::chips::Chip;
pub(in crate::content) use self::facts::Mail;
use self::panel::Open;
pub(in crate::content) use self::read::Reminder;
use self::read::{Brief, End};
use self::toast::Toast;
use super::app::{App, Mount};
use super::controls::Chosen;
use super::ledger::Wish;
use super::shell;
use super::shown::place::Sheet;
use super::shown::when::{moment, words};
use crate::chrome::storage::{Area, Storage as _};
use crate::gmail::leave;
use crate::gmail::rows::ThreadId;

/// Gmail's menu may take a moment to open: milliseconds from one look to the next.
const MENU_LOOKS: [u32; 4] = [0, 50, 150, 400];

/// What is known and shown.
#[derive(Default)]
pub struct Later {
    waiting: RefCell<Vec<Brief>>,
    reminders: RefCell<Vec<Reminder>>,
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
    /// Reads what is scheduled and which reminders there are, once.
    pub async fn load_later(self: &Rc<Self>) {
        // What cannot be read is heard of when it changes.
        let names = [key::SCHEDULED, key::REMINDERS];
        let values = Area::Local.read(&names.map(str::to_owned)).await.unwrap_or_default();
        for name in names {
            self.heard_of_later(name, values.get(name));
        }
    }

    /// A value in the storage changed; true when it says what is scheduled, or which reminders there are.
    pub fn heard_of_later(self: &Rc<Self>, name: &str, value: Option<&Value>) -> bool {
        match name {
            key::SCHEDULED => {
                *self.later.waiting.borrow_mut() = read::briefs(value);
                for mount in self.all_mounts() {
                    self.show_later(&mount);
                }
            }
            key::REMINDERS => *self.later.reminders.borrow_mut() = read::reminders(value),
            _ => return false,
        }
        self.shown.is_dirty.set(true);
        true
    }

    /// The reminder of a conversation: one that is back before one that waits.
    pub(super) fn reminder_in(&self, thread: ThreadId) -> Option<Reminder> {
        let reminders = self.later.reminders.borrow();
        reminders.iter().filter(|reminder| reminder.thread == thread).max_by_key(|reminder| reminder.back).cloned()
    }

    /// Whether the mail of this id has a reminder.
    pub(super) fn has_reminder(&self, id: Uuid) -> bool {
        self.later.reminders.borrow().iter().any(|reminder| reminder.id == id)
    }

    /// The reminder that was chosen for a compose.
    pub(super) fn wish_of(&self, mount: &Mount) -> Option<Rc<Wish>> {
        let chosen = mount.wish.borrow().clone();
        chosen.or_else(|| self.ledger.borrow().wished(&mount.compose.draft()?))
    }

    /// A reminder was chosen for a compose, or none.
    fn wish(&self, mount: &Mount, wish: Option<Rc<Wish>>) {
        // Gmail may not have named its draft yet.
        *mount.wish.borrow_mut() = match mount.compose.draft() {
            Some(draft) => {
                self.ledger.borrow_mut().wish(&draft, wish);
                None
            }
            None => wish,
        };
    }

    /// A compose has shown its draft: what was chosen for it before is the draft's.
    pub(super) fn name_wish(&self, mount: &Mount) {
        let wish = mount.wish.take();
        if wish.is_some() {
            self.wish(mount, wish);
        }
    }

    /// Brings the clock and the bell of a compose up to date.
    pub fn show_later(&self, mount: &Mount) {
        let draft = mount.compose.draft();
        let goes = draft.and_then(|draft| {
            let waiting = self.later.waiting.borrow();
            waiting.iter().find(|brief| brief.draft.as_ref() == Some(&draft)).map(goes)
        });
        let wished = self.wish_of(mount).map(|wish| wish.say.clone());
        if let Some(control) = &*mount.control.borrow() {
            for (bell, says) in [(false, goes), (true, wished)] {
                let open = self.is_panel_open(mount, bell);
                if let Some(later) = control.later(bell) {
                    later.show(Chosen { says, open });
                }
            }
        }
    }

    fn is_panel_open(&self, mount: &Mount, bell: bool) -> bool {
        self.later.open.borrow().as_ref().is_some_and(|open| open.is_of(mount, bell))
    }

    /// The clock or the bell was pressed.
    pub fn toggle_panel(self: &Rc<Self>, mount: &Rc<Mount>, bell: bool) {
        let open = self.is_panel_open(mount, bell);
        self.close_panel(open);
        if !open {
            *self.later.open.borrow_mut() = Open::place(self, mount, bell);
            self.show_later(mount);
        }
    }

    /// The bell of a mail in an open conversation was pressed.
    pub(super) fn toggle_reminder(self: &Rc<Self>, mail: Mail, button: HtmlElement) {
        let open = self.later.open.borrow().as_ref().is_some_and(|open| *open.button() == button);
        self.close_panel(open);
        if !open {
            *self.later.open.borrow_mut() = Open::place_for(self, mail, button);
        }
    }

    /// Takes the panel away, if one is open. `focus`: what opened it gets the focus back.
    fn close_panel(self: &Rc<Self>, focus: bool) {
        let Some(open) = self.later.open.take() else { return };
        let (mount, button) = (open.mount(), open.button().clone());
        drop(open);
        if let Some(mount) = mount {
            self.show_later(&mount);
        }
        if focus {
            // What cannot take the focus leaves it where it is.
            let _ = button.focus();
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
        if let (End::Wish { wish, say }, Some(mount)) = (&end, &mount) {
            let account = self.account().unwrap_or_default();
            let wish = wish.clone().map(|json| Rc::new(Wish { account, json, say: say.clone() }));
            self.wish(mount, wish);
        }
        self.close_panel(matches!(end, End::Closed | End::Wish { .. }));
        let Some(mount) = mount else { return };
        match end {
            End::Closed | End::Wish { .. } => {}
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
