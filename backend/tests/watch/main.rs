//! Watching mailboxes for answers, against a mailbox in memory that does as it is told: files late, loses its history, wakes, is in
//! trouble.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod answers;
mod mailboxes;
mod messages;
mod notices;
mod postbox;
mod resuming;
mod world;
