//! The only place that knows Gmail: how its page is built and what its client and its server tell each other.
//!
//! What must hold:
//! - Nothing outside of this room names a class, an attribute or an index of Gmail's.
//! - Gmail is read, not steered: nothing here types or sends. [`leave`] alone presses what the user would press next, when
//!   they asked for it: "Save & close", and Gmail's own "Schedule send".
//! - `name=`, `role`, `data-*`, `selector=` and `jslog` come first, classes last; whatever matters is found in two ways, and
//!   where they disagree [`health`] says so. Words that Gmail shows are never compared: they are in the user's language.

#[cfg(feature = "extension")]
pub mod places;
pub mod thread;
pub mod wire;

#[cfg(feature = "content")]
pub mod account;
#[cfg(feature = "content")]
pub mod compose;
#[cfg(feature = "content")]
pub mod conversation;
#[cfg(feature = "content")]
pub mod dialogs;
#[cfg(feature = "content")]
pub mod dom_tree;
#[cfg(feature = "content")]
pub mod health;
#[cfg(feature = "content")]
pub mod leave;
#[cfg(feature = "content")]
pub mod recipients;
#[cfg(feature = "content")]
pub mod rows;
#[cfg(feature = "content")]
pub mod selectors;
#[cfg(feature = "content")]
pub mod snackbar;
