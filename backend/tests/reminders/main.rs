//! Reminders, against a mailbox that does as it is told: loses answers, is away, or sees the backend die in the middle of a call.
//!
//! Each backend of a test has a runtime of its own, so that it can be killed: everything it was doing ends where it was.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say how much they looked at")]

#[path = "../common/backend.rs"]
mod backend;
#[path = "../common/clock.rs"]
mod clock;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/death.rs"]
mod death;
#[path = "../common/entropy.rs"]
mod entropy;
#[path = "../common/fakes.rs"]
mod fakes;
#[path = "../common/inbox.rs"]
mod inbox;
#[path = "../common/numbers.rs"]
mod numbers;
#[path = "../common/storm.rs"]
mod random;
#[path = "../common/settings.rs"]
mod settings;
#[path = "../common/times.rs"]
mod times;
#[path = "../common/world.rs"]
mod world;

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
