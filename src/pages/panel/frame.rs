//! What is around everything in the panel: its heading, the way out, and how much room it needs.

use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::LaterToWorker;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, body, document, el, focused, window};
use crate::pages::text::t;
use crate::pages::widgets::icon_button;

/// Puts the panel into the page, in the place of what was there: its title, inside, foot. `end` is called by Escape and the cross.
pub(super) fn show(scope: &Scope, title: &str, end: impl Fn() + Clone + 'static, inside: &El, foot: Option<&El>) -> El {
    if let Some(old) = body().find(Attr::Id, "panel") {
        old.remove();
    }
    let close = end.clone();
    let top = el(Tag::Div)
        .class("ww-panel-top")
        .child(&el(Tag::H2).set(Attr::Id, "title").text(title))
        .child(&icon_button(Icon::CLOSE, &t("panel_close")).on(scope, "click", move |_| close()));
    let mut panel = el(Tag::Form)
        .class("ww-panel")
        .set(Attr::Id, "panel")
        .set(Attr::Role, "dialog")
        .set(Attr::AriaLabelledby, "title")
        .flag(crate::pages::dom::Flag::NoValidate, true)
        .child(&top)
        .child(inside);
    if let Some(foot) = foot {
        panel = panel.child(foot);
    }
    let panel = panel.on(scope, "keydown", move |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
        match key.key().as_str() {
            "Escape" if !key.is_composing() => {
                event.prevent_default();
                end();
            }
            "Tab" => turn(key),
            _ => {}
        }
    });
    body().add(panel.as_ref());
    panel
}

/// Tab goes round: behind the last comes the first.
fn turn(key: &KeyboardEvent) {
    let Some(stops) = stops() else { return };
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else { return };
    let (from, to) = if key.shift_key() { (first, last) } else { (last, first) };
    if focused().as_ref() == Some(from) {
        key.prevent_default();
        // What cannot take the focus leaves it where it is.
        let _ = to.focus();
    }
}

/// Where Tab stops, in its order.
fn stops() -> Option<Vec<HtmlElement>> {
    let found = document().query_selector_all("#panel :is(a[href], button, input, select, summary)").ok()?;
    let all = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
    Some(all.filter(|stop| stop.tab_index() >= 0 && stop.get_client_rects().length() > 0).collect())
}

/// Tells how high the panel wants to be: all of it, without its middle scrolling.
pub(super) fn tell_size(key: Uuid) {
    let Some(panel) = document().get_element_by_id("panel") else { return };
    let hidden =
        panel.query_selector(".ww-stack").ok().flatten().map_or(0, |middle| middle.scroll_height() - middle.client_height());
    let height = u32::try_from(panel.scroll_height() + hidden).unwrap_or(0);
    if height > 0 && window().inner_height().is_ok() {
        spawn_local(async move { drop(ask_later(&LaterToWorker::PanelSize { key, height }).await) });
    }
}
