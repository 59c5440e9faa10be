//! What the backend tells unasked: the badge, the cached list, notifications, ticks and the open pages follow it.
//!
//! What must hold:
//! - News are counted once, over restarts too: the count, what waits to be told, the list and the number of the last event are
//!   written in one step.
//! - That hits came ([`Event::Activity`]) moves lists and ticks and is told nobody; what is worth telling comes as
//!   [`Event::News`]. Backends without verdicts know no news: for them the badge counts what has grown.
//! - The badge counts what would be told by the user's choice, quiet hours or not. It is quiet: a number, petrol, no more.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, NewsKind};
use waxwing_protocol::page::{Connection, FromWorker, HeldNeed, HeldNews, NeedOf, NotifySettings, key};
use waxwing_protocol::{Millis, capability};

use super::Worker;
use super::client::{CallError, Client};
use super::kept::{State, has_grown};
use super::link::{has, without_token};
use super::needs::{self, Told};
use super::notify::wants;
use super::platform::Platform;
use super::remind::Changed;
use super::sse::SseEvent;
use super::ticks::Moved;
use crate::chrome::ApiError;
use crate::chrome::action::Badge;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;

/// Milliseconds that events of one kind are waited for.
const MOMENT: u32 = 1_000;
/// The badge shows no larger number.
const LARGEST_BADGE: u32 = 99;
/// So many messages outside of the list are known in this worker's life.
const MOST_RECENT: usize = 500;

/// What came of messages that the kept list does not hold.
pub(super) type Recent = BTreeMap<Uuid, Activity>;

/// What has to be asked for after some news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a list of things to ask for")]
struct Wanting {
    list: bool,
    /// Events were missed: what has grown in the list was not told.
    missed: bool,
    account: bool,
    /// What recipients said, or the user chose.
    consent: bool,
    /// What is scheduled.
    scheduled: bool,
}

/// Some events on their way into what is known.
struct Batch<'a> {
    settings: &'a NotifySettings,
    /// Quiet hours reign.
    quiet: bool,
    /// The backend tells news.
    verdicts: bool,
    /// The number of the last event before these.
    last: Option<i64>,
    /// What these told so far.
    told: HashSet<(Uuid, NewsKind)>,
    moved: Vec<Moved>,
    /// What does not need the user any more.
    over: Vec<NeedOf>,
    now: Millis,
    wanting: Wanting,
}

impl Batch<'_> {
    fn take(&mut self, event: &Event, state: &mut State, recent: &mut Recent) {
        match event {
            Event::Activity { message, activity, .. } => {
                if !self.verdicts {
                    let known = state.message(*message).map(|known| &known.activity);
                    let grown = known.or_else(|| recent.get(message)).is_none_or(|before| has_grown(before, activity));
                    state.unseen = state.unseen.saturating_add(u32::from(grown));
                    recent.insert(*message, activity.clone());
                }
                state.set_activity(*message, activity);
                self.moved.push(Moved::Activity(*message, activity.clone()));
            }
            Event::News { message, what, at, first, activity, .. } => {
                self.take_news(HeldNews { message: *message, what: *what, at: *at, waited: self.quiet }, *first, state);
                state.set_activity(*message, activity);
                self.moved.push(Moved::Activity(*message, activity.clone()));
            }
            Event::Message { message } => {
                self.wanting.list = true;
                self.moved.push(Moved::Otherwise(*message));
            }
            Event::Deleted { message } => {
                state.remove(*message);
                self.moved.push(Moved::Gone(*message));
            }
            Event::Scheduled { .. } => self.wanting.scheduled = true,
            // What it says of needs is taken below.
            Event::Mailbox { .. } | Event::Waiting { .. } => {}
            Event::Consent => self.wanting.consent = true,
            Event::Refused { message, .. } => {
                self.wanting.consent = true;
                self.wanting.list = true;
                self.moved.extend(message.map(Moved::Otherwise));
            }
            Event::Account => self.wanting.account = true,
            Event::Reset => {
                self.wanting = Wanting { list: true, missed: true, account: true, consent: true, scheduled: true };
                self.moved.push(Moved::Everything);
            }
        }
    }

    /// What an event says of what needs the user.
    fn take_need(&mut self, event: &Event, state: &mut State) {
        match needs::told(event) {
            Some((Told::Need(of), at)) if needs::wants(self.settings, of) => {
                needs::hold(&mut state.needs, HeldNeed { of, at: at.unwrap_or(self.now), waited: self.quiet });
            }
            Some((Told::Over(of), _)) => {
                needs::let_go(&mut state.needs, of);
                self.over.push(of);
            }
            _ => {}
        }
    }

    fn take_news(&mut self, news: HeldNews, first: Option<i64>, state: &mut State) {
        // The backend's first one is not this browser's when it came to nobody here: it is the first that is told here.
        let is_first = !self.told.contains(&(news.message, news.what))
            && first.is_none_or(|number| self.last.is_some_and(|last| number > last));
        self.told.insert((news.message, news.what));
        let is_polled = |seen: &HeldNews| (seen.message, seen.what) == (news.message, news.what) && seen.at >= news.at;
        let muted = state.message(news.message).is_some_and(|message| message.muted);
        if !muted && wants(self.settings, news.what, is_first) && !state.polled.iter().any(is_polled) {
            state.count(news);
        }
    }
}

impl<P: Platform> Worker<P> {
    /// Takes some events of the stream.
    pub(super) async fn take_news(self: &Rc<Self>, connection: &Connection, events: Vec<SseEvent>) -> Result<(), ApiError> {
        let mut told = Vec::new();
        let wanting = {
            let _pass = self.list_gate.enter().await;
            let Some(connection) = self.still(connection).await? else { return Ok(()) };
            let settings = self.notify_settings().await?;
            let last: Option<String> = self.platform.local().get(key::LAST_EVENT).await?;
            let mut state = self.state().await?;
            let (unseen, held, needs) = (state.unseen, state.held.clone(), state.needs.clone());
            let mut batch = Batch {
                settings: &settings,
                quiet: self.quiet_until(&settings).is_some(),
                verdicts: has(&connection, capability::VERDICTS),
                last: last.and_then(|last| last.parse().ok()),
                told: HashSet::new(),
                moved: Vec::new(),
                over: Vec::new(),
                now: self.platform.system().now(),
                wanting: Wanting::default(),
            };
            let mut recent = self.recent.take();
            if recent.len() > MOST_RECENT {
                recent.clear();
            }
            for event in &events {
                // A kind of a later version: passed over, but its number counts.
                let Ok(event) = serde_json::from_str::<Event>(&event.data) else { continue };
                batch.take(&event, &mut state, &mut recent);
                batch.take_need(&event, &mut state);
                told.push(event);
            }
            self.recent.replace(recent);
            let number = events.last().map(|event| event.id.clone()).filter(|id| !id.is_empty());
            let Batch { moved, wanting, over, .. } = batch;
            for moved in &moved {
                match moved {
                    Moved::Activity(message, activity) => self.since.borrow_mut().tell(*message, Some(activity.clone())),
                    Moved::Gone(message) => self.since.borrow_mut().tell(*message, None),
                    // Leads to another look at the list.
                    Moved::Otherwise(_) | Moved::Everything => {}
                }
            }
            if wanting.missed {
                // Asked for from the beginning: who was erased is in no list of what changed.
                self.platform.local().unset(key::CONSENT_PEOPLE).await?;
            }
            self.write_state(&state, number).await?;
            // From here on it is counted. Should the worker be ended now, the next one shows the number and tells what waits.
            if state.unseen != unseen {
                self.show_badge(state.unseen).await;
            }
            if state.held != held || state.needs != needs {
                self.tell_soon();
            }
            self.clear_over(&over).await;
            self.move_ticks(&moved, state.list.as_ref());
            wanting
        };
        self.refresh_waiting_soon(connection, told.iter().filter_map(Changed::by));
        for event in told {
            self.announce(FromWorker::News { event });
        }
        // What cannot be asked for now is asked for when the stream is opened again, or the list is looked at.
        if wanting.account {
            let _ = self.refresh_account(connection).await;
        }
        if wanting.consent {
            if wanting.missed {
                // Whoever was asking just now has perhaps put them back.
                let _pass = self.consent_gate.enter().await;
                let _ = self.platform.local().unset(key::CONSENT_PEOPLE).await;
            }
            let _ = self.refresh_consent(connection).await;
        }
        if wanting.scheduled {
            self.refresh_scheduled_soon(connection);
        }
        if wanting.list {
            self.refresh_soon(connection, wanting.missed);
        }
        Ok(())
    }

    /// Loads the first page anew in a moment: of a row of events, only the first leads to a call.
    fn refresh_soon(self: &Rc<Self>, connection: &Connection, missed: bool) {
        if missed {
            self.refresh_missed.set(true);
        }
        if self.refreshing.replace(true) {
            return;
        }
        let (worker, connection) = (Rc::clone(self), connection.clone());
        self.platform.spawn(async move {
            worker.platform.system().sleep(MOMENT).await;
            worker.refreshing.set(false);
            let missed = worker.refresh_missed.take();
            let _ = worker.refresh_list(&connection, missed).await;
        });
    }

    /// The news were looked at: what waits to be told is told no more.
    pub(super) async fn seen(&self) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        self.platform.local().remove(&[key::UNSEEN.to_owned(), key::HELD_NEWS.to_owned()]).await?;
        self.show_badge(0).await;
        Ok(())
    }

    /// Asks how to mint now; content scripts hear of a change through the storage.
    pub(super) async fn refresh_account(self: &Rc<Self>, connection: &Connection) -> Result<(), CallError> {
        let now = self.call(connection, async |client: Client<'_, P::Http>| client.account().await).await?;
        let _pass = self.link_gate.enter().await;
        // A storage that fails is not the stream's matter: the old epoch is still good for mails that get registered.
        if let Ok(Some(current)) = self.connection().await
            && current.device == connection.device
        {
            let renewed = Connection {
                account_name: now.account.name,
                minting: now.minting,
                capabilities: now.capabilities,
                ..current.clone()
            };
            if renewed != current {
                let _ = self.platform.local().set(key::CONNECTION, &without_token(&renewed)).await;
                self.status_changed();
                self.unpark_for(&current, &renewed).await;
            }
        }
        Ok(())
    }

    /// Shows how many news were not looked at, and what needs the user as long as it does.
    pub(super) async fn show_badge(&self, unseen: u32) {
        // What cannot be read is not counted now.
        let (needs, _) = self.scheduled_counts().await.unwrap_or_default();
        let (back, _) = self.waiting_counts().await.unwrap_or_default();
        let count = unseen.saturating_add(needs).saturating_add(back);
        let text = match count {
            0 => String::new(),
            1..=LARGEST_BADGE => count.to_string(),
            _ => format!("{LARGEST_BADGE}+"),
        };
        // A badge that is not shown is no reason to stop.
        let _ = self.platform.badge().show(&text).await;
    }

    /// How many news were not looked at.
    pub(super) async fn unseen(&self) -> Result<u32, ApiError> {
        Ok(self.platform.local().get(key::UNSEEN).await?.unwrap_or(0))
    }
}
