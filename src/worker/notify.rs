//! What of the news becomes a notification, and when.
//!
//! What must hold:
//! - News wait in the storage, written in one step with the number of the event that told them, so that nothing is lost while
//!   they are collected or while quiet hours last.
//! - Each is taken out of the storage first and shown then: a worker that is ended in between tells one too few, which the
//!   badge has all the same, and never one twice.
//! - A notification stands for a message and what happened to it: another of the same takes its place.
//! - Nothing is told of muted or deleted messages, whatever is in the stream, nor of hits that were judged otherwise since.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Message, NewsKind};
use waxwing_protocol::page::{CachedList, Connection, Fault, HeldNews, NotifySettings, key};

use super::client::Client;
use super::needs::page_of;
use super::notice::{Piece, Say, compose, message_of};
use super::platform::Platform;
use super::remind::waiting_of;
use super::{Worker, internal, quiet};
use crate::chrome::ApiError;
use crate::chrome::alarms::Alarms;
use crate::chrome::notifications::{Notice, Notices};
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;
use crate::gmail::thread::GmailThread;

/// The alarm at the end of the quiet hours.
pub(super) const ALARM: &str = "quiet";
/// Milliseconds that news are collected for, so that several at once become one notification.
pub(super) const MOMENT: u32 = 2_000;
/// So many wait at most; the oldest go.
const MOST: usize = 200;
/// So many are shown one by one.
const SINGLY: usize = 3;
/// So many messages are named in a digest.
const NAMED: usize = 3;

/// What is known of the message of a piece of news.
enum Known {
    /// This.
    Message(Box<Message>),
    /// It is not there any more.
    Gone,
    /// Nobody can be asked now.
    Nothing,
}

/// Whether the user wants to be told of this, when it is the first of its kind on the message for this browser, or not.
pub(super) fn wants(settings: &NotifySettings, what: NewsKind, first: bool) -> bool {
    match what {
        NewsKind::Open if first => settings.first_open,
        NewsKind::Open => settings.each_open,
        NewsKind::Click => settings.click,
        NewsKind::Answer => settings.answer,
        NewsKind::Unknown => settings.unknown,
    }
}

/// Whether news of this kind that waited are still wanted.
fn still_wants(settings: &NotifySettings, what: NewsKind) -> bool {
    wants(settings, what, true) || wants(settings, what, false)
}

/// Whether what was told is still so by what is known now: while it waited its hits may have been judged otherwise, by rules or
/// by the user. Where nothing at all is known of hits, nothing speaks against it.
fn still_holds(activity: &Activity, what: NewsKind) -> bool {
    let a = activity;
    let of_kind = match what {
        NewsKind::Open => a.opens,
        NewsKind::Click => a.clicks,
        NewsKind::Unknown => a.unknown_hits,
        NewsKind::Answer => return true,
    };
    let others = [a.opens, a.clicks, a.checking, a.machine_hits, a.apple_hits, a.own_hits, a.unknown_hits];
    of_kind > 0 || others.iter().all(|count| *count == 0)
}

/// Puts one behind the others. It takes the place of one of the same kind on the same message.
pub(super) fn hold(held: &mut Vec<HeldNews>, mut news: HeldNews) {
    let same = (news.message, news.what);
    let is_same = |other: &HeldNews| (other.message, other.what) == same;
    news.waited |= held.iter().any(|other| is_same(other) && other.waited);
    held.retain(|other| !is_same(other));
    held.push(news);
    let over = held.len().saturating_sub(MOST);
    held.drain(..over);
}

impl<P: Platform> Worker<P> {
    /// What the user wants to be told.
    pub(super) async fn notify_settings(&self) -> Result<NotifySettings, ApiError> {
        Ok(self.platform.local().get(key::NOTIFY).await?.unwrap_or_default())
    }

    /// When the quiet that reigns now ends; `None` when none does.
    pub(super) fn quiet_until(&self, settings: &NotifySettings) -> Option<Millis> {
        let system = self.platform.system();
        settings.quiet.and_then(|hours| quiet::ends_at(hours, system.now(), |at| system.offset(at)))
    }

    /// What waits to be told, oldest first.
    pub(super) async fn held_news(&self) -> Result<Vec<HeldNews>, ApiError> {
        Ok(self.platform.local().get(key::HELD_NEWS).await?.unwrap_or_default())
    }

    /// Keeps what the user chose, and tells or holds by it what waits.
    pub(super) async fn set_notify(self: &Rc<Self>, settings: NotifySettings) -> Result<(), Fault> {
        if settings.quiet.is_some_and(|hours| !quiet::are_valid(hours)) {
            return Err(Fault::Internal { detail: "quiet hours".to_owned() });
        }
        self.platform.local().set(key::NOTIFY, &settings).await.map_err(internal)?;
        self.tell_soon();
        self.status_changed();
        Ok(())
    }

    /// Tells what waits, in a moment: what comes until then is told with it.
    pub(super) fn tell_soon(self: &Rc<Self>) {
        if self.telling.replace(true) {
            return;
        }
        let worker = Rc::clone(self);
        self.platform.spawn(async move {
            worker.platform.system().sleep(MOMENT).await;
            worker.telling.set(false);
            worker.tell_held().await;
        });
    }

    /// Tells what waits, or sets the alarm for the end of the quiet hours.
    pub(super) async fn tell_held(self: &Rc<Self>) {
        let _turn = self.notice_gate.enter().await;
        // What fails stays where it is, until the next tick. What needs the user comes first.
        for notices in [self.take_needs().await, self.take_held().await] {
            for notice in notices.into_iter().flatten() {
                // The system may have notifications switched off; the badge tells all the same.
                let _ = self.platform.notices().show(&notice).await;
            }
        }
    }

    /// The notifications to show now. What they tell does not wait any more.
    async fn take_held(self: &Rc<Self>) -> Result<Vec<Notice>, ApiError> {
        let (store, system) = (self.platform.local(), self.platform.system());
        let waiting = self.held_news().await?;
        let Some(connection) = self.connection().await?.filter(|_| !waiting.is_empty()) else { return Ok(Vec::new()) };
        let settings = self.notify_settings().await?;
        if let Some(end) = self.quiet_until(&settings) {
            // Without it the tick finds that they are over.
            let _ = self.platform.alarms().at(ALARM, end).await;
            return Ok(Vec::new());
        }
        // The backend may take its time: it is asked before anything is taken out.
        let pieces = self.pieces(&connection, &settings, &waiting).await?;
        let taken: Vec<HeldNews> = {
            let _pass = self.list_gate.enter().await;
            let (taken, left): (Vec<_>, Vec<_>) = self.held_news().await?.into_iter().partition(|news| waiting.contains(news));
            store.set(key::HELD_NEWS, &left).await?;
            taken
        };
        // What was looked at or deleted meanwhile is told no more.
        let pieces: Vec<Piece> = pieces.into_iter().filter(|piece| taken.contains(&piece.news)).collect();
        let say = Say { words: &|key, values| self.platform.words(key, values), written: &|at| system.written(at) };
        let singly = if pieces.iter().any(|piece| piece.news.waited) { 1 } else { SINGLY };
        Ok(compose(&pieces, singly, NAMED, &say))
    }

    /// What waits and is still wanted, with as much of the messages as has to be named.
    async fn pieces(
        self: &Rc<Self>,
        connection: &Connection,
        settings: &NotifySettings,
        waiting: &[HeldNews],
    ) -> Result<Vec<Piece>, ApiError> {
        let list: Option<CachedList> = self.platform.local().get(key::CACHED_LIST).await?;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut asked = 0;
        for news in waiting.iter().filter(|news| still_wants(settings, news.what)) {
            let before = pieces.iter().find(|piece| piece.news.message == news.message).map(|piece| piece.message.clone());
            let listed = list.iter().flat_map(|list| &list.messages).find(|message| message.id == news.message);
            let message = match (before, listed) {
                (Some(known), _) => known,
                (None, Some(message)) => Some(message.clone()),
                (None, None) if asked < NAMED => {
                    asked += 1;
                    match self.look_up(connection, news.message).await {
                        Known::Message(message) => Some(*message),
                        Known::Gone => continue,
                        Known::Nothing => None,
                    }
                }
                (None, None) => None,
            };
            if message.as_ref().is_none_or(|message| !message.muted && still_holds(&message.activity, news.what)) {
                pieces.push(Piece { news: news.clone(), message });
            }
        }
        Ok(pieces)
    }

    async fn look_up(self: &Rc<Self>, connection: &Connection, id: Uuid) -> Known {
        match self.call(connection, async |client: Client<'_, P::Http>| client.message(id).await).await {
            Ok(detail) => Known::Message(Box::new(detail.message)),
            Err(error) if error.fault() == Fault::NotFound => Known::Gone,
            Err(_) => Known::Nothing,
        }
    }

    /// A notification was clicked: leads to the conversation, or to what Waxwing knows of it.
    pub async fn on_notice_clicked(self: &Rc<Self>, id: &str) {
        // It has done its work, whatever comes of the rest.
        let _ = self.platform.notices().clear(id).await;
        if let Some(mail) = waiting_of(id) {
            return self.on_waiting_clicked(mail).await;
        }
        if let Some(page) = page_of(id) {
            if let Ok(url) = self.platform.own_url(page) {
                // As below.
                let _ = self.platform.open_tab(&url).await;
            }
            return;
        }
        let page = match message_of(id) {
            Some(message) => match self.thread_of(message).await {
                Some(thread) => return self.open_thread(&thread).await,
                None => format!("popup.html#mail/{message}"),
            },
            None => "popup.html".to_owned(),
        };
        if let Ok(url) = self.platform.own_url(&page) {
            // Where the browser opens no tab there is nothing else to try.
            let _ = self.platform.open_tab(&url).await;
        }
    }

    async fn thread_of(self: &Rc<Self>, id: Uuid) -> Option<GmailThread> {
        let list: Option<CachedList> = self.platform.local().get(key::CACHED_LIST).await.ok()?;
        let listed = list.into_iter().flat_map(|list| list.messages).find(|message| message.id == id);
        let message = match listed {
            Some(message) => message,
            None => match self.look_up(&self.usable().await.ok()??, id).await {
                Known::Message(message) => *message,
                Known::Gone | Known::Nothing => return None,
            },
        };
        GmailThread::new(&message.sender, &message.gmail)
    }

    /// Shows a conversation in an open tab of its mailbox, or in a new one.
    pub(super) async fn open_thread(&self, thread: &GmailThread) {
        let tabs = self.tabs().await.unwrap_or_default();
        let fitting = tabs.into_iter().find_map(|(tab, health)| {
            let (tab, address) = (tab?, health.address?);
            let url = thread.within(tab.url.as_deref()?)?;
            address.eq_ignore_ascii_case(thread.sender()).then_some((tab, url))
        });
        if let Some((tab, url)) = fitting
            && self.platform.show_tab(&tab, &url).await.is_ok()
        {
            return;
        }
        // Where the browser opens no tab there is nothing else to try.
        let _ = self.platform.open_tab(&thread.to_string()).await;
    }
}
