//! The copy of the list's first page: for when the backend is away, and to know what news are about.
//!
//! What must hold: whatever is counted (the badge's number, what waits to be told) is written in one step with what it is
//! counted by (the list, the number of the last event).

use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use waxwing_protocol::api::{Activity, Message, NewsKind};
use waxwing_protocol::page::{CachedList, Connection, HeldNeed, HeldNews, NotifySettings, key};
use waxwing_protocol::{Millis, capability};

use super::Worker;
use super::client::{Ask, Client};
use super::link::has;
use super::notify::{hold, wants};
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::storage::{Storage, Values};
use crate::chrome::system::Clock;

/// More than this is not kept of a list, in bytes of JSON.
const LARGEST_LIST: usize = 1 << 20;

/// What is known and counted.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// The list, if it was ever loaded.
    pub(super) list: Option<CachedList>,
    /// News that were not looked at.
    pub(super) unseen: u32,
    /// What waits to be told.
    pub(super) held: Vec<HeldNews>,
    /// What was seen without a stream.
    pub(super) polled: Vec<HeldNews>,
    /// What needs the user and waits to be told.
    pub(super) needs: Vec<HeldNeed>,
    /// The list is another one now.
    moved: bool,
}

impl State {
    /// The message, if the list has it.
    pub(super) fn message(&self, id: Uuid) -> Option<&Message> {
        self.list.as_ref()?.messages.iter().find(|message| message.id == id)
    }

    /// This came of a message.
    pub(super) fn set_activity(&mut self, id: Uuid, activity: &Activity) {
        let known = self.list.iter_mut().flat_map(|list| &mut list.messages).find(|message| message.id == id);
        if let Some(known) = known.filter(|known| known.activity != *activity) {
            known.activity.clone_from(activity);
            self.moved = true;
        }
    }

    /// A message is gone, and what waits to be told of it.
    pub(super) fn remove(&mut self, id: Uuid) {
        self.held.retain(|news| news.message != id);
        if self.message(id).is_some() {
            self.list.iter_mut().for_each(|list| list.messages.retain(|message| message.id != id));
            self.moved = true;
        }
    }

    /// Counts a piece of news, and has it told.
    pub(super) fn count(&mut self, news: HeldNews) {
        self.unseen = self.unseen.saturating_add(1);
        hold(&mut self.held, news);
    }

    /// Counts what has grown since. Used where no stream tells it, so it is told without waiting for what others of a burst, or
    /// the sender's own view, would say.
    fn count_growth(&mut self, before: &Activity, after: &Message, settings: &NotifySettings, now: Millis, quiet: bool) {
        let (old, new) = (before, &after.activity);
        for (what, from, to, at) in [
            (NewsKind::Open, old.opens, new.opens, new.last_open_at),
            (NewsKind::Click, old.clicks, new.clicks, new.last_click_at),
        ] {
            if to > from && !after.muted {
                let news = HeldNews { message: after.id, what, at: at.unwrap_or(now), waited: quiet };
                hold(&mut self.polled, news.clone());
                if wants(settings, what, from == 0) {
                    self.count(news);
                }
            }
        }
    }
}

/// Repeats that the counts fold away are no news.
pub(super) fn has_grown(before: &Activity, after: &Activity) -> bool {
    after.opens > before.opens || after.clicks > before.clicks
}

/// The first messages that together are small enough to keep.
fn fitting(mut messages: Vec<Message>) -> Vec<Message> {
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
    /// Loads the first page anew. `missed`: no stream tells, or told, what has grown since; it is counted here.
    pub(super) async fn refresh_list(self: &Rc<Self>, connection: &Connection, missed: bool) -> Result<(), ApiError> {
        let call = async |client: Client<'_, P::Http>| client.messages(&Ask::default()).await;
        let mark = self.since.borrow().mark();
        let Ok(mut page) = self.call(connection, call).await else { return Ok(()) };
        let _pass = self.list_gate.enter().await;
        let Some(connection) = self.still(connection).await? else { return Ok(()) };
        let settings = self.notify_settings().await?;
        let now = self.platform.system().now();
        let mut state = self.state().await?;
        let before = state.unseen;
        let old = state.list.take();
        self.since.borrow().bring_up(mark, &mut page.messages);
        for message in &page.messages {
            let known = old.iter().flat_map(|list| &list.messages).find(|known| known.id == message.id);
            let Some(known) = known.filter(|known| has_grown(&known.activity, &message.activity)) else { continue };
            if !has(&connection, capability::VERDICTS) {
                state.unseen = state.unseen.saturating_add(1);
            } else if missed {
                state.count_growth(&known.activity, message, &settings, now, self.quiet_until(&settings).is_some());
            }
        }
        let moved = old.as_ref().is_none_or(|old| old.messages != page.messages);
        state.moved = true;
        state.list = Some(CachedList { at: now, messages: fitting(page.messages), stats: old.and_then(|list| list.stats) });
        self.write_state(&state, None).await?;
        if state.unseen != before {
            self.show_badge(state.unseen).await;
            self.tell_soon();
        }
        if missed && moved {
            self.forget_ticks();
        }
        self.status_changed();
        Ok(())
    }

    /// Keeps a first page that a person is looking at, asked for at a mark of [`super::since::Since`].
    pub(super) async fn keep_list(
        &self,
        connection: &Connection,
        mark: u64,
        mut messages: Vec<Message>,
    ) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        if self.still(connection).await?.is_none() {
            return Ok(());
        }
        let stats = self.cached().await?.and_then(|list| list.stats);
        self.since.borrow().bring_up(mark, &mut messages);
        let list = CachedList { at: self.platform.system().now(), messages: fitting(messages), stats };
        self.platform.local().set(key::CACHED_LIST, &list).await
    }

    /// Changes what is kept of the list, if anything is.
    pub(super) async fn change_list(
        &self,
        connection: &Connection,
        change: impl FnOnce(&mut CachedList),
    ) -> Result<(), ApiError> {
        let _pass = self.list_gate.enter().await;
        if self.still(connection).await?.is_none() {
            return Ok(());
        }
        let Some(mut list) = self.cached().await? else { return Ok(()) };
        change(&mut list);
        self.platform.local().set(key::CACHED_LIST, &list).await
    }

    /// The connection as it is now, if it is still the same pairing: what an answer of another one says must not be kept.
    pub(super) async fn still(&self, connection: &Connection) -> Result<Option<Connection>, ApiError> {
        Ok(self.connection().await?.filter(|current| current.device == connection.device))
    }

    /// The copy, if there is one.
    pub(super) async fn cached(&self) -> Result<Option<CachedList>, ApiError> {
        self.platform.local().get(key::CACHED_LIST).await
    }

    /// What is known and counted. For who holds the list's gate.
    pub(super) async fn state(&self) -> Result<State, ApiError> {
        let names = [key::CACHED_LIST, key::UNSEEN, key::HELD_NEWS, key::POLLED_NEWS, key::HELD_NEEDS].map(str::to_owned);
        let mut values = self.platform.local().read(&names).await?;
        Ok(State {
            list: read(&mut values, key::CACHED_LIST),
            unseen: read(&mut values, key::UNSEEN).unwrap_or_default(),
            held: read(&mut values, key::HELD_NEWS).unwrap_or_default(),
            polled: read(&mut values, key::POLLED_NEWS).unwrap_or_default(),
            needs: read(&mut values, key::HELD_NEEDS).unwrap_or_default(),
            moved: false,
        })
    }

    /// Writes it, and the number of the event that it comes from. For who holds the list's gate.
    pub(super) async fn write_state(&self, state: &State, number: Option<String>) -> Result<(), ApiError> {
        let mut values = Values::new();
        values.insert(key::UNSEEN.to_owned(), json(&state.unseen)?);
        values.insert(key::HELD_NEWS.to_owned(), json(&state.held)?);
        values.insert(key::POLLED_NEWS.to_owned(), json(&state.polled)?);
        values.insert(key::HELD_NEEDS.to_owned(), json(&state.needs)?);
        if let Some(list) = state.list.as_ref().filter(|_| state.moved) {
            values.insert(key::CACHED_LIST.to_owned(), json(list)?);
        }
        if let Some(number) = number {
            values.insert(key::LAST_EVENT.to_owned(), number.into());
        }
        self.platform.local().write(values).await
    }
}

/// A value; `None` when it is absent or of a form that this version does not know.
fn read<T: DeserializeOwned>(values: &mut Values, name: &str) -> Option<T> {
    values.remove(name).and_then(|value| serde_json::from_value(value).ok())
}

fn json<T: Serialize>(value: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::Form(error.to_string()))
}
