//! Reminders, against a mailbox that does as it is told: loses answers, is away, or sees the backend die in the middle of a call.
//!
//! Each backend of a test has a runtime of its own, so that it can be killed: everything it was doing ends where it was.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say how much they looked at")]

mod actions;
mod answered;
mod away;
mod coming;
mod crashes;
mod defaults;
mod leaving;
mod node;
mod putting;
mod server;
mod storm;
mod trouble;
