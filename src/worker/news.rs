//! What the backend tells unasked: the badge, the cached list and the open pages follow it.
//!
//! What must hold:
//! - News are counted once, over restarts too: the count, the list that it is counted by and the number of the last event
//!   are written in one step.
//! - The badge is quiet: a number, petrol, no more.

use std::collections::BTreeMap;
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Event, Message};
use waxwing_protocol::page::{CachedList, Connection, FromWorker, key};

use super::Worker;
use super::client::{CallError, Client};
use super::platform::Platform;
use super::sse::SseEvent;
use crate::chrome::ApiError;
use crate::chrome::action::Badge;
use crate::chrome::storage::{Storage, Values};
use crate::chrome::system::Clock;

/// More than this is not kept of a list, in bytes of JSON.
const LARGEST_LIST: usize = 1 << 20;
/// Milliseconds that events of one kind are waited for.
const MOMENT: u32 = 1_000;
/// The badge shows no larger number.
const LARGEST_BADGE: u32 = 99;

/// So many messages outside of the list are known in this worker's life.
const MOST_RECENT: usize = 500;

type Recent = BTreeMap<Uuid, Activity>;

/// What has to be asked for after some news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Ask {
    list: bool,
    account: bool,
}

/// Puts an event into what is known. Gives whether it is news to a person.
fn apply(event: &Event, messages: &mut Vec<Message>, recent: &mut Recent, ask: &mut Ask) -> bool {
    match event {
        Event::Activity { message, activity, .. } => {
            let before = recent.insert(*message, activity.clone());
            let Some(known) = messages.iter_mut().find(|known| known.id == *message) else {
                return before.is_none_or(|before| has_grown(&before, activity));
            };
            let grown = has_grown(&known.activity, activity);
            known.activity.clone_from(activity);
            return grown;
        }
        Event::News { .. } => {}
        Event::Message { .. } => ask.list = true,
        Event::Deleted { message } => messages.retain(|known| known.id != *message),
        Event::Account => ask.account = true,
        Event::Reset => *ask = Ask { list: true, account: true },
    }
    false
}

/// Repeats that the counts fold away are no news.
fn has_grown(before: &Activity, after: &Activity) -> bool {
    after.opens > before.opens || after.clicks > before.clicks
}

/// The first messages that together are small enough to keep.
fn kept(mut messages: Vec<Message>) -> Vec<Message> {
    let mut room = LARGEST_LIST;
    messages.retain(|message| {
        let size = serde_json::to_string(message).map_or(usize::MAX, |text| text.len());
        let fits = size <= room;
        room = if fits { room - size } else { 0 };
        fits
    });
    messages
}

impl<P: Platform> Worker<P> {
    /// Takes some events of the stream.
    pub(super) async fn take_news(self: &Rc<Self>, connection: &Connection, events: Vec<SseEvent>) -> Result<(), ApiError> {
        let mut ask = Ask::default();
        let mut told = Vec::new();
        {
            let _pass = self.list_gate.enter().await;
            if !self.is_current(connection).await? {
                return Ok(());
            }
            let (mut list, mut unseen) = self.cached().await?;
            let before = unseen;
            let mut recent = self.recent.take();
            if recent.len() > MOST_RECENT {
                recent.clear();
            }
            for event in &events {
                // A kind of a later version: passed over, but its number counts.
                let Ok(event) = serde_json::from_str::<Event>(&event.data) else { continue };
                let messages =
                    &mut list.get_or_insert_with(|| CachedList { at: 0, messages: Vec::new(), stats: None }).messages;
                unseen = unseen.saturating_add(u32::from(apply(&event, messages, &mut recent, &mut ask)));
                told.push(event);
            }
            let number = events.last().map(|event| event.id.clone()).filter(|id| !id.is_empty());
            self.recent.replace(recent);
            // A list that was never loaded is not made up.
            self.write_list(list.filter(|list| list.at != 0), unseen, number).await?;
            if unseen != before {
                self.show_badge(unseen).await;
            }
        }
        for event in told {
            self.announce(FromWorker::News { event });
        }
        // What cannot be asked for now is asked for when the stream is opened again, or the list is looked at.
        if ask.account {
            let _ = self.refresh_account(connection).await;
        }
        if ask.list {
            self.refresh_soon(connection);
        }
        Ok(())
    }

    /// Loads the first page anew in a moment: of a row of events, only the first leads to a call.
    fn refresh_soon(self: &Rc<Self>, connection: &Connection) {
        if self.refreshing.replace(true) {
            return;
        }
        let (worker, connection) = (Rc::clone(self), connection.clone());
        self.platform.spawn(async move {
            worker.platform.system().sleep(MOMENT).await;
            worker.refreshing.set(false);
            let _ = worker.refresh_list(&connection).await;
        });
    }

    /// Loads the first page anew; what has grown since is news.
    pub(super) async fn refresh_list(self: &Rc<Self>, connection: &Connection) -> Result<(), ApiError> {
        let page = self.call(connection, async |client: Client<'_, P::Http>| client.messages("", None, None).await).await;
        let Ok(page) = page else { return Ok(()) };
        let _pass = self.list_gate.enter().await;
        if !self.is_current(connection).await? {
            return Ok(());
        }
        let (list, before) = self.cached().await?;
        let known = list.as_ref().map_or(&[][..], |list| &list.messages);
        let is_news = |message: &&Message| {
            known.iter().any(|known| known.id == message.id && has_grown(&known.activity, &message.activity))
        };
        let grown = page.messages.iter().filter(is_news).count();
        let unseen = before.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX));
        let list = CachedList {
            at: self.platform.system().now(),
            messages: kept(page.messages),
            stats: list.and_then(|list| list.stats),
        };
        self.write_list(Some(list), unseen, None).await?;
        if unseen != before {
            self.show_badge(unseen).await;
        }
        self.status_changed();
        Ok(())
    }

    /// Keeps a first page that a person is looking at.
    pub(super) async fn keep_list(&self, connection: &Connection, messages: Vec<Message>) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        if !self.is_current(connection).await? {
            return Ok(());
        }
        let (list, unseen) = self.cached().await?;
        let list =
            CachedList { at: self.platform.system().now(), messages: kept(messages), stats: list.and_then(|list| list.stats) };
        self.write_list(Some(list), unseen, None).await
    }

    /// Changes what is kept of the list, if anything is.
    pub(super) async fn change_list(
        &self,
        connection: &Connection,
        change: impl FnOnce(&mut CachedList),
    ) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        if !self.is_current(connection).await? {
            return Ok(());
        }
        let (list, unseen) = self.cached().await?;
        let Some(mut list) = list else { return Ok(()) };
        change(&mut list);
        self.write_list(Some(list), unseen, None).await
    }

    /// The news were looked at.
    pub(super) async fn seen(&self) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        self.platform.local().unset(key::UNSEEN).await?;
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
                let _ = self.platform.local().set(key::CONNECTION, &renewed).await;
                self.status_changed();
            }
        }
        Ok(())
    }

    /// Shows how many news were not looked at.
    pub(super) async fn show_badge(&self, unseen: u32) {
        let text = match unseen {
            0 => String::new(),
            1..=LARGEST_BADGE => unseen.to_string(),
            _ => format!("{LARGEST_BADGE}+"),
        };
        // A badge that is not shown is no reason to stop.
        let _ = self.platform.badge().show(&text).await;
    }

    /// How many news were not looked at.
    pub(super) async fn unseen(&self) -> Result<u32, ApiError> {
        Ok(self.platform.local().get(key::UNSEEN).await?.unwrap_or(0))
    }

    /// Whether it is still the one: what an answer of another pairing says must not be kept.
    async fn is_current(&self, connection: &Connection) -> Result<bool, ApiError> {
        Ok(self.connection().await?.is_some_and(|current| current.device == connection.device))
    }

    async fn cached(&self) -> Result<(Option<CachedList>, u32), ApiError> {
        Ok((self.platform.local().get(key::CACHED_LIST).await?, self.unseen().await?))
    }

    async fn write_list(&self, list: Option<CachedList>, unseen: u32, number: Option<String>) -> Result<(), ApiError> {
        let form = |error: serde_json::Error| ApiError::Form(error.to_string());
        let mut values = Values::from_iter([(key::UNSEEN.to_owned(), unseen.into())]);
        if let Some(list) = list {
            values.insert(key::CACHED_LIST.to_owned(), serde_json::to_value(&list).map_err(form)?);
        }
        if let Some(number) = number {
            values.insert(key::LAST_EVENT.to_owned(), number.into());
        }
        self.platform.local().write(values).await
    }
}
