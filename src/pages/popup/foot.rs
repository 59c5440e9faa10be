//! The foot of the popup: how the connection is, what waits, and the default or what the screen puts in its place.

use std::rc::Weak;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Link, Status, ToWorker};

use super::{Popup, Route};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::now;
use crate::pages::say::host_of;
use crate::pages::text::{Value, count, rich, short_moment, t};
use crate::pages::widgets::{button, policy_name};

/// The foot.
pub(super) struct Foot {
    line: El,
    sign: El,
    says: El,
    try_now: El,
    default: El,
    /// What the screen puts here in the place of the default.
    slot: El,
}

impl Foot {
    /// A foot that says what the extension may read, which is all that holds before anything is paired.
    pub(super) fn new(scope: &Scope, popup: &Weak<Popup>) -> Self {
        let weak = popup.clone();
        let try_now = button("ww-link", &t("try_now")).on(scope, "click", move |_| {
            let weak = weak.clone();
            spawn_local(async move {
                let done = ask(&ToWorker::Flush).await;
                if let Some(popup) = weak.upgrade() {
                    match done {
                        Ok(_) => popup.ask_status(),
                        Err(fault) => popup.complain(&fault),
                    }
                }
            });
        });
        let weak = popup.clone();
        let default = button("ww-link", "").on(scope, "click", move |_| {
            if let Some(popup) = weak.upgrade() {
                popup.go(Route::Default);
            }
        });
        let (sign, says, slot) = (el(Tag::Span), el(Tag::Span).class("ww-cut"), el(Tag::Span).class("ww-slot"));
        let line = el(Tag::Div)
            .class("ww-foot")
            .set(Attr::Role, "contentinfo")
            .child(&sign)
            .child(&says)
            .child(&try_now)
            .child(&default)
            .child(&slot);
        let foot = Self { line, sign, says, try_now, default, slot };
        foot.slot.show(false);
        foot.only_words();
        foot
    }

    /// The foot's element.
    pub(super) fn element(&self) -> &El {
        &self.line
    }

    /// Puts a screen's own control here, in the place of the default, or takes it away.
    pub(super) fn put(&self, control: Option<&El>) {
        self.slot.fill(control);
        self.slot.show(control.is_some());
        self.default.show(control.is_none() && self.has_default());
    }

    /// True once a default was chosen: the link says which.
    fn has_default(&self) -> bool {
        self.default.node().first_child().is_some()
    }

    /// Shows a status; before the browser is paired and the default chosen it says what the extension may read.
    pub(super) fn show(&self, status: &Status, inside: bool) {
        let Some(connected) = status.connected.as_ref().filter(|_| inside) else {
            self.only_words();
            return;
        };
        let now = now();
        let host = Value::Foreign(host_of(&connected.server).to_owned());
        let (class, sign, mut words) = match &status.link {
            None => ("", Icon::LINK, rich("foot_unasked", &[host])),
            Some(Link::Up { at }) => ("t-ok", Icon::CHECK, rich("foot_up", &[Value::Own(short_moment(*at, now)), host])),
            Some(Link::Down { since, .. }) => {
                ("t-warn", Icon::NOLINK, rich("foot_down", &[Value::Own(short_moment(*since, now))]))
            }
            Some(Link::Revoked { .. }) => ("t-bad", Icon::LAPTOP, rich("foot_revoked", &[])),
        };
        let down = matches!(status.link, Some(Link::Down { .. }));
        let revoked = matches!(status.link, Some(Link::Revoked { .. }));
        // When the backend is away the notice above the list says what waits.
        if status.waiting > 0 && !down && !revoked {
            let waiting = el(Tag::Span).class("ww-b").text(&count("foot_waiting", status.waiting, &[]));
            words.insert(0, waiting.text(" · ").node().clone().into());
        }
        self.sign.node().set_class_name(class);
        self.sign.fill([icon(sign)]);
        self.says.fill(words);
        self.try_now.show((down || status.waiting > 0) && !revoked);
        if let Some(policy) = status.policy {
            self.default.fill_text(&policy_name(policy));
        }
        self.default.show(status.policy.is_some() && !self.slot.has_shown_child());
    }

    fn only_words(&self) {
        self.sign.node().set_class_name("");
        self.sign.fill([icon(Icon::LOCK)]);
        self.says.fill_text(&t("foot_may_read"));
        self.try_now.show(false);
        self.default.clear();
        self.default.show(false);
    }
}
