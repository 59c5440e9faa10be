//! Hears what other backends changed, over one connection that does nothing else, and keeps what this one has in memory right.
//!
//! What must hold: a connection may end without a word, so each backend hears itself every few seconds or listens anew; whatever it
//! may have missed is loaded once it hears again, never before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{interval, sleep, timeout};
use waxwing_protocol::Millis;

use super::lease::Alone;
use super::note::Note;
use crate::app::{App, told_to_stop};
use crate::store::{Result, Store, sql};

/// How often a backend says that it is there.
const BEAT: Duration = Duration::from_secs(3);
/// Beats without hearing oneself, after which the connection is none any more.
const DEAF: u32 = 3;
/// After the server refused to be listened to.
const AGAIN: Duration = Duration::from_millis(500);
/// Hits of one backend are told to the one that rolls them up at most so often.
const PACE: Duration = Duration::from_millis(100);
/// Deletions of so long before the last word was heard are looked at again, in milliseconds: clocks are not the same everywhere.
const BEFORE: Millis = 10 * 60 * 1_000;

/// Why nothing is heard any more.
enum Ended {
    Stopped,
    Deaf,
}

/// Hears until `stop`. `written` is told of hits of other backends.
pub async fn run(app: Arc<App>, written: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    if app.store.kind() == sql::Kind::Sqlite {
        return;
    }
    let mut since = app.clock.now();
    let mut first = true;
    loop {
        tokio::select! {
            ended = listen(&app, &written, since, first, stop.clone()) => match ended {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Deaf) => {
                    tracing::warn!("what other backends change is not heard any more: listening anew");
                    since = app.clock.now().min(since.saturating_add(BEFORE)).max(since);
                    first = false;
                }
                Err(error) => {
                    tracing::debug!(%error, "what other backends change cannot be heard yet");
                    first = false;
                }
            },
            () = told_to_stop(&mut stop) => return,
        }
        tokio::select! {
            () = sleep(AGAIN) => {}
            () = told_to_stop(&mut stop) => return,
        }
    }
}

async fn listen(app: &App, written: &Notify, since: Millis, first: bool, mut stop: watch::Receiver<bool>) -> Result<Ended> {
    let mut notes = app.store.listen().await?;
    load_anew(app, written, since.saturating_sub(BEFORE), first).await?;
    let (mut beat, mut silent) = (interval(BEAT), 0);
    let me = app.store.name();
    loop {
        tokio::select! {
            heard = notes.recv() => {
                let Some(text) = heard else { return Ok(Ended::Deaf) };
                match Note::read(&text) {
                    Some((from, Note::Here)) if from == me => silent = 0,
                    // What this one changed it knows already.
                    Some((from, _)) if from == me => {}
                    Some((_, note)) => take(app, written, note),
                    None => tracing::debug!("something was told that this version does not know"),
                }
            }
            _ = beat.tick() => {
                silent += 1;
                if silent > DEAF {
                    return Ok(Ended::Deaf);
                }
                tokio::spawn(say_here(Arc::clone(&app.store)));
            }
            () = told_to_stop(&mut stop) => return Ok(Ended::Stopped),
        }
    }
}

async fn say_here(store: Arc<Store>) {
    // Whoever does not hear it listens anew.
    let _ = timeout(BEAT, store.tell("here")).await;
}

/// Everything that may have been missed.
async fn load_anew(app: &App, written: &Notify, since: Millis, first: bool) -> Result<()> {
    for (account, message) in app.store.stopped_since(since).await? {
        app.gate.stopped.insert(account, message);
    }
    for (account, message, refused) in app.store.refused_since(since).await? {
        app.gate.stopped.refuse(account, message, refused);
    }
    app.gate.reload_epochs(&app.store).await?;
    // The first time nothing is open yet.
    if !first {
        app.mailboxes.forget_all();
        app.news.wake_all();
        app.jobs.wake();
        app.reminders.wake();
        app.watch.wake();
        app.judging.wake();
        app.rescoring.wake();
        written.notify_one();
    }
    Ok(())
}

fn take(app: &App, written: &Notify, note: Note) {
    match note {
        Note::Here => {}
        Note::Event(account, event) => app.news.publish(account, event),
        Note::Stopped(account, message) => app.gate.stopped.insert(account, message),
        Note::Refused(account, message, refused) => app.gate.stopped.refuse(account, message, refused),
        Note::Epoch(account, epoch) => app.gate.set_epoch(account, epoch),
        Note::Hits => written.notify_one(),
        Note::Judge => app.judging.wake(),
        Note::Rules => app.rescoring.wake(),
        Note::Scheduled => app.jobs.wake(),
        Note::Reminders => app.reminders.wake(),
        Note::Waiting => app.watch.wake(),
        Note::Mailbox(mailbox) => {
            app.mailboxes.changed_elsewhere(mailbox);
            app.watch.follow_changed(mailbox);
        }
        Note::Health { mailbox, ok, sign_in } => app.mailboxes.moved_elsewhere(mailbox, ok, sign_in),
    }
}

/// Passes on that hits were stored: to the roll-up, here or where it is. Until `stop`.
pub async fn pass_on(
    store: Arc<Store>,
    roll_up: Arc<Alone>,
    stored: Arc<Notify>,
    written: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = stored.notified() => {}
            () = told_to_stop(&mut stop) => {
                // The last ones of all are rolled up by whoever is left.
                written.notify_one();
                return;
            }
        }
        written.notify_one();
        if !roll_up.is_held()
            && let Err(error) = store.tell("hits").await
        {
            // The roll-up looks by itself now and then.
            tracing::debug!(%error, "that hits came in could not be told");
        }
        tokio::select! {
            () = sleep(PACE) => {}
            () = told_to_stop(&mut stop) => {}
        }
    }
}
