//! What the cards stand on: the mailboxes, what was just asked for, and asking for it.
//!
//! What must hold:
//! - What cannot be undone afterwards is asked for only when the time to take it back is over; until then its card is away.
//! - "Cancel" counts at once, since the mail's time may come meanwhile; taking it back schedules it again.
//! - What the backend says no to is said at the card; when the mail has moved on meanwhile everything is loaded anew.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::{Rc, Weak};

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    DraftHint, Mailbox, Mailboxes, PutScheduled, Schedule, Scheduled, ScheduledAction, ScheduledState, When,
};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::super::Popup;
use super::card::Card;
use super::words::subject;
use crate::chrome::runtime::ask_later;
use crate::chrome::zones::BrowserZones;
use crate::pages::say::Deed;
use crate::pages::text::rich;
use crate::pages::widgets::{UndoLine, fault_words};

/// The desk of a screen.
pub(super) struct Desk {
    this: Weak<Desk>,
    popup: Weak<Popup>,
    history: bool,
    zones: BrowserZones,
    mailboxes: RefCell<Option<Mailboxes>>,
    /// Cards of mails for which something was asked that can still be taken back.
    hidden: RefCell<HashSet<Uuid>>,
    /// Loads everything anew.
    reload: RefCell<Option<Box<dyn Fn()>>>,
    /// Shows what there is, without asking.
    arrange: RefCell<Option<Box<dyn Fn()>>>,
}

impl Desk {
    /// A desk; `history` when it shows what is over alone.
    pub(super) fn new(popup: &Rc<Popup>, history: bool) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            popup: Rc::downgrade(popup),
            history,
            zones: BrowserZones::default(),
            mailboxes: RefCell::default(),
            hidden: RefCell::default(),
            reload: RefCell::default(),
            arrange: RefCell::default(),
        })
    }

    /// What loads everything anew, and what shows what there is.
    pub(super) fn serve(&self, reload: impl Fn() + 'static, arrange: impl Fn() + 'static) {
        *self.reload.borrow_mut() = Some(Box::new(reload));
        *self.arrange.borrow_mut() = Some(Box::new(arrange));
    }

    /// Loads everything anew.
    pub(super) fn reload(&self) {
        if let Some(reload) = self.reload.borrow().as_ref() {
            reload();
        }
    }

    /// The popup.
    pub(super) fn popup(&self) -> Option<Rc<Popup>> {
        self.popup.upgrade()
    }

    /// Whether only what is over is shown.
    pub(super) const fn is_history(&self) -> bool {
        self.history
    }

    /// The mailboxes, once they are known.
    pub(super) fn mailboxes(&self) -> Option<Mailboxes> {
        self.mailboxes.borrow().clone()
    }

    /// Takes over the mailboxes. True when they are others than before.
    pub(super) fn set_mailboxes(&self, mailboxes: Mailboxes) -> bool {
        let before = self.mailboxes.replace(Some(mailboxes));
        before != *self.mailboxes.borrow()
    }

    /// The mailbox of this id.
    pub(super) fn mailbox(&self, id: Uuid) -> Option<Mailbox> {
        self.mailboxes.borrow().as_ref()?.mailboxes.iter().find(|mailbox| mailbox.id == id).cloned()
    }

    /// Whether the card of a mail is away for now.
    pub(super) fn is_hidden(&self, id: Uuid) -> bool {
        self.hidden.borrow().contains(&id)
    }

    /// When a mail was asked for, as far as that is known here.
    pub(super) fn due(&self, mail: &Scheduled) -> Option<Millis> {
        match &mail.schedule.when {
            When::Instant { at, .. } => Some(*at),
            // Resolved as when it was scheduled; `created_at` is before it.
            When::At { .. } => {
                waxwing_domain::schedule::first(&mail.schedule, mail.created_at, &self.zones).ok().map(|due| due.at)
            }
            When::Within { .. } | When::Repeat { .. } => None,
        }
    }

    /// Does what a button of a card says.
    pub(super) fn run(&self, card: &Rc<Card>, deed: Deed) {
        let mail = card.mail();
        match deed {
            Deed::Change => card.toggle_change(),
            Deed::SignIn => sign_in(card),
            Deed::Act(action @ ScheduledAction::Cancel) if mail.state != ScheduledState::Held => {
                self.at_once(card, &mail, action, "sched_cancelled");
            }
            Deed::Act(action @ ScheduledAction::Skip { .. }) => self.at_once(card, &mail, action.on(&mail), "sched_skipped"),
            Deed::Act(action) => self.after_a_while(card, &mail, action.on(&mail)),
            // These are links.
            Deed::Look | Deed::Correct | Deed::Draft | Deed::Write | Deed::Connect => {}
        }
    }

    /// Asks at once; taking it back asks for what was there before.
    fn at_once(&self, card: &Rc<Card>, mail: &Scheduled, action: ScheduledAction, says: &'static str) {
        let (Some(this), card, before) = (self.this.upgrade(), Rc::clone(card), mail.clone()) else { return };
        spawn_local(async move {
            match ask_later(&LaterToWorker::Act { id: before.id, action }).await {
                Ok(LaterAnswer::Scheduled { scheduled }) => {
                    card.set(scheduled);
                    this.reload();
                    let Some(toast) = this.toast() else { return };
                    let (undone, named) = (Rc::downgrade(&this), subject(&before));
                    toast.offer(
                        rich(says, &[named]),
                        || {},
                        move || {
                            if let Some(desk) = undone.upgrade() {
                                desk.put_back(before);
                            }
                        },
                    );
                }
                Ok(_) => card.complain(fault_words(&Fault::Internal { detail: "action".to_owned() })),
                Err(fault) => this.refused(&card, &fault),
            }
        });
    }

    /// Schedules it again as it was.
    fn put_back(&self, before: Scheduled) {
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            let schedule = before.schedule.clone();
            if let Err(fault) = this.put(&before, schedule).await
                && let Some(popup) = this.popup()
            {
                popup.complain(&fault);
            }
            this.reload();
        });
    }

    /// Asks for another schedule of a mail.
    pub(super) async fn put(&self, mail: &Scheduled, schedule: Schedule) -> Result<Scheduled, Fault> {
        let draft = DraftHint {
            gmail: mail.gmail.clone(),
            subject: mail.content.subject.clone(),
            recipients: mail.content.recipients.clone(),
        };
        let put = PutScheduled { mailbox: mail.mailbox, draft, schedule, track: mail.track };
        match ask_later(&LaterToWorker::Put { id: mail.id, put: Box::new(put) }).await? {
            LaterAnswer::Scheduled { scheduled } => Ok(scheduled),
            _ => Err(Fault::Internal { detail: "schedule".to_owned() }),
        }
    }

    /// Asks when the time to take it back is over.
    fn after_a_while(&self, card: &Rc<Card>, mail: &Scheduled, action: ScheduledAction) {
        let Some(toast) = self.toast() else { return };
        let says = match action {
            ScheduledAction::SendNow { .. } => "sched_sending_now",
            ScheduledAction::WasSent => "sched_noted_sent",
            ScheduledAction::SendAgain => "sched_sending_again",
            ScheduledAction::Dismiss => "sched_dismissed",
            ScheduledAction::Cancel => "sched_cancelled",
            ScheduledAction::Skip { .. } => "sched_skipped",
        };
        let id = mail.id;
        self.hide(id, true);
        let (committed, undone) = (self.this.clone(), self.this.clone());
        let (card, back) = (Rc::clone(card), Rc::downgrade(card));
        toast.offer(
            rich(says, &[subject(mail)]),
            move || {
                spawn_local(async move {
                    let done = ask_later(&LaterToWorker::Act { id, action }).await;
                    let Some(desk) = committed.upgrade() else { return };
                    desk.hide(id, false);
                    match done {
                        Ok(LaterAnswer::Scheduled { scheduled }) => {
                            card.set(scheduled);
                            desk.reload();
                        }
                        Ok(_) => card.complain(fault_words(&Fault::Internal { detail: "action".to_owned() })),
                        Err(fault) => desk.refused(&card, &fault),
                    }
                });
            },
            move || {
                if let Some(desk) = undone.upgrade() {
                    desk.hide(id, false);
                }
                if let Some(card) = back.upgrade() {
                    card.focus();
                }
            },
        );
    }

    fn hide(&self, id: Uuid, on: bool) {
        if on {
            self.hidden.borrow_mut().insert(id);
        } else {
            self.hidden.borrow_mut().remove(&id);
        }
        if let Some(arrange) = self.arrange.borrow().as_ref() {
            arrange();
        }
    }

    /// The backend said no.
    pub(super) fn refused(&self, card: &Rc<Card>, fault: &Fault) {
        if matches!(fault, Fault::Conflict | Fault::NotFound) {
            if let Some(toast) = self.toast() {
                toast.say(rich("sched_moved_on", &[]));
            }
            self.reload();
        } else {
            card.complain(fault_words(fault));
        }
    }

    /// The line at the foot.
    pub(super) fn toast(&self) -> Option<UndoLine> {
        self.popup().map(|popup| popup.toast().clone())
    }
}

/// Opens Google's page for a mailbox that asks for it.
fn sign_in(card: &Rc<Card>) {
    let card = Rc::downgrade(card);
    spawn_local(async move {
        // The tab that was opened takes the focus; the mailbox tells by an event when it works again.
        if let Err(fault) = ask_later(&LaterToWorker::ConnectGmail).await
            && let Some(card) = card.upgrade()
        {
            card.complain(fault_words(&fault));
        }
    });
}
