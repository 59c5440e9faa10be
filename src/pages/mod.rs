//! The pages a person opens: the popup and the options page.
//!
//! What must hold:
//! - Pages ask the service worker ([`crate::chrome::runtime::ask`]) and show what it answers; they never speak to the backend.
//! - Every foreign text (subject, name, address, link, agent, server) reaches the page as a text node or as the value of an
//!   attribute on an allow-list ([`dom`]). Nothing here parses markup, but for the icons and the chart, which are ours.
//! - No words for people stand here: they come from `_locales` through [`text`]. What can be decided without a browser
//!   stands in [`say`] and is tested natively.
//! - Only what is known is said. A load is called a load, and that machines load pictures too stands beside it.

pub(crate) mod dom;
mod options;
mod panel;
mod popup;
pub(crate) mod say;
pub(crate) mod text;
mod widgets;

use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use waxwing_protocol::page::FromWorker;

use crate::chrome::runtime::WorkerListener;

/// Starts the popup. Called once by `popup.js`.
#[wasm_bindgen]
pub fn popup_main() {
    dom::prepare();
    popup::start();
}

/// Starts the options page. Called once by `options.js`.
#[wasm_bindgen]
pub fn options_main() {
    dom::prepare();
    options::start();
}

/// Starts the panel over Gmail. Called once by `panel.js`.
#[wasm_bindgen]
pub fn panel_main() {
    dom::prepare();
    panel::start();
}

/// Hears the worker as long as what it gives lives and the page is there. `None` where the browser refuses: the page then
/// shows what was when it opened, which is still worth showing.
fn hear_worker<P: 'static>(page: &Rc<P>, heard: impl Fn(&Rc<P>, &FromWorker) + 'static) -> Option<WorkerListener> {
    let weak = Rc::downgrade(page);
    WorkerListener::new(move |news| {
        if let Some(page) = weak.upgrade() {
            heard(&page, &news);
        }
    })
    .ok()
}

/// What the clock says, in milliseconds. The pages are a shell: everything below is handed the instant.
pub(crate) fn now() -> waxwing_protocol::Millis {
    #[expect(
        clippy::disallowed_methods,
        reason = "a page is an outermost shell; all decisions take the instant as a parameter"
    )]
    let now = js_sys::Date::now();
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far inside of i64")]
    let now = now as waxwing_protocol::Millis;
    now
}
