//! [`key::SCHEDULED`]: what waits to be sent, for Gmail's tabs, which read and watch it.
//!
//! What must hold: it is as the worker last heard. An answer that was under way while another said something newer does not
//! take it back: the next question, which every event leads to, puts it right.

use std::rc::Rc;

use waxwing_protocol::api::{Scheduled, ScheduledList, ScheduledState};
use waxwing_protocol::capability;
use waxwing_protocol::page::{Connection, ScheduledBrief, key};

use super::super::Worker;
use super::super::client::Client;
use super::super::link::has;
use super::super::platform::Platform;
use super::calls::PAGE;
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;

/// So many are kept.
const MOST_KEPT: usize = 500;
/// Milliseconds that events are waited for.
const MOMENT: u32 = 1_000;

/// As much of a mail as is kept; `None` when it waits no more.
fn brief(scheduled: &Scheduled) -> Option<ScheduledBrief> {
    let waits = !matches!(scheduled.state, ScheduledState::Sent | ScheduledState::Cancelled);
    waits.then(|| ScheduledBrief {
        id: scheduled.id,
        state: scheduled.state,
        due_at: scheduled.due_at,
        draft: scheduled.gmail.draft.clone(),
        legacy_thread: scheduled.gmail.legacy_thread.clone(),
    })
}

impl<P: Platform> Worker<P> {
    /// What is kept.
    pub(super) async fn kept_scheduled(&self) -> Result<Vec<ScheduledBrief>, ApiError> {
        Ok(self.platform.local().get(key::SCHEDULED).await?.unwrap_or_default())
    }

    /// Takes over how one mail stands now. What cannot be written is seen at the next question.
    pub(super) async fn keep_scheduled(self: &Rc<Self>, scheduled: &Scheduled) {
        let _pass = self.list_gate.enter().await;
        if let Ok(mut kept) = self.kept_scheduled().await {
            kept.retain(|known| known.id != scheduled.id);
            kept.extend(brief(scheduled));
            kept.sort_by_key(|known| known.due_at);
            kept.truncate(MOST_KEPT);
            let _ = self.platform.local().set(key::SCHEDULED, &kept).await;
        }
    }

    /// Asks what is scheduled, in a moment: of a row of events only the first leads to a question.
    pub(in crate::worker) fn refresh_scheduled_soon(self: &Rc<Self>, connection: &Connection) {
        if self.refreshing_scheduled.replace(true) {
            return;
        }
        let (worker, connection) = (Rc::clone(self), connection.clone());
        self.platform.spawn(async move {
            worker.platform.system().sleep(MOMENT).await;
            worker.refreshing_scheduled.set(false);
            let _ = worker.refresh_scheduled(&connection).await;
        });
    }

    /// Asks what is scheduled, and keeps it. Without an answer what is kept stays.
    pub(in crate::worker) async fn refresh_scheduled(self: &Rc<Self>, connection: &Connection) -> Result<(), ApiError> {
        let Some(connection) = self.still(connection).await? else { return Ok(()) };
        if !has(&connection, capability::SCHEDULING) {
            return Ok(());
        }
        let mut kept: Vec<ScheduledBrief> = Vec::new();
        let mut before: Option<String> = None;
        for _ in 0..MOST_KEPT.div_ceil(PAGE as usize) {
            let cursor = before.take();
            let call = async |client: Client<'_, P::Http>| client.scheduled(ScheduledList::Waiting, cursor.as_deref()).await;
            let Ok(page) = self.call(&connection, call).await else { return Ok(()) };
            kept.extend(page.scheduled.iter().filter_map(brief));
            if cursor.is_none() {
                // What cannot be kept is only missed when the backend is away.
                let _ = self.keep_page(&connection, &page).await;
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        kept.truncate(MOST_KEPT);
        let _pass = self.list_gate.enter().await;
        if self.still(&connection).await?.is_none() || self.kept_scheduled().await? == kept {
            return Ok(());
        }
        self.platform.local().set(key::SCHEDULED, &kept).await
    }
}
