//! What the user says of hits, and the sender's own views.

use std::collections::BTreeMap;
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Claim, Correct, Corrected, CorrectionRule, Message, OwnView};
use waxwing_protocol::page::{CachedList, Connection, Fault};
use waxwing_protocol::{Millis, capability};

use super::client::{CallError, Client};
use super::link::has;
use super::platform::Platform;
use super::ticks::Moved;
use super::{Worker, internal};
use crate::chrome::system::Clock;

/// Own views of one message within this many milliseconds are one.
const ONE_VIEW: Millis = 1_000;
/// The wait before an own view is told again, in milliseconds: the mail may just be on its way into the backend.
const AGAIN: u32 = 2_000;
/// For so long a message counts as opened again lately.
const LATELY: Millis = 7 * 24 * 3_600_000;
/// So many of these are shown.
const MOST_AGAIN: usize = 20;

/// When own views were last told of, a message each. Only those of the last second.
pub(super) type OwnViews = BTreeMap<Uuid, Millis>;

impl<P: Platform> Worker<P> {
    /// The paired backend, if it knows verdicts.
    async fn judging(&self) -> Result<Connection, Fault> {
        let connection = self.paired().await?;
        if has(&connection, capability::VERDICTS) { Ok(connection) } else { Err(Fault::TooOld) }
    }

    /// Asks a backend that knows verdicts.
    async fn ask<T>(self: &Rc<Self>, call: impl AsyncFnOnce(Client<'_, P::Http>) -> Result<T, CallError>) -> Result<T, Fault> {
        let connection = self.judging().await?;
        self.call(&connection, call).await.map_err(|error| error.fault())
    }

    /// Says who made a hit.
    pub(super) async fn correct(self: &Rc<Self>, hit: i64, claim: Claim, alike: bool) -> Result<Corrected, Fault> {
        let corrected = self.ask(async |client| client.correct(hit, Correct { claim, alike }).await).await?;
        // Of one hit or of all like it: which messages are concerned, only the backend knows.
        self.forget_ticks();
        Ok(corrected)
    }

    /// Takes it back.
    pub(super) async fn uncorrect(self: &Rc<Self>, hit: i64) -> Result<(), Fault> {
        self.ask(async |client| client.uncorrect(hit).await).await?;
        self.forget_ticks();
        Ok(())
    }

    /// What was said of all hits like one.
    pub(super) async fn corrections(self: &Rc<Self>) -> Result<Vec<CorrectionRule>, Fault> {
        self.ask(async |client| client.corrections().await).await
    }

    /// Takes one of these back.
    pub(super) async fn drop_correction(self: &Rc<Self>, id: i64) -> Result<(), Fault> {
        self.ask(async |client| client.drop_correction(id).await).await?;
        self.forget_ticks();
        Ok(())
    }

    /// No more, or again, news of a message.
    pub(super) async fn mute(self: &Rc<Self>, id: Uuid, muted: bool) -> Result<(), Fault> {
        let connection = self.judging().await?;
        let call = async |client: Client<'_, P::Http>| client.mute(id, muted).await;
        self.call(&connection, call).await.map_err(|error| error.fault())?;
        let change = |list: &mut CachedList| {
            for message in list.messages.iter_mut().filter(|message| message.id == id) {
                message.muted = muted;
            }
        };
        self.change_list(&connection, change).await.map_err(internal)?;
        self.move_ticks(&[Moved::Otherwise(id)], self.cached().await.map_err(internal)?.as_ref());
        self.status_changed();
        Ok(())
    }

    /// Mails opened again after days of silence, latest first. Without the backend, those among the newest.
    pub(super) async fn again(self: &Rc<Self>) -> Result<Vec<Message>, Fault> {
        let fault = match self.judging().await {
            Ok(connection) => match self.call(&connection, async |client: Client<'_, P::Http>| client.again().await).await {
                Ok(page) => return Ok(page.messages),
                Err(error) if !error.is_away() => return Err(error.fault()),
                Err(error) => error.fault(),
            },
            // It knows of none.
            Err(Fault::TooOld) => return Ok(Vec::new()),
            Err(fault) => fault,
        };
        let Some(list) = self.cached().await.map_err(internal)? else { return Err(fault) };
        let now = self.platform.system().now();
        let mut messages = list.messages;
        messages.retain(|message| message.activity.again_at.is_some_and(|at| now - at < LATELY));
        messages.sort_by_key(|message| std::cmp::Reverse(message.activity.again_at));
        messages.truncate(MOST_AGAIN);
        Ok(messages)
    }

    /// The sender has an own message on screen. With the rule in force this browser has not asked for its pixel, so that a hit
    /// just now is a recipient's. Never queued: later it says nothing.
    pub(super) async fn own_view(self: &Rc<Self>, id: Uuid) -> Result<(), Fault> {
        let seen_at = self.platform.system().now();
        let connection = self.paired().await?;
        if !has(&connection, capability::VERDICTS) || self.are_own_pixels_blocked(&connection.account).await {
            return Ok(());
        }
        {
            let mut views = self.own_views.borrow_mut();
            views.retain(|_, at| (0..ONE_VIEW).contains(&(seen_at - *at)));
            if views.contains_key(&id) {
                return Ok(());
            }
            views.insert(id, seen_at);
        }
        let mut told = self.tell_own_view(&connection, id, seen_at).await;
        if told.as_ref().is_err_and(|error| error.fault() == Fault::NotFound) {
            self.platform.system().sleep(AGAIN).await;
            told = self.tell_own_view(&connection, id, seen_at).await;
        }
        told.map_err(|error| error.fault())
    }

    async fn tell_own_view(self: &Rc<Self>, connection: &Connection, id: Uuid, seen_at: Millis) -> Result<(), CallError> {
        let ago_ms = u32::try_from(self.platform.system().now() - seen_at).unwrap_or(0);
        self.call(connection, async |client: Client<'_, P::Http>| client.own_view(id, OwnView { ago_ms }).await).await
    }
}
