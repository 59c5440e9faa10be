//! What a panel says when nothing can be scheduled, or no reminder be had, and the ways on.

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
    frame::show(
        &scope,
        &t("panel_title"),
        end,
        &el(Tag::Div).class("ww-pad ww-stack ww-stack-2 ww-notop").child(&inside),
        None,
    );
    frame::tell_size(key);
    std::mem::forget(scope);
}

impl Panel {
    /// Says why nothing can be scheduled, in the place of the form.
    pub(super) fn show_blocked(self: &Rc<Self>, blocked: &Blocked) {
        if self.ended.get() {
            return;
        }
        let panel = Rc::clone(self);
        let gmail =
            button("ww-btn", &t("panel_hand_over"))
                .set(Attr::DataAct, "hand-over")
                .on(&self.scope, "click", move |_| panel.end(PanelEnd::HandOver));
        let hint = el(Tag::P).class("ww-hint").text(&t("panel_hand_over_why"));
        *self.form.borrow_mut() = None;
        let panel = Rc::clone(self);
        blocked.show(&self.scope, &SENDING, Some((gmail, hint)), move || panel.end(PanelEnd::Closed));
        self.tell_size();
    }
}

/// The words of one of the two panels: keys of its title, and of what is said when there is no mailbox, another one, or one to sign in to.
pub(super) struct Said {
    title: &'static str,
    none: &'static str,
    other: &'static str,
    sign_in: &'static str,
}

/// Of "Send later".
const SENDING: Said =
    Said { title: "panel_title", none: "panel_no_mailbox", other: "panel_other_mailbox", sign_in: "panel_sign_in" };
/// Of "Remind me".
pub(super) const REMINDING: Said =
    Said { title: "compose_remind", none: "remind_no_mailbox", other: "remind_other_mailbox", sign_in: "remind_sign_in" };

impl Blocked {
    /// Says why, with the way on. `instead`: another way, and what it is. `end`: Escape, the cross, and once the way on was taken.
    pub(super) fn show(&self, scope: &Scope, said: &Said, instead: Option<(El, El)>, end: impl Fn() + Clone + 'static) {
        let (words, weight) = match self {
            Self::NoMailbox => (rich(said.none, &[]), Weight::Info),
            Self::OtherMailbox(sender) => (rich(said.other, &[Value::Foreign(sender.clone())]), Weight::Warn),
            Self::SignIn(address) => (rich(said.sign_in, &[Value::Foreign(address.clone())]), Weight::Warn),
            Self::Fault(fault) => (rich("panel_fault", &[Value::Own(fault_words(fault))]), Weight::Bad),
        };
        let (label, page) = match self {
            Self::NoMailbox | Self::OtherMailbox(_) => ("panel_connect", Href::Own("options.html#mailboxes")),
            Self::SignIn(_) => ("panel_sign_in_again", Href::Own("options.html#mailboxes")),
            Self::Fault(_) => ("panel_open_settings", Href::Own("options.html#server")),
        };
        let settings = el(Tag::A).class("ww-btn ww-btn-main").href(&page).in_tab().text(&t(label));
        let over = end.clone();
        // The tab that it opened has what comes next.
        let settings = settings.on(scope, "click", move |_| over());
        let icon = if weight == Weight::Info { Icon::INFO } else { Icon::FAILED };
        let mut inside = el(Tag::Div).class("ww-pad ww-stack ww-stack-2 ww-notop").child(&note(weight, icon, words, &[]));
        let mut foot = el(Tag::Div).class("ww-panel-end");
        match instead {
            Some((way, hint)) => {
                inside = inside.child(&hint);
                foot = foot.child(&way);
            }
            None => foot = foot.child(&el(Tag::Span)),
        }
        frame::show(scope, &t(said.title), end, &inside, Some(&foot.child(&settings)));
        settings_focus(&settings);
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
            servers: None,
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
