//! The engine that sends scheduled mails, against mailboxes that do as they are told: lose answers, hang, refuse, or see the
//! backend die in the middle of a call.
//!
//! Each backend of a test has a runtime of its own, so that it can be killed: everything it was doing ends where it was.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say what they passed over and how much they looked at")]

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
mod checks;
mod crashes;
mod following;
mod in_flight;
mod large;
mod late;
mod limits;
mod lost;
mod node;
mod reminding;
mod repeats;
mod server;
mod states;
mod storm;
mod zones;
