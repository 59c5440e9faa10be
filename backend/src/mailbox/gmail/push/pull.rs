//! Pulls what Gmail publishes, for all mailboxes at once.
//!
//! What must hold: one pull at a time; after one that failed the next waits longer and longer; an answer is read up to a limit, and
//! one that is longer is asked for in smaller pieces.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use waxwing_protocol::api::Trouble;

use super::super::google::{self, Google};
use super::super::trouble;
use super::notice::Pulled;
use super::{Pulling, Push, PushTrouble};
use crate::app::told_to_stop;
use crate::clock::Clock;

/// Google holds a pull for a minute and a half at most.
const PATIENCE: Duration = Duration::from_secs(110);
/// Other calls are answered at once.
const SHORT_PATIENCE: Duration = Duration::from_secs(20);
/// A pull that was held for so long works: what is wrong is answered at once.
const PROVEN: Duration = Duration::from_secs(3);
/// Messages of a pull.
const MOST: usize = 500;
/// Bytes of an answer. A single message may be 10 MB, and is a third longer in base64.
const LIMIT: usize = 16 * 1024 * 1024;
/// After an answer that held nothing and came at once.
const BREATH: Duration = Duration::from_secs(1);
/// After a failure, doubled with each further one, up to the longest.
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);
/// What whoever pulls must be allowed.
const CONSUME: &str = "pubsub.subscriptions.consume";

/// Pulls until `stop`.
pub async fn run(google: &Google, clock: &dyn Clock, mut stop: watch::Receiver<bool>) {
    let Some(push) = &google.push else { return };
    push.set(Pulling::Begun);
    // Whatever ends it.
    let _off = Off(push);
    tokio::select! {
        () = told_to_stop(&mut stop) => {}
        () = go_on(google, push, clock) => {}
    }
}

struct Off<'a>(&'a Push);

impl Drop for Off<'_> {
    fn drop(&mut self) {
        self.0.set(Pulling::Off);
    }
}

async fn go_on(google: &Google, push: &Push, clock: &dyn Clock) {
    let (mut most, mut failures) = (MOST, 0_u32);
    loop {
        let call = pull(google, push, clock, most);
        tokio::pin!(call);
        let (pulled, was_held) = tokio::select! {
            pulled = &mut call => (pulled, false),
            () = sleep(PROVEN) => {
                works(push, &mut failures);
                (call.await, true)
            }
        };
        match pulled {
            Ok(held) => {
                works(push, &mut failures);
                most = most.saturating_mul(2).min(MOST);
                if held == 0 && !was_held {
                    sleep(BREATH).await;
                }
            }
            // It comes in smaller pieces, and a single message fits.
            Err(Failed::TooLong) if most > 1 => most = (most / 10).max(1),
            Err(error) => {
                let trouble = error.into();
                if push.trouble().as_ref() != Some(&trouble) {
                    tracing::warn!(%trouble, "nothing is told by Google just now: mailboxes are asked every 45 seconds instead");
                }
                push.set(Pulling::Fails(trouble));
                sleep(AGAIN.saturating_mul(1 << failures.min(10)).min(LONGEST)).await;
                failures = failures.saturating_add(1);
            }
        }
    }
}

fn works(push: &Push, failures: &mut u32) {
    *failures = 0;
    if !push.is_on() {
        tracing::info!("Google tells what changes in mailboxes");
        push.set(Pulling::Works);
    }
}

/// One pull. Gives how many messages it brought.
async fn pull(google: &Google, push: &Push, clock: &dyn Clock, most: usize) -> Result<usize, Failed> {
    let pulled: Pulled = call(google, push, clock, "pull", &json!({ "maxMessages": most }), PATIENCE).await?;
    let messages = pulled.received_messages;
    for notice in messages.iter().filter_map(super::notice::Received::notice) {
        push.hub.tell(&notice.address, notice.history);
    }
    // Before the looks: what a crash loses here is made up for by the look at each mailbox when the backend starts.
    let ids: Vec<&str> = messages.iter().map(|it| it.ack_id.as_str()).filter(|id| !id.is_empty()).collect();
    if !ids.is_empty() {
        let done = call::<Value>(google, push, clock, "acknowledge", &json!({ "ackIds": ids }), SHORT_PATIENCE).await;
        if done.is_err() {
            tracing::debug!("notices could not be acknowledged: they come again, and are passed over");
        }
    }
    Ok(messages.len())
}

/// Whether the key is taken and the subscription may be pulled from; takes nothing out of it.
pub async fn check(google: &Google, clock: &dyn Clock) -> Result<(), PushTrouble> {
    let Some(push) = &google.push else { return Ok(()) };
    let asked = json!({ "permissions": [CONSUME] });
    let held: Value = call(google, push, clock, "testIamPermissions", &asked, SHORT_PATIENCE).await?;
    let may = held["permissions"].as_array().is_some_and(|held| held.iter().any(|it| it == CONSUME));
    if may { Ok(()) } else { Err(PushTrouble::NotAllowed) }
}

/// Why a call failed.
enum Failed {
    TooLong,
    Trouble(PushTrouble),
}

impl From<PushTrouble> for Failed {
    fn from(trouble: PushTrouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Failed> for PushTrouble {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::TooLong => Self::Away(Trouble::TooLarge),
            Failed::Trouble(trouble) => trouble,
        }
    }
}

async fn call<T: DeserializeOwned>(
    google: &Google,
    push: &Push,
    clock: &dyn Clock,
    method: &str,
    body: &Value,
    patience: Duration,
) -> Result<T, Failed> {
    let url = format!("{}/v1/{}:{method}", google.endpoints.pubsub, push.options.subscription);
    let mut is_fresh = false;
    loop {
        let token = push.key.token(google, clock.now()).await?;
        let asked = async {
            let request = google.http()?.post(&url).bearer_auth(token.as_str()).timeout(patience);
            let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
            let response = request.send().await.map_err(|error| trouble::of_transport(&error))?;
            let status = response.status();
            Ok((status, google::body(response, LIMIT).await))
        };
        let asked = timeout(patience, asked).await.map_err(|_| PushTrouble::Away(Trouble::Unreachable))?;
        let (status, body) = asked.map_err(|error: super::super::super::MailboxError| PushTrouble::Away(error.trouble))?;
        let body = match body {
            Ok(body) => body,
            Err(error) if error.trouble == Trouble::Protocol && status.is_success() => return Err(Failed::TooLong),
            Err(error) => return Err(PushTrouble::Away(error.trouble).into()),
        };
        return match status {
            status if status.is_success() => {
                serde_json::from_slice(&body).map_err(|_| PushTrouble::Away(Trouble::Protocol).into())
            }
            StatusCode::UNAUTHORIZED if !is_fresh => {
                is_fresh = true;
                push.key.drop_token(&token).await;
                continue;
            }
            StatusCode::UNAUTHORIZED => Err(PushTrouble::KeyRefused.into()),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Err(PushTrouble::NotAllowed.into()),
            StatusCode::TOO_MANY_REQUESTS => Err(PushTrouble::Away(Trouble::RateLimited).into()),
            status if status.is_server_error() => Err(PushTrouble::Away(Trouble::Busy).into()),
            _ => Err(PushTrouble::Away(Trouble::Protocol).into()),
        };
    }
}
