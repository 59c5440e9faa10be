//! What frames the screens: the bar with the mark, the tabs, and the bar with a way back.

use std::rc::Rc;

use super::{Popup, Route};
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::text::{number, t};
use crate::pages::widgets::icon_button;
use waxwing_protocol::page::Status;

/// The bar of the main screens.
pub(super) fn bar(popup: &Popup) -> El {
    let account = popup.status().and_then(|status| status.connected.as_ref().map(|connected| connected.account_name.clone()));
    let options = t("options");
    el(Tag::Header)
        .class("ww-bar")
        .child(&icon_with(Icon::SEAL, "ww-i-logo"))
        .child(&el(Tag::H1).class("ww-b ww-bar-name").text(&t("app_name")))
        .child(&el(Tag::Span).class("ww-xs ww-3 ww-cut grow").foreign(&account.unwrap_or_default()))
        .child(
            &el(Tag::A)
                .class("ww-icon")
                .href(&Href::Own("options.html"))
                .in_tab()
                .set(Attr::AriaLabel, &options)
                .set(Attr::Title, &options)
                .child(&icon(Icon::GEAR)),
        )
}

/// The tabs of the main screens.
pub(super) fn tabs(popup: &Rc<Popup>, scope: &Scope, current: Route) -> El {
    let nav = el(Tag::Nav).class("ww-tabs").set(Attr::AriaLabel, &t("views"));
    let all = [
        (Route::List, Href::Own("#"), "tab_mails"),
        (Route::Waiting, Href::Own("#waiting"), "tab_waiting"),
        (Route::Scheduled, Href::Own("#scheduled"), "tab_scheduled"),
        (Route::Stats, Href::Own("#stats"), "tab_stats"),
    ];
    let nav = all.into_iter().fold(nav, |nav, (route, href, key)| {
        let weak = Rc::downgrade(popup);
        let tab = el(Tag::A).href(&href).text(&t(key)).on(scope, "click", move |event| {
            event.prevent_default();
            if let Some(popup) = weak.upgrade() {
                popup.go(route);
            }
        });
        if route == current {
            tab.put(Attr::AriaCurrent, "page");
        }
        match counted(route) {
            Some(name) => nav.child(&tab.child(&el(Tag::Span).class("ww-count").set(Attr::DataCount, name))),
            None => nav.child(&tab),
        }
    });
    if let Some(status) = popup.status() {
        count_tabs(&nav, &status);
    }
    nav
}

/// What a tab counts.
const fn counted(route: Route) -> Option<&'static str> {
    match route {
        Route::Waiting => Some("waiting"),
        Route::Scheduled => Some("scheduled"),
        _ => None,
    }
}

/// Writes behind the names of the tabs how many mails they have.
pub(super) fn count_tabs(within: &El, status: &Status) {
    for count in within.all(Attr::DataCount) {
        let all = match count.get(Attr::DataCount).as_deref() {
            Some("waiting") => status.back.saturating_add(status.unanswered),
            _ => status.needs.saturating_add(status.scheduled),
        };
        count.fill_text(&if all > 0 { number(all) } else { String::new() });
    }
}

/// The bar of a screen one step deeper; `to` is where it leads back. Gives the bar and its way back, which takes the focus.
pub(super) fn back_bar(popup: &Rc<Popup>, scope: &Scope, title: &El, to: Route) -> (El, El) {
    let weak = Rc::downgrade(popup);
    let name = t(if to == Route::History || to == Route::Scheduled { "sched_back" } else { "back" });
    let back = icon_button(Icon::BACK, &name).on(scope, "click", move |_| {
        if let Some(popup) = weak.upgrade() {
            popup.go(to);
        }
    });
    (el(Tag::Header).class("ww-bar ww-bar-back").child(&back).child(title), back)
}
