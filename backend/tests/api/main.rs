//! The backend as its clients see it: the real router on a real port, with a clock that the test moves.
//!
//! One binary; the files follow the paths of the API.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say what they passed over and how much they looked at")]

mod account;
mod account_page;
mod account_rights;
mod again;
mod backup;
mod cli;
mod cli_people;
mod click;
mod consent;
mod contacts;
mod corrections;
mod cors;
#[path = "../common/database.rs"]
mod database;
mod devices;
mod doctor;
mod drift;
mod epochs;
mod events;
mod faults;
mod gmail;
#[path = "../common/inbox.rs"]
mod inbox;
mod isolation;
mod issuer;
mod keys;
mod kill_nine;
mod lane;
mod log;
mod logs;
mod mailboxes;
mod messages;
mod metrics;
mod migrate;
mod mute;
mod openapi;
mod own_views;
mod pair;
mod payloads;
mod pixel;
mod places;
mod providers;
mod reminders;
mod requests;
mod rescoring;
mod rights;
mod scheduled;
mod set_aside;
mod settling;
mod shorten;
#[cfg(target_os = "linux")]
mod slow;
mod stats;
mod stopping;
mod store;
mod support;
mod threads;
mod trust;
mod upgrade;
mod verdicts;
mod visitors;
