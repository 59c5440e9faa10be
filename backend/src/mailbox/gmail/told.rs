//! Asks Gmail to tell what changes in this mailbox (`users.watch`), and waits until it does.
//!
//! What must hold:
//! - Gmail is asked once a day, long before it stops by itself after a week, and told to stop when the mailbox is disconnected.
//! - That Gmail does not take the operator's topic is no fault of the mailbox: it is asked as if there were no push.
//! - A notice of what a look has seen wakes nobody; one of what no look finds wakes a few looks, and then no more.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::json;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::super::watching::{Mark, Woken};
use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::GmailMailbox;
use super::mark::Reached;
use super::pacer::{Cost, units};
use super::push::Push;
use super::push::hub::{Listener, Told, Watched};
use super::trouble::CallError;
use super::wire::WatchAnswer;

/// Gmail is asked again after so long.
const RENEW: Millis = 24 * 60 * 60_000;
/// When it would stop before, after half of that, but not more often than this.
const SOONEST: Millis = 10 * 60_000;
/// A topic that was not taken is tried again.
const REFUSED: Millis = 15 * 60_000;
/// A change that was told and is not seen yet is looked for again: Gmail's servers need not all know of it at once.
const PAUSES: [Duration; 4] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];
/// Nobody who disconnects waits longer for it.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// How many notices there were when a look was woken last, and how often it was for them.
pub(super) type Woke = std::sync::Mutex<(u64, usize)>;

impl GmailMailbox {
    /// Waits until Gmail tells of something that no look has seen.
    pub(super) async fn wait_to_be_told(&self, mark: &Mark, ledger: &dyn Ledger) -> Result<Woken, MailboxError> {
        let Some((push, listener)) = self.listener() else { return Ok(Woken::Never) };
        let seen = Reached::read(mark).and_then(|reached| reached.history.parse::<u64>().ok());
        let Some(seen) = seen else { return Ok(Woken::Later) };
        if !push.works().await || !self.keep_watched(ledger).await? {
            return Ok(Woken::Later);
        }
        let (mut told, mut watched) = (listener.told.subscribe(), listener.watched.subscribe());
        loop {
            let last = tokio::select! {
                () = push.fails() => return Ok(Woken::Later),
                _ = watched.wait_for(|watched| !matches!(watched, Watched::Until(_))) => return Ok(Woken::Later),
                // The sender is held by the listener.
                last = told.wait_for(|told| told.history > seen) => last.map(|last| *last).unwrap_or_default(),
            };
            let Some(pause) = self.pause_before(last) else {
                listener.disbelieve(last, seen);
                continue;
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = told.wait_for(|told| told.notices != last.notices) => {}
            }
            return Ok(Woken::News);
        }
    }

    /// Whether somebody waits to be told of this mailbox.
    pub(super) fn is_told_of(&self) -> bool {
        self.account.google.push.as_ref().is_some_and(|push| push.listens_to(&self.address))
    }

    /// Has Gmail tell of this mailbox, when that is not so or not for long any more. `false`: it cannot be told just now.
    pub(super) async fn keep_watched(&self, ledger: &dyn Ledger) -> Result<bool, MailboxError> {
        let Some((push, listener)) = self.listener() else { return Ok(false) };
        let now = self.account.clock.now();
        let is_ahead = |at: Millis| (now..=now.saturating_add(RENEW)).contains(&at);
        match *listener.watched.borrow() {
            Watched::Until(at) if is_ahead(at) => return Ok(true),
            Watched::Refused(at) if is_ahead(at) => return Ok(false),
            _ => {}
        }
        let body = json!({
            // What somebody writes is saved every few seconds, and is no news.
            "topicName": push.options.topic, "labelIds": ["DRAFT"], "labelFilterBehavior": "exclude",
        });
        let call = self.account.change(Cost::making_way(units::WATCH), &["watch"], &body, ledger);
        match written_down(ledger, AccessAction::AskToBeTold, call).await {
            Ok(answer) => {
                let answer: WatchAnswer = serde_json::from_slice(&answer).unwrap_or_default();
                let left = answer.expiration.parse::<Millis>().map_or(RENEW, |until| until.saturating_sub(now) / 2);
                listener.watched.send_replace(Watched::Until(now.saturating_add(left.clamp(SOONEST, RENEW))));
                push.hub.set_refused(false);
                Ok(true)
            }
            Err(error) if is_about_the_topic(&error) => {
                listener.watched.send_replace(Watched::Refused(now.saturating_add(REFUSED)));
                if push.hub.set_refused(true) {
                    let said = error.into_error().said;
                    tracing::warn!(
                        said,
                        "Gmail does not take the topic for push; mailboxes are asked every 45 seconds instead"
                    );
                }
                Ok(false)
            }
            Err(error) => Err(error.into_error()),
        }
    }

    /// Gmail need not tell of this mailbox any more.
    pub(super) async fn stop_being_told(&self, ledger: &dyn Ledger) {
        let Some((push, _)) = self.listener() else { return };
        push.hub.forget(&self.address);
        let nothing = serde_json::Value::Null;
        let call = self.account.change(Cost::from(units::STOP), &["stop"], &nothing, ledger);
        let call = written_down(ledger, AccessAction::AskToBeTold, call);
        // It ends by itself within a week, and with the grant.
        if !matches!(tokio::time::timeout(STOP_PATIENCE, call).await, Ok(Ok(_))) {
            tracing::debug!("Gmail could not be told to stop telling of a mailbox");
        }
    }

    fn listener(&self) -> Option<(&Push, std::sync::Arc<Listener>)> {
        let push = self.account.google.push.as_ref().filter(|_| !self.address.is_empty())?;
        Some((push, push.hub.listener(&self.address)))
    }

    /// After which pause a look is worth it. `None`: there were enough for what was told.
    fn pause_before(&self, told: Told) -> Option<Duration> {
        let mut woke = self.woke.lock().unwrap_or_else(PoisonError::into_inner);
        if woke.0 != told.notices {
            *woke = (told.notices, 0);
        }
        let pause = PAUSES.get(woke.1).copied();
        woke.1 += 1;
        pause
    }
}

/// It says nothing about the mailbox.
fn is_about_the_topic(error: &CallError) -> bool {
    match error {
        CallError::NotFound(_) => true,
        CallError::Unauthorized(_) => false,
        CallError::Other(error) => matches!(error.trouble, Trouble::Protocol | Trouble::RightMissing | Trouble::TooLarge),
    }
}
