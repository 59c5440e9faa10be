//! What frames the screens: the bar with the mark, the tabs, and the bar with a way back.

use std::rc::Rc;

use super::{Popup, Route};
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::text::t;
use crate::pages::widgets::icon_button;

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
    [(Route::List, Href::Own("#"), "tab_mails"), (Route::Stats, Href::Own("#stats"), "tab_stats")].into_iter().fold(
        nav,
        |nav, (route, href, key)| {
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
            nav.child(&tab)
        },
    )
}

/// The bar of a screen one step deeper. Gives the bar and its way back, which takes the focus.
pub(super) fn back_bar(popup: &Rc<Popup>, scope: &Scope, title: &El) -> (El, El) {
    let weak = Rc::downgrade(popup);
    let back = icon_button(Icon::BACK, &t("back")).on(scope, "click", move |_| {
        if let Some(popup) = weak.upgrade() {
            popup.go(Route::List);
        }
    });
    (el(Tag::Header).class("ww-bar ww-bar-back").child(&back).child(title), back)
}
