//! How Waxwing does in each open Gmail tab. Kept while the browser runs, one key a tab.

use waxwing_protocol::page::TabHealth;

use super::Worker;
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::tabs::Tab;

/// `tab:<the browser's number>` → [`TabHealth`], in the session's storage.
const PREFIX: &str = "tab:";

impl<P: Platform> Worker<P> {
    /// Keeps what a tab found.
    pub(super) async fn keep_health(&self, tab: i32, health: &TabHealth) -> Result<(), ApiError> {
        self.platform.session().set(&format!("{PREFIX}{tab}"), health).await
    }

    /// What one tab found.
    pub(super) async fn health_of(&self, tab: i32) -> Result<Option<TabHealth>, ApiError> {
        self.platform.session().get(&format!("{PREFIX}{tab}")).await
    }

    /// The health of the open tabs, each with its tab where that can be told. What is known of closed ones is forgotten.
    pub(super) async fn tabs(&self) -> Result<Vec<(Option<Tab>, TabHealth)>, ApiError> {
        let session = self.platform.session();
        let open = self.platform.gmail_tabs().await;
        let mut healths = Vec::new();
        let mut closed = Vec::new();
        let mut names = session.names().await?;
        names.sort();
        for name in names {
            let Some(tab) = name.strip_prefix(PREFIX).and_then(|tab| tab.parse::<i32>().ok()) else { continue };
            let here = open.iter().flatten().find(|open| open.id == Some(tab));
            if open.is_some() && here.is_none() {
                closed.push(name);
            } else if let Some(health) = session.get(&name).await? {
                healths.push((here.cloned(), health));
            }
        }
        if !closed.is_empty() {
            session.remove(&closed).await?;
        }
        Ok(healths)
    }
}
