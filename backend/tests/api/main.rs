//! The backend as its clients see it: the real router on a real port, with a clock that the test moves.
//!
//! One binary; the files follow the paths of the API.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say what they passed over and how much they looked at")]

mod account;
mod again;
mod cli;
mod click;
mod contacts;
mod corrections;
mod cors;
mod devices;
mod doctor;
mod drift;
mod epochs;
mod events;
mod faults;
mod gmail;
mod kill_nine;
mod logs;
mod mailboxes;
mod messages;
mod mute;
mod openapi;
mod own_views;
mod pair;
mod payloads;
mod pixel;
mod places;
mod requests;
mod rescoring;
mod scheduled;
mod settling;
mod shorten;
mod stats;
mod store;
mod support;
mod threads;
mod trust;
mod upgrade;
mod verdicts;
mod visitors;
