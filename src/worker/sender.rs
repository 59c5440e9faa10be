//! Who asks, and what they may ask.
//!
//! What must hold: only contexts of this extension are answered, and a content script, which runs in the process of a page
//! that reads strangers' mails, may only tell of mails and of itself.

use serde::Deserialize;
use waxwing_protocol::page::ToWorker;

/// `chrome.runtime.MessageSender`, the part that counts. The browser fills it in, not the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Sender {
    /// The extension's id.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// The tab; also there for our own pages in a tab.
    #[serde(default)]
    pub(super) tab: Option<SenderTab>,
    /// The address of the frame.
    #[serde(default)]
    pub(super) url: Option<String>,
    /// Its origin.
    #[serde(default)]
    pub(super) origin: Option<String>,
}

/// The tab of a sender.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct SenderTab {
    /// The browser's number for it.
    #[serde(default)]
    pub(super) id: Option<i32>,
}

/// Which kind of context asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The popup, the options.
    Page,
    /// The content script in a Gmail tab of this number.
    Content(Option<i32>),
}

impl Sender {
    /// The browser's number for the tab that it is in.
    pub(super) fn tab(&self) -> Option<i32> {
        self.tab.as_ref()?.id
    }

    /// What the sender is; `None` when it is nobody of ours.
    pub(super) fn role(&self, own_id: &str) -> Option<Role> {
        if own_id.is_empty() || self.id.as_deref() != Some(own_id) {
            return None;
        }
        let own_origin = format!("chrome-extension://{own_id}");
        let is_page = match (&self.origin, &self.url) {
            (Some(origin), _) => *origin == own_origin,
            (None, Some(url)) => url.strip_prefix(&own_origin).is_some_and(|rest| rest.starts_with('/')),
            (None, None) => false,
        };
        if is_page {
            return Some(Role::Page);
        }
        self.tab.as_ref().map(|tab| Role::Content(tab.id))
    }
}

impl Role {
    /// Whether such a context may ask this.
    pub(super) fn may(self, message: &ToWorker) -> bool {
        match message {
            ToWorker::Sent { .. }
            | ToWorker::Forget { .. }
            | ToWorker::NotTracked { .. }
            // What was told too early is taken back: a request came after all.
            | ToWorker::DismissNotTracked { .. }
            | ToWorker::RawRequest { .. }
            | ToWorker::Status
            | ToWorker::Ticks { .. }
            | ToWorker::OwnView { .. }
            | ToWorker::Detail { .. }
            | ToWorker::Correct { .. }
            | ToWorker::Uncorrect { .. }
            | ToWorker::Mute { .. }
            | ToWorker::Flush
            | ToWorker::Unschedule { .. } => true,
            ToWorker::TabHealth { .. } | ToWorker::OpenPanel { .. } | ToWorker::ClosePanel { .. } => matches!(self, Self::Content(_)),
            ToWorker::Connect { .. }
            | ToWorker::Disconnect { .. }
            | ToWorker::List { .. }
            | ToWorker::Again
            | ToWorker::Corrections
            | ToWorker::DropCorrection { .. }
            | ToWorker::SetNotify { .. }
            | ToWorker::Delete { .. }
            | ToWorker::Stats { .. }
            | ToWorker::SetPolicy { .. }
            | ToWorker::Consent
            | ToWorker::SetConsent { .. }
            | ToWorker::People { .. }
            | ToWorker::SetPeople { .. }
            | ToWorker::Seen
            | ToWorker::Devices
            | ToWorker::RevokeDevice { .. } => self == Self::Page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Sender, SenderTab};
    use waxwing_protocol::api::Claim;
    use waxwing_protocol::page::{NotifySettings, Policy, TabHealth, ToWorker};

    const ID: &str = "abcdefghijklmnopabcdefghijklmnop";

    fn sender(id: &str, tab: Option<i32>, url: &str, origin: Option<&str>) -> Sender {
        Sender {
            id: Some(id.to_owned()),
            tab: tab.map(|id| SenderTab { id: Some(id) }),
            url: Some(url.to_owned()),
            origin: origin.map(str::to_owned),
        }
    }

    #[test]
    fn roles_follow_from_what_the_browser_says() {
        let page = format!("chrome-extension://{ID}/popup.html");
        let own = format!("chrome-extension://{ID}");
        let gmail = "https://mail.google.com/mail/u/0/";
        for (sender, expected) in [
            (sender(ID, None, &page, Some(&own)), Some(Role::Page)),
            (sender(ID, Some(3), &page, Some(&own)), Some(Role::Page)),
            (sender(ID, None, &page, None), Some(Role::Page)),
            (sender(ID, Some(3), gmail, Some("https://mail.google.com")), Some(Role::Content(Some(3)))),
            (sender(ID, Some(3), &page, Some("https://mail.google.com")), Some(Role::Content(Some(3)))),
            (sender(ID, None, &format!("{own}.evil.example/"), None), None),
            (sender(ID, None, gmail, Some("https://mail.google.com")), None),
            (sender("other", Some(3), gmail, None), None),
            (sender("other", None, &page, Some(&own)), None),
            (Sender::default(), None),
        ] {
            assert_eq!(sender.role(ID), expected, "{sender:?}");
            assert_eq!(sender.role(""), None);
        }
    }

    #[test]
    fn content_scripts_ask_only_of_mails() {
        let content = Role::Content(Some(1));
        for (message, from_content, from_page) in [
            (ToWorker::Status, true, true),
            (ToWorker::TabHealth { health: TabHealth::default() }, true, false),
            (ToWorker::DismissNotTracked { id: uuid::Uuid::nil() }, true, true),
            (ToWorker::Ticks { threads: Vec::new() }, true, true),
            (ToWorker::OwnView { id: uuid::Uuid::nil() }, true, true),
            (ToWorker::Correct { hit: 1, claim: Claim::Me, alike: true }, true, true),
            (ToWorker::Uncorrect { hit: 1 }, true, true),
            (ToWorker::Mute { id: uuid::Uuid::nil(), muted: true }, true, true),
            (ToWorker::Again, false, true),
            (ToWorker::Corrections, false, true),
            (ToWorker::DropCorrection { id: 1 }, false, true),
            (ToWorker::SetNotify { settings: NotifySettings::default() }, false, true),
            (ToWorker::Disconnect { anyway: false }, false, true),
            (ToWorker::Devices, false, true),
            (ToWorker::SetPolicy { policy: Policy::Every, line: None }, false, true),
            (ToWorker::Consent, false, true),
            (ToWorker::People { query: String::new(), before: None }, false, true),
            (ToWorker::Connect { server: String::new(), code: String::new() }, false, true),
        ] {
            assert_eq!((content.may(&message), Role::Page.may(&message)), (from_content, from_page), "{message:?}");
        }
    }
}
