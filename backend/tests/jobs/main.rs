//! The engine that sends scheduled mails, against mailboxes that do as they are told: lose answers, hang, refuse, or see the
//! backend die in the middle of a call.
//!
//! Each backend of a test has a runtime of its own, so that it can be killed: everything it was doing ends where it was.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say what they passed over and how much they looked at")]

mod actions;
mod checks;
mod crashes;
mod following;
mod in_flight;
mod large;
mod late;
mod limits;
mod lost;
mod node;
mod repeats;
mod server;
mod states;
mod storm;
mod zones;
