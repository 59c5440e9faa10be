//! What is kept of mails whose answer is waited for: the first pages for when the backend is away, and [`key::REMINDERS`] with
//! ready words for Gmail's tabs, which read and watch it.
//!
//! What must hold:
//! - It is of the account that is paired, as the worker last heard; every event and every opening of the stream puts it right.
//! - A row of events leads to a handful of questions: mails one by one while they are few, everything anew when they are many.

use std::collections::BTreeSet;
use std::rc::Rc;

use uuid::Uuid;
use waxwing_domain::relative::Local;
use waxwing_protocol::api::{Event, ReminderState, WaitingList, WaitingMail, WaitingOrder, WaitingPage};
use waxwing_protocol::capability;
use waxwing_protocol::page::{CachedWaiting, Connection, ReminderBrief, key};

use super::super::Worker;
use super::super::client::Client;
use super::super::link::has;
use super::super::platform::Platform;
use super::calls::PAGE;
use super::words::Words;
use crate::chrome::ApiError;
use crate::chrome::storage::{Storage, Values};
use crate::chrome::system::Clock;

/// So many reminders are kept.
const MOST_KEPT: usize = 500;
/// So many pages are asked for.
const MOST_PAGES: usize = 10;
/// More mails than this are not asked for one by one.
const ONE_BY_ONE: usize = 4;
/// More than this is not kept of a page, in bytes of JSON.
const LARGEST: usize = 1 << 19;
/// Milliseconds that events are waited for.
const MOMENT: u32 = 1_000;

/// What is to be asked for in a moment.
#[derive(Debug, Default)]
pub(in crate::worker) struct Asking {
    /// These mails.
    mails: BTreeSet<Uuid>,
    /// Everything.
    all: bool,
    /// Somebody is about to.
    soon: bool,
    /// The day, by the user's clock, that the words were written on: "today" is over with it.
    day: Option<i64>,
}

/// What an event says is to be asked for anew: a mail, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::worker) enum Changed {
    /// This mail, for sure.
    Waiting(Uuid),
    /// This message, if it is one that Gmail's tabs show a reminder of.
    Message(Uuid),
    /// Everything.
    All,
}

impl Changed {
    /// What an event changes.
    pub(in crate::worker) const fn by(event: &Event) -> Option<Self> {
        match event {
            Event::Waiting { mail, .. } => Some(Self::Waiting(*mail)),
            Event::News { message, .. } | Event::Activity { message, .. } | Event::Message { message } => {
                Some(Self::Message(*message))
            }
            Event::Deleted { message } => Some(Self::Waiting(*message)),
            Event::Reset => Some(Self::All),
            Event::Scheduled { .. } | Event::Mailbox { .. } | Event::Refused { .. } | Event::Consent | Event::Account => None,
        }
    }
}

impl<P: Platform> Worker<P> {
    /// The copy, if there is one.
    pub(super) async fn cached_waiting(&self) -> Result<Option<CachedWaiting>, ApiError> {
        self.platform.local().get(key::CACHED_WAITING).await
    }

    /// How many mails need the user, and how many wait for an answer.
    pub(in crate::worker) async fn waiting_counts(&self) -> Result<(u32, u32), ApiError> {
        Ok(self.cached_waiting().await?.map_or((0, 0), |cached| (cached.back.back, cached.back.waiting)))
    }

    async fn briefs(&self) -> Result<Vec<ReminderBrief>, ApiError> {
        Ok(self.platform.local().get(key::REMINDERS).await?.unwrap_or_default())
    }

    /// As much of a mail as Gmail's tabs show; `None` when there is nothing to show.
    fn brief(&self, mail: &WaitingMail) -> Option<ReminderBrief> {
        let say = Words::new(&self.platform).line(mail)?;
        let reminder = mail.reminder.as_ref()?;
        let state = match reminder.state {
            ReminderState::Back => ReminderState::Back,
            _ => ReminderState::Waiting,
        };
        let due_at = reminder.due_at.filter(|_| reminder.state == ReminderState::Waiting);
        let legacy_thread = mail.gmail.legacy_thread.clone()?;
        Some(ReminderBrief {
            id: mail.id,
            legacy_thread,
            legacy_message: mail.gmail.legacy_message.clone(),
            state,
            due_at,
            say,
        })
    }

    /// Takes over how one mail stands now. What cannot be written is seen at the next question.
    pub(super) async fn keep_waiting(self: &Rc<Self>, mail: &WaitingMail) {
        let _pass = self.list_gate.enter().await;
        if let Ok(mut kept) = self.briefs().await {
            let before = kept.clone();
            kept.retain(|known| known.id != mail.id);
            kept.splice(0..0, self.brief(mail));
            kept.truncate(MOST_KEPT);
            if kept.len() != before.len() || kept.iter().any(|brief| !before.contains(brief)) {
                let _ = self.platform.local().set(key::REMINDERS, &kept).await;
            }
        }
    }

    /// A mail is not waited for any more.
    async fn forget_waiting(self: &Rc<Self>, id: Uuid) {
        let _pass = self.list_gate.enter().await;
        if let Ok(mut kept) = self.briefs().await
            && kept.iter().any(|known| known.id == id)
        {
            kept.retain(|known| known.id != id);
            let _ = self.platform.local().set(key::REMINDERS, &kept).await;
        }
    }

    /// Asks for what changed, in a moment: of a row of events only the first leads to questions.
    pub(in crate::worker) fn refresh_waiting_soon(
        self: &Rc<Self>,
        connection: &Connection,
        changed: impl IntoIterator<Item = Changed>,
    ) {
        {
            let mut asking = self.asking.borrow_mut();
            for changed in changed {
                match changed {
                    Changed::Waiting(mail) | Changed::Message(mail) => drop(asking.mails.insert(mail)),
                    Changed::All => asking.all = true,
                }
            }
            let nothing = asking.mails.is_empty() && !asking.all;
            if nothing || std::mem::replace(&mut asking.soon, true) {
                return;
            }
        }
        let (worker, connection) = (Rc::clone(self), connection.clone());
        self.platform.spawn(async move {
            worker.platform.system().sleep(MOMENT).await;
            let (mails, all) = {
                let mut asking = worker.asking.borrow_mut();
                asking.soon = false;
                (std::mem::take(&mut asking.mails), std::mem::take(&mut asking.all))
            };
            // What cannot be asked for now is asked for when the stream is opened again.
            let _ = worker.refresh_changed(&connection, mails, all).await;
        });
    }

    async fn refresh_changed(
        self: &Rc<Self>,
        connection: &Connection,
        mails: BTreeSet<Uuid>,
        all: bool,
    ) -> Result<(), ApiError> {
        if all || mails.len() > ONE_BY_ONE {
            return self.refresh_waiting(connection).await;
        }
        let Some(connection) = self.still(connection).await? else { return Ok(()) };
        if !has(&connection, capability::REMINDERS) {
            return Ok(());
        }
        for id in mails {
            let call = async |client: Client<'_, P::Http>| client.waiting_one(id).await;
            match self.call(&connection, call).await {
                Ok(mail) => self.keep_waiting(&mail).await,
                Err(error) if error.fault() == waxwing_protocol::page::Fault::NotFound => self.forget_waiting(id).await,
                Err(_) => return Ok(()),
            }
        }
        self.refresh_pages(&connection, 1).await.map(drop)
    }

    /// Asks for everything, and keeps it. Without an answer what is kept stays.
    pub(in crate::worker) async fn refresh_waiting(self: &Rc<Self>, connection: &Connection) -> Result<(), ApiError> {
        let Some(connection) = self.still(connection).await? else { return Ok(()) };
        if !has(&connection, capability::REMINDERS) {
            return Ok(());
        }
        let day = self.today();
        let Some(mails) = self.refresh_pages(&connection, MOST_PAGES).await? else { return Ok(()) };
        let mut briefs: Vec<ReminderBrief> = Vec::new();
        for mail in &mails {
            if !briefs.iter().any(|known| known.id == mail.id) {
                briefs.extend(self.brief(mail));
            }
        }
        briefs.truncate(MOST_KEPT);
        let _pass = self.list_gate.enter().await;
        if self.still(&connection).await?.is_none() {
            return Ok(());
        }
        self.asking.borrow_mut().day = Some(day);
        if self.briefs().await? == briefs {
            return Ok(());
        }
        self.platform.local().set(key::REMINDERS, &briefs).await
    }

    /// At the tick: words that say "today" are wrong when it is over.
    pub(in crate::worker) fn refresh_waiting_daily(self: &Rc<Self>, connection: &Connection) {
        let day = self.asking.borrow().day;
        if day.is_some_and(|day| day != self.today()) {
            self.refresh_waiting_soon(connection, [Changed::All]);
        }
    }

    fn today(&self) -> i64 {
        let system = self.platform.system();
        let now = system.now();
        Local { at: now, offset: system.offset(now) }.day()
    }

    /// Asks for what needs the user and for so many pages of what waits, and keeps the first of each. Gives all mails; `None`
    /// without an answer.
    async fn refresh_pages(
        self: &Rc<Self>,
        connection: &Connection,
        pages: usize,
    ) -> Result<Option<Vec<WaitingMail>>, ApiError> {
        let mut mails = Vec::new();
        let mut firsts = Vec::new();
        for list in [WaitingList::Back, WaitingList::Waiting] {
            let mut before: Option<String> = None;
            for number in 0..pages {
                let cursor = before.take();
                let call =
                    async |client: Client<'_, P::Http>| client.waiting(list, WaitingOrder::Oldest, cursor.as_deref()).await;
                let Ok(page) = self.call(connection, call).await else { return Ok(None) };
                mails.extend(page.mails.iter().cloned());
                before.clone_from(&page.next);
                if number == 0 {
                    firsts.push(page);
                }
                if before.is_none() || mails.len() > MOST_PAGES * PAGE as usize {
                    break;
                }
            }
        }
        if let Ok([back, waiting]) = <[WaitingPage; 2]>::try_from(firsts) {
            // What cannot be kept is only missed when the backend is away.
            let _ = self.keep_waiting_pages(connection, Some(back), Some(waiting)).await;
        }
        Ok(Some(mails))
    }

    /// Keeps first pages: of what needs the user, of what waits longest.
    pub(super) async fn keep_waiting_pages(
        self: &Rc<Self>,
        connection: &Connection,
        back: Option<WaitingPage>,
        waiting: Option<WaitingPage>,
    ) -> Result<(), ApiError> {
        let (before, after) = {
            let _pass = self.list_gate.enter().await;
            if self.still(connection).await?.is_none() {
                return Ok(());
            }
            let now = self.platform.system().now();
            let known = self.cached_waiting().await?;
            let before = known.as_ref().map_or((0, 0), |known| (known.back.back, known.back.waiting));
            let nothing = || CachedWaiting { at: now, back: WaitingPage::default(), waiting: WaitingPage::default() };
            let mut kept = known.unwrap_or_else(nothing);
            // Each page tells the numbers of all.
            if let Some(newest) = waiting.as_ref().or(back.as_ref()) {
                (kept.back.back, kept.back.waiting) = (newest.back, newest.waiting);
            }
            let counts = (kept.back.back, kept.back.waiting);
            if let Some(back) = back {
                kept.back = WaitingPage { back: counts.0, waiting: counts.1, ..fitting(back) };
            }
            if let Some(waiting) = waiting {
                kept.waiting = fitting(waiting);
                kept.at = now;
            }
            let values = Values::from_iter([(
                key::CACHED_WAITING.to_owned(),
                serde_json::to_value(&kept).map_err(|error| ApiError::Form(error.to_string()))?,
            )]);
            self.platform.local().write(values).await?;
            (before, counts)
        };
        if before != after {
            self.show_badge(self.unseen().await?).await;
            self.status_changed();
        }
        Ok(())
    }
}

/// As many of the first mails as are small enough to keep.
fn fitting(mut page: WaitingPage) -> WaitingPage {
    let mut room = LARGEST;
    page.mails.retain(|mail| {
        let size = serde_json::to_string(mail).map_or(usize::MAX, |text| text.len());
        let fits = size <= room;
        room = if fits { room - size } else { 0 };
        fits
    });
    page
}
