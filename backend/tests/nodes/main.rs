//! Several backends on one PostgreSQL, and what happens when servers, connections and backends fail under them. Real processes on
//! loopback; the short repetitions, and the long ones with `WAXWING_LONG=1`.
//!
//! Each test starts a server of its own, in a folder that goes with it. Where PostgreSQL is not installed they say so and pass.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say what they passed over and how much they looked at")]

mod cut;
mod frozen;
mod keys;
mod killed;
mod load;
mod lost_tail;
mod node;
mod postgres;
mod proxy;
mod server_away;
mod told;
