//! What stands around the mails: how the connection and the mailboxes are, and what to do when there is nothing.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Mailbox, MailboxKind, MailboxState};
use waxwing_protocol::page::{Fault, LaterToWorker, Link};

use super::super::Popup;
use super::desk::Desk;
use super::words::{text, trouble};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{El, Href, Icon, Scope, Tag, el};
use crate::pages::text::{Value, rich, short_moment, t};
use crate::pages::widgets::{Weight, button, empty, fault_words, note};

/// Where mailboxes are connected.
const MAILBOXES: Href = Href::Own("options.html#mailboxes");

/// Notices about the mailboxes: how they are, and that there is none (where nothing else says so).
pub(super) fn mailbox_notes(desk: &Rc<Desk>, now: Millis, none_too: bool, scope: &Scope) -> Vec<El> {
    let mut notes = Vec::new();
    let Some(mailboxes) = desk.mailboxes() else { return notes };
    for mailbox in &mailboxes.mailboxes {
        let address = Value::Foreign(mailbox.address.clone());
        match &mailbox.state {
            MailboxState::Ok => {}
            MailboxState::SignIn { trouble: which, .. } => {
                let words = rich("sched_mailbox_sign_in", &[address, Value::Own(trouble(*which))]);
                notes.push(note(Weight::Warn, Icon::LOCK, words, &[sign_in(desk, mailbox, scope)]));
            }
            MailboxState::Away { since, trouble: which } => {
                let words =
                    rich("sched_mailbox_away", &[address, Value::Own(short_moment(*since, now)), Value::Own(trouble(*which))]);
                notes.push(note(Weight::Info, Icon::NOLINK, words, &[]));
            }
        }
    }
    if mailboxes.mailboxes.is_empty() && none_too {
        let connect = el(Tag::A).class("ww-btn").href(&MAILBOXES).in_tab().text(&t("mailbox_connect"));
        notes.push(note(Weight::Info, Icon::MAIL, rich("sched_no_mailbox", &[]), &[connect]));
    }
    notes
}

/// That what is shown is from before.
pub(in crate::pages::popup) fn connection_note(popup: &Popup, copy_of: Option<Millis>, now: Millis) -> Option<El> {
    let down = popup.status().and_then(|status| match status.link {
        Some(Link::Down { since, .. }) => Some(since),
        _ => None,
    });
    let at = copy_of.or(down)?;
    Some(note(Weight::Info, Icon::NOLINK, rich("note_as_of", &[Value::Own(short_moment(at, now))]), &[]))
}

fn sign_in(desk: &Rc<Desk>, mailbox: &Mailbox, scope: &Scope) -> El {
    match mailbox.kind {
        MailboxKind::Imap => el(Tag::A).class("ww-btn").href(&MAILBOXES).in_tab().text(&t("sched_sign_in")),
        MailboxKind::Gmail => google(desk, "ww-btn", "sched_sign_in", scope),
    }
}

/// A button that opens Google's page in a tab.
fn google(desk: &Rc<Desk>, class: &str, words: &str, scope: &Scope) -> El {
    let weak = Rc::downgrade(desk);
    button(class, &t(words)).on(scope, "click", move |_| {
        let weak = weak.clone();
        spawn_local(async move {
            if let Err(fault) = ask_later(&LaterToWorker::ConnectGmail).await
                && let Some(toast) = weak.upgrade().and_then(|desk| desk.toast())
            {
                toast.say([text(&fault_words(&fault))]);
            }
        });
    })
}

/// What stands there when nothing is scheduled and nothing was.
pub(super) fn empty_view(desk: &Rc<Desk>, scope: &Scope) -> El {
    let none = desk.mailboxes().filter(|mailboxes| mailboxes.mailboxes.is_empty());
    let title = rich("sched_empty", &[]);
    let Some(mailboxes) = none else {
        return empty(Some(Icon::CLOCK), title, &t("sched_empty_says"), &[]);
    };
    let mut ways = Vec::new();
    if mailboxes.google {
        ways.push(google(desk, "ww-btn ww-btn-main", "mailbox_google", scope));
    }
    let class = if ways.is_empty() { "ww-btn ww-btn-main" } else { "ww-btn" };
    ways.push(el(Tag::A).class(class).href(&MAILBOXES).in_tab().text(&t("mailbox_password_way")));
    empty(Some(Icon::CLOCK), title, &t("sched_empty_mailbox"), &ways)
}

/// Nothing could be loaded.
pub(super) fn failed(fault: &Fault, again: &El) -> El {
    if *fault == Fault::TooOld {
        return empty(Some(Icon::CLOCK), rich("sched_too_old", &[]), &fault_words(fault), &[]);
    }
    empty(Some(Icon::NOLINK), rich("sched_failed_load", &[]), &fault_words(fault), std::slice::from_ref(again))
}
