//! Composes come and go; each gets its switch, and leaves nothing behind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use waxwing_protocol::Millis;
use waxwing_protocol::page::TabHealth;

use super::app::{App, Mount, State};
use super::controls::{Control, View};
use super::decide::{Carrier, Stands, stands};
use super::{marks, report, shell, watch};
use crate::chrome::runtime;
use crate::gmail::compose::{Body, Compose};
use crate::gmail::{account, dialogs, recipients};

/// How long after Undo was pressed a compose that opens on its thread counts as what came back.
const UNDO_OPENS: Millis = 10_000;
/// How many choices for drafts are remembered.
const CHOICES: usize = 200;

impl App {
    /// Looks at the page: new composes, gone ones, and whether each is as it should be.
    pub fn scan(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        let composes = Compose::all(&self.document);
        let idle = composes.is_empty() && self.mounts.borrow().is_empty() && !self.has_mails_to_look_at();
        self.gather.set(if idle { watch::GATHER_IDLY } else { watch::GATHER });
        // Whether it is an orphan is looked at every two seconds anyhow.
        if idle || self.is_orphan() {
            return;
        }
        let gone = {
            let mut mounts = self.mounts.borrow_mut();
            let all = std::mem::take(&mut *mounts);
            let (here, gone): (Vec<_>, Vec<_>) = all.into_iter().partition(|mount| mount.compose.root.is_connected());
            *mounts = here;
            gone
        };
        // Dropped outside of the borrow: it changes the page.
        drop(gone);
        let mut changed = false;
        for compose in composes {
            changed |= self.mount_of(compose).1;
        }
        for mount in self.all_mounts() {
            self.look_after(&mount);
        }
        self.look_at_panel();
        self.look_at_mails();
        if changed {
            self.tell_health();
        }
    }

    /// The mount of a compose, made if there is none; and whether it was made.
    pub fn mount_of(self: &Rc<Self>, compose: Compose) -> (Rc<Mount>, bool) {
        if let Some(mount) = self.mounts.borrow().iter().find(|mount| mount.compose == compose) {
            return (Rc::clone(mount), false);
        }
        let mount = Rc::new(Mount {
            compose,
            state: Cell::new(State::Writing),
            choice: Cell::new(None),
            wish: RefCell::default(),
            known: Cell::new(false),
            control: RefCell::new(None),
        });
        self.mounts.borrow_mut().push(Rc::clone(&mount));
        (mount, true)
    }

    fn look_after(self: &Rc<Self>, mount: &Rc<Mount>) {
        match mount.state.get() {
            State::Sending(_) => {
                if dialogs::is_refusing(&self.document) {
                    self.withdraw(mount);
                }
                return;
            }
            State::Away { id, closed } => {
                if !closed || !mount.compose.is_open() {
                    return;
                }
                // It came back: undone, or Gmail could not send it.
                self.ledger.borrow_mut().withdrawn(id);
                mount.state.set(State::Writing);
                mount.known.set(false);
            }
            State::Writing => {}
        }
        self.tidy(mount);
        self.get_to_know(mount);
        if !self.settings.borrow().loaded {
            return;
        }
        let in_place = mount.control.borrow().as_ref().is_some_and(Control::is_in_place);
        if in_place {
            self.refresh(mount);
        } else {
            let control = Control::place(self, mount);
            // The old one is dropped after the borrow has ended.
            let old = std::mem::replace(&mut *mount.control.borrow_mut(), control);
            drop(old);
            self.refresh(mount);
        }
    }

    /// Takes marks of ours out of a compose that is being written: from an undone mail, a reopened draft, a quote.
    fn tidy(&self, mount: &Mount) {
        let Some(account) = self.account() else { return };
        let Body::Html(body) = mount.compose.body() else { return };
        if marks::clean(&self.document, &body, mount.compose.folded_quote().as_ref(), &account) {
            marks::tell_gmail(&body);
        }
    }

    /// Once a compose shows its draft: what was chosen for it, and whether it was sent before and is back.
    fn get_to_know(&self, mount: &Mount) {
        if mount.known.get() {
            return;
        }
        let Some(draft) = mount.compose.draft() else { return };
        if !mount.compose.is_open() {
            return;
        }
        mount.known.set(true);
        self.name_wish(mount);
        self.findings.borrow_mut().add(&mount.compose);
        if mount.choice.get().is_none() {
            let choices = self.choices.borrow();
            mount.choice.set(choices.iter().find(|(of, _)| *of == draft).map(|(_, choice)| *choice));
        }
        let undone = self.ledger.borrow_mut().reopened(&draft).or_else(|| {
            let (thread, at) = self.undoing.borrow().clone()?;
            let now = shell::now();
            let is_back = now - at < UNDO_OPENS && mount.compose.thread().as_deref() == Some(&*thread);
            is_back.then(|| self.ledger.borrow_mut().undone_in(&thread, now)).flatten()
        });
        if let Some(act) = undone {
            report::act(act);
        }
    }

    /// Where a compose stands.
    pub fn standing(&self, mount: &Mount) -> Stands {
        self.stands(mount, &recipients::addresses(&mount.compose))
    }

    /// Where a compose to these stands.
    fn stands(&self, mount: &Mount, to: &[String]) -> Stands {
        let carrier = match mount.compose.body() {
            Body::Html(_) => Carrier::Html,
            Body::Plain => Carrier::Plain,
            Body::Missing => Carrier::Unknown,
        };
        let sender = mount.compose.sender().or_else(|| account::address(&self.document)).unwrap_or_default();
        let settings = self.settings.borrow();
        stands(settings.mint.is_some(), settings.policy(), settings.consent(&sender, to), mount.choice.get(), carrier)
    }

    /// Brings a switch up to date.
    pub fn refresh(&self, mount: &Mount) {
        let view = self.view(mount);
        if let Some(control) = &*mount.control.borrow() {
            control.show(&view);
        }
        self.show_later(mount);
    }

    /// Brings all switches up to date.
    pub fn refresh_all(&self) {
        for mount in self.all_mounts() {
            self.refresh(&mount);
        }
    }

    fn view(&self, mount: &Mount) -> View {
        let own = [account::address(&self.document), mount.compose.sender().map(|sender| sender.to_ascii_lowercase())];
        let to = recipients::addresses(&mount.compose);
        let Stands { standing, kinds, who, .. } = self.stands(mount, &to);
        View {
            standing,
            kinds,
            who,
            only_self: !to.is_empty() && to.iter().all(|address| own.iter().flatten().any(|own| own == address)),
        }
    }

    /// The switch was pressed.
    pub fn pressed(&self, mount: &Mount) {
        let Some(choice) = self.standing(mount).standing.pressed() else { return };
        mount.choice.set(Some(choice));
        if let Some(draft) = mount.compose.draft() {
            let mut choices = self.choices.borrow_mut();
            choices.retain(|(of, _)| *of != draft);
            if choices.len() >= CHOICES {
                choices.remove(0);
            }
            choices.push((draft, choice));
        }
        self.refresh(mount);
    }

    /// Tells the worker how the tab does, when that has changed.
    pub fn tell_health(&self) {
        let findings = self.findings.borrow();
        let health = TabHealth {
            path: account::mailbox(&self.window.location().pathname().unwrap_or_default()),
            address: account::address(&self.document),
            running: true,
            missing: findings.missing.iter().map(ToString::to_string).collect(),
            disagree: findings.disagree.iter().map(ToString::to_string).collect(),
        };
        drop(findings);
        if self.told.borrow().as_ref() == Some(&health) {
            return;
        }
        *self.told.borrow_mut() = Some(health.clone());
        report::health(health);
    }

    /// True, and everything stopped, once the extension was updated or removed under this tab.
    pub fn is_orphan(&self) -> bool {
        if runtime::id().is_some() {
            return false;
        }
        if !self.stopped.get() {
            self.stop();
            self.notice("page_orphaned");
        }
        true
    }

    /// Looks at the page soon, as after a change.
    pub fn look_soon(self: &Rc<Self>) {
        watch::look_soon(self);
    }
}
