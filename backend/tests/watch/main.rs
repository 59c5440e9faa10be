//! Watching mailboxes for answers, against a mailbox in memory that does as it is told: files late, loses its history, wakes, is in
//! trouble.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say how much they looked at")]

#[path = "../common/backend.rs"]
mod backend;
#[path = "../common/clock.rs"]
mod clock;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/fakes.rs"]
mod fakes;
#[path = "../common/inbox.rs"]
mod inbox;
#[path = "../common/numbers.rs"]
mod numbers;
#[path = "../common/settings.rs"]
mod settings;
#[path = "../common/times.rs"]
mod times;

mod answers;
mod kill_nine;
mod mailboxes;
mod messages;
mod notices;
mod postbox;
mod resuming;
mod world;
