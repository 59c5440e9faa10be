//! What we add to a compose. One file a control.
//!
//! What must hold: each lives in a shadow root, so that no style of ours touches Gmail and none of Gmail's touches it; what
//! it put into the page goes when its value is dropped; all its words come from `_locales`.

mod host;
mod icons;
mod later;
mod press;
mod tip;
mod tracking;
mod words;

pub(super) use host::{STYLE, is_dark_around};
pub(super) use icons::Icon;
pub(super) use later::Chosen;
pub(super) use tip::{Tip, Words};
pub use tracking::{Control, View};
