//! The paired browsers.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Device;
use waxwing_protocol::page::{Answer, Fault, ToWorker};

use super::Options;
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Tag, el, icon_with};
use crate::pages::now;
use crate::pages::text::{Value, day, moment, rich, t, t_with};
use crate::pages::widgets::{button, fault_words, ghosts};

/// Shows the devices, or that there is no server to ask.
pub(super) fn show(page: &Rc<Options>, into: &El, connected: bool) {
    if !connected {
        into.fill([el(Tag::P).class("ww-s ww-2").text(&t("devices_none"))]);
        return;
    }
    let (page, into) = (Rc::clone(page), into.clone());
    if into.node().child_element_count() == 0 {
        into.fill([ghosts(1)]);
    }
    spawn_local(async move {
        match ask(&ToWorker::Devices).await {
            Ok(Answer::Devices { devices }) => {
                into.fill([el(Tag::P).class("ww-s ww-2").text(&t("devices_say")), list(&page, &devices)]);
            }
            Ok(_) => fail(&into, &Fault::Internal { detail: "devices".to_owned() }),
            Err(fault) => fail(&into, &fault),
        }
    });
}

fn fail(into: &El, fault: &Fault) {
    into.fill([el(Tag::P).class("ww-s ww-2").set(Attr::Role, "status").text(&fault_words(fault))]);
}

fn list(page: &Rc<Options>, devices: &[Device]) -> El {
    let now = now();
    el(Tag::Ul).class("card-list").children(devices.iter().map(|device| item(page, device, now)))
}

fn item(page: &Rc<Options>, device: &Device, now: Millis) -> El {
    let paired = t_with("device_paired", &[&day(device.paired_at, now)]);
    let words = match (device.current, device.seen_at) {
        (true, _) => t_with("device_this", &[&paired]),
        (false, Some(seen)) => t_with("device_seen", &[&moment(seen, now), &paired]),
        (false, None) => paired,
    };
    let item = el(Tag::Li).child(&icon_with(Icon::LAPTOP, "")).child(
        &el(Tag::Div)
            .child(&el(Tag::B).class("ww-b ww-any").foreign(&device.name))
            .child(&el(Tag::P).class("ww-s ww-2").text(&words)),
    );
    if device.current {
        return item.child(&el(Tag::Span));
    }
    let (weak, row, id, name) = (Rc::downgrade(page), item.clone(), device.id, device.name.clone());
    let revoke = button("ww-btn", &t("revoke")).set(Attr::AriaLabel, &t_with("revoke_name", &[&device.name])).on(
        &page.scope,
        "click",
        move |_| {
            let Some(page) = weak.upgrade() else { return };
            row.show(false);
            let (committed, undone) = (weak.clone(), row.clone());
            page.toast.offer(
                rich("revoked", &[Value::Foreign(name.clone())]),
                move || {
                    spawn_local(async move {
                        let done = ask(&ToWorker::RevokeDevice { id }).await;
                        let Some(page) = committed.upgrade() else { return };
                        if let Err(fault) = done {
                            page.complain(&fault);
                        }
                        page.refresh();
                    });
                },
                move || undone.show(true),
            );
        },
    );
    item.child(&revoke)
}
