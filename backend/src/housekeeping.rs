//! What is done once a minute, beside everything else: looking for what another process changed, writing down what was only in
//! memory, and taking away what has expired.
//!
//! What must hold: each of these may fail by itself, is told, and is tried again a minute later.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use waxwing_protocol::Millis;

use crate::app::{App, Settings, told_to_stop};
use crate::hits::shorten::{Shortening, WHOLE_FOR};
use crate::retention::rules::Rule;
use crate::retention::{self, Went};
use crate::rights;
use crate::store::security::Happened;
use crate::store::{self, Store};

/// How often.
const EVERY: Duration = Duration::from_mins(1);
/// How often it is asked which accounts are not used: another process may have suspended one, and it has to be obeyed within seconds.
const ASK_CLOSED: Duration = Duration::from_secs(3);

/// What every backend does for itself, until `stop`.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    tokio::join!(look(&app, stop.clone()), obey(&app, stop));
}

/// Learns soon which accounts are not used, and which are again.
async fn obey(app: &App, mut stop: watch::Receiver<bool>) {
    let mut failing = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(ASK_CLOSED) => {}
            () = told_to_stop(&mut stop) => return,
        }
        let asked = app.gate.closed.reload(&app.store).await;
        if let Err(error) = &asked
            && !failing
        {
            tracing::warn!(%error, "which accounts are not used could not be read; asked again every few seconds");
        }
        failing = asked.is_err();
    }
}

async fn look(app: &App, mut stop: watch::Receiver<bool>) {
    loop {
        look_around(app).await;
        write_seen(app).await;
        write_not_let_in(app).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = told_to_stop(&mut stop) => return,
        }
    }
}

/// What one backend does for all, until `stop`.
pub async fn tidy(app: Arc<App>, store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = finish_erasing(&store).await {
        tracing::warn!(%error, "hits of deleted messages could not be erased yet");
    }
    let (mut shortening, mut clock) = (Shortening::default(), retention::Clock::default());
    loop {
        let now = app.clock.now();
        if clock.believes(now) {
            retain(&app, &store, &mut shortening, now).await;
        }
        erase(&app, &store, now).await;
        tidy_waiting(&app, &store, now).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = told_to_stop(&mut stop) => return,
        }
    }
}

/// Takes away what has been kept for long enough.
async fn retain(app: &App, store: &Store, shortening: &mut Shortening, now: Millis) {
    let Settings { data_dir, retention: file, .. } = &app.settings;
    let periods = match store.retention().await {
        Ok(chosen) => file.and(&chosen),
        Err(error) => {
            // Nothing is taken away by days that nobody chose, nor kept for longer without a word.
            tracing::warn!(%error, "how long things are to be kept cannot be read; nothing is taken away for now");
            return;
        }
    };
    let whole_for = Rule::named("hit_addresses").map_or(WHOLE_FOR, |rule| periods.of(rule));
    match shortening.round(store, now, whole_for).await {
        Ok(0) => {}
        Ok(hits) => tracing::debug!(hits, "addresses of old hits were shortened"),
        Err(error) => tracing::warn!(%error, "addresses of old hits could not be shortened yet"),
    }
    match retention::purge(store, data_dir, &periods, now).await {
        Ok(went) => {
            for Went { rule, count } in went.iter().filter(|went| went.count > 0) {
                tracing::debug!(rule = rule.name, count, "what was kept for long enough was taken away");
            }
        }
        Err(error) => tracing::warn!(%error, "what was kept for long enough could not be taken away yet"),
    }
}

/// Erases what was asked for and is due.
async fn erase(app: &App, store: &Store, now: Millis) {
    if let Err(error) = rights::prepared::purge(&app.settings.data_dir, now) {
        tracing::warn!(%error, "old archives of accounts could not be taken away yet");
    }
    if let Err(error) = rights::erase::look_after(app).await {
        tracing::warn!(%error, "accounts that are to be erased could not be put aside yet");
    }
    let work = rights::erase::Work { store, keys: app.gate.keys(), data_dir: &app.settings.data_dir, app: Some(app) };
    if let Err(error) = rights::erase::round(&work, now).await {
        tracing::warn!(%error, "what was to be erased could not be erased yet");
    }
    if let Err(error) = app.store.forget_erased().await {
        tracing::warn!(%error, "the database's log could not be cut: what was erased may stand in it for a while");
    }
}

/// Ends what is waited for too long, and takes away what ended long ago.
async fn tidy_waiting(app: &App, store: &Store, now: Millis) {
    match store.tidy_waiting(now).await {
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
    app.gate.know_ends(&app.store, app.clock.now()).await;
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

/// Writes down how often somebody was not let in.
pub(crate) async fn write_not_let_in(app: &App) {
    for (kind, times) in app.not_let_in.take() {
        let written = app.store.add_backend_event(app.clock.now(), &Happened::not_let_in(kind, &times.to_string())).await;
        if let Err(error) = written {
            tracing::warn!(%error, kind, times, "how often somebody was not let in could not be written down");
        }
    }
}
