//! The first choice of the default. Until it is made nothing is tracked, and the screen says so.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Policy, ToWorker};

use super::{Popup, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, Flag, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::text::t;
use crate::pages::widgets::{LineSwitch, choices, fault_words};

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let chosen: Rc<Cell<Option<Policy>>> = Rc::default();
    let error = el(Tag::P).class("ww-err").set(Attr::Role, "alert").flag(Flag::Hidden, true);
    let confirm =
        el(Tag::Button).set(Attr::Type, "submit").class("ww-btn ww-btn-main ww-btn-wide ww-btn-big").text(&t("first_confirm"));
    confirm.put(Attr::AriaDisabled, "true");

    let (kept, ready) = (Rc::clone(&chosen), confirm.clone());
    let (fieldset, focus) = choices(&scope, true, None, move |policy| {
        kept.set(Some(policy));
        ready.drop_attr(Attr::AriaDisabled);
    });
    let line = LineSwitch::new();
    let (weak, told, switch) = (Rc::downgrade(popup), error.clone(), line.clone());
    let form = el(Tag::Form)
        .class("ww-stack ww-stack-4")
        .flag(Flag::NoValidate, true)
        .child(&fieldset)
        .child(&line.root)
        .child(&el(Tag::P).class("ww-hint").text(&t("policy_law")))
        .child(&error)
        .child(&confirm)
        .on(&scope, "submit", move |event| {
            event.prevent_default();
            let say = |words: &str| {
                told.fill([el(Tag::Span).child(&icon(Icon::FAILED)), el(Tag::Span).text(words)]);
                told.show(true);
            };
            let Some(policy) = chosen.get() else {
                say(&t("first_choose"));
                return;
            };
            told.show(false);
            let (weak, told, line) = (weak.clone(), told.clone(), Some(switch.choice()));
            spawn_local(async move {
                let done = ask(&ToWorker::SetPolicy { policy, line }).await;
                let Some(popup) = weak.upgrade() else { return };
                if let Err(fault) = done {
                    told.fill([el(Tag::Span).child(&icon(Icon::FAILED)), el(Tag::Span).text(&fault_words(&fault))]);
                    told.show(true);
                }
                popup.ask_status();
            });
        });
    let root = el(Tag::Div)
        .class("screen")
        .child(
            &el(Tag::Header)
                .class("ww-pad ww-hello")
                .child(&icon_with(Icon::SEAL, "ww-i-hello"))
                .child(&el(Tag::H1).text(&t("first_title")))
                .child(&el(Tag::P).class("ww-s ww-2").text(&t("first_says"))),
        )
        .child(&el(Tag::Main).class("ww-pad").child(&form));
    Screen { root, focus: Some(focus), scope, hear: None }
}
