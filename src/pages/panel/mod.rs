//! The panels "Send later" and "Remind me" ([`remind`]): a page of the extension in a frame over Gmail, for one compose or one mail.
//!
//! What must hold:
//! - It shows nothing unless the worker knows its key from a content script of the same tab: whoever else puts this page into a
//!   frame has an empty one.
//! - Keyboard first: the field has the focus, Enter schedules what was understood, Escape closes from everywhere, and Tab stays
//!   inside.
//! - What is shown as understood is what is asked of the backend ([`sense`]). Nothing is scheduled that was not understood.
//! - Subject, names and addresses are foreign text.

mod blocked;
mod calendar;
mod conditions;
mod form;
mod frame;
mod month;
mod options;
mod places;
mod remind;
mod said;
pub(super) mod sense;
mod submit;
mod suggest;
pub(super) mod ways;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::civil::Weekday;
use waxwing_domain::when::Order;
use waxwing_domain::when::words::Language;
use waxwing_protocol::api::{ContactZone, Mailbox, Recipient, RecipientKind, Scheduled};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker, PanelEnd, PanelFacts};

use self::form::Form;
use self::sense::{Clocks, Pick, Sense};
use super::dom::{Scope, document, window};
use super::now;
use super::text::{sample_date, week_start};
use crate::chrome::i18n::language;
use crate::chrome::runtime::ask_later;
use crate::chrome::system::{Clock as _, Random as _, System};
use crate::chrome::zones::BrowserZones;

/// The content script announces the key in the moment in which it makes the frame: so many milliseconds are enough to be later.
const A_MOMENT: u32 = 150;
/// How often the worker is asked whether it knows the key.
const TRIES: u32 = 3;

/// The panel.
struct Panel {
    key: Uuid,
    scope: Scope,
    facts: PanelFacts,
    /// The mail, when the draft is scheduled already.
    scheduled: Option<Scheduled>,
    /// The id that it gets: the same however often it is asked for.
    id: Uuid,
    zones: BrowserZones,
    /// The user's zone.
    home: String,
    order: Option<Order>,
    languages: Vec<&'static Language>,
    first_weekday: Weekday,
    form: RefCell<Option<Rc<Form>>>,
    /// Where the recipient is.
    theirs: RefCell<Option<String>>,
    pick: RefCell<Option<Pick>>,
    sense: RefCell<Sense>,
    /// Whose mailbox the tab shows.
    account: Option<String>,
    mailbox: RefCell<Option<Mailbox>>,
    /// How many answers its height still waits for: nothing is to move under a pointer once it is seen.
    awaited: Cell<u8>,
    busy: Cell<bool>,
    ended: Cell<bool>,
}

/// Builds the panel, if its key is one.
pub(super) fn start() {
    let hash = window().location().hash().unwrap_or_default();
    let Ok(key) = hash.trim_start_matches('#').parse::<Uuid>() else { return };
    spawn_local(async move {
        for _ in 0..TRIES {
            match ask_later(&LaterToWorker::Panel { key }).await {
                Ok(LaterAnswer::Panel { facts, scheduled, account }) => {
                    dress(facts.dark);
                    let open = if facts.remind.is_some() { remind::open } else { Panel::open };
                    return open(key, facts, scheduled, account);
                }
                Ok(_) => return,
                Err(Fault::NotFound) => TimeoutFuture::new(A_MOMENT).await,
                // Nobody but a frame of ours hears of a fault, and without facts there is nothing to close but the frame.
                Err(fault) => return blocked::fault(key, &fault),
            }
        }
        // It stays empty, for good.
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-unknown", "");
        }
    });
}

/// Takes over whether Gmail is light or dark.
fn dress(dark: bool) {
    if let Some(root) = document().document_element() {
        // A refusal leaves the system's choice.
        let _ = root.set_attribute("data-theme", if dark { "dark" } else { "light" });
    }
}

impl Panel {
    fn open(key: Uuid, facts: PanelFacts, scheduled: Option<Scheduled>, account: Option<String>) {
        let id = scheduled.as_ref().map_or_else(|| System.uuid(), |scheduled| scheduled.id);
        let panel = Rc::new(Self {
            key,
            scope: Scope::default(),
            id,
            zones: BrowserZones::default(),
            home: System.zone(),
            order: sense::order_of(&sample_date()),
            languages: sense::languages(&language()),
            // Sunday is 0 there.
            first_weekday: Weekday::from_index((i64::from(week_start()) + 6) % 7),
            form: RefCell::default(),
            theirs: RefCell::default(),
            pick: RefCell::default(),
            sense: RefCell::new(Sense::Nothing),
            mailbox: RefCell::default(),
            awaited: Cell::new(2),
            busy: Cell::new(false),
            ended: Cell::new(false),
            facts,
            scheduled,
            account,
        });
        panel.show_form();
        let asking = Rc::clone(&panel);
        spawn_local(async move {
            if let Err(blocked) = asking.find_mailbox().await {
                asking.show_blocked(&blocked);
            }
            asking.heard();
        });
        let asking = Rc::clone(&panel);
        spawn_local(async move {
            asking.find_zone().await;
            asking.heard();
        });
        let waiting = Rc::clone(&panel);
        spawn_local(async move {
            TimeoutFuture::new(A_MOMENT).await;
            waiting.awaited.set(0);
            waiting.tell_size();
        });
        // The panel lives as long as its frame.
        std::mem::forget(panel);
    }

    fn clocks(&self) -> Clocks<'_> {
        Clocks {
            now: now(),
            zones: &self.zones,
            order: self.order,
            languages: &self.languages,
            first_weekday: self.first_weekday,
        }
    }

    /// An answer came that may change how high it is.
    fn heard(&self) {
        self.awaited.set(self.awaited.get().saturating_sub(1));
        self.tell_size();
    }

    /// Says how high it is, once that is known.
    fn tell_size(&self) {
        if self.awaited.get() == 0 {
            frame::tell_size(self.key);
        }
    }

    /// The person whose clocks and answers count: the first that it goes to.
    fn recipient(&self) -> Option<&Recipient> {
        let all = &self.facts.draft.recipients;
        all.iter().find(|recipient| recipient.kind == RecipientKind::To).or(all.first())
    }

    /// Looks for the mailbox that the mail leaves from.
    async fn find_mailbox(&self) -> Result<Mailbox, blocked::Blocked> {
        let mailboxes = match ask_later(&LaterToWorker::Mailboxes).await {
            Ok(LaterAnswer::Mailboxes { mailboxes }) => mailboxes.mailboxes,
            Ok(_) => Vec::new(),
            Err(fault) => return Err(blocked::Blocked::Fault(fault)),
        };
        let mailbox = blocked::choose(self.account.as_deref(), &self.facts.sender, mailboxes)?;
        *self.mailbox.borrow_mut() = Some(mailbox.clone());
        Ok(mailbox)
    }

    /// Asks where the recipient is. What is not known is only not shown.
    async fn find_zone(self: &Rc<Self>) {
        let Some(address) = self.recipient().map(|recipient| recipient.address.to_lowercase()) else { return };
        let asked = LaterToWorker::Zones { addresses: vec![address.clone()] };
        let Ok(LaterAnswer::Zones { zones }) = ask_later(&asked).await else { return };
        let zone = zones.into_iter().find(|zone| zone.address.eq_ignore_ascii_case(&address)).and_then(|zone| zone.zone);
        if let Some(zone) = zone {
            self.set_theirs(Some(zone));
        }
    }

    /// Takes over where the recipient is, if the browser knows that zone.
    fn set_theirs(self: &Rc<Self>, zone: Option<String>) {
        use waxwing_domain::when::zone::Zones as _;
        *self.theirs.borrow_mut() = zone.filter(|zone| self.zones.find(zone).is_some());
        if let Some(form) = &*self.form.borrow() {
            form.conditions.show_place(self);
        }
        self.update();
    }

    /// Keeps where the recipient is, here and at the backend.
    fn keep_theirs(self: &Rc<Self>, zone: &str) {
        self.set_theirs(Some(zone.to_owned()));
        let Some(address) = self.recipient().map(|recipient| recipient.address.to_lowercase()) else { return };
        let zone = ContactZone { address, zone: Some(zone.to_owned()) };
        // Not kept is only asked again the next time.
        spawn_local(async move { drop(ask_later(&LaterToWorker::SetZone { zone }).await) });
    }

    /// The panel ends, once.
    fn end(self: &Rc<Self>, end: PanelEnd) {
        if !self.ended.replace(true) {
            let key = self.key;
            spawn_local(async move { drop(ask_later(&LaterToWorker::PanelEnd { key, end }).await) });
        }
    }
}
