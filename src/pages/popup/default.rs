//! The default, one step behind the foot: a choice counts at once.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Policy, ToWorker};

use super::frame::back_bar;
use super::{Popup, Route, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, Icon, Scope, Tag, el, icon};
use crate::pages::text::t;
use crate::pages::widgets::choices;

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let (bar, back) = back_bar(popup, &scope, &el(Tag::H1).class("ww-cut").text(&t("policy_short_title")), Route::List);
    let saved = el(Tag::P).class("ww-s ww-2 ww-saved").set(Attr::Role, "status");
    let weak = Rc::downgrade(popup);
    let told = saved.clone();
    let choose = move |policy: Policy| {
        let (weak, told) = (weak.clone(), told.clone());
        spawn_local(async move {
            let done = ask(&ToWorker::SetPolicy { policy, line: None }).await;
            let Some(popup) = weak.upgrade() else { return };
            match done {
                Ok(_) => {
                    told.clear();
                    told.add(&el(Tag::Span).class("t-ok").child(&icon(Icon::CHECK)).node().clone().into());
                    told.add(el(Tag::Span).text(&t("policy_saved")).as_ref());
                }
                Err(fault) => popup.complain(&fault),
            }
            popup.ask_status();
        });
    };
    let current = popup.status().and_then(|status| status.policy);
    let root = el(Tag::Div).class("screen").child(&bar).child(
        &el(Tag::Main)
            .class("ww-pad ww-stack")
            .child(&choices(&scope, false, current, choose).0)
            .child(&saved)
            .child(&el(Tag::P).class("ww-hint").text(&t("policy_law"))),
    );
    Screen { root, focus: Some(back), scope, hear: None }
}
