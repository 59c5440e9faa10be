//! What each question is answered with.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{MessageDetail, Period, PutMessage, ScheduledAction, StateFilter, Stats};
use waxwing_protocol::page::{Answer, CachedList, Connected, Connection, Fault, List, Status, ToWorker, key};
use waxwing_protocol::{Millis, capability};

use super::client::{Ask, Client};
use super::link::has;
use super::list::{Cursor, Own, Wanted, cached_page, page};
use super::platform::Platform;
use super::sender::{Role, Sender};
use super::ticks::Moved;
use super::{Worker, internal};
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;

/// The span of the totals that are kept for when the backend is away.
const KEPT_DAYS: u16 = 30;
/// In milliseconds.
const A_DAY: Millis = 24 * 3_600_000;

impl<P: Platform> Worker<P> {
    /// Answers a question, if its sender may ask it.
    pub(super) async fn answer(self: &Rc<Self>, message: ToWorker, sender: &Sender) -> Result<Answer, Fault> {
        let role = self.platform.own_id().and_then(|id| sender.role(&id));
        let Some(role) = role.filter(|role| role.may(&message)) else {
            return Err(Fault::Internal { detail: "not allowed".to_owned() });
        };
        match message {
            ToWorker::Sent { id, message } => self.sent(id, message).await?,
            ToWorker::Forget { id } | ToWorker::Delete { id } => self.delete(id).await?,
            ToWorker::NotTracked { mail } => {
                self.add_not_tracked(mail).await.map_err(internal)?;
                self.status_changed();
            }
            ToWorker::RawRequest { body } => {
                self.add_raw_request(&body).await.map_err(internal)?;
                self.status_changed();
            }
            ToWorker::TabHealth { health } => {
                if let Role::Content(Some(tab)) = role {
                    self.keep_health(tab, &health).await.map_err(internal)?;
                }
                self.status_changed();
            }
            ToWorker::Connect { server, code } => self.connect(&server, &code).await?,
            ToWorker::Disconnect { anyway } => self.disconnect(anyway).await?,
            ToWorker::Status => return Ok(Answer::Status(self.status().await.map_err(internal)?)),
            ToWorker::List { query, state, older_than_days, before } => {
                let sent_before = older_than_days.map(|days| self.platform.system().now() - i64::from(days) * A_DAY);
                return self.list(query, state, sent_before, before).await.map(Answer::List);
            }
            ToWorker::Again => return self.again().await.map(|messages| Answer::Messages { messages }),
            ToWorker::Ticks { threads } => return self.ticks(&threads).await.map(|messages| Answer::Messages { messages }),
            ToWorker::OwnView { id } => self.own_view(id).await?,
            ToWorker::Detail { id } => return self.detail(id).await.map(|detail| Answer::Detail { detail }),
            ToWorker::DismissNotTracked { id } => self.dismiss_not_tracked(id).await.map_err(internal)?,
            ToWorker::Correct { hit, claim, alike } => {
                return self.correct(hit, claim, alike).await.map(|corrected| Answer::Corrected { corrected });
            }
            ToWorker::Uncorrect { hit } => self.uncorrect(hit).await?,
            ToWorker::Corrections => return self.corrections().await.map(|rules| Answer::Corrections { rules }),
            ToWorker::DropCorrection { id } => self.drop_correction(id).await?,
            ToWorker::Mute { id, muted } => self.mute(id, muted).await?,
            ToWorker::SetNotify { settings } => self.set_notify(settings).await?,
            ToWorker::Stats { days, by } => return self.stats(days, by).await.map(|stats| Answer::Stats { stats }),
            ToWorker::Consent => return self.consent_settings().await.map(|settings| Answer::Consent { settings }),
            ToWorker::SetConsent { settings } => self.set_consent(&settings).await?,
            ToWorker::People { query, before } => {
                return self.people(&query, before.as_deref()).await.map(|page| Answer::People { page });
            }
            ToWorker::SetPeople { put } => {
                return self.set_people(&put).await.map(|changed| Answer::PeopleChanged { changed });
            }
            ToWorker::SetPolicy { policy, line } => {
                self.set_policy(policy, line).await.map_err(internal)?;
                self.status_changed();
            }
            ToWorker::Seen => self.seen().await.map_err(internal)?,
            ToWorker::Devices => {
                let connection = self.paired().await?;
                let devices = self.call(&connection, async |client: Client<'_, P::Http>| client.devices().await).await;
                return Ok(Answer::Devices { devices: devices.map_err(|error| error.fault())? });
            }
            ToWorker::RevokeDevice { id } => {
                let connection = self.paired().await?;
                let revoked = self.call(&connection, async |client: Client<'_, P::Http>| client.revoke_device(id).await).await;
                revoked.map_err(|error| error.fault())?;
                // A new epoch has begun: what is minted from here on must be of it. If this fails the stream tells again.
                let _ = self.refresh_account(&connection).await;
            }
            ToWorker::Flush => self.hurry().await,
            ToWorker::OpenPanel { key, facts } => self.open_panel(sender.tab(), key, *facts).await.map_err(internal)?,
            ToWorker::ClosePanel { key } => self.close_panel(sender.tab(), key).await.map_err(internal)?,
            ToWorker::Unschedule { id } => drop(self.act(id, ScheduledAction::Cancel).await?),
        }
        Ok(Answer::Done)
    }

    /// The paired backend, or the fault to answer with.
    pub(super) async fn paired(&self) -> Result<Connection, Fault> {
        match self.usable().await.map_err(internal)? {
            Some(connection) => Ok(connection),
            None if self.connection().await.map_err(internal)?.is_some() => Err(Fault::Revoked),
            None => Err(Fault::NotConnected),
        }
    }

    async fn sent(self: &Rc<Self>, id: Uuid, message: PutMessage) -> Result<(), Fault> {
        let connection = self.connection().await.map_err(internal)?.ok_or(Fault::NotConnected)?;
        let now = self.platform.system().now();
        let mut queued = self.outbox().put(id, &message, &connection.account, now).await;
        if queued == Err(ApiError::QuotaExceeded) {
            // The copy of the list can be loaded again, the mail cannot.
            let _ = self.platform.local().unset(key::CACHED_LIST).await;
            queued = self.outbox().put(id, &message, &connection.account, now).await;
        }
        if queued == Err(ApiError::QuotaExceeded) {
            // Even this note may find no room; then only the fault tells.
            let _ = self.add_no_room(id, message.clone()).await;
        }
        self.kick();
        self.status_changed();
        self.tick_of(&message.gmail);
        queued.map_err(internal)
    }

    async fn delete(self: &Rc<Self>, id: Uuid) -> Result<(), Fault> {
        let connection = self.connection().await.map_err(internal)?.ok_or(Fault::NotConnected)?;
        self.outbox().delete(id, &connection.account, self.platform.system().now()).await.map_err(internal)?;
        self.move_ticks(&[Moved::Gone(id)], self.cached().await.map_err(internal)?.as_ref());
        self.change_list(&connection, |list| list.messages.retain(|message| message.id != id)).await.map_err(internal)?;
        self.kick();
        self.status_changed();
        Ok(())
    }

    async fn own(&self, account: &str) -> Result<Own, ApiError> {
        let outbox = self.outbox();
        let mut own =
            Own { waiting: outbox.waiting().await?, parked: outbox.parked().await?, not_tracked: self.not_tracked().await? };
        own.waiting.retain(|kept| kept.entry.account == account);
        own.parked.retain(|kept| kept.entry.entry.account == account);
        Ok(own)
    }

    async fn list(
        self: &Rc<Self>,
        query: String,
        state: Option<StateFilter>,
        sent_before: Option<Millis>,
        before: Option<String>,
    ) -> Result<List, Fault> {
        let connection = self.connection().await.map_err(internal)?.ok_or(Fault::NotConnected)?;
        let before = match before {
            Some(text) => Some(Cursor::read(&text).ok_or_else(|| Fault::Internal { detail: "cursor".to_owned() })?),
            None => None,
        };
        let wanted = Wanted { query, state, sent_before, before };
        let mark = self.since.borrow().mark();
        let loaded = match self.paired().await {
            // It would take the question for another one.
            Ok(connection) if wanted.needs_verdicts() && !has(&connection, capability::VERDICTS) => {
                return Err(Fault::TooOld);
            }
            Ok(connection) => {
                let ask = Ask {
                    query: wanted.query.trim(),
                    state: wanted.state,
                    sent_before: wanted.sent_before,
                    before: wanted.before.as_ref().map(|cursor| cursor.backend.as_str()),
                };
                let call = async |client: Client<'_, P::Http>| client.messages(&ask).await;
                self.call(&connection, call).await.map_err(|error| (error.fault(), error.is_away()))
            }
            Err(fault) => Err((fault, true)),
        };
        // After the answer: what was acknowledged meanwhile is in it.
        let own = self.own(&connection.account).await.map_err(internal)?;
        match loaded {
            Ok(mut loaded) => {
                if wanted.is_all() {
                    // What cannot be kept is only missed when the backend is away.
                    let _ = self.keep_list(&connection, mark, loaded.messages.clone()).await;
                }
                self.since.borrow().bring_up(mark, &mut loaded.messages);
                Ok(page(&wanted, loaded.messages, loaded.next, &own))
            }
            Err((fault, away)) if wanted.before.is_some() || !(away || fault == Fault::Revoked) => Err(fault),
            Err((fault, _)) => {
                let cached: Option<CachedList> = self.platform.local().get(key::CACHED_LIST).await.map_err(internal)?;
                let nothing = cached.is_none() && own.waiting.is_empty() && own.not_tracked.is_empty();
                if nothing {
                    return Err(fault);
                }
                let (messages, at) = cached.map_or((Vec::new(), connection.paired_at), |cached| (cached.messages, cached.at));
                Ok(cached_page(&wanted, messages, at, &own))
            }
        }
    }

    async fn detail(self: &Rc<Self>, id: Uuid) -> Result<MessageDetail, Fault> {
        let connection = self.connection().await.map_err(internal)?.ok_or(Fault::NotConnected)?;
        let own = self.own(&connection.account).await.map_err(internal)?;
        let fault = match self.paired().await {
            Ok(connection) => {
                match self.call(&connection, async |client: Client<'_, P::Http>| client.message(id).await).await {
                    Ok(detail) => return Ok(detail),
                    Err(error) => error.fault(),
                }
            }
            Err(fault) => fault,
        };
        // One that the backend does not have yet has no hits to show.
        let (pending, _) = own.pending();
        let waiting = pending.into_iter().chain(own.refused()).find(|message| message.id == id);
        waiting
            .map(|message| MessageDetail { message, hits: Vec::new(), more_hits: 0, trust: None, judged_by: None })
            .ok_or(fault)
    }

    async fn stats(self: &Rc<Self>, days: u16, by: Period) -> Result<Stats, Fault> {
        // Also of a backend that knows no weeks and gives days; it says which.
        let is_kept = (days, by) == (KEPT_DAYS, Period::Day);
        let connection = self.paired().await;
        let asked = match &connection {
            Ok(connection) => {
                let zone = self.platform.system().zone();
                let call = async |client: Client<'_, P::Http>| client.stats(days, by, &zone).await;
                self.call(connection, call).await.map_err(|error| error.fault())
            }
            Err(fault) => Err(fault.clone()),
        };
        let fault = match asked {
            Ok(stats) => {
                if let Ok(connection) = &connection
                    && is_kept
                {
                    let kept = stats.clone();
                    // What cannot be kept is only missed when the backend is away.
                    let _ = self.change_list(connection, |list| list.stats = Some(kept)).await;
                }
                return Ok(stats);
            }
            Err(fault) => fault,
        };
        let cached: Option<CachedList> = self.platform.local().get(key::CACHED_LIST).await.map_err(internal)?;
        cached.and_then(|cached| cached.stats).filter(|_| is_kept && fault != Fault::NotConnected).ok_or(fault)
    }

    async fn status(&self) -> Result<Status, ApiError> {
        let store = self.platform.local();
        let connection = self.connection().await?;
        let account = connection.as_ref().map(|connection| connection.account.as_str());
        let (waiting, refused) = self.count_kept(account).await?;
        let (needs, scheduled) = self.scheduled_counts().await?;
        let (back, unanswered) = self.waiting_counts().await?;
        let own_pixels_blocked = match account {
            Some(account) => self.are_own_pixels_blocked(account).await,
            None => false,
        };
        Ok(Status {
            link: store.get(key::LINK).await?,
            policy: store.get(key::POLICY).await?,
            waiting,
            refused,
            outbox_full: self.outbox().is_full().await?,
            own_pixels_blocked,
            unseen: self.unseen().await?,
            needs,
            scheduled,
            back,
            unanswered,
            notify: self.notify_settings().await?,
            tabs: self.tabs().await?.into_iter().map(|(_, health)| health).collect(),
            connected: connection.map(|connection| Connected {
                server: connection.server,
                account_name: connection.account_name,
                device: connection.device,
                tracking_url: connection.minting.tracking_url,
            }),
        })
    }
}
