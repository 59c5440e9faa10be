//! The lists of scheduled mails for the popup, with a copy of the first page of what waits.
//!
//! What must hold: the copy is one of the account that is paired; the badge and the popup's tab count what it says.

use std::rc::Rc;

use waxwing_protocol::api::{ScheduledList, ScheduledPage};
use waxwing_protocol::page::{CachedScheduled, Connection, Fault, LaterAnswer, key};

use super::super::client::Client;
use super::super::platform::Platform;
use super::super::{Worker, internal};
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;

/// More than this is not kept, in bytes of JSON.
const LARGEST: usize = 1 << 20;

impl<P: Platform> Worker<P> {
    /// A page of a list; the copy of what waits when the backend is away.
    pub(super) async fn scheduled_page(
        self: &Rc<Self>,
        list: ScheduledList,
        before: Option<String>,
    ) -> Result<LaterAnswer, Fault> {
        let is_kept = list == ScheduledList::Waiting && before.is_none();
        let connection = match self.scheduling().await {
            Err(Fault::Revoked) if is_kept => return self.kept_page(Fault::Revoked).await,
            connection => connection?,
        };
        let call = async |client: Client<'_, P::Http>| client.scheduled(list, before.as_deref()).await;
        match self.call(&connection, call).await {
            Ok(page) => {
                if is_kept {
                    // What cannot be kept is only missed when the backend is away.
                    let _ = self.keep_page(&connection, &page).await;
                }
                Ok(LaterAnswer::Page { page, from_cache_of: None })
            }
            Err(error) if is_kept && error.is_away() => self.kept_page(error.fault()).await,
            Err(error) => Err(error.fault()),
        }
    }

    /// The copy, or the fault for whose sake it is asked for.
    async fn kept_page(&self, fault: Fault) -> Result<LaterAnswer, Fault> {
        let CachedScheduled { at, mut page } = self.cached_scheduled().await.map_err(internal)?.ok_or(fault)?;
        // Further pages are not to be had.
        page.next = None;
        Ok(LaterAnswer::Page { page, from_cache_of: Some(at) })
    }

    /// The copy, if there is one.
    pub(in crate::worker) async fn cached_scheduled(&self) -> Result<Option<CachedScheduled>, ApiError> {
        self.platform.local().get(key::CACHED_SCHEDULED).await
    }

    /// How many scheduled mails need the user, and how many wait for their time.
    pub(in crate::worker) async fn scheduled_counts(&self) -> Result<(u32, u32), ApiError> {
        Ok(self.cached_scheduled().await?.map_or((0, 0), |cached| (cached.page.needs, cached.page.waiting)))
    }

    /// Keeps the first page of what waits.
    pub(super) async fn keep_page(self: &Rc<Self>, connection: &Connection, page: &ScheduledPage) -> Result<(), ApiError> {
        let before = {
            let _pass = self.list_gate.enter().await;
            if self.still(connection).await?.is_none() {
                return Ok(());
            }
            let before = self.scheduled_counts().await?;
            let cached = CachedScheduled { at: self.platform.system().now(), page: fitting(page.clone()) };
            self.platform.local().set(key::CACHED_SCHEDULED, &cached).await?;
            before
        };
        if before != (page.needs, page.waiting) {
            self.show_badge(self.unseen().await?).await;
            self.status_changed();
        }
        Ok(())
    }
}

/// As many of the first mails as are small enough to keep.
fn fitting(mut page: ScheduledPage) -> ScheduledPage {
    let mut room = LARGEST;
    page.scheduled.retain(|mail| {
        let size = serde_json::to_string(mail).map_or(usize::MAX, |text| text.len());
        let fits = size <= room;
        room = if fits { room - size } else { 0 };
        fits
    });
    page
}
