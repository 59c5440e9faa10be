//! What stands around the mails: how the mailboxes are, and what to do when there is nothing.

use waxwing_protocol::api::{MailboxState, Mailboxes};
use waxwing_protocol::page::Fault;

use super::super::scheduled::trouble;
use crate::pages::dom::{El, Href, Icon, Tag, el};
use crate::pages::text::{Value, rich, t};
use crate::pages::widgets::{Weight, empty, fault_words, note};

/// Where mailboxes are connected.
const MAILBOXES: Href = Href::Own("options.html#mailboxes");

fn connect(class: &str, words: &str) -> El {
    el(Tag::A).class(class).href(&MAILBOXES).in_tab().text(&t(words))
}

/// Notices: without a mailbox nobody sees an answer; one that needs its owner sees none meanwhile.
pub(super) fn mailbox_notes(mailboxes: Option<&Mailboxes>, none_too: bool) -> Vec<El> {
    let Some(mailboxes) = mailboxes else { return Vec::new() };
    if mailboxes.mailboxes.is_empty() {
        let ways = [connect("ww-btn", "mailbox_connect")];
        return none_too.then(|| note(Weight::Info, Icon::MAIL, rich("waiting_no_mailbox", &[]), &ways)).into_iter().collect();
    }
    let signed_out = mailboxes.mailboxes.iter().filter_map(|mailbox| match &mailbox.state {
        MailboxState::SignIn { trouble: which, .. } => {
            let words =
                rich("waiting_mailbox_sign_in", &[Value::Foreign(mailbox.address.clone()), Value::Own(trouble(*which))]);
            Some(note(Weight::Warn, Icon::LOCK, words, &[connect("ww-btn", "sched_sign_in")]))
        }
        MailboxState::Ok | MailboxState::Away { .. } => None,
    });
    signed_out.collect()
}

/// What stands there when nothing waits and nothing was answered.
pub(super) fn empty_view(mailboxes: Option<&Mailboxes>) -> El {
    let title = rich("waiting_empty", &[]);
    if mailboxes.is_some_and(|mailboxes| mailboxes.mailboxes.is_empty()) {
        let ways = [connect("ww-btn ww-btn-main", "mailbox_connect")];
        return empty(Some(Icon::BELL), title, &t("waiting_empty_mailbox"), &ways);
    }
    empty(Some(Icon::BELL), title, &t("waiting_empty_says"), &[])
}

/// Nothing could be loaded.
pub(super) fn failed(fault: &Fault, again: &El) -> El {
    if *fault == Fault::TooOld {
        return empty(Some(Icon::BELL), rich("waiting_too_old", &[]), &fault_words(fault), &[]);
    }
    empty(Some(Icon::NOLINK), rich("waiting_failed_load", &[]), &fault_words(fault), std::slice::from_ref(again))
}
