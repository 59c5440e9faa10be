//! What is done once a minute, beside everything else: looking for what another process changed, writing down what was only in
//! memory, and taking away what has expired.
//!
//! What must hold: each of these may fail by itself, is told, and is tried again a minute later.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use waxwing_protocol::Millis;

use crate::app::{App, told_to_stop};
use crate::hits::shorten::{Shortening, WHOLE_FOR};
use crate::store::{self, Store};

/// How often.
const EVERY: Duration = Duration::from_mins(1);
/// What tells the sender's hits from a recipient's is kept longer than the addresses that it explains: a place explains hits up
/// to a day after it was last seen, and shortening takes its time.
const OWN_FOR: Millis = WHOLE_FOR + 2 * 24 * 60 * 60 * 1_000;

/// Does it until `stop`.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = finish_erasing(&app.store).await {
        tracing::warn!(%error, "hits of deleted messages could not be erased yet");
    }
    let mut shortening = Shortening::default();
    loop {
        prune(&app).await;
        look_around(&app).await;
        match shortening.round(&app.store, app.clock.now()).await {
            Ok(0) => {}
            Ok(hits) => tracing::debug!(hits, "addresses of old hits were shortened"),
            Err(error) => tracing::warn!(%error, "addresses of old hits could not be shortened yet"),
        }
        write_seen(&app).await;
        prune_mailboxes(&app).await;
        tidy_waiting(&app).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = told_to_stop(&mut stop) => return,
        }
    }
}

/// Takes away what has expired.
async fn prune(app: &App) {
    let now = app.clock.now();
    match app.store.prune_events(now).await {
        Ok(0) => {}
        Ok(gone) => tracing::debug!(gone, "old events were taken away"),
        Err(error) => tracing::warn!(%error, "old events could not be taken away"),
    }
    match app.store.prune_own(now.saturating_sub(OWN_FOR)).await {
        Ok(0) => {}
        Ok(gone) => tracing::debug!(gone, "old own views and places were taken away"),
        Err(error) => tracing::warn!(%error, "old own views and places could not be taken away"),
    }
}

/// Takes old entries of mailboxes' ledgers away, and sign-ins that were never finished.
async fn prune_mailboxes(app: &App) {
    match app.store.prune_mailboxes(app.clock.now()).await {
        Ok(0) => {}
        Ok(gone) => tracing::debug!(gone, "old entries of mailboxes' ledgers were taken away"),
        Err(error) => tracing::warn!(%error, "old entries of mailboxes' ledgers could not be taken away"),
    }
}

/// Ends what is waited for too long, and takes away what ended long ago.
async fn tidy_waiting(app: &App) {
    match app.store.tidy_waiting(app.clock.now()).await {
        Ok(told) => {
            for (account, event) in told {
                app.news.publish(account, event);
            }
        }
        Err(error) => tracing::warn!(%error, "mails that were waited for too long could not be put away yet"),
    }
}

/// Another process may have revoked a device (`waxwing devices`) or brought newer lists (`waxwing lists`).
async fn look_around(app: &App) {
    if let Err(error) = app.gate.reload_epochs(&app.store).await {
        tracing::warn!(%error, "accounts could not be read anew");
    }
    match app.knowledge.reload(&app.store, app.clock.now()).await {
        Ok(true) => app.rescoring.wake(),
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "newer lists of addresses could not be taken over yet"),
    }
}

/// What a crash or a full disk cut short.
async fn finish_erasing(store: &Store) -> store::Result<()> {
    for (account, message) in store.unerased().await? {
        store.erase_hits(account, message).await?;
    }
    Ok(())
}

/// Writes down when devices last called.
pub(crate) async fn write_seen(app: &App) {
    let seen = app.seen.take();
    if seen.is_empty() {
        return;
    }
    if let Err(error) = app.store.touch_devices(&seen).await {
        tracing::warn!(%error, "when devices last called could not be written down");
    }
}
