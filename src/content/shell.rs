//! The clock, randomness and timers of a tab: the only place where the content script gets them.

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use waxwing_protocol::Millis;

/// Now.
#[expect(clippy::disallowed_methods, reason = "the shell of the content script: everything below is given the time")]
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this age fit with room for 285,000 years")]
pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// A new id, from the browser's `crypto.getRandomValues`.
#[expect(clippy::disallowed_methods, reason = "the shell of the content script: everything below is given its ids")]
pub fn new_id() -> Uuid {
    Uuid::new_v4()
}

/// Runs something in so many milliseconds.
pub fn later(milliseconds: u32, run: impl FnOnce() + 'static) {
    Timeout::new(milliseconds, run).forget();
}
