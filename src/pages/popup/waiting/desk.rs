//! What the cards stand on: asking for what is to be done, and taking it back.
//!
//! What must hold:
//! - What cannot be undone afterwards is asked for only when the time to take it back is over; until then its card is away.
//! - What the backend says no to is said at the card; when the mail has moved on meanwhile everything is loaded anew.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::{Rc, Weak};

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::civil::{Civil, Time};
use waxwing_domain::when::zone::Zones as _;
use waxwing_protocol::api::{
    Mailboxes, PutReminder, RemindedMail, Reminder, ReminderState, WaitingAction, WaitingMail, When, Wish,
};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker};

use super::super::Popup;
use super::card::Card;
use super::words::subject;
use crate::chrome::runtime::ask_later;
use crate::chrome::system::{Clock as _, Random as _, System};
use crate::chrome::zones::BrowserZones;
use crate::pages::now;
use crate::pages::text::{Value, moment, rich};
use crate::pages::widgets::{UndoLine, fault_words};

/// When "tomorrow" is.
const MORNING: Time = Time::hour_sharp(9);

/// The desk.
pub(super) struct Desk {
    this: Weak<Desk>,
    popup: Weak<Popup>,
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
    /// A desk.
    pub(super) fn new(popup: &Rc<Popup>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            popup: Rc::downgrade(popup),
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

    /// Whether the card of a mail is away for now.
    pub(super) fn is_hidden(&self, id: Uuid) -> bool {
        self.hidden.borrow().contains(&id)
    }

    /// Takes over the mailboxes.
    pub(super) fn set_mailboxes(&self, mailboxes: Mailboxes) {
        *self.mailboxes.borrow_mut() = Some(mailboxes);
    }

    /// The mailboxes, once they are known.
    pub(super) fn mailboxes(&self) -> Option<Mailboxes> {
        self.mailboxes.borrow().clone()
    }

    /// The line at the foot.
    pub(super) fn toast(&self) -> Option<UndoLine> {
        self.popup.upgrade().map(|popup| popup.toast().clone())
    }

    /// Tomorrow morning, on the condition that a reminder has.
    pub(super) fn tomorrow(&self, reminder: &Reminder) -> Option<Wish> {
        let zone = System.zone();
        let seconds = now().div_euclid(1_000);
        let offset = self.zones.find(&zone)?.offset_at(seconds);
        let date = Civil::from_seconds(seconds + i64::from(offset))?.date.plus_days(1)?;
        let when = When::At { wall: Civil { date, time: MORNING }.to_string(), zone };
        Some(wish(when, None, Some(reminder)))
    }

    /// Does something with a mail once it cannot be taken back any more.
    pub(super) fn after_a_while(&self, card: &Rc<Card>, action: WaitingAction, says: &'static str) {
        let (Some(toast), Some(mail)) = (self.toast(), card.mail()) else { return };
        let id = mail.id;
        self.hide(id, true);
        let (committed, undone) = (self.this.clone(), self.this.clone());
        let (card, back) = (Rc::clone(card), Rc::downgrade(card));
        toast.offer(
            rich(says, &[subject(&mail.content)]),
            move || {
                spawn_local(async move {
                    let done = act(id, action).await;
                    let Some(desk) = committed.upgrade() else { return };
                    desk.hide(id, false);
                    match done {
                        Ok(_) => desk.reload(),
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

    /// Does something with a mail now.
    pub(super) fn at_once(&self, card: &Rc<Card>, action: WaitingAction) {
        let (Some(this), Some(mail)) = (self.this.upgrade(), card.mail()) else { return };
        let card = Rc::clone(card);
        spawn_local(async move {
            match act(mail.id, action).await {
                Ok(now_so) => {
                    card.set(now_so);
                    this.reload();
                }
                Err(fault) => this.refused(&card, &fault),
            }
        });
    }

    /// Switches a reminder off; taking it back sets it again as it was.
    pub(super) fn switch_off(&self, card: &Rc<Card>) {
        let (Some(this), Some(before)) = (self.this.upgrade(), card.mail()) else { return };
        let card = Rc::clone(card);
        spawn_local(async move {
            match act(before.id, WaitingAction::Off).await {
                Ok(mail) => {
                    card.set(mail);
                    this.reload();
                    let Some(toast) = this.toast() else { return };
                    let (named, desk) = (subject(&before.content), Rc::downgrade(&this));
                    let undo = move || {
                        if let (Some(desk), Some(reminder)) = (desk.upgrade(), before.reminder.clone()) {
                            desk.set_again(before, reminder);
                        }
                    };
                    toast.offer(rich("waiting_said_off", &[named]), || {}, undo);
                }
                Err(fault) => this.refused(&card, &fault),
            }
        });
    }

    fn set_again(&self, mail: WaitingMail, reminder: Reminder) {
        let Some(this) = self.this.upgrade() else { return };
        spawn_local(async move {
            if let Err(fault) = put(reminder.id, &mail, reminder.wish).await
                && let Some(popup) = this.popup.upgrade()
            {
                popup.complain(&fault);
            }
            this.reload();
        });
    }

    /// Asks for a reminder at a time: a new one, another time of the one that waits, or later for one that is back.
    pub(super) async fn remind(&self, mail: &WaitingMail, when: When, phrase: Option<String>) -> Result<WaitingMail, Fault> {
        let reminder = mail.reminder.as_ref();
        let wish = wish(when, phrase, reminder);
        match reminder.map(|reminder| (reminder.id, reminder.state)) {
            Some((_, ReminderState::Back)) => act(mail.id, WaitingAction::Snooze { wish }).await,
            Some((id, ReminderState::Waiting)) => put(id, mail, wish).await,
            // One that is over stays what it was; this is another.
            _ => put(System.uuid(), mail, wish).await,
        }
    }

    /// Says when a mail comes back now.
    pub(super) fn say_when(&self, mail: &WaitingMail) {
        let at = mail.reminder.as_ref().and_then(|reminder| reminder.due_at);
        if let (Some(toast), Some(at)) = (self.toast(), at) {
            toast.say(rich("waiting_said_on", &[Value::Own(moment(at, now())), subject(&mail.content)]));
        }
    }

    /// Drops a reminder that was refused.
    pub(super) fn drop_refused(&self, card: &Rc<Card>, id: Uuid) {
        let Some(this) = self.this.upgrade() else { return };
        let card = Rc::clone(card);
        spawn_local(async move {
            match ask_later(&LaterToWorker::DropReminder { id }).await {
                Ok(_) => this.reload(),
                Err(fault) => card.complain(fault_words(&fault)),
            }
        });
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
}

/// A time on the condition that a reminder has, and as often.
fn wish(when: When, phrase: Option<String>, reminder: Option<&Reminder>) -> Wish {
    let asked = reminder.map(|reminder| &reminder.wish);
    Wish {
        when,
        phrase,
        condition: asked.map(|wish| wish.condition).unwrap_or_default(),
        every_days: asked.and_then(|wish| wish.every_days),
    }
}

async fn act(id: Uuid, action: WaitingAction) -> Result<WaitingMail, Fault> {
    mail_of(ask_later(&LaterToWorker::ActWaiting { id, action }).await?)
}

async fn put(id: Uuid, mail: &WaitingMail, wish: Wish) -> Result<WaitingMail, Fault> {
    let mail = RemindedMail {
        message: mail.message,
        sender: mail.sender.clone(),
        account: None,
        sent_at: mail.sent_at,
        gmail: mail.gmail.clone(),
        content: mail.content.clone(),
    };
    mail_of(ask_later(&LaterToWorker::PutReminder { id, put: Box::new(PutReminder { mail, wish }) }).await?)
}

fn mail_of(answer: LaterAnswer) -> Result<WaitingMail, Fault> {
    match answer {
        LaterAnswer::WaitingMail { mail } => Ok(*mail),
        _ => Err(Fault::Internal { detail: "waiting".to_owned() }),
    }
}
