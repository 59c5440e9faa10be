//! Notices above the list: what of the machinery does not work, and what to do.

use std::rc::{Rc, Weak};

use waxwing_protocol::Millis;
use waxwing_protocol::page::{Fault, Link, Status, TabHealth};

use super::{Popup, Route};
use crate::pages::dom::{El, Icon, Scope, Tag, el, icon};
use crate::pages::say::host_of;
use crate::pages::text::{Value, count, rich, short_moment, t, t_with};
use crate::pages::widgets::{Weight, button, fault_words, note};

/// The notices for a status. `copy_of` is when the list shown is from, if it is a copy.
pub(super) fn notes(status: &Status, copy_of: Option<Millis>, now: Millis, scope: &Scope, popup: &Weak<Popup>) -> Vec<El> {
    let mut notes = Vec::new();
    notes.extend(connection(status, copy_of, now, scope, popup));
    if status.outbox_full {
        notes.push(note(Weight::Bad, Icon::OUTBOX, rich("note_outbox_full", &[]), &[]));
    }
    if status.connected.is_some() && !status.own_pixels_blocked {
        notes.push(note(Weight::Warn, Icon::SELF, rich("note_own_views", &[]), &[]));
    }
    let mut seen: Vec<&TabHealth> = Vec::new();
    for tab in &status.tabs {
        // Several tabs of one mailbox say the same once.
        if !seen
            .iter()
            .any(|other| (&other.address, other.running, &other.missing) == (&tab.address, tab.running, &tab.missing))
        {
            seen.push(tab);
            notes.extend(gmail(tab));
        }
    }
    notes
}

fn connection(status: &Status, copy_of: Option<Millis>, now: Millis, scope: &Scope, popup: &Weak<Popup>) -> Option<El> {
    let waiting = if status.waiting > 0 { count("note_waiting", status.waiting, &[]) } else { String::new() };
    match status.link.as_ref()? {
        Link::Up { .. } => None,
        Link::Down { since, fault: Fault::Unreachable | Fault::Timeout } => {
            let since = short_moment(*since, now);
            let from = copy_of.map(|at| short_moment(at, now)).filter(|from| *from != since);
            let words = match from {
                Some(from) => rich("note_offline", &[Value::Own(since), Value::Own(from), Value::Own(waiting)]),
                None => rich("note_offline_then", &[Value::Own(since), Value::Own(waiting)]),
            };
            Some(note(Weight::Info, Icon::NOLINK, words, &[]))
        }
        Link::Down { fault, .. } => {
            let host = status.connected.as_ref().map(|connected| host_of(&connected.server).to_owned()).unwrap_or_default();
            let words = rich("note_fault", &[Value::Foreign(host), Value::Own(fault_words(fault)), Value::Own(waiting)]);
            Some(note(Weight::Warn, Icon::NOLINK, words, &[]))
        }
        Link::Revoked { since } => {
            let popup = popup.clone();
            let again = button("ww-btn", &t("pair_again")).on(scope, "click", move |_| {
                if let Some(popup) = popup.upgrade() {
                    popup.go(Route::Connect { again: true });
                }
            });
            let words = rich("note_revoked", &[Value::Own(short_moment(*since, now))]);
            Some(note(Weight::Bad, Icon::LAPTOP, words, &[again]))
        }
    }
}

fn gmail(tab: &TabHealth) -> Option<El> {
    let who = tab.address.clone().unwrap_or_else(|| tab.path.clone());
    if !tab.running {
        return Some(note(Weight::Warn, Icon::OFF, rich("note_gmail_off", &[Value::Foreign(who)]), &[]));
    }
    if tab.missing.is_empty() {
        return None;
    }
    let parts: Vec<String> = tab.missing.iter().map(|key| part_name(key)).collect();
    Some(note(
        Weight::Warn,
        Icon::INFO,
        rich("note_gmail_changed", &[Value::Foreign(parts.join(", ")), Value::Foreign(who)]),
        &[],
    ))
}

/// The name of a part of Gmail; its key where the words do not know it.
fn part_name(key: &str) -> String {
    let known = format!("part_{key}");
    let words = t(&known);
    if words == known { t_with("part_other", &[key]) } else { words }
}

/// A quiet line that brings in what came while the list was open.
pub(super) fn news(fresh: u32, scope: &Scope, bring: &Rc<dyn Fn()>) -> El {
    let bring = Rc::clone(bring);
    button("ww-note ww-news", "")
        .on(scope, "click", move |_| bring())
        .child(&icon(Icon::AGAIN))
        .child(&el(Tag::Span).text(&count("news", fresh, &[])))
}
