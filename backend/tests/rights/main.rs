//! What people may ask of their data: nothing is kept longer than it was said, everything is written down, and what is erased is gone
//! from the database and from the files beside it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]

#[path = "../common/database.rs"]
mod database;

mod columns;
mod erase;
mod export;
mod fill;
mod purge;
mod recipients;
