//! The panels over Gmail: frames of the extension's own, each for one compose of one tab.
//!
//! What must hold:
//! - A panel is known by a key that a content script drew and announced before the frame was made. The key is good in its own
//!   tab, until the panel ends or the tab opens another one; in every other frame it is nothing.
//! - It stands in the session's storage, so that it outlives the worker and not the browser.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::page::{Fault, LaterAnswer, PanelEnd, PanelFacts, ToTab};

use super::super::platform::Platform;
use super::super::{Worker, internal};
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;

/// No panel is higher, in CSS pixels.
const HIGHEST: u32 = 4_000;

/// A panel that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Panel {
    key: Uuid,
    facts: PanelFacts,
}

/// The name that a tab's panel has in the session's storage.
fn name_of(tab: i32) -> String {
    format!("panel:{tab}")
}

impl<P: Platform> Worker<P> {
    /// A content script opens a panel in its tab, in the place of the one before.
    pub(in crate::worker) async fn open_panel(&self, tab: Option<i32>, key: Uuid, facts: PanelFacts) -> Result<(), ApiError> {
        let Some(tab) = tab else { return Err(ApiError::Form("no tab".to_owned())) };
        self.platform.session().set(&name_of(tab), &Panel { key, facts }).await
    }

    /// A content script took its panel away.
    pub(in crate::worker) async fn close_panel(&self, tab: Option<i32>, key: Uuid) -> Result<(), ApiError> {
        match self.panel_of(tab, key).await? {
            Some((tab, _)) => self.platform.session().unset(&name_of(tab)).await,
            None => Ok(()),
        }
    }

    /// The tab and the panel of a key, when it is good there.
    async fn panel_of(&self, tab: Option<i32>, key: Uuid) -> Result<Option<(i32, Panel)>, ApiError> {
        let Some(tab) = tab else { return Ok(None) };
        let panel: Option<Panel> = self.platform.session().get(&name_of(tab)).await?;
        Ok(panel.filter(|panel| panel.key == key).map(|panel| (tab, panel)))
    }

    async fn own_panel(&self, tab: Option<i32>, key: Uuid) -> Result<(i32, Panel), Fault> {
        self.panel_of(tab, key).await.map_err(internal)?.ok_or(Fault::NotFound)
    }

    /// What a panel is for.
    pub(super) async fn panel(self: &Rc<Self>, tab: Option<i32>, key: Uuid) -> Result<LaterAnswer, Fault> {
        let (tab, Panel { facts, .. }) = self.own_panel(tab, key).await?;
        let account = self.health_of(tab).await.map_err(internal)?.and_then(|health| health.address);
        let kept = self.kept_scheduled().await.map_err(internal)?;
        let draft = facts.draft.gmail.draft.as_deref();
        let known = kept.iter().find(|known| draft.is_some() && known.draft.as_deref() == draft);
        let scheduled = match known {
            None => None,
            Some(known) => match self.ask_later(async |client| client.scheduled_one(known.id).await).await {
                Ok(detail) => Some(detail.scheduled),
                Err(Fault::NotFound) => None,
                Err(fault) => return Err(fault),
            },
        };
        Ok(LaterAnswer::Panel { facts, scheduled, account })
    }

    /// A panel needs this much room.
    pub(super) async fn size_panel(&self, tab: Option<i32>, key: Uuid, height: u32) -> Result<LaterAnswer, Fault> {
        let (tab, _) = self.own_panel(tab, key).await?;
        self.platform.tell_tab(tab, &ToTab::PanelSize { key, height: height.min(HIGHEST) }).await;
        Ok(LaterAnswer::Done)
    }

    /// A panel ends. Its key ends with it.
    pub(super) async fn end_panel(&self, tab: Option<i32>, key: Uuid, end: PanelEnd) -> Result<LaterAnswer, Fault> {
        let (tab, _) = self.own_panel(tab, key).await?;
        self.platform.session().unset(&name_of(tab)).await.map_err(internal)?;
        self.platform.tell_tab(tab, &ToTab::PanelEnd { key, end }).await;
        Ok(LaterAnswer::Done)
    }
}
