//! The server: where it is, how the connection is, and the way out.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{Connected, Fault, Link, Status, ToWorker};

use super::Options;
use crate::chrome::runtime::ask;
use crate::pages::dom::{El, Href, Icon, Tag, el, icon, icon_with};
use crate::pages::now;
use crate::pages::say::{host_of, only_here};
use crate::pages::text::{Value, moment, rich, t, t_with};
use crate::pages::widgets::{Weight, button, fault_words, note};

/// The section for a status.
pub(super) fn section(page: &Rc<Options>, status: &Status) -> Vec<El> {
    let Some(connected) = &status.connected else { return vec![none()] };
    let mut parts = vec![card(page, connected, status)];
    if only_here(&connected.tracking_url) {
        let warning = note(Weight::Warn, Icon::INFO, rich("connect_only_here", &[]), &[]);
        warning.toggle("ww-note-box", true);
        parts.push(warning);
    }
    parts
}

/// What stands here without a server.
fn none() -> El {
    let connect = el(Tag::A).class("ww-btn ww-btn-main").href(&Href::Own("popup.html")).text(&t("connect_title"));
    el(Tag::Div).class("ww-card box").child(&el(Tag::P).text(&t("server_none"))).child(&connect)
}

fn card(page: &Rc<Options>, connected: &Connected, status: &Status) -> El {
    let now = now();
    let (class, sign, words) = match &status.link {
        None => ("", Icon::LINK, t("server_unasked")),
        Some(Link::Up { at }) => ("t-ok", Icon::CHECK, t_with("server_up", &[&moment(*at, now)])),
        Some(Link::Down { since, fault }) => {
            let since = t_with("foot_down", &[&moment(*since, now)]);
            ("t-warn", Icon::NOLINK, format!("{since}. {}", fault_words(fault)))
        }
        Some(Link::Revoked { .. }) => ("t-bad", Icon::LAPTOP, t("fault_revoked")),
    };
    let revoked = matches!(status.link, Some(Link::Revoked { .. }));
    let action = if revoked {
        el(Tag::A).class("ww-btn ww-btn-main").href(&Href::Own("popup.html")).text(&t("pair_again"))
    } else {
        disconnect(page, connected)
    };
    let head = el(Tag::Div)
        .class("box-top")
        .child(&el(Tag::Span).class(class).child(&icon_with(sign, "ww-i-lg")))
        .child(
            &el(Tag::Div)
                .child(&el(Tag::P).class("ww-b ww-any").foreign(host_of(&connected.server)))
                .child(&el(Tag::P).class("ww-s ww-2").text(&words)),
        )
        .child(&action);
    let facts = el(Tag::Dl)
        .class("ww-kv")
        .child(&el(Tag::Dt).text(&t("server_address")))
        .child(&el(Tag::Dd).foreign(&connected.server))
        .child(&el(Tag::Dt).text(&t("server_tracking")))
        .child(&el(Tag::Dd).foreign(&connected.tracking_url))
        .child(&el(Tag::Dt).text(&t("server_account")))
        .child(&el(Tag::Dd).foreign(&connected.account_name));
    let own = if status.own_pixels_blocked {
        (Icon::CHECK, "t-ok", "own_blocked")
    } else {
        (Icon::INFO, "t-warn", "own_not_blocked")
    };
    let own = el(Tag::P)
        .class("ww-s ww-2 ww-sign")
        .child(&el(Tag::Span).class(own.1).child(&icon(own.0)))
        .child(&el(Tag::Span).text(&t(own.2)));
    let account = el(Tag::A).class("ww-s").href(&Href::Account(connected.server.clone())).text(&t("server_account_page"));
    el(Tag::Div).class("ww-card box").child(&head).child(&facts).child(&own).child(&account)
}

fn disconnect(page: &Rc<Options>, connected: &Connected) -> El {
    let (weak, host) = (Rc::downgrade(page), host_of(&connected.server).to_owned());
    button("ww-btn ww-btn-danger", &t("disconnect")).on(&page.scope, "click", move |_| {
        let Some(page) = weak.upgrade() else { return };
        // As it will be; taking it back shows again what is.
        page.server.fill([none()]);
        let (committed, undone, host_again) = (weak.clone(), weak.clone(), host.clone());
        page.toast.offer(
            rich("disconnected", &[Value::Foreign(host.clone())]),
            move || {
                spawn_local(async move {
                    let done = ask(&ToWorker::Disconnect { anyway: false }).await;
                    let Some(page) = committed.upgrade() else { return };
                    match done {
                        Err(fault) => page.server.fill([untold(&page, &host_again, &fault)]),
                        Ok(_) => page.refresh(),
                    }
                });
            },
            move || {
                if let Some(page) = undone.upgrade() {
                    page.refresh();
                }
            },
        );
    })
}

/// The server could not be told: this browser would still be one of its devices.
fn untold(page: &Rc<Options>, host: &str, fault: &Fault) -> El {
    let (leave, stay) = (Rc::downgrade(page), Rc::downgrade(page));
    let leave = button("ww-btn ww-btn-danger", &t("disconnect_anyway")).on(&page.scope, "click", move |_| {
        let page = leave.clone();
        spawn_local(async move {
            let done = ask(&ToWorker::Disconnect { anyway: true }).await;
            let Some(page) = page.upgrade() else { return };
            if let Err(fault) = done {
                page.complain(&fault);
            }
            page.refresh();
        });
    });
    let stay = button("ww-btn", &t("disconnect_stay")).on(&page.scope, "click", move |_| {
        if let Some(page) = stay.upgrade() {
            page.refresh();
        }
    });
    let why = el(Tag::P).class("ww-s ww-2").text(&fault_words(fault));
    let words = rich("disconnect_untold", &[Value::Foreign(host.to_owned())]);
    let warning = note(Weight::Warn, Icon::NOLINK, words, &[leave, stay]);
    el(Tag::Div).class("ww-card box").child(&warning).child(&why)
}
