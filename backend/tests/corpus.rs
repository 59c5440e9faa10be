//! Each file of the corpus of `fuzz/` again, without the fuzzer: what it once found stays found.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]

#[path = "../../fuzz/targets/backend.rs"]
mod backend;
#[path = "../../fuzz/targets/domain.rs"]
mod domain;
#[path = "../../fuzz/targets/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn tokens() {
    replay("token", domain::token);
}

#[test]
fn links() {
    replay("link", domain::link);
}

#[test]
fn phrases() {
    replay("when", domain::when);
}

#[test]
fn recurrences() {
    replay("rrule", domain::rrule);
}

#[test]
fn mails() {
    replay("mail", backend::mail);
}

#[test]
fn bodies_of_calls() {
    replay("api", backend::api);
}

#[test]
fn the_log_of_hits() {
    replay("log", backend::log);
}
