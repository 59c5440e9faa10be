//! Being told by Google that something changed in a mailbox: Gmail publishes on the operator's topic (`users.watch`), and this backend
//! pulls from its subscription. No address of ours needs to be reachable for it.
//!
//! ```text
//! run ─ key (who we are) ─ pull ─ notice (what it says) ─ hub (which mailbox it wakes) ─► Mailbox::wait_for_news
//! ```
//!
//! What must hold:
//! - A notice wakes a look and says nothing more: what came in is read from Gmail alone, so that a forged, old, lost or repeated notice
//!   costs a look and changes nothing.
//! - Every message is acknowledged, whatever stands in it; what is held of one is two numbers for each mailbox.
//! - While pulling fails nobody waits for it: mailboxes are asked as if there were no push, and what is wrong can be seen.

pub(super) mod hub;
mod key;
mod notice;
mod pull;

use std::path::{Path, PathBuf};

use tokio::sync::watch;
use waxwing_protocol::api::Trouble;

pub use pull::{check, run};

use hub::Hub;

/// What the operator set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOptions {
    /// Where Gmail publishes: `projects/…/topics/…`.
    pub topic: String,
    /// What is pulled from: `projects/…/subscriptions/…`.
    pub subscription: String,
    /// The key of a service account that may pull, as Google hands it out.
    pub key_file: PathBuf,
}

impl PushOptions {
    /// Checks the names. The error says what is wrong with which.
    pub fn new(topic: &str, subscription: &str, key_file: PathBuf) -> Result<Self, &'static str> {
        if !is_name(topic, "topics") {
            return Err("the topic should look like projects/my-project/topics/gmail");
        }
        if !is_name(subscription, "subscriptions") {
            return Err("the subscription should look like projects/my-project/subscriptions/waxwing");
        }
        Ok(Self { topic: topic.to_owned(), subscription: subscription.to_owned(), key_file })
    }
}

/// `projects/{project}/{kind}/{name}` in characters that can stand in an address as they are.
fn is_name(text: &str, kind: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &str| {
        (1..=255).contains(&part.len())
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+:".contains(&byte))
    };
    matches!(parts.as_slice(), ["projects", project, of, name] if *of == kind && plain(project) && plain(name) && !name.contains(':'))
}

/// Why nothing is told, in words for the operator. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushTrouble {
    /// The key file is no good.
    #[error("the service account's key {path} cannot be used: {why}", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Google does not take the key.
    #[error("Google refuses the service account's key: it was deleted or disabled there, or this machine's clock is wrong")]
    KeyRefused,
    /// It may not pull, or there is nothing to pull from: Google does not tell these apart everywhere.
    #[error(
        "there is no such subscription, or the service account may not pull from it: it needs the role Pub/Sub Subscriber there"
    )]
    NotAllowed,
    /// Gmail may not publish.
    #[error(
        "Gmail does not take the topic: it must be in the project of your client at Google, and gmail-api-push@system.gserviceaccount.com \
         needs the role Pub/Sub Publisher there"
    )]
    Topic,
    /// Something else.
    #[error("Pub/Sub does not answer as it should ({0:?})")]
    Away(Trouble),
}

/// How pulling goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pulling {
    /// Nobody pulls in this process.
    Off,
    /// It was begun, and nothing is known yet.
    Begun,
    /// It works.
    Works,
    /// It fails.
    Fails(PushTrouble),
}

/// Push, for all mailboxes of this backend.
#[derive(Debug)]
pub struct Push {
    pub(super) options: PushOptions,
    pub(super) hub: Hub,
    state: watch::Sender<Pulling>,
    key: key::Key,
}

impl Push {
    /// Nothing is asked yet.
    pub fn new(options: PushOptions) -> Self {
        let key = key::Key::new(options.key_file.clone());
        Self { options, hub: Hub::default(), state: watch::Sender::new(Pulling::Off), key }
    }

    /// Where the key is.
    pub fn key_file(&self) -> &Path {
        &self.options.key_file
    }

    /// Whether it can be waited for. Waits until that is known.
    pub(super) async fn works(&self) -> bool {
        let mut state = self.state.subscribe();
        // The sender is held here: it does not go away.
        state.wait_for(|state| *state != Pulling::Begun).await.is_ok_and(|state| *state == Pulling::Works)
    }

    /// Done when it can no longer be waited for.
    pub(super) async fn fails(&self) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(|state| !matches!(state, Pulling::Works | Pulling::Begun)).await;
    }

    /// What is wrong, if anything.
    pub fn trouble(&self) -> Option<PushTrouble> {
        match &*self.state.borrow() {
            Pulling::Fails(trouble) => Some(trouble.clone()),
            Pulling::Off | Pulling::Begun | Pulling::Works => self.hub.is_refused().then_some(PushTrouble::Topic),
        }
    }

    /// Whether this process is told by Google just now.
    pub fn is_on(&self) -> bool {
        *self.state.borrow() == Pulling::Works
    }

    /// Whether somebody waits to be told of the mailbox of this address, in lower case.
    pub fn listens_to(&self, address: &str) -> bool {
        self.is_on() && self.hub.listens_to(address)
    }

    fn set(&self, state: Pulling) {
        self.state.send_if_modified(|now| {
            let is_new = *now != state;
            *now = state;
            is_new
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_operators() {
        let key = PathBuf::from("/k.json");
        let new = |topic: &str, subscription: &str| PushOptions::new(topic, subscription, key.clone());
        assert!(new("projects/a-b/topics/gmail", "projects/example.com:a/subscriptions/w~1.x").is_ok());
        for topic in [
            "",
            "gmail",
            "projects/a/topics/",
            "projects//topics/t",
            "projects/a/topics/t/u",
            "projects/../topics/t",
            "projects/a/subscriptions/t",
            "projects/a/topics/t?x",
            "projects/a/topics/t:pull",
            "projects/a b/topics/t",
        ] {
            assert!(new(topic, "projects/a/subscriptions/w").is_err(), "{topic}");
        }
        for subscription in
            ["", "waxwing", "projects/a/topics/t", "projects/a/subscriptions/w:pull", "projects/a/subscriptions/w/x"]
        {
            assert!(new("projects/a/topics/t", subscription).is_err(), "{subscription}");
        }
    }
}
