//! How Waxwing does in each open Gmail tab. Kept while the browser runs, one key a tab.

use waxwing_protocol::page::TabHealth;

use super::Worker;
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;

/// `tab:<the browser's number>` → [`TabHealth`], in the session's storage.
const PREFIX: &str = "tab:";

impl<P: Platform> Worker<P> {
    /// Keeps what a tab found.
    pub(super) async fn keep_health(&self, tab: i32, health: &TabHealth) -> Result<(), ApiError> {
        self.platform.session().set(&format!("{PREFIX}{tab}"), health).await
    }

    /// The health of the open tabs. What is known of closed ones is forgotten.
    pub(super) async fn tabs(&self) -> Result<Vec<TabHealth>, ApiError> {
        let session = self.platform.session();
        let open = self.platform.gmail_tabs().await;
        let mut healths = Vec::new();
        let mut closed = Vec::new();
        let mut names = session.names().await?;
        names.sort();
        for name in names {
            let Some(tab) = name.strip_prefix(PREFIX).and_then(|tab| tab.parse::<i32>().ok()) else { continue };
            if open.as_ref().is_some_and(|open| !open.contains(&tab)) {
                closed.push(name);
            } else if let Some(health) = session.get(&name).await? {
                healths.push(health);
            }
        }
        if !closed.is_empty() {
            session.remove(&closed).await?;
        }
        Ok(healths)
    }
}
