//! What the panel says when nothing can be scheduled, and the ways on.

use std::rc::Rc;

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Mailbox, MailboxState};
use waxwing_protocol::page::{Fault, LaterToWorker, PanelEnd};

use super::{Panel, frame};
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, window};
use crate::pages::text::{Value, rich, t};
use crate::pages::widgets::{Weight, button, fault_words, note};

/// Why nothing can be scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blocked {
    /// No mailbox is connected.
    NoMailbox,
    /// The mail would leave from this address, and another mailbox is connected.
    OtherMailbox(String),
    /// Its owner has to sign in again.
    SignIn(String),
    /// Nothing could be asked.
    Fault(Fault),
}

/// The mailbox in which the draft lies: the tab's, also when the mail is sent from an alias of it. A tab may not tell whose it is:
/// then that of the address the mail would leave from. Gmail may not say that either: then the only one there is.
pub(super) fn choose(account: Option<&str>, sender: &str, mut mailboxes: Vec<Mailbox>) -> Result<Mailbox, Blocked> {
    if mailboxes.is_empty() {
        return Err(Blocked::NoMailbox);
    }
    let sender = sender.trim();
    let of = |address: &str| mailboxes.iter().position(|mailbox| mailbox.address.eq_ignore_ascii_case(address));
    let at = match account {
        Some(account) => of(account),
        None => of(sender).or_else(|| (sender.is_empty() && mailboxes.len() == 1).then_some(0)),
    };
    let Some(at) = at else { return Err(Blocked::OtherMailbox(account.unwrap_or(sender).to_owned())) };
    let mailbox = mailboxes.swap_remove(at);
    match mailbox.state {
        MailboxState::SignIn { .. } => Err(Blocked::SignIn(mailbox.address)),
        // One that is away now will be there when the mail is due; finding the draft tells.
        MailboxState::Ok | MailboxState::Away { .. } => Ok(mailbox),
    }
}

/// A frame that only says what went wrong.
pub(super) fn fault(key: Uuid, fault: &Fault) {
    let scope = Scope::default();
    let end = move || {
        let end = LaterToWorker::PanelEnd { key, end: PanelEnd::Closed };
        spawn_local(async move { drop(ask_later(&end).await) });
    };
    let inside = note(Weight::Bad, Icon::FAILED, rich("panel_fault", &[Value::Own(fault_words(fault))]), &[]);
    frame::show(&scope, end, &el(Tag::Div).class("ww-pad ww-stack ww-stack-2 ww-notop").child(&inside), None);
    frame::tell_size(key);
    std::mem::forget(scope);
}

impl Panel {
    /// Says why nothing can be scheduled, in the place of the form.
    pub(super) fn show_blocked(self: &Rc<Self>, blocked: &Blocked) {
        if self.ended.get() {
            return;
        }
        let (words, weight) = match blocked {
            Blocked::NoMailbox => (rich("panel_no_mailbox", &[]), Weight::Info),
            Blocked::OtherMailbox(sender) => (rich("panel_other_mailbox", &[Value::Foreign(sender.clone())]), Weight::Warn),
            Blocked::SignIn(address) => (rich("panel_sign_in", &[Value::Foreign(address.clone())]), Weight::Warn),
            Blocked::Fault(fault) => (rich("panel_fault", &[Value::Own(fault_words(fault))]), Weight::Bad),
        };
        let (label, page) = match blocked {
            Blocked::NoMailbox | Blocked::OtherMailbox(_) => ("panel_connect", Href::Own("options.html#mailboxes")),
            Blocked::SignIn(_) => ("panel_sign_in_again", Href::Own("options.html#mailboxes")),
            Blocked::Fault(_) => ("panel_open_settings", Href::Own("options.html#server")),
        };
        let settings = el(Tag::A).class("ww-btn ww-btn-main").href(&page).in_tab().text(&t(label));
        let panel = Rc::clone(self);
        // The tab that it opened has what comes next.
        let settings = settings.on(&self.scope, "click", move |_| panel.end(PanelEnd::Closed));
        let panel = Rc::clone(self);
        let gmail =
            button("ww-btn", &t("panel_hand_over"))
                .set(Attr::DataAct, "hand-over")
                .on(&self.scope, "click", move |_| panel.end(PanelEnd::HandOver));
        let icon = if weight == Weight::Info { Icon::INFO } else { Icon::FAILED };
        let inside = el(Tag::Div)
            .class("ww-pad ww-stack ww-stack-2 ww-notop")
            .child(&note(weight, icon, words, &[]))
            .child(&el(Tag::P).class("ww-hint").text(&t("panel_hand_over_why")));
        let end = el(Tag::Div).class("ww-panel-end").child(&gmail).child(&settings);
        *self.form.borrow_mut() = None;
        let panel = Rc::clone(self);
        frame::show(&self.scope, move || panel.end(PanelEnd::Closed), &inside, Some(&end));
        settings_focus(&settings);
        frame::tell_size(self.key);
    }
}

fn settings_focus(way_on: &El) {
    // A frame that does not have the focus takes it from nobody.
    if window().document().is_some_and(|document| document.has_focus().unwrap_or(false)) {
        way_on.focus();
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{MailboxKind, Trouble};

    use super::*;

    fn mailbox(address: &str, state: MailboxState) -> Mailbox {
        Mailbox {
            id: Uuid::nil(),
            address: address.to_owned(),
            kind: MailboxKind::Imap,
            state,
            rights: Vec::new(),
            daily_limit: 400,
            sent_today: 0,
            connected_at: 0,
        }
    }

    #[test]
    fn the_senders_address_chooses_the_mailbox() {
        let ok = |address| mailbox(address, MailboxState::Ok);
        let ana = "ana@fjord.example";
        let away = MailboxState::Away { since: 1, trouble: Trouble::Unreachable };
        let gone = MailboxState::SignIn { since: 1, trouble: Trouble::WrongPassword };
        let bo = "bo@fjord.example";
        for (account, sender, mailboxes, expected) in [
            (None, ana, vec![], Err(Blocked::NoMailbox)),
            (None, ana, vec![ok(bo), ok(ana)], Ok(ana)),
            (None, " Ana@Fjord.example ", vec![ok(ana)], Ok(ana)),
            (None, "alias@fjord.example", vec![ok(ana)], Err(Blocked::OtherMailbox("alias@fjord.example".to_owned()))),
            (None, "", vec![ok(ana)], Ok(ana)),
            (None, "", vec![ok(ana), ok(bo)], Err(Blocked::OtherMailbox(String::new()))),
            (None, ana, vec![mailbox(ana, away)], Ok(ana)),
            (None, ana, vec![mailbox(ana, gone)], Err(Blocked::SignIn(ana.to_owned()))),
            (Some(ana), "alias@fjord.example", vec![ok(bo), ok(ana)], Ok(ana)),
            // Bo's address as an alias in Ana's Gmail: the draft lies with Ana.
            (Some(ana), bo, vec![ok(bo)], Err(Blocked::OtherMailbox(ana.to_owned()))),
        ] {
            let chosen = choose(account, sender, mailboxes).map(|mailbox| mailbox.address);
            assert_eq!(chosen, expected.map(str::to_owned), "{account:?} {sender:?}");
        }
    }
}
