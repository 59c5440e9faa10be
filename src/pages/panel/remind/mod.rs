//! The panel "Remind me": when, on which condition, how often; of a compose, or of a mail in an open conversation.
//!
//! What must hold:
//! - What is shown as understood is what is asked for; nothing is asked for that was not understood.
//! - Of a compose nothing is asked of the backend: the choice goes back to the tab, which sets it when the mail leaves. Of a draft that
//!   is scheduled here it is changed in the schedule as well.
//! - Keyboard, focus and ways out are those of "Send later".

mod chips;
mod form;
mod submit;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::civil::{Civil, Weekday};
use waxwing_domain::when::Order;
use waxwing_domain::when::words::Language;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{RemindedMail, Scheduled, WaitingMail, Wish};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker, PanelEnd, PanelFacts, RemindFacts};

use self::form::Form;
use super::blocked::{Blocked, REMINDING, choose};
use super::sense::{Clocks, Pick, Sense, languages, order_of};
use super::{A_MOMENT, frame};
use crate::chrome::i18n::language;
use crate::chrome::runtime::ask_later;
use crate::chrome::system::{Clock as _, Random as _, System};
use crate::chrome::zones::BrowserZones;
use crate::pages::dom::Scope;
use crate::pages::now;
use crate::pages::text::{clock_of, sample_date, short_day, t_with, week_start};

/// The panel of a reminder.
struct Remind {
    key: Uuid,
    scope: Scope,
    facts: PanelFacts,
    /// What was chosen for the compose before.
    before: Option<Wish>,
    /// The mail of an open conversation; none for a compose.
    sent: Option<Box<RemindedMail>>,
    /// The draft's schedule, when it has one.
    scheduled: Option<Scheduled>,
    /// Whose mailbox the tab shows.
    account: Option<String>,
    /// The id of a new reminder: the same however often it is asked for.
    id: Uuid,
    zones: BrowserZones,
    /// The user's zone.
    home: String,
    order: Option<Order>,
    languages: Vec<&'static Language>,
    first_weekday: Weekday,
    form: RefCell<Option<Rc<Form>>>,
    pick: RefCell<Option<Pick>>,
    sense: RefCell<Sense>,
    /// What the backend knows of the mail.
    known: RefCell<Option<WaitingMail>>,
    /// Its height is not told before everything is there.
    ready: Cell<bool>,
    busy: Cell<bool>,
    ended: Cell<bool>,
}

/// Shows the panel.
pub(super) fn open(key: Uuid, mut facts: PanelFacts, scheduled: Option<Scheduled>, account: Option<String>) {
    let RemindFacts { wish, sent } = facts.remind.take().unwrap_or_default();
    let panel = Rc::new(Remind {
        key,
        scope: Scope::default(),
        before: wish.or_else(|| scheduled.as_ref()?.schedule.remind.clone()),
        sent,
        facts,
        scheduled,
        account,
        id: System.uuid(),
        zones: BrowserZones::default(),
        home: System.zone(),
        order: order_of(&sample_date()),
        languages: languages(&language()),
        // Sunday is 0 there.
        first_weekday: Weekday::from_index((i64::from(week_start()) + 6) % 7),
        form: RefCell::default(),
        pick: RefCell::default(),
        sense: RefCell::new(Sense::Nothing),
        known: RefCell::default(),
        ready: Cell::new(false),
        busy: Cell::new(false),
        ended: Cell::new(false),
    });
    panel.show_form();
    let asking = Rc::clone(&panel);
    spawn_local(async move {
        match asking.look().await {
            Ok(()) => asking.fill(),
            Err(blocked) => asking.show_blocked(&blocked),
        }
        asking.get_ready();
    });
    let waiting = Rc::clone(&panel);
    spawn_local(async move {
        TimeoutFuture::new(A_MOMENT).await;
        waiting.get_ready();
    });
    // The panel lives as long as its frame.
    std::mem::forget(panel);
}

impl Remind {
    fn clocks(&self) -> Clocks<'_> {
        Clocks {
            now: now(),
            zones: &self.zones,
            order: self.order,
            languages: &self.languages,
            first_weekday: self.first_weekday,
        }
    }

    /// What clocks here show at an instant.
    fn wall(&self, at: Millis) -> Option<Civil> {
        self.clocks().zone(&self.home).civil_at(at.div_euclid(1_000))
    }

    /// `Tue 24 Nov 09:00`.
    fn moment(&self, at: Millis) -> String {
        match (self.wall(at), self.clocks().wall_now(&self.home)) {
            (Some(wall), Some(now)) => t_with("when_day", &[&short_day(wall.date, now.date), &clock_of(wall)]),
            _ => String::new(),
        }
    }

    /// Asks what there is to know: the mailbox that is looked into, and how the mail of an open conversation stands.
    async fn look(&self) -> Result<(), Blocked> {
        match ask_later(&LaterToWorker::Mailboxes).await {
            Ok(LaterAnswer::Mailboxes { mailboxes }) => {
                choose(self.account.as_deref(), &self.facts.sender, mailboxes.mailboxes)?;
            }
            // Away: what is chosen in a compose waits in the outbox until the backend is there.
            Err(Fault::Unreachable) if self.sent.is_none() => {}
            Ok(_) => {}
            Err(fault) => return Err(Blocked::Fault(fault)),
        }
        let Some(sent) = &self.sent else { return Ok(()) };
        let Some(thread) = self.facts.draft.gmail.legacy_thread.clone() else { return Ok(()) };
        match ask_later(&LaterToWorker::WaitingIn { thread }).await {
            Ok(LaterAnswer::Waiting { page, .. }) => {
                let is_it = |mail: &WaitingMail| {
                    Some(mail.id) == sent.message || mail.message.is_some() && mail.message == sent.message
                };
                *self.known.borrow_mut() = page.mails.into_iter().find(is_it);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(fault) => Err(Blocked::Fault(fault)),
        }
    }

    /// Says how high it is, from now on.
    fn get_ready(&self) {
        self.ready.set(true);
        self.tell_size();
    }

    fn tell_size(&self) {
        if self.ready.get() {
            frame::tell_size(self.key);
        }
    }

    /// Says why no reminder can be had, in the place of the form.
    fn show_blocked(self: &Rc<Self>, blocked: &Blocked) {
        if self.ended.get() {
            return;
        }
        *self.form.borrow_mut() = None;
        let panel = Rc::clone(self);
        blocked.show(&self.scope, &REMINDING, None, move || panel.end(PanelEnd::Closed));
    }

    /// The panel ends, once.
    fn end(self: &Rc<Self>, end: PanelEnd) {
        if !self.ended.replace(true) {
            let key = self.key;
            spawn_local(async move { drop(ask_later(&LaterToWorker::PanelEnd { key, end }).await) });
        }
    }
}
