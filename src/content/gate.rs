//! The send gate: marks a mail in the event that sends it.
//!
//! What must hold:
//! - Everything happens synchronously inside the event, which always goes on: it is never stopped, delayed or made up.
//! - One send marks once, whatever events it consists of.
//! - When Gmail turns out not to have sent, the marks are out again before it saves a draft. Measured by others: it saves
//!   about 190 ms after a change.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_domain::mark::{MarkError, Wanted};
use waxwing_protocol::Millis;
use waxwing_protocol::page::WhyNot;
use web_sys::{Element, Event, Node};

use super::app::{App, Mount, State};
use super::decide::{Standing, Stands};
use super::gesture::{self, Gesture};
use super::ledger::{self, Marked, REQUEST_WITHIN};
use super::{marks, report, shell};
use crate::gmail::compose::{Body, Compose};
use crate::gmail::{dialogs, snackbar};

/// When, in milliseconds after marking, it is looked whether the mail left. The last one decides.
const LOOKS: [u32; 4] = [0, 30, 70, 120];
/// A timer of 0 ms that comes later than this was held up by a dialog of the browser's own ("Send without a subject?").
const HELD_UP: Millis = 150;
/// When switches are brought up to date after a click: menus act at once or after a short fade.
const REFRESH: [u32; 2] = [0, 300];

impl App {
    /// Hears a click or a key, before Gmail does.
    pub fn hear(self: &Rc<Self>, event: &Event) {
        if self.stopped.get() {
            return;
        }
        let Some((gesture, node)) = gesture::read(event) else { return };
        if let Some(compose) = self.sends(gesture, &node) {
            // A send is where an update under the tab must not go unnoticed.
            if !self.is_orphan() {
                self.send(compose);
            }
        } else {
            self.changed_mind(&node);
        }
        if gesture == Gesture::Click {
            self.note_click(&node);
        }
    }

    /// The compose that a gesture sends.
    fn sends(&self, gesture: Gesture, node: &Node) -> Option<Compose> {
        match gesture {
            Gesture::Shortcut => self.compose_at(node).or_else(|| Compose::of_dialog(&self.document, node)),
            Gesture::Click | Gesture::Press { .. } => {
                let pressed = self.compose_at(node).filter(|compose| compose.is_send(node));
                pressed.or_else(|| {
                    let scheduling = self.scheduling.borrow().clone().filter(Compose::is_open)?;
                    let by_enter = gesture == Gesture::Press { enter: true };
                    dialogs::schedules(&self.document, node, by_enter).then_some(scheduling)
                })
            }
            Gesture::Other => None,
        }
    }

    /// What a click says beside sending.
    fn note_click(self: &Rc<Self>, node: &Node) {
        let compose = self.compose_at(node);
        if dialogs::opens_schedule(node) {
            let compose = compose.clone().or_else(|| self.last.borrow().clone());
            *self.scheduling.borrow_mut() = compose;
        }
        if let Some(compose) = compose {
            *self.last.borrow_mut() = Some(compose);
        }
        if let Some(thread) = snackbar::undoes(node) {
            *self.undoing.borrow_mut() = Some((thread, shell::now()));
        }
        if !self.mounts.borrow().is_empty() {
            for delay in REFRESH {
                let app = Rc::downgrade(self);
                shell::later(delay, move || {
                    if let Some(app) = app.upgrade().filter(|app| !app.stopped.get()) {
                        app.refresh_all();
                    }
                });
            }
        }
    }

    /// The focus moved. A refusal takes it away from the compose, and Gmail saves a draft when a field loses it: the marks are
    /// out before, in the very event that was to send.
    pub fn blurred(&self) {
        let sending = |mount: &Rc<Mount>| matches!(mount.state.get(), State::Sending(_));
        if self.mounts.borrow().iter().any(sending) && dialogs::is_refusing(&self.document) {
            self.all_mounts().iter().filter(|mount| sending(mount)).for_each(|mount| self.withdraw(mount));
        }
    }

    /// The user does something else in a compose that was marked a moment ago and is still there: it was not sent.
    fn changed_mind(&self, node: &Node) {
        for mount in self.all_mounts() {
            if let State::Sending(id) = mount.state.get()
                && mount.compose.root.contains(Some(node))
                && !self.ledger.borrow().is_sent(id)
            {
                self.withdraw(&mount);
            }
        }
    }

    /// A compose is being sent in this very event.
    fn send(self: &Rc<Self>, compose: Compose) {
        let (mount, _) = self.mount_of(compose);
        if matches!(mount.state.get(), State::Sending(_)) {
            // The same send: a second event of it, or a double click.
            return;
        }
        *self.last.borrow_mut() = Some(mount.compose.clone());
        self.name_wish(&mount);
        if let Some(wish) = mount.wish.borrow().clone() {
            self.ledger.borrow_mut().nameless(wish, shell::now());
        }
        let body = mount.compose.body();
        let stands = self.standing(&mount);
        match (stands.standing, body) {
            (Standing::Tracked, Body::Html(body)) => self.mark(&mount, &body, &stands),
            (standing, body) => {
                self.ledger.borrow_mut().left(mount.compose.draft(), standing.why_not());
                // An answer must not carry the pixel of the mail it answers, tracked or not.
                if let (Body::Html(body), Some(account)) = (body, self.account())
                    && marks::clean(&self.document, &body, mount.compose.folded_quote().as_ref(), &account)
                {
                    marks::tell_gmail(&body);
                }
            }
        }
    }

    fn mark(self: &Rc<Self>, mount: &Rc<Mount>, body: &Element, stands: &Stands) {
        let (id, now, draft) = (shell::new_id(), shell::now(), mount.compose.draft());
        let placed = {
            let settings = self.settings.borrow();
            // Without a connection the mail does not stand as tracked.
            let Some(mint) = &settings.mint else { return };
            let quote = mount.compose.folded_quote();
            let wanted = Wanted { kinds: stands.kinds, line: settings.line().filter(|_| stands.tells) };
            marks::place(&self.document, body, quote.as_ref(), mint, id, &wanted).map(|marked| Marked {
                id,
                account: mint.account.clone(),
                epoch: mint.epoch,
                draft: draft.clone(),
                kinds: stands.kinds,
                links: marked.links.into_iter().map(|link| ledger::link(link.target, &link.text)).collect(),
                at: now,
            })
        };
        match placed {
            Ok(marked) => {
                self.ledger.borrow_mut().marked(marked);
                mount.state.set(State::Sending(id));
                self.look_whether_it_left(mount, id, now);
                marks::tell_gmail(body);
            }
            // Clicks alone are tracked, and there is no link: nobody misses anything.
            Err(MarkError::Nothing) => {
                self.ledger.borrow_mut().left(draft, None);
                marks::tell_gmail(body);
            }
            Err(_) => self.ledger.borrow_mut().left(draft, Some(WhyNot::MarkFailed)),
        }
    }

    fn look_whether_it_left(self: &Rc<Self>, mount: &Rc<Mount>, id: Uuid, at: Millis) {
        for (index, delay) in LOOKS.into_iter().enumerate() {
            let (app, mount) = (Rc::downgrade(self), Rc::downgrade(mount));
            shell::later(delay, move || {
                let (Some(app), Some(mount)) = (app.upgrade(), mount.upgrade()) else { return };
                let held_up = index == 0 && shell::now() - at > HELD_UP;
                app.look(&mount, id, held_up || index + 1 == LOOKS.len());
            });
        }
        self.look_for_overdue();
    }

    fn look(&self, mount: &Mount, id: Uuid, last: bool) {
        let state = mount.state.get();
        let is_open = mount.compose.is_open();
        match state {
            State::Away { id: away, .. } if away == id => mount.state.set(State::Away { id, closed: !is_open }),
            State::Sending(sending) if sending == id => {
                if self.ledger.borrow().is_sent(id) || !is_open {
                    mount.state.set(State::Away { id, closed: !is_open });
                } else if last || dialogs::is_refusing(&self.document) {
                    self.withdraw(mount);
                }
            }
            State::Writing | State::Sending(_) | State::Away { .. } => {}
        }
    }

    /// Takes the marks out of a compose that was not sent.
    pub fn withdraw(&self, mount: &Mount) {
        let State::Sending(id) = mount.state.replace(State::Writing) else { return };
        self.ledger.borrow_mut().withdrawn(id);
        let (Body::Html(body), Some(account)) = (mount.compose.body(), self.account()) else { return };
        if marks::clean(&self.document, &body, mount.compose.folded_quote().as_ref(), &account) {
            marks::tell_gmail(&body);
        }
    }

    /// Looks whether requests are missing, when the one of the mail just marked should have been seen.
    fn look_for_overdue(self: &Rc<Self>) {
        let app = Rc::downgrade(self);
        shell::later(u32::try_from(REQUEST_WITHIN).unwrap_or(u32::MAX) + 1_000, move || {
            let Some(app) = app.upgrade().filter(|app| !app.stopped.get()) else { return };
            if !app.window.navigator().on_line() {
                app.look_for_overdue();
                return;
            }
            let acts = app.ledger.borrow_mut().overdue(shell::now());
            acts.into_iter().for_each(report::act);
        });
    }
}
