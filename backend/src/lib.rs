//! Waxwing's backend: pixels and links, the API for the extension, and the command line to run it.
//!
//! ```text
//! main ─ cli/ ─ app ─┬─ http/   one endpoint a file
//!                    ├─ hits/   admit → journal → roll-up
//!                    ├─ news    wakes event streams
//!                    └─ store/  SQL
//! ```
//!
//! What must hold:
//! - A hit that was answered and counts is on disk.
//! - No redirect without our signature; no data without the owner's token; no secret in a log, a URL or an error.
//! - Time and randomness come in through [`clock::Clock`] and [`entropy::Entropy`].

pub mod account_id;
pub mod accounts;
pub mod app;
pub mod backup;
pub mod cli;

pub mod clock;
pub mod config;
pub mod consent;
pub mod due;
pub mod entropy;
pub mod files;
pub mod guard;
pub mod hits;
pub mod housekeeping;
pub mod http;
pub mod incoming;
pub mod jobs;
pub mod keys;
pub mod lines;
pub mod lists;
pub mod log;
pub mod mailbox;
pub mod metrics;
pub mod news;
pub mod nodes;
pub mod outgoing;
pub mod pairing;
pub mod reminders;
pub mod retention;
pub mod rights;
pub mod rotation;
pub mod seal;
pub mod secret_file;
pub mod store;
pub mod watch;
pub mod zones;
