//! The page: all numbers of a running backend, read at one moment.
//!
//! What must hold: it waits for nothing but a few short reads of the database; when that does not answer, the page says so and
//! tells the rest.

use waxwing_protocol::Millis;

use super::hits::{KINDS, LABELS, OUTCOMES};
use super::requests::SHED;
use super::text::Text;
use super::{process, since};
use crate::app::App;
use crate::store::numbers::Numbers;

/// The page of one moment.
pub async fn page(app: &App) -> String {
    let mut text = Text::default();
    text.levels("waxwing_build", "The version that runs.");
    text.level(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    hits(&mut text, app);
    writing(&mut text, app);
    requests(&mut text, app);
    engines(&mut text, app);
    let numbers = app.store.numbers().await;
    if let Err(error) = &numbers {
        tracing::warn!(%error, "numbers of the database could not be read");
    }
    database(&mut text, numbers.ok().as_ref(), app.clock.now());
    if let Some(process) = process::read() {
        text.levels("process_resident_memory_bytes", "Memory that is really in use.");
        text.level(&[], process.resident);
        text.levels("process_open_fds", "Open files and sockets.");
        text.level(&[], process.files);
    }
    text.finish()
}

fn hits(text: &mut Text, app: &App) {
    text.counters("waxwing_hits", "Requests for pixels and links, by what became of them.");
    for (kind, name) in KINDS {
        for (outcome, said) in OUTCOMES {
            text.counter(&[("kind", name), ("outcome", said)], app.metrics.outcomes.of(kind, outcome).get());
        }
    }
    text.counters("waxwing_verdicts", "Hits by what was said of them at first.");
    for (kind, name) in KINDS {
        for (label, said) in LABELS {
            text.counter(&[("kind", name), ("verdict", said)], app.judging.verdicts.of(kind, label).get());
        }
    }
    text.counters("waxwing_lost_clicks", "Links that were followed though the click could not be stored.");
    text.counter(&[], app.metrics.lost_clicks.get());
}

fn writing(text: &mut Text, app: &App) {
    let writing = &app.metrics.writing;
    text.histograms("waxwing_commit_seconds", "How long it took to get the hits that waited onto the disk.");
    text.histogram(&[], &writing.commit.read());
    text.histograms("waxwing_commit_hits", "How many hits one commit held.");
    text.histogram(&[], &writing.batch.read());
    text.counters("waxwing_commit_failed", "Commits of hits that failed: whoever waited was told to come again.");
    text.counter(&[], writing.failed.get());
    text.levels("waxwing_hits_waiting", "Hits that are handed in and not on disk yet.");
    text.level(&[], writing.waiting.get());
    text.levels("waxwing_hits_waiting_most", "How many of them there may be; then requests wait.");
    text.level(&[], writing.room.get());
    text.levels("waxwing_log_hits", "Hits that are in the log and not in the database yet.");
    text.level(&[], writing.backlog.get());
    text.levels("waxwing_log_size_bytes", "The bytes of these.");
    text.level(&[], writing.backlog_bytes.get());
    text.counters("waxwing_log_drained", "Hits that were moved from the log into the database.");
    text.counter(&[], writing.drained.get());
    text.counters("waxwing_log_drain_failed", "Tries to do that which failed, and were repeated.");
    text.counter(&[], writing.drain_failed.get());
    text.counters("waxwing_log_set_aside", "Damaged bytes of the log that were set aside.");
    text.counter(&[], writing.set_aside.get());
}

fn requests(text: &mut Text, app: &App) {
    let requests = &app.metrics.requests;
    let routes = requests.routes();
    text.counters("waxwing_requests", "Calls of the API, by route, method and class of status.");
    for route in &routes {
        for (method, class, count) in &route.counts {
            text.counter(&[("route", &route.route), ("method", method), ("status", class)], *count);
        }
    }
    text.histograms("waxwing_request_seconds", "How long calls of the API took.");
    for route in &routes {
        text.histogram(&[("route", &route.route)], &route.time);
    }
    text.counters("waxwing_shed", "Who was turned away, or had to wait, and may come again.");
    for (why, name) in SHED {
        text.counter(&[("reason", name)], requests.shed(why).get());
    }
    text.levels("waxwing_connections", "Open connections.");
    text.level(&[], requests.connections.get());
    text.levels("waxwing_connections_most", "How many there may be; more wait to be accepted.");
    text.level(&[], requests.most_connections.get());
    text.counters("waxwing_connections_not_accepted", "Connections that the system could not give us.");
    text.counter(&[], requests.not_accepted.get());
    text.levels("waxwing_event_streams", "Open streams of news.");
    text.level(&[], i64::try_from(app.news.streams()).unwrap_or(i64::MAX));
    text.histograms(
        "waxwing_registered_after_seconds",
        "How long after it was sent a mail was registered: the age of outboxes.",
    );
    text.histogram(&[], &app.metrics.registered_after.read());
}

fn engines(text: &mut Text, app: &App) {
    text.histograms("waxwing_lateness_seconds", "How late work that had its time was begun.");
    text.histogram(&[("of", "scheduled")], &app.jobs.lateness().read());
    text.histogram(&[("of", "reminders")], &app.reminders.lateness().read());
}

fn database(text: &mut Text, numbers: Option<&Numbers>, now: Millis) {
    text.levels("waxwing_database_up", "1: the database answers.");
    text.level(&[], i64::from(numbers.is_some()));
    let Some(numbers) = numbers else { return };
    text.levels("waxwing_database_size_bytes", "The size of the database.");
    text.level(&[], numbers.size);
    text.levels("waxwing_hits_unjudged", "Hits in the database that nothing was said of yet.");
    text.level(&[], numbers.unjudged);
    text.levels("waxwing_mailboxes", "Connected mailboxes, by state.");
    for (state, count) in numbers.mailboxes {
        text.level(&[("state", state)], count);
    }
    text.levels("waxwing_overdue_seconds", "How long the oldest work has been due that nobody has begun.");
    for (of, next) in [("scheduled", numbers.next_scheduled), ("reminders", numbers.next_reminder)] {
        let late = next.map_or(0, |next| since(next, now));
        text.seconds(&[("of", of)], Millis::try_from(late).unwrap_or(Millis::MAX));
    }
}
